//! Duties that only some tools have: those that take part in decisions about persons, those that citizens talk to,
//! those whose review is late, those that answer requests without a model.

use jiff::civil::Date;

use crate::policy::codes;
use crate::policy::denial::french;
use crate::policy::document::{MentionDoc, ToolDoc};
use crate::policy::log::{Log, Mistake};
use crate::policy::rules::last_of_grace;
use crate::policy::terms::{AiAct, Audience, Status};

/// Everything this file checks of one tool.
pub(super) fn check(doc: &ToolDoc, mention: &MentionDoc, today: Date, log: &Log<'_>) {
    individual(doc, log);
    public(doc, mention, log);
    default_model(doc, log);
    review(doc, today, log);
    if doc.status.as_ref().is_some_and(|status| status.value.is_served()) {
        high_risk(doc, log);
        evaluation(doc, log);
    }
}

/// A decision about a person that rests on an algorithm has its two assessments first (RGPD art. 35(3)(a), AI Act
/// art. 27).
fn individual(doc: &ToolDoc, log: &Log<'_>) {
    let Some(flag) = doc.decision_individuelle.as_ref().filter(|flag| flag.value) else {
        return;
    };
    let absent: Vec<_> = [
        ("impact_assessment", doc.impact_assessment.is_none()),
        ("fria", doc.fria.is_none()),
    ]
    .into_iter()
    .filter(|(key, absent)| *absent && !doc.mistyped.contains(key))
    .map(|(key, _)| key)
    .collect();
    if absent.is_empty() {
        return;
    }
    let names: Vec<_> = absent.iter().map(|key| format!("`{key}`")).collect();
    let message = format!(
        "un outil qui prend part à des décisions individuelles doit donner aussi : {}",
        names.join(", ")
    );
    let mistake = Mistake::error(codes::INDIVIDUAL_UNASSESSED, &flag.span, message).help(
        "la référence de l'analyse d'impact (RGPD, article 35) et celle de l'analyse sur les droits fondamentaux (règlement sur \
         l'IA, article 27)",
    );
    log.add(
        absent
            .into_iter()
            .fold(mistake, |mistake, key| mistake.lacks(key, &doc.span)),
    );
}

/// Citizens read the house's own words before the first answer (AI Act art. 50(1)).
fn public(doc: &ToolDoc, mention: &MentionDoc, log: &Log<'_>) {
    let public = doc
        .audience
        .as_ref()
        .filter(|audience| audience.value == Audience::Public);
    if let Some(public) = public.filter(|_| mention.public_notice.is_none()) {
        let message = "des usagers parlent à cet outil, et l'avertissement au public n'est pas écrit";
        log.add(
            Mistake::error(codes::NO_NOTICE, &public.span, message)
                .help(
                    "ajouter public_notice dans [mention], comme \"Vous échangez avec une intelligence artificielle.\"",
                )
                .lacks("public_notice", &mention.span),
        );
    }
}

/// The model of a request without one is one of the tool's, by its whole name.
fn default_model(doc: &ToolDoc, log: &Log<'_>) {
    let Some(model) = &doc.default_model else { return };
    let listed = doc.models.iter().any(|pattern| match pattern.value.strip_suffix('*') {
        Some(beginning) => model.value.starts_with(beginning),
        None => pattern.value == model.value,
    });
    if listed && !model.value.contains(['*', '/']) && !model.value.contains(char::is_whitespace) {
        return;
    }
    let message = format!("`{}` n'est pas un modèle de cet outil", model.value);
    log.add(
        Mistake::error(codes::BAD_DEFAULT, &model.span, message)
            .help("un nom entier, qui figure dans `models` ou que couvre un de ses débuts de nom"),
    );
}

/// What may be served late, and what is.
fn review(doc: &ToolDoc, today: Date, log: &Log<'_>) {
    let Some(grace) = &doc.grace_days else { return };
    let Some(before) = &doc.review_before else {
        if !doc.mistyped.contains(&"review_before") {
            let mistake = Mistake::error(
                codes::GRACE_ALONE,
                &grace.span,
                "`grace_days` prolonge une date de réexamen, et il n'y en a pas",
            );
            log.add(
                mistake
                    .help("ajouter review_before, ou retirer grace_days")
                    .lacks("review_before", &doc.span),
            );
        }
        return;
    };
    let served = doc.status.as_ref().is_some_and(|status| status.value.is_served());
    let last = last_of_grace(before.value, u16::try_from(grace.value).unwrap_or_default());
    if served && before.value < today && today <= last {
        let message = format!(
            "le réexamen de cet outil est en retard : il est encore servi jusqu'au {}",
            french(last)
        );
        log.add(
            Mistake::warning(codes::IN_GRACE, &before.span, message)
                .help("le soumettre au comité et reporter la date, ou lui donner le statut `suspended`")
                .related(&grace.span, "le délai est donné ici"),
        );
    }
}

/// The AI Act asks for an assessment before a public body uses a high-risk system (art. 27; RGPD art. 35).
fn high_risk(doc: &ToolDoc, log: &Log<'_>) {
    let high = doc.ai_act.as_ref().filter(|class| class.value == AiAct::High);
    if let Some(high) = high.filter(|_| doc.impact_assessment.is_none()) {
        log.add(
            Mistake::warning(
                codes::HIGH_RISK_UNASSESSED,
                &high.span,
                "un système à haut risque sans analyse d'impact",
            )
            .help("donner la référence de l'analyse (règlement sur l'IA, article 27 ; RGPD, article 35)"),
        );
    }
}

/// A specialised tool is for general use only after an evaluation (charter, "Expérimentation").
fn evaluation(doc: &ToolDoc, log: &Log<'_>) {
    let (Some(level), Some(status)) = (&doc.level, &doc.status) else {
        return;
    };
    if level.value == 3 && status.value == Status::Validated && doc.evaluation.is_none() {
        log.add(
            Mistake::warning(
                codes::NOT_EVALUATED,
                &status.span,
                "un outil de niveau 3 est validé sans évaluation",
            )
            .help("donner sa référence, comme evaluation = { reference = \"EVAL-2026-02\", date = 2026-03-10 }"),
        );
    }
}
