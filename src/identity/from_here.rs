//! Where a request of a browser comes from: another site may not act in somebody's name.

use http::{HeaderMap, Uri};

/// Whether a page of ours sent this. Browsers say where a request comes from: all of them in `Origin`, newer ones in
/// `Sec-Fetch-Site` too. Who says neither is no browser, and brings a key.
pub fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return false;
    }
    let Some(origin) = text("origin") else {
        return text("sec-fetch-site").is_some();
    };
    let authority = |address: &str| address.parse::<Uri>().ok().and_then(|uri| uri.authority().cloned());
    // Behind a proxy the name of the host may be another one than in the settings, and both are ours: no other site
    // can choose what a browser writes into `Host`.
    authority(origin).is_some_and(|from| {
        let host = text("host").is_some_and(|host| from.as_str().eq_ignore_ascii_case(host));
        host || authority(public_url) == Some(from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_form_of_another_site_is_known_by_where_it_comes_from() {
        let here = "https://ia.departement04.example";
        for (site, origin, wanted) in [
            (Some("same-origin"), Some("https://ia.departement04.example"), true),
            (None, Some("https://ia.departement04.example"), true),
            (None, Some("http://127.0.0.1:8080"), true),
            (Some("same-origin"), None, true),
            (Some("cross-site"), Some("https://ia.departement04.example"), false),
            (Some("same-site"), Some("https://autre.departement04.example"), false),
            (Some("same-origin"), Some("https://mal.example"), false),
            (None, Some("https://mal.example"), false),
            (None, Some("https://ia.departement04.example.mal.example"), false),
            (None, Some("null"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_static("127.0.0.1:8080"));
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            assert_eq!(is_from_here(&headers, here), wanted, "{site:?} {origin:?}");
        }
    }
}
