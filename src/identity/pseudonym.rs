//! Pseudonyms: HMAC-SHA-256 of an identity under a key that only this deployment holds (RGPD art. 4.5).
//!
//! Without the key file no one can tell a person from a pseudonym, nor try names one by one.

use std::{fmt, fs, io, path::Path};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::{Identity, Pseudonym};

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

/// Where the key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFile {
    /// The file was there.
    Found,
    /// It was made now, readable by its owner only.
    Made,
}

impl Pseudonyms {
    /// From the bytes of a key; at least 32.
    pub fn new(key: &[u8]) -> io::Result<Self> {
        if key.len() < KEY_LENGTH {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the key is shorter than 32 bytes",
            ));
        }
        let mac = Hmac::new_from_slice(key).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(Self { mac })
    }

    /// From a file, which is made with mode 0600 if it is not there.
    pub fn from_file(path: &Path) -> io::Result<(Self, KeyFile)> {
        match fs::read(path) {
            Ok(key) => Ok((Self::new(&key)?, KeyFile::Found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; KEY_LENGTH];
                getrandom::fill(&mut key).map_err(io::Error::other)?;
                write_private(path, &key)?;
                Ok((Self::new(&key)?, KeyFile::Made))
            }
            Err(error) => Err(error),
        }
    }

    /// The pseudonym of an identity: the same for the same name in any case.
    pub fn of(&self, identity: &Identity) -> Pseudonym {
        let mut mac = self.mac.clone();
        mac.update(identity.as_str().to_lowercase().as_bytes());
        let digest = mac.finalize().into_bytes();
        Pseudonym::new(
            digest[..LENGTH]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>(),
        )
    }
}

fn write_private(path: &Path, key: &[u8]) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(key)?;
    file.sync_all()
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
}
