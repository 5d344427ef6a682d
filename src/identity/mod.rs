//! Who is at the door: the key a request brings, and the pseudonym by which the ledger knows a person.
//!
//! Looking a key up is the business of the small tables; admitting its owner is the policy's.

mod presented;
mod pseudonym;

pub use presented::{Presented, presented, without_key};
pub use pseudonym::Pseudonyms;
