//! The files that pages load: compiled in, named with a hash of what is in them, kept by browsers for a year.
//!
//! A page names one by [`address`]; a new file is a line in [`ASSETS`]. Scripts name each other as `./name.js`, as if
//! they were files in one folder; here that becomes the address, so that a new version of one is seen by all.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use sha2::{Digest, Sha256};

use crate::keyfile::hex;

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, media type, what is in it. A script stands after those that it names.
const ASSETS: [(&str, &str, &str); 17] = [
    ("gardefou.css", CSS, include_str!("pages/assets/gardefou.css")),
    ("progress.js", SCRIPT, include_str!("pages/assets/progress.js")),
    (
        "assistant.css",
        CSS,
        include_str!("pages/assets/assistant/assistant.css"),
    ),
    ("text.js", SCRIPT, include_str!("pages/assets/assistant/text.js")),
    (
        "markdown.js",
        SCRIPT,
        include_str!("pages/assets/assistant/markdown.js"),
    ),
    ("stream.js", SCRIPT, include_str!("pages/assets/assistant/stream.js")),
    (
        "dialects.js",
        SCRIPT,
        include_str!("pages/assets/assistant/dialects.js"),
    ),
    ("masks.js", SCRIPT, include_str!("pages/assets/assistant/masks.js")),
    ("scanner.js", SCRIPT, include_str!("pages/assets/assistant/scanner.js")),
    (
        "announcer.js",
        SCRIPT,
        include_str!("pages/assets/assistant/announcer.js"),
    ),
    ("history.js", SCRIPT, include_str!("pages/assets/assistant/history.js")),
    ("copy.js", SCRIPT, include_str!("pages/assets/assistant/copy.js")),
    ("files.js", SCRIPT, include_str!("pages/assets/assistant/files.js")),
    (
        "composer.js",
        SCRIPT,
        include_str!("pages/assets/assistant/composer.js"),
    ),
    ("thread.js", SCRIPT, include_str!("pages/assets/assistant/thread.js")),
    (
        "exchange.js",
        SCRIPT,
        include_str!("pages/assets/assistant/exchange.js"),
    ),
    (
        "assistant.js",
        SCRIPT,
        include_str!("pages/assets/assistant/assistant.js"),
    ),
];

/// A file as it is served.
struct Asset {
    name: &'static str,
    media: &'static str,
    address: String,
    text: String,
}

static SERVED: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut served: Vec<Asset> = Vec::with_capacity(ASSETS.len());
    for (name, media, text) in ASSETS {
        let mut text = text.to_owned();
        for other in &served {
            text = text.replace(&format!("\"./{}\"", other.name), &format!("\"{}\"", other.address));
        }
        let hash = hex(&Sha256::digest(&text)[..8]);
        served.push(Asset {
            name,
            media,
            address: format!("/assets/{name}?v={hash}"),
            text,
        });
    }
    served
});

fn served(name: &str) -> Option<&'static Asset> {
    SERVED.iter().find(|asset| asset.name == name)
}

/// Where a file is; it changes with what is in it. Empty for a file that is not there, which a test finds.
pub(super) fn address(name: &str) -> &'static str {
    served(name).map_or("", |asset| &asset.address)
}

/// `/assets/…`
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = served(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.media),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.text.as_str()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_an_address_of_its_own() {
        for asset in &*SERVED {
            assert!(asset.address.starts_with(&format!("/assets/{}?v=", asset.name)));
            assert_eq!(address(asset.name), asset.address);
        }
        assert_eq!(address("autre.css"), "");
    }

    #[test]
    fn no_file_asks_anybody_else_and_scripts_find_each_other() {
        for asset in &*SERVED {
            let elsewhere = asset
                .text
                .split("://")
                .skip(1)
                .any(|rest| rest.starts_with(char::is_alphanumeric));
            assert!(!elsewhere, "{} asks nobody else", asset.name);
            assert!(
                !asset.text.contains("\"./"),
                "{} stands after what it names",
                asset.name
            );
        }
        assert!(served("composer.js").is_some_and(|asset| asset.text.contains(address("text.js"))));
    }
}
