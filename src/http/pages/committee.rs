//! `/comite`: the committee's figures on one page, filtered where that shows nothing more, and its documents.
//!
//! Everything comes from the views: a filter chooses among their lines ([`board`]), so this page can show nothing that
//! they hide. Documents are written as [`exports`](crate::http::exports), seen to advance with and without scripts.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use uuid::Uuid;

use super::{Shell, barred, respond};
use crate::committee::{CommitteeError, Figures};
use crate::domain::{Month, Role};
use crate::footprint;
use crate::http::{
    App,
    exports::{Export, Step},
    forms::Submitted,
    visitor::{Barred, Visitor},
};
use crate::policy::{Policy, civil};
use crate::report::document::Document;
use crate::report::formats::{self, Format};
use crate::report::french;
use crate::report::pack::{Filter, Subject, board, choices, last_day, pack};

/// Months that can be chosen, back from the month under way.
const MONTHS: i32 = 36;
/// Months that are shown where nobody chose: as many as keep the page under 100 KB.
const USUAL: i32 = 6;

/// What somebody chose; a month that cannot be read counts as not chosen, and the page says so.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::http) struct Choice {
    #[serde(default)]
    du: String,
    #[serde(default)]
    au: String,
    #[serde(default)]
    outil: String,
    #[serde(default)]
    direction: String,
}

/// The same, understood.
struct Asked {
    first: Month,
    last: Month,
    current: Month,
    tool: Option<String>,
    direction: Option<String>,
    /// What could not be followed, in French.
    mistakes: Vec<(&'static str, String)>,
}

impl Asked {
    fn new(choice: &Choice, current: Month) -> Self {
        let earliest = current.plus(1 - MONTHS);
        let mut mistakes = Vec::new();
        let mut month = |field: &'static str, text: &str, usual: Month| {
            if text.is_empty() {
                return usual;
            }
            match text.parse::<Month>() {
                Ok(month) if (earliest..=current).contains(&month) => month,
                Ok(_) => {
                    let (from, to) = (french::month(earliest), french::month(current));
                    mistakes.push((field, format!("Choisissez un mois de {from} à {to}.")));
                    usual
                }
                Err(_) => {
                    mistakes.push((field, "Un mois s'écrit AAAA-MM, par exemple 2026-11.".into()));
                    usual
                }
            }
        };
        let last = month("au", &choice.au, current.previous());
        let first = month("du", &choice.du, last.plus(1 - USUAL).max(earliest));
        let first = if first > last {
            mistakes.push((
                "du",
                "Le premier mois vient après le dernier : seul le dernier est montré.".into(),
            ));
            last
        } else {
            first
        };
        let chosen = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            first,
            last,
            current,
            tool: chosen(&choice.outil),
            direction: chosen(&choice.direction),
            mistakes,
        }
    }

    fn filter(&self) -> Filter<'_> {
        Filter {
            tool: self.tool.as_deref(),
            direction: self.direction.as_deref(),
        }
    }

    fn subject<'a>(&self, app: &App, visitor: &Visitor, policy: &'a Policy, figures: &'a Figures) -> Subject<'a> {
        let provisional = self.last == self.current;
        Subject {
            figures,
            policy,
            first: self.first,
            last: self.last,
            day: if provisional {
                civil(visitor.at)
            } else {
                last_day(self.last)
            },
            provisional,
            retention_days: app.retention_days,
            footprint_version: footprint::VERSION,
        }
    }

    fn document(&self, subject: &Subject<'_>) -> Document {
        if self.filter().is_none() {
            pack(subject)
        } else {
            board(subject, self.filter())
        }
    }

    /// `usages-ia-2026-10.pdf`
    fn name(&self, format: Format) -> String {
        let filtered = if self.filter().is_none() { "" } else { "-filtre" };
        format!("usages-ia-{}{filtered}.{}", self.last, format.extension())
    }
}

/// An entry of a list to choose from.
struct Entry {
    value: String,
    words: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "committee.html")]
struct Page<'a> {
    shell: Shell<'a>,
    mistakes: &'a [(&'static str, String)],
    from: Vec<Entry>,
    to: Vec<Entry>,
    tools: Vec<Entry>,
    directions: Vec<Entry>,
    asked: &'a Choice,
    title: String,
    body: String,
    formats: [Format; 6],
    /// Documents of the last quarter of an hour, the newest first.
    exports: Vec<(Uuid, Export)>,
}

impl Page<'_> {
    fn mistake(&self, field: &str) -> Option<&str> {
        let mut all = self.mistakes.iter();
        all.find(|(of, _)| *of == field).map(|(_, words)| words.as_str())
    }
}

/// The page.
pub(in crate::http) async fn committee(
    State(app): State<App>,
    visitor: Visitor,
    choice: Result<Query<Choice>, QueryRejection>,
) -> Result<Response, Barred> {
    let known = visitor.require(Role::Committee)?;
    let choice = choice.map_or_else(|_| Choice::default(), |Query(choice)| choice);
    let asked = Asked::new(&choice, Month::from(civil(visitor.at)));
    let figures = match app.committee.figures(asked.first, asked.last).await {
        Ok(figures) => figures,
        Err(error) => return Ok(unavailable(&visitor, &error)),
    };
    let policy = &visitor.live.policy;
    let subject = asked.subject(&app, &visitor, policy, &figures);
    let document = asked.document(&subject);
    let (tools, directions) = choices(&subject);
    let directions = directions.into_iter().map(|name| (name.clone(), name));
    let page = Page {
        shell: Shell::new(&visitor, "/comite"),
        mistakes: &asked.mistakes,
        from: months(&asked, asked.first),
        to: months(&asked, asked.last),
        tools: entries(tools, asked.tool.as_deref()),
        directions: entries(directions, asked.direction.as_deref()),
        title: document.subtitle.clone(),
        body: formats::fragment(&document),
        formats: Format::ALL,
        exports: app.exports.all_of(&known.caller.pseudonym),
        asked: &choice,
    };
    let status = if asked.mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    Ok(respond(&visitor, status, &page))
}

fn months(asked: &Asked, chosen: Month) -> Vec<Entry> {
    let all: Vec<_> = asked.current.plus(1 - MONTHS).to(asked.current).collect();
    let words = |month: Month| {
        let suffix = if month == asked.current { " (en cours)" } else { "" };
        french::month(month) + suffix
    };
    let entry = |month: Month| Entry {
        value: month.to_string(),
        words: words(month),
        is_chosen: month == chosen,
    };
    all.into_iter().rev().map(entry).collect()
}

/// What may be chosen, and what was, even where nothing of it is published.
fn entries(all: impl IntoIterator<Item = (String, String)>, chosen: Option<&str>) -> Vec<Entry> {
    let mut list: Vec<_> = all.into_iter().collect();
    if let Some(chosen) = chosen
        && list.iter().all(|(value, _)| value != chosen)
    {
        list.push((chosen.to_owned(), format!("{chosen} (rien de publié)")));
    }
    let entry = |(value, words): (String, String)| Entry {
        is_chosen: chosen == Some(&*value),
        value,
        words,
    };
    list.into_iter().map(entry).collect()
}

#[derive(Template)]
#[template(path = "committee_down.html")]
struct Down<'a> {
    shell: Shell<'a>,
    why: String,
}

fn unavailable(visitor: &Visitor, error: &CommitteeError) -> Response {
    tracing::warn!(%error, "the committee's figures cannot be read");
    let page = Down {
        shell: Shell::new(visitor, "/comite"),
        why: error.to_string(),
    };
    respond(visitor, StatusCode::SERVICE_UNAVAILABLE, &page)
}

/// A document that somebody asks for.
#[derive(Deserialize)]
pub(in crate::http) struct Wanted {
    format: String,
    #[serde(flatten)]
    choice: Choice,
}

/// Begins to write a document, and leads to where it is seen to advance.
pub(in crate::http) async fn export(
    State(app): State<App>,
    Submitted { visitor, form }: Submitted<Wanted>,
) -> Result<Response, Barred> {
    let known = visitor.require(Role::Committee)?;
    let format = Format::ALL.into_iter().find(|format| format.extension() == form.format);
    let Some(format) = format else {
        return Err(barred::not_taken(&visitor, barred::NotTaken::Unreadable));
    };
    let asked = Asked::new(&form.choice, Month::from(civil(visitor.at)));
    let begun = app.exports.begin(&known.caller.pseudonym, format, asked.name(format));
    let Some(id) = begun else {
        let page = TooMany {
            shell: Shell::new(&visitor, "/comite"),
        };
        return Ok(respond(&visitor, StatusCode::TOO_MANY_REQUESTS, &page));
    };
    tokio::spawn(write(app, visitor, asked, format, id));
    Ok(Redirect::to(&format!("/comite/documents/{id}")).into_response())
}

/// Reads, writes, and says how far it is.
async fn write(app: App, visitor: Visitor, asked: Asked, format: Format, id: Uuid) {
    let exports = app.exports.clone();
    let figures = match app.committee.figures(asked.first, asked.last).await {
        Ok(figures) => figures,
        Err(error) => {
            tracing::warn!(%error, "a document of the committee cannot be written");
            exports.advance(
                id,
                Step::Failed(format!("Les chiffres ne peuvent pas être lus : {error}.")),
            );
            return;
        }
    };
    exports.advance(id, Step::Writing);
    let written = tokio::task::spawn_blocking(move || {
        let subject = asked.subject(&app, &visitor, &visitor.live.policy, &figures);
        formats::render(&asked.document(&subject), format)
    })
    .await;
    exports.advance(
        id,
        match written {
            Ok(Ok(bytes)) => Step::Done(bytes.into()),
            Ok(Err(error)) => {
                tracing::error!(%error, "a document of the committee cannot be written");
                Step::Failed(format!("{error}."))
            }
            Err(error) => {
                tracing::error!(%error, "a bug met a document of the committee");
                Step::Failed("La mise en forme s'est arrêtée. Recommencez, ou prévenez la DSIUN.".into())
            }
        },
    );
}

#[derive(Template)]
#[template(path = "too_many_exports.html")]
struct TooMany<'a> {
    shell: Shell<'a>,
}

#[derive(Template)]
#[template(path = "export.html")]
struct ExportPage<'a> {
    shell: Shell<'a>,
    id: Uuid,
    export: &'a Export,
}

impl ExportPage<'_> {
    fn is_done(&self) -> bool {
        matches!(self.export.step, Step::Done(_))
    }

    fn is_over(&self) -> bool {
        self.export.step.is_over()
    }
}

fn found(app: &App, visitor: &Visitor, id: &str) -> Result<Option<(Uuid, Export)>, Barred> {
    let known = visitor.require(Role::Committee)?;
    let id = id.parse::<Uuid>().ok();
    Ok(id.and_then(|id| Some((id, app.exports.of(&known.caller.pseudonym, id)?))))
}

/// How far a document is.
pub(in crate::http) async fn progress(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Barred> {
    let Some((id, export)) = found(&app, &visitor, &id)? else {
        return Ok(barred::not_found(visitor).await);
    };
    let page = ExportPage {
        shell: Shell::new(&visitor, "/comite"),
        id,
        export: &export,
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}

/// The document itself.
pub(in crate::http) async fn fetch(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Barred> {
    let Some((
        _,
        Export {
            format,
            name,
            step: Step::Done(bytes),
            ..
        },
    )) = found(&app, &visitor, &id)?
    else {
        return Ok(barred::not_found(visitor).await);
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Months and fixed words: a header can hold them.
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}
