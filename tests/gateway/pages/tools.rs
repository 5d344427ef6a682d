//! The committee's list: what it says of a tool is what a request to it is answered, on that day.

use super::{Browser, FakeUpstream, Setup, TestGateway, chat, policy};
use crate::support::gateway::heard;

/// The three tools of the house's policy, each edited.
async fn listed(edits: [(&str, &str); 3]) -> TestGateway {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let mut parts: Vec<String> = policy(&upstream).split("[[tool]]").map(str::to_owned).collect();
    for (part, (from, to)) in parts.iter_mut().skip(1).zip(edits) {
        assert!(from.is_empty() || part.contains(from), "{from}");
        *part = part.replacen(from, to, 1);
    }
    let open = "acceptance = \"required\"";
    let text = parts.join("[[tool]]").replacen(open, "acceptance = \"off\"", 1);
    TestGateway::set_up(&text, Setup::default()).await
}

/// What the page says of a tool.
async fn card(gateway: &TestGateway, id: &str) -> String {
    let page = Browser::new(&gateway.url("")).open("/outils").await.body;
    let card = page.split(&format!("id=\"outil-{id}\"")).nth(1).expect("its card");
    card.split("</section>").next().expect("its end").replace("&#39;", "'")
}

#[tokio::test]
async fn a_tool_that_every_request_is_refused_for_is_not_told_as_served() {
    let review = "review_before = 2040-01-01";
    let gateway = listed([
        (review, "review_before = 2020-01-01\ngrace_days = 3"),
        (review, "review_before = 2040-01-01\nvalid_until = 2030-06-30"),
        (review, "review_before = 2040-01-01\nvalid_from = 2031-01-15"),
    ])
    .await;
    for (day, now) in [("2030-06-30", 1_909_051_200_000), ("2032", 1_956_528_000_000)] {
        gateway.at(now);
        let list = heard(gateway.get("/api/tools")).await;
        for tool in list.json()["tools"].as_array().expect("a list") {
            let id = tool["id"].as_str().expect("an id");
            let body = r#"{"model":"gpt-x","messages":[{"role":"user","content":"Bonjour"}]}"#;
            let (path, body) = match id {
                "gemini" => (
                    "/v1beta/models/gemini-2.5-flash:generateContent",
                    r#"{"contents":[{"parts":[{"text":"Bonjour"}]}]}"#,
                ),
                "claude" => (
                    "/v1/messages",
                    r#"{"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"Bonjour"}]}"#,
                ),
                _ => ("/v1/chat/completions", body),
            };
            let answered = gateway.send(path, body).await.status;
            assert_eq!(tool["served"], answered != 403, "{id} on {day}: {answered}");
        }
    }
    gateway.at(1_909_051_200_000);
    for (id, words) in [
        ("gpt", "il devait être réexaminé avant le 01/01/2020"),
        ("gemini", "Cet outil est validé, jusqu'au 30/06/2030."),
        ("claude", "il ouvrira le 15/01/2031"),
    ] {
        let card = card(&gateway, id).await;
        assert!(card.contains(words), "{id}: {card}");
        assert_eq!(card.contains("les demandes y passent"), id == "gemini", "{card}");
    }
    let tag = |heard: crate::support::gateway::Heard| heard.header("etag").to_owned();
    let before = tag(heard(gateway.get("/api/tools")).await);
    gateway.at(1_956_528_000_000);
    assert_ne!(
        tag(heard(gateway.get("/api/tools")).await),
        before,
        "another day, another list"
    );
    let card = card(&gateway, "gemini").await;
    assert!(card.contains("n'était autorisé que jusqu'au 30/06/2030"), "{card}");
}

#[tokio::test]
async fn a_tool_out_of_service_says_so_and_groups_and_trainings_have_names() {
    let gateway = listed([
        ("status = \"validated\"", "status = \"suspended\""),
        ("groups = [\"*\"]", "groups = [\"solidarites\"]"),
        ("", ""),
    ])
    .await;
    let suspended = card(&gateway, "gpt").await;
    assert!(suspended.contains("Cet outil est suspendu."), "{suspended}");
    assert!(suspended.contains("les demandes y sont refusées"), "{suspended}");
    let some = card(&gateway, "gemini").await;
    assert!(some.contains("<dd>le groupe solidarites (Solidarités)</dd>"), "{some}");
    let raw = heard(gateway.get("/outils")).await.body;
    assert!(raw.contains("Niveau 1\u{a0}: pour tous"), "no line breaks there");
}
