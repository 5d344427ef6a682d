//! Embeddings without a model: a unit vector drawn from the hash of a text.
//!
//! The same text has always the same vector; near texts do not have near ones.

use super::wire::hash;

/// Length of a vector where the request asks for none.
pub(super) const DIMENSION: u64 = 8;

/// Longest vector, that of the largest models offered today.
pub(super) const MOST_DIMENSIONS: u64 = 3072;

/// The unit vector of some bytes.
pub(super) fn of(bytes: &[u8], dimension: u64) -> Vec<f32> {
    let mut state = hash(bytes);
    let drawn: Vec<f64> = (0..dimension).map(|_| draw(&mut state)).collect();
    let norm = drawn.iter().map(|x| x * x).sum::<f64>().sqrt();
    // A vector of zeros would take every draw to be zero: the first axis stands in for it.
    if norm == 0.0 {
        return (0..dimension).map(|axis| if axis == 0 { 1.0 } else { 0.0 }).collect();
    }
    drawn.iter().map(|x| (x / norm) as f32).collect()
}

/// Next number in [-1, 1). SplitMix64 (Steele, Lea, Flood, 2014, "Fast splittable pseudorandom
/// number generators").
fn draw(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// A vector as OpenAI's `base64` format: little-endian 32-bit floats.
pub(super) fn base64(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
    encode(&bytes)
}

/// Base64 with padding (RFC 4648, section 4).
fn encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, i| {
            bits << 8 | u32::from(three.get(i).copied().unwrap_or(0))
        });
        for digit in 0..4 {
            let six = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit <= three.len() {
                char::from(ALPHABET[six as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn base64_is_the_published_one() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_vector_has_length_one_and_stays_the_same() {
        for dimension in [1, 8, 768, MOST_DIMENSIONS] {
            let vector = of("délibération".as_bytes(), dimension);
            let norm: f32 = vector.iter().map(|x| x * x).sum();
            assert!((norm - 1.0).abs() < 1e-4, "{dimension}: {norm}");
            assert_eq!(vector, of("délibération".as_bytes(), dimension));
        }
        assert_ne!(of(b"a", 8), of(b"b", 8));
    }
}
