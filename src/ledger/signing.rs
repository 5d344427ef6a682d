//! Signatures: what the holder of this gateway's key vouches for, so that whoever owns the database cannot rewrite a
//! chain unnoticed.
//!
//! **Signed text.** A first line says what is vouched for, so that no signature can stand for another; then, like in
//! the canonical form of a row, for each field: name, `=`, length of the value in bytes, `:`, value, `\n`. Numbers are
//! decimal, hashes lower-case hexadecimal, instants milliseconds since 1970.
//!
//! | first line | fields | says |
//! |---|---|---|
//! | `gardefou-head-1` | `instance`, `instance_seq`, `chain`, `signed_at_ms` | the row at this place has this chain value |
//! | `gardefou-gap-1` | `instance`, `first_seq`, `last_seq`, `chain`, `signed_at_ms` | retention removed these rows, the last of which had this chain value |
//! | `gardefou-erased-1` | `instance`, `instance_seq`, `chain`, `row_hash`, `erased_at_ms` | caller and purpose of this row were erased; as it stands now it has this hash |
//!
//! **Keys.** Ed25519 (RFC 8032). The private key is a file of PKCS#8, readable by its owner alone, made at the first
//! start. The public key is beside it as `….pub`: one line a key, `ed25519 KEY_ID HEX`, older keys included; a copy of
//! that file elsewhere is what makes verification independent of this machine. A key's id is the first 16 digits of the
//! SHA-256 of the public key.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::keyfile::{SigningKey, verify};
pub(super) use crate::keyfile::{hex, unhex};

/// Something that is signed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Statement<'a> {
    Head {
        instance: &'a str,
        seq: i64,
        chain: &'a [u8],
    },
    Gap {
        instance: &'a str,
        first: i64,
        last: i64,
        chain: &'a [u8],
    },
    Erased {
        instance: &'a str,
        seq: i64,
        chain: &'a [u8],
        row_hash: &'a [u8],
    },
}

impl Statement<'_> {
    /// The signed text.
    fn text(&self, at: i64) -> String {
        let (first, fields) = match *self {
            Self::Head { instance, seq, chain } => (
                "gardefou-head-1",
                vec![
                    ("instance", instance.to_owned()),
                    ("instance_seq", seq.to_string()),
                    ("chain", hex(chain)),
                    ("signed_at_ms", at.to_string()),
                ],
            ),
            Self::Gap {
                instance,
                first,
                last,
                chain,
            } => (
                "gardefou-gap-1",
                vec![
                    ("instance", instance.to_owned()),
                    ("first_seq", first.to_string()),
                    ("last_seq", last.to_string()),
                    ("chain", hex(chain)),
                    ("signed_at_ms", at.to_string()),
                ],
            ),
            Self::Erased {
                instance,
                seq,
                chain,
                row_hash,
            } => (
                "gardefou-erased-1",
                vec![
                    ("instance", instance.to_owned()),
                    ("instance_seq", seq.to_string()),
                    ("chain", hex(chain)),
                    ("row_hash", hex(row_hash)),
                    ("erased_at_ms", at.to_string()),
                ],
            ),
        };
        let mut text = format!("{first}\n");
        for (name, value) in fields {
            text.push_str(&format!("{name}={}:{value}\n", value.len()));
        }
        text
    }
}

/// The private key of a gateway. `Debug` shows its id.
pub struct Signer {
    key: SigningKey,
    key_id: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.key_id)
    }
}

impl From<SigningKey> for Signer {
    fn from(key: SigningKey) -> Self {
        let key_id = key_id(key.public_key());
        Self { key, key_id }
    }
}

impl Signer {
    /// From PKCS#8 in hexadecimal, as a variable holds it.
    ///
    /// # Errors
    /// It is no Ed25519 key.
    pub fn from_hex(key: &str) -> io::Result<Self> {
        SigningKey::from_hex(key).map(Self::from)
    }

    /// From a file, which is made with mode 0600 if it is not there. The public key is added to the file beside it with
    /// the extension `pub`, where it is not yet in it.
    ///
    /// # Errors
    /// A file cannot be read or written, or is no key.
    pub fn from_file(path: &Path) -> io::Result<Self> {
        let signer = Self::from(SigningKey::from_file(path)?);
        signer.publish(&path.with_extension("pub"))?;
        Ok(signer)
    }

    fn publish(&self, path: &Path) -> io::Result<()> {
        let known = match fs::read_to_string(path) {
            Ok(text) => PublicKeys::parse(&text).ok_or(io::ErrorKind::InvalidData)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => PublicKeys::default(),
            Err(error) => return Err(error),
        };
        if known.0.contains_key(&self.key_id) {
            return Ok(());
        }
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path)?;
        writeln!(file, "ed25519 {} {}", self.key_id, hex(self.public_key()))?;
        file.sync_all()
    }

    /// First 16 digits of the SHA-256 of the public key.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// 32 bytes.
    pub fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    /// The public key, to believe what this one signed.
    pub fn public_keys(&self) -> PublicKeys {
        PublicKeys(BTreeMap::from([(self.key_id.clone(), self.public_key().to_vec())]))
    }

    /// Vouches for something, at that instant.
    pub(super) fn sign(&self, statement: &Statement<'_>, at: i64) -> Vec<u8> {
        self.key.sign(statement.text(at).as_bytes())
    }
}

/// Public keys by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicKeys(BTreeMap<String, Vec<u8>>);

impl PublicKeys {
    /// Reads files such as `ledger.pub`.
    ///
    /// # Errors
    /// A file cannot be read, or a line of it is no key.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        Self::parse(&text).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "chaque ligne doit être « ed25519 IDENTIFIANT CLÉ »",
            )
        })
    }

    /// None where a line is no key, or a key has not the id it is given.
    fn parse(text: &str) -> Option<Self> {
        let mut keys = Self::default();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let mut words = line.split_whitespace();
            let (kind, id, key) = (words.next()?, words.next()?, unhex(words.next()?)?);
            if kind != "ed25519" || words.next().is_some() || keys.add(key)? != id {
                return None;
            }
        }
        Some(keys)
    }

    /// Adds a key and tells its id; none where it has another length than a key.
    pub(super) fn add(&mut self, key: Vec<u8>) -> Option<String> {
        if key.len() != 32 {
            return None;
        }
        let id = key_id(&key);
        self.0.insert(id.clone(), key);
        Some(id)
    }

    /// The keys of both.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// The key of this id signed this, then.
    pub(super) fn vouch(&self, id: &str, statement: &Statement<'_>, at: i64, signature: &[u8]) -> bool {
        self.0
            .get(id)
            .is_some_and(|key| verify(key, statement.text(at).as_bytes(), signature))
    }
}

fn key_id(public_key: &[u8]) -> String {
    hex(&Sha256::digest(public_key)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: i64) -> Statement<'static> {
        Statement::Head {
            instance: "essai-1",
            seq,
            chain: &[7; 32],
        }
    }

    #[test]
    fn the_signed_text_is_the_one_that_is_documented() {
        let text = format!(
            "gardefou-head-1\ninstance=7:essai-1\ninstance_seq=2:12\nchain=64:{}\nsigned_at_ms=4:1000\n",
            "07".repeat(32)
        );
        assert_eq!(head(12).text(1000), text);
    }

    #[test]
    fn a_key_is_made_once_and_private_and_vouches_for_one_thing_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("gardefou-signing-{}", uuid::Uuid::now_v7()));
        let path = folder.join("ledger.key");
        let signer = Signer::from_file(&path).unwrap();
        let again = Signer::from_file(&path).unwrap();
        assert_eq!(signer.key_id(), again.key_id());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        fs::rename(&path, folder.join("old.key")).unwrap();
        let other = Signer::from_file(&path).unwrap();
        let keys = PublicKeys::read(&folder.join("ledger.pub")).unwrap();
        assert!(
            keys.has(signer.key_id()) && keys.has(other.key_id()),
            "a new key joins the old one"
        );

        let signature = signer.sign(&head(12), 1000);
        assert!(keys.vouch(signer.key_id(), &head(12), 1000, &signature));
        assert!(!keys.vouch(signer.key_id(), &head(13), 1000, &signature));
        assert!(!keys.vouch(signer.key_id(), &head(12), 1001, &signature));
        assert!(!keys.vouch(other.key_id(), &head(12), 1000, &signature));
        let gap = Statement::Gap {
            instance: "essai-1",
            first: 1,
            last: 12,
            chain: &[7; 32],
        };
        assert!(!keys.vouch(signer.key_id(), &gap, 1000, &signature));

        fs::write(&path, b"no key").unwrap();
        assert!(Signer::from_file(&path).is_err(), "a broken key is not replaced");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_key_under_the_name_of_another_is_refused() {
        let line = |id: &str| format!("ed25519 {id} {}\n", "00".repeat(32));
        assert!(PublicKeys::parse(&line(&key_id(&[0; 32]))).is_some());
        for text in [line("0123456789abcdef"), "ed25519 x".into(), "rsa a b".into()] {
            assert!(PublicKeys::parse(&text).is_none(), "{text}");
        }
    }
}
