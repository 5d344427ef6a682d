//! A schema that is not the program's: rows wait, and arrive once the schema is.

use std::time::Instant;

use gardefou::{
    domain::{Outcome, Settlement},
    ledger::{DatabaseState, Trouble},
    schema::{self, SchemaError, Standing},
};
use sqlx::Row;

use super::{Dice, Folder, SOON, connect, run};
use crate::support::postgres::Cluster;

async fn a_newer_schema_makes_rows_wait(url: &str) {
    assert_eq!(schema::tend(url).await.expect("tables").before, Standing::Older);
    run(
        url,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999, 'of tomorrow', true, '', 0)",
    )
    .await;
    assert!(matches!(schema::tend(url).await, Err(SchemaError::Newer)));

    let folder = Folder::new();
    let (ledger, tasks) = folder.ledger(url, "essai-1").await;
    let (entry, _) = Dice(3).request("essai-1");
    ledger
        .record(entry, Settlement::bare(Outcome::Refused, 400))
        .await
        .expect("written down all the same");
    let since = Instant::now();
    while ledger.status().database != DatabaseState::Down(Trouble::Schema) {
        assert!(since.elapsed() < SOON, "{:?}", ledger.status());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(ledger.status().waiting, 1);
    run(url, "DELETE FROM _sqlx_migrations WHERE version = 999").await;
    assert!(ledger.flush(SOON).await, "{:?}", ledger.status());
    let count = sqlx::query("SELECT count(*) FROM usage_events")
        .fetch_one(&mut connect(url).await)
        .await;
    assert_eq!(count.expect("a count").get::<i64, _>(0), 1);
    assert!(tasks.shutdown().await);
}

#[tokio::test]
async fn a_newer_schema_makes_rows_wait_on_postgres() {
    let cluster = Cluster::start().await;
    a_newer_schema_makes_rows_wait(&cluster.url()).await;
}

#[tokio::test]
async fn a_newer_schema_makes_rows_wait_on_sqlite() {
    let folder = Folder::new();
    a_newer_schema_makes_rows_wait(&folder.sqlite()).await;
}
