//! Keys: shown once, stored as a hash, refused in under a second once revoked.

use std::time::{Duration, Instant};

use sqlx::Connection;

use crate::support::binary::Binary;
use crate::support::gateway::heard;
use crate::support::upstream::chat;
use crate::support::{FakeUpstream, TestGateway};

const BODY: &str = r#"{"model":"gpt-x","messages":[{"role":"user","content":"Bonjour"}]}"#;
const OWNER: &str = "a.martin@departement04.example";

#[tokio::test]
async fn a_key_opens_once_the_charter_is_accepted_and_closes_when_revoked() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let office = gateway.gateway.office.clone();
    let (record, key) = office
        .create_key(OWNER, &["solidarites".into()], None)
        .await
        .expect("a key");
    assert!(key.starts_with("gf_"));
    let ask = || gateway.post("/v1/chat/completions").bearer_auth(&key).body(BODY);
    let status = |expected: u16| {
        let ask = &ask;
        async move {
            let since = Instant::now();
            loop {
                let heard = heard(ask()).await;
                if heard.status == expected {
                    return (heard, since.elapsed());
                }
                assert!(
                    since.elapsed() < Duration::from_secs(1),
                    "{} {}",
                    heard.status,
                    heard.body
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    };
    let (refused, _) = status(403).await;
    assert!(refused.body.contains("charte"), "{}", refused.body);
    let accept = gateway.post("/api/charter/acceptance").bearer_auth(&key);
    assert_eq!(heard(accept.body(r#"{"version":"2025-06"}"#)).await.status, 201);
    status(200).await;
    assert!(office.revoke_key(&record.id).await.expect("the database"));
    let (refused, _) = status(401).await;
    assert!(refused.body.contains("révoquée"), "{}", refused.body);
    assert_eq!(upstream.asked().len(), 1);
    let asked = upstream.last();
    assert!(
        !format!("{:?}{}", asked.headers, asked.body).contains("gf_"),
        "the key stays in the house"
    );
    let rows = gateway.rows(2).await;
    assert!(
        rows.iter().any(|row| row.direction.as_deref() == Some("Solidarités")),
        "{rows:?}"
    );
}

#[tokio::test]
async fn a_wrong_key_is_not_the_local_identity() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let (_, good) = gateway
        .gateway
        .office
        .create_key(OWNER, &[], None)
        .await
        .expect("a key");
    let other = if good.ends_with('x') { 'y' } else { 'x' };
    let almost = format!("{}{other}", &good[..good.len() - 1]);
    for (header, value) in [
        ("authorization", "Bearer gf_faux".to_owned()),
        ("authorization", format!("Bearer {almost}")),
        ("x-api-key", "gf_faux".to_owned()),
        ("x-goog-api-key", "gf_faux".to_owned()),
    ] {
        let heard = heard(gateway.post("/v1/chat/completions").header(header, value).body(BODY)).await;
        assert_eq!(heard.status, 401, "{header}");
        assert!(
            heard.body.contains("bad-key") && !heard.body.contains("gf_faux"),
            "{}",
            heard.body
        );
    }
    let metrics = heard(gateway.get("/metrics")).await.body;
    assert!(
        metrics.contains("\ngardefou_unrecognised_requests_total 4\n"),
        "{metrics}"
    );
    assert_eq!(upstream.connections(), 0);
    let local = heard(gateway.post("/v1/chat/completions").bearer_auth("sk-autre").body(BODY)).await;
    assert_eq!(
        local.status, 200,
        "a key of another house is no key here: {}",
        local.body
    );
}

#[tokio::test]
async fn a_key_is_made_of_what_makes_sense_and_an_expired_one_is_called_so() {
    let binary = Binary::with(&Binary::policy(), "sqlite://data/gardefou.db");
    let create = |more: &[&'static str]| [&["keys", "create"][..], more].concat();
    for (line, expected) in [
        (create(&["--owner", ""]), "`--owner` est vide"),
        (create(&["--owner", " \t"]), "`--owner` est vide"),
        (
            create(&["--owner", "a\u{1b}[2J"]),
            "`--owner` contient un caractère de commande",
        ),
        (create(&["--owner", "a", "--group", ""]), "`--group` est vide"),
        (
            create(&["--owner", "a", "--group", "x\ny"]),
            "`--group` contient un caractère de commande",
        ),
        (create(&["--owner", "a", "--expires-in", "0"]), "`--expires-in 0`"),
    ] {
        let told = binary.fails(&line);
        assert!(
            told.contains(expected) && told.contains("aucune clé n'est créée"),
            "{line:?}: {told}"
        );
    }
    assert_eq!(binary.run(&["keys", "list"]), "", "none was made");
    let (status, key, beside) = binary.says(&create(&["--owner", " a.martin ", "--group", "solidarité"]));
    assert_eq!(status, Some(0), "{beside}");
    assert!(
        key.starts_with("gf_") && key.lines().count() == 1,
        "a script takes the key alone: {key}"
    );
    assert!(beside.contains("n'a pas de groupe « solidarité »"), "{beside}");
    assert!(beside.contains("Vouliez-vous dire « solidarites » ?"), "{beside}");
    let (_, _, beside) = binary.says(&create(&[
        "--owner",
        "b.roux",
        "--group",
        "solidarites",
        "--expires-in",
        "1",
    ]));
    assert!(!beside.contains("n'a pas de groupe"), "{beside}");
    let list = binary.run(&["keys", "list"]);
    assert!(list.lines().all(|line| line.contains("  valable  ")), "{list}");
    assert!(list.contains("  a.martin  [solidarité]"), "{list}");
    // A day goes by.
    let url = format!("sqlite://{}", binary.folder.join("data/gardefou.db").display());
    let mut database = sqlx::SqliteConnection::connect(&url).await.expect("the database");
    sqlx::query("UPDATE api_keys SET expires_at_ms = 1 WHERE owner = 'b.roux'")
        .execute(&mut database)
        .await
        .expect("an expired key");
    let list = binary.run(&["keys", "list"]);
    assert!(list.contains("  expirée  b.roux"), "{list}");
    assert!(list.contains("  valable  a.martin"), "{list}");
}
