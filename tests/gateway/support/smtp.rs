//! A mail server on this machine that takes every letter, or turns every one away, and remembers them.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A letter as it came: recipients, and its text.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: Vec<String>,
    pub text: String,
}

/// The server.
pub struct MailSink {
    pub port: u16,
    taken: Arc<Mutex<Vec<Mail>>>,
    turns_away: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl MailSink {
    /// Listens on a port of its own.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self::on(listener)
    }

    /// Listens on a port that was free a moment ago.
    pub async fn at(port: u16) -> Self {
        Self::on(TcpListener::bind(("127.0.0.1", port)).await.expect("the port"))
    }

    /// A port on which nobody listens.
    pub async fn nobody() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("its number").port()
    }

    fn on(listener: TcpListener) -> Self {
        let port = listener.local_addr().expect("its number").port();
        let (taken, turns_away) = (Arc::<Mutex<Vec<Mail>>>::default(), Arc::<AtomicBool>::default());
        let (all, away) = (Arc::clone(&taken), Arc::clone(&turns_away));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, Arc::clone(&all), Arc::clone(&away)));
            }
        });
        Self {
            port,
            taken,
            turns_away,
            task,
        }
    }

    /// From now on every letter is turned away for the moment (RFC 5321, 451), or taken again.
    pub fn turn_away(&self, yes: bool) {
        self.turns_away.store(yes, Ordering::SeqCst);
    }

    /// Every letter, once there are so many.
    pub async fn letters(&self, count: usize) -> Vec<Mail> {
        for _ in 0..500 {
            let taken = self.taken.lock().expect("letters").clone();
            if taken.len() >= count {
                return taken;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("fewer than {count} letters: {:?}", self.taken.lock().expect("letters"));
    }
}

impl Drop for MailSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One conversation (RFC 5321 §4.1).
async fn talk(stream: TcpStream, taken: Arc<Mutex<Vec<Mail>>>, away: Arc<AtomicBool>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let (mut to, mut line) = (Vec::new(), String::new());
    stream.write_all(b"220 essai ESMTP\r\n").await.ok()?;
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let word = line.get(..4).unwrap_or_default().to_uppercase();
        let answer: &[u8] = match word.as_str() {
            "EHLO" => b"250-essai\r\n250 8BITMIME\r\n",
            "RCPT" if away.load(Ordering::SeqCst) => b"451 later\r\n",
            "RCPT" => {
                let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                to.push(address.to_owned());
                b"250 ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                let mut text = String::new();
                loop {
                    line.clear();
                    stream.read_line(&mut line).await.ok()?;
                    if line == ".\r\n" {
                        break;
                    }
                    text.push_str(&line);
                }
                let to = std::mem::take(&mut to);
                taken.lock().expect("letters").push(Mail { to, text });
                b"250 taken\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await.ok()?;
                return None;
            }
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await.ok()?;
    }
}
