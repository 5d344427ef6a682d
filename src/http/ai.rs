//! The one handler of every AI path: from the head of a request to the gateway, and back.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    time::Instant,
};

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::{header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::dialect::{self, Because, Method, Said};
use crate::domain::{RequestId, Timestamp};
use crate::gateway::{BodyError, BodyFuture, Head, Incoming, Refusal, Refused};

use super::{App, Edge, head, headers, refused};

/// Answers a request to an AI path.
pub(super) async fn ai(State(app): State<App>, request: Request) -> Response {
    let started = Instant::now();
    let at = (app.gateway.clock)();
    let id = request_id(at);
    let (parts, body) = request.into_parts();
    let head = match head(parts, id, at, started) {
        Ok(head) => head,
        Err(no) => return refused::plain(no.0, &no.1),
    };
    let body = receive(body, app.edge, &head.headers);
    let (call, as_message, opened) = (head.call.clone(), head.as_message, head.opened.clone());
    let live = app.gateway.live.borrow().clone();
    // Boxed at once: the life of a request is a large future, and every layer above would move it.
    match caught(Box::pin(app.gateway.handle(&live, Incoming::new(head, body)))).await {
        Some(Ok(forwarded)) => headers::answer(forwarded),
        Some(Err(refused)) => {
            if refused.is_nobodys() {
                app.unrecognised.fetch_add(1, Ordering::Relaxed);
            }
            let refused = app.gateway.record(refused).await;
            refused::answer(&live, &app.public_url, &refused)
        }
        None => {
            let entry = app.gateway.unknown(&live, id, at, &call);
            // A row that was opened is closed as `interrupted` by the drop of its account.
            if !opened.load(Ordering::Relaxed) {
                app.gateway.record_panic(entry.clone()).await;
            }
            let (refusal, framing) = (Refusal::Panicked, call.framing);
            refused::answer(
                &live,
                &app.public_url,
                &Refused {
                    refusal,
                    entry,
                    call,
                    as_message,
                    framing,
                    started,
                    to_record: false,
                },
            )
        }
    }
}

/// What is asked, or why it cannot be asked like this.
fn head(
    parts: Parts,
    id: RequestId,
    at: Timestamp,
    started: Instant,
) -> Result<Head, Box<(&'static dyn dialect::Dialect, Said)>> {
    let path = head::decoded(parts.uri.path());
    let has_header = |name: &str| parts.headers.contains_key(name);
    let no = |because, code: &str, message: &str| {
        let said = Said {
            because,
            code: code.into(),
            message: message.into(),
            request_id: id.to_string(),
            links: Vec::new(),
        };
        Box::new((dialect::likely(&path, &has_header), said))
    };
    head::check(&parts).map_err(|(code, message)| no(Because::Invalid, code, message))?;
    let method = match parts.method {
        http::Method::GET => Method::Get,
        http::Method::POST => Method::Post,
        http::Method::DELETE => Method::Delete,
        _ => return Err(no(Because::NotFound, "no-such-path", NO_SUCH_PATH)),
    };
    let query = parts.uri.query();
    let call = dialect::resolve(method, &path, query, &has_header)
        .ok_or_else(|| no(Because::NotFound, "no-such-path", NO_SUCH_PATH))?;
    if method != Method::Post && head::has_body(&parts) {
        return Err(no(
            Because::Invalid,
            "unexpected-body",
            "Cette adresse n'attend pas de contenu.",
        ));
    }
    let as_message = parts
        .headers
        .get("x-gardefou-refusal")
        .is_some_and(|value| value == "message")
        || query.is_some_and(|query| query.split('&').any(|pair| pair == "refusal=message"));
    let query = query.map(str::to_owned);
    Ok(Head {
        id,
        at,
        started,
        call,
        headers: parts.headers,
        query,
        as_message,
        opened: Arc::default(),
    })
}

const NO_SUCH_PATH: &str =
    "Cette adresse n'existe pas sur la passerelle. La demande n'a été transmise à aucun fournisseur.";

/// A body within its bounds of length and time.
fn receive(body: Body, edge: Edge, headers: &http::HeaderMap) -> BodyFuture {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > edge.max_body_bytes) {
        return Box::pin(std::future::ready(Err(BodyError::TooLarge)));
    }
    Box::pin(async move {
        let whole = Limited::new(body, edge.max_body_bytes).collect();
        match tokio::time::timeout(edge.body_timeout, whole).await {
            Err(_) => Err(BodyError::TooSlow),
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
            Ok(Err(_)) => Err(BodyError::Broken),
        }
    })
}

/// A UUIDv7 of the moment the request came (RFC 9562 §5.7).
fn request_id(at: Timestamp) -> RequestId {
    let mut random = [0; 10];
    // Without the operating system's randomness ids would still sort by time; a clash is refused by the ledger.
    let _ = getrandom::fill(&mut random);
    let milliseconds = u64::try_from(at.0).unwrap_or(0);
    RequestId(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
}

/// None where the future panicked: the others on this connection, and the process, go on.
async fn caught<T>(mut future: Pin<Box<impl Future<Output = T>>>) -> Option<T> {
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Ready(done)) => Poll::Ready(Some(done)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_request() {
        assert_eq!(caught(Box::pin(async { 3 })).await, Some(3));
        let bug = async {
            if at_run_time() {
                panic!("a bug")
            }
        };
        assert_eq!(caught(Box::pin(bug)).await, None);
    }

    fn at_run_time() -> bool {
        std::hint::black_box(true)
    }

    #[test]
    fn ids_sort_by_time() {
        let (early, late) = (request_id(Timestamp(1_000)), request_id(Timestamp(2_000)));
        assert!(early.to_string() < late.to_string());
        assert_eq!(early.0.get_version_num(), 7);
    }
}
