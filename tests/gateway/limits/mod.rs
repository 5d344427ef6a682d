//! Limits: counted together, corrected when a request ends, kept over a restart, and what happens where they end.

mod alone;
mod outage;
mod property;
mod shared;
mod streams;

use std::time::{Duration, SystemTime};

use gardefou::domain::{Clock, Timestamp};
use gardefou::limits::{Limits, LimitsTask, RedisAddress, Scope, Spend, StoreSettings};
use gardefou::policy::{self, StoreDown};

use crate::support::{FakeUpstream, gateway::policy, postgres::Cluster, redis::RedisServer};

/// More than any test spends.
const MUCH: u64 = 1_000_000_000;

/// The usual policy with these lines in each of its tools.
fn limited(upstream: &FakeUpstream, lines: &str) -> String {
    policy(upstream).replace("accepts = []", &format!("accepts = []\n{lines}"))
}

#[expect(clippy::disallowed_methods, reason = "the test is its own desk")]
fn now() -> Timestamp {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    Timestamp(i64::try_from(now.as_millis()).expect("before the year 292 million"))
}

fn clock() -> Clock {
    std::sync::Arc::new(now)
}

/// Limits in a store that may be waited for: tests run beside others.
async fn in_store(database: &str, redis: Option<&RedisServer>, patience: Duration) -> (Limits, LimitsTask) {
    let settings = StoreSettings {
        database: database.to_owned(),
        redis: redis.map(|server| RedisAddress {
            url: server.url(),
            password: None,
        }),
        patience,
    };
    Limits::start(&settings, clock()).await.expect("limits")
}

/// A server of PostgreSQL with our tables.
async fn cluster() -> Cluster {
    let cluster = Cluster::start().await;
    gardefou::schema::tend(&cluster.url()).await.expect("tables");
    cluster
}

/// Tokens that all callers together used of a tool today.
async fn used(limits: &Limits, tool: &str) -> u64 {
    limits.told().await;
    let bounds = policy::Limits {
        tokens_per_day: Some(MUCH),
        ..policy::Limits::default()
    };
    let spend = Spend {
        output: 1,
        ..Spend::default()
    };
    let asked = limits.reserve(&[Scope::tool(tool, &bounds)], spend, now(), StoreDown::Closed);
    let reservation = asked.expect("there is room").done().await.expect("there is room");
    let left = reservation.left().expect("it is bounded");
    drop(reservation);
    limits.told().await;
    MUCH - left
}
