//! Signing in at an issuer: the way there and back, and every answer that must let nobody in.

use std::sync::Arc;

use gardefou::identity::{SESSION_COOKIE, oidc::OidcSettings};
use serde_json::{Map, Value, json};

use super::roles;
use crate::support::{
    FakeUpstream, TestGateway,
    browser::Browser,
    gateway::{Heard, Setup, heard, policy},
    issuer::{CLIENT, EMAIL, FakeIssuer, Script, Sign},
    upstream::chat,
};

/// A gateway that believes this issuer, with settings changed.
pub(super) async fn believing(
    issuer: &FakeIssuer,
    local: Option<&'static str>,
    change: impl Fn(&mut OidcSettings) + 'static,
) -> TestGateway {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let issuer = issuer.clone();
    let setup = Setup {
        local,
        roles: roles(),
        issuer: Some(Box::new(move |home| {
            let mut settings = issuer.settings(home);
            change(&mut settings);
            settings
        })),
        ..Setup::default()
    };
    TestGateway::set_up(&policy(&upstream), setup).await
}

/// Sends a browser away and says where it is sent back.
pub(super) async fn away(browser: &Browser, issuer: &FakeIssuer, back: &str) -> String {
    let sent = browser.open(&format!("/connexion/depart?retour={back}")).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    issuer.approve(sent.header("location"))
}

/// One whole sign-in.
pub(super) async fn sign_in(gateway: &TestGateway, issuer: &FakeIssuer) -> (Browser, Heard) {
    let browser = Browser::new(&gateway.url(""));
    let back = away(&browser, issuer, "/outils").await;
    let heard = browser.open(&back).await;
    (browser, heard)
}

fn edited(edit: impl Fn(&mut Map<String, Value>, &mut Map<String, Value>) + Send + Sync + 'static) -> Script {
    Script {
        edit: Arc::new(edit),
        ..Script::default()
    }
}

fn claim(name: &'static str, value: impl Into<Value>) -> Script {
    let value = value.into();
    edited(move |_, claims| {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.into(), value.clone());
        }
    })
}

fn signed(sign: Sign) -> Script {
    Script {
        sign,
        ..Script::default()
    }
}

/// A time that is off by this many seconds.
fn shifted(name: &'static str, by: i64) -> Script {
    edited(move |_, claims| {
        let at = claims["iat"].as_i64().expect("seconds") + by;
        claims.insert(name.into(), at.into());
    })
}

#[tokio::test]
async fn a_person_signs_in_and_is_led_back() {
    let issuer = FakeIssuer::start().await;
    let gateway = believing(&issuer, None, |_| {}).await;
    for sign in [Sign::Rsa, Sign::Ec] {
        issuer.follow(signed(sign));
        let (browser, heard) = sign_in(&gateway, &issuer).await;
        assert_eq!(
            (heard.status, heard.header("location")),
            (303, "/outils"),
            "{}",
            heard.body
        );
        assert!(browser.open("/outils").await.body.contains(EMAIL));
        assert_eq!(browser.cookie("__Host-gardefou-sign-in"), None, "the attempt is over");
    }
}

/// Everything that an ID token must not be. The second column is the word in the log and on the page.
#[tokio::test]
async fn a_token_that_is_not_right_lets_nobody_in() {
    let issuer = FakeIssuer::start().await;
    let gateway = believing(&issuer, None, |_| {}).await;
    let both = json!([CLIENT, "un-autre"]);
    for (script, why) in [
        (signed(Sign::Nothing), "(algorithm)"),
        (signed(Sign::HmacWithPublicKey), "(algorithm)"),
        (signed(Sign::StrangerKey), "(signature)"),
        (signed(Sign::ThenChanged), "(signature)"),
        (
            edited(|header, _| drop(header.insert("alg".into(), "ES256".into()))),
            "(unknown-key)",
        ),
        (
            edited(|header, _| drop(header.insert("alg".into(), "PS256".into()))),
            "(algorithm)",
        ),
        (
            edited(|header, _| drop(header.insert("kid".into(), "inconnue".into()))),
            "(unknown-key)",
        ),
        (
            edited(|header, _| drop(header.insert("crit".into(), json!(["b64"])))),
            "(malformed)",
        ),
        (
            edited(|header, _| drop(header.insert("typ".into(), "logout+jwt".into()))),
            "(malformed)",
        ),
        (claim("iss", "https://mal.example"), "(issuer)"),
        (claim("iss", Value::Null), "(issuer)"),
        (claim("aud", "un-autre"), "(audience)"),
        (claim("aud", Value::Null), "(audience)"),
        (claim("aud", both.clone()), "(audience)"),
        (claim("azp", "un-autre"), "(audience)"),
        (claim("nonce", "un-autre"), "(nonce)"),
        (claim("nonce", Value::Null), "(nonce)"),
        (shifted("exp", -61), "(expired)"),
        (claim("exp", Value::Null), "(expired)"),
        (claim("iat", Value::Null), "(malformed)"),
        (shifted("iat", 120), "(not-yet)"),
        (shifted("nbf", 120), "(not-yet)"),
        (claim("sub", Value::Null), "(malformed)"),
        (claim("hd", "mal.example"), "pas un compte de la collectivité"),
        (claim("hd", Value::Null), "pas un compte de la collectivité"),
        (claim("email_verified", false), "garantit pas"),
        (claim("email_verified", Value::Null), "garantit pas"),
        (claim("email", "poste-local"), "garantit pas"),
        (claim("email", "a@b.example\n"), "garantit pas"),
    ] {
        issuer.follow(script);
        let (browser, heard) = sign_in(&gateway, &issuer).await;
        assert_eq!(heard.status, 403, "{why}: {}", heard.body);
        assert!(heard.body.contains(why), "{why}: {}", heard.body);
        assert_eq!(browser.cookie(SESSION_COOKIE), None, "{why}");
    }
}

/// A minute between two clocks is nobody's fault; several audiences are fine where the token says it is ours.
#[tokio::test]
async fn what_is_unusual_and_right_is_taken() {
    let issuer = FakeIssuer::start().await;
    let gateway = believing(&issuer, None, |_| {}).await;
    let two = edited(|_, claims| {
        claims.insert("aud".into(), json!([CLIENT, "un-autre"]));
        claims.insert("azp".into(), CLIENT.into());
    });
    for script in [
        shifted("exp", -30),
        shifted("iat", 30),
        shifted("nbf", 30),
        two,
        claim("email_verified", "true"),
        claim("hd", "Departement04.EXAMPLE"),
        edited(|header, _| drop(header.remove("kid"))),
        edited(|header, _| drop(header.remove("typ"))),
    ] {
        issuer.follow(script);
        let (_, heard) = sign_in(&gateway, &issuer).await;
        assert_eq!(heard.status, 303, "{}", heard.body);
    }
}

#[tokio::test]
async fn a_way_back_counts_once_and_in_its_own_browser() {
    let issuer = FakeIssuer::start().await;
    let gateway = believing(&issuer, None, |_| {}).await;
    let (mine, other) = (Browser::new(&gateway.url("")), Browser::new(&gateway.url("")));
    let back = away(&mine, &issuer, "/").await;
    away(&other, &issuer, "/").await;
    let kept = mine.cookie("__Host-gardefou-sign-in").expect("an attempt");
    let lost = Browser::new(&gateway.url(""));
    for (browser, why) in [(&lost, "no attempt"), (&other, "another attempt")] {
        let heard = browser.open(&back).await;
        assert!(
            heard.status == 403 && heard.body.contains("pas été commencée"),
            "{why}: {}",
            heard.body
        );
    }
    assert_eq!(mine.open(&back).await.status, 303);
    // The same once more, with the cookie that the browser should have given up: the code is used.
    mine.plant("__Host-gardefou-sign-in", &kept);
    let again = mine.open(&back).await;
    assert!(
        again.status == 403 && again.body.contains("a pas confirmé"),
        "{}",
        again.body
    );
    // And an issuer that takes a code twice: the sign-in is used.
    mine.plant("__Host-gardefou-sign-in", &kept);
    let state = back.split("state=").nth(1).expect("a state");
    let begun = format!(
        "{}/authorize?response_type=code&client_id={CLIENT}&scope=openid%20email&state={state}&nonce={}&redirect_uri={}",
        issuer.url,
        "0".repeat(64),
        "x"
    );
    let replayed = mine.open(&issuer.approve(&begun)).await;
    assert_eq!(replayed.status, 403, "{}", replayed.body);
    for (name, query) in [
        ("the person said no", format!("error=access_denied&state={state}")),
        ("no code", format!("state={state}")),
        ("nothing", String::new()),
        ("another state", "code=x&state=y".into()),
        (
            "another issuer",
            format!("code=x&state={state}&iss=https%3A%2F%2Fmal.example"),
        ),
    ] {
        mine.plant("__Host-gardefou-sign-in", &kept);
        let heard = mine.open(&format!("/connexion/retour?{query}")).await;
        assert!(
            heard.status == 403 && heard.body.contains("role=\"alert\""),
            "{name}: {}",
            heard.body
        );
    }
    let mut changed = kept.clone().into_bytes();
    changed[40] = if changed[40] == b'0' { b'1' } else { b'0' };
    mine.plant(
        "__Host-gardefou-sign-in",
        std::str::from_utf8(&changed).expect("digits"),
    );
    assert_eq!(mine.open(&back).await.status, 403, "a changed attempt");
}

/// A new ticket at each sign-in, and the old one is worth nothing.
#[tokio::test]
async fn a_sign_in_changes_the_ticket() {
    let issuer = FakeIssuer::start().await;
    let gateway = believing(&issuer, None, |_| {}).await;
    let (browser, _) = sign_in(&gateway, &issuer).await;
    let first = browser.cookie(SESSION_COOKIE).expect("a ticket");
    let back = away(&browser, &issuer, "/").await;
    browser.open(&back).await;
    assert_ne!(browser.cookie(SESSION_COOKIE), Some(first.clone()));
    browser.plant(SESSION_COOKIE, &first);
    assert!(!browser.open("/").await.body.contains(EMAIL));
}

/// A sign-in that comes to nothing ends no session, and the page says one true thing.
#[tokio::test]
async fn who_is_signed_in_stays_so_when_another_sign_in_fails() {
    let issuer = FakeIssuer::start().await;
    let gateway = believing(&issuer, None, |_| {}).await;
    let (browser, _) = sign_in(&gateway, &issuer).await;
    let heard = browser.open("/connexion/retour?code=abc&state=bad").await;
    assert_eq!(heard.status, 403);
    assert!(heard.body.contains("Vous restez connecté") && heard.body.contains(EMAIL));
    assert!(!heard.body.contains("Personne n'est connecté"), "{}", heard.body);
    let stranger = Browser::new(&gateway.url(""));
    let heard = stranger.open("/connexion/retour?code=abc&state=bad").await;
    assert!(heard.body.contains("Personne n'est connecté") && !heard.body.contains("connecté :</span> une autre"));
}

#[tokio::test]
async fn new_keys_of_the_issuer_are_found_and_not_asked_for_too_often() {
    let issuer = FakeIssuer::start().await;
    let gateway = believing(&issuer, None, |_| {}).await;
    #[expect(clippy::disallowed_methods, reason = "the test is its own desk")]
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    let now = i64::try_from(now.expect("after 1970").as_millis()).expect("soon");
    gateway.at(now);
    assert_eq!(sign_in(&gateway, &issuer).await.1.status, 303);
    assert_eq!(sign_in(&gateway, &issuer).await.1.status, 303);
    assert_eq!(issuer.key_looks(), 1, "keys are kept");
    issuer.rotate();
    gateway.at(now + 20_000);
    assert_eq!(sign_in(&gateway, &issuer).await.1.status, 303, "with the new key");
    assert_eq!(issuer.key_looks(), 2);
    issuer.follow(edited(|header, _| drop(header.insert("kid".into(), "inventee".into()))));
    for _ in 0..5 {
        assert_eq!(sign_in(&gateway, &issuer).await.1.status, 403);
    }
    assert!(issuer.key_looks() <= 3, "{} looks", issuer.key_looks());
}

#[tokio::test]
async fn an_issuer_that_is_another_one_or_silent_lets_nobody_away() {
    let issuer = FakeIssuer::start().await;
    let describe = |change: fn(&mut Value)| Script {
        describe: Arc::new(change),
        ..Script::default()
    };
    for script in [
        describe(|told| told["issuer"] = "https://mal.example".into()),
        describe(|told| told["token_endpoint"] = "http://mal.example/token".into()),
        describe(|told| told["jwks_uri"] = "ftp://mal.example/keys".into()),
        describe(|told| *told = json!([])),
    ] {
        issuer.follow(script);
        let gateway = believing(&issuer, None, |_| {}).await;
        let heard = Browser::new(&gateway.url("")).open("/connexion/depart").await;
        assert!(
            heard.status == 502 && heard.body.contains("ne répond pas"),
            "{}",
            heard.body
        );
    }
    let gateway = believing(&issuer, None, |settings| settings.issuer = "http://127.0.0.1:1".into()).await;
    assert_eq!(
        Browser::new(&gateway.url("")).open("/connexion/depart").await.status,
        502
    );
}

/// What an issuer like ProConnect does: no PKCE, the secret in the form, the address in a signed answer of its own.
#[tokio::test]
async fn an_issuer_may_tell_the_address_apart_and_signed() {
    let issuer = FakeIssuer::start().await;
    let gateway = believing(&issuer, None, |settings| {
        settings.pkce = false;
        settings.hosted_domain = None;
        settings.accept_unverified_email = true;
        settings.groups_claim = Some("groupes".into());
    })
    .await;
    let told = |change: &dyn Fn(&mut Value), is_token| {
        let mut told = json!({ "sub": "Compte-1", "email": EMAIL, "groupes": ["a"], "iss": issuer.url, "aud": CLIENT });
        change(&mut told);
        Script {
            edit: Arc::new(|_, claims| {
                claims.remove("email");
                claims.remove("email_verified");
            }),
            userinfo: Some((told, is_token)),
            describe: Arc::new(|told| told["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"])),
            ..Script::default()
        }
    };
    for (change, is_token, status) in [
        (&(|_: &mut Value| {}) as &dyn Fn(&mut Value), true, 303),
        (&|_| {}, false, 303),
        (&|told| told["sub"] = "Compte-2".into(), true, 403),
        (&|told| told["iss"] = "https://mal.example".into(), true, 403),
        (&|told| told["aud"] = "un-autre".into(), true, 403),
        (&|told| told["email_verified"] = false.into(), true, 403),
        (
            &|told| drop(told.as_object_mut().map(|told| told.remove("email"))),
            true,
            403,
        ),
    ] {
        issuer.follow(told(change, is_token));
        let (_, heard) = sign_in(&gateway, &issuer).await;
        assert_eq!(heard.status, status, "{}", heard.body);
    }
    for question in issuer.questions() {
        assert!(
            question.contains("client_secret=") && !question.contains("code_verifier"),
            "{question}"
        );
    }
}

/// An address that is given to somebody else does not open the first one's data.
#[tokio::test]
async fn an_address_stays_with_the_account_that_had_it_first() {
    let issuer = FakeIssuer::start().await;
    let gateway = believing(&issuer, None, |_| {}).await;
    assert_eq!(sign_in(&gateway, &issuer).await.1.status, 303);
    issuer.follow(claim("sub", "compte-1"));
    let (browser, heard) = sign_in(&gateway, &issuer).await;
    assert!(
        heard.status == 403 && heard.body.contains("autre compte"),
        "{}",
        heard.body
    );
    assert_eq!(browser.cookie(SESSION_COOKIE), None);
    issuer.follow(Script::default());
    assert_eq!(
        sign_in(&gateway, &issuer).await.1.status,
        303,
        "the first is still welcome"
    );
}

/// Programs bring a token of the issuer where an SDK puts its key.
#[tokio::test]
async fn a_program_brings_a_token_of_the_issuer() {
    let issuer = FakeIssuer::start().await;
    // With a local identity: a token that is not right is not the local identity either.
    let gateway = believing(&issuer, Some("poste-local"), |settings| {
        settings.api_audience = Some("api".into())
    })
    .await;
    let body = r#"{"model":"gpt-x","messages":[{"role":"user","content":"Bonjour"}]}"#;
    let ask = async |token: String| heard(gateway.post("/v1/chat/completions").bearer_auth(token).body(body)).await;
    let accept = async |token: String| {
        let request = gateway.post("/api/charter/acceptance").bearer_auth(token);
        heard(request.body(r#"{"version":"2025-06"}"#)).await
    };
    issuer.follow(claim("aud", "api"));
    let refused = ask(issuer.token(None)).await;
    assert_eq!(
        refused.json()["error"]["code"],
        "charter-not-accepted",
        "known, and has not accepted"
    );
    assert_eq!(accept(issuer.token(None)).await.status, 201);
    let heard = ask(issuer.token(None)).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    for (script, why) in [
        (Script::default(), "for the pages, not for programs"),
        (
            edited(|_, claims| {
                claims.insert("aud".into(), "api".into());
                claims.insert("exp".into(), 1.into());
            }),
            "expired",
        ),
        (
            edited(|_, claims| {
                claims.insert("aud".into(), "api".into());
                claims.remove("hd");
            }),
            "of another domain",
        ),
        (
            Script {
                sign: Sign::StrangerKey,
                ..claim("aud", "api")
            },
            "signed by a stranger",
        ),
        (
            Script {
                sign: Sign::Nothing,
                ..claim("aud", "api")
            },
            "not signed",
        ),
    ] {
        issuer.follow(script);
        let refused = ask(issuer.token(None)).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]["code"]),
            (401, &json!("bad-key")),
            "{why}"
        );
        assert_eq!(accept(issuer.token(None)).await.status, 401, "{why}");
    }
    let rows = gateway.rows(2).await;
    assert_eq!(
        rows.last().expect("a row").direction.as_deref(),
        Some("Solidarités"),
        "the policy's own groups"
    );
}
