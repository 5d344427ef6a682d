//! The whole path, measured from outside: a caller, the gateway, a backend, all in one process on loopback.
//!
//! `cargo bench --bench path` prints, for a JSON answer, a stream, and a stream whose masked values are put back or whose
//! footprint is told, the latency that the gateway adds and the CPU it costs, next to a plain axum + reqwest pass-through measured in the same rounds. The gateway has everything
//! on: screening, mention, limits, ledger on disk. A 2 KB prompt, a 1.5 KB answer.
//!
//! Times on a shared machine drift: rounds alternate, medians of rounds are shown, and what counts are the ratios.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on says where"
)]
#![allow(unreachable_pub, reason = "the stories share the vocabulary")]

#[path = "../tests/gateway/support/mod.rs"]
#[allow(dead_code, reason = "the stories use the rest")]
mod support;

use std::time::{Duration, Instant};

use axum::{Router, body::Body, extract::Request, response::Response};
use bytes::Bytes;
use support::upstream::{Reply, chat, chat_stream};
use support::{FakeUpstream, TestGateway};

const ROUNDS: usize = 5;
const REQUESTS: usize = 300;
/// Ticks of `/proc/self/stat` a second: USER_HZ, 100 on Linux.
const TICKS: f64 = 100.0;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let prompt = "Bonjour, je prépare une note pour la réunion de service de jeudi. ".repeat(30);
        let words: Vec<String> = "Voici une proposition de plan pour la note demandée. "
            .repeat(29)
            .split_inclusive(' ')
            .map(str::to_owned)
            .collect();
        let whole = words.concat();
        println!(
            "prompt {} bytes, answer {} bytes, {ROUNDS} rounds of {REQUESTS} requests",
            prompt.len(),
            whole.len()
        );
        let pieces: Vec<_> = words.iter().map(String::as_str).collect();
        // Two names: one that EcoLogits does not know, and one whose answers have their footprint told.
        let plain = [("gardefou", prompt.as_str(), "gpt-x")];
        measure("JSON", None, &plain, FakeUpstream::start(chat(&whole)).await).await;
        let stream = chat_stream(&pieces);
        measure("stream", Some(pieces.len()), &plain, FakeUpstream::start(stream).await).await;
        let masked = format!("{prompt}Écris à Mme Sylvie Garcin, 06 39 98 56 78.");
        let long = long_answer();
        let both = [
            ("gardefou", prompt.as_str(), "gpt-x"),
            ("gardefou, masking", masked.as_str(), "gpt-x"),
            ("gardefou, footprint", prompt.as_str(), "gpt-5"),
        ];
        let stream = counted(chat_stream(&long));
        measure(
            "stream of 500 chunks",
            Some(long.len()),
            &both,
            FakeUpstream::start(stream).await,
        )
        .await;
    });
}

/// The same stream with a word on usage in each chunk, as OpenAI answers those who ask for figures.
fn counted(stream: Reply) -> Reply {
    let last = stream.pieces.len() - 1;
    let told = |(at, piece): (usize, &Bytes)| {
        let text = String::from_utf8_lossy(piece);
        let usage = if at + 1 == last {
            r#"{"prompt_tokens":5,"completion_tokens":500}"#
        } else {
            "null"
        };
        match text.strip_suffix("}\n\n") {
            Some(chunk) => Bytes::from(format!("{chunk},\"usage\":{usage}}}\n\n")),
            None => piece.clone(),
        }
    };
    let pieces = stream.pieces.iter().enumerate().map(told).collect();
    Reply { pieces, ..stream }
}

/// 500 chunks, one placeholder in ten, cut in two.
fn long_answer() -> Vec<&'static str> {
    let words = [
        "Chère ",
        "Madame [PERS",
        "ONNE_1], ",
        "je ",
        "vous ",
        "écris ",
        "pour ",
        "vous ",
        "inviter ",
        "jeudi. ",
    ];
    words.into_iter().cycle().take(500).collect()
}

#[derive(Clone, Copy, Default)]
struct Round {
    p50: f64,
    p99: f64,
    first: f64,
    cpu: f64,
}

/// Measures an answer, of so many chunks if it is a stream, to each named prompt.
async fn measure(name: &str, chunks: Option<usize>, prompts: &[(&'static str, &str, &str)], upstream: FakeUpstream) {
    let backend = "[[backend]]\nid = \"gpt\"\n";
    let footprint = format!("{backend}footprint = {{ provider = \"openai\", zone = \"USA\" }}\n");
    let gateway = TestGateway::with(&support::gateway::policy(&upstream).replace(backend, &footprint)).await;
    let plain = pass_through(upstream.url()).await;
    let body = |prompt: &str, model: &str| {
        let messages = [serde_json::json!({ "role": "user", "content": prompt })];
        serde_json::json!({ "model": model, "stream": chunks.is_some(), "messages": messages }).to_string()
    };
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut ways = vec![
        ("direct", upstream.url(), body(prompts[0].1, "gpt-x")),
        ("axum + reqwest", plain, body(prompts[0].1, "gpt-x")),
    ];
    let own = format!("http://{}", gateway.address);
    ways.extend(
        prompts
            .iter()
            .map(|(name, prompt, model)| (*name, own.clone(), body(prompt, model))),
    );
    let mut rounds = vec![Vec::new(); ways.len()];
    for (_, url, body) in &ways {
        round(&client, url, body, REQUESTS / 2).await;
    }
    for _ in 0..ROUNDS {
        for (way, (_, url, body)) in ways.iter().enumerate() {
            rounds[way].push(round(&client, url, body, REQUESTS).await);
        }
    }
    let median_of = |rounds: &Vec<Round>| Round {
        p50: median(rounds.iter().map(|r| r.p50)),
        p99: median(rounds.iter().map(|r| r.p99)),
        first: median(rounds.iter().map(|r| r.first)),
        cpu: median(rounds.iter().map(|r| r.cpu)),
    };
    let figures: Vec<Round> = rounds.iter().map(median_of).collect();
    println!(
        "\n{name}, µs{:>16}{:>10}{:>12}{:>12}{:>10}{:>12}{:>12}",
        "p50", "p99", "first byte", "each chunk", "CPU", "added p50", "added CPU"
    );
    for ((name, ..), figure) in ways.iter().zip(&figures) {
        println!(
            "  {name:<20}{:>10.0}{:>10.0}{:>12.0}{:>12.2}{:>10.0}{:>12.0}{:>12.0}",
            figure.p50,
            figure.p99,
            figure.first,
            (figure.p50 - figure.first) / chunks.unwrap_or(1) as f64,
            figure.cpu,
            figure.p50 - figures[0].p50,
            figure.cpu - figures[0].cpu
        );
    }
    for ((name, ..), figure) in ways.iter().zip(&figures).skip(2) {
        println!(
            "  added by {name} / added by the pass-through: p50 {:.2}, CPU {:.2}",
            (figure.p50 - figures[0].p50) / (figures[1].p50 - figures[0].p50),
            (figure.cpu - figures[0].cpu) / (figures[1].cpu - figures[0].cpu)
        );
    }
}

async fn round(client: &reqwest::Client, url: &str, body: &str, requests: usize) -> Round {
    let (mut totals, mut firsts) = (Vec::new(), Vec::new());
    let cpu = cpu();
    for _ in 0..requests {
        let since = Instant::now();
        let request = client
            .post(format!("{url}/v1/chat/completions"))
            .header("content-type", "application/json");
        let mut response = request.body(body.to_owned()).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let mut first = None;
        while response.chunk().await.expect("bytes").is_some() {
            first.get_or_insert_with(|| since.elapsed());
        }
        totals.push(since.elapsed());
        firsts.extend(first);
    }
    let spent = self::cpu() - cpu;
    totals.sort_unstable();
    firsts.sort_unstable();
    let at = |sorted: &[Duration], part: f64| micros(sorted[((sorted.len() - 1) as f64 * part) as usize]);
    Round {
        p50: at(&totals, 0.5),
        p99: at(&totals, 0.99),
        first: at(&firsts, 0.5),
        cpu: spent * 1e6 / requests as f64,
    }
}

/// The least a proxy can do on the same two crates.
async fn pass_through(upstream: String) -> String {
    let client = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(256)
        .build()
        .expect("a client");
    let router = Router::new().fallback(move |request: Request| {
        let (client, upstream) = (client.clone(), upstream.clone());
        async move {
            let (parts, body) = request.into_parts();
            let url = format!("{upstream}{}", parts.uri);
            let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
            let answer = client
                .post(url)
                .header("content-type", "application/json")
                .body(body)
                .send()
                .await
                .expect("an answer");
            let answer = http::Response::<reqwest::Body>::from(answer);
            let (parts, body) = answer.into_parts();
            let mut response = Response::new(Body::new(body));
            *response.status_mut() = parts.status;
            response
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its number");
    tokio::spawn(gardefou::http::serve(
        listener,
        router,
        Duration::from_secs(5),
        std::future::pending(),
    ));
    format!("http://{address}")
}

/// Seconds of CPU of this process, all threads.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<_> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    let ticks: f64 = [11, 12]
        .map(|at| fields[at].parse::<f64>().expect("a number"))
        .iter()
        .sum();
    ticks / TICKS
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
