//! What the organisation adds: detectors of its own, and values that are never
//! reported.

use super::finding::{Evidence, Finding};
use super::fold::Folded;
use super::kind::{Class, Kind};
use super::overlap;
use super::places::Places;
use super::token::{self, Token};
use regex::bytes::{Regex, RegexBuilder};
use std::fmt;

/// A detector that the organisation wrote.
#[derive(Clone, Debug)]
pub struct OwnDetector {
    /// Name in answers; unique.
    pub id: String,
    /// Class of what it finds.
    pub class: Class,
    /// It is only tried: what it finds is told where nothing else was found, and changes nothing else.
    pub on_trial: bool,
    /// Regular expression in the syntax of the `regex` crate, applied to the
    /// text with accents and disguises folded away, whatever its case.
    pub pattern: String,
    /// Words of which one must stand within 80 bytes of the value; none: always.
    pub cues: Vec<String>,
    /// Texts in which it must find something.
    pub matches: Vec<String>,
    /// Texts in which it must find nothing.
    pub misses: Vec<String>,
}

/// Values that are never reported.
#[derive(Clone, Debug, Default)]
pub struct AllowList {
    /// Addresses, or `*@domain`.
    pub emails: Vec<String>,
    /// Telephone numbers, however grouped.
    pub phones: Vec<String>,
    /// Names of persons; a single word only where it stands alone.
    pub names: Vec<String>,
}

/// One reason why the organisation's detectors cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BuildProblem {
    /// Position of the detector in the list.
    pub index: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a detector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The expression cannot be read, or is too large; the engine's own words.
    Pattern(String),
    /// The expression finds the empty text.
    Empty,
    /// Nothing is found in the n-th of `matches`.
    Match(usize),
    /// Something is found in the n-th of `misses`.
    Miss(usize),
    /// More detectors than can be numbered.
    TooMany,
}

/// Why the organisation's detectors cannot be used: every problem at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BuildError {
    /// The problems, in the order of the detectors; at least one.
    pub problems: Vec<BuildProblem>,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.problems.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}detector {}: {}", problem.index, problem.fault)?;
        }
        Ok(())
    }
}

impl std::error::Error for BuildError {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Pattern(why) => write!(f, "pattern: {why}"),
            Fault::Empty => write!(f, "the pattern matches the empty text"),
            Fault::Match(n) => write!(f, "`matches` {n}: not found"),
            Fault::Miss(n) => write!(f, "`misses` {n}: found"),
            Fault::TooMany => write!(f, "too many detectors"),
        }
    }
}

/// Bounds of a compiled expression: matching is linear in the text, this
/// bounds the constant.
const PATTERN_BYTES: usize = 1 << 20;
/// How far a cue may stand, in bytes.
const CUE_REACH: usize = 80;

/// A detector that holds its promises.
struct Compiled {
    id: String,
    class: Class,
    on_trial: bool,
    pattern: Regex,
    cues: Option<Regex>,
}

/// All that the organisation added.
#[derive(Default)]
pub(super) struct Own {
    detectors: Vec<Compiled>,
    emails: Vec<Vec<u8>>,
    phones: Vec<Vec<u8>>,
    names: Vec<Vec<u64>>,
}

impl Own {
    /// Compiles and tries the detectors.
    pub(super) fn new(own: &[OwnDetector], allow: &AllowList) -> Result<Self, BuildError> {
        let mut problems = Vec::new();
        let mut detectors = Vec::new();
        if own.len() > usize::from(u16::MAX) {
            problems.push(BuildProblem {
                index: usize::from(u16::MAX),
                fault: Fault::TooMany,
            });
            return Err(BuildError { problems });
        }
        for (index, detector) in own.iter().enumerate() {
            match Compiled::new(detector) {
                Ok(compiled) => {
                    problems.extend(
                        compiled
                            .broken_promises(detector)
                            .map(|fault| BuildProblem { index, fault }),
                    );
                    detectors.push(compiled);
                }
                Err(fault) => problems.push(BuildProblem { index, fault }),
            }
        }
        if !problems.is_empty() {
            return Err(BuildError { problems });
        }
        Ok(Self {
            detectors,
            emails: allow.emails.iter().map(|e| fold(e).to_ascii_lowercase()).collect(),
            phones: allow.phones.iter().map(|p| national(&fold(p))).collect(),
            names: allow.names.iter().map(|n| words(n)).filter(|n| !n.is_empty()).collect(),
        })
    }

    /// Name of the n-th detector.
    pub(super) fn id(&self, n: u16) -> Option<&str> {
        self.detectors.get(usize::from(n)).map(|d| d.id.as_str())
    }

    /// Finds what the organisation's detectors describe, but for those that are only tried.
    pub(super) fn find(&self, bytes: &[u8], out: &mut Vec<Finding>) {
        self.find_by(false, Evidence::OWN, bytes, out);
    }

    /// Adds what the detectors on trial describe, where nothing stands in `found` yet. It comes last, so that no
    /// other finding is lost, moved or judged otherwise because something is tried.
    pub(super) fn try_out(&self, bytes: &[u8], found: &mut Vec<Finding>) {
        let settled = found.len();
        self.find_by(true, Evidence::OWN.with(Evidence::TRIAL), bytes, found);
        if found.len() > settled {
            overlap::resolve(found);
        }
    }

    fn find_by(&self, on_trial: bool, evidence: Evidence, bytes: &[u8], out: &mut Vec<Finding>) {
        let detectors = self.detectors.iter().enumerate();
        for (n, detector) in detectors.filter(|(_, detector)| detector.on_trial == on_trial) {
            for (start, end) in detector.spans(bytes) {
                let kind = Kind::Custom(n as u16);
                let found = Finding::new(start as u32, end as u32, kind, 0.95, evidence);
                out.push(Finding {
                    class: detector.class,
                    ..found
                });
            }
        }
    }

    /// Whether this finding is on a list of values that are never reported.
    pub(super) fn allows(&self, finding: &Finding, bytes: &[u8], scratch: &mut Vec<Token>) -> bool {
        let value = &bytes[finding.start as usize..finding.end as usize];
        match finding.kind {
            Kind::Email => self.emails.iter().any(|allowed| match allowed.strip_prefix(b"*") {
                Some(domain) => {
                    value.len() > domain.len() && value[value.len() - domain.len()..].eq_ignore_ascii_case(domain)
                }
                None => value.eq_ignore_ascii_case(allowed),
            }),
            Kind::Phone if !self.phones.is_empty() => {
                let value = national(value);
                self.phones.contains(&value)
            }
            Kind::Person if !self.names.is_empty() => {
                let mut text = value.to_vec();
                let length = text.len();
                text.extend_from_slice(&[0; super::fold::PADDING]);
                token::split(&text, length, scratch, &mut Places::default());
                self.names.iter().any(|name| {
                    name.len() <= scratch.len() && {
                        let tail = &scratch[scratch.len() - name.len()..];
                        tail.iter().map(|t| t.key).eq(name.iter().copied()) && scratch.len() <= name.len() + 1
                    }
                })
            }
            _ => false,
        }
    }
}

impl Compiled {
    fn new(detector: &OwnDetector) -> Result<Self, Fault> {
        let cues: Vec<String> = detector
            .cues
            .iter()
            .map(|cue| regex::escape(&String::from_utf8_lossy(&fold(cue))))
            .collect();
        let cues = match cues.is_empty() {
            true => None,
            false => Some(compile(&format!(r"(?-u:\b)(?:{})(?-u:\b)", cues.join("|")))?),
        };
        let pattern = compile(&String::from_utf8_lossy(&fold_pattern(&detector.pattern)))?;
        if pattern.find(b"").is_some() {
            return Err(Fault::Empty);
        }
        Ok(Self {
            id: detector.id.clone(),
            class: detector.class,
            on_trial: detector.on_trial,
            pattern,
            cues,
        })
    }

    fn spans<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = (usize, usize)> + 'a {
        self.pattern
            .find_iter(bytes)
            .map(|m| (m.start(), m.end()))
            .filter(move |&(start, end)| {
                let whole = |inside: Option<&u8>, outside: Option<&u8>| {
                    let word = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
                    !(word(inside) && word(outside))
                };
                let edges = whole(bytes.get(start), start.checked_sub(1).and_then(|b| bytes.get(b)))
                    && whole(end.checked_sub(1).and_then(|b| bytes.get(b)), bytes.get(end));
                let near = &bytes[start.saturating_sub(CUE_REACH)..bytes.len().min(end + CUE_REACH)];
                start < end && edges && self.cues.as_ref().is_none_or(|cues| cues.is_match(near))
            })
    }

    fn broken_promises(&self, detector: &OwnDetector) -> impl Iterator<Item = Fault> {
        // The examples are values: the words that announce them need not be there.
        let bare = Self {
            cues: None,
            ..self.clone_pattern()
        };
        let found = |bare: &Self, text: &String| bare.spans(&fold(text)).next().is_some();
        let missing = (0..detector.matches.len())
            .filter(|&n| !found(&bare, &detector.matches[n]))
            .map(Fault::Match);
        let extra = (0..detector.misses.len())
            .filter(|&n| found(&bare, &detector.misses[n]))
            .map(Fault::Miss);
        missing.chain(extra).collect::<Vec<_>>().into_iter()
    }

    fn clone_pattern(&self) -> Self {
        Self {
            id: String::new(),
            class: self.class,
            on_trial: self.on_trial,
            pattern: self.pattern.clone(),
            cues: None,
        }
    }
}

fn compile(pattern: &str) -> Result<Regex, Fault> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .unicode(false)
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(PATTERN_BYTES)
        .nest_limit(50)
        .build()
        .map_err(|error| Fault::Pattern(error.to_string()))
}

/// The folded bytes of a value, without padding.
fn fold(text: &str) -> Vec<u8> {
    let mut folded = Folded::default();
    folded.fold(text);
    let length = folded.len();
    folded.bytes.truncate(length);
    folded.bytes
}

/// An expression with its accents folded, its own signs untouched.
fn fold_pattern(pattern: &str) -> Vec<u8> {
    use super::fold::{Plain, plain};
    let mut folded = Vec::with_capacity(pattern.len());
    for c in pattern.chars() {
        match plain(c) {
            Plain::Nothing => {}
            Plain::One(byte) => folded.push(byte),
            Plain::Two(first, second) => folded.extend_from_slice(&[first, second]),
        }
    }
    folded
}

/// The digits of a telephone number after the 0 or the +33.
fn national(phone: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = phone.iter().copied().filter(u8::is_ascii_digit).collect();
    let rest = digits
        .strip_prefix(b"0033")
        .or_else(|| digits.strip_prefix(b"33"))
        .unwrap_or(&digits);
    rest.strip_prefix(b"0").unwrap_or(rest).to_vec()
}

fn words(name: &str) -> Vec<u64> {
    let mut folded = Folded::default();
    folded.fold(name);
    let mut tokens = Vec::new();
    token::split(&folded.bytes, folded.len(), &mut tokens, &mut Places::default());
    tokens.iter().map(|t| t.key).collect()
}
