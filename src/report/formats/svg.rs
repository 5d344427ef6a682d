//! A chart as SVG inside a page, with its title and its description for who does not see it.

use std::fmt::Write as _;

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

fn path(points: &[(f64, f64)]) -> String {
    let points = points.iter().map(|(x, y)| format!("{} {}", number(*x), number(*y)));
    format!("M{}", points.collect::<Vec<_>>().join("L"))
}

/// The element.
pub(super) fn render(chart: &Chart) -> String {
    let drawing = chart::draw(chart);
    let (id, height) = (escaped(&chart.id), number(drawing.height + 4.0));
    let mut out = format!(
        "<svg role=\"img\" aria-labelledby=\"{id}-titre {id}-desc\" viewBox=\"0 0 {} {height}\" font-size=\"{SIZE}\">\n\
         <title id=\"{id}-titre\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
        number(WIDTH),
        escaped(&chart.title),
        escaped(&chart.description),
    );
    for shape in &drawing.shapes {
        let written = match shape {
            Shape::Area { points, color: fill } => {
                writeln!(out, "<path fill=\"{}\" d=\"{}Z\"/>", color(*fill), path(points))
            }
            Shape::Line {
                points,
                color: stroke,
                width,
                dash,
            } => {
                let dash = dash.iter().map(|length| number(*length)).collect::<Vec<_>>().join(" ");
                let dash = if dash.is_empty() {
                    dash
                } else {
                    format!(" stroke-dasharray=\"{dash}\"")
                };
                let (stroke, width) = (color(*stroke), number(*width));
                let path = path(points);
                writeln!(
                    out,
                    "<path fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"{dash} d=\"{path}\"/>"
                )
            }
            Shape::Words {
                at: (x, y),
                anchor,
                text,
                strong,
            } => {
                let anchor = match anchor {
                    Anchor::Start => "",
                    Anchor::Middle => " text-anchor=\"middle\"",
                    Anchor::End => " text-anchor=\"end\"",
                };
                let weight = if *strong { " font-weight=\"600\"" } else { "" };
                let (x, y, text) = (number(*x), number(*y), escaped(text));
                writeln!(out, "<text x=\"{x}\" y=\"{y}\"{anchor}{weight}>{text}</text>")
            }
        };
        written.expect("a String takes all there is");
    }
    out.push_str("</svg>\n");
    out
}
