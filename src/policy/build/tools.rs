//! Checks of the tools: what the charter asks of each level and of each moment of a tool's life.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{Ids, duties, owned, values};
use crate::policy::codes;
use crate::policy::document::{MentionDoc, ReferenceDoc, ToolDoc};
use crate::policy::log::{At, Log, Mistake, Span};
use crate::policy::parts::{Reference, Tool};
use crate::policy::register::REGISTER;
use crate::policy::rules::last_of_grace;
use crate::policy::terms::{Action, Answers, Audience, OutsideDomains, Status};

/// What a tool's checks need to know of the rest of the file.
pub(super) struct Context<'c, 's> {
    pub backends: &'c Ids<'c>,
    pub groups: &'c Ids<'c>,
    pub mention: &'c MentionDoc,
    pub actions: [Action; 6],
    pub today: Date,
    pub log: &'c Log<'s>,
}

impl Context<'_, '_> {
    pub(super) fn tool(&self, doc: &ToolDoc) -> Option<Tool> {
        let roads: Vec<_> = doc
            .backends
            .iter()
            .filter_map(|id| self.backends.position(id, "backend inconnu", self.log))
            .collect();
        self.twice(&doc.backends, "ce backend est déjà dans la liste");
        let open_to = self.open_to(doc);
        self.models(doc);
        self.dates(doc);
        duties::check(doc, self.mention, self.today, self.log);
        if let (Some(level), Some(status)) = (&doc.level, &doc.status) {
            self.level(doc, level, status.value);
            if status.value.is_served() {
                self.served(doc, level.value, status);
            }
        }
        let mut actions = self.actions;
        for class in &doc.accepts {
            actions[class.value as usize] = Action::Pass;
        }
        Some(Tool {
            id: owned(&doc.id)?,
            name: owned(&doc.name)?,
            level: u8::try_from(doc.level.as_ref()?.value).ok()?,
            status: doc.status.as_ref()?.value,
            proposed_on: day(&doc.proposed_on),
            decision: reference(&doc.decision)?,
            evaluation: reference(&doc.evaluation)?,
            review_before: day(&doc.review_before),
            grace_days: doc
                .grace_days
                .as_ref()
                .map_or(Ok(0), |days| days.value.try_into())
                .ok()?,
            valid_from: day(&doc.valid_from),
            valid_until: day(&doc.valid_until),
            purpose: owned(&doc.purpose).unwrap_or_default(),
            data_used: owned(&doc.data_used).unwrap_or_default(),
            legal_basis: owned(&doc.legal_basis).unwrap_or_default(),
            provider: owned(&doc.provider).unwrap_or_default(),
            hosting: owned(&doc.hosting).unwrap_or_default(),
            ai_act: doc.ai_act.as_ref().map(|class| class.value),
            ambition: doc.ambition.as_ref().map(|ambition| ambition.value),
            campaign: owned(&doc.campaign),
            data_subjects: owned(&doc.data_subjects).unwrap_or_default(),
            recipients: owned(&doc.recipients).unwrap_or_default(),
            retention: owned(&doc.retention).unwrap_or_default(),
            transfers: owned(&doc.transfers).unwrap_or_default(),
            security: owned(&doc.security).unwrap_or_default(),
            backends: values(&doc.backends),
            models: values(&doc.models),
            default_model: owned(&doc.default_model),
            accepts: doc.accepts.iter().map(|class| class.value).collect(),
            groups: doc
                .groups
                .as_ref()
                .map_or_else(|| vec!["*".into()], |groups| values(&groups.value)),
            impact_assessment: owned(&doc.impact_assessment),
            decision_individuelle: doc.decision_individuelle.as_ref().is_some_and(|flag| flag.value),
            fria: owned(&doc.fria),
            outside_domains: doc
                .outside_domains
                .as_ref()
                .map_or(OutsideDomains::Remind, |outside| outside.value),
            purpose_required: doc.purpose_required.as_ref().is_some_and(|flag| flag.value),
            domains: if doc.domains.is_empty() {
                vec!["*".into()]
            } else {
                values(&doc.domains)
            },
            training: owned(&doc.training),
            audience: doc
                .audience
                .as_ref()
                .map_or(Audience::Internal, |audience| audience.value),
            observe: doc.observe,
            unread: doc.unread.iter().map(|unread| unread.value).collect(),
            ocr: doc.ocr,
            answers: doc.answers.as_ref().map_or(Answers::Off, |answers| answers.value),
            routed: !roads.is_empty(),
            limits: doc.limits,
            shared_limits: doc.shared_limits,
            roads,
            open_to,
            actions,
        })
    }

    /// Positions of the groups, sorted; none is everyone.
    fn open_to(&self, doc: &ToolDoc) -> Option<Vec<usize>> {
        let groups = doc.groups.as_ref()?;
        self.twice(&groups.value, "ce groupe est déjà dans la liste");
        let star = groups.value.iter().find(|group| group.value == "*");
        if let Some(star) = star.filter(|_| groups.value.len() > 1) {
            let message = "`*` ouvre l'outil à tous les agents : les autres groupes de la liste sont sans effet";
            let mistake = Mistake::warning(codes::ALL_AND_SOME, &star.span, message);
            self.log
                .add(mistake.help("retirer `*` pour réserver l'outil à ces groupes, ou ne garder que `*`"));
        }
        if is_closed(doc) {
            let message = "cet outil servi n'est ouvert à aucun groupe : tout le monde serait refusé";
            let mistake = Mistake::error(codes::NO_GROUP, &groups.span, message);
            self.log.add(mistake.help(
                "nommer ses groupes, comme groups = [\"solidarites\"], ou groups = [\"*\"] pour tous les agents",
            ));
        }
        let named = groups.value.iter().filter(|group| group.value != "*");
        let mut open_to: Vec<_> = named
            .filter_map(|id| self.groups.position(id, "groupe inconnu", self.log))
            .collect();
        open_to.sort_unstable();
        star.is_none().then_some(open_to)
    }

    fn twice(&self, list: &[At<String>], message: &str) {
        let mut seen: HashMap<&str, &Span> = HashMap::new();
        for text in list {
            match seen.get(text.value.as_str()) {
                Some(first) => {
                    self.log
                        .add(Mistake::error(codes::TWICE, &text.span, message).related(first, "une première fois ici"));
                }
                None => _ = seen.insert(&text.value, &text.span),
            }
        }
    }

    fn models(&self, doc: &ToolDoc) {
        self.twice(&doc.models, "ce modèle est déjà dans la liste");
        for model in &doc.models {
            let name = model.value.strip_suffix('*').unwrap_or(&model.value);
            let (message, help) = if name.contains('*') {
                (
                    "`*` ne peut être qu'à la fin d'un nom de modèle",
                    "exemple : \"gemini-*\"",
                )
            } else if name.is_empty() {
                (
                    "`*` seul vaudrait pour tout modèle, même inconnu du comité",
                    "écrire un début de nom, comme \"gemini-*\"",
                )
            } else if name.contains(char::is_whitespace) {
                ("un nom de modèle n'a pas d'espace", "exemple : \"gemini-*\"")
            } else if name.starts_with("models/") {
                ("un nom de modèle s'écrit ici sans `models/`", "exemple : \"gemini-*\"")
            } else {
                continue;
            };
            self.log
                .add(Mistake::error(codes::BAD_MODEL, &model.span, message).help(help));
        }
    }

    fn dates(&self, doc: &ToolDoc) {
        if let (Some(from), Some(until)) = (&doc.valid_from, &doc.valid_until)
            && from.value > until.value
        {
            let mistake = Mistake::error(codes::BAD_DATE, &until.span, "l'outil finirait avant de commencer");
            self.log.add(mistake.related(&from.span, "il commence ici"));
        }
        if let (Some(proposed), Some((_, Some(decided)))) = (&doc.proposed_on, &doc.decision)
            && proposed.value > decided.value
        {
            let mistake = Mistake::error(
                codes::BAD_DATE,
                &proposed.span,
                "l'outil aurait été proposé après la décision",
            );
            self.log.add(mistake.related(&decided.span, "il est décidé ici"));
        }
        let (Some((_, Some(decided))), Some(status)) = (&doc.decision, &doc.status) else {
            return;
        };
        if decided.value > self.today && status.value.is_served() {
            let message = "la décision n'est pas encore prise à cette date, et l'outil est déjà servi";
            self.log.add(
                Mistake::error(codes::BAD_DATE, &decided.span, message)
                    .help("corriger la date, ou donner à l'outil le statut `studied` jusqu'à la décision")
                    .related(&status.span, "l'outil est servi à cause de ce statut"),
            );
        }
        if let Some((_, Some(evaluated))) = &doc.evaluation
            && status.value == Status::Validated
            && evaluated.value > decided.value
        {
            let message = "l'outil a été validé avant d'être évalué";
            self.log.add(
                Mistake::warning(codes::EVALUATED_LATE, &evaluated.span, message)
                    .help("la charte demande l'évaluation d'abord : vérifier les deux dates")
                    .related(&decided.span, "la décision est ici"),
            );
        }
    }

    /// The charter's three levels.
    fn level(&self, doc: &ToolDoc, level: &At<u64>, status: Status) {
        let first = doc.accepts.first();
        if let (1, Some(accepted)) = (level.value, first) {
            self.log.add(
                Mistake::error(codes::LEVEL_1_ACCEPTS, &accepted.span, "un outil de niveau 1 n'accepte aucune donnée protégée")
                    .help("vider `accepts`, ou proposer l'outil au niveau 3 avec son périmètre, sa formation et son analyse d'impact")
                    .related(&level.span, "le niveau est fixé ici"),
            );
        }
        // Open to nobody is told as such.
        let bounded = is_bounded(doc) || is_closed(doc);
        if level.value == 3 && !bounded {
            let span = doc.groups.as_ref().map_or(&doc.span, |groups| &groups.span);
            self.log.add(
                Mistake::error(
                    codes::LEVEL_3_OPEN,
                    span,
                    "un outil de niveau 3 est réservé à un périmètre restreint d'agents",
                )
                .help("nommer ses groupes, comme groups = [\"solidarites\"]")
                .related(&level.span, "le niveau est fixé ici")
                .lacks("groups", &doc.span),
            );
        }
        if let Some(accepted) = first.filter(|_| doc.impact_assessment.is_none()) {
            self.log.add(
                Mistake::error(
                    codes::NO_ASSESSMENT,
                    &accepted.span,
                    "des données protégées sont acceptées sans analyse d'impact",
                )
                .help("donner la référence de l'analyse, comme impact_assessment = \"AIPD-2026-03\" (RGPD, article 35)")
                .lacks("impact_assessment", &doc.span),
            );
        }
        match first.filter(|_| level.value == 3 && doc.training.is_none()) {
            Some(accepted) => self.log.add(
                Mistake::error(
                    codes::NO_TRAINING,
                    &accepted.span,
                    "des données protégées sont acceptées sans formation exigée",
                )
                .help("nommer la formation, comme training = \"ia-sante\", et les attestations dans [[attestation]]")
                .lacks("training", &doc.span),
            ),
            None if level.value == 3 && status.is_served() && doc.training.is_none() => self.log.add(
                Mistake::warning(
                    codes::LEVEL_3_UNTRAINED,
                    &level.span,
                    "la charte prévoit une formation pour un outil de niveau 3",
                )
                .help("nommer la formation, comme training = \"ia-sante\""),
            ),
            _ => {}
        }
        if status == Status::Trial && !bounded {
            let span = doc.groups.as_ref().map_or(&doc.span, |groups| &groups.span);
            self.log.add(
                Mistake::error(
                    codes::TRIAL_OPEN,
                    span,
                    "une expérimentation est réservée à un périmètre restreint d'agents",
                )
                .help("nommer ses groupes, comme groups = [\"solidarites\"]")
                .lacks("groups", &doc.span),
            );
        }
    }

    /// What must be written of a tool that is served.
    fn served(&self, doc: &ToolDoc, level: u64, status: &At<Status>) {
        let trial = status.value == Status::Trial;
        let absent: Vec<_> = REGISTER
            .iter()
            .filter(|field| field.demand.of_served(trial) && !(field.written)(doc))
            .filter(|field| !doc.mistyped.contains(&field.key))
            .map(|field| field.key)
            .collect();
        if !absent.is_empty() {
            let names: Vec<_> = absent.iter().map(|key| format!("`{key}`")).collect();
            let message = format!("un outil servi doit dire aussi : {}", names.join(", "));
            let mistake = Mistake::error(codes::NOT_DOCUMENTED, &doc.span, message)
                .help("la charte demande que les usages soient documentés ; ou donner à l'outil le statut `studied`")
                .related(&status.span, "l'outil est servi à cause de ce statut");
            let mistake = absent
                .into_iter()
                .fold(mistake, |mistake, key| mistake.lacks(key, &doc.span));
            self.log.add(mistake);
        }
        if trial && doc.valid_until.is_none() && !doc.mistyped.contains(&"valid_until") {
            self.log.add(
                Mistake::error(
                    codes::TRIAL_WITHOUT_END,
                    &status.span,
                    "une expérimentation doit avoir une date de fin",
                )
                .help("ajouter valid_until, le dernier jour de l'expérimentation")
                .lacks("valid_until", &doc.span),
            );
        }
        self.routed(doc, level);
        let grace = doc.grace_days.as_ref().map_or(0, |days| days.value);
        for (key, last, grace) in [
            ("review_before", &doc.review_before, grace),
            ("valid_until", &doc.valid_until, 0),
        ] {
            let late = |last: &&At<Date>| last_of_grace(last.value, grace.try_into().unwrap_or(0)) < self.today;
            if let Some(last) = last.as_ref().filter(late) {
                let message = format!("cet outil n'est plus servi depuis la date de `{key}`");
                let help = "le soumettre au comité et reporter la date, ou lui donner le statut `suspended`";
                self.log
                    .add(Mistake::warning(codes::OVERDUE, &last.span, message).help(help));
            }
        }
    }

    fn routed(&self, doc: &ToolDoc, level: u64) {
        let has_backend = !doc.backends.is_empty();
        if let Some(routed) = doc.routed.as_ref().filter(|routed| routed.value != has_backend) {
            let (message, help) = if has_backend {
                (
                    "`routed = false` : l'outil ne passe pas par la passerelle, mais il a des backends",
                    "retirer l'un ou l'autre",
                )
            } else {
                (
                    "`routed = true` : l'outil passe par la passerelle, mais il n'a pas de backend",
                    "compléter `backends`",
                )
            };
            self.log
                .add(Mistake::error(codes::NOT_ROUTED, &routed.span, message).help(help));
        } else if !has_backend && level != 2 && !doc.mistyped.contains(&"backends") {
            let mistake = Mistake::error(codes::NO_BACKEND, &doc.span, "cet outil servi n'a pas de backend");
            self.log.add(
                mistake
                    .help("compléter `backends` ; seul un outil de niveau 2 peut s'en passer")
                    .lacks("backends", &doc.span),
            );
        }
        if has_backend && doc.models.is_empty() && !doc.mistyped.contains(&"models") {
            let mistake = Mistake::error(
                codes::NO_MODEL,
                &doc.span,
                "cet outil servi n'a pas de modèle : rien ne l'atteindrait",
            );
            self.log.add(
                mistake
                    .help("compléter `models`, comme models = [\"gemini-*\"]")
                    .lacks("models", &doc.span),
            );
        }
    }
}

/// It is served, and to no group.
fn is_closed(doc: &ToolDoc) -> bool {
    let served = doc.status.as_ref().is_some_and(|status| status.value.is_served());
    served && doc.groups.as_ref().is_some_and(|groups| groups.value.is_empty())
}

fn is_bounded(doc: &ToolDoc) -> bool {
    doc.groups
        .as_ref()
        .is_some_and(|groups| !groups.value.is_empty() && groups.value.iter().all(|group| group.value != "*"))
}

/// `Some(None)` where there is none to read; `None` where it is broken.
fn reference(doc: &ReferenceDoc) -> Option<Option<Reference>> {
    let Some((reference, date)) = doc else {
        return Some(None);
    };
    Some(Some(Reference {
        reference: owned(reference)?,
        date: date.as_ref()?.value,
    }))
}

fn day(date: &Option<At<Date>>) -> Option<Date> {
    date.as_ref().map(|date| date.value)
}
