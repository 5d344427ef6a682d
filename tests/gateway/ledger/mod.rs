//! The ledger and the office under bad weather: killed processes, full disks, PostgreSQL stopped, frozen, read-only.
//! Here the vocabulary; the stories are in the files beside.

mod broken_disk;
mod chain;
mod cost;
mod death;
mod journal;
mod outage;
mod person;
mod weather;

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use gardefou::{
    domain::{Clock, Decision, Entry, MentionForm, Outcome, RequestId, Settlement, Timestamp, Tokens},
    ledger::{Ledger, LedgerSettings, LedgerTasks},
};
use sqlx::{AnyConnection, Connection, Row};
use tokio::time::sleep;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(20);

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("gardefou-ledger-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn sqlite(&self) -> String {
        format!("sqlite://{}", self.0.join("gardefou.db").display())
    }

    fn settings(&self, url: &str) -> LedgerSettings {
        let settings = LedgerSettings::new(url, self.0.join("outbox.db"), "essai-1");
        LedgerSettings {
            database_patience: Duration::from_secs(1),
            ..settings
        }
    }

    async fn start(&self, url: &str) -> (Ledger, LedgerTasks) {
        start(self.settings(url)).await
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn start(settings: LedgerSettings) -> (Ledger, LedgerTasks) {
    Ledger::start(settings, clock()).await.expect("a ledger")
}

fn clock() -> Clock {
    Arc::new(now)
}

#[expect(clippy::disallowed_methods, reason = "this is the desk of the tests")]
fn now() -> Timestamp {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    Timestamp(i64::try_from(now.as_millis()).expect("before the year 292 million"))
}

fn entry() -> Entry {
    Entry {
        id: RequestId(Uuid::now_v7()),
        occurred_at: now(),
        caller: "9f86d081884c7d659a2feaa0c55ad015".into(),
        direction: Some("Solidarités".into()),
        tool: Some("gemini".into()),
        tool_level: Some(1),
        model: Some("gemini-2.5-flash".into()),
        dialect: "gemini".into(),
        endpoint: "generateContent".into(),
        stream: true,
        purpose: Some("Réunion du \"11\" : l'été\n\0".into()),
        decision: Decision::Masked,
        rule: Some("screening.personal".into()),
        findings: BTreeMap::from([("sensitive".into(), 1), ("personal".into(), 2)]),
        finding_types: BTreeMap::from([("PERSON".into(), 1), ("IP".into(), 1), ("dossier-iodas".into(), 3)]),
        policy_hash: "b5bb9d8014a0f9b1".into(),
        charter_version: "2025-06".into(),
        instance: "essai-1".into(),
    }
}

/// An entry of which as little as possible is known.
fn bare() -> Entry {
    let nothing = BTreeMap::new();
    let (findings, finding_types) = (nothing.clone(), nothing);
    Entry {
        direction: None,
        tool: None,
        tool_level: None,
        model: None,
        stream: false,
        purpose: None,
        decision: Decision::Refused,
        rule: None,
        findings,
        finding_types,
        caller: String::new(),
        ..entry()
    }
}

fn completed() -> Settlement {
    Settlement {
        mention: MentionForm::Text,
        tokens: Tokens {
            input: Some(412),
            output: Some(388),
            estimated: true,
        },
        duration_ms: 1840,
        first_token_ms: Some(310),
        upstream_ms: Some(1835),
        overhead_us: Some(190),
        energy_kwh: Some((0.000_31, 0.1 + 0.2)),
        co2e_kg: Some((1e-300, 0.000_37)),
        cost_eur: Some(0.001_1),
        footprint_version: Some("ecologits-0.11.3".into()),
        ..Settlement::bare(Outcome::Completed, 200)
    }
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.expect("the database")
}

/// Ids and outcomes in the order of the chain, whose places must be 1, 2, 3…
async fn rows(url: &str) -> Vec<(Uuid, String)> {
    let sql = "SELECT CAST(id AS TEXT), outcome, instance_seq FROM usage_events ORDER BY instance_seq";
    let rows = sqlx::query(sql).fetch_all(&mut connect(url).await).await.expect("rows");
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(row.get::<i64, _>(2), i as i64 + 1, "the chain has no gap and no fork");
    }
    rows.iter()
        .map(|row| (Uuid::parse_str(row.get(0)).expect("an id"), row.get(1)))
        .collect()
}

/// Every id once.
fn by_id(rows: &[(Uuid, String)]) -> HashMap<Uuid, &str> {
    let by_id: HashMap<Uuid, &str> = rows.iter().map(|(id, outcome)| (*id, outcome.as_str())).collect();
    assert_eq!(by_id.len(), rows.len(), "no request has two rows");
    by_id
}

async fn until(what: &str, check: impl Fn() -> bool) {
    let since = Instant::now();
    while !check() {
        assert!(since.elapsed() < SOON, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}
