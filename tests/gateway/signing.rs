//! A policy that names its signers: what nobody of them signed does not come into force, whoever wrote the file.

use std::fs;

use serde_json::Value;
use sqlx::{AnyConnection, Connection, Row};

use crate::support::{
    binary::Binary,
    gateway::heard,
    postgres::Cluster,
    reloads::{SMALL, hash_of, standing, until},
};

/// The small policy with these signers.
fn signed_by(signers: &[(&str, &str)], comment: &str) -> String {
    let signers: String = signers
        .iter()
        .map(|(name, key)| format!("[[charter.signers]]\nname = \"{name}\"\nkey = \"{key}\"\n"))
        .collect();
    format!(
        "{}# {comment}\n",
        SMALL.replace("[contacts]\n", &format!("{signers}[contacts]\n"))
    )
}

fn key(binary: &Binary, file: &str) -> String {
    let made: Value = serde_json::from_str(&binary.run(&["policy", "key", file, "--format", "json"])).expect("JSON");
    made["public_key"].as_str().expect("a key").to_owned()
}

#[test]
fn doctor_asks_for_the_signature_that_serve_would() {
    let binary = Binary::with(SMALL, "sqlite://data/gardefou.db");
    let dgs = key(&binary, "dgs.key");
    fs::write(binary.folder.join("policy.toml"), signed_by(&[(DGS, &dgs)], "first")).expect("a policy");
    let told = binary.fails(&["serve"]);
    assert!(told.contains("n'est pas signée"), "{told}");
    let (status, said, _) = binary.says(&["doctor"]);
    let wanted = format!("✗ mauvais   signature de la politique : signature attendue de « {DGS} »");
    assert!(status == Some(1) && said.contains(&wanted), "{said}");
    assert!(
        said.contains("→ Pour signer : gardefou policy sign policy.toml --key CLÉ"),
        "{said}"
    );
    assert!(said.ends_with("1 point à corriger avant de servir."), "{said}");
    binary.run(&["policy", "sign", "--key", "dgs.key"]);
    let said = binary.run(&["doctor"]);
    assert!(
        said.contains(&format!("✓ bon       signature de la politique : signée par {DGS}")),
        "{said}"
    );
    assert!(said.ends_with("Tout est en place : gardefou serve"), "{said}");
    // Once a version was in force, it stays so until the next is signed.
    let mut child = binary.serve();
    child.kill().expect("the end");
    child.wait().expect("the end");
    fs::write(binary.folder.join("policy.toml"), signed_by(&[(DGS, &dgs)], "second")).expect("a policy");
    let said = binary.run(&["doctor"]);
    assert!(
        said.contains("! à voir    signature de la politique : ") && said.contains("la dernière en vigueur le reste"),
        "{said}"
    );
    // Nor does it help to name nobody.
    fs::write(binary.folder.join("policy.toml"), SMALL).expect("a policy");
    let said = binary.run(&["doctor"]);
    assert!(
        said.contains(&format!(
            "! à voir    signature de la politique : signature attendue de « {DGS} »"
        )),
        "{said}"
    );
}

const DGS: &str = "Direction générale des services";

async fn nobody_puts_himself_in_force(database: &str) {
    let binary = Binary::with(SMALL, database);
    let policy = binary.folder.join("policy.toml");
    let (dgs, dsiun, stranger) = (
        key(&binary, "dgs.key"),
        key(&binary, "dsiun.key"),
        key(&binary, "stranger.key"),
    );
    // No connection outlives a program that is killed.
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
    let client = client.build().expect("a client");
    let mut child = binary.serve();
    let unsigned = |policy: &Value| policy["why"] == "unsigned";
    let in_force = |document: &str| {
        let hash = hash_of(document);
        move |policy: &Value| policy["hash"] == *hash && policy["status"] == "ok"
    };

    // Who is named first shows that the key is in hand.
    let first = signed_by(&[(DGS, &dgs)], "first");
    fs::write(&policy, &first).expect("a save");
    let said = until(&client, &binary.url, "unsigned", unsigned).await;
    assert_eq!(said["says"], format!("signature attendue de « {DGS} »"));
    assert_eq!(
        (&said["status"], &said["hash"]),
        (&"last_good".into(), &hash_of(SMALL).into())
    );
    let metrics = heard(client.get(format!("{}/metrics", binary.url))).await.body;
    assert!(
        metrics.contains("gardefou_policy_trouble{why=\"unsigned\"} 1"),
        "{metrics}"
    );
    let said = binary.run(&["policy", "sign", "--key", "dgs.key"]);
    assert!(said.contains(&format!("signée par « {DGS} »")), "{said}");
    let said = until(&client, &binary.url, "in force", in_force(&first)).await;
    assert_eq!(said["signed_by"], serde_json::json!([DGS]));

    // Who can write the file and names himself signs for nothing.
    let own = signed_by(&[("Un inconnu", &stranger)], "mine");
    fs::write(&policy, &own).expect("a save");
    binary.run(&["policy", "sign", "--key", "stranger.key"]);
    let said = until(&client, &binary.url, "unsigned", unsigned).await;
    assert!(
        said["says"]
            .as_str()
            .expect("words")
            .starts_with(&format!("signature attendue de « {DGS} » ; ")),
        "{said}"
    );
    assert_eq!(said["hash"], hash_of(&first));

    // Neither does a start: the last good one serves.
    child.kill().expect("its end");
    child.wait().expect("its end");
    child = binary.serve();
    let said = standing(&client, &binary.url).await;
    assert_eq!(
        (&said["why"], &said["hash"]),
        (&"unsigned".into(), &hash_of(&first).into())
    );
    assert_eq!(said["signed_by"], serde_json::json!([DGS]));
    // Not even where the disk forgot: the database knows, as soon as it was told.
    let mut sql = sql(&binary, database).await;
    while loads(&mut sql).await.len() < 3 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    child.kill().expect("its end");
    child.wait().expect("its end");
    fs::remove_dir_all(binary.folder.join("data/policies")).expect("a folder");
    child = binary.serve();
    let said = standing(&client, &binary.url).await;
    assert_eq!(
        (&said["why"], &said["hash"]),
        (&"unsigned".into(), &hash_of(&first).into())
    );

    // A handing over takes both signatures.
    let second = signed_by(&[("DSIUN", &dsiun)], "second");
    fs::write(&policy, &second).expect("a save");
    binary.run(&["policy", "sign", "--key", "dsiun.key"]);
    until(&client, &binary.url, "unsigned", |policy| {
        policy["says"]
            .as_str()
            .is_some_and(|says| says.contains("d'un autre texte"))
    })
    .await;
    binary.run(&["policy", "sign", "policy.toml", "--key", "dgs.key", "--name", DGS]);
    let said = until(&client, &binary.url, "in force", in_force(&second)).await;
    assert_eq!(said["signed_by"], serde_json::json!([DGS, "DSIUN"]));

    let wanted = [
        (hash_of(SMALL), "start", "[]".to_owned()),
        (hash_of(&first), "reload", format!("[\"{DGS}\"]")),
        (hash_of(&first), "start", format!("[\"{DGS}\"]")),
        (hash_of(&first), "start", format!("[\"{DGS}\"]")),
        (hash_of(&second), "reload", format!("[\"{DGS}\",\"DSIUN\"]")),
    ];
    let mut told = loads(&mut sql).await;
    for _ in 0..600 {
        if told.len() == wanted.len() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        told = loads(&mut sql).await;
    }
    let told: Vec<_> = told
        .iter()
        .map(|(hash, why, who)| (hash.clone(), &**why, who.clone()))
        .collect();
    assert_eq!(told, wanted);
    child.kill().expect("its end");
    child.wait().expect("its end");
    assert!(binary.said().contains("signature attendue de"), "{}", binary.said());
}

async fn sql(binary: &Binary, database: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let beside = binary.folder.join("data/gardefou.db");
    let url = match database.strip_prefix("sqlite:") {
        Some(_) => format!("sqlite://{}", beside.display()),
        None => database.to_owned(),
    };
    AnyConnection::connect(&url).await.expect("the database")
}

/// Each coming into force: version, reason, who signed.
async fn loads(sql: &mut AnyConnection) -> Vec<(String, String, String)> {
    let query = "SELECT policy_hash, reason, signed_by FROM policy_loads ORDER BY loaded_at_ms";
    let rows = sqlx::query(query).fetch_all(sql).await.expect("loads");
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[tokio::test]
async fn nobody_puts_himself_in_force_on_sqlite() {
    nobody_puts_himself_in_force("sqlite://data/gardefou.db").await;
}

#[tokio::test]
async fn nobody_puts_himself_in_force_on_postgresql() {
    let cluster = Cluster::start().await;
    nobody_puts_himself_in_force(&cluster.url()).await;
}

#[tokio::test]
async fn a_first_start_asks_the_signers_of_the_file_itself() {
    let binary = Binary::with(SMALL, "sqlite://data/gardefou.db");
    let dgs = key(&binary, "dgs.key");
    let document = signed_by(&[(DGS, &dgs)], "first");
    fs::write(binary.folder.join("policy.toml"), &document).expect("a save");
    let said = binary.fails(&["serve"]);
    assert!(said.contains("n'est pas signée : signature attendue de"), "{said}");
    assert!(said.contains("gardefou policy sign"), "{said}");
    binary.run(&["policy", "sign", "--key", "dgs.key"]);
    assert!(
        binary
            .run(&["policy", "signatures"])
            .contains("Direction générale des services a signé")
    );
    let mut child = binary.serve();
    child.kill().expect("its end");
    child.wait().expect("its end");

    // A key is made once, and is its owner's alone; a signature has a name; what is broken is not signed.
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(binary.folder.join("dgs.key"))
        .expect("a key")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        binary
            .fails(&["policy", "key", "dgs.key"])
            .contains("ne peut pas être créée")
    );
    key(&binary, "stranger.key");
    assert!(
        binary
            .fails(&["policy", "sign", "--key", "stranger.key"])
            .contains("dites-le avec --name")
    );
    fs::write(
        binary.folder.join("policy.toml"),
        document.replace("level = 1", "levle = 1"),
    )
    .expect("a save");
    assert!(binary.fails(&["policy", "sign", "--key", "dgs.key"]).contains("P002"));
}
