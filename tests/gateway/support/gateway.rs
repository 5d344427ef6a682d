//! A gateway on a port of its own, with a folder of its own for its ledger.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use gardefou::committee::Desk;
use gardefou::domain::{Clock, Identity, Timestamp};
use gardefou::gateway::{Deposits, Gateway, Health, Live};
use gardefou::http::{Edge, Exports, House, PolicyState};
use gardefou::identity::{
    Pseudonyms, Roles,
    oidc::{Issuer, OidcSettings},
};
use gardefou::ledger::person::Holdings;
use gardefou::ledger::{Ledger, LedgerSettings, LedgerTasks};
use gardefou::limits::Limits;
use gardefou::mail::{MailSettings, Mailer, Pauses, Post, Security};
use gardefou::office::Office;
use gardefou::policy::{Policy, civil};
use gardefou::reading::{Limits as ReaderLimits, Reader};
use gardefou::upstream::{Patience, Upstream};
use http::HeaderMap;
use serde_json::Value;
use sqlx::{AnyPool, Row};
use tokio::{net::TcpListener, sync::watch};

use super::FakeUpstream;

pub const MENTION: &str = "Ce message a été généré avec l'aide d'un outil IA.";

/// A policy with one tool a dialect, all to the same backend.
pub fn policy(upstream: &FakeUpstream) -> String {
    let url = upstream.url();
    let mut text = format!(
        r#"
[charter]
version = "2025-06"
url = "https://neo.example/charte-ia"
acceptance = "required"
[contacts]
dsiun = "dsiun@departement04.example"
rssi = "rssi@departement04.example"
dpo = "dpo@departement04.example"
[mention]
text = "{MENTION}"
public_notice = "Vous échangez avec une intelligence artificielle."
[screening.actions]
personal = "mask"
highly_personal = "block"
sensitive = "block"
health = "block"
vulnerable = "block"
secret = "block"
[[group]]
id = "solidarites"
members = ["a.martin@departement04.example"]
direction = "Solidarités"
"#
    );
    for (id, dialect, base, models) in [
        ("gpt", "openai", format!("{url}/v1"), "gpt-*"),
        ("gemini", "gemini", url.clone(), "gemini-*"),
        ("claude", "anthropic", url.clone(), "claude-*"),
    ] {
        text.push_str(&format!(
            r#"
[[backend]]
id = "{id}"
dialect = "{dialect}"
base_url = "{base}"
[[tool]]
id = "{id}"
name = "{id}"
level = 1
status = "validated"
decision = {{ reference = "DGS-1", date = 2025-06-12 }}
review_before = 2040-01-01
purpose = "Essai"
data_used = "Essai"
legal_basis = "Mission d'intérêt public"
provider = "Essai"
hosting = "Union européenne"
backends = ["{id}"]
models = ["{models}"]
accepts = []
groups = ["*"]
"#
        ));
    }
    text
}

/// What the caller heard.
#[derive(Debug)]
pub struct Heard {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Heard {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// The data of each event of a stream.
    pub fn events(&self) -> Vec<&str> {
        self.body
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .collect()
    }
}

/// Makes the settings of an issuer for a gateway at this address.
pub type SettingsFor = Box<dyn Fn(&str) -> OidcSettings>;

/// What may be out of the ordinary about a gateway.
pub struct Setup {
    /// The database; one of its own where there is none.
    pub database: Option<String>,
    /// Its name in the ledger.
    pub instance: &'static str,
    /// The local identity.
    pub local: Option<&'static str>,
    /// Who has which role.
    pub roles: Roles,
    /// What is counted, and where.
    pub limits: Limits,
    /// The issuer's settings, for a gateway at this address.
    pub issuer: Option<SettingsFor>,
    /// How old the directory may be.
    pub directory_max_age: Option<Duration>,
    /// Port of a mail server on this machine.
    pub mail: Option<u16>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            database: None,
            instance: "essai",
            local: Some("poste-local"),
            roles: Roles::default(),
            limits: Limits::default(),
            issuer: None,
            directory_max_age: None,
            mail: None,
        }
    }
}

/// A gateway of one's own.
pub struct TestGateway {
    pub address: SocketAddr,
    pub gateway: Gateway,
    /// Set to n, the n-th look at the clock panics: a bug in the middle of a request.
    pub fuse: Arc<AtomicI64>,
    /// What the clock says; 0 where it says the time.
    hands: Arc<AtomicI64>,
    folder: PathBuf,
    client: reqwest::Client,
    _tasks: LedgerTasks,
    _policy: watch::Sender<Arc<Live>>,
    _state: watch::Sender<PolicyState>,
}

impl TestGateway {
    /// In front of a backend, with the usual policy.
    pub async fn before(upstream: &FakeUpstream) -> Self {
        Self::with(&policy(upstream)).await
    }

    /// With a policy.
    pub async fn with(policy: &str) -> Self {
        Self::set_up(policy, Setup::default()).await
    }

    /// With a policy, and limits that are counted elsewhere.
    pub async fn counting(policy: &str, limits: Limits) -> Self {
        let setup = Setup {
            limits,
            ..Setup::default()
        };
        Self::set_up(policy, setup).await
    }

    /// With a policy, and what else is out of the ordinary.
    pub async fn set_up(policy: &str, setup: Setup) -> Self {
        let folder = std::env::temp_dir().join(format!("gardefou-test-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let fuse = Arc::new(AtomicI64::new(0));
        let hands = Arc::new(AtomicI64::new(0));
        let set = hands.clone();
        let clock: Clock = Arc::new(move || {
            let set = set.load(Ordering::SeqCst);
            if set != 0 {
                return Timestamp(set);
            }
            #[expect(clippy::disallowed_methods, reason = "the test is its own desk")]
            let now = SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .expect("after 1970");
            Timestamp(i64::try_from(now.as_millis()).expect("before the year 292 million"))
        });
        let policy = Policy::read(policy, "policy.toml", civil(clock())).unwrap_or_else(|error| panic!("{error}"));
        let (publish, live) = watch::channel(Arc::new(Live::new(policy, &|_| Some("cle-du-fournisseur".into()))));
        let (state, policy_state) = watch::channel(PolicyState::since(clock()));
        let own = || format!("sqlite://{}", folder.join("gardefou.db").display());
        let url = setup.database.unwrap_or_else(own);
        let settings = LedgerSettings::new(&url, folder.join("outbox.db"), setup.instance);
        let (ledger, tasks) = Ledger::start(settings, clock.clone()).await.expect("a ledger");
        let (office, _) = Office::start(&url, folder.join("keys.db"), clock.clone())
            .await
            .expect("an office");
        let patience = Patience {
            connect: Duration::from_secs(2),
            first_byte: Duration::from_secs(2),
            idle: Duration::from_secs(2),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its number");
        let gateway = Gateway {
            live,
            office,
            ledger,
            upstream: Upstream::new(patience, None).expect("a client"),
            reader: Arc::new(Reader::with(
                env!("CARGO_BIN_EXE_gardefou").into(),
                vec!["read-file".into()],
                ReaderLimits {
                    deadline: Duration::from_secs(20), // a debug build, and other tests beside it
                    ..ReaderLimits::default()
                },
            )),
            deposits: Deposits::default(),
            health: Health::default(),
            public_url: format!("http://{address}").into(),
            max_file: 20_971_520,
            limits: setup.limits,
            pseudonyms: Pseudonyms::new(&[7; 32]).expect("long enough"),
            local: setup.local.map(Identity::new),
            issuer: setup.issuer.map(|settings| {
                let key = Pseudonyms::new(&[7; 32]).expect("long enough").key_for("sign-in");
                let issuer = Issuer::new(settings(&format!("http://{address}")), None, key, clock.clone());
                Arc::new(issuer.expect("an address of this machine"))
            }),
            directory_max_age: setup.directory_max_age,
            clock: fused(clock, fuse.clone()),
            instance: "essai".into(),
        };
        let post = setup.mail.map(|port| {
            let mailer = Mailer::new(&MailSettings {
                host: "127.0.0.1".into(),
                port,
                security: Security::None,
                from: "gardefou@departement04.example".into(),
                account: None,
            });
            let pauses = Pauses {
                first: Duration::from_millis(50),
                longest: Duration::from_millis(200),
                give_up: Duration::from_secs(60),
                round: Duration::from_millis(50),
            };
            let (office, name) = (gateway.office.clone(), setup.instance.into());
            Post::start(office, mailer.expect("a server"), name, pauses, gateway.clock.clone()).0
        });
        let edge = Edge {
            max_body_bytes: 20_971_520,
            header_timeout: Duration::from_secs(2),
            body_timeout: Duration::from_secs(2),
        };
        let house = House {
            keeps_history: true,
            gateway: gateway.clone(),
            edge,
            public_url: format!("http://{address}").into(),
            policy_state,
            roles: Arc::new(setup.roles),
            committee: Desk::new(&url),
            retention_days: 365,
            exports: Exports::default(),
            pace: Limits::default(),
            unrecognised: Default::default(),
            holdings: Holdings::new(&url, &folder.join("outbox.db")),
            post,
        };
        let router = gardefou::http::router(house);
        tokio::spawn(gardefou::http::serve(
            listener,
            router,
            edge.header_timeout,
            std::future::pending(),
        ));
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self {
            address,
            gateway,
            fuse,
            hands,
            folder,
            client,
            _tasks: tasks,
            _policy: publish,
            _state: state,
        }
    }

    /// Stops the clock at a moment, in milliseconds since 1970.
    pub fn at(&self, now: i64) {
        self.hands.store(now, Ordering::SeqCst);
    }

    /// Every file that the gateway wrote.
    pub fn files(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(&self.folder).expect("its folder");
        files.map(|file| file.expect("a file").path()).collect()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client
            .post(self.url(path))
            .header("content-type", "application/json")
    }

    pub fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(self.url(path))
    }

    /// Asks in OpenAI's dialect.
    pub async fn ask(&self, text: &str) -> Heard {
        let text = Value::from(text);
        let body = format!(r#"{{"model":"gpt-x","messages":[{{"role":"user","content":{text}}}]}}"#);
        self.send("/v1/chat/completions", &body).await
    }

    /// Posts a body.
    pub async fn send(&self, path: &str, body: &str) -> Heard {
        heard(self.post(path).body(body.to_owned())).await
    }

    /// Every row of the ledger, once `count` are there.
    pub async fn rows(&self, count: usize) -> Vec<Usage> {
        let sql = "SELECT id, caller, tool, decision, rule, outcome, http_status, mention, findings, input_tokens, output_tokens, direction, purpose, policy_hash, charter_version FROM usage_events ORDER BY instance_seq";
        self.table(sql, count).await.iter().map(usage).collect()
    }

    /// The model of every row, once `count` are there.
    pub async fn models(&self, count: usize) -> Vec<Option<String>> {
        let sql = "SELECT model FROM usage_events ORDER BY instance_seq";
        self.table(sql, count)
            .await
            .iter()
            .map(|row| row.get("model"))
            .collect()
    }

    /// What every row says of costs, once `count` are there.
    pub async fn costs(&self, count: usize) -> Vec<Cost> {
        let sql = "SELECT input_tokens, output_tokens, tokens_estimated, duration_ms, energy_kwh_min, energy_kwh_max, co2e_kg_min, co2e_kg_max, cost_eur, footprint_version FROM usage_events ORDER BY instance_seq";
        self.table(sql, count).await.iter().map(cost).collect()
    }

    async fn table(&self, sql: &'static str, count: usize) -> Vec<sqlx::any::AnyRow> {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}", self.folder.join("gardefou.db").display());
        for _ in 0..400 {
            let pool = AnyPool::connect(&url).await.expect("the database");
            let rows = sqlx::query(sql).fetch_all(&pool).await.unwrap_or_default(); // the relay may not have made the table yet
            pool.close().await;
            if rows.len() >= count {
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("fewer than {count} rows");
    }
}

/// What a row says of the costs of its answer.
#[derive(Debug, Clone)]
pub struct Cost {
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub tokens_estimated: bool,
    pub duration_ms: i64,
    pub energy_kwh_min: Option<f64>,
    pub energy_kwh_max: Option<f64>,
    pub co2e_kg_min: Option<f64>,
    pub co2e_kg_max: Option<f64>,
    pub cost_eur: Option<f64>,
    pub footprint_version: Option<String>,
}

/// A clock that panics when its fuse has burnt down; only the gateway has it, so only a request can meet the bug.
fn fused(clock: Clock, fuse: Arc<AtomicI64>) -> Clock {
    Arc::new(move || {
        assert!(fuse.fetch_sub(1, Ordering::SeqCst) != 1, "the fuse of the test");
        clock()
    })
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Sends a request and reads the whole answer.
pub async fn heard(request: reqwest::RequestBuilder) -> Heard {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Heard {
        status,
        headers,
        body: response.text().await.unwrap_or_default(),
    }
}

fn cost(row: &sqlx::any::AnyRow) -> Cost {
    Cost {
        input_tokens: row.get("input_tokens"),
        output_tokens: row.get("output_tokens"),
        tokens_estimated: row.get::<i64, _>("tokens_estimated") != 0,
        duration_ms: row.get("duration_ms"),
        energy_kwh_min: row.get("energy_kwh_min"),
        energy_kwh_max: row.get("energy_kwh_max"),
        co2e_kg_min: row.get("co2e_kg_min"),
        co2e_kg_max: row.get("co2e_kg_max"),
        cost_eur: row.get("cost_eur"),
        footprint_version: row.get("footprint_version"),
    }
}

/// The columns that the stories look at.
#[derive(Debug, Clone)]
pub struct Usage {
    pub id: String,
    pub caller: String,
    pub tool: Option<String>,
    pub decision: String,
    pub rule: Option<String>,
    pub outcome: String,
    pub http_status: i64,
    pub mention: String,
    pub findings: String,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub direction: Option<String>,
    pub purpose: Option<String>,
    pub policy_hash: String,
    pub charter_version: String,
}

fn usage(row: &sqlx::any::AnyRow) -> Usage {
    Usage {
        id: row.get("id"),
        caller: row.get("caller"),
        tool: row.get("tool"),
        decision: row.get("decision"),
        rule: row.get("rule"),
        outcome: row.get("outcome"),
        http_status: row.get("http_status"),
        mention: row.get("mention"),
        findings: row.get("findings"),
        input_tokens: row.get("input_tokens"),
        output_tokens: row.get("output_tokens"),
        direction: row.get("direction"),
        purpose: row.get("purpose"),
        policy_hash: row.get("policy_hash"),
        charter_version: row.get("charter_version"),
    }
}
