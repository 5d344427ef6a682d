//! The other end of `worker`: reads one file on its input, says its words on its output, and can do nothing else.

use std::{
    io::{Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::{Kind, MAX_FILE, Text, Unread, ocr, text_of};

/// Memory of the process that reads, its program included.
const MEMORY: u64 = 1 << 30;

/// Length of the order that comes before the file.
pub(super) const MAX_ORDER: usize = 64 << 10;

/// What is asked, before the bytes of the file.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    /// What the file is said to be.
    pub(super) declared: Option<String>,
    /// The words of an image are wanted.
    pub(super) images: bool,
    /// Seconds of work that are allowed.
    pub(super) seconds: u32,
}

/// What is answered.
pub(super) type Answer = Result<Text, Unread>;

/// Reads one file on `input` and answers on `output`. The process confines itself first, for good: call this at the
/// start of a process that does nothing else.
pub fn serve(mut input: impl Read, mut output: impl Write) -> ExitCode {
    // What cannot be confined does not read.
    if confine_always().is_err() {
        return ExitCode::FAILURE;
    }
    let answer = match order(&mut input) {
        Some(order) if confine(&order).is_ok() => answer(&order, input),
        _ => return ExitCode::FAILURE,
    };
    let said = serde_json::to_writer(&mut output, &answer).is_ok() && output.flush().is_ok();
    if said { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn order(input: &mut impl Read) -> Option<Order> {
    let mut length = [0; 4];
    input.read_exact(&mut length).ok()?;
    let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
    if length > MAX_ORDER {
        return None;
    }
    let mut order = vec![0; length];
    input.read_exact(&mut order).ok()?;
    serde_json::from_slice(&order).ok()
}

fn answer(order: &Order, input: impl Read) -> Answer {
    let mut bytes = Vec::new();
    input
        .take(MAX_FILE as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| Unread::Died)?;
    let declared = order.declared.as_deref();
    // A reader that loses its footing refuses the file; its words about it go nowhere.
    let read = catch_unwind(AssertUnwindSafe(|| text_of(&bytes, declared))).unwrap_or(Err(Unread::Died));
    match read {
        Err(Unread::Image) if order.images => ocr::words(&bytes).map(|text| Text {
            kind: Kind::Image,
            text,
            images: false,
            pages: 1,
        }),
        other => other,
    }
}

fn limit(resource: Resource, most: u64) -> rustix::io::Result<()> {
    setrlimit(
        resource,
        Rlimit {
            current: Some(most),
            maximum: Some(most),
        },
    )
}

/// Little memory, no file, no trace of the words in a dump, no right that the program did not have.
fn confine_always() -> rustix::io::Result<()> {
    limit(Resource::As, MEMORY)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Core, 0)?;
    #[cfg(target_os = "linux")]
    {
        rustix::thread::set_no_new_privs(true)?;
        rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}

/// Little time; and nothing to open, neither file nor connection, nor another process, but for reading images.
fn confine(order: &Order) -> rustix::io::Result<()> {
    // A second more between the signal that says why and the one that ends.
    let most = Rlimit {
        current: Some(u64::from(order.seconds)),
        maximum: Some(u64::from(order.seconds) + 1),
    };
    setrlimit(Resource::Cpu, most)?;
    if order.images {
        return limit(Resource::Nofile, 64);
    }
    limit(Resource::Nproc, 0)?;
    limit(Resource::Nofile, 3)
}
