//! The last look: which findings only inform. Names of public persons and of
//! the forms' eternal examples; office lines, unless someone is named nearby.

use super::finding::Finding;
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;

/// How near a person makes a number hers, in bytes.
const NEAR: u32 = 160;

/// Sets aside what is nobody's, and takes back what is somebody's.
pub(super) fn settle(view: &View, found: &mut [Finding]) {
    for n in 0..found.len() {
        let finding = found[n];
        match finding.kind {
            Kind::Person if !finding.informative => {
                found[n].informative = is_public(view, &finding) || is_example(view, &finding);
            }
            Kind::Phone if finding.informative => {
                let service = view.byte(finding.start) == b'0' && view.byte(finding.start + 1) == b'8';
                let owner = |f: &Finding| f.kind == Kind::Person && !f.informative && gap(f, &finding) <= NEAR;
                let around = n.saturating_sub(8)..found.len().min(n + 8);
                found[n].informative = service || !found[around].iter().any(owner);
            }
            _ => {}
        }
    }
}

fn gap(a: &Finding, b: &Finding) -> u32 {
    if a.start < b.start {
        b.start.saturating_sub(a.end)
    } else {
        a.start.saturating_sub(b.end)
    }
}

/// The name is, or ends, that of a person of history or of a manual.
fn is_public(view: &View, finding: &Finding) -> bool {
    let from = view.tokens.partition_point(|t| t.start < finding.start);
    // The phrase may begin at the civility before.
    (from.saturating_sub(2)..view.tokens.len())
        .take_while(|&i| view.tokens[i].start < finding.end)
        .any(|i| {
            let token = view.tokens[i];
            let last = i + usize::from(token.phrase.max(1)) - 1;
            token.phrase > 1
                && token.has(tag::SPECIMEN | tag::PUBLIC_FIGURE)
                && view.tokens.get(last).is_some_and(|t| t.end >= finding.end)
        })
}

/// `Exemple : M. Dupont…`: one of the surnames that examples use.
fn is_example(view: &View, finding: &Finding) -> bool {
    let from = view.tokens.partition_point(|t| t.start < finding.start);
    let usual = |i: usize| {
        view.says(
            i,
            &[
                "dupont", "dupond", "dupuis", "durand", "martin", "dubois", "maria", "marie",
            ],
        )
    };
    let said = (from.saturating_sub(24)..view.tokens.len().min(from + 4))
        .any(|i| view.says(i, &["exemple", "exemples", "ex", "fictif", "fictive"]));
    let only = (from..view.tokens.len())
        .take_while(|&i| view.tokens[i].start < finding.end)
        .all(|i| view.says(i, &["dupont", "dupond", "durand", "martin"]));
    let several = view.tokens[from..].iter().take_while(|t| t.start < finding.end).count() > 1;
    only && several
        || said
            && (from..view.tokens.len())
                .take_while(|&i| view.tokens[i].start < finding.end)
                .any(usual)
}
