//! The words of the house as values: who asks, what is asked, what is written down.
//!
//! Nothing here reads a clock, a file or a socket, and nothing here knows another room.
//! `Debug` of anything that holds a caller's words or name prints lengths and kinds only.

mod caller;
mod family;
mod french;
mod meter;
mod month;
mod percent;
mod prompt;
mod role;
mod usage;
mod words;

pub use caller::{Attestation, Caller, Identity, Pseudonym, Via};
pub use family::family;
pub use french::{NotText, counted, text, trouble, trouble_of};
pub use meter::Meter;
pub use month::{Month, NotAMonth};
pub use percent::percent_encoded;
pub use prompt::{Author, Container, Place, Prompt, Segment};
pub use role::Role;
pub use usage::{Clock, Counts, Decision, Entry, MentionForm, Outcome, RequestId, Settlement, Timestamp, Tokens};
pub use words::{Flow, Form, Stopped, Words};
