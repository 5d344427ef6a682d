//! Several gateways and one store: a limit of 100 lets exactly 100 through.

use std::time::{Duration, Instant};

use super::{cluster, in_store, limited, used};
use crate::support::binary::Binary;
use crate::support::gateway::heard;
use crate::support::upstream::{Reply, chat, chat_stream};
use crate::support::{FakeUpstream, TestGateway, redis::RedisServer};

/// Longer than any answer takes, tests beside included.
const PATIENCE: Duration = Duration::from_secs(20);

/// 160 requests at once through two gateways, in three dialects one after the other; each tool has its own limit of 100.
async fn exactly_a_hundred(database: &str, redis: Option<&RedisServer>) {
    let upstream = FakeUpstream::start(Reply::json(r#"{"choices":[],"usage":{}}"#)).await;
    let policy = limited(
        &upstream,
        "shared_limits = { requests_per_day = 100, tokens_per_day = 10_000_000, concurrent_requests = 500 }",
    );
    let (one, one_task) = in_store(database, redis, PATIENCE).await;
    let (two, two_task) = in_store(database, redis, PATIENCE).await;
    let gateways = [
        TestGateway::counting(&policy, one).await,
        TestGateway::counting(&policy, two).await,
    ];
    for (path, body) in [
        (
            "/v1/chat/completions",
            r#"{"model":"gpt-x","messages":[{"role":"user","content":"Bonjour"}]}"#,
        ),
        (
            "/v1/messages",
            r#"{"model":"claude-x","max_tokens":50,"messages":[{"role":"user","content":"Bonjour"}]}"#,
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            r#"{"contents":[{"parts":[{"text":"Bonjour"}]}]}"#,
        ),
    ] {
        let asking: Vec<_> = (0..160)
            .map(|number| tokio::spawn(heard(gateways[number % 2].post(path).body(body))))
            .collect();
        let mut statuses = Vec::new();
        for asked in asking {
            statuses.push(asked.await.expect("no panic").status);
        }
        let of = |status: u16| statuses.iter().filter(|said| **said == status).count();
        assert_eq!((of(200), of(429)), (100, 60), "{path}: {statuses:?}");
    }
    let sum = [
        used(&gateways[0].gateway.limits, "gpt").await,
        used(&gateways[1].gateway.limits, "gpt").await,
    ];
    assert_eq!(sum[0], sum[1], "both see one count");
    for gateway in gateways {
        drop(gateway);
    }
    one_task.shutdown().await;
    two_task.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_and_one_postgresql_let_exactly_a_hundred_through() {
    let cluster = cluster().await;
    exactly_a_hundred(&cluster.url(), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_and_one_redis_let_exactly_a_hundred_through() {
    let redis = RedisServer::start().await;
    exactly_a_hundred("sqlite::memory:", Some(&redis)).await;
}

/// Turns are shared, given back at once, and come back from a gateway that stops.
async fn turns(database: &str, redis: Option<&RedisServer>) {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let policy = limited(&upstream, "limits = { concurrent_requests = 2 }");
    let (one, one_task) = in_store(database, redis, PATIENCE).await;
    let (two, two_task) = in_store(database, redis, PATIENCE).await;
    let one = TestGateway::counting(&policy, one).await;
    let two = TestGateway::counting(&policy, two).await;
    for _ in 0..30 {
        assert_eq!(one.ask("Bonjour").await.status, 200, "one after the other");
    }
    upstream.answer(chat_stream(&["mot "; 20]).every(Duration::from_millis(300)));
    let stream = r#"{"model":"gpt-x","stream":true,"messages":[{"role":"user","content":"Bonjour"}]}"#;
    let path = "/v1/chat/completions";
    let before = upstream.asked().len();
    let (first, second, third) = tokio::join!(one.send(path, stream), two.send(path, stream), async {
        while upstream.asked().len() < before + 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        two.ask("Bonjour").await
    });
    assert_eq!((first.status, second.status, third.status), (200, 200, 429));
    assert!(third.body.contains("2 demandes en même temps"), "{}", third.body);
    upstream.answer(chat("Bonjour"));
    assert_eq!(two.ask("Bonjour").await.status, 200, "they were given back");
    one_task.shutdown().await;
    two_task.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_under_way_are_counted_together() {
    let cluster = cluster().await;
    turns(&cluster.url(), None).await;
    let redis = RedisServer::start().await;
    turns("sqlite::memory:", Some(&redis)).await;
}

/// Two programs, one of which dies with a request under way.
async fn lease(database: &str, redis: Option<&RedisServer>) {
    let upstream = FakeUpstream::start(Reply {
        wait: Duration::from_secs(120),
        ..chat("Bonjour")
    })
    .await;
    let policy = limited(&upstream, "shared_limits = { concurrent_requests = 1 }");
    let gateway = |name: &str| {
        let binary = Binary::with(&policy, database);
        let path = binary.folder.join("gardefou.toml");
        let settings = std::fs::read_to_string(&path).expect("settings");
        let redis = redis.map_or_else(String::new, |server| format!("redis = \"{}\"\n", server.url()));
        let settings = settings.replace("essai-1", name) + &format!("[limits]\nstore_timeout_ms = 5000\n{redis}");
        std::fs::write(&path, settings).expect("settings");
        binary
    };
    let (one, two) = (gateway("essai-1"), gateway("essai-2"));
    let (mut first, mut second) = (one.serve(), two.serve());
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let ask = |url: &str| {
        client
            .post(format!("{url}/v1/chat/completions"))
            .header("content-type", "application/json")
            .body(r#"{"model":"gpt-x","messages":[{"role":"user","content":"Bonjour"}]}"#)
    };
    let under_way = tokio::spawn(ask(&one.url).send());
    let since = Instant::now();
    while upstream.connections() == 0 {
        assert!(since.elapsed() < PATIENCE, "the request leaves: {}", one.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(heard(ask(&two.url)).await.status, 429, "one at a time, wherever");
    first.kill().expect("killed");
    first.wait().expect("dead");
    assert!(under_way.await.expect("no panic").is_err());
    upstream.answer(chat("Bonjour"));
    let since = Instant::now();
    while heard(ask(&two.url)).await.status != 200 {
        assert!(
            since.elapsed() < Duration::from_secs(30),
            "its turn comes back: {}",
            two.said()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    second.kill().expect("killed");
    second.wait().expect("dead");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_is_killed_gives_its_turns_back() {
    let cluster = cluster().await;
    lease(&cluster.url(), None).await;
    let redis = RedisServer::start().await;
    lease("sqlite://data/gardefou.db", Some(&redis)).await;
}

#[tokio::test]
async fn redis_is_reached_with_its_password() {
    use gardefou::limits::{Limits, RedisAddress, StoreSettings};
    let redis = RedisServer::with_password("ouvre-toi").await;
    for (password, up) in [(Some("ouvre-toi"), true), (Some("faux"), false), (None, false)] {
        let settings = StoreSettings {
            database: "sqlite::memory:".into(),
            redis: Some(RedisAddress {
                url: redis.url(),
                password: password.map(str::to_owned),
            }),
            patience: PATIENCE,
        };
        assert!(!format!("{settings:?}").contains("ouvre"));
        let (limits, task) = Limits::start(&settings, super::clock()).await.expect("limits");
        assert_eq!(limits.status().down.is_none(), up, "{password:?}");
        task.shutdown().await;
    }
}
