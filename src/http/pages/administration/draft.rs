//! `/administration/essai`: a draft of the policy that is pasted, checked as the gateway would, its tests played, and
//! compared with the policy in force. It is kept nowhere and told to no log.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use jiff::civil::Date;
use serde::Deserialize;

use super::super::{Shell, respond};
use super::several;
use crate::domain::{Decision, Role};
use crate::gateway::Live;
use crate::http::{
    forms::Submitted,
    visitor::{Barred, Visitor},
};
use crate::policy::{Diagnostics, Played, Policy, Severity, Standing, civil, differences};

/// Longest form that is read here, in bytes: those of its percent signs included.
pub(in crate::http) const LONGEST_DRAFT: usize = 256 * 1024;

/// How messages call it.
const ORIGIN: &str = "brouillon";

#[derive(Template)]
#[template(path = "administration_draft.html")]
struct Page<'a> {
    shell: Shell<'a>,
    mistake: Option<&'a str>,
    tried: Option<Tried>,
    signers: String,
    text: &'a str,
}

/// What came of a draft.
struct Tried {
    /// Of a draft that may come into force.
    hash: Option<String>,
    summary: String,
    /// Lines with carets.
    diagnostics: String,
    /// None where they cannot be played.
    tests: Option<Vec<TestLine>>,
    /// None where there is nothing to compare.
    difference: Option<String>,
}

struct TestLine {
    name: String,
    line: usize,
    result: String,
    why: String,
}

/// The page before anything is pasted.
pub(in crate::http) async fn empty(visitor: Visitor) -> Result<Response, Barred> {
    visitor.require(Role::PolicyAdmin)?;
    Ok(page(&visitor, StatusCode::OK, None, None, ""))
}

/// What the form sends.
#[derive(Deserialize)]
pub(in crate::http) struct Pasted {
    #[serde(default)]
    texte: String,
}

/// A draft. One that is too long to be read is told as such, beside its field.
pub(in crate::http) async fn tried(
    visitor: Visitor,
    headers: HeaderMap,
    submitted: Result<Submitted<Pasted>, Barred>,
) -> Result<Response, Barred> {
    visitor.require(Role::PolicyAdmin)?;
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|bytes| bytes.parse::<usize>().ok()).unwrap_or(0);
    if announced > LONGEST_DRAFT && submitted.is_err() {
        let words = format!(
            "Ce brouillon est trop long pour cette page : son envoi fait {} Ko, et elle en prend {} (accents et signes y \
             comptent plusieurs fois, un texte de 150 Ko environ passe). Rien n'a été lu ni gardé : essayez le fichier avec \
             gardefou check et gardefou diff.",
            announced.div_ceil(1024),
            LONGEST_DRAFT / 1024
        );
        return Ok(page(&visitor, StatusCode::PAYLOAD_TOO_LARGE, Some(&words), None, ""));
    }
    let Submitted { visitor, form } = submitted?;
    // A browser ends each line with CR LF; the file, and so its hash, does not.
    let text: Arc<str> = form.texte.replace("\r\n", "\n").into();
    if text.trim().is_empty() {
        let words = "Collez le texte d'une politique.";
        return Ok(page(&visitor, StatusCode::BAD_REQUEST, Some(words), None, ""));
    }
    let (draft, live, today) = (text.clone(), visitor.live.clone(), civil(visitor.at));
    // A large policy takes a second, and requests must not wait for that.
    let tried = tokio::task::spawn_blocking(move || Tried::of(&draft, &live, today)).await;
    let Ok(tried) = tried else {
        tracing::error!("a bug met a draft of the policy");
        let words = "La lecture s'est arrêtée sur une erreur du programme. Prévenez la DSIUN.";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return Ok(page(&visitor, status, Some(words), None, &text));
    };
    Ok(page(&visitor, StatusCode::OK, None, Some(tried), &text))
}

fn page(visitor: &Visitor, status: StatusCode, mistake: Option<&str>, tried: Option<Tried>, text: &str) -> Response {
    let signers = &visitor.live.policy.charter().signers;
    let names: Vec<&str> = signers.iter().map(|signer| &*signer.name).collect();
    let page = Page {
        shell: Shell::below(visitor, "/administration"),
        mistake,
        tried,
        signers: names.join(", "),
        text,
    };
    respond(visitor, status, &page)
}

impl Tried {
    fn of(draft: &str, live: &Live, today: Date) -> Self {
        let tests = Policy::rehearse(draft, ORIGIN, today).ok();
        let tests = tests.map(|tests| tests.into_iter().map(TestLine::from).collect());
        match Policy::read(draft, ORIGIN, today) {
            Ok(policy) => Self {
                summary: format!(
                    "Empreinte {}, {}, {}",
                    policy.hash(),
                    several(policy.tools().len(), "aucun", "outil"),
                    counted(policy.warnings())
                ),
                diagnostics: policy.warnings().to_string(),
                difference: Some(differences(&live.policy, &policy).to_string()),
                hash: Some(policy.hash().to_owned()),
                tests,
            },
            Err(diagnostics) => Self {
                hash: None,
                summary: format!(
                    "Elle a {} La comparaison avec la politique en vigueur viendra quand il n'y aura plus d'erreur.",
                    counted(&diagnostics)
                ),
                diagnostics: diagnostics.to_string(),
                tests,
                difference: None,
            },
        }
    }
}

/// `2 erreurs, aucun avertissement.`
fn counted(diagnostics: &Diagnostics) -> String {
    let of = |severity| diagnostics.iter().filter(|one| one.severity == severity).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    format!(
        "{}, {}.",
        several(errors, "aucune", "erreur"),
        several(warnings, "aucun", "avertissement")
    )
}

/// What becomes of a request, without the word of the file.
const fn decided(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "admise",
        Decision::Warned => "admise avec un avertissement",
        Decision::Masked => "masquée",
        Decision::Refused => "refusée",
    }
}

impl From<Played> for TestLine {
    fn from(played: Played) -> Self {
        let expected = decided(played.expected);
        Self {
            result: match played.standing {
                Standing::Green => format!("réussi : {expected}"),
                Standing::OutOfDate => "non joué à cette date".into(),
                Standing::Red(came) => format!("échoué : {}, attendu : {expected}", decided(came)),
            },
            name: played.name,
            line: played.line,
            why: played.why,
        }
    }
}
