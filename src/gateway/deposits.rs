//! Files that callers deposit with a provider (Gemini's resumable uploads): the bytes come here first, whole, are read
//! and screened, and only then leave. Until then they are kept in memory, within bounds, and never on disk.
//!
//! Which file is whose is remembered as long as the provider keeps files, and lost with the process: a file that is
//! not known to be the caller's is not sent to, shown or removed from the provider.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};

use crate::domain::{Caller, Pseudonym, Timestamp};

/// Uploads that may be open at once, and bytes of all of them.
const MOST_OPEN: usize = 256;
const MOST_BYTES: usize = 256 * 1024 * 1024;
/// How long an upload may take, in milliseconds.
const OPEN_FOR: i64 = 60 * 60 * 1000;
/// How long Gemini keeps a file, in milliseconds ("Files API", ai.google.dev), and most files that are remembered.
const KEPT_FOR: i64 = 48 * 60 * 60 * 1000;
const MOST_KEPT: usize = 100_000;

/// Why a piece of an upload is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// No such upload, or it took too long.
    Unknown,
    /// It does not begin where the piece before ended.
    Offset,
    /// Too many uploads, or too many bytes.
    Full,
}

/// An upload whose bytes are all here.
pub(super) struct Deposit {
    pub(super) caller: Caller,
    /// The tool that the address forced.
    pub(super) tool: Option<String>,
    pub(super) media: Option<String>,
    pub(super) bytes: Bytes,
}

struct Open {
    caller: Caller,
    tool: Option<String>,
    media: Option<String>,
    bytes: BytesMut,
    since: Timestamp,
}

#[derive(Default)]
struct State {
    open: HashMap<String, Open>,
    bytes: usize,
    /// Names and addresses of files, as the provider told them, and whose they are.
    kept: HashMap<String, (Pseudonym, Timestamp)>,
}

/// All uploads of this process.
#[derive(Clone, Default)]
pub struct Deposits(Arc<Mutex<State>>);

impl fmt::Debug for Deposits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        write!(f, "Deposits({} open, {} kept)", state.open.len(), state.kept.len())
    }
}

impl Deposits {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an upload under an id that nobody can guess.
    pub(super) fn begin(
        &self,
        id: &str,
        caller: Caller,
        tool: Option<String>,
        media: Option<String>,
        now: Timestamp,
    ) -> Result<(), Rejected> {
        let mut state = self.state();
        state.forget(now);
        if state.open.len() >= MOST_OPEN {
            return Err(Rejected::Full);
        }
        let bytes = BytesMut::new();
        state.open.insert(
            id.to_owned(),
            Open {
                caller,
                tool,
                media,
                bytes,
                since: now,
            },
        );
        Ok(())
    }

    /// Who began an upload.
    pub(super) fn caller(&self, id: &str) -> Option<Caller> {
        self.state().open.get(id).map(|open| open.caller.clone())
    }

    /// Bytes received so far.
    pub(super) fn received(&self, id: &str) -> Option<usize> {
        self.state().open.get(id).map(|open| open.bytes.len())
    }

    /// Takes a piece; `most` bounds the whole, in bytes.
    pub(super) fn piece(&self, id: &str, offset: usize, piece: &[u8], most: usize) -> Result<(), Rejected> {
        let mut state = self.state();
        let total = state.bytes + piece.len();
        let open = state.open.get_mut(id).ok_or(Rejected::Unknown)?;
        if offset != open.bytes.len() {
            return Err(Rejected::Offset);
        }
        if open.bytes.len() + piece.len() > most || total > MOST_BYTES {
            state.end(id);
            return Err(Rejected::Full);
        }
        open.bytes.extend_from_slice(piece);
        state.bytes = total;
        Ok(())
    }

    /// Ends an upload, and gives all of it.
    pub(super) fn take(&self, id: &str) -> Option<Deposit> {
        let Open {
            caller,
            tool,
            media,
            bytes,
            ..
        } = self.state().end(id)?;
        Some(Deposit {
            caller,
            tool,
            media,
            bytes: bytes.freeze(),
        })
    }

    /// The provider keeps a file of this caller under these names and addresses.
    pub(super) fn keep<'n>(&self, names: impl IntoIterator<Item = &'n str>, whose: &Pseudonym, now: Timestamp) {
        let mut state = self.state();
        state.forget(now);
        for name in names {
            if state.kept.len() < MOST_KEPT {
                state.kept.insert(name.to_owned(), (whose.clone(), now));
            }
        }
    }

    /// Whether this is, to the letter, a name or address of a file of this caller: an address that only ends like one
    /// may be anybody's.
    pub(super) fn has(&self, name: &str, whose: &Pseudonym) -> bool {
        self.state().kept.get(name).is_some_and(|(owner, _)| owner == whose)
    }
}

impl State {
    fn end(&mut self, id: &str) -> Option<Open> {
        let open = self.open.remove(id)?;
        self.bytes -= open.bytes.len();
        Some(open)
    }

    fn forget(&mut self, now: Timestamp) {
        let late: Vec<String> = self
            .open
            .iter()
            .filter(|(_, open)| now.0 - open.since.0 > OPEN_FOR)
            .map(|(id, _)| id.clone())
            .collect();
        for id in late {
            self.end(&id);
        }
        self.kept.retain(|_, (_, since)| now.0 - since.0 <= KEPT_FOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Identity, Via};
    use crate::identity::Pseudonyms;

    fn caller(name: &str) -> Caller {
        let identity = Identity::new(name);
        let pseudonyms = Pseudonyms::new(&[7; 32]).expect("long enough");
        Caller {
            pseudonym: pseudonyms.of(&identity),
            recorded_as: pseudonyms.of_year(&identity, 2026),
            identity,
            groups: Vec::new(),
            accepted_charters: Vec::new(),
            attestations: Vec::new(),
            direction: None,
            directory_is_stale: false,
            via: Via::Key,
        }
    }

    #[test]
    fn an_upload_comes_whole_and_in_order_or_not_at_all() {
        let deposits = Deposits::default();
        let now = Timestamp(1_790_000_000_000);
        deposits
            .begin("a", caller("x"), None, Some("text/plain".into()), now)
            .expect("room");
        assert_eq!(deposits.piece("a", 0, b"un ", 100), Ok(()));
        assert_eq!(deposits.piece("a", 5, b"trois", 100), Err(Rejected::Offset));
        assert_eq!(deposits.piece("b", 0, b"", 100), Err(Rejected::Unknown));
        assert_eq!(deposits.piece("a", 3, b"deux", 100), Ok(()));
        assert_eq!(deposits.received("a"), Some(7));
        assert_eq!(&deposits.take("a").expect("all of it").bytes[..], b"un deux");
        assert!(deposits.take("a").is_none());
        deposits.begin("c", caller("x"), None, None, now).expect("room");
        assert_eq!(deposits.piece("c", 0, b"trop long", 3), Err(Rejected::Full));
        assert_eq!(deposits.received("c"), None, "its bytes are given back");
        assert_eq!(format!("{deposits:?}"), "Deposits(0 open, 0 kept)");
    }

    #[test]
    fn a_file_is_its_callers_for_two_days() {
        let deposits = Deposits::default();
        let now = Timestamp(1_790_000_000_000);
        let (x, y) = (caller("x").pseudonym, caller("y").pseudonym);
        deposits.keep(["files/abc", "https://fournisseur.example/v1beta/files/abc"], &x, now);
        assert!(deposits.has("files/abc", &x) && deposits.has("https://fournisseur.example/v1beta/files/abc", &x));
        assert!(!deposits.has("files/abc", &y));
        assert!(!deposits.has("https://ailleurs.example/v1beta/files/abc", &x));
        deposits.keep(["files/def"], &x, Timestamp(now.0 + KEPT_FOR + 1));
        assert!(!deposits.has("files/abc", &x));
    }
}
