//! JPEG (ITU-T T.81): segments; XMP is an `APP1` after `APP0` and Exif, C2PA a JUMBF box in `APP11`.

use super::xmp;

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXIF: &[u8] = b"Exif\0";

/// The longest content of a segment.
const MOST: usize = 0xFFFF - 2;

const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP11: u8 = 0xEB;

/// The image with its mark.
pub(super) fn mark(image: &[u8]) -> Option<Vec<u8>> {
    if !image.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return None;
    }
    let (mut at, mut insert) = (2, 2);
    let mut packet = None;
    loop {
        // Segments may have bytes 0xFF before them.
        while *image.get(at)? == 0xFF && *image.get(at + 1)? == 0xFF {
            at += 1;
        }
        let (0xFF, marker) = (*image.get(at)?, *image.get(at + 1)?) else {
            return None;
        };
        // The pixels begin: what comes after the metadata is not looked at.
        if marker == 0xDA {
            break;
        }
        let length = usize::from(u16::from_be_bytes(image.get(at + 2..at + 4)?.try_into().ok()?));
        let end = at + 2 + length;
        let data = image.get(at + 4..end)?;
        match marker {
            APP11 if data.starts_with(b"JP") => return None,
            APP0 => insert = end,
            APP1 if data.starts_with(EXIF) => insert = end,
            APP1 if data.starts_with(XMP) && packet.is_none() => packet = Some((at, end, &data[XMP.len()..])),
            _ => {}
        }
        at = end;
    }
    let (from, to, text) = match packet {
        Some((from, to, old)) => (from, to, xmp::added(old)?),
        None => (insert, insert, xmp::packet()),
    };
    let length = XMP.len() + text.len();
    if length > MOST {
        return None;
    }
    let mut out = Vec::with_capacity(image.len() + length + 4);
    out.extend_from_slice(&image[..from]);
    out.extend_from_slice(&[0xFF, APP1]);
    out.extend_from_slice(&u16::try_from(length + 2).ok()?.to_be_bytes());
    out.extend_from_slice(XMP);
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(&image[to..]);
    Some(out)
}
