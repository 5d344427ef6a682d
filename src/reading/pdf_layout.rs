//! Letters at their places on a page, put back into words and lines.
//!
//! The order is that of the drawing, which nearly always is that of reading, and keeps columns of text apart. Where a
//! row is drawn in pieces (a table by columns, a form whose values come after its labels), the row is written once
//! more, from left to right, at the end of the page: a label and its value then stand side by side.

use hayro_interpret::kurbo::Point;

use super::{Gather, Unread};

/// Gaps between letters, in heights of the letters: beyond the first a space, beyond the second a cell.
const SPACE: f64 = 0.18;
const CELL: f64 = 1.5;

/// How far from its line a letter may stand, in heights: exponents do.
const SAME_LINE: f64 = 0.45;

/// A letter, or a ligature, at its place.
pub(super) struct Glyph {
    /// Where it starts, on its line.
    pub(super) at: Point,
    /// Where it ends.
    pub(super) end: Point,
    /// The top of its line.
    pub(super) up: Point,
    /// What it says.
    pub(super) letters: String,
}

impl Glyph {
    fn height(&self) -> f64 {
        self.at.distance(self.up).max(0.001)
    }

    /// How far `point` is beyond the end of this letter, along the line and across it, in heights.
    fn beyond(&self, point: Point) -> (f64, f64) {
        let up = self.up - self.at;
        let height = self.height();
        let (x, y) = (up.y / height, -up.x / height);
        // The direction of writing is a quarter of a turn from the top, on the side where the letter ends.
        let forward = (self.end - self.at).x * x + (self.end - self.at).y * y;
        let sign = if forward < 0.0 { -1.0 } else { 1.0 };
        let gap = point - self.end;
        let across = (point - self.at).dot(up) / (height * height);
        (sign * (gap.x * x + gap.y * y) / height, across)
    }
}

/// Letters that follow one another on one line.
struct Piece {
    at: Point,
    end: Point,
    height: f64,
    words: String,
    /// Which line it belongs to, in the order of drawing.
    line: usize,
    level: bool,
}

/// The letters of a page.
#[derive(Default)]
pub(super) struct Layout {
    pieces: Vec<Piece>,
    last: Option<Glyph>,
    /// The run before: letters are drawn twice to look bold, or to have an outline.
    before: Option<(Point, String)>,
    lines: usize,
    length: usize,
}

impl Layout {
    /// No letter was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.iter().all(|piece| piece.words.trim().is_empty())
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Adds letters drawn together.
    pub(super) fn run(&mut self, glyphs: Vec<Glyph>) {
        let Some(first) = glyphs.first() else { return };
        let words: String = glyphs.iter().map(|glyph| glyph.letters.as_str()).collect();
        let again = self
            .before
            .as_ref()
            .is_some_and(|(at, before)| *before == words && at.distance(first.at) < 0.15 * first.height());
        self.before = Some((first.at, words));
        if again {
            return;
        }
        for glyph in glyphs {
            self.letter(glyph);
        }
    }

    fn letter(&mut self, glyph: Glyph) {
        self.length += glyph.letters.len();
        let (gap, across) = self
            .last
            .as_ref()
            .map_or((f64::MAX, f64::MAX), |last| last.beyond(glyph.at));
        let same_line = across.abs() < SAME_LINE && gap > -0.6;
        if !same_line {
            self.lines += 1;
        }
        match self.pieces.last_mut() {
            Some(piece) if same_line && gap < CELL => {
                if gap > SPACE && !piece.words.ends_with(' ') && !glyph.letters.starts_with(' ') {
                    piece.words.push(' ');
                }
                piece.words.push_str(&glyph.letters);
                piece.end = glyph.end;
            }
            _ => self.pieces.push(Piece {
                at: glyph.at,
                end: glyph.end,
                height: glyph.height(),
                words: glyph.letters.clone(),
                line: self.lines,
                level: (glyph.up.x - glyph.at.x).abs() < 0.1 * glyph.height(),
            }),
        }
        self.last = Some(glyph);
    }

    /// Writes the lines of the page.
    pub(super) fn write(&self, gather: &mut Gather) -> Result<(), Unread> {
        let mut line = None;
        for piece in &self.pieces {
            match line {
                Some(line) if line == piece.line => gather.cell()?,
                _ => gather.line()?,
            }
            gather.words(&piece.words)?;
            line = Some(piece.line);
        }
        gather.line()?;
        self.rows(gather)
    }

    /// Writes the rows that were drawn in pieces.
    fn rows(&self, gather: &mut Gather) -> Result<(), Unread> {
        let mut level: Vec<&Piece> = self
            .pieces
            .iter()
            .filter(|piece| piece.level && !piece.words.trim().is_empty())
            .collect();
        level.sort_by(|a, b| a.at.y.total_cmp(&b.at.y));
        let mut rest = level.as_slice();
        while let Some(first) = rest.first() {
            let alike = rest
                .iter()
                .take_while(|piece| piece.at.y - first.at.y < SAME_LINE * first.height)
                .count();
            // A place that is not a number is like no other, itself included.
            let alike = alike.max(1);
            let (row, below) = rest.split_at(alike);
            rest = below;
            if row.iter().any(|piece| piece.line != first.line) {
                let mut row = row.to_vec();
                row.sort_by(|a, b| a.at.x.total_cmp(&b.at.x));
                join(&row, gather)?;
            }
        }
        Ok(())
    }
}

fn join(row: &[&Piece], gather: &mut Gather) -> Result<(), Unread> {
    let mut end: Option<f64> = None;
    for piece in row {
        if let Some(end) = end {
            let gap = (piece.at.x - end) / piece.height;
            if gap > CELL {
                gather.cell()?;
            } else if gap > SPACE {
                gather.gap()?;
            }
        }
        gather.words(&piece.words)?;
        end = Some(piece.end.x);
    }
    gather.line()
}
