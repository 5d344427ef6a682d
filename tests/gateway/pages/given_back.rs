//! Forms that could not be taken: what was written in them goes back to who wrote it, and nowhere else.

use gardefou::identity::SESSION_COOKIE;

use super::sign_in::{away, believing, sign_in};
use crate::support::{browser::token, issuer::FakeIssuer};

/// Whose session is over sends a form in vain, and loses none of what they wrote.
#[tokio::test]
async fn a_form_of_a_session_that_is_over_is_given_back() {
    let issuer = FakeIssuer::start().await;
    let gateway = believing(&issuer, None, |_| {}).await;
    let (browser, _) = sign_in(&gateway, &issuer).await;
    let written_for = token(&browser.open("/signalements").await.body).expect("a form");
    let ticket = browser.cookie(SESSION_COOKIE).expect("a ticket");
    browser.submit("/", "/deconnexion", &[]).await;
    browser.plant(SESSION_COOKIE, &ticket);
    let written = [
        ("jeton", written_for.as_str()),
        ("envoi", "0123456789abcdef"),
        ("cle", "gf_secret"),
        ("categorie", "data"),
        ("description", "La réponse dit <b>\"tout\"</b> & plus."),
        ("extrait", " \n"),
    ];
    let heard = browser.send("/signalements", &browser.site, &written).await;
    assert_eq!((heard.status, heard.header("cache-control")), (403, "no-store"));
    for words in [
        "<h1>Votre session est terminée</h1>",
        "href=\"/connexion?retour=/signalements\" target=\"_blank\" rel=\"noopener\"",
        "(nouvel onglet)",
        "La réponse dit &#60;b&#62;&#34;tout&#34;&#60;/b&#62; &#38; plus.</textarea>",
    ] {
        assert!(heard.body.contains(words), "{words}: {}", heard.body);
    }
    for secret in [written_for.as_str(), "0123456789abcdef", "gf_secret", "<b>"] {
        assert!(!heard.body.contains(secret), "{secret}");
    }
    assert_eq!(heard.body.matches("<textarea").count(), 1);
    // The way back is to a page, not to where its form is sent.
    let heard = browser
        .send("/retours/reponse", &browser.site, &[("reponse", "Merci")])
        .await;
    assert!(heard.body.contains("/connexion?retour=/retours\"") && heard.body.contains(">Merci</textarea>"));
    // Who signs out late is out, and what the browser kept of them goes as well.
    let heard = browser
        .send("/deconnexion", &browser.site, &[("jeton", &written_for)])
        .await;
    assert_eq!((heard.status, heard.header("clear-site-data")), (403, "\"storage\""));
    assert!(heard.body.contains("Vous étiez déjà déconnecté"), "{}", heard.body);
    // Another site gives nothing back.
    let heard = browser.send("/signalements", "https://mal.example", &written).await;
    assert!(heard.status == 403 && !heard.body.contains("tout") && !heard.body.contains("<textarea"));
    // Who signed in anew has a form of before: it is another mistake, and the words are there as well.
    let back = away(&browser, &issuer, "/").await;
    browser.open(&back).await;
    let heard = browser.send("/signalements", &browser.site, &written).await;
    assert!(heard.status == 403 && heard.body.contains("avant votre connexion") && heard.body.contains("</textarea>"));
    assert!(heard.body.contains("href=\"/signalements\" target=\"_blank\""));
}
