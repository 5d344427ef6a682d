//! XML, as office suites write it and as anybody does. No DTD is read: entities beyond the five of XML refuse the file.

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

use super::{
    Gather, Unread,
    bounds::MAX_NESTING,
    xml_words::{BLOCKS, PACKED, label_of, saying},
};

/// How the words of a document stand in it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Rule {
    /// A text with marks: only some elements end a line, and only some attributes hold words.
    Writing,
    /// Fields: each element is a line, with its name; every attribute counts.
    Data,
    /// Fields that stand beside the text of a document.
    Aside,
}

/// Columns that an empty cell may stand for.
pub(super) const MAX_COLUMNS: usize = 64;

/// Reads a document.
pub(super) fn read(document: &str, rule: Rule, gather: &mut Gather) -> Result<(), Unread> {
    let mut walk = Walk::new(rule);
    events(document, |event| walk.event(&event, gather))?;
    gather.line()
}

/// Gives the events of a document one by one, within the bounds.
pub(super) fn events(document: &str, mut each: impl FnMut(Event<'_>) -> Result<(), Unread>) -> Result<(), Unread> {
    let mut reader = Reader::from_str(document);
    reader.config_mut().allow_dangling_amp = true;
    let mut depth = 0_usize;
    loop {
        let event = reader.read_event().map_err(|_| Unread::Damaged)?;
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            // The public name of a format is harmless; what is declared between brackets is not.
            Event::DocType(doctype) if doctype.contains(['[', '%']) => return Err(Unread::Damaged),
            Event::Eof => return if depth == 0 { Ok(()) } else { Err(Unread::Damaged) },
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(Unread::TooDeep);
        }
        each(event)?;
    }
}

/// The letters of `&eacute;`, `&#233;` and the like. Only what XML itself knows.
pub(super) fn reference(reference: &BytesRef<'_>) -> Result<String, Unread> {
    if let Some(letter) = reference.resolve_char_ref().map_err(|_| Unread::Damaged)? {
        return Ok(letter.to_string());
    }
    match reference.xml10_content().as_ref() {
        "amp" => Ok("&".into()),
        "lt" => Ok("<".into()),
        "gt" => Ok(">".into()),
        "quot" => Ok("\"".into()),
        "apos" => Ok("'".into()),
        "nbsp" => Ok("\u{a0}".into()),
        _ => Err(Unread::Damaged),
    }
}

/// Name and value of each attribute, without prefix.
pub(super) fn attributes(element: &BytesStart<'_>) -> Result<Vec<(String, String)>, Unread> {
    element
        .attributes()
        .with_checks(false)
        // Names of vocabularies are no words.
        .filter(|attribute| {
            attribute
                .as_ref()
                .map_or(true, |one| !one.key.as_ref().starts_with("xmlns"))
        })
        .map(|attribute| {
            let attribute = attribute.map_err(|_| Unread::Damaged)?;
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|_| Unread::Damaged)?;
            Ok((local(attribute.key.as_ref()).to_owned(), value.into_owned()))
        })
        .collect()
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// A walk through one document.
pub(super) struct Walk {
    rule: Rule,
    /// Names of the elements that are open, for fields.
    open: Vec<String>,
    /// Words of the field, or of an instruction, under way.
    field: String,
    in_instruction: bool,
    in_packed: bool,
    /// Cells that are open: a paragraph in one does not end the row.
    cells: usize,
}

impl Walk {
    /// At the start of a document.
    pub(super) fn new(rule: Rule) -> Self {
        Self {
            rule,
            open: Vec::new(),
            field: String::new(),
            in_instruction: false,
            in_packed: false,
            cells: 0,
        }
    }

    /// Takes the next event.
    pub(super) fn event(&mut self, event: &Event<'_>, gather: &mut Gather) -> Result<(), Unread> {
        match event {
            Event::Start(element) => self.start(element, false, gather),
            Event::Empty(element) => self.start(element, true, gather),
            Event::End(element) => self.end(local(element.name().as_ref()), gather),
            Event::Text(text) => self.words(&text.xml10_content(), gather),
            Event::CData(text) => self.words(&text.xml10_content(), gather),
            Event::GeneralRef(one) => self.words(&reference(one)?, gather),
            Event::Comment(comment) => gather.note("", &comment.xml10_content()),
            Event::PI(_) | Event::Decl(_) | Event::DocType(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, element: &BytesStart<'_>, empty: bool, gather: &mut Gather) -> Result<(), Unread> {
        let qualified = element.name();
        let name = local(qualified.as_ref());
        if PACKED.contains(&name) {
            if name == "binData" {
                return Err(Unread::Embedded);
            }
            gather.images = true;
            self.in_packed = !empty;
            return Ok(());
        }
        let attributes = attributes(element)?;
        match self.rule {
            Rule::Data | Rule::Aside => {
                self.field_ends(gather)?;
                Self::fields(name, qualified.as_ref(), &attributes, gather)?;
                if !empty {
                    self.open.push(name.to_owned());
                }
                Ok(())
            }
            Rule::Writing => {
                saying(name, &attributes, gather)?;
                self.instruct(name);
                match name {
                    "tab" => gather.cell()?,
                    "s" if empty => gather.letter(' ')?,
                    "noBreakHyphen" => gather.letter('-')?,
                    "tc" | "table-cell" | "covered-table-cell" => self.cell_opens(empty, &attributes, gather)?,
                    _ if BLOCKS.contains(&name) => self.parted(gather)?,
                    _ => {}
                }
                if empty { self.end(name, gather) } else { Ok(()) }
            }
        }
    }

    fn instruct(&mut self, name: &str) {
        self.in_instruction |= matches!(name, "instrText" | "delInstrText" | "f");
    }

    fn fields(name: &str, qualified: &str, attributes: &[(String, String)], gather: &mut Gather) -> Result<(), Unread> {
        if qualified == "image" || qualified.ends_with(":image") {
            gather.images = true;
        }
        for (key, value) in attributes {
            if value.trim_start().starts_with("data:") {
                gather.images = true;
            } else if !matches!(
                key.as_str(),
                "d" | "points" | "transform" | "viewBox" | "style" | "class"
            ) {
                let label = if matches!(key.as_str(), "v" | "val" | "value") {
                    name
                } else {
                    key
                };
                gather.note(label_of(label), value)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, name: &str, gather: &mut Gather) -> Result<(), Unread> {
        if std::mem::take(&mut self.in_packed) {
            return Ok(());
        }
        if self.rule != Rule::Writing {
            self.field_ends(gather)?;
            self.open.pop();
            return Ok(());
        }
        if std::mem::take(&mut self.in_instruction) {
            let instruction = std::mem::take(&mut self.field);
            return gather.note("Champ", &instruction);
        }
        match name {
            "tc" | "table-cell" | "covered-table-cell" => {
                self.cells = self.cells.saturating_sub(1);
                gather.cell()
            }
            _ if BLOCKS.contains(&name) => self.parted(gather),
            _ => Ok(()),
        }
    }

    /// An empty cell may stand for many in a row: the columns keep their places.
    fn cell_opens(&mut self, empty: bool, attributes: &[(String, String)], gather: &mut Gather) -> Result<(), Unread> {
        self.cells += 1;
        let repeated = attributes.iter().find(|(key, _)| key == "number-columns-repeated");
        let more = repeated
            .and_then(|(_, times)| times.parse::<usize>().ok())
            .unwrap_or(1)
            .min(MAX_COLUMNS);
        if empty {
            for _ in 1..more {
                gather.cell()?;
            }
        }
        Ok(())
    }

    fn parted(&mut self, gather: &mut Gather) -> Result<(), Unread> {
        if self.cells > 0 { gather.gap() } else { gather.line() }
    }

    fn words(&mut self, words: &str, gather: &mut Gather) -> Result<(), Unread> {
        // What a pretty-printer put between elements.
        if self.in_packed || (words.contains('\n') && words.trim().is_empty()) {
            return Ok(());
        }
        if self.rule != Rule::Writing || self.in_instruction {
            self.field.push_str(words);
            return Ok(());
        }
        gather.words(words)
    }

    fn field_ends(&mut self, gather: &mut Gather) -> Result<(), Unread> {
        let field = std::mem::take(&mut self.field);
        let value = field.trim();
        if value.is_empty() {
            return Ok(());
        }
        let name = self.open.last();
        if self.rule == Rule::Aside {
            return gather.note(name.map_or("", |name| label_of(name)), value);
        }
        if let Some(name) = name {
            gather.words(label_of(name))?;
            gather.words(" : ")?;
        }
        gather.words(value)?;
        gather.line()
    }
}
