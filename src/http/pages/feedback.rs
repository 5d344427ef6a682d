//! `/retours`: what an answer or a tool was worth (charter, rule 7), one's own feedback with its answers, and for the
//! DSIUN what waits for an answer, without whose it is.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;

use super::{Mistakes, Shell, moment, respond, sending};
use crate::domain::Role;
use crate::http::{
    App,
    forms::Submitted,
    returns::{self, LONGEST, Said, Wrong},
    visitor::{Barred, Known, Visitor},
};
use crate::office::{Comment, Sense};
use crate::policy::Tool;

/// The fields of the API, and where the page has them.
const FIELDS: [(&str, &str); 5] = [
    ("rating", "note"),
    ("tool", "outil"),
    ("comment", "commentaire"),
    ("request_id", "demande"),
    ("answer", "reponse"),
];

/// What was typed, kept where it could not be taken.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Typed {
    demande: String,
    outil: String,
    note: String,
    nature: String,
    contact: String,
    commentaire: String,
    anonyme: String,
    envoi: String,
}

#[derive(Template)]
#[template(path = "feedback.html")]
struct Page<'a> {
    shell: Shell<'a>,
    tools: Vec<&'a Tool>,
    senses: [Sense; 3],
    longest: usize,
    typed: Typed,
    /// None where they cannot be read now.
    own: Option<Vec<Comment>>,
    /// What waits for an answer, for whoever may give it.
    waiting: Vec<Comment>,
    done: Option<&'static str>,
    mistakes: Mistakes,
}

impl Page<'_> {
    fn name_of<'t>(&'t self, tool: &'t str) -> &'t str {
        let found = self.tools.iter().find(|known| known.id == tool);
        found.map_or(tool, |tool| &tool.name)
    }

    fn when(&self, comment: &Comment) -> String {
        moment(comment.at)
    }
}

async fn made<'a>(app: &App, visitor: &'a Visitor, known: &Known, mut typed: Typed) -> Page<'a> {
    let office = &app.gateway.office;
    if typed.envoi.is_empty() {
        typed.envoi = sending();
    }
    let own = office
        .feedback_of(&app.gateway.names_of(&known.caller, visitor.at))
        .await;
    let waiting = if known.has(Role::PolicyAdmin) {
        office.unanswered().await.unwrap_or_default()
    } else {
        Vec::new()
    };
    if let Err(error) = &own {
        tracing::warn!(%error, "feedback could not be read");
    }
    Page {
        shell: Shell::new(visitor, "/retours"),
        tools: visitor.live.policy.tools().iter().collect(),
        senses: Sense::ALL,
        longest: LONGEST,
        typed,
        own: own.ok(),
        waiting,
        done: None,
        mistakes: Mistakes::default(),
    }
}

/// The page; `?demande=ID` is about one answer.
pub(in crate::http) async fn page(
    State(app): State<App>,
    visitor: Visitor,
    Query(typed): Query<Typed>,
) -> Result<Response, Barred> {
    let known = visitor.known()?;
    let typed = Typed {
        envoi: String::new(),
        ..typed
    };
    let page = made(&app, &visitor, known, typed).await;
    Ok(respond(&visitor, StatusCode::OK, &page))
}

/// Feedback is given.
pub(in crate::http) async fn give(
    State(app): State<App>,
    Submitted { visitor, form: typed }: Submitted<Typed>,
) -> Result<Response, Barred> {
    let known = visitor.known()?;
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let said = Said {
        request_id: some(&typed.demande),
        tool: some(&typed.outil),
        // A note that the page does not offer is told as one out of range.
        rating: some(&typed.note).map(|note| note.parse().unwrap_or(0)),
        sense: Sense::read(&typed.nature),
        less_contact: match typed.contact.as_str() {
            "oui" => Some(true),
            "non" => Some(false),
            _ => None,
        },
        comment: some(&typed.commentaire),
        anonymous: !typed.anonyme.is_empty(),
        key: some(&typed.envoi),
    };
    let anonymous = said.anonymous;
    let taken = returns::feedback(&app, &visitor.live, &known.caller, visitor.at, said).await;
    Ok(match taken {
        Ok(_) => {
            let mut page = made(&app, &visitor, known, Typed::default()).await;
            page.done = Some(if anonymous {
                "votre retour est enregistré sans votre nom : il n'apparaît pas dans la liste de vos retours."
            } else {
                "votre retour est enregistré. La réponse, s'il y en a une, se lira sur cette page."
            });
            respond(&visitor, StatusCode::OK, &page)
        }
        Err(wrong) => {
            let mut page = made(&app, &visitor, known, typed).await;
            page.mistakes = Mistakes::of(&wrong, &FIELDS);
            let status = wrong.first().map_or(StatusCode::BAD_REQUEST, |wrong| wrong.status);
            respond(&visitor, status, &page)
        }
    })
}

/// The DSIUN answers.
#[derive(Deserialize)]
pub(in crate::http) struct Answered {
    retour: String,
    #[serde(default)]
    reponse: String,
}

/// Feedback is answered, by its id.
pub(in crate::http) async fn answer(
    State(app): State<App>,
    Submitted { visitor, form }: Submitted<Answered>,
) -> Result<Response, Barred> {
    let known = visitor.require(Role::PolicyAdmin)?;
    let mut wrong = Vec::new();
    if form.reponse.trim().is_empty() {
        wrong.push(Wrong::new("empty", "answer", "Écrivez la réponse."));
    }
    let words = returns::clean(&visitor.live, "answer", form.reponse.trim(), &mut wrong);
    let done = match words.filter(|_| wrong.is_empty()) {
        Some(words) => {
            let answered = app
                .gateway
                .office
                .answer_feedback(&form.retour, &words, visitor.at)
                .await;
            match answered {
                Ok(true) => Some("la réponse est enregistrée ; l'auteur du retour la lira sur cette page."),
                Ok(false) => {
                    let words = "Ce retour a déjà une réponse, ou n'existe plus.";
                    wrong.push(Wrong::new("answered", "answer", words));
                    None
                }
                Err(error) => {
                    tracing::error!(%error, "an answer to feedback could not be written down");
                    wrong.push(Wrong::not_recorded());
                    None
                }
            }
        }
        None => None,
    };
    let mut page = made(&app, &visitor, known, Typed::default()).await;
    page.done = done;
    page.mistakes = Mistakes::of(&wrong, &[]);
    let status = wrong.first().map_or(StatusCode::OK, |wrong| wrong.status);
    Ok(respond(&visitor, status, &page))
}
