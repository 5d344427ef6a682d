//! Why a caller may not use a tool: the closed list, the rule of the charter each rests on, and what a person is told.

mod words;

pub(super) use words::french;

use jiff::civil::Date;

use super::parts::Tool;
use super::terms::Status;

/// A tool that is named to a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// For paths.
    pub id: String,
    /// For people.
    pub name: String,
    /// A model to ask for, or a beginning that ends with `*`.
    pub model: Option<String>,
}

impl Listed {
    pub(super) fn of(tool: &Tool) -> Self {
        Self {
            id: tool.id.clone(),
            name: tool.name.clone(),
            model: tool.models.first().cloned(),
        }
    }
}

/// Why not. None of it holds what the caller wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No tool has this id.
    UnknownTool {
        /// The listed tool that fits.
        suggestion: Option<Listed>,
    },
    /// No tool has this model, or the tool that was asked for by name has not.
    NoToolForModel {
        /// The listed tool that fits.
        suggestion: Option<Listed>,
    },
    /// The tool is not, or not any more, in service.
    NotServed {
        /// Its name.
        tool: String,
        /// Where it is in its life.
        status: Status,
        /// The listed tool that fits.
        suggestion: Option<Listed>,
    },
    /// A tool of level 2 that is used in its vendor's product, not through the gateway.
    NotRouted {
        /// Its name.
        tool: String,
    },
    /// The tool cannot be asked in this dialect.
    NoBackendForDialect {
        /// Its name.
        tool: String,
        /// The dialects in which it can.
        speaks: Vec<&'static str>,
    },
    /// Its first day has not come.
    NotYetValid {
        /// Its name.
        tool: String,
        /// The first day.
        from: Date,
    },
    /// Its last day is past.
    Expired {
        /// Its name.
        tool: String,
        /// The last day.
        until: Date,
        /// It was a trial.
        trial: bool,
    },
    /// It should have been reviewed.
    ReviewOverdue {
        /// Its name.
        tool: String,
        /// The last day.
        before: Date,
    },
    /// The directory that says who is in which group is too old.
    DirectoryStale {
        /// Its name.
        tool: String,
    },
    /// The caller is outside its perimeter.
    NotInGroup {
        /// Its name.
        tool: String,
    },
    /// The caller has not had the training, or too long ago.
    TrainingMissing {
        /// Its name.
        tool: String,
        /// The training.
        training: String,
        /// Last day of the attestation, if there was one.
        until: Option<Date>,
        /// The page of the training.
        course: Option<String>,
    },
    /// The tool is for other domains of competence than the caller's.
    OutsideDomains {
        /// Its name.
        tool: String,
        /// Its domains, in words.
        domains: String,
    },
    /// The caller does not say why, which the tool asks for.
    PurposeMissing {
        /// Its name.
        tool: String,
    },
    /// The caller has not accepted this version of the charter.
    CharterNotAccepted {
        /// The version.
        version: String,
        /// Where to read it.
        url: String,
    },
}

impl Denial {
    /// Whether a rule of the ledger is one of these, so that the text of the request was never looked at.
    pub fn is_code(rule: &str) -> bool {
        const CODES: [&str; 14] = [
            "unknown-tool",
            "no-tool-for-model",
            "not-served",
            "not-routed",
            "no-backend-for-dialect",
            "not-yet-valid",
            "expired",
            "review-overdue",
            "directory-stale",
            "not-in-group",
            "training-missing",
            "outside-domains",
            "purpose-missing",
            "charter-not-accepted",
        ];
        CODES.contains(&rule)
    }

    /// Stable name, kebab-case, for programs and the ledger.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownTool { .. } => "unknown-tool",
            Self::NoToolForModel { .. } => "no-tool-for-model",
            Self::NotServed { .. } => "not-served",
            Self::NotRouted { .. } => "not-routed",
            Self::NoBackendForDialect { .. } => "no-backend-for-dialect",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Expired { .. } => "expired",
            Self::ReviewOverdue { .. } => "review-overdue",
            Self::DirectoryStale { .. } => "directory-stale",
            Self::NotInGroup { .. } => "not-in-group",
            Self::TrainingMissing { .. } => "training-missing",
            Self::OutsideDomains { .. } => "outside-domains",
            Self::PurposeMissing { .. } => "purpose-missing",
            Self::CharterNotAccepted { .. } => "charter-not-accepted",
        }
    }

    /// The part of the charter it rests on, in French.
    pub const fn charter_rule(&self) -> &'static str {
        match self {
            Self::CharterNotAccepted { .. } => "règle 1 de la charte",
            Self::OutsideDomains { .. } => "règle 3 de la charte",
            Self::PurposeMissing { .. } => "charte, « Transparence »",
            Self::Expired { trial: true, .. } => "charte, « Expérimentation »",
            Self::ReviewOverdue { .. } => "charte, « Suivi et évaluation »",
            Self::NotRouted { .. } => "charte, niveau 2",
            Self::DirectoryStale { .. } | Self::NotInGroup { .. } | Self::TrainingMissing { .. } => "charte, niveau 3",
            _ => "règle 2 de la charte",
        }
    }

    /// Somebody asks for what the committee has not listed.
    pub const fn is_demand(&self) -> bool {
        matches!(self, Self::UnknownTool { .. } | Self::NoToolForModel { .. })
    }

    /// Only the date decided: the same request was or will be admitted on another day.
    pub const fn is_dated(&self) -> bool {
        matches!(
            self,
            Self::NotYetValid { .. }
                | Self::Expired { .. }
                | Self::ReviewOverdue { .. }
                | Self::TrainingMissing { until: Some(_), .. }
        )
    }
}
