//! Retention: months of rows that ended long enough ago are removed, once, whole, and not without a trace.
//!
//! Soon after the start and once a day a task looks for months due. One transaction per month closes it for the committee's
//! views where that was not done, so that its figures stay; takes its counts by caller away; leaves a **gap** for every
//! run of rows that it takes out of a chain, signed, so that the rest can still be verified; writes
//! `retention_journal`; and drops the month's partition (PostgreSQL) or deletes its rows (SQLite). Among many gateways
//! one does it. A process that dies in the middle has done nothing.
//!
//! On PostgreSQL a function with its owner's rights removes, and refuses by the server's own clock what is too young: a
//! gateway may delete nothing by itself.
//!
//! Words have terms of their own: comments of feedback are emptied after [`COMMENTS`] days, descriptions of incidents
//! after [`DESCRIPTIONS`]. Uses of Gemini inside Workspace go by whole months after [`USES`].

mod postgres;
mod sqlite;

use std::{sync::Arc, time::Duration};

use jiff::civil::Date;
use tokio::time::sleep;

use super::{
    error::Trouble,
    journal::{Address, Journal, Line},
    signing::{Signer, Statement},
};
use crate::domain::{Clock, Month, Timestamp};
use crate::policy::midnight;

const DAY: i64 = 86_400_000;
/// Days for which the comment of a feedback is kept.
pub const COMMENTS: i64 = 365;
/// Days for which the description of an incident is kept: three years.
pub const DESCRIPTIONS: i64 = 1095;
/// Days for which imported uses of Gemini inside Workspace are kept.
pub const USES: i64 = 365;

/// Before the first look: a start has tables to make, and they are made by one at a time.
const FIRST: Duration = Duration::from_secs(2);
/// Between two looks for months due.
const DAILY: Duration = Duration::from_secs(24 * 3600);
/// After a look that failed.
const LATER: Duration = Duration::from_secs(600);
/// How long the removal of one month may take.
const PATIENCE: Duration = Duration::from_secs(3600);

/// How long rows are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days after the end of the month; at least 1.
    pub days: u32,
    /// Why, where that is unusual. Kept in the journal of removals.
    pub justification: Option<String>,
}

/// A run of rows of one chain that is removed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Gap {
    instance: String,
    first: i64,
    last: i64,
    chain: Vec<u8>,
}

/// Who removes.
pub(super) struct Sweeper {
    pub(super) address: Address,
    pub(super) retention: Retention,
    pub(super) clock: Clock,
    /// Who signs gaps. A gap that nobody signed breaks the verification of its chain.
    pub(super) signer: Option<Arc<Signer>>,
}

impl Sweeper {
    /// Looks for months due until it is dropped.
    pub(super) async fn run(self) {
        sleep(FIRST).await;
        loop {
            let pause = match self.sweep().await {
                Ok(()) => DAILY,
                Err(trouble) => {
                    tracing::warn!(
                        why = trouble.code(),
                        "old rows cannot be removed now; tried again later"
                    );
                    LATER
                }
            };
            sleep(pause).await;
        }
    }

    async fn sweep(&self) -> Result<(), Trouble> {
        let mut journal = Journal::connect(&self.address).await?;
        let now = (self.clock)();
        for month in given_up(months(&mut journal)).await? {
            if due(month, self.retention.days, now) {
                let removed = given_up(self.retire(&mut journal, month, now)).await?;
                if removed > 0 {
                    tracing::info!(%month, rows = removed, days = self.retention.days, "old rows are removed");
                }
            }
        }
        match &mut journal.line {
            Line::Sqlite(connection) => given_up(sqlite::retire_words(connection, now)).await,
            Line::Postgres(connection) => given_up(postgres::retire_words(connection)).await,
        }
    }

    async fn retire(&self, journal: &mut Journal, month: Month, now: Timestamp) -> Result<u64, sqlx::Error> {
        let signer = self.signer.as_deref();
        match &mut journal.line {
            Line::Sqlite(connection) => sqlite::retire(connection, month, &self.retention, now, signer).await,
            Line::Postgres(connection) => postgres::retire(connection, month, &self.retention, now, signer).await,
        }
    }
}

impl Gap {
    fn signed(&self, signer: Option<&Signer>, now: Timestamp) -> Option<Vec<u8>> {
        let statement = Statement::Gap {
            instance: &self.instance,
            first: self.first,
            last: self.last,
            chain: &self.chain,
        };
        signer.map(|signer| signer.sign(&statement, now.0))
    }
}

/// Gives up what takes too long. The connection must not be used after that.
async fn given_up<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Trouble> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(|e| Trouble::of(&e)),
        Err(_) => Err(Trouble::TimedOut),
    }
}

/// The months that have rows, or had.
async fn months(journal: &mut Journal) -> Result<Vec<Month>, sqlx::Error> {
    let found = match &mut journal.line {
        Line::Sqlite(connection) => sqlite::months(connection).await?,
        Line::Postgres(connection) => postgres::months(connection).await?,
    };
    Ok(found.iter().filter_map(|month| month.parse().ok()).collect())
}

fn first_day(month: Month) -> Date {
    let (year, number) = (i16::try_from(month.year()), i8::try_from(month.month()));
    let day = year
        .ok()
        .zip(number.ok())
        .and_then(|(year, number)| Date::new(year, number, 1).ok());
    day.expect("a month is one of the calendar")
}

/// The first instant of a month, and the first after it.
fn bounds(month: Month) -> (Timestamp, Timestamp) {
    (midnight(first_day(month)), midnight(first_day(month.next())))
}

/// The month ended more than so many days ago.
fn due(month: Month, days: u32, now: Timestamp) -> bool {
    let (_, end) = bounds(month);
    end.0.saturating_add(i64::from(days) * DAY) <= now.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_due_so_many_days_after_its_end_in_france() {
        let month = "2025-10".parse().unwrap();
        // 2025-10-31T23:00:00Z is the end of October in Paris.
        let end = 1_761_951_600_000;
        assert_eq!(bounds(month).1, Timestamp(end));
        for (days, now, expected) in [
            (365, end + 365 * DAY - 1, false),
            (365, end + 365 * DAY, true),
            (1, end + DAY, true),
            (1, end, false),
        ] {
            assert_eq!(due(month, days, Timestamp(now)), expected, "{days} {now}");
        }
    }
}
