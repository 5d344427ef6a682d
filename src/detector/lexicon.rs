//! Words and phrases with a meaning for the detector, read from
//! `data/lexicon/*.txt`: titles, cues, roles, terms of health and social aid.
//!
//! A file has sections: `[tag tag …]`, then a phrase a line; `#` begins a
//! comment. `(e|s)` in a phrase lists endings of a word, none included:
//! `handicape(e|s|es)`. All phrases of all files make one trie over word keys,
//! in one hash table: a text is read with about one look-up a word.

use super::fold::Folded;
use super::places::Places;
use super::token::{self, Token, gap, key_of};
use std::sync::LazyLock;

macro_rules! tags {
    ($($constant:ident = $bit:literal, $name:literal;)*) => {
        /// What a word or a phrase may be; see the files for their members.
        pub(super) mod tag {
            $(pub(in super::super) const $constant: u64 = 1 << $bit;)*
            pub(super) const NAMES: &[(&str, u64)] = &[$(($name, $constant)),*];
        }
    };
}

tags! {
    TITLE = 0, "title";
    TITLES = 1, "titles";
    FUNCTION = 2, "function";
    STOP = 3, "stop";
    PARTICLE = 4, "particle";
    ROLE = 5, "role";
    KIN = 6, "kin";
    PRONOUN = 7, "pronoun";
    FIRST_PERSON = 8, "first_person";
    NAME_LABEL = 9, "name_label";
    NAME_VERB = 10, "name_verb";
    BIRTH = 11, "birth";
    MONTH = 12, "month";
    STREET = 13, "street";
    PLACE_OF = 14, "place_of";
    EPONYM = 15, "eponym";
    COMPANY = 16, "company";
    NUMERAL = 17, "numeral";
    REFERENCE = 18, "reference";
    GENERIC = 19, "generic";
    HEALTH = 20, "health";
    HEALTH_WEAK = 21, "health_weak";
    VULNERABLE = 22, "vulnerable";
    VULNERABLE_WEAK = 23, "vulnerable_weak";
    SENSITIVE = 24, "sensitive";
    SENSITIVE_WEAK = 25, "sensitive_weak";
    FINANCE = 26, "finance";
    QUASI = 27, "quasi";
    SPECIMEN = 28, "specimen";
    PUBLIC_FIGURE = 29, "public_figure";
    CUE_NIR = 30, "cue_nir";
    CUE_SPI = 31, "cue_spi";
    CUE_BANK = 32, "cue_bank";
    CUE_CARD = 33, "cue_card";
    CUE_COMPANY_ID = 34, "cue_company_id";
    CUE_RPPS = 35, "cue_rpps";
    CUE_PHONE = 36, "cue_phone";
    CUE_PLATE = 37, "cue_plate";
    CUE_CNI = 38, "cue_cni";
    CUE_PASSPORT = 39, "cue_passport";
    CUE_LICENCE = 40, "cue_licence";
    CUE_CAF = 41, "cue_caf";
    CUE_INE = 42, "cue_ine";
    CUE_MATRICULE = 43, "cue_matricule";
    CUE_CASE = 44, "cue_case";
    CUE_ADDRESS = 45, "cue_address";
    CUE_SECRET = 46, "cue_secret";
    SOLE_TRADER = 47, "sole_trader";
    WORLD = 48, "world";
    IMPERATIVE = 49, "imperative";
    PREDICATE = 50, "predicate";
    PLURAL = 51, "plural";
    SERVICE = 52, "service";
    SMALL_WORD = 53, "small_word";
    CUE_IP = 54, "cue_ip";
    SIGNING = 55, "signing";
    SOMEONE = 56, "someone";
    EPITHET = 57, "epithet";
    DETAIL = 58, "detail";
    STATE = 59, "state";
    MOMENT = 60, "moment";
    CASE = 61, "case";
    POST = 62, "post";
}

const FILES: &[&str] = &[
    include_str!("../../data/lexicon/cues.txt"),
    include_str!("../../data/lexicon/names.txt"),
    include_str!("../../data/lexicon/places.txt"),
    include_str!("../../data/lexicon/world.txt"),
    include_str!("../../data/lexicon/health.txt"),
    include_str!("../../data/lexicon/drugs.txt"),
    include_str!("../../data/lexicon/diseases.txt"),
    include_str!("../../data/lexicon/vulnerable.txt"),
    include_str!("../../data/lexicon/sensitive.txt"),
    include_str!("../../data/lexicon/frames.txt"),
    include_str!("../../data/lexicon/someone.txt"),
];

/// The trie. A node is known by the hash of the words that lead to it; that of
/// the root is 0.
pub(super) struct Lexicon {
    /// Nodes by their hash, 0 for none.
    slots: Vec<(u64, Meaning)>,
    /// How many there are.
    nodes: usize,
    /// A bit for each node, by its hash: small enough to stay at hand, and most
    /// words of a text lead nowhere.
    signs: Vec<u64>,
}

/// The tags of a node, and `PARENT`.
type Meaning = u64;
/// The node has children.
const PARENT: Meaning = 1 << 63;
/// There are two to this power of signs.
const SIGN_BITS: u32 = 18;

/// Tags of words that only matter next to others.
const SMALL: u64 = tag::PARTICLE
    | tag::SMALL_WORD
    | tag::PRONOUN
    | tag::FIRST_PERSON
    | tag::PREDICATE
    | tag::GENERIC
    | tag::PLURAL
    | tag::STOP
    | tag::QUASI
    | tag::WORLD
    | tag::MONTH
    | tag::IMPERATIVE
    | tag::SOMEONE
    | tag::EPITHET
    | tag::DETAIL
    | tag::STATE
    | tag::MOMENT
    | tag::CASE
    | tag::POST;

/// How `@` is spelled.
const AT: [u64; 3] = [key_of("at"), key_of("arobase"), key_of("arobas")];

/// Of the built-in files; made once.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read(FILES));

impl Lexicon {
    /// Reads lexicon files. A section of an unknown tag counts as no tag; a
    /// test holds the files to the known ones.
    fn read(files: &[&str]) -> Self {
        let lines = files.iter().map(|f| f.lines().count()).sum::<usize>();
        let mut lexicon = Self {
            slots: vec![(0, 0); (lines * 4).next_power_of_two()],
            nodes: 0,
            signs: vec![0; 1 << (SIGN_BITS - 6)],
        };
        let mut reader = Reader::default();
        for line in files.iter().flat_map(|f| f.lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(names) = line.strip_prefix('[') {
                reader.section = section(names.trim_end_matches(']')).unwrap_or(0);
            } else if !line.is_empty() {
                lexicon.add(line, &mut reader);
            }
        }
        lexicon
    }

    fn add(&mut self, line: &str, reader: &mut Reader) {
        // Each word with each of its endings: the words are few, the trie shares heads.
        let mut nodes = vec![0];
        for word in line.split_whitespace() {
            let (stem, endings) = word.split_once('(').unwrap_or((word, ""));
            let endings = endings.trim_end_matches(')').split('|').filter(|e| !e.is_empty());
            let mut next = Vec::new();
            for form in std::iter::once(stem.to_owned()).chain(endings.map(|e| format!("{stem}{e}"))) {
                for &node in &nodes {
                    next.push(self.descend(node, &form, reader));
                }
            }
            nodes = next;
        }
        for node in nodes {
            let slot = self.slot(node);
            self.slots[slot].1 |= reader.section;
        }
    }

    /// The node under `node` for this word, which may have an apostrophe or a
    /// hyphen inside; made if there is none.
    fn descend(&mut self, node: u64, word: &str, reader: &mut Reader) -> u64 {
        reader.folded.fold(word);
        token::split(
            &reader.folded.bytes,
            reader.folded.len(),
            &mut reader.tokens,
            &mut reader.places,
        );
        reader.tokens.iter().fold(node, |node, t| {
            let key = if t.is_number() {
                number_key(t.text(&reader.folded.bytes))
            } else {
                t.key
            };
            self.child_or_new(node, key)
        })
    }

    fn child_or_new(&mut self, node: u64, key: u64) -> u64 {
        let child = child(node, key);
        let slot = self.slot(child);
        if self.slots[slot].0 == 0 {
            self.slots[slot].0 = child;
            self.nodes += 1;
            let (word, bit) = sign(child);
            self.signs[word] |= bit;
            if node != 0 {
                let parent = self.slot(node);
                self.slots[parent].1 |= PARENT;
            }
            if self.nodes * 2 > self.slots.len() {
                self.grow();
            }
        }
        child
    }

    fn grow(&mut self) {
        let twice = vec![(0, 0); self.slots.len() * 2];
        for (node, meaning) in std::mem::replace(&mut self.slots, twice) {
            if node != 0 {
                let slot = self.slot(node);
                self.slots[slot] = (node, meaning);
            }
        }
    }

    /// Where the node is, or would be.
    fn slot(&self, node: u64) -> usize {
        let mut slot = (node >> 20) as usize & (self.slots.len() - 1);
        while self.slots[slot].0 != 0 && self.slots[slot].0 != node {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    fn may_exist(&self, node: u64) -> bool {
        let (word, bit) = sign(node);
        self.signs[word] & bit != 0
    }

    /// What the node means, if there is one.
    fn meaning(&self, node: u64) -> Option<Meaning> {
        if !self.may_exist(node) {
            return None;
        }
        let (found, meaning) = self.slots[self.slot(node)];
        (found != 0).then_some(meaning)
    }

    /// Gives each token the tags of the longest phrase that it begins, and notes
    /// the tokens that mean something.
    pub(super) fn tag(&self, bytes: &[u8], tokens: &mut [Token], places: &mut Places) {
        let mut after_single = false;
        for (n, tokens) in tokens.chunks(64).enumerate() {
            let (mut heads, mut singles, mut ats) = (0, 0, 0);
            for (i, token) in tokens.iter().enumerate() {
                let head = token.is_word() & self.may_exist(child(0, token.key));
                let at = (token.key == AT[0]) | (token.key == AT[1]) | (token.key == AT[2]);
                heads |= u64::from(head) << i;
                singles |= u64::from(token.len() == 1) << i;
                ats |= u64::from(at) << i;
            }
            places.heads.set_word(n, heads);
            // A letter or a digit by itself, and another after it.
            places.spelled.set_word(n, ats | singles & singles >> 1);
            if after_single && singles & 1 != 0 {
                places.spelled.set(64 * n - 1);
            }
            after_single = singles >> 63 != 0;
        }
        self.tag_heads(bytes, tokens, places);
    }

    fn tag_heads(&self, bytes: &[u8], tokens: &mut [Token], places: &mut Places) {
        let mut inside = 0;
        for i in places.heads.iter() {
            let node = child(0, tokens[i].key);
            let Some(meaning) = self.meaning(node) else {
                continue;
            };
            let (mut tags, mut length) = (meaning & !PARENT, 1);
            if meaning & PARENT != 0 {
                let (phrase, words) = self.longest(bytes, tokens, i, node, tags);
                // The first word keeps its own meaning: `mon` in `mon fils`.
                (tags, length) = (tags | phrase, words);
            }
            tokens[i].tags = tags;
            // A phrase inside a longer one is not a phrase of its own.
            if i >= inside && tags != 0 {
                tokens[i].phrase = length as u8;
                inside = i + length;
                let mark = tags & !SMALL != 0;
                places.marks.set_if(mark, i);
                places.marked |= if mark { tags } else { 0 };
            }
            places.spelled.set_if(tags & tag::NUMERAL != 0, i);
        }
    }

    fn longest(&self, bytes: &[u8], tokens: &[Token], i: usize, mut node: u64, tags: u64) -> (u64, usize) {
        let mut best = (tags, 1);
        for (n, token) in tokens[i + 1..].iter().enumerate().take(12) {
            let joined = gap::SPACE | gap::LINE | gap::HYPHEN | gap::APOSTROPHE | gap::DOT;
            if !token.follows_by(joined) || token.gap & gap::DOT != 0 && tokens[i + n].len() > 4 {
                break;
            }
            let key = if token.is_number() {
                number_key(token.text(bytes))
            } else {
                token.key
            };
            node = child(node, key);
            let Some(meaning) = self.meaning(node) else {
                break;
            };
            if meaning & !PARENT != 0 {
                best = (meaning & !PARENT, n + 2);
            }
            if meaning & PARENT == 0 {
                break;
            }
        }
        best
    }
}

#[derive(Default)]
struct Reader {
    section: u64,
    folded: Folded,
    tokens: Vec<Token>,
    places: Places,
}

/// The tags a section names; an unknown one is the error.
fn section(names: &str) -> Result<u64, &str> {
    names.split_whitespace().try_fold(0, |tags, name| {
        let known = tag::NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, bit)| tags | bit).ok_or(name)
    })
}

/// Place of a node among the signs.
fn sign(node: u64) -> (usize, u64) {
    let place = node >> (64 - SIGN_BITS);
    ((place >> 6) as usize, 1 << (place & 63))
}

/// Hash of the node that a word leads to from `node`.
fn child(node: u64, key: u64) -> u64 {
    (key ^ node.wrapping_mul(0xD6E8_FEB8_6659_FD93)).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1
}

/// Numbers of a phrase (`gir 4`) have a key of their own, apart from words.
fn number_key(digits: &[u8]) -> u64 {
    digits
        .iter()
        .take(8)
        .fold(7, |key: u64, &d| key.wrapping_mul(31).wrapping_add(u64::from(d)) << 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_names_known_tags() {
        for line in FILES.iter().flat_map(|f| f.lines()) {
            if let Some(names) = line.trim().strip_prefix('[') {
                let names = names.split(']').next().unwrap_or_default();
                assert!(section(names).is_ok_and(|tags| tags != 0), "{line}");
            }
        }
    }

    #[test]
    fn the_longest_phrase_wins() {
        let lexicon = Lexicon::read(&["[health]\nmal(e|es) de dos\n[stop]\nmal\n[title]\nM.\n"]);
        let mut folded = Folded::default();
        folded.fold("Mal de dos, mal de M. Untel, males de\ndos");
        let mut tokens = Vec::new();
        let mut places = Places::default();
        token::split(&folded.bytes, folded.len(), &mut tokens, &mut places);
        lexicon.tag(&folded.bytes, &mut tokens, &mut places);
        let seen: Vec<_> = tokens
            .iter()
            .filter(|t| t.phrase > 0)
            .map(|t| (t.tags, t.phrase))
            .collect();
        assert_eq!(
            seen,
            [
                (tag::HEALTH | tag::STOP, 3),
                (tag::STOP, 1),
                (tag::TITLE, 1),
                (tag::HEALTH, 3)
            ]
        );
    }
}
