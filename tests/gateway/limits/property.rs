//! Memory, PostgreSQL and Redis against each other: the same sequence of requests is decided alike, whatever it is.

use proptest::prelude::*;

use gardefou::limits::{Limits, NotTaken, Reservation, Scope, Spend};
use gardefou::policy::{self, StoreDown};

use super::{cluster, in_store, now};
use crate::support::redis::RedisServer;

#[derive(Clone, Debug)]
enum Step {
    /// A request begins, on all bounds or on the tool's alone.
    Begin { all: bool, spend: Spend },
    /// The oldest under way ends with what it used.
    End { tokens: u64, nano_euros: u64 },
    /// The oldest under way is dropped.
    Drop,
}

fn step() -> impl Strategy<Value = Step> {
    let spend = (0..400u64, prop_oneof![Just(0), 1..600u64], 0..5_000u64, 0..50u64);
    let begin = (any::<bool>(), spend).prop_map(|(all, (input, output, input_price, output_price))| Step::Begin {
        all,
        spend: Spend {
            input,
            output,
            input_price,
            output_price,
        },
    });
    prop_oneof![
        4 => begin,
        2 => (0..800u64, 0..40_000u64).prop_map(|(tokens, nano_euros)| Step::End { tokens, nano_euros }),
        1 => Just(Step::Drop),
    ]
}

fn bounds() -> impl Strategy<Value = policy::Limits> {
    let some = |range: std::ops::Range<u64>| prop_oneof![Just(None), range.prop_map(Some)];
    (some(1..8), some(1..3_000), some(1..5_000), some(1..100_000), some(1..4)).prop_map(
        |(requests, tokens, month, euros, at_once)| policy::Limits {
            requests_per_day: requests,
            tokens_per_day: tokens,
            tokens_per_month: month,
            euros_per_month: euros,
            concurrent_requests: at_once,
            ..policy::Limits::default()
        },
    )
}

type Told = Result<(Option<u64>, Option<u64>, Option<String>), NotTaken>;

/// What a store says of a request, and the reservation if there is one.
async fn begin(limits: &Limits, scopes: &[Scope<'_>], spend: Spend) -> (Told, Option<Reservation>) {
    let asked = match limits.reserve(scopes, spend, now(), StoreDown::Closed) {
        Ok(asked) => asked.done().await,
        Err(no) => Err(no),
    };
    match asked {
        Ok(held) => (Ok((held.left(), held.shortened(), held.tightest())), Some(held)),
        Err(mut no) => {
            if let NotTaken::Exceeded(exceeded) = &mut no {
                exceeded.retry_after = 0; // each asked at its own moment
            }
            (Err(no), None)
        }
    }
}

async fn agree(all: &[Limits], tool: &str, limits: (policy::Limits, policy::Limits), steps: &[Step]) {
    let caller = gardefou::domain::Pseudonym::new("pseudonyme");
    let mut under_way: Vec<Vec<Reservation>> = Vec::new();
    for step in steps {
        match step {
            Step::Begin { all: both, spend } => {
                let mut scopes = vec![Scope::tool(tool, &limits.0)];
                if *both {
                    scopes.push(Scope::caller(&caller, tool, &limits.1));
                }
                let (mut told, mut held) = (Vec::new(), Vec::new());
                for store in all {
                    let (said, reservation) = begin(store, &scopes, *spend).await;
                    told.push(said);
                    held.extend(reservation);
                }
                assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{step:?}: {told:?}");
                if !held.is_empty() {
                    under_way.push(held);
                }
                continue;
            }
            Step::End { tokens, nano_euros } if !under_way.is_empty() => {
                for reservation in under_way.remove(0) {
                    reservation.settle(*tokens, *nano_euros);
                }
            }
            Step::Drop if !under_way.is_empty() => drop(under_way.remove(0)),
            Step::End { .. } | Step::Drop => continue,
        }
        for store in all {
            store.told().await;
        }
    }
}

#[test]
fn memory_postgresql_and_redis_decide_alike() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let patience = std::time::Duration::from_secs(20);
    let (stores, all, tasks) = runtime.block_on(async {
        let (cluster, redis) = (cluster().await, RedisServer::start().await);
        let (postgres, one) = in_store(&cluster.url(), None, patience).await;
        let (in_redis, two) = in_store("sqlite::memory:", Some(&redis), patience).await;
        ((cluster, redis), [Limits::default(), postgres, in_redis], [one, two])
    });
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let sequences = (bounds(), bounds(), prop::collection::vec(step(), 1..30));
    let ran = runner.run(&sequences, |(of_tool, of_caller, steps)| {
        let tool = uuid::Uuid::now_v7().to_string();
        runtime.block_on(agree(&all, &tool, (of_tool, of_caller), &steps));
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        all.iter().all(|limits| limits.status().down.is_none()),
        "all were asked"
    );
    runtime.block_on(async {
        for task in tasks {
            task.shutdown().await;
        }
    });
    drop(stores);
}
