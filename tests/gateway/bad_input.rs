//! Bad input: a clear error in the caller's dialect with the request's id, no panic, and the next request works.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::gateway::heard;
use crate::support::upstream::chat;
use crate::support::{FakeUpstream, TestGateway};

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_and_recorded() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let deep = format!(
        r#"{{"model":"gpt-x","messages":{}{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let bodies = [
        "",
        "{",
        "[]",
        "null",
        "\"texte\"",
        "{\"model\":\"gpt-x\",}",
        "{'model':'gpt-x'}",
        "{\"model\":3,\"messages\":[]}",
        "{\"messages\":[]}",
        "{\"model\":\"gpt-x\",\"stream\":\"oui\"}",
        "{\"model\":\"gpt-x\",\"model\":\"gpt-y\"}",
        "{\"model\":\"gpt-x\",\"messages\":[{\"content\":3}]}",
        "{\"model\":\"gpt-x\"} {}",
        deep.as_str(),
    ];
    for body in bodies {
        for path in ["/v1/chat/completions", "/v1/messages"] {
            let heard = gateway.send(path, body).await;
            assert!(
                matches!(heard.status, 400 | 403),
                "{path} {} {}",
                heard.status,
                &heard.body
            );
            let id = heard.header("x-gardefou-request-id").to_owned();
            assert!(
                heard.json()["error"]["message"]
                    .as_str()
                    .is_some_and(|words| words.contains(&id)),
                "{}",
                heard.body
            );
        }
    }
    let heard = gateway
        .post("/v1/chat/completions")
        .body(vec![b'{', b'"', 0xff, b'"', b':', b'1', b'}'])
        .send()
        .await
        .expect("an answer");
    assert_eq!(heard.status(), 400);
    assert_eq!(upstream.connections(), 0);
    let rows = gateway.rows(2 * bodies.len() + 1).await;
    assert!(rows.iter().all(|row| row.outcome == "refused"));
    assert_eq!(gateway.ask("Bonjour").await.status, 200, "the next request works");
}

/// Every path of the API that takes a body, as its own description lists them.
async fn posts(gateway: &TestGateway) -> Vec<String> {
    let described = heard(gateway.get("/api/openapi.json")).await.json();
    let paths = described["paths"].as_object().expect("paths").clone();
    let posts = paths.into_iter().filter(|(_, item)| item.get("post").is_some());
    posts.map(|(path, _)| path).collect()
}

#[tokio::test]
async fn the_api_says_in_french_that_a_body_is_not_what_it_takes() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let office = &gateway.gateway.office;
    let (_, key) = office
        .create_key("a.martin@departement04.example", &[], None)
        .await
        .expect("a key");
    let posts = posts(&gateway).await;
    assert!(posts.len() >= 5, "{posts:?}");
    let valid = r#"{"version":"2025-06"}"#;
    for path in &posts {
        for (what, kind, body, status, code) in [
            ("no body", Some("application/json"), "", 400, "unreadable"),
            ("broken JSON", Some("application/json"), "{\"text\":", 400, "unreadable"),
            (
                "not UTF-8",
                Some("application/json"),
                "{\"text\":\"\\ud800\"}",
                400,
                "unreadable",
            ),
            ("another type", Some("application/json"), "[1, 2]", 400, "unreadable"),
            (
                "a wrong type",
                Some("application/json"),
                r#"{"version":3,"text":3,"type":3,"rating":"x","category":3}"#,
                400,
                "unreadable",
            ),
            (
                "an unknown field",
                Some("application/json"),
                r#"{"inconnu":1}"#,
                400,
                "unreadable",
            ),
            ("no content type", None, valid, 415, "not-json"),
            ("another content type", Some("text/plain"), valid, 415, "not-json"),
        ] {
            let request = reqwest::Client::new().post(gateway.url(path)).bearer_auth(&key);
            let request = match kind {
                Some(kind) => request.header("content-type", kind),
                None => request,
            };
            let told = heard(request.body(body)).await;
            assert_eq!(told.status, status, "{path}, {what}: {}", told.body);
            assert_eq!(told.header("content-type"), "application/json", "{path}, {what}");
            let error = told.json()["error"].clone();
            assert_eq!(error["code"], code, "{path}, {what}");
            let message = error["message"].as_str().expect("a message");
            assert!(message.starts_with("Le corps "), "{path}, {what}: {message}");
        }
    }
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_too_large_announced_or_not() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let long = format!(
        r#"{{"model":"gpt-x","messages":[{{"role":"user","content":"{}"}}]}}"#,
        "a ".repeat(11_000_000)
    );
    let announced = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        long.len()
    );
    let heard = raw(&gateway, announced.as_bytes()).await;
    assert!(
        heard.starts_with("HTTP/1.1 413") && heard.contains("plus longue"),
        "{heard}"
    );
    let mut chunked = b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    chunked.extend(format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len()).into_bytes());
    let heard = raw(&gateway, &chunked).await;
    assert!(heard.starts_with("HTTP/1.1 413"), "{heard}");
    assert_eq!(upstream.connections(), 0);
    assert_eq!(gateway.rows(2).await.len(), 2);
}

#[tokio::test]
async fn a_head_that_is_wrong_is_refused_in_the_likely_dialect() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let many: String = (0..200).map(|i| format!("x-{i}: 1\r\n")).collect();
    let long = "a".repeat(9_000);
    let cases = [
        (
            "POST /v1/chat/completions HTTP/1.1\r\n\r\n".to_owned(),
            "400",
            "\"type\":\"invalid_request_error\"",
        ),
        (
            "POST /v1/messages HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_owned(),
            "400",
            "\"type\":\"error\"",
        ),
        (
            "POST http://b/v1/chat/completions HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(),
            "400",
            "Host",
        ),
        (
            format!("POST /v1beta/models/g:generateContent HTTP/1.1\r\nhost: a\r\n{many}\r\n"),
            "400",
            "INVALID_ARGUMENT",
        ),
        (
            format!("POST /v1/{long} HTTP/1.1\r\nhost: a\r\n\r\n"),
            "400",
            "trop longue",
        ),
        (
            "GET /v1/models HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}".to_owned(),
            "400",
            "contenu",
        ),
        (
            "DELETE /v1/models HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(),
            "404",
            "n'existe pas",
        ),
        (
            "POST /v1/fine_tuning/jobs HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n".to_owned(),
            "404",
            "n'existe pas",
        ),
    ];
    for (request, status, words) in cases {
        let heard = raw(&gateway, request.as_bytes()).await;
        let head = &request[..90.min(request.len())];
        assert!(heard.starts_with(&format!("HTTP/1.1 {status}")), "{head:?}: {heard}");
        assert!(heard.contains(words), "{head:?}: {heard}");
    }
    // What hyper cannot frame never becomes a request: it says 400, or only hangs up.
    let two = b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}";
    let heard = raw(&gateway, two).await;
    assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 400"), "{heard}");
    assert_eq!(upstream.connections(), 0);
    assert_eq!(gateway.ask("Bonjour").await.status, 200);
}

#[tokio::test]
async fn who_sends_half_a_request_is_not_waited_for() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let heard = raw(&gateway, b"POST /v1/chat/completions HTTP/1.1\r\nhost: a").await;
    assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 408"), "{heard}");
    let heard = raw(
        &gateway,
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{\"",
    )
    .await;
    assert!(
        heard.starts_with("HTTP/1.1 400") && heard.contains("body-too-slow"),
        "{heard}"
    );
}

/// Sends bytes as they are, and reads until the gateway has answered or closed the connection.
async fn raw(gateway: &TestGateway, request: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(gateway.address)
        .await
        .expect("a connection");
    // The gateway may answer, and close, before it has read everything.
    let _ = stream.write_all(request).await;
    let mut heard = Vec::new();
    let mut buffer = [0; 65_536];
    loop {
        let read = tokio::time::timeout(std::time::Duration::from_secs(6), stream.read(&mut buffer)).await;
        match read.expect("an answer, or the end of the connection") {
            Ok(0) | Err(_) => break,
            Ok(length) => heard.extend_from_slice(&buffer[..length]),
        }
        if complete(&heard) {
            break;
        }
    }
    String::from_utf8_lossy(&heard).into_owned()
}

fn complete(heard: &[u8]) -> bool {
    let text = String::from_utf8_lossy(heard).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.is_some_and(|length| body.len() >= length)
}
