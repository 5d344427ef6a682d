//! What is saved: the text of the policy and the signatures beside it, or why there is none.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::domain::{NotText, text, trouble_of};

/// Longest policy, in bytes: ten thousand tools and a hundred thousand callers are a third of it.
const LONGEST: u64 = 32 * 1024 * 1024;
/// Longest file of signatures: each is a line.
const LONGEST_SIGNATURES: u64 = 1024 * 1024;

/// A policy as somebody saved it. `Debug` shows lengths: the text names agents.
#[derive(Clone, PartialEq, Eq)]
pub struct Saved {
    /// The text of the policy.
    pub text: String,
    /// The text of the file of signatures beside it; empty where there is none that can be read.
    pub signatures: String,
}

impl fmt::Debug for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Saved({} bytes, {} of signatures)",
            self.text.len(),
            self.signatures.len()
        )
    }
}

/// Why no policy can be read where it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// There is no such file.
    Missing,
    /// It is a folder, a pipe or a device.
    NotAFile,
    /// It has more than 32 MiB.
    TooLarge,
    /// It is not UTF-8.
    NotText(NotText),
    /// The operating system refuses.
    Refused(io::ErrorKind),
}

impl Unreadable {
    /// A word for programs, as in `/readyz`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotAFile => "not_a_file",
            Self::TooLarge => "too_large",
            Self::NotText(_) => "not_text",
            Self::Refused(_) => "unreadable",
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("le fichier n'existe pas"),
            Self::NotAFile => f.write_str("ce n'est pas un fichier"),
            Self::TooLarge => write!(f, "il dépasse {} Mio", LONGEST / 1024 / 1024),
            Self::NotText(why) => why.fmt(f),
            Self::Refused(kind) => f.write_str(trouble_of(*kind)),
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            kind => Self::Refused(kind),
        }
    }
}

/// A policy, or why there is none.
pub type Found = Result<Saved, Unreadable>;

/// Reads the policy and its signatures.
///
/// # Errors
/// The policy cannot be read. Signatures that cannot are none.
pub fn read(path: &Path) -> Found {
    Ok(Saved {
        text: whole(path, LONGEST)?,
        signatures: whole(&signatures_of(path), LONGEST_SIGNATURES).unwrap_or_default(),
    })
}

/// The file of signatures of a policy: beside it, with `.sig` after its name.
pub fn signatures_of(policy: &Path) -> PathBuf {
    let mut name = policy.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn whole(path: &Path, longest: u64) -> Result<String, Unreadable> {
    // Asked before it is opened: opening a pipe waits for somebody at its other end.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(Unreadable::NotAFile);
    }
    if metadata.len() > longest {
        return Err(Unreadable::TooLarge);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(Unreadable::TooLarge);
    }
    text(bytes).map_err(Unreadable::NotText)
}

/// What changes of a file whenever it is written or replaced, for the policy and its signatures: device, inode, length,
/// and the instants of its content and of its inode.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp([Option<[i128; 5]>; 2]);

impl Stamp {
    pub(super) fn of(path: &Path) -> Self {
        Self([stamp(path), stamp(&signatures_of(path))])
    }
}

fn stamp(path: &Path) -> Option<[i128; 5]> {
    let metadata = fs::metadata(path).ok()?;
    let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    Some([
        metadata.dev().into(),
        metadata.ino().into(),
        metadata.size().into(),
        nanos(metadata.mtime(), metadata.mtime_nsec()),
        nanos(metadata.ctime(), metadata.ctime_nsec()),
    ])
}
