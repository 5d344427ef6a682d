//! Which mail server, and as whom.

use std::fmt;

/// How the conversation with the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Plain at first, TLS before anything is said; without TLS nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None, on this machine only.
    None,
}

/// A mail server.
#[derive(Clone)]
pub struct MailSettings {
    /// Its name, as in its certificate.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the conversation is protected.
    pub security: Security,
    /// Who writes.
    pub from: String,
    /// Name and password, where the server asks for them.
    pub account: Option<(String, String)>,
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailSettings({}:{}, {:?})", self.host, self.port, self.security)
    }
}
