//! Answers that are looked at, for the tools whose policy asks for it.

use serde_json::{Value, json};

use crate::support::gateway::{MENTION, policy};
use crate::support::upstream::{Reply, chat, chat_stream};
use crate::support::{FakeUpstream, TestGateway};

const LEAK: [&str; 4] = [
    "Voici. ",
    "M. Karim Benali habite au ",
    "14 rue des Lavandes, 04000 Digne-les-Bains. ",
    "Fin.",
];

async fn with(upstream: &FakeUpstream, answers: &str) -> TestGateway {
    let policy = policy(upstream).replace("accepts = []", &format!("accepts = []\nanswers = \"{answers}\""));
    TestGateway::with(&policy).await
}

async fn streamed(gateway: &TestGateway, upstream: &FakeUpstream) -> (String, Vec<Value>) {
    upstream.answer(chat_stream(&LEAK));
    let body = json!({ "model": "gpt-x", "stream": true, "messages": [{ "role": "user", "content": "Bonjour" }] });
    let heard = gateway.send("/v1/chat/completions", &body.to_string()).await;
    assert_eq!(heard.events().last(), Some(&"[DONE]"), "{}", heard.body);
    let events: Vec<Value> = heard
        .events()
        .iter()
        .filter_map(|event| serde_json::from_str(event).ok())
        .collect();
    let text = events
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str())
        .collect();
    (text, events)
}

#[tokio::test]
async fn an_answer_is_not_looked_at_unless_the_policy_says_so() {
    let upstream = FakeUpstream::start(chat(&LEAK.concat())).await;
    let gateway = TestGateway::before(&upstream).await;
    let text = gateway.ask("Bonjour").await.json()["choices"][0]["message"]["content"].clone();
    assert_eq!(text, format!("{}\n\n{MENTION}", LEAK.concat()));
    assert_eq!(gateway.rows(1).await[0].findings, "{}");
}

#[tokio::test]
async fn an_answer_under_observation_passes_and_is_counted() {
    let upstream = FakeUpstream::start(chat(&LEAK.concat())).await;
    let gateway = with(&upstream, "observe").await;
    let text = gateway.ask("Bonjour").await.json()["choices"][0]["message"]["content"].clone();
    assert_eq!(text, format!("{}\n\n{MENTION}", LEAK.concat()));
    let (text, _) = streamed(&gateway, &upstream).await;
    assert_eq!(text, format!("{}\n\n{MENTION}", LEAK.concat()));
    for row in gateway.rows(2).await {
        assert_eq!(
            (row.findings.as_str(), row.decision.as_str()),
            (r#"{"answer:personal":2}"#, "allowed")
        );
    }
}

#[tokio::test]
async fn what_the_tool_does_not_accept_is_left_out_of_its_answers() {
    let upstream = FakeUpstream::start(chat(&LEAK.concat())).await;
    let gateway = with(&upstream, "mask").await;
    let expected =
        format!("Voici. M. [personne : donnée masquée] habite au [adresse : donnée masquée]. Fin.\n\n{MENTION}");
    let text = gateway.ask("Bonjour").await.json()["choices"][0]["message"]["content"].clone();
    assert_eq!(text, expected);
    let (text, _) = streamed(&gateway, &upstream).await;
    assert_eq!(text, expected);
}

#[tokio::test]
async fn a_value_of_the_caller_comes_back_through_a_screened_answer() {
    let upstream = FakeUpstream::start(chat("Chère Madame [PERSONNE_1], voici M. Karim Benali.")).await;
    let gateway = with(&upstream, "mask").await;
    let heard = gateway.ask("Écris à Mme Sylvie Garcin.").await;
    let text = heard.json()["choices"][0]["message"]["content"].clone();
    assert_eq!(
        text,
        format!("Chère Madame Sylvie Garcin, voici M. [personne : donnée masquée].\n\n{MENTION}")
    );
}

#[tokio::test]
async fn an_answer_that_must_not_be_shown_is_refused_or_ends() {
    let upstream = FakeUpstream::start(chat(&LEAK.concat())).await;
    let gateway = with(&upstream, "block").await;
    let heard = gateway.ask("Bonjour").await;
    assert_eq!(
        (heard.status, heard.json()["error"]["code"].as_str()),
        (400, Some("answer-blocked"))
    );
    assert!(!heard.body.contains("Benali"));
    assert_eq!(heard.header("x-gardefou-decision"), "refused");
    let (text, events) = streamed(&gateway, &upstream).await;
    assert!(
        text.starts_with("Voici. \n\nLa réponse de l'outil s'arrête ici"),
        "{text}"
    );
    assert!(!text.contains("Benali") && !text.contains("Lavandes"));
    assert_eq!(
        events.last().expect("an end")["choices"][0]["finish_reason"],
        "content_filter"
    );
    let rows = gateway.rows(2).await;
    assert!(rows.iter().all(|row| row.outcome == "refused"), "{rows:?}");
}

#[tokio::test]
async fn nothing_waits_where_nothing_was_masked() {
    let upstream = FakeUpstream::start(Reply::json("{}")).await;
    let gateway = TestGateway::before(&upstream).await;
    // The backend says the beginning of a placeholder, and then nothing more.
    upstream.answer(chat_stream(&["[PERS"]).hang());
    let body = json!({ "model": "gpt-x", "stream": true, "messages": [{ "role": "user", "content": "Bonjour" }] });
    let mut answer = gateway
        .post("/v1/chat/completions")
        .body(body.to_string())
        .send()
        .await
        .expect("an answer");
    let first = answer.chunk().await.expect("bytes").expect("some");
    assert!(String::from_utf8_lossy(&first).contains("[PERS"));
}
