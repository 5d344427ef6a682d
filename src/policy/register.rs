//! What the registers hold of a tool: one line a field, with its name for people, what a supplier is asked to fill it,
//! and when it must be written. The check of completeness, the register of processing, that of AI systems and the
//! question grid for public tenders all read this table, so none forgets what another demands.

use super::document::ToolDoc;

/// When a field of a tool must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// In every tool.
    Always,
    /// As soon as the tool is served.
    Served,
    /// As soon as it is served, trials excepted: their last day is their review.
    Validated,
    /// In a trial.
    Trial,
    /// Where its requests come through the gateway.
    Routed,
    /// Where it accepts protected data.
    Accepting,
    /// Where it takes part in decisions about persons.
    Individual,
    /// At level 3.
    Specialised,
    /// Never; the registers say what is missing.
    Optional,
}

impl Demand {
    /// In French, after "exigé".
    pub const fn french(self) -> &'static str {
        match self {
            Self::Always => "pour tout outil",
            Self::Served => "dès que l'outil est servi",
            Self::Validated => "dès que l'outil est validé",
            Self::Trial => "en expérimentation",
            Self::Routed => "si l'outil passe par la passerelle",
            Self::Accepting => "si l'outil accepte des données protégées",
            Self::Individual => "si l'outil prend part à des décisions individuelles",
            Self::Specialised => "au niveau 3",
            Self::Optional => "facultatif dans la politique, attendu dans les registres",
        }
    }

    /// Whether a served tool must have the field written, whatever else it is.
    pub(super) const fn of_served(self, trial: bool) -> bool {
        matches!(self, Self::Served) || (matches!(self, Self::Validated) && !trial)
    }
}

/// A field of a tool.
pub struct RegisterField {
    /// Its key in `[[tool]]`.
    pub key: &'static str,
    /// Its name for people, in French.
    pub title: &'static str,
    /// When it must be written.
    pub demand: Demand,
    /// What a supplier is asked in a public tender, in French; empty for what only the house can say.
    pub question: &'static str,
    /// Whether it is written.
    pub(super) written: fn(&ToolDoc) -> bool,
}

const fn field(
    key: &'static str,
    title: &'static str,
    demand: Demand,
    written: fn(&ToolDoc) -> bool,
    question: &'static str,
) -> RegisterField {
    RegisterField {
        key,
        title,
        demand,
        question,
        written,
    }
}

use Demand::{Accepting, Always, Individual, Optional, Routed, Served, Specialised, Trial, Validated};

/// Every field of a tool that a register shows, in the order in which a reader wants them.
pub const REGISTER: &[RegisterField] = &[
    field(
        "id",
        "Identifiant",
        Always,
        |doc| doc.id.is_some(),
        "Comment la fonction d'IA se désigne-t-elle sans ambiguïté dans votre contrat, vos journaux et vos interfaces (référence, version) ?",
    ),
    field(
        "name",
        "Nom",
        Always,
        |doc| doc.name.is_some(),
        "Sous quel nom la fonction d'IA est-elle proposée, et dans quel produit est-elle embarquée ?",
    ),
    field(
        "level",
        "Niveau",
        Always,
        |doc| doc.level.is_some(),
        "À qui s'adresse-t-elle : à tous les agents, aux utilisateurs du produit, à un métier en particulier ? Peut-on la désactiver ?",
    ),
    field(
        "status",
        "Statut",
        Always,
        |doc| doc.status.is_some(),
        "Où en est-elle : prototype, version d'essai ou version générale ? Depuis quand, et dans quelles collectivités ?",
    ),
    field(
        "purpose",
        "Finalité",
        Served,
        |doc| doc.purpose.is_some(),
        "À quoi sert-elle précisément, et à quels usages ne convient-elle pas ? Prend-elle part à une décision concernant une personne ?",
    ),
    field(
        "data_used",
        "Données utilisées",
        Served,
        |doc| doc.data_used.is_some(),
        "Quelles données reçoit-elle, lesquelles sont conservées, et servent-elles à entraîner ou à améliorer un modèle ?",
    ),
    field(
        "legal_basis",
        "Base légale",
        Served,
        |doc| doc.legal_basis.is_some(),
        "Quel est votre rôle au sens du RGPD (responsable ou sous-traitant), et sur quelle base légale chaque donnée est-elle traitée ?",
    ),
    field(
        "provider",
        "Fournisseur",
        Served,
        |doc| doc.provider.is_some(),
        "Qui fournit le modèle et la technologie, et quels sont vos sous-traitants ?",
    ),
    field(
        "hosting",
        "Hébergement",
        Served,
        |doc| doc.hosting.is_some(),
        "Où les données sont-elles hébergées et traitées, de la saisie à la réponse, et quel droit étranger peut s'y appliquer ?",
    ),
    field(
        "decision",
        "Décision du DGS",
        Served,
        |doc| doc.decision.is_some(),
        "Quels éléments remettez-vous pour que le comité et le DGS se prononcent : démonstration, évaluation indépendante, références, documentation technique ?",
    ),
    field(
        "review_before",
        "À réexaminer avant le",
        Validated,
        |doc| doc.review_before.is_some(),
        "Quand le modèle ou ses conditions changent-ils, avec quel préavis en serons-nous informés, et à quelle échéance le choix se réexamine-t-il ?",
    ),
    field(
        "valid_until",
        "Dernier jour",
        Trial,
        |doc| doc.valid_until.is_some(),
        "Quelles sont la durée et les conditions d'un essai, et que deviennent les données à sa fin ?",
    ),
    field(
        "backends",
        "Service joint par la passerelle",
        Routed,
        |doc| !doc.backends.is_empty(),
        "Par quelle interface la fonction appelle-t-elle le modèle, et ces appels peuvent-ils passer par la passerelle de la collectivité ?",
    ),
    field(
        "models",
        "Modèles",
        Routed,
        |doc| !doc.models.is_empty(),
        "Quels modèles sont appelés, dans quelles versions, et qui décide d'en changer ?",
    ),
    field(
        "groups",
        "Groupes d'agents",
        Specialised,
        |doc| doc.groups.is_some(),
        "Comment l'accès se limite-t-il à des groupes d'agents nommés, et en combien de temps se retire-t-il ?",
    ),
    field(
        "training",
        "Formation exigée",
        Specialised,
        |doc| doc.training.is_some(),
        "Quelle formation proposez-vous aux agents, de quelle durée, et qu'est-ce qui atteste qu'elle a été suivie ?",
    ),
    field(
        "impact_assessment",
        "Analyse d'impact",
        Accepting,
        |doc| doc.impact_assessment.is_some(),
        "Quels documents fournissez-vous pour l'analyse d'impact : flux, durées, mesures de protection, risques qui restent ?",
    ),
    field(
        "fria",
        "Analyse d'impact sur les droits fondamentaux",
        Individual,
        |doc| doc.fria.is_some(),
        "Que fournissez-vous pour l'analyse d'impact sur les droits fondamentaux (règlement sur l'IA, article 27) : personnes touchées, risques, contrôle humain, recours ?",
    ),
    field(
        "accepts",
        "Données protégées acceptées",
        Optional,
        |doc| !doc.accepts.is_empty(),
        "Quelles données personnelles, sensibles, de santé ou concernant des personnes vulnérables est-elle configurée pour protéger, et comment ?",
    ),
    field(
        "ai_act",
        "Classe au sens du règlement sur l'IA",
        Optional,
        |doc| doc.ai_act.is_some(),
        "Dans quelle classe du règlement européen sur l'IA la rangez-vous (risque minimal, limité ou haut), et pour quelle raison ?",
    ),
    field(
        "ambition",
        "Ambition de la charte",
        Optional,
        |doc| doc.ambition.is_some(),
        "",
    ),
    field(
        "evaluation",
        "Évaluation",
        Optional,
        |doc| doc.evaluation.is_some(),
        "Comment sa fiabilité et ses biais ont-ils été évalués, par qui, sur quelles données en français, et avec quels résultats ?",
    ),
    field(
        "data_subjects",
        "Personnes concernées",
        Optional,
        |doc| doc.data_subjects.is_some(),
        "De quelles personnes traite-t-elle les données : agents, usagers, mineurs, tiers ?",
    ),
    field(
        "recipients",
        "Destinataires",
        Optional,
        |doc| doc.recipients.is_some(),
        "Qui, chez vous et chez vos sous-traitants, peut lire les demandes et les réponses ?",
    ),
    field(
        "retention",
        "Durée de conservation",
        Optional,
        |doc| doc.retention.is_some(),
        "Combien de temps les demandes, les réponses et les journaux sont-ils conservés, et comment s'effacent-ils ?",
    ),
    field(
        "transfers",
        "Transferts hors de l'Union européenne",
        Optional,
        |doc| doc.transfers.is_some(),
        "Des données sortent-elles de l'Union européenne, vers quels pays, et avec quelles garanties (RGPD, chapitre V) ?",
    ),
    field(
        "security",
        "Mesures de sécurité",
        Optional,
        |doc| doc.security.is_some(),
        "Quelles mesures de sécurité la protègent (chiffrement, cloisonnement, certification), et comment signalez-vous un incident ?",
    ),
    field(
        "proposed_on",
        "Proposé le",
        Optional,
        |doc| doc.proposed_on.is_some(),
        "",
    ),
];

/// The field with this key.
pub fn register_field(key: &str) -> Option<&'static RegisterField> {
    REGISTER.iter().find(|field| field.key == key)
}

impl std::fmt::Debug for RegisterField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RegisterField({}, {:?})", self.key, self.demand)
    }
}
