//! What is counted agrees with the rows, whoever puts them there and however many at once.

use gardefou::{
    domain::{Entry, Settlement},
    ledger::Ledger,
};
use sqlx::Row;

use super::{Dice, Folder, SOON, connect, counted, expected, run, same};
use crate::support::postgres::Cluster;

async fn write(ledger: &Ledger, requests: &[(Entry, Settlement)]) {
    for (entry, settlement) in requests {
        ledger
            .open(entry.clone())
            .await
            .expect("a receipt")
            .settle(settlement.clone());
    }
    assert!(ledger.flush(SOON).await, "the rows arrive: {:?}", ledger.status());
}

async fn counts_follow_the_rows(url: &str) {
    let folder = Folder::new();
    let (ledger, tasks) = folder.ledger(url, "essai-1").await;
    let mut dice = Dice(7);
    let mut requests = Vec::new();
    for size in [1, 300, 2, 600, 17] {
        let batch: Vec<_> = (0..size).map(|_| dice.request("essai-1")).collect();
        write(&ledger, &batch).await;
        requests.extend(batch);
        same(&counted(url).await, &expected(&requests));
    }
    assert!(tasks.shutdown().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_follow_the_rows_on_sqlite() {
    let folder = Folder::new();
    counts_follow_the_rows(&folder.sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_follow_the_rows_on_postgres_and_two_gateways_never_lock_each_other() {
    let cluster = Cluster::start().await;
    let url = cluster.url();
    counts_follow_the_rows(&url).await;
    run(
        &url,
        "TRUNCATE usage_by_caller, usage_by_rule, usage_by_class, usage_by_delay, usage_by_failure, usage_by_demand",
    )
    .await;

    let folder = Folder::new();
    let (first, first_tasks) = folder.ledger(&url, "essai-2").await;
    let (second, second_tasks) = folder.ledger(&url, "essai-3").await;
    let batches = |seed, instance: &str| {
        let mut dice = Dice(seed);
        (0..4_000).map(|_| dice.request(instance)).collect::<Vec<_>>()
    };
    let (here, there) = (batches(11, "essai-2"), batches(13, "essai-3"));
    tokio::join!(write(&first, &here), write(&second, &there));
    let all: Vec<_> = here.into_iter().chain(there).collect();
    same(&counted(&url).await, &expected(&all));
    assert_eq!((first.status().retries, second.status().retries), (0, 0));
    // The statistics of PostgreSQL are written a moment later: `deadlocks` here confirms, `retries` above proves.
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks: i64 = sqlx::query(sql)
        .fetch_one(&mut connect(&url).await)
        .await
        .expect("a row")
        .get(0);
    assert_eq!(deadlocks, 0);
    assert!(first_tasks.shutdown().await && second_tasks.shutdown().await);

    // By hand, many months in one statement, twice the same key.
    let before = counted(&url).await;
    let sql = "SELECT make_usage_months(ARRAY['2019-12-31 23:30+00', '2020-02-01 00:00+01']::timestamptz[]);
        INSERT INTO usage_events (id, occurred_at, caller, dialect, endpoint, stream, decision, findings, finding_types,
            mention, outcome, tokens_estimated, policy_hash, charter_version, instance, chain, instance_seq)
        SELECT gen_random_uuid(), at, 'z9', 'openai', 'chat.completions', false, 'refused', '{\"health\": 2}', '{}',
            'none', 'refused', false, 'x', 'y', 'à la main', '', row_number() OVER ()
        FROM unnest(ARRAY['2019-12-31 23:30+00', '2020-01-15', '2020-02-01 00:00+01']::timestamptz[]) AS at";
    run(&url, sql).await;
    let after = counted(&url).await;
    let new: Vec<_> = after.difference(&before).map(String::as_str).collect();
    assert_eq!(
        new,
        [
            "caller 2020-01|||z9 0 2 0 0 0 0 0 0 0 0 0 0 0",
            "caller 2020-02|||z9 0 1 0 0 0 0 0 0 0 0 0 0 0",
            "class 2020-01|health|refused|z9 2 4",
            "class 2020-02|health|refused|z9 1 2",
            "rule 2020-01|refused|||z9 2",
            "rule 2020-02|refused|||z9 1",
        ]
    );
}
