//! The figures as pages need them: read once for many who look, and again after a minute.

use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use super::{Committee, CommitteeError, Figures};
use crate::domain::Month;

/// How long figures are shown before they are read again. Those of a month that is over never change; those of the month
/// under way are rounded.
const FRESH: Duration = Duration::from_secs(60);
/// Periods that are kept: beyond, the oldest go.
const KEPT: usize = 16;

type Known = HashMap<(Month, Month), (Instant, Arc<Figures>)>;

/// Reads the views for whoever asks. Clones share what was read.
#[derive(Clone)]
pub struct Desk {
    database_url: Arc<str>,
    /// Held while the views are read, so that many who look are one question to the database.
    known: Arc<Mutex<Known>>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

impl Desk {
    /// On this database, which is contacted when somebody asks.
    pub fn new(database_url: &str) -> Self {
        Self {
            database_url: database_url.into(),
            known: Arc::default(),
        }
    }

    /// What the views say of the months from `first` to `last`, both included, at most a minute ago.
    ///
    /// # Errors
    /// As [`Committee::open`] and [`Committee::figures`]; what failed is asked again next time.
    pub async fn figures(&self, first: Month, last: Month) -> Result<Arc<Figures>, CommitteeError> {
        let mut known = self.known.lock().await;
        if let Some((read, figures)) = known.get(&(first, last))
            && read.elapsed() < FRESH
        {
            return Ok(Arc::clone(figures));
        }
        let mut committee = Committee::open(&self.database_url).await?;
        let figures = Arc::new(committee.figures(first, last).await?);
        while known.len() >= KEPT {
            let oldest = known
                .iter()
                .min_by_key(|(_, (read, _))| *read)
                .map(|(period, _)| *period);
            oldest.and_then(|period| known.remove(&period));
        }
        known.insert((first, last), (Instant::now(), Arc::clone(&figures)));
        Ok(figures)
    }
}
