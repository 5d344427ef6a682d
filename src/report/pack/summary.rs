//! The first page: the figures that a committee asks for first, and what it should decide on.

use super::tools::{Deadlines, Listed};
use super::{Subject, adoption, heading, note, paragraph, spending, sums, words};
use crate::report::document::{Block, Cell, Fact, Facts};
use crate::report::french;

/// Writes the chapter.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "L'essentiel"));
    blocks.push(paragraph(sentence(subject)));
    blocks.push(Block::Facts(Facts {
        id: "key_figures".into(),
        caption: "Chiffres clés du mois".into(),
        facts: facts(subject),
    }));
    let alerts = alerts(subject);
    blocks.push(note(if alerts.is_empty() {
        "Aucun réexamen en retard, aucune expérimentation près de sa fin, aucun signalement de plus de 15 jours dans les \
         chiffres publiés."
            .to_owned()
    } else {
        format!("À l'attention du comité : {}.", alerts.join(" ; "))
    }));
    if subject.provisional {
        blocks.push(note(
            "Le mois n'est pas terminé : les personnes et les demandes sont arrondies au multiple de 5 inférieur, les \
             autres mesures seront publiées à la fin du mois.",
        ));
    }
}

/// The month in one sentence, from what is shown of it.
fn sentence(subject: &Subject<'_>) -> String {
    let (figures, month) = (subject.figures, subject.last);
    let shown = |month| sums::people(figures, month).zip(sums::requests(figures, month));
    let written = |number: i64| french::digits(&number.to_string());
    let Some((people, requests)) = shown(month) else {
        return unpublished(subject);
    };
    let (name, people, requests) = (french::month(month), written(people), written(requests));
    if subject.provisional {
        return format!(
            "En {name}, jusqu'ici, au moins {people} agents ont fait au moins {requests} demandes par la passerelle."
        );
    }
    let mut sentence = format!("En {name}, {people} agents ont fait {requests} demandes par la passerelle");
    if let Some((people, requests)) = shown(month.previous()) {
        let (people, requests) = (written(people), written(requests));
        sentence.push_str(&format!(
            ", contre {people} agents et {requests} demandes le mois précédent"
        ));
    }
    sentence.push('.');
    sentence
}

/// A month of which no usage is shown, and where to find one.
fn unpublished(subject: &Subject<'_>) -> String {
    let published = subject.figures.usage.iter().map(|cell| cell.month).max();
    let instead = match published {
        Some(month) => format!(" Dernier mois publié : {}.", french::month(month)),
        None => String::new(),
    };
    format!(
        "Aucun chiffre d'usage n'est publié pour {} : personne n'a fait de demande, ou moins de cinq personnes, ou une seule \
         les a presque toutes faites.{instead}",
        french::month(subject.last)
    )
}

fn facts(subject: &Subject<'_>) -> Vec<Fact> {
    let (figures, month, early) = (subject.figures, subject.last, subject.provisional);
    let (people, requests) = (sums::people(figures, month), sums::requests(figures, month));
    let before = |value| {
        if early {
            String::new()
        } else {
            sums::before(value, month)
        }
    };
    let agents = figures
        .adoption
        .iter()
        .find(|line| line.month == month && line.direction == "ensemble");
    let agents = agents.and_then(|line| line.agents);
    let decided = |decision| sums::decided(figures, month, decision);
    let previous = |decision| sums::decided(figures, month.previous(), decision);
    let at_least = |decision| match (decided(decision), before(previous(decision))) {
        (None, before) => before,
        (Some(_), before) if before.is_empty() => sums::AT_LEAST.to_owned(),
        (Some(_), before) => format!("{} ; {before}", sums::AT_LEAST),
    };
    let mut facts = vec![
        Fact::new("people", "Agents actifs", sums::count(people, early))
            .remark(before(sums::people(figures, month.previous()))),
        Fact::new(
            "share",
            "Part des agents qui s'en servent",
            share(people, agents, early),
        )
        .unit("%"),
        Fact::new("requests", "Demandes", sums::count(requests, early))
            .remark(before(sums::requests(figures, month.previous()))),
        Fact::new(
            "refused",
            "Demandes refusées, au moins",
            sums::count(decided("refused"), early),
        )
        .remark(at_least("refused")),
        Fact::new(
            "masked",
            "Demandes masquées puis envoyées, au moins",
            sums::count(decided("masked"), early),
        )
        .remark(at_least("masked")),
    ];
    let each = if early { None } else { sums::each(requests, people) };
    facts.push(Fact::new("each", "Demandes par agent actif", sums::real(each, 1, early)).remark("moyenne"));
    facts.push(
        Fact::new(
            "median",
            "Demandes par agent actif",
            adoption::median(subject, month, "ensemble"),
        )
        .remark("médiane"),
    );
    facts.push(
        Fact::new(
            "newcomers",
            "Nouveaux utilisateurs",
            adoption::newcomers(subject, month),
        )
        .remark("arrondi à 5"),
    );
    facts.extend(spending::facts(subject));
    let served = Listed::all(subject).iter().filter(|tool| tool.is_served()).count();
    facts.push(Fact::new(
        "tools",
        "Outils autorisés",
        Cell::Count(i64::try_from(served).ok()),
    ));
    facts
}

/// People who use a tool, of those who work there; the number of agents is the policy's.
pub(super) fn share(people: Option<i64>, agents: Option<i64>, provisional: bool) -> Cell {
    match agents {
        None => Cell::real(None, 1),
        Some(_) => sums::real(sums::share(people, agents), 1, provisional),
    }
}

/// What somebody should look at.
fn alerts(subject: &Subject<'_>) -> Vec<String> {
    let deadlines = Deadlines::of(subject);
    let mut alerts = Vec::new();
    let mut say = |tools: &[&str], one: &str, many: &str| {
        if !tools.is_empty() {
            alerts.push(format!(
                "{} ({})",
                words::counted(tools.len(), one, many),
                tools.join(", ")
            ));
        }
    };
    say(
        &deadlines.overdue,
        "outil au réexamen dépassé",
        "outils au réexamen dépassé",
    );
    say(
        &deadlines.near,
        "outil à réexaminer avant 90 jours",
        "outils à réexaminer avant 90 jours",
    );
    say(
        &deadlines.ending,
        "expérimentation qui finit avant 30 jours",
        "expérimentations qui finissent avant 30 jours",
    );
    say(
        &deadlines.over,
        "expérimentation terminée sans décision",
        "expérimentations terminées sans décision",
    );
    let late = subject
        .figures
        .incidents
        .iter()
        .filter_map(|cell| cell.open_over_15_days)
        .sum::<i64>();
    if late > 0 {
        let late = french::digits(&late.to_string());
        alerts.push(format!("{late} signalements ouverts plus de 15 jours sur la période"));
    }
    alerts
}
