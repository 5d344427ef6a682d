//! A document as a PDF that people hear as well as see: headings, lists, tables with their headers, charts with their
//! words (PDF/UA-1, which krilla checks while it writes).

mod layout;
mod letters;
mod sheet;
mod table;

use krilla::color::rgb;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TagGroup, TagTree};
use krilla::text::TextDirection;
use krilla::{Document as Pdf, SerializeSettings};

use letters::Letters;
use sheet::{BOTTOM, Child, Ink, LEFT, Mark, PAGE, ROOT, SOFT, Sheets};

use crate::report::chart::{Anchor, Color, SIZE, Shape, WIDTH};
use crate::report::document::Document;

/// The bytes.
pub(super) fn render(document: &Document) -> Result<Vec<u8>, String> {
    let letters = Letters::new()?;
    let sheets = layout::lay(document, &letters);
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish();
    let mut pdf = Pdf::new_with(SerializeSettings {
        configuration: configuration.map_err(|error| format!("{error:?}"))?,
        ..SerializeSettings::default()
    });
    pdf.set_metadata(
        Metadata::new()
            .title(format!("{} – {}", document.title, document.subtitle))
            .language("fr-FR".to_owned())
            .creator("Gardefou".to_owned()),
    );
    let mut leaves = vec![None; sheets.leaves];
    for (number, runs) in sheets.pages.iter().enumerate() {
        let settings = PageSettings::from_wh(PAGE.0 as f32, PAGE.1 as f32).ok_or("page sans surface")?;
        let mut page = pdf.start_page_with(settings);
        let mut surface = page.surface();
        let mut pen = Pen {
            surface: &mut surface,
            letters: &letters,
        };
        for run in runs {
            let tag = match run.leaf {
                Some(_) => ContentTag::Span(SpanTag::empty()),
                None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            };
            let identifier = pen.tagged(tag, &run.ink);
            if let Some(leaf) = run.leaf {
                leaves[leaf] = Some(identifier);
            }
        }
        pen.foot(&document.title, number + 1, sheets.pages.len());
        surface.finish();
        page.finish();
    }
    pdf.set_outline(outline(&document.title, &sheets.marks));
    let mut tree = TagTree::new();
    for child in &sheets.nodes[ROOT].children {
        if let Child::Node(node) = child {
            tree.push(group(&sheets, *node, &leaves));
        }
    }
    pdf.set_tag_tree(tree);
    pdf.finish().map_err(|error| format!("{error:?}"))
}

/// A part of the tree with everything below it.
fn group(sheets: &Sheets, node: usize, leaves: &[Option<Identifier>]) -> TagGroup {
    let node = &sheets.nodes[node];
    let role = node
        .role
        .as_ref()
        .expect("only the root has none, and it is below nothing");
    let mut group = TagGroup::new(role.tag());
    for child in &node.children {
        match child {
            Child::Node(below) => group.push(self::group(sheets, *below, leaves)),
            Child::Leaf(leaf) => {
                if let Some(identifier) = leaves[*leaf] {
                    group.push(identifier);
                }
            }
        }
    }
    group
}

/// The chapters, with their parts below them.
fn outline(title: &str, marks: &[Mark]) -> Outline {
    let place = |page, y: f64| XyzDestination::new(page, Point::from_xy(LEFT as f32, (y - 6.0).max(0.0) as f32));
    let mut top = OutlineNode::new(title.to_owned(), place(0, 0.0));
    let mut chapter: Option<OutlineNode> = None;
    for mark in marks {
        let node = OutlineNode::new(mark.text.clone(), place(mark.page, mark.y));
        match &mut chapter {
            Some(chapter) if mark.level > 1 => chapter.push_child(node),
            _ => {
                if let Some(done) = chapter.replace(node) {
                    top.push_child(done);
                }
            }
        }
    }
    if let Some(done) = chapter {
        top.push_child(done);
    }
    let mut outline = Outline::new();
    outline.push_child(top.with_open(true));
    outline
}

struct Pen<'a, 'b> {
    surface: &'a mut Surface<'b>,
    letters: &'a Letters,
}

impl Pen<'_, '_> {
    fn tagged(&mut self, tag: ContentTag<'_>, ink: &[Ink]) -> Identifier {
        let identifier = self.surface.start_tagged(tag);
        for ink in ink {
            self.ink(ink);
        }
        self.surface.end_tagged();
        identifier
    }

    /// What stands at the foot of every page.
    fn foot(&mut self, title: &str, number: usize, count: usize) {
        let words = |x, anchor, text: String| Ink::Words {
            at: (x, BOTTOM + 26.0),
            anchor,
            text: self.letters.drawable(&text),
            size: 7.5,
            strong: false,
            color: SOFT,
        };
        let title = words(LEFT, Anchor::Start, title.to_owned());
        let number = words(LEFT + WIDTH, Anchor::End, format!("Page {number} sur {count}"));
        let artifact = |kind| ContentTag::Artifact(Artifact::with_kind(kind));
        self.tagged(artifact(ArtifactType::Footer), &[title]);
        self.tagged(artifact(ArtifactType::PageNumber), &[number]);
    }

    fn ink(&mut self, ink: &Ink) {
        match ink {
            Ink::Words {
                at,
                anchor,
                text,
                size,
                strong,
                color,
            } => {
                self.words(*at, *anchor, text, (*size, *strong), *color);
            }
            Ink::Box([left, top, width, height], color) => {
                let mut path = PathBuilder::new();
                let sides = [*left, *top, *width, *height].map(|side| side as f32);
                if let Some(rect) = Rect::from_xywh(sides[0], sides[1], sides[2], sides[3]) {
                    path.push_rect(rect);
                }
                self.fill(path.finish(), *color);
            }
            Ink::Shape(shape, offset) => self.shape(shape, *offset),
        }
    }

    fn words(&mut self, (x, y): (f64, f64), anchor: Anchor, text: &str, (size, strong): (f64, bool), color: Color) {
        if text.is_empty() {
            return;
        }
        let width = self.letters.width(text.trim_end(), size, strong);
        let x = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill(color)));
        let font = self.letters.face(strong).font.clone();
        let at = Point::from_xy(x as f32, y as f32);
        self.surface
            .draw_text(at, font, size as f32, text, false, TextDirection::LeftToRight);
    }

    fn fill(&mut self, path: Option<Path>, color: Color) {
        if let Some(path) = path {
            self.surface.set_stroke(None);
            self.surface.set_fill(Some(fill(color)));
            self.surface.draw_path(&path);
        }
    }

    fn shape(&mut self, shape: &Shape, (dx, dy): (f64, f64)) {
        let path = |points: &[(f64, f64)], closed: bool| {
            let mut path = PathBuilder::new();
            for (at, (x, y)) in points.iter().enumerate() {
                let (x, y) = ((x + dx) as f32, (y + dy) as f32);
                if at == 0 {
                    path.move_to(x, y)
                } else {
                    path.line_to(x, y)
                }
            }
            if closed {
                path.close();
            }
            path.finish()
        };
        match shape {
            Shape::Area { points, color } => self.fill(path(points, true), *color),
            Shape::Line {
                points,
                color,
                width,
                dash,
            } => {
                if let Some(path) = path(points, false) {
                    let array = dash.iter().map(|length| *length as f32).collect::<Vec<_>>();
                    self.surface.set_fill(None);
                    self.surface.set_stroke(Some(Stroke {
                        paint: paint(*color).into(),
                        width: *width as f32,
                        dash: (!array.is_empty()).then_some(StrokeDash { array, offset: 0.0 }),
                        ..Stroke::default()
                    }));
                    self.surface.draw_path(&path);
                }
            }
            Shape::Words {
                at: (x, y),
                anchor,
                text,
                strong,
            } => {
                let text = self.letters.drawable(text);
                self.words((x + dx, y + dy), *anchor, &text, (SIZE, *strong), sheet::INK);
            }
        }
    }
}

fn paint(Color(red, green, blue): Color) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn fill(color: Color) -> Fill {
    Fill {
        paint: paint(color).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}
