//! What the simulated backend says: short French answers to everyday requests of a public office.
//!
//! No answer holds personal data; blanks are left between square brackets.

use super::wire::hash;

/// Prompts longer than this (in bytes) bring a document: they are answered with a summary.
const DOCUMENT: usize = 1500;

/// Two answers to one kind of request.
type Pair = [&'static str; 2];

/// Kinds of requests by the words that announce them, in order: the first that fits answers.
const TOPICS: &[(&[&str], Pair)] = &[
    (
        &["qui es-tu", "qui êtes-vous", "es-tu une ia"],
        [
            "Je suis le simulateur : je ne suis pas une intelligence artificielle, je rends des réponses préparées pour essayer le service sans envoyer de données à l'extérieur.",
            "Je suis un simulateur livré avec la passerelle. Mes réponses sont écrites d'avance et rien de ce que vous écrivez ne quitte ce serveur.",
        ],
    ),
    (
        &["compte rendu", "compte-rendu", "réunion", "ordre du jour"],
        [
            "Compte rendu de réunion\n\n1. Rappel du contexte et des décisions précédentes.\n2. Points d'avancement : le calendrier est tenu, deux arbitrages restent à rendre.\n3. Actions à mener : [service] transmet le projet avant le [date].\n\nProchaine réunion : [date], salle [numéro].",
            "Relevé de décisions\n\n- Le projet est validé dans son principe.\n- Le budget sera présenté à la prochaine commission.\n- Un point d'étape aura lieu dans un mois.\n\nMerci de signaler toute correction avant le [date].",
        ],
    ),
    (
        &["résum", "synthès", "synthét"],
        [
            "En résumé : le texte rappelle le cadre, décrit la démarche proposée et fixe les étapes à venir. Trois points demandent une décision : le calendrier, le budget et la répartition des tâches entre les services.",
            "Synthèse : la demande est claire, les moyens restent à préciser. Il faudra confirmer le périmètre, désigner un référent et prévoir une information des usagers.",
        ],
    ),
    (
        &["courriel", "mail", "courrier", "lettre", "réponds à", "répondre à"],
        [
            "Objet : votre demande\n\nMadame, Monsieur,\n\nNous avons bien reçu votre demande et nous vous en remercions. Elle a été transmise au service compétent, qui vous répondra sous quinze jours. Si une pièce manquait à votre dossier, nous vous en informerions aussitôt.\n\nNous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées.",
            "Bonjour,\n\nMerci pour votre message. Je vous confirme que votre demande est en cours d'instruction. Je reviens vers vous dès que le service concerné m'aura répondu, au plus tard le [date].\n\nBien cordialement,\n[signature]",
        ],
    ),
    (
        &["marché", "appel d'offres", "cahier des charges", "consultation"],
        [
            "Pour ce marché, je vous propose quatre critères : la valeur technique (40 %), le prix (35 %), le délai (15 %) et la performance environnementale (10 %). Prévoyez une question sur l'intelligence artificielle que la solution embarque et sur l'hébergement des données.",
            "Plan du cahier des charges : objet et allotissement, besoins à satisfaire, contraintes techniques et réglementaires, calendrier, modalités de réception, pénalités. Le service de la commande publique relira le projet avant sa publication.",
        ],
    ),
    (
        &["délibération", "arrêté", "règlement", "juridique"],
        [
            "Projet à relire par le service juridique : viser les textes applicables, rappeler les motifs en deux considérants, puis énoncer les décisions article par article. Vérifiez chaque référence : je peux me tromper.",
            "Voici une trame : vu le code général des collectivités territoriales ; considérant l'intérêt du projet pour le territoire ; article 1 : objet ; article 2 : modalités ; article 3 : exécution. Les références sont à vérifier avant signature.",
        ],
    ),
    (
        &["tableau", "excel", "formule", "tableur", "csv"],
        [
            "Dans votre tableur, créez une colonne « Mois » puis un tableau croisé : les services en lignes, les mois en colonnes, la somme des montants en valeurs. Contrôlez le total avec celui du fichier d'origine.",
            "Utilisez SOMME.SI.ENS pour additionner selon plusieurs critères, par exemple le service et l'année. Pensez à figer les plages avec le signe $ avant de recopier la formule.",
        ],
    ),
    (
        &["tradui", "anglais", "reformul", "corrige", "orthographe"],
        [
            "Voici une version plus simple : « Le service vous accueille du lundi au vendredi. Vous pouvez aussi faire votre demande en ligne. » Le sens est conservé, les phrases sont plus courtes.",
            "Proposition : « Votre dossier est complet. Vous recevrez une réponse dans un délai d'un mois. » J'ai retiré les tournures passives et les sigles.",
        ],
    ),
    (
        &["plan", "organis", "calendrier", "étapes", "projet"],
        [
            "Je vous propose cinq étapes : cadrer le besoin, consulter les services, tester sur un petit périmètre, évaluer avec les utilisateurs, puis généraliser. Comptez deux mois pour les trois premières.",
            "Calendrier possible : cadrage en première quinzaine, concertation le mois suivant, essai pendant six semaines, bilan et décision à la fin du trimestre.",
        ],
    ),
    (
        &["bonjour", "bonsoir", "salut"],
        [
            "Bonjour ! Que puis-je faire pour vous : un courriel, une note, un compte rendu ?",
            "Bonjour ! Dites-moi ce que vous souhaitez rédiger, sans nommer d'usager, et je vous propose un premier jet.",
        ],
    ),
    (
        &["merci"],
        [
            "Avec plaisir. Relisez le texte avant de l'envoyer : vous en restez responsable.",
            "Je vous en prie. N'hésitez pas à me demander une version plus courte.",
        ],
    ),
];

/// A summary of a long prompt.
const SUMMARY: Pair = [
    "Le document compte trois parties. La première pose le contexte, la deuxième détaille les actions menées, la troisième propose une suite. Les chiffres cités sont à vérifier dans les sources avant diffusion.",
    "Points à retenir : une situation de départ bien décrite, des résultats encourageants, des moyens encore à confirmer. Une relecture par le service concerné est nécessaire.",
];

/// Answers to everything else.
const GENERAL: [Pair; 3] = [
    [
        "Voici une première proposition : préciser le besoin en une phrase, lister les contraintes, puis comparer deux solutions avec leurs avantages et leurs limites. Je peux développer l'une d'elles.",
        "On peut aborder la question en trois temps : ce que prévoit le cadre actuel, ce que vivent les agents et les usagers, ce qui pourrait changer sans moyen nouveau.",
    ],
    [
        "Cela dépend de votre service, mais la démarche est souvent la même : vérifier la règle applicable, demander l'avis du référent, puis garder une trace écrite de la décision.",
        "Je vous suggère de commencer par les cas les plus fréquents, d'en rédiger une fiche d'une page et de la faire relire par deux collègues.",
    ],
    [
        "Une note d'une page suffirait : le constat, les options, la recommandation. Terminez par la décision attendue et la date à laquelle elle doit être prise.",
        "L'essentiel est de dire clairement qui fait quoi, pour quand, et comment on saura que c'est réussi. Le reste peut figurer en annexe.",
    ],
];

/// An answer to a prompt. `rank` counts from 0 the answers to one request, which all differ.
pub(super) fn speak(prompt: &str, rank: u64) -> String {
    if let Some(echo) = echo(prompt) {
        return echo.to_owned();
    }
    let pair = pair(prompt);
    match rank {
        0 => pair[0].to_owned(),
        1 => pair[1].to_owned(),
        _ => format!("Proposition {} : {}", rank + 1, pair[(rank % 2) as usize]),
    }
}

fn pair(prompt: &str) -> &'static Pair {
    if prompt.len() > DOCUMENT {
        return &SUMMARY;
    }
    let lower = prompt.to_lowercase();
    let fits = |cues: &[&str]| cues.iter().any(|cue| lower.contains(cue));
    TOPICS
        .iter()
        .find(|(cues, _)| fits(cues))
        .map_or_else(|| general(prompt), |(_, pair)| pair)
}

fn general(prompt: &str) -> &'static Pair {
    &GENERAL[(hash(prompt.as_bytes()) % GENERAL.len() as u64) as usize]
}

/// An answer made of what a function returned.
pub(super) fn tell(outcome: &str) -> String {
    format!("D'après la fonction appelée : {}", outcome.trim())
}

/// Whether a prompt asks for the call of a function.
pub(super) fn asks_for_call(prompt: &str) -> bool {
    after(prompt.trim_start(), "appelle").is_some()
}

/// The text to give back, where the prompt says « echo : » or « répète : » before it.
pub(super) fn echo(prompt: &str) -> Option<&str> {
    let mut inside = false;
    for (at, letter) in prompt.char_indices() {
        let starts = !inside;
        inside = letter.is_alphanumeric();
        let said = |word: &&str| after(&prompt[at..], word);
        if starts && let Some(rest) = ["echo", "écho", "répète", "repete"].iter().find_map(said) {
            // French typography puts a space, often unbreakable, before a colon.
            if let Some(text) = rest.trim_start().strip_prefix(':') {
                return Some(text.trim());
            }
        }
    }
    None
}

/// What follows a word (in lower case) at the start of a text, in any case.
fn after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let mut letters = text.chars();
    for expected in word.chars() {
        if !letters.next()?.to_lowercase().eq([expected]) {
            return None;
        }
    }
    Some(letters.as_str())
}
