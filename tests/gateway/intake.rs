//! What comes into the store from beside the gateway, on both engines: the demonstration, uses of Gemini inside
//! Workspace, what callers say back.

use std::{path::PathBuf, sync::Arc};

use gardefou::{
    committee::workspace::{Counted, Workspace},
    demo::{DemoError, Plan, Store, Story, check, fill},
    domain::{Clock, Entry, Outcome, Pseudonym, RequestId, Settlement, Timestamp},
    identity::Pseudonyms,
    ledger::{Ledger, LedgerSettings},
    policy::{Policy, civil},
};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use uuid::Uuid;

use crate::support::postgres::Cluster;

/// 18 November 2026, noon in Paris.
const UNTIL: Timestamp = Timestamp(1_795_000_000_000 - 1_795_000_000_000 % 86_400_000 + 11 * 3_600_000);

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("gardefou-intake-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn sqlite(&self) -> String {
        format!("sqlite://{}", self.0.join("gardefou.db").display())
    }

    fn store<'s>(&'s self, url: &'s str, force: bool) -> Store<'s> {
        Store {
            database_url: url,
            folder: &self.0,
            force,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn clock() -> Clock {
    Arc::new(|| UNTIL)
}

fn shipped() -> Policy {
    let source = include_str!("../../config/policy.toml");
    Policy::read(source, "policy.toml", civil(UNTIL)).expect("the shipped policy")
}

fn imagine(seed: u64) -> Story {
    let policy = shipped();
    let pseudonyms = Pseudonyms::new(&[7; 32]).unwrap();
    let plan = Plan {
        policy: &policy,
        pseudonyms: &pseudonyms,
        seed,
        months: 1,
        until: UNTIL,
    };
    plan.imagine()
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.expect("the database")
}

async fn count(database: &mut AnyConnection, what: &str) -> usize {
    let query = AssertSqlSafe(format!("SELECT count(*) FROM {what}"));
    let rows: i64 = sqlx::query(query).fetch_one(database).await.unwrap().get(0);
    usize::try_from(rows).unwrap()
}

/// A story is written down whole, in one chain in the order of its instants, and once.
async fn demonstration(url: &str, folder: &Folder) {
    let story = imagine(4);
    let closed = story.incidents.iter().filter(|(_, closed)| closed.is_some()).count();
    let expected = [
        ("usage_events WHERE instance = 'demo'", story.requests.len()),
        ("charter_acceptances", story.acceptances.len()),
        ("feedback", story.feedback.len()),
        ("incidents", story.incidents.len()),
        (
            "incidents WHERE status = 'closed' AND closed_at_ms > created_at_ms",
            closed,
        ),
        ("workspace_events", story.workspace.len()),
        ("policy_tools", story.tools.len() + shipped().tools().len()),
        ("policy_directions", story.directions.len()),
    ];
    fill(story, &shipped(), &folder.store(url, false), clock())
        .await
        .unwrap();
    let mut database = connect(url).await;
    for (what, rows) in expected {
        assert!(rows > 0, "{what}");
        assert_eq!(count(&mut database, what).await, rows, "{what}");
    }
    let disorder = "usage_events a JOIN usage_events b ON b.instance = a.instance \
        AND b.instance_seq = a.instance_seq + 1 WHERE b.occurred_at < a.occurred_at";
    assert_eq!(count(&mut database, disorder).await, 0);
    let last: i64 = sqlx::query("SELECT max(instance_seq) FROM usage_events")
        .fetch_one(&mut database)
        .await
        .unwrap()
        .get(0);
    assert_eq!(last, i64::try_from(expected[0].1).unwrap(), "a chain without a hole");
    assert_eq!(
        std::fs::read_dir(&folder.0)
            .unwrap()
            .filter(|e| has_outbox(e.as_ref().unwrap()))
            .count(),
        0
    );
    let again = fill(imagine(5), &shipped(), &folder.store(url, true), clock()).await;
    assert!(
        matches!(again, Err(DemoError::Done(requests)) if requests == last),
        "{again:?}"
    );
}

fn has_outbox(file: &std::fs::DirEntry) -> bool {
    file.file_name().to_string_lossy().contains("outbox")
}

#[tokio::test]
async fn a_demonstration_is_written_down_whole_and_once() {
    let folder = Folder::new();
    demonstration(&folder.sqlite(), &folder).await;
    let (cluster, folder) = (Cluster::start().await, Folder::new());
    demonstration(&cluster.url(), &folder).await;
}

/// A store with rows of a real gateway is left alone, unless its owner says so by name.
#[tokio::test]
async fn real_rows_are_not_mixed_with_made_up_ones() {
    let folder = Folder::new();
    let url = folder.sqlite();
    let settings = LedgerSettings::new(&url, folder.0.join("real.db"), "passerelle-1");
    let (ledger, tasks) = Ledger::start(settings, clock()).await.unwrap();
    let (entry, _) = imagine(4).requests.swap_remove(0);
    let real = Entry {
        id: RequestId(Uuid::now_v7()),
        instance: "passerelle-1".into(),
        ..entry
    };
    ledger
        .record(real, Settlement::bare(Outcome::Refused, 400))
        .await
        .unwrap();
    assert!(tasks.shutdown().await);
    let refused = check(&folder.store(&url, false)).await;
    assert!(
        matches!(&refused, Err(DemoError::Inhabited(names)) if names == &["passerelle-1"]),
        "{refused:?}"
    );
    check(&folder.store(&url, true)).await.unwrap();
}

#[tokio::test]
async fn uses_of_workspace_count_once_in_postgres_too() {
    let cluster = Cluster::start().await;
    let url = cluster.url();
    let mut workspace = Workspace::open(&url).await.unwrap();
    let used = |key: usize| Counted {
        key: format!("{key:064x}"),
        at: UNTIL,
        caller: (key > 9).then(|| Pseudonym::new("p1")),
        direction: None,
        app: "gmail".into(),
        action: "summarize".into(),
        category: String::new(),
    };
    let all: Vec<_> = (0..200).map(used).collect();
    assert_eq!(workspace.record(&all[..150]).await.unwrap(), 150);
    assert_eq!(workspace.record(&all[100..]).await.unwrap(), 50);
    assert_eq!(workspace.record(&[used(1_000), used(1_000)]).await.unwrap(), 1);
    let mut database = connect(&url).await;
    assert_eq!(
        count(
            &mut database,
            "workspace_events WHERE month = '2026-11' AND caller = ''"
        )
        .await,
        10
    );
    assert_eq!(count(&mut database, "workspace_events").await, 201);
}
