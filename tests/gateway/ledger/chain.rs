//! The chain under attack by whoever owns the database, on both engines: each attack is found, and its place is named.

use std::{path::Path, sync::Arc};

use gardefou::{
    domain::{Entry, Outcome, Settlement, Timestamp},
    ledger::{ChainState, Evidence, FaultKind, LedgerSettings, PublicKeys, Signer, Strict, VerifyReport, verify},
};
use sqlx::{AnyConnection, AssertSqlSafe, SqlSafeStr};

use super::{Folder, SOON, bare, completed, connect, entry, start, until};
use crate::support::postgres::Cluster;

/// Rows of the chain that is attacked; a head is signed after every tenth.
const ROWS: usize = 40;
const TABLES: [&str; 5] = [
    "usage_events",
    "chain_heads",
    "chain_signatures",
    "retention_gaps",
    "erased_rows",
];

fn signing(folder: &Folder, url: &str) -> LedgerSettings {
    let signer = Signer::from_file(&folder.0.join("ledger.key")).expect("a key");
    LedgerSettings {
        signer: Some(Arc::new(signer)),
        sign_every: std::time::Duration::ZERO,
        ..folder.settings(url)
    }
}

fn entries() -> Vec<Entry> {
    let one = |i: usize| if i.is_multiple_of(3) { bare() } else { entry() };
    (0..ROWS).map(one).collect()
}

/// Writes requests through a ledger, ten at a time.
async fn written(settings: LedgerSettings, entries: &[Entry]) {
    let (ledger, tasks) = start(settings).await;
    for ten in entries.chunks(10) {
        for entry in ten {
            let settlement = if entry.tool.is_none() {
                Settlement::bare(Outcome::Refused, 400)
            } else {
                completed()
            };
            ledger.record(entry.clone(), settlement).await.expect("a record");
        }
        assert!(ledger.flush(SOON).await);
    }
    assert!(tasks.shutdown().await);
}

async fn run(sql: &mut AnyConnection, statements: &[String]) {
    for statement in statements {
        let query = sqlx::query(AssertSqlSafe(statement.clone()).into_sql_str());
        query
            .execute(&mut *sql)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

fn lines(statements: &[&str]) -> Vec<String> {
    statements.iter().map(|&statement| statement.to_owned()).collect()
}

async fn report(url: &str, evidence: &Evidence) -> VerifyReport {
    verify(url, evidence).await.expect("a report")
}

/// What is found, its place, and the last place where it may be.
type Place = (FaultKind, i64, Option<i64>);

/// The first fault of the attacked chain.
fn found(report: &VerifyReport) -> Option<Place> {
    assert_eq!(report.intact, report.chains.iter().all(|chain| chain.fault.is_none()));
    let chain = report.chains.iter().find(|chain| chain.instance == "essai-1")?;
    chain
        .fault
        .as_ref()
        .map(|fault| (fault.kind, fault.instance_seq, fault.until_seq))
}

/// What the gateway's own machine knows: its key, and where asked for its heads.
fn evidence(folder: &Folder, heads: bool) -> Evidence {
    let keys = PublicKeys::read(&folder.0.join("ledger.pub")).expect("keys");
    let evidence = Evidence::new(keys, Strict::Instance("essai-1".into()));
    match heads {
        true => evidence.with_heads(&folder.0.join("heads.jsonl")).expect("heads"),
        false => evidence,
    }
}

/// A column changed as little as its type lets.
fn flip(column: &str, postgres: bool) -> String {
    match column {
        "id" => "'01890000-0000-7000-8000-000000000000'".into(),
        "occurred_at" if postgres => "occurred_at + interval '1 microsecond'".into(),
        "occurred_at" => "replace(occurred_at, 'Z', '0Z')".into(),
        "stream" | "tokens_estimated" if postgres => format!("NOT {column}"),
        "stream" | "tokens_estimated" => format!("1 - {column}"),
        "findings" | "finding_types" => r#"'{"personal":3}'"#.into(),
        "chain" if postgres => "sha256(chain)".into(),
        "chain" => "zeroblob(32)".into(),
        "energy_kwh_min" | "energy_kwh_max" | "co2e_kg_min" | "co2e_kg_max" | "cost_eur" => {
            format!("coalesce({column} * (1 + 2.3e-16), 0)")
        }
        "tool_level" | "http_status" | "input_tokens" | "output_tokens" | "duration_ms" | "first_token_ms"
        | "upstream_ms" | "overhead_us" => format!("coalesce({column}, 0) + 1"),
        _ => format!("coalesce({column}, '') || ' '"),
    }
}

const COLUMNS: [&str; 34] = [
    "id",
    "occurred_at",
    "caller",
    "direction",
    "tool",
    "tool_level",
    "model",
    "dialect",
    "endpoint",
    "stream",
    "purpose",
    "decision",
    "rule",
    "findings",
    "finding_types",
    "mention",
    "http_status",
    "outcome",
    "input_tokens",
    "output_tokens",
    "tokens_estimated",
    "duration_ms",
    "first_token_ms",
    "upstream_ms",
    "overhead_us",
    "energy_kwh_min",
    "energy_kwh_max",
    "co2e_kg_min",
    "co2e_kg_max",
    "cost_eur",
    "policy_hash",
    "charter_version",
    "chain",
    "footprint_version",
];

/// Attacks that only touch rows: what is done, and what is found where.
fn attacks() -> Vec<(&'static str, Vec<String>, Place)> {
    use FaultKind::{Deleted, Head, Inserted, Modified, Reordered, Signature, Truncated};
    let own = "instance = 'essai-1'";
    let at = |seq: i64| format!("{own} AND instance_seq = {seq}");
    let swapped = |a: i64, b: i64| {
        vec![
            format!("UPDATE usage_events SET instance_seq = -1 WHERE {}", at(a)),
            format!("UPDATE usage_events SET instance_seq = {a} WHERE {}", at(b)),
            format!("UPDATE usage_events SET instance_seq = {b} WHERE {}", at(-1)),
        ]
    };
    let shifted = |from: i64, by: i64| {
        vec![
            format!(
                "UPDATE usage_events SET instance_seq = instance_seq + 1000 WHERE {own} AND instance_seq >= {from}"
            ),
            format!(
                "UPDATE usage_events SET instance_seq = instance_seq - {} WHERE {own} AND instance_seq >= 1000",
                1000 - by
            ),
        ]
    };
    let deleted = |seq: i64| vec![format!("DELETE FROM usage_events WHERE {}", at(seq))];
    let copied = |to: &str| {
        let id = "'01890000-0000-7000-8000-000000000001'";
        let values = COLUMNS
            .map(|column| if column == "id" { id } else { column })
            .join(", ");
        format!(
            "INSERT INTO usage_events ({}, instance, instance_seq) SELECT {values}, instance, {to} FROM usage_events WHERE {}",
            COLUMNS.join(", "),
            at(5)
        )
    };
    let cut = vec![format!("DELETE FROM usage_events WHERE {own} AND instance_seq > 30")];
    let head_reset = vec![format!(
        "UPDATE chain_heads SET instance_seq = 30, chain = (SELECT chain FROM usage_events WHERE {}) WHERE {own}",
        at(30)
    )];
    let chains_swapped = [
        format!(
            "CREATE TABLE two AS SELECT instance_seq, chain FROM usage_events WHERE {own} AND instance_seq IN (7, 8)"
        ),
        format!(
            "UPDATE usage_events SET chain = (SELECT chain FROM two WHERE two.instance_seq = 15 - usage_events.instance_seq) WHERE {own} AND instance_seq IN (7, 8)"
        ),
        "DROP TABLE two".into(),
    ];
    let gap = format!(
        "INSERT INTO retention_gaps (instance, first_seq, last_seq, chain, signed_at_ms, key_id, signature)
         SELECT instance, 12, 18, u.chain, 1, (SELECT min(key_id) FROM ledger_keys),
             (SELECT s.signature FROM chain_signatures s WHERE s.instance = 'essai-1' AND s.instance_seq = 10) FROM usage_events u WHERE {}",
        at(18)
    );
    let unsigned_gap = format!(
        "INSERT INTO retention_gaps (instance, first_seq, last_seq, chain)
         SELECT instance, 12, 18, chain FROM usage_events WHERE {}",
        at(18)
    );
    let without_12_to_18 = format!("DELETE FROM usage_events WHERE {own} AND instance_seq BETWEEN 12 AND 18");
    let erasure = format!(
        "INSERT INTO erased_rows (instance, instance_seq, chain, row_hash, erased_at_ms, key_id, signature)
         SELECT instance, instance_seq, chain, chain, 1, (SELECT min(key_id) FROM ledger_keys),
             (SELECT s.signature FROM chain_signatures s WHERE s.instance = 'essai-1' AND s.instance_seq = 10) FROM usage_events u WHERE {}",
        at(12)
    );
    vec![
        ("a row is deleted", deleted(9), (Deleted, 9, Some(9))),
        ("the first row is deleted", deleted(1), (Deleted, 1, Some(1))),
        (
            "a row is deleted and the places counted anew",
            [deleted(9), shifted(10, -1)].concat(),
            (Deleted, 9, None),
        ),
        ("neighbours change places", swapped(7, 8), (Reordered, 7, None)),
        ("rows far apart change places", swapped(7, 27), (Reordered, 7, None)),
        (
            "neighbours exchange chain values",
            chains_swapped.to_vec(),
            (Modified, 7, None),
        ),
        (
            "a row is pushed in",
            [shifted(9, 1), vec![copied("9")]].concat(),
            (Inserted, 9, None),
        ),
        (
            "a row is added before the first",
            vec![copied("0")],
            (Inserted, 0, None),
        ),
        (
            "a row is added behind the last",
            vec![copied("41")],
            (Modified, 41, None),
        ),
        ("the tail is cut", cut.clone(), (Truncated, 31, Some(40))),
        (
            "the tail is cut, the head reset",
            [cut.clone(), head_reset.clone()].concat(),
            (Truncated, 31, Some(40)),
        ),
        (
            "everything is deleted",
            vec![format!("DELETE FROM usage_events WHERE {own}")],
            (Truncated, 1, Some(40)),
        ),
        (
            "the head is moved",
            vec![format!("UPDATE chain_heads SET instance_seq = 39 WHERE {own}")],
            (Head, 40, None),
        ),
        (
            "a row is given to another gateway",
            vec![format!("UPDATE usage_events SET instance = 'essai-9' WHERE {}", at(11))],
            (Deleted, 11, Some(11)),
        ),
        (
            "a gap is forged",
            vec![gap, without_12_to_18.clone()],
            (Signature, 19, None),
        ),
        (
            "a gap is forged and not signed",
            vec![unsigned_gap, without_12_to_18],
            (Signature, 19, None),
        ),
        (
            "an erasure is forged",
            vec![erasure, format!("UPDATE usage_events SET caller = '' WHERE {}", at(12))],
            (Signature, 12, None),
        ),
        (
            "a signature is changed",
            vec![format!(
                "UPDATE chain_signatures SET signed_at_ms = signed_at_ms + 1 WHERE {}",
                at(20)
            )],
            (Signature, 20, None),
        ),
        (
            "a signed head is exchanged",
            vec![
                format!("DELETE FROM chain_signatures WHERE {}", at(19)),
                format!("UPDATE chain_signatures SET instance_seq = 19 WHERE {}", at(20)),
            ],
            (Signature, 19, None),
        ),
    ]
}

/// A database with a signed chain of [`ROWS`] and a short one of another gateway, and a copy of its tables.
async fn attacked(folder: &Folder, url: &str) -> Vec<Entry> {
    let entries = entries();
    written(signing(folder, url), &entries).await;
    let other = Folder::new();
    let settings = LedgerSettings {
        instance: "essai-2".into(),
        ..signing(&other, url)
    };
    let own = |entry: Entry| Entry {
        instance: "essai-2".into(),
        ..entry
    };
    written(settings, &[own(entry()), own(bare())]).await;
    let mut sql = connect(url).await;
    let copies = TABLES.map(|table| format!("CREATE TABLE copy_{table} AS SELECT * FROM {table}"));
    run(&mut sql, &copies).await;
    entries
}

async fn restored(sql: &mut AnyConnection) {
    for table in TABLES {
        let statements = [
            format!("DELETE FROM {table}"),
            format!("INSERT INTO {table} SELECT * FROM copy_{table}"),
        ];
        run(sql, &statements).await;
    }
}

async fn attacks_are_found(url: &str) {
    let folder = Folder::new();
    let entries = attacked(&folder, url).await;
    let postgres = url.starts_with("postgres");
    let (machine, key) = (evidence(&folder, true), evidence(&folder, false));
    let mut sql = connect(url).await;

    let whole = report(url, &machine).await;
    assert!(whole.intact, "{whole:?}");
    assert_eq!(whole.rows, ROWS as u64 + 2);
    let (own, other) = (&whole.chains[0], &whole.chains[1]);
    assert_eq!((own.rows, own.last_seq, own.vouched_seq), (40, 40, 40));
    assert!(own.heads >= 8 && own.unknown_keys.is_empty(), "{own:?}");
    assert_eq!(
        (other.rows, other.vouched_seq, other.unknown_keys.len()),
        (2, 0, 1),
        "its key is known to the database only"
    );

    for column in COLUMNS {
        let statement = format!(
            "UPDATE usage_events SET {column} = {} WHERE instance = 'essai-1' AND instance_seq = 20",
            flip(column, postgres)
        );
        run(&mut sql, &[statement]).await;
        assert_eq!(
            found(&report(url, &key).await),
            Some((FaultKind::Modified, 20, None)),
            "{column}"
        );
        restored(&mut sql).await;
    }
    for (what, statements, expected) in attacks() {
        run(&mut sql, &statements).await;
        let report = report(url, &machine).await;
        assert_eq!(found(&report), Some(expected), "{what}: {report:?}");
        restored(&mut sql).await;
        assert!(
            verify(url, &machine).await.expect("a report").intact,
            "restored after: {what}"
        );
    }
    suffixes_are_vouched_for(url, &folder, &entries, &mut sql).await;
}

/// Between two signed heads, at most ten rows apart, stands row 25, which is another.
fn assert_rewritten(report: &VerifyReport) {
    let (kind, from, until) = found(report).expect("a fault");
    let until = until.unwrap_or(from);
    assert_eq!(kind, FaultKind::Rewritten);
    assert!(
        (21..=25).contains(&from) && (25..=30).contains(&until),
        "{from} to {until}"
    );
}

/// Cut or rewritten with every hash recomputed: only signatures tell.
async fn suffixes_are_vouched_for(url: &str, folder: &Folder, entries: &[Entry], sql: &mut AnyConnection) {
    let (machine, key) = (evidence(folder, true), evidence(folder, false));
    let cut = lines(&[
        "DELETE FROM usage_events WHERE instance = 'essai-1' AND instance_seq > 30",
        "DELETE FROM chain_signatures WHERE instance = 'essai-1' AND instance_seq > 30",
        "UPDATE chain_heads SET instance_seq = 30, chain = (SELECT chain FROM usage_events WHERE instance = 'essai-1'
             AND instance_seq = 30) WHERE instance = 'essai-1'",
    ]);
    run(sql, &cut).await;
    assert_eq!(
        found(&report(url, &machine).await),
        Some((FaultKind::Truncated, 31, Some(40)))
    );
    assert_eq!(
        found(&report(url, &key).await),
        None,
        "without the heads nobody can know"
    );
    let (ledger, tasks) = start(signing(folder, url)).await;
    until("the gateway sees it when it connects", || {
        ledger.status().chain == ChainState::Behind
    })
    .await;
    ledger.record(entry(), completed()).await.expect("service goes on");
    assert!(ledger.flush(SOON).await && tasks.shutdown().await);
    let (ledger, tasks) = start(signing(folder, url)).await;
    until("and does not forget it", || ledger.status().chain == ChainState::Behind).await;
    assert!(tasks.shutdown().await);
    restored(sql).await;

    // The attacker has this very program, without the key: the whole chain is written again, one row another.
    let mut forged = entries.to_vec();
    forged[24].direction = Some("Autre".into());
    let empty = lines(&[
        "DELETE FROM usage_events WHERE instance = 'essai-1'",
        "DELETE FROM chain_heads WHERE instance = 'essai-1'",
    ]);
    run(sql, &empty).await;
    written(Folder::new().settings(url), &forged).await;
    assert_rewritten(&report(url, &key).await);

    // With signatures by a key of the attacker's own.
    run(sql, &empty).await;
    run(
        sql,
        &lines(&["DELETE FROM chain_signatures WHERE instance = 'essai-1'"]),
    )
    .await;
    let thief = Folder::new();
    written(signing(&thief, url), &forged).await;
    let forged = found(&report(url, &key).await).expect("a fault");
    assert!(forged.0 == FaultKind::Signature && forged.1 <= 10, "{forged:?}");
    let nothing = Evidence::new(PublicKeys::default(), Strict::Nobody);
    let believed = report(url, &nothing).await;
    let unknown = believed
        .chains
        .iter()
        .map(|chain| chain.unknown_keys.len())
        .sum::<usize>();
    assert!(
        believed.intact && unknown == 2,
        "who knows no key is told that the database alone vouches: {believed:?}"
    );
    run(
        sql,
        &lines(&["DELETE FROM chain_signatures WHERE instance = 'essai-1'"]),
    )
    .await;
    assert_eq!(found(&report(url, &key).await), None);
    assert_rewritten(&report(url, &machine).await);
    restored(sql).await;
}

#[tokio::test]
async fn whoever_owns_an_sqlite_file_changes_nothing_unnoticed() {
    let folder = Folder::new();
    attacks_are_found(&folder.sqlite()).await;
}

#[tokio::test]
async fn whoever_owns_a_postgresql_database_changes_nothing_unnoticed() {
    let cluster = Cluster::start().await;
    attacks_are_found(&cluster.url()).await;
}

/// Strange and extreme values, always the same.
fn strange(count: usize) -> Vec<(Entry, Settlement)> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let texts = [
        "",
        " ",
        "é\u{301}",
        "\"\\\n\t\u{1}",
        "'; --",
        "\u{1F600}",
        "\0",
        "NULL",
        "{\"a\":1}",
        "ß→∞",
        "a\u{2028}b",
    ];
    let instants = [
        0,
        1,
        999,
        1_700_000_000_123,
        1_798_757_999_999,
        4_102_444_800_001,
        253_402_300_799_999,
    ];
    let reals = [
        0.0,
        -0.0,
        1.0,
        0.1 + 0.2,
        5e-324,
        1.797e308,
        1e-300,
        123_456_789.123_456_79,
        f64::NAN,
        f64::INFINITY,
    ];
    let text = move |n: u64| {
        texts[(n % texts.len() as u64) as usize].to_owned() + texts[(n / 16 % texts.len() as u64) as usize]
    };
    let real = |n: u64| match n % 13 {
        n @ 0..10 => reals[n as usize],
        _ => f64::from_bits(n.wrapping_mul(0x2545_f491_4f6c_dd1d)),
    };
    let mut made = Vec::new();
    for i in 0..count {
        let mut counts = || (0..next() % 4).map(|_| (text(next()), (next() >> 32) as u32)).collect();
        let (findings, finding_types) = (counts(), counts());
        let entry = Entry {
            occurred_at: Timestamp(instants[(next() % instants.len() as u64) as usize]),
            caller: text(next()),
            direction: Some(text(next())),
            tool: next().is_multiple_of(2).then(|| text(next())),
            purpose: next().is_multiple_of(2).then(|| text(next()).repeat(20)),
            rule: Some(text(next())),
            findings,
            finding_types,
            stream: i.is_multiple_of(2),
            ..entry()
        };
        let settlement = Settlement {
            energy_kwh: Some((real(next()), real(next()))),
            co2e_kg: next().is_multiple_of(2).then(|| (real(next()), real(next()))),
            cost_eur: Some(real(next())),
            duration_ms: next() >> (next() % 64),
            upstream_ms: Some(next() >> (next() % 64)),
            overhead_us: next().is_multiple_of(2).then(|| next() % 1000),
            http_status: next() as u16,
            footprint_version: next().is_multiple_of(2).then(|| text(next())),
            ..completed()
        };
        made.push((entry, settlement));
    }
    made
}

async fn chain_of(url: &str, folder: &Folder, rows: &[(Entry, Settlement)]) -> Vec<Vec<u8>> {
    let (ledger, tasks) = start(folder.settings(url)).await;
    for (entry, settlement) in rows {
        ledger
            .record(entry.clone(), settlement.clone())
            .await
            .expect("a record");
    }
    assert!(ledger.flush(SOON).await, "{:?}", ledger.status());
    assert!(tasks.shutdown().await);
    let report = report(url, &Evidence::default()).await;
    assert!(report.intact && report.rows == rows.len() as u64, "{report:?}");
    let sql = "SELECT chain FROM usage_events ORDER BY instance_seq";
    sqlx::query_scalar(sql)
        .fetch_all(&mut connect(url).await)
        .await
        .expect("chains")
}

#[tokio::test]
async fn both_engines_give_back_the_very_bytes_that_were_hashed() {
    let rows = strange(400);
    let (here, there) = (Folder::new(), Folder::new());
    let cluster = Cluster::start().await;
    let sqlite = chain_of(&here.sqlite(), &here, &rows).await;
    let postgres = chain_of(&cluster.url(), &there, &rows).await;
    assert_eq!(sqlite.len(), 400);
    assert!(sqlite == postgres, "the chains differ");
}

#[tokio::test]
async fn a_head_is_signed_when_the_last_rows_are_alone_and_after_a_crash() {
    let folder = Folder::new();
    let url = folder.sqlite();
    let settings = LedgerSettings {
        sign_every: std::time::Duration::from_millis(300),
        ..signing(&folder, &url)
    };
    let (ledger, tasks) = start(settings.clone()).await;
    assert_eq!(ledger.status().signature_age, None);
    ledger.record(entry(), completed()).await.expect("a record");
    until("a quiet tail is signed", || ledger.status().signature_age.is_some()).await;
    ledger.record(entry(), completed()).await.expect("a record");
    assert!(ledger.flush(SOON).await);
    drop(tasks); // As in a crash: nothing is signed at the end.
    until("the outbox is free", || lock_is_free(&folder.0)).await;
    let vouched = async || report(&url, &evidence(&folder, true)).await.chains[0].vouched_seq;
    assert!(vouched().await <= 2);
    let (ledger, tasks) = start(settings).await;
    until("the head is known", || ledger.status().chain == ChainState::Whole).await;
    assert!(tasks.shutdown().await);
    assert_eq!(vouched().await, 2, "what an earlier life left is signed by the next");
}

fn lock_is_free(folder: &Path) -> bool {
    let lock = std::fs::File::open(folder.join("outbox.db.lock")).expect("a lock");
    lock.try_lock().is_ok()
}
