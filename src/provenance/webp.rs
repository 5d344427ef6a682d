//! WebP (RFC 9649): chunks of a RIFF; XMP is announced by a flag of `VP8X`, which simple images lack; C2PA is a chunk.

use super::xmp;

/// `VP8X` says: there is an XMP chunk.
const HAS_XMP: u8 = 0x04;

/// `VP8X` says: there is transparency.
const HAS_ALPHA: u8 = 0x10;

/// The image with its mark.
pub(super) fn mark(image: &[u8]) -> Option<Vec<u8>> {
    let size = usize::try_from(u32::from_le_bytes(image.get(4..8)?.try_into().ok()?)).ok()?;
    let riff = image.get(..size.checked_add(8)?)?;
    let mut rest = riff.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let length = usize::try_from(u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?)).ok()?;
        let (name, data) = (rest.get(..4)?, rest.get(8..8_usize.checked_add(length)?)?);
        chunks.push((name.to_vec(), data.to_vec()));
        // The last byte of an odd chunk may be missing at the end of the file.
        rest = rest.get(8 + length + length % 2..).unwrap_or_default();
    }
    if chunks.iter().any(|(name, _)| name == b"C2PA") {
        return None;
    }
    match chunks.iter_mut().find(|(name, _)| name == b"VP8X") {
        Some((_, header)) => *header.first_mut()? |= HAS_XMP,
        None => chunks.insert(0, (b"VP8X".to_vec(), header(chunks.first()?)?)),
    }
    match chunks.iter_mut().find(|(name, _)| name == b"XMP ") {
        Some((_, packet)) => *packet = xmp::added(packet)?.into_bytes(),
        None => chunks.push((b"XMP ".to_vec(), xmp::packet().into_bytes())),
    }
    let mut body = b"WEBP".to_vec();
    for (name, data) in &chunks {
        body.extend_from_slice(name);
        body.extend_from_slice(&u32::try_from(data.len()).ok()?.to_le_bytes());
        body.extend_from_slice(data);
        body.extend_from_slice(&[0][..data.len() % 2]);
    }
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&u32::try_from(body.len()).ok()?.to_le_bytes());
    out.extend_from_slice(&body);
    out.extend_from_slice(&image[riff.len()..]);
    Some(out)
}

/// The header that a simple image lacks: flags, and the size of the canvas, which is that of the image.
fn header((name, data): &(Vec<u8>, Vec<u8>)) -> Option<Vec<u8>> {
    let (width, height, alpha) = match name.as_slice() {
        // A key frame: three bytes of tag, a start code, two sizes of fourteen bits.
        b"VP8 " if data.get(3..6)? == [0x9D, 0x01, 0x2A] => {
            let side = |at: usize| {
                Some(u32::from(
                    u16::from_le_bytes(data.get(at..at + 2)?.try_into().ok()?) & 0x3FFF,
                ))
            };
            (side(6)?, side(8)?, false)
        }
        // A signature, two sizes of fourteen bits less one, and whether there is transparency.
        b"VP8L" if *data.first()? == 0x2F => {
            let bits = u32::from_le_bytes(data.get(1..5)?.try_into().ok()?);
            ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1, bits >> 28 & 1 == 1)
        }
        _ => return None,
    };
    let mut header = vec![HAS_XMP | if alpha { HAS_ALPHA } else { 0 }, 0, 0, 0];
    header.extend_from_slice(&width.checked_sub(1)?.to_le_bytes()[..3]);
    header.extend_from_slice(&height.checked_sub(1)?.to_le_bytes()[..3]);
    Some(header)
}
