//! Every view that the committee's role may read, whatever its name: of four people it tells nothing, of ten it does. The
//! views come from `role_grants`, so a view that is granted later is tried as well.

use sqlx::Row;

use super::Store;
use crate::support::postgres::Cluster;

/// Views without people: the policy's list of tools, and what was done for the ledger.
const OF_NOBODY: [&str; 2] = ["committee_tools", "committee_upkeep"];

/// So many people did everything that can be counted, five times each in March 2024.
async fn did_everything(store: &mut Store, people: u32) {
    let at = "timestamptz '2024-03-10 10:00+00'";
    let ms = 1_710_064_800_000_i64;
    let each = format!("FROM generate_series(1, {people}) AS p, generate_series(1, 5) AS n");
    let event = |kind: u32, decision: &str, rule: &str, model: &str, outcome: &str| {
        format!(
            "INSERT INTO usage_events (id, occurred_at, caller, direction, tool, tool_level, model, dialect, endpoint, stream,
                decision, rule, findings, finding_types, mention, outcome, tokens_estimated, policy_hash, charter_version,
                instance, chain, instance_seq, input_tokens, output_tokens, energy_kwh_min, energy_kwh_max, co2e_kg_min,
                co2e_kg_max, cost_eur, overhead_us, upstream_ms)
             SELECT gen_random_uuid(), {at}, 'p' || p, 'Routes', CASE WHEN '{decision}' <> 'refused' THEN 'gemini' END,
                1, {model}, 'openai', 'chat.completions', false, '{decision}', {rule}, '{{\"personal\":1}}', '{{}}', 'text',
                '{outcome}', false, 'h', '2025-06', 'essai', '', {kind} * 10000 + p * 10 + n, 10, 10, 1, 2, 1, 2, 0.5, 300, 20
             {each}"
        )
    };
    let mut statements = vec![
        "DELETE FROM usage_events".to_owned(),
        format!("SELECT make_usage_months(ARRAY[{at}])"),
        event(1, "allowed", "NULL", "'gemini-2.5-flash'", "completed"),
        event(2, "masked", "'screening.personal'", "'gemini-2.5-flash'", "completed"),
        event(3, "refused", "'no-tool-for-model'", "'gpt-*'", "refused"),
        event(4, "allowed", "NULL", "'gemini-2.5-flash'", "upstream_error"),
        "DELETE FROM policy_charter".to_owned(),
        "INSERT INTO policy_charter VALUES ('2025-06', 'required')".to_owned(),
        "DELETE FROM policy_trainings".to_owned(),
        "INSERT INTO policy_trainings VALUES ('ia-sante', NULL)".to_owned(),
    ];
    let asked = "INSERT INTO person_requests SELECT p || '-' || n, 'export', {ms}, {ms} + 86400000, 3, NULL";
    for table in [
        "INSERT INTO charter_acceptances SELECT 'p' || p, '2025-06', {ms} + min(n) {each} GROUP BY p",
        "INSERT INTO attestations SELECT 'p' || p, 'ia-sante', '2999-01-01', min(n) {each} GROUP BY p",
        "INSERT INTO feedback (id, created_at_ms, caller, tool, rating) SELECT p || '-' || n, {ms}, 'p' || p, 'gemini', 4 {each}",
        "INSERT INTO incidents (id, created_at_ms, caller, tool, category, description, status)
         SELECT p || '-' || n, {ms}, 'p' || p, 'gemini', 'data', '', 'open' {each}",
        "INSERT INTO workspace_events SELECT p || '-' || n, '2024-03', '2024-03-10', 'p' || p, 'Routes', 'gmail', 'draft', 'x' {each}",
        // Of one person: five requests are not five people.
        &format!("{asked} FROM generate_series(1, 1) AS p, generate_series(1, 5) AS n"),
    ] {
        let name = table.split_whitespace().nth(2).expect("its name");
        statements.push(format!("DELETE FROM {name}"));
        statements.push(table.replace("{ms}", &ms.to_string()).replace("{each}", &each));
    }
    for statement in statements {
        store.run(statement).await;
    }
}

/// Whether a view tells a figure of anybody: a row, and in it a number of people where the view has one.
async fn tells(store: &mut Store, view: &str) -> bool {
    let counts = "SELECT count(*) FROM information_schema.columns WHERE table_name = $1 AND column_name = 'people'";
    let counts = sqlx::query(counts).bind(view).fetch_one(&mut store.sql).await;
    let counts: i64 = counts.expect("columns").get(0);
    let where_told = if counts == 0 { "" } else { "WHERE people IS NOT NULL" };
    let sql = format!("SELECT count(*) FROM {view} {where_told}");
    store.run("SET ROLE gardefou_committee".to_owned()).await;
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(&mut store.sql).await;
    store.run("RESET ROLE".to_owned()).await;
    rows.expect("the committee reads it").get::<i64, _>(0) > 0
}

#[tokio::test]
async fn of_four_people_no_view_of_the_committee_tells_anything() {
    let cluster = Cluster::start().await;
    let mut store = Store::postgres(&cluster).await;
    let granted = "SELECT object FROM role_grants WHERE role = 'gardefou_committee' ORDER BY object";
    let views: Vec<String> = sqlx::query_scalar(granted)
        .fetch_all(&mut store.sql)
        .await
        .expect("what the committee may read");
    assert!(views.len() >= 17, "{views:?}");
    for (people, expected) in [(4, false), (10, true)] {
        did_everything(&mut store, people).await;
        for view in views.iter().filter(|view| !OF_NOBODY.contains(&view.as_str())) {
            assert_eq!(tells(&mut store, view).await, expected, "{view}, {people} people");
        }
    }
}
