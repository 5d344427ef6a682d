//! Closing months: what the committee's views show of a month that is over stays as it is, and its counts by caller are
//! deleted.

use super::{Engine, Migratable};

/// What closes on SQLite, within a writing transaction.
pub const CLOSE_MONTHS: &str = concat!(
    include_str!("../../migrations/committee/close_service.sql"),
    include_str!("../../migrations/committee/close.sql")
);

/// Closes the months that are over, in one transaction; nothing where there are none.
///
/// On PostgreSQL a function with its owner's rights does it, so a gateway needs no right to what it closes.
///
/// # Errors
/// The database said no; nothing is closed then.
pub async fn close_months<C: Migratable>(connection: &mut C, engine: Engine) -> Result<(), sqlx::Error> {
    match engine {
        Engine::Postgres => connection.say("SELECT close_months()").await,
        Engine::Sqlite => {
            let script = concat!(
                "BEGIN IMMEDIATE;",
                include_str!("../../migrations/committee/close_service.sql"),
                include_str!("../../migrations/committee/close.sql"),
                "COMMIT;"
            );
            let done = connection.say(script).await;
            if done.is_err() {
                // Where it did not even begin, there is nothing to take back.
                let _ = connection.say("ROLLBACK").await;
            }
            done
        }
    }
}
