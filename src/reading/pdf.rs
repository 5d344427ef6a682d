//! PDF: the letters of each page as they are drawn (visible or not), then what stands beside the pages.
//!
//! Drawing is interpreted by `hayro`, which knows fonts and their letters; `pdf_layout` puts letters back into words
//! and lines; `pdf_strings` reads annotations, fields, properties and attached files.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, InterpreterWarning, SoftMask, TransformExt,
    font::GlyphRun,
    hayro_cmap::BfString,
    hayro_syntax::{LoadPdfError, Pdf, object::Dict, page::Page},
    interpret_page,
    kurbo::{Affine, BezPath, Point, Rect},
};

use super::{
    Gather, Unread,
    bounds::{MAX_OBJECTS, MAX_PAGES},
    pdf_layout::{Glyph, Layout},
    pdf_strings,
};

/// As many letters in a row that a font does not tell are a word that nobody can screen; fewer are bullets.
const UNTOLD: usize = 4;

/// Where the mark of the end is looked for: some programs write a little after it.
const TAIL: usize = 2_048;

/// Reads a document.
pub(super) fn read(bytes: &[u8], gather: &mut Gather) -> Result<(), Unread> {
    // A reader that repairs what was cut shows a part of it as if it were the whole.
    if memchr::memmem::find(&bytes[bytes.len().saturating_sub(TAIL)..], b"%%EOF").is_none() {
        return Err(Unread::Damaged);
    }
    let pdf = Pdf::new(layers_shown(bytes)).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Unread::Encrypted,
        LoadPdfError::Invalid => Unread::Damaged,
    })?;
    if pdf.len() > MAX_OBJECTS {
        return Err(Unread::TooLarge);
    }
    let pages = pdf.pages();
    if pages.len() > MAX_PAGES {
        return Err(Unread::TooManyPages);
    }
    if pages.is_empty() {
        return Err(Unread::Damaged);
    }
    let (cache, broken) = (InterpreterCache::new(), Arc::new(AtomicBool::new(false)));
    let mut written = false;
    for page in pages.iter() {
        written |= one(page, &pdf, &cache, &broken, gather)?;
    }
    if broken.load(Relaxed) {
        return Err(Unread::Illegible);
    }
    gather.pages += pages.len();
    pdf_strings::read(&pdf, gather)?;
    if written { Ok(()) } else { Err(Unread::Scanned) }
}

/// Layers that are switched off are switched on by anyone who wants: the page is read as if there were none.
fn layers_shown(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let found: Vec<usize> = memchr::memmem::find_iter(&bytes, b"/OCProperties").collect();
    for at in found {
        bytes[at + 1] = b'X';
    }
    bytes
}

/// Reads a page; true if it has words.
fn one<'a>(
    page: &Page<'a>,
    pdf: &'a Pdf,
    cache: &InterpreterCache<'a>,
    broken: &Arc<AtomicBool>,
    gather: &mut Gather,
) -> Result<bool, Unread> {
    let flag = Arc::clone(broken);
    let settings = InterpreterSettings {
        warning_sink: Arc::new(move |warning| {
            if matches!(warning, InterpreterWarning::UnsupportedFont) {
                flag.store(true, Relaxed);
            }
        }),
        ..InterpreterSettings::default()
    };
    let start = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(start, Rect::new(0.0, 0.0, 1.0, 1.0), cache, pdf.xref(), settings);
    let mut reader = PageReader::default();
    interpret_page(page, &mut context, &mut reader);
    if let Some(why) = reader.refused {
        return Err(why);
    }
    // A page of drawings alone may be letters that were turned into shapes.
    gather.images |= reader.image || (reader.layout.is_empty() && reader.path);
    let written = !reader.layout.is_empty();
    reader.layout.write(gather)?;
    for note in reader.notes {
        gather.note("", &note)?;
    }
    gather.line()?;
    Ok(written)
}

/// Listens to a page being drawn.
#[derive(Default)]
struct PageReader {
    layout: Layout,
    /// What the marks of the content say in place of letters.
    notes: Vec<String>,
    untold: usize,
    image: bool,
    path: bool,
    refused: Option<Unread>,
}

impl PageReader {
    fn glyphs(&mut self, run: &GlyphRun<'_, '_>, start: Affine) {
        let mut glyphs = Vec::with_capacity(run.glyphs().len());
        for glyph in run.glyphs() {
            let place = start * glyph.transform();
            let advance = match &**glyph {
                hayro_interpret::font::Glyph::Outline(outline) => outline.advance_width(),
                hayro_interpret::font::Glyph::Type3(drawn) => drawn.advance_width(),
            };
            let letters = match glyph.as_unicode() {
                Some(BfString::Char(letter)) => letter.to_string(),
                Some(BfString::String(letters)) => letters,
                None => char::REPLACEMENT_CHARACTER.to_string(),
            };
            self.tell(&letters);
            let advance = f64::from(advance.unwrap_or(500.0));
            glyphs.push(Glyph {
                at: place * Point::ZERO,
                end: place * Point::new(advance, 0.0),
                up: place * Point::new(0.0, 1_000.0),
                letters,
            });
        }
        if self.layout.len() > super::MAX_TEXT {
            self.refused = Some(Unread::TooLarge);
        } else {
            self.layout.run(glyphs);
        }
    }

    fn tell(&mut self, letters: &str) {
        let told = !letters
            .chars()
            .all(|c| c == char::REPLACEMENT_CHARACTER || is_private(c) || c == '\0');
        self.untold = if told { 0 } else { self.untold + 1 };
        if self.untold >= UNTOLD {
            self.refused = Some(Unread::Illegible);
        }
    }
}

/// Letters that each font defines for itself.
fn is_private(letter: char) -> bool {
    matches!(letter, '\u{e000}'..='\u{f8ff}')
}

impl<'a> Device<'a> for PageReader {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        if self.refused.is_none() {
            self.glyphs(run, props.transform);
        }
    }

    fn begin_marked_content(&mut self, _tag: &[u8], properties: Option<&Dict<'_>>) {
        if let Some(properties) = properties {
            self.notes.extend(pdf_strings::spoken(properties));
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.image = true;
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.path = true;
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
