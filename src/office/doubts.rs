//! False positives: how often callers said that a finding was no protected data. The DSIUN learns from it where the
//! detector is wrong; of the text, the value and the caller nothing is kept.

use jiff::civil::Date;
use sqlx::{Row, any::AnyRow};

use super::{Office, OfficeError, store::patiently};

/// Reports of one kind of finding on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FalsePositive {
    /// Civil day of Europe/Paris.
    pub day: Date,
    /// Type of the finding, or the id of a detector of the policy.
    pub kind: String,
    /// Class of data, by its key.
    pub class: String,
    /// Id of the tool in the policy.
    pub tool: String,
}

/// Reports of one kind of finding since a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubted {
    /// Type of the finding, or the id of a detector of the policy.
    pub kind: String,
    /// Class of data, by its key.
    pub class: String,
    /// Id of the tool in the policy.
    pub tool: String,
    /// How often it was said.
    pub reports: u64,
    /// The last day on which it was.
    pub last: String,
}

impl Office {
    /// Counts a report.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn count_false_positive(&self, report: &FalsePositive) -> Result<(), OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            sqlx::query(COUNT)
                .bind(report.day.to_string())
                .bind(&report.kind)
                .bind(&report.class)
                .bind(&report.tool)
                .execute(open.connection())
                .await?;
            Ok(())
        })
        .await
    }

    /// What was reported since a day, that day included; what was reported most comes first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn false_positives(&self, since: Date) -> Result<Vec<Doubted>, OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            let rows = sqlx::query(SINCE)
                .bind(since.to_string())
                .fetch_all(open.connection())
                .await?;
            Ok(rows.iter().map(doubted).collect::<Result<_, sqlx::Error>>()?)
        })
        .await
    }
}

fn doubted(row: &AnyRow) -> Result<Doubted, sqlx::Error> {
    Ok(Doubted {
        kind: row.try_get(0)?,
        class: row.try_get(1)?,
        tool: row.try_get(2)?,
        reports: u64::try_from(row.try_get::<i64, _>(3)?).unwrap_or_default(),
        last: row.try_get(4)?,
    })
}

const COUNT: &str = "INSERT INTO false_positives (day, kind, class, tool, reports) VALUES ($1, $2, $3, $4, 1)
    ON CONFLICT (day, kind, class, tool) DO UPDATE SET reports = false_positives.reports + 1";

const SINCE: &str = "SELECT kind, class, tool, CAST(SUM(reports) AS BIGINT), MAX(day) FROM false_positives
    WHERE day >= $1 GROUP BY kind, class, tool ORDER BY 4 DESC, kind, class, tool";
