//! Why a caller may not use a tool: the closed list, the rule of the charter each rests on, and what a person is told.

use jiff::civil::Date;

use super::parts::{Contacts, Tool};
use super::terms::Status;

/// A tool that is named to a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// For paths.
    pub id: String,
    /// For people.
    pub name: String,
    /// A model to ask for, or a beginning that ends with `*`.
    pub model: Option<String>,
}

impl Listed {
    pub(super) fn of(tool: &Tool) -> Self {
        Self {
            id: tool.id.clone(),
            name: tool.name.clone(),
            model: tool.models.first().cloned(),
        }
    }
}

/// Why not. None of it holds what the caller wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No tool has this id.
    UnknownTool {
        /// The listed tool that fits.
        suggestion: Option<Listed>,
    },
    /// No tool has this model, or the tool that was asked for by name has not.
    NoToolForModel {
        /// The listed tool that fits.
        suggestion: Option<Listed>,
    },
    /// The tool is not, or not any more, in service.
    NotServed {
        /// Its name.
        tool: String,
        /// Where it is in its life.
        status: Status,
        /// The listed tool that fits.
        suggestion: Option<Listed>,
    },
    /// A tool of level 2 that is used in its vendor's product, not through the gateway.
    NotRouted {
        /// Its name.
        tool: String,
    },
    /// The tool cannot be asked in this dialect.
    NoBackendForDialect {
        /// Its name.
        tool: String,
        /// The dialects in which it can.
        speaks: Vec<&'static str>,
    },
    /// Its first day has not come.
    NotYetValid {
        /// Its name.
        tool: String,
        /// The first day.
        from: Date,
    },
    /// Its last day is past.
    Expired {
        /// Its name.
        tool: String,
        /// The last day.
        until: Date,
        /// It was a trial.
        trial: bool,
    },
    /// It should have been reviewed.
    ReviewOverdue {
        /// Its name.
        tool: String,
        /// The last day.
        before: Date,
    },
    /// The caller is outside its perimeter.
    NotInGroup {
        /// Its name.
        tool: String,
    },
    /// The caller has not had the training, or too long ago.
    TrainingMissing {
        /// Its name.
        tool: String,
        /// The training.
        training: String,
        /// Last day of the attestation, if there was one.
        until: Option<Date>,
    },
    /// The caller has not accepted this version of the charter.
    CharterNotAccepted {
        /// The version.
        version: String,
        /// Where to read it.
        url: String,
    },
}

impl Denial {
    /// Stable name, kebab-case, for programs and the ledger.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownTool { .. } => "unknown-tool",
            Self::NoToolForModel { .. } => "no-tool-for-model",
            Self::NotServed { .. } => "not-served",
            Self::NotRouted { .. } => "not-routed",
            Self::NoBackendForDialect { .. } => "no-backend-for-dialect",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Expired { .. } => "expired",
            Self::ReviewOverdue { .. } => "review-overdue",
            Self::NotInGroup { .. } => "not-in-group",
            Self::TrainingMissing { .. } => "training-missing",
            Self::CharterNotAccepted { .. } => "charter-not-accepted",
        }
    }

    /// The part of the charter it rests on, in French.
    pub const fn charter_rule(&self) -> &'static str {
        match self {
            Self::CharterNotAccepted { .. } => "règle 1 de la charte",
            Self::Expired { trial: true, .. } => "charte, « Expérimentation »",
            Self::ReviewOverdue { .. } => "charte, « Suivi et évaluation »",
            Self::NotRouted { .. } => "charte, niveau 2",
            Self::NotInGroup { .. } | Self::TrainingMissing { .. } => "charte, niveau 3",
            _ => "règle 2 de la charte",
        }
    }

    /// Only the date decided: the same request was or will be admitted on another day.
    pub const fn is_dated(&self) -> bool {
        matches!(
            self,
            Self::NotYetValid { .. }
                | Self::Expired { .. }
                | Self::ReviewOverdue { .. }
                | Self::TrainingMissing { until: Some(_), .. }
        )
    }

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
            Self::TrainingMissing {
                tool,
                training,
                until: None,
            } => format!(
                "L'outil « {tool} » demande la formation « {training} », que vous n'avez pas encore suivie ({rule}). \
                 Inscrivez-vous à cette formation. {ask}"
            ),
            Self::TrainingMissing {
                tool,
                training,
                until: Some(until),
            } => format!(
                "L'outil « {tool} » demande la formation « {training} » ; votre attestation n'est plus valable depuis le {} ({rule}). \
                 Suivez-la de nouveau. {ask}",
                french(*until)
            ),
            Self::CharterNotAccepted { version, url } => format!(
                "Vous n'avez pas encore accepté la version {version} de la charte d'utilisation de l'IA ({rule}). \
                 Lisez-la ({url}), acceptez-la sur le portail, puis renvoyez la demande. {ask}"
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

fn or(words: &[&str]) -> String {
    match words {
        [] => "compatible".into(),
        [only] => (*only).into(),
        [first @ .., last] => format!("{} ou {last}", first.join(", ")),
    }
}

/// `1er juillet 2027`
fn french(day: Date) -> String {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let number = if day.day() == 1 {
        "1er".to_owned()
    } else {
        day.day().to_string()
    };
    let month = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
    format!("{number} {month} {}", day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            Denial::NotInGroup { tool: tool() },
            Denial::TrainingMissing {
                tool: tool(),
                training: "ia".into(),
                until: None,
            },
            Denial::TrainingMissing {
                tool: tool(),
                training: "ia".into(),
                until: Some(day),
            },
            Denial::CharterNotAccepted {
                version: "1".into(),
                url: "https://neo.example".into(),
            },
        ];
        for denial in &all {
            let text = denial.public(&contacts);
            assert!(text.contains("charte") && text.contains("dsiun@x.example"), "{text}");
            assert!(text.contains(denial.charter_rule()) && !text.contains("  "), "{text}");
            assert!(denial.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
        assert!(all[0].public(&contacts).contains("« Gemini » (modèle `gemini-*`)"));
        assert!(all[6].public(&contacts).contains("1er juillet 2026"));
    }
}
