//! Why a file was not read: a closed list, each with a sentence for the person who attached it.

use serde::{Deserialize, Serialize};

/// Why a file was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unread {
    /// None of the formats that are read.
    Unknown,
    /// Its content is not what its name or its type says.
    Disguised,
    /// An image, and nobody asked for its words.
    Image,
    /// Sound.
    Audio,
    /// Moving images.
    Video,
    /// Files packed together.
    Archive,
    /// A binary file of an office suite of before 2007.
    OldOffice,
    /// It asks for a password.
    Encrypted,
    /// It holds a program.
    Macro,
    /// It holds an object that is none of the formats that are read.
    Embedded,
    /// It ends too soon or contradicts itself.
    Damaged,
    /// A PDF whose pages are images.
    Scanned,
    /// A PDF whose letters cannot be told from its fonts.
    Illegible,
    /// Too many bytes, as sent or once unpacked.
    TooLarge,
    /// Too many pages.
    TooManyPages,
    /// Files in files, or elements in elements, without an end.
    TooDeep,
    /// Not read in the time allowed.
    TooSlow,
    /// The process that read it died, or said something that is not an answer.
    Died,
    /// The process that reads could not be started.
    Unavailable,
    /// Its words were asked for, and the program that reads images is not installed.
    NoOcr,
}

impl Unread {
    /// The stable name of the reason, kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Disguised => "disguised",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Archive => "archive",
            Self::OldOffice => "old-office",
            Self::Encrypted => "encrypted",
            Self::Macro => "macro",
            Self::Embedded => "embedded",
            Self::Damaged => "damaged",
            Self::Scanned => "scanned",
            Self::Illegible => "illegible",
            Self::TooLarge => "too-large",
            Self::TooManyPages => "too-many-pages",
            Self::TooDeep => "too-deep",
            Self::TooSlow => "too-slow",
            Self::Died => "died",
            Self::Unavailable => "unavailable",
            Self::NoOcr => "no-ocr",
        }
    }

    /// What to tell the person who attached it, in French.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "Le format de ce fichier n'est pas reconnu : il ne peut pas être relu avant l'envoi.",
            Self::Disguised => "Le contenu de ce fichier n'est pas du type annoncé par son nom.",
            Self::Image => "Ce fichier est une image : son contenu ne peut pas être relu avant l'envoi.",
            Self::Audio => "Ce fichier est un enregistrement sonore : il ne peut pas être relu avant l'envoi.",
            Self::Video => "Ce fichier est une vidéo : il ne peut pas être relu avant l'envoi.",
            Self::Archive => "Ce fichier est une archive : joignez un par un les fichiers qu'elle contient.",
            Self::OldOffice => {
                "Ce fichier est d'un ancien format (.doc, .xls, .ppt, .msg) : enregistrez-le en .docx, .xlsx, .pptx, \
                 .odt ou .pdf."
            }
            Self::Encrypted => "Ce fichier est protégé par un mot de passe : joignez-en une copie sans mot de passe.",
            Self::Macro => "Ce fichier contient des macros : enregistrez-le sans macros.",
            Self::Embedded => "Ce fichier contient un objet incorporé qui ne peut pas être relu : retirez-le.",
            Self::Damaged => "Ce fichier est incomplet ou abîmé.",
            Self::Scanned => {
                "Ce PDF est une numérisation sans texte : joignez un PDF dont le texte est sélectionnable."
            }
            Self::Illegible => {
                "Le texte de ce PDF ne peut pas être relu, car ses polices ne disent pas leurs lettres : \
                 exportez-le de nouveau."
            }
            Self::TooLarge => "Ce fichier est trop volumineux, une fois ouvert, pour être relu.",
            Self::TooManyPages => "Ce fichier a trop de pages pour être relu : joignez la partie utile.",
            Self::TooDeep => "Ce fichier contient trop de fichiers ou d'éléments imbriqués.",
            Self::TooSlow => "Ce fichier est trop long à lire : joignez la partie utile.",
            Self::Died => "Ce fichier n'a pas pu être lu sans risque.",
            Self::Unavailable => "La lecture des fichiers n'est pas disponible pour le moment.",
            Self::NoOcr => "La lecture des images n'est pas installée sur ce serveur.",
        }
    }
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Unread {}
