//! Limits, measured: what a request pays to reserve and to settle, with nothing bounded, in memory, in PostgreSQL and in
//! Redis, one after the other and many at once.
//!
//! `cargo bench --bench limits` starts servers of its own on loopback. A shared store is asked beside the request, so what
//! a caller waits is less than the time to reserve: screening hides a part of it. Times on a shared machine drift: look at
//! ratios.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on says where"
)]
#![allow(unreachable_pub, reason = "the stories share the vocabulary")]

#[path = "../tests/gateway/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the stories use the rest")]
mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use gardefou::domain::{Clock, Pseudonym, Timestamp};
use gardefou::limits::{Limits, RedisAddress, Scope, Spend, StoreSettings};
use gardefou::policy::{self, StoreDown};
use support::{postgres::Cluster, redis::RedisServer};

const REQUESTS: usize = 2_000;
const CALLERS: usize = 16;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::disallowed_methods, reason = "the benchmark is its own desk")]
fn now() -> Timestamp {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    Timestamp(i64::try_from(now.as_millis()).expect("before the year 292 million"))
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (cluster, redis) = (Cluster::durable().await, RedisServer::start().await);
        gardefou::schema::tend(&cluster.url()).await.expect("tables");
        let clock: Clock = Arc::new(now);
        let store = |redis: Option<&RedisServer>| StoreSettings {
            database: cluster.url(),
            redis: redis.map(|server| RedisAddress {
                url: server.url(),
                password: None,
            }),
            patience: Duration::from_secs(20),
        };
        let (postgres, _one) = Limits::start(&store(None), clock.clone()).await.expect("limits");
        let (in_redis, _two) = Limits::start(&store(Some(&redis)), clock).await.expect("limits");
        println!(
            "reserve one request and settle it, µs{:>12}{:>10}{:>22}",
            "p50", "p99", "16 at once, req/s"
        );
        for (name, limits, bounded) in [
            ("no limit", Limits::default(), false),
            ("memory", Limits::default(), true),
            ("PostgreSQL", postgres, true),
            ("Redis", in_redis, true),
        ] {
            let bounds = Arc::new(bounds(bounded));
            let mut times = Vec::new();
            for _ in 0..REQUESTS {
                let since = Instant::now();
                request(&limits, &bounds, 0).await;
                times.push(since.elapsed());
            }
            times.sort_unstable();
            let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6;
            let since = Instant::now();
            let asking = (0..CALLERS).map(|caller| {
                let (limits, bounds) = (limits.clone(), Arc::clone(&bounds));
                tokio::spawn(async move {
                    for _ in 0..REQUESTS / CALLERS {
                        request(&limits, &bounds, caller).await;
                    }
                })
            });
            for asked in asking.collect::<Vec<_>>() {
                asked.await.expect("no panic");
            }
            let rate = REQUESTS as f64 / since.elapsed().as_secs_f64();
            println!("  {name:<36}{:>12.1}{:>10.1}{rate:>22.0}", at(0.5), at(0.99));
        }
    });
}

/// Bounds on requests, tokens and what is under way, of a caller and of all together.
fn bounds(bounded: bool) -> policy::Limits {
    let some = |bound: u64| bounded.then_some(bound);
    policy::Limits {
        requests_per_minute: some(1_000_000_000),
        tokens_per_day: some(1_000_000_000_000),
        concurrent_requests: some(1_000_000),
        ..policy::Limits::default()
    }
}

async fn request(limits: &Limits, bounds: &policy::Limits, caller: usize) {
    let caller = Pseudonym::new(format!("pseudonyme-{caller}"));
    let scopes = [Scope::caller(&caller, "gemini", bounds), Scope::tool("gemini", bounds)];
    let spend = Spend {
        input: 500,
        output: 1_024,
        ..Spend::default()
    };
    let asked = limits.reserve(&scopes, spend, now(), StoreDown::Closed);
    let reservation = asked.expect("there is room").done().await.expect("there is room");
    reservation.settle(700, 0);
}
