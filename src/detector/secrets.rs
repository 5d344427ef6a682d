//! Credentials: keys that show by their prefix, and values announced as a
//! password or a key.

use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// A family of keys: how it begins, how many characters follow at least.
struct Family {
    prefix: &'static str,
    least: usize,
    extra: &'static [u8],
}

/// Longest key that is read, in bytes; what is longer is a key as well.
const LONGEST_KEY: usize = 8192;

const fn family(prefix: &'static str, least: usize) -> Family {
    Family {
        prefix,
        least,
        extra: b"_-",
    }
}

/// Prefixes published by the issuers (GitHub, GitLab, AWS, Google, Slack,
/// Stripe, OpenAI, Anthropic, Hugging Face, npm, PyPI, SendGrid), JSON web
/// tokens (RFC 7519: `{"` in base64url).
#[rustfmt::skip]
const FAMILIES: &[Family] = &[
    family("AKIA", 16),
    family("ASIA", 16),
    family("AIza", 30),
    family("ghp_", 30),
    family("gho_", 30),
    family("ghu_", 30),
    family("ghs_", 30),
    family("ghr_", 30),
    family("github_pat_", 30),
    family("glpat-", 18),
    family("xoxb-", 16),
    family("xoxp-", 16),
    family("xoxa-", 16),
    family("xoxs-", 16),
    family("sk-", 20),
    family("sk_live_", 16),
    family("rk_live_", 16),
    family("sk_test_", 16),
    family("hf_", 30),
    family("npm_", 30),
    family("pypi-", 30),
    family("dop_v1_", 30),
    family("gf_", 24),
    family("ya29.", 20),
    family("EAACEdEose0cBA", 10),
    Family {
        prefix: "SG.",
        least: 40,
        extra: b"_-.",
    },
    Family {
        prefix: "eyJ",
        least: 24,
        extra: b"_-.=",
    },
];

static PREFIXES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let mut patterns: Vec<&str> = FAMILIES.iter().map(|f| f.prefix).collect();
    patterns.extend(["-----BEGIN ", "://"]);
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(patterns)
        .expect("a few short literals are far below the automaton's limits")
});

/// Finds keys by their prefix, private keys, passwords inside addresses.
pub(super) fn find_prefixed(bytes: &[u8], out: &mut Vec<Finding>) {
    let mut after = 0;
    for found in PREFIXES.find_iter(bytes) {
        let start = found.start();
        if start < after {
            continue;
        }
        let span = match FAMILIES.get(found.pattern().as_usize()) {
            Some(family) => {
                let key = key_after(bytes, start, found.end(), family);
                // What was read is not read again: `sk-sk-sk-…` stays linear.
                after = key.1;
                key.0.then_some((start, key.1))
            }
            None if bytes[start] == b'-' => private_key(bytes, start),
            None => password_in_url(bytes, found.end()),
        };
        if let Some((start, end)) = span {
            out.push(Finding::new(
                start as u32,
                end as u32,
                Kind::Secret,
                0.97,
                Evidence::PREFIX,
            ));
            after = end;
        }
    }
}

/// Whether this is a key of the family, and where what was read of it ends.
fn key_after(bytes: &[u8], start: usize, end: usize, family: &Family) -> (bool, usize) {
    if start > 0 && bytes[start - 1].is_ascii_alphanumeric() {
        return (false, end);
    }
    let body = bytes[end..bytes.len().min(end + LONGEST_KEY)]
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || family.extra.contains(b))
        .count();
    let value = &bytes[end..end + body];
    let mixed = value.iter().any(u8::is_ascii_digit) || value.iter().any(u8::is_ascii_uppercase);
    (body >= family.least && mixed && varied(value), end + body)
}

/// From `-----BEGIN … PRIVATE KEY-----` to its end, or to the end of the text.
fn private_key(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
    let header = &bytes[start..bytes.len().min(start + 60)];
    memchr::memmem::find(header, b"PRIVATE KEY")?;
    let end =
        memchr::memmem::find(&bytes[start..], b"-----END ").map_or(bytes.len(), |at| bytes.len().min(start + at + 40));
    let line = bytes[end.saturating_sub(40).max(start)..end]
        .iter()
        .rposition(|b| *b == b'-');
    Some((start, line.map_or(end, |at| end.saturating_sub(40).max(start) + at + 1)))
}

/// `postgres://user:password@host`.
fn password_in_url(bytes: &[u8], after: usize) -> Option<(usize, usize)> {
    let rest = &bytes[after..bytes.len().min(after + 200)];
    let length = rest
        .iter()
        .position(|b| b.is_ascii_whitespace() || b"/\"'<>".contains(b))
        .unwrap_or(rest.len());
    let authority = &rest[..length];
    let at = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', &authority[..at])?;
    let password = &authority[colon + 1..at];
    (!password.is_empty() && !is_blank(password)).then_some((after + colon + 1, after + at))
}

/// Finds values announced by `mot de passe :`, `mdp=`, `Bearer`.
pub(super) fn find_announced(view: &View, length: usize, out: &mut Vec<Finding>) {
    for i in view.marks(tag::CUE_SECRET) {
        let token = view.tokens[i];
        let last = view.tokens[i + token.phrase as usize - 1];
        let bytes = &view.bytes[..length];
        let found = announced(bytes, last.end as usize)
            .or_else(|| said(bytes, last.end as usize))
            .or_else(|| labelled(bytes, last.end as usize))
            .or_else(|| said_before(bytes, token.start as usize));
        if let Some((start, end)) = found {
            out.push(Finding::new(start as u32, end as u32, Kind::Secret, 0.9, Evidence::CUE));
        }
    }
}

/// The value after `at`, if a colon, an equals sign or `est` announces it.
fn announced(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = &bytes[at..bytes.len().min(at + 160)];
    let mut skip = 0;
    let mut announced = false;
    while skip < rest.len() {
        match rest[skip] {
            b' ' | b'"' | b'\'' | b'`' | b'(' | b'*' => skip += 1,
            b':' | b'=' if !announced || rest[skip - 1] == b':' => {
                announced = true;
                skip += 1;
            }
            // `mdp wifi : …`
            b'a'..=b'z' | b'A'..=b'Z' if !announced && qualifier(&rest[skip..]) > 0 => skip += qualifier(&rest[skip..]),
            b'e' | b'E'
                if !announced
                    && rest
                        .get(skip..skip + 4)
                        .is_some_and(|w| w.eq_ignore_ascii_case(b"est ")) =>
            {
                announced = true;
                skip += 4;
            }
            _ => break,
        }
    }
    let value = &rest[skip..];
    let end = value
        .iter()
        .position(|b| b.is_ascii_whitespace() || b"\"'`,;<>)".contains(b))
        .unwrap_or(value.len());
    let mut value = &value[..end];
    while let [head @ .., b'.' | b':'] = value {
        value = head;
    }
    let mixed = kinds_in(value);
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    // A word is a word ("mot de passe : obligatoire"); a password mixes.
    let telling = mixed >= 3 && value.len() >= 6
        || mixed >= 2 && digits >= 1 && value.len() >= 5
        || digits >= 4 && digits == value.len();
    let plain = mixed >= 3 && digits > 0 && value.len() >= 8 && skip <= 2;
    ((announced && telling || plain) && !is_blank(value)).then_some((at + skip, at + skip + value.len()))
}

/// `mdp du wifi des invités : Verdon413!`, or on the next line: a few words, then a value that could be neither a
/// word, nor a reference, nor an address.
fn labelled(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = &bytes[at..bytes.len().min(at + 120)];
    let words = rest
        .iter()
        .position(|b| !(b.is_ascii_alphabetic() || b" '-".contains(b)))?;
    let sign = rest[words..].iter().take_while(|b| b" :=\n\"'".contains(b)).count();
    if words > 40 || !rest[words..words + sign].iter().any(|b| b":=\n".contains(b)) {
        return None;
    }
    let start = at + words + sign;
    let ends = |b: &u8| b.is_ascii_whitespace() || b"\"',;<>".contains(b);
    let length = bytes[start..].iter().take(64).take_while(|b| !ends(b)).count();
    let value = &bytes[start..start + length];
    let value = value.strip_suffix(b".").unwrap_or(value);
    let place = memchr::memmem::find(value, b"://").is_some() || memchr::memmem::find(value, b"www.").is_some();
    let mailbox = memchr::memchr(b'@', value).is_some_and(|at| value[at..].contains(&b'.'));
    let cases = value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase);
    (is_mixed(value) && cases && value.len() >= 8 && !place && !mailbox).then_some((start, start + value.len()))
}

/// `le mot de passe du copieur c'est Verdon413!`: a value that could be no word, in the same sentence.
fn said(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = &bytes[at..bytes.len().min(at + 48)];
    let is = memchr::memmem::find(rest, b"est ").filter(|&is| is > 0 && b" '".contains(&rest[is - 1]))?;
    let plain = rest[..is].iter().all(|b| b.is_ascii_alphabetic() || b" '".contains(b));
    let start = at + is + 4;
    let length = bytes[start..]
        .iter()
        .take(64)
        .take_while(|b| !b.is_ascii_whitespace())
        .count();
    let value = bytes[start..start + length].trim_ascii_end();
    let value = value
        .strip_suffix(b",")
        .or_else(|| value.strip_suffix(b"."))
        .unwrap_or(value);
    (plain && is_mixed(value)).then_some((start, start + value.len()))
}

/// `j'ai mis Verdon413! comme mot de passe`.
fn said_before(bytes: &[u8], cue: usize) -> Option<(usize, usize)> {
    let before = bytes[..cue].strip_suffix(b"comme ")?;
    let end = before.trim_ascii_end().len();
    let length = before[..end]
        .iter()
        .rev()
        .take(64)
        .take_while(|b| !b.is_ascii_whitespace())
        .count();
    is_mixed(&bytes[end - length..end]).then_some((end - length, end))
}

/// How many there are of digits, capitals, small letters and signs.
fn kinds_in(value: &[u8]) -> usize {
    let kinds = [
        u8::is_ascii_digit,
        u8::is_ascii_uppercase,
        u8::is_ascii_lowercase,
        u8::is_ascii_punctuation,
    ];
    kinds.iter().filter(|is| value.iter().any(is)).count()
}

/// Letters of both cases, digits and signs, three of them at least: no word, no number.
fn is_mixed(value: &[u8]) -> bool {
    kinds_in(value) >= 3 && value.len() >= 7 && value.iter().any(u8::is_ascii_digit) && !is_blank(value)
}

/// Length of one small word that a colon follows.
fn qualifier(text: &[u8]) -> usize {
    let word = text.iter().take(12).take_while(|b| b.is_ascii_alphabetic()).count();
    let colon = text[word..]
        .iter()
        .find(|b| **b != b' ')
        .is_some_and(|b| b":=".contains(b));
    if colon { word } else { 0 }
}

/// Stands for a value: `xxxx`, `****`, `<token>`, `${NAME}`, `changeme`.
fn is_blank(value: &[u8]) -> bool {
    let filler = value.iter().all(|b| b"xX*.-_#0?".contains(b));
    let template = value.starts_with(b"$")
        || value.starts_with(b"{")
        || value.starts_with(b"<")
        || value.starts_with(b"[")
        || value.starts_with(b"%");
    let word = [
        &b"changeme"[..],
        b"password",
        b"motdepasse",
        b"secret",
        b"your",
        b"votre",
    ]
    .iter()
    .any(|w| value.len() >= w.len() && value[..w.len()].eq_ignore_ascii_case(w) && value.len() < w.len() + 6);
    filler || template || word
}

/// Not one character over and over.
fn varied(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    value.iter().for_each(|b| seen[*b as usize] = true);
    seen.iter().filter(|s| **s).count() >= 5
}
