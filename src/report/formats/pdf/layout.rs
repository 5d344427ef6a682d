//! Puts the blocks of a document on sheets: where a line ends, what stays together, when a page is full.

use super::letters::Letters;
use super::sheet::{ACCENT, BOTTOM, GROUND, INK, Ink, LEFT, Mark, ROOT, RULE, Role, SOFT, Sheets, TOP};
use super::table;
use crate::report::chart::{self, Anchor, Color, WIDTH};
use crate::report::document::{Block, Chart, Document, Fact, Facts};
use crate::report::french;

/// Size of sentences.
const BODY: f64 = 9.5;
/// Height of a line for each point of size.
pub(super) const LEADING: f64 = 1.42;

/// How words look.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub size: f64,
    pub strong: bool,
    pub color: Color,
}

impl Style {
    pub(super) const fn new(size: f64, strong: bool, color: Color) -> Self {
        Self { size, strong, color }
    }

    pub(super) fn line(self) -> f64 {
        self.size * LEADING
    }

    /// Words whose line begins at this height.
    pub(super) fn ink(self, (x, top): (f64, f64), text: String) -> Ink {
        Ink::Words {
            at: (x, top + self.size * 1.08),
            anchor: Anchor::Start,
            text,
            size: self.size,
            strong: self.strong,
            color: self.color,
        }
    }
}

/// The sheets of a document.
pub(super) fn lay(document: &Document, letters: &Letters) -> Sheets {
    let mut press = Press {
        sheets: Sheets::new(),
        letters,
    };
    press.title(document);
    for (at, block) in document.blocks.iter().enumerate() {
        press.block(block, &document.blocks[at + 1..]);
    }
    press.sheets
}

struct Press<'a> {
    sheets: Sheets,
    letters: &'a Letters,
}

impl Press<'_> {
    fn title(&mut self, document: &Document) {
        let style = Style::new(9.5, false, SOFT);
        if !document.generated_for.is_empty() {
            self.text(Role::P, &document.generated_for, style, (LEFT, WIDTH), 3.0);
        }
        let title = document.title.clone();
        self.text(
            Role::Heading(1, title),
            &document.title,
            Style::new(21.0, true, INK),
            (LEFT, WIDTH),
            3.0,
        );
        self.text(
            Role::P,
            &document.subtitle,
            Style::new(12.0, false, SOFT),
            (LEFT, WIDTH),
            8.0,
        );
        let y = self.sheets.y;
        self.sheets.adorn(vec![Ink::Box([LEFT, y, WIDTH, 2.5], ACCENT)]);
        self.sheets.y = y + 16.0;
    }

    fn block(&mut self, block: &Block, next: &[Block]) {
        match block {
            Block::Heading { level, text } => self.heading(*level, text, next),
            Block::Paragraph(text) => self.text(Role::P, text, Style::new(BODY, false, INK), (LEFT, WIDTH), 6.0),
            Block::Note(text) => self.note(text),
            Block::Facts(facts) => self.facts(facts),
            Block::Table(table) => table::lay(&mut self.sheets, self.letters, table),
            Block::Chart(chart) => self.chart(chart),
        }
    }

    /// Lines of words in a column; a page may end between two of them.
    fn text(&mut self, role: Role, text: &str, style: Style, (x, width): (f64, f64), after: f64) {
        let lines = self.letters.lines(text, style.size, style.strong, width);
        let node = self.sheets.node(ROOT, role);
        let mut lines = lines.into_iter().peekable();
        while lines.peek().is_some() {
            self.sheets.need(style.line());
            let mut ink = Vec::new();
            while self.sheets.room() >= style.line() || self.sheets.y <= TOP {
                let Some(line) = lines.next() else { break };
                ink.push(style.ink((x, self.sheets.y), line));
                self.sheets.y += style.line();
            }
            self.sheets.draw(node, ink);
        }
        self.sheets.y += after;
    }

    fn heading(&mut self, level: u8, text: &str, next: &[Block]) {
        let (size, above, color) = match level {
            0 | 1 => (15.0, 20.0, ACCENT),
            2 => (11.5, 12.0, INK),
            _ => (10.0, 8.0, INK),
        };
        let style = Style::new(size, true, color);
        self.sheets.need(above + style.line() + together(next));
        if self.sheets.y > TOP {
            self.sheets.y += above;
        }
        if level <= 1 && self.sheets.y > TOP {
            let y = self.sheets.y - 9.0;
            self.sheets.adorn(vec![Ink::Box([LEFT, y, WIDTH, 0.7], RULE)]);
        }
        self.sheets.marks.push(Mark {
            level,
            text: text.to_owned(),
            page: self.sheets.page(),
            y: self.sheets.y,
        });
        let role = Role::Heading(u16::from(level.clamp(1, 5)) + 1, text.to_owned());
        self.text(role, text, style, (LEFT, WIDTH), 5.0);
    }

    fn note(&mut self, text: &str) {
        let style = Style::new(8.8, false, INK);
        let (inside, width) = (LEFT + 12.0, WIDTH - 22.0);
        let lines = self.letters.lines(text, style.size, style.strong, width);
        let height = lines.len() as f64 * style.line() + 11.0;
        if height > BOTTOM - TOP {
            // Longer than a page: a text like others.
            return self.text(Role::P, text, style, (inside, width), 8.0);
        }
        self.sheets.need(height);
        let y = self.sheets.y;
        let boxes = [[LEFT, y, WIDTH, height], [LEFT, y, 3.0, height]];
        self.sheets
            .adorn(vec![Ink::Box(boxes[0], GROUND), Ink::Box(boxes[1], ACCENT)]);
        self.sheets.y = y + 5.0;
        self.text(Role::P, text, style, (inside, width), 0.0);
        self.sheets.y = y + height + 9.0;
    }

    /// Figures three by three.
    fn facts(&mut self, facts: &Facts) {
        const ACROSS: usize = 3;
        const GAP: f64 = 8.0;
        let width = (WIDTH - GAP * (ACROSS as f64 - 1.0)) / ACROSS as f64;
        let list = self.sheets.node(ROOT, Role::List);
        for row in facts.facts.chunks(ACROSS) {
            let cards: Vec<_> = row.iter().map(|fact| self.card(fact, width - 18.0)).collect();
            let height = cards.iter().map(|card| card.height()).fold(0.0, f64::max) + 14.0;
            self.sheets.need(height);
            let y = self.sheets.y;
            for (at, card) in cards.into_iter().enumerate() {
                let x = LEFT + at as f64 * (width + GAP);
                self.sheets.adorn(vec![Ink::Box([x, y, width, height], GROUND)]);
                let item = self.sheets.node(list, Role::Item);
                let mut top = y + 6.0;
                for (role, style, lines) in card.parts {
                    let node = self.sheets.node(item, role);
                    let mut ink = Vec::new();
                    for line in lines {
                        ink.push(style.ink((x + 9.0, top), line));
                        top += style.line();
                    }
                    self.sheets.draw(node, ink);
                }
            }
            self.sheets.y = y + height + GAP;
        }
        self.sheets.y += 4.0;
    }

    fn card(&self, fact: &Fact, width: f64) -> Card {
        let value = french::with_unit(&fact.value, &fact.unit);
        let size = if fact.value.figure().is_some() { 15.0 } else { 10.0 };
        let part = |role, text: &str, style: Style| {
            let lines = self.letters.lines(text, style.size, style.strong, width);
            (role, style, lines)
        };
        let mut parts = vec![
            part(Role::Label, &fact.label, Style::new(8.2, false, SOFT)),
            part(Role::Body, &value, Style::new(size, true, INK)),
        ];
        if !fact.remark.is_empty() {
            parts.push(part(Role::Body, &fact.remark, Style::new(7.4, false, SOFT)));
        }
        Card { parts }
    }

    fn chart(&mut self, chart: &Chart) {
        let drawing = chart::draw(chart);
        let style = Style::new(9.0, true, INK);
        let lines = self.letters.lines(&chart.title, style.size, style.strong, WIDTH);
        let title = lines.len() as f64 * style.line() + 3.0;
        self.sheets.need(title + drawing.height + 8.0);
        let y = self.sheets.y;
        let place = [LEFT, y + title, LEFT + WIDTH, y + title + drawing.height];
        let page = self.sheets.page();
        let figure = self
            .sheets
            .node(ROOT, Role::Figure(chart.description.clone(), (page, place)));
        let caption = self.sheets.node(figure, Role::Caption);
        let words = lines.into_iter().enumerate();
        let ink = words.map(|(at, line)| style.ink((LEFT, y + at as f64 * style.line()), line));
        self.sheets.draw(caption, ink.collect());
        let shapes = drawing
            .shapes
            .into_iter()
            .map(|shape| Ink::Shape(shape, (LEFT, y + title)));
        self.sheets.draw(figure, shapes.collect());
        self.sheets.y = y + title + drawing.height + 10.0;
    }
}

/// A figure with its name, cut into lines.
struct Card {
    parts: Vec<(Role, Style, Vec<String>)>,
}

impl Card {
    fn height(&self) -> f64 {
        self.parts
            .iter()
            .map(|(_, style, lines)| lines.len() as f64 * style.line())
            .sum()
    }
}

/// The room without which a heading may not stand: its sentences and the beginning of what they introduce.
fn together(next: &[Block]) -> f64 {
    let sentences = next
        .iter()
        .take_while(|block| matches!(block, Block::Paragraph(_) | Block::Note(_)))
        .take(2);
    let sentences: Vec<_> = sentences.map(least).collect();
    sentences.iter().sum::<f64>() + next.get(sentences.len()).map_or(0.0, least)
}

/// The room without which a block may not follow its heading.
fn least(block: &Block) -> f64 {
    match block {
        Block::Chart(chart) => chart::draw(chart).height + 30.0,
        Block::Table(_) => 80.0,
        Block::Facts(_) => 70.0,
        Block::Heading { .. } => 90.0,
        Block::Paragraph(_) | Block::Note(_) => 45.0,
    }
}
