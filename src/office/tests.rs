//! The office on SQLite. PostgreSQL is in `tests/gateway/ledger/`.

use std::time::SystemTime;

use sqlx::Connection;

use super::*;
use crate::domain::Pseudonym;

const OWNER: &str = "a.martin@departement04.example";

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("gardefou-office-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.0.join("gardefou.db").display())
    }

    fn copy(&self) -> PathBuf {
        self.0.join("office.json")
    }

    async fn start(&self) -> (Office, OfficeTask) {
        Office::start(&self.url(), self.copy(), clock()).await.unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn clock() -> Clock {
    Arc::new(now)
}

#[expect(clippy::disallowed_methods, reason = "this is the desk of the tests")]
fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(now.as_millis()).unwrap())
}

async fn in_under_a_second(what: &str, check: impl Fn() -> bool) {
    for _ in 0..90 {
        if check() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("not in under a second: {what}");
}

#[tokio::test]
async fn a_key_is_known_everywhere_and_refused_everywhere_once_revoked() {
    let folder = Folder::new();
    let (here, _task) = folder.start().await;
    let (there, _other) = folder.start().await;
    // As a handler would: on another task.
    let maker = here.clone();
    let made = tokio::spawn(async move { maker.create_key(OWNER, &["solidarites".into()], None).await });
    let (record, secret) = made.await.unwrap().unwrap();
    assert_eq!(here.key(&secret).unwrap(), record);
    in_under_a_second("the other gateway knows the key", || there.key(&secret).is_some()).await;
    assert!(there.revoke_key(&record.id).await.unwrap());
    assert_eq!(there.key(&secret), None);
    in_under_a_second("this gateway refuses the key", || here.key(&secret).is_none()).await;
    assert!(
        !here.revoke_key(&record.id).await.unwrap(),
        "there is nothing left to revoke"
    );
    assert_eq!(here.list_keys().await.unwrap()[0].id, record.id);
}

#[tokio::test]
async fn a_key_that_is_replaced_hands_over_its_owner_and_groups() {
    let folder = Folder::new();
    let office = Office::open(&folder.url(), clock()).await.unwrap();
    let end = Some(Timestamp(now().0 + 60_000));
    let (old, old_secret) = office.create_key(OWNER, &["solidarites".into()], end).await.unwrap();
    let (new, new_secret) = office.rotate_key(&old.id).await.unwrap().unwrap();
    assert_eq!(
        (&new.owner, &new.groups, new.expires_at),
        (&old.owner, &old.groups, end)
    );
    assert_ne!(new.id, old.id);
    assert_eq!(office.key(&old_secret), None);
    assert_eq!(office.key(&new_secret), Some(new));
    assert_eq!(office.rotate_key(&old.id).await.unwrap(), None);
    assert_eq!(office.rotate_key("k0").await.unwrap(), None);
}

#[tokio::test]
async fn a_key_ends_with_its_time() {
    let folder = Folder::new();
    let time = Arc::new(std::sync::atomic::AtomicI64::new(1_000));
    let hands = Arc::clone(&time);
    let clock: Clock = Arc::new(move || Timestamp(hands.load(std::sync::atomic::Ordering::Relaxed)));
    let office = Office::open(&folder.url(), clock).await.unwrap();
    let (_, secret) = office.create_key(OWNER, &[], Some(Timestamp(2_000))).await.unwrap();
    for (now, valid) in [(1_999, true), (2_000, false)] {
        time.store(now, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(office.key(&secret).is_some(), valid, "at {now}");
    }
}

fn attested(caller: &str, training: &str, (year, month, day): (i16, i8, i8)) -> Attested {
    Attested {
        caller: Pseudonym::new(caller),
        training: training.to_owned(),
        valid_until: jiff::civil::Date::constant(year, month, day),
    }
}

#[tokio::test]
async fn imported_trainings_are_known_everywhere_and_an_import_can_be_done_again() {
    let folder = Folder::new();
    let (here, _task) = folder.start().await;
    let (there, _other) = folder.start().await;
    let first = [
        attested("p1", "ia", (2027, 1, 1)),
        attested("p1", "ia", (2026, 1, 1)),
        attested("p2", "ia", (2027, 1, 1)),
        attested("p2", "sante", (2027, 6, 1)),
    ];
    let done = |new, changed, known, removed| Imported {
        new,
        changed,
        known,
        removed,
    };
    assert_eq!(here.import_attestations(&first, false).await.unwrap(), done(3, 0, 0, 0));
    assert_eq!(here.attestations("p1").len(), 1, "the later day of two counts");
    assert_eq!(here.attestations("p1")[0].valid_until.year(), 2027);
    in_under_a_second("the other gateway knows the trainings", || {
        there.attestations("p2").len() == 2
    })
    .await;
    assert_eq!(here.import_attestations(&first, false).await.unwrap(), done(0, 0, 3, 0));
    let second = [attested("p2", "ia", (2026, 12, 1)), attested("p3", "ia", (2028, 1, 1))];
    assert_eq!(
        here.import_attestations(&second, false).await.unwrap(),
        done(1, 1, 0, 0)
    );
    assert_eq!(here.attestations("p1").len(), 1, "what the table does not have stays");
    assert_eq!(here.import_attestations(&second, true).await.unwrap(), done(0, 0, 2, 2));
    assert_eq!((here.attestations("p1").len(), here.attestations("p2").len()), (0, 1));
    in_under_a_second("the other gateway forgets them", || there.attestations("p1").is_empty()).await;
    assert_eq!(there.attestations("p2")[0].valid_until.to_string(), "2026-12-01");
}

#[tokio::test]
async fn a_valid_key_stays_valid_when_a_start_finds_no_database() {
    let folder = Folder::new();
    let (office, task) = folder.start().await;
    let (record, secret) = office.create_key(OWNER, &[], None).await.unwrap();
    office.accept_charter("9f86d081884c7d65", "2025-06").await.unwrap();
    let trained = attested("9f86d081884c7d65", "ia-sante", (2027, 1, 31));
    office
        .import_attestations(std::slice::from_ref(&trained), false)
        .await
        .unwrap();
    task.shutdown().await;
    let nowhere = "postgres://nobody@127.0.0.1:1/nowhere";
    let (blind, _task) = Office::start(nowhere, folder.copy(), clock()).await.unwrap();
    assert!(blind.is_loaded());
    assert_eq!(blind.key(&secret), Some(record));
    assert_eq!(blind.accepted_charters("9f86d081884c7d65"), ["2025-06"]);
    assert_eq!(
        blind.attestations("9f86d081884c7d65")[0].valid_until,
        trained.valid_until
    );
    assert!(blind.create_key(OWNER, &[], None).await.is_err());
    let copy = std::fs::read_to_string(folder.copy()).unwrap();
    assert!(
        !copy.contains(&secret) && !copy.contains(&secret[3..46]),
        "the copy holds hashes, never keys"
    );
}

#[tokio::test]
async fn without_database_and_copy_no_key_is_known_and_the_office_says_so() {
    let folder = Folder::new();
    let (office, _task) = Office::start("postgres://nobody@127.0.0.1:1/nowhere", folder.copy(), clock())
        .await
        .unwrap();
    assert!(!office.is_loaded());
    let error = office.list_keys().await.unwrap_err().to_string();
    assert!(!error.contains("nobody"), "{error}");
    let address = Office::open("mysql://root@db/x", clock()).await.err().unwrap();
    assert!(matches!(address, OfficeError::Address));
}

#[tokio::test]
async fn an_acceptance_counts_at_once_and_once() {
    let folder = Folder::new();
    let (office, _task) = folder.start().await;
    assert!(office.accepted_charters("abc").is_empty());
    for version in ["2025-06", "2025-06", "2026-01"] {
        office.accept_charter("abc", version).await.unwrap();
    }
    assert_eq!(office.accepted_charters("abc"), ["2025-06", "2026-01"]);
    assert!(office.accepted_charters("def").is_empty());
}

#[tokio::test]
async fn a_change_made_by_hand_counts_too() {
    let folder = Folder::new();
    let (office, _task) = folder.start().await;
    let (_, secret) = office.create_key(OWNER, &[], None).await.unwrap();
    let mut sql = sqlx::SqliteConnection::connect(&folder.url()).await.unwrap();
    sqlx::query("UPDATE api_keys SET revoked_at_ms = 1")
        .execute(&mut sql)
        .await
        .unwrap();
    in_under_a_second("the key is refused", || office.key(&secret).is_none()).await;
}

#[tokio::test]
async fn nothing_but_hashes_is_stored() {
    let folder = Folder::new();
    let office = Office::open(&folder.url(), clock()).await.unwrap();
    let (record, secret) = office.create_key(OWNER, &[], None).await.unwrap();
    drop(office);
    for file in std::fs::read_dir(&folder.0).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(20).any(|window| window == &secret.as_bytes()[10..30]));
    }
    assert!(
        !format!("{record:?}").contains("martin"),
        "Debug does not show whose key it is"
    );
}

#[tokio::test]
async fn what_callers_say_back_is_kept_with_its_instants() {
    let folder = Folder::new();
    let office = Office::open(&folder.url(), clock()).await.unwrap();
    let feedback = |rating| Feedback {
        id: uuid::Uuid::now_v7(),
        at: Timestamp(1_000),
        caller: "p1".into(),
        direction: Some("Culture".into()),
        tool: Some("gemini".into()),
        request: None,
        rating,
        comment: None,
        sense: None,
        less_contact: None,
    };
    office.add_feedback(&[feedback(Some(5)), feedback(None)]).await.unwrap();
    // One that is wrong, and nothing of the rest is written either.
    let wrong = office.add_feedback(&[feedback(Some(4)), feedback(Some(6))]).await;
    assert!(matches!(wrong, Err(OfficeError::Rating)));
    let incident = Incident {
        id: uuid::Uuid::now_v7(),
        at: Timestamp(2_000),
        caller: "p1".into(),
        tool: None,
        request: None,
        category: IncidentCategory::Discrimination,
        description: "réponse inéquitable".into(),
        excerpt: None,
    };
    office.add_incidents(std::slice::from_ref(&incident)).await.unwrap();
    assert!(
        !office.close_incident(incident.id, Timestamp(1_999)).await.unwrap(),
        "before it was opened"
    );
    assert!(office.close_incident(incident.id, Timestamp(3_000)).await.unwrap());
    assert!(
        !office.close_incident(incident.id, Timestamp(4_000)).await.unwrap(),
        "a second time"
    );
    let accepted = ("p1".to_owned(), "2025-06".to_owned(), Timestamp(5));
    office.accept_charters(std::slice::from_ref(&accepted)).await.unwrap();
    assert_eq!(office.accepted_charters("p1"), ["2025-06"]);

    let mut database = sqlx::SqliteConnection::connect(&folder.url()).await.unwrap();
    let rated: (i64, i64) = sqlx::query_as("SELECT count(*), count(rating) FROM feedback WHERE created_at_ms = 1000")
        .fetch_one(&mut database)
        .await
        .unwrap();
    assert_eq!(rated, (2, 1));
    let closed: (String, String, i64) = sqlx::query_as("SELECT category, status, closed_at_ms FROM incidents")
        .fetch_one(&mut database)
        .await
        .unwrap();
    assert_eq!(closed, ("discrimination".into(), "closed".into(), 3_000));
    assert!(!format!("{incident:?}").contains("inéquitable"));
}

#[tokio::test]
async fn the_committee_s_list_follows_the_policy_even_where_the_database_comes_later() {
    let folder = Folder::new();
    // A folder where the database's own must be: it cannot be opened yet.
    let path = folder.0.join("gardefou.db");
    std::fs::create_dir(&path).unwrap();
    let (office, task) = folder.start().await;
    let source = include_str!("../../config/policy.toml");
    let day = "2026-11-24".parse().unwrap();
    let first = crate::policy::Policy::read(source, "policy.toml", day).unwrap();
    let source = format!("{source}\n[[direction]]\nname = \"Solidarités\"\nagents = 420\n");
    let second = crate::policy::Policy::read(&source, "policy.toml", day).unwrap();
    office.announce(&first);
    sleep(Duration::from_millis(50)).await;
    office.announce(&second);
    std::fs::remove_dir(&path).unwrap();
    let mut agents = None;
    for _ in 0..600 {
        sleep(Duration::from_millis(50)).await;
        let Ok(mut sql) = sqlx::SqliteConnection::connect(&folder.url()).await else {
            continue;
        };
        let read = sqlx::query_scalar("SELECT agents FROM policy_directions WHERE direction = 'Solidarités'");
        agents = read.fetch_optional(&mut sql).await.ok().flatten();
        if agents.is_some() {
            let listed: i64 =
                sqlx::query_scalar("SELECT count(*) FROM committee_tools WHERE decision_date IS NOT NULL")
                    .fetch_one(&mut sql)
                    .await
                    .unwrap();
            assert!(listed > 0, "tools have their decisions");
            break;
        }
    }
    assert_eq!(agents, Some(420_i64));
    task.shutdown().await;
}

fn policy(comment: &str) -> (crate::policy::Policy, String) {
    let source = format!("{}\n# {comment}\n", include_str!("../../config/policy.toml"));
    let day = "2026-11-24".parse().unwrap();
    (
        crate::policy::Policy::read(&source, "policy.toml", day).unwrap(),
        source,
    )
}

fn puts_in_force(office: &Office, (policy, document): &(crate::policy::Policy, String), because: Because) {
    let coming = ComesIntoForce {
        instance: "essai-1",
        policy,
        document,
        because,
        signed_by: &["Direction générale des services".into()],
    };
    office.comes_into_force(coming).unwrap();
    // The next one comes in another millisecond, as in life.
    std::thread::sleep(Duration::from_millis(2));
}

#[tokio::test]
async fn every_version_that_was_in_force_arrives_though_the_database_comes_later_and_the_process_dies() {
    let folder = Folder::new();
    let path = folder.0.join("gardefou.db");
    std::fs::create_dir(&path).unwrap();
    let (first, second, third) = (policy("one"), policy("two"), policy("three"));
    let (office, task) = folder.start().await;
    assert!(office.last_policy().await.is_err(), "nobody knows");
    puts_in_force(&office, &first, Because::Start);
    puts_in_force(&office, &second, Because::Reload);
    puts_in_force(&office, &first, Because::Reload);
    assert_eq!(office.last_policy().await.unwrap().unwrap().hash, first.0.hash());
    task.shutdown().await;
    drop(office);
    std::fs::remove_dir(&path).unwrap();
    let (office, task) = folder.start().await;
    puts_in_force(&office, &third, Because::Start);
    let mut loads = Vec::new();
    for _ in 0..600 {
        sleep(Duration::from_millis(20)).await;
        loads = office.policy_loads(10).await.unwrap();
        if loads.len() == 4 {
            break;
        }
    }
    let listed: Vec<_> = loads.iter().map(|load| (&*load.hash, &*load.reason)).collect();
    let hashes = [&third, &first, &second, &first].map(|(policy, _)| policy.hash());
    let wanted: Vec<_> = hashes.into_iter().zip(["start", "reload", "reload", "start"]).collect();
    assert_eq!(listed, wanted, "newest first");
    assert_eq!(loads[0].signed_by, ["Direction générale des services"]);
    assert_eq!(office.policy_loads(1).await.unwrap(), loads[..1]);
    for (policy, document) in [&first, &second, &third] {
        let version = office.policy_version(policy.hash()).await.unwrap().unwrap();
        assert_eq!(
            (&*version.document, &*version.full_hash),
            (&**document, policy.full_hash())
        );
        assert_eq!(version.charter_version, policy.charter().version);
        assert_eq!((&*version.instance, version.signed_by.len()), ("essai-1", 1));
        assert!(!format!("{version:?}").contains("charter"));
    }
    assert_eq!(office.policy_version("0000000000000000").await.unwrap(), None);
    // What arrived is gone from the disk, but for the last.
    let kept = folder.0.join("policies");
    for _ in 0..100 {
        if std::fs::read_dir(&kept).unwrap().count() == 1 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 1);
    task.shutdown().await;
    // Another gateway, with no disk of its own, asks the database.
    let elsewhere = Office::open(&folder.url(), clock()).await.unwrap();
    assert_eq!(elsewhere.last_policy().await.unwrap().unwrap().hash, third.0.hash());
}

#[tokio::test]
async fn a_false_positive_is_a_count_and_nothing_else() {
    let folder = Folder::new();
    let (office, task) = folder.start().await;
    let report = |day: &str, kind: &str| FalsePositive {
        day: day.parse().unwrap(),
        kind: kind.into(),
        class: "personal".into(),
        tool: "gemini".into(),
    };
    for (day, kind) in [
        ("2026-11-01", "PERSON"),
        ("2026-11-20", "PERSON"),
        ("2026-11-28", "PERSON"),
        ("2026-11-28", "PERSON"),
        ("2026-11-27", "PLATE"),
    ] {
        office.count_false_positive(&report(day, kind)).await.unwrap();
    }
    let seen = office.false_positives("2026-11-20".parse().unwrap()).await.unwrap();
    let lines: Vec<_> = seen
        .iter()
        .map(|line| (line.kind.as_str(), line.reports, line.last.as_str()))
        .collect();
    assert_eq!(lines, [("PERSON", 3, "2026-11-28"), ("PLATE", 1, "2026-11-27")]);
    task.shutdown().await;
}
