//! Tables on sheets: how wide a column is, and what becomes of rows where a page ends.

use super::layout::Style;
use super::letters::Letters;
use super::sheet::{BOTTOM, GROUND, INK, Ink, LEFT, ROOT, RULE, Role, SOFT, Sheets, TOP};
use crate::report::chart::{Anchor, Color, WIDTH};
use crate::report::document::Table;
use crate::report::french;

/// Left and right of the words of a cell.
const PADDING: f64 = 4.5;
/// Above and below them.
const MARGIN: f64 = 2.6;

/// A cell cut into lines.
struct Cut {
    lines: Vec<String>,
    style: Style,
    right: bool,
}

/// Puts a table under what stands on the last page.
pub(super) fn lay(sheets: &mut Sheets, letters: &Letters, table: &Table) {
    let size = if table.columns.len() > 7 { 7.2 } else { 8.2 };
    let widths = widths(letters, table, size);
    let caption = Style::new(9.0, true, INK);
    let title = letters.lines(&table.caption, caption.size, caption.strong, WIDTH);
    let head = head(letters, table, size, &widths);
    let keep = title.len() as f64 * caption.line() + height(&head) + 2.0 * (size * 1.42 + 2.0 * MARGIN) + 8.0;
    sheets.need(keep);

    let node = sheets.node(ROOT, Role::Table);
    let part = sheets.node(node, Role::Caption);
    let ink = title.into_iter().map(|line| {
        let ink = caption.ink((LEFT, sheets.y), line);
        sheets.y += caption.line();
        ink
    });
    let ink = ink.collect();
    sheets.draw(part, ink);
    sheets.y += 2.0;
    let part = sheets.node(node, Role::Head);
    let row = sheets.node(part, Role::Row);
    draw(sheets, Some(row), &head, &widths);
    under(sheets, INK, 1.0);

    if !table.rows.is_empty() {
        let body = sheets.node(node, Role::Rows);
        for at in 0..table.rows.len() {
            let cells = cut(letters, table, at, size, &widths);
            let row = sheets.node(body, Role::Row);
            lay_row(sheets, &cells, &head, &widths, (row, at % 2 == 1));
        }
    }
    sheets.y += 13.0;
}

/// One row; the head is shown again on each page it begins.
fn lay_row(sheets: &mut Sheets, cells: &[Cut], head: &[Cut], widths: &[f64], (row, shaded): (usize, bool)) {
    let turn = |sheets: &mut Sheets| {
        sheets.turn();
        draw(sheets, None, head, widths);
        under(sheets, INK, 1.0);
    };
    let whole = height(cells);
    if sheets.room() < whole {
        // A row that no page can hold begins here; any other one waits for the next page.
        if whole < (BOTTOM - TOP) - height(head) || sheets.room() < 60.0 {
            turn(sheets);
        }
    }
    let parts: Vec<usize> = cells
        .iter()
        .enumerate()
        .map(|(at, _)| {
            let role = if at == 0 { Role::RowHeader } else { Role::Data };
            sheets.node(row, role)
        })
        .collect();
    let line = cells.first().map_or(10.0, |cell| cell.style.line());
    let total = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
    let mut from = 0;
    while from < total.max(1) {
        let fit = (((sheets.room() - 2.0 * MARGIN) / line).floor().max(1.0)) as usize;
        let to = (from + fit).min(total.max(1));
        let top = sheets.y;
        let high = (to - from) as f64 * line + 2.0 * MARGIN;
        if shaded {
            sheets.adorn(vec![Ink::Box([LEFT, top, WIDTH, high], GROUND)]);
        }
        inks(sheets, &parts, cells, widths, (from, to));
        sheets.y = top + high;
        under(sheets, RULE, 0.6);
        from = to;
        if from < total {
            turn(sheets);
        }
    }
}

/// Draws lines `from..to` of each cell.
fn inks(sheets: &mut Sheets, parts: &[usize], cells: &[Cut], widths: &[f64], (from, to): (usize, usize)) {
    let (top, mut x) = (sheets.y + MARGIN, LEFT);
    for ((cell, width), part) in cells.iter().zip(widths).zip(parts) {
        let lines = cell.lines.iter().take(to).skip(from).enumerate();
        let ink: Vec<_> = lines
            .filter(|(_, line)| !line.is_empty())
            .map(|(at, line)| place(cell, line, (x, *width), top + at as f64 * cell.style.line()))
            .collect();
        if !ink.is_empty() {
            sheets.draw(*part, ink);
        }
        x += width;
    }
}

fn place(cell: &Cut, line: &str, (x, width): (f64, f64), top: f64) -> Ink {
    let mut ink = cell.style.ink((x + PADDING, top), line.to_owned());
    if let (true, Ink::Words { at, anchor, .. }) = (cell.right, &mut ink) {
        at.0 = x + width - PADDING;
        *anchor = Anchor::End;
    }
    ink
}

/// Draws a row of headers, as a part of the table or, on later pages, as an adornment.
fn draw(sheets: &mut Sheets, row: Option<usize>, cells: &[Cut], widths: &[f64]) {
    let (y, high) = (sheets.y, height(cells));
    let tall = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
    let mut x = LEFT;
    for (cell, width) in cells.iter().zip(widths) {
        // Headers stand on the rule below them.
        let top = y + MARGIN + (tall - cell.lines.len()) as f64 * cell.style.line();
        let lines = cell.lines.iter().enumerate();
        let ink = lines.map(|(at, line)| place(cell, line, (x, *width), top + at as f64 * cell.style.line()));
        let ink = ink.collect();
        match row {
            Some(row) => {
                let part = sheets.node(row, Role::ColumnHeader);
                sheets.draw(part, ink);
            }
            None => sheets.adorn(ink),
        }
        x += width;
    }
    sheets.y = y + high;
}

fn under(sheets: &mut Sheets, color: Color, thick: f64) {
    let y = sheets.y;
    sheets.adorn(vec![Ink::Box([LEFT, y - thick, WIDTH, thick], color)]);
}

fn height(cells: &[Cut]) -> f64 {
    let lines = cells.iter().map(|cell| cell.lines.len() as f64 * cell.style.line());
    lines.fold(0.0, f64::max) + 2.0 * MARGIN
}

fn head(letters: &Letters, table: &Table, size: f64, widths: &[f64]) -> Vec<Cut> {
    let style = Style::new(size, true, INK);
    let columns = table.columns.iter().zip(widths).enumerate();
    columns
        .map(|(at, (column, width))| Cut {
            lines: letters.lines(&column.heading(), size, true, width - 2.0 * PADDING),
            style,
            right: table.is_numeric(at),
        })
        .collect()
}

fn cut(letters: &Letters, table: &Table, row: usize, size: f64, widths: &[f64]) -> Vec<Cut> {
    let cells = table.rows[row].iter().zip(widths);
    cells
        .map(|(cell, width)| {
            let known = !cell.is_figure() || cell.figure().is_some();
            Cut {
                lines: letters.lines(&french::cell(cell), size, false, width - 2.0 * PADDING),
                style: Style::new(size, false, if known { INK } else { SOFT }),
                right: cell.is_figure(),
            }
        })
        .collect()
}

/// Widths of the columns: what each needs not to cut a word, then what it would like, in proportion.
fn widths(letters: &Letters, table: &Table, size: f64) -> Vec<f64> {
    const ENOUGH: f64 = 210.0;
    let count = table.columns.len().max(1);
    let widest_word = |text: &str, strong| {
        let words = text
            .split(' ')
            .map(|word| letters.width(&letters.drawable(word), size, strong));
        words.fold(0.0, f64::max)
    };
    let (mut least, mut wanted) = (vec![0.0_f64; count], vec![0.0_f64; count]);
    for (at, column) in table.columns.iter().enumerate() {
        let heading = widest_word(&column.heading(), true);
        least[at] = heading;
        wanted[at] = heading.max(letters.width(&letters.drawable(&column.heading()), size, true) / 2.0);
        for text in table.rows.iter().filter_map(|row| row.get(at)).map(french::cell) {
            least[at] = least[at].max(widest_word(&text, false));
            wanted[at] = wanted[at].max(letters.width(&letters.drawable(&text), size, false));
        }
        least[at] = least[at].min(ENOUGH) + 2.0 * PADDING + 0.5;
        wanted[at] = wanted[at].min(ENOUGH * 1.5) + 2.0 * PADDING + 0.5;
    }
    let (sum_least, sum_wanted): (f64, f64) = (least.iter().sum(), wanted.iter().sum());
    if sum_least >= WIDTH {
        return least.iter().map(|width| width * WIDTH / sum_least).collect();
    }
    if sum_wanted <= WIDTH {
        let more = (WIDTH - sum_wanted) / sum_wanted;
        return wanted.iter().map(|width| width * (1.0 + more)).collect();
    }
    let share = (WIDTH - sum_least) / (sum_wanted - sum_least);
    least
        .iter()
        .zip(&wanted)
        .map(|(least, wanted)| least + (wanted - least) * share)
        .collect()
}
