//! The key of a request, wherever an SDK puts it.

use std::fmt;

use http::HeaderMap;

/// What our own keys begin with.
const PREFIX: &str = "gf_";

/// What a request brought to prove who is asking.
#[derive(Clone, PartialEq, Eq)]
pub enum Presented {
    /// A key of ours, good or not.
    Key(String),
    /// A JSON Web Token, good or not. It counts where there is an issuer.
    Token(String),
    /// Nothing of ours: no key, or one that some other program wants (`sk-…`).
    Nothing,
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "Key({} bytes)", key.len()),
            Self::Token(token) => write!(f, "Token({} bytes)", token.len()),
            Self::Nothing => f.write_str("Nothing"),
        }
    }
}

/// Headers that may carry a key: OpenAI's, Google's, Anthropic's.
const HEADERS: [&str; 3] = ["authorization", "x-goog-api-key", "x-api-key"];

/// Finds our key in a request, or a token. If two places hold a key, the first counts; a key counts before a token.
pub fn presented(headers: &HeaderMap, query: Option<&str>) -> Presented {
    let in_headers = HEADERS
        .iter()
        .flat_map(|name| headers.get_all(*name))
        .filter_map(|value| value.to_str().ok());
    let in_query = query
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.strip_prefix("key="));
    in_headers
        .map(|value| match value.split_once(' ') {
            Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim(),
            _ => value.trim(),
        })
        .chain(in_query)
        .find(|key| key.starts_with(PREFIX))
        .map(|key| Presented::Key(key.to_owned()))
        .or_else(|| bearer(headers).map(|token| Presented::Token(token.to_owned())))
        .unwrap_or(Presented::Nothing)
}

/// What looks like a token: three parts, the first of them JSON in base 64.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get("authorization")?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let is_one = scheme.eq_ignore_ascii_case("bearer") && token.starts_with("eyJ") && token.matches('.').count() == 2;
    is_one.then_some(token)
}

/// The query for a backend: our key never leaves, and of the rest only what a dialect needs.
pub fn without_key(query: Option<&str>) -> Option<String> {
    const KNOWN: [&str; 9] = [
        "alt",
        "$alt",
        "%24alt",
        "beta",
        "pageSize",
        "pageToken",
        "limit",
        "after_id",
        "before_id",
    ];
    let kept: Vec<_> = query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| KNOWN.contains(&pair.split('=').next().unwrap_or_default()))
        .collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::type_complexity, reason = "a table of cases")]
    fn a_key_is_found_wherever_an_sdk_puts_it() {
        let cases: &[(&[(&str, &str)], Option<&str>, Option<&str>)] = &[
            (&[("authorization", "Bearer gf_a")], None, Some("gf_a")),
            (&[("authorization", "bearer  gf_a ")], None, Some("gf_a")),
            (&[("x-goog-api-key", "gf_a")], None, Some("gf_a")),
            (&[("x-api-key", "gf_a")], None, Some("gf_a")),
            (&[], Some("alt=sse&key=gf_a"), Some("gf_a")),
            (
                &[("authorization", "Bearer sk-x"), ("x-api-key", "gf_a")],
                None,
                Some("gf_a"),
            ),
            (&[("authorization", "Bearer sk-x")], None, None),
            (&[("authorization", "Basic gf_a")], None, None),
            (&[], None, None),
        ];
        for (headers, query, expected) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in *headers {
                map.append(*name, value.parse().expect("a header"));
            }
            let expected = expected.map_or(Presented::Nothing, |key| Presented::Key(key.into()));
            assert_eq!(presented(&map, *query), expected, "{headers:?} {query:?}");
        }
    }

    #[test]
    fn a_token_counts_where_there_is_no_key() {
        for (headers, token) in [
            (
                &[("authorization", "Bearer eyJh.eyJz.c2ln")][..],
                Some("eyJh.eyJz.c2ln"),
            ),
            (&[("authorization", "bearer  eyJh.eyJz.c2ln ")], Some("eyJh.eyJz.c2ln")),
            (&[("authorization", "Bearer eyJh.eyJz.")], Some("eyJh.eyJz.")),
            (&[("authorization", "Bearer eyJh.eyJz")], None),
            (&[("authorization", "Bearer sk-x.y.z")], None),
            (&[("x-api-key", "eyJh.eyJz.c2ln")], None),
            (
                &[("authorization", "Bearer eyJh.eyJz.c2ln"), ("x-api-key", "gf_a")],
                None,
            ),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, value.parse().expect("a header"));
            }
            let found = match presented(&map, None) {
                Presented::Token(token) => Some(token),
                Presented::Key(_) | Presented::Nothing => None,
            };
            assert_eq!(found.as_deref(), token, "{headers:?}");
        }
    }

    #[test]
    fn the_key_stays_here() {
        assert_eq!(without_key(Some("key=gf_a&alt=sse")).as_deref(), Some("alt=sse"));
        assert_eq!(without_key(Some("key=gf_a&autre=Mme+Roux")), None);
        assert_eq!(without_key(None), None);
        assert_eq!(format!("{:?}", Presented::Key("gf_secret".into())), "Key(9 bytes)");
    }
}
