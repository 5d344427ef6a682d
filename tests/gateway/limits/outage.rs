//! The store hangs or is gone: nobody waits for it more than once, and the policy says what is done meanwhile.

use std::time::{Duration, Instant};

use super::{cluster, in_store, limited, used};
use crate::support::upstream::chat;
use crate::support::{FakeUpstream, TestGateway, redis::RedisServer};

const PATIENCE: Duration = Duration::from_secs(3);
/// The store is looked at every second; tests run beside others.
const SOON: Duration = Duration::from_secs(30);

async fn until_limits_are(gateway: &TestGateway, word: &str) -> serde_json::Value {
    let since = Instant::now();
    loop {
        let ready = crate::support::gateway::heard(gateway.get("/readyz")).await;
        assert_eq!(ready.status, 200, "it serves all the same");
        let limits = ready.json()["limits"].clone();
        if limits["status"] == word {
            return limits;
        }
        assert!(since.elapsed() < SOON, "{limits}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn metric(gateway: &TestGateway) -> bool {
    let metrics = crate::support::gateway::heard(gateway.get("/metrics")).await.body;
    metrics.contains("\ngardefou_limits_store_up 1\n")
}

/// The store has just gone; `again` brings it back. Four requests that each waited for it would take four times its patience.
async fn weather(
    gateway: &TestGateway,
    upstream: &FakeUpstream,
    closed: bool,
    name: &str,
    before: u64,
    again: impl AsyncFnOnce(),
) {
    // Nobody knows yet that it is down: whoever asks first waits, and those at the same time.
    let since = Instant::now();
    let first = gateway.ask("Bonjour").await;
    assert!(since.elapsed() < 3 * PATIENCE, "{:?}", since.elapsed());
    let since = Instant::now();
    let mut after = Vec::new();
    for _ in 0..4 {
        after.push(gateway.ask("Bonjour").await);
    }
    assert!(
        since.elapsed() < 3 * PATIENCE,
        "nobody waits again: {:?}",
        since.elapsed()
    );
    let down = until_limits_are(gateway, "down").await;
    assert_eq!(down["store"], name);
    assert!(!metric(gateway).await);
    for heard in after.iter().chain([&first]) {
        if closed {
            assert_eq!(heard.status, 503, "{}", heard.body);
            assert_eq!(heard.header("x-should-retry"), "false");
            assert!(
                heard.body.contains("limits-unknown") && heard.body.contains("dsiun@"),
                "{}",
                heard.body
            );
        } else {
            assert_eq!(heard.status, 200, "{}", heard.body);
        }
    }
    assert_eq!(upstream.asked().len(), if closed { 1 } else { 6 });
    again().await;
    until_limits_are(gateway, "ok").await;
    assert!(metric(gateway).await);
    assert_eq!(gateway.ask("Bonjour").await.status, 200);
    let counted = used(&gateway.gateway.limits, "gpt").await;
    let all = before + if closed { 12 } else { 6 * 12 };
    // A server that was frozen may still do what nobody waited for.
    assert!(
        counted >= all && counted <= all + 1_100,
        "what was counted alone is told: {counted}, not {all}"
    );
    let rows = gateway.rows(7).await;
    let refused = rows
        .iter()
        .filter(|row| row.rule.as_deref() == Some("limits-unknown"))
        .count();
    assert_eq!(refused, if closed { 5 } else { 0 }, "each is written down");
}

fn policy(upstream: &FakeUpstream, word: &str) -> String {
    let lines = "shared_limits = { tokens_per_day = 1_000_000, concurrent_requests = 3 }";
    limited(upstream, lines) + &format!("\n[limits]\nstore_down = \"{word}\"\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_hangs_or_dies_is_waited_for_once() {
    for (closed, hang) in [(false, true), (true, false)] {
        let mut cluster = cluster().await;
        let upstream = FakeUpstream::start(chat("Bonjour")).await;
        let (limits, task) = in_store(&cluster.url(), None, PATIENCE).await;
        let word = if closed { "closed" } else { "open" };
        let gateway = TestGateway::counting(&policy(&upstream, word), limits).await;
        assert_eq!(gateway.ask("Bonjour").await.status, 200);
        let before = used(&gateway.gateway.limits, "gpt").await;
        if hang {
            cluster.hang();
        } else {
            // Commits do not wait for the disk, and the server dies without a word.
            tokio::time::sleep(Duration::from_secs(2)).await;
            cluster.stop();
        }
        let again = async || {
            if hang {
                cluster.thaw();
            } else {
                cluster.resume().await;
            }
        };
        weather(&gateway, &upstream, closed, "postgres", before, again).await;
        task.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_hangs_or_forgets_is_waited_for_once() {
    for (closed, hang) in [(true, true), (false, false)] {
        let mut redis = RedisServer::start().await;
        let upstream = FakeUpstream::start(chat("Bonjour")).await;
        let (limits, task) = in_store("sqlite::memory:", Some(&redis), PATIENCE).await;
        let word = if closed { "closed" } else { "open" };
        let gateway = TestGateway::counting(&policy(&upstream, word), limits).await;
        assert_eq!(gateway.ask("Bonjour").await.status, 200);
        // A Redis that is started again has forgotten what was before.
        let told = used(&gateway.gateway.limits, "gpt").await;
        let before = if hang { told } else { 0 };
        if hang {
            redis.hang();
        } else {
            redis.stop();
        }
        let again = async || {
            if hang {
                redis.thaw();
            } else {
                redis.resume().await;
            }
        };
        weather(&gateway, &upstream, closed, "redis", before, again).await;
        task.shutdown().await;
    }
}
