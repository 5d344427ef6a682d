//! Exports as Google writes them, and the table on SQLite. PostgreSQL is in `tests/gateway/ledger/`.

use std::path::PathBuf;

use serde_json::Value;
use sqlx::SqliteConnection;

use super::*;
use crate::domain::Identity;

fn activity(unique: &str, email: &str, events: &str) -> String {
    format!(
        r#"{{"kind":"admin#reports#activity","id":{{"time":"2026-11-03T08:12:44.123Z","uniqueQualifier":"{unique}","applicationName":"gemini_in_workspace_apps","customerId":"C01"}},"actor":{{"email":"{email}","profileId":"1"}},"ipAddress":"192.0.2.7","events":[{events}]}}"#
    )
}

fn used(app: &str) -> String {
    format!(
        r#"{{"type":"ai_usage_event","name":"feature_utilization","parameters":[{{"name":"app_name","value":"{app}"}},{{"name":"action","value":"summarize"}},{{"name":"event_category","value":"active_generate"}},{{"name":"later","multiValue":["x"]}}]}}"#
    )
}

fn apps(file: &str) -> Vec<String> {
    let export = read(file.as_bytes()).unwrap_or_else(|broken| panic!("{broken}\n{file}"));
    export.uses.into_iter().map(|read| read.app).collect()
}

#[test]
fn every_form_of_an_export_holds_the_same_uses() {
    let (one, two) = (
        activity("-1", "A@x.example", &used("gmail")),
        activity("2", "b@x.example", &used("docs")),
    );
    let page = |items: &str| format!(r#"{{"kind":"admin#reports#activities","nextPageToken":"t","items":[{items}]}}"#);
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&page(&one)).unwrap()).unwrap();
    for (form, file) in [
        ("one answer", page(&format!("{one},{two}"))),
        ("an array of activities", format!("[{one},\n{two}]")),
        ("an array of answers", format!("[{},{}]", page(&one), page(&two))),
        ("lines of activities", format!("{one}\n{two}\n")),
        ("lines of answers", format!("{}\n\n{}", page(&one), page(&two))),
        ("pretty answers end to end", format!("\u{feff}{pretty}\n{}", page(&two))),
    ] {
        assert_eq!(apps(&file), ["gmail", "docs"], "{form}");
    }
    assert_eq!(
        apps(r#"{"kind":"admin#reports#activities","etag":"e"}"#),
        Vec::<String>::new()
    );
}

#[test]
fn a_use_is_what_google_says_and_nothing_more() {
    let file = activity("-1", "A.Martin@departement04.example", &used("gmail"));
    let export = read(file.as_bytes()).unwrap();
    let read_ = &export.uses[0];
    assert_eq!(read_.at, Timestamp(1_793_693_564_123));
    assert_eq!(read_.actor, Some(Identity::new("A.Martin@departement04.example")));
    assert_eq!(
        [&*read_.app, &read_.action, &read_.category],
        ["gmail", "summarize", "active_generate"]
    );
    assert_eq!(read_.key.len(), 64);
    let odd = activity("-1", "", &used("Mme Roux, 04 92 30 04 00"));
    let odd = &read(odd.as_bytes()).unwrap().uses[0];
    assert_eq!(
        (&*odd.app, &odd.actor),
        ("autre", &None),
        "what is no word of Google's is not kept"
    );
}

#[test]
fn keys_differ_where_google_says_that_events_do() {
    let other = r#"{"name":"later_event"}"#;
    let keys = |file: &str| -> Vec<String> {
        let export = read(file.as_bytes()).unwrap();
        export.uses.into_iter().map(|read| read.key).collect()
    };
    let both = keys(&activity(
        "1",
        "a@x.example",
        &format!("{},{other},{}", used("gmail"), used("gmail")),
    ));
    let filtered = keys(&activity(
        "1",
        "a@x.example",
        &format!("{},{}", used("gmail"), used("gmail")),
    ));
    assert_eq!(both, filtered);
    assert_ne!(both[0], both[1]);
    assert_ne!(keys(&activity("2", "a@x.example", &used("gmail")))[0], both[0]);
    assert_eq!(keys(&activity("1", "renamed@x.example", &used("docs")))[0], both[0]);
}

#[test]
fn what_does_not_count_is_told_by_its_name() {
    let other = r#"{"name":"later_event"},{"name":"later_event"}"#;
    let drive = activity("9", "a@x.example", &used("gmail")).replace("gemini_in_workspace_apps", "drive");
    let export = read(format!("{}\n{drive}", activity("1", "a@x.example", other)).as_bytes()).unwrap();
    assert!(export.uses.is_empty());
    let told: Vec<_> = export.ignored.into_iter().collect();
    assert_eq!(
        told,
        [
            ("autre journal : drive".into(), 1),
            ("événement inconnu : later_event".into(), 2)
        ]
    );
}

#[test]
fn what_is_broken_is_told_by_its_line_and_never_by_its_value() {
    let good = activity("1", "a.martin@x.example", &used("gmail"));
    for (file, line, what) in [
        ("  \n ".to_owned(), 1, "vide"),
        (format!("{good}\n{}", &good[..good.len() / 2]), 2, "au milieu"),
        (format!("{good}\n{good}\nbonjour"), 3, "JSON"),
        (format!("{good}\n12"), 2, "attendue"),
        (format!("[\n{good},\n{{\"events\":[]}}]"), 3, "`id`"),
        (format!("[\n{good},\n{{\"id\":{{}}}}]"), 3, "`events`"),
        (
            format!("\n{}", good.replace("uniqueQualifier", "x")),
            2,
            "uniqueQualifier",
        ),
        (good.replace("\"time\"", "\"t\""), 1, "id.time"),
        (good.replace("2026-11-03T", "hier "), 1, "instant"),
        (
            good.replace("\"email\":\"a.martin@x.example\"", "\"email\":4"),
            1,
            "forme",
        ),
        (good.replace("\"name\":\"feature_utilization\",", ""), 1, "`name`"),
        ("[".repeat(10) + "1", 1, "au milieu"),
        ("[".repeat(10) + &"]".repeat(10), 1, "attendue"),
        ("[".repeat(100_000), 1, "au milieu"),
    ] {
        let broken = read(file.as_bytes()).expect_err(&file[..file.len().min(200)]);
        assert_eq!(broken.line, line, "{broken}");
        assert!(broken.what.contains(what), "{broken}");
        assert!(!broken.what.contains("martin"), "{broken}");
    }
    assert_eq!(read(b"{}\n\xff").unwrap_err().line, 2);
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("gardefou-workspace-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.0.join("gardefou.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn counted(key: usize, at: i64) -> Counted {
    Counted {
        key: format!("{key:064x}"),
        at: Timestamp(at),
        caller: (!key.is_multiple_of(7)).then(|| Pseudonym::new(format!("p{}", key % 7))),
        direction: None,
        app: "gmail".into(),
        action: "summarize".into(),
        category: String::new(),
    }
}

#[tokio::test]
async fn a_use_counts_once_however_often_it_comes() {
    let folder = Folder::new();
    let mut workspace = Workspace::open(&folder.url()).await.unwrap();
    let all: Vec<_> = (0..200).map(|key| counted(key, 1_793_693_564_123)).collect();
    assert_eq!(workspace.record(&all[..150]).await.unwrap(), 150);
    assert_eq!(workspace.record(&all[..150]).await.unwrap(), 0, "the same file");
    assert_eq!(workspace.record(&all[100..]).await.unwrap(), 50, "a file that overlaps");
    let twice = [counted(1_000, 0), counted(1_000, 0)];
    assert_eq!(workspace.record(&twice).await.unwrap(), 1, "twice in one file");
    assert_eq!(workspace.record(&[]).await.unwrap(), 0);
    let mut database = SqliteConnection::connect(&folder.url()).await.unwrap();
    let counts: (i64, i64) = sqlx::query_as("SELECT count(*), count(DISTINCT event_key) FROM workspace_events")
        .fetch_one(&mut database)
        .await
        .unwrap();
    assert_eq!(counts, (201, 201));
}

#[tokio::test]
async fn months_and_days_are_those_of_france() {
    let folder = Folder::new();
    let mut workspace = Workspace::open(&folder.url()).await.unwrap();
    // One second before and one after the end of October 2026, which ends at 23:00 UTC.
    let rows = [counted(1, 1_793_487_599_000), counted(2, 1_793_487_601_000)];
    workspace.record(&rows).await.unwrap();
    let mut database = SqliteConnection::connect(&folder.url()).await.unwrap();
    let days: Vec<(String, String)> =
        sqlx::query_as("SELECT month, occurred_on FROM workspace_events ORDER BY event_key")
            .fetch_all(&mut database)
            .await
            .unwrap();
    let expected = [("2026-10", "2026-10-31"), ("2026-11", "2026-11-01")];
    assert_eq!(days, expected.map(|(month, day)| (month.to_owned(), day.to_owned())));
}
