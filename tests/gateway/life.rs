//! The life of a tool and of who may use it, while the program runs: an attestation that is imported, a charter that is
//! accepted by page and by program, a charter that changes.

use std::{
    fs,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{
    FakeUpstream, TestGateway,
    binary::Binary,
    browser::{Browser, token},
    gateway::{Heard, heard},
    postgres::Cluster,
    upstream::chat,
};

const OWNER: &str = "a.martin@departement04.example";

/// What the program needs to serve a tool of level 3 without a network.
const POLICY: &str = r#"
[charter]
version = "2025-06"
url = "https://neo.example/charte-ia"
acceptance = "required"
[contacts]
dsiun = "dsiun@departement04.example"
rssi = "rssi@departement04.example"
dpo = "dpo@departement04.example"
[mention]
text = "Ce message a été généré avec l'aide d'un outil IA."
[[group]]
id = "solidarites"
members = ["A.Martin@departement04.example"]
[[backend]]
id = "simulateur"
dialect = "simulated"
[[tool]]
id = "dossiers"
name = "Dossiers"
level = 3
status = "validated"
decision = { reference = "DGS-1", date = 2025-06-12 }
review_before = 2040-01-01
purpose = "Essai"
data_used = "Essai"
legal_basis = "Mission d'intérêt public"
provider = "Essai"
hosting = "Union européenne"
backends = ["simulateur"]
models = ["dossiers-1"]
groups = ["solidarites"]
training = "ia-sante"
"#;

async fn ask(client: &reqwest::Client, url: &str, key: &str) -> Heard {
    let body = json!({ "model": "dossiers-1", "messages": [{ "role": "user", "content": "Bonjour" }] });
    let request = client.post(format!("{url}/v1/chat/completions")).bearer_auth(key);
    heard(
        request
            .header("content-type", "application/json")
            .body(body.to_string()),
    )
    .await
}

/// Asks until the answer has this code, or is an answer where there is none; says how long that took.
async fn until(client: &reqwest::Client, url: &str, key: &str, code: Option<&str>) -> Duration {
    let since = Instant::now();
    loop {
        let heard = ask(client, url, key).await;
        let now = heard.json()["error"]["code"].as_str().map(str::to_owned);
        if now.as_deref() == code {
            return since.elapsed();
        }
        assert!(since.elapsed() < Duration::from_secs(30), "still {now:?}, not {code:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A charter that changes is accepted anew; a training that is imported opens its tool. Nothing is started again.
async fn a_life(database: &str) {
    let binary = Binary::with(POLICY, database);
    let mut child = binary.serve();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let made: Value =
        serde_json::from_str(&binary.run(&["keys", "create", "--owner", OWNER, "--format", "json"])).expect("JSON");
    let key = made["key"].as_str().expect("its text").to_owned();
    until(&client, &binary.url, &key, Some("training-missing")).await;

    let table = binary.folder.join("attestations.csv");
    fs::write(
        &table,
        "Titulaire;Formation;Valable jusqu'au\nA.MARTIN@departement04.example;ia-sante;31/01/2039\n",
    )
    .expect("a table");
    let said = binary.run(&["import", "attestations", "attestations.csv"]);
    assert!(said.contains("nouvelles : 1"), "{said}");
    let opened = until(&client, &binary.url, &key, Some("charter-not-accepted")).await;
    let again = binary.run(&["import", "attestations", "attestations.csv", "--format", "json"]);
    let again: Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!((&again["new"], &again["known"]), (&json!(0), &json!(1)));

    let browser = Browser::new(&binary.url);
    let form = [("cle", key.as_str()), ("version", "2025-06"), ("accord", "oui")];
    let accepted = browser.submit("/charte", "/charte", &form).await;
    assert!(
        accepted.status == 200 && accepted.body.contains("votre acceptation de cette version"),
        "{}",
        accepted.body
    );
    assert!(!accepted.body.contains(&key));
    until(&client, &binary.url, &key, None).await;

    fs::write(
        binary.folder.join("policy.toml"),
        POLICY.replace("2025-06\"\nurl", "2026-12\"\nurl"),
    )
    .expect("a save");
    let asked_anew = until(&client, &binary.url, &key, Some("charter-not-accepted")).await;
    let api = || {
        let address = format!("{}/api/charter/acceptance", binary.url);
        let request = client
            .post(address)
            .bearer_auth(&key)
            .header("content-type", "application/json");
        heard(request.body(r#"{"version":"2026-12"}"#))
    };
    assert_eq!((api().await.status, api().await.status), (201, 200), "twice is once");
    until(&client, &binary.url, &key, None).await;

    fs::write(
        &table,
        "holder,training,valid_until\nb.roux@departement04.example,ia-sante,2039-01-31\n",
    )
    .expect("a table");
    binary.run(&["import", "attestations", "attestations.csv", "--replace"]);
    until(&client, &binary.url, &key, Some("training-missing")).await;
    eprintln!("{database}: training opened in {opened:?}, new charter asked for in {asked_anew:?}");

    fs::write(
        &table,
        "holder;training;valid_until\nMme Roux;ia-sante;demain\n;x;2039-01-01\n",
    )
    .expect("a table");
    let refused = binary.fails(&["import", "attestations", "attestations.csv", "--replace"]);
    for words in [
        "ligne 2 : la date",
        "ligne 3 : `holder` est vide",
        "rien de ce tableau n'a été enregistré",
    ] {
        assert!(refused.contains(words), "{refused}");
    }
    assert!(!refused.contains("Roux"), "a mistake does not repeat a name");
    child.kill().expect("its end");
    child.wait().expect("its end");
    let logged = binary.said();
    assert!(!logged.contains("martin") && !logged.contains(&key), "{logged}");
}

#[tokio::test]
async fn trainings_and_a_new_charter_count_while_the_program_runs_on_sqlite() {
    a_life("sqlite://data/gardefou.db").await;
}

#[tokio::test]
async fn trainings_and_a_new_charter_count_while_the_program_runs_on_postgresql() {
    let cluster = Cluster::start().await;
    a_life(&cluster.url()).await;
}

#[tokio::test]
async fn a_charter_not_accepted_gives_both_pages_in_every_dialect() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let (_, key) = gateway
        .gateway
        .office
        .create_key(OWNER, &[], None)
        .await
        .expect("a key");
    let page = gateway.url("/charte");
    let text = r#""messages":[{"role":"user","content":"Bonjour"}]"#;
    let gemini = r#"{"contents":[{"parts":[{"text":"Bonjour"}]}]}"#.to_owned();
    for (path, body, links) in [
        (
            "/v1/chat/completions",
            format!(r#"{{"model":"gpt-x",{text}}}"#),
            "/error/links",
        ),
        (
            "/v1/messages",
            format!(r#"{{"model":"claude-x","max_tokens":9,{text}}}"#),
            "/error/links",
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            gemini,
            "/error/details/1/links",
        ),
    ] {
        let refused = heard(gateway.post(path).bearer_auth(&key).body(body)).await;
        assert_eq!(refused.status, 403, "{path}");
        let said = refused.json();
        let urls: Vec<_> = said
            .pointer(links)
            .expect("links")
            .as_array()
            .expect("a list")
            .iter()
            .collect();
        assert_eq!(urls[0]["url"], "https://neo.example/charte-ia", "{path}");
        assert_eq!(urls[1]["url"], page.as_str(), "{path}");
        let words = said["error"]["message"].as_str().expect("words");
        assert!(
            words.contains("https://neo.example/charte-ia") && words.contains(&page),
            "{words}"
        );
    }
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn the_page_of_the_charter_takes_a_key_and_says_what_is_wrong() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let office = gateway.gateway.office.clone();
    let (record, key) = office.create_key(OWNER, &[], None).await.expect("a key");
    let shown = heard(gateway.get("/charte")).await;
    for words in [
        "<form method=\"post\" action=\"/charte\">",
        "<label for=\"cle\">",
        "<label for=\"accord\">",
        "name=\"version\" value=\"2025-06\"",
    ] {
        assert!(shown.body.contains(words), "{words}");
    }
    assert!(!shown.body.contains("<script") && shown.header("content-security-policy").contains("form-action 'self'"));
    let browser = Browser::new(&gateway.url(""));
    let token = token(&browser.open("/charte").await.body).expect("a form");
    let send = async |key: &str, version: &str, box_: &str, origin: String| {
        let fields = [
            ("jeton", token.as_str()),
            ("cle", key),
            ("version", version),
            ("accord", box_),
        ];
        browser.send("/charte", &origin, &fields).await
    };
    let here = || browser.site.clone();
    let spaced = format!(" {key}\n");
    for (key, version, box_, origin, status, words) in [
        (
            &*key,
            "2025-06",
            "oui",
            "https://mal.example".to_owned(),
            403,
            "pas été envoyé depuis cette page",
        ),
        ("", "2025-06", "oui", here(), 400, "href=\"#cle\""),
        (&key, "2025-06", "", here(), 400, "href=\"#accord\""),
        ("gf_faux", "2025-06", "oui", here(), 401, "dsiun@departement04.example"),
        (&key, "2024-01", "oui", here(), 409, "« 2025-06 »"),
        (&spaced, "2025-06", "oui", here(), 200, "votre acceptation"),
        (&key, "2025-06", "oui", here(), 200, "déjà accepté"),
    ] {
        let heard = send(key, version, box_, origin).await;
        assert_eq!(heard.status, status, "{words}: {}", heard.body);
        assert!(heard.body.contains(words), "{words}: {}", heard.body);
        assert!(!heard.body.contains("gf_faux") && !heard.body.contains(&record.id));
        assert_eq!(heard.header("cache-control"), "no-store");
        let wrong = status >= 400;
        assert_eq!(heard.body.contains("role=\"alert\""), wrong, "{words}");
        assert_eq!(heard.body.contains("<title>Erreur"), wrong, "{words}");
    }
    let stranger = Browser::new(&browser.site);
    let fields = [
        ("jeton", token.as_str()),
        ("cle", &key),
        ("version", "2025-06"),
        ("accord", "oui"),
    ];
    for fields in [&fields[..], &fields[1..]] {
        let refused = stranger.send("/charte", &stranger.site, fields).await;
        assert!(
            refused.status == 403 && refused.body.contains("rien n&#39;a été"),
            "{}",
            refused.body
        );
    }
    let long = "x".repeat(20_000);
    assert_eq!(send(&long, "2025-06", "oui", here()).await.status, 400);
    assert!(office.revoke_key(&record.id).await.expect("the database"));
    assert_eq!(
        send(&key, "2025-06", "oui", here()).await.status,
        401,
        "a revoked key accepts nothing"
    );
}
