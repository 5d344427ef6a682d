//! The page of the assistant, as far as the server makes it: which tools it offers to whom, and what it counts.

use serde_json::{Value, json};
use sqlx::{Connection, Row};

use super::{AGENT, gateway, roles, signed_in};
use crate::support::{
    FakeUpstream, TestGateway,
    browser::{Browser, token},
    gateway::{Setup, policy},
    upstream::chat,
};

/// What the page gives its script.
fn config(page: &str) -> Value {
    let (_, rest) = page.split_once("data-config=\"").expect("an assistant");
    let written = rest.split_once('"').expect("an end").0;
    let text = ["&#34;\"", "&#39;'", "&#60;<", "&#62;>", "&#38;&"]
        .iter()
        .fold(written.to_owned(), |text, pair| text.replace(&pair[..5], &pair[5..]));
    serde_json::from_str(&text).expect("JSON")
}

fn ids(page: &str) -> Vec<String> {
    let tools = config(page)["tools"].as_array().cloned().unwrap_or_default();
    tools
        .iter()
        .filter_map(|tool| Some(tool["id"].as_str()?.to_owned()))
        .collect()
}

#[tokio::test]
async fn each_visitor_is_offered_the_tools_that_are_theirs() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let specialised = r#"
[[tool]]
id = "asso"
name = "Assistant social"
level = 3
status = "validated"
decision = { reference = "DGS-2", date = 2025-06-12 }
review_before = 2040-01-01
purpose = "Essai"
data_used = "Dossiers"
legal_basis = "Mission d'intérêt public"
provider = "Essai"
hosting = "Sur place"
backends = ["gpt"]
models = ["asso-1"]
accepts = ["personal", "health"]
groups = ["solidarites"]
domains = ["*"]
training = "ia-sante"
impact_assessment = "AIPD-1"
purpose_required = true
[[attestation]]
training = "ia-sante"
holder = "a.martin@departement04.example"
valid_until = 2040-01-01
"#;
    let setup = Setup {
        local: None,
        roles: roles(),
        ..Setup::default()
    };
    let gateway = TestGateway::set_up(&format!("{}{specialised}", policy(&upstream)), setup).await;
    let page = signed_in(&gateway, AGENT).await.open("/assistant").await.body;
    assert_eq!(ids(&page), ["gpt", "gemini", "claude", "asso"]);
    assert!(
        page.contains("vous n'avez pas encore accepté la charte"),
        "and what is to be done first"
    );
    let tools = &config(&page)["tools"];
    assert_eq!(
        (&tools[3]["models"], &tools[3]["purposeRequired"], &tools[3]["open"]),
        (&json!(["asso-1"]), &json!(true), &json!(false))
    );
    assert_eq!(
        (&tools[1]["dialect"], &tools[2]["dialect"]),
        (&json!("gemini"), &json!("anthropic"))
    );
    let stranger = signed_in(&gateway, "b.durand@departement04.example").await;
    let other = stranger.open("/assistant").await.body;
    assert_eq!(
        ids(&other),
        ["gpt", "gemini", "claude"],
        "outside its perimeter a tool is not shown"
    );
    assert_ne!(config(&page)["person"], config(&other)["person"]);
    assert!(!page.contains("data-config=\"\"") && !config(&page).to_string().contains(AGENT));
    let form = [("version", "2025-06"), ("accord", "oui")];
    stranger.submit("/charte", "/charte", &form).await;
    let accepted = stranger.open("/assistant").await.body;
    assert!(!accepted.contains("pas encore accepté la charte"));
}

#[tokio::test]
async fn a_false_positive_is_counted_for_whoever_may_ask_and_holds_no_text() {
    let folder = std::env::temp_dir().join(format!("gardefou-doubts-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let url = format!("sqlite://{}", folder.join("gardefou.db").display());
    let gateway = gateway(Some(&url), "essai").await;
    let browser = signed_in(&gateway, AGENT).await;
    let jeton = token(&browser.open("/").await.body).expect("a form");
    let report = async |browser: &Browser, jeton: &str, body: Value| {
        let request = gateway
            .post("/api/false-positives")
            .header("sec-fetch-site", "same-origin");
        let request = request.header("x-gardefou-jeton", jeton).body(body.to_string());
        browser.go(request).await.status
    };
    let right = json!({ "type": "NIR", "class": "highly_personal", "tool": "gpt" });
    assert_eq!(report(&browser, &jeton, right.clone()).await, 204);
    assert_eq!(report(&browser, &jeton, right.clone()).await, 204);
    assert_eq!(
        report(&browser, "", right.clone()).await,
        401,
        "a cookie alone is not enough"
    );
    assert_eq!(report(&Browser::new(&gateway.url("")), &jeton, right).await, 401);
    for (status, wrong) in [
        (
            400,
            json!({ "type": "NIR", "class": "highly_personal", "tool": "gpt", "text": "Mme Roux" }),
        ),
        (400, json!({ "type": "NIR" })),
        (
            422,
            json!({ "type": "Mme Roux", "class": "highly_personal", "tool": "gpt" }),
        ),
        (422, json!({ "type": "NIR", "class": "Mme Roux", "tool": "gpt" })),
        (
            422,
            json!({ "type": "NIR", "class": "highly_personal", "tool": "Mme Roux" }),
        ),
        (422, json!({ "type": "CUSTOM", "class": "personal", "tool": "gpt" })),
    ] {
        assert_eq!(report(&browser, &jeton, wrong.clone()).await, status, "{wrong}");
    }
    let mut database = sqlx::SqliteConnection::connect(&url).await.expect("the database");
    let rows = sqlx::query("SELECT kind, class, tool, reports FROM false_positives")
        .fetch_all(&mut database)
        .await
        .expect("rows");
    let rows: Vec<(String, String, String, i64)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect();
    assert_eq!(rows, [("NIR".into(), "highly_personal".into(), "gpt".into(), 2)]);
    std::fs::remove_dir_all(&folder).expect("gone");
}
