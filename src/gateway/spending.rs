//! What a request may cost, told before it leaves, and whose bounds that concerns.

use crate::dialect::{Call, Request, Yields};
use crate::domain::{Caller, Timestamp};
use crate::limits::{NotTaken, Reserving, Scope, Spend};
use crate::policy::{Admission, Policy, Rate, civil};

use super::{Gateway, Live, Refusal};

/// Bytes of French text in a token, about.
const TOKEN: usize = 4;
/// Tokens of an answer that neither the request nor its tool bounds, about.
const ANSWER: u64 = 1_024;

/// Tokens of a text of so many bytes, about.
pub(super) fn tokens(bytes: usize) -> u64 {
    u64::try_from(bytes.div_ceil(TOKEN)).unwrap_or(u64::MAX)
}

/// Begins to take what the request may cost from every bound that concerns it. A list of models is nobody's spending.
pub(super) fn reserve(
    gateway: &Gateway,
    live: &Live,
    caller: &Caller,
    (call, model, request): (&Call, Option<&str>, &Request),
    admission: &Admission<'_>,
    at: Timestamp,
) -> Result<Reserving, Refusal> {
    if matches!(call.endpoint.yields, Yields::Models | Yields::Files) && model.is_none() {
        return Ok(Reserving::default());
    }
    let scopes = scopes(&live.policy, caller, admission);
    if scopes.is_empty() {
        return Ok(Reserving::default());
    }
    let spend = spend(&live.policy, call, model.unwrap_or_default(), request, admission, at);
    let down = live.policy.spending().store_down;
    gateway.limits.reserve(&scopes, spend, at, down).map_err(refusal)
}

/// Why nothing was reserved, for the caller.
pub(super) fn refusal(why: NotTaken) -> Refusal {
    match why {
        NotTaken::Exceeded(exceeded) => Refusal::Exceeded(exceeded),
        NotTaken::Unavailable => Refusal::LimitsUnknown,
    }
}

/// Whose bounds a request concerns. Counters have the ledger's name of the caller, which changes with the year: stores hold
/// nothing that outlives it.
pub(super) fn scopes<'p>(policy: &'p Policy, caller: &Caller, admission: &Admission<'p>) -> Vec<Scope<'p>> {
    let (tool, caller_on_all) = (admission.tool, &policy.spending().caller);
    let mut scopes = Vec::new();
    if tool.limits.is_counted() {
        scopes.push(Scope::caller(&caller.recorded_as, &tool.id, &tool.limits));
    }
    if tool.shared_limits.is_counted() {
        scopes.push(Scope::tool(&tool.id, &tool.shared_limits));
    }
    if policy.spending().groups {
        let groups = policy.groups_of(caller).filter(|group| group.limits.is_counted());
        scopes.extend(groups.map(|group| Scope::group(&group.id, &group.limits)));
    }
    if caller_on_all.is_counted() {
        scopes.push(Scope::caller_on_all(&caller.recorded_as, caller_on_all));
    }
    scopes
}

/// The prompt's tokens from its length; the answer's as its request or its tool bounds them; their price at the dearest
/// of the backends that may answer.
fn spend(
    policy: &Policy,
    call: &Call,
    model: &str,
    request: &Request,
    admission: &Admission<'_>,
    at: Timestamp,
) -> Spend {
    let input = match call.endpoint.yields {
        Yields::Text | Yields::Vectors => tokens(request.prompt.text.len()),
        Yields::Count | Yields::Models | Yields::Files => return Spend::default(),
    };
    let asked = request.max_tokens.as_ref().map(|(most, _)| *most);
    let bounds = asked.into_iter().chain(admission.max_output_tokens);
    let output = match call.endpoint.yields {
        Yields::Text => bounds.min().unwrap_or(ANSWER),
        _ => 0,
    };
    let day = civil(at);
    let rates = || {
        let backends = admission.backends.iter();
        backends.filter_map(move |backend| policy.price(&backend.id, model, day).map(|price| price.rate))
    };
    let dearest = |price: fn(Rate) -> f64| rates().map(price).fold(0.0, f64::max);
    Spend {
        input,
        output,
        input_price: nano(dearest(|rate| rate.input) * input as f64),
        output_price: nano(dearest(|rate| rate.output)),
    }
}

/// Billionths of a euro, of euros per million.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "prices are not negative, and what is beyond the largest number is the largest number"
)]
fn nano(per_million: f64) -> u64 {
    (per_million * 1e3).ceil() as u64
}
