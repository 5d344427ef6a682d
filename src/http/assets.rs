//! The files that pages load: compiled in, named with a hash of what is in them, kept by browsers for a year.
//!
//! A page names one by [`address`]; a new file is a line in [`ASSETS`].

use std::sync::LazyLock;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use sha2::{Digest, Sha256};

use crate::keyfile::hex;

/// Name, media type, what is in it.
const ASSETS: [(&str, &str, &str); 2] = [
    (
        "gardefou.css",
        "text/css; charset=utf-8",
        include_str!("pages/assets/gardefou.css"),
    ),
    (
        "progress.js",
        "text/javascript; charset=utf-8",
        include_str!("pages/assets/progress.js"),
    ),
];

/// Each with its address.
static ADDRESSES: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let address = |(name, _, text): &(&'static str, _, &str)| {
        let hash = hex(&Sha256::digest(text)[..8]);
        (*name, format!("/assets/{name}?v={hash}"))
    };
    ASSETS.iter().map(address).collect()
});

/// Where a file is; it changes with what is in it. Empty for a file that is not there, which a test finds.
pub(super) fn address(name: &str) -> &'static str {
    let found = ADDRESSES.iter().find(|(known, _)| *known == name);
    found.map_or("", |(_, address)| address)
}

/// `/assets/…`
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let Some((_, media, text)) = ASSETS.iter().find(|(known, _, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, *media),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, *text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_an_address_of_its_own() {
        for (name, _, text) in ASSETS {
            let address = address(name);
            assert!(address.starts_with(&format!("/assets/{name}?v=")), "{address}");
            assert!(
                !text.contains("http:") && !text.contains("https:"),
                "{name} asks nobody else"
            );
        }
        assert_eq!(address("autre.css"), "");
    }
}
