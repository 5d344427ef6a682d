//! E-mail addresses, addresses of devices, places on the globe.

use super::finding::{Evidence, Finding};
use super::gazetteer;
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::gap;

/// Longest local part (RFC 5321, section 4.5.3.1.1) and domain.
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 255;

/// Finds e-mail addresses around each `@`.
pub(super) fn find_emails(view: &View, length: usize, out: &mut Vec<Finding>) {
    let bytes = &view.bytes[..length];
    for at in memchr::memchr_iter(b'@', bytes) {
        if let Some((start, end)) = email_around(bytes, at) {
            let local = &bytes[start..at];
            let found = Finding::new(start as u32, end as u32, Kind::Email, 0.98, Evidence::FORMAT);
            out.push(
                found.informative(is_functional(local) || is_institution(view, start, local, &bytes[at + 1..end])),
            );
        }
    }
}

/// Span of the address around this `@`. A scan may have put a space or a line
/// break on either side.
fn email_around(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let spaced = |b: Option<&u8>| b.is_some_and(|b| b" \n".contains(b));
    let before = at - usize::from(at > 0 && spaced(bytes.get(at - 1)));
    let after = at + 1 + usize::from(spaced(bytes.get(at + 1)));
    let local = bytes[before.saturating_sub(LONGEST_LOCAL)..before]
        .iter()
        .rev()
        .take_while(|&&b| b.is_ascii_alphanumeric() || b"._%+-".contains(&b) || b == super::fold::OTHER_LETTER)
        .count();
    let mut start = before - local;
    while start < before && b".-%+".contains(&bytes[start]) {
        start += 1;
    }
    let domain = &bytes[after..bytes.len().min(after + LONGEST_DOMAIN)];
    let mut length = domain
        .iter()
        .take_while(|&&b| b.is_ascii_alphanumeric() || b".-".contains(&b))
        .count();
    // `untel @ courriel . fr`: where the sign is held apart, the dot may be too.
    let apart = before < at && after > at + 1;
    if apart && let Some(rest) = domain[length..].strip_prefix(b" . ") {
        let top = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let plausible = start < before && length > 1 && (2..=6).contains(&top);
        return plausible.then_some((start, after + length + 3 + top));
    }
    while length > 0 && b".-".contains(&domain[length - 1]) {
        length -= 1;
    }
    let dot = memchr::memrchr(b'.', &domain[..length])?;
    let top = &domain[dot + 1..length];
    let plausible = start < before && dot > 0 && top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic);
    plausible.then_some((start, after + length))
}

/// Mailboxes of a service, not of a person.
fn is_functional(local: &[u8]) -> bool {
    const BOXES: &[&str] = &[
        "contact",
        "accueil",
        "mairie",
        "info",
        "infos",
        "secretariat",
        "courrier",
        "noreply",
        "no-reply",
        "ne-pas-repondre",
        "nepasrepondre",
        "support",
        "service",
        "services",
        "standard",
        "direction",
        "marches",
        "marchespublics",
        "presse",
        "communication",
        "dpo",
        "rssi",
        "dsi",
        "dsiun",
        "rh",
        "drh",
        "webmaster",
        "postmaster",
        "admin",
        "aide",
        "mdph",
        "mdph04",
        "assistance",
        "hotline",
        "recrutement",
        "facturation",
        "compta",
        "comptabilite",
        "dgs",
        "cabinet",
        "collectivite",
        "sav",
        "abuse",
        "newsletter",
    ];
    let head = local.split(|b| b"._-+".contains(b)).next().unwrap_or_default();
    BOXES.iter().any(|name| local.eq_ignore_ascii_case(name.as_bytes()))
        || head.len() < local.len()
            && matches!(
                &head.to_ascii_lowercase()[..],
                b"contact" | b"accueil" | b"mairie" | b"service" | b"secretariat" | b"direction" | b"noreply"
            )
}

/// Providers at which persons have their mailboxes.
const PROVIDERS: &[&str] = &[
    "gmail",
    "googlemail",
    "orange",
    "wanadoo",
    "free",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "yahoo",
    "ymail",
    "laposte",
    "sfr",
    "neuf",
    "bbox",
    "icloud",
    "me",
    "mac",
    "aol",
    "numericable",
    "club-internet",
    "protonmail",
    "proton",
    "gmx",
    "aliceadsl",
];

/// A mailbox of an institution whose name is no name of a person:
/// `victimes@france-victimes.fr`.
fn is_institution(view: &View, from: usize, local: &[u8], domain: &[u8]) -> bool {
    let host = domain.split(|&b| b == b'.').next().unwrap_or_default();
    if PROVIDERS.iter().any(|p| host.eq_ignore_ascii_case(p.as_bytes())) {
        return false;
    }
    let start = view.tokens.partition_point(|t| (t.start as usize) < from);
    let words = view.tokens[start..]
        .iter()
        .take_while(|t| (t.end as usize) <= from + local.len());
    let (mut parts, mut strange, mut named, mut person) = (0, 0, false, false);
    // A word that nobody bears: `casier-judiciaire.noumea`.
    let mut subject = false;
    for token in words.filter(|t| t.is_word()) {
        parts += 1;
        let known = gazetteer::known(token.key);
        strange += usize::from(token.len() > 2 && known.word() == 0 && !known.commune());
        subject |= token.len() >= 5 && known.word() > 0 && known.first() == 0 && known.last() == 0;
        named |= known.first() > 0 || known.last() > 0;
        person |= token.len() == 1
            || known.first() >= 4 && known.word() < 2
            || known.word() == 0 && token.len() > 4 && known.last() > 0;
    }
    // Two words of no dictionary, one of them a name, are a name that is rare here.
    person |= parts == 2 && strange == 2 && named;
    parts > 0 && (subject || !person) && !local.iter().any(u8::is_ascii_digit)
}

/// Finds IPv4 addresses: four numbers up to 255 held by dots. Private ones
/// tell nothing of a person; a version number needs no cue to be one.
pub(super) fn find_ips(view: &View, out: &mut Vec<Finding>) {
    let mut next = 0;
    for i in view.numbers() {
        let dotted = |t: usize| view.tokens.get(t).is_some_and(|t| t.gap == gap::DOT && t.is_number());
        if i < next || !(i + 1..i + 4).all(dotted) {
            continue;
        }
        next = i + 4;
        let octets: Vec4 = std::array::from_fn(|n| octet(view.word(i + n)));
        let alone = !view.byte_before(view.tokens[i].start).is_ascii_alphanumeric()
            && view.byte_before(view.tokens[i].start) != b'.'
            && !view
                .tokens
                .get(i + 4)
                .is_some_and(|t| t.gap == gap::DOT && t.is_number() || t.gap == 0);
        if let (true, [Some(a), Some(b), Some(c), Some(d)]) = (alone, octets) {
            let cue = view.cues(i, i + 3) & tag::CUE_IP != 0;
            let private = matches!((a, b), (10 | 127 | 0, _) | (192, 168) | (172, 16..=31) | (169, 254)) || a >= 224;
            // 1.2.3.4 is a section of a document, not a machine.
            let section = a < 10 && b < 20 && c < 20 && d < 20;
            let version = i > 0
                && view.tokens[i - 1].len() > 1
                && view.says(i - 1, &["version", "release", "correctif", "firmware", "ver"])
                || i > 0 && view.says(i - 1, &["v"]);
            if !version && (cue || !section) {
                let found = view.finding(
                    i,
                    i + 3,
                    Kind::Ip,
                    if cue { 0.95 } else { 0.8 },
                    Evidence::FORMAT.with_if(cue, Evidence::CUE),
                );
                out.push(found.informative(private));
            }
        }
    }
}

/// Finds IPv6 and MAC addresses: hexadecimal groups held by colons, or pairs by hyphens.
pub(super) fn find_devices(view: &View, length: usize, out: &mut Vec<Finding>) {
    let bytes = &view.bytes[..length];
    let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut next = 0;
    for at in memchr::memchr2_iter(b':', b'-', bytes) {
        // Two signs at least hold such an address, with five characters between at most.
        let sign = bytes[at];
        let more = (at + 1..at + 6).any(|b| bytes.get(b) == Some(&sign));
        if at < next || !more || !(hex(at + 1) || bytes[at + 1] == sign) || at > 0 && !hex(at - 1) {
            continue;
        }
        let held = |b: &u8| b.is_ascii_hexdigit() || *b == sign;
        let start = at
            - bytes[..at]
                .iter()
                .rev()
                .take(4)
                .take_while(|b| b.is_ascii_hexdigit())
                .count();
        let end = at + bytes[at..].iter().take(40).take_while(|b| held(b)).count();
        next = end;
        let touched = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
        if touched(start.checked_sub(1).and_then(|b| bytes.get(b))) || touched(bytes.get(end)) {
            continue;
        }
        if let Some(private) = device(&bytes[start..end], sign) {
            let found = Finding::new(start as u32, end as u32, Kind::Ip, 0.9, Evidence::FORMAT);
            out.push(found.informative(private));
        }
    }
}

/// Whether this is the address of a device, and one that tells nothing outside its network.
fn device(code: &[u8], sign: u8) -> Option<bool> {
    let pairs = code.len() == 17 && code.iter().skip(2).step_by(3).all(|&b| b == sign);
    if pairs && code.split(|&b| b == sign).all(|pair| pair.len() == 2) {
        // Six pairs of the ten digits are a date and a time.
        return code.iter().any(u8::is_ascii_alphabetic).then_some(false);
    }
    let groups = code.split(|&b| b == b':').filter(|group| !group.is_empty()).count();
    let text = std::str::from_utf8(code).ok().filter(|_| sign == b':' && groups >= 3)?;
    let address = text.parse::<std::net::Ipv6Addr>().ok()?;
    Some(matches!(address.segments()[0], 0 | 0xFE80..=0xFEBF | 0xFC00..=0xFDFF))
}

/// Finds places given by latitude and longitude, to ten metres or better:
/// someone's if a word says so.
pub(super) fn find_coordinates(view: &View, out: &mut Vec<Finding>) {
    for i in view.numbers() {
        let Some([degrees, decimals, east, more]) = view.tokens.get(i..i + 4).and_then(|t| <[_; 4]>::try_from(t).ok())
        else {
            return;
        };
        let pair = decimals.is_number()
            && decimals.gap == gap::DOT
            && decimals.len() >= 4
            && more.is_number()
            && more.gap == gap::DOT
            && more.len() >= 4;
        let apart = east.is_number() && east.follows_by(gap::SPACE | gap::COMMA | gap::HYPHEN | gap::CELL | gap::STOP);
        if pair && apart && degrees.len() <= 2 && east.len() <= 2 {
            // `PR 12+450` is a point of a road, no professor.
            let titled = (i.saturating_sub(12)..i).any(|t| {
                view.tokens[t].has(tag::TITLE) && view.tokens.get(t + 1).is_some_and(|next| !next.is_number())
            });
            let someone = titled || view.cues_before(i) & (tag::CUE_ADDRESS | tag::KIN | tag::FIRST_PERSON) != 0;
            out.push(
                view.finding(
                    i,
                    i + 3,
                    Kind::Address,
                    0.8,
                    Evidence::FORMAT.with_if(someone, Evidence::CUE),
                )
                .informative(!someone),
            );
        }
    }
}

type Vec4 = [Option<u32>; 4];

fn octet(digits: &[u8]) -> Option<u32> {
    let plain = matches!(digits, [b'0'] | [b'1'..=b'9', ..]) && digits.len() <= 3;
    let value = digits.iter().take(3).fold(0, |v, d| v * 10 + u32::from(d - b'0'));
    (plain && value <= 255).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, Kind, Scratch};

    fn devices(text: &str) -> Vec<(&str, bool)> {
        let mut scratch = Scratch::default();
        let found = Detector::builtin().scan(text, &mut scratch).expect("short");
        let devices = found.iter().filter(|f| f.kind == Kind::Ip);
        devices
            .map(|f| (&text[f.start as usize..f.end as usize], f.informative))
            .collect()
    }

    #[test]
    fn addresses_of_devices() {
        for (address, private) in [
            ("2a01:cb19:8350:ed00:d0dd:fa5b:de31:8be5", false),
            ("2001:db8::8a2e:370:7334", false),
            ("fe80::1ff:fe23:4567:890a", true),
            ("00:1B:44:11:3A:B7", false),
            ("00-1b-44-11-3a-b7", false),
        ] {
            assert_eq!(devices(&format!("vu depuis {address} hier")), [(address, private)]);
        }
        for text in [
            "à 10:30:45",
            "std::vec::new",
            "12:30:45:10:20:30",
            "a::b::c::d",
            "2024-11-23-10-20-30",
        ] {
            assert_eq!(devices(text), [], "{text}");
        }
    }
}
