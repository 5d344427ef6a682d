//! Who may put a version in force: names and public keys, each once, and each a key.

use std::collections::HashMap;

use super::super::codes;
use super::super::document::SignerDoc;
use super::super::log::{Log, Mistake, Span};
use super::super::parts::PolicySigner;
use crate::keyfile::{is_weak, unhex};

/// Bytes of a public key (RFC 8032).
const KEY: usize = 32;

pub(super) fn signers(docs: &[SignerDoc], log: &Log<'_>) -> Vec<PolicySigner> {
    let mut names: HashMap<&str, &Span> = HashMap::new();
    let mut keys: HashMap<String, &Span> = HashMap::new();
    let read = docs.iter().filter_map(|doc| {
        let (name, key) = (doc.name.as_ref(), doc.key.as_ref());
        if let Some(name) = name
            && let Some(first) = names.insert(&name.value, &name.span)
        {
            let message = format!("deux signataires s'appellent « {} »", name.value);
            log.add(Mistake::error(codes::TWICE, &name.span, message).related(first, "le premier est ici"));
        }
        let key = key?;
        // Without its value: it may be a private key.
        let Some(bytes) = unhex(&key.value).filter(|bytes| bytes.len() == KEY) else {
            let mistake = Mistake::error(codes::BAD_KEY, &key.span, "ce n'est pas une clé publique Ed25519");
            log.add(
                mistake
                    .label("64 chiffres hexadécimaux attendus")
                    .help("la créer avec `gardefou policy key FICHIER`, qui affiche la clé publique à écrire ici"),
            );
            return None;
        };
        if is_weak(&bytes) {
            let mistake = Mistake::error(codes::BAD_KEY, &key.span, "cette clé publique ne protège rien");
            log.add(
                mistake
                    .label("n'importe qui pourrait signer en son nom")
                    .help("la créer avec `gardefou policy key FICHIER`, qui affiche la clé publique à écrire ici"),
            );
        }
        let public = key.value.to_lowercase();
        if let Some(first) = keys.insert(public.clone(), &key.span) {
            let mistake = Mistake::error(codes::TWICE, &key.span, "deux signataires ont la même clé");
            log.add(
                mistake
                    .help("chaque personne crée et garde la sienne")
                    .related(first, "le premier est ici"),
            );
        }
        Some(PolicySigner {
            name: name?.value.clone(),
            key: public,
        })
    });
    read.collect()
}
