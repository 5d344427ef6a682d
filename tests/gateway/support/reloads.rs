//! A policy that is saved again and again, in front of the real program.

use std::{
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::gateway::heard;

/// Longer than any machine takes; only reached by what never happens.
const SOON: Duration = Duration::from_secs(60);

/// One tool that needs no network, with a test that is green.
pub const SMALL: &str = r#"
[charter]
version = "2025-06"
url = "https://neo.example/charte-ia"
[contacts]
dsiun = "dsiun@departement04.example"
rssi = "rssi@departement04.example"
dpo = "dpo@departement04.example"
[mention]
text = "Ce message a été généré avec l'aide d'un outil IA."
[[backend]]
id = "simulateur"
dialect = "simulated"
[[tool]]
id = "simulateur"
name = "Simulateur"
level = 1
status = "validated"
decision = { reference = "DGS-1", date = 2025-06-12 }
review_before = 2040-01-01
purpose = "Essai"
data_used = "Essai"
legal_basis = "Mission d'intérêt public"
provider = "Essai"
hosting = "Union européenne"
backends = ["simulateur"]
models = ["simulateur"]
[[test]]
name = "une réunion se prépare"
tool = "simulateur"
caller = { id = "a.martin@departement04.example" }
prompt = "Bonjour"
expect = "allowed"
"#;

/// First 16 digits of the hash of a policy, as answers have it.
pub fn hash_of(policy: &str) -> String {
    let digest = Sha256::digest(policy.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What `/readyz` says of the policy.
pub async fn standing(client: &reqwest::Client, url: &str) -> Value {
    let heard = heard(client.get(format!("{url}/readyz"))).await;
    heard.json()["policy"].clone()
}

/// Waits until `/readyz` says this of the policy.
pub async fn until(client: &reqwest::Client, url: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let since = Instant::now();
    loop {
        let now = standing(client, url).await;
        if fits(&now) {
            return now;
        }
        assert!(since.elapsed() < SOON, "still not {what}: {now}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// `kill -HUP`, as an administrator says it.
pub fn hang_up(child: &Child) {
    let done = Command::new("kill").args(["-HUP", &child.id().to_string()]).status();
    assert!(done.expect("kill").success());
}

/// Saves as editors do, each in its way.
pub fn save(path: &Path, text: &str, way: usize) {
    use std::fs::{remove_file, rename, write};
    let beside = |end: &str| path.with_file_name(format!("{}{end}", path.file_name().unwrap().to_str().unwrap()));
    match way % 4 {
        0 => write(path, text).unwrap(),
        1 => {
            write(beside(".tmp"), text).unwrap();
            rename(beside(".tmp"), path).unwrap();
        }
        2 => {
            remove_file(path).unwrap();
            write(path, text).unwrap();
        }
        _ => {
            rename(path, beside("~")).unwrap();
            write(path, text).unwrap();
            remove_file(beside("~")).unwrap();
        }
    }
}
