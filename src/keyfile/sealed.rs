//! What only the holder of a key can read, and nobody can change unnoticed: AES-256-GCM (NIST SP 800-38D).

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

/// Seals a text under a key. `label` says what it is for, so that no sealed text can stand for another.
///
/// # Errors
/// The operating system gave no randomness.
pub fn seal(key: &[u8; 32], label: &str, text: &[u8]) -> Result<Vec<u8>, std::io::Error> {
    let failed = |_| std::io::Error::other("no randomness");
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(failed)?;
    let mut sealed = text.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(label), &mut sealed)
        .map_err(failed)?;
    sealed.splice(0..0, nonce.as_ref().iter().copied());
    Ok(sealed)
}

/// Opens what [`seal`] made; none where the key or the label is another one, or a byte was changed.
pub fn unseal(key: &[u8; 32], label: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
    let mut rest = rest.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let text = key.open_in_place(nonce, Aad::from(label), &mut rest).ok()?;
    Some(text.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_for_its_key_and_its_label_alone() {
        let sealed = seal(&[1; 32], "a", "Mme Roux".as_bytes()).unwrap();
        assert_eq!(unseal(&[1; 32], "a", &sealed).as_deref(), Some("Mme Roux".as_bytes()));
        assert_eq!(unseal(&[2; 32], "a", &sealed), None);
        assert_eq!(unseal(&[1; 32], "b", &sealed), None);
        for at in 0..sealed.len() {
            let mut other = sealed.clone();
            other[at] ^= 1;
            assert_eq!(unseal(&[1; 32], "a", &other), None, "byte {at}");
            assert_eq!(unseal(&[1; 32], "a", &sealed[..at]), None, "cut at {at}");
        }
        assert_ne!(sealed, seal(&[1; 32], "a", "Mme Roux".as_bytes()).unwrap());
    }
}
