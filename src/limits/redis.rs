//! Counts in Redis or Valkey, 6 or later: one script a request, which the server runs alone. All keys have one hash tag,
//! so a cluster keeps them together.
//!
//! Windows and gateways go by themselves: each key has its time to live.

use std::{fmt, time::Duration};

use ::redis::{
    AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo, RedisError, Script, ScriptInvocation,
    aio::MultiplexedConnection,
};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::LEASE;
use super::memory::Batch;
use super::plan::Plan;
use super::store::{Down, Found, unsigned};

/// How long the name of a gateway that is gone is known, in milliseconds.
const KNOWN: u64 = 3_600_000;
/// How long a count is kept after its window, in milliseconds: clocks differ a little.
const GRACE: i64 = 3_600_000;
/// In front of every key.
const TAG: &str = "{gardefou}";

/// Where Redis or Valkey is.
#[derive(Clone)]
pub struct RedisAddress {
    /// `redis://host:port/number`, or `rediss://…` for TLS; without a password.
    pub url: String,
    /// What it asks for.
    pub password: Option<String>,
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisAddress(password: {})", self.password.is_some())
    }
}

/// The server.
pub(super) struct Redis {
    client: Client,
    connection: Mutex<Option<MultiplexedConnection>>,
    take: Script,
    settle: Script,
    hold: Script,
    rename: Script,
}

impl From<RedisError> for Down {
    fn from(error: RedisError) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        match error.kind() {
            ErrorKind::Io => Self::Unreachable,
            _ => Self::Refused,
        }
    }
}

impl Redis {
    /// # Errors
    /// The address cannot be read.
    pub(super) fn new(address: &RedisAddress) -> Result<Self, RedisError> {
        let mut info = address.url.as_str().into_connection_info()?;
        if let Some(password) = &address.password {
            let settings = info.redis_settings().clone().set_password(password);
            info = info.set_redis_settings(settings);
        }
        Ok(Self {
            client: Client::open(info)?,
            connection: Mutex::new(None),
            take: Script::new(include_str!("scripts/take.lua")),
            settle: Script::new(include_str!("scripts/settle.lua")),
            hold: Script::new(include_str!("scripts/hold.lua")),
            rename: Script::new(include_str!("scripts/rename.lua")),
        })
    }

    /// The one connection, on which many may ask at once.
    async fn connection(&self) -> Result<MultiplexedConnection, Down> {
        let mut place = self.connection.lock().await;
        if let Some(connection) = &*place {
            return Ok(connection.clone());
        }
        // Whoever asks has a bound of its own.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(5)))
            .set_response_timeout(None);
        let connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        *place = Some(connection.clone());
        Ok(connection)
    }

    pub(super) async fn take(&self, holder: Uuid, plan: &Plan) -> Result<Found, Down> {
        let mut asked = self.take.prepare_invoke();
        for line in &plan.lines {
            asked.key(count(&line.key));
        }
        for turn in &plan.turns {
            asked.key(turns(&turn.key));
        }
        asked
            .arg(name(Some(holder)))
            .arg(plan.lines.len())
            .arg(plan.turns.len());
        asked.arg(plan.most);
        for line in &plan.lines {
            let (least, ends) = (line.amount(plan.least), line.ends.saturating_add(GRACE));
            asked.arg(line.bound).arg(line.base).arg(least).arg(line.unit).arg(ends);
        }
        for turn in &plan.turns {
            asked.arg(turn.bound);
        }
        let said: Vec<i64> = self.run(&asked).await?;
        let [taken, counts @ ..] = &said[..] else {
            return Err(Down::Unknown);
        };
        if counts.len() != plan.lines.len() + plan.turns.len() {
            return Err(Down::Refused);
        }
        let (used, at_once) = counts.split_at(plan.lines.len());
        let counts = |told: &[i64]| told.iter().copied().map(unsigned).collect();
        Ok(Found {
            taken: *taken == 1,
            used: counts(used),
            at_once: counts(at_once),
        })
    }

    pub(super) async fn settle(&self, holder: Uuid, number: i64, batch: &Batch) -> Result<bool, Down> {
        let mut asked = self.settle.prepare_invoke();
        asked.key(self::batch(Some(holder)));
        asked.arg(name(Some(holder))).arg(number);
        asked.arg(batch.lines.len()).arg(batch.turns.len());
        for (key, ends, delta) in &batch.lines {
            asked.key(count(key)).arg(*delta).arg(ends.saturating_add(GRACE));
        }
        for (key, delta) in &batch.turns {
            asked.key(turns(key)).arg(*delta);
        }
        self.run(&asked).await
    }

    pub(super) async fn hold(&self, holder: Uuid) -> Result<bool, Down> {
        let mut asked = self.hold.prepare_invoke();
        asked.key(batch(Some(holder))).key(lease(Some(holder)));
        asked.arg(LEASE.as_millis()).arg(KNOWN);
        self.run(&asked).await
    }

    pub(super) async fn rename(
        &self,
        leaving: Option<Uuid>,
        coming: Option<Uuid>,
        under_way: &[(String, u64)],
    ) -> Result<i64, Down> {
        // A connection of before is not worth a try: the server may be another.
        *self.connection.lock().await = None;
        let mut asked = self.rename.prepare_invoke();
        for holder in [leaving, coming] {
            asked.key(batch(holder)).key(lease(holder)).arg(name(holder));
        }
        asked.arg(LEASE.as_millis()).arg(KNOWN);
        for (key, many) in under_way {
            asked.key(turns(key)).arg(*many);
        }
        self.run(&asked).await
    }

    async fn run<T: ::redis::FromRedisValue>(&self, asked: &ScriptInvocation<'_>) -> Result<T, Down> {
        let mut connection = self.connection().await?;
        Ok(asked.invoke_async(&mut connection).await?)
    }
}

fn count(key: &str) -> String {
    format!("{TAG}:count:{key}")
}

fn turns(key: &str) -> String {
    format!("{TAG}:turns:{key}")
}

fn batch(holder: Option<Uuid>) -> String {
    format!("{TAG}:batch:{}", name(holder))
}

fn lease(holder: Option<Uuid>) -> String {
    format!("{TAG}:lease:{}", name(holder))
}

fn name(holder: Option<Uuid>) -> String {
    holder.map(|holder| holder.to_string()).unwrap_or_default()
}
