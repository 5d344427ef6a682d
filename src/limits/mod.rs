//! What may be spent: requests, tokens and euros in a window, and requests under way, per caller, tool and group.
//!
//! A request is estimated before it leaves: [`Limits::reserve`] takes what it may cost from every bound that concerns it,
//! or from none, and gives a [`Reservation`]. When its end is known, [`Reservation::settle`] corrects the counts to what
//! was used; a reservation that is dropped gives back all but the request itself.
//!
//! One gateway counts in its memory. Several count together in PostgreSQL or Redis, exactly: each request asks the store
//! once, while its text is looked at. While the store is down, the policy says whether each gateway counts alone
//! (`store_down = "open"`) or what has a limit is refused (`"closed"`).
//!
//! - `window`: what is counted, and over which time
//! - `plan`: what one request takes, and the arithmetic of it
//! - `memory`: the counts of one gateway
//! - `store`: where gateways count together: `postgres`, `redis`; and `sqlite`, where one that is alone writes them down
//! - `keeper`: the task that keeps memory and store together

mod keeper;
mod memory;
mod plan;
mod postgres;
mod redis;
mod sqlite;
mod store;
mod window;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle, time::timeout};

use keeper::{Keeper, Kept, LEASE};
use memory::Memory;
use plan::{Plan, Room};
use store::Store;

pub use self::redis::RedisAddress;
pub use plan::{Exceeded, Scope, Spend, Whose};
pub use store::Down;
pub use window::{Kind, Measure, Period};

use crate::domain::{Clock, Timestamp};
use crate::policy::StoreDown;
use crate::schema::Engine;

impl Exceeded {
    /// For the ledger, such as `limits.tokens_per_day` or `limits.shared.euros_per_month`.
    pub fn rule(&self) -> String {
        rule(&self.whose, self.kind)
    }
}

fn rule(whose: &Whose, kind: Kind) -> String {
    format!("limits.{}{}", whose.word(), kind.name())
}

/// Why nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// A bound is reached.
    Exceeded(Exceeded),
    /// The store is down, and the policy says that nothing with a limit is served then.
    Unavailable,
}

/// Where gateways count together.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// The central database, `sqlite://…` or `postgres://…`.
    pub database: String,
    /// Redis or Valkey, which then counts in its place.
    pub redis: Option<RedisAddress>,
    /// Longest that a request waits for the store.
    pub patience: Duration,
}

/// Why the store cannot be used at all, in French, for the administrator.
#[derive(Debug)]
pub enum StartError {
    /// The address of Redis cannot be read.
    Redis,
    /// The address of the database cannot be read.
    Database,
    /// The counts of before cannot be read, and without them a restart would open a fresh budget.
    Counts(Down),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redis => f.write_str("`limits.redis` n'est pas une adresse de Redis, comme redis://127.0.0.1:6379/0"),
            Self::Database => f.write_str("l'adresse de la base de données ne peut pas être lue"),
            Self::Counts(why) => write!(f, "les compteurs des plafonds ne peuvent pas être lus ({why})"),
        }
    }
}

impl std::error::Error for StartError {}

/// How the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreStatus {
    /// `memory`, `sqlite`, `postgres` or `redis`.
    pub name: &'static str,
    /// Why it is down, if it is.
    pub down: Option<Down>,
}

/// All the counts. Clones share them.
#[derive(Clone, Default)]
pub struct Limits {
    memory: Arc<Memory>,
    kept: Option<Arc<Kept>>,
}

/// Ends the task of the limits.
#[derive(Debug)]
pub struct LimitsTask {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl LimitsTask {
    /// The store hears the rest, and that this gateway leaves.
    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Limits({})", self.status().name)
    }
}

impl Limits {
    /// Counts that gateways share, or that outlive a restart. A shared store that is down is waited for in the background.
    ///
    /// # Errors
    /// An address cannot be read, or the counts of a gateway that is alone cannot.
    pub async fn start(settings: &StoreSettings, clock: Clock) -> Result<(Self, LimitsTask), StartError> {
        let memory = Arc::new(Memory::stored());
        let (url, patience) = (&settings.database, settings.patience);
        let store = match (&settings.redis, Engine::of(url)) {
            (Some(address), _) => Store::Redis(self::redis::Redis::new(address).map_err(|_| StartError::Redis)?),
            (None, Some(Engine::Postgres)) => {
                Store::Postgres(postgres::Postgres::new(url, patience).map_err(|_| StartError::Database)?)
            }
            (None, Some(Engine::Sqlite)) => {
                let store = sqlite::Sqlite::new(url).map_err(|_| StartError::Database)?;
                let counts = store.load(clock().0).await.map_err(StartError::Counts)?;
                memory.load(counts.into_iter());
                Store::Sqlite(store)
            }
            (None, None) => return Err(StartError::Database),
        };
        let kept = Arc::new(Kept::new(store, Arc::clone(&memory), patience));
        let mut keeper = Keeper::new(Arc::clone(&kept), clock);
        keeper.look().await;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(keeper.run(stopped));
        let limits = Self {
            memory,
            kept: Some(kept),
        };
        Ok((limits, LimitsTask { stop, task }))
    }

    /// How the store is.
    pub fn status(&self) -> StoreStatus {
        match &self.kept {
            Some(kept) => StoreStatus {
                name: kept.store.name(),
                down: kept.down(),
            },
            None => StoreStatus {
                name: "memory",
                down: None,
            },
        }
    }

    /// Waits until the store has been told of everything that ended before, or is down.
    pub async fn told(&self) {
        if let Some(kept) = &self.kept {
            kept.told().await;
        }
    }

    /// Begins to reserve what a request may cost. What is known at once is told at once; a shared store is asked beside
    /// the request, which goes on and waits for [`Reserving::done`] before it leaves.
    ///
    /// # Errors
    /// A bound is reached, or the store is down and nothing is served then; nothing was taken.
    pub fn reserve(
        &self,
        scopes: &[Scope<'_>],
        spend: Spend,
        now: Timestamp,
        down: StoreDown,
    ) -> Result<Reserving, NotTaken> {
        let plan = Plan::new(scopes, spend, now);
        if plan.lines.is_empty() && plan.turns.is_empty() {
            return Ok(Reserving::Done(Reservation::default()));
        }
        match self.kept.as_ref().filter(|kept| kept.store.is_shared()) {
            None => self.alone(plan).map(Reserving::Done),
            Some(kept) if !kept.is_up() => self.without(plan, down).map(Reserving::Done),
            Some(kept) => {
                let (limits, kept) = (self.clone(), Arc::clone(kept));
                let asking = async move { limits.together(&kept, plan, down).await };
                Ok(Reserving::Asked(tokio::spawn(asking)))
            }
        }
    }

    fn alone(&self, plan: Plan) -> Result<Reservation, NotTaken> {
        let room = self.memory.take(&plan).map_err(NotTaken::Exceeded)?;
        Ok(self.held(plan, room))
    }

    /// The store is down.
    fn without(&self, plan: Plan, down: StoreDown) -> Result<Reservation, NotTaken> {
        match down {
            StoreDown::Open => self.alone(plan),
            StoreDown::Closed => Err(NotTaken::Unavailable),
        }
    }

    async fn together(&self, kept: &Kept, plan: Plan, down: StoreDown) -> Result<Reservation, NotTaken> {
        match self.asked(kept, &plan).await {
            Ok(Ok(room)) => Ok(self.held(plan, room)),
            Ok(Err(exceeded)) if exceeded.kind == Kind::AtOnce => {
                // Requests of ours that are over may still be unknown to the store.
                kept.told().await;
                match self.asked(kept, &plan).await {
                    Ok(Ok(room)) => Ok(self.held(plan, room)),
                    Ok(Err(exceeded)) => Err(NotTaken::Exceeded(exceeded)),
                    Err(_) => self.without(plan, down),
                }
            }
            Ok(Err(exceeded)) => Err(NotTaken::Exceeded(exceeded)),
            Err(_) => self.without(plan, down),
        }
    }

    /// Asks the store, with patience.
    async fn asked(&self, kept: &Kept, plan: &Plan) -> Result<Result<Room, Exceeded>, Down> {
        let found = timeout(kept.patience, kept.store.take(kept.holder(), plan)).await;
        let found = found.unwrap_or(Err(Down::TimedOut)).and_then(|found| {
            let weighed = plan.weigh(&found.used, &found.at_once);
            // Two that do not reckon alike are not to be trusted with a budget.
            if weighed.is_ok() == found.taken {
                Ok((weighed, found.used))
            } else {
                Err(Down::Refused)
            }
        });
        match found {
            Ok((Ok(room), used)) => {
                self.memory.learn(plan, &used, room);
                Ok(Ok(room))
            }
            Ok((Err(exceeded), _)) => Ok(Err(exceeded)),
            Err(why) => {
                kept.failed(why);
                Err(why)
            }
        }
    }

    fn held(&self, plan: Plan, room: Room) -> Reservation {
        Reservation(Some(Box::new(Held {
            plan,
            room,
            limits: self.clone(),
        })))
    }
}

/// A reservation under way. Dropped, what it takes is given back.
#[derive(Debug)]
#[must_use = "a reservation that nobody waits for is given back"]
pub enum Reserving {
    /// It is there.
    Done(Reservation),
    /// The store was asked.
    Asked(JoinHandle<Result<Reservation, NotTaken>>),
}

impl Default for Reserving {
    fn default() -> Self {
        Self::Done(Reservation::default())
    }
}

impl Reserving {
    /// What came of it.
    ///
    /// # Errors
    /// As of [`Limits::reserve`].
    pub async fn done(self) -> Result<Reservation, NotTaken> {
        match self {
            Self::Done(reservation) => Ok(reservation),
            // A bug in the asking is not a reason to serve.
            Self::Asked(asked) => asked.await.unwrap_or(Err(NotTaken::Unavailable)),
        }
    }
}

/// What a request may spend. Settled exactly once: by [`Reservation::settle`], or by its drop.
#[derive(Default)]
#[must_use = "a reservation that is dropped is given back"]
pub struct Reservation(Option<Box<Held>>);

struct Held {
    plan: Plan,
    room: Room,
    limits: Limits,
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reservation({:?})", self.0.as_ref().map(|held| held.room))
    }
}

impl Reservation {
    /// Tokens that the answer may have before the tightest bound on tokens or euros is passed, those reserved for it
    /// included; none where nothing bounds them. Does not change.
    pub fn left(&self) -> Option<u64> {
        self.0.as_ref()?.room.left
    }

    /// The rule of that bound, for the ledger.
    pub fn tightest(&self) -> Option<String> {
        let held = self.0.as_ref()?;
        let line = held.plan.lines.get(held.room.tightest?)?;
        Some(rule(&line.whose, line.kind))
    }

    /// Tokens reserved for the answer, where there was not room for all that were asked for.
    pub fn shortened(&self) -> Option<u64> {
        let held = self.0.as_ref()?;
        (held.room.granted < held.plan.most).then_some(held.room.granted)
    }

    /// What was used in the end: tokens of the prompt and of the answer, and billionths of a euro.
    pub fn settle(mut self, tokens: u64, nano_euros: u64) {
        self.end(tokens, nano_euros);
    }

    fn end(&mut self, tokens: u64, nano_euros: u64) {
        let Some(held) = self.0.take() else { return };
        let limits = &held.limits;
        limits.memory.end(&held.plan, held.room.granted, tokens, nano_euros);
        if let Some(kept) = &limits.kept {
            kept.wake();
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.end(0, 0);
    }
}
