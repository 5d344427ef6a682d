//! Checks of what the DSIUN adds to the detector: each pattern proves itself on its own examples, and no exception
//! lets everything through.

use crate::detector::{AllowList, Class, Detector, Fault, OwnDetector};
use crate::policy::codes;
use crate::policy::document::{AllowDoc, DetectorDoc, Document};
use crate::policy::log::{At, Log, Mistake};
use crate::policy::parts::Additions;
use crate::policy::terms::Action;

use super::{Ids, owned, values};

/// Fewest digits of an excepted phone number: short service numbers have two, and no user of a service has one.
const FEWEST_DIGITS: usize = 2;

pub(super) fn detector(docs: &[DetectorDoc], allow: &AllowDoc, log: &Log<'_>) -> Option<(Detector, Additions)> {
    Ids::read(docs.iter().map(|doc| doc.id.as_ref()), "un détecteur", log);
    let own: Vec<_> = docs.iter().map(own).collect();
    let allow = exceptions(allow, log);
    // One that is incomplete keeps its place, so that positions in errors are positions in the file.
    let placeholder = || OwnDetector {
        id: String::new(),
        class: Class::Personal,
        on_trial: false,
        pattern: "x".into(),
        cues: Vec::new(),
        matches: Vec::new(),
        misses: Vec::new(),
    };
    let complete = own.iter().all(Option::is_some);
    let own: Vec<_> = own.into_iter().map(|own| own.unwrap_or_else(placeholder)).collect();
    match Detector::new(&own, &allow) {
        Ok(detector) => complete.then_some((detector, Additions { detectors: own, allow })),
        Err(error) => {
            for problem in &error.problems {
                if let Some(doc) = docs.get(problem.index) {
                    log.add(mistake(doc, &problem.fault));
                }
            }
            None
        }
    }
}

fn own(doc: &DetectorDoc) -> Option<OwnDetector> {
    Some(OwnDetector {
        id: owned(&doc.id)?,
        class: doc.class.as_ref()?.value,
        on_trial: doc.observe,
        pattern: owned(&doc.pattern)?,
        cues: values(&doc.cues),
        matches: values(&doc.matches),
        misses: values(&doc.misses),
    })
}

fn mistake(doc: &DetectorDoc, fault: &Fault) -> Mistake {
    let pattern = doc.pattern.as_ref().map_or(&doc.span, |pattern| &pattern.span);
    let example =
        |list: &[At<String>], at: &usize| list.get(*at).map_or_else(|| pattern.clone(), |text| text.span.clone());
    match fault {
        Fault::Pattern(why) => {
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Mistake::error(
                codes::BAD_PATTERN,
                pattern,
                "cette expression ne peut pas être employée",
            )
            .help(format!("le moteur répond (en anglais) : {why}"))
        }
        Fault::Empty => Mistake::error(
            codes::BAD_PATTERN,
            pattern,
            "cette expression trouve aussi le texte vide",
        )
        .help("exiger au moins un caractère : `+` au lieu de `*`"),
        Fault::Match(at) => Mistake::error(
            codes::MISSED,
            &example(&doc.matches, at),
            "le détecteur ne trouve rien dans cet exemple",
        )
        .help("corriger `pattern` ou l'exemple")
        .related(pattern, "l'expression est ici"),
        Fault::Miss(at) => Mistake::error(
            codes::FALSE_ALARM,
            &example(&doc.misses, at),
            "le détecteur trouve quelque chose dans ce contre-exemple",
        )
        .help("rendre `pattern` plus étroit")
        .related(pattern, "l'expression est ici"),
        Fault::TooMany => Mistake::error(codes::BAD_PATTERN, pattern, "il y a trop de détecteurs"),
    }
}

/// Classes in observation: a reminder, since what they protect leaves.
pub(super) fn observed(document: &Document, log: &Log<'_>) {
    let mut seen: Vec<&At<Class>> = Vec::new();
    for class in &document.observed {
        let name = class.value.name();
        if let Some(first) = seen.iter().find(|seen| seen.value == class.value) {
            let mistake = Mistake::error(codes::TWICE, &class.span, "cette classe est déjà dans la liste");
            log.add(mistake.related(&first.span, "une première fois ici"));
            continue;
        }
        seen.push(class);
        let action = document.actions[class.value as usize].as_ref();
        log.add(match action.filter(|action| action.value == Action::Observe) {
            Some(action) => Mistake::warning(
                codes::OBSERVED,
                &class.span,
                format!("`{name}` est déjà laissée passer"),
            )
            .help("retirer l'un ou l'autre : `observe` essaie une action plus sévère avant de l'appliquer")
            .related(&action.span, "par cette action"),
            None => Mistake::warning(
                codes::OBSERVED,
                &class.span,
                format!("`{name}` est en observation : ce qui est trouvé part, et le comité le voit"),
            )
            .help("la retirer de la liste quand l'observation est finie"),
        });
    }
}

/// What is never reported. An exception for everything would switch the detector off.
fn exceptions(doc: &AllowDoc, log: &Log<'_>) -> AllowList {
    for email in &doc.emails {
        let (user, domain) = email.value.split_once('@').unwrap_or_default();
        let wide = user.is_empty()
            || domain.contains(['*', '@'])
            || !domain.contains('.')
            || user.len() > 1 && user.contains('*');
        if wide {
            let mistake = Mistake::error(codes::TOO_WIDE, &email.span, "ce n'est ni une adresse ni `*@domaine`");
            log.add(mistake.help("exemples : accueil@departement04.example, *@departement04.example"));
        }
    }
    for phone in &doc.phones {
        let digits = phone.value.bytes().filter(u8::is_ascii_digit).count();
        if digits < FEWEST_DIGITS || phone.value.chars().any(char::is_alphabetic) {
            log.add(Mistake::error(
                codes::TOO_WIDE,
                &phone.span,
                "ce n'est pas un numéro de téléphone",
            ));
        }
    }
    for name in &doc.names {
        if name.value.chars().filter(|c| c.is_alphabetic()).count() < 2 || name.value.contains('*') {
            log.add(Mistake::error(
                codes::TOO_WIDE,
                &name.span,
                "ce n'est pas un nom de personne",
            ));
        }
    }
    AllowList {
        emails: values(&doc.emails),
        phones: values(&doc.phones),
        names: values(&doc.names),
    }
}
