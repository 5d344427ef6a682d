//! The text of a key: `gf_`, 43 characters of chance, 6 that check the others.
//!
//! 43 digits of base 62 hold 256 bits. The check tells a typing mistake from an unknown key without a look-up, and lets
//! scanners for leaked secrets be sure of what they found. Only the SHA-256 of the whole text is stored: with 256 bits
//! of chance there is nothing to guess, so no slow hash is needed.

use sha2::{Digest, Sha256};

pub(super) use crate::keyfile::hex;

use super::OfficeError;
use crate::keyfile;

const PREFIX: &str = "gf_";
const BODY: usize = 43;
const CHECK: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// SHA-256 of a key.
pub(super) type KeyHash = [u8; 32];

/// Makes a new key from the chance of the operating system.
pub(super) fn generate() -> Result<String, OfficeError> {
    let mut text = String::with_capacity(PREFIX.len() + BODY + CHECK);
    text.push_str(PREFIX);
    let mut chance = [0; 64];
    while text.len() < PREFIX.len() + BODY {
        getrandom::fill(&mut chance).map_err(|_| OfficeError::Chance)?;
        // Bytes from 248 on would make the first digits likelier than the others.
        let digits = chance
            .iter()
            .filter(|&&byte| byte < 248)
            .map(|&byte| digit(u32::from(byte)));
        text.extend(digits.take(PREFIX.len() + BODY - text.len()));
    }
    let check = check(&text);
    Ok(text + &check)
}

/// A new short public id, such as `k3f09ab12cd`.
pub(super) fn public_id() -> Result<String, OfficeError> {
    let mut chance = [0; 5];
    getrandom::fill(&mut chance).map_err(|_| OfficeError::Chance)?;
    Ok(chance.iter().fold("k".to_owned(), |id, byte| format!("{id}{byte:02x}")))
}

/// The hash of a key that is well formed; none for what cannot be one of ours.
pub(super) fn hash(secret: &str) -> Option<KeyHash> {
    let fits = secret.is_ascii() && secret.len() == PREFIX.len() + BODY + CHECK && secret.starts_with(PREFIX);
    let (text, end) = secret.split_at_checked(PREFIX.len() + BODY)?;
    (fits && end == check(text)).then(|| Sha256::digest(secret).into())
}

/// Reads a hash in hexadecimal.
pub(super) fn unhex(text: &str) -> Option<KeyHash> {
    keyfile::unhex(text)?.try_into().ok()
}

/// The first 32 bits of a SHA-256, as six digits.
fn check(text: &str) -> String {
    let hash = Sha256::digest(text);
    let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    (0..CHECK as u32)
        .rev()
        .map(|place| digit(number / 62u32.pow(place)))
        .collect()
}

fn digit(n: u32) -> char {
    char::from(DIGITS[n as usize % DIGITS.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_well_formed_and_unlike_the_others() {
        let keys: std::collections::HashSet<String> = (0..100).map(|_| generate().unwrap()).collect();
        assert_eq!(keys.len(), 100);
        assert!(
            keys.iter()
                .all(|key| key.starts_with("gf_") && key.len() == 52 && hash(key).is_some())
        );
    }

    #[test]
    fn any_character_that_changes_is_noticed() {
        let key = generate().unwrap();
        for i in 0..key.len() {
            let mut typo = key.clone().into_bytes();
            typo[i] = if typo[i] == b'a' { b'b' } else { b'a' };
            assert_eq!(hash(&String::from_utf8(typo).unwrap()), None, "character {i}");
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        let long = format!("gf_{}", "é".repeat(30));
        for text in ["", "gf_", "gf_faux", "sk-autre", &long, &"g".repeat(52)] {
            assert_eq!(hash(text), None, "{text}");
        }
    }

    #[test]
    fn a_hash_survives_its_text() {
        let made = hash(&generate().unwrap()).unwrap();
        assert_eq!(unhex(&hex(&made)), Some(made));
        assert_eq!(unhex("zz"), None);
    }
}
