//! What a denied caller is told: what, by which rule of the charter, what to do now, whom to ask.

use jiff::civil::Date;

use super::{Denial, Listed};
use crate::domain::Month;
use crate::policy::parts::Contacts;

impl Denial {
    /// For the caller: what, by which rule, what to do, whom to ask.
    pub fn public(&self, contacts: &Contacts) -> String {
        let rule = self.charter_rule();
        let ask = format!("Question : DSIUN ({}).", contacts.dsiun);
        match self {
            Self::UnknownTool { suggestion } => {
                format!(
                    "Cet outil n'est pas dans la liste des outils validés ({rule}). {}{ask}",
                    instead(suggestion)
                )
            }
            Self::NoToolForModel { suggestion } => {
                format!(
                    "Ce modèle n'est celui d'aucun outil validé ({rule}). {}{ask}",
                    instead(suggestion)
                )
            }
            Self::NotServed {
                tool,
                status,
                suggestion,
            } => {
                format!(
                    "L'outil « {tool} » {} : il ne peut pas être utilisé ({rule}). {}{ask}",
                    status.french(),
                    instead(suggestion)
                )
            }
            Self::NotRouted { tool } => format!(
                "L'outil « {tool} » s'utilise dans le logiciel de son éditeur, pas par ce service ({rule}). \
                 Ouvrez ce logiciel. {ask}"
            ),
            Self::NoBackendForDialect { tool, speaks } => format!(
                "L'outil « {tool} » est validé, mais ne peut pas être appelé avec ce type de client ({rule}). \
                 Utilisez un client de type {}. {ask}",
                or(speaks)
            ),
            Self::NotYetValid { tool, from } => {
                format!(
                    "L'outil « {tool} » ne sera ouvert que le {} ({rule}). Réessayez à cette date. {ask}",
                    french(*from)
                )
            }
            Self::Expired {
                tool,
                until,
                trial: true,
            } => format!(
                "L'expérimentation de l'outil « {tool} » a pris fin le {} ({rule}). Attendez la décision du comité DATA-IA. {ask}",
                french(*until)
            ),
            Self::Expired {
                tool,
                until,
                trial: false,
            } => format!(
                "L'autorisation de l'outil « {tool} » a pris fin le {} ({rule}). Attendez son renouvellement. {ask}",
                french(*until)
            ),
            Self::ReviewOverdue { tool, before } => format!(
                "L'outil « {tool} » devait être réévalué avant le {} et ne l'a pas été ({rule}). \
                 Il sera rouvert après son réexamen par le comité DATA-IA. {ask}",
                french(*before)
            ),
            Self::NotInGroup { tool } => format!(
                "L'outil « {tool} » est réservé à un périmètre restreint d'agents, dont vous ne faites pas partie ({rule}). \
                 Si votre mission le demande, faites-en la demande. {ask}"
            ),
            Self::DirectoryStale { tool } => format!(
                "L'outil « {tool} » est réservé à certains groupes, et l'annuaire qui les décrit n'est plus à jour : l'outil \
                 est fermé jusqu'au prochain import ({rule}). Les outils ouverts à tous restent disponibles. {ask}"
            ),
            Self::TrainingMissing {
                tool,
                training,
                until: None,
                course,
            } => format!(
                "L'outil « {tool} » demande la formation « {training} », que vous n'avez pas encore suivie ({rule}). \
                 Inscrivez-vous à cette formation{}. {ask}",
                page(course)
            ),
            Self::TrainingMissing {
                tool,
                training,
                until: Some(until),
                course,
            } => format!(
                "L'outil « {tool} » demande la formation « {training} » ; votre attestation n'est plus valable depuis le {} ({rule}). \
                 Suivez-la de nouveau{}. {ask}",
                french(*until),
                page(course)
            ),
            Self::OutsideDomains { tool, domains } => format!(
                "L'outil « {tool} » est prévu pour d'autres domaines de compétence que les vôtres ({rule}) : {domains}. \
                 Choisissez un outil de votre domaine, ou faites compléter ceux de votre groupe. {ask}"
            ),
            Self::PurposeMissing { tool } => format!(
                "L'outil « {tool} » demande de dire à quoi sert chaque demande ({rule}). Renvoyez-la avec l'entête \
                 `x-gardefou-purpose`, en quelques mots et sans donnée personnelle. {ask}"
            ),
            Self::CharterNotAccepted { version, url } => format!(
                "Vous n'avez pas encore accepté la version {version} de la charte d'utilisation de l'IA ({rule}). \
                 Lisez-la ({url}), acceptez-la, puis renvoyez la demande. {ask}"
            ),
        }
    }
}

fn instead(suggestion: &Option<Listed>) -> String {
    match suggestion {
        Some(Listed {
            name,
            model: Some(model),
            ..
        }) => format!("Utilisez « {name} » (modèle `{model}`). "),
        Some(Listed { name, .. }) => format!("Utilisez « {name} ». "),
        None => "Consultez la liste des outils sur le portail. ".into(),
    }
}

/// ` (https://…)`
fn page(address: &Option<String>) -> String {
    address
        .as_ref()
        .map_or_else(String::new, |address| format!(" ({address})"))
}

fn or(words: &[&str]) -> String {
    match words {
        [] => "compatible".into(),
        [only] => (*only).into(),
        [first @ .., last] => format!("{} ou {last}", first.join(", ")),
    }
}

/// `1er juillet 2027`
pub(in crate::policy) fn french(day: Date) -> String {
    let number = if day.day() == 1 {
        "1er".to_owned()
    } else {
        day.day().to_string()
    };
    format!("{number} {} {}", Month::from(day).name(), day.year())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Status;

    #[test]
    fn every_denial_says_what_by_which_rule_and_whom_to_ask() {
        let contacts = Contacts {
            dsiun: "dsiun@x.example".into(),
            rssi: "r".into(),
            dpo: "d".into(),
        };
        let day = Date::constant(2026, 7, 1);
        let tool = || "Essai".to_owned();
        let listed = Some(Listed {
            id: "gemini".into(),
            name: "Gemini".into(),
            model: Some("gemini-*".into()),
        });
        let all = [
            Denial::UnknownTool {
                suggestion: listed.clone(),
            },
            Denial::NoToolForModel { suggestion: None },
            Denial::NotServed {
                tool: tool(),
                status: Status::Suspended,
                suggestion: listed,
            },
            Denial::NotRouted { tool: tool() },
            Denial::NoBackendForDialect {
                tool: tool(),
                speaks: vec!["gemini", "openai"],
            },
            Denial::NotYetValid {
                tool: tool(),
                from: day,
            },
            Denial::Expired {
                tool: tool(),
                until: day,
                trial: true,
            },
            Denial::Expired {
                tool: tool(),
                until: day,
                trial: false,
            },
            Denial::ReviewOverdue {
                tool: tool(),
                before: day,
            },
            Denial::DirectoryStale { tool: tool() },
            Denial::NotInGroup { tool: tool() },
            Denial::TrainingMissing {
                tool: tool(),
                training: "ia".into(),
                until: None,
                course: None,
            },
            Denial::TrainingMissing {
                tool: tool(),
                training: "ia".into(),
                until: Some(day),
                course: Some("https://neo.example/ia".into()),
            },
            Denial::OutsideDomains {
                tool: tool(),
                domains: "action sociale".into(),
            },
            Denial::PurposeMissing { tool: tool() },
            Denial::CharterNotAccepted {
                version: "1".into(),
                url: "https://neo.example".into(),
            },
        ];
        for denial in &all {
            let text = denial.public(&contacts);
            assert!(text.contains("charte") && text.contains("dsiun@x.example"), "{text}");
            assert!(text.contains(denial.charter_rule()) && !text.contains("  "), "{text}");
            assert!(
                Denial::is_code(denial.code()),
                "{} is told from other rules",
                denial.code()
            );
            assert!(denial.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
        assert!(all[0].public(&contacts).contains("« Gemini » (modèle `gemini-*`)"));
        assert!(all[6].public(&contacts).contains("1er juillet 2026"));
    }
}
