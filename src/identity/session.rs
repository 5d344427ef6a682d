//! What a session remembers, and the cookies that carry tickets.

use std::fmt;

use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};

use super::Ticket;

/// The cookie of a session. Its prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`, so that no
/// neighbour of this host can set it; Chromium and Firefox take it on http://127.0.0.1 too.
pub const SESSION_COOKIE: &str = "__Host-gardefou";
/// The cookie that a form of somebody who is not signed in is bound to.
pub const FORM_COOKIE: &str = "__Host-gardefou-form";

/// Who is signed in. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// As the issuer proved it, an e-mail address.
    pub identity: String,
    /// Groups that the issuer's claims name.
    pub groups: Vec<String>,
    /// The ID token, where the issuer asks for it at the end.
    pub id_token: Option<String>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({} groups)", self.groups.len())
    }
}

const LABEL: &str = "session";

impl Session {
    /// For the database: only the ticket opens it again.
    ///
    /// # Errors
    /// The operating system gave no randomness.
    pub fn seal(&self, ticket: &Ticket) -> std::io::Result<String> {
        ticket.seal(LABEL, &serde_json::to_vec(self)?)
    }

    /// From the database; none where it is not of this ticket.
    pub fn unseal(ticket: &Ticket, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&ticket.unseal(LABEL, sealed)?).ok()
    }
}

/// The ticket in a cookie of a request; none where there is none, or where two contradict each other.
pub fn ticket_in(headers: &HeaderMap, cookie: &str) -> Option<Ticket> {
    let value = cookie_in(headers, cookie)?;
    Ticket::read(value)
}

/// The value of a cookie of a request; none where there is none, or where two contradict each other.
pub fn cookie_in<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(own, _)| *own == name)
        .map(|(_, value)| value);
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_session_opens_with_its_ticket_alone() {
        let (one, other) = (Ticket::draw().unwrap(), Ticket::draw().unwrap());
        let session = Session {
            identity: "a.martin@departement04.example".into(),
            groups: vec!["comite".into()],
            id_token: None,
        };
        let sealed = session.seal(&one).unwrap();
        assert_eq!(Session::unseal(&one, &sealed), Some(session.clone()));
        assert_eq!(Session::unseal(&other, &sealed), None);
        assert!(!sealed.contains("martin") && !format!("{session:?}").contains("martin"));
    }

    #[test]
    fn a_cookie_is_found_among_others_and_never_guessed() {
        let ticket = Ticket::draw().unwrap();
        let (good, text) = (format!("{SESSION_COOKIE}={}", ticket.text()), ticket.text());
        for (lines, found) in [
            (vec![format!("a=1; {good}; b=2")], true),
            (vec!["a=1".into(), good.clone()], true),
            (vec![format!("{good}; {good}")], true),
            (vec![format!("{good}; {SESSION_COOKIE}=00")], false),
            (vec![format!("gardefou={text}")], false),
            (vec![format!("{FORM_COOKIE}={text}")], false),
            (vec![format!("{SESSION_COOKIE}={}", &text[..62])], false),
            (vec![], false),
        ] {
            let mut headers = HeaderMap::new();
            for line in &lines {
                headers.append("cookie", HeaderValue::from_str(line).unwrap());
            }
            let expected = found.then(|| ticket.clone());
            assert_eq!(ticket_in(&headers, SESSION_COOKIE), expected, "{} lines", lines.len());
        }
    }
}
