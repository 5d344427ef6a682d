//! The directory of people and groups: imported, known by heart, and worth as much as it is fresh.

use std::time::{Duration, SystemTime};

use gardefou::domain::Role;
use gardefou::identity::{Grant, Roles};
use gardefou::office::Listing;

use super::{AGENT, signed_in};
use crate::support::{
    FakeUpstream, TestGateway,
    gateway::{Setup, heard, policy},
    upstream::chat,
};

const HOUR: Duration = Duration::from_secs(3600);

/// A policy with a tool of level 3 for a group of the directory.
fn with_level_3(upstream: &FakeUpstream) -> String {
    policy(upstream)
        + r#"
[[direction]]
name = "Solidarités"
agents = 40
[[group]]
id = "dossiers"
idp_groups = ["annuaire-dossiers"]
[[tool]]
id = "dossiers"
name = "Dossiers"
level = 3
status = "validated"
decision = { reference = "DGS-2", date = 2025-06-12 }
review_before = 2040-01-01
purpose = "Essai"
data_used = "Essai"
legal_basis = "Mission d'intérêt public"
provider = "Essai"
hosting = "Union européenne"
backends = ["gpt"]
models = ["dossiers-1"]
groups = ["dossiers"]
"#
}

#[tokio::test]
async fn the_directory_opens_what_it_says_and_closes_level_3_when_it_is_old() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let by_group = Grant {
        role: Role::PolicyAdmin,
        groups: vec!["annuaire-dossiers".into()],
        members: Vec::new(),
    };
    let setup = Setup {
        roles: Roles::new([by_group]),
        directory_max_age: Some(24 * HOUR),
        ..Setup::default()
    };
    let gateway = TestGateway::set_up(&with_level_3(&upstream), setup).await;
    #[expect(clippy::disallowed_methods, reason = "the test is its own desk")]
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    let at = |after: Duration| gateway.at(i64::try_from((now + after).as_millis()).expect("soon"));
    at(Duration::ZERO);
    let office = gateway.gateway.office.clone();
    let (_, key) = office
        .create_key("B.Roux@departement04.example", &[], None)
        .await
        .expect("a key");
    let pseudonym = |name: &str| gateway.gateway.pseudonyms.of(&gardefou::domain::Identity::new(name));
    let roux = pseudonym("b.roux@departement04.example");
    office.accept_charter(roux.as_str(), "2025-06").await.expect("accepted");
    let ask = async |model: &str| {
        let body = format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"Bonjour"}}]}}"#);
        let heard = heard(gateway.post("/v1/chat/completions").bearer_auth(&key).body(body)).await;
        let code = heard.json()["error"]["code"].as_str().map(str::to_owned);
        (heard.status, code)
    };
    let no = |code: &str| (403, Some(code.to_owned()));
    assert_eq!(ask("dossiers-1").await, no("directory-stale"), "it was never imported");
    assert_eq!(ask("gpt-x").await, (200, None), "what is for all stays open");

    let listing = |name: &str, groups: &[&str]| Listing {
        caller: pseudonym(name),
        groups: groups.iter().map(ToString::to_string).collect(),
        direction: "Solidarités".into(),
    };
    let people = [
        listing("b.roux@departement04.example", &["annuaire-dossiers"]),
        listing(AGENT, &["autre"]),
    ];
    let done = office.import_directory(&people).await.expect("an import");
    assert_eq!((done.new, done.changed, done.known, done.removed), (2, 0, 0, 0));
    assert_eq!(ask("dossiers-1").await, (200, None), "the directory says so");
    let page = signed_in(&gateway, "b.roux@departement04.example")
        .await
        .open("/administration/identite")
        .await;
    assert!(
        page.status == 200 && page.body.contains("2 personne(s), importées il y a moins d'une heure"),
        "{}",
        page.body
    );

    at(24 * HOUR + HOUR);
    assert_eq!(ask("dossiers-1").await, no("directory-stale"), "it is too old");
    assert_eq!(ask("gpt-x").await, (200, None));
    let done = office.import_directory(&people).await.expect("an import");
    assert_eq!((done.new, done.known), (0, 2), "the same directory is a fresh one");
    assert_eq!(ask("dossiers-1").await, (200, None));

    let done = office.import_directory(&people[1..]).await.expect("an import");
    assert_eq!((done.removed, done.known), (1, 1));
    assert_eq!(
        ask("dossiers-1").await,
        no("not-in-group"),
        "who is not in it any more has lost the group"
    );
    let rows = gateway.rows(4).await;
    assert!(
        rows.iter().any(|row| row.direction.as_deref() == Some("Solidarités")),
        "{rows:?}"
    );
}
