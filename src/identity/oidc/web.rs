//! The issuer over HTTP: its description, its keys, and two questions. Short, bounded, without redirections; TLS unless
//! the issuer is on this machine.

use std::{error::Error, fmt, time::Duration};

use reqwest::{Client, RequestBuilder, Url, redirect::Policy};
use serde::Deserialize;
use serde_json::Value;

use crate::domain::percent_encoded;

/// Longest a question may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// Longest an answer may be, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Why the issuer could not be asked. Nothing of its answer is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// No connection, or no answer in time.
    Silent,
    /// An error as an answer, with its status.
    Status(u16),
    /// An answer that is too long, or not what was asked for.
    Unreadable,
    /// It describes itself as another one, or at an address without TLS.
    Untrusted,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("the issuer does not answer"),
            Self::Status(status) => write!(f, "the issuer answers with status {status}"),
            Self::Unreadable => f.write_str("the issuer's answer cannot be read"),
            Self::Untrusted => f.write_str("the issuer describes itself as another one, or without TLS"),
        }
    }
}

impl Error for Unreachable {}

/// What an issuer says of itself (OpenID Connect Discovery §3).
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Description {
    issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    pub(super) userinfo_endpoint: Option<String>,
    pub(super) end_session_endpoint: Option<String>,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

/// The way to an issuer.
#[derive(Clone, Debug)]
pub(super) struct Web {
    client: Client,
}

/// An answer of the issuer: JSON, or a token that says the same.
pub(super) enum Told {
    Json(Value),
    Token(String),
}

impl Web {
    /// `proxy` is the proxy of the house, for an issuer outside.
    pub(super) fn new(issuer: &str, proxy: Option<&str>) -> Result<Self, Unreachable> {
        let mut client = Client::builder()
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .connect_timeout(PATIENCE)
            // Questions are rare: a connection that was kept would often be one that the issuer closed.
            .pool_max_idle_per_host(0)
            .no_proxy();
        if let Some(proxy) = proxy.filter(|_| !is_loopback(issuer)) {
            client = client.proxy(reqwest::Proxy::all(proxy).map_err(|_| Unreachable::Untrusted)?);
        }
        let client = client.build().map_err(|_| Unreachable::Untrusted)?;
        Ok(Self { client })
    }

    /// The description, where it is that of this issuer.
    pub(super) async fn description(&self, issuer: &str) -> Result<Description, Unreachable> {
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let told = json(self.ask(self.client.get(address)).await?)?;
        let description: Description = serde_json::from_value(told).map_err(|_| Unreachable::Unreadable)?;
        let addresses = [
            Some(&description.authorization_endpoint),
            Some(&description.token_endpoint),
            Some(&description.jwks_uri),
            description.userinfo_endpoint.as_ref(),
            description.end_session_endpoint.as_ref(),
        ];
        let trusted = description.issuer == issuer && addresses.into_iter().flatten().all(|address| is_safe(address));
        trusted.then_some(description).ok_or(Unreachable::Untrusted)
    }

    /// JSON at an address.
    pub(super) async fn json(&self, address: &str) -> Result<Value, Unreachable> {
        json(self.ask(self.client.get(address)).await?)
    }

    /// What a form is answered with.
    pub(super) async fn post(
        &self,
        address: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<Value, Unreachable> {
        let body: Vec<_> = form
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let mut request = self.client.post(address).body(body.join("&"));
        request = request.header("content-type", "application/x-www-form-urlencoded");
        if let Some((user, password)) = basic {
            // Both are encoded before they are joined (RFC 6749 §2.3.1).
            request = request.basic_auth(encoded(user), Some(encoded(password)));
        }
        json(self.ask(request).await?)
    }

    /// What the issuer says of whoever has this token.
    pub(super) async fn userinfo(&self, address: &str, access_token: &str) -> Result<Told, Unreachable> {
        self.ask(self.client.get(address).bearer_auth(access_token)).await
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Told, Unreachable> {
        let request = request.header("accept", "application/json, application/jwt");
        let mut response = request.send().await.map_err(|_| Unreachable::Silent)?;
        let status = response.status();
        if !status.is_success() {
            return Err(Unreachable::Status(status.as_u16()));
        }
        let media = response.headers().get("content-type");
        let is_token = media.is_some_and(|media| media.as_bytes().starts_with(b"application/jwt"));
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|_| Unreachable::Silent)? {
            body.extend_from_slice(&piece);
            if body.len() > LONGEST {
                return Err(Unreachable::Unreadable);
            }
        }
        if is_token {
            let text = String::from_utf8(body).map_err(|_| Unreachable::Unreadable)?;
            return Ok(Told::Token(text.trim().to_owned()));
        }
        let json = serde_json::from_slice(&body).map_err(|_| Unreachable::Unreadable)?;
        Ok(Told::Json(json))
    }
}

fn json(told: Told) -> Result<Value, Unreachable> {
    match told {
        Told::Json(json) => Ok(json),
        Told::Token(_) => Err(Unreachable::Unreadable),
    }
}

/// Whether what is sent there stays secret: TLS, or this very machine.
pub(super) fn is_safe(address: &str) -> bool {
    address.parse::<Url>().is_ok_and(|url| url.scheme() == "https") || is_loopback(address)
}

fn is_loopback(address: &str) -> bool {
    let Ok(url) = address.parse::<Url>() else { return false };
    url.host_str().is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// A text as a value of a form or a query.
pub(super) fn encoded(text: &str) -> String {
    percent_encoded(text, b"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_travel_over_tls_or_on_this_machine() {
        for (address, safe) in [
            ("https://accounts.google.com", true),
            ("http://127.0.0.1:3000/token", true),
            ("http://localhost:3000", true),
            ("http://[::1]:3000", true),
            ("http://accounts.google.com", false),
            ("http://localhost.mal.example", false),
            ("http://127.0.0.1.mal.example", false),
            ("ftp://x", false),
            ("", false),
        ] {
            assert_eq!(is_safe(address), safe, "{address}");
        }
        assert_eq!(encoded("a b&c=é~"), "a%20b%26c%3D%C3%A9~");
    }
}
