//! One wrong character anywhere in the shipped policy is told near its place, or the policy means what it meant, but for
//! the one value that was damaged: that text is its author's to change, and `gardefou diff` says exactly this one.
//!
//! A value whose change the policy's own tests catch is told at the test, which may be far away; the difference is
//! asked for where it is.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::policy::document::Document;
use crate::policy::log::Log;

/// How far from the damage an error may point, in lines.
const NEAR: usize = 2;
/// What is put in or put instead: letters, digits, what TOML means something by, a line break, an accent.
const CHARACTERS: [char; 10] = ['x', '0', '"', '\'', '#', '=', '[', ' ', '\n', 'é'];
/// To take out, to put in each character, to put each instead.
const DAMAGES: usize = 1 + 2 * CHARACTERS.len();

struct Slip {
    at: usize,
    damaged: String,
}

impl Slip {
    fn new(source: &str, at: usize, c: char, damage: usize) -> Self {
        let chosen = |n: usize| CHARACTERS[n % CHARACTERS.len()].to_string();
        let instead = match damage {
            0 => String::new(),
            n if n <= CHARACTERS.len() => chosen(n - 1) + &c.to_string(),
            n => chosen(n - 1),
        };
        Self {
            at,
            damaged: [&source[..at], &instead, &source[at + c.len_utf8()..]].concat(),
        }
    }

    /// What is wrong with how it is told; none where all is well.
    fn complaint(&self, source: &str, whole: &Policy) -> Option<String> {
        let line = source[..self.at].matches('\n').count() + 1;
        let said = match Policy::read(&self.damaged, "policy.toml", today()) {
            Ok(policy) => return self.changed(source, line, whole, &policy),
            Err(diagnostics) => diagnostics,
        };
        let lines = shown(&said);
        if lines.is_empty() {
            // Only its own tests are against it: then it can be built, and compared.
            let Some(built) = built(&self.damaged) else {
                return Some(format!("line {line}: a refusal without an error\n{said}"));
            };
            return self.changed(source, line, whole, &built);
        }
        let near = lines.iter().any(|told| told.abs_diff(line) <= NEAR);
        (!near).then(|| format!("line {line}, told at {lines:?}\n{said}"))
    }

    /// The difference names one key, and that key stands near the damage.
    fn changed(&self, source: &str, line: usize, whole: &Policy, policy: &Policy) -> Option<String> {
        let difference = differences(whole, policy);
        let told = difference
            .iter()
            .filter(|c| !matches!(c.sort, Sort::Access | Sort::Treatment));
        let mut keys: Vec<&str> = told.map(|change| change.key.as_str()).collect();
        keys.dedup();
        // An inline table is one value of the file: `limits = { … }`, `decision = { … }`.
        let table = |key: &str| key.match_indices('.').nth(1).map(|(at, _)| key[..at].to_owned());
        let first = keys.first().and_then(|key| table(key));
        if keys.len() > 1 && first.is_some() && keys.iter().all(|key| table(key) == first) {
            keys = first.as_deref().into_iter().collect();
        }
        let near = |text: &str, key: &str| {
            let mut lines = text.lines().skip(line.saturating_sub(1 + NEAR)).take(1 + 2 * NEAR);
            lines.any(|line| line.contains(key))
        };
        match keys.as_slice() {
            [] if difference.is_empty() => None,
            [key] => {
                // Of a whole part, the part is named by its id.
                let last = key.rsplit('.').next().filter(|_| key.contains('.')).unwrap_or("id");
                let there = near(source, last) || near(&self.damaged, last);
                (!there).then(|| format!("line {line}: {key} is not there\n{difference}"))
            }
            _ => Some(format!("line {line}: more than one key\n{difference}")),
        }
    }
}

/// A policy that its tests have not judged.
fn built(source: &str) -> Option<Policy> {
    let log = Log::new(source, "policy.toml");
    let document = Document::read(source, &log)?;
    build::policy(&document, String::new(), today(), &log)
}

/// Places the errors show, related ones included, but those of the policy's own tests.
fn shown(diagnostics: &Diagnostics) -> Vec<usize> {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error);
    let errors = errors.filter(|diagnostic| diagnostic.code != codes::RED_TEST);
    errors
        .flat_map(|d| [Some(d.place.line), d.related.as_ref().map(|related| related.place.line)])
        .flatten()
        .collect()
}

/// Every 31st character with one damage after the other, so that the test takes a second or two; `STRIDE=1` in a release
/// build tries every damage at every place.
#[test]
fn one_wrong_character_is_told_near_its_place_or_changes_one_value() {
    let source = shipped();
    let (whole, stride) = (read(&source), stride());
    let (mut tried, mut complaints) = (0, Vec::new());
    for (n, (at, c)) in source.char_indices().enumerate().filter(|(n, _)| n % stride == 0) {
        let damages = if stride == 1 {
            0..DAMAGES
        } else {
            n / stride % DAMAGES..n / stride % DAMAGES + 1
        };
        for damage in damages {
            tried += 1;
            let complaint = Slip::new(&source, at, c, damage).complaint(&source, &whole);
            complaints.extend(complaint.map(|complaint| format!("{c:?}, damage {damage}: {complaint}")));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} of {tried} slips:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
    assert!(tried > 300, "{tried}");
    println!("{tried} slips");
}

/// Slips that were once told far away, one of each sort: what stands there once in the file, and what is written instead.
#[test]
fn these_slips_are_told_at_their_place() {
    let slips = [
        // A key goes into the comment above it, or becomes one: what lacks it is elsewhere.
        ("article 50.\npublic_notice", "article 50.public_notice"),
        ("\npublic_notice", "\n#public_notice"),
        ("\nbase_url", "\n#ase_url"),
        ("\"Solidarités\"\ndomains", "\"Solidarités\"#domains"),
        (
            "\ndomains = [\"action sociale\"]     ",
            "\n#domains = [\"action sociale\"]     ",
        ),
        ("\nbackends = [\"gemini\"]", "\n#backends = [\"gemini\"]"),
        ("\nmodels = [\"gemini-*\"]", "#models = [\"gemini-*\"]"),
        ("démonstration\nmodels", "démonstrationmodels"),
        ("\ngroups = [\"solidarites\"]\n", "\n#roups = [\"solidarites\"]\n"),
        ("\ngroups = [\"maison-autonomie\"]", "#groups = [\"maison-autonomie\"]"),
        (
            "\ntraining = \"ia-rapports-sociaux\"\ndomains",
            "\n#training = \"ia-rapports-sociaux\"\ndomains",
        ),
        ("\nvalid_until = 2027-03-31", "\n#alid_until = 2027-03-31"),
        // A list or a table stays open, and takes in what comes after it: the brackets in comments are not its own.
        ("instruct = true", "instruct =[ true"),
        ("[\"autonomie\"]\n\n", "[#\"autonomie\"]\n\n"),
        (
            "{ env = \"GEMINI_API_KEY\" }\nfoot",
            "{ env = \"GEMINI_API_KEY\" #}\nfoot",
        ),
        ("{ provider = \"google_genai\"", "[{ provider = \"google_genai\""),
        ("zone = \"USA\" }   #", "zone =# \"USA\" }   #"),
        ("zone = \"USA\" }   #", "zone = \"USA\"    #"),
        ("requests_per_minute = 20,", "requests_per_minute = #20,"),
        ("[\"IODAS-12\"]", "[#\"IODAS-12\"]"),
        ("[\"Jean Giono\"]", "[#Jean Giono\"]"),
    ];
    let source = shipped();
    let whole = read(&source);
    for (there, instead) in slips {
        assert_eq!(source.matches(there).count(), 1, "{there:?}");
        // The damage is on the last of these lines, or at its end.
        let at = source.find(there).unwrap() + there.rfind('\n').filter(|end| end + 1 < there.len()).unwrap_or(0);
        let damaged = source.replacen(there, instead, 1);
        let complaint = Slip { at, damaged }.complaint(&source, &whole);
        assert!(complaint.is_none(), "{there:?}: {}", complaint.unwrap_or_default());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn so_is_any_other(place in 0_usize..1_000_000, damage in 0..DAMAGES) {
        static WHOLE: LazyLock<(String, Policy)> = LazyLock::new(|| (shipped(), read(&shipped())));
        let (source, whole) = &*WHOLE;
        let all: Vec<(usize, char)> = source.char_indices().collect();
        let (at, c) = all[place % all.len()];
        let complaint = Slip::new(source, at, c, damage).complaint(source, whole);
        prop_assert!(complaint.is_none(), "{}", complaint.unwrap_or_default());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own switch, not a setting of the program"
)]
fn stride() -> usize {
    std::env::var("STRIDE")
        .ok()
        .and_then(|stride| stride.parse().ok())
        .unwrap_or(31)
}
