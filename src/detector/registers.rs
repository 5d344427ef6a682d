//! Numbers of registers: companies, health professionals, identity papers and driving licences.

use super::checks;
use super::finding::Evidence;
use super::kind::Kind;
use super::lexicon::tag;
use super::numbers::{Number, Reading};

impl Number<'_> {
    /// One number of fourteen digits in ten has Luhn's key: a word, the usual groups, or a serial number of an
    /// establishment below 100 must say that it is a SIRET.
    pub(super) fn siret(&self) -> Option<Reading> {
        let grouped = self.grouped(&[&[3, 3, 3, 5], &[9, 5], &[3, 3, 3, 2, 3]]);
        let compact = self.grouped(&[&[14]])
            && (self.digits[9..12] == *b"000" || self.cues() & (tag::CUE_COMPANY_ID | tag::SOLE_TRADER) != 0);
        (checks::siret(self.digits) && (grouped || compact)).then(|| self.company(0.9))
    }

    /// The SIREN of a sole trader; that of a company is nobody's.
    pub(super) fn siren(&self) -> Option<Reading> {
        let written = self.grouped(&[&[9], &[3, 3, 3]]);
        let someone = self.cues() & tag::SOLE_TRADER != 0;
        (checks::siren(self.digits) && written && someone).then(|| self.company(0.85))
    }

    /// The number of a company is not personal, but that of a sole trader is.
    fn company(&self, score: f32) -> Reading {
        let sole_trader = self.cues() & tag::SOLE_TRADER != 0;
        Reading {
            informative: !sole_trader,
            ..Reading::new(
                Kind::Siret,
                score,
                Evidence::CHECKSUM.with_if(sole_trader, Evidence::CUE),
            )
        }
    }

    pub(super) fn rpps(&self) -> Option<Reading> {
        let cue = self.cues() & tag::CUE_RPPS != 0;
        let checked = checks::luhn(self.digits);
        (cue && self.groups.len() <= 5).then(|| {
            Reading::new(
                Kind::Rpps,
                if checked { 0.97 } else { 0.85 },
                Evidence::CUE.with_if(checked, Evidence::CHECKSUM),
            )
        })
    }

    pub(super) fn identity_card(&self) -> Option<Reading> {
        let cues = self.cues();
        let kind = if cues & tag::CUE_CNI != 0 {
            Kind::Cni
        } else if cues & tag::CUE_LICENCE != 0 {
            Kind::Licence
        } else {
            return None;
        };
        // `Facture 130604100276, le permis suit`: what comes before says what it is.
        let before = self.view.cues_before(self.first_token());
        let other = before & tag::REFERENCE != 0 && before & (tag::CUE_CNI | tag::CUE_LICENCE) == 0;
        (self.groups.len() <= 4 && !other).then(|| Reading::new(kind, 0.9, Evidence::CUE.with(Evidence::FORMAT)))
    }
}
