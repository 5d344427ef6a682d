//! Ed25519 (RFC 8032): a private key as a file of PKCS#8, and what a public key vouches for.

use std::{fmt, fs, io, path::Path};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::{found_or_made, hex, unhex, write_new};

/// A private key. `Debug` shows nothing of it.
pub struct SigningKey(Ed25519KeyPair);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// From PKCS#8.
    ///
    /// # Errors
    /// It is no Ed25519 key.
    pub fn from_pkcs8(key: &[u8]) -> io::Result<Self> {
        Ed25519KeyPair::from_pkcs8(key).map(Self).map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "ce n'est pas une clé Ed25519 au format PKCS#8",
            )
        })
    }

    /// From PKCS#8 in hexadecimal, as a variable holds it.
    ///
    /// # Errors
    /// It is no Ed25519 key.
    pub fn from_hex(key: &str) -> io::Result<Self> {
        Self::from_pkcs8(&unhex(key).unwrap_or_default())
    }

    /// From a file that is there.
    ///
    /// # Errors
    /// It cannot be read, or is no key.
    pub fn read(path: &Path) -> io::Result<Self> {
        Self::from_pkcs8(&fs::read(path)?)
    }

    /// From a file, which is made where it is not there.
    ///
    /// # Errors
    /// It cannot be read or written, or is no key.
    pub fn from_file(path: &Path) -> io::Result<Self> {
        let (key, _) = found_or_made(path, pkcs8)?;
        Self::from_pkcs8(&key)
    }

    /// Makes a new key in a file that is not there yet.
    ///
    /// # Errors
    /// The file is there already (`AlreadyExists`), or cannot be written.
    pub fn make(path: &Path) -> io::Result<Self> {
        let key = pkcs8()?;
        write_new(path, &key)?;
        Self::from_pkcs8(&key)
    }

    /// 32 bytes.
    pub fn public_key(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// 64 bytes that vouch for a text.
    pub fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.0.sign(text).as_ref().to_vec()
    }
}

/// A new key.
fn pkcs8() -> io::Result<Vec<u8>> {
    let made = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8());
    let key = made.map_err(|_| io::Error::other("le système ne fournit pas d'aléa"))?;
    Ok(key.as_ref().to_vec())
}

/// The points whose order divides eight (RFC 8032, section 5.1), as they may be written, without the bit of their sign: of
/// order 1, 2, 4, 8 and 8, then the first and the third again, written beyond the field's prime. Under such a key a
/// signature holds for texts that nobody signed, as the tests show.
const SMALL: [&str; 7] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/// Bytes of a point: a public key, or the first half of a signature.
const POINT: usize = 32;

/// Whether a point is of so small an order that it vouches for nothing.
pub fn is_weak(point: &[u8]) -> bool {
    let mut point = point.to_vec();
    if let Some(last) = point.get_mut(POINT - 1) {
        *last &= 0x7f;
    }
    SMALL.contains(&hex(&point).as_str())
}

/// Whether the holder of the private key signed this text. Strict: neither the key nor the signature's point may be
/// weak, so that a signature is of one text by one key.
pub fn verify(public_key: &[u8], text: &[u8], signature: &[u8]) -> bool {
    let weak = |point: Option<&[u8]>| point.is_none_or(is_weak);
    !weak(Some(public_key))
        && !weak(signature.get(..POINT))
        && UnparsedPublicKey::new(&ED25519, public_key)
            .verify(text, signature)
            .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature.
    const PUBLISHED: [[&str; 4]; 3] = [
        [
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ],
        [
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ],
        [
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ],
    ];

    #[test]
    fn the_published_signatures_are_ours() {
        for [seed, public, message, signature] in PUBLISHED {
            let bytes = |text: &str| unhex(text).unwrap();
            // PKCS#8 of a seed: RFC 8410, section 7.
            let key = SigningKey::from_hex(&format!("302e020100300506032b657004220420{seed}")).unwrap();
            assert_eq!(key.public_key(), bytes(public));
            assert_eq!(key.sign(&bytes(message)), bytes(signature));
            assert!(verify(&bytes(public), &bytes(message), &bytes(signature)));
            assert!(!verify(&bytes(public), b"another", &bytes(signature)));
            assert!(!verify(&bytes(public), &bytes(message), &bytes(signature)[1..]));
            assert!(!verify(&bytes(public)[1..], &bytes(message), &bytes(signature)));
        }
    }

    #[test]
    fn a_weak_key_vouches_for_nothing() {
        // By the equation, the point of order one and nothing signed are a signature of every text, or of one in two, four
        // or eight of them.
        let nobody = [unhex(SMALL[0]).unwrap(), vec![0; POINT]].concat();
        let texts: Vec<String> = (0..200).map(|n| n.to_string()).collect();
        for (n, key) in SMALL.into_iter().enumerate() {
            let mut key = unhex(key).unwrap();
            for sign in [0, 0x80] {
                key[POINT - 1] = key[POINT - 1] & 0x7f | sign;
                assert!(is_weak(&key), "{n}");
                let lax = |text: &&String| {
                    UnparsedPublicKey::new(&ED25519, &key)
                        .verify(text.as_bytes(), &nobody)
                        .is_ok()
                };
                // The first five are proper writings; those of order one and two have no sign.
                if n < 5 && (sign == 0 || n > 1) {
                    let held = texts.iter().filter(lax).count();
                    let order = [1, 2, 4, 8, 8][n];
                    assert!((100 / order..=200).contains(&held), "{n}: {held} of {}", texts.len());
                }
                assert!(!texts.iter().any(|text| verify(&key, text.as_bytes(), &nobody)), "{n}");
            }
        }
        for [_, public, _, signature] in PUBLISHED {
            assert!(!is_weak(&unhex(public).unwrap()) && !is_weak(&unhex(signature).unwrap()[..POINT]));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "00", "zz", &"00".repeat(48)] {
            assert!(SigningKey::from_hex(text).is_err(), "{text}");
        }
    }
}
