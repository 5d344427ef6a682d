//! The strokes that charts are drawn with: words, rules, and the lines, marks and bars of a series, which no two series
//! have alike.

use super::{Anchor, Color, Shape};

/// Colours of series, then of words, of rules and of the ground.
const SERIES: [Color; 6] = [
    Color(0x1b, 0x4f, 0x8a),
    Color(0xc4, 0x5f, 0x00),
    Color(0x1a, 0x80, 0x6b),
    Color(0x8a, 0x3b, 0x8f),
    Color(0x6b, 0x6b, 0x6b),
    Color(0x9a, 0x7b, 0x00),
];
pub(super) const INK: Color = Color(0x26, 0x2b, 0x33);
pub(super) const RULE: Color = Color(0xd5, 0xd9, 0xe0);
const WHITE: Color = Color(0xff, 0xff, 0xff);

pub(super) fn words(shapes: &mut Vec<Shape>, at: (f64, f64), anchor: Anchor, text: &str, strong: bool) {
    let text = text.to_owned();
    shapes.push(Shape::Words {
        at,
        anchor,
        text,
        strong,
    });
}

pub(super) fn rule(shapes: &mut Vec<Shape>, from: (f64, f64), to: (f64, f64), color: Color) {
    shapes.push(Shape::Line {
        points: vec![from, to],
        color,
        width: 0.7,
        dash: &[],
    });
}

pub(super) fn line(shapes: &mut Vec<Shape>, points: Vec<(f64, f64)>, series: usize) {
    const DASHES: [&[f64]; 4] = [&[], &[6.0, 3.0], &[2.0, 2.5], &[8.0, 2.5, 2.0, 2.5]];
    shapes.push(Shape::Line {
        points,
        color: SERIES[series % SERIES.len()],
        width: 1.8,
        dash: DASHES[series % DASHES.len()],
    });
}

/// A mark on a line: a square, a diamond, a triangle that stands or hangs.
pub(super) fn mark(shapes: &mut Vec<Shape>, (x, y): (f64, f64), series: usize) {
    const FORMS: [&[(f64, f64)]; 4] = [
        &[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)],
        &[(0.0, -1.5), (1.5, 0.0), (0.0, 1.5), (-1.5, 0.0)],
        &[(0.0, -1.5), (1.4, 1.1), (-1.4, 1.1)],
        &[(0.0, 1.5), (1.4, -1.1), (-1.4, -1.1)],
    ];
    let points = FORMS[series % FORMS.len()]
        .iter()
        .map(|(dx, dy)| (x + dx * 2.6, y + dy * 2.6));
    shapes.push(Shape::Area {
        points: points.collect(),
        color: SERIES[series % SERIES.len()],
    });
}

/// A bar, with the hatching of its series.
pub(super) fn bar(shapes: &mut Vec<Shape>, (x, y, width, height): (f64, f64, f64, f64), series: usize) {
    shapes.push(Shape::Area {
        points: vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)],
        color: SERIES[series % SERIES.len()],
    });
    let hatch = |shapes: &mut Vec<Shape>, rises: bool| {
        let mut offset = 5.0;
        while offset < width + height {
            // The line x + y = offset inside the bar, mirrored where it rises.
            let (from, to) = ((offset - height).max(0.0), offset.min(width));
            if to - from > 0.5 {
                let place = |along: f64| {
                    let down = offset - along;
                    (x + along, if rises { y + down } else { y + height - down })
                };
                shapes.push(Shape::Line {
                    points: vec![place(from), place(to)],
                    color: WHITE,
                    width: 1.0,
                    dash: &[],
                });
            }
            offset += 5.0;
        }
    };
    match series % SERIES.len() {
        0 => {}
        1 => hatch(shapes, true),
        2 => hatch(shapes, false),
        3 => {
            hatch(shapes, true);
            hatch(shapes, false);
        }
        other => {
            let gap = if other == 4 { 4.0 } else { 8.0 };
            let mut at = gap / 2.0;
            while at < height {
                rule(shapes, (x, y + at), (x + width, y + at), WHITE);
                at += gap;
            }
        }
    }
}
