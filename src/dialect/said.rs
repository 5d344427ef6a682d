//! What the gateway says in place of an answer, before it takes the shape of a dialect.

use serde_json::{Value, json};

/// Why there is no answer; each dialect has its own word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The body cannot be read, or is not what the endpoint takes.
    Invalid,
    /// Something in the prompt may not leave.
    Content,
    /// No key, or not a good one.
    Unauthorized,
    /// This caller may not use this tool, or there is no such tool.
    Forbidden,
    /// No such path.
    NotFound,
    /// Longer than the settings allow.
    TooLarge,
    /// Too many requests or tokens.
    Quota,
    /// The backend failed.
    Upstream,
    /// The backend took too long.
    Timeout,
    /// The gateway cannot work now.
    Unavailable,
}

impl Because {
    /// The HTTP status (contract §5). A refusal is never 408, 409 or 5xx, and 429 only for quotas: SDKs resend those.
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid | Self::Content => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::TooLarge => 413,
            Self::Quota => 429,
            Self::Upstream => 502,
            Self::Unavailable => 503,
            Self::Timeout => 504,
        }
    }
}

/// A page that helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What is there, in French.
    pub title: &'static str,
    /// Its address.
    pub url: String,
}

/// Words for the caller, in French, with what a program needs to tell one case from another.
#[derive(Clone, Debug)]
pub struct Said {
    /// Why.
    pub because: Because,
    /// Stable, kebab-case.
    pub code: String,
    /// For a person. Never holds anything of the prompt.
    pub message: String,
    /// To quote when asking for help.
    pub request_id: String,
    /// Where to go now; the words name these pages too.
    pub links: Vec<Link>,
}

impl Said {
    /// The links as JSON, in the words of `google.rpc.Help`, which the other dialects have no word of their own for.
    pub(super) fn help(&self) -> Option<Value> {
        let link = |link: &Link| json!({ "description": link.title, "url": link.url });
        (!self.links.is_empty()).then(|| self.links.iter().map(link).collect())
    }

    /// The message with the request id, as every dialect shows it.
    pub(super) fn worded(&self) -> String {
        format!("{}{DEMANDE}{}]", self.message, self.request_id)
    }

    /// The same after what was shown of an answer.
    pub(super) fn parting(&self) -> String {
        format!("\n\n{}", self.worded())
    }
}

/// What stands between the message and the id.
const DEMANDE: &str = " [demande ";

/// Whether a text of the conversation is ours, come back.
pub(super) fn is_ours(text: &str) -> bool {
    let id = text
        .trim_end()
        .strip_suffix(']')
        .and_then(|text| text.rsplit_once(DEMANDE));
    id.is_some_and(|(_, id)| id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_said_is_known_again() {
        let said = Said {
            because: Because::Content,
            code: "blocked".into(),
            message: "Non.".into(),
            request_id: "019a3b5c-7d8e-7f00-8000-0123456789ab".into(),
            links: Vec::new(),
        };
        assert!(is_ours(&said.worded()) && is_ours(&format!("Bonjour.{} \n", said.parting())));
        for text in ["", "Non.", "Voir [demande 12]", &format!("{} Et ?", said.worded())] {
            assert!(!is_ours(text), "{text}");
        }
    }
}
