//! A policy of 10 000 tools and 100 000 callers beside a small one: how long it takes to read, and to decide a request
//! (admit and judge). `cargo bench --bench policy`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measure that cannot go on says where"
)]
#![allow(clippy::print_stdout, reason = "a measure is printed")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use gardefou::detector::{Finding, Scratch};
use gardefou::domain::{Caller, Identity, Pseudonym, Timestamp, Via};
use gardefou::policy::{Ask, Policy};
use jiff::civil::Date;

const GROUPS: usize = 100;
const ROUNDS: usize = 7;
const DECISIONS: usize = 20_000;

fn today() -> Date {
    Date::constant(2026, 11, 23)
}

/// Tools of level 3 with a model, a group, a training and a domain each; members with an attestation each.
fn source(tools: usize, members: usize) -> String {
    let mut source = String::from(
        "charter = { version = \"1\", url = \"https://neo.example/charte-ia\" }\n\
         contacts = { dsiun = \"a@x.example\", rssi = \"b@x.example\", dpo = \"c@x.example\" }\n\
         mention = { text = \"Écrit avec une IA.\" }\n\
         [[backend]]\nid = \"b\"\ndialect = \"openai\"\nbase_url = \"https://b.example/v1\"\n",
    );
    for group in 0..GROUPS {
        let _ = write!(
            source,
            "[[group]]\nid = \"g{group}\"\ndirection = \"Direction {group}\"\ndomains = [\"d{group}\"]\nmembers = ["
        );
        for member in (group..members).step_by(GROUPS) {
            let _ = write!(source, "\"m{member}@x.example\", ");
        }
        source += "]\n";
    }
    for tool in 0..tools {
        let group = tool % GROUPS;
        let _ = write!(
            source,
            "[[tool]]\nid = \"t{tool}\"\nname = \"Outil {tool}\"\nlevel = 3\nstatus = \"validated\"\ntraining = \"ia\"\n\
             decision = {{ reference = \"DGS-{tool}\", date = 2026-01-01 }}\n\
             evaluation = {{ reference = \"EVAL-{tool}\", date = 2026-01-01 }}\nreview_before = 2030-01-01\n\
             purpose = \"Aide à la rédaction\"\ndata_used = \"Textes\"\nlegal_basis = \"Mission d'intérêt public\"\n\
             provider = \"DSIUN\"\nhosting = \"Sur place\"\nbackends = [\"b\"]\nmodels = [\"t{tool}-*\"]\n\
             groups = [\"g{group}\"]\ndomains = [\"d{group}\"]\noutside_domains = \"refuse\"\n"
        );
    }
    for member in 0..members {
        let _ = write!(
            source,
            "[[attestation]]\ntraining = \"ia\"\nholder = \"m{member}@x.example\"\nvalid_until = 2030-01-01\n"
        );
    }
    source
}

fn read(source: &str) -> Policy {
    Policy::read(source, "policy.toml", today()).unwrap_or_else(|error| panic!("{error}"))
}

fn caller(member: usize) -> Caller {
    Caller {
        identity: Identity::new(format!("m{member}@x.example")),
        pseudonym: Pseudonym::new("0"),
        recorded_as: Pseudonym::new("1"),
        groups: Vec::new(),
        accepted_charters: vec!["1".into()],
        attestations: Vec::new(),
        direction: None,
        directory_is_stale: false,
        via: Via::Key,
    }
}

/// One decision after the other, each about another tool and another caller; the middle of some rounds.
fn decision(policy: &Policy, tools: usize, members: usize, findings: &[Finding]) -> Duration {
    // Primes, so that the whole of the lists is walked in no order.
    let asks: Vec<_> = (0..DECISIONS)
        .map(|n| {
            let tool = n * 7_919 % tools;
            let member = (n * 104_729 % (members / GROUPS)) * GROUPS + tool % GROUPS;
            (caller(member), format!("t{tool}-grand"))
        })
        .collect();
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for (caller, model) in &asks {
                let ask = Ask {
                    dialect: "openai",
                    model: Some(model),
                    tool: None,
                    purpose: true,
                    caller,
                    now: Timestamp(0),
                    today: today(),
                };
                let admission = policy.admit(&ask).expect("a member of its group");
                black_box(policy.judge(admission.tool, findings));
            }
            start.elapsed() / u32::try_from(DECISIONS).expect("a few thousands")
        })
        .collect();
    rounds.sort_unstable();
    rounds[ROUNDS / 2]
}

fn main() {
    for (name, tools, members) in [("small", 10, 100), ("large", 10_000, 100_000)] {
        let source = source(tools, members);
        let mut reads: Vec<_> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                black_box(read(&source));
                start.elapsed()
            })
            .collect();
        reads.sort_unstable();
        let policy = read(&source);
        let mut scratch = Scratch::default();
        let findings = policy
            .detector()
            .scan(
                "Écris à jeanne.roux@exemple.fr, NIR 2 64 05 04 070 012 56.",
                &mut scratch,
            )
            .expect("short")
            .to_vec();
        println!(
            "{name}: {tools} tools, {members} callers and attestations, {:.1} MB: read in {:.0} ms (best {:.0}), a decision in {} ns",
            source.len() as f64 / 1e6,
            reads[ROUNDS / 2].as_secs_f64() * 1e3,
            reads[0].as_secs_f64() * 1e3,
            decision(&policy, tools, members, &findings).as_nanos()
        );
    }
}
