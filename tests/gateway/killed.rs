//! The real binary, killed in the middle of its work: every answer a caller saw is in the table, once.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use sqlx::{Row, any::AnyPoolOptions};

use crate::support::binary::Binary;

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
    let binary = Binary::with(&Binary::policy(), "sqlite://data/gardefou.db");
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .expect("a client");
    for life in 0..4 {
        let (mut child, url) = (binary.serve(), &binary.url);
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
    let mut child = binary.serve();
    let mut missing = seen.len();
    for _ in 0..400 {
        let recorded = ids(&binary.folder).await;
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
}
