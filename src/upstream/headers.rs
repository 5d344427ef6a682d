//! Which headers pass. A list of those that may, not of those that may not: a name, a cookie or a key of the
//! caller stays in the house because nothing says it may leave.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a backend needs to know of a request, besides its body and its own key.
const TO_BACKEND: [&str; 5] = [
    "accept",
    "content-type",
    "anthropic-version",
    "anthropic-beta",
    "openai-beta",
];

/// What belongs to one connection (RFC 9110 §7.6.1), to the length we change, or to the backend's own session.
const NOT_TO_CALLER: [HeaderName; 11] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::PROXY_AUTHENTICATE,
    header::CONTENT_LENGTH,
    header::SET_COOKIE,
    header::WWW_AUTHENTICATE,
    header::DATE,
    header::ALT_SVC,
];

/// The headers for a backend. What comes back must be readable, so no compression is asked for.
pub fn for_backend(from_caller: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(TO_BACKEND.len() + 2);
    for name in TO_BACKEND {
        if let Some(value) = from_caller.get(name) {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
    }
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers
}

/// The headers for the caller.
pub fn for_caller(mut headers: HeaderMap) -> HeaderMap {
    for name in &NOT_TO_CALLER {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    // Where the provider takes bytes is between it and us.
    headers.remove("x-goog-upload-url");
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_cookies_and_names_stay_in_the_house() {
        let mut from = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer gf_a"),
            ("cookie", "s=1"),
            ("x-goog-api-key", "gf_a"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-gardefou-purpose", "p"),
            ("user-agent", "poste de Mme Roux"),
            ("content-type", "application/json"),
            ("anthropic-version", "2023-06-01"),
        ] {
            from.insert(name, HeaderValue::from_static(value));
        }
        let to = for_backend(&from);
        let mut names: Vec<_> = to.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept-encoding", "anthropic-version", "content-type"]);
    }
}
