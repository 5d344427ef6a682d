//! What changes for whom, word for word, and what is no change.

use super::*;

fn longest() -> String {
    fs::read_to_string(path("tests/fixtures/policies/valid/longest.toml")).unwrap()
}

fn with(source: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(source.to_owned(), |source, (from, to)| {
        assert!(source.contains(from), "{from}");
        source.replacen(from, to, 1)
    })
}

#[test]
fn a_committee_member_reads_what_changes_for_whom() {
    let old = longest();
    let new = with(
        &old,
        &[
            ("version = \"2025-06\"", "version = \"2026-12\""),
            ("rssi@departement04.example", "securite@departement04.example"),
            ("highly_personal = \"mask\"", "highly_personal = \"block\""),
            (
                "members = [\"a.martin@departement04.example\"]\ndirection = \"Solidarités\"\nidp_groups = [\"dgas@departement04.example\"]",
                "members = [\"b.durand@departement04.example\", \"c.blanc@departement04.example\"]\ndirection = \"Solidarités\"\nidp_groups = [\"dgas@departement04.example\"]\n\n[[group]]\nid = \"routes\"\nmembers = [\"d.petit@departement04.example\"]",
            ),
            ("agents = 420", "agents = 430"),
            ("requests_per_minute = 60", "requests_per_minute = 30"),
            ("observe = true", "observe = false"),
            ("groups = [\"*\"]", "groups = [\"routes\"]"),
            ("retention = \"Aucune chez le fournisseur\"", "retention = \"30 jours\""),
            ("accepts = [\"personal\", \"health\"]", "accepts = [\"personal\"]"),
            ("groups = [\"solidarites\"]", "groups = [\"solidarites\", \"routes\"]"),
            ("valid_until = 2027-01-31", "valid_until = 2027-03-31"),
        ],
    );
    let difference = differences(&read(&old), &read(&new));
    fixtures::assert_golden_file(
        &path("tests/fixtures/policies/difference.expected"),
        &difference.to_string(),
    );
    let json = difference.to_json();
    let lines = json.as_array().unwrap();
    assert_eq!(lines.len(), difference.iter().count());
    let status = lines.iter().find(|line| line["key"] == "charter.version").unwrap();
    assert_eq!(
        (&status["whom"], &status["before"], &status["after"]),
        (&"*".into(), &"2025-06".into(), &"2026-12".into())
    );
    // People are counted, never named.
    let told = difference.to_string() + &json.to_string() + &format!("{difference:?}");
    for name in ["a.martin", "b.durand", "c.blanc", "d.petit"] {
        assert!(!told.contains(name), "{name}");
    }
}

#[test]
fn a_tool_that_comes_or_goes_is_one_line_and_who_may_use_it_another() {
    let old = shipped();
    let tool = old.find("[[tool]]\nid = \"simulateur\"").unwrap();
    let end = tool + old[tool..].find("\n# ").unwrap();
    let without: String = [&old[..tool], &old[end..]].concat();
    // Its tests go with it.
    let tests = without.find("[[test]]").unwrap();
    let without = without[..tests].to_owned();
    let (old, new) = (read(&old), read(&without));
    for (from, to, sorts) in [
        (&old, &new, [Sort::Access, Sort::Removed]),
        (&new, &old, [Sort::Access, Sort::Added]),
    ] {
        let difference = differences(from, to);
        let of_tool = difference
            .iter()
            .filter(|change| change.subject == Subject::Tool("simulateur".into()));
        let told: Vec<_> = of_tool.map(|change| (change.sort, &change.whom)).collect();
        assert_eq!(told, sorts.map(|sort| (sort, &Whom::Everyone)), "{difference}");
    }
}

#[test]
fn what_is_written_otherwise_and_means_the_same_is_no_change() {
    let old = read(&shipped());
    for (from, to) in [
        ("# Politique d'usage", "# La politique d'usage"),
        ("accepts = []", "accepts = [] # rien"),
        ("groups = [\"*\"]", ""),
        ("tokens_per_day = 200_000", "tokens_per_day = 200000"),
        ("answers = \"off\"", ""),
        ("instruct = true", ""),
        ("expect = \"masked\"", "expect = \"masked\" # règle 8"),
        ("name = \"un nom est masqué\"", "name = \"un nom est remplacé\""),
    ] {
        let difference = differences(&old, &read(&with(&shipped(), &[(from, to)])));
        assert!(difference.is_empty(), "{from} → {to}\n{difference}");
    }
    assert_eq!(
        differences(&old, &old).to_string(),
        "Rien ne change : les deux politiques disent la même chose.\n"
    );
}
