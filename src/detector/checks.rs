//! The keys of numbers: pure arithmetic over ASCII digits, no look at the text.
//! Every function is total: what is not of the right form has no valid key.

/// Remainder of a decimal number, digit by digit.
fn modulo(digits: &[u8], by: u64) -> Option<u64> {
    digits.iter().try_fold(0, |rest, &d| {
        d.is_ascii_digit().then(|| (rest * 10 + u64::from(d - b'0')) % by)
    })
}

/// Value of a few digits, at most nine.
fn value(digits: &[u8]) -> Option<u32> {
    (digits.len() <= 9)
        .then(|| modulo(digits, 1 << 40).map(|v| v as u32))
        .flatten()
}

/// Luhn's sum (ISO/IEC 7812-1, annex B) is a multiple of ten.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().try_fold(0, |sum, (n, &d)| {
        let digit = d.is_ascii_digit().then(|| u32::from(d - b'0'))?;
        let doubled = if n % 2 == 1 { digit * 2 } else { digit };
        Some(sum + doubled / 10 + doubled % 10)
    });
    !digits.is_empty() && sum.is_some_and(|sum| sum % 10 == 0)
}

/// The first 13 characters have the form of a NIR: sex, year, month,
/// department, commune, order (décret n° 82-103, art. 4). `2A` and `2B` are
/// Corsica.
pub(super) fn nir_form(number: &[u8]) -> bool {
    let Some(&[sex, y1, y2, m1, m2, d1, d2, c1, c2, c3, o1, o2, o3]) = number.get(..13) else {
        return false;
    };
    let numeric = [sex, y1, y2, m1, m2, d1, c1, c2, c3, o1, o2, o3];
    if !numeric.iter().all(u8::is_ascii_digit) || !b"123478".contains(&sex) {
        return false;
    }
    let month = (m1 - b'0') * 10 + (m2 - b'0');
    let department = matches!((d1, d2), (b'2', b'A' | b'B')) || d2.is_ascii_digit() && (d1, d2) != (b'0', b'0');
    matches!(month, 1..=12 | 20..=42 | 50..=99) && department && [c1, c2, c3] != *b"000" && [o1, o2, o3] != *b"000"
}

/// The 15 characters are a NIR with its key: 97 − (number mod 97).
pub(super) fn nir(number: &[u8]) -> bool {
    number.len() == 15
        && nir_form(number)
        && nir_key(&number[..13]).is_some_and(|key| value(&number[13..]) == Some(key))
}

/// Key of the 13 characters of a NIR, 1 to 97.
fn nir_key(number: &[u8]) -> Option<u32> {
    let mut plain = [0; 13];
    plain.copy_from_slice(number.get(..13)?);
    // Corsica counts as departments 19 and 18.
    (plain[5], plain[6]) = match (plain[5], plain[6]) {
        (b'2', b'A') => (b'1', b'9'),
        (b'2', b'B') => (b'1', b'8'),
        other => other,
    };
    modulo(&plain, 97).map(|rest| 97 - rest as u32)
}

/// The 13 digits are a tax number: the first ten mod 511 are the last three.
pub(super) fn spi(digits: &[u8]) -> bool {
    digits.len() == 13
        && matches!(digits[0], b'0'..=b'3')
        && digits.iter().any(|d| *d != b'0')
        && modulo(&digits[..10], 511).is_some_and(|key| value(&digits[10..]).map(u64::from) == Some(key))
}

/// Length of an IBAN of this country (ISO 13616 registry), by its two letters.
pub(super) fn iban_length(country: &[u8]) -> Option<usize> {
    let at = IBAN_LENGTHS
        .binary_search_by(|(code, _)| code.as_bytes().cmp(country))
        .ok()?;
    Some(IBAN_LENGTHS[at].1)
}

#[rustfmt::skip]
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NL", 18),
    ("NO", 15),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SC", 31),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
];

/// The capitals and digits are an IBAN: right length, and 1 modulo 97
/// (ISO 7064, MOD 97-10).
pub(super) fn iban(code: &[u8]) -> bool {
    if code.len() < 15 || iban_length(&code[..2]) != Some(code.len()) {
        return false;
    }
    let rest = code[4..].iter().chain(&code[..4]).try_fold(0u64, |rest, &c| match c {
        b'0'..=b'9' => Some((rest * 10 + u64::from(c - b'0')) % 97),
        b'A'..=b'Z' => Some((rest * 100 + u64::from(c - b'A') + 10) % 97),
        _ => None,
    });
    rest == Some(1)
}

/// The 23 characters are a French RIB: bank, branch, account, key.
pub(super) fn rib(code: &[u8]) -> bool {
    let mut digits = [0; 23];
    if code.len() != 23 {
        return false;
    }
    for (digit, &c) in digits.iter_mut().zip(code) {
        *digit = match c {
            b'0'..=b'9' => c,
            b'A'..=b'I' => b'1' + (c - b'A'),
            b'J'..=b'R' => b'1' + (c - b'J'),
            b'S'..=b'Z' => b'2' + (c - b'S'),
            _ => return false,
        };
    }
    let part = |span: std::ops::Range<usize>| modulo(&digits[span], 97).unwrap_or(0);
    let sum = 89 * part(0..5) + 15 * part(5..10) + 3 * part(10..21);
    value(&digits[21..]).map(u64::from) == Some(97 - sum % 97)
}

/// The digits have the prefix and the length of a network's cards.
pub(super) fn card_form(digits: &[u8]) -> bool {
    let Some(prefix) = digits.get(..4).and_then(value) else {
        return false;
    };
    match digits.len() {
        13 | 19 => prefix / 1000 == 4 || digits.len() == 19 && matches!(prefix / 100, 50 | 56..=69),
        15 => matches!(prefix / 100, 34 | 37),
        16 => prefix / 1000 == 4 || matches!(prefix / 100, 50..=69) || (2221..=2720).contains(&prefix),
        _ => false,
    }
}

/// The 9 digits are a SIREN.
pub(super) fn siren(digits: &[u8]) -> bool {
    digits.len() == 9 && luhn(digits) && digits.iter().any(|&d| d != b'0')
}

/// The 14 digits are a SIRET. Offices of La Poste have a sum of digits that is
/// a multiple of five (Insee, Sirene documentation).
pub(super) fn siret(digits: &[u8]) -> bool {
    let post_office = || {
        digits.starts_with(b"356000000")
            && digits
                .iter()
                .map(|d| u32::from(d.wrapping_sub(b'0')))
                .sum::<u32>()
                .is_multiple_of(5)
    };
    digits.len() == 14 && digits.iter().any(|&d| d != b'0') && (luhn(digits) || post_office())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(digits: &[u8]) -> bool {
        card_form(digits) && luhn(digits)
    }

    fn compact(number: &str) -> Vec<u8> {
        number.bytes().filter(u8::is_ascii_alphanumeric).collect()
    }

    /// Published numbers: Insee and service-public.fr for the NIR of a man of
    /// 1951, python-stdnum's documentation (fr.nir, fr.nif, fr.siren,
    /// fr.siret, iban, luhn), the IBAN registry (SWIFT), the test cards of
    /// payment networks, ICAO 9303 specimens.
    #[test]
    fn published_numbers_hold_and_their_neighbours_do_not() {
        type Check = fn(&[u8]) -> bool;
        let cases: &[(Check, &[&str])] = &[
            (
                nir,
                &[
                    "1 51 02 46 102 043 25",
                    "2 89 04 2A 342 163 90",
                    "2 89 04 2B 342 163 20",
                    "1 99 09 97 411 005 77",
                    "2 85 03 99 352 017 90",
                    "2 64 05 04 070 012 56",
                    "7 85 03 99 123 456 63",
                ],
            ),
            (spi, &["30 23 217 600 053", "07 01 987 765 493"]),
            (
                iban,
                &[
                    "FR14 2004 1010 0505 0001 3M02 606",
                    "FR76 3000 1007 9412 3456 7890 185",
                    "DE89 3704 0044 0532 0130 00",
                    "MC58 1122 2000 0101 2345 6789 030",
                    "GB82 WEST 1234 5698 7654 32",
                    "BE68 5390 0754 7034",
                ],
            ),
            (rib, &["20041 01005 0500013M026 06", "30001 00794 12345678901 85"]),
            (
                card,
                &[
                    "4970 1000 0000 0154",
                    "5555 5555 5555 4444",
                    "3782 822463 10005",
                    "4111 1111 1111 1111",
                ],
            ),
            (siren, &["732 829 320", "404 833 048"]),
            (siret, &["732 829 320 00074", "356000000 49837", "35600000000048"]),
        ];
        for (check, numbers) in cases {
            for number in *numbers {
                let good = compact(number);
                assert!(check(&good), "{number}");
                for (i, digit) in good.iter().enumerate().filter(|(_, d)| d.is_ascii_digit()) {
                    let mut bad = good.clone();
                    bad[i] = if *digit == b'9' { b'0' } else { digit + 1 };
                    // La Poste's rule and the two-letter prefixes let some through.
                    if !number.starts_with("356") && !number.starts_with("GB") {
                        assert!(!check(&bad), "{number} with digit {i} changed");
                    }
                }
                assert!(!check(&good[1..]), "{number} cut");
            }
        }
    }

    #[test]
    fn a_siret_is_no_card_and_anything_is_read_without_panic() {
        assert!(!card(b"73282932000074"));
        for length in 0..40 {
            for byte in [0, b'0', b'9', b'A', b'<', 0xFF] {
                let number = vec![byte; length];
                let _ = (nir(&number), spi(&number), iban(&number), rib(&number), card(&number));
                let _ = (siren(&number), siret(&number), luhn(&number));
            }
        }
        assert!(!luhn(b"") && !siret(&[b'0'; 14]));
    }
}
