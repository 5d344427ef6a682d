//! Reads a file in a process of its own, which is killed when it takes too long and believed only when it ends well.

use std::{path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    sync::Semaphore,
    time::timeout,
};

use super::{
    MAX_FILE, MAX_TEXT, Text, Unread,
    cache::{Cache, Read, key},
    serve::{Answer, MAX_ORDER, Order},
};

/// The hidden command of the program that calls [`serve`](super::serve).
const COMMAND: &str = "read-file";

/// An answer in JSON: a letter of a text takes six bytes at most.
const MAX_ANSWER: u64 = 6 * MAX_TEXT as u64 + 1_024;

/// Beyond this size a hash is worth another thread.
const LONG_HASH: usize = 256 << 10;

/// SIGXCPU: the system ended the process because its time was over.
const OUT_OF_TIME: i32 = 24;

/// How much reading there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Files read at once; the others wait.
    pub at_once: usize,
    /// How long a file waits for its turn.
    pub patience: Duration,
    /// How long a file is read.
    pub deadline: Duration,
    /// How long an image is read.
    pub image_deadline: Duration,
    /// Bytes of words that are kept, so that a file sent again is not read again.
    pub kept: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once: 4,
            patience: Duration::from_secs(10),
            deadline: Duration::from_secs(2),
            image_deadline: Duration::from_secs(20),
            kept: 32 << 20,
        }
    }
}

/// Reads files, each in a process of its own.
pub struct Reader {
    program: PathBuf,
    arguments: Vec<String>,
    limits: Limits,
    turns: Semaphore,
    cache: Cache,
}

impl Reader {
    /// Starts this very program to read.
    pub fn new(limits: Limits) -> Self {
        // The name of the running program, even if another version was put in its place.
        let own = PathBuf::from("/proc/self/exe");
        let program = if own.exists() {
            own
        } else {
            std::env::current_exe().unwrap_or_default()
        };
        Self::with(program, vec![COMMAND.to_owned()], limits)
    }

    /// Starts another program, which must call [`serve`](super::serve).
    pub fn with(program: PathBuf, arguments: Vec<String>, limits: Limits) -> Self {
        Self {
            program,
            arguments,
            limits,
            turns: Semaphore::new(limits.at_once.max(1)),
            cache: Cache::new(limits.kept),
        }
    }

    /// The words of a file. `declared` is what its sender says it is, a MIME type or a file name.
    ///
    /// # Errors
    /// The file cannot be read whole, or its reader died.
    pub async fn read(&self, bytes: Bytes, declared: Option<&str>) -> Result<Arc<Text>, Unread> {
        self.once(bytes, declared, false).await
    }

    /// The same, and the words of a file that is an image.
    ///
    /// # Errors
    /// As [`Reader::read`]; [`Unread::NoOcr`] if `tesseract` is not installed.
    pub async fn read_with_ocr(&self, bytes: Bytes, declared: Option<&str>) -> Result<Arc<Text>, Unread> {
        self.once(bytes, declared, true).await
    }

    async fn once(&self, bytes: Bytes, declared: Option<&str>, images: bool) -> Read {
        if bytes.len() > MAX_FILE {
            return Err(Unread::TooLarge);
        }
        // A name longer than any system allows only serves to fill the order.
        let declared = declared.filter(|said| said.len() < MAX_ORDER / 8);
        let key = if bytes.len() > LONG_HASH {
            let (bytes, said) = (bytes.clone(), declared.map(str::to_owned));
            let hashed = tokio::task::spawn_blocking(move || key(&bytes, said.as_deref(), images)).await;
            hashed.map_err(|_| Unread::Unavailable)?
        } else {
            key(&bytes, declared, images)
        };
        if let Some(known) = self.cache.get(&key) {
            return known;
        }
        let turn = timeout(self.limits.patience, self.turns.acquire()).await;
        let _turn = turn
            .map_err(|_| Unread::Unavailable)?
            .map_err(|_| Unread::Unavailable)?;
        // It may have been read while this one waited.
        if let Some(known) = self.cache.get(&key) {
            return known;
        }
        let read = self.process(bytes, declared, images).await.map(Arc::new);
        self.cache.put(key, &read);
        read
    }

    async fn process(&self, bytes: Bytes, declared: Option<&str>, images: bool) -> Answer {
        let deadline = if images {
            self.limits.image_deadline
        } else {
            self.limits.deadline
        };
        let order = Order {
            declared: declared.map(str::to_owned),
            images,
            seconds: u32::try_from(deadline.as_secs()).unwrap_or(u32::MAX - 1) + 1,
        };
        let order = serde_json::to_vec(&order).map_err(|_| Unread::Unavailable)?;
        let mut child = Group(self.start()?);
        let talked = timeout(deadline, talk(&mut child.0, &order, bytes)).await;
        drop(child);
        talked.unwrap_or(Err(Unread::TooSlow))
    }

    fn start(&self) -> Result<Child, Unread> {
        Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            // The allocator takes a gigabyte of addresses at its start, which are all that the process may have.
            .env("MIMALLOC_ARENA_RESERVE", "65536")
            .current_dir("/")
            // Its own group, so that what it started ends with it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|_| Unread::Unavailable)
    }
}

/// A process and those it started, ended together whatever happens to the one who waits.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // A process that was waited for has no number any more: nobody else is ended by mistake.
        let running = self
            .0
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw);
        if let Some(group) = running {
            rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
        }
    }
}

/// Gives the order and the file, and hears the answer to its end.
async fn talk(child: &mut Child, order: &[u8], bytes: Bytes) -> Answer {
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Unread::Unavailable);
    };
    let length = u32::try_from(order.len()).map_err(|_| Unread::Unavailable)?;
    let tell = async {
        // A reader may have seen enough before the end; its answer says what it is worth.
        let _ = async {
            input.write_all(&length.to_be_bytes()).await?;
            input.write_all(order).await?;
            input.write_all(&bytes).await?;
            input.shutdown().await
        }
        .await;
        drop(input);
    };
    let hear = async {
        let mut said = Vec::new();
        output.take(MAX_ANSWER + 1).read_to_end(&mut said).await.map(|_| said)
    };
    let ((), said) = tokio::join!(tell, hear);
    let said = said.map_err(|_| Unread::Died)?;
    if said.len() as u64 > MAX_ANSWER {
        return Err(Unread::Died);
    }
    let status = child.wait().await.map_err(|_| Unread::Died)?;
    if !status.success() {
        use std::os::unix::process::ExitStatusExt;
        let slow = status.signal() == Some(OUT_OF_TIME);
        return Err(if slow { Unread::TooSlow } else { Unread::Died });
    }
    match serde_json::from_slice::<Answer>(&said) {
        Ok(Ok(text)) if text.text.len() > MAX_TEXT => Err(Unread::Died),
        Ok(answer) => answer,
        Err(_) => Err(Unread::Died),
    }
}
