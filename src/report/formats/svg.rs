//! A chart as SVG inside a page, with its description for who does not see it.

use super::escaped;
use crate::report::chart::{self, Anchor, Color, SIZE, Shape, WIDTH};
use crate::report::document::Chart;

/// A coordinate, short and always the same.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let short = text.strip_suffix(".0").unwrap_or(&text);
    if short == "-0" {
        "0".to_owned()
    } else {
        short.to_owned()
    }
}

fn color(Color(red, green, blue): Color) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Straight lines from one point to the next, in as few letters as say it: steps from rounded place to rounded place, so
/// that nothing adds up.
fn path(points: &[(f64, f64)]) -> String {
    let tenths = |value: f64| (value * 10.0).round() as i64;
    let mut out = String::new();
    let mut from = (0, 0);
    for (at, (x, y)) in points.iter().enumerate() {
        let to = (tenths(*x), tenths(*y));
        let step = (to.0 - from.0, to.1 - from.1);
        let short = |tenths: i64| number(tenths as f64 / 10.0);
        match (at, step) {
            (0, _) => out.push_str(&format!("M{}{}", short(to.0), after(&short(to.1)))),
            (_, (0, 0)) => {}
            (_, (across, 0)) => out.push_str(&format!("h{}", short(across))),
            (_, (0, down)) => out.push_str(&format!("v{}", short(down))),
            (_, (across, down)) => out.push_str(&format!("l{}{}", short(across), after(&short(down)))),
        }
        from = to;
    }
    out
}

/// A number after another one: a minus sign keeps them apart.
fn after(number: &str) -> String {
    if number.starts_with('-') {
        number.to_owned()
    } else {
        format!(" {number}")
    }
}

/// What a path looks like.
fn look(shape: &Shape) -> Option<String> {
    match shape {
        Shape::Area { color: fill, .. } => Some(format!("fill=\"{}\"", color(*fill))),
        Shape::Line {
            color: stroke,
            width,
            dash,
            ..
        } => {
            let dash = dash.iter().map(|length| number(*length)).collect::<Vec<_>>().join(" ");
            let dash = if dash.is_empty() {
                dash
            } else {
                format!(" stroke-dasharray=\"{dash}\"")
            };
            let (stroke, width) = (color(*stroke), number(*width));
            Some(format!(
                "fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"{dash}"
            ))
        }
        Shape::Words { .. } => None,
    }
}

/// The element, named by the element `{id}-titre` that the page has. Shapes that look alike and follow one another are one
/// path, and words stand over all of them: what is drawn is the same, in a third of the bytes.
pub(super) fn render(chart: &Chart) -> String {
    let drawing = chart::draw(chart);
    let (id, height) = (escaped(&chart.id), number(drawing.height + 4.0));
    let mut out = format!(
        "<svg role=\"img\" aria-labelledby=\"{id}-titre {id}-desc\" viewBox=\"0 0 {} {height}\" font-size=\"{SIZE}\">\n\
         <desc id=\"{id}-desc\">{}</desc>\n",
        number(WIDTH),
        escaped(&chart.description),
    );
    let mut open: Option<String> = None;
    for shape in &drawing.shapes {
        let (Some(look), Shape::Area { points, .. } | Shape::Line { points, .. }) = (look(shape), shape) else {
            continue;
        };
        if open.as_ref() != Some(&look) {
            out.push_str(if open.is_some() { "\"/>\n" } else { "" });
            out.push_str(&format!("<path {look} d=\""));
        }
        out.push_str(&path(points));
        if matches!(shape, Shape::Area { .. }) {
            out.push('Z');
        }
        open = Some(look);
    }
    out.push_str(if open.is_some() { "\"/>\n" } else { "" });
    for (anchor, name) in [
        (Anchor::Start, "start"),
        (Anchor::Middle, "middle"),
        (Anchor::End, "end"),
    ] {
        let words = drawing.shapes.iter().filter_map(|shape| match shape {
            Shape::Words {
                at,
                anchor: own,
                text,
                strong,
            } if *own == anchor => Some((at, text, strong)),
            _ => None,
        });
        let written: String = words
            .map(|((x, y), text, strong)| {
                let weight = if *strong { " font-weight=\"600\"" } else { "" };
                let (x, y, text) = (number(*x), number(*y), escaped(text));
                format!("<text x=\"{x}\" y=\"{y}\"{weight}>{text}</text>\n")
            })
            .collect();
        if !written.is_empty() {
            out.push_str(&format!("<g text-anchor=\"{name}\">\n{written}</g>\n"));
        }
    }
    out.push_str("</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_from_place_to_place_in_few_letters() {
        for (points, expected) in [
            (&[(1.0, 2.04), (11.0, 2.0), (11.0, 3.5)][..], "M1 2h10v1.5"),
            (&[(0.0, -0.5), (-1.25, 4.0)], "M0-0.5l-1.3 4.5"),
            (&[(5.0, 5.0), (5.01, 5.0), (6.0, 4.0)], "M5 5l1-1"),
            (&[], ""),
        ] {
            assert_eq!(path(points), expected);
        }
        // Thousands of small steps end where the last point is.
        let many: Vec<_> = (0..2_000).map(|at| (f64::from(at) * 0.149, 0.0)).collect();
        let steps = path(&many)["M0 0h".len()..]
            .split('h')
            .map(|step| step.parse::<f64>().expect("a step"))
            .sum::<f64>();
        assert!((steps - 1_999.0 * 0.149).abs() < 0.1, "{steps}");
    }
}
