//! The policy file, seen again whenever it is saved: what is handed over is what somebody saved, whole.
//!
//! Editors save in place, by putting a new file in the old one's place, by deleting and writing anew; Kubernetes swaps a
//! link, git a folder. So nothing is concluded from *how* a file changed: [`watch`] looks at what the path leads to, a
//! few times a second (a look is two `stat`s while nothing changes), and the operating system only wakes it sooner.
//!
//! **A beginning of a policy may be a policy**, a shorter one. What is read is therefore believed once it has been
//! the same for [`SETTLE`], and while a program is seen to have the file open for writing it is waited for.
//!
//! Whether the text can be used is decided by who is handed it.

mod hints;
mod saved;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::{sync::mpsc, time::Instant};

use hints::Hints;
use saved::Stamp;
pub use saved::{Found, Saved, Unreadable, read, signatures_of};

/// How long what is saved must have stayed the same: an editor saves in several steps.
const SETTLE: Duration = Duration::from_millis(250);
/// How long a program that wrote to the file and has not closed it is waited for.
const STILL_WRITING: Duration = Duration::from_secs(10);
/// From one look to the next, while nothing changes and while something does.
const LOOK: Duration = Duration::from_millis(200);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// After a change, what is written within the same tick of the file system's clock has the same stamp: for this long
/// the file itself is read.
const DOUBT: Duration = Duration::from_secs(2);
/// Stamps may lie on a network drive: the file itself is read this often in any case.
const READ: Duration = Duration::from_secs(5);

/// Hands what is saved under the path to `changed` whenever it differs from what was `known`, until the task is dropped.
/// `again` asks for a look at once, whose result is handed over even where it is the same (SIGHUP).
pub async fn watch<F: Future<Output = ()>>(
    path: PathBuf,
    mut known: Found,
    mut again: mpsc::Receiver<()>,
    mut changed: impl FnMut(Found) -> F,
) {
    let mut hints = Hints::new(&path);
    let mut stamps = Stamps::new();
    let mut seen: Option<(Found, Instant)> = None;
    let mut asked = false;
    loop {
        let pause = if seen.is_some() { LOOK_AGAIN } else { LOOK };
        let mut at_once = false;
        tokio::select! {
            () = hints.something() => {}
            Some(()) = again.recv() => at_once = true,
            () = tokio::time::sleep(pause) => {}
        }
        asked |= at_once;
        hints.follow();
        if !stamps.may_have_changed(&path).await && seen.is_none() && !asked {
            continue;
        }
        let found = off_thread(&path, read).await;
        if found == known && !asked {
            seen = None;
            continue;
        }
        let since = match &seen {
            Some((before, since)) if *before == found => *since,
            _ => Instant::now(),
        };
        let patience = if hints.somebody_writes() { STILL_WRITING } else { SETTLE };
        if since.elapsed() >= patience || (at_once && !hints.somebody_writes()) {
            (seen, asked) = (None, false);
            known = found.clone();
            changed(found).await;
        } else {
            seen = Some((found, since));
        }
    }
}

/// When the file was last stamped anew, and last read.
struct Stamps {
    last: Option<Stamp>,
    changed: Instant,
    read: Instant,
}

impl Stamps {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            last: None,
            changed: now,
            read: now,
        }
    }

    /// False where the file is certainly as it was.
    async fn may_have_changed(&mut self, path: &Path) -> bool {
        let (stamp, now) = (off_thread(path, Stamp::of).await, Instant::now());
        if self.last.as_ref() != Some(&stamp) {
            (self.last, self.changed) = (Some(stamp), now);
        }
        let may = now - self.changed < DOUBT || now - self.read >= READ;
        if may {
            self.read = now;
        }
        may
    }
}

/// Files may be slow, and requests must not wait for them.
async fn off_thread<T: Send + 'static>(path: &Path, work: fn(&Path) -> T) -> T {
    let path = path.to_owned();
    match tokio::task::spawn_blocking(move || work(&path)).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests;
