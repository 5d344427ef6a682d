//! The committee's document, as rules. Pure: a text goes in, a policy or its mistakes come out; then questions go in
//! and decisions come out. No file, no clock, no network.
//!
//! It is read twice, so that only what was checked can be used:
//! 1. [`document`] is the file as written, with the place of every value; [`log`] collects its mistakes;
//! 2. [`build`] checks one part against another and makes the [`Policy`], which is valid by construction;
//! 3. [`rehearsal`] plays the file's own tests on it, and a red one refuses the file.
//!
//! Whether a version may come into force where signers are named is asked of [`signatures`].
//!
//! Then, for each request: [`admit`] asks the [`rules`] whether a caller may use a tool, [`judge`] says what is done
//! about what was found. For people who want to know: [`explain`] tells every rule's answer, [`diff`] what changes for
//! whom from one policy to another, [`replay`] what would have become of past requests, [`deadlines`] what falls due.

mod admit;
mod build;
mod codes;
mod deadlines;
mod denial;
mod descriptions;
mod diagnostic;
mod diff;
mod document;
mod explain;
mod facts;
mod index;
mod judge;
mod log;
mod parts;
mod price;
mod reader;
mod register;
mod rehearsal;
mod replay;
mod rules;
mod sarif;
mod schema;
mod signatures;
mod spelling;
mod terms;
#[cfg(test)]
mod tests;
mod trainings;

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};
use sha2::{Digest, Sha256};

use crate::detector::{Class, Detector};
use crate::domain::{Attestation, Caller, Identity, Timestamp};

pub use admit::{Admission, Aim, Ask};
pub use codes::CODES;
pub use deadlines::{Deadline, Due};
pub use denial::{Denial, Listed};
pub use diagnostic::{Diagnostic, Diagnostics, Place, Related, Severity};
pub use diff::{Change, Difference, Sort, Whom, differences};
pub use explain::{ClassSeen, Explanation, Step, in_french};
pub use facts::Subject;
pub use judge::Verdict;
pub use parts::{
    Additions, Backend, Charter, Contacts, Direction, Group, Limits, Mention, Organisation, PolicySigner, Reference,
    SecretRef, Spending, Tool, Training, Zone,
};
pub use price::{Price, Rate};
pub use reader::misread;
pub use register::{Demand, REGISTER, RegisterField, register_field};
pub use rehearsal::{Played, Standing};
pub use replay::{Past, Replay, Tally, Told, Unknown, stranger};
pub use rules::{Answer, Closed, Rule};
pub use schema::schema;
pub use signatures::{Unsigned, authorised, signed_by, with_signature};
pub use spelling::nearest;
pub use terms::{
    Acceptance, Action, AiAct, Ambition, Answers, Audience, OutsideDomains, Speech, Status, StoreDown, Unread,
};

use document::Document;
use index::Index;
use log::Log;

/// The committee's document, checked. Never changes: a new file makes a new policy.
pub struct Policy {
    charter: Charter,
    contacts: Contacts,
    organisation: Organisation,
    mention: Mention,
    masking_instruction: String,
    spending: Spending,
    /// By class, in the order of [`Class::ALL`], for a tool that accepts none.
    actions: [Action; 6],
    /// Classes whose actions are decided and recorded only.
    observed: Vec<Class>,
    tools: Vec<Tool>,
    backends: Vec<Backend>,
    groups: Vec<Group>,
    directions: Vec<Direction>,
    trainings: Vec<Training>,
    attestations: Vec<Attestation>,
    prices: Vec<Price>,
    /// Positions of the tools to name instead of one that is not listed, best first.
    recommended: Vec<usize>,
    index: Index,
    detector: Arc<Detector>,
    additions: Additions,
    hash: String,
    warnings: Diagnostics,
}

impl Policy {
    /// Reads a policy file, whose name for messages is `origin`, and plays its tests as of `today`.
    ///
    /// # Errors
    /// Every mistake of the file at once, tests that fail included, with the warnings.
    pub fn read(source: &str, origin: &str, today: Date) -> Result<Self, Diagnostics> {
        let log = Log::new(source, origin);
        let hash = Sha256::digest(source.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let document = Document::read(source, &log);
        let policy = document
            .as_ref()
            .and_then(|document| build::policy(document, hash, today, &log));
        if let (Some(policy), Some(document)) = (&policy, &document) {
            rehearsal::play(policy, &document.tests, today, &log);
        }
        let refused = log.has_errors();
        let diagnostics = log.finish();
        match policy {
            Some(policy) if !refused => Ok(Self {
                warnings: diagnostics,
                ..policy
            }),
            _ => Err(diagnostics),
        }
    }

    /// Reads a policy file like [`Policy::read`], and tells how each of its tests goes, red ones included.
    ///
    /// # Errors
    /// Every mistake of the file but its tests.
    pub fn rehearse(source: &str, origin: &str, today: Date) -> Result<Vec<Played>, Diagnostics> {
        let log = Log::new(source, origin);
        let document = Document::read(source, &log);
        let policy = document
            .as_ref()
            .and_then(|document| build::policy(document, String::new(), today, &log));
        match (policy, document) {
            (Some(policy), Some(document)) if !log.has_errors() => {
                let played = rehearsal::played(&policy, &document.tests, today);
                let told = played.map(|(test, played)| Played {
                    line: test.expect.as_ref().map_or(0, |expect| log.line(&expect.span)),
                    ..played
                });
                Ok(told.collect())
            }
            _ => Err(log.finish()),
        }
    }

    /// First 16 hexadecimal digits of [`Policy::full_hash`], as in headers and the ledger.
    pub fn hash(&self) -> &str {
        &self.hash[..16]
    }

    /// SHA-256 of the file, 64 hexadecimal digits.
    pub fn full_hash(&self) -> &str {
        &self.hash
    }

    /// What somebody should look at, though the policy can be used.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// The charter in force.
    pub fn charter(&self) -> &Charter {
        &self.charter
    }

    /// Whom to ask.
    pub fn contacts(&self) -> &Contacts {
        &self.contacts
    }

    /// The body that answers for the processing.
    pub fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// What tells a reader that an AI wrote.
    pub fn mention(&self) -> &Mention {
        &self.mention
    }

    /// What a model is told of the placeholders in a request; empty where it is told nothing.
    pub fn masking_instruction(&self) -> &str {
        &self.masking_instruction
    }

    /// What holds for all tools together.
    pub fn spending(&self) -> &Spending {
        &self.spending
    }

    /// Classes of data in observation: what would be done is decided and recorded, and nothing is done.
    pub fn observed(&self) -> &[Class] {
        &self.observed
    }

    /// The committee's list, in the order of the file.
    pub fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// The tool with this id.
    pub fn tool(&self, id: &str) -> Option<&Tool> {
        self.index.tool(id).map(|at| &self.tools[at])
    }

    /// The model of a request that names none: that of the tool it asks for by its id, else of the first tool for all of
    /// its dialect that has one (charter, "Responsabilité environnementale").
    pub fn default_model(&self, dialect: &str, tool: Option<&str>) -> Option<&str> {
        if let Some(id) = tool {
            return self.tool(id)?.default_model.as_deref();
        }
        let speaks = |tool: &&Tool| {
            let mut roads = tool.roads.iter();
            tool.status.is_served()
                && tool.level == 1
                && tool.open_to.is_none()
                && roads.any(|&road| self.backends[road].dialect.speaks(dialect))
        };
        let with_default = self.tools.iter().filter(|tool| tool.default_model.is_some());
        with_default
            .filter(speaks)
            .find_map(|tool| tool.default_model.as_deref())
    }

    /// The approved backends, in the order of the file.
    pub fn backends(&self) -> &[Backend] {
        &self.backends
    }

    /// How many agents the directions have, for the committee's figures; those not named here are unknown.
    pub fn directions(&self) -> &[Direction] {
        &self.directions
    }

    /// The groups, in the order of the file.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The groups of a caller: those that name them, and those that their key or the directory says.
    pub fn groups_of(&self, caller: &Caller) -> impl Iterator<Item = &Group> {
        let groups = self.index.groups_of(caller);
        groups.into_iter().map(|at| &self.groups[at])
    }

    /// The groups that a tool is open to, each with the direction that it stands for; none where it is for all.
    pub fn groups_for(&self, tool: &Tool) -> Option<Vec<String>> {
        let named = tool.groups.iter().map(|id| {
            let group = self.groups.iter().find(|group| group.id == *id);
            match group.and_then(|group| group.direction.as_deref()) {
                Some(direction) => format!("{id} ({direction})"),
                None => id.clone(),
            }
        });
        let for_all = tool.groups.iter().any(|group| group == "*");
        (!for_all).then(|| named.collect())
    }

    /// Direction of a caller: of the first of their groups that has one, else what the directory says, if the policy knows
    /// it, for the figures are counted by those.
    fn direction(&self, groups: &[usize], caller: &Caller) -> Option<&str> {
        let own = groups.iter().find_map(|&at| self.groups[at].direction.as_deref());
        own.or_else(|| {
            let told = caller.direction.as_deref()?;
            let known = self.directions.iter().find(|direction| direction.name == told);
            known.map(|direction| direction.name.as_str())
        })
    }

    /// Direction of a person whom the policy itself names; what the directory says of groups is not known here.
    pub fn direction_of(&self, identity: &Identity) -> Option<&str> {
        let groups = self.index.groups_naming(identity.as_str());
        groups.iter().find_map(|&at| self.groups[at].direction.as_deref())
    }

    /// The page of a training that a tool asks for, where the file gives one.
    pub fn training(&self, id: &str) -> Option<&Training> {
        self.trainings.iter().find(|training| training.id == id)
    }

    /// The attestations of trainings, without who holds them: the training and its last day.
    pub fn attestations(&self) -> impl Iterator<Item = (&str, Date)> {
        let attestations = self.attestations.iter();
        attestations.map(|attestation| (&*attestation.training, attestation.valid_until))
    }

    /// Everyone whom the policy names, as a member of a group or as a holder of an attestation, in lower case. For who
    /// holds the key of the pseudonyms; never for a log.
    pub fn people(&self) -> impl Iterator<Item = Identity> {
        let all: std::collections::BTreeSet<&str> = self
            .index
            .members()
            .chain(self.index.holders())
            .map(|(name, _)| name)
            .collect();
        all.into_iter().map(Identity::new)
    }

    /// The detector, with the DSIUN's own patterns and exceptions.
    pub fn detector(&self) -> &Arc<Detector> {
        &self.detector
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Policy({}, {} tools, {} groups)",
            self.hash(),
            self.tools.len(),
            self.groups.len()
        )
    }
}

/// The rule of summer time of metropolitan France (directive 2000/84/CE), written here so that no time zone database
/// has to be installed.
static FRANCE: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a constant that a test reads"));

/// The day in metropolitan France.
pub fn civil(now: Timestamp) -> Date {
    local(now).date()
}

/// The day and the hour in metropolitan France.
pub fn local(now: Timestamp) -> DateTime {
    let seconds = now
        .0
        .div_euclid(1000)
        .clamp(jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
    let instant = jiff::Timestamp::from_second(seconds).expect("clamped to what can be represented");
    FRANCE.to_datetime(instant)
}

/// The first instant of a day in metropolitan France.
pub fn midnight(day: Date) -> Timestamp {
    let start = FRANCE.to_ambiguous_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
    // Hours change at two or three in the morning, never at midnight; the ends of the calendar are clamped.
    let start = start.compatible().unwrap_or(jiff::Timestamp::MAX);
    Timestamp(start.as_millisecond())
}
