//! A backend's list of models, without those the caller may not use.

use bytes::Bytes;
use serde_json::Value;

use crate::dialect::Call;
use crate::domain::{Caller, Timestamp};
use crate::policy::{Ask, civil};

use super::Live;

/// The list with only what the policy would admit. A single model was admitted already and passes.
pub(super) fn allowed(body: &Bytes, call: &Call, caller: &Caller, live: &Live, now: Timestamp) -> Bytes {
    let Ok(mut list) = serde_json::from_slice::<Value>(body) else {
        return body.clone();
    };
    let Some(models) = ["data", "models"].into_iter().find(|key| list[*key].is_array()) else {
        return body.clone();
    };
    let Some(models) = list[models].as_array_mut() else {
        return body.clone();
    };
    let before = models.len();
    models.retain(|model| {
        let name = model["id"].as_str().or(model["name"].as_str());
        let ask = Ask {
            dialect: call.dialect.name(),
            model: name,
            tool: call.tool.as_deref(),
            // A list is no use of them.
            purpose: true,
            caller,
            now,
            today: civil(now),
        };
        name.is_some() && live.policy.admit(&ask).is_ok()
    });
    if models.len() == before {
        body.clone()
    } else {
        list.to_string().into()
    }
}
