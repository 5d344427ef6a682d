//! The road out and the way back: to the first backend that answers, and its answer edited for the caller.

use std::{sync::Arc, time::Instant};

use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::dialect::{Endpoint, Framing, Method, Reworded, StreamEditor, Streams, Trouble, Yields};
use crate::domain::{Decision, Entry, Form, MentionForm, Outcome, Timestamp, Words};
use crate::identity::without_key;
use crate::ledger::Receipt;
use crate::masking::Restoring;
use crate::policy::Audience;
use crate::upstream::{self, Failure, Heard, Outgoing};

use super::account::Account;
use super::answer_body::{AnswerBody, Ending};
use super::answers::Screening;
use super::costs::Costs;
use super::health::{cannot_serve, is_about_the_key};
use super::models;
use super::stages::Screened;
use super::{Gateway, Live, Refusal, Refused};

/// Longest JSON answer that is read, in bytes. Images come as base64 inside one.
const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// Longest error of a backend that is passed on, in bytes.
const MAX_ERROR: usize = 256 * 1024;

/// An answer on its way to the caller.
#[derive(Debug)]
pub struct Forwarded {
    /// The backend's status.
    pub status: StatusCode,
    /// The backend's headers that may pass.
    pub headers: HeaderMap,
    /// The row, for the headers of the contract.
    pub entry: Entry,
    /// Where the mention stands, or will.
    pub mention: MentionForm,
    /// The same for the notice to the public: nowhere where none is due.
    pub notice: MentionForm,
    /// Milliseconds in the gateway, and waiting for the backend.
    pub timing: (f64, f64),
    /// French words for the caller that do not stop the request.
    pub reminders: Vec<String>,
    /// The answer.
    pub body: AnswerBody,
}

impl Screened<'_> {
    /// Sends it, and waits for the answer to begin.
    pub(super) async fn forward(
        mut self,
        gateway: &Gateway,
        live: &Arc<Live>,
        receipt: Receipt,
    ) -> Result<Forwarded, Box<Refused>> {
        let prompt = self.request.prompt.text.len();
        let (started, received) = (self.head.started, self.received);
        let reservation = std::mem::take(&mut self.reservation);
        let mut account = Account::new(receipt, reservation, started, received, prompt);
        let sent = if self.is_deposit() {
            self.deposit(gateway, live, &mut account).await
        } else {
            self.send(gateway, live, &mut account).await
        };
        let heard = match sent {
            Ok(heard) => heard,
            Err(refusal) => return Err(self.failed(refusal, account)),
        };
        if let Err(unavailable) = account.synced().await {
            tracing::error!(error = %unavailable, request = %self.entry.id, "an answer was not released: not on disk");
            return Err(self.failed(Refusal::NotRecorded, account));
        }
        if !heard.status.is_success() {
            return self.upstream_error(heard, account).await;
        }
        match self.framing(&heard) {
            Some(framing) => Ok(self.stream(live, heard, framing, account)),
            None => self.document(gateway, live, heard, account).await,
        }
    }

    /// To the first backend that answers. The next is tried when a backend cannot serve: the caller has seen nothing yet.
    async fn send(&self, gateway: &Gateway, live: &Live, account: &mut Account) -> Result<Heard, Refusal> {
        let call = &self.head.call;
        let query = without_key(self.head.query.as_deref());
        let outgoing = Outgoing {
            method: match call.endpoint.method {
                Method::Get => http::Method::GET,
                Method::Post => http::Method::POST,
                Method::Delete => http::Method::DELETE,
            },
            dialect: call.dialect.name(),
            endpoint: call.endpoint.name,
            model: self.model.as_deref().unwrap_or_default(),
            path: call.dialect.upstream_path(&call.path),
            query: query.as_deref(),
            headers: upstream::for_backend(&self.head.headers),
            body: self.body.clone(),
        };
        let mut last = Err(Refusal::Upstream(Failure::Unreachable));
        for (index, backend) in self.admission.backends.iter().enumerate() {
            account.contact();
            let sent = Instant::now();
            let answer = gateway.upstream.send(live.road(backend), &outgoing).await;
            account.hear();
            self.note(gateway, &backend.id, &answer);
            let another = index + 1 < self.admission.backends.len();
            match answer {
                Ok(heard) if another && cannot_serve(heard.status) => {
                    tracing::warn!(
                        backend = backend.id,
                        status = heard.status.as_u16(),
                        "a backend cannot serve, trying the next"
                    );
                    last = Ok(heard);
                }
                Ok(heard) => {
                    if heard.status.is_success() {
                        let (model, yields) = (outgoing.model, call.endpoint.yields);
                        account.costs = Some(Costs::new(&live.policy, backend, model, yields, self.head.at, sent));
                    }
                    return Ok(heard);
                }
                Err(failure) => {
                    tracing::warn!(backend = backend.id, error = %failure, request = %self.entry.id, "a backend failed");
                    last = Err(Refusal::Upstream(failure));
                }
            }
        }
        last
    }

    /// Remembers how a backend answered.
    pub(super) fn note(&self, gateway: &Gateway, backend: &str, answer: &Result<Heard, Failure>) {
        let since = i64::try_from(self.head.started.elapsed().as_millis()).unwrap_or_default();
        let at = Timestamp(self.head.at.0.saturating_add(since));
        let came = answer.as_ref().map(|heard| heard.status).map_err(|failure| *failure);
        gateway.health.note(backend, at, came);
    }

    /// How the answer is cut, if it is a stream.
    fn framing(&self, heard: &Heard) -> Option<Framing> {
        let events = content_type(&heard.headers).starts_with("text/event-stream");
        match self.head.call.endpoint.streams {
            Streams::Never => None,
            _ if events => Some(Framing::Events),
            Streams::Always => self.head.call.framing.filter(|framing| *framing == Framing::Array),
            Streams::OnRequest => None,
        }
    }

    /// What is done to the words of the answer: looked at, if the tool's are, and masked values put back.
    fn words(&self, live: &Arc<Live>, account: &mut Account) -> Option<Arc<dyn Words>> {
        let restoring = (!self.vault.is_empty()).then(|| Arc::new(Restoring(self.vault.clone())) as Arc<dyn Words>);
        match Screening::new(live, self.admission.tool, restoring.clone()) {
            Some(screening) => {
                account.seen = Some(screening.seen());
                Some(Arc::new(screening))
            }
            None => restoring,
        }
    }

    /// How the texts of the answer are to be read.
    fn form(&self) -> Form {
        if self.request.structured {
            Form::Json
        } else {
            Form::Prose
        }
    }

    fn stream(self, live: &Arc<Live>, heard: Heard, framing: Framing, mut account: Account) -> Forwarded {
        let call = self.head.call.clone();
        let words = self.words(live, &mut account);
        let notice = self.wants_notice().then(|| live.notice.clone());
        let noticed = self.notice_form(notice.is_some());
        let rewording = call.endpoint.rewording(words, self.form(), notice);
        let mention = self.wants_mention().then(|| live.mention.clone());
        let form = if mention.is_some() {
            MentionForm::Text
        } else {
            MentionForm::Header
        };
        let meter = account.costs.as_ref().and_then(Costs::meter);
        let editor = StreamEditor::new(framing, rewording, call.dialect.editor(call.endpoint, framing, mention))
            .metered(call.endpoint.metering(meter))
            .within(account.budget(self.admission.max_output_tokens));
        let ending = Ending {
            dialect: call.dialect,
            broken: Refusal::Garbled.said(live.policy.contacts(), &self.entry),
            stopped: Refusal::AnswerBlocked.said(live.policy.contacts(), &self.entry),
        };
        account.status = heard.status.as_u16();
        self.forwarded(heard.headers, heard.status, (form, noticed), account, |account| {
            AnswerBody::stream(heard.body, editor, ending, account)
        })
    }

    async fn document(
        self,
        gateway: &Gateway,
        live: &Arc<Live>,
        heard: Heard,
        mut account: Account,
    ) -> Result<Forwarded, Box<Refused>> {
        let encoded = heard
            .headers
            .get(header::CONTENT_ENCODING)
            .is_some_and(|coding| coding != "identity");
        let body = match heard.body.collect(MAX_ANSWER).await {
            Ok(body) if !encoded => body,
            Ok(_) => return Err(self.failed(Refusal::Garbled, account)),
            Err(failure) => return Err(self.failed(Refusal::Upstream(failure), account)),
        };
        account.hear();
        if let Some(costs) = &account.costs {
            costs.end();
        }
        let endpoint: &Endpoint = self.head.call.endpoint;
        let reworded = if endpoint.yields == Yields::Text {
            let notice = self.wants_notice().then_some(&live.notice);
            endpoint.reword(&body, self.words(live, &mut account).as_deref(), self.form(), notice)
        } else {
            Ok(Reworded::default())
        };
        let (body, noticed) = match reworded {
            Ok(Reworded { body: new, noticed }) => (new.map_or(body, Into::into), self.notice_form(noticed)),
            // A whole answer is as long as the backend was told that it may be.
            Err(Trouble::Garbled | Trouble::Spent) => return Err(self.failed(Refusal::Garbled, account)),
            Err(Trouble::Stopped) => {
                // It was made all the same, and is paid for.
                account.report.tokens = endpoint.edit(&body, None, None).unwrap_or_default().1.tokens;
                return Err(self.blocked(account));
            }
        };
        let mention = self.wants_mention().then_some(&live.mention);
        let meter = account.costs.as_ref().and_then(Costs::meter);
        let Ok((edited, report)) = endpoint.edit(&body, mention, meter.as_deref()) else {
            return Err(self.failed(Refusal::Garbled, account));
        };
        let body = match edited {
            Some(edited) => edited.into(),
            None if endpoint.yields == Yields::Models => {
                models::allowed(&body, &self.head.call, &self.caller, live, self.head.at)
            }
            None if endpoint.yields == Yields::Files => self.own_files(gateway, body),
            None => body,
        };
        let form = match endpoint.yields {
            Yields::Text => report.mention,
            Yields::Vectors => MentionForm::Header,
            Yields::Count | Yields::Models | Yields::Files => MentionForm::None,
        };
        account.status = heard.status.as_u16();
        account.report = crate::dialect::Report {
            mention: form,
            ..report
        };
        Ok(
            self.forwarded(heard.headers, heard.status, (form, noticed), account, |account| {
                AnswerBody::whole(body, account)
            }),
        )
    }

    /// The backend said no. Its own words pass if they are its dialect's; what is about our key stays here.
    async fn upstream_error(self, heard: Heard, mut account: Account) -> Result<Forwarded, Box<Refused>> {
        let status = heard.status;
        tracing::warn!(status = status.as_u16(), request = %self.entry.id, "a backend answered with an error");
        if is_about_the_key(status) {
            return Err(self.failed(Refusal::KeyRefused, account));
        }
        let body = heard.body.collect(MAX_ERROR).await.unwrap_or_default();
        let in_dialect = status.as_u16() >= 400
            && serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&body)
                .is_ok_and(|map| map.contains_key("error"));
        if !in_dialect {
            return Err(self.failed(
                Refusal::UpstreamSaid {
                    status: status.as_u16(),
                },
                account,
            ));
        }
        account.status = status.as_u16();
        Ok(
            self.forwarded(heard.headers, status, Default::default(), account, |account| {
                AnswerBody::error(body, account)
            }),
        )
    }

    /// An answer for a reader ends with the mention; one for a program does not.
    fn wants_mention(&self) -> bool {
        self.head.call.endpoint.yields == Yields::Text && !self.request.structured
    }

    /// The first answer to a citizen opens with the notice.
    fn owes_notice(&self) -> bool {
        let public = self.admission.tool.audience == Audience::Public;
        public && self.head.call.endpoint.yields == Yields::Text && !self.request.answered
    }

    /// One for a program has it in its header.
    fn wants_notice(&self) -> bool {
        self.owes_notice() && !self.request.structured
    }

    fn notice_form(&self, in_text: bool) -> MentionForm {
        match (self.owes_notice(), in_text) {
            (false, _) => MentionForm::None,
            (true, true) => MentionForm::Text,
            (true, false) => MentionForm::Header,
        }
    }

    fn forwarded(
        self,
        headers: HeaderMap,
        status: StatusCode,
        (mention, notice): (MentionForm, MentionForm),
        mut account: Account,
        body: impl FnOnce(Account) -> AnswerBody,
    ) -> Forwarded {
        account.report.mention = mention;
        let overhead = account.overhead().as_secs_f64() * 1e3;
        let waited = account.upstream().unwrap_or_default().as_secs_f64() * 1e3;
        let mut headers = upstream::for_caller(headers);
        headers
            .entry(header::CONTENT_TYPE)
            .or_insert(HeaderValue::from_static("application/json"));
        Forwarded {
            status,
            headers,
            mention,
            notice,
            timing: (overhead, waited),
            reminders: self.admission.reminders,
            entry: self.entry,
            body: body(account),
        }
    }

    /// The answer must not be shown.
    fn blocked(self, mut account: Account) -> Box<Refused> {
        account.status = Refusal::AnswerBlocked.because().status();
        account.settle(Outcome::Refused);
        let entry = Entry {
            decision: Decision::Refused,
            ..self.entry
        };
        self.head.refused(Refusal::AnswerBlocked, entry, false)
    }

    /// Nothing was released: the caller hears why, and the row that was opened is closed.
    fn failed(self, refusal: Refusal, mut account: Account) -> Box<Refused> {
        account.status = refusal.because().status();
        account.settle(Outcome::UpstreamError);
        let entry = Entry {
            decision: Decision::Refused,
            ..self.entry
        };
        self.head.refused(refusal, entry, false)
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
