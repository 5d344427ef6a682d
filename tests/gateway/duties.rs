//! What a tool may ask of those who use it, through a gateway: a reason, a domain of competence, a model in their
//! place; what a late review says; and what is written down of a wish for a tool that is not listed.

use serde_json::{Value, json};

use crate::support::gateway::{Heard, heard, policy};
use crate::support::upstream::chat;
use crate::support::{FakeUpstream, TestGateway};

/// The usual policy, with this in each tool.
fn asking(upstream: &FakeUpstream, keys: &str) -> String {
    policy(upstream).replace("accepts = []", &format!("accepts = []\n{keys}"))
}

/// What the header says, its accents put back.
fn reminder(heard: &Heard) -> String {
    let bytes = heard.header("x-gardefou-reminder").as_bytes();
    let (mut words, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let digits = std::str::from_utf8(&bytes[at + 1..at + 3]).expect("ASCII");
            words.push(u8::from_str_radix(digits, 16).expect("hexadecimal"));
            at += 3;
        } else {
            words.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(words).expect("UTF-8")
}

const ROADS: [(&str, &str); 3] = [
    (
        "/v1/chat/completions",
        r#"{"model":"gpt-x","messages":[{"role":"user","content":"Bonjour"}]}"#,
    ),
    (
        "/v1/messages",
        r#"{"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"Bonjour"}]}"#,
    ),
    (
        "/v1beta/models/gemini-x:generateContent",
        r#"{"contents":[{"parts":[{"text":"Bonjour"}]}]}"#,
    ),
];

#[tokio::test]
async fn a_tool_that_asks_for_a_reason_is_given_one() {
    let upstream = FakeUpstream::start(chat("Voici.")).await;
    let gateway = TestGateway::with(&asking(&upstream, "purpose_required = true")).await;
    for (path, body) in ROADS {
        for purpose in [None, Some(""), Some("   "), Some(" … "), Some("--")] {
            let mut ask = gateway.post(path).body(body);
            if let Some(purpose) = purpose {
                ask = ask.header("x-gardefou-purpose", purpose);
            }
            let heard = heard(ask).await;
            assert_eq!(heard.status, 403, "{path} {purpose:?} {}", heard.body);
            assert_eq!(heard.header("x-gardefou-rule"), "purpose-missing");
            for words in ["x-gardefou-purpose", "Transparence", "dsiun@departement04.example"] {
                assert!(heard.body.contains(words), "{words}: {}", heard.body);
            }
        }
    }
    assert_eq!(upstream.connections(), 0);
    let (path, body) = ROADS[0];
    let ask = gateway.post(path).header("x-gardefou-purpose", "Réponse à un courrier");
    assert_eq!(heard(ask.body(body)).await.status, 200);
    // A list of models needs no reason.
    assert_ne!(heard(gateway.get("/v1/models")).await.status, 403);
    let rows = gateway.rows(16).await;
    assert_eq!(rows[15].purpose.as_deref(), Some("Réponse à un courrier"));
}

#[tokio::test]
async fn outside_ones_domains_one_is_reminded_or_refused_where_the_policy_says_so() {
    let upstream = FakeUpstream::start(chat("Voici.")).await;
    let groups = |domain: &str| {
        format!(
            "[[group]]\nid = \"g\"\nmembers = [\"poste-local\"]\ndomains = [\"{domain}\"]\n\
             [[group]]\nid = \"h\"\ndomains = [\"action sociale\"]\n"
        )
    };
    let domains = "domains = [\"action sociale\"]\n";
    for (domain, outside, status, said) in [
        ("action sociale", "remind", 200, ""),
        ("action sociale", "refuse", 200, ""),
        ("*", "refuse", 200, ""),
        ("voirie", "remind", 200, "Cet outil est prévu pour : action sociale."),
        ("voirie", "refuse", 403, ""),
    ] {
        let keys = format!("{domains}outside_domains = \"{outside}\"");
        let gateway = TestGateway::with(&(asking(&upstream, &keys) + &groups(domain))).await;
        for (path, body) in ROADS {
            let heard = gateway.send(path, body).await;
            assert_eq!(heard.status, status, "{domain} {outside} {path} {}", heard.body);
            let reminder = reminder(&heard);
            assert!(
                reminder.starts_with(said) && reminder.is_empty() == said.is_empty(),
                "{reminder}"
            );
            if status == 403 {
                assert_eq!(heard.header("x-gardefou-rule"), "outside-domains");
                for words in ["règle 3", "action sociale", "dsiun@departement04.example", "/outils"] {
                    assert!(heard.body.contains(words), "{words}: {}", heard.body);
                }
            }
        }
    }
    // Three roads of each policy that let through, and no other connection.
    assert_eq!(upstream.asked().len(), 12);
}

#[tokio::test]
async fn a_late_review_is_told_with_each_answer_until_its_delay_is_over() {
    let upstream = FakeUpstream::start(chat("Voici.")).await;
    let late = policy(&upstream).replace("2040-01-01", "2026-11-22\ngrace_days = 10");
    let gateway = TestGateway::with(&late).await;
    let noon = |day: i64| (20_779 + day) * 86_400_000 + 43_200_000; // days since 1970 up to 2026-11-22
    for (day, status, words) in [
        (0, 200, ""),
        (
            1,
            200,
            "réexaminé avant le 22 novembre 2026 : il sera fermé après le 2 décembre 2026",
        ),
        (10, 200, "réexaminé avant le 22 novembre 2026"),
        (11, 403, ""),
    ] {
        gateway.at(noon(day));
        let heard = gateway.ask("Bonjour").await;
        assert_eq!(heard.status, status, "day {day}: {}", heard.body);
        let reminder = reminder(&heard);
        assert!(
            reminder.contains(words) && reminder.is_empty() == words.is_empty(),
            "day {day}: {reminder}"
        );
    }
}

#[tokio::test]
async fn who_decides_with_its_help_is_reminded_that_they_decide() {
    let upstream = FakeUpstream::start(chat("Voici.")).await;
    for (keys, words) in [
        (
            "ambition = \"decision\"",
            "Cet outil aide à la décision : vous vérifiez, et vous décidez (règle 4",
        ),
        (
            "decision_individuelle = true\nimpact_assessment = \"AIPD-1\"\nfria = \"AIDF-1\"",
            "décisions sur des personnes : vous vérifiez, vous décidez, et la personne en est informée",
        ),
    ] {
        let gateway = TestGateway::with(&asking(&upstream, keys)).await;
        let heard = gateway.ask("Bonjour").await;
        assert_eq!(heard.status, 200, "{}", heard.body);
        assert!(reminder(&heard).contains(words), "{}", reminder(&heard));
    }
}

#[tokio::test]
async fn a_request_without_a_model_has_that_of_the_policy() {
    let upstream = FakeUpstream::start(chat("Voici.")).await;
    let small = policy(&upstream).replace(
        "models = [\"gpt-*\"]",
        "models = [\"gpt-*\"]\ndefault_model = \"gpt-petit\"",
    );
    let bounded = small.replace("accepts = []", "accepts = []\nlimits = { max_output_tokens = 50 }");
    for (policy, bound) in [(&small, ""), (&bounded, r#""max_completion_tokens":50,"#)] {
        let gateway = TestGateway::with(policy).await;
        let messages = r#""messages":[{"role":"user","content":"Bonjour"}]"#;
        for (path, body, sent) in [
            (
                "/v1/chat/completions",
                format!("{{{messages}}}"),
                format!(r#"{{{bound}"model":"gpt-petit",{messages}}}"#),
            ),
            (
                "/t/gpt/v1/chat/completions",
                format!(r#"{{"model": null, {messages}}}"#),
                format!(r#"{{{bound}"model": "gpt-petit", {messages}}}"#),
            ),
            (
                "/v1/chat/completions",
                format!(r#"{{"model":"gpt-grand",{messages}}}"#),
                format!(r#"{{{bound}"model":"gpt-grand",{messages}}}"#),
            ),
        ] {
            let heard = gateway.send(path, &body).await;
            assert_eq!(heard.status, 200, "{body} {}", heard.body);
            assert_eq!(upstream.last().body, sent);
        }
        let unknown = gateway
            .send("/t/inconnu/v1/chat/completions", &format!("{{{messages}}}"))
            .await;
        assert_eq!(unknown.status, 403, "why a named tool is not served says more");
        // No tool of this dialect has one; an empty body asks for nothing.
        for (path, body) in [
            ("/v1/messages", format!("{{{messages}}}")),
            ("/t/claude/v1/messages", format!("{{{messages}}}")),
            ("/v1/chat/completions", "{}".into()),
        ] {
            let heard = gateway.send(path, &body).await;
            assert_eq!(heard.status, 400, "{path} {}", heard.body);
            assert!(heard.body.contains("model"), "{}", heard.body);
        }
        let models = gateway.models(7).await;
        assert_eq!(
            models[..3],
            [
                Some("gpt-petit".into()),
                Some("gpt-petit".into()),
                Some("gpt-grand".into())
            ]
        );
    }
}

/// Whom the committee's figures concern, and which tool, is known of those who are turned away too.
#[tokio::test]
async fn a_refusal_at_the_door_says_which_tool_it_was_about_and_from_where() {
    let upstream = FakeUpstream::start(chat("jamais")).await;
    let member = |policy: String| policy.replace("members = [", "members = [\"poste-local\", ");
    let body =
        |model: &str| json!({ "model": model, "messages": [{ "role": "user", "content": "Bonjour" }] }).to_string();
    for (policy, path, body, rule, tool, model, direction) in [
        (
            asking(&upstream, "training = \"ia-sante\""),
            "/v1/chat/completions",
            body("gpt-x"),
            "training-missing",
            Some("gpt"),
            Some("gpt-x"),
            Some("Solidarités"),
        ),
        (
            policy(&upstream).replace("groups = [\"*\"]", "groups = [\"solidarites\"]"),
            "/t/gpt/v1/chat/completions",
            body("gpt-x"),
            "not-in-group",
            Some("gpt"),
            Some("gpt-x"),
            None,
        ),
        (
            policy(&upstream),
            "/t/gpt/v1/chat/completions",
            "{".to_owned(),
            "unreadable",
            Some("gpt"),
            None,
            Some("Solidarités"),
        ),
        (
            policy(&upstream),
            "/v1/chat/completions",
            body("mistral-large"),
            "no-tool-for-model",
            None,
            Some("mistral"),
            Some("Solidarités"),
        ),
    ] {
        let policy = if direction.is_some() { member(policy) } else { policy };
        let gateway = TestGateway::with(&policy).await;
        let heard = gateway.send(path, &body).await;
        assert!(heard.header("server-timing").starts_with("gardefou;dur="), "{rule}");
        let row = gateway.rows(1).await.remove(0);
        assert_eq!(row.rule.as_deref(), Some(rule));
        assert_eq!(
            (row.tool.as_deref(), row.direction.as_deref()),
            (tool, direction),
            "{rule}"
        );
        assert_eq!(gateway.models(1).await[0].as_deref(), model, "{rule}");
        assert_eq!(
            heard.headers.get("x-gardefou-tool").map(|tool| tool.as_bytes()),
            tool.map(str::as_bytes),
            "{rule}"
        );
    }
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn a_wish_for_an_unlisted_tool_is_counted_by_its_family_and_nothing_more() {
    let upstream = FakeUpstream::start(chat("jamais")).await;
    let gateway = TestGateway::before(&upstream).await;
    let secret = "dossier-de-jeanne-roux";
    let cases = [
        (
            "/v1/chat/completions".to_owned(),
            "mistral-large-latest".to_owned(),
            Some("mistral"),
        ),
        (
            "/v1/chat/completions".into(),
            format!("o3-mini-{secret}"),
            Some("openai-o"),
        ),
        (
            "/v1/messages".into(),
            format!("meta-llama/Llama-3-{secret}"),
            Some("llama"),
        ),
        ("/v1/chat/completions".into(), secret.into(), None),
        (format!("/t/{secret}/v1/chat/completions"), "gpt-x".into(), Some("gpt")),
        (format!("/t/{secret}/v1/chat/completions"), secret.into(), None),
        (
            "/t/gpt/v1/chat/completions".into(),
            format!("deepseek-{secret}"),
            Some("deepseek"),
        ),
    ];
    for (path, model, _) in &cases {
        let body = json!({ "model": model, "messages": [{ "role": "user", "content": "Bonjour" }] });
        let heard = gateway.send(path, &body.to_string()).await;
        assert_eq!(heard.status, 403, "{path} {model} {}", heard.body);
        assert!(heard.body.contains("/outils"), "{}", heard.body);
    }
    // As an answer, a refusal names a model too.
    let body = json!({ "model": secret, "messages": [{ "role": "user", "content": "Bonjour" }] });
    let told = gateway
        .send("/v1/chat/completions?refusal=message", &body.to_string())
        .await;
    let told: Value = told.json();
    assert_eq!(told["model"], "gardefou");
    let written = gateway.models(cases.len() + 1).await;
    let expected = cases.iter().map(|(_, _, family)| family.map(str::to_owned));
    assert_eq!(written, expected.chain([None]).collect::<Vec<_>>());
    for row in gateway.rows(cases.len() + 1).await {
        assert!(
            matches!(row.rule.as_deref(), Some("unknown-tool" | "no-tool-for-model")),
            "{row:?}"
        );
        assert_eq!(row.tool, None);
    }
    for file in gateway.files() {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{} holds what a caller typed", file.display());
    }
    assert_eq!(upstream.connections(), 0);
}
