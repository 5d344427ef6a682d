//! Order and overlap: of two findings that share bytes one stays.

use super::finding::{Evidence, Finding};
use super::kind::Kind;

/// Sorts findings and leaves none over another: what was verified wins over
/// what was not, then the longer, then the surer. Terms give way to what
/// identifies, and what is only tried to everything.
pub(super) fn resolve(found: &mut Vec<Finding>) {
    found.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
    let mut kept = 0;
    for next in 0..found.len() {
        let candidate = found[next];
        // Of the findings already kept only the last ones can reach this far.
        let mut wins = true;
        while kept > 0 && found[kept - 1].end > candidate.start {
            if rank(&candidate) > rank(&found[kept - 1]) {
                kept -= 1;
            } else {
                wins = false;
                break;
            }
        }
        if wins {
            found[kept] = candidate;
            kept += 1;
        }
    }
    found.truncate(kept);
}

fn rank(finding: &Finding) -> (u8, bool, u32, u32) {
    let strength = match finding.kind {
        _ if finding.on_trial() => 0,
        Kind::Custom(_) => 5,
        _ if finding.evidence.has(Evidence::CHECKSUM) => 4,
        Kind::Secret | Kind::Email | Kind::Address => 3,
        // A code that a word announces is no number of a street.
        Kind::Plate | Kind::Cni | Kind::Passport | Kind::Licence | Kind::Ine if finding.evidence.has(Evidence::CUE) => {
            3
        }
        Kind::Health | Kind::Vulnerable | Kind::Sensitive | Kind::Finance => 1,
        _ => 2,
    };
    (
        strength,
        !finding.informative,
        finding.end - finding.start,
        (finding.score * 1000.0) as u32,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verified_and_the_longer_win() {
        let find = |start, end, kind, why| Finding::new(start, end, kind, 0.9, why);
        let format = Evidence::FORMAT;
        for (story, given, kept) in [
            (
                "phone in an IBAN",
                vec![
                    find(0, 30, Kind::Iban, Evidence::CHECKSUM),
                    find(5, 15, Kind::Phone, format),
                ],
                vec![Kind::Iban],
            ),
            (
                "name in an address",
                vec![find(0, 20, Kind::Address, format), find(4, 10, Kind::Person, format)],
                vec![Kind::Address],
            ),
            (
                "chain",
                vec![
                    find(0, 5, Kind::Phone, format),
                    find(4, 9, Kind::Iban, Evidence::CHECKSUM),
                    find(8, 12, Kind::Person, format),
                ],
                vec![Kind::Iban],
            ),
            (
                "apart",
                vec![find(5, 9, Kind::Phone, format), find(0, 5, Kind::Person, format)],
                vec![Kind::Person, Kind::Phone],
            ),
        ] {
            let mut found = given;
            resolve(&mut found);
            assert_eq!(found.iter().map(|f| f.kind).collect::<Vec<_>>(), kept, "{story}");
        }
    }
}
