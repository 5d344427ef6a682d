//! `[mail]`: the server by which the RSSI and the DPO hear of incidents.

use std::fmt;

use serde::Deserialize;

use super::some_reference;
use crate::mail::{MailSettings, Security};
use crate::policy::SecretRef;

/// The mail server by which the RSSI and the DPO hear of incidents.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSection {
    /// Its name, as in its certificate.
    pub host: String,
    /// Its port; 587 for `starttls`, 465 for `tls`, 25 for `none` by default.
    pub port: Option<u16>,
    /// `starttls`, `tls`, or `none` on this machine.
    #[serde(default)]
    pub security: MailSecurity,
    /// Who writes: an e-mail address, with a name if wanted.
    pub from: String,
    /// Where the server asks for an account, its name.
    pub username: Option<String>,
    /// Where its password is kept.
    #[serde(default, deserialize_with = "some_reference")]
    pub password: Option<SecretRef>,
}

/// How the conversation with the mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// TLS after a plain greeting.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all.
    None,
}

impl fmt::Debug for MailSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailSection({}, {:?})", self.host, self.security)
    }
}

impl MailSection {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let address = self.host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        let is_here = self.host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        if self.security == MailSecurity::None && !is_here {
            return Err(
                "`mail.security = \"none\"` n'est permis que vers cette machine (127.0.0.1) : ailleurs, écrivez \"starttls\" \
                 ou \"tls\".",
            );
        }
        if self.username.is_some() != self.password.is_some() {
            return Err("`mail.username` et `mail.password` vont ensemble : écrivez les deux, ou aucun.");
        }
        if self.username.is_some() && self.security == MailSecurity::None {
            return Err("`mail.password` partirait en clair : écrivez `mail.security = \"starttls\"` ou \"tls\".");
        }
        Ok(())
    }

    /// For the post, with the password once it was read.
    pub fn settings(&self, password: Option<String>) -> MailSettings {
        let (security, port) = match self.security {
            MailSecurity::StartTls => (Security::StartTls, 587),
            MailSecurity::Tls => (Security::Tls, 465),
            MailSecurity::None => (Security::None, 25),
        };
        MailSettings {
            host: self.host.clone(),
            port: self.port.unwrap_or(port),
            security,
            from: self.from.clone(),
            account: self.username.clone().zip(password),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MINIMAL, read};
    use super::*;

    #[test]
    fn mail_leaves_this_machine_protected_or_not_at_all() {
        for (section, expected) in [
            ("host = \"smtp.x.example\"\nfrom = \"g@x.example\"", None),
            (
                "host = \"127.0.0.1\"\nfrom = \"g@x.example\"\nsecurity = \"none\"",
                None,
            ),
            ("host = \"[::1]\"\nfrom = \"g@x.example\"\nsecurity = \"none\"", None),
            (
                "host = \"smtp.x.example\"\nfrom = \"g@x.example\"\nsecurity = \"none\"",
                Some("`mail.security = \"none\"`"),
            ),
            (
                "host = \"smtp.x.example\"\nfrom = \"g@x.example\"\nusername = \"g\"",
                Some("vont ensemble"),
            ),
            (
                "host = \"localhost\"\nfrom = \"g@x.example\"\nsecurity = \"none\"\nusername = \"g\"\npassword = { env = \"P\" }",
                Some("en clair"),
            ),
            (
                "host = \"smtp.x.example\"\nfrom = \"g@x.example\"\npassword = \"secret\"",
                Some("password"),
            ),
            ("from = \"g@x.example\"", Some("host")),
        ] {
            let read = read(&format!("{MINIMAL}\n[mail]\n{section}"), &|_| None);
            match (read, expected) {
                (Ok(_), None) => {}
                (Err(error), Some(expected)) => assert!(error.contains(expected), "{section}: {error}"),
                (read, expected) => panic!("{section}: {read:?}, expected {expected:?}"),
            }
        }
        let section = "host = \"smtp.x.example\"\nfrom = \"g@x.example\"\nusername = \"g\"\npassword = { env = \"P\" }";
        let settings = read(&format!("{MINIMAL}\n[mail]\n{section}"), &|_| None).expect("good settings");
        let mail = settings.mail.expect("a server").settings(Some("p".into()));
        assert_eq!(
            (mail.port, mail.security),
            (587, Security::StartTls),
            "protected unless told otherwise"
        );
        assert_eq!(mail.account, Some(("g".into(), "p".into())));
    }
}
