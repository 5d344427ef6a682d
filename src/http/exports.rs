//! Documents for the committee on their way: written beside the requests, seen to advance, fetched once they are there.
//!
//! They are kept in memory for [`KEPT`]: nothing of the figures stays on a disk that nobody looks after. A gateway that
//! stops forgets them, and whoever waited asks again.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use uuid::Uuid;

use crate::domain::Pseudonym;
use crate::report::formats::Format;

/// How long a document can be fetched.
const KEPT: Duration = Duration::from_secs(15 * 60);
/// Documents of one person at once.
const EACH: usize = 8;
/// Documents of everybody.
const MOST: usize = 64;

/// How far one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The figures are being read.
    Reading,
    /// It is being written.
    Writing,
    /// It is there.
    Done(Bytes),
    /// It is not, and why, in French.
    Failed(String),
}

impl Step {
    /// In hundredths.
    pub(super) const fn percent(&self) -> u8 {
        match self {
            Self::Reading => 10,
            Self::Writing => 70,
            Self::Done(_) | Self::Failed(_) => 100,
        }
    }

    /// In French.
    pub(super) fn french(&self) -> &str {
        match self {
            Self::Reading => "Lecture des chiffres publiés…",
            Self::Writing => "Mise en forme du document…",
            Self::Done(_) => "Le document est prêt.",
            Self::Failed(why) => why,
        }
    }
}

/// One document.
#[derive(Clone)]
pub(super) struct Export {
    pub(super) format: Format,
    /// Its name when it is saved.
    pub(super) name: String,
    pub(super) step: Step,
    owner: String,
    asked: Instant,
}

/// All of them. Clones share them.
#[derive(Clone, Default)]
pub struct Exports(Arc<Mutex<HashMap<Uuid, Export>>>);

impl fmt::Debug for Exports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exports({})", self.all().len())
    }
}

impl Exports {
    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, Export>> {
        // A panic elsewhere leaves documents, which are still documents.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one; none where this person, or everybody together, has too many.
    pub(super) fn begin(&self, owner: &Pseudonym, format: Format, name: String) -> Option<Uuid> {
        let mut all = self.all();
        all.retain(|_, export| export.asked.elapsed() < KEPT);
        let own = all.values().filter(|export| export.owner == owner.as_str()).count();
        if own >= EACH || all.len() >= MOST {
            return None;
        }
        let id = Uuid::now_v7();
        let export = Export {
            format,
            name,
            step: Step::Reading,
            owner: owner.as_str().to_owned(),
            asked: Instant::now(),
        };
        all.insert(id, export);
        Some(id)
    }

    /// It went on.
    pub(super) fn advance(&self, id: Uuid, step: Step) {
        if let Some(export) = self.all().get_mut(&id) {
            export.step = step;
        }
    }

    /// One of this person's.
    pub(super) fn of(&self, owner: &Pseudonym, id: Uuid) -> Option<Export> {
        let all = self.all();
        let export = all.get(&id).filter(|export| export.owner == owner.as_str());
        export.filter(|export| export.asked.elapsed() < KEPT).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_for_who_asked_for_it() {
        let exports = Exports::default();
        let (one, other) = (Pseudonym::new("a"), Pseudonym::new("b"));
        let id = exports
            .begin(&one, Format::Csv, "rapport.csv".into())
            .expect("the first");
        exports.advance(id, Step::Done(Bytes::from_static(b"x")));
        assert_eq!(exports.of(&one, id).expect("theirs").step.percent(), 100);
        assert!(exports.of(&other, id).is_none());
        for _ in 1..EACH {
            assert!(exports.begin(&one, Format::Csv, String::new()).is_some());
        }
        assert!(exports.begin(&one, Format::Csv, String::new()).is_none());
        assert!(exports.begin(&other, Format::Csv, String::new()).is_some());
    }
}
