//! The registers, made from the policy alone: the sheets of RGPD art. 30, the register of AI systems, and the question
//! grid for public tenders (charter, "Conformité" and level 2).
//!
//! What the policy does not say yet is shown « à compléter » and counted: a register with holes is honest, one that
//! looks whole is not. Which fields there are is written once, in the table of `policy`.

mod content;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::document::{Block, Cell, Column, Document, Fact, Facts, Table};
use super::french;
use crate::policy::{Demand, Policy, REGISTER, Tool, register_field};
use content::{content, status};

/// What stands where the policy says nothing.
pub const MISSING: &str = "à compléter";
/// What stands where nothing is asked.
const NOTHING_ASKED: &str = "sans objet";

/// The fields of a sheet, in the order of RGPD art. 30(1).
const SHEET: [&str; 16] = [
    "purpose",
    "legal_basis",
    "data_subjects",
    "data_used",
    "accepts",
    "recipients",
    "provider",
    "hosting",
    "transfers",
    "retention",
    "security",
    "impact_assessment",
    "groups",
    "training",
    "decision",
    "review_before",
];

/// The register of processing: one sheet a tool, and that of the gateway's own journal.
pub fn processing(policy: &Policy) -> Document {
    let mut blocks = vec![
        Block::Paragraph(
            "Registre prévu par l'article 30 du règlement général sur la protection des données (RGPD). Il est établi \
             d'après la politique d'usage de l'IA ; le délégué à la protection des données le complète et le valide."
                .into(),
        ),
        Block::Table(controller(policy)),
    ];
    let mut summary = Table::new(
        "sheets",
        "Fiches",
        vec![
            Column::new("tool", "Outil"),
            Column::new("level", "Niveau"),
            Column::new("status", "Statut"),
            Column::new("missing", "Rubriques à compléter"),
        ],
    );
    let sheets: Vec<_> = policy.tools().iter().map(|tool| sheet(policy, tool)).collect();
    for (tool, (_, missing)) in policy.tools().iter().zip(&sheets) {
        summary.rows.push(vec![
            Cell::text(&tool.name),
            Cell::Count(Some(tool.level.into())),
            Cell::text(status(tool)),
            Cell::Count(Some(*missing)),
        ]);
    }
    blocks.push(Block::Table(summary));
    for (tool, (table, _)) in policy.tools().iter().zip(sheets) {
        blocks.push(heading(1, &format!("Fiche : {}", tool.name)));
        blocks.push(Block::Table(table));
    }
    blocks.push(heading(1, "Fiche : journal d'usage de la passerelle"));
    blocks.push(Block::Note(
        "Ce traitement est celui de la passerelle elle-même : il a sa fiche, comme tout autre.".into(),
    ));
    blocks.push(Block::Table(journal()));
    Document {
        title: "Registre des activités de traitement : outils d'IA".into(),
        subtitle: organisation(policy),
        generated_for: "Délégué à la protection des données".into(),
        blocks,
    }
}

/// Who answers for the processing.
fn controller(policy: &Policy) -> Table {
    let organisation = policy.organisation();
    let mut table = Table::new("controller", "Responsable du traitement", two_columns());
    for (field, said) in [
        ("Responsable du traitement", organisation.name.as_deref()),
        ("Adresse", organisation.address.as_deref()),
        ("Représentant", organisation.representative.as_deref()),
        (
            "Délégué à la protection des données",
            Some(policy.contacts().dpo.as_str()),
        ),
        (
            "Sécurité des systèmes d'information",
            Some(policy.contacts().rssi.as_str()),
        ),
        ("Politique (empreinte)", Some(policy.hash())),
    ] {
        table.rows.push(row(field, or_missing(said)));
    }
    table
}

/// A sheet, and how many of its fields are to be filled in.
fn sheet(policy: &Policy, tool: &Tool) -> (Table, i64) {
    let mut table = Table::new(
        &format!("sheet_{}", tool.id.replace('-', "_")),
        format!("Article 30, outil « {} »", tool.id),
        two_columns(),
    );
    table.rows.push(row("Statut", status(tool)));
    let mut missing = 0;
    for field in SHEET.iter().filter_map(|key| register_field(key)) {
        let content = content(policy, tool, field);
        missing += i64::from(content == MISSING);
        table.rows.push(row(field.title, content));
    }
    (table, missing)
}

/// How far a sheet is filled in.
pub(super) struct Completeness {
    /// Fields with a content.
    pub filled: i64,
    /// Fields that want one.
    pub asked: i64,
}

/// How far the sheet of a tool is filled in, by the same fields and the same rule as [`processing`].
pub(super) fn completeness(policy: &Policy, tool: &Tool) -> Completeness {
    let fields = SHEET.iter().filter_map(|key| register_field(key));
    let contents: Vec<_> = fields.map(|field| content(policy, tool, field)).collect();
    let count = |of: &dyn Fn(&str) -> bool| contents.iter().map(|content| i64::from(of(content))).sum();
    Completeness {
        filled: count(&|content| content != MISSING && content != NOTHING_ASKED),
        asked: count(&|content| content != NOTHING_ASKED),
    }
}

fn two_columns() -> Vec<Column> {
    vec![Column::new("field", "Rubrique"), Column::new("content", "Contenu")]
}

fn row(field: &str, content: impl Into<String>) -> Vec<Cell> {
    vec![Cell::text(field), Cell::text(content)]
}

/// The gateway's own processing. What is said here is what the program does; the DPO decides on the rest.
fn journal() -> Table {
    let mut table = Table::new("sheet_journal", "Journal d'usage de la passerelle", two_columns());
    for (field, content) in [
        (
            "Finalité",
            "Sécurité, preuve du respect de la charte, statistiques agrégées pour le comité DATA-IA",
        ),
        (
            "Base légale",
            "À confirmer par le délégué : mission d'intérêt public et obligation de sécurité (articles 6 et 32)",
        ),
        (
            "Personnes concernées",
            "Agents qui utilisent un outil d'IA par la passerelle",
        ),
        (
            "Données utilisées",
            "Pseudonyme renouvelé chaque année, direction, outil, date, décision, nombre de données protégées par classe, \
             jetons, durées, coût, empreinte. Ni demande, ni réponse, ni valeur trouvée, ni nom",
        ),
        (
            "Destinataires",
            "DSIUN, RSSI et délégué à la protection des données ; le comité ne voit que des agrégats d'au moins cinq personnes",
        ),
        (
            "Durée de conservation",
            "Celle de `[ledger] retention_days` dans les réglages : 365 jours par défaut ; les agrégats sont gardés",
        ),
        (
            "Transferts hors de l'Union européenne",
            "Aucun par la passerelle : la base est celle de la collectivité",
        ),
        (
            "Mesures de sécurité",
            "Pseudonymes à clé, lignes chaînées et signées, ajout seul, rôles de base de données séparés",
        ),
        (
            "Analyse d'impact",
            "À apprécier par le délégué, avec la consultation du comité social territorial (information des agents)",
        ),
    ] {
        table.rows.push(row(field, content));
    }
    table
}

/// The register of AI systems: what the committee decided of each, what it is made of, what it may receive.
pub fn systems(policy: &Policy) -> Document {
    let decided = [
        "level",
        "status",
        "ai_act",
        "proposed_on",
        "decision",
        "evaluation",
        "review_before",
        "valid_until",
        "ambition",
    ];
    let made = ["purpose", "provider", "hosting", "backends", "models"];
    let receives = ["accepts", "impact_assessment", "groups", "training", "fria"];
    let missing = |tool: &Tool| {
        let fields = decided.iter().chain(&made).chain(&receives);
        let contents = fields
            .filter_map(|key| register_field(key))
            .map(|field| content(policy, tool, field));
        contents.filter(|content| content == MISSING).count()
    };
    let total: usize = policy.tools().iter().map(missing).sum();
    let served = policy.tools().iter().filter(|tool| tool.status.is_served()).count();
    let count = |n: usize| Cell::Count(i64::try_from(n).ok());
    Document {
        title: "Registre des systèmes d'IA".into(),
        subtitle: organisation(policy),
        generated_for: "Comité DATA-IA".into(),
        blocks: vec![
            Block::Paragraph(
                "Liste unique des systèmes d'IA proposés, étudiés, servis ou retirés, d'après la politique en vigueur. La \
                 classe est celle du règlement européen sur l'IA (UE) 2024/1689, telle que la collectivité l'a retenue."
                    .into(),
            ),
            Block::Facts(Facts {
                id: "systems".into(),
                caption: "En bref".into(),
                facts: vec![
                    Fact::new("tools", "Systèmes", count(policy.tools().len())),
                    Fact::new("served", "Servis", count(served)),
                    Fact::new("missing", "Rubriques à compléter", count(total)),
                    Fact::new("policy", "Politique (empreinte)", Cell::text(policy.hash())),
                ],
            }),
            heading(1, "Décisions"),
            Block::Table(of_fields(policy, "decisions", "Décisions, évaluations et échéances", &decided)),
            heading(1, "Technique"),
            Block::Table(of_fields(policy, "technology", "Fournisseurs, hébergement et modèles", &made)),
            heading(1, "Données et périmètre"),
            Block::Table(of_fields(policy, "perimeter", "Données protégées acceptées et agents concernés", &receives)),
            heading(1, "Ambitions et appels à projets"),
            Block::Table(by(policy, "ambitions", ("Ambition", "Outils par ambition de la charte"), MISSING, |tool| {
                tool.ambition.map(|ambition| ambition.french().to_owned())
            })),
            Block::Table(by(
                policy,
                "campaigns",
                ("Appel à projets", "Outils par appel à projets interne"),
                "hors appel à projets",
                |tool| tool.campaign.clone(),
            )),
        ],
    }
}

/// One row a value that tools share, those without one last.
fn by(
    policy: &Policy,
    id: &str,
    (title, caption): (&str, &str),
    without: &str,
    value: impl Fn(&Tool) -> Option<String>,
) -> Table {
    let mut shared: BTreeMap<(bool, String), Vec<&Tool>> = BTreeMap::new();
    for tool in policy.tools() {
        let value = value(tool);
        let key = (value.is_none(), value.unwrap_or_else(|| without.to_owned()));
        shared.entry(key).or_default().push(tool);
    }
    let columns = vec![
        Column::new("value", title),
        Column::new("tools", "Outils"),
        Column::new("served", "Servis"),
        Column::new("names", "Noms"),
    ];
    let mut table = Table::new(id, caption, columns);
    let count = |n: usize| Cell::Count(i64::try_from(n).ok());
    for ((_, value), tools) in shared {
        let served = tools.iter().filter(|tool| tool.status.is_served()).count();
        let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
        table.rows.push(vec![
            Cell::text(value),
            count(tools.len()),
            count(served),
            Cell::text(names.join(", ")),
        ]);
    }
    table
}

/// One row a tool, one column a field.
fn of_fields(policy: &Policy, id: &str, caption: &str, keys: &[&str]) -> Table {
    let fields: Vec<_> = keys.iter().filter_map(|key| register_field(key)).collect();
    let mut columns = vec![Column::new("tool", "Outil")];
    columns.extend(fields.iter().map(|field| Column::new(field.key, field.title)));
    let mut table = Table::new(id, caption, columns);
    for tool in policy.tools() {
        let cells = fields.iter().map(|field| Cell::text(content(policy, tool, field)));
        table
            .rows
            .push(std::iter::once(Cell::text(&tool.name)).chain(cells).collect());
    }
    table
}

/// What a supplier is asked beyond the fields of a register: the charter's other values.
const MORE_QUESTIONS: [(&str, &str); 4] = [
    (
        "Environnement",
        "Quelles consommations d'électricité et d'eau et quelles émissions mesurez-vous par usage, et un modèle plus petit suffirait-il ?",
    ),
    (
        "Transparence",
        "Comment un contenu produit par l'IA est-il signalé au lecteur et marqué pour les machines (règlement sur l'IA, article 50) ?",
    ),
    (
        "Accessibilité",
        "La fonction respecte-t-elle le référentiel général d'amélioration de l'accessibilité (RGAA), et quel en est le taux de conformité ?",
    ),
    (
        "Réversibilité",
        "Comment arrête-t-on la fonction, que récupère-t-on de ses données, sous quel format et dans quel délai ?",
    ),
];

/// The question grid for public tenders. It needs no policy: it asks what a policy will have to say.
pub fn questions(policy: &Policy) -> Document {
    let mut blocks = vec![Block::Paragraph(
        "Grille à joindre à une consultation dès qu'un produit peut comporter une fonction d'IA (charte, niveau 2). Chaque \
         question remplit une rubrique de la politique ; sans réponse aux premières, l'outil ne pourra pas être servi."
            .into(),
    )];
    let mut number = 0;
    let mut ask = |table: &mut Table, field: &str, question: &str, when: &str| {
        number += 1;
        table.rows.push(vec![
            Cell::Count(Some(number)),
            Cell::text(field),
            Cell::text(unbroken(question)),
            Cell::text(when),
            Cell::text(""),
        ]);
    };
    let asked = |optional: bool| {
        let fields = REGISTER
            .iter()
            .filter(move |field| (field.demand == Demand::Optional) == optional);
        fields.filter(|field| !field.question.is_empty())
    };
    let mut demanded = Table::new("demanded", "Questions dont la réponse est exigée", grid());
    for field in asked(false) {
        ask(&mut demanded, field.title, field.question, field.demand.french());
    }
    let mut expected = Table::new(
        "expected",
        "Questions dont la réponse est attendue dans les registres",
        grid(),
    );
    for field in asked(true) {
        ask(&mut expected, field.title, field.question, "registres");
    }
    let mut more = Table::new("more", "Autres questions de la charte", grid());
    for (field, question) in MORE_QUESTIONS {
        ask(&mut more, field, question, "charte");
    }
    let headings = ["Réponses exigées", "Réponses attendues", "Autres questions"];
    for (text, table) in headings.into_iter().zip([demanded, expected, more]) {
        blocks.push(heading(1, text));
        blocks.push(Block::Table(table));
    }
    Document {
        title: "Marchés publics : questions sur l'intelligence artificielle".into(),
        subtitle: organisation(policy),
        generated_for: "Candidats et acheteurs".into(),
        blocks,
    }
}

/// With a narrow no-break space before a question mark, so that none begins a line.
fn unbroken(question: &str) -> String {
    question.replace(" ?", &format!("{}?", french::THIN))
}

fn grid() -> Vec<Column> {
    vec![
        Column::new("number", "N°"),
        Column::new("field", "Rubrique"),
        Column::new("question", "Question"),
        Column::new("demand", "Exigé"),
        Column::new("answer", "Réponse du candidat"),
    ]
}

fn heading(level: u8, text: &str) -> Block {
    Block::Heading {
        level,
        text: text.to_owned(),
    }
}

fn organisation(policy: &Policy) -> String {
    or_missing(policy.organisation().name.as_deref())
}

fn or_missing(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or(MISSING).to_owned()
}
