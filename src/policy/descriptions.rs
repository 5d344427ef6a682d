//! What each key of a policy means, in French, for whoever writes one. A test holds that every key has its line.

/// What may be bounded, wherever it is.
const LIMITS: &[(&str, &str)] = &[
    ("requests_per_minute", "Demandes en une minute."),
    (
        "requests_per_day",
        "Demandes en un jour (heure de France métropolitaine).",
    ),
    ("requests_per_month", "Demandes en un mois."),
    ("tokens_per_minute", "Jetons demandés et répondus en une minute."),
    ("tokens_per_day", "Jetons demandés et répondus en un jour."),
    ("tokens_per_month", "Jetons demandés et répondus en un mois."),
    (
        "euros_per_day",
        "Dépense en un jour, en euros, d'après les sections [[price]].",
    ),
    (
        "euros_per_month",
        "Dépense en un mois, en euros, d'après les sections [[price]].",
    ),
    ("concurrent_requests", "Demandes en cours au même moment."),
    ("max_output_tokens", "Jetons d'une seule réponse."),
];

/// By path from the root.
pub(super) const DESCRIPTIONS: &[(&str, &str)] = &[
    (
        "",
        "Les outils d'IA que la collectivité a validés, pour qui, et ce que la passerelle fait des données que la charte protège. Tout ce qui n'est pas écrit est refusé ; `gardefou check` dit tout ce qui ne va pas.",
    ),
    ("charter", "La charte en vigueur (règle 1)."),
    (
        "charter.version",
        "Version de la charte ; une nouvelle version demande une nouvelle acceptation.",
    ),
    ("charter.url", "Adresse où la charte se lit."),
    (
        "charter.acceptance",
        "required : sans acceptation, refus ; reminder : un rappel ; off : rien. Par défaut : required.",
    ),
    (
        "charter.signers",
        "Personnes dont la signature met en vigueur une version de ce fichier ; sans elles, quiconque peut l'écrire.",
    ),
    ("charter.signers.name", "Nom ou fonction de la personne qui signe."),
    (
        "charter.signers.key",
        "Sa clé publique Ed25519, 64 chiffres hexadécimaux.",
    ),
    ("contacts", "À qui s'adresser : chaque refus en nomme un."),
    (
        "contacts.dsiun",
        "Adresse de la direction des systèmes d'information et des usages numériques.",
    ),
    (
        "contacts.rssi",
        "Adresse du responsable de la sécurité des systèmes d'information.",
    ),
    ("contacts.dpo", "Adresse du délégué à la protection des données."),
    (
        "organisation",
        "Qui répond des traitements, en tête du registre (RGPD, article 30).",
    ),
    ("organisation.name", "Nom de la collectivité."),
    ("organisation.address", "Son adresse postale."),
    ("organisation.representative", "Qui la représente."),
    ("mention", "Ce qui dit qu'une IA a écrit (règle 6)."),
    (
        "mention.text",
        "Mention à la fin de chaque réponse, 500 caractères au plus.",
    ),
    (
        "mention.public_notice",
        "Ce qui est dit à un usager avant la première réponse d'un outil ouvert au public.",
    ),
    (
        "screening",
        "Ce qui est fait des données protégées trouvées dans une demande (règle 8).",
    ),
    (
        "screening.observe",
        "Classes de données à l'essai : ce qui serait fait est décidé et compté, et rien n'est fait.",
    ),
    (
        "screening.actions",
        "Par classe de données que l'outil n'est pas configuré pour protéger : mask remplace, block refuse, warn avertit, observe compte.",
    ),
    (
        "screening.actions.personal",
        "Données personnelles : nom, adresse, téléphone, courriel… Par défaut : mask.",
    ),
    (
        "screening.actions.highly_personal",
        "Données hautement personnelles : numéro de sécurité sociale, banque, pièce d'identité… Par défaut : block.",
    ),
    (
        "screening.actions.sensitive",
        "Données sensibles : opinions, religion, origine, condamnations… Par défaut : block.",
    ),
    ("screening.actions.health", "Données de santé. Par défaut : block."),
    (
        "screening.actions.vulnerable",
        "Situation d'une personne vulnérable : mineur, majeur protégé… Par défaut : block.",
    ),
    ("screening.actions.secret", "Mots de passe et clés. Par défaut : block."),
    ("masking", "Comment une donnée masquée est annoncée au modèle."),
    (
        "masking.instruct",
        "Expliquer au modèle ce que sont les repères. Par défaut : true.",
    ),
    ("masking.instruction", "Les mots de cette explication."),
    ("limits", "Ce qui vaut pour tous les outils ensemble."),
    ("limits.caller", "Ce qu'un agent peut demander, tous outils ensemble."),
    (
        "limits.store_down",
        "Si le compteur partagé ne répond pas : open, chaque passerelle compte seule ; closed, ce qui a une limite est refusé. Par défaut : open.",
    ),
    ("group", "Un groupe d'agents."),
    (
        "group.id",
        "Son identifiant, que les outils, les clés et les réglages emploient.",
    ),
    ("group.members", "Ses membres, par leur identifiant."),
    ("group.idp_groups", "Groupes de l'annuaire qui le composent."),
    (
        "group.direction",
        "Direction de ses membres, pour les statistiques du comité ; ` / ` sépare un service.",
    ),
    (
        "group.domains",
        "Domaines de compétence de ses membres, comparés à ceux des outils (règle 3) ; `*` : tous ; sans cette clé, ils ne sont pas connus.",
    ),
    (
        "group.limits",
        "Ce que ses membres peuvent demander ensemble, tous outils compris.",
    ),
    (
        "direction",
        "L'effectif d'une direction, pour la part d'agents actifs du rapport.",
    ),
    ("direction.name", "Comme dans `direction` d'un groupe."),
    ("direction.agents", "Nombre d'agents qui y travaillent."),
    ("backend", "Un service d'IA joint par la passerelle."),
    ("backend.id", "Son identifiant, que les outils emploient."),
    (
        "backend.dialect",
        "Ce qu'il parle ; simulated est dans la passerelle même, sans réseau.",
    ),
    (
        "backend.base_url",
        "Son adresse, telle que la reçoit la bibliothèque de son dialecte : avec /v1 pour openai, sans pour les autres. https://, sauf sur cette machine.",
    ),
    (
        "backend.api_key",
        "Où est sa clé : { env = \"NOM_DE_VARIABLE\" } ou { file = \"CHEMIN\" }. Jamais la clé.",
    ),
    (
        "backend.footprint",
        "Ce qu'EcoLogits doit savoir pour l'empreinte de ses réponses.",
    ),
    (
        "backend.footprint.provider",
        "Fournisseur, par son nom dans EcoLogits, comme google_genai.",
    ),
    (
        "backend.footprint.zone",
        "Pays de l'électricité, en trois lettres (ISO 3166-1), ou WOR.",
    ),
    (
        "price",
        "Un prix, en euros par million de jetons. Un modèle sans prix a un coût inconnu, jamais nul.",
    ),
    ("price.backend", "Identifiant du service d'IA."),
    ("price.model", "Nom exact du modèle, ou début de nom et `*`."),
    ("price.input", "Prix de ce qui est demandé."),
    ("price.output", "Prix de ce qui est répondu, réflexion comprise."),
    ("price.from", "Premier jour."),
    ("price.until", "Dernier jour."),
    ("tool", "Un outil d'IA de la liste du comité (règle 2)."),
    ("tool.id", "Son identifiant, dans les adresses (/t/…) et le journal."),
    ("tool.name", "Son nom pour les agents."),
    (
        "tool.level",
        "1 : pour tous ; 2 : embarqué dans le logiciel d'un éditeur ; 3 : spécialisé, pour un métier.",
    ),
    (
        "tool.status",
        "Où il en est : proposed, studied, trial, validated, suspended ou withdrawn. Seuls trial et validated sont servis.",
    ),
    ("tool.proposed_on", "Jour où il a été proposé au comité."),
    ("tool.decision", "La décision qui l'autorise."),
    ("tool.decision.reference", "Son numéro."),
    ("tool.decision.date", "Son jour."),
    ("tool.evaluation", "Son évaluation."),
    ("tool.evaluation.reference", "Son numéro."),
    ("tool.evaluation.date", "Son jour."),
    (
        "tool.review_before",
        "Dernier jour avant lequel le comité doit l'avoir réexaminé ; ensuite il n'est plus servi.",
    ),
    (
        "tool.grace_days",
        "Jours pendant lesquels il est encore servi après `review_before`, avec un rappel.",
    ),
    ("tool.valid_from", "Premier jour où il est servi."),
    (
        "tool.valid_until",
        "Dernier jour où il est servi ; exigé pour une expérimentation.",
    ),
    ("tool.purpose", "À quoi il sert : la finalité du traitement."),
    ("tool.data_used", "Sur quelles données il travaille."),
    ("tool.legal_basis", "Base légale du traitement (RGPD, article 6)."),
    ("tool.provider", "Qui le fournit."),
    ("tool.hosting", "Où ses données sont hébergées."),
    (
        "tool.ambition",
        "L'ambition de la charte qu'il sert : simplify, relation, decision ou modernise ; decision rappelle qu'un agent décide.",
    ),
    ("tool.campaign", "L'appel à projets interne dont il vient."),
    ("tool.ai_act", "Sa classe d'après le règlement européen sur l'IA."),
    (
        "tool.data_subjects",
        "Personnes dont il traite les données (RGPD, article 30).",
    ),
    ("tool.recipients", "Qui reçoit ces données."),
    ("tool.retention", "Combien de temps elles sont gardées."),
    (
        "tool.transfers",
        "Ce qui sort de l'Union européenne, et avec quelles garanties.",
    ),
    ("tool.security", "Ce qui les protège."),
    (
        "tool.backends",
        "Services d'IA qui lui répondent, essayés dans l'ordre.",
    ),
    (
        "tool.default_model",
        "Modèle d'une demande qui n'en nomme pas, à cet outil (/t/…) ou au premier outil de niveau 1 ouvert à tous : le plus petit qui suffise (charte, « Responsabilité environnementale »).",
    ),
    ("tool.models", "Ses modèles : noms exacts, ou débuts de nom et `*`."),
    (
        "tool.accepts",
        "Classes de données qu'il est configuré pour protéger ; aucune au niveau 1.",
    ),
    (
        "tool.groups",
        "Groupes qui peuvent s'en servir ; `*` : tous les agents. Au niveau 3 et en expérimentation : jamais `*`.",
    ),
    (
        "tool.impact_assessment",
        "Référence de l'analyse d'impact (RGPD, article 35) ; exigée s'il accepte des données.",
    ),
    (
        "tool.decision_individuelle",
        "Il prend part à des décisions sur des personnes (CRPA, article L.311-3-1) : demande l'analyse d'impact et `fria`.",
    ),
    (
        "tool.fria",
        "Référence de l'analyse d'impact sur les droits fondamentaux (règlement sur l'IA, article 27).",
    ),
    (
        "tool.domains",
        "Domaines de compétence auxquels il est destiné (règle 3) ; `*` : tous.",
    ),
    (
        "tool.outside_domains",
        "Hors de ces domaines : remind rappelle, refuse refuse. Par défaut : remind.",
    ),
    (
        "tool.purpose_required",
        "L'agent doit dire pourquoi il demande (entête x-gardefou-purpose).",
    ),
    ("tool.training", "Formation dont l'agent doit avoir l'attestation."),
    (
        "tool.audience",
        "Qui lit ses réponses : internal, les agents ; public, les usagers, qui sont prévenus.",
    ),
    (
        "tool.observe",
        "À l'essai : ce qui serait fait des données est décidé et compté, et rien n'est fait.",
    ),
    (
        "tool.answers",
        "Ce qui est fait des données trouvées dans les réponses : off rien, observe compte, mask ôte, block arrête.",
    ),
    (
        "tool.unread",
        "Ce qui peut partir sans être relu, chaque fois contre la règle générale.",
    ),
    (
        "tool.ocr",
        "Lire le texte des images avant qu'elles partent (tesseract).",
    ),
    (
        "tool.routed",
        "false : au niveau 2, l'outil s'emploie chez son éditeur et ne passe pas par la passerelle.",
    ),
    ("tool.limits", "Ce qu'un agent peut lui demander."),
    (
        "tool.shared_limits",
        "Ce que tous les agents peuvent lui demander ensemble.",
    ),
    (
        "training",
        "Une formation qu'un outil exige, pour que le refus dise où la suivre.",
    ),
    ("training.id", "Comme dans `training` d'un outil et d'une attestation."),
    ("training.name", "Son nom pour les agents."),
    ("training.url", "La page où s'y inscrire."),
    ("attestation", "Une formation que quelqu'un a suivie."),
    ("attestation.training", "Son nom, comme dans `training` d'un outil."),
    ("attestation.holder", "Qui l'a suivie."),
    ("attestation.valid_until", "Dernier jour où elle vaut."),
    ("detector", "Ce que la DSIUN ajoute au détecteur."),
    ("detector.id", "Son identifiant."),
    ("detector.class", "Classe de ce qu'il trouve."),
    (
        "detector.pattern",
        "Expression régulière de ce qu'il cherche, de préférence entre apostrophes.",
    ),
    (
        "detector.cues",
        "Mots dont un doit se trouver à côté ; sans cette clé, aucun n'est demandé.",
    ),
    ("detector.matches", "Exemples qu'il doit trouver."),
    ("detector.misses", "Exemples qu'il doit laisser."),
    (
        "detector.observe",
        "À l'essai : ce qu'il trouve est compté, et rien n'est fait.",
    ),
    ("allow", "Ce qui n'est jamais signalé."),
    ("allow.emails", "Adresses, ou `*@domaine`."),
    ("allow.phones", "Numéros de téléphone."),
    ("allow.names", "Noms de personnes."),
    (
        "test",
        "Un essai, joué à chaque lecture du fichier : s'il échoue, le fichier est refusé.",
    ),
    ("test.name", "Ce qu'il montre."),
    ("test.tool", "L'outil demandé."),
    ("test.caller", "Qui demande."),
    ("test.caller.id", "Son identifiant."),
    (
        "test.caller.groups",
        "Groupes qu'il a en plus de ceux dont ce fichier le dit membre.",
    ),
    ("test.prompt", "Le texte de la demande."),
    ("test.expect", "Ce qui doit en être fait."),
];

/// What the key at this path means.
pub(super) fn description(path: &str) -> Option<&'static str> {
    let listed = |table: &[(&'static str, &'static str)], key: &str| {
        table.iter().find(|(known, _)| *known == key).map(|(_, text)| *text)
    };
    listed(DESCRIPTIONS, path).or_else(|| {
        let (table, key) = path.rsplit_once('.')?;
        let bounds = ["limits", "limits.caller", "shared_limits"];
        bounds
            .iter()
            .any(|end| table.ends_with(end))
            .then(|| listed(LIMITS, key))?
    })
}
