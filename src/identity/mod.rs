//! Who is at the door: the key a request brings, the ticket of a browser, the pseudonym by which the ledger knows a person,
//! and the roles on the pages.
//!
//! Looking a key up is the business of the small tables; admitting its owner is the policy's.

mod from_here;
pub mod oidc;
mod presented;
mod pseudonym;
mod roles;
mod session;
mod ticket;

pub use from_here::is_from_here;
pub use presented::{Presented, presented, without_key};
pub use pseudonym::Pseudonyms;
pub use roles::{Grant, Roles};
pub use session::{FORM_COOKIE, SESSION_COOKIE, Session, cookie_in, ticket_in};
pub use ticket::Ticket;
