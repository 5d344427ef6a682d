//! What every page says to a browser, and what it weighs.

use super::{FakeUpstream, PEOPLE, Setup, TestGateway, chat, gateway, policy, signed_in};
use crate::support::{browser::Browser, gateway::heard};

const PATHS: [&str; 13] = [
    "/",
    "/outils",
    "/charte",
    "/connexion",
    "/retours",
    "/signalements",
    "/mes-donnees",
    "/administration",
    "/administration/essai",
    "/administration/versions",
    "/administration/cles",
    "/administration/identite",
    "/inconnue",
];

#[tokio::test]
async fn every_page_is_french_strict_and_light() {
    let gateway = gateway(None, "essai").await;
    for browser in [Browser::new(&gateway.url("")), signed_in(&gateway, PEOPLE[1].1).await] {
        for path in PATHS {
            let page = browser.open(path).await;
            if page.status == 303 {
                continue;
            }
            for (name, value) in [
                (
                    "content-security-policy",
                    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                ),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cache-control", "no-store"),
                ("content-type", "text/html; charset=utf-8"),
            ] {
                assert_eq!(page.header(name), value, "{path}");
            }
            assert!(page.header("permissions-policy").contains("camera=()"), "{path}");
            let body = &page.body;
            for words in [
                "<html lang=\"fr\">",
                "href=\"#contenu\"",
                "<main id=\"contenu\"",
                "<h1>",
                "name=\"viewport\"",
            ] {
                assert_eq!(body.matches(words).count(), 1, "{path}: {words}");
            }
            for forbidden in ["<style", " style=", "<script>", "onclick", "javascript:", "src=\"http"] {
                assert!(!body.contains(forbidden), "{path}: {forbidden}");
            }
            let css = body
                .split("rel=\"stylesheet\" href=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let css = heard(gateway.get(css.expect("a style sheet"))).await;
            assert_eq!(
                (css.status, css.header("content-type")),
                (200, "text/css; charset=utf-8")
            );
            assert!(css.header("cache-control").contains("immutable"));
            assert!(
                body.len() + css.body.len() < 100 * 1024,
                "{path} weighs {}",
                body.len() + css.body.len()
            );
        }
    }
    assert_eq!(heard(gateway.get("/assets/autre.css")).await.status, 404);
}

/// An address that only takes forms says so to whoever opens it, and a program is answered in JSON.
#[tokio::test]
async fn what_takes_no_such_request_says_so_in_our_own_page() {
    let gateway = gateway(None, "essai").await;
    let browser = Browser::new(&gateway.url(""));
    for (path, page) in [
        ("/deconnexion", "/"),
        ("/retours/reponse", "/retours"),
        ("/comite/documents", "/comite"),
        ("/mes-donnees/copie", "/mes-donnees"),
    ] {
        let heard = browser.open(path).await;
        assert_eq!((heard.status, heard.header("allow")), (405, "POST"), "{path}");
        assert!(
            heard.body.contains("<html lang=\"fr\">") && heard.body.contains("elle ne s'ouvre pas"),
            "{path}"
        );
        assert!(heard.body.contains(&format!("<a href=\"{page}\">")), "{path}");
        assert!(
            heard
                .header("content-security-policy")
                .starts_with("default-src 'none'"),
            "{path}"
        );
        assert!(!heard.headers.contains_key("set-cookie"), "{path}");
    }
    let sent = browser.send("/connexion/depart", &browser.site, &[]).await;
    assert_eq!((sent.status, sent.header("allow")), (405, "GET,HEAD"));
    assert!(sent.body.contains("n'accepte pas ce genre d'envoi"));
    for (path, status, code) in [
        ("/api/scan", 405, "method-not-allowed"),
        ("/api/inconnu", 404, "no-such-path"),
        ("/api", 404, "no-such-path"),
    ] {
        let heard = heard(gateway.get(path)).await;
        assert_eq!(
            (heard.status, &heard.json()["error"]["code"]),
            (status, &code.into()),
            "{path}"
        );
        assert_eq!(heard.headers.contains_key("allow"), status == 405, "{path}");
    }
    // AI paths answer in the dialect of who asks.
    let ai = heard(gateway.get("/v1/chat/completions")).await;
    assert!(
        ai.status == 404 && ai.json()["error"]["message"].is_string(),
        "{}",
        ai.body
    );
}

/// Who only reads is given no cookie; a page with a form gives one.
#[tokio::test]
async fn a_cookie_is_given_with_a_form_alone() {
    let gateway = gateway(None, "essai").await;
    for (path, expected) in [("/", false), ("/outils", false), ("/charte", true)] {
        let heard = Browser::new(&gateway.url("")).open(path).await;
        assert_eq!(heard.headers.contains_key("set-cookie"), expected, "{path}");
    }
}

/// The way back after signing in stays here, whatever an address says.
#[tokio::test]
async fn the_sign_in_leads_back_here_and_nowhere_else() {
    let gateway = gateway(None, "essai").await;
    let browser = signed_in(&gateway, PEOPLE[1].1).await;
    for (asked, expected) in [
        ("/administration/identite%3Fa%3Db", "/administration/identite?a=b"),
        ("https%3A%2F%2Fmal.example", "/"),
        ("%2F%2Fmal.example", "/"),
        ("%2F%5Cmal.example", "/"),
    ] {
        let page = browser.open(&format!("/connexion?retour={asked}")).await;
        assert!(
            page.body.contains(&format!("href=\"{expected}\">Continuer")),
            "{asked}: {}",
            page.body
        );
    }
    let away = Browser::new(&gateway.url(""))
        .open("/administration/identite?a=b&c")
        .await;
    assert_eq!(
        away.header("location"),
        "/connexion?retour=/administration/identite%3Fa%3Db%26c"
    );
}

/// What the portal tells newcomers works as it is told: with a key where one is needed.
#[tokio::test]
async fn the_portal_leads_to_the_assistant_and_its_example_can_work() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let text = policy(&upstream).replacen("models = [\"gpt-*\"]", "models = [\"gpt-5\", \"gpt-*\"]", 1);
    for (local, keyed) in [(None, true), (Some("poste-local"), false)] {
        let setup = Setup {
            local,
            ..Setup::default()
        };
        let gateway = TestGateway::set_up(&text, setup).await;
        let page = Browser::new(&gateway.url("")).open("/").await.body;
        assert!(page.contains("gpt-5"), "{page}");
        assert_eq!(page.contains("authorization: Bearer $GARDEFOU_KEY"), keyed, "{page}");
        assert_eq!(page.contains("Il faut une clé"), keyed);
        assert_eq!(page.contains("Ouvrir l'assistant"), !keyed, "nobody can sign in here");
    }
}
