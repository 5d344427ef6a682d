//! PNG (W3C, third edition): chunks; XMP is an `iTXt` before the pixels, C2PA a `caBX`.

use super::xmp;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";

/// What follows the keyword: not compressed, no language, no translated keyword.
const PLAIN: &[u8] = &[0, 0, 0, 0];

/// The image with its mark.
pub(super) fn mark(image: &[u8]) -> Option<Vec<u8>> {
    let mut rest = image.strip_prefix(SIGNATURE)?;
    let mut pixels = None;
    let mut packet = None;
    while !rest.is_empty() {
        let at = image.len() - rest.len();
        let length = usize::try_from(u32::from_be_bytes(rest.get(..4)?.try_into().ok()?)).ok()?;
        let whole = length.checked_add(12)?;
        let (kind, data) = (rest.get(4..8)?, rest.get(8..8 + length)?);
        match kind {
            b"caBX" => return None,
            b"IDAT" => pixels = pixels.or(Some(at)),
            b"iTXt" if data.starts_with(KEYWORD) => packet = Some((at, whole, &data[KEYWORD.len()..])),
            _ => {}
        }
        rest = rest.get(whole..)?;
        if kind == b"IEND" {
            break;
        }
    }
    let (from, to, text) = match packet {
        // A compressed packet stays as it is.
        Some((at, whole, body)) => (at, at + whole, xmp::added(body.strip_prefix(PLAIN)?)?),
        None => (pixels?, pixels?, xmp::packet()),
    };
    let mut out = Vec::with_capacity(image.len() + text.len() + 64);
    out.extend_from_slice(&image[..from]);
    chunk(&text, &mut out)?;
    out.extend_from_slice(&image[to..]);
    Some(out)
}

fn chunk(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut body = b"iTXt".to_vec();
    body.extend_from_slice(KEYWORD);
    body.extend_from_slice(PLAIN);
    body.extend_from_slice(text.as_bytes());
    out.extend_from_slice(&u32::try_from(body.len() - 4).ok()?.to_be_bytes());
    out.extend_from_slice(&body);
    out.extend_from_slice(&crc(&body).to_be_bytes());
    Some(())
}

/// The check of a chunk (annex D: CRC-32, reflected polynomial EDB88320).
pub(super) fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            if sum & 1 == 1 {
                0xEDB8_8320 ^ (sum >> 1)
            } else {
                sum >> 1
            }
        })
    })
}
