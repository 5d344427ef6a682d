//! `/signalements`: a caller reports what went wrong (charter, rule 5) and follows it; the RSSI and the DPO see all of
//! it, answer and close. Nobody else sees that a ticket exists.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use serde::Deserialize;

use super::{Mistakes, Shell, barred, moment, respond, sending};
use crate::domain::{Role, Timestamp};
use crate::http::{
    App,
    forms::Submitted,
    returns::{self, LONGEST, Reported, Wrong},
    visitor::{Barred, Known, Visitor},
};
use crate::office::{IncidentCategory, Reply, Ticket};
use crate::policy::Policy;

/// The fields of the API, and where the page has them.
const FIELDS: [(&str, &str); 5] = [
    ("category", "categorie"),
    ("description", "description"),
    ("excerpt", "extrait"),
    ("request_id", "demande"),
    ("reply", "reponse"),
];

/// What was typed, kept where it could not be taken.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Typed {
    categorie: String,
    description: String,
    extrait: String,
    demande: String,
    envoi: String,
}

#[derive(Template)]
#[template(path = "incidents.html")]
struct Page<'a> {
    shell: Shell<'a>,
    categories: [IncidentCategory; 6],
    longest: usize,
    typed: Typed,
    /// Whether the RSSI and the DPO are written to.
    by_mail: bool,
    /// None where they cannot be read now.
    own: Option<Vec<Ticket>>,
    /// Everybody's, for the RSSI and the DPO.
    all: Vec<Ticket>,
    policy: &'a Policy,
    mistakes: Mistakes,
    now: Timestamp,
}

impl Page<'_> {
    fn when(&self, ticket: &Ticket) -> String {
        moment(ticket.at)
    }

    fn state(&self, ticket: &Ticket) -> String {
        state(ticket, self.now)
    }

    fn tool(&self, ticket: &Ticket) -> String {
        tool(ticket, self.policy)
    }
}

/// The tool of a ticket, by its name where the policy still has it.
fn tool(ticket: &Ticket, policy: &Policy) -> String {
    let named = |id: &str| policy.tool(id).map_or_else(|| id.to_owned(), |tool| tool.name.clone());
    ticket.tool.as_deref().map_or_else(|| "non précisé".into(), named)
}

/// How a ticket stands, in words.
fn state(ticket: &Ticket, now: Timestamp) -> String {
    let days = ticket.age(now).as_secs() / (24 * 3600);
    let delay = match days {
        0 => "moins d'un jour".to_owned(),
        1 => "un jour".to_owned(),
        days => format!("{days} jours"),
    };
    match (ticket.closed_at, ticket.answered_at) {
        (Some(_), _) => format!("clos, en {delay}"),
        (None, _) if ticket.is_late(now) => format!("en retard : ouvert depuis {delay}, plus de 15 jours"),
        (None, Some(_)) => format!("ouvert depuis {delay}, avec une réponse"),
        (None, None) => format!("ouvert depuis {delay}, sans réponse"),
    }
}

/// The role by which somebody follows all tickets.
fn in_charge(known: &Known) -> Option<Role> {
    [Role::Security, Role::Dpo].into_iter().find(|role| known.has(*role))
}

async fn made<'a>(app: &App, visitor: &'a Visitor, known: &Known, mut typed: Typed) -> Page<'a> {
    let office = &app.gateway.office;
    if typed.envoi.is_empty() {
        typed.envoi = sending();
    }
    let own = office
        .tickets_of(&app.gateway.names_of(&known.caller, visitor.at))
        .await;
    if let Err(error) = &own {
        tracing::warn!(%error, "tickets could not be read");
    }
    let all = match in_charge(known) {
        Some(_) => office.tickets().await.unwrap_or_default(),
        None => Vec::new(),
    };
    Page {
        shell: Shell::new(visitor, "/signalements"),
        categories: IncidentCategory::ALL,
        longest: LONGEST,
        typed,
        by_mail: app.post.is_some(),
        own: own.ok(),
        all,
        policy: &visitor.live.policy,
        mistakes: Mistakes::default(),
        now: visitor.at,
    }
}

/// The page; `?demande=ID&categorie=contest` is about one request.
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

/// An incident is reported.
pub(in crate::http) async fn report(
    State(app): State<App>,
    Submitted { visitor, form: typed }: Submitted<Typed>,
) -> Result<Response, Barred> {
    let known = visitor.known()?;
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let opened = match IncidentCategory::read(&typed.categorie) {
        Some(category) => {
            let reported = Reported {
                category,
                description: typed.description.clone(),
                excerpt: some(&typed.extrait),
                request_id: some(&typed.demande),
                key: some(&typed.envoi),
            };
            returns::incident(&app, &visitor.live, &known.caller, visitor.at, reported).await
        }
        None => Err(vec![Wrong::new(
            "bad-category",
            "category",
            "Choisissez de quoi il s'agit.",
        )]),
    };
    Ok(match opened {
        Ok(opened) => Redirect::to(&format!("/signalements/{}?enregistre=oui", opened.ticket)).into_response(),
        Err(wrong) => {
            let mut page = made(&app, &visitor, known, typed).await;
            page.mistakes = Mistakes::of(&wrong, &FIELDS);
            let status = wrong.first().map_or(StatusCode::BAD_REQUEST, |wrong| wrong.status);
            respond(&visitor, status, &page)
        }
    })
}

#[derive(Template)]
#[template(path = "incident.html")]
struct One<'a> {
    shell: Shell<'a>,
    ticket: Ticket,
    policy: &'a Policy,
    replies: Vec<Reply>,
    /// Whether the visitor may close it.
    in_charge: bool,
    typed: String,
    longest: usize,
    by_mail: bool,
    done: Option<&'static str>,
    mistakes: Mistakes,
    now: Timestamp,
}

impl One<'_> {
    fn state(&self) -> String {
        state(&self.ticket, self.now)
    }

    fn tool(&self) -> String {
        tool(&self.ticket, self.policy)
    }

    fn when(&self, at: &Timestamp) -> String {
        moment(*at)
    }

    fn who(&self, reply: &Reply) -> &'static str {
        match reply.role.as_str() {
            "security" => "RSSI",
            "dpo" => "DPO",
            _ => "auteur du signalement",
        }
    }
}

/// A ticket that this visitor may see: their own, or any for the RSSI and the DPO.
async fn seen<'a>(app: &App, visitor: &'a Visitor, known: &Known, number: &str) -> Result<One<'a>, Response> {
    let found = app.gateway.office.ticket(number).await.map_err(|error| {
        tracing::warn!(%error, "a ticket could not be read");
        barred::unchecked(visitor).into_response()
    })?;
    let names = app.gateway.names_of(&known.caller, visitor.at);
    let in_charge = in_charge(known).is_some();
    let own = |ticket: &Ticket| names.iter().any(|name| name.as_str() == ticket.caller);
    match found.filter(|(ticket, _)| in_charge || own(ticket)) {
        Some((ticket, replies)) => Ok(One {
            shell: Shell::new(visitor, "/signalements"),
            ticket,
            policy: &visitor.live.policy,
            replies,
            in_charge,
            typed: String::new(),
            longest: LONGEST,
            by_mail: app.post.is_some(),
            done: None,
            mistakes: Mistakes::default(),
            now: visitor.at,
        }),
        None => Err(barred::no_such_page(visitor)),
    }
}

/// Whether it was reported a moment ago.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Just {
    enregistre: String,
}

/// One ticket.
pub(in crate::http) async fn ticket(
    State(app): State<App>,
    visitor: Visitor,
    Path(number): Path<String>,
    Query(just): Query<Just>,
) -> Result<Response, Barred> {
    let known = visitor.known()?;
    Ok(match seen(&app, &visitor, known, &number).await {
        Ok(mut page) => {
            if just.enregistre == "oui" {
                page.done = Some(if page.by_mail {
                    "votre signalement est enregistré. Un message est envoyé au RSSI et au DPO ; il ne contient ni votre \
                     texte ni votre nom."
                } else {
                    "votre signalement est enregistré. Aucun message n'est envoyé : le RSSI et le DPO le liront sur cette page."
                });
            }
            respond(&visitor, StatusCode::OK, &page)
        }
        Err(response) => response,
    })
}

/// What is done with a ticket.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Followed {
    reponse: String,
    action: String,
}

/// A ticket is answered, closed, or both.
pub(in crate::http) async fn follow(
    State(app): State<App>,
    Path(number): Path<String>,
    Submitted { visitor, form }: Submitted<Followed>,
) -> Result<Response, Barred> {
    let known = visitor.known()?;
    let before = match seen(&app, &visitor, known, &number).await {
        Ok(page) => page,
        Err(response) => return Ok(response),
    };
    let closes = form.action == "clore";
    if closes && !before.in_charge {
        return Err(barred::forbidden(&visitor, Role::Security));
    }
    let mut wrong = Vec::new();
    let text = form.reponse.trim();
    if text.is_empty() && !closes {
        wrong.push(Wrong::new("empty", "reply", "Écrivez votre réponse."));
    }
    let words = returns::clean(&visitor.live, "reply", text, &mut wrong).filter(|words| !words.is_empty());
    if wrong.is_empty()
        && let Err(error) = done(&app, &before.ticket, known, words, closes, visitor.at).await
    {
        tracing::error!(%error, "a ticket could not be followed");
        wrong.push(Wrong::not_recorded());
    }
    if wrong.is_empty()
        && let Ok(mut page) = seen(&app, &visitor, known, &number).await
    {
        page.done = Some(if closes {
            "ce signalement est clos."
        } else {
            "votre réponse est enregistrée."
        });
        return Ok(respond(&visitor, StatusCode::OK, &page));
    }
    let mut page = before;
    page.typed = form.reponse;
    page.mistakes = Mistakes::of(&wrong, &FIELDS);
    let status = wrong.first().map_or(StatusCode::OK, |wrong| wrong.status);
    Ok(respond(&visitor, status, &page))
}

async fn done(
    app: &App,
    ticket: &Ticket,
    known: &Known,
    words: Option<String>,
    closes: bool,
    at: Timestamp,
) -> Result<(), crate::office::OfficeError> {
    let office = &app.gateway.office;
    if let Some(words) = words {
        let role = in_charge(known).map_or("author", |role| role.name());
        let role = role.to_owned();
        office.reply(ticket, &Reply { at, role, words }).await?;
    }
    if closes {
        office.close_incident(ticket.id, at).await?;
    }
    Ok(())
}
