//! The questions of `docs/committee.md`, asked as they stand there; the views that people write by hand; the month
//! under way.

use gardefou::committee::{CharterLine, FeedbackCell, IncidentCell, WorkspaceCell};
use sqlx::{AssertSqlSafe, Row};

use super::{FIRST, LAST, Rule, Store, figures, month, world};
use crate::support::postgres::Cluster;

/// The SQL of the page, question by question.
fn questions() -> Vec<String> {
    let page = include_str!("../../../docs/committee.md");
    let blocks = page.split("```sql\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

async fn every_question_has_an_answer(mut store: Store) {
    let questions = questions();
    assert_eq!(questions.len(), 15);
    let mut world = world(2, month(FIRST), 24, false);
    // Many ask for a tool that is not listed.
    world.usage.retain(|line| !line.tool.is_empty());
    for line in world.usage.iter_mut().filter(|line| line.tool == "albert") {
        line.tool.clear();
        line.level = 0;
    }
    // And say which model they want.
    for line in world.rules.iter_mut().filter(|line| line.what.1 == "unknown-tool") {
        "gpt-*".clone_into(&mut line.part);
    }
    store.fill(&world).await;
    said_by_hand(&mut store).await;
    for (at, question) in questions.into_iter().enumerate() {
        // Counted by the database: the types of a question's columns are those of the tool that asks.
        let counted = format!(
            "SELECT count(*) FROM ({}) AS answers",
            question.trim().trim_end_matches(';')
        );
        let lines = sqlx::query_scalar(AssertSqlSafe(counted))
            .fetch_one(&mut store.sql)
            .await;
        let lines: i64 = lines.unwrap_or_else(|error| panic!("question {}: {error}", at + 1));
        assert!(lines > 0, "question {}", at + 1);
    }
}

/// Milliseconds of a day of January 2024, at noon.
fn noon(day: i64) -> i64 {
    1_704_067_200_000 + (day - 1) * 86_400_000 + 43_200_000
}

/// Tools, directions, feedback, incidents, acceptances and uses of Workspace, January 2024.
async fn said_by_hand(store: &mut Store) {
    for table in [
        "policy_tools",
        "policy_directions",
        "feedback",
        "incidents",
        "charter_acceptances",
        "policy_charter",
        "workspace_events",
    ] {
        store.run(format!("DELETE FROM {table}")).await;
    }
    store
        .run(
            "INSERT INTO policy_tools (tool, name, level, status, review_before) VALUES
                ('gemini', 'Gemini', 1, 'validated', '2027-06-30'), ('neuf', 'Tout neuf', 1, 'proposed', NULL);
             INSERT INTO policy_directions VALUES ('Solidarités', 420);
             INSERT INTO policy_charter VALUES ('2025-06', 'required')"
                .to_owned(),
        )
        .await;
    for caller in 0..12_i64 {
        // Six rate gemini; two more speak of deepl, who are too few, and do not rate; four say nothing.
        if caller < 8 {
            let (tool, rating) = if caller < 6 {
                ("gemini", (3 + caller % 3).to_string())
            } else {
                ("deepl", "NULL".into())
            };
            store
                .run(format!(
                    "INSERT INTO feedback (id, created_at_ms, caller, tool, rating)
                     VALUES ('f{caller}', {}, 'p{caller}', '{tool}', {rating})",
                    noon(3)
                ))
                .await;
        }
        // Twelve incidents of one kind: six closed after 10 hours, six after 20 days.
        let after = if caller < 6 { 10 * 3_600_000 } else { 20 * 86_400_000 };
        store
            .run(format!(
                "INSERT INTO incidents (id, created_at_ms, caller, category, description, status, closed_at_ms)
                 VALUES ('i{caller}', {0}, 'p{caller}', 'data', '', 'closed', {0} + {after});
                 INSERT INTO charter_acceptances VALUES ('p{caller}', '2025-06', {0});
                 INSERT INTO workspace_events VALUES
                    ('w{caller}', '2024-01', '2024-01-03', 'p{caller}', '', '{1}', '', '')",
                noon(4),
                if caller < 10 { "gmail" } else { "docs" }
            ))
            .await;
    }
    store
        .run(
            "INSERT INTO charter_acceptances VALUES ('p0', '2026-01', 0);
             INSERT INTO incidents (id, created_at_ms, caller, category, description, status)
             VALUES ('x', 1707000000000, 'p1', 'error', '', 'open')"
                .to_owned(),
        )
        .await;
}

async fn what_people_write_is_counted_and_never_one_by_one(mut store: Store) {
    said_by_hand(&mut store).await;
    let shown = store.shown(FIRST, LAST).await;
    let january = month("2024-01");
    let feedback = FeedbackCell {
        month: january,
        // Two are too few to stand alone, so gemini joined them; only those who rated make the mean.
        tool: "autres outils".into(),
        people: Some(5),
        answers: Some(8),
        rating_mean: Some(4.0),
        provisional: false,
    };
    assert_eq!(shown.feedback, [feedback]);
    let incidents = IncidentCell {
        month: january,
        category: "data".into(),
        people: Some(10),
        opened: Some(12),
        closed: Some(12),
        mean_hours_to_close: Some(245.0),
        open_over_15_days: Some(6),
        provisional: false,
    };
    assert_eq!(
        shown.incidents,
        [incidents],
        "one report in February is nobody's business"
    );
    let charter = CharterLine {
        charter_version: "2025-06".into(),
        people: Some(10),
    };
    assert_eq!(shown.charter, [charter]);
    let workspace = WorkspaceCell {
        month: january,
        app: "autres applications".into(),
        people: Some(10),
        events: Some(12),
        provisional: false,
    };
    assert_eq!(shown.workspace, [workspace]);
    let tools: Vec<_> = shown
        .tools
        .iter()
        .map(|line| (&*line.tool, line.level, line.review_before))
        .collect();
    assert_eq!(
        tools,
        [
            ("gemini", 1, Some("2027-06-30".parse().expect("a day"))),
            ("neuf", 1, None)
        ]
    );
}

async fn a_month_under_way_shows_people_and_requests_roughly(mut store: Store) {
    let row = sqlx::query("SELECT month FROM this_month")
        .fetch_one(&mut store.sql)
        .await
        .expect("the month");
    let now = month(row.get(0));
    let mut world = world(5, now.previous(), 2, false);
    let wanted = figures(&world, Rule::Whole);
    store.fill(&world).await;
    gardefou::schema::close_months(&mut store.sql, store.engine)
        .await
        .expect("closed");
    let shown = store.shown(&now.previous().to_string(), &now.to_string()).await;
    let before = |month| move |cell: &&gardefou::committee::UsageCell| cell.month == month;
    // The month before is whole, and stays so whatever comes after it was closed.
    let whole: Vec<_> = shown.usage.iter().filter(before(now.previous())).collect();
    assert_eq!(
        whole,
        wanted.usage.iter().filter(before(now.previous())).collect::<Vec<_>>()
    );
    let rough: Vec<_> = shown.usage.iter().filter(before(now)).collect();
    assert!(!rough.is_empty() && !whole.is_empty());
    for cell in &rough {
        assert!(
            cell.provisional && cell.people.is_some_and(|n| n >= 5 && n % 5 == 0),
            "{cell:?}"
        );
        assert!(cell.requests.is_some_and(|n| n >= 5 && n % 5 == 0), "{cell:?}");
        assert_eq!(
            (cell.input_tokens, cell.output_tokens, cell.cost_eur),
            (None, None, None)
        );
    }
    for cell in shown.footprint.iter().filter(|cell| cell.provisional) {
        assert_eq!(
            (cell.answered, cell.energy_kwh_min, cell.co2e_kg_max),
            (None, None, None)
        );
    }
    assert!(
        shown
            .findings
            .iter()
            .all(|cell| cell.provisional == cell.findings.is_none())
    );
    // Late rows of a closed month change nothing.
    let kept = world.usage.len();
    world.usage.retain(|line| line.month == now.previous());
    assert!(world.usage.len() < kept);
    let late = &world.usage[0];
    store
        .run(format!(
            "INSERT INTO usage_by_caller SELECT '{}', 'gemini', 1, '', 'retard', 7, 7, 7, 7, 0, 0, 0, 0, 0, 0, 0, 7",
            late.month
        ))
        .await;
    let after = store
        .shown(&now.previous().to_string(), &now.previous().to_string())
        .await;
    assert_eq!(after.usage.iter().collect::<Vec<_>>(), whole);
}

#[tokio::test]
async fn the_page_s_questions_are_answered_on_sqlite() {
    every_question_has_an_answer(Store::sqlite().await).await;
}

#[tokio::test]
async fn words_and_the_running_month_on_sqlite() {
    what_people_write_is_counted_and_never_one_by_one(Store::sqlite().await).await;
    a_month_under_way_shows_people_and_requests_roughly(Store::sqlite().await).await;
}

#[tokio::test]
async fn the_same_on_postgresql() {
    let cluster = Cluster::start().await;
    what_people_write_is_counted_and_never_one_by_one(Store::postgres(&cluster).await).await;
    a_month_under_way_shows_people_and_requests_roughly(Store::postgres(&cluster).await).await;
    every_question_has_an_answer(Store::postgres(&cluster).await).await;
}
