//! The rules that stand between a caller and a tool, in the order in which they are asked. One list: the gateway
//! stops at the first no, and whoever wants to know why asks them all.

use jiff::{Span, civil::Date};

use super::Policy;
use super::admit::Ask;
use super::denial::{Denial, french};
use super::parts::{Backend, Tool};
use super::terms::{Acceptance, Ambition, OutsideDomains, Speech, Status};
use crate::domain::Via;

/// One rule. Their order is that of [`Rule::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The tool is in service.
    Status,
    /// Its requests come through the gateway.
    Routed,
    /// One of its backends speaks the dialect.
    Dialect,
    /// The day is one of its days.
    Dates,
    /// It was reviewed in time.
    Review,
    /// Where groups decide, the directory that says them is fresh.
    Directory,
    /// The caller is in one of its groups.
    Perimeter,
    /// The caller had the training it asks for.
    Training,
    /// The caller accepted the charter.
    Charter,
    /// Its domains are the caller's.
    Domains,
    /// The caller says why, where it asks for that.
    Purpose,
    /// Somebody decides, where it helps to decide.
    Human,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing against it.
    Passes,
    /// Nothing against it, with a French sentence for the caller.
    Reminds(String),
    /// No.
    Refuses(Denial),
}

/// What a rule is asked about.
#[derive(Clone, Copy)]
pub(super) struct Case<'p, 'a> {
    pub policy: &'p Policy,
    pub tool: &'p Tool,
    pub ask: &'a Ask<'a>,
    /// Positions of the caller's groups, in the order of the policy.
    pub groups: &'a [usize],
}

impl Rule {
    /// Every rule, in the order in which it is asked.
    pub const ALL: [Self; 12] = [
        Self::Status,
        Self::Routed,
        Self::Dialect,
        Self::Dates,
        Self::Review,
        Self::Directory,
        Self::Perimeter,
        Self::Training,
        Self::Charter,
        Self::Domains,
        Self::Purpose,
        Self::Human,
    ];

    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Routed => "routed",
            Self::Dialect => "dialect",
            Self::Dates => "dates",
            Self::Review => "review",
            Self::Directory => "directory",
            Self::Perimeter => "perimeter",
            Self::Training => "training",
            Self::Charter => "charter",
            Self::Domains => "domains",
            Self::Purpose => "purpose",
            Self::Human => "human",
        }
    }

    /// What it asks, in French.
    pub const fn question(self) -> &'static str {
        match self {
            Self::Status => "l'outil est en service",
            Self::Routed => "ses demandes passent par la passerelle",
            Self::Dialect => "un de ses services parle ce dialecte",
            Self::Dates => "la date est dans ses dates",
            Self::Review => "son réexamen est à jour",
            Self::Directory => "l'annuaire qui dit ses groupes est récent",
            Self::Perimeter => "l'appelant est dans son périmètre",
            Self::Training => "l'appelant a la formation demandée",
            Self::Charter => "l'appelant a accepté la charte",
            Self::Domains => "ses domaines sont ceux de l'appelant",
            Self::Purpose => "l'appelant dit pourquoi, si l'outil le demande",
            Self::Human => "l'outil n'aide pas à décider",
        }
    }

    /// Whether the answer depends on who asks, beyond what the tool and the day say.
    pub const fn is_about_the_caller(self) -> bool {
        matches!(
            self,
            Self::Directory | Self::Perimeter | Self::Training | Self::Charter | Self::Domains
        )
    }

    /// Asks it. Where the answer is [`Answer::Passes`], nothing is allocated.
    pub(super) fn ask(self, case: &Case<'_, '_>) -> Answer {
        match self {
            Self::Status => case.status(),
            Self::Routed => case.routed(),
            Self::Dialect => case.dialect(),
            Self::Dates => dates(case.tool, case.ask.today),
            Self::Review => review(case.tool, case.ask.today),
            Self::Directory => case.directory(),
            Self::Perimeter => case.perimeter(),
            Self::Training => case.training(),
            Self::Charter => case.charter(),
            Self::Domains => case.domains(),
            Self::Purpose => case.purpose(),
            Self::Human => human(case.tool),
        }
    }
}

impl<'p> Case<'p, '_> {
    fn status(&self) -> Answer {
        if self.tool.status.is_served() {
            return Answer::Passes;
        }
        Answer::Refuses(Denial::NotServed {
            tool: self.tool.name.clone(),
            status: self.tool.status,
            suggestion: self.policy.suggestion(self.ask),
        })
    }

    fn routed(&self) -> Answer {
        if self.tool.routed {
            return Answer::Passes;
        }
        Answer::Refuses(Denial::NotRouted {
            tool: self.tool.name.clone(),
        })
    }

    /// Its backends that speak the dialect, in the order in which they are tried.
    pub(super) fn backends(&self) -> impl Iterator<Item = &'p Backend> {
        let (policy, dialect) = (self.policy, self.ask.dialect);
        let all = self.tool.roads.iter().map(|&road| &policy.backends[road]);
        all.filter(move |backend| backend.dialect.speaks(dialect))
    }

    fn dialect(&self) -> Answer {
        if self.backends().next().is_some() {
            return Answer::Passes;
        }
        let speaks = |asked: &&str| {
            let mut roads = self.tool.roads.iter();
            roads.any(|&road| self.policy.backends[road].dialect.speaks(asked))
        };
        let asked = Speech::ASKED.into_iter().map(Speech::name);
        Answer::Refuses(Denial::NoBackendForDialect {
            tool: self.tool.name.clone(),
            speaks: asked.filter(speaks).collect(),
        })
    }

    /// Whether a group is one of those that the tool is open to.
    fn opens(&self, group: usize) -> bool {
        let open_to = self.tool.open_to.as_ref();
        open_to.is_none_or(|open_to| open_to.binary_search(&group).is_ok())
    }

    /// Direction of the caller: of the group that opens the tool to them if it has one.
    pub(super) fn direction(&self) -> Option<&'p str> {
        let mut opening = self.groups.iter().filter(|&&at| self.opens(at));
        let own = opening.find_map(|&at| self.policy.groups[at].direction.as_deref());
        own.or_else(|| self.policy.direction(self.groups, self.ask.caller))
    }

    /// A tool of level 3 is for some only: while nobody knows who belongs to them any more, it is closed.
    fn directory(&self) -> Answer {
        if self.tool.level < 3 || !self.ask.caller.directory_is_stale {
            return Answer::Passes;
        }
        Answer::Refuses(Denial::DirectoryStale {
            tool: self.tool.name.clone(),
        })
    }

    fn perimeter(&self) -> Answer {
        if self.tool.open_to.is_none() || self.groups.iter().any(|&at| self.opens(at)) {
            return Answer::Passes;
        }
        Answer::Refuses(Denial::NotInGroup {
            tool: self.tool.name.clone(),
        })
    }

    fn training(&self) -> Answer {
        let Some(training) = &self.tool.training else {
            return Answer::Passes;
        };
        let named = self.policy.index.attestations_of(self.ask.caller).iter();
        let named = named.map(|&at| &self.policy.attestations[at]);
        // The later of what the policy names and what was imported.
        let last = named
            .chain(&self.ask.caller.attestations)
            .filter(|held| held.training == *training)
            .map(|held| held.valid_until)
            .max();
        if last.is_some_and(|last| self.ask.today <= last) {
            return Answer::Passes;
        }
        let course = self.policy.training(training);
        Answer::Refuses(Denial::TrainingMissing {
            tool: self.tool.name.clone(),
            training: course
                .and_then(|course| course.name.clone())
                .unwrap_or_else(|| training.clone()),
            until: last,
            course: course.map(|course| course.url.clone()),
        })
    }

    fn charter(&self) -> Answer {
        let (charter, caller) = (&self.policy.charter, self.ask.caller);
        let accepted = caller.via == Via::Local || caller.accepted_charters.contains(&charter.version);
        match charter.acceptance {
            _ if accepted => Answer::Passes,
            Acceptance::Off => Answer::Passes,
            Acceptance::Reminder => Answer::Reminds(format!(
                "L'usage de l'IA suit la charte, version {} ({}), que vous n'avez pas encore acceptée.",
                charter.version, charter.url
            )),
            Acceptance::Required => Answer::Refuses(Denial::CharterNotAccepted {
                version: charter.version.clone(),
                url: charter.url.clone(),
            }),
        }
    }

    /// Whether one of the caller's groups has one of the tool's domains. A group that names none says nothing.
    fn competent(&self) -> bool {
        let groups = self.groups.iter().map(|&at| &self.policy.groups[at]);
        let mut known = groups.flat_map(|group| &group.domains);
        known.any(|domain| domain == "*" || self.tool.domains.contains(domain))
    }

    fn domains(&self) -> Answer {
        if self.tool.domains.iter().any(|domain| domain == "*") || self.competent() {
            return Answer::Passes;
        }
        let domains = self.tool.domains.join(", ");
        match self.tool.outside_domains {
            OutsideDomains::Remind => Answer::Reminds(format!(
                "Cet outil est prévu pour : {domains}. Restez dans vos domaines de compétence (règle 3 de la charte)."
            )),
            OutsideDomains::Refuse => Answer::Refuses(Denial::OutsideDomains {
                tool: self.tool.name.clone(),
                domains,
            }),
        }
    }

    fn purpose(&self) -> Answer {
        if !self.tool.purpose_required || self.ask.purpose {
            return Answer::Passes;
        }
        Answer::Refuses(Denial::PurposeMissing {
            tool: self.tool.name.clone(),
        })
    }
}

/// Who decides about a person, or with a tool's help, is reminded that they decide (charter, rule 4; CRPA
/// art. L.311-3-1).
fn human(tool: &Tool) -> Answer {
    if tool.decision_individuelle {
        return Answer::Reminds(
            "Cet outil prend part à des décisions sur des personnes : vous vérifiez, vous décidez, et la personne en est \
             informée (règle 4 de la charte ; CRPA, article L.311-3-1)."
                .into(),
        );
    }
    if tool.ambition == Some(Ambition::Decision) {
        return Answer::Reminds(
            "Cet outil aide à la décision : vous vérifiez, et vous décidez (règle 4 de la charte).".into(),
        );
    }
    Answer::Passes
}

/// What its dates say against a tool.
fn untimely(tool: &Tool, today: Date) -> Option<Denial> {
    let refuses = |answer| match answer {
        Answer::Refuses(denial) => Some(denial),
        Answer::Passes | Answer::Reminds(_) => None,
    };
    refuses(dates(tool, today)).or_else(|| refuses(review(tool, today)))
}

/// Why a tool takes nobody's requests on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is not in service.
    Status(Status),
    /// Its first day is still to come.
    Until(Date),
    /// Its last day is past.
    Since(Date),
    /// It should have been reviewed before that day, and its grace is over.
    Unreviewed(Date),
}

impl Tool {
    /// What stands against every request to it on a day, whoever asks: its status, its dates, its review. Asked as the
    /// gateway asks, so that a list and the answers to requests say the same.
    pub fn closed(&self, today: Date) -> Option<Closed> {
        if !self.status.is_served() {
            return Some(Closed::Status(self.status));
        }
        untimely(self, today).map(|denial| match denial {
            Denial::NotYetValid { from, .. } => Closed::Until(from),
            Denial::Expired { until, .. } => Closed::Since(until),
            Denial::ReviewOverdue { before, .. } => Closed::Unreviewed(before),
            // No date says anything else.
            _ => Closed::Status(self.status),
        })
    }
}

/// Its days: from the first to the last, both included.
fn dates(tool: &Tool, today: Date) -> Answer {
    let name = || tool.name.clone();
    if let Some(from) = tool.valid_from.filter(|from| today < *from) {
        return Answer::Refuses(Denial::NotYetValid { tool: name(), from });
    }
    if let Some(until) = tool.valid_until.filter(|until| today > *until) {
        return Answer::Refuses(Denial::Expired {
            tool: name(),
            until,
            trial: tool.status == Status::Trial,
        });
    }
    Answer::Passes
}

fn review(tool: &Tool, today: Date) -> Answer {
    let Some(before) = tool.review_before.filter(|before| today > *before) else {
        return Answer::Passes;
    };
    if today <= last_of_grace(before, tool.grace_days) {
        return Answer::Reminds(format!(
            "Cet outil devait être réexaminé avant le {} : il sera fermé après le {} s'il ne l'est pas (charte, « Suivi et \
             évaluation »).",
            french(before),
            french(last_of_grace(before, tool.grace_days))
        ));
    }
    Answer::Refuses(Denial::ReviewOverdue {
        tool: tool.name.clone(),
        before,
    })
}

/// The last day on which a tool is served whose review is late.
pub(super) fn last_of_grace(before: Date, days: u16) -> Date {
    before.saturating_add(Span::new().days(days))
}
