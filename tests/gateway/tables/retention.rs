//! Old months go, once and whole: their figures stay, their gaps are told, younger rows stand.

use std::{sync::Arc, time::Instant};

use gardefou::{
    domain::{Clock, Entry, Month, Settlement, Timestamp},
    ledger::{Evidence, Ledger, LedgerSettings, LedgerTasks, Retention, Signer, verify},
    policy::civil,
    schema,
};
use sqlx::{AnyConnection, Connection, PgConnection, Row};

use super::{Dice, Folder, SOON, connect, run};
use crate::support::postgres::Cluster;

const DAY: i64 = 86_400_000;

#[expect(clippy::disallowed_methods, reason = "this is the desk of the tests")]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_millis()).expect("before the year 292 million")
}

async fn start(folder: &Folder, url: &str, days: Option<u32>, later: i64) -> (Ledger, LedgerTasks) {
    let clock: Clock = Arc::new(move || Timestamp(now() + later));
    let settings = LedgerSettings {
        retention: days.map(|days| Retention {
            days,
            justification: Some("essai".into()),
        }),
        signer: Some(Arc::new(
            Signer::from_file(&folder.0.join("ledger.key")).expect("a key"),
        )),
        ..LedgerSettings::new(url, folder.0.join("outbox.db"), "essai-1")
    };
    Ledger::start(settings, clock).await.expect("a ledger")
}

/// Rows of 500, 430, 100 and 0 days ago, mixed in one chain: a gateway whose clock went wrong for a while.
fn requests() -> Vec<(Entry, Settlement)> {
    let mut dice = Dice(5);
    let ages = [500, 500, 500, 430, 430, 100, 500, 0, 0, 430, 430, 100];
    let thrown = (0..240).map(|n| {
        let (entry, settlement) = dice.request("essai-1");
        let entry = Entry {
            occurred_at: Timestamp(now() - ages[n % ages.len()] * DAY),
            caller: format!("c{}", n % 9),
            direction: Some("Routes".into()),
            tool: Some("gemini".into()),
            ..entry
        };
        (entry, settlement)
    });
    thrown.collect()
}

async fn texts(sql: &mut AnyConnection, query: &'static str) -> Vec<String> {
    let rows = sqlx::query(query).fetch_all(sql).await.expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

const CHAIN: &str = "SELECT CAST(instance_seq AS TEXT) FROM usage_events ORDER BY instance_seq";
const GAPS: &str = "SELECT first_seq || '-' || last_seq FROM retention_gaps ORDER BY first_seq";
const JOURNAL: &str =
    "SELECT rows || ' ' || retention_days || ' ' || justification FROM retention_journal ORDER BY month";
const FIGURES: &str = "SELECT month || ' ' || tool || ' ' || direction || ' ' || people || ' ' || requests
    FROM committee_usage_monthly WHERE NOT provisional ORDER BY 1";

async fn old_months_go(url: &str, chains: &'static str, gap_chains: &'static str) {
    let folder = Folder::new();
    let (ledger, tasks) = start(&folder, url, None, 0).await;
    for (entry, settlement) in requests() {
        ledger.open(entry).await.expect("a receipt").settle(settlement);
    }
    assert!(ledger.flush(SOON).await);
    assert!(tasks.shutdown().await);
    let mut sql = connect(url).await;
    let figures = texts(&mut sql, FIGURES).await;
    assert_eq!(figures.len(), 2, "{figures:?}");
    let before = texts(&mut sql, chains).await;
    assert_eq!(before.len(), 240);

    // Something is wrong half-way: nothing is done.
    run(url, "ALTER TABLE retention_journal RENAME TO hidden").await;
    let (_ledger, tasks) = start(&folder, url, Some(365), 0).await;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    drop(tasks);
    run(url, "ALTER TABLE hidden RENAME TO retention_journal").await;
    assert_eq!(texts(&mut sql, CHAIN).await.len(), 240);
    assert_eq!(texts(&mut sql, GAPS).await.len(), 0);

    // Two at once, then once more: each month goes once.
    let (_ledger, tasks) = start(&folder, url, Some(365), 0).await;
    let elsewhere = Folder::new();
    let (_other, other_tasks) = start(&elsewhere, url, Some(365), 0).await;
    let since = Instant::now();
    while texts(&mut sql, JOURNAL).await.len() < 2 {
        assert!(since.elapsed() < SOON, "the old months go");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(tasks.shutdown().await && other_tasks.shutdown().await);
    let (_ledger, tasks) = start(&folder, url, Some(365), 0).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(tasks.shutdown().await);
    assert_eq!(texts(&mut sql, JOURNAL).await, ["80 365 essai", "80 365 essai"]);

    // What is left and the gaps are the whole chain, and each gap ends with the value the next row stands on.
    let left: Vec<i64> = texts(&mut sql, CHAIN)
        .await
        .iter()
        .map(|n| n.parse().expect("a place"))
        .collect();
    assert_eq!(left.len(), 80);
    let mut all = left.clone();
    for gap in texts(&mut sql, GAPS).await {
        let (first, last) = gap.split_once('-').expect("a run");
        all.extend(first.parse::<i64>().expect("a place")..=last.parse().expect("a place"));
    }
    all.sort_unstable();
    assert_eq!(all, (1..=240).collect::<Vec<_>>());
    let gaps = texts(&mut sql, gap_chains).await;
    assert!(
        gaps.len() >= 80 && gaps.iter().all(|gap| before.contains(gap)),
        "values of rows that were there"
    );

    let report = verify(url, &Evidence::default()).await.expect("a verification");
    assert!(report.intact, "{report:?}");
    assert_eq!((report.rows, report.chains[0].removed), (80, 160), "{report:?}");
    let forged = "UPDATE retention_gaps SET last_seq = last_seq + 1 WHERE first_seq = (SELECT min(first_seq) FROM retention_gaps)";
    let true_again = "UPDATE retention_gaps SET last_seq = last_seq - 1 WHERE first_seq = (SELECT min(first_seq) FROM retention_gaps)";
    run(url, forged).await;
    assert!(
        !verify(url, &Evidence::default()).await.expect("a verification").intact,
        "a gap is not made longer"
    );
    run(url, true_again).await;

    // The committee sees what it saw; nobody's counts of those months are left.
    let after = texts(&mut sql, FIGURES).await;
    assert!(figures.iter().all(|line| after.contains(line)), "{figures:?} {after:?}");
    let counted = "SELECT DISTINCT month FROM usage_by_caller UNION SELECT month FROM usage_by_rule UNION
        SELECT month FROM usage_by_class UNION SELECT month FROM usage_by_delay UNION
        SELECT month FROM usage_by_failure UNION SELECT month FROM usage_by_demand ORDER BY 1";
    let removed = texts(&mut sql, "SELECT month FROM retention_journal").await;
    assert!(
        texts(&mut sql, counted)
            .await
            .iter()
            .all(|month| !removed.contains(month))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_months_go_from_postgres() {
    let cluster = Cluster::start().await;
    let url = cluster.url();
    old_months_go(
        &url,
        "SELECT instance_seq || ' ' || encode(chain, 'hex') FROM usage_events ORDER BY instance_seq",
        "SELECT last_seq || ' ' || encode(chain, 'hex') FROM retention_gaps",
    )
    .await;
    let old = "SELECT relname::text FROM pg_inherits JOIN pg_class ON oid = inhrelid
        WHERE inhparent = 'usage_events'::regclass AND relname < 'usage_events_' ||
            to_char((now() - interval '1 year') AT TIME ZONE 'Europe/Paris', 'YYYY_MM')";
    assert_eq!(
        texts(&mut connect(&url).await, old).await,
        [""; 0],
        "the months themselves are gone"
    );

    // What a gateway that was taken over could ask for, it does not get.
    run(&url, "CREATE ROLE passerelle LOGIN IN ROLE gardefou_gateway").await;
    let gateway = url.replace("gardefou@", "passerelle@");
    let mut sql = PgConnection::connect(&gateway).await.expect("the login");
    let month = "to_char(now() - interval '100 days', 'YYYY-MM')";
    for (days, reason, why) in [
        (365, "'essai'", "are to be kept"),
        (30, "NULL", "180 days"),
        (30, "' '", "180 days"),
        (0, "'x'", "kept"),
    ] {
        let ask = format!(
            "SELECT retire_usage_month({month}, {days}, {reason}, '{{}}', '{{}}', '{{}}', '{{}}', NULL, NULL, '{{}}')"
        );
        let said = sqlx::query(sqlx::AssertSqlSafe(ask))
            .execute(&mut sql)
            .await
            .expect_err("refused")
            .to_string();
        assert!(said.contains(why), "{said}");
    }
    let ask =
        format!("SELECT retire_usage_month({month}, 30, 'essai', '{{}}', '{{}}', '{{}}', '{{}}', NULL, NULL, '{{}}')");
    let said = sqlx::query(sqlx::AssertSqlSafe(ask))
        .execute(&mut sql)
        .await
        .expect_err("refused")
        .to_string();
    assert!(
        said.contains("not those that were listed"),
        "no rows go without their gap: {said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_months_go_from_sqlite() {
    let folder = Folder::new();
    old_months_go(
        &folder.sqlite(),
        "SELECT instance_seq || ' ' || lower(hex(chain)) FROM usage_events ORDER BY instance_seq",
        "SELECT last_seq || ' ' || lower(hex(chain)) FROM retention_gaps",
    )
    .await;
}

fn month_of(at: i64) -> Month {
    Month::from(civil(Timestamp(at)))
}

async fn words_have_terms_of_their_own(url: &str) {
    schema::tend(url).await.expect("tables");
    let at = |days: i64| now() - days * DAY;
    let rows = format!(
        "INSERT INTO feedback (id, created_at_ms, caller, comment) VALUES ('old', {}, 'c', 'ancien'), ('new', {}, 'c', 'récent');
         INSERT INTO incidents (id, created_at_ms, caller, category, description, status)
         VALUES ('old', {}, 'c', 'other', 'ancien', 'closed'), ('new', {}, 'c', 'other', 'récent', 'open');
         INSERT INTO workspace_events (event_key, month, occurred_on, caller, direction, app, action, category)
         VALUES ('1', '{}', 'old', 'c', '', 'gmail', '', ''), ('2', '{}', 'new', 'c', '', 'gmail', '', '')",
        at(366), at(364), at(1096), at(1094), month_of(at(365)).previous(), month_of(at(365)),
    );
    run(url, &rows).await;
    let folder = Folder::new();
    let (_ledger, tasks) = start(&folder, url, Some(365), 0).await;
    let mut sql = connect(url).await;
    let words = "SELECT id || ' ' || coalesce(comment, '') FROM feedback UNION ALL SELECT id || ' ' || description FROM incidents
        UNION ALL SELECT occurred_on || ' use' FROM workspace_events ORDER BY 1";
    let since = Instant::now();
    while texts(&mut sql, words).await != ["new récent", "new récent", "new use", "old ", "old "] {
        assert!(since.elapsed() < SOON, "{:?}", texts(&mut sql, words).await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(tasks.shutdown().await);
}

#[tokio::test]
async fn words_have_terms_of_their_own_on_both_engines() {
    let (cluster, folder) = (Cluster::start().await, Folder::new());
    words_have_terms_of_their_own(&cluster.url()).await;
    words_have_terms_of_their_own(&folder.sqlite()).await;
}
