//! Feedback on an answer or a tool: masked, anonymous where asked, answered, and refused whole where it is wrong.

use super::*;

async fn anonymous_feedback_leaves_nothing_that_leads_to_anybody(url: &str) {
    let gateway = on(url).await;
    let key = key(&gateway, AGENT).await;
    let id = asked(&gateway, &key, "Bonjour").await;
    let body = json!({ "request_id": id, "rating": 2, "comment": "Difficile à suivre.", "anonymous": true });
    let given = post(&gateway, "/api/feedback", &key, body).await;
    assert_eq!(given.status, 201, "{}", given.body);
    let body = json!({ "request_id": id, "thumb": "up", "sense": "success", "less_contact": false });
    let given = post(&gateway, "/api/feedback", &key, body).await;
    assert_eq!(given.status, 201, "{}", given.body);
    let columns = "caller, direction, tool, request_id, CAST(rating AS text), comment, sense, CAST(less_contact AS text), \
                   CAST(created_at_ms % 60000 AS text), id";
    let rows = table(url, &format!("SELECT {columns} FROM feedback ORDER BY rating")).await;
    let [nobody, somebody] = &rows[..] else {
        panic!("{rows:?}")
    };
    let some = |text: &str| Some(text.to_owned());
    let anonymous = [
        some(""),
        None,
        some("gpt"),
        None,
        some("2"),
        some("Difficile à suivre."),
        None,
        None,
        some("0"),
    ];
    assert_eq!(nobody[..9], anonymous, "no caller, no direction, no request, no hour");
    let at = nobody[9].as_ref().expect("an id").parse::<uuid::Uuid>().expect("an id");
    let (seconds, _) = at.get_timestamp().expect("a moment").to_unix();
    assert_eq!(seconds % 60, 0, "nor in its id");
    assert_eq!(somebody[0].as_ref().expect("a caller").len(), 32);
    assert_eq!(somebody[1..4], [some("Solidarités"), some("gpt"), some(&id)]);
    assert_eq!(somebody[6..8], [some("success"), some("0")]);
}

#[tokio::test]
async fn anonymous_means_that_nobody_is_stored() {
    let (file, cluster) = (File::new(), Cluster::start().await);
    anonymous_feedback_leaves_nothing_that_leads_to_anybody(&file.url()).await;
    anonymous_feedback_leaves_nothing_that_leads_to_anybody(&cluster.url()).await;
}

#[tokio::test]
async fn words_are_kept_masked_or_not_at_all() {
    let file = File::new();
    let gateway = on(&file.url()).await;
    let key = key(&gateway, AGENT).await;
    let masked = json!({ "rating": 4, "comment": "Elle citait Mme Roux, jeanne.roux@exemple.fr." });
    assert_eq!(post(&gateway, "/api/feedback", &key, masked).await.status, 201);
    for (path, body, field) in [
        ("/api/feedback", json!({ "rating": 1, "comment": NIR }), "comment"),
        (
            "/api/incidents",
            json!({ "category": "data", "description": NIR }),
            "description",
        ),
        (
            "/api/incidents",
            json!({ "category": "data", "description": "Une donnée est apparue.", "excerpt": NIR }),
            "excerpt",
        ),
    ] {
        let refused = post(&gateway, path, &key, body).await;
        let error = &refused.json()["error"];
        assert_eq!(
            (refused.status, &error["code"]),
            (400, &json!("protected-data")),
            "{}",
            refused.body
        );
        assert_eq!(error["all"][0]["field"], field);
        assert!(
            error["message"]
                .as_str()
                .expect("words")
                .contains("hautement personnelles")
        );
        assert!(
            !refused.body.contains("2 64 05"),
            "what was found is told, and not the value"
        );
    }
    let comments = table(&file.url(), "SELECT comment FROM feedback").await;
    assert_eq!(
        comments,
        [[Some("Elle citait Mme [PERSONNE_1], [COURRIEL_1].".to_owned())]]
    );
    assert!(table(&file.url(), "SELECT id FROM incidents").await.is_empty());
    for path in gateway.files() {
        let bytes = std::fs::read(&path).expect("a file");
        assert!(
            !bytes.windows(11).any(|window| window == b"04 070 012 "),
            "{}",
            path.display()
        );
    }
}

#[tokio::test]
async fn mistakes_are_told_all_at_once_and_nothing_is_written() {
    let file = File::new();
    let gateway = on(&file.url()).await;
    let key = key(&gateway, AGENT).await;
    let long = "a".repeat(4_001);
    for (path, body, codes) in [
        ("/api/feedback", json!({}), &["empty"][..]),
        (
            "/api/feedback",
            json!({ "rating": 6, "tool": "inconnu" }),
            &["bad-rating", "unknown-tool"],
        ),
        ("/api/feedback", json!({ "rating": 3, "comment": long }), &["too-long"]),
        (
            "/api/feedback",
            json!({ "rating": 3, "request_id": "x" }),
            &["unknown-request"],
        ),
        (
            "/api/incidents",
            json!({ "category": "other", "description": "  " }),
            &["empty"],
        ),
        (
            "/api/incidents",
            json!({ "category": "contest", "description": "Injuste." }),
            &["not-refused"],
        ),
    ] {
        let refused = post(&gateway, path, &key, body).await;
        let all = refused.json()["error"]["all"].as_array().expect("mistakes").clone();
        let told: Vec<_> = all.iter().map(|one| one["code"].as_str().expect("a code")).collect();
        assert_eq!((refused.status, &told[..]), (400, codes), "{}", refused.body);
    }
    for (body, status, code) in [
        ("{", 400, "unreadable"),
        (r#"{"rating": 3, "note": 3}"#, 400, "unreadable"),
        (r#"{"rating": 3, "thumb": "up"}"#, 400, "two-ratings"),
    ] {
        let refused = heard(gateway.post("/api/feedback").bearer_auth(&key).body(body)).await;
        assert_eq!(
            (refused.status, refused.json()["error"]["code"].clone()),
            (status, json!(code)),
            "{body}"
        );
    }
    let refused = post(
        &gateway,
        "/api/incidents",
        &key,
        json!({ "category": "x", "description": "y" }),
    )
    .await;
    assert_eq!(refused.json()["error"]["code"], "bad-category");
    let nobody = heard(
        gateway
            .post("/api/incidents")
            .body(r#"{"category":"other","description":"x"}"#),
    )
    .await;
    assert_eq!(nobody.status, 401);
    assert!(
        table(&file.url(), "SELECT id FROM feedback UNION SELECT id FROM incidents")
            .await
            .is_empty()
    );
}

async fn a_request_is_its_callers_own(url: &str) {
    let gateway = on(url).await;
    let (mine, other) = (key(&gateway, AGENT).await, key(&gateway, OTHER).await);
    let id = asked(&gateway, &mine, NIR).await;
    for (key, status) in [(&other, 400), (&mine, 201)] {
        let body = json!({ "request_id": id, "rating": 1 });
        assert_eq!(post(&gateway, "/api/feedback", key, body).await.status, status);
        let body = json!({ "request_id": id, "category": "contest", "description": "Ce n'était pas un numéro." });
        let heard = post(&gateway, "/api/incidents", key, body).await;
        assert_eq!(heard.status, status, "{}", heard.body);
        if status == 400 {
            assert_eq!(
                heard.json()["error"]["code"],
                "unknown-request",
                "as one that does not exist"
            );
        }
    }
}

#[tokio::test]
async fn what_is_said_of_somebody_elses_request_is_refused_as_unknown() {
    let (file, cluster) = (File::new(), Cluster::start().await);
    a_request_is_its_callers_own(&file.url()).await;
    a_request_is_its_callers_own(&cluster.url()).await;
}

#[tokio::test]
async fn the_same_sending_twice_is_one() {
    let file = File::new();
    let gateway = on(&file.url()).await;
    let (mine, other) = (key(&gateway, AGENT).await, key(&gateway, OTHER).await);
    let send = async |path: &str, key: &str, body: Value| {
        let request = gateway.post(path).bearer_auth(key).header("idempotency-key", "envoi-1");
        heard(request.body(body.to_string())).await
    };
    let body = || json!({ "category": "error", "description": "Une loi inventée." });
    let first = send("/api/incidents", &mine, body()).await;
    let again = send("/api/incidents", &mine, body()).await;
    let others = send("/api/incidents", &other, body()).await;
    assert_eq!(
        (first.status, again.status, others.status),
        (201, 200, 201),
        "{}",
        again.body
    );
    assert_eq!(first.json()["ticket"], again.json()["ticket"]);
    assert_ne!(
        first.json()["ticket"],
        others.json()["ticket"],
        "the other caller's is another"
    );
    for _ in 0..2 {
        assert_eq!(send("/api/feedback", &mine, json!({ "rating": 5 })).await.status, 201);
    }
    assert_eq!(table(&file.url(), "SELECT id FROM feedback").await.len(), 1);
    let tickets = table(&file.url(), "SELECT ticket FROM incidents ORDER BY ticket").await;
    let numbers: Vec<_> = tickets.iter().map(|row| row[0].clone().expect("a number")).collect();
    assert!(
        numbers[0].ends_with("-0001") && numbers[1].ends_with("-0002"),
        "{numbers:?}: none is lost"
    );
}

#[tokio::test]
async fn without_a_database_nothing_is_recorded_and_what_was_typed_stays() {
    let mut cluster = Cluster::start().await;
    let gateway = set_up(Setup {
        database: Some(cluster.url()),
        ..Setup::default()
    })
    .await;
    let key = key(&gateway, AGENT).await;
    cluster.stop();
    let body = json!({ "category": "other", "description": "Une réponse étrange." });
    let heard = post(&gateway, "/api/incidents", &key, body).await;
    assert_eq!(
        (heard.status, heard.json()["error"]["code"].clone()),
        (503, json!("not-recorded"))
    );
    let heard = post(&gateway, "/api/feedback", &key, json!({ "rating": 3 })).await;
    assert_eq!(heard.status, 503, "{}", heard.body);
}

#[tokio::test]
async fn a_form_that_cannot_be_recorded_keeps_what_was_typed() {
    // The local identity needs no session, so its page is there while the database is not.
    let mut cluster = Cluster::start().await;
    let upstream = crate::support::FakeUpstream::start(crate::support::upstream::chat("Bonjour")).await;
    let setup = Setup {
        database: Some(cluster.url()),
        ..Setup::default()
    };
    let gateway = TestGateway::set_up(&crate::support::gateway::policy(&upstream), setup).await;
    let browser = Browser::new(&gateway.url(""));
    browser.open("/signalements").await;
    cluster.stop();
    let fields = [
        ("categorie", "error"),
        ("description", "Une loi inventée."),
        ("envoi", "1"),
    ];
    let page = browser.submit("/signalements", "/signalements", &fields).await;
    assert!(
        page.status == 503
            && page.body.contains("rien n&#39;a été enregistré")
            && page.body.contains("Une loi inventée."),
        "{}",
        page.body
    );
    let fields = [("note", "2"), ("commentaire", "Trop lent."), ("envoi", "1")];
    let page = browser.submit("/retours", "/retours", &fields).await;
    assert!(page.status == 503 && page.body.contains("Trop lent."), "{}", page.body);
}

#[tokio::test]
async fn feedback_is_answered_without_knowing_whose_it_is() {
    let file = File::new();
    let gateway = on(&file.url()).await;
    let author = signed_in(&gateway, AGENT).await;
    let empty = author.submit("/retours", "/retours", &[("envoi", "1")]).await;
    assert!(
        empty.status == 400 && empty.body.contains("href=\"#note\""),
        "{}",
        empty.body
    );
    let fields = [
        ("note", "2"),
        ("nature", "limit"),
        ("contact", "oui"),
        ("commentaire", "Il oublie les accents."),
        ("envoi", "2"),
    ];
    let given = author.submit("/retours", "/retours", &fields).await;
    assert!(
        given.status == 200 && given.body.contains("votre retour est enregistré"),
        "{}",
        given.body
    );
    let admin = signed_in(&gateway, PEOPLE[1].1).await;
    let waiting = admin.open("/retours").await.body;
    assert!(waiting.contains("Il oublie les accents.") && !waiting.contains(AGENT));
    let id = waiting
        .split("name=\"retour\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let fields = [
        ("retour", id.expect("an id")),
        ("reponse", "Corrigé dans la version suivante."),
    ];
    assert_eq!(
        author.submit("/retours", "/retours/reponse", &fields).await.status,
        403,
        "not for agents"
    );
    assert_eq!(admin.submit("/retours", "/retours/reponse", &fields).await.status, 200);
    let again = admin.submit("/retours", "/retours/reponse", &fields).await;
    assert!(
        again.status == 400 && again.body.contains("déjà une réponse"),
        "{}",
        again.body
    );
    assert!(
        author
            .open("/retours")
            .await
            .body
            .contains("Corrigé dans la version suivante.")
    );
    let other = signed_in(&gateway, OTHER).await;
    assert!(!other.open("/retours").await.body.contains("accents"), "nobody else's");
}

#[tokio::test]
async fn nobody_gives_back_faster_than_people_do() {
    let file = File::new();
    let gateway = on(&file.url()).await;
    gateway.at(1_790_000_000_000);
    let key = key(&gateway, AGENT).await;
    let mut last = None;
    for _ in 0..21 {
        last = Some(post(&gateway, "/api/feedback", &key, json!({ "rating": 5 })).await);
    }
    let last = last.expect("an answer");
    assert_eq!((last.status, last.header("retry-after")), (429, "60"), "{}", last.body);
}
