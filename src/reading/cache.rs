//! A file is read once: its words, by the hash of its content and of what it is said to be.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sha2::{Digest, Sha256};

use super::{Text, Unread};

/// What a file is known by.
pub(super) type Key = [u8; 32];

/// What was read of it.
pub(super) type Read = Result<Arc<Text>, Unread>;

/// What an entry weighs beside its words.
const ENTRY: usize = 256;

/// Words of the last files, up to a weight. The oldest leave first.
pub(super) struct Cache {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    read: HashMap<Key, Read>,
    order: VecDeque<Key>,
    weight: usize,
}

/// The key of a file: whoever says otherwise what it is, or asks for the words of its images, asks something else.
pub(super) fn key(bytes: &[u8], declared: Option<&str>, images: bool) -> Key {
    let mut hash = Sha256::new();
    let declared = declared.unwrap_or_default();
    hash.update((declared.len() as u64).to_be_bytes());
    hash.update(declared);
    hash.update([u8::from(images)]);
    hash.update(bytes);
    hash.finalize().into()
}

fn weight(read: &Read) -> usize {
    ENTRY + read.as_ref().map_or(0, |text| text.text.len())
}

/// The file is the reason, and not the moment.
fn lasts(why: Unread) -> bool {
    !matches!(
        why,
        Unread::TooSlow | Unread::Died | Unread::Unavailable | Unread::NoOcr
    )
}

impl Cache {
    /// Keeps `most` bytes.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read of this file.
    pub(super) fn get(&self, key: &Key) -> Option<Read> {
        self.kept().read.get(key).cloned()
    }

    /// Keeps what was read, if it would be read so again.
    pub(super) fn put(&self, key: Key, read: &Read) {
        let heavy = weight(read);
        if heavy > self.most || read.as_ref().is_err_and(|&why| !lasts(why)) {
            return;
        }
        let mut kept = self.kept();
        if kept.read.insert(key, read.clone()).is_some() {
            return;
        }
        kept.order.push_back(key);
        kept.weight += heavy;
        while kept.weight > self.most {
            let Some(oldest) = kept.order.pop_front() else { return };
            kept.weight -= kept.read.remove(&oldest).as_ref().map_or(0, weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Kind;

    fn text(length: usize) -> Read {
        Ok(Arc::new(Text {
            kind: Kind::Text,
            text: "a".repeat(length),
            images: false,
            pages: 0,
        }))
    }

    #[test]
    fn the_oldest_leave_first() {
        let cache = Cache::new(3 * (ENTRY + 1_000));
        let keys: Vec<Key> = (0..4_u8).map(|n| key(&[n], None, false)).collect();
        for key in &keys {
            cache.put(*key, &text(1_000));
            cache.put(*key, &text(1_000));
        }
        assert!(cache.get(&keys[0]).is_none());
        assert!(keys[1..].iter().all(|key| cache.get(key).is_some()));
        cache.put(key(b"large", None, false), &text(10_000));
        assert!(cache.get(&key(b"large", None, false)).is_none());
        assert!(cache.get(&keys[3]).is_some());
    }

    #[test]
    fn what_may_be_otherwise_next_time_is_not_kept() {
        let cache = Cache::new(10_000);
        cache.put([1; 32], &Err(Unread::TooSlow));
        cache.put([2; 32], &Err(Unread::Damaged));
        assert!(cache.get(&[1; 32]).is_none());
        assert_eq!(cache.get(&[2; 32]), Some(Err(Unread::Damaged)));
        assert_ne!(key(b"a", Some("b"), false), key(b"ab", None, false));
        assert_ne!(key(b"a", None, true), key(b"a", None, false));
    }
}
