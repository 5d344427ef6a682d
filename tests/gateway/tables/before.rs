//! A database of the version before comes through: every value as it was, chains included, and counted.

use std::borrow::Cow;

use gardefou::schema::{self, Standing};
use sqlx::{
    AnyConnection, Row, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use super::{Folder, connect, counted, run};
use crate::support::postgres::Cluster;

/// What the version before did.
async fn make_before(connection: &mut AnyConnection, usage: &'static str, office: &'static str) {
    let migration = |n, name: &'static str, text: &'static str| {
        Migration::new(
            n,
            Cow::Borrowed(name),
            MigrationType::Simple,
            text.into_sql_str(),
            false,
        )
    };
    Migrator::with_migrations(vec![migration(1, "usage", usage), migration(2, "office", office)])
        .run_direct(None, connection, false)
        .await
        .expect("the tables of before");
}

/// Every column of before, in the same text on both sides of the migration.
const POSTGRES_ROWS: &str = "SELECT concat_ws('|', id, extract(epoch FROM occurred_at), caller, direction, tool, tool_level, model,
    dialect, endpoint, stream, purpose, decision, rule, findings, finding_types, mention, http_status, outcome, input_tokens,
    output_tokens, tokens_estimated, duration_ms, first_token_ms, upstream_ms, overhead_us,
    encode(float8send(energy_kwh_min), 'hex'), encode(float8send(cost_eur), 'hex'), policy_hash, charter_version, instance,
    encode(chain, 'hex'), instance_seq) FROM usage_events ORDER BY instance, instance_seq";

async fn rows(url: &str, sql: &'static str) -> Vec<String> {
    let rows = sqlx::query(sql).fetch_all(&mut connect(url).await).await.expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_postgres_of_before_comes_through() {
    let cluster = Cluster::start().await;
    let url = cluster.url();
    make_before(
        &mut connect(&url).await,
        include_str!("../../../migrations/postgres/0001_usage.sql"),
        include_str!("../../../migrations/postgres/0002_office.sql"),
    )
    .await;
    // A backend once said that it had given 5 000 000 000 tokens: the chain holds that number.
    run(
        &url,
        "INSERT INTO usage_events
        SELECT gen_random_uuid(), timestamptz '2026-02-28 15:45+00' + n * interval '7 hours', 'c' || n % 7, 'Routes', 'gemini', 1,
            'gemini-2.5-flash', 'gemini', 'generateContent', false, NULL, 'allowed', NULL, '{}', '{}', 'text', 200,
            'completed', n, CASE n WHEN 40 THEN 5000000000 ELSE n END, false, 5, 6, 7, 8, 0.1 / n, 0.2, 0.3, 0.4, 0.5, 'h',
            '2025-06', 'essai-' || n % 2, sha256(n::text::bytea), n
        FROM generate_series(1, 500) AS n",
    )
    .await;
    let before = rows(&url, POSTGRES_ROWS).await;
    assert_eq!(before.len(), 500);

    let tended = schema::tend(&url).await.expect("migrated");
    assert_eq!(tended.before, Standing::Older);
    assert_eq!(schema::tend(&url).await.expect("again").before, Standing::Current);
    assert_eq!(rows(&url, POSTGRES_ROWS).await, before);
    let partitions = rows(
        &url,
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'usage_events'::regclass ORDER BY 1",
    )
    .await;
    let months = ["02", "03", "04", "05", "06", "07"].map(|month| format!("usage_events_2026_{month}"));
    for month in months {
        assert!(partitions.contains(&month), "{month}: {partitions:?}");
    }
    let sums = "SELECT sum(requests) || ' ' || sum(output_tokens) || ' ' || count(DISTINCT month) FROM usage_by_caller";
    assert_eq!(
        rows(&url, sums).await,
        [format!("500 {} 6", 500 * 501 / 2 - 40 + 5_000_000_000_i64)]
    );
    // The delays of before are counted: each row has two.
    let delays =
        "SELECT sum(requests) || ' ' || count(DISTINCT month) || ' ' || (SELECT count(*) FROM usage_by_instance)
        FROM usage_by_delay";
    assert_eq!(rows(&url, delays).await, ["1000 6 11"]);
    let comments = "SELECT count(*)::text FROM pg_attribute WHERE attrelid = 'usage_events'::regclass AND attnum > 0
        AND col_description(attrelid, attnum) IS NULL";
    assert_eq!(rows(&url, comments).await, ["0"], "every column has its comment");
}

#[tokio::test]
async fn an_sqlite_of_before_comes_through() {
    let folder = Folder::new();
    let url = folder.sqlite();
    make_before(
        &mut connect(&url).await,
        include_str!("../../../migrations/sqlite/0001_usage.sql"),
        include_str!("../../../migrations/sqlite/0002_office.sql"),
    )
    .await;
    let sql = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 500)
        INSERT INTO usage_events
        SELECT printf('%032d', n), strftime('%Y-%m-%dT%H:%M:%fZ', '2026-02-28 15:45', (n * 7) || ' hours'), 'c' || (n % 7), 'Routes',
            'gemini', 1, CASE n % 3 WHEN 0 THEN 'gpt-*' END, 'gemini', 'generateContent', 0, NULL,
            CASE n % 5 WHEN 0 THEN 'refused' ELSE 'masked' END, CASE n % 5 WHEN 0 THEN 'unknown-tool' ELSE 'screening.health' END,
            '{\"health\":2}', '{}', 'text', 200, CASE n % 9 WHEN 0 THEN 'interrupted' ELSE 'completed' END, n, n, 0, 5, 6, 7 * n, n * n, 0.1 / n, 0.2, 0.3, 0.4, 0.5, 'h', '2025-06', 'essai-' || (n % 2), randomblob(32), n
        FROM numbers";
    run(&url, sql).await;
    let all = "SELECT id || occurred_at || caller || findings || energy_kwh_min || hex(chain) || instance_seq FROM usage_events
        ORDER BY instance_seq";
    let before = rows(&url, all).await;
    assert_eq!(schema::tend(&url).await.expect("migrated").before, Standing::Older);
    assert_eq!(rows(&url, all).await, before);
    // What the migration counted is what the trigger would have.
    let by_migration = counted(&url).await;
    assert!(
        by_migration
            .iter()
            .any(|line| line.starts_with("class 2026-04|health|masked|c1 "))
    );
    for begun in [
        "delay 2026-04|essai-1|overhead_us|",
        "failure 2026-04|interrupted|c1",
        "demand 2026-04|unknown-tool|gpt-*|",
    ] {
        assert!(by_migration.iter().any(|line| line.starts_with(begun)), "{begun}");
    }
    run(
        &url,
        "CREATE TABLE again AS SELECT * FROM usage_events; DELETE FROM usage_events; DELETE FROM usage_by_caller;
         DELETE FROM usage_by_rule; DELETE FROM usage_by_class; DELETE FROM usage_by_delay; DELETE FROM usage_by_failure;
         DELETE FROM usage_by_demand; INSERT INTO usage_events SELECT * FROM again",
    )
    .await;
    super::same(&counted(&url).await, &by_migration);
}
