//! May this caller use this tool now? Deny by default; every no is a [`Denial`].

use jiff::civil::Date;

use super::Policy;
use super::denial::{Denial, Listed};
use super::explain::Step;
use super::parts::{Backend, Tool};
use super::rules::{Answer, Case, Rule};
use super::terms::Speech;
use crate::domain::{Caller, Timestamp};

/// A wish to use a tool.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// `gemini`, `openai` or `anthropic`.
    pub dialect: &'a str,
    /// The model asked for; none for a list of models.
    pub model: Option<&'a str>,
    /// The tool asked for by its id.
    pub tool: Option<&'a str>,
    /// Whether the caller says why (`x-gardefou-purpose`), or asks for nothing that needs a reason.
    pub purpose: bool,
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
    /// Tokens that one answer may have: the least that the tool, the caller's groups and the bounds on every caller say.
    pub max_output_tokens: Option<u64>,
}

/// What a wish is about, granted or not: for the row of a refusal.
#[derive(Clone, Copy, Debug)]
pub struct Aim<'p> {
    /// The tool that is named, or that lists the model.
    pub tool: Option<&'p Tool>,
    /// Whether the tool lists the model that is asked for: any other name is what somebody typed.
    pub lists_model: bool,
    /// Direction of the caller.
    pub direction: Option<&'p str>,
}

impl Policy {
    /// What a wish is about, whether or not it may come true.
    pub fn aim(&self, ask: &Ask<'_>) -> Aim<'_> {
        let groups = self.index.groups_of(ask.caller);
        let named = ask.tool.and_then(|id| self.tool(id));
        let tool = named.or_else(|| self.tool_for(ask).ok());
        let model = ask.model.map(|model| bare(ask.dialect, model));
        let case = tool.map(|tool| Case {
            policy: self,
            tool,
            ask,
            groups: &groups,
        });
        Aim {
            tool,
            lists_model: tool.zip(model).is_some_and(|(tool, model)| tool.has_model(model)),
            direction: match case {
                Some(case) => case.direction(),
                None => self.direction(&groups, ask.caller),
            },
        }
    }

    /// The tool for a request, or why there is none.
    pub fn admit(&self, ask: &Ask<'_>) -> Result<Admission<'_>, Denial> {
        let groups = self.index.groups_of(ask.caller);
        match (ask.tool, ask.model) {
            (None, None) => self.admit_to_any(ask, &groups),
            _ => self.admit_to(self.tool_for(ask)?, ask, &groups),
        }
    }

    /// The tool that is asked for, by its id or by its model, whether or not it is served.
    pub(super) fn tool_for(&self, ask: &Ask<'_>) -> Result<&Tool, Denial> {
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
                    let groups = self.index.groups_of(ask.caller);
                    let suggestion = self.is_usable(tool, ask, &groups).then(|| Listed::of(tool));
                    Err(Denial::NoToolForModel {
                        suggestion: suggestion.or_else(|| self.suggestion(ask)),
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
    fn admit_to_any(&self, ask: &Ask<'_>, groups: &[usize]) -> Result<Admission<'_>, Denial> {
        let served = self.tools.iter().filter(|tool| tool.status.is_served() && tool.routed);
        let mut why = None;
        for tool in served {
            match self.admit_to(tool, ask, groups) {
                Ok(admission) => return Ok(admission),
                Err(denial) => why = why.or(Some(denial)),
            }
        }
        Err(why.unwrap_or(Denial::NoToolForModel { suggestion: None }))
    }

    fn admit_to<'p>(&'p self, tool: &'p Tool, ask: &Ask<'_>, groups: &[usize]) -> Result<Admission<'p>, Denial> {
        let case = Case {
            policy: self,
            tool,
            ask,
            groups,
        };
        let mut reminders = Vec::new();
        for rule in Rule::ALL {
            match rule.ask(&case) {
                Answer::Passes => {}
                Answer::Reminds(reminder) => reminders.push(reminder),
                Answer::Refuses(denial) => return Err(denial),
            }
        }
        let groups = groups.iter().map(|&at| &self.groups[at].limits);
        let bounds = groups.chain([&tool.limits, &self.spending.caller]);
        Ok(Admission {
            max_output_tokens: bounds.filter_map(|limits| limits.max_output_tokens).min(),
            tool,
            backends: case.backends().collect(),
            direction: case.direction(),
            reminders,
            observe: tool.observe,
        })
    }

    /// What every rule says, those after the first no included.
    pub(super) fn answers(&self, tool: &Tool, ask: &Ask<'_>, groups: &[usize]) -> Vec<Step> {
        let case = Case {
            policy: self,
            tool,
            ask,
            groups,
        };
        let step = |rule: Rule| Step {
            rule,
            answer: rule.ask(&case),
        };
        Rule::ALL.into_iter().map(step).collect()
    }

    /// The tool to name instead: for all, of the caller's dialect if there is one (charter, level 1); else one of their own.
    pub(super) fn suggestion(&self, ask: &Ask<'_>) -> Option<Listed> {
        // A few are enough: what is named must be of use, not the best of ten thousand.
        let listed = || {
            self.recommended
                .iter()
                .take(32)
                .map(|&at| &self.tools[at])
                .filter(|tool| tool.closed(ask.today).is_none())
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
        let own = || {
            let groups = self.index.groups_of(ask.caller);
            self.tools.iter().find(|tool| self.is_usable(tool, ask, &groups))
        };
        found.or_else(own).map(Listed::of)
    }

    /// Whether a tool is worth naming to this caller: they may ask it today.
    fn is_usable(&self, tool: &Tool, ask: &Ask<'_>, groups: &[usize]) -> bool {
        let open = |open_to: &Vec<usize>| groups.iter().any(|at| open_to.binary_search(at).is_ok());
        tool.routed && tool.closed(ask.today).is_none() && tool.open_to.as_ref().is_none_or(open)
    }
}

/// Google's SDKs may send `models/x` for `x`.
fn bare<'m>(dialect: &str, model: &'m str) -> &'m str {
    if dialect == Speech::Gemini.name() {
        model.strip_prefix("models/").unwrap_or(model)
    } else {
        model
    }
}
