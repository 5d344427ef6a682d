//! Files that callers deposit with a provider, as Gemini's SDKs do it: an upload is begun, the bytes follow in pieces,
//! and the last piece ends it ("Files API", ai.google.dev; the protocol is Google's resumable upload).
//!
//! The address for the pieces leads back here. Pieces are gathered, and the whole file then goes the way of every
//! request: identified, admitted, screened, written down, and only then sent, in one piece.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::dialect::{Call, Method, Yields};
use crate::domain::{Decision, Entry, MentionForm, Outcome, Settlement};
use crate::upstream::{self, Failure, Heard, Outgoing, Road};

use super::account::Account;
use super::deposits::Rejected;
use super::stages::{Head, Incoming, Screened, blank};
use super::{AnswerBody, Forwarded, Gateway, Live, Refusal, Refused};

const COMMAND: &str = "x-goog-upload-command";
const OFFSET: &str = "x-goog-upload-offset";
const STATUS: &str = "x-goog-upload-status";
const MEDIA: &str = "x-goog-upload-header-content-type";

/// What became of a request that may be a piece of an upload.
pub(super) enum Gathered {
    /// It has all of its body, or is no upload.
    Whole(Box<Incoming>),
    /// More is to come: the caller has their answer.
    Answered(Box<Forwarded>),
}

/// Whether a call brings a file for the provider to keep.
pub(super) fn is_deposit(call: &Call) -> bool {
    call.endpoint.yields == Yields::Files && call.endpoint.method == Method::Post
}

/// The file that a call names, if it is about one: `files/abc`.
pub(super) fn named(call: &Call) -> Option<&str> {
    let about_one = call.endpoint.yields == Yields::Files && !is_deposit(call) && call.endpoint.name != "files";
    let at = call.path.rfind("/files/").filter(|_| about_one)?;
    Some(&call.path[at + 1..])
}

impl Gateway {
    /// Gathers the pieces of an upload; lets everything else pass.
    pub(super) async fn gather(&self, live: &Arc<Live>, incoming: Incoming) -> Result<Gathered, Box<Refused>> {
        if !is_deposit(&incoming.head.call) {
            return Ok(Gathered::Whole(Box::new(incoming)));
        }
        match upload_id(incoming.head.query.as_deref()) {
            Some(id) => self.piece(live, incoming, &id).await,
            None => self.begin(live, incoming).await,
        }
    }

    /// A caller wants to send a file: they may if they may use the tool.
    async fn begin(&self, live: &Arc<Live>, incoming: Incoming) -> Result<Gathered, Box<Refused>> {
        let identified = incoming.identify(self, live).await?;
        if command(&identified.head.headers) != "start" {
            return Err(identified.refused(live, Refusal::Upload(Rejected::Unknown)));
        }
        let media = text(&identified.head.headers, MEDIA).map(str::to_owned);
        let (caller, tool) = (identified.caller.clone(), identified.head.call.tool.clone());
        // What is said of the file is received, and not read: it does not leave.
        let admitted = identified.admit(self, live).await?;
        let Some(id) = unguessable() else {
            return Err(admitted.refused(Refusal::Upload(Rejected::Full)));
        };
        if let Err(rejected) = self.deposits.begin(&id, caller, tool.clone(), media, (self.clock)()) {
            return Err(admitted.refused(Refusal::Upload(rejected)));
        }
        let prefix = tool.map_or_else(String::new, |tool| format!("/t/{tool}"));
        let url = format!(
            "{}{prefix}{}?upload_id={id}&upload_protocol=resumable",
            self.address(&admitted.head.headers),
            admitted.head.call.path
        );
        let mut headers = HeaderMap::new();
        put(&mut headers, STATUS, "active");
        put(&mut headers, "x-goog-upload-url", &url);
        let mut entry = admitted.entry;
        entry.decision = Decision::Allowed;
        self.answered(admitted.head, entry, headers).await
    }

    /// A piece, known by the id that only its caller was given.
    async fn piece(&self, live: &Arc<Live>, incoming: Incoming, id: &str) -> Result<Gathered, Box<Refused>> {
        let Incoming { head, body, .. } = incoming;
        let mut entry = blank(head.id, head.at, &head.call, live, &self.instance);
        entry.decision = Decision::Allowed;
        let Some(caller) = self.deposits.caller(id) else {
            return Err(head.refused(Refusal::Upload(Rejected::Unknown), entry, false));
        };
        caller.recorded_as.as_str().clone_into(&mut entry.caller);
        let command = command(&head.headers).to_owned();
        let offset = text(&head.headers, OFFSET).and_then(|offset| offset.parse().ok());
        if command.contains("cancel") {
            self.deposits.take(id);
        } else if command.contains("upload") {
            let piece = match body.await {
                Ok(piece) => piece,
                Err(error) => return Err(head.refused(Refusal::Body(error), entry, true)),
            };
            let offset = offset.or_else(|| self.deposits.received(id)).unwrap_or(0);
            if let Err(rejected) = self.deposits.piece(id, offset, &piece, self.max_file) {
                return Err(head.refused(Refusal::Upload(rejected), entry, true));
            }
        }
        if command.contains("finalize")
            && let Some(deposit) = self.deposits.take(id)
        {
            let mut incoming = Incoming::new(head, Box::pin(std::future::ready(Ok(deposit.bytes))));
            incoming.head.call.tool = deposit.tool;
            incoming.deposit = Some((deposit.caller, deposit.media));
            return Ok(Gathered::Whole(Box::new(incoming)));
        }
        let mut headers = HeaderMap::new();
        let received = self.deposits.received(id);
        put(
            &mut headers,
            STATUS,
            if received.is_some() { "active" } else { "cancelled" },
        );
        put(
            &mut headers,
            "x-goog-upload-size-received",
            &received.unwrap_or(0).to_string(),
        );
        self.answered(head, entry, headers).await
    }

    /// An answer of the gateway itself, in the middle of an upload; it has its row like every other.
    async fn answered(&self, head: Head, entry: Entry, headers: HeaderMap) -> Result<Gathered, Box<Refused>> {
        let settlement = Settlement::bare(Outcome::Completed, StatusCode::OK.as_u16());
        if let Err(unavailable) = self.ledger.record(entry.clone(), settlement).await {
            tracing::error!(error = %unavailable, request = %entry.id, "a piece of an upload could not be recorded");
            return Err(head.refused(Refusal::NotRecorded, entry, false));
        }
        Ok(Gathered::Answered(Box::new(Forwarded {
            status: StatusCode::OK,
            headers,
            entry,
            mention: MentionForm::None,
            notice: MentionForm::None,
            timing: (0.0, 0.0),
            reminders: Vec::new(),
            body: AnswerBody::own(),
        })))
    }

    /// Where the caller reached the gateway: the host they named, since it is they who must reach it again.
    fn address(&self, headers: &HeaderMap) -> String {
        match (self.public_url.split_once("://"), text(headers, header::HOST.as_str())) {
            (Some((scheme, _)), Some(host)) => format!("{scheme}://{host}"),
            _ => self.public_url.to_string(),
        }
    }
}

impl Screened<'_> {
    /// Whether it is a file for the provider to keep.
    pub(super) fn is_deposit(&self) -> bool {
        is_deposit(&self.head.call)
    }

    /// Sends a file to the first backend, in one piece: Google's protocol asks for an address first.
    pub(super) async fn deposit(
        &self,
        gateway: &Gateway,
        live: &Live,
        account: &mut Account,
    ) -> Result<Heard, Refusal> {
        let backend = self
            .admission
            .backends
            .first()
            .ok_or(Refusal::Upstream(Failure::Unreachable))?;
        let road = live.road(backend);
        let to = (backend.id.as_str(), road);
        let media = self.media.as_deref().unwrap_or("application/octet-stream");
        let size = self.body.len().to_string();
        let mut headers = upstream::for_backend(&HeaderMap::new());
        put(&mut headers, header::CONTENT_TYPE.as_str(), "application/json");
        put(&mut headers, "x-goog-upload-protocol", "resumable");
        put(&mut headers, COMMAND, "start");
        put(&mut headers, "x-goog-upload-header-content-length", &size);
        put(&mut headers, MEDIA, media);
        let about = json!({ "file": { "mimeType": media, "sizeBytes": size } }).to_string();
        account.contact();
        let begun = self
            .step(gateway, to, &self.head.call.path, None, headers, about.into())
            .await?;
        if !begun.status.is_success() {
            account.hear();
            return Ok(begun);
        }
        let Road::Http { base_url, .. } = road else {
            return Err(Refusal::Garbled);
        };
        // An address elsewhere would have the file, and our key, sent to whoever the answer names.
        let place = text(&begun.headers, "x-goog-upload-url").and_then(|url| url.strip_prefix(base_url.as_str()));
        let Some(place) = place.filter(|place| place.starts_with('/')) else {
            return Err(Refusal::Garbled);
        };
        let (path, query) = place
            .split_once('?')
            .map_or((place, None), |(path, query)| (path, Some(query)));
        let mut headers = upstream::for_backend(&HeaderMap::new());
        put(&mut headers, COMMAND, "upload, finalize");
        put(&mut headers, OFFSET, "0");
        let mut heard = self.step(gateway, to, path, query, headers, self.body.clone()).await?;
        account.hear();
        // Without it the SDK sends the last piece again.
        put(&mut heard.headers, STATUS, "final");
        Ok(heard)
    }

    async fn step(
        &self,
        gateway: &Gateway,
        (backend, road): (&str, &Road),
        path: &str,
        query: Option<&str>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Heard, Refusal> {
        let outgoing = Outgoing {
            method: http::Method::POST,
            dialect: self.head.call.dialect.name(),
            endpoint: self.head.call.endpoint.name,
            model: "",
            path,
            query,
            headers,
            body,
        };
        let answer = gateway.upstream.send(road, &outgoing).await;
        self.note(gateway, backend, &answer);
        answer.map_err(Refusal::Upstream)
    }

    /// What the provider says of files: one that was just deposited is remembered as the caller's, and of a list only
    /// the caller's own are shown, since all callers share one account there.
    pub(super) fn own_files(&self, gateway: &Gateway, body: Bytes) -> Bytes {
        let Ok(mut said) = serde_json::from_slice::<Value>(&body) else {
            return body;
        };
        let whose = &self.caller.pseudonym;
        if self.is_deposit() {
            let names = [&said["file"]["name"], &said["file"]["uri"]];
            let names = names.into_iter().filter_map(Value::as_str);
            gateway.deposits.keep(names, whose, (gateway.clock)());
            return body;
        }
        let Some(files) = said["files"].as_array_mut() else {
            return body;
        };
        files.retain(|file| {
            file["name"]
                .as_str()
                .is_some_and(|name| gateway.deposits.has(name, whose))
        });
        said.to_string().into()
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn command(headers: &HeaderMap) -> &str {
    text(headers, COMMAND).unwrap_or_default()
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

fn upload_id(query: Option<&str>) -> Option<String> {
    let pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .into_iter()
        .find(|(name, _)| *name == "upload_id")
        .map(|(_, id)| id.to_owned())
}

/// 128 bits of the operating system's randomness: whoever has the id may send pieces. None if there is no randomness.
fn unguessable() -> Option<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).ok()?;
    Some(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
