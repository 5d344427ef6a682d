//! RTF: the words of every destination but the tables of fonts, colours and styles.

use encoding_rs::{Encoding, WINDOWS_1252};

use super::{Gather, Unread, bounds::MAX_NESTING};

/// Destinations that hold no words: tables, and data in hexadecimal.
const MUTE: &[&str] = &[
    "fonttbl",
    "colortbl",
    "stylesheet",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "themedata",
    "colorschememapping",
    "latentstyles",
    "datastore",
    "xmlnstbl",
    "generator",
    "mmathPr",
    "filetbl",
    "pgdsctbl",
    "pgptbl",
    "blipuid",
    "panose",
    "falt",
    "fontemb",
    "listpicture",
    "wgrffmtfilter",
];

/// Fields of the properties, and what they are.
const PROPERTIES: &[(&str, &str)] = &[
    ("author", "Auteur"),
    ("operator", "Modifié par"),
    ("manager", "Responsable"),
    ("company", "Organisation"),
    ("title", "Titre"),
    ("subject", "Sujet"),
    ("keywords", "Mots-clés"),
    ("doccomm", "Commentaire"),
    ("category", "Catégorie"),
    ("atnauthor", "Auteur"),
    ("atnid", "Initiales"),
    ("fldinst", "Champ"),
    ("revtbl", "Auteurs des révisions"),
];

/// What is done with the words of a group.
#[derive(Clone, Copy, PartialEq)]
enum To {
    Body,
    Nowhere,
    /// To the note under way.
    Note(&'static str),
}

#[derive(Clone, Copy)]
struct Group {
    to: To,
    /// How many letters stand for a Unicode one, for readers that know none.
    substitutes: usize,
}

struct Rtf<'a> {
    bytes: &'a [u8],
    at: usize,
    group: Group,
    outer: Vec<Group>,
    note: String,
    /// Letters that are only substitutes of the one before.
    skip: usize,
    /// First half of a letter that UTF-16 writes as two.
    half: Option<u16>,
    pending: Vec<u8>,
    encoding: &'static Encoding,
}

/// Reads a document.
pub(super) fn read(bytes: &[u8], gather: &mut Gather) -> Result<(), Unread> {
    let mut rtf = Rtf {
        bytes,
        at: 0,
        group: Group {
            to: To::Body,
            substitutes: 1,
        },
        outer: Vec::new(),
        note: String::new(),
        skip: 0,
        half: None,
        pending: Vec::new(),
        encoding: WINDOWS_1252,
    };
    while let Some(&byte) = bytes.get(rtf.at) {
        rtf.at += 1;
        match byte {
            b'{' => rtf.open(gather)?,
            b'}' => rtf.close(gather)?,
            b'\\' => rtf.control(gather)?,
            b'\r' | b'\n' | 0 => {}
            letter => rtf.byte(letter),
        }
    }
    rtf.flush(gather)?;
    if rtf.outer.is_empty() {
        gather.line()
    } else {
        Err(Unread::Damaged)
    }
}

impl Rtf<'_> {
    fn open(&mut self, gather: &mut Gather) -> Result<(), Unread> {
        self.flush(gather)?;
        if self.outer.len() == MAX_NESTING {
            return Err(Unread::TooDeep);
        }
        self.outer.push(self.group);
        Ok(())
    }

    fn close(&mut self, gather: &mut Gather) -> Result<(), Unread> {
        self.flush(gather)?;
        self.skip = 0;
        let outer = self.outer.pop().ok_or(Unread::Damaged)?;
        if let To::Note(label) = self.group.to
            && outer.to != self.group.to
        {
            gather.note(label, &std::mem::take(&mut self.note))?;
        }
        self.group = outer;
        Ok(())
    }

    /// What follows a backslash: a word with a number, or a sign.
    fn control(&mut self, gather: &mut Gather) -> Result<(), Unread> {
        let rest = &self.bytes[self.at..];
        let letters = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        if letters == 0 {
            return self.sign(gather);
        }
        let word = std::str::from_utf8(&rest[..letters]).expect("ASCII letters");
        let minus = usize::from(rest.get(letters) == Some(&b'-'));
        let digits = rest[letters + minus..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let number = (digits > 0)
            .then(|| std::str::from_utf8(&rest[letters..letters + minus + digits]).expect("ASCII digits"))
            .and_then(|digits| digits.parse::<i64>().ok());
        let used = if digits > 0 { letters + minus + digits } else { letters };
        self.at += used + usize::from(rest.get(used) == Some(&b' '));
        self.word(word, number, gather)
    }

    fn sign(&mut self, gather: &mut Gather) -> Result<(), Unread> {
        let Some(&sign) = self.bytes.get(self.at) else {
            return Err(Unread::Damaged);
        };
        self.at += 1;
        match sign {
            b'\'' => {
                let code = self
                    .bytes
                    .get(self.at..self.at + 2)
                    .and_then(|hex| std::str::from_utf8(hex).ok())
                    .and_then(|hex| u8::from_str_radix(hex, 16).ok())
                    .ok_or(Unread::Damaged)?;
                self.at += 2;
                self.byte(code);
                Ok(())
            }
            b'\\' | b'{' | b'}' => {
                self.byte(sign);
                Ok(())
            }
            b'~' => self.letter('\u{a0}', gather),
            b'_' => self.letter('-', gather),
            b'\r' | b'\n' => self.line(gather),
            _ => Ok(()),
        }
    }

    fn word(&mut self, word: &str, number: Option<i64>, gather: &mut Gather) -> Result<(), Unread> {
        match word {
            "u" => return self.unicode(number.ok_or(Unread::Damaged)?, gather),
            "uc" => self.group.substitutes = usize::try_from(number.unwrap_or(1)).unwrap_or(1),
            "ansicpg" => {
                let label = format!("windows-{}", number.unwrap_or(1252));
                self.encoding = Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252);
            }
            "mac" => self.encoding = encoding_rs::MACINTOSH,
            "par" | "line" | "sect" | "page" | "row" | "nestrow" => return self.line(gather),
            "tab" | "cell" | "nestcell" => return self.letter('\t', gather),
            "emdash" => return self.letter('—', gather),
            "endash" => return self.letter('–', gather),
            "lquote" | "rquote" => return self.letter('’', gather),
            "ldblquote" | "rdblquote" => return self.letter('"', gather),
            "bullet" => return self.letter('•', gather),
            "emspace" | "enspace" | "qmspace" => return self.letter(' ', gather),
            "pict" => {
                gather.images = true;
                self.send(To::Nowhere, gather)?;
            }
            "bin" => {
                let length = usize::try_from(number.unwrap_or(0)).map_err(|_| Unread::Damaged)?;
                self.at = self
                    .at
                    .checked_add(length)
                    .filter(|&at| at <= self.bytes.len())
                    .ok_or(Unread::Damaged)?;
            }
            "object" | "objdata" | "objemb" | "objocx" => return Err(Unread::Embedded),
            _ if MUTE.contains(&word) => self.send(To::Nowhere, gather)?,
            _ => {
                if let Some(&(_, label)) = PROPERTIES.iter().find(|(name, _)| *name == word) {
                    self.send(To::Note(label), gather)?;
                }
            }
        }
        Ok(())
    }

    fn send(&mut self, to: To, gather: &mut Gather) -> Result<(), Unread> {
        self.flush(gather)?;
        // What is in a table of fonts stays in it.
        if self.group.to != To::Nowhere {
            self.group.to = to;
        }
        Ok(())
    }

    fn unicode(&mut self, number: i64, gather: &mut Gather) -> Result<(), Unread> {
        // Codes above 32,767 are written as negative numbers.
        let unit = u16::try_from(number & 0xFFFF).expect("sixteen bits");
        let letter = match (self.half.take(), unit) {
            (None, 0xD800..=0xDBFF) => {
                self.half = Some(unit);
                None
            }
            (None, _) => char::from_u32(u32::from(unit)),
            (Some(first), _) => char::decode_utf16([first, unit]).next().and_then(Result::ok),
        };
        if self.half.is_none() {
            self.letter(letter.unwrap_or(char::REPLACEMENT_CHARACTER), gather)?;
        }
        self.skip = self.group.substitutes;
        Ok(())
    }

    /// A letter in the document's encoding, which may need the next byte to be one.
    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.pending.push(byte);
        }
    }

    fn flush(&mut self, gather: &mut Gather) -> Result<(), Unread> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.pending);
        let (words, _) = self.encoding.decode_without_bom_handling(&bytes);
        self.put(&words, gather)
    }

    fn letter(&mut self, letter: char, gather: &mut Gather) -> Result<(), Unread> {
        self.flush(gather)?;
        self.put(letter.encode_utf8(&mut [0; 4]), gather)
    }

    fn line(&mut self, gather: &mut Gather) -> Result<(), Unread> {
        self.letter('\n', gather)
    }

    fn put(&mut self, words: &str, gather: &mut Gather) -> Result<(), Unread> {
        match self.group.to {
            To::Body => gather.words(words),
            To::Note(_) => {
                self.note.push_str(words);
                Ok(())
            }
            To::Nowhere => Ok(()),
        }
    }
}
