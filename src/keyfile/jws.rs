//! Signatures of JSON Web Tokens (RFC 7518 §3.3 and §3.4): RS256 and ES256, and no other.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// A public key that vouches for tokens. Its kind says the algorithm, never the token.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenKey {
    /// RSA of 2048 to 8192 bits, for RS256.
    Rsa {
        /// Modulus, big-endian, without leading zeros.
        n: Vec<u8>,
        /// Exponent.
        e: Vec<u8>,
    },
    /// A point of P-256, for ES256: `04`, x, y.
    P256(Vec<u8>),
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.algorithm())
    }
}

impl TokenKey {
    /// An RSA key; none where it is shorter than 2048 bits or makes no sense.
    pub fn rsa(n: Vec<u8>, e: Vec<u8>) -> Option<Self> {
        let n: Vec<u8> = n.into_iter().skip_while(|byte| *byte == 0).collect();
        ((256..=1024).contains(&n.len()) && (1..=8).contains(&e.len())).then_some(Self::Rsa { n, e })
    }

    /// A key on P-256; none where the point is not on it.
    pub fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        let point = [&[4][..], x, y].concat();
        let fits = x.len() == 32 && y.len() == 32 && ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).is_ok();
        fits.then_some(Self::P256(point))
    }

    /// The algorithm that this key is for, as tokens name it.
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::P256(_) => "ES256",
        }
    }

    /// Whether it signed this text.
    pub fn signed(&self, text: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, text, signature)
                .is_ok(),
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(text, signature)
                .is_ok(),
        }
    }
}
