//! `/accessibilite`: the declaration that the law asks of a public body for its sites, intranets included (loi n° 2005-102,
//! article 47; décret n° 2019-768; RGAA 4.1).

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::{Shell, respond};
use crate::http::visitor::Visitor;

#[derive(Template)]
#[template(path = "accessibility.html")]
struct Accessibility<'a> {
    shell: Shell<'a>,
    organisation: &'a str,
}

/// The page.
pub(in crate::http) async fn accessibility(visitor: Visitor) -> Response {
    let named = visitor.live.policy.organisation().name.as_deref();
    let page = Accessibility {
        shell: Shell::new(&visitor, "/accessibilite"),
        organisation: named.unwrap_or("La collectivité"),
    };
    respond(&visitor, StatusCode::OK, &page)
}
