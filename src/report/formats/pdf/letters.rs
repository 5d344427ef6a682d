//! The letters of the PDF: two fonts compiled in, and how wide their letters are.

use std::collections::HashMap;

use krilla::text::Font;

use crate::report::french;

/// A font with the width of each of its letters.
pub(super) struct Face {
    /// What krilla draws with.
    pub font: Font,
    /// In thousandths of the size.
    widths: HashMap<char, f64>,
}

/// The fonts of a document.
pub(super) struct Letters {
    regular: Face,
    strong: Face,
}

impl Letters {
    /// Reads the fonts that are compiled in.
    pub(super) fn new() -> Result<Self, String> {
        Ok(Self {
            regular: Face::read(include_bytes!("../../../../data/fonts/Inter-Regular.otf"))?,
            strong: Face::read(include_bytes!("../../../../data/fonts/Inter-SemiBold.otf"))?,
        })
    }

    /// The normal one or the bold one.
    pub(super) fn face(&self, strong: bool) -> &Face {
        if strong { &self.strong } else { &self.regular }
    }

    /// Width of a text, in points.
    pub(super) fn width(&self, text: &str, size: f64, strong: bool) -> f64 {
        let face = self.face(strong);
        let width = |c| face.widths.get(&c).copied().unwrap_or(0.0);
        text.chars().map(width).sum::<f64>() * size
    }

    /// The same text in letters that the fonts have.
    pub(super) fn drawable(&self, text: &str) -> String {
        let known = |c: char| self.regular.widths.contains_key(&c) && self.strong.widths.contains_key(&c);
        let letter = |c: char| match c {
            _ if known(c) => c,
            '\u{2010}' | '\u{2011}' => '-',
            _ if c.is_whitespace() || c.is_control() => ' ',
            _ => '?',
        };
        french::typeset(text).chars().map(letter).collect()
    }

    /// Cuts a text into lines no wider than `width`, at spaces, and inside a word that is wider alone. A line that
    /// another one follows ends with its space, so that a reader hears two words.
    pub(super) fn lines(&self, text: &str, size: f64, strong: bool, width: f64) -> Vec<String> {
        let text = self.drawable(text);
        let mut lines = vec![String::new()];
        for word in text.split_inclusive(' ') {
            let line = lines.last_mut().expect("there is one from the start");
            let together = format!("{line}{word}");
            if self.width(together.trim_end(), size, strong) <= width {
                *line = together;
                continue;
            }
            if !line.is_empty() {
                lines.push(String::new());
            }
            for c in word.chars() {
                let line = lines.last_mut().expect("there is one from the start");
                line.push(c);
                if c != ' ' && line.chars().count() > 1 && self.width(line, size, strong) > width {
                    line.pop();
                    lines.push(c.to_string());
                }
            }
        }
        if let Some(last) = lines.last_mut() {
            last.truncate(last.trim_end().len());
        }
        lines
    }
}

impl Face {
    fn read(bytes: &'static [u8]) -> Result<Self, String> {
        let font = Font::new(bytes.into(), 0).ok_or("police illisible")?;
        let widths = widths(bytes).ok_or("police sans largeurs")?;
        Ok(Self { font, widths })
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16_at(bytes, at)? << 16 | u16_at(bytes, at + 2)?)
}

/// A table of an OpenType font.
fn table<'a>(font: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    (0..u16_at(font, 4)?).find_map(|index| {
        let entry = 12 + 16 * index;
        let (at, length) = (u32_at(font, entry + 8)?, u32_at(font, entry + 12)?);
        (font.get(entry..entry + 4)? == name)
            .then(|| font.get(at..at + length))
            .flatten()
    })
}

/// The width of each letter for a size of 1, from `cmap` (segments, format 4) and `hmtx`.
fn widths(font: &[u8]) -> Option<HashMap<char, f64>> {
    let units = u16_at(table(font, b"head")?, 18)? as f64;
    let full = u16_at(table(font, b"hhea")?, 34)?;
    let (metrics, cmap) = (table(font, b"hmtx")?, table(font, b"cmap")?);
    let subtable = (0..u16_at(cmap, 2)?).find_map(|index| {
        let segments = cmap.get(u32_at(cmap, 8 + 8 * index)?..)?;
        (u16_at(segments, 0)? == 4).then_some(segments)
    })?;
    let double = u16_at(subtable, 6)?;
    let mut widths = HashMap::new();
    for segment in (0..double).step_by(2) {
        let (end, start) = (
            u16_at(subtable, 14 + segment)?,
            u16_at(subtable, 16 + double + segment)?,
        );
        let delta = u16_at(subtable, 16 + 2 * double + segment)?;
        let place = 16 + 3 * double + segment;
        let offset = u16_at(subtable, place)?;
        for code in start..=end.min(0xfffe) {
            let glyph = match offset {
                0 => (code + delta) & 0xffff,
                _ => match u16_at(subtable, place + offset + 2 * (code - start))? {
                    0 => 0,
                    glyph => (glyph + delta) & 0xffff,
                },
            };
            let letter = u32::try_from(code).ok().and_then(char::from_u32);
            if let (Some(letter), true) = (letter, glyph != 0) {
                let advance = u16_at(metrics, 4 * glyph.min(full - 1))?;
                widths.insert(letter, advance as f64 / units);
            }
        }
    }
    Some(widths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_have_the_letters_of_french_and_know_their_widths() {
        let letters = Letters::new().unwrap();
        let text = "ÀÂÇÉÈÊËÎÏÔŒÙÛÜŸ àâçéèêëîïôœùûüÿ «\u{a0}1\u{202f}234,5\u{a0}» – — ’ … € CO₂ − ≥ ≤ & …";
        assert_eq!(letters.drawable(text), text);
        assert_eq!(letters.drawable("漢\u{2011}\n"), "?- ");
        for strong in [false, true] {
            let zero = letters.width("0", 10.0, strong);
            assert!((5.0..8.0).contains(&zero), "{zero}");
            assert!((letters.width("10", 10.0, strong) - 2.0 * zero).abs() < 0.05);
            assert!(letters.width("i", 10.0, strong) < letters.width("m", 10.0, strong));
        }
    }

    #[test]
    fn lines_hold_every_letter_and_fit() {
        let letters = Letters::new().unwrap();
        let text = "Une phrase assez longue pour tenir sur plusieurs lignes, anticonstitutionnellement.";
        for width in [30.0, 60.0, 120.0, 1000.0] {
            let lines = letters.lines(text, 9.0, false, width);
            assert_eq!(lines.concat(), text);
            assert!(
                lines
                    .iter()
                    .all(|line| letters.width(line.trim_end(), 9.0, false) <= width),
                "{lines:?}"
            );
        }
        assert_eq!(letters.lines("", 9.0, false, 100.0), [""]);
    }
}
