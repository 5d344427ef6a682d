//! What a letter about an incident says: enough to know that there is something to read, and where. Never the words of
//! who reported it, nor who it was: these are read after signing in.

use std::str::FromStr;

use lettre::Address;

use crate::office::{Incident, Letter};
use crate::policy::{Contacts, local};

/// Whether a contact of the policy can be written to.
pub fn is_address(contact: &str) -> bool {
    Address::from_str(contact.trim()).is_ok()
}

/// The letters about an incident: to the RSSI and to the DPO, each once, where the policy has their addresses.
pub fn about(incident: &Incident, ticket: &str, contacts: &Contacts, public_url: &str) -> Vec<Letter> {
    let subject = format!("Signalement {ticket} : {}", incident.category.french());
    let body = body(incident, ticket, public_url);
    let mut recipients = vec![contacts.rssi.trim(), contacts.dpo.trim()];
    recipients.retain(|contact| is_address(contact));
    recipients.dedup();
    recipients
        .into_iter()
        .map(|recipient| Letter {
            recipient: recipient.to_owned(),
            subject: subject.clone(),
            body: body.clone(),
        })
        .collect()
}

fn body(incident: &Incident, ticket: &str, public_url: &str) -> String {
    let request = incident
        .request
        .map_or_else(|| "non précisée".into(), |id| id.to_string());
    format!(
        "Bonjour,\n\n\
         Un signalement vient d'être enregistré par la passerelle d'IA (charte, règle 5).\n\n\
         Numéro    : {ticket}\n\
         Catégorie : {}\n\
         Outil     : {}\n\
         Date      : {}\n\
         Demande   : {request}\n\n\
         Pour le lire et y répondre, connectez-vous :\n\
         {public_url}/signalements/{ticket}\n\n\
         Ce message ne contient ni le texte du signalement ni le nom de la personne qui l'a fait. \
         Il est envoyé au RSSI et au DPO.\n",
        incident.category.french(),
        incident.tool.as_deref().unwrap_or("non précisé"),
        local(incident.at).strftime("%d/%m/%Y à %H:%M"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::office::IncidentCategory;

    fn contacts(rssi: &str, dpo: &str) -> Contacts {
        Contacts {
            dsiun: "dsiun@departement04.example".into(),
            rssi: rssi.into(),
            dpo: dpo.into(),
        }
    }

    #[test]
    fn a_letter_says_where_to_read_and_nothing_of_what_is_there() {
        let incident = Incident {
            id: uuid::Uuid::now_v7(),
            at: Timestamp(1_790_000_000_000),
            caller: "0123456789abcdef0123456789abcdef".into(),
            tool: Some("gemini".into()),
            request: None,
            category: IncidentCategory::Discrimination,
            description: "une réponse qui écarte un usager".into(),
            excerpt: Some("il vaudrait mieux refuser".into()),
        };
        let both = contacts("rssi@departement04.example", "dpo@departement04.example");
        let letters = about(&incident, "S-2026-0042", &both, "https://ia.example");
        assert_eq!(
            letters
                .iter()
                .map(|letter| letter.recipient.as_str())
                .collect::<Vec<_>>(),
            ["rssi@departement04.example", "dpo@departement04.example"]
        );
        for letter in &letters {
            for there in [
                "S-2026-0042",
                "gemini",
                "discriminatoire",
                "21/09/2026 à 16:13",
                "https://ia.example/signalements/S-2026-0042",
            ] {
                assert!(letter.body.contains(there), "{there}: {}", letter.body);
            }
            for absent in ["écarte", "refuser", "0123456789abcdef"] {
                assert!(
                    !letter.body.contains(absent) && !letter.subject.contains(absent),
                    "{absent}"
                );
            }
        }
        for (rssi, dpo, expected) in [
            ("poste 4030", "dpo@departement04.example", 1),
            ("poste 4030", "le DPO", 0),
            ("ssi@departement04.example", "ssi@departement04.example", 1),
        ] {
            assert_eq!(
                about(&incident, "S-1", &contacts(rssi, dpo), "").len(),
                expected,
                "{rssi} {dpo}"
            );
        }
    }
}
