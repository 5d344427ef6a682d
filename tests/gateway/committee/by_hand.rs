//! New users, trainings, upkeep and lost rows: a few lines written by hand, and what the views make of them.

use gardefou::{
    committee::{Figures, NewcomerCell, TrainingLine},
    domain::Timestamp,
    ledger::{Evidence, record, verify},
    schema::{Engine, close_months},
};

use super::{FIRST, LAST, Store, World, month, world};
use crate::support::postgres::Cluster;

/// Milliseconds of a day of January 2024, at noon; of February after the 31st.
fn noon(day: i64) -> i64 {
    1_704_067_200_000 + (day - 1) * 86_400_000 + 43_200_000
}

fn newcomers(shown: &Figures) -> Vec<(String, Option<i64>)> {
    let told = |cell: &NewcomerCell| (cell.month.to_string(), cell.people);
    shown.newcomers.iter().map(told).collect()
}

async fn people_are_new_once_and_stay_so(store: &mut Store) {
    store.fill(&world(2, month(FIRST), 3, false)).await;
    store
        .run("DELETE FROM charter_acceptances; DELETE FROM policy_charter".to_owned())
        .await;
    // Eleven in January, of whom seven accept the next version in February; three in February, who are too few.
    for person in 0..14 {
        let day = if person < 11 { 10 } else { 40 };
        store
            .run(format!(
                "INSERT INTO charter_acceptances VALUES ('p{person}', '2023-01', {})",
                noon(day)
            ))
            .await;
        if person < 7 {
            store
                .run(format!(
                    "INSERT INTO charter_acceptances VALUES ('p{person}', '2024-02', {})",
                    noon(45)
                ))
                .await;
        }
    }
    let unknown = newcomers(&store.shown(FIRST, LAST).await);
    assert_eq!(
        unknown,
        [("2024-01".to_owned(), None)],
        "nobody said whether the charter is to be accepted"
    );
    store
        .run("INSERT INTO policy_charter VALUES ('2024-02', 'required')".to_owned())
        .await;
    let ten = [("2024-01".to_owned(), Some(10))];
    assert_eq!(newcomers(&store.shown(FIRST, LAST).await), ten);
    close_months(&mut store.sql, store.engine).await.expect("closed");
    // Two are forgotten; a month that is closed does not tell of it.
    store
        .run("DELETE FROM charter_acceptances WHERE caller IN ('p1', 'p2')".to_owned())
        .await;
    assert_eq!(newcomers(&store.shown(FIRST, LAST).await), ten);
    store
        .run("UPDATE policy_charter SET acceptance = 'off'".to_owned())
        .await;
    assert_eq!(
        newcomers(&store.shown(FIRST, LAST).await),
        [("2024-01".to_owned(), None)]
    );
}

async fn trainings_are_counted_in_fives(store: &mut Store) {
    store
        .run(
            "INSERT INTO policy_trainings VALUES ('ia-sante', 30), ('ia-droit', NULL), ('ia-neuve', 4);
             INSERT INTO policy_attestations VALUES ('ia-sante', '2999-01-01', 7), ('ia-sante', '2020-01-01', 90),
                ('ia-droit', '2999-01-01', 4)"
                .to_owned(),
        )
        .await;
    for person in 0..13 {
        let until = if person < 11 { "2999-01-01" } else { "2020-01-01" };
        store
            .run(format!(
                "INSERT INTO attestations VALUES ('p{person}', 'ia-sante', '{until}', 0)"
            ))
            .await;
    }
    let line = |training: &str, people, agents| TrainingLine {
        training: training.into(),
        people,
        agents,
    };
    // Eleven imported and seven named are ten and five; four named are nobody's business.
    assert_eq!(
        store.shown(FIRST, LAST).await.training,
        [
            line("ia-droit", None, None),
            line("ia-neuve", None, Some(4)),
            line("ia-sante", Some(15), Some(30))
        ]
    );
}

/// Rows 1 to 200 of a chain, without some.
async fn rows_without(store: &mut Store, missing: &str) {
    let (no, blob, at) = match store.engine {
        Engine::Sqlite => ("0", "x''", "'2024-03-10T10:00:00.000Z'"),
        Engine::Postgres => ("false", "''", "'2024-03-10 10:00+00'::timestamptz"),
    };
    if store.engine == Engine::Postgres {
        store.run(format!("SELECT make_usage_months(ARRAY[{at}])")).await;
    }
    let id = "'00000000-0000-7000-8000-' || substr('000000000000' || n, length('000000000000' || n) - 11)";
    let id = if store.engine == Engine::Postgres {
        format!("({id})::uuid")
    } else {
        id.to_owned()
    };
    store
        .run(format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200)
             INSERT INTO usage_events (id, occurred_at, caller, dialect, endpoint, stream, decision, findings, finding_types,
                mention, outcome, tokens_estimated, policy_hash, charter_version, instance, chain, instance_seq)
             SELECT {id}, {at}, 'p' || (n % 20), 'openai', 'chat.completions', {no}, 'allowed', '{{}}', '{{}}', 'text', 'completed',
                {no}, 'h', 'v', 'essai', {blob}, n
             FROM numbers WHERE n NOT IN ({missing})"
        ))
        .await;
}

async fn lost_rows_and_upkeep_are_told(store: &mut Store) {
    store.fill(&World::default()).await;
    store.run("DELETE FROM usage_by_instance".to_owned()).await;
    rows_without(store, "7, 8, 9, 120").await;
    store
        .run(format!(
            "INSERT INTO chain_heads VALUES ('essai', 200, {0});
             INSERT INTO retention_gaps (instance, first_seq, last_seq, chain) VALUES ('essai', 7, 8, {0})",
            if store.engine == Engine::Sqlite { "x''" } else { "''" }
        ))
        .await;
    // Two of the four that are missing went with their month; nobody explains the other two.
    let shown = store.shown(FIRST, LAST).await;
    let service: Vec<_> = shown
        .service
        .iter()
        .map(|cell| (cell.requests, cell.failed, cell.rows_lost))
        .collect();
    assert_eq!(service, [(Some(196), Some(0), Some(2))]);
    assert!(
        shown.upkeep.iter().all(|line| line.last_at.is_none()),
        "{:?}",
        shown.upkeep
    );

    let report = verify(&store.url, &Evidence::default()).await.expect("a verification");
    assert_eq!((report.intact, report.rows_lost), (false, 2));
    for (at, intact) in [(1_000, true), (1_709_290_800_000, false)] {
        let report = gardefou::ledger::VerifyReport {
            intact,
            ..report.clone()
        };
        record(&store.url, &report, Timestamp(at)).await.expect("written down");
    }
    let shown = store.shown(FIRST, LAST).await;
    let line = shown
        .upkeep
        .iter()
        .find(|line| line.task == "verification")
        .expect("a line");
    assert_eq!(
        (
            line.last_at.as_deref(),
            line.result.as_deref(),
            line.instances,
            line.rows_lost
        ),
        (Some("2024-03-01T11:00:00Z"), Some("altered"), Some(1), Some(2)),
        "the last one"
    );
    close_months(&mut store.sql, store.engine).await.expect("closed");
    assert_eq!(
        store.shown(FIRST, LAST).await.service,
        shown.service,
        "closed as it was shown"
    );
}

#[tokio::test]
async fn what_stands_beside_usage_on_sqlite() {
    let mut store = Store::sqlite().await;
    people_are_new_once_and_stay_so(&mut store).await;
    trainings_are_counted_in_fives(&mut store).await;
    lost_rows_and_upkeep_are_told(&mut store).await;
}

/// And whoever may not write that they verified is told so.
#[tokio::test]
async fn what_stands_beside_usage_on_postgresql() {
    let cluster = Cluster::start().await;
    let mut store = Store::postgres(&cluster).await;
    people_are_new_once_and_stay_so(&mut store).await;
    trainings_are_counted_in_fives(&mut store).await;
    lost_rows_and_upkeep_are_told(&mut store).await;
    cluster
        .administer(&[
            "CREATE ROLE lectrice LOGIN IN ROLE gardefou_committee",
            "CREATE ROLE dpo LOGIN IN ROLE gardefou_dpo",
        ])
        .await;
    let of = |login: &str| store.url.replace("gardefou@", &format!("{login}@"));
    let report = verify(&of("dpo"), &Evidence::default())
        .await
        .expect("who reads rows verifies them");
    record(&of("dpo"), &report, Timestamp(2_000))
        .await
        .expect("written down");
    let refused = record(&of("lectrice"), &report, Timestamp(3_000)).await;
    let said = refused.expect_err("who reads views writes nothing").to_string();
    assert_eq!(said, "ce compte ne peut pas écrire dans chain_verifications");
}
