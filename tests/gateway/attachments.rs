//! Files, images and addresses in a request: read and screened before anything leaves, or kept.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::support::gateway::{Heard, heard, policy};
use crate::support::upstream::{Reply, chat};
use crate::support::{FakeUpstream, TestGateway};

const HARMLESS: &str = "Ordre du jour\n1. Budget 2026\n2. Travaux du collège\n";
const LEAK: &str = "nom;prénom;NIR\nRoux;Sylvie;2 64 05 04 070 012 56\n";
/// The smallest PNG: one white pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

fn base64(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}

/// One request a dialect with `data`, as its SDK sends a file.
fn requests(data: &str, media: &str) -> Vec<(&'static str, Value)> {
    let url = format!("data:{media};base64,{data}");
    vec![
        (
            "/v1/chat/completions",
            json!({ "model": "gpt-x", "messages": [{ "role": "user", "content": [
                { "type": "text", "text": "Résume." }, { "type": "file", "file": { "filename": "note.csv", "file_data": url } }] }] }),
        ),
        (
            "/v1/responses",
            json!({ "model": "gpt-x", "input": [{ "role": "user", "content": [{ "type": "input_file", "filename": "note.csv", "file_data": url }] }] }),
        ),
        (
            "/v1/messages",
            json!({ "model": "claude-x", "max_tokens": 9, "messages": [{ "role": "user", "content": [
                { "type": "document", "source": { "type": "base64", "media_type": media, "data": data } }] }] }),
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            json!({ "contents": [{ "parts": [{ "text": "Résume." }, { "inlineData": { "mimeType": media, "data": data } }] }] }),
        ),
    ]
}

async fn send(gateway: &TestGateway, (path, body): &(&str, Value)) -> Heard {
    gateway.send(path, &body.to_string()).await
}

#[tokio::test]
async fn a_file_is_read_and_leaves_as_it_came_if_nothing_is_in_it() {
    let upstream = FakeUpstream::start(chat("Bien.")).await;
    let gateway = TestGateway::before(&upstream).await;
    for request in requests(&base64(HARMLESS), "text/csv") {
        let heard = send(&gateway, &request).await;
        assert_eq!(heard.status, 200, "{}: {}", request.0, heard.body);
        assert!(upstream.last().body.contains(&base64(HARMLESS)), "{}", request.0);
    }
}

#[tokio::test]
async fn a_file_with_protected_data_stays_here() {
    let upstream = FakeUpstream::start(chat("Bien.")).await;
    let gateway = TestGateway::before(&upstream).await;
    for request in requests(&base64(LEAK), "text/csv") {
        let heard = send(&gateway, &request).await;
        assert_eq!(heard.status, 400, "{}: {}", request.0, heard.body);
        assert!(
            heard.body.contains("hautement personnelles") && !heard.body.contains("Roux"),
            "{}",
            heard.body
        );
    }
    assert_eq!(upstream.connections(), 0);
    let rows = gateway.rows(4).await;
    assert!(rows.iter().all(|row| row.decision == "refused"), "{rows:?}");
}

#[tokio::test]
async fn what_cannot_be_read_stays_here_unless_the_policy_names_it() {
    let upstream = FakeUpstream::start(chat("Bien.")).await;
    let gateway = TestGateway::before(&upstream).await;
    let relaxed = policy(&upstream).replace(
        "accepts = []",
        "accepts = []\nunread = [\"image\", \"audio\", \"file\", \"remote\", \"kept\"]",
    );
    let relaxed = TestGateway::with(&relaxed).await;
    let image = |url: &str| {
        let part = json!({ "type": "image_url", "image_url": { "url": url } });
        (
            "/v1/chat/completions",
            json!({ "model": "gpt-x", "messages": [{ "role": "user", "content": [part] }] }),
        )
    };
    let sound =
        json!({ "type": "input_audio", "input_audio": { "data": base64("RIFF\u{1}\0\0\0WAVEfmt "), "format": "wav" } });
    let kept = json!({ "type": "file", "file": { "file_id": "file-abc" } });
    for (request, why) in [
        (image(&format!("data:image/png;base64,{PIXEL}")), "image"),
        (image("https://intranet.example/photo.png"), "adresse"),
        (image("data:image/png;base64,pas-du-base64!"), "abîmé"),
        (
            (
                "/v1/chat/completions",
                json!({ "model": "gpt-x", "messages": [{ "role": "user", "content": [sound] }] }),
            ),
            "sonore",
        ),
        (
            (
                "/v1/chat/completions",
                json!({ "model": "gpt-x", "messages": [{ "role": "user", "content": [kept] }] }),
            ),
            "fournisseur le garde",
        ),
        (
            (
                "/v1beta/models/gemini-x:generateContent",
                json!({ "contents": [{ "parts": [{ "fileData": { "fileUri": "https://youtu.be/x" } }] }] }),
            ),
            "fournisseur",
        ),
    ] {
        let before = upstream.asked().len();
        let heard = send(&gateway, &request).await;
        assert_eq!(heard.status, 400, "{why}: {}", heard.body);
        assert!(heard.body.contains(why), "{why}: {}", heard.body);
        assert_eq!(upstream.asked().len(), before);
        assert_eq!(send(&relaxed, &request).await.status, 200, "{why}");
    }
}

/// Deposits a file as google-genai does: begin, pieces, end.
async fn deposit(gateway: &TestGateway, content: &str) -> Heard {
    let about = json!({ "file": { "displayName": "Mme Roux.csv", "mimeType": "text/csv" } });
    let begun = gateway
        .post("/upload/v1beta/files")
        .header("x-goog-upload-protocol", "resumable")
        .header("x-goog-upload-command", "start")
        .header("x-goog-upload-header-content-type", "text/csv")
        .body(about.to_string());
    let begun = heard(begun).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    let url = begun.header("x-goog-upload-url").to_owned();
    assert!(url.starts_with(&gateway.url("/upload/")), "{url}");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let (first, last) = content.split_at(content.floor_char_boundary(content.len() / 2));
    for (command, offset, piece) in [("upload", 0, first), ("upload, finalize", first.len(), last)] {
        // The SDK sends pieces to the address it was given, without a key.
        let request = client
            .post(&url)
            .header("x-goog-upload-command", command)
            .header("x-goog-upload-offset", offset)
            .body(piece.to_owned());
        let told = heard(request).await;
        if command == "upload" {
            assert_eq!(
                (told.status, told.header("x-goog-upload-status")),
                (200, "active"),
                "{}",
                told.body
            );
        } else {
            return told;
        }
    }
    unreachable!("the last piece ends it")
}

#[tokio::test]
async fn a_deposited_file_is_screened_before_the_provider_has_it() {
    let upstream = FakeUpstream::start(Reply::json("{}")).await;
    let gateway = TestGateway::before(&upstream).await;
    let kept = json!({ "file": { "name": "files/abc", "uri": "https://x/v1beta/files/abc" } }).to_string();
    let place = format!("{}/upload/v1beta/files?upload_id=du-fournisseur", upstream.url());
    upstream.answer(Reply::json(&kept).with("x-goog-upload-url", place));

    let told = deposit(&gateway, LEAK).await;
    assert_eq!(told.status, 400, "{}", told.body);
    assert_eq!(upstream.connections(), 0);

    let told = deposit(&gateway, HARMLESS).await;
    assert_eq!(
        (told.status, told.json()["file"]["name"].as_str()),
        (200, Some("files/abc"))
    );
    assert_eq!(told.header("x-goog-upload-url"), "");
    let asked = upstream.asked();
    let [begin, whole] = &asked[..] else {
        panic!("{} requests", asked.len())
    };
    assert!(!begin.body.contains("Roux"), "what the caller calls it stays here");
    assert_eq!(whole.body, HARMLESS);
    assert!(whole.path.ends_with("upload_id=du-fournisseur"), "{}", whole.path);

    let ask = json!({ "contents": [{ "parts": [{ "fileData": { "fileUri": "https://x/v1beta/files/abc" } }] }] });
    upstream.answer(Reply::json(r#"{"candidates":[]}"#));
    let path = "/v1beta/models/gemini-x:generateContent";
    assert_eq!(gateway.send(path, &ask.to_string()).await.status, 200);
    for other in [
        "https://x/v1beta/files/autre",
        "https://ailleurs.example/v1beta/files/abc",
    ] {
        let other = ask.to_string().replace("https://x/v1beta/files/abc", other);
        assert_eq!(gateway.send(path, &other).await.status, 400);
    }
    let image = json!({ "type": "image_url", "image_url": { "url": "https://x/v1beta/files/abc" } });
    let elsewhere = json!({ "model": "gpt-x", "messages": [{ "role": "user", "content": [image] }] });
    let told = gateway.send("/v1/chat/completions", &elsewhere.to_string()).await;
    assert_eq!(told.status, 400);

    upstream.answer(Reply::json(
        r#"{"files":[{"name":"files/abc"},{"name":"files/autre"}]}"#,
    ));
    let listed = heard(gateway.get("/v1beta/files")).await;
    assert_eq!(listed.json(), json!({ "files": [{ "name": "files/abc" }] }));
    assert_eq!(heard(gateway.get("/v1beta/files/autre")).await.status, 404);
    assert_eq!(heard(gateway.get("/v1beta/files/abc")).await.status, 200);
}

#[tokio::test]
async fn a_provider_that_sends_the_file_elsewhere_does_not_get_it() {
    let upstream =
        FakeUpstream::start(Reply::json("{}").with("x-goog-upload-url", "https://ailleurs.example/".into())).await;
    let gateway = TestGateway::before(&upstream).await;
    assert_eq!(deposit(&gateway, HARMLESS).await.status, 502);
    assert!(
        upstream
            .asked()
            .iter()
            .all(|asked| !asked.body.contains("Ordre du jour"))
    );
}
