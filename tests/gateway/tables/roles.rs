//! Who may do what, tried: each role, each table, each verb. The table below is written by hand, not read from the
//! migrations.

use std::time::Instant;

use gardefou::schema;
use sqlx::{Connection, PgConnection, Row};

use super::{SOON, connect, run};
use crate::support::{binary::Binary, postgres::Cluster};

/// What each role may do with each table: `s` read all, `i` add, `u` change any column, `d` delete; in brackets the
/// columns to which reading or changing is bound. What is not listed may not be touched at all, and nobody may ever
/// truncate.
const MAY: &[(&str, &str, &str)] = &[
    ("gardefou_gateway", "usage_events", "i s(id,occurred_at)"),
    ("gardefou_gateway", "chain_heads", "s i u"),
    ("gardefou_gateway", "chain_signatures", "s i"),
    ("gardefou_gateway", "ledger_keys", "s i"),
    ("gardefou_gateway", "policy_versions", "s i"),
    ("gardefou_gateway", "policy_loads", "s i"),
    ("gardefou_gateway", "policy_tools", "s i d"),
    ("gardefou_gateway", "policy_directions", "s i d"),
    ("gardefou_gateway", "policy_charter", "s i d"),
    ("gardefou_gateway", "policy_trainings", "s i d"),
    ("gardefou_gateway", "policy_attestations", "s i d"),
    ("gardefou_gateway", "_sqlx_migrations", "s"),
    ("gardefou_gateway", "office_changes", "s"),
    ("gardefou_gateway", "api_keys", "s i u(revoked_at_ms)"),
    ("gardefou_gateway", "charter_acceptances", "s i"),
    ("gardefou_gateway", "feedback", "s i u(answer,answered_at_ms)"),
    ("gardefou_gateway", "incidents", "s i u(status,closed_at_ms)"),
    ("gardefou_gateway", "false_positives", "s i u(reports)"),
    ("gardefou_gateway", "incident_replies", "s i"),
    ("gardefou_gateway", "ticket_numbers", "s i u(last)"),
    (
        "gardefou_gateway",
        "letters",
        "s i d u(attempts,due_at_ms,claimed_by,claimed_until_ms,delivered_at_ms,dead_at_ms,trouble)",
    ),
    ("gardefou_gateway", "person_requests", "i"),
    ("gardefou_gateway", "workspace_events", "i s(event_key)"),
    (
        "gardefou_gateway",
        "attestations",
        "s i d u(valid_until,imported_at_ms)",
    ),
    ("gardefou_gateway", "sessions", "s i d u(seen_at_ms)"),
    ("gardefou_gateway", "directory_people", "s i d u(groups,direction)"),
    ("gardefou_gateway", "directory_import", "s i u(imported_at_ms)"),
    ("gardefou_gateway", "subjects", "s i"),
    ("gardefou_committee", "committee_usage_monthly", "s"),
    ("gardefou_committee", "committee_footprint_monthly", "s"),
    ("gardefou_committee", "committee_refusals_monthly", "s"),
    ("gardefou_committee", "committee_findings_monthly", "s"),
    ("gardefou_committee", "committee_adoption_monthly", "s"),
    ("gardefou_committee", "committee_tools", "s"),
    ("gardefou_committee", "committee_feedback", "s"),
    ("gardefou_committee", "committee_incidents", "s"),
    ("gardefou_committee", "committee_charter", "s"),
    ("gardefou_committee", "committee_workspace_monthly", "s"),
    ("gardefou_committee", "committee_service_monthly", "s"),
    ("gardefou_committee", "committee_activity_monthly", "s"),
    ("gardefou_committee", "committee_newcomers_monthly", "s"),
    ("gardefou_committee", "committee_refusals_by_tool_monthly", "s"),
    ("gardefou_committee", "committee_demand_monthly", "s"),
    ("gardefou_committee", "committee_upkeep", "s"),
    ("gardefou_committee", "committee_training", "s"),
    ("gardefou_dpo", "usage_events", "s u(caller,purpose)"),
    ("gardefou_dpo", "usage_by_caller", "s(month,caller) u(caller)"),
    ("gardefou_dpo", "usage_by_rule", "s(month,caller) u(caller)"),
    ("gardefou_dpo", "usage_by_class", "s(month,caller) u(caller)"),
    ("gardefou_dpo", "usage_by_failure", "s(month,caller) u(caller)"),
    ("gardefou_dpo", "usage_by_demand", "s(month,caller) u(caller)"),
    ("gardefou_dpo", "chain_verifications", "i"),
    ("gardefou_dpo", "charter_acceptances", "s d"),
    ("gardefou_dpo", "feedback", "s u(caller,request_id,comment,answer)"),
    ("gardefou_dpo", "incidents", "s u(caller,request_id)"),
    ("gardefou_dpo", "incident_replies", "s"),
    (
        "gardefou_dpo",
        "api_keys",
        "s(id,owner,groups,created_at_ms,expires_at_ms,revoked_at_ms) u(owner,revoked_at_ms)",
    ),
    ("gardefou_dpo", "workspace_events", "s u(caller)"),
    ("gardefou_dpo", "attestations", "s d"),
    ("gardefou_dpo", "sessions", "s(id,caller,opened_at_ms,seen_at_ms) d"),
    ("gardefou_dpo", "directory_people", "s d"),
    ("gardefou_dpo", "subjects", "s d"),
    ("gardefou_dpo", "erased_rows", "s i"),
    ("gardefou_dpo", "ledger_keys", "s i"),
    ("gardefou_dpo", "person_requests", "s i"),
    ("gardefou_dpo", "office_changes", "s"),
    ("gardefou_dpo", "directory_import", "s"),
    ("gardefou_dpo", "policy_versions", "s"),
    ("gardefou_dpo", "policy_loads", "s"),
    ("gardefou_dpo", "chain_heads", "s"),
    ("gardefou_dpo", "chain_signatures", "s"),
    ("gardefou_dpo", "retention_gaps", "s"),
    ("gardefou_dpo", "_sqlx_migrations", "s"),
];

const ROLES: [&str; 3] = ["gardefou_gateway", "gardefou_committee", "gardefou_dpo"];

/// The answer to a statement of which nothing comes: whether PostgreSQL would have let it.
async fn lets(sql: &mut PgConnection, statement: &str) -> bool {
    let statement = sqlx::AssertSqlSafe(format!("BEGIN; {statement}; ROLLBACK"));
    let said = sqlx::raw_sql(statement).execute(&mut *sql).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut *sql).await.expect("rolled back");
    match said {
        Ok(_) => true,
        Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("42501") => false,
        // It was let in and failed for another reason, such as a value that is missing, or a view that cannot be
        // changed: what matters is that the rights did not stop it.
        Err(sqlx::Error::Database(e)) => {
            assert!(
                ["23502", "23505", "23514", "55000", "428C9"].contains(&e.code().as_deref().unwrap_or_default()),
                "{e}"
            );
            true
        }
        Err(e) => panic!("{e}"),
    }
}

#[tokio::test]
async fn each_role_may_do_what_the_list_says_and_no_more() {
    let cluster = Cluster::start().await;
    schema::tend(&cluster.url()).await.expect("tables");
    let mut sql = PgConnection::connect(&cluster.url()).await.expect("the database");
    sqlx::raw_sql("SELECT make_usage_months(ARRAY[now()])")
        .execute(&mut sql)
        .await
        .expect("a month");
    let relations = "SELECT relname::text, array_agg(attname::text ORDER BY attnum), relkind = 'v'
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') GROUP BY pg_class.oid ORDER BY 1";
    let relations = sqlx::query(relations).fetch_all(&mut sql).await.expect("relations");
    assert!(relations.len() > 20, "tables and views were found");
    let mut missing: Vec<_> = MAY.iter().map(|(role, table, _)| (*role, *table)).collect();
    for role in ROLES {
        for relation in &relations {
            let (table, columns, view): (String, Vec<String>, bool) =
                (relation.get(0), relation.get(1), relation.get(2));
            let rights = MAY
                .iter()
                .find(|(who, what, _)| (*who, *what) == (role, &table))
                .map_or("", |line| line.2);
            missing.retain(|pair| *pair != (role, &table));
            let all = |verb: char| rights.split(' ').any(|right| right == verb.to_string());
            let column = |verb: char, name: &str| {
                let list = rights
                    .split(' ')
                    .find_map(|right| right.strip_prefix(verb)?.strip_prefix('(')?.strip_suffix(')'));
                all(verb) || list.is_some_and(|list| list.split(',').any(|own| own == name))
            };
            sqlx::raw_sql(sqlx::AssertSqlSafe(format!("SET ROLE {role}")))
                .execute(&mut sql)
                .await
                .expect("the role");
            let what = format!("{role} {table}");
            for (statement, expected) in [
                (format!("SELECT * FROM {table} LIMIT 0"), all('s')),
                (format!("INSERT INTO {table} DEFAULT VALUES"), all('i')),
                (format!("DELETE FROM {table}"), all('d')),
                (format!("TRUNCATE {table}"), false),
            ] {
                // Writing through a view is refused for what it is before rights are asked.
                if !view || statement.starts_with("SELECT") {
                    assert_eq!(lets(&mut sql, &statement).await, expected, "{what}: {statement}");
                }
            }
            for name in &columns {
                let read = format!("SELECT {name} FROM {table} LIMIT 0");
                assert_eq!(lets(&mut sql, &read).await, column('s', name), "{what}: {read}");
                if !view {
                    let change = format!("UPDATE {table} SET {name} = NULL");
                    assert_eq!(lets(&mut sql, &change).await, column('u', name), "{what}: {change}");
                }
            }
            sqlx::raw_sql("RESET ROLE")
                .execute(&mut sql)
                .await
                .expect("the owner again");
        }
    }
    assert!(missing.is_empty(), "listed and not there: {missing:?}");
}

#[tokio::test]
async fn functions_with_the_owners_rights_are_for_the_gateway_alone() {
    let cluster = Cluster::start().await;
    schema::tend(&cluster.url()).await.expect("tables");
    let mut sql = PgConnection::connect(&cluster.url()).await.expect("the database");
    let open = "SELECT p.proname || ' ' || r.rolname FROM pg_proc p, pg_roles r
        WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND r.rolname IN ('gardefou_committee', 'gardefou_dpo', 'stranger')
            AND has_function_privilege(r.oid, p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype";
    sqlx::raw_sql("CREATE ROLE stranger")
        .execute(&mut sql)
        .await
        .expect("a role");
    let open: Vec<String> = sqlx::query_scalar(open).fetch_all(&mut sql).await.expect("names");
    assert_eq!(open, Vec::<String>::new());
    let loose = "SELECT proname::text FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
        AND NOT coalesce(proconfig, '{}')::text LIKE '%search_path=public, pg_temp%'";
    let loose: Vec<String> = sqlx::query_scalar(loose).fetch_all(&mut sql).await.expect("names");
    assert_eq!(loose, Vec::<String>::new(), "they look for tables nowhere else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_serves_as_a_login_that_only_inserts() {
    let cluster = Cluster::start().await;
    let owner = cluster.url();
    let of_owner = Binary::with(&Binary::policy(), &owner);
    assert!(of_owner.run(&["ledger", "migrate"]).starts_with("Schéma mis à jour"));
    assert!(of_owner.run(&["ledger", "migrate"]).starts_with("Schéma déjà à jour"));
    run(&owner, "CREATE ROLE passerelle LOGIN IN ROLE gardefou_gateway").await;

    let url = owner.replace("gardefou@", "passerelle@");
    let gateway = Binary::with(&Binary::policy(), &url);
    let key = gateway.run(&["keys", "create", "--owner", "a.martin@departement04.example"]);
    let mut child = gateway.serve();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let ask = client
        .post(format!("{}/v1/chat/completions", gateway.url))
        .header("content-type", "application/json")
        .bearer_auth(key)
        .body(r#"{"model":"simulateur","messages":[{"role":"user","content":"Bonjour"}]}"#);
    let answer = ask.send().await.expect("an answer");
    let status = answer.status();
    let id = answer.headers()["x-gardefou-request-id"]
        .to_str()
        .expect("an id")
        .to_owned();
    drop(answer.bytes().await);
    let since = Instant::now();
    let mut sql = connect(&owner).await;
    loop {
        let found = sqlx::query("SELECT id::text FROM usage_events")
            .fetch_all(&mut sql)
            .await
            .expect("rows");
        if !found.is_empty() {
            assert_eq!(found[0].get::<String, _>(0), id);
            break;
        }
        assert!(since.elapsed() < SOON, "the row arrives: {}", gateway.said());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    child.kill().expect("stopped");
    child.wait().expect("it is dead");
    assert!(status.is_success() || status.as_u16() == 403, "{status}");

    let mut sql = PgConnection::connect(&url).await.expect("the login");
    assert!(!lets(&mut sql, "UPDATE usage_events SET tool = 'x'").await);
    assert!(!lets(&mut sql, "DELETE FROM usage_events").await);
    assert!(!lets(&mut sql, "SELECT caller FROM usage_events").await);
    assert!(!lets(&mut sql, "DROP TABLE IF EXISTS usage_events").await);
}
