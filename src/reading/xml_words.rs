//! Which elements and attributes of XML hold words, and what they are called in French.

use super::{Gather, Unread};

/// Elements of writing that stand on lines of their own: paragraphs, rows, boxes and remarks in the middle of one.
pub(super) const BLOCKS: &[&str] = &[
    "p",
    "h",
    "tr",
    "table-row",
    "br",
    "cr",
    "line-break",
    "page-break",
    "annotation",
    "note",
    "comment",
    "txbxContent",
    "list-item",
    "frame",
    "tracked-changes",
    "changed-region",
    "footnote",
    "endnote",
    "si",
    "title",
    "desc",
    "text",
    "oddHeader",
    "evenHeader",
    "firstHeader",
    "oddFooter",
    "evenFooter",
    "firstFooter",
    "formula1",
    "formula2",
    "definedName",
    "creator",
    "author",
    "cm",
    "hidden-text",
    "threadedComment",
    "v",
    "date",
];

/// Attributes of writing that hold words, and what they are.
const SAYING: &[(&str, &str)] = &[
    ("author", "Auteur"),
    ("creator", "Auteur"),
    ("lastAuthor", "Modifié par"),
    ("userName", "Auteur"),
    ("displayName", "Personne"),
    ("initials", "Initiales"),
    ("descr", "Description"),
    ("alt", "Description"),
    ("title", "Titre"),
    ("tooltip", "Bulle"),
    ("screenTip", "Bulle"),
    ("display", "Lien"),
    ("prompt", "Message"),
    ("promptTitle", "Message"),
    ("error", "Message"),
    ("errorTitle", "Message"),
    ("displayText", "Choix"),
    ("string", "Texte"),
    ("string-value", "Valeur"),
    ("current-value", "Valeur"),
    ("label", "Libellé"),
    ("description", "Description"),
    ("help-message", "Message"),
    ("caption", "Libellé"),
    ("placeholder", "Libellé"),
];

/// Elements whose `val`, `name` or `value` is words.
const VALUED: &[&str] = &[
    "alias",
    "tag",
    "docVar",
    "default",
    "statusText",
    "helpText",
    "listEntry",
    "listItem",
    "table",
    "sheet",
    "tableColumn",
    "user-field-decl",
    "variable-decl",
    "hidden-text",
    "cat",
];

/// Elements of one file that hold another one, in base 64.
pub(super) const PACKED: &[&str] = &["binary-data", "binaryData", "binData"];

/// The French word for a field of the properties, or its name.
pub(super) fn label_of(name: &str) -> &str {
    match name {
        "creator" | "author" | "initial-creator" => "Auteur",
        "lastModifiedBy" => "Modifié par",
        "Manager" => "Responsable",
        "Company" => "Organisation",
        "title" => "Titre",
        "subject" => "Sujet",
        "description" => "Description",
        "keywords" | "keyword" => "Mots-clés",
        "displayName" => "Personne",
        "Target" | "href" => "Lien",
        other => other,
    }
}

/// Notes what the attributes of an element of writing say.
pub(super) fn saying(name: &str, attributes: &[(String, String)], gather: &mut Gather) -> Result<(), Unread> {
    for (key, value) in attributes {
        let told = SAYING.iter().find(|(known, _)| known == key).map(|&(_, label)| label);
        let valued = VALUED.contains(&name) && matches!(key.as_str(), "val" | "name" | "value");
        let link = key == "href" && value.contains(':');
        if value.starts_with("data:image/") {
            gather.images = true;
        } else if let Some(label) = told.or(valued.then_some("Valeur")).or(link.then_some("Lien")) {
            gather.note(label, value)?;
        }
    }
    Ok(())
}
