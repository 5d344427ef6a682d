//! Log lines: readable sentences with fields, to standard error. Never a prompt, an answer, a key or a name.

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Starts logging. `filter` is in the words of `RUST_LOG`; what is not understood falls back to `info`.
pub fn start(filter: Option<&str>, format: LogFormat) {
    let filter = filter
        .and_then(|filter| EnvFilter::try_new(filter).ok())
        .unwrap_or_else(|| EnvFilter::new("info,sqlx=warn,hyper=warn,h2=warn"));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    // A second start (in tests) keeps the first.
    let _ = match format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => registry.with(lines.json()).try_init(),
    };
}
