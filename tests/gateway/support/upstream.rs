//! A backend that answers as it is told and remembers what it heard.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt;
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::net::TcpListener;

/// What to answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub pieces: Vec<Bytes>,
    pub gap: Duration,
    /// Before the first byte.
    pub wait: Duration,
    /// After the pieces, break the connection instead of ending the answer.
    pub cut: bool,
    /// After the pieces, say nothing more.
    pub hang: bool,
    /// One more header.
    pub header: Option<(&'static str, String)>,
}

impl Reply {
    pub fn json(body: &str) -> Self {
        Self {
            status: 200,
            content_type: "application/json",
            pieces: vec![Bytes::copy_from_slice(body.as_bytes())],
            gap: Duration::ZERO,
            wait: Duration::ZERO,
            cut: false,
            hang: false,
            header: None,
        }
    }

    /// One piece an event.
    pub fn events(events: &[&str]) -> Self {
        let pieces = events
            .iter()
            .map(|event| Bytes::from(format!("data: {event}\n\n")))
            .collect();
        Self {
            content_type: "text/event-stream",
            pieces,
            ..Self::json("")
        }
    }

    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub fn of_type(self, content_type: &'static str) -> Self {
        Self { content_type, ..self }
    }

    pub fn cut(self) -> Self {
        Self { cut: true, ..self }
    }

    pub fn hang(self) -> Self {
        Self { hang: true, ..self }
    }

    pub fn with(self, name: &'static str, value: String) -> Self {
        Self {
            header: Some((name, value)),
            ..self
        }
    }

    pub fn every(self, gap: Duration) -> Self {
        Self { gap, ..self }
    }
}

/// A chat answer of OpenAI's dialect.
pub fn chat(text: &str) -> Reply {
    let text = serde_json::Value::from(text);
    Reply::json(&format!(
        r#"{{"id":"c","object":"chat.completion","model":"gpt-x","choices":[{{"index":0,"message":{{"role":"assistant","content":{text}}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}}}"#
    ))
}

/// A chat stream of OpenAI's dialect, a word a chunk.
pub fn chat_stream(words: &[&str]) -> Reply {
    let chunk = |delta: String, finish: &str| {
        format!(
            r#"{{"id":"c","object":"chat.completion.chunk","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
        )
    };
    let mut events: Vec<_> = words
        .iter()
        .map(|word| chunk(format!(r#"{{"content":{}}}"#, serde_json::Value::from(*word)), "null"))
        .collect();
    events.push(chunk("{}".into(), "\"stop\""));
    events.push("[DONE]".into());
    Reply::events(&events.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What was heard.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub headers: http::HeaderMap,
    pub body: String,
}

#[derive(Debug)]
struct Inner {
    reply: Mutex<Reply>,
    asked: Mutex<Vec<Asked>>,
    connections: AtomicUsize,
    /// Answers that were dropped before their end.
    cancelled: AtomicUsize,
}

/// A scripted backend on a port of its own.
#[derive(Clone, Debug)]
pub struct FakeUpstream {
    inner: Arc<Inner>,
    pub address: std::net::SocketAddr,
}

impl FakeUpstream {
    pub async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its number");
        let inner = Arc::new(Inner {
            reply: Mutex::new(reply),
            asked: Mutex::default(),
            connections: AtomicUsize::new(0),
            cancelled: AtomicUsize::new(0),
        });
        tokio::spawn(accept(listener, inner.clone()));
        Self { inner, address }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn answer(&self, reply: Reply) {
        *self.inner.reply.lock().expect("no panic") = reply;
    }

    pub fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::SeqCst)
    }

    pub fn cancelled(&self) -> usize {
        self.inner.cancelled.load(Ordering::SeqCst)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.inner.asked.lock().expect("no panic").clone()
    }

    pub fn last(&self) -> Asked {
        self.asked().pop().expect("something was asked")
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    while let Ok((stream, _)) = listener.accept().await {
        inner.connections.fetch_add(1, Ordering::SeqCst);
        stream.set_nodelay(true).expect("a socket");
        let inner = inner.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, inner.clone()));
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(request: Request<Incoming>, inner: Arc<Inner>) -> Result<Response<Pieces>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    inner.asked.lock().expect("no panic").push(Asked {
        path: parts.uri.to_string(),
        headers: parts.headers,
        body,
    });
    let reply = inner.reply.lock().expect("no panic").clone();
    if !reply.wait.is_zero() {
        tokio::time::sleep(reply.wait).await; // of nothing, it would still wait for the next tick
    }
    let mut response = Response::builder()
        .status(reply.status)
        .header("content-type", reply.content_type);
    if let Some((name, value)) = &reply.header {
        response = response.header(*name, value);
    }
    let pieces = Pieces {
        reply,
        next: 0,
        sleep: None,
        inner,
        over: false,
    };
    Ok(response.body(pieces).expect("a response"))
}

struct Pieces {
    reply: Reply,
    next: usize,
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    inner: Arc<Inner>,
    over: bool,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(sleep) = &mut self.sleep {
            std::task::ready!(sleep.as_mut().poll(cx));
            self.sleep = None;
        }
        if let Some(piece) = self.reply.pieces.get(self.next).cloned() {
            self.next += 1;
            let gap = self.reply.gap;
            if !gap.is_zero() {
                self.sleep = Some(Box::pin(tokio::time::sleep(gap)));
            }
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if self.reply.hang {
            return Poll::Pending;
        }
        self.over = true;
        if self.reply.cut {
            Poll::Ready(Some(Err(std::io::Error::other("cut"))))
        } else {
            Poll::Ready(None)
        }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        if !self.over {
            self.inner.cancelled.fetch_add(1, Ordering::SeqCst);
        }
    }
}
