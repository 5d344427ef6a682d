//! Sheets of a workbook: rows as lines, cells between tabs, each as it is shown.

use std::collections::HashMap;

use quick_xml::events::Event;

use super::{
    Gather, Unread,
    cells::{Form, shown},
    xml::{self, MAX_COLUMNS, Walk, attributes, local, reference},
};

/// What the sheets of a workbook share.
#[derive(Default)]
pub(super) struct Shared {
    strings: Vec<String>,
    used: Vec<bool>,
    forms: Vec<Form>,
    since_1904: bool,
}

impl Shared {
    /// Reads the table of strings.
    pub(super) fn strings(&mut self, part: &str) -> Result<(), Unread> {
        let (mut one, mut inside) = (String::new(), false);
        xml::events(part, |event| {
            match &event {
                Event::Start(element) if local(element.name().as_ref()) == "si" => one.clear(),
                Event::End(element) if local(element.name().as_ref()) == "si" => {
                    self.strings.push(std::mem::take(&mut one));
                }
                Event::Start(element) => inside = local(element.name().as_ref()) == "t",
                Event::End(_) => inside = false,
                Event::Text(text) if inside => one.push_str(&text.xml10_content()),
                Event::CData(text) if inside => one.push_str(&text.xml10_content()),
                Event::GeneralRef(one_of) if inside => one.push_str(&reference(one_of)?),
                _ => {}
            }
            Ok(())
        })?;
        self.used = vec![false; self.strings.len()];
        Ok(())
    }

    /// Notes the strings that no cell shows: what a deleted row left behind goes with the file.
    pub(super) fn left_behind(&self, gather: &mut Gather) -> Result<(), Unread> {
        let mut unused = self.strings.iter().zip(&self.used).filter(|(_, used)| !**used);
        unused.try_for_each(|(words, _)| gather.note("", words))
    }

    /// Reads the formats of numbers.
    pub(super) fn styles(&mut self, part: &str) -> Result<(), Unread> {
        let mut custom = HashMap::new();
        let mut in_cells = false;
        xml::events(part, |event| {
            match &event {
                Event::Start(element) | Event::Empty(element) => {
                    let attributes = attributes(element)?;
                    let get = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value);
                    match local(element.name().as_ref()) {
                        "numFmt" => {
                            if let (Some(id), Some(code)) = (get("numFmtId"), get("formatCode")) {
                                custom.insert(id.clone(), Form::of(code));
                            }
                        }
                        "cellXfs" => in_cells = true,
                        "xf" if in_cells => {
                            let id = get("numFmtId").cloned().unwrap_or_default();
                            let form = custom.get(&id).cloned();
                            self.forms.push(form.unwrap_or_else(|| Form::built_in(&id)));
                        }
                        _ => {}
                    }
                }
                Event::End(element) if local(element.name().as_ref()) == "cellXfs" => in_cells = false,
                _ => {}
            }
            Ok(())
        })
    }

    /// Reads from which day dates count.
    pub(super) fn workbook(&mut self, part: &str) -> Result<(), Unread> {
        xml::events(part, |event| {
            if let Event::Start(element) | Event::Empty(element) = &event
                && local(element.name().as_ref()) == "workbookPr"
            {
                let attributes = attributes(element)?;
                self.since_1904 = attributes
                    .iter()
                    .any(|(key, value)| key == "date1904" && matches!(value.as_str(), "1" | "true"));
            }
            Ok(())
        })
    }
}

/// A cell under way.
#[derive(Default)]
struct Cell {
    kind: String,
    style: usize,
    value: String,
}

struct Sheet<'a> {
    shared: &'a mut Shared,
    /// Column that comes next, from 0.
    column: usize,
    cell: Option<Cell>,
    formula: Option<String>,
    /// Inside `v` or `t`.
    inside: bool,
    in_data: bool,
    walk: Walk,
}

/// Reads a sheet.
pub(super) fn read(part: &str, shared: &mut Shared, gather: &mut Gather) -> Result<(), Unread> {
    let mut sheet = Sheet {
        shared,
        column: 0,
        cell: None,
        formula: None,
        inside: false,
        in_data: false,
        walk: Walk::new(xml::Rule::Writing),
    };
    gather.line()?;
    xml::events(part, |event| sheet.event(&event, gather))?;
    gather.line()
}

impl Sheet<'_> {
    fn event(&mut self, event: &Event<'_>, gather: &mut Gather) -> Result<(), Unread> {
        match event {
            Event::Start(element) if local(element.name().as_ref()) == "sheetData" => {
                self.in_data = true;
                Ok(())
            }
            Event::End(element) if local(element.name().as_ref()) == "sheetData" => {
                self.in_data = false;
                gather.line()
            }
            // Headers, remarks on what may be typed, links: around the cells.
            _ if !self.in_data => self.walk.event(event, gather),
            Event::Start(element) => self.opens(local(element.name().as_ref()), &attributes(element)?, gather),
            Event::Empty(element) if local(element.name().as_ref()) == "c" => {
                self.opens("c", &attributes(element)?, gather)?;
                self.closes("c", gather)
            }
            Event::End(element) => self.closes(local(element.name().as_ref()), gather),
            Event::Text(text) => self.words(&text.xml10_content()),
            Event::CData(text) => self.words(&text.xml10_content()),
            Event::GeneralRef(one) => self.words(&reference(one)?),
            Event::Comment(comment) => gather.note("", &comment.xml10_content()),
            _ => Ok(()),
        }
    }

    fn opens(&mut self, name: &str, attributes: &[(String, String)], gather: &mut Gather) -> Result<(), Unread> {
        let get = |name: &str| {
            attributes
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        match name {
            "row" => {
                self.column = 0;
                gather.line()
            }
            "c" => {
                self.cell = Some(Cell {
                    kind: get("t").unwrap_or("n").to_owned(),
                    style: get("s").and_then(|style| style.parse().ok()).unwrap_or(0),
                    value: String::new(),
                });
                let column = get("r").and_then(column).unwrap_or(self.column);
                for _ in 0..column.saturating_sub(self.column).min(MAX_COLUMNS) {
                    gather.cell()?;
                }
                self.column = column.max(self.column);
                Ok(())
            }
            "v" | "t" => {
                self.inside = true;
                Ok(())
            }
            "f" => {
                self.formula = Some(String::new());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn words(&mut self, words: &str) -> Result<(), Unread> {
        if let Some(formula) = &mut self.formula {
            formula.push_str(words);
        } else if self.inside
            && let Some(cell) = &mut self.cell
        {
            cell.value.push_str(words);
        }
        Ok(())
    }

    fn closes(&mut self, name: &str, gather: &mut Gather) -> Result<(), Unread> {
        match name {
            "v" | "t" => self.inside = false,
            "f" => {
                // Words in a formula stand between quotes.
                if let Some(formula) = self.formula.take().filter(|formula| formula.contains('"')) {
                    gather.note("Formule", &formula)?;
                }
            }
            "c" => {
                if let Some(cell) = self.cell.take() {
                    let value = self.value(&cell)?;
                    gather.words(&value.replace(['\n', '\r', '\t'], " "))?;
                }
                gather.cell()?;
                self.column += 1;
            }
            "row" => gather.line()?,
            _ => {}
        }
        Ok(())
    }

    fn value(&mut self, cell: &Cell) -> Result<String, Unread> {
        match cell.kind.as_str() {
            "s" => {
                let at: usize = cell.value.trim().parse().map_err(|_| Unread::Damaged)?;
                if let Some(used) = self.shared.used.get_mut(at) {
                    *used = true;
                }
                self.shared.strings.get(at).cloned().ok_or(Unread::Damaged)
            }
            "n" => {
                let form = self.shared.forms.get(cell.style).unwrap_or(&Form::Plain);
                Ok(shown(&cell.value, form, self.shared.since_1904))
            }
            _ => Ok(cell.value.clone()),
        }
    }
}

/// The column of a reference such as `AB12`, from 0.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.fold(0_usize, |sum, letter| {
        sum.saturating_mul(26)
            .saturating_add(usize::from(letter.to_ascii_uppercase() - b'A') + 1)
    });
    number.checked_sub(1).filter(|&column| column < 16_384)
}
