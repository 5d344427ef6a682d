//! The rights of a person, on both engines: exactly their data is shown, and after the erasure nothing names them while
//! the chain holds and as many people are counted as before.

use std::{path::Path, sync::Arc};

use gardefou::{
    domain::{Entry, Identity, Pseudonym, Timestamp},
    identity::Pseudonyms,
    ledger::{
        Evidence, LedgerSettings, PublicKeys, Signer, Strict,
        person::{Erased, Erasure, Held, PersonError, Subject, erase, export},
        verify,
    },
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqlSafeStr};

use super::{Folder, SOON, completed, connect, entry, now, start};
use crate::support::postgres::Cluster;

const ALICE: &str = "Alice.Roux@departement04.example";
const BOB: &str = "bob.petit@departement04.example";
/// 15 December 2025 and 20 January 2026.
const YEARS: [i64; 2] = [1_765_800_000_000, 1_768_900_000_000];

fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(&[7; 32]).expect("long enough")
}

fn name(identity: &Identity, year: Option<i16>) -> Pseudonym {
    match year {
        Some(year) => pseudonyms().of_year(identity, year),
        None => pseudonyms().of(identity),
    }
}

/// Every name of a person in these stories.
fn names(who: &str) -> Vec<String> {
    let identity = Identity::new(who);
    let all = [None, Some(2025), Some(2026)].map(|year| name(&identity, year).as_str().to_owned());
    all.to_vec()
}

fn asked(who: &str, at: i64, instance: &str) -> Entry {
    Entry {
        occurred_at: Timestamp(at),
        caller: pseudonyms().at(&Identity::new(who), Timestamp(at)).as_str().to_owned(),
        instance: instance.into(),
        purpose: Some("Préparer la réunion".into()),
        ..entry()
    }
}

fn signing(folder: &Folder, url: &str, instance: &str) -> LedgerSettings {
    let signer = Signer::from_file(&folder.0.join("ledger.key")).expect("a key");
    LedgerSettings {
        signer: Some(Arc::new(signer)),
        instance: instance.into(),
        outbox: folder.0.join(format!("{instance}.db")),
        ..folder.settings(url)
    }
}

/// Two years, two gateways, two persons; and a row of Alice from before pseudonyms had years.
async fn filled(folder: &Folder, url: &str) {
    for instance in ["essai-1", "essai-2"] {
        let (ledger, tasks) = start(signing(folder, url, instance)).await;
        for at in YEARS {
            for who in [ALICE, BOB, ALICE] {
                ledger
                    .record(asked(who, at, instance), completed())
                    .await
                    .expect("a record");
            }
        }
        let before = Entry {
            caller: names(ALICE)[0].clone(),
            ..asked(ALICE, YEARS[0], instance)
        };
        ledger.record(before, completed()).await.expect("a record");
        assert!(ledger.flush(SOON).await && tasks.shutdown().await);
    }
    let mut sql = connect(url).await;
    for (who, id) in [(ALICE, "a"), (BOB, "b")] {
        let names = names(who);
        for statement in [
            format!(
                "INSERT INTO charter_acceptances (caller, charter_version, accepted_at_ms) VALUES ('{}', '2025-06', 1)",
                names[0]
            ),
            format!(
                "INSERT INTO attestations (caller, training, valid_until, imported_at_ms) VALUES ('{}', 'ia-sante', '2027-01-31', 1)",
                names[0]
            ),
            format!(
                "INSERT INTO sessions (id, caller, sealed, sign_in, opened_at_ms, seen_at_ms) VALUES ('s{id}', '{}', 'scellé-{id}', 'c{id}', 1, 1)",
                names[0]
            ),
            format!(
                "INSERT INTO directory_people (caller, groups, direction) VALUES ('{}', '[\"solidarites\"]', 'Solidarités')",
                names[0]
            ),
            format!(
                "INSERT INTO subjects (caller, subject, seen_at_ms) VALUES ('{}', 'sujet-{id}', 1)",
                names[0]
            ),
            format!(
                "INSERT INTO feedback (id, created_at_ms, caller, rating, comment) VALUES ('f{id}', {}, '{}', 4, 'Utile')",
                YEARS[1], names[2]
            ),
            format!(
                "INSERT INTO incidents (id, created_at_ms, caller, category, description, status) VALUES ('i{id}', {}, '{}', 'autre', 'Lent', 'open')",
                YEARS[0], names[1]
            ),
            format!(
                "INSERT INTO api_keys (id, secret_hash, owner, groups, created_at_ms) VALUES ('k{id}', 'hash-{id}', '{}', '[\"solidarites\"]', 1)",
                who.to_lowercase()
            ),
            format!(
                "INSERT INTO workspace_events (event_key, month, occurred_on, caller, direction, app, action, category) VALUES ('w{id}', '2026-01', '2026-01-20', '{}', '', 'gmail', '', '')",
                names[2]
            ),
        ] {
            let query = sqlx::query(AssertSqlSafe(statement).into_sql_str());
            query.execute(&mut sql).await.expect("a row");
        }
    }
}

async fn exported(folder: &Folder, url: &str, who: &str) -> Held {
    let (identity, outbox) = (Identity::new(who), folder.0.join("essai-1.db"));
    export(subject(&identity, url, &outbox), now(), now())
        .await
        .expect("an export")
}

fn subject<'a>(identity: &'a Identity, url: &'a str, outbox: &'a Path) -> Subject<'a> {
    Subject {
        identity,
        names: &name,
        database_url: url,
        outbox,
    }
}

async fn erased(folder: &Folder, url: &str, who: &str, for_good: bool) -> Result<Erased, PersonError> {
    let (identity, outbox) = (Identity::new(who), folder.0.join("essai-1.db"));
    let signer = Signer::from_file(&folder.0.join("ledger.key")).expect("a key");
    erase(Erasure {
        subject: subject(&identity, url, &outbox),
        signer: &signer,
        asked_at: Timestamp(now().0 - 3 * 86_400_000),
        now: now(),
        reason: Some("demande par courrier"),
        for_good,
    })
    .await
}

/// People and requests by month, tool and direction, as the committee's views count them.
async fn counted(url: &str) -> Vec<(String, i64, i64)> {
    let mut all = Vec::new();
    for table in [
        "usage_by_caller",
        "usage_by_rule",
        "usage_by_class",
        "usage_by_failure",
        "usage_by_demand",
    ] {
        let sql = format!(
            "SELECT month, COUNT(DISTINCT caller), CAST(SUM(requests) AS BIGINT) FROM {table} GROUP BY month ORDER BY month"
        );
        let rows = sqlx::query(AssertSqlSafe(sql).into_sql_str())
            .fetch_all(&mut connect(url).await)
            .await;
        all.extend(
            rows.expect("counts")
                .iter()
                .map(|row| (row.get(0), row.get(1), row.get(2))),
        );
    }
    all
}

/// Every text of every table that holds a caller or an owner.
async fn mentions(url: &str, words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (table, column) in [
        ("usage_events", "caller"),
        ("usage_by_caller", "caller"),
        ("usage_by_rule", "caller"),
        ("usage_by_class", "caller"),
        ("usage_by_failure", "caller"),
        ("usage_by_demand", "caller"),
        ("charter_acceptances", "caller"),
        ("attestations", "caller"),
        ("sessions", "caller"),
        ("directory_people", "caller"),
        ("subjects", "caller"),
        ("feedback", "caller"),
        ("incidents", "caller"),
        ("workspace_events", "caller"),
        ("api_keys", "owner"),
        ("person_requests", "reason"),
    ] {
        let sql = format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL");
        let rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql).into_sql_str())
            .fetch_all(&mut connect(url).await)
            .await;
        let rows = rows.expect("texts");
        found.extend(
            rows.into_iter()
                .filter(|text| words.contains(text))
                .map(|_| format!("{table}.{column}")),
        );
    }
    found
}

async fn rights_are_granted(url: &str, folder: &Folder) {
    filled(folder, url).await;
    let alice = exported(folder, url, ALICE).await;
    assert_eq!(
        alice.usage_events.len(),
        10,
        "two years, two gateways, and the old rows"
    );
    let own = names(ALICE);
    for row in &alice.usage_events {
        assert!(own.iter().any(|name| row["caller"] == name.as_str()), "{row:?}");
        assert!(
            row["purpose"] == "Préparer la réunion" && row["findings"]["personal"] == 2 && !row.contains_key("chain")
        );
        assert_eq!(row["stream"], true);
    }
    let others = [
        &alice.charter_acceptances,
        &alice.attestations,
        &alice.sessions,
        &alice.directory,
        &alice.subjects,
        &alice.feedback,
        &alice.incidents,
        &alice.api_keys,
        &alice.workspace_events,
    ];
    assert!(others.iter().all(|list| list.len() == 1), "{alice:?}");
    assert!(
        alice.feedback[0]["comment"] == "Utile" && alice.api_keys[0]["id"] == "ka",
        "{alice:?}"
    );
    let text = serde_json::to_string(&alice).expect("JSON");
    assert!(!text.contains("hash-a") && !text.contains("scellé") && !text.contains("sujet-"));
    assert!(names(BOB).iter().all(|name| !text.contains(name.as_str())));

    let before = counted(url).await;
    let counting = erased(folder, url, ALICE, false).await.expect("counts");
    assert!(!mentions(url, &own).await.is_empty(), "without a yes nothing is done");
    let done = erased(folder, url, ALICE, true).await.expect("an erasure");
    assert_eq!(done, counting);
    assert_eq!(
        (
            done.usage_events,
            done.charter_acceptances,
            done.attestations,
            done.sessions,
            done.directory,
            done.feedback,
            done.incidents,
            done.api_keys
        ),
        (10, 1, 1, 1, 2, 1, 1, 1)
    );
    let mut words = own.clone();
    words.push(ALICE.to_lowercase());
    assert_eq!(mentions(url, &words).await, Vec::<String>::new());
    assert_eq!(counted(url).await, before, "as many people and requests are counted");
    let keys = PublicKeys::read(&folder.0.join("ledger.pub")).expect("keys");
    let report = verify(url, &Evidence::new(keys, Strict::All)).await.expect("a report");
    assert!(report.intact, "{report:?}");
    assert_eq!(
        report.chains.iter().map(|chain| chain.erased).collect::<Vec<_>>(),
        [5, 5]
    );

    let nothing = exported(folder, url, ALICE).await;
    assert_eq!(nothing.count(), 0);
    let bob = exported(folder, url, BOB).await;
    assert_eq!((bob.usage_events.len(), bob.count()), (4, 13), "nobody else is touched");
    assert_eq!(erased(folder, url, ALICE, true).await.expect("nothing left").count(), 0);
    let sql = "SELECT kind, rows, done_at_ms - asked_at_ms FROM person_requests WHERE kind = 'erase' ORDER BY done_at_ms, rows DESC";
    let journal = sqlx::query(sql)
        .fetch_all(&mut connect(url).await)
        .await
        .expect("the journal");
    assert_eq!(journal.len(), 2);
    assert_eq!(journal[0].get::<i64, _>(1), done.count() as i64);
    assert!(
        (259_200_000..260_000_000).contains(&journal[0].get::<i64, _>(2)),
        "three days"
    );
}

#[tokio::test]
async fn a_person_sees_and_erases_what_is_theirs_on_sqlite() {
    let folder = Folder::new();
    let url = folder.sqlite();
    rights_are_granted(&url, &folder).await;
    for file in ["gardefou.db", "gardefou.db-wal"] {
        let bytes = std::fs::read(folder.0.join(file)).unwrap_or_default();
        for word in names(ALICE).into_iter().chain([ALICE.to_lowercase()]) {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{file} still holds a name");
        }
    }
    let kept = std::fs::read(folder.0.join("gardefou.db")).expect("a file");
    let bob = &names(BOB)[2];
    assert!(
        kept.windows(bob.len()).any(|window| window == bob.as_bytes()),
        "and the search finds names that are there"
    );
}

#[tokio::test]
async fn a_person_sees_and_erases_what_is_theirs_on_postgresql() {
    let cluster = Cluster::start().await;
    let folder = Folder::new();
    let mut owner = PgConnection::connect(&cluster.url()).await.expect("the database");
    // Made by its owner; then whoever is only a member of gardefou_dpo does it all.
    filled_then_as_dpo(&cluster, &folder, &mut owner).await;
}

async fn filled_then_as_dpo(cluster: &Cluster, folder: &Folder, owner: &mut PgConnection) {
    rights_are_granted(&cluster.url(), folder).await;
    for statement in [
        "CREATE ROLE marie LOGIN IN ROLE gardefou_dpo",
        "CREATE ROLE paul LOGIN IN ROLE gardefou_gateway",
    ] {
        sqlx::query(statement).execute(&mut *owner).await.expect("a role");
    }
    let marie = cluster.url().replace("gardefou@", "marie@");
    assert_eq!(exported(folder, &marie, BOB).await.count(), 13);
    let done = erased(folder, &marie, BOB, true).await.expect("an erasure");
    assert_eq!((done.usage_events, done.api_keys), (4, 1));
    assert!(mentions(&cluster.url(), &names(BOB)).await.is_empty());
    let keys = PublicKeys::read(&folder.0.join("ledger.pub")).expect("keys");
    assert!(
        verify(&marie, &Evidence::new(keys, Strict::All))
            .await
            .expect("a report")
            .intact
    );
    let mut sql = PgConnection::connect(&marie).await.expect("the database");
    for forbidden in [
        "UPDATE usage_events SET decision = 'allowed'",
        "DELETE FROM usage_events",
        "UPDATE usage_by_caller SET requests = 1",
        "UPDATE incidents SET description = ''",
        "SELECT secret_hash FROM api_keys",
        "DELETE FROM erased_rows",
        "UPDATE person_requests SET rows = 0",
        "INSERT INTO chain_signatures VALUES ('x', 1, '', 1, '', '')",
        "UPDATE chain_heads SET instance_seq = 0",
    ] {
        let said = sqlx::query(forbidden).execute(&mut sql).await.expect_err(forbidden);
        let code = said
            .as_database_error()
            .and_then(|e| e.code().map(|code| code.into_owned()));
        assert_eq!(code.as_deref(), Some("42501"), "{forbidden}");
    }
    let paul = cluster.url().replace("gardefou@", "paul@");
    assert!(
        erased(folder, &paul, ALICE, true).await.is_err(),
        "a gateway may not erase"
    );
}

#[tokio::test]
async fn what_waits_in_the_outbox_is_shown_and_stops_an_erasure() {
    let folder = Folder::new();
    let url = folder.sqlite();
    filled(&folder, &url).await;
    let away = LedgerSettings {
        database_url: "postgres://nobody@127.0.0.1:1/nowhere".into(),
        ..signing(&folder, &url, "essai-1")
    };
    let (ledger, tasks) = start(away).await;
    let receipt = ledger.open(asked(ALICE, YEARS[1], "essai-1")).await.expect("a receipt");
    ledger
        .record(asked(ALICE, YEARS[1], "essai-1"), completed())
        .await
        .expect("a record");
    ledger
        .record(asked(BOB, YEARS[1], "essai-1"), completed())
        .await
        .expect("a record");
    let held = exported(&folder, &url, ALICE).await;
    assert_eq!(held.waiting.len(), 2, "while the gateway runs");
    assert!(held.waiting[0]["settlement"].is_null() && held.waiting[1]["settlement"]["outcome"] == "completed");
    let refused = erased(&folder, &url, ALICE, true).await;
    assert!(matches!(refused, Err(PersonError::Waiting(2))), "{refused:?}");
    assert!(refused.unwrap_err().to_string().contains("file locale"));
    drop(receipt);
    drop(tasks);
}
