//! What stands for something that was taken out: `[PERSONNE_1]`, `<NOM>`,
//! `{{prenom}}`. It names no one.

/// Longest placeholder, brackets included.
const LONGEST_PLACEHOLDER: usize = 32;

/// End of the placeholder that begins at this bracket: `[PERSONNE_1]`,
/// `<NOM>`, `{{PRENOM}}`, `[nom de l'usager]`, `[...]`.
pub(super) fn placeholder(bytes: &[u8], at: usize) -> Option<usize> {
    let close = match bytes[at] {
        b'[' => b']',
        b'<' => b'>',
        _ => b'}',
    };
    let open = bytes[at];
    let inside = at + 1 + usize::from(bytes.get(at + 1) == Some(&open));
    let window = &bytes[inside..bytes.len().min(inside + LONGEST_PLACEHOLDER)];
    let length = window.iter().position(|&b| b == close)?;
    let name = &window[..length];
    let code = name
        .iter()
        .all(|&b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && name.iter().any(|b| b"_0123456789".contains(b));
    let words = BLANKS.iter().any(|blank| {
        name.get(..blank.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(blank.as_bytes()))
    });
    let dots = !name.is_empty() && name.iter().all(|b| b". _xX".contains(b));
    let end = inside + length + 1;
    (code || words || dots).then(|| end + usize::from(inside > at + 1 && bytes.get(end) == Some(&close)))
}

/// How a placeholder that a person wrote begins.
#[rustfmt::skip]
const BLANKS: &[&str] = &[
    "nom",
    "prenom",
    "usager",
    "agent",
    "adresse",
    "date",
    "ville",
    "commune",
    "telephone",
    "email",
    "courriel",
    "numero",
    "montant",
    "personne",
    "beneficiaire",
    "votre",
    "vos",
    "civilite",
    "a completer",
    "objet",
    "service",
    "signature",
    "name",
    "enfant",
    "demandeur",
    "destinataire",
    "anonym",
];
