//! Files made for the tests, good and hostile. The persons are invented.

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// A zip of these parts.
pub(crate) fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A DOCX whose body is this XML, with more parts.
pub(crate) fn docx(body: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let document = format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
    let mut parts: Vec<(&str, &[u8])> = vec![("word/document.xml", document.as_bytes())];
    parts.extend_from_slice(more);
    package(&parts)
}

/// A paragraph of a DOCX.
pub(crate) fn paragraph(words: &str) -> String {
    format!("<w:p><w:r><w:t xml:space=\"preserve\">{words}</w:t></w:r></w:p>")
}

/// An ODF document of this kind, with this content.
pub(crate) fn odf(kind: &str, content: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let mime = format!("application/vnd.oasis.opendocument.{kind}");
    let mut parts: Vec<(&str, &[u8])> = vec![("mimetype", mime.as_bytes()), ("content.xml", content.as_bytes())];
    parts.extend_from_slice(more);
    package(&parts)
}

/// A PDF of these objects, numbered from 1; the first is the catalog.
pub(crate) fn pdf(objects: &[String]) -> Vec<u8> {
    pdf_with("", objects)
}

/// The same, with more in the trailer.
pub(crate) fn pdf_with(trailer: &str, objects: &[String]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(out.len());
        writeln!(out, "{} 0 obj\n{object}\nendobj", at + 1).unwrap();
    }
    let start = out.len();
    writeln!(out, "xref\n0 {}\n0000000000 65535 f ", objects.len() + 1).unwrap();
    for place in places {
        writeln!(out, "{place:010} 00000 n ").unwrap();
    }
    let size = objects.len() + 1;
    write!(
        out,
        "trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    out
}

/// A stream of a PDF.
pub(crate) fn stream(entries: &str, content: &str) -> String {
    format!(
        "<< {entries} /Length {} >>\nstream\n{content}\nendstream",
        content.len()
    )
}

/// A PDF of one page with this content, and more objects from number 6 on.
pub(crate) fn one_page(content: &str, page: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
             /Resources << /Font << /F1 5 0 R >> >> {page} >>"
        ),
        stream("", content),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    objects.extend_from_slice(more);
    pdf_with("/Info << /Author (Claire Martin) >>", &objects)
}

/// A message in a message, so many times.
pub(crate) fn mails(depth: usize) -> Vec<u8> {
    let mut out = String::new();
    for at in 0..depth {
        out += &format!(
            "MIME-Version: 1.0\r\nSubject: {at}\r\nContent-Type: multipart/mixed; boundary=b{at}\r\n\r\n--b{at}\r\n\
             Content-Type: message/rfc822\r\n\r\n"
        );
    }
    out += "MIME-Version: 1.0\r\nSubject: fin\r\n\r\nClaire Roux\r\n";
    for at in (0..depth).rev() {
        out += &format!("\r\n--b{at}--\r\n");
    }
    out.into_bytes()
}

/// A DOCX in a DOCX, so many times.
pub(crate) fn dolls(depth: usize) -> Vec<u8> {
    let mut inner = docx(&paragraph("Claire Roux"), &[]);
    for _ in 0..depth {
        inner = docx(&paragraph("dehors"), &[("word/embeddings/doc.docx", &inner)]);
    }
    inner
}

/// A DOCX whose text unpacks to `size` bytes, and which says so or says `1,000`.
pub(crate) fn bomb(size: u64, honest: bool) -> Vec<u8> {
    // One literal, then copies of 258 bytes: eight of them are thirteen bytes of a fixed Huffman block (RFC 1951).
    let mut bits: Vec<bool> = vec![true, true, false];
    let huffman =
        |bits: &mut Vec<bool>, code: u32, length: u32| bits.extend((0..length).rev().map(|at| code >> at & 1 == 1));
    huffman(&mut bits, 0x30 + 0x20, 8);
    let copy = |bits: &mut Vec<bool>| {
        huffman(bits, 0xC5, 8);
        huffman(bits, 0, 5);
    };
    (0..8).for_each(|_| copy(&mut bits));
    let head = bits.len() % 8;
    bits.truncate(bits.len() - head);
    // From here on the same thirteen bytes come again, turned by some bits.
    let mut long: Vec<bool> = vec![true, true, false];
    huffman(&mut long, 0x30 + 0x20, 8);
    (0..24).for_each(|_| copy(&mut long));
    let bytes = |bits: &[bool]| -> Vec<u8> {
        bits.chunks(8)
            .map(|byte| {
                byte.iter()
                    .enumerate()
                    .fold(0, |sum, (at, &bit)| sum | u8::from(bit) << at)
            })
            .collect()
    };
    let period = bytes(&long[bits.len()..bits.len() + 104]);
    let mut data = bytes(&bits);
    data.extend(period.repeat(usize::try_from(size / (258 * 8)).unwrap()));
    let said = if honest { u32::try_from(size).unwrap() } else { 1_000 };
    let name = b"word/document.xml";
    let mut fields = Vec::new();
    for field in [20_u16, 0, 8, 0, 0] {
        fields.extend(field.to_le_bytes());
    }
    for field in [0, u32::try_from(data.len()).unwrap(), said] {
        fields.extend(field.to_le_bytes());
    }
    fields.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    fields.extend([0, 0]);
    let mut out = b"PK\x03\x04".to_vec();
    out.extend(&fields);
    out.extend(name);
    out.extend(&data);
    let start = u32::try_from(out.len()).unwrap();
    out.extend(b"PK\x01\x02\x14\x00");
    out.extend(&fields);
    out.extend([0; 14]);
    out.extend(name);
    let length = u32::try_from(out.len()).unwrap() - start;
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend(length.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

const ENTITIES: &str = "<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\
                        <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";

/// A hostile file: what it is, its bytes, what it says it is, and the codes of the reasons that are right.
pub(crate) type Hostile = (&'static str, Vec<u8>, Option<&'static str>, &'static [&'static str]);

/// Hostile files. `scale` makes the large ones smaller.
pub(crate) fn hostile(scale: usize) -> Vec<Hostile> {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let ole = |inside: &str| {
        [
            &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..],
            &[0; 504],
            &wide(inside),
        ]
        .concat()
    };
    let bombed = |body: &str| format!("{ENTITIES}<d>{body}</d>");
    let mut locked = docx(&paragraph("Claire Roux"), &[]);
    for mark in [&b"PK\x03\x04"[..], b"PK\x01\x02"] {
        let at = memchr::memmem::find(&locked, mark).unwrap();
        locked[at + if mark[2] == 3 { 6 } else { 8 }] |= 1;
    }
    let sealed = "<manifest><file-entry><encryption-data/></file-entry></manifest>";
    vec![
        ("zip bomb", bomb(1 << 30, true), None, &["too-large"]),
        (
            "zip bomb that lies",
            bomb(1 << 28, false),
            None,
            &["too-large", "damaged"],
        ),
        ("files in files", dolls(8), None, &["too-deep"]),
        (
            "entities in DOCX",
            package(&[("word/document.xml", bombed("&c;").as_bytes())]),
            None,
            &["damaged"],
        ),
        (
            "entities in ODS",
            odf("spreadsheet", &bombed("&c;"), &[]),
            None,
            &["damaged"],
        ),
        (
            "entities in SVG",
            bombed("<svg>&c;</svg>").into_bytes(),
            Some("a.svg"),
            &["damaged"],
        ),
        (
            "elements in elements",
            "<a>".repeat(1_000_000 / scale).into_bytes(),
            Some("a.xml"),
            &["too-deep"],
        ),
        (
            "PDF of 100,000 pages",
            many_pages(100_000 / scale),
            None,
            &["too-many-pages"],
        ),
        (
            "PDF whose pages hold themselves",
            pages_in_pages(),
            None,
            &["damaged", "scanned"],
        ),
        (
            "PDF whose drawing draws itself",
            drawing_in_drawing(),
            None,
            &["scanned", "too-slow"],
        ),
        ("PDF with a password", secret_pdf(), None, &["encrypted"]),
        (
            "PDF that is an image",
            one_page("0 0 m 10 10 l S", "", &[]),
            None,
            &["scanned"],
        ),
        (
            "wrong extension",
            one_page("BT /F1 12 Tf (Roux) Tj ET", "", &[]),
            Some("a.docx"),
            &["disguised"],
        ),
        (
            "program that says text",
            b"\x7fELF\x02\x01\0\0".to_vec(),
            Some("a.txt"),
            &["unknown"],
        ),
        ("macro", docx("", &[("word/vbaProject.bin", b"x")]), None, &["macro"]),
        (
            "macro in ODT",
            odf("text", "<d/>", &[("Basic/Standard/a.xml", b"<m/>")]),
            None,
            &["macro"],
        ),
        (
            "object of another program",
            docx("", &[("word/embeddings/oleObject1.bin", b"x")]),
            None,
            &["embedded"],
        ),
        (
            "DOCX with a password",
            ole("EncryptedPackage"),
            Some("a.docx"),
            &["encrypted"],
        ),
        ("Word 97", ole("WordDocument"), None, &["old-office"]),
        (
            "ODS with a password",
            odf("spreadsheet", "<d/>", &[("META-INF/manifest.xml", sealed.as_bytes())]),
            None,
            &["encrypted"],
        ),
        ("zip with a password", locked, None, &["encrypted"]),
        ("archive", package(&[("a.txt", b"Claire Roux")]), None, &["archive"]),
        (
            "messages in messages",
            mails(1_000 / scale.min(10)),
            None,
            &["too-deep", "died", "damaged"],
        ),
        (
            "groups in groups of RTF",
            [&b"{\\rtf1 "[..], &b"{".repeat(1_000_000 / scale)].concat(),
            None,
            &["too-deep"],
        ),
        ("sound", b"ID3\x04\0\0\0\0\0\0".to_vec(), None, &["audio"]),
        ("film", b"\0\0\0\x18ftypisom\0\0\0\0".to_vec(), None, &["video"]),
        ("image", b"\x89PNG\r\n\x1a\n".to_vec(), None, &["image"]),
        ("fonts without letters", untold(), None, &["illegible"]),
    ]
}

fn many_pages(count: usize) -> Vec<u8> {
    let kids: String = (0..count).map(|at| format!("{} 0 R ", at + 3)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>"),
    ];
    objects.extend((0..count).map(|_| "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1 1] >>".to_owned()));
    pdf(&objects)
}

fn pages_in_pages() -> Vec<u8> {
    pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [2 0 R 2 0 R 2 0 R] /Count 3 /Parent 2 0 R >>".to_owned(),
    ])
}

fn drawing_in_drawing() -> Vec<u8> {
    let form = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /A 5 0 R >> >>",
        "/A Do /A Do /A Do",
    );
    pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /A 5 0 R >> >> >>"
            .to_owned(),
        stream("", "/A Do"),
        form,
    ])
}

fn secret_pdf() -> Vec<u8> {
    let check = "0".repeat(64);
    let lock = format!("<< /Filter /Standard /V 1 /R 2 /O <{check}> /U <{check}> /P -4 >>");
    let trailer =
        format!("/Encrypt {lock} /ID [<00112233445566778899AABBCCDDEEFF> <00112233445566778899AABBCCDDEEFF>]");
    pdf_with(
        &trailer,
        &[
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>".to_owned(),
        ],
    )
}

/// Drawn letters whose names say nothing.
fn untold() -> Vec<u8> {
    let font = "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [0.1 0 0 0.1 0 0] /FirstChar 65 \
                /LastChar 68 /Widths [9 9 9 9] /CharProcs << /q1 7 0 R /q2 7 0 R /q3 7 0 R /q4 7 0 R >> \
                /Encoding << /Type /Encoding /Differences [65 /q1 /q2 /q3 /q4] >> >>";
    let glyph = stream("", "9 0 0 0 9 9 d1 0 0 9 9 re f");
    let page = "/Resources << /Font << /F1 6 0 R >> >>";
    one_page("BT /F1 12 Tf (ABCDABCD) Tj ET", page, &[font.to_owned(), glyph])
}
