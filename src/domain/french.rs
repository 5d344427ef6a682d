//! What the operating system and the bytes of a file say, in French, for people: its own words are English. And plurals.
//!
//! Logs keep the system's words.

use std::{fmt, io};

/// `1 erreur`, `3 erreurs`: a word that ends in s has no other plural.
pub fn counted(count: impl fmt::Display + PartialOrd + From<u8>, word: &str) -> String {
    let end = if count > 1.into() && !word.ends_with('s') {
        "s"
    } else {
        ""
    };
    format!("{count} {word}{end}")
}

/// Why the system refused, in a few French words without a capital. An error that this house made says its own words,
/// which are French where people may see them.
pub fn trouble(error: &io::Error) -> String {
    if let Some(own) = error.get_ref() {
        return own.to_string();
    }
    match (trouble_of(error.kind()), error.raw_os_error()) {
        (REFUSED, Some(number)) => format!("{REFUSED} (erreur n° {number})"),
        (words, _) => words.into(),
    }
}

/// Where no kind says more.
const REFUSED: &str = "le système s'y refuse";

/// The same, of a kind alone.
pub const fn trouble_of(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind as Kind;
    match kind {
        Kind::NotFound => "ce fichier ou ce dossier n'existe pas",
        Kind::PermissionDenied => "ce compte n'en a pas le droit",
        Kind::AlreadyExists => "ce fichier existe déjà",
        Kind::IsADirectory => "c'est un dossier",
        Kind::NotADirectory => "une partie du chemin n'est pas un dossier",
        Kind::StorageFull | Kind::QuotaExceeded => "le disque est plein",
        Kind::ReadOnlyFilesystem => "le disque est en lecture seule",
        Kind::FileTooLarge => "le fichier est trop grand",
        Kind::InvalidFilename => "ce nom de fichier n'est pas permis",
        Kind::InvalidData => "son contenu n'est pas celui attendu",
        Kind::UnexpectedEof => "il s'arrête trop tôt",
        Kind::BrokenPipe => "plus personne ne lit",
        Kind::AddrInUse => "cette adresse est déjà prise par un autre programme",
        Kind::AddrNotAvailable => "cette adresse n'est pas celle de cette machine",
        Kind::ConnectionRefused => "la connexion est refusée",
        Kind::TimedOut => "rien ne répond à temps",
        Kind::OutOfMemory => "la mémoire manque",
        _ => REFUSED,
    }
}

/// Bytes that are not UTF-8, and where: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotText {
    /// Line of the first wrong byte.
    pub line: usize,
    /// How many characters stand before it on its line, and one.
    pub column: usize,
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column } = self;
        write!(
            f,
            "ce n'est pas du texte en UTF-8 : premier octet fautif ligne {line}, colonne {column}"
        )
    }
}

impl std::error::Error for NotText {}

/// The text that bytes are.
///
/// # Errors
/// They are not UTF-8.
pub fn text(bytes: Vec<u8>) -> Result<String, NotText> {
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let good = String::from_utf8_lossy(good);
        let line = good.rsplit('\n').next().unwrap_or_default();
        NotText {
            line: good.matches('\n').count() + 1,
            column: line.chars().count() + 1,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_speaks_french() {
        let missing = std::fs::read("/no/such/file").unwrap_err();
        assert_eq!(trouble(&missing), "ce fichier ou ce dossier n'existe pas");
        // ELOOP has no kind of its own that is stable.
        assert_eq!(
            trouble(&io::Error::from_raw_os_error(40)),
            "le système s'y refuse (erreur n° 40)"
        );
        assert_eq!(trouble(&io::Error::other("la clé est courte")), "la clé est courte");
        assert_eq!(trouble(&io::ErrorKind::StorageFull.into()), "le disque est plein");
    }

    #[test]
    fn a_wrong_byte_is_placed() {
        for (bytes, line, column) in [
            (&b"\xff"[..], 1, 1),
            (b"a\n\xc3\xa9\xe9 = 1", 2, 2),
            (b"a\r\n\nabc\xe9", 3, 4),
            (b"abc\xc3", 1, 4),
        ] {
            assert_eq!(text(bytes.to_vec()), Err(NotText { line, column }), "{bytes:?}");
        }
        assert_eq!(text("é\n".into()), Ok("é\n".into()));
    }

    #[test]
    fn one_thing_and_several() {
        for (count, word, expected) in [
            (0, "outil", "0 outil"),
            (1, "outil", "1 outil"),
            (2, "outil", "2 outils"),
            (6_u64, "refus", "6 refus"),
        ] {
            assert_eq!(counted(count, word), expected);
        }
    }
}
