//! The committee's books in the central database: what the policy in force says of tools, directions, the charter and
//! trainings, and the closing of months.
//!
//! Both are a wanted state, not a message: a database that is down only delays them. They have a task of their own,
//! because a closing may take longer than a revoked key may wait.

use std::{sync::Arc, time::Duration};

use sqlx::{AnyConnection, Connection};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{Office, OfficeError, store::patiently};
use crate::policy::{Policy, Tool};
use crate::schema;

/// After something that did not succeed.
const PAUSE: Duration = Duration::from_secs(5);
/// From the start to the first closing: the start itself has other things to do.
const FIRST_CLOSING: Duration = Duration::from_secs(60);
/// From one closing to the next.
const CLOSINGS: Duration = Duration::from_secs(3600);
/// Longest closing: the first one after years takes seconds a month.
const CLOSING: Duration = Duration::from_secs(3600);

/// What the policy says for the committee's views.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Books {
    tools: Vec<ToolLine>,
    directions: Vec<(String, i64)>,
    /// Version of the charter, and whether it is to be accepted.
    charter: (String, &'static str),
    /// Trainings, and how many agents each concerns where that is known.
    trainings: Vec<(String, Option<i64>)>,
    /// How many people are attested: training, last day as YYYY-MM-DD.
    attested: Vec<(String, String, i64)>,
}

/// A line of the committee's list, `policy_tools`. Dates as YYYY-MM-DD.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolLine {
    /// Id in the policy.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// 1 to 3.
    pub level: i64,
    /// Where it is in its life, as in the policy.
    pub status: &'static str,
    /// Number of the decision that allows it.
    pub decision_reference: Option<String>,
    /// Its day.
    pub decision_date: Option<String>,
    /// Last day before a review.
    pub review_before: Option<String>,
    /// Last day.
    pub valid_until: Option<String>,
    /// Reference of the impact assessment.
    pub impact_assessment: Option<String>,
    /// Training that its callers must have had.
    pub training: Option<String>,
    /// When it was proposed to the committee.
    pub proposed_on: Option<String>,
    /// The register of processing has its whole sheet.
    pub registered: bool,
}

impl Books {
    pub(super) fn of(policy: &Policy) -> Self {
        let agents = |agents: u64| i64::try_from(agents).unwrap_or(i64::MAX);
        let charter = policy.charter();
        let holders = policy.holders();
        let mut trainings = policy.trainings();
        holders.keys().for_each(|(training, _)| {
            trainings.entry(training).or_default();
        });
        Self {
            tools: policy.tools().iter().map(ToolLine::of).collect(),
            directions: policy
                .directions()
                .iter()
                .map(|direction| (direction.name.clone(), agents(direction.agents)))
                .collect(),
            charter: (charter.version.clone(), charter.acceptance.name()),
            trainings: trainings
                .into_iter()
                .map(|(training, people)| (training.to_owned(), people.map(|people| agents(people as u64))))
                .collect(),
            attested: holders
                .into_iter()
                .map(|((training, day), people)| (training.to_owned(), day.to_string(), people.into()))
                .collect(),
        }
    }
}

impl ToolLine {
    fn of(tool: &Tool) -> Self {
        let sheet = [
            &tool.data_subjects,
            &tool.recipients,
            &tool.retention,
            &tool.transfers,
            &tool.security,
        ];
        Self {
            id: tool.id.clone(),
            name: tool.name.clone(),
            level: tool.level.into(),
            status: tool.status.name(),
            decision_reference: tool.decision.as_ref().map(|decision| decision.reference.clone()),
            decision_date: tool.decision.as_ref().map(|decision| decision.date.to_string()),
            review_before: tool.review_before.map(|day| day.to_string()),
            valid_until: tool.valid_until.map(|day| day.to_string()),
            impact_assessment: tool.impact_assessment.clone(),
            training: tool.training.clone(),
            proposed_on: tool.proposed_on.map(|day| day.to_string()),
            registered: sheet.iter().all(|text| !text.is_empty()),
        }
    }
}

impl Office {
    /// Says which policy is in force, for the committee's views: they know as soon as the database answers.
    pub fn announce(&self, policy: &Policy) {
        self.books.send_replace(Some(Arc::new(Books::of(policy))));
    }

    /// Keeps the books for ever.
    pub(super) async fn keep_books(self) {
        let mut wanted = self.books.subscribe();
        let mut written: Option<Arc<Books>> = None;
        let mut closing = Instant::now() + FIRST_CLOSING;
        loop {
            let now_wanted = wanted.borrow_and_update().clone();
            if let Some(books) = now_wanted.filter(|books| written.as_ref() != Some(books)) {
                match self.write_books(&books).await {
                    Ok(()) => written = Some(books),
                    Err(error) => {
                        tracing::debug!(%error, "the committee's list waits for the database");
                        sleep(PAUSE).await;
                        continue;
                    }
                }
            }
            if Instant::now() >= closing {
                let closed = self.close_months().await;
                if let Err(error) = &closed {
                    tracing::warn!(%error, "the months that are over cannot be closed yet");
                }
                closing = Instant::now() + if closed.is_ok() { CLOSINGS } else { FIRST_CLOSING };
            }
            tokio::select! {
                changed = wanted.changed() => if changed.is_err() { return },
                () = sleep_until(closing) => {}
            }
        }
    }

    /// Writes at once what the policy says, for a program that does one thing and ends, with lines of tools and numbers
    /// of agents by direction that the policy does not have. The next gateway that starts writes its own.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn enter(
        &self,
        policy: &Policy,
        tools: Vec<ToolLine>,
        directions: Vec<(String, i64)>,
    ) -> Result<(), OfficeError> {
        let mut books = Books::of(policy);
        for tool in tools {
            if books.tools.iter().all(|known| known.id != tool.id) {
                books.tools.push(tool);
            }
        }
        for direction in directions {
            if books.directions.iter().all(|known| known.0 != direction.0) {
                books.directions.push(direction);
            }
        }
        self.write_books(&books).await
    }

    async fn write_books(&self, books: &Books) -> Result<(), OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            Ok(replace(open.connection(), books).await?)
        })
        .await
    }

    /// Closes the months that are over: what the committee's views show of them stays from then on.
    ///
    /// # Errors
    /// The database cannot be reached, or it said no.
    pub async fn close_months(&self) -> Result<(), OfficeError> {
        let mut open = patiently(self.store.open()).await?;
        let engine = self.store.engine();
        let close = schema::close_months(open.connection(), engine);
        timeout(CLOSING, close).await.map_err(|_| OfficeError::TimedOut)??;
        Ok(())
    }
}

/// No policy yet.
pub(super) fn unknown() -> watch::Sender<Option<Arc<Books>>> {
    watch::Sender::new(None)
}

/// Replaces what the tables say, at once.
async fn replace(connection: &mut AnyConnection, books: &Books) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    for statement in EMPTY {
        sqlx::query(statement).execute(&mut *transaction).await?;
    }
    for tool in &books.tools {
        sqlx::query(ADD_TOOL)
            .bind(&tool.id)
            .bind(&tool.name)
            .bind(tool.level)
            .bind(tool.status)
            .bind(&tool.decision_reference)
            .bind(&tool.decision_date)
            .bind(&tool.review_before)
            .bind(&tool.valid_until)
            .bind(&tool.impact_assessment)
            .bind(&tool.training)
            .bind(&tool.proposed_on)
            .bind(i64::from(tool.registered))
            .execute(&mut *transaction)
            .await?;
    }
    for (direction, agents) in &books.directions {
        sqlx::query(ADD_DIRECTION)
            .bind(direction)
            .bind(agents)
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(SET_CHARTER)
        .bind(&books.charter.0)
        .bind(books.charter.1)
        .execute(&mut *transaction)
        .await?;
    for (training, agents) in &books.trainings {
        sqlx::query(ADD_TRAINING)
            .bind(training)
            .bind(agents)
            .execute(&mut *transaction)
            .await?;
    }
    for (training, valid_until, people) in &books.attested {
        sqlx::query(ADD_ATTESTED)
            .bind(training)
            .bind(valid_until)
            .bind(people)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

const EMPTY: [&str; 5] = [
    "DELETE FROM policy_tools",
    "DELETE FROM policy_directions",
    "DELETE FROM policy_charter",
    "DELETE FROM policy_trainings",
    "DELETE FROM policy_attestations",
];

const ADD_TOOL: &str = "INSERT INTO policy_tools (tool, name, level, status, decision_reference, decision_date,
        review_before, valid_until, impact_assessment, training, proposed_on, registered)
    VALUES ($1, $2, CAST($3 AS bigint), $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const SET_CHARTER: &str = "INSERT INTO policy_charter (version, acceptance) VALUES ($1, $2)";

const ADD_TRAINING: &str = "INSERT INTO policy_trainings (training, agents) VALUES ($1, $2)";

const ADD_ATTESTED: &str = "INSERT INTO policy_attestations (training, valid_until, people) VALUES ($1, $2, $3)";

const ADD_DIRECTION: &str = "INSERT INTO policy_directions (direction, agents) VALUES ($1, $2)";
