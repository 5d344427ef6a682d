//! Callers who ask at a steady rate, whatever happens, and remember what they saw.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{task::JoinHandle, time::sleep};
use uuid::Uuid;

/// Requests a second, on the average of the whole run. More than are promised, so that lost time is made up.
const RATE: f64 = 400.0;
const WORKERS: usize = 48;

/// How an answer ended, as its caller saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// To its last byte.
    Whole,
    /// A refusal, as it must be: the prompt had a secret.
    Refused,
    /// The caller left after the first piece.
    Left,
    /// The connection broke.
    Broken,
}

/// An answer whose first byte arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) id: Uuid,
    pub(super) worker: usize,
    /// Which life of the gateway answered, where that is beyond doubt.
    pub(super) life: Option<usize>,
    pub(super) end: End,
    pub(super) asked: Instant,
    pub(super) at: Instant,
}

/// What everybody knows.
pub(super) struct Shared {
    url: String,
    key: String,
    /// Lives of the gateway so far.
    pub(super) life: AtomicUsize,
    stop: AtomicBool,
    started: Instant,
    next: AtomicU64,
    /// Requests sent, heard or not.
    pub(super) asked: AtomicU64,
    pub(super) seen: Mutex<Vec<Seen>>,
    /// Answers that should not have been given: status, code and text.
    pub(super) wrong: Mutex<Vec<(u16, String)>>,
}

/// The callers.
pub(super) struct Load {
    pub(super) shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

impl Load {
    pub(super) fn on(url: &str, key: &str) -> Self {
        let shared = Arc::new(Shared {
            url: url.to_owned(),
            key: key.to_owned(),
            life: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            started: Instant::now(),
            next: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            seen: Mutex::default(),
            wrong: Mutex::default(),
        });
        let workers = (0..WORKERS)
            .map(|number| tokio::spawn(worker(shared.clone(), number)))
            .collect();
        Self { shared, workers }
    }

    /// Answers so far.
    pub(super) fn answered(&self) -> usize {
        self.shared.seen.lock().expect("no panic").len()
    }

    pub(super) async fn stop(self) -> Arc<Shared> {
        self.shared.stop.store(true, Ordering::Relaxed);
        for worker in self.workers {
            worker.await.expect("no caller failed");
        }
        self.shared
    }
}

async fn worker(shared: Arc<Shared>, number: usize) {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(40))
        .build()
        .expect("a client");
    while !shared.stop.load(Ordering::Relaxed) {
        let turn = shared.next.fetch_add(1, Ordering::Relaxed);
        let due = shared.started + Duration::from_secs_f64(turn as f64 / RATE);
        tokio::time::sleep_until(due.into()).await;
        while !ask(&shared, &client, number, turn).await {
            if shared.stop.load(Ordering::Relaxed) {
                return;
            }
            // The gateway is dead: it will be back.
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// One request; false where nobody answered.
async fn ask(shared: &Shared, client: &reqwest::Client, worker: usize, turn: u64) -> bool {
    let (model, stream, text) = match turn % 10 {
        0..=2 => ("flux-x", true, "Bonjour"),
        3 => ("gpt-x", false, "Le NIR est 2 64 05 04 070 012 56"),
        _ => ("gpt-x", false, "Bonjour"),
    };
    let body = format!(r#"{{"model":"{model}","stream":{stream},"messages":[{{"role":"user","content":"{text}"}}]}}"#);
    let request = client
        .post(format!("{}/v1/chat/completions", shared.url))
        .header("content-type", "application/json")
        .bearer_auth(&shared.key);
    shared.asked.fetch_add(1, Ordering::Relaxed);
    let life = shared.life.load(Ordering::Relaxed);
    let asked = Instant::now();
    let Ok(mut response) = request.body(body).send().await else {
        return false;
    };
    let status = response.status().as_u16();
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        Some(value.to_str().expect("ASCII").to_owned())
    };
    let id = header("x-gardefou-request-id").map(|id| Uuid::parse_str(&id).expect("an id"));
    let retry = header("x-should-retry");
    if status != 200 && !(status == 400 && turn % 10 == 3) {
        let said = response.text().await.unwrap_or_default();
        let said = format!("x-should-retry: {retry:?} {said}");
        shared.wrong.lock().expect("no panic").push((status, said));
        return true;
    }
    let mut seen = Seen {
        id: id.expect("every answer has an id"),
        worker,
        life: (shared.life.load(Ordering::Relaxed) == life).then_some(life),
        end: End::Broken,
        asked,
        at: asked,
    };
    let leaves = stream && turn % 20 == 1;
    loop {
        match response.chunk().await {
            Ok(Some(_)) if leaves => {
                drop(response);
                seen.end = End::Left;
                break;
            }
            Ok(Some(_)) => {}
            Ok(None) if status == 400 => {
                seen.end = End::Refused;
                break;
            }
            Ok(None) => {
                seen.end = End::Whole;
                break;
            }
            Err(_) => break,
        }
    }
    seen.at = Instant::now();
    shared.seen.lock().expect("no panic").push(seen);
    true
}
