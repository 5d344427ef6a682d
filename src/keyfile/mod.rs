//! Keys that are files: made once, readable by their owner alone; Ed25519 (RFC 8032), which most of them are for;
//! what is sealed under a key; and who signed a token.
//!
//! The gateway has two (pseudonyms, signatures of the ledger), a signer of the policy one. What is signed and why is
//! said in the rooms that sign; every signed text begins with a word of its own, so that none can stand for another.

mod ed25519;
mod jws;
mod sealed;

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

pub use ed25519::{SigningKey, is_weak, verify};
pub use jws::TokenKey;
pub use sealed::{seal, unseal};

/// Where a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFile {
    /// The file was there.
    Found,
    /// It was made now, readable by its owner only.
    Made,
}

/// The bytes of a key file; where it is not there, `make` gives them and they are written.
///
/// # Errors
/// The file cannot be read or written, or `make` has no chance to make a key from.
pub fn found_or_made(path: &Path, make: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<(Vec<u8>, KeyFile)> {
    match fs::read(path) {
        Ok(key) => Ok((key, KeyFile::Found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = make()?;
            write_new(path, &key)?;
            Ok((key, KeyFile::Made))
        }
        Err(error) => Err(error),
    }
}

/// Writes a key file that is not there yet, with mode 0600, and its folder.
///
/// # Errors
/// There is a file already (`AlreadyExists`), or it cannot be written.
pub fn write_new(path: &Path, key: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
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

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a hexadecimal text, in either case; none where it is not one.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16));
    pairs.collect::<Result<_, _>>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("gardefou-keyfile-{}", uuid::Uuid::now_v7()));
        let path = folder.join("under/a.key");
        let made = found_or_made(&path, || Ok(b"one".to_vec())).unwrap();
        assert_eq!(made, (b"one".to_vec(), KeyFile::Made));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let found = found_or_made(&path, || panic!("it is there")).unwrap();
        assert_eq!(found, (b"one".to_vec(), KeyFile::Found));
        let twice = write_new(&path, b"two").unwrap_err();
        assert_eq!(twice.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn hexadecimal_comes_back() {
        assert_eq!(hex(&[0, 0xab, 0xff]), "00abff");
        assert_eq!(unhex("00aBfF"), Some(vec![0, 0xab, 0xff]));
        for text in ["0", "0g", "é", "+1"] {
            assert_eq!(unhex(text), None, "{text}");
        }
    }
}
