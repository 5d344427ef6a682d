//! What people and machines see besides answers: pages, lists, health.

use crate::support::gateway::heard;
use crate::support::upstream::{Reply, chat};
use crate::support::{FakeUpstream, TestGateway};

#[tokio::test]
async fn the_pages_show_the_policy_in_force_and_load_nothing_from_elsewhere() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    for (path, words) in [
        ("/", "dsiun@departement04.example"),
        ("/outils", "Cet outil est validé"),
        ("/charte", "généré avec l&#39;aide d&#39;un outil IA"),
    ] {
        let page = heard(gateway.get(path)).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.body.contains("<html lang=\"fr\">") && page.body.contains(words),
            "{path}: {}",
            page.body
        );
        assert!(
            page.header("content-security-policy").contains("default-src 'none'"),
            "{path}"
        );
        assert!(!page.body.contains("<script") && !page.body.contains("src="), "{path}");
    }
    assert_eq!(heard(gateway.get("/inconnue")).await.status, 404);
    let tools = heard(gateway.get("/api/tools")).await.json();
    let ids: Vec<_> = tools["tools"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|tool| tool["id"].clone())
        .collect();
    assert_eq!(ids, ["gpt", "gemini", "claude"], "the list is the policy's own");
    assert_eq!(heard(gateway.get("/api/charter")).await.json()["version"], "2025-06");
}

#[tokio::test]
async fn machines_hear_whether_it_works_and_what_waits() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    assert_eq!(heard(gateway.get("/healthz")).await.body, "ok\n");
    let answer = gateway.ask("Bonjour").await;
    let row = gateway.rows(1).await.remove(0);
    assert_eq!(row.policy_hash, answer.header("x-gardefou-policy"));
    assert_eq!(row.charter_version, "2025-06");
    let ready = heard(gateway.get("/readyz")).await;
    assert_eq!(ready.status, 200);
    let ready = ready.json();
    assert_eq!(
        (&ready["status"], &ready["database"]["status"]),
        (&"ok".into(), &"ok".into()),
        "{ready}"
    );
    assert_eq!(ready["policy"]["hash"], answer.header("x-gardefou-policy"));
    let metrics = heard(gateway.get("/metrics")).await.body;
    assert!(metrics.contains("\ngardefou_relayed_rows_total 1\n"), "{metrics}");
    assert!(
        metrics.contains("\ngardefou_unrecognised_requests_total 0\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_list_of_models_has_only_those_one_may_use() {
    let list = r#"{"object":"list","data":[{"id":"gpt-x"},{"id":"autre"}]}"#;
    let upstream = FakeUpstream::start(Reply::json(list)).await;
    let gateway = TestGateway::before(&upstream).await;
    let heard_list = heard(gateway.get("/v1/models")).await;
    assert_eq!(heard_list.json()["data"], serde_json::json!([{ "id": "gpt-x" }]));
    assert_eq!(heard_list.header("x-gardefou-mention"), "none");
    let gemini = r#"{"models":[{"name":"models/gemini-x"},{"name":"models/autre"}]}"#;
    upstream.answer(Reply::json(gemini));
    let heard_list = heard(gateway.get("/v1beta/models?key=x")).await;
    assert_eq!(
        heard_list.json()["models"],
        serde_json::json!([{ "name": "models/gemini-x" }])
    );
}

#[tokio::test]
async fn a_text_can_be_looked_at_without_sending_it() {
    let upstream = FakeUpstream::start(chat("jamais")).await;
    let gateway = TestGateway::before(&upstream).await;
    let body = r#"{"text":"Évaluée : le NIR 2 64 05 04 070 012 56"}"#;
    let seen = gateway.send("/api/scan", body).await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    assert!(!seen.body.contains("64 05"), "no value: {}", seen.body);
    let seen = seen.json();
    assert_eq!((&seen["blocked"], &seen["decision"]), (&true.into(), &"refused".into()));
    assert_eq!(
        (&seen["spans"][0]["type"], &seen["spans"][0]["start"]),
        (&"NIR".into(), &17.into())
    );
    let wrong = heard(gateway.post("/api/scan").bearer_auth("gf_faux").body(body)).await;
    assert_eq!((wrong.status, upstream.connections()), (401, 0));
}
