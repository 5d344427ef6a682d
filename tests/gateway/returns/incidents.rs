//! Tickets: numbered, followed by their author and those in charge, and told to the RSSI and the DPO by mail.

use super::*;

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
    let list = security.open("/signalements").await.body;
    assert!(
        list.contains(&format!("<a class=\"nowrap\" href=\"{path}\">{ticket}</a>")),
        "{list}"
    );
    assert!(
        list.contains("écrivez aussi au RSSI"),
        "an address is not called: {list}"
    );
    let (own, all) = (list.find("Mes signalements"), list.find("Tous les signalements"));
    assert!(own.is_some() && own < all, "one's own first: {list}");
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
