//! The real program in a folder of its own: started, killed, started again.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A deployment: settings, a policy, and what the program keeps beside them.
pub struct Binary {
    pub folder: PathBuf,
    /// Where it listens.
    pub url: String,
}

impl Binary {
    /// A deployment with this policy and this database.
    pub fn with(policy: &str, database: &str) -> Self {
        Self::keeping(policy, database, Path::new("data"))
    }

    /// One that keeps its outbox in another folder, on another disk.
    pub fn keeping(policy: &str, database: &str, data: &Path) -> Self {
        let folder = std::env::temp_dir().join(format!("gardefou-binary-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("policy.toml"), policy).expect("the policy");
        let port = quiet_port();
        let settings = format!(
            r#"
listen = "127.0.0.1:{port}"
policy = "policy.toml"
public_url = "http://127.0.0.1:{port}"
[database]
url = "{database}"
outbox = "{}/outbox.db"
instance = "essai-1"
[identity]
local = "poste-local"
pseudonym_key = {{ file = "data/pseudonym.key" }}
"#,
            data.display()
        );
        fs::write(folder.join("gardefou.toml"), settings).expect("the settings");
        Self {
            folder,
            url: format!("http://127.0.0.1:{port}"),
        }
    }

    /// The policy that the repository shows, whose tool `simulateur` needs nothing.
    pub fn policy() -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/policy.toml");
        fs::read_to_string(path).expect("the policy")
    }

    /// Serves; returns when it says that it is ready.
    pub fn serve(&self) -> Child {
        self.try_to_serve()
            .unwrap_or_else(|status| panic!("it did not start ({status:?}): {}", self.said()))
    }

    /// As [`Binary::serve`], or the exit status of a program that would not.
    pub fn try_to_serve(&self) -> Result<Child, Option<i32>> {
        let log = OpenOptions::new().create(true).append(true).open(self.log());
        let mut child = self
            .command(&["serve"])
            .stdout(Stdio::piped())
            .stderr(log.expect("a log"))
            .spawn()
            .expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let ready = lines
            .map_while(Result::ok)
            .any(|line| line.trim().starts_with("Accueil"));
        if ready {
            Ok(child)
        } else {
            Err(child.wait().expect("its end").code())
        }
    }

    /// Does one thing and returns what it said.
    pub fn run(&self, arguments: &[&str]) -> String {
        let done = self.command(arguments).output().expect("the binary runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("UTF-8").trim().to_owned()
    }

    /// Is asked for one thing that cannot be, and returns what it said; the exit status is 2.
    pub fn fails(&self, arguments: &[&str]) -> String {
        let done = self.command(arguments).output().expect("the binary runs");
        assert_eq!(done.status.code(), Some(2), "{}", String::from_utf8_lossy(&done.stdout));
        String::from_utf8(done.stderr).expect("UTF-8")
    }

    /// Is asked for one thing: the exit status, what it answered, and what it said beside.
    pub fn says(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let done = self.command(arguments).output().expect("the binary runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8").trim_end().to_owned();
        (done.status.code(), text(done.stdout), text(done.stderr))
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Everything it logged, all its lives.
    pub fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// The same, not run yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gardefou"));
        command
            .args(arguments)
            .args(["--config", "gardefou.toml"])
            .current_dir(&self.folder)
            .env_remove("DATABASE_URL")
            .env_remove("GARDEFOU_LISTEN");
        command
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A port that no client of another test is given while the program is dead: below those that the kernel hands out.
fn quiet_port() -> u16 {
    let start = uuid::Uuid::now_v7().as_u128();
    (0..1_000)
        .map(|step| 10_240 + ((start >> 8) as u16 ^ start as u16).wrapping_add(step * 7) % 20_000)
        .find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        .expect("a port")
}
