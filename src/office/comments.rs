//! Feedback as people read it again: their own with its answer, and for the DSIUN what waits for one, without a caller.

use sqlx::{AssertSqlSafe, Row, SqlSafeStr, any::AnyRow};

use super::{Office, OfficeError, Sense, store::patiently, tickets::marks};
use crate::domain::{Pseudonym, Timestamp};

/// Feedback, without whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: String,
    /// When it was given.
    pub at: Timestamp,
    /// Id of the tool.
    pub tool: Option<String>,
    /// The request it is about.
    pub request: Option<String>,
    /// From 1 to 5.
    pub rating: Option<i64>,
    /// What kind of experience it was.
    pub sense: Option<Sense>,
    /// In the caller's words.
    pub words: Option<String>,
    /// What the DSIUN answered.
    pub answer: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
}

impl std::fmt::Debug for Comment {
    /// The words are the caller's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Comment({}, {:?})", self.id, self.rating)
    }
}

impl Office {
    /// The feedback of somebody, by all their pseudonyms, newest first. What was given anonymously is nobody's.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn feedback_of(&self, callers: &[Pseudonym]) -> Result<Vec<Comment>, OfficeError> {
        let sql = format!(
            "{FEEDBACK} WHERE caller <> '' AND caller IN ({}) ORDER BY created_at_ms DESC, id DESC LIMIT 200",
            marks(callers.len())
        );
        self.comments(sql, callers.iter().map(Pseudonym::as_str)).await
    }

    /// What waits for an answer, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn unanswered(&self) -> Result<Vec<Comment>, OfficeError> {
        let sql =
            format!("{FEEDBACK} WHERE answered_at_ms IS NULL AND comment <> '' ORDER BY created_at_ms, id LIMIT 50");
        self.comments(sql, std::iter::empty()).await
    }

    /// Answers feedback. False where none waits under this id.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn answer_feedback(&self, id: &str, words: &str, at: Timestamp) -> Result<bool, OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            let answer = sqlx::query(ANSWER).bind(words).bind(at.0).bind(id);
            Ok(answer.execute(open.connection()).await?.rows_affected() == 1)
        })
        .await
    }

    async fn comments<'a>(
        &self,
        sql: String,
        binds: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<Comment>, OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            let query = sqlx::query(AssertSqlSafe(sql).into_sql_str());
            let query = binds.fold(query, |query, bind| query.bind(bind));
            let rows = query.fetch_all(open.connection()).await?;
            Ok(rows.iter().map(comment).collect::<Result<Vec<_>, _>>()?)
        })
        .await
    }
}

fn comment(row: &AnyRow) -> Result<Comment, sqlx::Error> {
    let sense: Option<String> = row.try_get(5)?;
    Ok(Comment {
        id: row.try_get(0)?,
        at: Timestamp(row.try_get(1)?),
        tool: row.try_get(2)?,
        request: row.try_get(3)?,
        rating: row.try_get(4)?,
        sense: sense.as_deref().and_then(Sense::read),
        words: row.try_get(6)?,
        answer: row.try_get(7)?,
        answered_at: row.try_get::<Option<i64>, _>(8)?.map(Timestamp),
    })
}

const FEEDBACK: &str =
    "SELECT id, created_at_ms, tool, request_id, rating, sense, comment, answer, answered_at_ms FROM feedback";

const ANSWER: &str = "UPDATE feedback SET answer = $1, answered_at_ms = $2 WHERE id = $3 AND answered_at_ms IS NULL";
