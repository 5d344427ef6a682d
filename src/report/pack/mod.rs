//! The committee's pack: its figures and the policy, as one document.
//!
//! Every figure comes from the views or from the policy; nothing is asked of a database here. What the views do not
//! tell is « inconnu », « masqué » or « mois en cours », never 0. Shares and means are made from figures that are shown,
//! so nobody learns from them what the views hide.

mod adoption;
mod board;
mod control;
mod impact;
mod limits;
mod observed;
mod quality;
mod service;
mod spending;
mod summary;
mod sums;
#[cfg(test)]
mod tests;
mod tools;
mod words;

pub use board::{Filter, board, choices};
pub use words::rule;

use jiff::{ToSpan, civil::Date};

use super::document::{Block, Document};
use super::french;
use crate::committee::Figures;
use crate::domain::Month;
use crate::policy::Policy;

/// What a pack is made of.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// What the views say of the months from `first` to `last`.
    pub figures: &'a Figures,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The first month of the trends.
    pub first: Month,
    /// The month the pack is about.
    pub last: Month,
    /// The day that reviews and ends of trials are counted from: the last day of a month that is over, today in the
    /// month under way. So the pack of a month that is over is the same on any day.
    pub day: Date,
    /// The month is not over.
    pub provisional: bool,
    /// Days that rows of the journal are kept.
    pub retention_days: u32,
    /// Version of the method of the footprint, such as `ecologits-0.11.3`.
    pub footprint_version: &'a str,
}

/// Writes the pack. A month of which the views say nothing (nobody used anything, or fewer than five people did) has
/// one too: the tools, what falls due and the law do not depend on usage.
pub fn pack(subject: &Subject<'_>) -> Document {
    let mut blocks = Vec::new();
    for chapter in [
        summary::chapter,
        adoption::chapter,
        tools::chapter,
        control::chapter,
        observed::chapter,
        quality::chapter,
        spending::chapter,
        impact::chapter,
        service::chapter,
        limits::chapter,
    ] {
        chapter(subject, &mut blocks);
    }
    let month = french::month(subject.last);
    let organisation = subject.policy.organisation().name.as_deref();
    Document {
        title: "Usages de l'intelligence artificielle".into(),
        subtitle: if subject.provisional {
            format!("{month}, mois en cours : chiffres provisoires")
        } else {
            month
        },
        generated_for: match organisation {
            Some(organisation) => format!("Rapport au comité DATA-IA, {organisation}"),
            None => "Rapport au comité DATA-IA".into(),
        },
        blocks,
    }
}

/// The last day of a month.
pub fn last_day(month: Month) -> Date {
    let first = Date::new(month.year().cast_signed(), month.month().cast_signed(), 1);
    let first = first.expect("a month has a first day: its year is at most 9999");
    first.saturating_add(1.month()).saturating_sub(1.day())
}

impl Subject<'_> {
    /// The months of the trends that something is known of, in order.
    fn months(&self) -> Vec<Month> {
        let all = self.first.to(self.last);
        all.skip_while(|month| !sums::says_something(self.figures, *month))
            .collect()
    }
}

fn heading(level: u8, text: &str) -> Block {
    Block::Heading {
        level,
        text: text.to_owned(),
    }
}

fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(text.into())
}

fn note(text: impl Into<String>) -> Block {
    Block::Note(text.into())
}
