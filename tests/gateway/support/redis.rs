//! A Redis server of one's own: made, stopped, hung, started again and thrown away by the test that needs it.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The server, listening on a loopback port.
pub struct RedisServer {
    folder: PathBuf,
    port: u16,
    password: Option<&'static str>,
    server: Option<Child>,
}

impl RedisServer {
    /// Starts an empty one.
    pub async fn start() -> Self {
        Self::make(None).await
    }

    /// Starts one that asks for a password.
    pub async fn with_password(password: &'static str) -> Self {
        Self::make(Some(password)).await
    }

    async fn make(password: Option<&'static str>) -> Self {
        let folder = std::env::temp_dir().join(format!("gardefou-redis-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&folder).expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let mut server = Self {
            folder,
            port,
            password,
            server: None,
        };
        server.resume().await;
        server
    }

    /// Its address, without a password.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Starts the server again, empty, and waits until it answers.
    pub async fn resume(&mut self) {
        let program = ["redis-server", "valkey-server"]
            .into_iter()
            .find(|name| Command::new(name).arg("--version").output().is_ok())
            .expect("Redis is installed: `apt-get install redis-server`");
        let mut command = Command::new(program);
        command
            .current_dir(&self.folder)
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(password) = self.password {
            command.args(["--requirepass", password]);
        }
        self.server = Some(command.spawn().expect("it runs"));
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(30), "it does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops the server in the middle of whatever it does; it forgets everything.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Freezes the server: connections stay open and nothing answers.
    pub fn hang(&self) {
        self.signal("-STOP");
    }

    /// Ends [`RedisServer::hang`].
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        if let Some(server) = &self.server {
            let sent = Command::new("kill").arg(name).arg(server.id().to_string()).status();
            assert!(sent.is_ok_and(|status| status.success()), "a signal");
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
