//! What the journal promises on every engine, and the chain recomputed by the database itself.

use std::collections::HashMap;

use gardefou::domain::{Outcome, Settlement};
use sqlx::{Connection, PgConnection, Row};

use super::{Folder, SOON, bare, by_id, completed, connect, entry, rows};
use crate::support::postgres::Cluster;

/// The promises that hold on every engine.
async fn journal_contract(url: &str) {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start(url).await;
    let (full, least, lost) = (entry(), bare(), entry());
    ledger.open(full.clone()).await.expect("a receipt").settle(completed());
    ledger
        .record(least.clone(), Settlement::bare(Outcome::Refused, 400))
        .await
        .expect("a record");
    drop(ledger.open(lost.clone()).await.expect("a receipt"));
    assert!(ledger.flush(SOON).await);
    let rows = rows(url).await;
    let expected = [
        (full.id.0, "completed"),
        (least.id.0, "refused"),
        (lost.id.0, "interrupted"),
    ];
    assert_eq!(by_id(&rows), HashMap::from(expected));
    assert!(ledger.status().database_up);
    assert!(tasks.shutdown().await);

    let sql = "SELECT purpose, tool, CAST(findings AS TEXT), CAST(energy_kwh_max AS DOUBLE PRECISION), http_status, duration_ms,
        CAST(occurred_at AS TEXT) FROM usage_events ORDER BY instance_seq";
    let rows = sqlx::query(sql).fetch_all(&mut connect(url).await).await.expect("rows");
    let row = &rows[0];
    assert_eq!(row.get::<String, _>(0), "Réunion du \"11\" : l'été\n\u{fffd}");
    assert_eq!(row.get::<String, _>(1), "gemini");
    assert_eq!(
        row.get::<String, _>(2).replace(": ", ":").replace(", ", ","),
        r#"{"personal":2,"sensitive":1}"#
    );
    assert_eq!(row.get::<f64, _>(3), 0.1 + 0.2);
    let outside = |row: &sqlx::any::AnyRow| {
        row.try_get::<Option<i64>, _>(4)
            .or_else(|_| row.try_get::<Option<i16>, _>(4).map(|s| s.map(i64::from)))
    };
    assert_eq!(outside(row).expect("a status"), Some(200));
    let (refused, interrupted) = (&rows[1], &rows[2]);
    assert_eq!(
        (refused.get::<Option<String>, _>(1), outside(refused).expect("a status")),
        (None, Some(400))
    );
    assert_eq!(
        outside(interrupted).expect("none"),
        None,
        "nobody knows what the caller saw"
    );
    assert!(
        interrupted.get::<Option<i64>, _>(5).is_some(),
        "how long it took is known"
    );
    let year = row.get::<String, _>(6);
    assert!(year.starts_with("20") && year.contains(':'), "{year}");
}

#[tokio::test]
async fn the_journal_keeps_its_promises_on_sqlite() {
    let folder = Folder::new();
    journal_contract(&folder.sqlite()).await;
}

#[tokio::test]
async fn the_journal_keeps_its_promises_on_postgresql() {
    let cluster = Cluster::start().await;
    journal_contract(&cluster.url()).await;
    // The chain, recomputed by the database itself from its typed columns: an independent reading of the canonical
    // form that `ledger::row` documents.
    let mut sql = PgConnection::connect(&cluster.url()).await.expect("the database");
    let broken: i64 = sqlx::query_scalar(RECOMPUTE)
        .fetch_one(&mut sql)
        .await
        .expect("a count");
    assert_eq!(broken, 0, "rows whose chain value is not what it should be");
    sqlx::query("UPDATE usage_events SET tool = 'autre' WHERE instance_seq = 1")
        .execute(&mut sql)
        .await
        .expect("a forgery");
    let broken: i64 = sqlx::query_scalar(RECOMPUTE)
        .fetch_one(&mut sql)
        .await
        .expect("a count");
    assert_eq!(broken, 1, "a row that was changed is found");
}

const RECOMPUTE: &str = r#"
WITH counts AS (
    SELECT id,
        (SELECT '{' || coalesce(string_agg(to_json(key)::text || ':' || value, ',' ORDER BY key COLLATE "C"), '') || '}' FROM jsonb_each_text(findings)) AS findings,
        (SELECT '{' || coalesce(string_agg(to_json(key)::text || ':' || value, ',' ORDER BY key COLLATE "C"), '') || '}' FROM jsonb_each_text(finding_types)) AS finding_types
    FROM usage_events
), fields AS (
    SELECT e.id, f.place, f.name, f.value FROM usage_events e JOIN counts c USING (id), LATERAL (VALUES
        (1, 'id', e.id::text), (2, 'occurred_at', (extract(epoch FROM e.occurred_at) * 1000)::bigint::text), (3, 'caller', e.caller),
        (4, 'direction', e.direction), (5, 'tool', e.tool), (6, 'tool_level', e.tool_level::text), (7, 'model', e.model),
        (8, 'dialect', e.dialect), (9, 'endpoint', e.endpoint), (10, 'stream', e.stream::int::text), (11, 'purpose', e.purpose),
        (12, 'decision', e.decision), (13, 'rule', e.rule), (14, 'findings', c.findings), (15, 'finding_types', c.finding_types),
        (16, 'mention', e.mention), (17, 'http_status', e.http_status::text), (18, 'outcome', e.outcome),
        (19, 'input_tokens', e.input_tokens::text), (20, 'output_tokens', e.output_tokens::text),
        (21, 'tokens_estimated', e.tokens_estimated::int::text), (22, 'duration_ms', e.duration_ms::text),
        (23, 'first_token_ms', e.first_token_ms::text), (24, 'upstream_ms', e.upstream_ms::text), (25, 'overhead_us', e.overhead_us::text),
        (26, 'energy_kwh_min', encode(float8send(e.energy_kwh_min), 'hex')), (27, 'energy_kwh_max', encode(float8send(e.energy_kwh_max), 'hex')),
        (28, 'co2e_kg_min', encode(float8send(e.co2e_kg_min), 'hex')), (29, 'co2e_kg_max', encode(float8send(e.co2e_kg_max), 'hex')),
        (30, 'cost_eur', encode(float8send(e.cost_eur), 'hex')), (31, 'policy_hash', e.policy_hash), (32, 'charter_version', e.charter_version),
        (33, 'instance', e.instance), (34, 'instance_seq', e.instance_seq::text), (35, 'footprint_version', e.footprint_version)
    ) AS f (place, name, value)
), canonical AS (
    SELECT id, 'gardefou-usage-1' || chr(10) || string_agg(name || '=' || octet_length(value) || ':' || value || chr(10), '' ORDER BY place) AS text
    FROM fields WHERE value IS NOT NULL GROUP BY id
), linked AS (
    SELECT e.chain, coalesce(lag(e.chain) OVER (PARTITION BY e.instance ORDER BY e.instance_seq), '') AS before, c.text
    FROM usage_events e JOIN canonical c USING (id)
)
SELECT count(*) FROM linked WHERE chain <> sha256(before || convert_to(text, 'UTF8'))"#;
