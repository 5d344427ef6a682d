//! Pseudonyms: HMAC-SHA-256 of an identity under a key that only this deployment holds (RGPD art. 4.5).
//!
//! Without the key file no one can tell a person from a pseudonym, nor try names one by one.
//!
//! **By year.** Rows of the ledger carry HMAC(key of the year, identity), where the key of a year is HMAC(key,
//! `gardefou-year-2026`) and the year is the civil year of Europe/Paris in which the request arrived: who reads the
//! database follows nobody over New Year. Figures count people within a month, so they do not change. What must outlive
//! a year (acceptances of the charter, rates) keeps the pseudonym without a year.

use std::{fmt, io, path::Path};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::{Identity, Pseudonym, Timestamp};
use crate::keyfile::{KeyFile, found_or_made, hex};
use crate::policy::civil;

/// Bytes of the key.
const KEY_LENGTH: usize = 32;
/// Bytes of a pseudonym: two persons share one with probability 2⁻⁶⁴ × people².
const LENGTH: usize = 16;

/// Makes pseudonyms.
#[derive(Clone)]
pub struct Pseudonyms {
    mac: Hmac<Sha256>,
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms")
    }
}

impl Pseudonyms {
    /// From the bytes of a key; at least 32.
    pub fn new(key: &[u8]) -> io::Result<Self> {
        if key.len() < KEY_LENGTH {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "la clé a moins de 32 octets",
            ));
        }
        let mac = Hmac::new_from_slice(key).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(Self { mac })
    }

    /// From a file, which is made with mode 0600 if it is not there.
    pub fn from_file(path: &Path) -> io::Result<(Self, KeyFile)> {
        let (key, file) = found_or_made(path, || {
            let mut key = [0; KEY_LENGTH];
            getrandom::fill(&mut key).map_err(|_| io::Error::other("le système ne fournit pas d'aléa"))?;
            Ok(key.to_vec())
        })?;
        Ok((Self::new(&key)?, file))
    }

    /// The pseudonym of an identity that outlives years: the same for the same name in any case.
    pub fn of(&self, identity: &Identity) -> Pseudonym {
        pseudonym(self.mac.clone(), identity)
    }

    /// The pseudonym of an identity in a civil year.
    pub fn of_year(&self, identity: &Identity, year: i16) -> Pseudonym {
        let mut key = self.mac.clone();
        key.update(format!("gardefou-year-{year:04}").as_bytes());
        let mac = Hmac::new_from_slice(&key.finalize().into_bytes()).expect("HMAC takes keys of any length");
        pseudonym(mac, identity)
    }

    /// How a person is called in a year, or without one, for whoever looks for all that is held on them.
    pub fn names(&self) -> impl Fn(&Identity, Option<i16>) -> Pseudonym + Sync {
        |identity, year| match year {
            Some(year) => self.of_year(identity, year),
            None => self.of(identity),
        }
    }

    /// A key for another purpose, the same on every gateway that has this file.
    pub fn key_for(&self, purpose: &str) -> [u8; KEY_LENGTH] {
        let mut key = self.mac.clone();
        key.update(b"gardefou-key-");
        key.update(purpose.as_bytes());
        key.finalize().into_bytes().into()
    }

    /// The pseudonym of an identity in the ledger, for a request that arrived then.
    pub fn at(&self, identity: &Identity, arrived: Timestamp) -> Pseudonym {
        self.of_year(identity, civil(arrived).year())
    }
}

fn pseudonym(mut mac: Hmac<Sha256>, identity: &Identity) -> Pseudonym {
    mac.update(identity.as_str().to_lowercase().as_bytes());
    let digest = mac.finalize().into_bytes();
    Pseudonym::new(hex(&digest[..LENGTH]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_one_pseudonym_under_one_key() {
        let (one, other) = (
            Pseudonyms::new(&[1; 32]).expect("long"),
            Pseudonyms::new(&[2; 32]).expect("long"),
        );
        let person = Identity::new("A.Martin@departement04.example");
        assert_eq!(
            one.of(&person),
            one.of(&Identity::new("a.martin@departement04.example"))
        );
        assert_ne!(one.of(&person), other.of(&person));
        assert_ne!(
            one.of(&person),
            one.of(&Identity::new("b.martin@departement04.example"))
        );
        assert_eq!(one.of(&person).as_str().len(), 2 * LENGTH);
        assert!(Pseudonyms::new(&[1; 8]).is_err());
    }

    #[test]
    fn a_person_has_another_pseudonym_each_civil_year() {
        let one = Pseudonyms::new(&[1; 32]).expect("long");
        let person = Identity::new("a.martin@departement04.example");
        // 31 December 2026, 23:59:59.999 and a moment later, in Paris.
        let (last, first) = (Timestamp(1_798_757_999_999), Timestamp(1_798_758_000_000));
        assert_eq!(one.at(&person, last), one.of_year(&person, 2026));
        assert_eq!(one.at(&person, first), one.of_year(&person, 2027));
        let all = [one.of(&person), one.at(&person, last), one.at(&person, first)];
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
        assert_eq!(
            one.of_year(&person, 2026),
            one.of_year(&Identity::new("A.MARTIN@departement04.example"), 2026)
        );
        // HMAC-SHA-256(HMAC-SHA-256(01…01, "gardefou-year-2026"), identity), by Python's hmac.
        assert_eq!(all[1].as_str(), "18c44b9da4e033686351d62cec43bce8");
    }
}
