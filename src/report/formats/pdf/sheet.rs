//! The sheets of a PDF before they are written: what stands where, and the tree that says what it is.
//!
//! Pages must be written one after the other, while the tree wants everything at once; so both are gathered here.

use std::num::NonZeroU16;

use krilla::geom::Rect;
use krilla::tagging::{BBox, ListNumbering, Placement, TableHeaderScope, Tag, TagKind};

use crate::report::chart::{Anchor, Color, Shape};

/// A4, in points.
pub(super) const PAGE: (f64, f64) = (595.28, 841.89);
/// Left and right of the text; its width is that of a chart.
pub(super) const LEFT: f64 = 42.64;
/// Above the text.
pub(super) const TOP: f64 = 48.0;
/// Where the text ends; the foot of the page stands below.
pub(super) const BOTTOM: f64 = PAGE.1 - 56.0;

/// The colour of words.
pub(super) const INK: Color = Color(0x26, 0x2b, 0x33);
/// Of words that matter less.
pub(super) const SOFT: Color = Color(0x56, 0x5e, 0x6b);
/// Of headings.
pub(super) const ACCENT: Color = Color(0x1b, 0x4f, 0x8a);
/// Of rules.
pub(super) const RULE: Color = Color(0xd5, 0xd9, 0xe0);
/// Behind notes, figures and every second row.
pub(super) const GROUND: Color = Color(0xf5, 0xf6, 0xf9);

/// What a part of the document is, for a reader's software.
#[derive(Clone, Debug)]
pub(super) enum Role {
    Heading(u16, String),
    P,
    List,
    Item,
    Label,
    Body,
    Table,
    Caption,
    Head,
    Rows,
    Row,
    ColumnHeader,
    RowHeader,
    Data,
    /// With what it shows in words, and where it stands: page, left, top, right, bottom.
    Figure(String, (usize, [f64; 4])),
}

impl Role {
    pub(super) fn tag(&self) -> TagKind {
        match self {
            Self::Heading(level, title) => {
                Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(title.clone())).into()
            }
            Self::P => Tag::P.into(),
            Self::List => Tag::L(ListNumbering::None).into(),
            Self::Item => Tag::LI.into(),
            Self::Label => Tag::Lbl.into(),
            Self::Body => Tag::LBody.into(),
            Self::Table => Tag::Table.into(),
            Self::Caption => Tag::Caption.into(),
            Self::Head => Tag::THead.into(),
            Self::Rows => Tag::TBody.into(),
            Self::Row => Tag::TR.into(),
            Self::ColumnHeader => Tag::TH(TableHeaderScope::Column).into(),
            Self::RowHeader => Tag::TH(TableHeaderScope::Row).into(),
            Self::Data => Tag::TD.into(),
            Self::Figure(alt, (page, [left, top, right, bottom])) => {
                let [left, top, right, bottom] = [left, top, right, bottom].map(|side| *side as f32);
                let bbox = Rect::from_ltrb(left, top, right, bottom).map(|rect| BBox::new(*page, rect));
                Tag::Figure(Some(alt.clone()))
                    .with_bbox(bbox)
                    .with_placement(Some(Placement::Block))
                    .into()
            }
        }
    }
}

/// Something to draw on a page.
#[derive(Clone, Debug)]
pub(super) enum Ink {
    /// Words on a baseline, which begin or end at a place.
    Words {
        at: (f64, f64),
        anchor: Anchor,
        text: String,
        size: f64,
        strong: bool,
        color: Color,
    },
    /// A full rectangle: left, top, width, height.
    Box([f64; 4], Color),
    /// A part of a chart, and how far from the corner of the page its corner is.
    Shape(Shape, (f64, f64)),
}

/// What is drawn together, and the leaf of the tree it is; none for what only adorns.
pub(super) struct Run {
    pub leaf: Option<usize>,
    pub ink: Vec<Ink>,
}

/// A child of a node of the tree.
pub(super) enum Child {
    Node(usize),
    Leaf(usize),
}

/// A node of the tree.
pub(super) struct Node {
    pub role: Option<Role>,
    pub children: Vec<Child>,
}

/// A chapter, for the outline.
pub(super) struct Mark {
    pub level: u8,
    pub text: String,
    pub page: usize,
    pub y: f64,
}

/// Everything that will be written.
pub(super) struct Sheets {
    pub pages: Vec<Vec<Run>>,
    /// The first one is the root.
    pub nodes: Vec<Node>,
    pub leaves: usize,
    pub marks: Vec<Mark>,
    /// How far down the last page is full.
    pub y: f64,
}

/// The root of the tree.
pub(super) const ROOT: usize = 0;

impl Sheets {
    pub(super) fn new() -> Self {
        Self {
            pages: vec![Vec::new()],
            nodes: vec![Node {
                role: None,
                children: Vec::new(),
            }],
            leaves: 0,
            marks: Vec::new(),
            y: TOP,
        }
    }

    /// Index of the last page.
    pub(super) fn page(&self) -> usize {
        self.pages.len() - 1
    }

    /// How much room is left on it.
    pub(super) fn room(&self) -> f64 {
        BOTTOM - self.y
    }

    /// Begins another page.
    pub(super) fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Begins another page where this one lacks the room, and something stands on it.
    pub(super) fn need(&mut self, height: f64) {
        if self.room() < height && self.y > TOP {
            self.turn();
        }
    }

    /// A part of another part.
    pub(super) fn node(&mut self, parent: usize, role: Role) -> usize {
        self.nodes.push(Node {
            role: Some(role),
            children: Vec::new(),
        });
        let node = self.nodes.len() - 1;
        self.nodes[parent].children.push(Child::Node(node));
        node
    }

    /// Draws what belongs to a part.
    pub(super) fn draw(&mut self, node: usize, ink: Vec<Ink>) {
        let leaf = self.leaves;
        self.leaves += 1;
        self.nodes[node].children.push(Child::Leaf(leaf));
        self.run(Some(leaf), ink);
    }

    /// Draws what only adorns.
    pub(super) fn adorn(&mut self, ink: Vec<Ink>) {
        self.run(None, ink);
    }

    fn run(&mut self, leaf: Option<usize>, ink: Vec<Ink>) {
        let page = self.pages.last_mut().expect("there is one from the start");
        page.push(Run { leaf, ink });
    }
}
