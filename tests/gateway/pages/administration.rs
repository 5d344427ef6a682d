//! What who keeps the policy finds: its state and its trouble, a draft that is tried, keys, versions.

use std::time::Duration;

use gardefou::domain::{Identity, Role};
use gardefou::identity::{Grant, Roles};
use gardefou::office::FalsePositive;
use gardefou::policy::civil;

use super::{AGENT, PEOPLE, gateway, signed_in};
use crate::support::{
    FakeUpstream, TestGateway,
    binary::Binary,
    browser::{Browser, token},
    gateway::{Setup, heard, policy},
    reloads::{SMALL, hash_of, save, until},
    upstream::chat,
};

/// Who keeps the policy.
fn keeper() -> &'static str {
    PEOPLE[1].1
}

/// A page as it reads, without its escapes.
fn read(body: &str) -> String {
    body.replace("&#39;", "'")
        .replace("&#34;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// A gateway of the real program at which the local identity keeps the policy.
fn kept(policy: &str) -> Binary {
    let binary = Binary::with(policy, "sqlite://data/gardefou.db");
    let settings = binary.folder.join("gardefou.toml");
    let mut text = std::fs::read_to_string(&settings).expect("the settings");
    text.push_str("[[identity.role]]\nrole = \"policy-admin\"\nmembers = [\"poste-local\"]\n");
    std::fs::write(settings, text).expect("the settings");
    binary
}

#[tokio::test]
async fn a_draft_is_checked_tried_compared_and_forgotten() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = gateway(None, "essai").await;
    let browser = signed_in(&gateway, keeper()).await;
    let page = "/administration/essai";
    let tried = async |draft: &str| {
        let heard = browser.submit(page, page, &[("texte", draft)]).await;
        assert_eq!(heard.status, 200, "{}", heard.body);
        read(&heard.body)
    };

    let mistaken = SMALL
        .replace("level = 1", "levle = 1")
        .replace("status = \"validated\"", "status = \"valide\"");
    let told = tried(&mistaken.replace('\n', "\r\n")).await;
    for words in [
        "Cette politique serait refusée",
        "levle = 1",
        "^^^^^",
        "vouliez-vous dire `level`",
        "brouillon:",
        "validated",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(told.contains(&mistaken), "what was pasted comes back");

    let red = tried(&SMALL.replace("expect = \"allowed\"", "expect = \"refused\"")).await;
    assert!(
        red.contains("serait refusée") && red.contains("échoué : admise, attendu : refusée"),
        "{red}"
    );

    let other = tried(SMALL).await;
    for words in [
        "Cette politique peut entrer en vigueur",
        &hash_of(SMALL),
        "réussi : admise<",
        "Pour tous les agents",
        "retiré : outil « gpt »",
        "nouveau : outil « Simulateur »",
    ] {
        assert!(other.contains(words), "{words}: {other}");
    }

    // The very policy in force, but for where its backend is.
    let place = upstream.url();
    let in_force = gateway.gateway.live.borrow().policy.backends()[1]
        .base_url
        .clone()
        .expect("an address");
    let same = tried(&policy(&upstream).replace(&place, &in_force)).await;
    assert!(
        same.contains("Rien ne change : les deux politiques disent la même chose."),
        "{same}"
    );
    assert!(same.contains("n'a aucun essai"), "{same}");

    let nothing = browser.submit(page, page, &[("texte", " \n")]).await;
    assert_eq!(nothing.status, 400);
    assert!(nothing.body.contains("aria-invalid=\"true\""));
    let hidden = tried("</textarea><script>alert(1)</script>").await;
    assert!(hidden.contains("serait refusée"));
    let raw = browser.submit(page, page, &[("texte", "</textarea><script>")]).await;
    assert!(!raw.body.contains("<script>"), "{}", raw.body);
    let long = "# ".repeat(140_000);
    let long = browser.submit(page, page, &[("texte", &long)]).await;
    assert_eq!(long.status, 413);
    for words in ["trop long pour cette page", "150 Ko environ", "id=\"texte-erreur\""] {
        assert!(long.body.contains(words), "{words}: {}", long.body);
    }

    let other = signed_in(&gateway, AGENT).await;
    let charter = token(&other.open("/charte").await.body).expect("a form");
    let heard = other
        .send(page, &other.site, &[("jeton", &charter), ("texte", SMALL)])
        .await;
    assert_eq!(heard.status, 403, "a form of one's own is not the role");
    for file in gateway.files().iter().filter(|file| file.is_file()) {
        let bytes = std::fs::read(file).expect("a file");
        let holds = bytes.windows(9).any(|window| window == b"levle = 1");
        assert!(!holds, "{} has a word of a draft", file.display());
    }
}

#[tokio::test]
async fn a_key_is_made_shown_once_works_and_is_revoked() {
    let gateway = gateway(None, "essai").await;
    let browser = signed_in(&gateway, keeper()).await;
    let page = "/administration/cles";
    let ask = async |key: &str| {
        let body = r#"{"model":"gpt-x","messages":[{"role":"user","content":"Bonjour"}]}"#;
        let request = gateway.post("/v1/chat/completions").bearer_auth(key).body(body);
        heard(request).await.status
    };

    let wrong = browser
        .submit(
            page,
            page,
            &[
                ("responsable", " "),
                ("groupe", "inconnu"),
                ("fin", "2020-01-01"),
                ("groupe", "solidarites"),
            ],
        )
        .await;
    assert_eq!(wrong.status, 400);
    for words in [
        "Dites qui répond de la clé",
        "plus dans la politique",
        "Ce jour est passé",
    ] {
        assert!(read(&wrong.body).contains(words), "{words}: {}", wrong.body);
    }
    assert!(
        wrong.body.contains("value=\"solidarites\" checked"),
        "what was chosen stays"
    );
    assert!(gateway.gateway.office.list_keys().await.expect("keys").is_empty());

    let fields = [("responsable", AGENT), ("groupe", "solidarites"), ("fin", "2039-12-31")];
    let made = browser.submit(page, page, &fields).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"));
    let key = made.body.split("gf_").nth(1).and_then(|rest| rest.split('<').next());
    let key = format!("gf_{}", key.expect("the key"));
    gateway
        .gateway
        .office
        .accept_charter(gateway.gateway.pseudonyms.of(&Identity::new(AGENT)).as_str(), "2025-06")
        .await
        .expect("an acceptance");
    assert_eq!(ask(&key).await, 200);

    let listed = read(&browser.open(page).await.body);
    assert!(!listed.contains(&key), "it is shown once");
    for words in [AGENT, "solidarites", "01/01/2040 à 00:00", "valable"] {
        assert!(listed.contains(words), "{words}: {listed}");
    }
    let id = gateway.gateway.office.list_keys().await.expect("keys")[0].id.clone();
    let own = format!("{page}/{id}");
    assert!(read(&browser.open(&own).await.body).contains("ne peut pas être rétablie"));
    assert_eq!(ask(&key).await, 200, "a look revokes nothing");
    let done = browser.submit(&own, &own, &[]).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, &*format!("{page}?revoquee={id}"))
    );
    assert_eq!(ask(&key).await, 401);
    let told = read(&browser.open(done.header("location")).await.body);
    assert!(
        told.contains(&format!("la clé {id} est révoquée.")) && told.contains("révoquée le"),
        "{told}"
    );
    let twice = browser.submit(page, &own, &[]).await;
    assert_eq!((twice.status, twice.header("location")), (303, page));
    let invented = read(&browser.open(&format!("{page}?revoquee=kinventee")).await.body);
    assert!(!invented.contains("kinventee"));

    let other = signed_in(&gateway, AGENT).await;
    let charter = token(&other.open("/charte").await.body).expect("a form");
    let fields = [("jeton", charter.as_str()), ("responsable", AGENT)];
    assert_eq!(other.send(page, &other.site, &fields).await.status, 403);
    assert_eq!(gateway.gateway.office.list_keys().await.expect("keys").len(), 1);
}

#[tokio::test]
async fn a_broken_save_is_shown_with_its_carets_and_versions_are_compared() {
    let binary = kept(SMALL);
    let path = binary.folder.join("policy.toml");
    let mut child = binary.serve();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let browser = Browser::new(&binary.url);
    let fine = read(&browser.open("/administration").await.body);
    assert!(
        fine.contains(&hash_of(SMALL)) && !fine.contains("n'est pas en vigueur"),
        "{fine}"
    );
    assert!(
        fine.contains("personne : la politique ne nomme pas de signataire"),
        "{fine}"
    );

    save(&path, &SMALL.replace("level = 1", "levle = 1"), 1);
    until(&client, &binary.url, "broken", |policy| policy["status"] == "last_good").await;
    let broken = read(&browser.open("/administration").await.body);
    for words in [
        "Le fichier enregistré n'est pas en vigueur",
        "levle = 1",
        "^^^^^",
        "`level`",
        &hash_of(SMALL),
    ] {
        assert!(broken.contains(words), "{words}: {broken}");
    }

    let next = SMALL.replace("review_before = 2040-01-01", "review_before = 2041-01-01");
    save(&path, &next, 1);
    until(&client, &binary.url, "the next", |policy| {
        policy["hash"] == hash_of(&next)
    })
    .await;
    let mended = read(&browser.open("/administration").await.body);
    assert!(!mended.contains("n'est pas en vigueur"), "{mended}");

    // The database hears of a version a moment after it is in force.
    let mut list = String::new();
    for _ in 0..400 {
        list = read(&browser.open("/administration/versions").await.body);
        if list.contains(&hash_of(&next)) && list.contains(&hash_of(SMALL)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for words in ["démarrage", "fichier enregistré", "(en vigueur)"] {
        assert!(list.contains(words), "{words}: {list}");
    }
    let (old, new) = (hash_of(SMALL), hash_of(&next));
    let text = read(&browser.open(&format!("/administration/versions/{old}")).await.body);
    assert!(
        text.contains("review_before = 2040-01-01") && text.contains("nouvelle="),
        "{text}"
    );
    let compared = format!("/administration/comparaison?ancienne={old}&nouvelle={new}");
    let compared = read(&browser.open(&compared).await.body);
    assert!(
        compared.contains("outil `simulateur`") && compared.contains("2040-01-01 → 2041-01-01"),
        "{compared}"
    );
    child.kill().expect("its end");
    child.wait().expect("its end");
}

#[tokio::test]
async fn the_state_tells_what_backends_answered_what_falls_due_and_what_callers_doubt() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let due = policy(&upstream).replacen(
        "review_before = 2040-01-01",
        "review_before = 2020-01-01\ngrace_days = 1",
        1,
    );
    let setup = Setup {
        roles: Roles::new([Grant {
            role: Role::PolicyAdmin,
            groups: Vec::new(),
            members: vec!["poste-local".into()],
        }]),
        ..Setup::default()
    };
    let gateway = TestGateway::set_up(&due, setup).await;
    let browser = Browser::new(&gateway.url(""));
    let doubt = FalsePositive {
        day: civil((gateway.gateway.clock)()),
        kind: "PERSON".into(),
        class: "personal".into(),
        tool: "gpt".into(),
    };
    for _ in 0..2 {
        let counted = gateway.gateway.office.count_false_positive(&doubt).await;
        counted.expect("a count");
    }
    let state = async || read(&browser.open("/administration").await.body);
    let page = state().await;
    for words in [
        "<code>gpt</code></th><td>pas encore sollicité</td><td>aucune demandée",
        "gpt (<code>gpt</code>)</th><td>réexamen dépassé depuis le 1er janvier 2020 : fermé",
        "nom de personne</th><td>données personnelles</td><td>gpt</td><td class=\"number\">2<",
        "aucun fournisseur d'identité",
        "jamais importé",
        "en ordre ; tout est dans la base",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let ask = async || {
        let body = r#"{"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"Bonjour"}]}"#;
        gateway.send("/v1/messages", body).await.status
    };
    for (reply, state_told, failed) in [
        (chat("Bonjour"), "répond", "aucun"),
        (
            chat("").status(503),
            "en échec, une fois",
            "en panne ou surchargé (HTTP 503)",
        ),
        (
            chat("").status(401),
            "en échec, 2 fois de suite",
            "clé refusée (HTTP 401)",
        ),
        (chat("Bonjour").status(400), "répond", "clé refusée (HTTP 401)"),
    ] {
        upstream.answer(reply);
        ask().await;
        let page = state().await;
        let line = page
            .split("<code>claude</code></th>")
            .nth(1)
            .and_then(|rest| rest.split("</tr>").next());
        let line = line.expect("its line");
        assert!(
            line.starts_with(&format!("<td>{state_told}</td>")) && line.contains(failed),
            "{line}"
        );
    }
    let contacts = upstream.connections();
    state().await;
    assert_eq!(upstream.connections(), contacts, "a look contacts nobody");
}
