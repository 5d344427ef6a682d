//! Where the lines, bars and words of a chart stand. One geometry, which HTML writes as SVG and PDF as paths.
//!
//! Colour is never alone: each series has its own hatching, or its own marks and dashes, and figures are written where
//! there is room. The colours keep apart for people who do not tell red from green (after Paul Tol's and Okabe and
//! Ito's work on them), and each has a contrast of 3 to 1 or more on white.

mod pen;
mod scale;

use self::pen::{INK, RULE, bar, line, mark, rule, words};
use self::scale::Scale;
use super::document::{Chart, Form};
use super::french;

/// Width of a chart, in points of the PDF and in units of the SVG.
pub(super) const WIDTH: f64 = 510.0;
/// Size of its words.
pub(super) const SIZE: f64 = 8.5;
/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Color(pub u8, pub u8, pub u8);

/// Where words are set from their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// They begin there.
    Start,
    /// They stand around it.
    Middle,
    /// They end there.
    End,
}

/// What is drawn, from the top left, down and to the right.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// A full shape with straight sides.
    Area {
        /// Its corners.
        points: Vec<(f64, f64)>,
        /// What fills it.
        color: Color,
    },
    /// Straight lines one after the other.
    Line {
        /// Where they bend.
        points: Vec<(f64, f64)>,
        /// What they are drawn with.
        color: Color,
        /// How thick.
        width: f64,
        /// Lengths of strokes and gaps; empty for a whole line.
        dash: &'static [f64],
    },
    /// Words.
    Words {
        /// Where they begin, stand or end, on their baseline.
        at: (f64, f64),
        /// Which of those.
        anchor: Anchor,
        /// The words.
        text: String,
        /// In bold.
        strong: bool,
    },
}

/// A chart with everything in its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawing {
    /// How high it is; its width is [`WIDTH`].
    pub height: f64,
    /// What to draw, in this order.
    pub shapes: Vec<Shape>,
}

/// Width of words that are not measured: as much as they take in the widest sans-serif that readers have (Verdana and
/// DejaVu Sans), for a name that is cut says less than a bar that is a little shorter.
fn breadth(text: &str) -> f64 {
    text.chars()
        .map(|c| match c {
            'i' | 'l' | 'j' | '\'' | '’' => 0.32,
            ' ' | french::THIN | '.' | ',' | 't' | 'f' | 'I' | '(' | ')' | '-' => 0.46,
            'r' | 's' | 'z' | 'c' | '/' => 0.56,
            'm' | 'w' | 'M' | 'W' | '…' | 'œ' | '%' => 1.0,
            'A'..='Z' | 'É' | 'È' | 'À' => 0.79,
            _ => 0.65,
        })
        .sum::<f64>()
        * SIZE
}

/// Puts everything of a chart in its place. A chart without a value is a frame.
pub(super) fn draw(chart: &Chart) -> Drawing {
    let mut shapes = Vec::new();
    let top = legend(chart, &mut shapes);
    let height = match chart.form {
        Form::Bars => bars(chart, top, &mut shapes),
        Form::Columns | Form::Stacked | Form::Lines => upright(chart, top, &mut shapes),
    };
    Drawing { height, shapes }
}

/// The names of the series with their marks. Returns where it ends.
fn legend(chart: &Chart, shapes: &mut Vec<Shape>) -> f64 {
    let mut at = (0.0, 12.0);
    if chart.series.len() > 1 {
        for (index, series) in chart.series.iter().enumerate() {
            let width = 26.0 + breadth(&series.name) + 12.0;
            if at.0 > 0.0 && at.0 + width > WIDTH {
                at = (0.0, at.1 + 14.0);
            }
            let middle = at.1 - 3.0;
            if chart.form == Form::Lines {
                line(shapes, vec![(at.0, middle), (at.0 + 20.0, middle)], index);
                mark(shapes, (at.0 + 10.0, middle), index);
            } else {
                bar(shapes, (at.0, at.1 - 8.0, 18.0, 10.0), index);
            }
            words(shapes, (at.0 + 25.0, at.1), Anchor::Start, &series.name, false);
            at.0 += width;
        }
        at.1 += 12.0;
    }
    if !chart.unit.is_empty() {
        words(shapes, (0.0, at.1 + 2.0), Anchor::Start, &chart.unit, false);
        at.1 += 4.0;
    }
    at.1 + 8.0
}

fn most(chart: &Chart) -> f64 {
    let value = |category: usize, series: usize| {
        let values = &chart.series[series].values;
        values.get(category).copied().flatten().unwrap_or(0.0)
    };
    let heights = (0..chart.categories.len()).map(|category| {
        let values = (0..chart.series.len()).map(|series| value(category, series));
        if chart.form == Form::Stacked {
            values.sum::<f64>()
        } else {
            values.fold(0.0, f64::max)
        }
    });
    heights.fold(0.0, f64::max)
}

fn whole(chart: &Chart) -> bool {
    chart.series.iter().all(|series| series.decimals == 0)
}

fn figure(value: f64, decimals: u8) -> String {
    french::digits(&format!("{value:.*}", usize::from(decimals)))
}

/// Columns, stacks and lines. Returns the height.
fn upright(chart: &Chart, top: f64, shapes: &mut Vec<Shape>) -> f64 {
    let scale = Scale::of(most(chart), whole(chart));
    let left = scale
        .marks()
        .map(|mark| breadth(&scale.label(mark)))
        .fold(0.0, f64::max)
        + 8.0;
    let (bottom, right) = (top + 138.0, WIDTH - 6.0);
    let place = |value: f64| bottom - (value / scale.top) * (bottom - top);
    for mark in scale.marks() {
        let y = place(mark);
        rule(shapes, (left, y), (right, y), if mark == 0.0 { INK } else { RULE });
        words(shapes, (left - 5.0, y + 3.0), Anchor::End, &scale.label(mark), false);
    }
    let slot = (right - left) / chart.categories.len().max(1) as f64;
    let widest = chart.categories.iter().map(|name| breadth(name)).fold(0.0, f64::max);
    let every = ((widest + 6.0) / slot).ceil().max(1.0) as usize;
    for (at, category) in chart.categories.iter().enumerate() {
        // The last one is always named, and those that stand at whole steps before it.
        if (chart.categories.len() - 1 - at).is_multiple_of(every) {
            let x = left + (at as f64 + 0.5) * slot;
            let x = x.min(WIDTH - breadth(category) / 2.0);
            words(shapes, (x, bottom + 13.0), Anchor::Middle, category, false);
        }
    }
    let middle = |at: usize| left + (at as f64 + 0.5) * slot;
    match chart.form {
        Form::Lines => lines(chart, shapes, middle, place),
        Form::Stacked => stacks(chart, shapes, slot, middle, place),
        Form::Columns | Form::Bars => columns(chart, shapes, slot, middle, place),
    }
    bottom + 18.0
}

fn lines(chart: &Chart, shapes: &mut Vec<Shape>, middle: impl Fn(usize) -> f64, place: impl Fn(f64) -> f64) {
    for (index, series) in chart.series.iter().enumerate() {
        let mut run: Vec<(f64, f64)> = Vec::new();
        for (at, value) in series.values.iter().enumerate() {
            if let Some(value) = value {
                run.push((middle(at), place(*value)));
            } else if run.len() > 1 {
                line(shapes, std::mem::take(&mut run), index);
            } else {
                run.clear();
            }
        }
        if run.len() > 1 {
            line(shapes, run, index);
        }
        for (at, value) in series.values.iter().enumerate() {
            if let Some(value) = value {
                mark(shapes, (middle(at), place(*value)), index);
            }
        }
        let last = series
            .values
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, value)| value.map(|v| (at, v)));
        if let (Some((at, value)), 1) = (last, chart.series.len()) {
            let above = (middle(at), place(value) - 7.0);
            words(shapes, above, Anchor::Middle, &figure(value, series.decimals), true);
        }
    }
}

fn stacks(
    chart: &Chart,
    shapes: &mut Vec<Shape>,
    slot: f64,
    middle: impl Fn(usize) -> f64,
    place: impl Fn(f64) -> f64,
) {
    let width = (slot * 0.62).min(46.0);
    for at in 0..chart.categories.len() {
        let mut below = 0.0;
        for (index, series) in chart.series.iter().enumerate() {
            let value = series.values.get(at).copied().flatten().unwrap_or(0.0);
            if value > 0.0 {
                let (low, high) = (place(below), place(below + value));
                bar(shapes, (middle(at) - width / 2.0, high, width, low - high), index);
                below += value;
            }
        }
    }
}

fn columns(
    chart: &Chart,
    shapes: &mut Vec<Shape>,
    slot: f64,
    middle: impl Fn(usize) -> f64,
    place: impl Fn(f64) -> f64,
) {
    let count = chart.series.len().max(1) as f64;
    let width = (slot * 0.76 / count).min(34.0);
    for (index, series) in chart.series.iter().enumerate() {
        for (at, value) in series.values.iter().enumerate() {
            let Some(value) = value else { continue };
            let x = middle(at) + (index as f64 - count / 2.0) * width;
            bar(
                shapes,
                (x, place(*value), width - 1.0, place(0.0) - place(*value)),
                index,
            );
            let text = figure(*value, series.decimals);
            if breadth(&text) < width + 6.0 {
                words(
                    shapes,
                    (x + width / 2.0, place(*value) - 3.0),
                    Anchor::Middle,
                    &text,
                    false,
                );
            }
        }
    }
}

/// Bars that lie, with their names on the left and their figures at their ends. Returns the height.
fn bars(chart: &Chart, top: f64, shapes: &mut Vec<Shape>) -> f64 {
    let names: Vec<String> = chart.categories.iter().map(|name| shortened(name)).collect();
    let left = names.iter().map(|name| breadth(name)).fold(0.0, f64::max) + 8.0;
    let figures = chart.series.iter().flat_map(|series| {
        let values = series.values.iter().flatten();
        values.map(|value| breadth(&figure(*value, series.decimals)))
    });
    let right = WIDTH - figures.fold(0.0, f64::max) - 8.0;
    let most = most(chart).max(f64::MIN_POSITIVE);
    let thickness = if chart.series.len() > 1 { 9.0 } else { 12.0 };
    let slot = thickness * chart.series.len().max(1) as f64 + 7.0;
    for (at, name) in names.iter().enumerate() {
        let y = top + at as f64 * slot;
        words(shapes, (left - 6.0, y + slot / 2.0 - 0.5), Anchor::End, name, false);
        for (index, series) in chart.series.iter().enumerate() {
            let Some(value) = series.values.get(at).copied().flatten() else {
                continue;
            };
            let (y, width) = (y + index as f64 * thickness, value / most * (right - left));
            bar(shapes, (left, y, width.max(0.5), thickness - 1.0), index);
            let beside = (left + width + 4.0, y + thickness / 2.0 + 2.6);
            words(shapes, beside, Anchor::Start, &figure(value, series.decimals), false);
        }
    }
    let bottom = top + names.len() as f64 * slot;
    rule(shapes, (left, top - 4.0), (left, bottom - 3.0), INK);
    bottom
}

/// A name that leaves room for its bar.
fn shortened(name: &str) -> String {
    const LETTERS: usize = 40;
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(LETTERS - 1).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::Series;

    fn chart(form: Form, values: Vec<Option<f64>>) -> Chart {
        Chart {
            id: "c".into(),
            title: "t".into(),
            description: "d".into(),
            form,
            unit: String::new(),
            table: "t".into(),
            categories: values.iter().map(|_| "nov. 26".to_owned()).collect(),
            series: vec![Series {
                name: "s".into(),
                values,
                decimals: 0,
            }],
        }
    }

    /// From where to where words go.
    fn extent((x, y): (f64, f64), anchor: Anchor, text: &str) -> Vec<(f64, f64)> {
        let width = breadth(text);
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        vec![(left, y), (left + width, y)]
    }

    #[test]
    fn nothing_leaves_the_frame_whatever_the_values() {
        for form in [Form::Bars, Form::Columns, Form::Lines, Form::Stacked] {
            for values in [
                vec![],
                vec![None],
                vec![Some(0.0)],
                vec![Some(1e9), None, Some(3.0)],
                vec![Some(0.001); 24],
            ] {
                let mut chart = chart(form, values.clone());
                if let Some(name) = chart.categories.first_mut() {
                    *name = "Commande publique et WWW MMM mmm wwww en tout".into();
                }
                let drawing = draw(&chart);
                for shape in &drawing.shapes {
                    let points = match shape {
                        Shape::Area { points, .. } | Shape::Line { points, .. } => points.clone(),
                        Shape::Words { at, anchor, text, .. } => extent(*at, *anchor, text),
                    };
                    for (x, y) in points {
                        let inside = (-0.5..=WIDTH + 0.5).contains(&x) && (-0.5..=drawing.height + 4.0).contains(&y);
                        assert!(inside, "{form:?} {values:?}: {x}, {y} in {}", drawing.height);
                    }
                }
            }
        }
    }
}
