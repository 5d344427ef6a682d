//! The trace that a verification leaves of itself, for the committee: when, how much, and what came of it.
//!
//! It is no proof: whoever owns the database may write the same line. It tells the committee that somebody looks.

use std::fmt;

use sqlx::{AnyConnection, Connection};
use uuid::Uuid;

use super::{error::Trouble, evidence::VerifyReport};
use crate::domain::Timestamp;

/// Why a verification could not be written down; its answer stands all the same.
#[derive(Debug)]
pub struct NotRecorded(Trouble);

impl fmt::Display for NotRecorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Trouble::Denied => "ce compte ne peut pas écrire dans chain_verifications",
            Trouble::ReadOnly => "la base de données ne peut pas être modifiée (droits, ou disque en lecture seule)",
            Trouble::Full => "le disque de la base de données est plein",
            Trouble::TimedOut => "un autre programme occupe la base de données",
            Trouble::Schema | Trouble::Unreachable | Trouble::Other => {
                "la base de données n'a pas répondu comme elle le devrait"
            }
        })
    }
}

impl std::error::Error for NotRecorded {}

/// Writes down that a verification was made at this instant, and what it found.
///
/// # Errors
/// The database takes no such line from this account, or none at all.
pub async fn record(database_url: &str, report: &VerifyReport, now: Timestamp) -> Result<(), NotRecorded> {
    let written = async {
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(database_url).await?;
        sqlx::query(ADD)
            .bind(Uuid::now_v7().to_string())
            .bind(now.0)
            .bind(i64::try_from(report.chains.len()).unwrap_or(i64::MAX))
            .bind(i64::try_from(report.rows).unwrap_or(i64::MAX))
            .bind(report.rows_lost)
            .bind(if report.intact { "intact" } else { "altered" })
            .execute(&mut connection)
            .await?;
        connection.close().await
    };
    written
        .await
        .map_err(|error: sqlx::Error| NotRecorded(Trouble::of(&error)))
}

const ADD: &str = "INSERT INTO chain_verifications (id, verified_at_ms, instances, rows, rows_lost, result)
    VALUES ($1, $2, $3, $4, $5, $6)";
