//! What is wrong with the head of a request, beyond what hyper refuses by itself.
//!
//! hyper 1.12 takes a request without a host, with two, with a target whose authority is not its host, or with 64 KiB
//! of path; RFC 9112 §3.2 says 400 to the first three, and no dialect needs the last.

use http::{header, request::Parts};

/// Most headers of a request. SDKs send about twenty.
const MAX_HEADERS: usize = 64;
/// Longest target, in bytes.
const MAX_TARGET: usize = 8 * 1024;
/// All headers together, in bytes.
const MAX_HEAD: usize = 32 * 1024;

/// The first thing wrong: a code, and French words.
pub(super) fn check(parts: &Parts) -> Result<(), (&'static str, &'static str)> {
    let hosts: Vec<_> = parts.headers.get_all(header::HOST).iter().collect();
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let length: usize = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    match (&hosts[..], authority) {
        ([], None) => {
            return Err((
                "no-host",
                "La demande ne dit pas à quel hôte elle s'adresse (en-tête Host).",
            ));
        }
        ([_, _, ..], _) => return Err(("two-hosts", "La demande donne deux hôtes (en-tête Host).")),
        ([host], Some(authority)) if host.as_bytes() != authority.as_bytes() => {
            return Err((
                "other-host",
                "L'adresse de la demande et son en-tête Host se contredisent.",
            ));
        }
        _ => {}
    }
    if parts.headers.len() > MAX_HEADERS || length > MAX_HEAD {
        return Err(("too-many-headers", "La demande a trop d'en-têtes."));
    }
    if target > MAX_TARGET {
        return Err(("target-too-long", "L'adresse de la demande est trop longue."));
    }
    Ok(())
}

/// Whether a body follows.
pub(super) fn has_body(parts: &Parts) -> bool {
    parts.headers.contains_key(header::TRANSFER_ENCODING)
        || parts
            .headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length != "0")
}

/// A path without percent signs. What is not UTF-8 after decoding stays as it came, and fits no path.
pub(super) fn decoded(path: &str) -> String {
    if !path.contains('%') {
        return path.to_owned();
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |byte: u8| char::from(byte).to_digit(16);
        match (first, after) {
            (b'%', [high, low, next @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let value = hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0);
                bytes.push(u8::try_from(value).unwrap_or(b'%'));
                rest = next;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    #[expect(clippy::type_complexity, reason = "a table of cases")]
    fn a_request_has_one_host_and_a_head_of_bounded_size() {
        let long = format!("/v1/{}", "a".repeat(9_000));
        let cases: &[(&str, &[(&str, &str)], Option<&str>)] = &[
            ("/v1/x", &[("host", "a")], None),
            ("/v1/x", &[], Some("no-host")),
            ("/v1/x", &[("host", "a"), ("host", "a")], Some("two-hosts")),
            ("http://a/v1/x", &[("host", "a")], None),
            ("http://b/v1/x", &[("host", "a")], Some("other-host")),
            ("http://a/v1/x", &[], None),
            (&long, &[("host", "a")], Some("target-too-long")),
        ];
        for (target, headers, expected) in cases {
            assert_eq!(check(&head(target, headers)).err().map(|(code, _)| code), *expected);
        }
        let many: Vec<_> = (0..200).map(|i| (format!("x-{i}"), "1".to_owned())).collect();
        let mut many: Vec<_> = many.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        many.push(("host", "a"));
        assert_eq!(
            check(&head("/v1/x", &many)).err().map(|(code, _)| code),
            Some("too-many-headers")
        );
    }

    #[test]
    fn a_path_is_decoded_once() {
        for (path, expected) in [
            ("/v1beta/models/g%3AgenerateContent", "/v1beta/models/g:generateContent"),
            ("/v1/%252e", "/v1/%2e"),
            ("/v1/%zz%4", "/v1/%zz%4"),
            ("/v1/%ff", "/v1/%ff"),
        ] {
            assert_eq!(decoded(path), expected);
        }
    }
}
