//! The codes of the mistakes a policy file can hold. A code means one thing for ever: none is given twice, and one
//! that is no longer used is not given to another.

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal;)*) => {
        $(#[doc = $title] pub(super) const $name: &str = $code;)*

        /// Every code with its title, in French.
        pub const CODES: &[(&str, &str)] = &[$(($code, $title)),*];
    };
}

codes! {
    SYNTAX = "P001", "le fichier n'est pas du TOML valable";
    UNKNOWN_KEY = "P002", "clé inconnue";
    MISSING = "P003", "clé obligatoire absente";
    WRONG_TYPE = "P004", "valeur d'un autre type que celui attendu";
    NOT_LISTED = "P005", "valeur hors de la liste permise";
    BAD_ID = "P006", "identifiant mal formé";
    TWICE = "P007", "identifiant ou valeur en double";
    UNDEFINED = "P008", "identifiant employé mais non défini";
    BAD_TEXT = "P009", "texte vide ou illisible";
    OUT_OF_RANGE = "P010", "nombre hors des limites";
    BAD_DATE = "P011", "date impossible ou incohérente";
    BAD_URL = "P012", "adresse refusée";
    PLAIN_SECRET = "P013", "secret écrit dans le fichier";
    SIMULATED = "P014", "réglage sans objet pour le backend simulé";
    BAD_KEY = "P015", "clé publique de signataire inutilisable";
    BAD_CONTACT = "P016", "adresse électronique mal écrite";
    NOT_DOCUMENTED = "P020", "outil servi sans les informations que la charte demande";
    LEVEL_1_ACCEPTS = "P021", "outil de niveau 1 qui accepte des données protégées";
    LEVEL_3_OPEN = "P022", "outil de niveau 3 sans périmètre restreint";
    NO_ASSESSMENT = "P023", "données protégées acceptées sans analyse d'impact";
    NO_TRAINING = "P024", "données protégées acceptées sans formation exigée";
    TRIAL_WITHOUT_END = "P025", "expérimentation sans date de fin";
    TRIAL_OPEN = "P026", "expérimentation sans périmètre restreint";
    NO_BACKEND = "P027", "outil servi sans backend";
    NO_MODEL = "P028", "outil servi sans modèle";
    BAD_MODEL = "P029", "nom de modèle mal formé";
    OVERLAP = "P030", "même modèle pour deux outils servis";
    NOT_ROUTED = "P031", "`routed` contredit le reste de l'outil";
    PRICES_OVERLAP = "P032", "deux prix du même modèle aux mêmes dates";
    NO_GROUP = "P033", "outil servi qui n'est ouvert à personne";
    INDIVIDUAL_UNASSESSED = "P035", "décisions individuelles sans les analyses qu'elles demandent";
    DOMAINS_CLOSED = "P036", "`outside_domains` sans domaines à comparer";
    GRACE_ALONE = "P037", "délai sans date de réexamen";
    NO_NOTICE = "P038", "outil pour le public sans avertissement";
    BAD_DEFAULT = "P039", "modèle par défaut qui n'est pas de l'outil";
    BAD_PATTERN = "P040", "expression d'un détecteur inutilisable";
    MISSED = "P041", "un détecteur ne trouve pas ce qu'il doit trouver";
    FALSE_ALARM = "P042", "un détecteur trouve ce qu'il doit laisser";
    TOO_WIDE = "P043", "exception trop large ou mal formée";
    RED_TEST = "P050", "un essai de la politique échoue";
    OVERDUE = "P060", "un outil n'est plus servi, sa date est passée";
    NOT_TRIED = "P061", "un essai ne peut pas être joué à cette date";
    UNUSED = "P062", "défini mais jamais employé";
    LEVEL_3_UNTRAINED = "P063", "outil de niveau 3 sans formation exigée";
    HIGH_RISK_UNASSESSED = "P064", "système à haut risque sans analyse d'impact";
    NO_FOOTPRINT = "P065", "modèle dont l'empreinte n'est pas connue";
    WITHIN = "P066", "modèle pris dans le nom plus large d'un autre outil";
    OBSERVED = "P067", "classe de données en observation";
    ALL_AND_SOME = "P068", "groupes nommés à côté de `*`";
    LIMIT_OF_NOBODY = "P070", "plafond d'un groupe sans membre";
    LIMIT_NEVER_REACHED = "P071", "plafond qui ne peut pas être atteint";
    NOTHING_COUNTED = "P072", "réglage des plafonds sans plafond";
    LIMIT_WITHOUT_PRICE = "P073", "plafond en euros d'un modèle sans prix";
    IN_GRACE = "P075", "réexamen dépassé, délai en cours";
    DOMAIN_ALONE = "P076", "domaine de compétence nommé d'un seul côté";
    NOT_EVALUATED = "P077", "outil validé sans évaluation";
    EVALUATED_LATE = "P078", "évaluation postérieure à la validation";
    REPEATED = "P079", "la même chose écrite deux fois";
    NO_ADDRESS = "P080", "contact sans adresse électronique";
}

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn no_code_is_given_twice() {
        assert!(
            CODES.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "in order, each once"
        );
        assert!(
            CODES
                .iter()
                .all(|(code, title)| code.len() == 4 && code.starts_with('P') && !title.is_empty())
        );
    }
}
