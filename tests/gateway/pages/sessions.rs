//! Sessions: one cookie, every gateway of a database, an end by time and by will.

use std::time::{Duration, SystemTime};

use gardefou::identity::{SESSION_COOKIE, Session, Ticket};
use gardefou::office::{IDLE, LONGEST};

use super::{AGENT, gateway, signed_in};
use crate::support::{TestGateway, browser::Browser, gateway::heard, postgres::Cluster};

fn known(body: &str) -> bool {
    body.contains(AGENT)
}

/// Signs in at one gateway, is known at both, signs out at the other.
async fn two_gateways(one: &TestGateway, two: &TestGateway) {
    let mut browser = signed_in(one, AGENT).await;
    let at_one = browser.open("/").await;
    assert!(known(&at_one.body) && at_one.header("cache-control") == "no-store");
    let (site_one, site_two) = (browser.site.clone(), two.url(""));
    browser.site = site_two;
    assert!(
        known(&browser.open("/").await.body),
        "the other gateway knows the session"
    );
    let ticket = browser.cookie(SESSION_COOKIE).expect("a cookie");
    let out = browser.submit("/", "/deconnexion", &[]).await;
    assert!(
        out.status == 200 && out.body.contains("Vous êtes déconnecté"),
        "{}",
        out.body
    );
    assert_eq!(browser.cookie(SESSION_COOKIE), None, "the browser gives the cookie up");
    assert_eq!(
        out.header("clear-site-data"),
        "\"storage\"",
        "and what pages kept in it"
    );
    browser.site = site_one;
    browser.plant(SESSION_COOKIE, &ticket);
    assert!(
        !known(&browser.open("/").await.body),
        "and a copy of it opens nothing anywhere"
    );
}

#[tokio::test]
async fn a_session_is_one_on_every_gateway_of_a_database() {
    let cluster = Cluster::start().await;
    let url = cluster.url();
    let (one, two) = (gateway(Some(&url), "un").await, gateway(Some(&url), "deux").await);
    two_gateways(&one, &two).await;
}

#[tokio::test]
async fn a_session_is_one_on_every_gateway_of_a_file() {
    let folder = std::env::temp_dir().join(format!("gardefou-sessions-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let url = format!("sqlite://{}", folder.join("gardefou.db").display());
    let (one, two) = (gateway(Some(&url), "un").await, gateway(Some(&url), "deux").await);
    two_gateways(&one, &two).await;
    std::fs::remove_dir_all(&folder).expect("gone");
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let gateway = gateway(None, "essai").await;
    #[expect(clippy::disallowed_methods, reason = "the test is its own desk")]
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    let at = |after: Duration| gateway.at(i64::try_from((now + after).as_millis()).expect("soon"));
    let minute = Duration::from_secs(60);
    at(Duration::ZERO);
    let idle = signed_in(&gateway, AGENT).await;
    let used = signed_in(&gateway, AGENT).await;
    at(IDLE - minute);
    assert!(known(&used.open("/").await.body), "in use");
    at(IDLE + minute);
    assert!(!known(&idle.open("/").await.body), "not used for two hours");
    let mut passed = IDLE - minute;
    while passed + IDLE / 2 < LONGEST {
        passed += IDLE / 2;
        at(passed);
        assert!(
            known(&used.open("/").await.body),
            "used again and again, after {passed:?}"
        );
    }
    at(LONGEST + minute);
    assert!(!known(&used.open("/").await.body), "a working day is over");
}

/// A cookie that an attacker chose is never one of ours; one sign-in opens one session.
#[tokio::test]
async fn a_session_cannot_be_planted_nor_opened_twice() {
    let gateway = gateway(None, "essai").await;
    let browser = Browser::new(&gateway.url(""));
    browser.plant(SESSION_COOKIE, &Ticket::draw().expect("chance").text());
    assert!(!known(&browser.open("/").await.body));
    let session = Session {
        identity: AGENT.into(),
        groups: Vec::new(),
        id_token: None,
    };
    let open = async |sign_in| {
        gateway
            .gateway
            .open_session(&session, sign_in)
            .await
            .expect("the database")
    };
    let (first, again, other) = (open("a").await, open("a").await, open("b").await);
    assert!(first.is_some() && again.is_none());
    assert!(first != other, "each has a ticket of its own");
}

/// What the database holds of a session names nobody and opens nothing.
#[tokio::test]
async fn the_database_tells_nobody_who_is_signed_in() {
    let gateway = gateway(None, "essai").await;
    let browser = signed_in(&gateway, AGENT).await;
    browser.open("/").await;
    let ticket = browser.cookie(SESSION_COOKIE).expect("a cookie");
    for file in gateway.files() {
        let bytes = std::fs::read(&file).expect("a file");
        for secret in [ticket.as_bytes(), AGENT.as_bytes()] {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            // The policy's own groups name people; the database does not.
            assert!(!found, "{}", file.display());
        }
    }
}

#[tokio::test]
async fn a_form_needs_its_token_and_our_own_page() {
    let gateway = gateway(None, "essai").await;
    let browser = signed_in(&gateway, AGENT).await;
    let other = signed_in(&gateway, AGENT).await;
    let token = crate::support::browser::token(&browser.open("/").await.body).expect("a form");
    for (whose, origin, token, why) in [
        (&browser, "https://mal.example", &*token, "from elsewhere"),
        (&browser, &*browser.site, "", "without its token"),
        (&other, &*other.site, &*token, "with the token of another session"),
    ] {
        let heard = whose.send("/deconnexion", origin, &[("jeton", token)]).await;
        assert_eq!(heard.status, 403, "{why}");
        assert!(known(&whose.open("/").await.body), "still signed in: {why}");
    }
    let bare = browser.send("/deconnexion", &browser.site, &[("autre", "1")]).await;
    assert_eq!(bare.status, 403);
    assert_eq!(
        browser
            .send("/deconnexion", &browser.site, &[("jeton", &token)])
            .await
            .status,
        200
    );
}

/// A signed-in person accepts the charter without a key, and our pages may ask the AI endpoints for them.
#[tokio::test]
async fn a_session_accepts_the_charter_and_asks_from_our_pages_only() {
    let gateway = gateway(None, "essai").await;
    let browser = signed_in(&gateway, AGENT).await;
    let body = r#"{"model":"gpt-x","messages":[{"role":"user","content":"Bonjour"}]}"#;
    let token = crate::support::browser::token(&browser.open("/").await.body).expect("a form");
    let other = signed_in(&gateway, AGENT).await;
    let theirs = crate::support::browser::token(&other.open("/").await.body).expect("a form");
    let ask = async |site: &str, token: Option<&str>| {
        let mut request = gateway.post("/v1/chat/completions").header("sec-fetch-site", site);
        if let Some(token) = token {
            request = request.header("x-gardefou-jeton", token);
        }
        browser.go(request.body(body)).await
    };
    let asked = ask("same-origin", Some(&token)).await;
    assert_eq!(asked.json()["error"]["code"], "charter-not-accepted");
    for (site, token, why) in [
        ("cross-site", Some(&token), "another site cannot ask in somebody's name"),
        ("same-origin", None, "the cookie alone is not enough"),
        ("same-origin", Some(&theirs), "a token of another session neither"),
    ] {
        assert_eq!(ask(site, token.map(String::as_str)).await.status, 401, "{why}");
    }
    let unticked = browser.submit("/charte", "/charte", &[("version", "2025-06")]).await;
    assert!(
        unticked.status == 400 && unticked.body.contains("href=\"#accord\"") && !unticked.body.contains("name=\"cle\"")
    );
    let form = [("version", "2025-06"), ("accord", "oui")];
    let accepted = browser.submit("/charte", "/charte", &form).await;
    assert!(
        accepted.status == 200 && accepted.body.contains("votre acceptation"),
        "{}",
        accepted.body
    );
    assert!(browser.open("/charte").await.body.contains("Vous avez accepté"));
    assert_eq!(ask("same-origin", Some(&token)).await.status, 200);
}

/// Pages that need to know somebody say that the database is down; programs with a key go on.
#[tokio::test]
async fn without_the_database_pages_say_so_and_keys_still_work() {
    let mut cluster = Cluster::start().await;
    let gateway = gateway(Some(&cluster.url()), "essai").await;
    let office = &gateway.gateway.office;
    let (_, key) = office.create_key(AGENT, &[], None).await.expect("a key");
    let pseudonym = gateway.gateway.pseudonyms.of(&gardefou::domain::Identity::new(AGENT));
    office
        .accept_charter(pseudonym.as_str(), "2025-06")
        .await
        .expect("accepted");
    let browser = signed_in(&gateway, AGENT).await;
    let token = crate::support::browser::token(&browser.open("/").await.body).expect("a form");
    cluster.stop();
    let page = browser.open("/administration/identite").await;
    assert!(
        page.status == 503 && page.body.contains("La base de données ne répond pas"),
        "{}",
        page.body
    );
    let home = browser.open("/").await;
    assert!(home.status == 200 && home.body.contains("ne peut pas être vérifiée") && !known(&home.body));
    let out = browser.send("/deconnexion", &browser.site, &[("jeton", &token)]).await;
    assert_eq!(out.status, 503, "a session that could not be closed is not said to be");
    let body = r#"{"model":"gpt-x","messages":[{"role":"user","content":"Bonjour"}]}"#;
    let asked = heard(gateway.post("/v1/chat/completions").bearer_auth(key).body(body)).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
}
