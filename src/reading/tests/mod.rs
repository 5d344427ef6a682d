//! Tests of the readers: each format, every place that holds words, and files made to harm.

mod formats;
pub(crate) mod samples;

use proptest::prelude::*;

use super::{Unread, text_of};

#[test]
fn hostile_files_are_refused() {
    for (name, bytes, declared, reasons) in samples::hostile(20) {
        let why = text_of(&bytes, declared).map(|text| text.text).unwrap_err();
        assert!(reasons.contains(&why.code()), "{name}: {why}");
        assert!(why.sentence().ends_with('.'), "{name}");
    }
}

#[test]
fn what_was_cut_is_refused() {
    let text = samples::paragraph("Claire Roux");
    let whole = [
        samples::docx(&text, &[("docProps/core.xml", b"<c/>")]),
        samples::odf("spreadsheet", "<d><p>Claire Roux</p></d>", &[]),
        samples::one_page("BT /F1 12 Tf 50 700 Td (Claire Roux) Tj ET", "", &[]),
        b"{\\rtf1\\ansi{\\info{\\author Claire Roux}}{\\b bonjour}\\par la suite}".to_vec(),
        b"<?xml version=\"1.0\"?><dossier><nom>Roux</nom><prenom>Claire</prenom></dossier>".to_vec(),
    ];
    for bytes in whole {
        assert!(text_of(&bytes, None).is_ok());
        for part in 1..20 {
            let cut = &bytes[..bytes.len() * part / 20];
            let read = text_of(cut, None);
            // Before its mark is whole, it is not the format that it would be.
            let all = read
                .as_ref()
                .is_ok_and(|text| text.text.as_bytes() == cut || cut.len() < 9);
            assert!(read.is_err() || all, "{part}/20 of {:?}", &bytes[..8]);
        }
    }
}

#[test]
fn groups_side_by_side_are_no_harm() {
    let rtf = [&b"{\\rtf1 Claire"[..], &b"{}".repeat(1_000_000), b" Roux}"].concat();
    assert_eq!(text_of(&rtf, None).unwrap().text, "Claire Roux\n");
}

#[test]
fn a_page_of_open_brackets_is_read_in_one_go() {
    let page = [&b"<html>"[..], &b"<".repeat(1_000_000)].concat();
    assert!(text_of(&page, Some("text/html")).is_ok());
}

#[test]
fn each_reason_has_its_name() {
    let json = serde_json::to_string(&Unread::TooManyPages).unwrap();
    assert_eq!(json, format!("\"{}\"", Unread::TooManyPages.code()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = text_of(&bytes, None);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(which in 0..4_usize, hits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = match which {
            0 => samples::docx(&samples::paragraph("Claire Roux"), &[]),
            1 => samples::one_page("BT /F1 12 Tf (Claire Roux) Tj ET", "", &[]),
            2 => samples::mails(2),
            _ => b"{\\rtf1\\ansi {\\b bonjour}\\u233?\\'e9 la suite}".to_vec(),
        };
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        // The reader of PDF is not ours: where it panics, the process that reads dies, and the file is refused.
        let _ = std::panic::catch_unwind(|| text_of(&bytes, None).is_ok());
    }
}
