//! The ledger on SQLite: promises that need no server. Those of PostgreSQL and of killed processes are in
//! `tests/gateway/ledger.rs`.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use sqlx::{Connection, Row as _, SqliteConnection};
use uuid::Uuid;

use super::*;
use crate::domain::{Decision, MentionForm, RequestId, Timestamp, Tokens};

const SOON: Duration = Duration::from_secs(10);

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "gardefou-ledger-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn settings(&self) -> LedgerSettings {
        let database = format!("sqlite://{}", self.0.join("gardefou.db").display());
        LedgerSettings::new(database, self.0.join("outbox.db"), "essai-1")
    }

    async fn start(&self) -> (Ledger, LedgerTasks) {
        Ledger::start(self.settings(), clock()).await.unwrap()
    }

    /// The journal as (id, outcome), in the order of the chain.
    async fn rows(&self) -> Vec<(Uuid, String)> {
        let mut connection = connect(&self.0.join("gardefou.db")).await;
        let rows = sqlx::query("SELECT id, outcome FROM usage_events ORDER BY instance_seq");
        let rows = rows.fetch_all(&mut connection).await.unwrap();
        rows.iter()
            .map(|row| (Uuid::parse_str(row.get(0)).unwrap(), row.get(1)))
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "this is the desk of the tests")]
fn clock() -> Clock {
    Arc::new(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Timestamp(i64::try_from(now.as_millis()).unwrap())
    })
}

fn entry() -> Entry {
    Entry {
        id: RequestId(Uuid::now_v7()),
        occurred_at: clock()(),
        caller: "9f86d081884c7d659a2feaa0c55ad015".into(),
        direction: Some("Solidarités".into()),
        tool: Some("gemini".into()),
        tool_level: Some(1),
        model: Some("gemini-2.5-flash".into()),
        dialect: "gemini".into(),
        endpoint: "generateContent".into(),
        stream: true,
        purpose: Some("Compte rendu de réunion".into()),
        decision: Decision::Masked,
        rule: Some("screening.personal".into()),
        findings: BTreeMap::from([("personal".into(), 2)]),
        finding_types: BTreeMap::from([("PERSON".into(), 1), ("PHONE".into(), 1)]),
        policy_hash: "b5bb9d8014a0f9b1".into(),
        charter_version: "2025-06".into(),
        instance: "essai-1".into(),
    }
}

fn completed() -> Settlement {
    Settlement {
        mention: MentionForm::Text,
        tokens: Tokens {
            input: Some(412),
            output: Some(388),
            estimated: false,
        },
        duration_ms: 1840,
        first_token_ms: Some(310),
        upstream_ms: Some(1835),
        overhead_us: Some(190),
        energy_kwh: Some((0.000_31, 0.000_92)),
        co2e_kg: Some((0.000_12, 0.000_37)),
        cost_eur: Some(0.001_1),
        ..Settlement::bare(Outcome::Completed, 200)
    }
}

#[tokio::test]
async fn a_request_is_opened_settled_and_in_the_database() {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start().await;
    let entry = entry();
    let mut receipt = ledger.open(entry.clone()).await.unwrap();
    assert_eq!(ledger.status().open, 1);
    receipt.synced().await.unwrap();
    receipt.settle(completed());
    assert!(ledger.flush(SOON).await);
    assert_eq!(folder.rows().await, [(entry.id.0, "completed".to_owned())]);
    assert!(tasks.shutdown().await);
    let status = ledger.status();
    assert_eq!(
        (status.open, status.waiting, status.bytes, status.relayed),
        (0, 0, 0, 1)
    );
}

#[tokio::test]
async fn a_receipt_that_is_dropped_closes_its_request_as_interrupted() {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start().await;
    let entry = entry();
    drop(ledger.open(entry.clone()).await.unwrap());
    assert!(tasks.shutdown().await);
    assert_eq!(folder.rows().await, [(entry.id.0, "interrupted".to_owned())]);
}
