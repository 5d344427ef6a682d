//! The words of an image, by `tesseract` where it is installed. It runs below the process that reads, within its bounds.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use super::{MAX_TEXT, Unread};

/// Where the distribution puts it. The environment is empty, so there is no path to search.
const PROGRAMS: [&str; 2] = ["/usr/bin/tesseract", "/usr/local/bin/tesseract"];

/// Reads the words of an image, in French.
pub(super) fn words(image: &[u8]) -> Result<String, Unread> {
    let program = PROGRAMS
        .iter()
        .find(|program| Path::new(program).exists())
        .ok_or(Unread::NoOcr)?;
    let mut child = Command::new(program)
        .args(["stdin", "stdout", "-l", "fra"])
        .env_clear()
        // One image, one core.
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| Unread::NoOcr)?;
    let mut input = child.stdin.take().ok_or(Unread::Died)?;
    let output = child.stdout.take().ok_or(Unread::Died)?;
    let mut words = String::new();
    let read = thread::scope(|scope| {
        // It may answer before it has read everything, or die: what it did not want is not our trouble.
        scope.spawn(move || input.write_all(image).ok());
        output.take(MAX_TEXT as u64 + 1).read_to_string(&mut words)
    });
    let status = child.wait().map_err(|_| Unread::Died)?;
    if read.is_err() || !status.success() {
        return Err(Unread::Damaged);
    }
    if words.len() > MAX_TEXT {
        Err(Unread::TooLarge)
    } else {
        Ok(words)
    }
}
