//! Text that was disguised beyond single characters: codes (`decode`), letters held apart and values in words
//! (`spelled`), words torn or read backwards (`torn`). Each disguise is a piece of the text and what it says. Pieces
//! near each other are undone together, with a little of the text around them, and scanned once more; what is found
//! there is reported over the pieces that it touches.
//!
//! A disguise is looked for only where its signs are, so that plain text pays nothing.

use super::decode;
use super::finding::{Evidence, Finding};
use super::scan::View;
use super::spelled;
use super::torn;
use std::ops::Range;

/// How far apart two pieces may be to be undone together, in bytes.
const NEAR: usize = 96;
/// How much of the plain text before and after goes with them.
const BEFORE: usize = 96;
const AFTER: usize = 48;
/// Longest text that is undone at once.
pub(super) const LONGEST: usize = 64 * 1024;

/// A disguise, and what it says.
pub(super) struct Piece {
    /// Where it stands in the folded text.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) says: String,
}

/// Some pieces, undone, with the text around them.
pub(super) struct Undone {
    pub(super) text: String,
    /// Where each piece stands in the folded text, and in `text`.
    pieces: Vec<(Range<usize>, Range<usize>)>,
}

/// Finds and undoes the disguises of a text.
pub(super) fn find(view: &View, length: usize, out: &mut Vec<Undone>) {
    out.clear();
    let mut pieces = Vec::new();
    decode::find(view, length, &mut pieces);
    spelled::find(view, &mut pieces);
    torn::find(view, length, &mut pieces);
    pieces.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
    let mut group: Option<Undone> = None;
    let mut last = 0;
    for piece in pieces {
        if piece.start < last {
            continue;
        }
        if let Some(open) = group.as_mut()
            && piece.start - last <= NEAR
            && open.text.len() + piece.says.len() < LONGEST
        {
            open.text += &String::from_utf8_lossy(&view.bytes[last..piece.start]);
            last = piece.end;
            open.add(piece);
            continue;
        }
        out.extend(group.take().map(|open| open.close(view, last, length)));
        let before = &view.bytes[piece.start.saturating_sub(BEFORE)..piece.start];
        let mut open = Undone {
            text: String::from_utf8_lossy(before).into_owned(),
            pieces: Vec::new(),
        };
        last = piece.end;
        open.add(piece);
        group = Some(open);
    }
    out.extend(group.map(|open| open.close(view, last, length)));
}

impl Undone {
    fn add(&mut self, piece: Piece) {
        // A text of several lines begins with one.
        if piece.says.contains('\n') {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text += &piece.says;
        self.pieces.push((piece.start..piece.end, start..self.text.len()));
    }

    fn close(mut self, view: &View, last: usize, length: usize) -> Self {
        self.text += &String::from_utf8_lossy(&view.bytes[last..length.min(last + AFTER).max(last)]);
        self
    }

    /// What a finding over these bytes of `text` is in the folded text: it covers the pieces that it touches.
    pub(super) fn covered(&self, finding: &Finding, span: Range<usize>) -> Option<Finding> {
        let first = self.pieces.partition_point(|(_, own)| own.end <= span.start);
        let after = self.pieces.partition_point(|(_, own)| own.start < span.end);
        let touched = self.pieces.get(first..after).filter(|touched| !touched.is_empty())?;
        Some(Finding {
            start: touched[0].0.start as u32,
            end: touched[touched.len() - 1].0.end as u32,
            evidence: finding.evidence.with(Evidence::DISGUISED),
            ..*finding
        })
    }
}
