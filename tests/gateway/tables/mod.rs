//! The tables of the central database: how they come to be, what is counted in them, and who may do what.
//! Here the vocabulary: requests thrown by dice, and the counts that they must give, worked out without SQL.

mod before;
mod counts;
mod logins;
mod retention;
mod roles;
mod standing;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use gardefou::{
    domain::{Clock, Decision, Entry, MentionForm, Outcome, RequestId, Settlement, Timestamp, Tokens},
    ledger::{Ledger, LedgerSettings, LedgerTasks},
};
use jiff::tz::TimeZone;
use sqlx::{AnyConnection, Connection, Row};
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(30);

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("gardefou-tables-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn sqlite(&self) -> String {
        format!("sqlite://{}", self.0.join("gardefou.db").display())
    }

    async fn ledger(&self, url: &str, instance: &str) -> (Ledger, LedgerTasks) {
        let outbox = self.0.join(format!("{instance}.db"));
        let clock: Clock = Arc::new(|| Timestamp(NOON));
        Ledger::start(LedgerSettings::new(url, outbox, instance), clock)
            .await
            .expect("a ledger")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// 15 November 2026 at noon, UTC.
const NOON: i64 = 1_794_744_000_000;

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let url = if url.starts_with("sqlite:") {
        format!("{url}?mode=rwc")
    } else {
        url.to_owned()
    };
    AnyConnection::connect(&url).await.expect("the database")
}

pub(crate) async fn run(url: &str, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql)
        .execute(&mut connect(url).await)
        .await
        .expect("it is done");
}

/// Dice that fall the same way each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn figure(&mut self) -> f64 {
        self.below(1 << 30) as f64 / f64::from(1u32 << 30)
    }

    /// A request and its end: near the edges of months more often than not, from few people, so that keys meet.
    fn request(&mut self, instance: &str) -> (Entry, Settlement) {
        // 2026-10-31T23:00Z and 2026-04-30T22:00Z are midnights of Paris; 2026-03-31 is summer time already.
        let edge = self.one_of(&[
            1_793_487_600_000,
            1_777_586_400_000,
            1_774_994_400_000,
            1_798_758_000_000,
        ]);
        let away = self.one_of(&[-1, 0, 1, -3_600_000, 3_599_999, 86_400_000 * 9]);
        let class = self.one_of(&["personal", "health", "vulnerable", "answer:health"]);
        let decision = self.one_of(&[
            Decision::Allowed,
            Decision::Allowed,
            Decision::Masked,
            Decision::Refused,
        ]);
        let plain = decision == Decision::Allowed;
        let findings: BTreeMap<String, u32> = if plain && self.below(4) > 0 {
            BTreeMap::new()
        } else {
            [(class, 1 + self.below(3) as u32), ("secret", 2)]
                .map(|(k, n)| (k.to_owned(), n))
                .into()
        };
        let tool = self.one_of(&[Some("gemini"), Some("ia-sante"), None]);
        let entry = Entry {
            id: RequestId(Uuid::now_v7()),
            occurred_at: Timestamp(edge + away),
            caller: self.one_of(&["", "a1", "b2", "c3", "d4"]).to_owned(),
            direction: self
                .one_of(&[Some("Routes"), Some("Solidarités / Insertion"), None])
                .map(str::to_owned),
            tool: tool.map(str::to_owned),
            tool_level: tool.and_then(|_| self.one_of(&[None, Some(1), Some(3)])),
            model: self.one_of(&[None, Some("gpt-*"), Some("claude-*")]).map(str::to_owned),
            dialect: "openai".into(),
            endpoint: "chat.completions".into(),
            stream: false,
            purpose: None,
            decision,
            rule: match plain {
                true => self.one_of(&[None, None, Some("observe.refused")]).map(str::to_owned),
                false => self
                    .one_of(&[
                        None,
                        Some("screening.health"),
                        Some("no-tool-for-model"),
                        Some("unknown-tool"),
                    ])
                    .map(str::to_owned),
            },
            finding_types: findings.clone(),
            findings,
            policy_hash: "b5bb9d8014a0f9b1".into(),
            charter_version: "2025-06".into(),
            instance: instance.to_owned(),
        };
        let known = self.below(3) > 0;
        let far = self.below(40) == 0;
        let figure = |dice: &mut Self| if far { 1e9 } else { dice.figure() * 1e-3 };
        let settlement = Settlement {
            mention: MentionForm::Text,
            tokens: Tokens {
                input: known.then(|| self.below(9_000) as u64),
                // Nobody stops the relay with a number.
                output: known.then(|| if far { u64::MAX } else { self.below(3_000) as u64 }),
                estimated: false,
            },
            energy_kwh: known.then(|| (figure(self), figure(self))),
            co2e_kg: known.then(|| (figure(self), figure(self))),
            cost_eur: (self.below(2) > 0).then(|| figure(self)),
            footprint_version: known.then(|| "ecologits-0.11.3".to_owned()),
            upstream_ms: known.then(|| self.one_of(&[7, 99, 100, 1_234, 59_999, 2_000_000_000])),
            overhead_us: (self.below(5) > 0).then(|| {
                let bits = self.below(24);
                self.below(1 << bits) as u64
            }),
            ..Settlement::bare(
                self.one_of(&[
                    Outcome::Completed,
                    Outcome::ClientGone,
                    Outcome::Refused,
                    Outcome::UpstreamError,
                    Outcome::Interrupted,
                ]),
                200,
            )
        };
        (entry, settlement)
    }
}

/// The tables of counts, as lines of text.
type Counts = BTreeSet<String>;

/// What the tables must hold for these requests.
fn expected(requests: &[(Entry, Settlement)]) -> Counts {
    let paris = TimeZone::get("Europe/Paris").expect("the time of Paris");
    let mut by_caller: BTreeMap<[String; 4], (Option<u8>, [i64; 12])> = BTreeMap::new();
    let mut by_rule: BTreeMap<[String; 5], i64> = BTreeMap::new();
    let mut by_class: BTreeMap<[String; 4], [i64; 2]> = BTreeMap::new();
    let mut beside: BTreeMap<String, i64> = BTreeMap::new();
    let whole = |figure: Option<f64>, one: f64| figure.map_or(0, |x| (x * one).clamp(0.0, 1e14).round() as i64);
    let tokens = |n: Option<u64>| n.map_or(0, |n| i64::try_from(n).unwrap_or(i64::MAX).min(i64::from(i32::MAX)));
    for (e, s) in requests {
        let at = jiff::Timestamp::from_millisecond(e.occurred_at.0)
            .expect("an instant")
            .to_zoned_datetime(paris.clone());
        let month = at.strftime("%Y-%m").to_string();
        let tool = e.tool.clone().unwrap_or_default();
        let key = [
            month.clone(),
            tool.clone(),
            e.direction.clone().unwrap_or_default(),
            e.caller.clone(),
        ];
        let (level, sums) = by_caller.entry(key).or_default();
        *level = (*level).max(e.tool_level);
        let (energy, co2e) = (s.energy_kwh.unzip(), s.co2e_kg.unzip());
        let measures = [
            1,
            i64::from(s.outcome == Outcome::Completed),
            tokens(s.tokens.input),
            tokens(s.tokens.output),
            whole(energy.0, 1e12),
            whole(energy.1, 1e12),
            whole(co2e.0, 1e12),
            whole(co2e.1, 1e12),
            i64::from(s.energy_kwh.is_some()),
            whole(s.cost_eur, 1e9),
            i64::from(s.cost_eur.is_some()),
            i64::from(s.tokens.output.is_some()),
        ];
        sums.iter_mut().zip(measures).for_each(|(sum, measure)| *sum += measure);
        let decision = e.decision.name().to_owned();
        if e.decision != Decision::Allowed || e.rule.is_some() {
            let rule = e.rule.clone().unwrap_or_default();
            *by_rule
                .entry([month.clone(), decision.clone(), rule, tool, e.caller.clone()])
                .or_default() += 1;
        }
        for line in counted_beside(&month, e, s) {
            *beside.entry(line).or_default() += 1;
        }
        for (class, count) in &e.findings {
            let key = [month.clone(), class.clone(), decision.clone(), e.caller.clone()];
            let [requests, findings] = by_class.entry(key).or_default();
            *requests += 1;
            *findings += i64::from(*count);
        }
    }
    let by_caller = by_caller.iter().map(|(key, (level, sums))| {
        format!(
            "caller {} {} {}",
            key.join("|"),
            level.unwrap_or_default(),
            sums.map(|n| n.to_string()).join(" ")
        )
    });
    let by_rule = by_rule.iter().map(|(key, n)| format!("rule {} {n}", key.join("|")));
    let by_class = by_class
        .iter()
        .map(|(key, [r, f])| format!("class {} {r} {f}", key.join("|")));
    let beside = beside.iter().map(|(key, n)| format!("{key} {n}"));
    by_caller.chain(by_rule).chain(by_class).chain(beside).collect()
}

/// What else a request is counted in: delays cut to two digits, failures, what was asked for in vain.
fn counted_beside(month: &str, e: &Entry, s: &Settlement) -> Vec<String> {
    let mut lines = Vec::new();
    for (measure, figure) in [("overhead_us", s.overhead_us), ("upstream_ms", s.upstream_ms)] {
        if let Some(figure) = figure.filter(|_| !e.caller.is_empty()) {
            let digits = figure.to_string();
            let cut = format!("{:0<1$}", &digits[..digits.len().min(2)], digits.len());
            lines.push(format!("delay {month}|{}|{measure}|{cut}", e.instance));
        }
    }
    if matches!(s.outcome, Outcome::UpstreamError | Outcome::Interrupted) {
        lines.push(format!("failure {month}|{}|{}", s.outcome.name(), e.caller));
    }
    let rule = e.rule.as_deref().unwrap_or_default();
    if e.decision == Decision::Refused && ["unknown-tool", "no-tool-for-model"].contains(&rule) {
        let family = e.model.as_deref().unwrap_or_default();
        lines.push(format!("demand {month}|{rule}|{family}|{}", e.caller));
    }
    lines
}

/// What the tables hold.
async fn counted(url: &str) -> Counts {
    let sql = "SELECT 'caller ' || month || '|' || tool || '|' || direction || '|' || caller || ' ' ||
            coalesce(tool_level, 0) || ' ' || requests || ' ' || completed || ' ' || input_tokens || ' ' || output_tokens
            || ' ' || energy_nwh_min || ' ' || energy_nwh_max || ' ' || co2e_ng_min || ' ' || co2e_ng_max || ' '
            || footprint_known || ' ' || cost_neur || ' ' || cost_known || ' ' || answered FROM usage_by_caller
        UNION ALL SELECT 'rule ' || month || '|' || decision || '|' || rule || '|' || tool || '|' || caller || ' '
            || requests FROM usage_by_rule
        UNION ALL SELECT 'class ' || month || '|' || class || '|' || decision || '|' || caller || ' ' || requests || ' '
            || findings FROM usage_by_class
        UNION ALL SELECT 'delay ' || month || '|' || instance || '|' || measure || '|' || bucket || ' ' || requests
            FROM usage_by_delay
        UNION ALL SELECT 'failure ' || month || '|' || outcome || '|' || caller || ' ' || requests FROM usage_by_failure
        UNION ALL SELECT 'demand ' || month || '|' || rule || '|' || family || '|' || caller || ' ' || requests
            FROM usage_by_demand";
    let rows = sqlx::query(sql)
        .fetch_all(&mut connect(url).await)
        .await
        .expect("counts");
    rows.iter().map(|row| row.get(0)).collect()
}

/// Both, line by line, so that a failure shows the lines and not the heap.
fn same(found: &Counts, expected: &Counts) {
    let more: Vec<_> = found.difference(expected).take(5).collect();
    let less: Vec<_> = expected.difference(found).take(5).collect();
    assert!(
        more.is_empty() && less.is_empty(),
        "counted {more:#?}, expected {less:#?}"
    );
}
