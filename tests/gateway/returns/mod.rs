//! What callers give back: feedback that may be nobody's, incidents that reach the RSSI and the DPO, and what each sees
//! of their own and of nobody else's.

mod feedback;
mod figures;
mod incidents;

use gardefou::office::LetterCounts;
use gardefou::schema;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row, SqlSafeStr};

use crate::pages::{AGENT, PEOPLE, set_up, signed_in};
use crate::support::{
    TestGateway,
    browser::Browser,
    gateway::{Heard, Setup, heard},
    postgres::Cluster,
    smtp::MailSink,
};

const OTHER: &str = "b.durand@departement04.example";
const NIR: &str = "Le NIR 2 64 05 04 070 012 56 est apparu.";

/// A file of SQLite in a folder that goes with it.
struct File(std::path::PathBuf);

impl File {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("gardefou-returns-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.0.join("gardefou.db").display())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn on(url: &str) -> TestGateway {
    with(url, None, "essai").await
}

async fn with(url: &str, mail: Option<u16>, instance: &'static str) -> TestGateway {
    set_up(Setup {
        database: Some(url.to_owned()),
        instance,
        mail,
        ..Setup::default()
    })
    .await
}

/// Every row of a table, each column as text.
async fn table(url: &str, sql: &str) -> Vec<Vec<Option<String>>> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.expect("the database");
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned()).into_sql_str())
        .fetch_all(&mut connection)
        .await
        .expect("rows");
    rows.iter()
        .map(|row| (0..row.len()).map(|i| row.get::<Option<String>, _>(i)).collect())
        .collect()
}

/// A key of somebody who accepted the charter.
async fn key(gateway: &TestGateway, owner: &str) -> String {
    let office = &gateway.gateway.office;
    let (_, key) = office.create_key(owner, &[], None).await.expect("a key");
    let pseudonym = gateway.gateway.pseudonyms.of(&gardefou::domain::Identity::new(owner));
    office
        .accept_charter(pseudonym.as_str(), "2025-06")
        .await
        .expect("accepted");
    key
}

async fn post(gateway: &TestGateway, path: &str, key: &str, body: Value) -> Heard {
    heard(gateway.post(path).bearer_auth(key).body(body.to_string())).await
}

/// Asks something and returns the id of the request, once it is the caller's in the database.
async fn asked(gateway: &TestGateway, key: &str, words: &str) -> String {
    let body = json!({ "model": "gpt-x", "messages": [{ "role": "user", "content": words }] });
    let answer = post(gateway, "/v1/chat/completions", key, body).await;
    for _ in 0..1_000 {
        let ready = heard(gateway.get("/readyz")).await.json();
        if ready["outbox"]["depth"] == 0 {
            return answer.header("x-gardefou-request-id").to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the row never left the outbox");
}
