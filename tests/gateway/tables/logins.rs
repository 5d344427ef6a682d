//! Which login a command needs: with it the command works, with another it says in one sentence which one is needed.

use std::fs;

use gardefou::schema;
use serde_json::Value;

use super::run;
use crate::support::{binary::Binary, postgres::Cluster};

/// What every command says to a login without its rights.
const TOLD: &str = "ce compte de la base de données n'a pas les droits que cela demande";

/// A deployment of one folder whose database is reached by a login.
fn by(here: &Binary, url: &str, login: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let done = here
        .command(arguments)
        .env("DATABASE_URL", url.replace("gardefou@", &format!("{login}@")))
        .output()
        .expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (done.status.code(), text(done.stdout), text(done.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_works_by_the_login_of_its_role_and_names_it_to_others() {
    let cluster = Cluster::start().await;
    let owner = cluster.url();
    schema::tend(&owner).await.expect("tables");
    for (login, role) in [("passerelle", "gateway"), ("lectrice", "committee"), ("dpo", "dpo")] {
        run(&owner, &format!("CREATE ROLE {login} LOGIN IN ROLE gardefou_{role}")).await;
    }
    let here = Binary::with(&Binary::policy(), &owner);
    fs::create_dir_all(here.folder.join("data")).expect("a folder");
    let (status, key, said) = by(
        &here,
        &owner,
        "passerelle",
        &[
            "keys",
            "create",
            "--owner",
            "a.martin@departement04.example",
            "--group",
            "solidarites",
        ],
    );
    assert_eq!(status, Some(0), "{said}");
    assert!(key.starts_with("gf_"), "{key}");
    // A row of somebody who is known by a key alone: to explain it, keys are read.
    run(&owner, "SELECT make_usage_months(ARRAY[now()])").await;
    let id = "0197a5a0-0000-7000-8000-000000000001";
    run(
        &owner,
        &format!(
            "INSERT INTO usage_events (id, occurred_at, caller, tool, tool_level, model, dialect, endpoint, stream, decision,
                rule, findings, finding_types, mention, outcome, tokens_estimated, policy_hash, charter_version, instance,
                chain, instance_seq)
             VALUES ('{id}', now(), 'p', 'simulateur', 1, 'simulateur', 'openai', 'chat.completions', false, 'allowed', NULL,
                '{{}}', '{{}}', 'text', 'completed', false, '{}', '2025-06', 'essai-1', '', 1)",
            policy_hash(&here, &owner)
        ),
    )
    .await;
    fs::write(here.folder.join("vide.json"), "{\"items\":[]}").expect("an export");
    let export = ["person", "export", "a.martin@departement04.example", "-o", "-"];
    let erase = ["person", "erase", "a.martin@departement04.example"];
    let replay = ["replay", "--policy", "policy.toml", "--since", "2d"];
    let explain = ["explain", "--request", id];
    let import = ["import", "workspace", "vide.json"];
    // What the command is, whose login does it, and whose cannot.
    let commands: [(&[&str], &[&str], &[&str]); 8] = [
        (&["keys", "list"], &["passerelle", "dpo"], &["lectrice"]),
        (&["ledger", "verify"], &["dpo"], &["passerelle", "lectrice"]),
        (
            &["ledger", "migrate"],
            &["gardefou"],
            &["passerelle", "lectrice", "dpo"],
        ),
        (&export, &["dpo"], &["passerelle", "lectrice"]),
        (&erase, &["dpo"], &["passerelle", "lectrice"]),
        (&replay, &["dpo"], &["passerelle", "lectrice"]),
        (&explain, &["dpo"], &["passerelle", "lectrice"]),
        (&import, &["passerelle"], &["lectrice"]),
    ];
    for (arguments, may, may_not) in commands {
        for login in may {
            let (status, out, said) = by(&here, &owner, login, arguments);
            // What nobody signed is no failure of the login, nor is a person who is counted and not erased.
            assert!(matches!(status, Some(0 | 1)), "{login}: {arguments:?}: {out}{said}");
            assert!(!said.contains(TOLD), "{login}: {arguments:?}: {said}");
        }
        for login in may_not {
            let (status, out, said) = by(&here, &owner, login, arguments);
            assert_eq!(status, Some(2), "{login}: {arguments:?}: {out}{said}");
            assert!(
                said.contains(TOLD) && !said.contains("42501"),
                "{login}: {arguments:?}: {said}"
            );
            for table in ["usage_events", "api_keys", "_sqlx_migrations", "office_changes"] {
                assert!(!said.contains(table), "{login}: {arguments:?}: {said}");
            }
        }
    }
    let (_, told, _) = by(&here, &owner, "dpo", &[&replay[..], &["--format", "json"]].concat());
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["requests"], 1, "{told}");
    let (_, listed, _) = by(&here, &owner, "dpo", &["keys", "list"]);
    assert!(
        listed.contains("a.martin@departement04.example  [solidarites]"),
        "{listed}"
    );
}

/// The hash of the policy of a deployment, as its owner's replay tells it.
fn policy_hash(here: &Binary, owner: &str) -> String {
    let arguments = ["replay", "--policy", "policy.toml", "--format", "json"];
    let (_, told, said) = by(here, owner, "gardefou", &arguments);
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {said}"));
    told["policy"].as_str().expect("a hash").to_owned()
}

/// The report reads by the committee's own login where the settings name one, as the page does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_reads_by_the_committees_login() {
    let cluster = Cluster::start().await;
    let owner = cluster.url();
    schema::tend(&owner).await.expect("tables");
    run(&owner, "CREATE ROLE passerelle LOGIN IN ROLE gardefou_gateway").await;
    run(&owner, "CREATE ROLE lectrice LOGIN IN ROLE gardefou_committee").await;
    let of = |login: &str| owner.replace("gardefou@", &format!("{login}@"));
    let here = Binary::with(&Binary::policy(), &of("passerelle"));
    let report = ["report", "--month", "2025-10", "--format", "md"];
    let said = here.fails(&report);
    assert!(said.contains("COMMITTEE_DATABASE_URL"), "{said}");
    let done = here
        .command(&report)
        .env("COMMITTEE_DATABASE_URL", of("lectrice"))
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let settings = here.folder.join("gardefou.toml");
    let text = fs::read_to_string(&settings).expect("the settings");
    let named = text.replace(
        "[database]\n",
        &format!("[database]\ncommittee_url = \"{}\"\n", of("lectrice")),
    );
    fs::write(&settings, named).expect("the settings");
    assert!(here.run(&report).contains("Usages de l'intelligence artificielle"));
}
