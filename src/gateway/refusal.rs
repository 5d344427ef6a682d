//! Why there is no answer: the closed list, and the only error of the gateway that becomes HTTP.
//!
//! Two faces: [`Refusal::public`] is for the caller, in French, and says what was found by class, which rule it
//! rests on, what to do now and whom to ask; `Display` is for the log. Neither holds a word of a prompt.

use std::{fmt, time::Instant};

use crate::detector::Class;
use crate::dialect::{Because, Call, Link, Said, Unreadable, Yields};
use crate::domain::Entry;
use crate::limits::{Exceeded, Kind, Measure};
use crate::policy::{Contacts, Denial};
use crate::upstream::Failure;

use super::attached::Withheld;
use super::deposits::Rejected;
use super::spent;

/// Why there is no answer.
#[derive(Debug)]
pub enum Refusal {
    /// A `gf_…` key that is wrong, expired or revoked, or no key where one is needed.
    UnknownCaller {
        /// A key was brought.
        brought_one: bool,
    },
    /// The keys could not be read since the start: a good one must not be called a bad one.
    KeysUnknown,
    /// The body could not be received.
    Body(super::BodyError),
    /// The body is not of this dialect.
    Unreadable(Unreadable),
    /// An attachment that is not read, or may not leave as it is.
    Attachment {
        /// What it is, in French.
        what: &'static str,
        /// Why it stays here.
        why: Withheld,
    },
    /// An attachment with data that the tool is not configured for.
    AttachedData {
        /// What it is, in French.
        what: &'static str,
        /// The rule that decided.
        rule: String,
        /// What was found and may not leave.
        classes: Vec<Class>,
    },
    /// A piece of an upload that cannot be taken.
    Upload(Rejected),
    /// A file that is not the caller's, or is not known.
    NoSuchFile,
    /// The policy says no to this caller or this tool.
    Denied(Denial),
    /// Too many requests, or tokens.
    Exceeded(Exceeded),
    /// The counts of what may be spent cannot be reached, and the policy says that nothing with a limit is served then.
    LimitsUnknown,
    /// Data that the tool is not configured for.
    Blocked {
        /// The rule that decided.
        rule: String,
        /// What was found and may not leave.
        classes: Vec<Class>,
    },
    /// The answer holds data that the tool is not configured for.
    AnswerBlocked,
    /// A value to be masked stands where no placeholder can.
    Unmaskable,
    /// The backend failed before anything was released.
    Upstream(Failure),
    /// The backend refused the gateway's own key.
    KeyRefused,
    /// The backend answered something that is not of its dialect.
    Garbled,
    /// The backend said no, in words that are not of its dialect.
    UpstreamSaid {
        /// Its status.
        status: u16,
    },
    /// The request could not be written down, so it did not leave.
    NotRecorded,
    /// A bug.
    Panicked,
}

impl Refusal {
    /// Its kind, for the dialect and the status.
    pub fn because(&self) -> Because {
        match self {
            Self::UnknownCaller { .. } => Because::Unauthorized,
            Self::Body(super::BodyError::TooLarge) => Because::TooLarge,
            Self::Body(_) | Self::Unreadable(_) => Because::Invalid,
            Self::Attachment { .. } | Self::AttachedData { .. } | Self::Blocked { .. } => Because::Content,
            Self::AnswerBlocked | Self::Unmaskable => Because::Content,
            Self::Upload(Rejected::Full) => Because::TooLarge,
            Self::Upload(_) => Because::Invalid,
            Self::NoSuchFile => Because::NotFound,
            Self::Denied(_) => Because::Forbidden,
            Self::Exceeded(_) => Because::Quota,
            Self::Upstream(Failure::TimedOut) => Because::Timeout,
            Self::UpstreamSaid { status: 429 } => Because::Quota,
            Self::UpstreamSaid { status: 404 } => Because::NotFound,
            Self::UpstreamSaid { status: 400..=499 } => Because::Invalid,
            Self::Upstream(_) | Self::KeyRefused | Self::Garbled | Self::UpstreamSaid { .. } => Because::Upstream,
            Self::NotRecorded | Self::KeysUnknown | Self::LimitsUnknown | Self::Panicked => Because::Unavailable,
        }
    }

    /// Stable name of the reason, kebab-case.
    pub fn code(&self) -> &str {
        match self {
            Self::UnknownCaller { brought_one: true } => "bad-key",
            Self::UnknownCaller { brought_one: false } => "no-key",
            Self::Body(super::BodyError::TooLarge) => "body-too-large",
            Self::Body(super::BodyError::TooSlow) => "body-too-slow",
            Self::Body(super::BodyError::Broken) => "body-broken",
            Self::Unreadable(_) => "unreadable",
            Self::Attachment { .. } => "attachment",
            Self::AttachedData { .. } => "content-blocked",
            Self::Upload(_) => "upload",
            Self::NoSuchFile => "no-such-file",
            Self::Denied(denial) => denial.code(),
            Self::Exceeded(exceeded) => match exceeded.kind {
                Kind::In(Measure::Requests, _) => "too-many-requests",
                Kind::In(Measure::Tokens, _) => "too-many-tokens",
                Kind::In(Measure::Euros, _) => "budget-spent",
                Kind::AtOnce => "too-many-at-once",
            },
            Self::Blocked { .. } => "content-blocked",
            Self::AnswerBlocked => "answer-blocked",
            Self::Unmaskable => "unmaskable",
            Self::Upstream(Failure::NoKey) => "backend-without-key",
            Self::Upstream(_) => "upstream-failed",
            Self::KeyRefused => "upstream-refused-key",
            Self::Garbled => "upstream-garbled",
            Self::UpstreamSaid { .. } => "upstream-error",
            Self::NotRecorded => "not-recorded",
            Self::KeysUnknown => "keys-unknown",
            Self::LimitsUnknown => "limits-unknown",
            Self::Panicked => "internal-error",
        }
    }

    /// Id of the rule that decided, for the ledger.
    pub fn rule(&self) -> String {
        match self {
            Self::Blocked { rule, .. } | Self::AttachedData { rule, .. } => rule.clone(),
            Self::Exceeded(exceeded) => exceeded.rule(),
            other => other.code().to_owned(),
        }
    }

    /// Whether the gateway said no, rather than failed or was failed.
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self.because(),
            Because::Upstream | Because::Timeout | Because::Unavailable
        ) && !matches!(self, Self::UpstreamSaid { .. })
    }

    /// For the caller, in French: what is wrong, what to do now, and always whom to ask.
    pub fn public(&self, contacts: &Contacts) -> String {
        let mut words = self.words(contacts);
        if !words.contains(&contacts.dsiun) {
            words.push_str(&format!(" Question : DSIUN ({}).", contacts.dsiun));
        }
        words
    }

    fn words(&self, contacts: &Contacts) -> String {
        let dsiun = &contacts.dsiun;
        match self {
            Self::UnknownCaller { brought_one: true } => {
                format!(
                    "Cette clé n'est pas valable : elle est inconnue, expirée ou révoquée. Demandez-en une autre à la DSIUN ({dsiun})."
                )
            }
            Self::UnknownCaller { brought_one: false } => {
                format!("Il faut une clé `gf_…` pour utiliser ce service. Demandez-la à la DSIUN ({dsiun}).")
            }
            Self::Body(super::BodyError::TooLarge) => {
                "La demande est plus longue que ce service n'accepte. Raccourcissez-la ou envoyez-la en plusieurs fois."
                    .into()
            }
            Self::Body(super::BodyError::TooSlow) => {
                "La demande n'est pas arrivée entière dans le temps prévu. Renvoyez-la.".into()
            }
            Self::Body(super::BodyError::Broken) => "La demande n'est pas arrivée entière. Renvoyez-la.".into(),
            Self::Unreadable(why) => format!(
                "La demande ne peut pas être lue, elle n'a donc pas été transmise : {}.",
                unreadable(why)
            ),
            Self::Attachment { what, why } => format!(
                "La demande n'a pas été transmise : elle contient {what} que la passerelle ne peut pas contrôler (règle 8 de la charte). \
                 {} Vous pouvez aussi recopier le texte utile dans la demande, sans donnée personnelle.",
                withheld(*why)
            ),
            Self::AttachedData { what, classes, .. } => format!(
                "La demande n'a pas été transmise : elle contient {what} avec {}. La règle 8 de la charte interdit de les fournir à un \
                 outil qui n'est pas configuré pour les protéger, et la passerelle ne masque pas à l'intérieur d'un fichier. Retirez-les \
                 du fichier, ou recopiez le texte utile dans la demande. Question : DSIUN ({dsiun}) ou délégué à la protection des \
                 données ({}).",
                named(classes),
                contacts.dpo
            ),
            Self::Upload(Rejected::Unknown) => {
                "Ce dépôt de fichier n'est pas connu, ou il a duré trop longtemps. Recommencez-le.".into()
            }
            Self::Upload(Rejected::Offset) => {
                "Ce morceau de fichier ne suit pas le précédent. Recommencez le dépôt.".into()
            }
            Self::Upload(Rejected::Full) => {
                "Ce fichier est trop volumineux, ou trop de dépôts sont en cours. Déposez un fichier plus petit, ou réessayez plus tard."
                    .into()
            }
            Self::NoSuchFile => {
                "Ce fichier n'est pas l'un des vôtres, ou il n'a pas été déposé par la passerelle depuis son dernier démarrage. \
                 Déposez-le de nouveau."
                    .into()
            }
            Self::Denied(denial) => denial.public(contacts),
            Self::Exceeded(exceeded) => spent::words(exceeded),
            Self::Blocked { classes, .. } => format!(
                "La demande n'a pas été transmise : elle contient {}. La règle 8 de la charte interdit de les fournir à un outil \
                 qui n'est pas configuré pour les protéger. Retirez-les ou remplacez-les par une description générale, puis renvoyez \
                 la demande. Question : DSIUN ({dsiun}) ou délégué à la protection des données ({}).",
                named(classes),
                contacts.dpo
            ),
            Self::AnswerBlocked => format!(
                "La réponse de l'outil s'arrête ici : elle contenait des données que la règle 8 de la charte protège et que \
                 cet outil n'est pas configuré pour traiter. Reformulez la demande. Question : DSIUN ({dsiun})."
            ),
            Self::Unmaskable => {
                "La demande n'a pas été transmise : une donnée personnelle s'y trouve sous forme de nombre, qui ne \
                 peut pas être masqué (règle 8 de la charte). Retirez-la, puis renvoyez la demande."
                    .into()
            }
            Self::Upstream(Failure::NoKey) => {
                format!(
                    "Cet outil n'est pas encore relié à son fournisseur (clé absente). Prévenez la DSIUN ({dsiun})."
                )
            }
            Self::Upstream(Failure::TimedOut) => {
                "Le fournisseur de l'outil n'a pas répondu à temps. Réessayez dans quelques minutes.".into()
            }
            Self::Upstream(_) => "Le fournisseur de l'outil est injoignable. Réessayez dans quelques minutes.".into(),
            Self::KeyRefused => {
                format!(
                    "Le fournisseur a refusé l'accès de la passerelle. Votre propre clé n'est pas en cause. Prévenez la DSIUN ({dsiun})."
                )
            }
            Self::Garbled => {
                "Le fournisseur de l'outil a donné une réponse illisible. Réessayez dans quelques minutes.".into()
            }
            Self::UpstreamSaid { status } => format!("Le fournisseur de l'outil a refusé la demande (code {status})."),
            Self::NotRecorded => format!(
                "La demande n'a pas été transmise, car son usage ne peut pas être enregistré pour le moment. Réessayez plus tard. \
                 Si cela dure, prévenez la DSIUN ({dsiun})."
            ),
            Self::KeysUnknown => {
                "Les clés ne peuvent pas être vérifiées pour le moment : la vôtre n'est pas en cause. \
                 Réessayez dans quelques minutes."
                    .into()
            }
            Self::LimitsUnknown => format!(
                "La demande n'a pas été transmise : cet outil a un plafond, et ce qui en reste ne peut pas être vérifié pour le \
                 moment. Vous n'avez rien à changer : réessayez dans quelques minutes. Si cela dure, prévenez la DSIUN ({dsiun})."
            ),
            Self::Panicked => format!(
                "La passerelle a rencontré une erreur. Prévenez la DSIUN ({dsiun}) en citant le numéro de la demande."
            ),
        }
    }

    /// The answer's words, before they take the shape of a dialect.
    pub fn said(&self, contacts: &Contacts, entry: &Entry) -> Said {
        Said {
            because: self.because(),
            code: self.code().to_owned(),
            message: self.public(contacts),
            request_id: entry.id.to_string(),
            links: Vec::new(),
        }
    }

    /// The same with the pages that help, in words and as links. `public_url` is where people reach this gateway, without
    /// a slash at its end.
    pub fn said_with_pages(&self, contacts: &Contacts, entry: &Entry, public_url: &str) -> Said {
        let mut said = self.said(contacts, entry);
        let mut link = |title, url: &str| {
            said.links.push(Link {
                title,
                url: url.to_owned(),
            });
        };
        match self {
            Self::Denied(Denial::CharterNotAccepted { url, .. }) => {
                let page = format!("{public_url}/charte");
                link("La charte", url);
                link("Page où l'accepter", &page);
                said.message.push_str(&format!(" Page où l'accepter : {page}"));
            }
            Self::Denied(
                Denial::UnknownTool { .. }
                | Denial::NoToolForModel { .. }
                | Denial::NotServed { .. }
                | Denial::OutsideDomains { .. },
            ) => {
                let page = format!("{public_url}/outils");
                link("Les outils validés", &page);
                said.message.push_str(&format!(" Liste des outils : {page}"));
            }
            Self::Denied(Denial::TrainingMissing {
                course: Some(course), ..
            }) => link("La formation", course),
            _ => {}
        }
        said
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "unreadable: {why}"),
            Self::Upstream(failure) => failure.fmt(f),
            Self::UpstreamSaid { status } => write!(f, "the backend answered {status}"),
            other => f.write_str(other.code()),
        }
    }
}

/// Why an attachment stays here, and what to do, in French.
fn withheld(why: Withheld) -> &'static str {
    match why {
        Withheld::Unread(unread) => unread.sentence(),
        Withheld::Images => "Ce fichier contient des images, qui ne peuvent pas être relues : retirez-les.",
        Withheld::Remote => {
            "Ce qui se trouve derrière une adresse ne peut pas être relu : joignez le fichier lui-même."
        }
        Withheld::Kept => "Le fournisseur le garde, et il n'est pas passé par la passerelle : déposez-le par elle.",
        Withheld::Unknown => "Son format n'est pas reconnu.",
    }
}

/// A refusal with what is known of the request.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// The row, as far as it is known.
    pub entry: Entry,
    /// The dialect in which to say it.
    pub call: Call,
    /// A chat page asked for refusals as answers.
    pub as_message: bool,
    /// How a stream was to be cut, if one was asked for.
    pub framing: Option<crate::dialect::Framing>,
    /// When the request came.
    pub started: Instant,
    /// Somebody was recognised and no receipt has been opened: the row is still to be written.
    pub to_record: bool,
}

impl Refused {
    /// An upload ends with it: the SDK would otherwise send its last piece again, to an upload that is no more.
    pub fn ends_upload(&self) -> bool {
        super::uploads::is_deposit(&self.call)
    }

    /// Whose request it is was not recognised: it has no row.
    pub fn is_nobodys(&self) -> bool {
        matches!(self.refusal, Refusal::UnknownCaller { .. })
    }

    /// Told as the assistant's answer: a chat page asked for that, and the endpoint answers with text.
    pub fn told_as_answer(&self) -> bool {
        self.as_message && self.refusal.is_refusal() && self.call.endpoint.yields == Yields::Text
    }

    /// The status the caller sees.
    pub fn status(&self) -> u16 {
        if self.told_as_answer() {
            200
        } else {
            self.refusal.because().status()
        }
    }

    pub(super) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn unreadable(why: &Unreadable) -> String {
    match why {
        Unreadable::NotJson(at) => format!("ce n'est pas du JSON (octet {at})"),
        Unreadable::TooDeep => "ses éléments sont imbriqués trop profondément".into(),
        Unreadable::WrongType(field) => format!("le champ `{field}` n'a pas le bon type"),
        Unreadable::Absent(field) => format!("le champ `{field}` manque"),
        Unreadable::Twice(field) => format!("le champ `{field}` est donné deux fois"),
        Unreadable::NotAnObject => "un objet JSON est attendu".into(),
        Unreadable::Tokens => {
            "un texte donné sous forme de nombres ne peut pas être contrôlé, envoyez-le en clair".into()
        }
    }
}

/// `des données de santé et un secret technique`
pub fn named(classes: &[Class]) -> String {
    let names: Vec<_> = classes.iter().map(|class| french(*class)).collect();
    match &names[..] {
        [] => "des données protégées".into(),
        [only] => (*only).into(),
        [first @ .., last] => format!("{} et {last}", first.join(", ")),
    }
}

fn french(class: Class) -> &'static str {
    match class {
        Class::Personal => "des données personnelles",
        Class::HighlyPersonal => "des données hautement personnelles",
        Class::Sensitive => "des données sensibles",
        Class::Health => "des données de santé",
        Class::Vulnerable => "des données sur une personne vulnérable",
        Class::Secret => "un secret technique (mot de passe ou clé)",
    }
}
