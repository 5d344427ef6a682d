//! The commands of policy as code, as their users run them: a policy that is tried before it is saved, a decision that is
//! explained, past usage that is replayed on both engines, an installation that is looked over.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{binary::Binary, postgres::Cluster};

const SQLITE: &str = "sqlite://data/gardefou.db";

fn binary() -> Binary {
    Binary::with(&Binary::policy(), SQLITE)
}

fn saved(binary: &Binary, name: &str, changes: &[(&str, &str)]) {
    let changed = changes.iter().fold(Binary::policy(), |policy, (from, to)| {
        assert!(policy.contains(from), "{from}");
        policy.replacen(from, to, 1)
    });
    fs::write(binary.folder.join(name), changed).expect("a policy");
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// An imagined policy in which names are blocked, and its own tests say so.
const STRICTER: [(&str, &str); 2] = [
    ("personal = \"mask\"", "personal = \"block\""),
    ("expect = \"masked\"", "expect = \"refused\""),
];

#[test]
fn the_tests_of_a_policy_are_told_one_by_one() {
    let binary = binary();
    let said = binary.run(&["test"]);
    assert_eq!(
        said.lines().filter(|line| line.starts_with("✓ réussi")).count(),
        10,
        "{said}"
    );
    assert!(
        said.ends_with("essais : 10 réussi(s), 0 échoué(s), 0 non joué(s)"),
        "{said}"
    );
    saved(&binary, "red.toml", &[("expect = \"masked\"", "expect = \"allowed\"")]);
    let (status, said, _) = binary.says(&["test", "red.toml"]);
    assert_eq!(status, Some(1));
    assert!(
        said.contains("✗ échoué     un nom est masqué : masquée (`masked`), attendu : admise (`allowed`) (red.toml:"),
        "{said}"
    );
    let (status, said, _) = binary.says(&["test", "red.toml", "--format", "json"]);
    let results: Vec<_> = parsed(&said)["tests"]
        .as_array()
        .expect("tests")
        .iter()
        .map(|test| test["result"].clone())
        .collect();
    assert_eq!(
        (status, results),
        (
            Some(1),
            ["passed", "passed", "failed"]
                .into_iter()
                .chain(["passed"; 7])
                .map(|result| json!(result))
                .collect()
        )
    );
    saved(&binary, "broken.toml", &[("level = 1", "level = 9")]);
    let (status, _, said) = binary.says(&["test", "broken.toml"]);
    assert!(status == Some(1) && said.contains("erreur[P010]"), "{said}");
    assert!(binary.fails(&["test", "missing.toml"]).contains("ne peut pas être lu"));
}

#[test]
fn two_policies_are_compared_and_a_bad_one_is_not() {
    let binary = binary();
    saved(&binary, "new.toml", &STRICTER);
    let said = binary.run(&["diff", "policy.toml", "new.toml"]);
    assert!(
        said.starts_with("Pour tous les agents\n  données personnelles vers gemini, simulateur, visio-comptes-rendus : masquées → refusées"),
        "{said}"
    );
    let (status, said, _) = binary.says(&["diff", "policy.toml", "new.toml", "--exit-code", "--format", "json"]);
    assert_eq!(
        (status, parsed(&said)["changes"].as_array().expect("changes").len()),
        (Some(1), 2)
    );
    let (status, said, _) = binary.says(&["diff", "policy.toml", "policy.toml", "--exit-code"]);
    assert!(status == Some(0) && said.starts_with("Rien ne change"), "{said}");
    saved(&binary, "broken.toml", &[("level = 1", "level = 9")]);
    assert_eq!(binary.says(&["diff", "policy.toml", "broken.toml"]).0, Some(1));
    assert!(
        binary
            .fails(&["diff", "broken.toml", "policy.toml"])
            .contains("rien ne peut lui être comparé")
    );
    assert!(
        binary
            .fails(&["diff", "policy.toml", "missing.toml"])
            .contains("ne peut pas être lu")
    );
}

#[test]
fn a_decision_is_explained_rule_by_rule_and_no_value_is_shown() {
    let binary = binary();
    saved(
        &binary,
        "policy.toml",
        &[
            (
                "level = 1\nstatus = \"validated\"",
                "level = 3\ntraining = \"ia\"\nstatus = \"validated\"",
            ),
            (
                "groups = [\"*\"]                                # tous les agents",
                "groups = [\"solidarites\"]",
            ),
        ],
    );
    // The policy's own tests ask a trained member.
    let policy = fs::read_to_string(binary.folder.join("policy.toml")).expect("the policy")
        + "[[training]]\nid = \"ia\"\nurl = \"https://neo.example/ia\"\n\n"
        + "[[attestation]]\ntraining = \"ia\"\nholder = \"a.martin@departement04.example\"\nvalid_until = 2099-01-01\n";
    fs::write(binary.folder.join("policy.toml"), policy).expect("the policy");
    let explain = |who: &str, more: &[&str]| {
        let all = [&["explain", "--caller", who, "--tool", "gemini"], more].concat();
        binary.says(&all)
    };
    let (status, said, _) = explain("b.durand@departement04.example", &[]);
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("NON     perimeter") && said.contains("NON     training"),
        "all rules are asked: {said}"
    );
    assert!(
        said.contains("la règle qui décide : not-in-group"),
        "the first no decides: {said}"
    );
    let (_, said, _) = explain("b.durand@departement04.example", &["--group", "solidarites"]);
    assert!(said.contains("la règle qui décide : training-missing"), "{said}");
    fs::write(
        binary.folder.join("prompt.txt"),
        "Bonjour,\nle NIR de Mme Roux est 2 64 05 04 070 012 56",
    )
    .expect("a text");
    let (status, said, _) = explain("a.martin@departement04.example", &["--prompt-file", "prompt.txt"]);
    assert!(
        status == Some(1) && said.contains("NIR 2:24") && said.contains("screening.highly_personal"),
        "{said}"
    );
    assert!(!said.contains("Roux") && !said.contains("2 64"), "{said}");
    let (_, said, _) = explain(
        "a.martin@departement04.example",
        &["--prompt-file", "prompt.txt", "--format", "json"],
    );
    let answer = parsed(&said);
    assert_eq!(
        (&answer["decision"], &answer["rule"]),
        (&json!("refused"), &json!("screening.highly_personal"))
    );
    assert!(!said.contains("Roux") && !said.contains("2 64"), "{said}");
    let (status, said, _) = binary.says(&["explain", "--caller", "x", "--tool", "chatgpt"]);
    assert!(status == Some(1) && said.contains("unknown-tool"), "{said}");
}

/// A gateway that serves, and is stopped at the end.
struct Serving<'b> {
    binary: &'b Binary,
    child: Child,
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving<'_> {
    /// Asks and returns the id of the request.
    async fn ask(&self, client: &reqwest::Client, model: &str, words: &str) -> String {
        let body = json!({ "model": model, "messages": [{ "role": "user", "content": words }] });
        let url = format!("{}/v1/chat/completions", self.binary.url);
        let ask = client
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = ask.send().await.expect("an answer");
        let id = answer.headers()["x-gardefou-request-id"]
            .to_str()
            .expect("text")
            .to_owned();
        answer.bytes().await.expect("all of it");
        id
    }
}

async fn past_usage_is_replayed(database: &str) {
    let binary = Binary::with(&Binary::policy(), database);
    let serving = Serving {
        child: binary.serve(),
        binary: &binary,
    };
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    serving.ask(&client, "simulateur", "Prépare une réunion").await;
    let masked = serving.ask(&client, "simulateur", "Écris à Mme Roux.").await;
    serving
        .ask(&client, "simulateur", "Réponds à Mme Roux, puis à M. Petit.")
        .await;
    let refused = serving
        .ask(&client, "simulateur", "Le NIR de Mme Roux est 2 64 05 04 070 012 56")
        .await;
    serving.ask(&client, "chatgpt", "Bonjour").await;
    saved(&binary, "new.toml", &STRICTER);
    let replay = ["replay", "--policy", "new.toml", "--since", "1d", "--format", "json"];
    let since = Instant::now();
    let told = loop {
        let told = parsed(&binary.run(&replay));
        if told["requests"] == 5 {
            break told;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "{told}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(
        (&told["same"], &told["otherwise"]["now_refused"]),
        (&json!(2), &json!(2)),
        "{told}"
    );
    assert_eq!(told["by_tool"][0]["tool"], "simulateur");
    assert_eq!(told["by_rule"][0]["rule"], "screening.personal");
    assert_eq!(told["unknown"], json!({ "no-tool": 1 }));
    assert_eq!(told["by_direction"], Value::Null, "one person is not shown: {told}");
    let text = binary.run(&["replay", "--policy", "new.toml"]);
    assert!(
        text.contains("5 demandes : 2 inchangées, 2 décidées autrement, 1 non rejouées."),
        "{text}"
    );
    // The way back: what the stricter policy refuses, the other lets through.
    let (status, said, _) = binary.says(&["explain", "--request", &masked]);
    assert!(status == Some(0) && said.contains("La demande a été masquée"), "{said}");
    assert!(said.contains("données personnelles : masqué (1 constat)"), "{said}");
    assert!(said.contains("le texte de la demande n'est pas conservé"), "{said}");
    let (status, said, _) = binary.says(&["explain", "--request", &refused, "--format", "json"]);
    let answer = parsed(&said);
    assert_eq!(
        (status, &answer["rule"]),
        (Some(1), &json!("screening.highly_personal")),
        "{answer}"
    );
    assert_eq!(answer["recorded"], true);
    let unknown = binary.fails(&["explain", "--request", "01890000-0000-7000-8000-000000000000"]);
    assert!(unknown.contains("le journal n'a pas de demande"), "{unknown}");
    // Saved, the policy of then still explains.
    fs::copy(binary.folder.join("new.toml"), binary.folder.join("policy.toml")).expect("saved");
    let since = Instant::now();
    while !binary.said().contains("a new policy is in force") {
        assert!(since.elapsed() < Duration::from_secs(10), "{}", binary.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (status, said, _) = binary.says(&["explain", "--request", &masked]);
    assert!(status == Some(0) && said.contains("La demande a été masquée"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_usage_is_replayed_on_sqlite() {
    past_usage_is_replayed(SQLITE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_usage_is_replayed_on_postgresql() {
    let cluster = Cluster::start().await;
    past_usage_is_replayed(&cluster.url()).await;
}

#[test]
fn a_bad_policy_or_a_time_that_is_none_replays_nothing() {
    let binary = binary();
    saved(&binary, "broken.toml", &[("level = 1", "level = 9")]);
    assert_eq!(binary.says(&["replay", "--policy", "broken.toml"]).0, Some(1));
    let said = binary.fails(&["replay", "--policy", "policy.toml", "--since", "hier"]);
    assert!(said.contains("n'est ni une durée"), "{said}");
    let said = binary.fails(&["replay", "--policy", "policy.toml"]);
    assert!(said.contains("base de données"), "there is none yet: {said}");
    assert!(!binary.folder.join("data/gardefou.db").exists(), "and none is made");
}

#[test]
fn an_installation_is_looked_over_and_told_what_to_do() {
    let binary = binary();
    let said = binary.run(&["doctor"]);
    assert!(said.ends_with("Tout est en place : gardefou serve"), "{said}");
    assert!(said.contains("! à voir    clé du service `gemini` : absente"), "{said}");
    assert!(!said.contains("signature"), "nobody is to sign: {said}");
    assert!(!binary.folder.join("data").exists(), "it only looks");
    // Everything that can be wrong at once.
    let key = binary.folder.join("data/pseudonym.key");
    fs::create_dir_all(binary.folder.join("data")).expect("a folder");
    fs::write(&key, [7; 32]).expect("a key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("its rights");
    saved(&binary, "policy.toml", &[("level = 1", "level = 9")]);
    let settings = binary.folder.join("gardefou.toml");
    let text = fs::read_to_string(&settings).expect("the settings");
    let oidc = "[identity.oidc]\nissuer = \"http://127.0.0.1:9\"\nclient_id = \"x\"\nclient_secret = { env = \"NO_SUCH_SECRET\" }\n";
    fs::write(
        &settings,
        text.replace(SQLITE, "postgres://gardefou@127.0.0.1:9/x") + oidc,
    )
    .expect("the settings");
    let (status, said, _) = binary.says(&["doctor", "--format", "json"]);
    let told = parsed(&said);
    let wrong: Vec<_> = told["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .filter(|check| check["state"] == "error")
        .collect();
    let what: Vec<_> = wrong.iter().filter_map(|check| check["check"].as_str()).collect();
    assert_eq!(
        (status, what),
        (
            Some(1),
            vec![
                "politique",
                "clé des pseudonymes",
                "secret de la connexion",
                "base de données",
                "connexion (OpenID Connect)"
            ]
        ),
        "{told}"
    );
    assert!(
        wrong
            .iter()
            .all(|check| check["next"].as_str().is_some_and(|next| !next.is_empty()))
    );
    let refused = wrong[0]["message"].as_str().expect("words");
    assert_eq!(refused, "refusée : 1 erreur");
    assert!(
        wrong[1]["next"]
            .as_str()
            .is_some_and(|next| next.starts_with("chmod 600")),
        "{told}"
    );
    fs::write(&settings, "listen = 3").expect("the settings");
    let (status, said, _) = binary.says(&["doctor"]);
    assert!(status == Some(1) && said.starts_with("✗ mauvais   réglages"), "{said}");
}

#[test]
fn who_stops_listening_or_has_no_room_is_no_panic() {
    let binary = binary();
    let run = |out: Stdio| {
        let mut command = binary.command(&["schema"]);
        let command = command.stdout(out).stderr(Stdio::piped());
        let ended = command.output().expect("it runs");
        (ended.status.code(), String::from_utf8(ended.stderr).expect("UTF-8"))
    };
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    assert_eq!(run(writer.into()), (Some(2), String::new()));
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("a full disk");
    let (status, said) = run(full.into());
    assert_eq!(status, Some(2));
    assert!(
        said.starts_with("gardefou : la réponse ne peut pas être écrite"),
        "{said}"
    );
}
