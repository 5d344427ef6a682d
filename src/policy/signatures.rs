//! Signatures of the committee's document, in the file beside it (`policy.toml.sig`): one line for each, of three words
//! apart by spaces, the last of which may have spaces itself. Lines that begin with `#` say nothing.
//!
//! ```text
//! <public key, 64 hexadecimal digits> <signature, 128 hexadecimal digits> <name>
//! ```
//!
//! The signature is Ed25519 (RFC 8032) over `gardefou-policy-1`, a line feed and the bytes of the document. The name is
//! there for people: who signed is told from the key, by the list of signers.
//!
//! **Where signers are named, a version comes into force with the signature of one of them**: of the signers of the
//! policy in force, else whoever writes the file would name himself; and of its own, so that nobody locks the door with
//! a key that does not open it. One signature may be both.

use std::fmt;

use super::PolicySigner;
use crate::keyfile::{SigningKey, hex, unhex, verify};

/// What a signed text begins with, so that it cannot stand for another of ours.
const WORD: &[u8] = b"gardefou-policy-1\n";

/// Nobody whose signature was asked for has signed. `Display` is a French sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// Names of those of whom one was to sign.
    pub expected: Vec<String>,
    /// The file has signatures, and none of them is of this document by one of them.
    pub others: bool,
}

impl fmt::Display for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("signature attendue de ")?;
        for (place, name) in self.expected.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { " ou de " })?;
            write!(f, "« {name} »")?;
        }
        if self.others {
            f.write_str(" ; les signatures présentes sont d'un autre texte ou d'une autre personne")?;
        }
        Ok(())
    }
}

impl std::error::Error for Unsigned {}

/// Who of these signed the document, in their order.
pub fn signed_by(signers: &[PolicySigner], document: &str, signatures: &str) -> Vec<String> {
    let text = signed_text(document);
    let signed = |signer: &&PolicySigner| {
        let Some(key) = unhex(&signer.key) else { return false };
        // The last line of a key counts, so that a long file costs no more than a short one.
        let line = lines(signatures)
            .filter(|line| line.key.eq_ignore_ascii_case(&signer.key))
            .last();
        line.is_some_and(|line| verify(&key, &text, &unhex(line.signature).unwrap_or_default()))
    };
    signers
        .iter()
        .filter(signed)
        .map(|signer| signer.name.clone())
        .collect()
}

/// Who signed, where that is enough for the document to come into force after a policy with the signers `in_force`.
/// `own` are the document's.
///
/// # Errors
/// It is not enough.
pub fn authorised(
    in_force: &[PolicySigner],
    own: &[PolicySigner],
    document: &str,
    signatures: &str,
) -> Result<Vec<String>, Unsigned> {
    let mut names = Vec::new();
    for signers in [in_force, own] {
        let signed = signed_by(signers, document, signatures);
        if signed.is_empty() && !signers.is_empty() {
            return Err(Unsigned {
                expected: signers.iter().map(|signer| signer.name.clone()).collect(),
                others: lines(signatures).next().is_some(),
            });
        }
        names.extend(signed);
    }
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Ok(names)
}

/// The file of signatures with this one in it. Signatures of other texts go.
pub fn with_signature(key: &SigningKey, name: &str, document: &str, signatures: &str) -> String {
    let (text, public) = (signed_text(document), hex(key.public_key()));
    let stays = |line: &Line<'_>| {
        let bytes = |text| unhex(text).unwrap_or_default();
        !line.key.eq_ignore_ascii_case(&public) && verify(&bytes(line.key), &text, &bytes(line.signature))
    };
    let mut file: String = lines(signatures)
        .filter(stays)
        .map(|Line { key, signature, name }| format!("{key} {signature} {name}\n"))
        .collect();
    let name: Vec<&str> = name.split_whitespace().collect();
    file.push_str(&format!("{public} {} {}\n", hex(&key.sign(&text)), name.join(" ")));
    file
}

struct Line<'a> {
    key: &'a str,
    signature: &'a str,
    name: &'a str,
}

fn lines(signatures: &str) -> impl Iterator<Item = Line<'_>> {
    let lines = signatures.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (key, rest) = line.split_once(char::is_whitespace)?;
        let rest = rest.trim_start();
        let (signature, name) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Some(Line {
            key,
            signature,
            name: name.trim_start(),
        })
    })
}

fn signed_text(document: &str) -> Vec<u8> {
    [WORD, document.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "[charter]\nversion = \"2025-06\"\n";

    /// A key of a seed (RFC 8410, section 7), and its owner among the signers.
    fn signer(name: &str, seed: u8) -> (SigningKey, PolicySigner) {
        let seed = hex(&[seed; 32]);
        let key = SigningKey::from_hex(&format!("302e020100300506032b657004220420{seed}")).unwrap();
        let signer = PolicySigner {
            name: name.to_owned(),
            key: hex(key.public_key()),
        };
        (key, signer)
    }

    /// Who signed, or who was to.
    type Wanted<'a> = Result<&'a [&'a str], &'a [&'a str]>;
    /// What it is, signers in force, signers of the document, signatures.
    type Case<'a> = (&'a str, &'a [PolicySigner], &'a [PolicySigner], &'a str, Wanted<'a>);

    #[test]
    fn one_of_the_signers_in_force_is_enough_where_the_document_knows_her_too() {
        let (dgs, dgs_listed) = signer("Direction générale des services", 1);
        let (dsiun, dsiun_listed) = signer("DSIUN", 2);
        let (_, stranger_listed) = signer("Un inconnu", 3);
        let both = [dgs_listed.clone(), dsiun_listed.clone()];
        let (one, other) = (&both[..1], &both[1..]);
        let by_dgs = with_signature(&dgs, "x", DOCUMENT, "");
        let by_both = with_signature(&dsiun, "DSIUN", DOCUMENT, &by_dgs);
        let stranger = [stranger_listed];
        let cases: [Case<'_>; 10] = [
            ("nobody is asked", &[], &[], "", Ok(&[])),
            (
                "the first signers know their keys",
                &[],
                &both,
                "",
                Err(&["Direction générale des services", "DSIUN"]),
            ),
            (
                "and show it",
                &[],
                &both,
                &by_dgs,
                Ok(&["Direction générale des services"]),
            ),
            (
                "one of two",
                &both,
                &both,
                &by_dgs,
                Ok(&["Direction générale des services"]),
            ),
            (
                "both",
                &both,
                &both,
                &by_both,
                Ok(&["Direction générale des services", "DSIUN"]),
            ),
            ("who names himself", &both, &stranger, &by_dgs, Err(&["Un inconnu"])),
            (
                "who names himself and signs nothing",
                &both,
                &stranger,
                "",
                Err(&["Direction générale des services", "DSIUN"]),
            ),
            (
                "a handing over",
                one,
                other,
                &by_both,
                Ok(&["Direction générale des services", "DSIUN"]),
            ),
            ("half of it", one, other, &by_dgs, Err(&["DSIUN"])),
            (
                "the end of signing",
                one,
                &[],
                &by_dgs,
                Ok(&["Direction générale des services"]),
            ),
        ];
        for (what, in_force, own, signatures, wanted) in cases {
            let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
            let got = authorised(in_force, own, DOCUMENT, signatures).map_err(|unsigned| unsigned.expected);
            assert_eq!(got, wanted.map(owned).map_err(owned), "{what}");
        }
    }

    #[test]
    fn a_signature_is_of_one_text_by_one_key() {
        let (dgs, listed) = signer("DGS", 1);
        let file = with_signature(&dgs, "DGS", DOCUMENT, "");
        let signers = std::slice::from_ref(&listed);
        assert_eq!(signed_by(signers, DOCUMENT, &file), ["DGS"]);
        let changed = DOCUMENT.replace("06", "07");
        let (key, rest) = file.split_once(' ').unwrap();
        let bare = [b"".as_slice(), DOCUMENT.as_bytes()].concat();
        for (what, document, file) in [
            ("another text", &*changed, file.clone()),
            ("a line feed more", &format!("{DOCUMENT}\n"), file.clone()),
            (
                "a key in another's place",
                DOCUMENT,
                format!("{} {rest}", hex(&[7; 32])),
            ),
            ("half a signature", DOCUMENT, file[..150].to_owned()),
            (
                "without its word",
                DOCUMENT,
                format!("{key} {} DGS", hex(&dgs.sign(&bare))),
            ),
            ("a comment", DOCUMENT, format!("# {file}")),
            ("nothing", DOCUMENT, String::new()),
        ] {
            assert!(signed_by(signers, document, &file).is_empty(), "{what}");
        }
        // However the line is laid out.
        let spaced = format!("\n# who\n  {}\t{}\r\n", key.to_uppercase(), rest.trim_end());
        assert_eq!(signed_by(signers, DOCUMENT, &spaced), ["DGS"]);
    }

    #[test]
    fn signing_anew_replaces_what_is_of_another_text() {
        let ((dgs, dgs_listed), (dsiun, dsiun_listed)) = (signer("DGS", 1), signer("DSIUN", 2));
        let signers = [dgs_listed, dsiun_listed];
        let first = with_signature(&dgs, "DGS", DOCUMENT, "# note\n");
        let changed = DOCUMENT.replace("06", "07");
        let second = with_signature(&dsiun, "DSIUN", &changed, &first);
        assert_eq!(second.lines().count(), 1, "{second}");
        let third = with_signature(&dgs, "DGS", &changed, &second);
        assert_eq!(with_signature(&dgs, "DGS", &changed, &third), third, "once is enough");
        assert_eq!(signed_by(&signers, &changed, &third), ["DGS", "DSIUN"]);
    }

    #[test]
    fn what_is_missing_is_said() {
        let (_, dgs) = signer("Direction générale des services", 1);
        let (stranger, dsiun) = signer("DSIUN", 2);
        let signers = [dgs, dsiun];
        let said = authorised(&signers, &[], DOCUMENT, "").unwrap_err().to_string();
        assert_eq!(
            said,
            "signature attendue de « Direction générale des services » ou de « DSIUN »"
        );
        let file = with_signature(&stranger, "DSIUN", "another", "");
        let said = authorised(&signers[..1], &[], DOCUMENT, &file).unwrap_err().to_string();
        assert_eq!(
            said,
            "signature attendue de « Direction générale des services » ; les signatures présentes sont d'un autre texte \
             ou d'une autre personne"
        );
    }
}
