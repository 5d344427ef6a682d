//! The ledger and the office under bad weather: killed processes, full disks, PostgreSQL stopped, frozen, read-only.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use gardefou::{
    domain::{Clock, Decision, Entry, MentionForm, Outcome, RequestId, Settlement, Timestamp, Tokens},
    ledger::{DatabaseState, Ledger, LedgerSettings, LedgerTasks, Trouble, Unavailable},
    office::Office,
};
use sqlx::{AnyConnection, Connection, PgConnection, Row};
use tokio::time::sleep;
use uuid::Uuid;

use crate::support::postgres::Cluster;

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

/// The promises that hold on every engine.
async fn journal_contract(url: &str) {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start(url).await;
    let (full, least, lost) = (entry(), bare(), entry());
    ledger.open(full.clone()).await.expect("a receipt").settle(completed());
    ledger
        .record(least.clone(), Settlement::bare(Outcome::Refused, 400))
        .await
        .expect("a record");
    drop(ledger.open(lost.clone()).await.expect("a receipt"));
    assert!(ledger.flush(SOON).await);
    let rows = rows(url).await;
    let expected = [
        (full.id.0, "completed"),
        (least.id.0, "refused"),
        (lost.id.0, "interrupted"),
    ];
    assert_eq!(by_id(&rows), HashMap::from(expected));
    assert!(ledger.status().database_up);
    assert!(tasks.shutdown().await);

    let sql = "SELECT purpose, tool, CAST(findings AS TEXT), CAST(energy_kwh_max AS DOUBLE PRECISION), http_status, duration_ms,
        CAST(occurred_at AS TEXT) FROM usage_events ORDER BY instance_seq";
    let rows = sqlx::query(sql).fetch_all(&mut connect(url).await).await.expect("rows");
    let row = &rows[0];
    assert_eq!(row.get::<String, _>(0), "Réunion du \"11\" : l'été\n\u{fffd}");
    assert_eq!(row.get::<String, _>(1), "gemini");
    assert_eq!(
        row.get::<String, _>(2).replace(": ", ":").replace(", ", ","),
        r#"{"personal":2,"sensitive":1}"#
    );
    assert_eq!(row.get::<f64, _>(3), 0.1 + 0.2);
    let outside = |row: &sqlx::any::AnyRow| {
        row.try_get::<Option<i64>, _>(4)
            .or_else(|_| row.try_get::<Option<i16>, _>(4).map(|s| s.map(i64::from)))
    };
    assert_eq!(outside(row).expect("a status"), Some(200));
    let (refused, interrupted) = (&rows[1], &rows[2]);
    assert_eq!(
        (refused.get::<Option<String>, _>(1), outside(refused).expect("a status")),
        (None, Some(400))
    );
    assert_eq!(
        outside(interrupted).expect("none"),
        None,
        "nobody knows what the caller saw"
    );
    assert!(
        interrupted.get::<Option<i64>, _>(5).is_some(),
        "how long it took is known"
    );
    let year = row.get::<String, _>(6);
    assert!(year.starts_with("20") && year.contains(':'), "{year}");
}

#[tokio::test]
async fn the_journal_keeps_its_promises_on_sqlite() {
    let folder = Folder::new();
    journal_contract(&folder.sqlite()).await;
}

#[tokio::test]
async fn the_journal_keeps_its_promises_on_postgresql() {
    let cluster = Cluster::start().await;
    journal_contract(&cluster.url()).await;
    // The chain, recomputed by the database itself from its typed columns: an independent reading of the canonical
    // form that `ledger::row` documents.
    let mut sql = PgConnection::connect(&cluster.url()).await.expect("the database");
    let broken: i64 = sqlx::query_scalar(RECOMPUTE)
        .fetch_one(&mut sql)
        .await
        .expect("a count");
    assert_eq!(broken, 0, "rows whose chain value is not what it should be");
    sqlx::query("UPDATE usage_events SET tool = 'autre' WHERE instance_seq = 1")
        .execute(&mut sql)
        .await
        .expect("a forgery");
    let broken: i64 = sqlx::query_scalar(RECOMPUTE)
        .fetch_one(&mut sql)
        .await
        .expect("a count");
    assert_eq!(broken, 1, "a row that was changed is found");
}

const RECOMPUTE: &str = r#"
WITH counts AS (
    SELECT id,
        (SELECT '{' || coalesce(string_agg(to_json(key)::text || ':' || value, ',' ORDER BY key COLLATE "C"), '') || '}' FROM jsonb_each_text(findings)) AS findings,
        (SELECT '{' || coalesce(string_agg(to_json(key)::text || ':' || value, ',' ORDER BY key COLLATE "C"), '') || '}' FROM jsonb_each_text(finding_types)) AS finding_types
    FROM usage_events
), fields AS (
    SELECT e.id, f.place, f.name, f.value FROM usage_events e JOIN counts c USING (id), LATERAL (VALUES
        (1, 'id', e.id::text), (2, 'occurred_at', (extract(epoch FROM e.occurred_at) * 1000)::bigint::text), (3, 'caller', e.caller),
        (4, 'direction', e.direction), (5, 'tool', e.tool), (6, 'tool_level', e.tool_level::text), (7, 'model', e.model),
        (8, 'dialect', e.dialect), (9, 'endpoint', e.endpoint), (10, 'stream', e.stream::int::text), (11, 'purpose', e.purpose),
        (12, 'decision', e.decision), (13, 'rule', e.rule), (14, 'findings', c.findings), (15, 'finding_types', c.finding_types),
        (16, 'mention', e.mention), (17, 'http_status', e.http_status::text), (18, 'outcome', e.outcome),
        (19, 'input_tokens', e.input_tokens::text), (20, 'output_tokens', e.output_tokens::text),
        (21, 'tokens_estimated', e.tokens_estimated::int::text), (22, 'duration_ms', e.duration_ms::text),
        (23, 'first_token_ms', e.first_token_ms::text), (24, 'upstream_ms', e.upstream_ms::text), (25, 'overhead_us', e.overhead_us::text),
        (26, 'energy_kwh_min', encode(float8send(e.energy_kwh_min), 'hex')), (27, 'energy_kwh_max', encode(float8send(e.energy_kwh_max), 'hex')),
        (28, 'co2e_kg_min', encode(float8send(e.co2e_kg_min), 'hex')), (29, 'co2e_kg_max', encode(float8send(e.co2e_kg_max), 'hex')),
        (30, 'cost_eur', encode(float8send(e.cost_eur), 'hex')), (31, 'policy_hash', e.policy_hash), (32, 'charter_version', e.charter_version),
        (33, 'instance', e.instance), (34, 'instance_seq', e.instance_seq::text)
    ) AS f (place, name, value)
), canonical AS (
    SELECT id, 'gardefou-usage-1' || chr(10) || string_agg(name || '=' || octet_length(value) || ':' || value || chr(10), '' ORDER BY place) AS text
    FROM fields WHERE value IS NOT NULL GROUP BY id
), linked AS (
    SELECT e.chain, coalesce(lag(e.chain) OVER (PARTITION BY e.instance ORDER BY e.instance_seq), '') AS before, c.text
    FROM usage_events e JOIN canonical c USING (id)
)
SELECT count(*) FROM linked WHERE chain <> sha256(before || convert_to(text, 'UTF8'))"#;

/// A load that goes on until it is told to stop: each worker opens, waits for the sync and settles, one request after
/// the other, and returns the ids it was promised, in order.
struct Load(
    Vec<tokio::task::JoinHandle<Vec<Uuid>>>,
    tokio::sync::watch::Sender<bool>,
);

impl Load {
    fn on(ledger: &Ledger, workers: usize) -> Self {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let worker = |ledger: Ledger, stopped: tokio::sync::watch::Receiver<bool>| async move {
            let mut promised = Vec::new();
            while !*stopped.borrow() {
                let entry = entry();
                let id = entry.id.0;
                let mut receipt = ledger.open(entry).await.expect("the outbox has room");
                receipt.synced().await.expect("the disk answers");
                receipt.settle(completed());
                promised.push(id);
                sleep(Duration::from_millis(5)).await;
            }
            promised
        };
        Self(
            (0..workers)
                .map(|_| tokio::spawn(worker(ledger.clone(), stopped.clone())))
                .collect(),
            stop,
        )
    }

    async fn stop(self) -> Vec<Vec<Uuid>> {
        self.1.send_replace(true);
        let mut promised = Vec::new();
        for worker in self.0 {
            promised.push(worker.await.expect("no worker failed"));
        }
        promised
    }
}

/// Every promise is kept, once, and each worker's requests stand in its order.
fn all_there_in_order(promised: &[Vec<Uuid>], rows: &[(Uuid, String)]) {
    let places: HashMap<Uuid, usize> = rows.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect();
    assert_eq!(places.len(), rows.len(), "no request has two rows");
    assert_eq!(
        rows.len(),
        promised.iter().map(Vec::len).sum::<usize>(),
        "as many rows as promises"
    );
    for worker in promised {
        let own: Vec<usize> = worker
            .iter()
            .map(|id| *places.get(id).expect("a promised request is there"))
            .collect();
        assert!(own.is_sorted(), "rows stand in the order in which requests ended");
    }
}

async fn until(what: &str, check: impl Fn() -> bool) {
    let since = Instant::now();
    while !check() {
        assert!(since.elapsed() < SOON, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_stopped_frozen_and_restarted_under_load_loses_nothing() {
    let mut cluster = Cluster::start().await;
    let folder = Folder::new();
    let (ledger, tasks) = folder.start(&cluster.url()).await;
    let load = Load::on(&ledger, 8);
    until("rows arrive", || ledger.status().relayed > 50).await;

    cluster.stop();
    until("the outage is seen", || {
        matches!(ledger.status().database, DatabaseState::Down(_))
    })
    .await;
    sleep(Duration::from_secs(1)).await;
    assert!(
        ledger.status().depth > 50 && ledger.status().outbox_up,
        "requests go on from the outbox"
    );
    cluster.resume().await;
    until("the backlog is gone", || ledger.status().waiting < 50).await;

    for _ in 0..3 {
        cluster.hang();
        until("the frost is seen", || {
            ledger.status().database == DatabaseState::Down(Trouble::TimedOut)
        })
        .await;
        cluster.thaw();
        until("the backlog is gone", || ledger.status().waiting < 50).await;
    }
    for _ in 0..3 {
        cluster.stop();
        cluster.resume().await;
    }
    let promised = load.stop().await;
    assert!(ledger.flush(SOON).await, "{:?}", ledger.status());
    assert!(ledger.status().retries > 0);
    assert!(tasks.shutdown().await);
    let rows = rows(&cluster.url()).await;
    all_there_in_order(&promised, &rows);
    assert!(rows.iter().all(|(_, outcome)| outcome == "completed"));
}

#[tokio::test]
async fn a_read_only_database_is_named_and_waited_for() {
    let cluster = Cluster::start().await;
    let folder = Folder::new();
    let (ledger, tasks) = folder.start(&cluster.url()).await;
    ledger.open(entry()).await.expect("a receipt").settle(completed());
    assert!(ledger.flush(SOON).await);
    let mut sql = PgConnection::connect(&cluster.url()).await.expect("the database");
    let read_only = |word: &str| {
        sqlx::AssertSqlSafe(format!(
            "ALTER DATABASE postgres SET default_transaction_read_only = {word}"
        ))
    };
    sqlx::query(read_only("on")).execute(&mut sql).await.expect("read-only");
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'gardefou%'")
        .execute(&mut sql)
        .await
        .expect("cut connections");
    ledger.open(entry()).await.expect("a receipt").settle(completed());
    until("it is named", || {
        ledger.status().database == DatabaseState::Down(Trouble::ReadOnly)
    })
    .await;
    sqlx::query("SET default_transaction_read_only = off")
        .execute(&mut sql)
        .await
        .expect("leave to write");
    sqlx::query(read_only("off")).execute(&mut sql).await.expect("writable");
    assert!(ledger.flush(SOON).await);
    assert_eq!(rows(&cluster.url()).await.len(), 2);
    assert!(tasks.shutdown().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_start_together_on_an_empty_database() {
    let cluster = Cluster::start().await;
    let (here, there) = (Folder::new(), Folder::new());
    let gateway = async |folder: &Folder, name: &str| {
        let settings = LedgerSettings {
            instance: name.into(),
            ..folder.settings(&cluster.url())
        };
        let url = cluster.url();
        let office = Office::start(&url, folder.0.join("office.json"), clock());
        let (ledger, office) = tokio::join!(start(settings), office);
        (ledger, office.expect("an office"))
    };
    let (((ledger, tasks), (office, _)), ((other_ledger, other_tasks), (other_office, _))) =
        tokio::join!(gateway(&here, "essai-1"), gateway(&there, "essai-2"));
    assert!(office.is_loaded() && other_office.is_loaded());
    let (own, others) = (
        entry(),
        Entry {
            instance: "essai-2".into(),
            ..entry()
        },
    );
    ledger.open(own.clone()).await.expect("a receipt").settle(completed());
    other_ledger
        .open(others.clone())
        .await
        .expect("a receipt")
        .settle(completed());
    assert!(ledger.flush(SOON).await && other_ledger.flush(SOON).await);
    let sql = "SELECT CAST(id AS TEXT) FROM usage_events WHERE instance_seq = 1 ORDER BY instance";
    let firsts = sqlx::query(sql)
        .fetch_all(&mut connect(&cluster.url()).await)
        .await
        .expect("rows");
    let firsts: Vec<String> = firsts.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        firsts,
        [own.id.to_string(), others.id.to_string()],
        "each gateway has a chain of its own"
    );

    let (record, secret) = office
        .create_key("a.martin@departement04.example", &[], None)
        .await
        .expect("a key");
    until("the other gateway knows the key", || {
        other_office.key(&secret).is_some()
    })
    .await;
    let since = Instant::now();
    assert!(office.revoke_key(&record.id).await.expect("the database"));
    until("the other gateway refuses the key", || {
        other_office.key(&secret).is_none()
    })
    .await;
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    office
        .accept_charter("9f86d081884c7d65", "2025-06")
        .await
        .expect("the database");
    until("the other gateway knows the acceptance", || {
        other_office.accepted_charters("9f86d081884c7d65") == ["2025-06"]
    })
    .await;
    assert!(tasks.shutdown().await && other_tasks.shutdown().await);
}

#[tokio::test]
async fn a_key_outlives_its_database() {
    let mut cluster = Cluster::start().await;
    let folder = Folder::new();
    let copy = folder.0.join("office.json");
    let (office, _task) = Office::start(&cluster.url(), copy.clone(), clock())
        .await
        .expect("an office");
    let (_, secret) = office
        .create_key("a.martin@departement04.example", &[], None)
        .await
        .expect("a key");
    cluster.stop();
    sleep(Duration::from_millis(600)).await;
    assert!(
        office.key(&secret).is_some(),
        "a database that is stopped makes no key invalid"
    );
    let (again, _task) = Office::start(&cluster.url(), copy, clock()).await.expect("an office");
    assert!(again.key(&secret).is_some(), "nor does a start without it");
    cluster.resume().await;
    let since = Instant::now();
    while office
        .create_key("b.roux@departement04.example", &[], None)
        .await
        .is_err()
    {
        assert!(since.elapsed() < SOON, "the office finds its database again");
    }
    until("both follow again", || {
        again.key(&secret).is_some() && office.key(&secret).is_some()
    })
    .await;
}

const CHILD: &str = "GARDEFOU_TEST_CHILD";

/// What a child process does: this test, run by name with a folder in its environment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the body of a process that other tests start and kill"]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "this is how a test tells its child what to do")]
    let Ok(told) = std::env::var(CHILD) else { return };
    let (folder, url) = told.split_once(' ').expect("a folder and an address");
    let settings = LedgerSettings::new(url, Path::new(folder).join("outbox.db"), "essai-1");
    let (ledger, _tasks) = start(settings).await;
    println!("ready");
    let work = async |settles: bool| loop {
        let entry = entry();
        let id = entry.id;
        match ledger.open(entry).await {
            Ok(mut receipt) => {
                println!("open {id}");
                if !settles {
                    std::mem::forget(receipt);
                    sleep(Duration::from_millis(5)).await;
                    continue;
                }
                match receipt.synced().await {
                    Ok(()) => println!("synced {id}"),
                    Err(why) => println!("{}", why.code()),
                }
                receipt.settle(completed());
            }
            Err(why) => {
                println!("{}", why.code());
                sleep(Duration::from_millis(20)).await;
            }
        }
    };
    tokio::join!(
        work(true),
        work(true),
        work(true),
        work(true),
        work(true),
        work(true),
        work(false)
    );
}

struct Process {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Process {
    fn start(folder: &Folder, url: &str, before: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let script = format!("{before} exec \"$0\" --exact ledger::child --ignored --nocapture");
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .arg(program)
            .env(CHILD, format!("{} {url}", folder.0.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let (send, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| drop(send.send(line))));
        Self { child, lines }
    }

    /// What it says, until it has said this `count` times.
    fn until(&self, word: &str, count: usize) -> Vec<String> {
        let mut said = Vec::new();
        let mut seen = 0;
        while seen < count {
            let line = self
                .lines
                .recv_timeout(SOON)
                .unwrap_or_else(|_| panic!("never said {word}"));
            seen += usize::from(line.starts_with(word));
            said.push(line);
        }
        said
    }

    /// Kills it, and takes what it had said until then.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("its end");
        self.lines.iter().collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ids(said: &[String], word: &str) -> HashSet<Uuid> {
    said.iter()
        .filter_map(|line| Uuid::parse_str(line.strip_prefix(word)?.trim()).ok())
        .collect()
}

async fn killed_again_and_again(url: &str) {
    let folder = Folder::new();
    let mut said = Vec::new();
    for _ in 0..5 {
        let process = Process::start(&folder, url, "");
        said.extend(process.until("open", 200));
        said.extend(process.kill());
    }
    let (ledger, tasks) = folder.start(url).await;
    assert!(ledger.status().interrupted > 0, "the last life left requests open");
    assert!(ledger.flush(SOON).await);
    assert!(tasks.shutdown().await);
    let rows = rows(url).await;
    let by_id = by_id(&rows);
    let open = ids(&said, "open ");
    assert!(open.len() >= 1000);
    for id in &open {
        assert!(by_id.contains_key(id), "a request that was promised is in the journal");
    }
    let completed = by_id.values().filter(|&&outcome| outcome == "completed").count();
    let interrupted = by_id.values().filter(|&&outcome| outcome == "interrupted").count();
    assert!(completed > 500 && interrupted > 0 && completed + interrupted == rows.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_under_load_loses_nothing_on_sqlite() {
    let folder = Folder::new();
    killed_again_and_again(&folder.sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_under_load_loses_nothing_on_postgresql() {
    let cluster = Cluster::start().await;
    killed_again_and_again(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_requests_and_room_lets_them_in_again() {
    let folder = Folder::new();
    // A database that is never there, so that the outbox only grows; files may have 500 blocks of 512 or 1024 bytes.
    let nowhere = "postgres://nobody@127.0.0.1:1/nowhere";
    let process = Process::start(&folder, nowhere, "trap '' XFSZ; ulimit -S -f 500;");
    let mut said = process.until("outbox-not-written", 20);
    let given = Command::new("prlimit")
        .args(["--pid", &process.child.id().to_string(), "--fsize=unlimited:unlimited"])
        .status()
        .expect("prlimit");
    assert!(given.success());
    let before = ids(&said, "open ").len();
    said.extend(process.until("synced", 100));
    said.extend(process.kill());
    let open = ids(&said, "open ");
    assert!(before > 10 && open.len() >= before + 100);

    let (ledger, tasks) = folder.start(&folder.sqlite()).await;
    assert!(ledger.flush(SOON).await);
    assert!(tasks.shutdown().await);
    let rows = rows(&folder.sqlite()).await;
    let by_id = by_id(&rows);
    assert!(
        open.iter().all(|id| by_id.contains_key(id)),
        "what was promised before, during and after is there"
    );
}

#[tokio::test]
async fn an_outbox_at_its_bound_refuses_and_recovers_by_itself() {
    let mut cluster = Cluster::start().await;
    let url = cluster.url();
    cluster.stop();
    let folder = Folder::new();
    let (ledger, tasks) = start(LedgerSettings {
        outbox_max_rows: 10,
        ..folder.settings(&url)
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(ledger.open(entry()).await.expect("room for ten"));
    }
    assert_eq!(ledger.open(entry()).await.expect_err("no room"), Unavailable::Full);
    assert_eq!(
        ledger.record(bare(), Settlement::bare(Outcome::Refused, 400)).await,
        Err(Unavailable::Full)
    );
    assert!(!ledger.status().outbox_up);
    open.into_iter().for_each(|receipt| receipt.settle(completed()));
    cluster.resume().await;
    until("there is room again", || ledger.status().outbox_up).await;
    ledger.open(entry()).await.expect("room again").settle(completed());
    assert!(ledger.flush(SOON).await);
    let rows = rows(&url).await;
    assert_eq!(rows.iter().filter(|(_, outcome)| outcome == "completed").count(), 11);
    assert_eq!(rows.len(), 11, "what was refused left no trace");
    assert!(tasks.shutdown().await);
}
