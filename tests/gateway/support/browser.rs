//! A browser, as far as the server can tell: it keeps cookies, says where its forms come from, and sends back what
//! they hold.

use std::{cell::RefCell, collections::BTreeMap};

use http::header;
use reqwest::{Client, RequestBuilder, redirect::Policy};

use super::gateway::{Heard, heard};

/// One browser at one site. It follows no redirection: stories look at each step.
pub struct Browser {
    client: Client,
    /// Where the site is, without a slash at its end.
    pub site: String,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Browser {
    /// One that has never been here.
    pub fn new(site: &str) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build();
        Self {
            client: client.expect("a client"),
            site: site.trim_end_matches('/').to_owned(),
            cookies: RefCell::default(),
        }
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// Puts a cookie in, as somebody who stole or planted it would.
    pub fn plant(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.into(), value.into());
    }

    /// Opens a page of the site.
    pub async fn open(&self, path: &str) -> Heard {
        self.go(self.client.get(format!("{}{path}", self.site))).await
    }

    /// Opens a page, and sends its form with these fields and the token that the page has.
    pub async fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Heard {
        let shown = self.open(page).await;
        let token = token(&shown.body).unwrap_or_else(|| panic!("{page} has no form: {}", shown.body));
        let mut all = vec![("jeton", token.as_str())];
        all.extend_from_slice(fields);
        self.send(action, &self.site, &all).await
    }

    /// Sends a form as if it came from this origin.
    pub async fn send(&self, action: &str, origin: &str, fields: &[(&str, &str)]) -> Heard {
        let form: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let request = self.client.post(format!("{}{action}", self.site));
        let request = request
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.go(request.body(form.join("&"))).await
    }

    /// Sends a request with the cookies, and keeps those of the answer.
    pub async fn go(&self, request: RequestBuilder) -> Heard {
        let line: Vec<_> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = if line.is_empty() {
            request
        } else {
            request.header(header::COOKIE, line.join("; "))
        };
        let mut heard = heard(request).await;
        if heard.header("content-type").starts_with("text/html") {
            // As people read it.
            heard.body = heard.body.replace('\u{a0}', " ");
        }
        for line in heard.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().expect("ASCII");
            let (pair, attributes) = line.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a value");
            for wanted in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
                assert!(attributes.contains(wanted), "{line}");
            }
            assert!(name.starts_with("__Host-") && !attributes.contains("Domain"), "{line}");
            let mut cookies = self.cookies.borrow_mut();
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.into(), value.into());
            }
        }
        heard
    }
}

/// The token of the first form of a page that is not the shell's, or of the shell's.
pub fn token(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("name=\"jeton\" value=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
