//! The acceptance of the charter, for the page and for programs: somebody known accepts the version in force.

use std::fmt;

use http::StatusCode;

use crate::domain::Caller;
use crate::gateway::Refusal;

use super::App;

/// What an acceptance did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepted {
    /// It is written down now.
    Now,
    /// It was already.
    Before,
}

/// Why a charter was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotAccepted {
    /// No key, or not a good one.
    BadKey,
    /// The keys cannot be told from one another yet.
    KeysUnknown,
    /// Another version is in force: this one.
    OtherVersion(String),
    /// The database cannot be written.
    NotRecorded,
}

impl NotAccepted {
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::BadKey => StatusCode::UNAUTHORIZED,
            Self::OtherVersion(_) => StatusCode::CONFLICT,
            Self::KeysUnknown | Self::NotRecorded => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::BadKey => "bad-key",
            Self::KeysUnknown => "keys-unknown",
            Self::OtherVersion(_) => "other-version",
            Self::NotRecorded => "not-recorded",
        }
    }
}

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadKey => f.write_str("Il faut une clé `gf_…` valable pour accepter la charte."),
            Self::KeysUnknown => f.write_str(
                "Les clés ne peuvent pas être vérifiées pour le moment : la vôtre n'est pas en cause. Réessayez dans \
                 quelques minutes.",
            ),
            Self::OtherVersion(version) => write!(f, "La version en vigueur de la charte est « {version} »."),
            Self::NotRecorded => f.write_str("L'acceptation n'a pas pu être enregistrée. Réessayez plus tard."),
        }
    }
}

impl From<Refusal> for NotAccepted {
    fn from(refusal: Refusal) -> Self {
        if matches!(refusal, Refusal::KeysUnknown) {
            Self::KeysUnknown
        } else {
            Self::BadKey
        }
    }
}

/// Somebody known accepts a version of the charter.
pub(super) async fn accept(app: &App, caller: &Caller, version: &str) -> Result<Accepted, NotAccepted> {
    let gateway = &app.gateway;
    let in_force = gateway.live.borrow().policy.charter().version.clone();
    if version != in_force {
        return Err(NotAccepted::OtherVersion(in_force));
    }
    if caller.accepted_charters.contains(&in_force) {
        return Ok(Accepted::Before);
    }
    match gateway
        .office
        .accept_charter(caller.pseudonym.as_str(), &in_force)
        .await
    {
        Ok(()) => Ok(Accepted::Now),
        Err(error) => {
            tracing::error!(%error, "an acceptance of the charter could not be written");
            Err(NotAccepted::NotRecorded)
        }
    }
}
