//! A thousand saves under load: no request fails, each is decided by one good policy from its start to its end, what is
//! broken is never in force, and everything that decided is kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use sqlx::{Connection, Row};

use crate::support::{
    binary::Binary,
    gateway::heard,
    reloads::{SMALL, hang_up, hash_of, save, until},
};

const SAVES: usize = 1_000;
/// Of these saves, the one that is left standing until the gateway tells of it.
const BURST: usize = 25;

/// What a save has: an even one is good, and each is another text.
fn version(number: usize) -> String {
    let marked = format!("{SMALL}# version {number}\n");
    match number % 8 {
        1 => format!("{marked}[charter]\n"),
        3 => marked.replace("level = 1", "levle = 1"),
        5 => marked.replace("expect = \"allowed\"", "expect = \"refused\""),
        7 => marked.replace("\"simulated\"", "\"simulated"),
        _ => marked,
    }
}

/// Asks until it is told to stop, and once more; each answer's id and policy.
async fn caller(client: reqwest::Client, url: String, stop: Arc<AtomicBool>) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    let body = json!({ "model": "simulateur", "messages": [{ "role": "user", "content": "Bonjour" }] }).to_string();
    loop {
        let is_last = stop.load(Ordering::Relaxed);
        let request = client.post(format!("{url}/v1/chat/completions"));
        let heard = heard(request.header("content-type", "application/json").body(body.clone())).await;
        assert_eq!(heard.status, 200, "{}", heard.body);
        let [id, policy] = ["x-gardefou-request-id", "x-gardefou-policy"].map(|name| heard.header(name).to_owned());
        answers.push((id, policy));
        if is_last {
            return answers;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_saves_good_and_broken_fail_no_request() {
    let binary = Binary::with(&version(0), "sqlite://data/gardefou.db");
    let path = binary.folder.join("policy.toml");
    let mut child = binary.serve();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..3)
        .map(|_| tokio::spawn(caller(client.clone(), binary.url.clone(), stop.clone())))
        .collect();

    let good: BTreeMap<String, usize> = (0..=SAVES).step_by(2).map(|n| (hash_of(&version(n)), n)).collect();
    let (mut last_good, mut awaited) = (0, Vec::new());
    for number in 1..=SAVES {
        save(&path, &version(number), number / 2 + number % 2);
        if number % 2 == 0 {
            last_good = number;
        }
        // In bursts of an odd length, so that good ones and broken ones are left standing in turn.
        if number % BURST != 0 && number != SAVES {
            tokio::time::sleep(Duration::from_millis(4)).await;
            continue;
        }
        if number % 3 == 0 {
            hang_up(&child);
        }
        if number == last_good {
            let hash = hash_of(&version(number));
            let now = until(&client, &binary.url, "in force", |policy| policy["hash"] == *hash).await;
            assert_eq!(now["status"], "ok", "{now}");
            awaited.push(hash);
        } else {
            let now = until(&client, &binary.url, "told broken", |policy| policy["why"] == "invalid").await;
            let hash = now["hash"].as_str().expect("a hash");
            assert!(good.contains_key(hash) && now["status"] == "last_good", "{now}");
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut answers = Vec::new();
    for caller in callers {
        let heard = caller.await.expect("no request failed");
        // One policy after the other, none comes back.
        let numbers: Vec<_> = heard.iter().map(|(_, policy)| good.get(policy)).collect();
        assert!(numbers.iter().all(Option::is_some), "a broken policy decided");
        assert!(numbers.is_sorted(), "an older policy came back");
        answers.extend(heard);
    }
    let decided: BTreeSet<_> = answers.iter().map(|(_, policy)| policy.clone()).collect();
    assert!(decided.contains(awaited.last().expect("the last save is good")));
    assert!(answers.len() > SAVES / 10 && decided.len() > awaited.len() / 2);

    let rows = rows(&binary, answers.len()).await;
    for (id, policy) in &answers {
        assert_eq!(
            rows.get(id),
            Some(policy),
            "{id} was answered by one policy and written down with another"
        );
    }
    let kept = kept(&binary).await;
    for hash in decided.iter().chain(&awaited) {
        assert_eq!(
            kept.get(hash),
            Some(&version(good[hash])),
            "{hash} is not kept as it was"
        );
    }
    assert!(kept.keys().all(|hash| good.contains_key(hash)));
    eprintln!(
        "{} answers by {} of {} policies kept",
        answers.len(),
        decided.len(),
        kept.len()
    );
    child.kill().expect("its end");
    child.wait().expect("its end");
}

#[tokio::test]
async fn what_cannot_be_written_down_does_not_come_into_force() {
    let binary = Binary::with(SMALL, "sqlite://data/gardefou.db");
    let mut child = binary.serve();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let shelf = binary.folder.join("data/policies");
    // A file where the folder must be.
    std::fs::remove_dir_all(&shelf).expect("a folder");
    std::fs::write(&shelf, "").expect("a file");
    let path = binary.folder.join("policy.toml");
    save(&path, &version(2), 0);
    let now = until(&client, &binary.url, "not kept", |policy| policy["why"] == "not_kept").await;
    assert_eq!((&now["hash"], &now["failures"]), (&hash_of(SMALL).into(), &1.into()));
    std::fs::remove_file(&shelf).expect("a file");
    hang_up(&child);
    until(&client, &binary.url, "in force", |policy| {
        policy["hash"] == *hash_of(&version(2))
    })
    .await;
    child.kill().expect("its end");
    child.wait().expect("its end");
}

async fn database(binary: &Binary) -> sqlx::SqliteConnection {
    let url = format!("sqlite://{}", binary.folder.join("data/gardefou.db").display());
    sqlx::SqliteConnection::connect(&url).await.expect("the database")
}

/// Policy of each request, once all of them arrived.
async fn rows(binary: &Binary, wanted: usize) -> BTreeMap<String, String> {
    let mut sql = database(binary).await;
    for _ in 0..600 {
        let rows = sqlx::query("SELECT id, policy_hash FROM usage_events")
            .fetch_all(&mut sql)
            .await;
        let rows = rows.expect("rows");
        if rows.len() >= wanted {
            return rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{wanted} rows did not arrive")
}

/// Document of each version that was in force, once the last one arrived: the outbox's neighbour has but that one then.
async fn kept(binary: &Binary) -> BTreeMap<String, String> {
    let shelf = binary.folder.join("data/policies");
    let waiting = || std::fs::read_dir(&shelf).expect("a folder").count();
    for _ in 0..600 {
        if waiting() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(waiting(), 1);
    let mut sql = database(binary).await;
    let query =
        "SELECT policy_hash, document FROM policy_versions WHERE policy_hash IN (SELECT policy_hash FROM policy_loads)";
    let rows = sqlx::query(query).fetch_all(&mut sql).await.expect("versions");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
