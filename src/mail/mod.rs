//! The post: letters to the RSSI and the DPO about incidents, from the queue of the office to a mail server.
//!
//! - `settings`: which server, as whom
//! - `words`: what a letter says, and what it never says
//! - `smtp`: the conversation with the server, the only door to it
//! - `rounds`: claims a letter, sends it, says how it went, for ever
//!
//! Without `[mail]` in the settings nothing of this runs: incidents are kept and shown, and pages say that no mail is sent.

mod rounds;
mod settings;
mod smtp;
mod words;

pub use rounds::{Pauses, Post, PostState, PostTask};
pub use settings::{MailSettings, Security};
pub use smtp::{Failure, Mailer, Unusable};
pub use words::{about, is_address};
