//! Every route on one page.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{any, get, post},
};

use super::{App, House, ai, api, assets, doubts, health, pages};

/// What stands before every AI path. Everything below goes to the gateway or is refused; nothing is forwarded as it is.
pub const AI_PREFIXES: [&str; 4] = ["/v1", "/v1beta", "/t", "/upload"];

/// Longest form of a page, in bytes: a key and a few words.
fn short_form() -> DefaultBodyLimit {
    DefaultBodyLimit::max(8 * 1024)
}

/// Longest words of a caller with what is around them, in bytes: percent signs of a form triple them.
fn words() -> DefaultBodyLimit {
    DefaultBodyLimit::max(96 * 1024)
}

/// Longest draft of a policy; longest list of groups.
fn draft() -> DefaultBodyLimit {
    DefaultBodyLimit::max(pages::administration::draft::LONGEST_DRAFT)
}

/// Those for who keeps the policy.
fn administration() -> Router<App> {
    use pages::administration::{draft as trying, keys, state, versions};
    Router::new()
        .route("/administration", get(state::state))
        .route(
            "/administration/essai",
            get(trying::empty).post(trying::tried).layer(draft()),
        )
        .route("/administration/versions", get(versions::list))
        .route("/administration/versions/{hash}", get(versions::version))
        .route("/administration/comparaison", get(versions::comparison))
        .route(
            "/administration/cles",
            get(keys::list).post(keys::create).layer(draft()),
        )
        .route(
            "/administration/cles/{id}",
            get(keys::confirm).post(keys::revoke).layer(short_form()),
        )
}

/// The routes.
pub fn router(house: House) -> Router {
    let mut router = Router::new()
        .route("/", get(pages::portal::portal))
        .route("/assistant", get(pages::assistant::assistant))
        .route("/outils", get(pages::tools::tools))
        .route(
            "/charte",
            get(pages::charter::read)
                .post(pages::charter::accept)
                .layer(short_form()),
        )
        .route("/comite", get(pages::committee::committee))
        .route("/comite/documents", post(pages::committee::export).layer(short_form()))
        .route("/comite/documents/{id}", get(pages::committee::progress))
        .route("/comite/documents/{id}/fichier", get(pages::committee::fetch))
        .route("/accessibilite", get(pages::accessibility::accessibility))
        .route(
            "/retours",
            get(pages::feedback::page).post(pages::feedback::give).layer(words()),
        )
        .route("/retours/reponse", post(pages::feedback::answer).layer(words()))
        .route(
            "/signalements",
            get(pages::incidents::page)
                .post(pages::incidents::report)
                .layer(words()),
        )
        .route(
            "/signalements/{number}",
            get(pages::incidents::ticket)
                .post(pages::incidents::follow)
                .layer(words()),
        )
        .route("/mes-donnees", get(pages::own_data::page))
        .route("/mes-donnees/copie", post(pages::own_data::copy).layer(short_form()))
        .merge(administration())
        .route("/administration/identite", get(pages::identity::identity))
        .route("/connexion", get(pages::sign_in::sign_in))
        .route("/connexion/depart", get(pages::sign_in::away))
        .route("/connexion/retour", get(pages::sign_in::back))
        .route("/deconnexion", post(pages::sign_in::sign_out).layer(short_form()))
        .route("/assets/{name}", get(assets::asset))
        .route("/api/tools", get(api::tools::tools))
        .route("/api/charter", get(api::charter))
        .route("/api/charter/acceptance", post(api::accept_charter))
        .route("/api/scan", post(api::scan))
        .route("/api/false-positives", post(doubts::report).layer(short_form()))
        .route("/api/feedback", post(api::returns::feedback).layer(words()))
        .route("/api/incidents", post(api::returns::incidents).layer(words()))
        .route("/api/usage", get(api::usage::usage))
        .route("/api/openapi.json", get(api::openapi::openapi))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics));
    for prefix in AI_PREFIXES {
        router = router
            .route(prefix, any(ai::ai))
            .route(&format!("{prefix}/{{*rest}}"), any(ai::ai));
    }
    router
        .fallback(pages::barred::nowhere)
        .method_not_allowed_fallback(pages::barred::not_this_way)
        .with_state(App(Arc::new(house)))
}
