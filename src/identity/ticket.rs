//! The secret in a browser's cookie: 256 bits of chance, of which the database knows a hash.
//!
//! What belongs to a session (who it is, the token for the issuer's logout) is stored sealed under the ticket itself: the
//! database alone tells nobody who is signed in, and whoever copies it cannot be anybody.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::keyfile::{hex, seal, unhex, unseal};

/// A ticket. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket([u8; 32]);

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket")
    }
}

impl Ticket {
    /// A new one.
    ///
    /// # Errors
    /// The operating system gave no randomness.
    pub fn draw() -> std::io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(Self(bytes))
    }

    /// From a cookie; none where it cannot be one of ours.
    pub fn read(text: &str) -> Option<Self> {
        unhex(text)?.try_into().ok().map(Self)
    }

    /// For a cookie: 64 hexadecimal digits.
    pub fn text(&self) -> String {
        hex(&self.0)
    }

    /// For the database: SHA-256, in hexadecimal. With 256 bits of chance there is nothing to guess.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.0))
    }

    /// Seals what only this ticket opens again, in hexadecimal.
    ///
    /// # Errors
    /// The operating system gave no randomness.
    pub fn seal(&self, label: &str, text: &[u8]) -> std::io::Result<String> {
        Ok(hex(&seal(&self.key(), label, text)?))
    }

    /// Opens it.
    pub fn unseal(&self, label: &str, sealed: &str) -> Option<Vec<u8>> {
        unseal(&self.key(), label, &unhex(sealed)?)
    }

    /// What a form must bring back: only a page that was written for this ticket has it.
    pub fn form_token(&self, key: &[u8; 32]) -> String {
        hex(&self.mac(key).finalize().into_bytes())
    }

    /// Whether a form brought it back; compared in constant time.
    pub fn vouches_for(&self, key: &[u8; 32], token: &str) -> bool {
        unhex(token).is_some_and(|token| self.mac(key).verify_slice(&token).is_ok())
    }

    fn mac(&self, key: &[u8; 32]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(&self.0);
        mac
    }

    /// The key of the seal: another one than the ticket, which is hashed elsewhere.
    fn key(&self) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(b"gardefou-ticket-seal");
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_survives_its_text_and_opens_what_it_sealed() {
        let (one, other) = (Ticket::draw().unwrap(), Ticket::draw().unwrap());
        assert_eq!(Ticket::read(&one.text()), Some(one.clone()));
        assert!(one.text() != other.text() && one.hash() != one.text() && one.text().len() == 64);
        let sealed = one.seal("session", b"a.martin").unwrap();
        assert_eq!(one.unseal("session", &sealed).as_deref(), Some(&b"a.martin"[..]));
        assert_eq!(other.unseal("session", &sealed), None);
        assert_eq!(one.unseal("other", &sealed), None);
        for text in ["", "gf_", "0g", &"0".repeat(62), &"0".repeat(66)] {
            assert_eq!(Ticket::read(text), None, "{text}");
        }
        let (key, wrong) = ([3; 32], [4; 32]);
        let token = one.form_token(&key);
        assert!(one.vouches_for(&key, &token));
        assert!(!one.vouches_for(&wrong, &token) && !other.vouches_for(&key, &token));
        assert!(!one.vouches_for(&key, "") && !one.vouches_for(&key, &token[..62]));
        assert_eq!(format!("{one:?}"), "Ticket");
    }
}
