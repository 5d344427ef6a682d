//! What comes back from callers: feedback on an answer or a tool (charter, rule 7), and incidents for the RSSI and the
//! DPO (charter, rule 5). Instants are given, never read here, and words were screened before they come here.

use uuid::Uuid;

use super::{Letter, Office, OfficeError, store::patiently};
use crate::domain::{RequestId, Timestamp};

/// What kind of experience feedback tells of (charter, rule 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    /// It helped.
    Success,
    /// It was hard to use.
    Difficulty,
    /// It could not do something.
    Limit,
}

impl Sense {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Success, Self::Difficulty, Self::Limit];

    /// Its word in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Difficulty => "difficulty",
            Self::Limit => "limit",
        }
    }

    /// In French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Success => "un succès",
            Self::Difficulty => "une difficulté",
            Self::Limit => "une limite de l'outil",
        }
    }

    /// From its word in the table.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sense| sense.name() == word)
    }
}

/// What a caller says of an answer or of a tool.
#[derive(Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Primary key: a UUIDv7.
    pub id: Uuid,
    /// When it was said.
    pub at: Timestamp,
    /// Pseudonym of the caller; empty where they wanted to stay unknown.
    pub caller: String,
    /// Direction of the caller.
    pub direction: Option<String>,
    /// Id of the tool in the policy.
    pub tool: Option<String>,
    /// The request, where it is about one answer.
    pub request: Option<RequestId>,
    /// From 1 to 5.
    pub rating: Option<u8>,
    /// In the caller's words, after screening.
    pub comment: Option<String>,
    /// What kind of experience it was.
    pub sense: Option<Sense>,
    /// Whether the AI took the place of a contact with a citizen (charter, « humanité et proximité »).
    pub less_contact: Option<bool>,
}

impl std::fmt::Debug for Feedback {
    /// The words are the caller's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feedback")
            .field("id", &self.id)
            .field("rating", &self.rating)
            .field("comment", &self.comment.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

/// What an incident is about. The words of the table, so that the committee's figures have few and known lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IncidentCategory {
    /// A discriminatory or unfair answer (charter, rule 5).
    Discrimination,
    /// Personal or protected data where it should not be.
    Data,
    /// A wrong answer with consequences.
    Error,
    /// An attack, or something that looks like one.
    Security,
    /// Anything else.
    Other,
    /// A refusal of the gateway that the caller thinks wrong.
    Contest,
}

impl IncidentCategory {
    /// Every category.
    pub const ALL: [Self; 6] = [
        Self::Discrimination,
        Self::Data,
        Self::Error,
        Self::Security,
        Self::Other,
        Self::Contest,
    ];

    /// Its word in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Discrimination => "discrimination",
            Self::Data => "data",
            Self::Error => "error",
            Self::Security => "security",
            Self::Other => "other",
            Self::Contest => "contest",
        }
    }

    /// In French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Discrimination => "contenu discriminatoire ou inéquitable",
            Self::Data => "donnée protégée exposée",
            Self::Error => "réponse fausse",
            Self::Security => "sécurité",
            Self::Other => "autre",
            Self::Contest => "refus contesté",
        }
    }

    /// From its word in the table.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.name() == word)
    }
}

/// What went wrong, as a caller reports it.
#[derive(Clone, PartialEq, Eq)]
pub struct Incident {
    /// Primary key: a UUIDv7.
    pub id: Uuid,
    /// When it was reported.
    pub at: Timestamp,
    /// Pseudonym of the caller.
    pub caller: String,
    /// Id of the tool in the policy.
    pub tool: Option<String>,
    /// The request, where it is about one answer.
    pub request: Option<RequestId>,
    /// What it is about.
    pub category: IncidentCategory,
    /// In the caller's words, after screening.
    pub description: String,
    /// Part of the answer, as the caller chose it, after screening.
    pub excerpt: Option<String>,
}

/// What became of an incident that was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its number for people, such as `S-2026-0042`.
    pub ticket: String,
    /// False where it was reported before under the same id.
    pub is_new: bool,
}

impl std::fmt::Debug for Incident {
    /// The words are the caller's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incident")
            .field("id", &self.id)
            .field("category", &self.category)
            .field("description", &self.description.len())
            .finish_non_exhaustive()
    }
}

impl Office {
    /// Writes feedback down, all of it or none.
    ///
    /// # Errors
    /// A rating is not from 1 to 5, or the database cannot be written.
    pub async fn add_feedback(&self, all: &[Feedback]) -> Result<(), OfficeError> {
        let right = |rating: u8| (1..=5).contains(&rating);
        if !all.iter().all(|feedback| feedback.rating.is_none_or(right)) {
            return Err(OfficeError::Rating);
        }
        patiently(async { self.store.open().await?.add_feedback(all).await }).await
    }

    /// Opens one incident and puts letters about it on their way, both or neither. The same id again changes nothing and
    /// has the same number.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn open_incident(
        &self,
        incident: &Incident,
        letters: impl FnOnce(&str) -> Vec<Letter>,
    ) -> Result<Opened, OfficeError> {
        patiently(async { self.store.open().await?.open_incident(incident, letters).await }).await
    }

    /// Opens incidents, all of them or none, without a letter: those of a demonstration.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_incidents(&self, all: &[Incident]) -> Result<(), OfficeError> {
        patiently(async { self.store.open().await?.add_incidents(all).await }).await
    }

    /// Closes an incident. False where no open incident has this id, or it would close before it was opened.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn close_incident(&self, id: Uuid, at: Timestamp) -> Result<bool, OfficeError> {
        patiently(async { self.store.open().await?.close_incident(id, at).await }).await
    }

    /// Writes down acceptances of the charter with their instants: those of a paper list, or of a demonstration.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn accept_charters(&self, all: &[(String, String, Timestamp)]) -> Result<(), OfficeError> {
        self.write(async |open| open.accept_all(all).await).await
    }
}
