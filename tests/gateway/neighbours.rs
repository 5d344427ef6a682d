//! Other programs that look into the SQLite database while the gateway serves: the committee's report, a list of keys,
//! somebody's `sqlite3`. None of them may take anything away.
//!
//! SQLite's locks belong to the process: one file handle that the gateway closes lets go of all of them. The next
//! program to leave then believes that it was the last, and takes the write-ahead log with it, rows included. (SQLite
//! looks more closely since 3.51; the `sqlite3` of a server may be older, so what is looked at here is the lock.)

use std::{collections::HashSet, os::unix::fs::MetadataExt, path::Path, time::Duration};

use sqlx::{Connection, Row, SqliteConnection};

use crate::support::binary::Binary;

/// Comes, reads the ids, leaves; properly, as `sqlite3` does.
async fn look(folder: &Path) -> HashSet<String> {
    let database = format!("sqlite://{}", folder.join("data/gardefou.db").display());
    let mut sql = SqliteConnection::connect(&database).await.expect("the database");
    let rows = sqlx::query("SELECT id FROM usage_events").fetch_all(&mut sql).await;
    let ids = rows.expect("rows").iter().map(|row| row.get(0)).collect();
    sql.close().await.expect("closed");
    ids
}

/// The gateway holds a lock on the database, by which others know that it is there.
fn is_held(folder: &Path, process: u32) -> bool {
    let file = std::fs::metadata(folder.join("data/gardefou.db")).expect("the database");
    let (process, file) = (process.to_string(), format!(":{}", file.ino()));
    let locks = std::fs::read_to_string("/proc/locks").expect("the locks");
    locks.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.contains(&&*process) && words.iter().any(|word| word.ends_with(&file))
    })
}

#[tokio::test]
async fn a_program_that_looks_and_leaves_takes_nothing_away() {
    let binary = Binary::with(&Binary::policy(), "sqlite://data/gardefou.db");
    let mut child = binary.serve();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut asked = HashSet::new();
    for round in 0..3 {
        // Every task of the gateway has opened what it needs; a new policy makes one of them open it again.
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(is_held(&binary.folder, child.id()), "round {round}");
        for _ in 0..5 {
            let ask = client.post(format!("{}/v1/chat/completions", binary.url));
            let body = r#"{"model":"simulateur","messages":[{"role":"user","content":"Bonjour"}]}"#;
            let ask = ask.header("content-type", "application/json").body(body);
            let answer = ask.send().await.expect("an answer");
            let id = answer.headers()["x-gardefou-request-id"]
                .to_str()
                .expect("an id")
                .to_owned();
            answer.bytes().await.expect("its end");
            asked.insert(id);
        }
        let mut missing = asked.len();
        for _ in 0..200 {
            missing = asked.difference(&look(&binary.folder).await).count();
            if missing == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(missing, 0, "{}", binary.said());
        let direction = format!("\n[[direction]]\nname = \"Direction {round}\"\nagents = 12\n");
        std::fs::write(binary.folder.join("policy.toml"), Binary::policy() + &direction).expect("a policy");
    }
    child.kill().expect("stopped");
    child.wait().expect("ended");
}
