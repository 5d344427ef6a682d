//! Room on the disk of the outbox: requests are refused a little before the disk is full.
//!
//! What was accepted must still end, and leave: endings, the removal of relayed rows and checkpoints need room too. A
//! disk that the outbox itself has filled to the last page could never be emptied.

use std::path::Path;

/// Most that is kept free, in bytes.
const MOST: u64 = 32 << 20;
/// On a small disk: this part of it.
const PART: u64 = 8;
/// Length of the WAL at which SQLite moves it into the database, in pages; less on a small disk. With 2 000 pages
/// (8 MB) rows mostly come and go within the WAL, so few pages are written twice.
const CHECKPOINT_PAGES: u64 = 2_000;
const PAGE: u64 = 4_096;

/// What is left of the disk of an outbox, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Free now.
    pub free: u64,
    /// Less than this, and requests are refused.
    pub reserve: u64,
}

/// The room for an outbox at this path; none where the disk has no such figures.
pub fn room(path: &Path) -> Option<Room> {
    disk(path).map(|(whole, free)| Room {
        free,
        reserve: reserve(whole),
    })
}

/// Bytes of the disk a file is on: all of them, and those that are free. None where the disk has no such figures.
fn disk(path: &Path) -> Option<(u64, u64)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let told = rustix::fs::statvfs(folder.unwrap_or(Path::new("."))).ok()?;
    // A tmpfs without a bound says 0.
    (told.f_blocks > 0).then(|| {
        (
            told.f_blocks.saturating_mul(told.f_frsize),
            told.f_bavail.saturating_mul(told.f_frsize),
        )
    })
}

/// Whether more may be kept in this file, where it could be before (`had`) or not: then twice the reserve must be free,
/// so that a full outbox does not open and close with every row that leaves. Where nobody knows, the next write tells.
pub(super) fn is_left(path: &Path, had: bool) -> bool {
    let wanted = if had { 1 } else { 2 };
    disk(path).is_none_or(|(whole, free)| free >= wanted * reserve(whole))
}

/// Bytes that stay free on a disk of this size.
const fn reserve(whole: u64) -> u64 {
    if whole / PART < MOST { whole / PART } else { MOST }
}

/// Pages of WAL after which SQLite checkpoints: the reserve holds the growth of the WAL and of the database at once.
pub(super) fn checkpoint_pages(path: &Path) -> u64 {
    let whole = disk(path).map_or(u64::MAX, |(whole, _)| whole);
    (reserve(whole) / 4 / PAGE).clamp(16, CHECKPOINT_PAGES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_holds_what_a_full_outbox_needs_to_be_emptied() {
        for whole in [4 << 20, 64 << 20, 1 << 30, 1 << 40] {
            let wal = (reserve(whole) / 4 / PAGE).clamp(16, CHECKPOINT_PAGES) * PAGE;
            assert!(reserve(whole) >= 4 * wal, "{whole}");
        }
        assert_eq!(reserve(1 << 40), MOST);
    }

    #[test]
    fn a_disk_is_asked_by_any_file_on_it() {
        let (whole, free) = disk(&std::env::temp_dir().join("nothing.db")).unwrap();
        assert!(whole >= free && free > 0);
        assert!(disk(Path::new("outbox.db")).is_some(), "a name alone is in this folder");
        assert!(is_left(Path::new("/no/such/folder/outbox.db"), true), "nobody knows");
    }
}
