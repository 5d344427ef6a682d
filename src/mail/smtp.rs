//! The conversation with the mail server. What it answers may repeat an address, so only its code is told.

use std::{fmt, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{authentication::Credentials, client::Tls, client::TlsParameters},
};

use super::{MailSettings, Security};
use crate::domain::Timestamp;
use crate::office::Claimed;

/// Longest silence of the server.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest a whole conversation may take: shorter than the claim on a letter.
const CONVERSATION: Duration = Duration::from_secs(120);

/// Why a mail server of the settings cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    /// `from` is no e-mail address.
    From,
    /// TLS to this name cannot be set up.
    Tls,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::From => "`mail.from` n'est pas une adresse électronique",
            Self::Tls => "TLS ne peut pas être préparé pour `mail.host`",
        })
    }
}

impl std::error::Error for Unusable {}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The recipient, or the letter itself, cannot be written as a mail.
    Unwritable,
    /// The server cannot be reached, or broke off.
    Unreachable,
    /// No TLS where TLS is asked for, or a certificate that is not good.
    Tls,
    /// It took too long.
    TimedOut,
    /// The server said no, with this code (RFC 5321 §4.2).
    Refused(u16),
}

impl Failure {
    /// A word for the database, logs and administration.
    pub fn word(&self) -> String {
        match self {
            Self::Unwritable => "unwritable".into(),
            Self::Unreachable => "unreachable".into(),
            Self::Tls => "tls".into(),
            Self::TimedOut => "timed_out".into(),
            Self::Refused(code) => format!("refused_{code}"),
        }
    }
}

/// Sends letters through one server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// What stands after the `@` of a `Message-ID`.
    domain: String,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer")
    }
}

impl Mailer {
    /// Prepares; nothing is sent.
    ///
    /// # Errors
    /// The settings cannot be used.
    pub fn new(settings: &MailSettings) -> Result<Self, Unusable> {
        let from: Mailbox = settings.from.parse().map_err(|_| Unusable::From)?;
        let tls = || TlsParameters::new(settings.host.clone()).map_err(|_| Unusable::Tls);
        let tls = match settings.security {
            Security::StartTls => Tls::Required(tls()?),
            Security::Tls => Tls::Wrapper(tls()?),
            Security::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some((name, password)) = &settings.account {
            transport = transport.credentials(Credentials::new(name.clone(), password.clone()));
        }
        Ok(Self {
            transport: transport.build(),
            domain: from.email.domain().to_owned(),
            from,
        })
    }

    /// Sends a letter: when this returns well, the server has taken it.
    ///
    /// # Errors
    /// It did not.
    pub async fn send(&self, claimed: &Claimed) -> Result<(), Failure> {
        let message = self.message(claimed).ok_or(Failure::Unwritable)?;
        match tokio::time::timeout(CONVERSATION, self.transport.send(message)).await {
            Err(_) => Err(Failure::TimedOut),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
        }
    }

    fn message(&self, claimed: &Claimed) -> Option<Message> {
        let written = claimed.created_at;
        Message::builder()
            .from(self.from.clone())
            .to(claimed.letter.recipient.parse().ok()?)
            .subject(&claimed.letter.subject)
            .date(system_time(written)?)
            .message_id(Some(format!("<{}@{}>", claimed.id, self.domain)))
            .header(ContentType::TEXT_PLAIN)
            .header(AutoSubmitted)
            .body(claimed.letter.body.clone())
            .ok()
    }
}

fn system_time(at: Timestamp) -> Option<std::time::SystemTime> {
    let since = Duration::from_millis(u64::try_from(at.0).ok()?);
    std::time::SystemTime::UNIX_EPOCH.checked_add(since)
}

fn failure(error: &lettre::transport::smtp::Error) -> Failure {
    if let Some(code) = error.status() {
        Failure::Refused(code.into())
    } else if error.is_tls() {
        Failure::Tls
    } else if error.is_timeout() {
        Failure::TimedOut
    } else {
        Failure::Unreachable
    }
}

/// Says that a program wrote, so that no holiday reply comes back (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::Letter;

    fn settings() -> MailSettings {
        MailSettings {
            host: "127.0.0.1".into(),
            port: 25,
            security: Security::None,
            from: "Gardefou <gardefou@departement04.example>".into(),
            account: Some(("gardefou".into(), "un-secret".into())),
        }
    }

    #[test]
    fn a_letter_has_one_id_at_every_attempt_and_says_that_a_program_wrote() {
        let mailer = Mailer::new(&settings()).expect("good settings");
        let claimed = Claimed {
            id: "0192".into(),
            letter: Letter {
                recipient: "rssi@departement04.example".into(),
                subject: "Signalement S-2026-0042 : réponse fausse".into(),
                body: "Bonjour, à suivre.\n".into(),
            },
            created_at: Timestamp(1_790_000_000_000),
            attempts: 3,
        };
        let written = String::from_utf8(mailer.message(&claimed).expect("a letter").formatted()).expect("UTF-8");
        for line in [
            "From: Gardefou <gardefou@departement04.example>\r\n",
            "To: rssi@departement04.example\r\n",
            "Message-ID: <0192@departement04.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
        ] {
            assert!(written.contains(line), "{written}");
        }
        let bad = Letter {
            recipient: "poste 12".into(),
            ..claimed.letter.clone()
        };
        assert!(mailer.message(&Claimed { letter: bad, ..claimed }).is_none());
    }

    #[test]
    fn settings_that_cannot_work_are_told_and_show_no_secret() {
        let bad = MailSettings {
            from: "personne".into(),
            ..settings()
        };
        assert_eq!(Mailer::new(&bad).err(), Some(Unusable::From));
        assert!(!format!("{:?} {:?}", settings(), Mailer::new(&settings())).contains("secret"));
    }
}
