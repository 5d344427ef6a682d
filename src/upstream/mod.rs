//! The way out: one HTTP client for all backends, and the simulated backend that needs none.
//!
//! This room decides nothing. It sends what it is given to where it is told, waits no longer than it may, and
//! says how it failed; above all whether anything was sent, because only then may it be tried again.

mod headers;
mod simulated;

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_body::Body as _;
use tokio::time::{Instant, Sleep};

pub use headers::{for_backend, for_caller};

/// A connection that is refused sooner than this is tried once more.
const FAST: Duration = Duration::from_secs(1);
/// Before it is tried once more.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the gateway waits for a backend.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// From the request to the first byte of the answer.
    pub first_byte: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
}

/// Where a backend is.
#[derive(Clone)]
pub enum Road {
    /// Over HTTP.
    Http {
        /// Without a slash at its end.
        base_url: String,
        /// The header with the backend's key.
        credential: Option<(HeaderName, HeaderValue)>,
    },
    /// In this process.
    Simulated,
    /// Nowhere: its key is not set. The words name the variable or file, for the administrator.
    NoKey(String),
}

impl fmt::Debug for Road {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { base_url, credential } => {
                write!(
                    f,
                    "Http({base_url}, {})",
                    if credential.is_some() { "with a key" } else { "no key" }
                )
            }
            Self::Simulated => f.write_str("Simulated"),
            Self::NoKey(name) => write!(f, "NoKey({name})"),
        }
    }
}

/// A request as it leaves.
#[derive(Clone)]
pub struct Outgoing<'a> {
    /// GET or POST.
    pub method: Method,
    /// Name of the dialect.
    pub dialect: &'static str,
    /// Name of the endpoint.
    pub endpoint: &'static str,
    /// The model asked for.
    pub model: &'a str,
    /// Below the backend's `base_url`.
    pub path: &'a str,
    /// Without our key.
    pub query: Option<&'a str>,
    /// Those that may leave.
    pub headers: HeaderMap,
    /// Screened.
    pub body: Bytes,
}

/// What came back, before its body.
pub struct Heard {
    /// The backend's status.
    pub status: StatusCode,
    /// The backend's headers.
    pub headers: HeaderMap,
    /// Still to be read.
    pub body: Body,
}

/// How a backend failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection: nothing was sent.
    Unreachable,
    /// Its key is not set: nothing was sent.
    NoKey,
    /// No answer in time.
    TimedOut,
    /// The connection broke after the request was sent.
    BrokeOff,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "the backend cannot be reached",
            Self::NoKey => "the backend's key is not set",
            Self::TimedOut => "the backend did not answer in time",
            Self::BrokeOff => "the connection to the backend broke",
        })
    }
}

impl std::error::Error for Failure {}

/// The client of all backends.
#[derive(Clone, Debug)]
pub struct Upstream {
    client: reqwest::Client,
    patience: Patience,
}

impl Upstream {
    /// One client, with its pool of connections. `proxy` is the way out of the house, if there is one.
    pub fn new(patience: Patience, proxy: Option<&str>) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("gardefou/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(patience.connect)
            .pool_max_idle_per_host(256);
        if let Some(proxy) = proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy)?);
        }
        Ok(Self {
            client: builder.build()?,
            patience,
        })
    }

    /// Sends, and waits for the first byte. Dropping the future or the body ends the connection.
    pub async fn send(&self, road: &Road, outgoing: &Outgoing<'_>) -> Result<Heard, Failure> {
        match road {
            Road::Http { base_url, credential } => {
                let since = Instant::now();
                let first = self.over_http(base_url, credential.as_ref(), outgoing).await;
                match first {
                    // Nothing was sent, and the answer came fast: the backend may be between two lives.
                    Err(Failure::Unreachable) if since.elapsed() < FAST => {
                        tokio::time::sleep(PAUSE).await;
                        self.over_http(base_url, credential.as_ref(), outgoing).await
                    }
                    other => other,
                }
            }
            Road::Simulated => Ok(in_process(outgoing)),
            Road::NoKey(_) => Err(Failure::NoKey),
        }
    }

    async fn over_http(
        &self,
        base_url: &str,
        credential: Option<&(HeaderName, HeaderValue)>,
        outgoing: &Outgoing<'_>,
    ) -> Result<Heard, Failure> {
        let mark = if outgoing.query.is_some() { "?" } else { "" };
        let url = [base_url, outgoing.path, mark, outgoing.query.unwrap_or_default()].concat();
        let Ok(url) = url.parse() else {
            return Err(Failure::Unreachable);
        };
        let mut request = reqwest::Request::new(outgoing.method.clone(), url);
        let headers = request.headers_mut();
        headers.clone_from(&outgoing.headers);
        if let Some((name, value)) = credential {
            headers.insert(name, value.clone());
        }
        *request.body_mut() = Some(outgoing.body.clone().into());
        let answer = self.client.execute(request);
        let response = match tokio::time::timeout(self.patience.first_byte, answer).await {
            Err(_) => return Err(Failure::TimedOut),
            Ok(Err(error)) if error.is_connect() || error.is_builder() => return Err(Failure::Unreachable),
            Ok(Err(error)) if error.is_timeout() => return Err(Failure::TimedOut),
            Ok(Err(_)) => return Err(Failure::BrokeOff),
            Ok(Ok(response)) => http::Response::<reqwest::Body>::from(response),
        };
        let (parts, body) = response.into_parts();
        let idle = Idle {
            limit: self.patience.idle,
            sleep: None,
        };
        Ok(Heard {
            status: parts.status,
            headers: parts.headers,
            body: Body(Source::Http { body, idle }),
        })
    }
}

fn in_process(outgoing: &Outgoing<'_>) -> Heard {
    let answer = simulated::answer(&simulated::Ask {
        dialect: outgoing.dialect,
        endpoint: outgoing.endpoint,
        model: outgoing.model,
        query: outgoing.query,
        body: &outgoing.body,
    });
    let mut headers = HeaderMap::new();
    headers.insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static(answer.content_type),
    );
    Heard {
        status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        headers,
        body: Body(Source::Simulated {
            pieces: answer.pieces.into(),
            gap: answer.gap,
            sleep: None,
        }),
    }
}

/// The body of an answer, piece by piece.
pub struct Body(Source);

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body")
    }
}

enum Source {
    Http {
        body: reqwest::Body,
        idle: Idle,
    },
    Simulated {
        pieces: VecDeque<Bytes>,
        gap: Duration,
        sleep: Option<Pin<Box<Sleep>>>,
    },
}

/// How long nothing came.
struct Idle {
    limit: Duration,
    /// Made when the first wait begins: most answers come in one piece.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Body {
    /// The next piece; none at the end.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        match &mut self.0 {
            Source::Http { body, idle } => loop {
                match Pin::new(&mut *body).poll_frame(cx) {
                    Poll::Ready(Some(Ok(frame))) => {
                        if let Some(sleep) = &mut idle.sleep {
                            sleep.as_mut().reset(Instant::now() + idle.limit);
                        }
                        match frame.into_data() {
                            Ok(data) => return Poll::Ready(Some(Ok(data))),
                            Err(_trailers) => continue,
                        }
                    }
                    Poll::Ready(Some(Err(_))) => return Poll::Ready(Some(Err(Failure::BrokeOff))),
                    Poll::Ready(None) => return Poll::Ready(None),
                    Poll::Pending => {
                        let limit = idle.limit;
                        let sleep = idle.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
                        return sleep.as_mut().poll(cx).map(|()| Some(Err(Failure::TimedOut)));
                    }
                }
            },
            Source::Simulated { pieces, gap, sleep } => {
                if let Some(waiting) = sleep {
                    std::task::ready!(waiting.as_mut().poll(cx));
                    *sleep = None;
                }
                let next = pieces.pop_front();
                if !pieces.is_empty() && !gap.is_zero() {
                    *sleep = Some(Box::pin(tokio::time::sleep(*gap)));
                }
                Poll::Ready(next.map(Ok))
            }
        }
    }

    /// All of it, up to `most` bytes; more is as bad as none.
    pub async fn collect(mut self, most: usize) -> Result<Bytes, Failure> {
        let mut all = Vec::new();
        let mut only = None;
        while let Some(piece) = std::future::poll_fn(|cx| self.poll_next(cx)).await {
            let piece = piece?;
            if all.len() + piece.len() > most {
                return Err(Failure::BrokeOff);
            }
            match only.take() {
                None if all.is_empty() => only = Some(piece),
                first => {
                    all.extend_from_slice(&first.unwrap_or_default());
                    all.extend_from_slice(&piece);
                }
            }
        }
        Ok(only.unwrap_or_else(|| all.into()))
    }
}
