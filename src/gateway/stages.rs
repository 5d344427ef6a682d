//! The stages of a request up to the moment it may leave. Each holds only what is known at that point.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::AtomicBool},
    time::Instant,
};

use bytes::Bytes;
use http::HeaderMap;

use crate::detector::Finding;
use crate::dialect::{Addition, Call, Framing, Request, Streams, Unreadable, Yields};
use crate::domain::{Caller, Counts, Decision, Entry, RequestId, Timestamp, family};
use crate::ledger::Unavailable;
use crate::limits::{Reservation, Reserving};
use crate::masking::{self, Edit, Unmaskable, Vault};
use crate::policy::{Action, Admission, Ask, Verdict, civil};

use super::screening::{blocked, count, old_mentions, purpose, says_why, scan};
use super::{Gateway, Live, Refusal, Refused, attached, spending, uploads};

/// Why a body did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// Longer than the settings allow.
    TooLarge,
    /// Slower than the settings allow.
    TooSlow,
    /// The connection broke, or the framing was wrong.
    Broken,
}

/// A body on its way in. It is awaited only once its sender is known.
pub type BodyFuture = Pin<Box<dyn Future<Output = Result<Bytes, BodyError>> + Send>>;

/// What a request says before its body.
pub struct Head {
    /// Ours.
    pub id: RequestId,
    /// When it came.
    pub at: Timestamp,
    /// The same, for measuring.
    pub started: Instant,
    /// What it asks for.
    pub call: Call,
    /// As they came.
    pub headers: HeaderMap,
    /// As it came.
    pub query: Option<String>,
    /// A chat page asked for refusals as answers.
    pub as_message: bool,
    /// Set when a receipt is asked for: from then on the ledger closes the row, whatever happens here.
    pub opened: Arc<AtomicBool>,
}

/// A request whose path is known, and nothing else.
pub struct Incoming {
    /// Received.
    pub(super) head: Head,
    /// Still to be received.
    pub(super) body: BodyFuture,
    /// A file that came in pieces: who began to send it, and its media type.
    pub(super) deposit: Option<(Caller, Option<String>)>,
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Head({}, {})", self.id, self.call.endpoint.name)
    }
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Incoming({:?})", self.head)
    }
}

impl Incoming {
    /// A request whose body is still to be received.
    pub fn new(head: Head, body: BodyFuture) -> Self {
        Self {
            head,
            body,
            deposit: None,
        }
    }

    /// Who is asking?
    pub(super) async fn identify(self, gateway: &Gateway, live: &Live) -> Result<Identified, Box<Refused>> {
        let Self { head, body, deposit } = self;
        let mut entry = blank(head.id, head.at, &head.call, live, &gateway.instance);
        if let Some((caller, media)) = deposit {
            caller.recorded_as.as_str().clone_into(&mut entry.caller);
            return Ok(Identified::new(head, body, caller, entry, media));
        }
        let caller = match gateway.recognise(&head.headers, head.query.as_deref(), head.at).await {
            Ok(caller) => caller,
            Err(refusal) => return Err(head.refused(refusal, entry, false)),
        };
        caller.recorded_as.as_str().clone_into(&mut entry.caller);
        Ok(Identified::new(head, body, caller, entry, None))
    }
}

impl Head {
    pub(super) fn refused(self, refusal: Refusal, entry: Entry, to_record: bool) -> Box<Refused> {
        Box::new(Refused {
            framing: self.call.framing.or(entry.stream.then_some(Framing::Events)),
            call: self.call,
            as_message: self.as_message,
            started: self.started,
            refusal,
            entry,
            to_record,
        })
    }
}

/// A row of which only the endpoint is known yet.
pub(super) fn blank(id: RequestId, at: Timestamp, call: &Call, live: &Live, instance: &str) -> Entry {
    Entry {
        id,
        occurred_at: at,
        caller: String::new(),
        direction: None,
        tool: None,
        tool_level: None,
        model: None,
        dialect: call.dialect.name().into(),
        endpoint: call.endpoint.name.into(),
        stream: call.endpoint.streams == Streams::Always,
        purpose: None,
        decision: Decision::Refused,
        rule: None,
        findings: Counts::new(),
        finding_types: Counts::new(),
        policy_hash: live.policy.hash().into(),
        charter_version: live.policy.charter().version.clone(),
        instance: instance.into(),
    }
}

/// A request whose sender is known.
pub(super) struct Identified {
    pub(super) head: Head,
    pub(super) body: BodyFuture,
    pub(super) caller: Caller,
    /// The model asked for, as far as it was read.
    model: Option<String>,
    entry: Entry,
    /// Media type of a file that came in pieces.
    media: Option<String>,
}

impl Identified {
    fn new(head: Head, body: BodyFuture, caller: Caller, entry: Entry, media: Option<String>) -> Self {
        let model = head.call.model.clone();
        Self {
            head,
            body,
            caller,
            model,
            entry,
            media,
        }
    }

    /// Refused at the door: the row says which tool it was about and from which direction, for the committee and for
    /// whoever replays it.
    pub(super) fn refused(mut self, live: &Live, refusal: Refusal) -> Box<Refused> {
        let aim = live.policy.aim(&self.ask(self.head.at, false));
        let is_demand = matches!(&refusal, Refusal::Denied(denial) if denial.is_demand());
        let tool = aim.tool.filter(|_| !is_demand);
        self.entry.direction = aim.direction.map(str::to_owned);
        self.entry.tool = tool.map(|tool| tool.id.clone());
        self.entry.tool_level = tool.map(|tool| tool.level);
        self.entry.model = match &self.model {
            Some(model) if aim.lists_model => Some(model.clone()),
            // What people ask for and the committee has not listed is demand; what they typed is theirs.
            Some(model) if is_demand => family(model).map(str::to_owned),
            _ => None,
        };
        self.entry.rule = Some(refusal.rule());
        self.head.refused(refusal, self.entry, true)
    }

    fn ask(&self, now: Timestamp, purpose: bool) -> Ask<'_> {
        Ask {
            dialect: self.head.call.dialect.name(),
            model: self.model.as_deref(),
            tool: self.head.call.tool.as_deref(),
            purpose,
            caller: &self.caller,
            now,
            today: civil(now),
        }
    }

    /// Which tool, and may they?
    pub(super) async fn admit<'l>(mut self, gateway: &Gateway, live: &'l Live) -> Result<Admitted<'l>, Box<Refused>> {
        let waiting = Instant::now();
        let body = match (&mut self.body).await {
            Ok(body) => body,
            Err(error) => return Err(self.refused(live, Refusal::Body(error))),
        };
        let received = waiting.elapsed();
        let mut request = match self.head.call.endpoint.read(&body) {
            Ok(request) => request,
            Err(why) => return Err(self.refused(live, Refusal::Unreadable(why))),
        };
        self.entry.stream |= request.stream && self.head.call.endpoint.streams == Streams::OnRequest;
        self.model = self.model.or_else(|| request.model.take());
        let listing = matches!(self.head.call.endpoint.yields, Yields::Models | Yields::Files) && self.model.is_none();
        let dialect = self.head.call.dialect.name();
        // An empty body asks for nothing, of any model.
        let asks = !request.prompt.segments.is_empty() || !request.attachments.is_empty();
        let names_none = self.model.is_none() && !listing;
        if names_none && asks {
            let by_default = live.policy.default_model(dialect, self.head.call.tool.as_deref());
            self.model = by_default.map(str::to_owned);
        }
        let absent = self.model.is_none() && !listing;
        // A tool that is named is asked first: why it is not served says more.
        if absent && self.head.call.tool.is_none() {
            return Err(self.refused(live, Refusal::Unreadable(Unreadable::Absent("model"))));
        }
        let purpose = self.head.call.endpoint.yields == Yields::Models || says_why(&self.head.headers);
        let admission = match live.policy.admit(&self.ask((gateway.clock)(), purpose)) {
            Ok(admission) => admission,
            Err(denial) => return Err(self.refused(live, Refusal::Denied(denial))),
        };
        if absent {
            return Err(self.refused(live, Refusal::Unreadable(Unreadable::Absent("model"))));
        }
        let tool = admission.tool;
        self.entry.tool = Some(tool.id.clone());
        self.entry.tool_level = Some(tool.level);
        self.entry.direction = admission.direction.map(str::to_owned);
        self.entry.model.clone_from(&self.model);
        let asked = (&self.head.call, self.model.as_deref(), &request);
        let reserving = match spending::reserve(gateway, live, &self.caller, asked, &admission, self.head.at) {
            Ok(reserving) => reserving,
            Err(refusal) => return Err(self.refused(live, refusal)),
        };
        let Self {
            head,
            caller,
            model,
            entry,
            media,
            ..
        } = self;
        Ok(Admitted {
            head,
            caller,
            entry,
            admission,
            reserving,
            model,
            names_none,
            request,
            body,
            received,
            media,
        })
    }
}

/// A request that may use its tool, if its text allows.
pub(super) struct Admitted<'l> {
    pub(super) head: Head,
    caller: Caller,
    pub(super) entry: Entry,
    admission: Admission<'l>,
    /// What it may spend, which is asked for while its text is looked at.
    reserving: Reserving,
    model: Option<String>,
    /// The caller named no model: it is the policy's.
    names_none: bool,
    request: Request,
    body: Bytes,
    received: std::time::Duration,
    media: Option<String>,
}

impl<'l> Admitted<'l> {
    pub(super) fn refused(mut self, refusal: Refusal) -> Box<Refused> {
        self.entry.decision = Decision::Refused;
        self.entry.rule = Some(refusal.rule());
        self.head.refused(refusal, self.entry, true)
    }

    /// What is in it, and what does the policy say of that?
    pub(super) async fn screen(mut self, gateway: &Gateway, live: &'l Live) -> Result<Screened<'l>, Box<Refused>> {
        let detector = live.policy.detector();
        let tool = self.admission.tool;
        let scanned = scan(detector, &self.request.prompt.text, |findings| {
            (findings.to_vec(), live.policy.judge(tool, findings))
        });
        let Ok((findings, verdict)) = scanned else {
            return Err(self.refused(Refusal::Body(BodyError::TooLarge)));
        };
        let reservation = match std::mem::take(&mut self.reserving).done().await {
            Ok(reservation) => reservation,
            Err(why) => return Err(self.refused(spending::refusal(why))),
        };
        count(&mut self.entry, &live.policy, tool, &findings);
        self.entry.decision = verdict.decision;
        self.entry.rule.clone_from(&verdict.rule);
        self.entry.purpose = purpose(&self.head.headers, detector);
        if verdict.decision == Decision::Refused {
            let classes = blocked(&findings, &verdict);
            let rule = verdict.rule.unwrap_or_default();
            return Err(self.refused(Refusal::Blocked { rule, classes }));
        }
        if let Err(refusal) = self.screen_attachments(gateway, live).await {
            return Err(self.refused(refusal));
        }
        let (body, vault) = match self.masked(live, &findings, &verdict, &reservation) {
            Ok(masked) => masked,
            Err(Unmaskable) => return Err(self.refused(Refusal::Unmaskable)),
        };
        let Self {
            head,
            caller,
            entry,
            admission,
            model,
            request,
            received,
            media,
            ..
        } = self;
        Ok(Screened {
            head,
            caller,
            entry,
            admission,
            reservation,
            model,
            request,
            body,
            received,
            media,
            vault: Arc::new(vault),
        })
    }

    /// The body as it may leave, and what was taken out of it.
    fn masked(
        &self,
        live: &Live,
        findings: &[Finding],
        verdict: &Verdict,
        reservation: &Reservation,
    ) -> Result<(Bytes, Vault), Unmaskable> {
        let prompt = &self.request.prompt;
        let masked = findings
            .iter()
            .zip(&verdict.actions)
            .filter(|(_, action)| **action == Action::Mask);
        let (mut edits, vault) = masking::placeholders(prompt, masked.map(|(finding, _)| finding));
        edits.extend(old_mentions(prompt, live));
        let mut more: Vec<_> = self
            .token_bound(reservation)
            .into_iter()
            .chain(self.default_model())
            .collect();
        if !vault.is_empty() {
            self.instruct(live.policy.masking_instruction(), &mut edits, &mut more);
        }
        edits.sort_by_key(|edit| edit.span.start);
        let body = if edits.is_empty() && more.is_empty() {
            self.body.clone()
        } else {
            masking::rewrite(&self.body, prompt, &edits, more)?.into()
        };
        Ok((body, vault))
    }

    /// Everything in it that is not text: all of it is read before any of it leaves.
    async fn screen_attachments(&mut self, gateway: &Gateway, live: &Live) -> Result<(), Refusal> {
        let tool = self.admission.tool;
        if uploads::named(&self.head.call).is_some_and(|file| !gateway.deposits.has(file, &self.caller.pseudonym)) {
            return Err(Refusal::NoSuchFile);
        }
        let mut seen = Vec::new();
        for attachment in &self.request.attachments {
            seen.extend(attached::screen(gateway, live, tool, &self.caller, attachment).await?);
        }
        if uploads::is_deposit(&self.head.call) {
            let bytes = self.body.clone();
            seen.extend(attached::bytes_of(gateway, live, tool, "un fichier", bytes, self.media.as_deref()).await?);
        }
        for seen in &seen {
            count(&mut self.entry, &live.policy, tool, &seen.findings);
            if seen.verdict.decision == Decision::Warned && self.entry.decision == Decision::Allowed {
                self.entry.decision = Decision::Warned;
                self.entry.rule.clone_from(&seen.verdict.rule);
            }
        }
        seen.iter().find_map(attached::Seen::refusal).map_or(Ok(()), Err)
    }

    /// Tells the model what placeholders are, unless the policy has no words for that.
    fn instruct(&self, words: &str, edits: &mut Vec<Edit>, more: &mut Vec<(std::ops::Range<usize>, String)>) {
        if words.is_empty() {
            return;
        }
        match self.head.call.endpoint.instruct(&self.body, &self.request, words) {
            Some(Addition::Append(segment)) => {
                let end = self.request.prompt.segments[segment].span.end;
                edits.push(Edit {
                    span: end..end,
                    with: format!("\n\n{words}"),
                });
            }
            Some(Addition::Splice(place, json)) => more.push((place, json)),
            None => {}
        }
    }

    /// The model that the caller did not name, as an edit of the body.
    fn default_model(&self) -> Option<(std::ops::Range<usize>, String)> {
        let model = self.model.as_deref().filter(|_| self.names_none)?;
        let model = serde_json::Value::from(model);
        if let Some(place) = &self.request.no_model {
            return Some((place.clone(), model.to_string()));
        }
        let root = self.body.iter().position(|byte| *byte == b'{')? + 1;
        Some((root..root, format!("\"model\":{model},")))
    }

    /// The bound on the tokens of an answer, as an edit of the body: the policy's, or what is left to be spent.
    fn token_bound(&self, reservation: &Reservation) -> Option<(std::ops::Range<usize>, String)> {
        let bounds = [self.admission.max_output_tokens, reservation.shortened()];
        let most = bounds.into_iter().flatten().min()?;
        let key = self.head.call.endpoint.max_tokens?;
        if let Some((asked, place)) = &self.request.max_tokens {
            return (*asked > most).then(|| (place.clone(), most.to_string()));
        }
        let first = |at: usize, field: String| {
            let empty = self.body[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'}');
            (at + 1..at + 1, if empty { field } else { field + "," })
        };
        let own = format!("\"{key}\":{most}");
        let root = self.body.iter().position(|byte| *byte == b'{')?;
        Some(match self.request.config {
            Some(config) => first(config, own),
            // Gemini has the bound one level down.
            None if key == "maxOutputTokens" => first(root, format!("\"generationConfig\":{{{own}}}")),
            None => first(root, own),
        })
    }
}

/// A request that was looked at and may leave. Only this has a road out.
pub(super) struct Screened<'l> {
    pub(super) head: Head,
    pub(super) caller: Caller,
    pub(super) entry: Entry,
    pub(super) admission: Admission<'l>,
    /// What it may spend, until it has left.
    pub(super) reservation: Reservation,
    pub(super) model: Option<String>,
    pub(super) request: Request,
    pub(super) body: Bytes,
    pub(super) received: std::time::Duration,
    /// Media type of a file that came in pieces.
    pub(super) media: Option<String>,
    /// What was masked, for the answer.
    pub(super) vault: Arc<Vault>,
}

impl Screened<'_> {
    /// What will be written down before it leaves.
    pub(super) fn entry(&self) -> &Entry {
        &self.entry
    }

    /// It could not be written down, so it does not leave.
    pub(super) fn unrecorded(self, why: &Unavailable) -> Box<Refused> {
        tracing::error!(error = %why, request = %self.entry.id, "a request could not be recorded and was not sent");
        self.head.refused(Refusal::NotRecorded, self.entry, false)
    }
}
