//! What callers give back: feedback that may be nobody's, incidents that reach the RSSI and the DPO, and what each sees
//! of their own and of nobody else's.

use gardefou::office::LetterCounts;
use gardefou::schema;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row, SqlSafeStr};

use crate::pages::{AGENT, PEOPLE, set_up, signed_in};
use crate::support::{
    TestGateway,
    browser::Browser,
    gateway::{Heard, Setup, heard},
    postgres::Cluster,
    smtp::MailSink,
};

const OTHER: &str = "b.durand@departement04.example";
const NIR: &str = "Le NIR 2 64 05 04 070 012 56 est apparu.";

/// A file of SQLite in a folder that goes with it.
struct File(std::path::PathBuf);

impl File {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("gardefou-returns-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.0.join("gardefou.db").display())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn on(url: &str) -> TestGateway {
    with(url, None, "essai").await
}

async fn with(url: &str, mail: Option<u16>, instance: &'static str) -> TestGateway {
    set_up(Setup {
        database: Some(url.to_owned()),
        instance,
        mail,
        ..Setup::default()
    })
    .await
}

/// Every row of a table, each column as text.
async fn table(url: &str, sql: &str) -> Vec<Vec<Option<String>>> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.expect("the database");
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned()).into_sql_str())
        .fetch_all(&mut connection)
        .await
        .expect("rows");
    rows.iter()
        .map(|row| (0..row.len()).map(|i| row.get::<Option<String>, _>(i)).collect())
        .collect()
}

/// A key of somebody who accepted the charter.
async fn key(gateway: &TestGateway, owner: &str) -> String {
    let office = &gateway.gateway.office;
    let (_, key) = office.create_key(owner, &[], None).await.expect("a key");
    let pseudonym = gateway.gateway.pseudonyms.of(&gardefou::domain::Identity::new(owner));
    office
        .accept_charter(pseudonym.as_str(), "2025-06")
        .await
        .expect("accepted");
    key
}

async fn post(gateway: &TestGateway, path: &str, key: &str, body: Value) -> Heard {
    heard(gateway.post(path).bearer_auth(key).body(body.to_string())).await
}

/// Asks something and returns the id of the request, once it is the caller's in the database.
async fn asked(gateway: &TestGateway, key: &str, words: &str) -> String {
    let body = json!({ "model": "gpt-x", "messages": [{ "role": "user", "content": words }] });
    let answer = post(gateway, "/v1/chat/completions", key, body).await;
    answer.header("x-gardefou-request-id").to_owned()
}

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
async fn numbers_are_unique_across_gateways() {
    let cluster = Cluster::start().await;
    let (one, two) = (
        with(&cluster.url(), None, "un").await,
        with(&cluster.url(), None, "deux").await,
    );
    let keys = [key(&one, AGENT).await, key(&two, OTHER).await];
    let report = async |gateway: &TestGateway, key: &str| {
        let body = json!({ "category": "error", "description": "Une réponse fausse." });
        let heard = post(gateway, "/api/incidents", key, body).await;
        assert_eq!(heard.status, 201, "{}", heard.body);
        heard.json()["ticket"].as_str().expect("a number").to_owned()
    };
    let mut all = Vec::new();
    for _ in 0..8 {
        let (a, b) = tokio::join!(report(&one, &keys[0]), report(&two, &keys[1]));
        all.extend([a, b]);
    }
    all.sort();
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 16);
    assert!(all[15].ends_with("-0016"), "{all:?}");
}

async fn both_hear_of_it_once(url: &str) {
    let port = MailSink::nobody().await;
    let gateway = with(url, Some(port), "essai").await;
    let key = key(&gateway, AGENT).await;
    let id = asked(&gateway, &key, "Bonjour").await;
    let body = json!({ "category": "discrimination", "description": "Une réponse qui écarte un usager.",
                       "request_id": id, "excerpt": "il vaudrait mieux refuser" });
    let heard = post(&gateway, "/api/incidents", &key, body).await;
    assert_eq!(
        heard.status, 201,
        "the number is there while the mail server is down: {}",
        heard.body
    );
    let ticket = heard.json()["ticket"].as_str().expect("a number").to_owned();
    assert!(
        heard.json()["status_url"]
            .as_str()
            .expect("where")
            .ends_with(&format!("/signalements/{ticket}"))
    );
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let counts = gateway.gateway.office.letter_counts().await.expect("counts");
    assert_eq!((counts.waiting, counts.dead), (2, 0));
    let ready = crate::support::gateway::heard(gateway.get("/readyz")).await.json();
    assert_eq!(
        (&ready["mail"]["status"], &ready["mail"]["why"]),
        (&json!("troubled"), &json!("unreachable"))
    );

    let sink = MailSink::at(port).await;
    sink.turn_away(true);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    sink.turn_away(false);
    let letters = sink.letters(2).await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(sink.letters(2).await.len(), 2, "each once");
    let mut to: Vec<_> = letters.iter().flat_map(|letter| letter.to.clone()).collect();
    to.sort();
    assert_eq!(to, ["dpo@departement04.example", "rssi@departement04.example"]);
    for letter in &letters {
        let text = letter.text.replace("=\r\n", "");
        assert!(text.contains(&ticket) && text.contains(&id), "{text}");
        for absent in ["écarte", "carte un usager", "refuser", "martin"] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
    }
    let counts = gateway.gateway.office.letter_counts().await.expect("counts");
    assert_eq!(counts, LetterCounts::default());
}

#[tokio::test]
async fn the_rssi_and_the_dpo_hear_of_an_incident_however_the_mail_server_is() {
    let (file, cluster) = (File::new(), Cluster::start().await);
    both_hear_of_it_once(&file.url()).await;
    both_hear_of_it_once(&cluster.url()).await;
}

#[tokio::test]
async fn two_gateways_send_each_letter_once() {
    let (cluster, sink) = (Cluster::start().await, MailSink::start().await);
    let one = with(&cluster.url(), Some(sink.port), "un").await;
    let two = with(&cluster.url(), Some(sink.port), "deux").await;
    let keys = [key(&one, AGENT).await, key(&two, OTHER).await];
    for (gateway, key) in [(&one, &keys[0]), (&two, &keys[1])].into_iter().cycle().take(10) {
        let body = json!({ "category": "error", "description": "Une réponse fausse." });
        assert_eq!(post(gateway, "/api/incidents", key, body).await.status, 201);
    }
    sink.letters(20).await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(sink.letters(20).await.len(), 20);
}

#[tokio::test]
async fn letters_that_are_given_up_are_seen_and_may_be_tried_again() {
    let file = File::new();
    let gateway = with(&file.url(), None, "essai").await;
    let office = &gateway.gateway.office;
    let incident = gardefou::office::Incident {
        id: uuid::Uuid::now_v7(),
        at: gardefou::domain::Timestamp(1_790_000_000_000),
        caller: "p".into(),
        tool: None,
        request: None,
        category: gardefou::office::IncidentCategory::Other,
        description: "x".into(),
        excerpt: None,
    };
    let letter = |ticket: &str| {
        vec![gardefou::office::Letter {
            recipient: "rssi@departement04.example".into(),
            subject: ticket.into(),
            body: String::new(),
        }]
    };
    office.open_incident(&incident, letter).await.expect("opened");
    let now = gardefou::domain::Timestamp(1_790_000_001_000);
    let claimed = office
        .claim_letter("un", now)
        .await
        .expect("the database")
        .expect("a letter");
    assert_eq!(
        office.claim_letter("deux", now).await.expect("the database"),
        None,
        "one gateway at a time"
    );
    let later = gardefou::domain::Timestamp(now.0 + 181_000);
    let taken_over = office.claim_letter("deux", later).await.expect("the database");
    assert_eq!(taken_over.expect("the claim is over").id, claimed.id);
    office
        .letter_failed(&claimed.id, "refused_550", None, later)
        .await
        .expect("written");
    assert_eq!(office.claim_letter("un", later).await.expect("the database"), None);
    let dead = office.dead_letters().await.expect("the database");
    assert_eq!((dead.len(), dead[0].trouble.as_deref()), (1, Some("refused_550")));
    assert!(office.revive_letter(&claimed.id, later).await.expect("the database"));
    assert!(office.claim_letter("un", later).await.expect("the database").is_some());
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

async fn a_ticket_is_its_authors_and_those_in_charge(url: &str) {
    let gateway = on(url).await;
    let author = signed_in(&gateway, AGENT).await;
    let fields = [
        ("categorie", "error"),
        ("description", "Une loi inventée."),
        ("envoi", "1"),
    ];
    let sent = author.submit("/signalements", "/signalements", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let address = sent.header("location").to_owned();
    let ticket = address.split(['/', '?']).nth(2).expect("a number").to_owned();
    let shown = author.open(&address).await;
    assert!(shown.body.contains("votre signalement est enregistré") && shown.body.contains("sans réponse"));
    assert!(!shown.body.contains("Clore le signalement"));
    let path = format!("/signalements/{ticket}");
    for name in [OTHER, PEOPLE[0].1, PEOPLE[1].1] {
        let stranger = signed_in(&gateway, name).await;
        let seen = stranger.open(&path).await;
        assert!(seen.status == 404 && !seen.body.contains("inventée"), "{name}");
        let list = stranger.open("/signalements").await;
        assert!(!list.body.contains(&ticket), "{name}");
        let fields = [("reponse", "Je regarde."), ("action", "clore")];
        assert_eq!(
            stranger.submit("/signalements", &path, &fields).await.status,
            404,
            "{name}"
        );
    }
    let closing = author.submit(&path, &path, &[("action", "clore")]).await;
    assert_eq!(closing.status, 403, "an author does not close");
    let security = signed_in(&gateway, PEOPLE[2].1).await;
    assert!(security.open("/signalements").await.body.contains(&ticket));
    let seen = security.open(&path).await;
    assert!(seen.status == 200 && seen.body.contains("Une loi inventée.") && !seen.body.contains(AGENT));
    let empty = security.submit(&path, &path, &[("action", "repondre")]).await;
    assert!(empty.status == 400 && empty.body.contains("href=\"#reponse\""));
    let secret = security
        .submit(&path, &path, &[("action", "repondre"), ("reponse", NIR)])
        .await;
    assert!(
        secret.status == 400 && secret.body.contains("hautement personnelles"),
        "{}",
        secret.body
    );
    let fields = [("action", "repondre"), ("reponse", "C'est transmis au fournisseur.")];
    assert_eq!(security.submit(&path, &path, &fields).await.status, 200);
    let dpo = signed_in(&gateway, PEOPLE[3].1).await;
    let closed = dpo.submit(&path, &path, &[("action", "clore")]).await;
    assert!(closed.body.contains("ce signalement est clos"), "{}", closed.body);
    let seen = author.open(&path).await.body;
    for words in [
        "RSSI, le",
        "transmis au fournisseur",
        "clos, en moins d",
        "Une loi inventée.",
    ] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
}

#[tokio::test]
async fn a_ticket_is_for_its_author_and_those_in_charge() {
    let (file, cluster) = (File::new(), Cluster::start().await);
    a_ticket_is_its_authors_and_those_in_charge(&file.url()).await;
    a_ticket_is_its_authors_and_those_in_charge(&cluster.url()).await;
}

#[tokio::test]
async fn a_ticket_that_waits_too_long_says_so_in_words() {
    let file = File::new();
    let gateway = on(&file.url()).await;
    let start = 1_790_000_000_000;
    gateway.at(start);
    let key = key(&gateway, AGENT).await;
    let body = json!({ "category": "data", "description": "Une adresse est apparue." });
    let ticket = post(&gateway, "/api/incidents", &key, body).await.json()["ticket"].clone();
    let path = format!("/signalements/{}", ticket.as_str().expect("a number"));
    for (days, words) in [
        (1, "ouvert depuis un jour, sans réponse"),
        (16, "en retard : ouvert depuis 16 jours"),
    ] {
        gateway.at(start + days * 24 * 3_600_000);
        let dpo = signed_in(&gateway, PEOPLE[3].1).await;
        assert!(dpo.open(&path).await.body.contains(words), "{words}");
        assert!(dpo.open("/signalements").await.body.contains(words), "{words}");
    }
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

/// Both years of a person, nobody else's, on the page and in the copy.
async fn everybody_sees_their_own(gateway: &TestGateway, url: &str) {
    let last_year = 1_766_000_000_000; // 2025-12-17
    gateway.at(last_year);
    let (mine, other) = (key(gateway, AGENT).await, key(gateway, OTHER).await);
    let old = asked(gateway, &mine, "Bonjour").await;
    gateway.at(last_year + 30 * 24 * 3_600_000);
    let new = asked(gateway, &mine, NIR).await;
    let foreign = asked(gateway, &other, "Bonsoir").await;
    let body = json!({ "category": "other", "description": "Signalé par une autre personne." });
    assert_eq!(post(gateway, "/api/incidents", &other, body).await.status, 201);
    for _ in 0..200 {
        if table(url, "SELECT CAST(id AS text) FROM usage_events").await.len() == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let me = signed_in(gateway, AGENT).await;
    let page = me.open("/mes-donnees").await;
    assert_eq!(page.status, 200, "{}", page.body);
    for there in [
        &*old,
        &*new,
        "acceptée",
        "refusée",
        "Contester ce refus",
        "données hautement personnelles : 1",
    ] {
        assert!(page.body.contains(there), "{there}: {}", page.body);
    }
    assert!(!page.body.contains(&foreign));
    assert!(page.body.contains(&format!("categorie=contest&amp;demande={new}")));
    let prefilled = me
        .open(&format!("/signalements?categorie=contest&demande={new}"))
        .await
        .body;
    assert!(prefilled.contains(&new) && prefilled.contains("value=\"contest\" selected"));
    let json = me
        .submit("/mes-donnees", "/mes-donnees/copie", &[("format", "json")])
        .await;
    assert!(
        json.header("content-disposition")
            .contains("mes-donnees-2026-01-16.json"),
        "{:?}",
        json.headers
    );
    let held = json.json();
    assert_eq!(held["usage_events"].as_array().expect("rows").len(), 2);
    assert_eq!(held["identity"], AGENT);
    let csv = me
        .submit("/mes-donnees", "/mes-donnees/copie", &[("format", "csv")])
        .await;
    assert!(
        csv.body.starts_with("\u{feff}liste;numéro;champ;valeur\n"),
        "{}",
        csv.body
    );
    for copy in [&json.body, &csv.body] {
        assert!(copy.contains(&old) && copy.contains(&new));
        assert!(!copy.contains(&foreign) && !copy.contains("autre personne"));
    }
}

#[tokio::test]
async fn everybody_sees_all_that_is_theirs_and_nothing_else() {
    let file = File::new();
    everybody_sees_their_own(&on(&file.url()).await, &file.url()).await;
    // As a login that may not read the journal: what it may read is given by pseudonym.
    let cluster = Cluster::start().await;
    schema::tend(&cluster.url()).await.expect("tables");
    crate::tables::run(&cluster.url(), "CREATE ROLE passerelle LOGIN IN ROLE gardefou_gateway").await;
    let login = cluster.url().replace("gardefou@", "passerelle@");
    everybody_sees_their_own(&on(&login).await, &cluster.url()).await;
    let counted = table(&cluster.url(), "SELECT kind FROM person_requests").await;
    assert_eq!(
        counted,
        [[Some("export".to_owned())], [Some("export".to_owned())]],
        "each copy, without the person"
    );
}

#[tokio::test]
async fn the_list_of_tools_is_for_every_origin_and_known_by_its_tag() {
    let file = File::new();
    let gateway = on(&file.url()).await;
    let first = heard(gateway.get("/api/tools").header("origin", "https://neo.example")).await;
    assert_eq!((first.status, first.header("access-control-allow-origin")), (200, "*"));
    assert!(!first.headers.contains_key("access-control-allow-credentials"));
    let tool = first.json()["tools"][0].clone();
    for (field, value) in [
        ("decision", json!({ "reference": "DGS-1", "date": "2025-06-12" })),
        ("review_before", json!("2040-01-01")),
        ("routed", json!(true)),
        ("groups", json!(["*"])),
        ("footprint_per_answer", Value::Null),
    ] {
        assert_eq!(tool[field], value, "{field}");
    }
    assert!(first.header("last-modified").ends_with(" GMT"), "{:?}", first.headers);
    let tag = first.header("etag").to_owned();
    let again = heard(gateway.get("/api/tools").header("if-none-match", &tag)).await;
    assert!(again.status == 304 && again.body.is_empty() && again.header("etag") == tag);
    assert_eq!(
        heard(gateway.get("/api/tools").header("if-none-match", "\"autre\""))
            .await
            .status,
        200
    );
    assert_eq!(
        heard(gateway.get("/api/charter"))
            .await
            .header("access-control-allow-origin"),
        ""
    );
}

#[tokio::test]
async fn the_committees_figures_are_for_the_committee() {
    let file = File::new();
    let gateway = on(&file.url()).await;
    let (agent, member) = (key(&gateway, AGENT).await, key(&gateway, PEOPLE[0].1).await);
    let get = async |path: &str, key: &str| heard(gateway.get(path).bearer_auth(key)).await;
    assert_eq!(get("/api/usage", &agent).await.json()["error"]["code"], "not-committee");
    assert_eq!(heard(gateway.get("/api/usage")).await.status, 401);
    assert_eq!(
        get("/api/usage?month=demain", &member).await.json()["error"]["code"],
        "bad-month"
    );
    assert_eq!(get("/api/usage?month=9999-01", &member).await.status, 400);
    let figures = get("/api/usage?month=2026-01", &member).await;
    assert_eq!(
        (figures.status, figures.json()["month"].clone()),
        (200, json!("2026-01")),
        "{}",
        figures.body
    );
    assert_eq!(figures.json()["figures"]["usage"], json!([]));
    let api = heard(gateway.get("/api/openapi.json")).await.json();
    assert_eq!(api["openapi"], "3.1.0");
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
