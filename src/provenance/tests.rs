//! The marks are where readers look for them, and nothing else moved. (The same images were read back with exiftool
//! and their pixels compared with Pillow.)

use super::mark;

const MARK: &str = "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia\
                    </Iptc4xmpExt:DigitalSourceType>";

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}

/// Three pixels by two.
fn png() -> Vec<u8> {
    unhex(PNG)
}

/// Three pixels by two, without loss.
fn webp() -> Vec<u8> {
    unhex(WEBP)
}

/// Segments without an image: what a reader of metadata sees.
fn jpeg(segments: &[(u8, &[u8])]) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8];
    for (marker, data) in segments {
        out.extend([0xFF, *marker]);
        out.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
        out.extend(*data);
    }
    out.extend([0xFF, 0xDA, 0, 2, 1, 2, 3, 0xFF, 0xD9]);
    out
}

fn chunks(png: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (mut out, mut rest) = (Vec::new(), &png[8..]);
    while !rest.is_empty() {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        out.push((
            String::from_utf8_lossy(&rest[4..8]).into_owned(),
            rest[4..12 + length].to_vec(),
        ));
        rest = &rest[12 + length..];
    }
    out
}

#[test]
fn a_png_has_its_mark_before_its_pixels() {
    let marked = mark(&png()).unwrap();
    let before = chunks(&png());
    let after = chunks(&marked);
    let at = after.iter().position(|(name, _)| name == "iTXt").unwrap();
    assert_eq!(after[at + 1].0, "IDAT");
    let text = String::from_utf8_lossy(&after[at].1);
    assert!(text.starts_with("iTXtXML:com.adobe.xmp\0\0\0\0\0<?xpacket") && text.contains(MARK));
    let others: Vec<_> = after.into_iter().filter(|(name, _)| name != "iTXt").collect();
    assert_eq!(others, before);
    assert_eq!(mark(&marked), None, "once is enough");
}

#[test]
fn the_check_of_a_chunk_is_that_of_the_standard() {
    // The empty IEND chunk of every PNG.
    assert_eq!(super::png::crc(b"IEND"), 0xAE42_6082);
}

#[test]
fn a_packet_that_is_there_is_kept() {
    let old = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
               <r:Description r:about='uuid:1' xmlns:dc='d' dc:creator='Claire Martin'/></r:RDF></x:xmpmeta>";
    let xmp = [&b"http://ns.adobe.com/xap/1.0/\0"[..], old.as_bytes()].concat();
    let image = jpeg(&[(0xE0, b"JFIF\0"), (0xE1, b"Exif\0\0"), (0xE1, &xmp), (0xDB, b"table")]);
    let marked = mark(&image).unwrap();
    let text = String::from_utf8_lossy(&marked);
    assert!(
        text.contains("dc:creator='Claire Martin'") && text.contains(MARK) && text.contains("rdf:about=\"uuid:1\"")
    );
    assert_eq!(text.matches("http://ns.adobe.com/xap/1.0/").count(), 1);
    assert!(text.find(MARK) < text.find("</r:RDF>"));
    assert!(marked.ends_with(&image[image.len() - 18..]), "the rest follows");
    assert_eq!(mark(&marked), None);
}

#[test]
fn a_jpeg_has_its_mark_after_exif() {
    let image = jpeg(&[(0xE0, b"JFIF\0"), (0xE1, b"Exif\0\0"), (0xDB, b"table")]);
    let marked = mark(&image).unwrap();
    // Mark of the image, JFIF, Exif.
    let head = 2 + 9 + 10;
    assert_eq!(marked[..head], image[..head]);
    assert_eq!(marked[head..head + 2], [0xFF, 0xE1]);
    let length = usize::from(u16::from_be_bytes([marked[head + 2], marked[head + 3]]));
    assert!(marked[head + 4..].starts_with(b"http://ns.adobe.com/xap/1.0/\0<?xpacket"));
    assert_eq!(marked[head + 2 + length..], image[head..]);
}

#[test]
fn a_webp_is_given_the_header_that_announces_the_mark() {
    let marked = mark(&webp()).unwrap();
    assert_eq!(
        u32::from_le_bytes(marked[4..8].try_into().unwrap()) as usize,
        marked.len() - 8
    );
    // Flag of XMP; a canvas of three by two, each less one.
    assert_eq!(marked[12..30], *b"VP8X\x0a\0\0\0\x04\0\0\0\x02\0\0\x01\0\0");
    assert_eq!(marked[30..30 + webp().len() - 12], webp()[12..]);
    assert!(String::from_utf8_lossy(&marked).contains(MARK));
    assert_eq!(mark(&marked), None);
}

#[test]
fn an_image_with_a_manifest_is_left_as_it_is() {
    let mut signed = png();
    signed.splice(33..33, [&b"\0\0\0\x01caBXx"[..], &[0; 4]].concat());
    assert_eq!(mark(&signed), None);
    assert_eq!(mark(&jpeg(&[(0xE0, b"JFIF\0"), (0xEB, b"JP\0\x01box")])), None);
    let mut signed = webp();
    signed.extend(b"C2PA\x02\0\0\0ab");
    let size = u32::try_from(signed.len() - 8).unwrap();
    signed[4..8].copy_from_slice(&size.to_le_bytes());
    assert_eq!(mark(&signed), None);
}

#[test]
fn what_is_cut_or_foreign_is_left_as_it_is() {
    for image in [png(), webp(), jpeg(&[(0xE0, b"JFIF\0")])] {
        for length in 0..image.len() {
            if let Some(marked) = mark(&image[..length]) {
                assert!(String::from_utf8_lossy(&marked).contains(MARK), "{length}");
            }
        }
    }
    assert_eq!(mark(b"GIF89a"), None);
    assert_eq!(mark(b"RIFF\xFF\xFF\xFF\xFFWEBP"), None);
}

const PNG: &str = "89504e470d0a1a0a0000000d49484452000000030000000208020000001216f14d0000001549444154789c633cc125c7c0c0\
                   c0c0c0c0c400030011c600f484e11a010000000049454e44ae426082";

const WEBP: &str = "524946461e000000574542505650384c110000002f0240000007508522d7a3ff8188e87f0000";
