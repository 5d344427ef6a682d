//! What callers give back, for pages and programs alike: feedback and incidents are checked, screened, and written down
//! or not at all. What cannot be recorded is said not to be.

use http::StatusCode;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::App;
use crate::domain::{Caller, RequestId, Timestamp};
use crate::gateway::{Kept, Live, kept, named};
use crate::ledger::person::OwnRequest;
use crate::limits::{Scope, Spend};
use crate::mail;
use crate::office::{Feedback, Incident, IncidentCategory, OfficeError, Opened, Sense};
use crate::policy::{Limits, StoreDown, civil, midnight};

/// Longest comment, description, excerpt or reply, in characters.
pub(super) const LONGEST: usize = 4_000;
/// Longest key of a sending, in characters.
const LONGEST_KEY: usize = 100;
/// Most feedback or incidents of one caller in a minute: no person is slowed by it.
const PACE: Limits = Limits {
    requests_per_minute: Some(20),
    requests_per_day: Some(500),
    requests_per_month: None,
    tokens_per_minute: None,
    tokens_per_day: None,
    tokens_per_month: None,
    euros_per_day: None,
    euros_per_month: None,
    concurrent_requests: None,
    max_output_tokens: None,
};

/// What is wrong with what was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) status: StatusCode,
    /// For programs.
    pub(super) code: &'static str,
    /// The field of the API, empty where it is about the whole.
    pub(super) field: &'static str,
    /// In French.
    pub(super) words: String,
}

impl Wrong {
    pub(super) fn new(code: &'static str, field: &'static str, words: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            field,
            words: words.into(),
        }
    }

    /// The database does not answer: nothing was done.
    pub(super) fn not_recorded() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "not-recorded",
            field: "",
            words: "La base de données ne répond pas : rien n'a été enregistré. Gardez votre texte et réessayez dans quelques \
                    minutes."
                .into(),
        }
    }
}

/// Feedback, as it comes.
#[derive(Default)]
pub(super) struct Said {
    pub(super) request_id: Option<String>,
    pub(super) tool: Option<String>,
    pub(super) rating: Option<u8>,
    pub(super) sense: Option<Sense>,
    pub(super) less_contact: Option<bool>,
    pub(super) comment: Option<String>,
    pub(super) anonymous: bool,
    /// The same for the same sending: a second one changes nothing.
    pub(super) key: Option<String>,
}

/// An incident, as it comes.
pub(super) struct Reported {
    pub(super) category: IncidentCategory,
    pub(super) description: String,
    pub(super) excerpt: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) key: Option<String>,
}

/// Takes feedback and returns its id.
pub(super) async fn feedback(
    app: &App,
    live: &Live,
    caller: &Caller,
    at: Timestamp,
    said: Said,
) -> Result<Uuid, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let comment = said.comment.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if said.rating.is_some_and(|rating| !(1..=5).contains(&rating)) {
        wrong.push(Wrong::new("bad-rating", "rating", "La note va de 1 à 5."));
    }
    if said.rating.is_none() && comment.is_none() && said.sense.is_none() {
        wrong.push(Wrong::new(
            "empty",
            "rating",
            "Donnez une note, ou écrivez un commentaire.",
        ));
    }
    let key = key(said.key.as_deref(), &mut wrong);
    let comment = comment.and_then(|text| clean(live, "comment", text, &mut wrong));
    let about = about(app, caller, said.request_id.as_deref(), &mut wrong).await;
    let tool = said.tool.filter(|tool| !tool.is_empty());
    if let Some(tool) = &tool
        && live.policy.tool(tool).is_none()
    {
        wrong.push(Wrong::new("unknown-tool", "tool", "La liste n'a pas cet outil."));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    pace(app, caller, at, "feedback").await?;
    let (request, own) = about.map_or((None, None), |(id, own)| (Some(id), Some(own)));
    let tool = tool.or_else(|| own.as_ref()?.tool.clone());
    let direction = || {
        let groups = live.policy.groups_of(caller);
        groups.filter_map(|group| group.direction.clone()).next()
    };
    // Whoever wants to stay unknown leaves nothing that leads to them: no name, no direction, no request (whose row has
    // their pseudonym), and no hour.
    let (caller, at) = if said.anonymous {
        (None, midnight(civil(at)))
    } else {
        (Some(caller), at)
    };
    let feedback = Feedback {
        id: id(key, caller, at),
        at,
        caller: caller.map_or_else(String::new, |caller| caller.recorded_as.as_str().to_owned()),
        direction: caller.and_then(|_| own.and_then(|own| own.direction).or_else(direction)),
        tool,
        request: request.filter(|_| caller.is_some()),
        rating: said.rating,
        comment,
        sense: said.sense,
        less_contact: said.less_contact,
    };
    match app.gateway.office.add_feedback(std::slice::from_ref(&feedback)).await {
        Ok(()) => Ok(feedback.id),
        Err(error) => Err(unwritten("feedback", &error)),
    }
}

/// Opens an incident; letters about it are on their way once this returns well.
pub(super) async fn incident(
    app: &App,
    live: &Live,
    caller: &Caller,
    at: Timestamp,
    reported: Reported,
) -> Result<Opened, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let text = reported.description.trim();
    if text.is_empty() {
        wrong.push(Wrong::new(
            "empty",
            "description",
            "Décrivez ce qui s'est passé, en quelques mots.",
        ));
    }
    let key = key(reported.key.as_deref(), &mut wrong);
    let description = clean(live, "description", text, &mut wrong);
    let excerpt = reported
        .excerpt
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let excerpt = excerpt.and_then(|text| clean(live, "excerpt", text, &mut wrong));
    let about = about(app, caller, reported.request_id.as_deref(), &mut wrong).await;
    if reported.category == IncidentCategory::Contest
        && wrong.is_empty()
        && about.as_ref().is_none_or(|(_, own)| own.decision != "refused")
    {
        wrong.push(Wrong::new(
            "not-refused",
            "request_id",
            "Pour contester un refus, donnez le numéro de la demande refusée (x-gardefou-request-id) : « Mes données » les \
             montre.",
        ));
    }
    let (Some(description), true) = (description, wrong.is_empty()) else {
        return Err(wrong);
    };
    pace(app, caller, at, "incidents").await?;
    let (request, own) = about.map_or((None, None), |(id, own)| (Some(id), Some(own)));
    let incident = Incident {
        id: id(key, Some(caller), at),
        at,
        caller: caller.recorded_as.as_str().to_owned(),
        tool: own.and_then(|own| own.tool),
        request,
        category: reported.category,
        description,
        excerpt,
    };
    let letters = |ticket: &str| match &app.post {
        Some(_) => mail::about(&incident, ticket, live.policy.contacts(), &app.public_url),
        None => Vec::new(),
    };
    let opened = app.gateway.office.open_incident(&incident, letters).await;
    if let (Ok(_), Some(post)) = (&opened, &app.post) {
        post.wake();
    }
    opened.map_err(|error| unwritten("an incident", &error))
}

/// Words that are to be kept, after screening; none where they are not.
pub(super) fn clean(live: &Live, field: &'static str, text: &str, wrong: &mut Vec<Wrong>) -> Option<String> {
    let too_long = || {
        Wrong::new(
            "too-long",
            field,
            format!("Ce texte est trop long : {LONGEST} caractères au plus."),
        )
    };
    if text.chars().count() > LONGEST {
        wrong.push(too_long());
        return None;
    }
    // Lines may break; nothing else that a terminal or a mail could take for a command.
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    match kept(&live.policy, &text) {
        Ok(Kept::Words(words)) => Some(words),
        Ok(Kept::Nothing(classes)) => {
            wrong.push(Wrong::new(
                "protected-data",
                field,
                format!(
                    "Ce texte contient {} : il n'a pas été enregistré. Retirez ce qui est protégé, puis renvoyez.",
                    named(&classes)
                ),
            ));
            None
        }
        Err(_) => {
            wrong.push(too_long());
            None
        }
    }
}

/// The request that something is about: the caller's own, or unknown.
async fn about(
    app: &App,
    caller: &Caller,
    request: Option<&str>,
    wrong: &mut Vec<Wrong>,
) -> Option<(RequestId, OwnRequest)> {
    let text = request.map(str::trim).filter(|text| !text.is_empty())?;
    let unknown = || {
        Wrong::new(
            "unknown-request",
            "request_id",
            "Cette demande est inconnue, ou n'est pas la vôtre. Une demande toute récente peut mettre quelques secondes à \
             apparaître.",
        )
    };
    let Ok(id) = text.parse::<Uuid>().map(RequestId) else {
        wrong.push(unknown());
        return None;
    };
    let names = app.gateway.pseudonyms.names();
    match app.holdings.request(&caller.identity, &names, id).await {
        Ok(Some(own)) => Some((id, own)),
        Ok(None) => {
            wrong.push(unknown());
            None
        }
        Err(error) => {
            tracing::warn!(%error, "a request could not be looked up");
            wrong.push(Wrong::not_recorded());
            None
        }
    }
}

/// The key of a sending, where it may be one.
fn key<'k>(key: Option<&'k str>, wrong: &mut Vec<Wrong>) -> Option<&'k str> {
    let key = key.filter(|key| !key.is_empty())?;
    if key.len() > LONGEST_KEY {
        wrong.push(Wrong::new(
            "bad-key-of-sending",
            "idempotency-key",
            format!("La clé d'un envoi a {LONGEST_KEY} caractères au plus."),
        ));
        return None;
    }
    Some(key)
}

/// The same id for the same sending of the same caller, so that one that comes twice is one.
fn id(key: Option<&str>, caller: Option<&Caller>, at: Timestamp) -> Uuid {
    let Some(key) = key else {
        let mut chance = [0; 10];
        // Without the system's randomness ids would still sort by time; a clash is refused by the table.
        let _ = getrandom::fill(&mut chance);
        let ms = u64::try_from(at.0).unwrap_or_default();
        return uuid::Builder::from_unix_timestamp_millis(ms, &chance).into_uuid();
    };
    let whose = caller.map_or("", |caller| caller.pseudonym.as_str());
    let digest = Sha256::digest(format!("gardefou-sending\n{whose}\n{key}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Nobody writes faster than people do.
pub(super) async fn pace(app: &App, caller: &Caller, at: Timestamp, what: &str) -> Result<(), Vec<Wrong>> {
    let scope = Scope::caller(&caller.pseudonym, &format!("/api/{what}"), &PACE);
    let taken = app.pace.reserve(&[scope], Spend::default(), at, StoreDown::Open);
    let taken = match taken {
        Ok(reserving) => reserving.done().await,
        Err(no) => Err(no),
    };
    match taken {
        Ok(reservation) => {
            reservation.settle(0, 0);
            Ok(())
        }
        Err(_) => Err(vec![Wrong {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: "too-many",
            field: "",
            words: "C'est beaucoup en peu de temps : rien n'a été enregistré. Attendez une minute, puis renvoyez."
                .into(),
        }]),
    }
}

fn unwritten(what: &str, error: &OfficeError) -> Vec<Wrong> {
    tracing::error!(%error, "{what} could not be written down");
    vec![Wrong::not_recorded()]
}
