//! May this caller use this tool now? Deny by default; every no is a [`Denial`].

use jiff::civil::Date;

use super::Policy;
use super::denial::{Denial, Listed};
use super::parts::{Backend, Tool};
use super::terms::{Acceptance, Speech, Status};
use crate::domain::{Caller, Timestamp, Via};

/// A wish to use a tool.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// `gemini`, `openai` or `anthropic`.
    pub dialect: &'a str,
    /// The model asked for; none for a list of models.
    pub model: Option<&'a str>,
    /// The tool asked for by its id.
    pub tool: Option<&'a str>,
    /// Who asks.
    pub caller: &'a Caller,
    /// When.
    pub now: Timestamp,
    /// The same as a day in France.
    pub today: Date,
}

/// Permission to use a tool, if the text of the request allows.
#[derive(Clone, Debug)]
pub struct Admission<'p> {
    /// Which.
    pub tool: &'p Tool,
    /// Those of its backends that speak the dialect, in the order in which they are tried; at least one.
    pub backends: Vec<&'p Backend>,
    /// Direction of the caller, of the group that opens the tool to them if it has one.
    pub direction: Option<&'p str>,
    /// French sentences for the caller that stop nothing.
    pub reminders: Vec<String>,
    /// Decide and record, but let through.
    pub observe: bool,
}

impl Policy {
    /// The tool for a request, or why there is none.
    pub fn admit(&self, ask: &Ask<'_>) -> Result<Admission<'_>, Denial> {
        match (ask.tool, ask.model) {
            (None, None) => self.admit_to_any(ask),
            _ => self.admit_to(self.tool_for(ask)?, ask),
        }
    }

    /// The tool that is asked for, by its id or by its model, whether or not it is served.
    fn tool_for(&self, ask: &Ask<'_>) -> Result<&Tool, Denial> {
        let model = ask.model.map(|model| bare(ask.dialect, model));
        match (ask.tool, model) {
            (Some(id), model) => {
                let found = self.index.tool(id).map(|at| &self.tools[at]);
                let tool = found.ok_or_else(|| Denial::UnknownTool {
                    suggestion: self.suggestion(ask),
                })?;
                // The tool's own id in a path does not widen what the committee listed.
                let listed = model.is_none_or(|model| tool.roads.is_empty() || tool.has_model(model));
                if listed {
                    Ok(tool)
                } else {
                    Err(Denial::NoToolForModel {
                        suggestion: Some(Listed::of(tool)),
                    })
                }
            }
            (None, Some(model)) => {
                let found = self.index.model(ask.dialect, model).map(|at| &self.tools[at]);
                found.ok_or_else(|| Denial::NoToolForModel {
                    suggestion: self.suggestion(ask),
                })
            }
            (None, None) => Err(Denial::NoToolForModel {
                suggestion: self.suggestion(ask),
            }),
        }
    }

    /// A list of models belongs to no tool: the first that the caller may use in this dialect answers it.
    fn admit_to_any(&self, ask: &Ask<'_>) -> Result<Admission<'_>, Denial> {
        let served = self.tools.iter().filter(|tool| tool.status.is_served() && tool.routed);
        let mut why = None;
        for tool in served {
            match self.admit_to(tool, ask) {
                Ok(admission) => return Ok(admission),
                Err(denial) => why = why.or(Some(denial)),
            }
        }
        Err(why.unwrap_or(Denial::NoToolForModel { suggestion: None }))
    }

    fn admit_to<'p>(&'p self, tool: &'p Tool, ask: &Ask<'_>) -> Result<Admission<'p>, Denial> {
        self.in_service(tool, ask)?;
        let backends = self.backends_for(tool, ask.dialect)?;
        in_its_time(tool, ask.today)?;
        let groups = self.index.groups_of(ask.caller);
        let opening = |at: &&usize| {
            tool.open_to
                .as_ref()
                .is_none_or(|open_to| open_to.binary_search(at).is_ok())
        };
        if tool.open_to.is_some() && !groups.iter().any(|at| opening(&at)) {
            return Err(Denial::NotInGroup {
                tool: tool.name.clone(),
            });
        }
        self.trained(tool, ask)?;
        let mut reminders = Vec::new();
        reminders.extend(self.charter_accepted(ask.caller)?);
        if tool.domains.iter().all(|domain| domain != "*") {
            let domains = tool.domains.join(", ");
            reminders.push(format!(
                "Cet outil est prévu pour : {domains}. Restez dans vos domaines de compétence (règle 3 de la charte)."
            ));
        }
        let direction = |at: &usize| self.groups[*at].direction.as_deref();
        let direction = groups.iter().filter(opening).chain(&groups).find_map(direction);
        Ok(Admission {
            tool,
            backends,
            direction,
            reminders,
            observe: tool.observe,
        })
    }

    fn in_service(&self, tool: &Tool, ask: &Ask<'_>) -> Result<(), Denial> {
        if !tool.status.is_served() {
            let suggestion = self.suggestion(ask);
            return Err(Denial::NotServed {
                tool: tool.name.clone(),
                status: tool.status,
                suggestion,
            });
        }
        if !tool.routed {
            return Err(Denial::NotRouted {
                tool: tool.name.clone(),
            });
        }
        Ok(())
    }

    fn backends_for<'p>(&'p self, tool: &Tool, dialect: &str) -> Result<Vec<&'p Backend>, Denial> {
        let all = || tool.roads.iter().map(|&road| &self.backends[road]);
        let backends: Vec<_> = all().filter(|backend| backend.dialect.speaks(dialect)).collect();
        if !backends.is_empty() {
            return Ok(backends);
        }
        let asked = Speech::ASKED.into_iter().map(Speech::name);
        let speaks = asked
            .filter(|asked| all().any(|backend| backend.dialect.speaks(asked)))
            .collect();
        Err(Denial::NoBackendForDialect {
            tool: tool.name.clone(),
            speaks,
        })
    }

    fn trained(&self, tool: &Tool, ask: &Ask<'_>) -> Result<(), Denial> {
        let Some(training) = &tool.training else { return Ok(()) };
        let named = self.index.attestations_of(ask.caller).iter();
        let named = named.map(|&at| &self.attestations[at]);
        // The later of what the policy names and what was imported.
        let last = named
            .chain(&ask.caller.attestations)
            .filter(|held| held.training == *training)
            .map(|held| held.valid_until)
            .max();
        if last.is_some_and(|last| ask.today <= last) {
            return Ok(());
        }
        Err(Denial::TrainingMissing {
            tool: tool.name.clone(),
            training: training.clone(),
            until: last,
        })
    }

    /// The reminder, if there is one.
    fn charter_accepted(&self, caller: &Caller) -> Result<Option<String>, Denial> {
        let charter = &self.charter;
        let accepted = caller.via == Via::Local || caller.accepted_charters.contains(&charter.version);
        match charter.acceptance {
            _ if accepted => Ok(None),
            Acceptance::Off => Ok(None),
            Acceptance::Reminder => Ok(Some(format!(
                "L'usage de l'IA suit la charte, version {} ({}), que vous n'avez pas encore acceptée.",
                charter.version, charter.url
            ))),
            Acceptance::Required => Err(Denial::CharterNotAccepted {
                version: charter.version.clone(),
                url: charter.url.clone(),
            }),
        }
    }

    /// The tool to name instead: for all, of the caller's dialect if there is one (charter, level 1).
    fn suggestion(&self, ask: &Ask<'_>) -> Option<Listed> {
        // A few are enough: what is named must be of use, not the best of ten thousand.
        let listed = || {
            self.recommended
                .iter()
                .take(32)
                .map(|&at| &self.tools[at])
                .filter(|t| in_its_time(t, ask.today).is_ok())
        };
        let real = |tool: &&Tool| {
            tool.roads
                .iter()
                .any(|&road| self.backends[road].dialect != Speech::Simulated)
        };
        let speaks = |tool: &&Tool| {
            tool.roads
                .iter()
                .any(|&road| self.backends[road].dialect.speaks(ask.dialect))
        };
        let found = listed()
            .find(|tool| real(tool) && speaks(tool))
            .or_else(|| listed().next());
        found.map(Listed::of)
    }
}

/// Its days: from the first to the last, both included.
fn in_its_time(tool: &Tool, today: Date) -> Result<(), Denial> {
    let name = || tool.name.clone();
    if let Some(from) = tool.valid_from.filter(|from| today < *from) {
        return Err(Denial::NotYetValid { tool: name(), from });
    }
    if let Some(until) = tool.valid_until.filter(|until| today > *until) {
        return Err(Denial::Expired {
            tool: name(),
            until,
            trial: tool.status == Status::Trial,
        });
    }
    if let Some(before) = tool.review_before.filter(|before| today > *before) {
        return Err(Denial::ReviewOverdue { tool: name(), before });
    }
    Ok(())
}

/// Google's SDKs may send `models/x` for `x`.
fn bare<'m>(dialect: &str, model: &'m str) -> &'m str {
    if dialect == Speech::Gemini.name() {
        model.strip_prefix("models/").unwrap_or(model)
    } else {
        model
    }
}
