//! A PostgreSQL cluster of one's own: made, stopped, hung, started again and thrown away by the test that needs it.

use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection};

use super::{account::Account, disk::SmallDisk};

/// The server, listening on a loopback port.
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    server: Option<Child>,
    /// Where its tables are, if not in the folder.
    disk: Option<SmallDisk>,
    /// Commits wait for the disk. Not in tests: there processes die, not machines.
    fsync: bool,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub async fn start() -> Self {
        Self::make(None, false).await
    }

    /// A cluster whose tables are on a small disk. Its write-ahead log is not: where that is full, PostgreSQL dies,
    /// which is [`Cluster::stop`].
    pub async fn on(disk: SmallDisk) -> Self {
        Self::make(Some(disk), false).await
    }

    /// A cluster whose commits wait for the disk, to measure.
    #[allow(dead_code, reason = "the benchmark of the ledger uses it")]
    pub async fn durable() -> Self {
        Self::make(None, true).await
    }

    async fn make(disk: Option<SmallDisk>, fsync: bool) -> Self {
        let folder = std::env::temp_dir().join(format!("gardefou-pg-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("its rights");
        if let Some(account) = Account::of_servers() {
            std::os::unix::fs::chown(&folder, Some(account.uid), Some(account.gid)).expect("its owner");
        }
        let made = command("initdb", &folder)
            .args([
                "--auth=trust",
                "--username=gardefou",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--waldir",
            ])
            .arg(folder.join("wal"))
            .arg("--pgdata")
            .arg(data(&folder, disk.as_ref()))
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .expect("a port")
            .port();
        let mut cluster = Self {
            folder,
            port,
            server: None,
            disk,
            fsync,
        };
        cluster.resume().await;
        cluster
    }

    /// Address of its database.
    pub fn url(&self) -> String {
        format!("postgres://gardefou@127.0.0.1:{}/postgres", self.port)
    }

    /// Where it listens.
    pub fn address(&self) -> std::net::SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// The small disk of its tables.
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().expect("a cluster on a small disk")
    }

    /// Runs statements as its administrator, who may write whatever is said of others.
    pub async fn administer(&self, statements: &[&str]) {
        let mut administrator = PgConnection::connect(&self.url()).await.expect("the server answers");
        for statement in ["SET default_transaction_read_only = off"].iter().chain(statements) {
            sqlx::raw_sql(sqlx::AssertSqlSafe(*statement))
                .execute(&mut administrator)
                .await
                .expect("it obeys");
        }
    }

    /// Starts the server, and waits until it answers.
    pub async fn resume(&mut self) {
        assert!(self.server.is_none(), "the server runs already");
        let server = command("postgres", &self.folder)
            .args([
                "-c",
                if self.fsync { "fsync=on" } else { "fsync=off" },
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "max_connections=40",
            ])
            .args(["-c", &format!("unix_socket_directories={}", self.folder.display())])
            .args(["-p", &self.port.to_string(), "-D"])
            .arg(data(&self.folder, self.disk.as_ref()))
            .spawn()
            .expect("postgres runs");
        self.server = Some(server);
        let since = Instant::now();
        while let Err(error) = PgConnection::connect(&self.url()).await {
            assert!(
                since.elapsed() < Duration::from_secs(30),
                "the server does not answer: {error}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops the server in the middle of whatever it does.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            signal("QUIT", &[server.id()]);
            let _ = server.wait();
        }
    }

    /// Freezes the server: connections stay open and nothing answers.
    pub fn hang(&self) {
        signal("STOP", &self.processes());
    }

    /// Ends [`Cluster::hang`].
    pub fn thaw(&self) {
        signal("CONT", &self.processes());
    }

    /// The server and its children.
    fn processes(&self) -> Vec<u32> {
        let Some(server) = &self.server else { return Vec::new() };
        let server = server.id();
        let parent = |pid: u32| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse::<u32>().ok()
        };
        let all = fs::read_dir("/proc")
            .expect("/proc")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let children = all.filter(|&pid| parent(pid) == Some(server));
        std::iter::once(server).chain(children.collect::<Vec<_>>()).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.thaw();
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn data(folder: &Path, disk: Option<&SmallDisk>) -> PathBuf {
    disk.map_or(folder, SmallDisk::path).join("data")
}

/// A program of PostgreSQL, run by an account that may run it.
fn command(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(binaries().join(name));
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if name == "postgres" {
        // Nobody reads it, and a full pipe would stop the server.
        command.stderr(Stdio::null());
    }
    if let Some(account) = Account::of_servers() {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// Where Debian and others put them.
fn binaries() -> PathBuf {
    let asked = Command::new("pg_config").arg("--bindir").output();
    let asked = asked
        .ok()
        .map(|said| PathBuf::from(String::from_utf8_lossy(&said.stdout).trim()));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let known = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let found = asked
        .into_iter()
        .chain(known)
        .find(|folder| folder.join("initdb").exists());
    found.expect("PostgreSQL's server is installed: `apt-get install postgresql`")
}

fn signal(name: &str, processes: &[u32]) {
    let processes = processes.iter().map(u32::to_string);
    // A child may have ended meanwhile.
    let _ = Command::new("kill")
        .arg(format!("-{name}"))
        .args(processes)
        .stderr(Stdio::null())
        .status();
}
