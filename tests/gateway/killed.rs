//! The real binary, killed in the middle of its work: every answer a caller saw is in the table, once.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use sqlx::{Row, any::AnyPoolOptions};

/// A folder with settings and a policy whose only backend is simulated.
fn deployment() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("gardefou-killed-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(root.join("config/policy.toml"), folder.join("policy.toml")).expect("the policy");
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a port")
        .port();
    let settings = format!(
        r#"
listen = "127.0.0.1:{port}"
policy = "policy.toml"
public_url = "http://127.0.0.1:{port}"
[database]
url = "sqlite://data/gardefou.db"
outbox = "data/outbox.db"
[identity]
local = "poste-local"
pseudonym_key = {{ file = "data/pseudonym.key" }}
"#
    );
    std::fs::write(folder.join("gardefou.toml"), settings).expect("the settings");
    folder
}

/// Starts the binary and gives the address it prints.
fn start(folder: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gardefou"))
        .args(["serve", "--config", "gardefou.toml"])
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .env_remove("GARDEFOU_LISTEN")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let url = lines
        .map_while(Result::ok)
        .find_map(|line| {
            line.trim()
                .strip_prefix("Accueil")
                .map(|url| url.trim().trim_end_matches('/').to_owned())
        })
        .expect("it says where it is");
    (child, url)
}

async fn ids(folder: &Path) -> Vec<String> {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", folder.join("data/gardefou.db").display());
    let Ok(pool) = AnyPoolOptions::new().max_connections(1).connect(&url).await else {
        return Vec::new();
    };
    let rows = sqlx::query("SELECT id FROM usage_events")
        .fetch_all(&pool)
        .await
        .unwrap_or_default();
    pool.close().await;
    rows.iter().map(|row| row.get("id")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_caller_saw_survives_a_kill() {
    let folder = deployment();
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .expect("a client");
    for life in 0..4 {
        let (mut child, url) = start(&folder);
        let workers: Vec<_> = (0..16)
            .map(|worker| {
                let (client, url, seen) = (client.clone(), url.clone(), seen.clone());
                tokio::spawn(async move {
                    let stream = worker % 4 == 0;
                    let body = format!(r#"{{"model":"simulateur","stream":{stream},"messages":[{{"role":"user","content":"Bonjour"}}]}}"#);
                    loop {
                        let ask = client.post(format!("{url}/v1/chat/completions")).header("content-type", "application/json");
                        // Killed: this life is over.
                        let Ok(mut response) = ask.body(body.clone()).send().await else { return };
                        let id = response.headers()["x-gardefou-request-id"].to_str().expect("an id").to_owned();
                        // The first byte of an answer is the promise that it is recorded.
                        if matches!(response.chunk().await, Ok(Some(_))) {
                            seen.lock().expect("no panic").insert(id);
                        }
                        while matches!(response.chunk().await, Ok(Some(_))) {}
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(700 + 150 * life)).await;
        child.kill().expect("kill -9");
        child.wait().expect("it is dead");
        for worker in workers {
            worker.await.expect("no panic");
        }
    }
    let seen = seen.lock().expect("no panic").clone();
    assert!(seen.len() > 100, "there was a load: {}", seen.len());
    let (mut child, _) = start(&folder);
    let mut missing = seen.len();
    for _ in 0..400 {
        let recorded = ids(&folder).await;
        let distinct: HashSet<_> = recorded.iter().cloned().collect();
        assert_eq!(distinct.len(), recorded.len(), "once each");
        missing = seen.difference(&distinct).count();
        if missing == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill().expect("stopped");
    child.wait().expect("it is dead");
    assert_eq!(missing, 0, "of {}", seen.len());
    let _ = std::fs::remove_dir_all(&folder);
}
