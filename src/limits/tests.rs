//! The counts against a plain model, and the bounds against any order of events.

use super::*;
use crate::domain::Pseudonym;
use crate::policy;

/// Takes, and has it counted for ever.
async fn take(limits: &Limits, scopes: &[Scope<'_>], now: i64) -> Result<(), NotTaken> {
    let reserving = limits.reserve(scopes, Spend::default(), Timestamp(now), StoreDown::Closed)?;
    reserving.done().await.map(|reservation| reservation.settle(0, 0))
}

fn scopes<'a>(caller: &Pseudonym, limits: &'a policy::Limits) -> Vec<Scope<'a>> {
    vec![Scope::caller(caller, "t", limits)]
}

#[tokio::test]
async fn exactly_as_many_as_allowed_get_through() {
    let limits = Limits::default();
    let bounds = policy::Limits {
        requests_per_minute: Some(100),
        ..policy::Limits::default()
    };
    let (alice, bob) = (Pseudonym::new("a"), Pseudonym::new("b"));
    let mut passed = 0;
    for _ in 0..150 {
        passed += usize::from(take(&limits, &scopes(&alice, &bounds), 90_000).await.is_ok());
    }
    assert_eq!(passed, 100);
    let Err(NotTaken::Exceeded(no)) = take(&limits, &scopes(&alice, &bounds), 90_000).await else {
        panic!("one too many");
    };
    assert_eq!(
        (no.retry_after, no.bound, no.rule().as_str()),
        (30, 100, "limits.requests_per_minute")
    );
    let other = [Scope::caller(&alice, "u", &bounds)];
    for (scopes, now, why) in [
        (&scopes(&bob, &bounds)[..], 90_000, "each caller has their own"),
        (&other, 90_000, "each tool too"),
        (&scopes(&alice, &bounds), 120_000, "a new minute"),
    ] {
        assert!(take(&limits, scopes, now).await.is_ok(), "{why}");
    }
}
