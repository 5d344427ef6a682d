//! Every place of every format that can hold words.

use super::samples::{docx, odf, one_page, package, paragraph, stream};
use crate::reading::{Kind, Text, text_of};

fn read(bytes: &[u8], declared: Option<&str>) -> Text {
    text_of(bytes, declared).unwrap_or_else(|why| panic!("{declared:?}: {why}"))
}

#[track_caller]
fn says(bytes: &[u8], declared: Option<&str>, kind: Kind, words: &[&str]) -> Text {
    let text = read(bytes, declared);
    assert_eq!(text.kind, kind);
    for one in words {
        assert!(text.text.contains(one), "{one:?} is not in {:?}", text.text);
    }
    text
}

#[test]
fn plain_texts_in_their_encodings() {
    let utf_16: Vec<u8> = "\u{feff}Élodie".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, said) in [
        ("Élodie — œuvre".as_bytes(), "Élodie — œuvre"),
        (b"\xEF\xBB\xBF\xC3\x89lodie", "Élodie"),
        (b"\xC9lodie \x9Cuvre \x80", "Élodie œuvre €"),
        (&utf_16, "Élodie"),
        (b"nom;prenom\nRoux;Claire\n", "nom;prenom\nRoux;Claire\n"),
    ] {
        assert_eq!(
            says(bytes, Some("text/plain; charset=utf-8"), Kind::Text, &[])
                .text
                .trim_end(),
            said.trim_end()
        );
    }
    says(
        "# Note\n**Claire**".as_bytes(),
        Some("note.md"),
        Kind::Text,
        &["**Claire**"],
    );
}

#[test]
fn escapes_of_json_hide_nothing() {
    let json = br#"{"nom": "\u00c9lodie Roux", "note": "a\nb \"c\" \ud83d\ude00"}"#;
    says(
        json,
        Some("application/json"),
        Kind::Json,
        &["Élodie Roux", "a\nb \"c\" 😀"],
    );
    says(json, None, Kind::Json, &["Élodie Roux"]);
}

#[test]
fn html_with_its_attributes_and_what_browsers_do_not_show() {
    let page = "<!doctype html><title>Note</title><!-- relu par Claire Roux --><p title='Bulle'>Mme&nbsp;&Eacute;lodie \
                <b>Rou</b>x</p><table><tr><td><p>Nom</p></td><td>Roux</td></tr></table><script>let nir = '185';</script>\
                <img alt='Portrait' src='data:image/png;base64,AA'>Jean <jean.dupont@exemple.fr>";
    let text = says(
        page.as_bytes(),
        Some("text/html"),
        Kind::Html,
        &[
            "relu par Claire Roux",
            "Bulle",
            "Mme\u{a0}Élodie Roux\n",
            "Nom\tRoux\n",
            "nir = '185'",
            "Portrait",
            "jean.dupont@exemple.fr",
        ],
    );
    assert!(text.images);
    let old = b"<html><meta charset=iso-8859-1><p>\xC9lodie</p></html>";
    says(old, None, Kind::Html, &["Élodie"]);
}

#[test]
fn xml_by_its_fields() {
    let xml = "<?xml version='1.0' encoding='ISO-8859-1'?><d><nom>Roux &amp; fils</nom><p tel='06 12 34 56 78'/></d>";
    let text = says(
        xml.as_bytes(),
        None,
        Kind::Xml,
        &["nom : Roux & fils", "tel : 06 12 34 56 78"],
    );
    assert!(!text.images);
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'><text>Claire Roux</text></svg>";
    assert!(says(svg.as_bytes(), None, Kind::Svg, &["text : Claire Roux"]).images);
}

#[test]
fn rtf_with_its_properties_and_remarks() {
    let rtf =
        br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\author Claire Martin}}\uc1 Mme \u201?\'c9lodie Roux\par
{\*\annotation voir M. Dupont}\trowd Nom\cell Roux\cell\row{\*\inconnu cach\'e9}}";
    let text = says(
        rtf,
        Some("a.rtf"),
        Kind::Rtf,
        &[
            "ÉÉlodie Roux\n",
            "Auteur : Claire Martin",
            "M. Dupont",
            "Nom\tRoux",
            "caché",
        ],
    );
    assert!(!text.text.contains("Arial"));
    assert!(read(br"{\rtf1 a{\pict 0102}}", None).images);
}

#[test]
fn docx_with_everything_around_its_text() {
    let body = format!(
        "{}<w:p><w:r><w:t>Rou</w:t></w:r><w:r><w:t>x</w:t><w:tab/><w:t>fin</w:t></w:r></w:p>\
         <w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}{}</w:tc></w:tr></w:tbl>\
         <w:del w:author='Jean Petit'><w:r><w:delText>effacé</w:delText></w:r></w:del>\
         <w:p><w:r><w:instrText>HYPERLINK mailto:a@exemple.fr</w:instrText></w:r></w:p><wp:docPr descr='Photo de Luc'/>",
        paragraph("Mme &#201;lodie"),
        paragraph("Nom"),
        paragraph("Claire"),
        paragraph("Roux")
    );
    let footer = paragraph("pied de page");
    let image: &[u8] = b"\x89PNG";
    let text = says(
        &docx(
            &body,
            &[
                ("word/footer1.xml", footer.as_bytes()),
                ("word/comments.xml", b"<w:comments><w:comment w:author='Zo\xC3\xA9 Blanc'><w:p><w:t>remarque</w:t></w:p></w:comment></w:comments>"),
                ("docProps/core.xml", b"<cp><dc:creator>Claire Martin</dc:creator></cp>"),
                ("word/_rels/document.xml.rels", b"<r><R TargetMode='External' Target='mailto:b@exemple.fr'/></r>"),
                ("word/media/image1.png", image),
                ("customXml/item1.xml", b"<x><dossier>2024-17</dossier></x>"),
            ],
        ),
        Some("lettre.docx"),
        Kind::Document,
        &[
            "Mme Élodie\n", "Roux\tfin\n", "Nom\tClaire Roux\n", "effacé", "Auteur : Jean Petit", "mailto:a@exemple.fr",
            "Photo de Luc", "pied de page", "Auteur : Zoé Blanc", "remarque", "Auteur : Claire Martin", "mailto:b@exemple.fr",
            "dossier : 2024-17",
        ],
    );
    assert!(text.images);
}

#[test]
fn xlsx_as_it_is_shown_hidden_sheets_included() {
    let sheet = "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c><c r='C1' t='inlineStr'><is><t>n&#233; le</t></is></c></row>\
                 <row r='2'><c r='A2' t='str'><f>\"M. \"&amp;\"Petit\"</f><v>M. Petit</v></c><c r='B2' s='1'><v>612345678</v></c>\
                 <c r='C2' s='2'><v>28561</v></c><c r='D2'><v>1.850578006048E+12</v></c></row></sheetData>\
                 <headerFooter><oddHeader>Confidentiel</oddHeader></headerFooter></worksheet>";
    let styles = "<s><numFmts><numFmt numFmtId='164' formatCode='0#\" \"##\" \"##\" \"##\" \"##'/></numFmts>\
                  <cellXfs><xf numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='14'/></cellXfs></s>";
    let bytes = package(&[
        ("xl/workbook.xml", b"<workbook><sheets><sheet name='Agents' state='hidden'/></sheets></workbook>"),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/sharedStrings.xml", b"<sst><si><r><t>Rou</t></r><r><t>x</t></r></si><si><t>ligne effac\xC3\xA9e</t></si></sst>"),
        ("xl/comments1.xml", b"<comments><authors><author>Claire</author></authors><comment><text><t>voir Luc</t></text></comment></comments>"),
        ("xl/pivotCache/pivotCacheDefinition1.xml", b"<p><s v='Jean Dupont'/></p>"),
    ]);
    says(
        &bytes,
        Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        Kind::Sheet,
        &[
            "Roux\t\tné le\n",
            "M. Petit\t06 12 34 56 78\t12/03/1978\t1850578006048\n",
            "Confidentiel",
            "Agents",
            "ligne effacée",
            "voir Luc",
            "Jean Dupont",
            "Petit",
        ],
    );
}

#[test]
fn pptx_with_its_notes() {
    let bytes = package(&[
        ("ppt/presentation.xml", b"<p/>"),
        ("ppt/slides/slide10.xml", b"<s><a:p><a:t>dix</a:t></a:p></s>"),
        ("ppt/slides/slide2.xml", b"<s show='0'><a:p><a:t>deux</a:t></a:p></s>"),
        ("ppt/notesSlides/notesSlide1.xml", b"<s><a:p><a:t>notes</a:t></a:p></s>"),
    ]);
    says(&bytes, Some("a.pptx"), Kind::Slides, &["deux\ndix\nnotes\n"]);
}

#[test]
fn open_documents() {
    let content = "<office:document-content><text:p>Mme<text:s/>Élodie<text:tab/>Roux</text:p>\
                   <text:tracked-changes><text:p>effacé</text:p></text:tracked-changes>\
                   <office:annotation><dc:creator>Zoé</dc:creator><text:p>remarque</text:p></office:annotation></office:document-content>";
    let styles = "<s><style:header><text:p>en-tête</text:p></style:header></s>";
    let odt = odf(
        "text",
        content,
        &[
            ("styles.xml", styles.as_bytes()),
            (
                "meta.xml",
                b"<m><meta:initial-creator>Claire</meta:initial-creator></m>",
            ),
        ],
    );
    says(
        &odt,
        Some("a.odt"),
        Kind::Document,
        &[
            "Mme Élodie\tRoux\n",
            "effacé",
            "Zoé",
            "remarque",
            "en-tête",
            "Auteur : Claire",
        ],
    );
    let content = "<d><table:table table:name='Agents' table:display='false'><table:table-row><table:table-cell><text:p>Roux</text:p></table:table-cell>\
                   <table:table-cell table:number-columns-repeated='2'/><table:table-cell><text:p>Claire</text:p><text:p>Anne</text:p></table:table-cell>\
                   </table:table-row></table:table></d>";
    says(
        &odf("spreadsheet", content, &[]),
        Some("a.ods"),
        Kind::Sheet,
        &["Roux\t\t\tClaire Anne\n", "Agents"],
    );
}

#[test]
fn mail_with_its_parts_and_the_files_it_carries() {
    let mail = "From: =?utf-8?Q?=C3=89lodie_Roux?= <elodie@exemple.fr>\r\nTo: Luc <luc@exemple.fr>\r\nSubject: =?iso-8859-1?Q?Dossier_=E9lu?=\r\n\
                MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\
                Content-Transfer-Encoding: quoted-printable\r\n\r\nBonjour h=E9l=E8ne\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Page <b>vue</b></p>\r\n\
                --b\r\nContent-Type: application/rtf\r\nContent-Disposition: attachment; filename=\"Claire Roux.rtf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n\
                e1xydGYxIGpvaW50fQ==\r\n--b--\r\n";
    says(
        mail.as_bytes(),
        Some("message/rfc822"),
        Kind::Mail,
        &[
            "De : Élodie Roux <elodie@exemple.fr>",
            "luc@exemple.fr",
            "Objet : Dossier élu",
            "Bonjour hélène",
            "Page vue",
            "Claire Roux.rtf",
            "joint",
        ],
    );
    let wrong = mail.replace("e1xydGYxIGpvaW50fQ==", "f0VMRgIBAQAAAAAA");
    assert!(
        text_of(wrong.as_bytes(), None).is_err(),
        "a file that is not read makes the message unread"
    );
}

#[test]
fn pdf_with_its_annotations_fields_and_files() {
    let content = "BT /F1 12 Tf 50 700 Td (Mme \\311lodie Roux) Tj 0 -14 Td [(n\\351e le 12) -50 (/03/1978)] TJ ET \
                   BT 3 Tr /F1 12 Tf 50 600 Td (invisible) Tj ET BT 0 Tr /F1 12 Tf 50 500 Td (Nom) Tj ET \
                   BT /F1 12 Tf 50 480 Td (Adresse) Tj ET BT /F1 12 Tf 150 500 Td (Dupont) Tj ET BT /F1 12 Tf 150 480 Td (Rennes) Tj ET";
    let page = "/Annots [<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /F 2 /Contents (remarque) /T (Jean Petit) >> \
                << /Type /Annot /Subtype /Widget /FT /Tx /V (06 12 34 56 78) /Rect [0 0 9 9] >>]";
    let attached = stream("/Type /EmbeddedFile", "facture de Luc");
    let bytes = one_page(content, page, &[attached]);
    let text = says(
        &bytes,
        Some("a.pdf"),
        Kind::Pdf,
        &[
            "Mme Élodie Roux\nnée le 12/03/1978\n",
            "invisible",
            "Nom\tDupont\n",
            "Adresse\tRennes\n",
            "remarque",
            "Jean Petit",
            "06 12 34 56 78",
            "facture de Luc",
            "Auteur : Claire Martin",
        ],
    );
    assert_eq!(text.pages, 1);
    assert!(!text.images);
}

#[test]
fn a_layer_that_is_switched_off_is_read() {
    let page = "/Resources << /Font << /F1 5 0 R >> /Properties << /L 6 0 R >> >>";
    let mut bytes = one_page(
        "/OC /L BDC BT /F1 12 Tf (masqu\\351) Tj ET EMC",
        page,
        &["<< /Type /OCG /Name (Plan) >>".to_owned()],
    );
    let catalog = "<< /Type /Catalog /Pages 2 0 R >>";
    let layers = "<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >> >>";
    let whole = String::from_utf8(std::mem::take(&mut bytes))
        .unwrap()
        .replace(catalog, layers);
    says(whole.as_bytes(), None, Kind::Pdf, &["masqué"]);
}
