//! Documents for the committee on their way: written beside the requests, seen to advance, fetched once they are there.
//!
//! They are kept in memory for [`KEPT`]: nothing of the figures stays on a disk that nobody looks after. A gateway that
//! stops forgets them, and whoever waited asks again. Where there are too many, the oldest that is written gives way to a
//! new one; only those that are still being written make somebody wait.

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
/// Documents of one person, written or not.
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

    /// Whether nothing more comes.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_))
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

    /// Begins one; none where too many of this person's, or of everybody's, are still being written.
    pub(super) fn begin(&self, owner: &Pseudonym, format: Format, name: String) -> Option<Uuid> {
        let mut all = self.all();
        all.retain(|_, export| export.asked.elapsed() < KEPT);
        let own = |export: &Export| export.owner == owner.as_str();
        if !room(&mut all, EACH, own) || !room(&mut all, MOST, |_| true) {
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

    /// This person's, the newest first.
    pub(super) fn all_of(&self, owner: &Pseudonym) -> Vec<(Uuid, Export)> {
        let all = self.all();
        let own = all.iter().filter(|(_, export)| export.owner == owner.as_str());
        let kept = own.filter(|(_, export)| export.asked.elapsed() < KEPT);
        let mut list: Vec<_> = kept.map(|(id, export)| (*id, export.clone())).collect();
        // A UUIDv7 begins with when it was made.
        list.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
        list
    }

    /// One of this person's.
    pub(super) fn of(&self, owner: &Pseudonym, id: Uuid) -> Option<Export> {
        let all = self.all();
        let export = all.get(&id).filter(|export| export.owner == owner.as_str());
        export.filter(|export| export.asked.elapsed() < KEPT).cloned()
    }
}

/// Whether one more of these may begin; the oldest that is over goes where they are as many as there may be.
fn room(all: &mut HashMap<Uuid, Export>, most: usize, which: impl Fn(&Export) -> bool) -> bool {
    while all.values().filter(|export| which(export)).count() >= most {
        let over = all.iter().filter(|(_, export)| which(export) && export.step.is_over());
        let Some(oldest) = over.map(|(id, _)| *id).min() else {
            return false;
        };
        all.remove(&oldest);
    }
    true
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
        assert_eq!(exports.all_of(&one).len(), 1);
        assert!(exports.all_of(&other).is_empty());
    }

    /// Only what is still being written makes somebody wait; what is written gives way, the oldest first.
    #[test]
    fn a_document_that_is_ready_stands_in_nobodys_way() {
        let exports = Exports::default();
        let (one, other) = (Pseudonym::new("a"), Pseudonym::new("b"));
        let begin = |owner| exports.begin(owner, Format::Csv, String::new());
        let begun: Vec<_> = (0..EACH).map(|_| begin(&one).expect("room")).collect();
        assert!(begin(&one).is_none(), "all are being written");
        assert!(begin(&other).is_some());
        exports.advance(begun[3], Step::Done(Bytes::new()));
        exports.advance(begun[1], Step::Failed(String::new()));
        let ninth = begin(&one).expect("one was over");
        let list: Vec<_> = exports.all_of(&one).into_iter().map(|(id, _)| id).collect();
        let expected = [ninth]
            .into_iter()
            .chain(begun.iter().rev().copied().filter(|id| *id != begun[1]));
        assert_eq!(
            list,
            expected.collect::<Vec<_>>(),
            "the newest first, the oldest that was over gone"
        );
        for id in &list {
            exports.advance(*id, Step::Done(Bytes::new()));
        }
        for _ in 0..3 * MOST {
            let id = begin(&one).expect("all are over");
            exports.advance(id, Step::Done(Bytes::new()));
            assert!(exports.all_of(&one).len() <= EACH);
        }
    }
}
