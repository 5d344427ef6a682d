//! What each sees: of their own data, of the list of tools, of the committee's figures.

use super::*;

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
    let contest = json!({ "category": "contest", "description": "Ce numéro est un exemple.", "request_id": new });
    let ticket = post(gateway, "/api/incidents", &mine, contest).await.json();
    let number = ticket["ticket"].as_str().expect("a number");
    let page = me.open("/mes-donnees").await.body;
    assert!(
        page.contains(&format!("href=\"/signalements/{number}\">{number}</a>")),
        "{page}"
    );
    assert!(!page.contains("Contester ce refus"), "once is enough: {page}");
    assert!(
        page.contains("Contrôle des données : données hautement personnelles"),
        "{page}"
    );
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
    // The table is for people: no name of a column, no word of the ledger.
    let row = held["usage_events"][0].as_object().expect("a row");
    let cells: Vec<_> = csv
        .body
        .lines()
        .map(|line| line.split(';').collect::<Vec<_>>())
        .collect();
    for name in row.keys().filter(|name| *name != "direction") {
        assert!(cells.iter().all(|cells| cells[2] != name), "{name}");
    }
    for word in ["allowed", "refused", "completed", "none", "text", "true", "screening"] {
        assert!(cells.iter().all(|cells| cells[3] != word), "{word}");
    }
    assert!(csv.body.contains(";décision;refusée\n"), "{}", csv.body);
    assert!(
        held["information"][3]["text"]
            .as_str()
            .expect("a sentence")
            .contains(" jours après")
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
    let scanned = post(&gateway, "/api/scan", &agent, json!({ "text": NIR })).await.json();
    let fields = |object: &Value| {
        object
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let told = &api["components"]["schemas"]["Inspection"]["properties"];
    assert_eq!(
        fields(&scanned["spans"][0]),
        fields(&told["spans"]["items"]["properties"])
    );
}
