//! Documents that are a zip of parts: DOCX, XLSX, PPTX (ECMA-376) and ODT, ODS, ODP (ISO/IEC 26300).
//!
//! Every part is read or refused: XML as writing or as fields, images counted, documents in the document read like
//! files, and nothing else let through but a short list of parts that hold no words.

use std::io::{Cursor, Read};

use zip::{ZipArchive, result::ZipError};

use super::{Gather, Kind, Unread, bounds::MAX_ENTRIES, part, plain, sheet, xml};

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Which kind of document a zip is, by its own table of contents.
pub(super) fn kind(bytes: &[u8]) -> Result<Kind, Unread> {
    let archive = open(bytes)?;
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("word/document.xml") {
        return Ok(Kind::Document);
    }
    if has("xl/workbook.xml") {
        return Ok(Kind::Sheet);
    }
    if has("ppt/presentation.xml") {
        return Ok(Kind::Slides);
    }
    // A binary workbook: its parts are not XML.
    if has("xl/workbook.bin") {
        return Err(Unread::OldOffice);
    }
    if !has("mimetype") {
        let locked = (0..archive.len()).any(|at| archive.by_index_data(at).is_ok_and(|entry| entry.encrypted()));
        return Err(if locked { Unread::Encrypted } else { Unread::Archive });
    }
    let mut archive = archive;
    let mut said = String::new();
    let mut entry = archive.by_name("mimetype").map_err(|_| Unread::Damaged)?;
    (&mut entry)
        .take(256)
        .read_to_string(&mut said)
        .map_err(|_| Unread::Damaged)?;
    let said = said.trim();
    match said.strip_prefix("application/vnd.oasis.opendocument.") {
        Some(kind) if kind.starts_with("text") => Ok(Kind::Document),
        Some(kind) if kind.starts_with("spreadsheet") => Ok(Kind::Sheet),
        Some(kind) if kind.starts_with("presentation") || kind.starts_with("graphics") => Ok(Kind::Slides),
        _ => Err(Unread::Unknown),
    }
}

/// Why a compound file (the container of Word 97 and of encrypted documents) is not read.
pub(super) fn compound(bytes: &[u8]) -> Unread {
    let wide: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if memchr::memmem::find(bytes, &wide).is_some() {
        Unread::Encrypted
    } else {
        Unread::OldOffice
    }
}

fn open(bytes: &[u8]) -> Result<Archive<'_>, Unread> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(refused)?;
    if archive.len() > MAX_ENTRIES {
        return Err(Unread::TooLarge);
    }
    // Two entries of one name, or one that lies in another, are two documents for two readers.
    if archive.has_duplicate_names() || archive.has_overlapping_entries().map_err(refused)? {
        return Err(Unread::Damaged);
    }
    Ok(archive)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn refused(error: ZipError) -> Unread {
    match error {
        ZipError::UnsupportedArchive(why) if why == ZipError::PASSWORD_REQUIRED => Unread::Encrypted,
        _ => Unread::Damaged,
    }
}

/// Reads a document.
pub(super) fn read(bytes: &[u8], gather: &mut Gather) -> Result<(), Unread> {
    let mut archive = open(bytes)?;
    let mut names = Vec::with_capacity(archive.len());
    for at in 0..archive.len() {
        let entry = archive.by_index_data(at).map_err(refused)?;
        if entry.encrypted() {
            return Err(Unread::Encrypted);
        }
        names.push(
            archive
                .name_for_index(at)
                .ok_or(Unread::Damaged)?
                .map_err(refused)?
                .into_owned(),
        );
    }
    if names.iter().any(|name| is_macro(name)) {
        return Err(Unread::Macro);
    }
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|&at| rank(&names[at]));
    let mut shared = sheet::Shared::default();
    for at in order {
        let name = names[at].as_str();
        let way = way(name)?;
        if way == Way::Skip {
            continue;
        }
        if way == Way::Image {
            gather.images = true;
            continue;
        }
        let content = unpack(&mut archive, at, gather)?;
        one(name, way, &content, &mut shared, gather)?;
    }
    shared.left_behind(gather)
}

/// How a part is read.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Writing,
    Data,
    /// Relations to the outside, types of parts: looked at for what they betray.
    Relations,
    Types,
    Manifest,
    Strings,
    Styles,
    Workbook,
    Cells,
    /// A document in the document.
    File,
    Image,
    Skip,
}

fn one(name: &str, way: Way, content: &[u8], shared: &mut sheet::Shared, gather: &mut Gather) -> Result<(), Unread> {
    if way == Way::File {
        return part(content, Some(name), gather).map(|_| ()).map_err(|why| match why {
            Unread::Unknown | Unread::OldOffice | Unread::Disguised => Unread::Embedded,
            other => other,
        });
    }
    let text = plain::decode_xml(content)?;
    match way {
        Way::Data => xml::read(&text, xml::Rule::Aside, gather),
        Way::Types if text.contains("macroEnabled") => Err(Unread::Macro),
        Way::Manifest if text.contains("encryption-data") => Err(Unread::Encrypted),
        Way::Types | Way::Manifest => Ok(()),
        Way::Relations => relations(&text, gather),
        Way::Strings => shared.strings(&text),
        Way::Styles => shared.styles(&text),
        Way::Workbook => {
            shared.workbook(&text)?;
            xml::read(&text, xml::Rule::Writing, gather)
        }
        Way::Cells => sheet::read(&text, shared, gather),
        _ => xml::read(&text, xml::Rule::Writing, gather),
    }
}

/// Addresses outside the document: a link to a mailbox is a word of it.
fn relations(text: &str, gather: &mut Gather) -> Result<(), Unread> {
    xml::events(text, |event| {
        let (quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element)) = &event else {
            return Ok(());
        };
        let attributes = xml::attributes(element)?;
        let get = |name: &str| {
            attributes
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        match (get("TargetMode"), get("Target")) {
            (Some("External"), Some(target)) => gather.note("Lien", target),
            _ => Ok(()),
        }
    })
}

fn unpack(archive: &mut Archive<'_>, at: usize, gather: &mut Gather) -> Result<Vec<u8>, Unread> {
    let entry = archive.by_index(at).map_err(refused)?;
    let most = gather.expandable();
    if entry.size() > most as u64 {
        return Err(Unread::TooLarge);
    }
    let mut content = Vec::new();
    // What an entry says of its size may be false.
    entry
        .take(most as u64 + 1)
        .read_to_end(&mut content)
        .map_err(|_| Unread::Damaged)?;
    gather.spend(content.len())?;
    Ok(content)
}

fn is_macro(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with("vbaproject.bin")
        || lower.ends_with("vbadata.xml")
        || lower.starts_with("xl/macrosheets/")
        || ((lower.starts_with("basic/") || lower.starts_with("scripts/")) && !lower.ends_with('/'))
}

/// Parts of a workbook are read in the order in which they need each other; slides and sheets by their numbers.
fn rank(name: &str) -> (u8, u64, String) {
    let digits: String = name
        .chars()
        .rev()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    let number = digits.chars().rev().collect::<String>().parse().unwrap_or(0);
    let place = match name {
        "[Content_Types].xml" | "META-INF/manifest.xml" => 0,
        "xl/workbook.xml" | "xl/styles.xml" => 1,
        "xl/sharedStrings.xml" => 2,
        "word/document.xml" | "content.xml" => 3,
        _ if name.starts_with("xl/worksheets/sheet") || name.starts_with("ppt/slides/slide") => 3,
        _ if name.starts_with("docProps/") || name == "meta.xml" => 9,
        _ => 5,
    };
    (place, number, name.to_owned())
}

fn way(name: &str) -> Result<Way, Unread> {
    let lower = name.to_ascii_lowercase();
    let (folder, file) = lower.rsplit_once('/').unwrap_or(("", lower.as_str()));
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    Ok(match lower.as_str() {
        "[content_types].xml" => Way::Types,
        "meta-inf/manifest.xml" => Way::Manifest,
        "xl/sharedstrings.xml" => Way::Strings,
        "xl/styles.xml" => Way::Styles,
        "xl/workbook.xml" => Way::Workbook,
        "mimetype" | "layout-cache" | "manifest.rdf" => Way::Skip,
        _ if lower.ends_with('/') => Way::Skip,
        // The picture of the first page, made again at each save.
        _ if folder == "thumbnails" || lower.starts_with("docprops/thumbnail.") => Way::Skip,
        _ if folder == "xl/worksheets" && ending == "xml" => Way::Cells,
        _ => match ending {
            "rels" => Way::Relations,
            "xml" if is_writing(&lower, folder) => Way::Writing,
            "xml" | "rdf" => Way::Data,
            "vml" => Way::Writing,
            "png" | "jpg" | "jpeg" | "gif" | "bmp" | "tif" | "tiff" | "emf" | "wmf" | "emz" | "wmz" | "webp"
            | "svm" | "wdp" | "jxr" | "ico" => Way::Image,
            "mp3" | "wav" | "m4a" | "wma" | "aac" | "ogg" => return Err(Unread::Audio),
            "mp4" | "m4v" | "mov" | "avi" | "wmv" | "webm" | "mkv" => return Err(Unread::Video),
            // Settings of a printer, fonts, and the mark of a signature.
            "bin" if folder.ends_with("printersettings") => Way::Skip,
            "odttf" | "fntdata" | "ttf" | "otf" | "sigs" => Way::Skip,
            "svg" | "docx" | "xlsx" | "pptx" | "odt" | "ods" | "odp" | "pdf" | "rtf" | "html" | "htm" | "mht"
            | "txt" | "csv" | "eml" | "json" => Way::File,
            "" if matches!(folder, "pictures" | "objectreplacements") => Way::Image,
            _ => return Err(Unread::Embedded),
        },
    })
}

/// Parts that are a text with marks; the others are fields.
fn is_writing(name: &str, folder: &str) -> bool {
    let opendocument = matches!(name.rsplit('/').next(), Some("content.xml" | "styles.xml"));
    let first = name.split('/').next().unwrap_or_default();
    let office = matches!(first, "word" | "ppt") || folder.starts_with("xl/");
    let fields = [
        "/pivotcache",
        "/externallinks",
        "/queries",
        "/model",
        "/customxml",
        "/activex",
        "/ctrlprops",
    ];
    (opendocument && !office)
        || (office && !fields.iter().any(|part| name.contains(part)))
        || first == "configurations2"
}
