//! What the figures do not tell, what is kept and how long, and how complete the registers are.

use super::{Subject, heading, paragraph, sums};
use crate::report::document::{Block, Cell, Column, Fact, Facts, Table};
use crate::report::registers;

/// Writes the chapter.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Droit et registres"));
    law(subject, blocks);
    blocks.push(heading(1, "Lire ces chiffres"));
    blocks.push(heading(2, "Ce que la passerelle ne voit pas"));
    for text in [
        "Gemini dans Gmail, Docs, Meet ou sur gemini.google.com, et tout outil grand public ouvert dans un navigateur, ne \
         passent pas par elle. Elle ne les contrôle pas, et ne les compte que par les exports de Google.",
        "Les outils de niveau 2, embarqués dans le logiciel d'un éditeur, n'y passent que si l'éditeur le permet.",
        "Ce que l'agent fait d'une réponse (relecture, mention, diffusion) n'est mesuré par aucun chiffre de ce rapport.",
        "Une donnée protégée que le détecteur n'a pas reconnue n'est pas comptée.",
    ] {
        blocks.push(paragraph(text));
    }
    blocks.push(heading(2, "Ce qui est masqué, et pourquoi"));
    blocks.push(paragraph(
        "Aucun chiffre n'est publié s'il concerne moins de 5 personnes, ou si une seule en fait plus de 80 % : c'est la \
         règle de l'Insee pour les effectifs. Ce qui est trop petit est regroupé avec d'autres (« autres outils », « autres \
         directions »…), de sorte qu'aucune soustraction ne le retrouve. Les chiffres ne portent que sur des mois \
         entiers, et seulement sur les demandes d'agents reconnus.",
    ));
    blocks.push(paragraph(
        "« masqué » : le chiffre existe peut-être, et n'est pas publié ; là où un outil, une classe ou une direction n'a pas \
         de ligne à son nom, rien ne dit s'il y a eu quelque chose. « inconnu » : personne ne le connaît. « mois en \
         cours » : il sera publié à la fin du mois. « – » : sans objet, rien n'est à chiffrer ici. « aucun mois » : aucun \
         mois publié n'est à compter. « au moins » : une somme de comptes arrondis chacun au multiple de 5 inférieur, donc \
         un minimum. Aucun de ces mots ne veut dire zéro.",
    ));
    blocks.push(heading(2, "Ce qui est conservé"));
    blocks.push(paragraph(format!(
        "Le journal garde une ligne par demande pendant {} jours après la fin de son mois, sous un pseudonyme qui change \
         chaque année, sans le texte de la demande ni de la réponse. Les chiffres mensuels du comité, qui ne portent plus \
         sur des personnes, sont gardés au-delà.",
        subject.retention_days
    )));
}

fn law(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    let tools = subject.policy.tools();
    let mut table = Table::new(
        "registers",
        "Fiches du registre des traitements (RGPD, article 30)",
        vec![
            Column::new("tool", "Outil"),
            Column::new("filled", "Rubriques remplies"),
            Column::new("asked", "Rubriques attendues"),
            Column::with_unit("share", "Complète", "%"),
            Column::new("ai_act", "Règlement IA"),
            Column::new("impact_assessment", "Analyse d'impact"),
        ],
    );
    let (mut filled, mut asked) = (0, 0);
    for tool in tools {
        let sheet = registers::completeness(subject.policy, tool);
        filled += sheet.filled;
        asked += sheet.asked;
        let assessment = match &tool.impact_assessment {
            Some(reference) => reference.clone(),
            None if tool.accepts.is_empty() => "sans objet".to_owned(),
            None => "à compléter".to_owned(),
        };
        table.rows.push(vec![
            Cell::text(&tool.name),
            Cell::Count(Some(sheet.filled)),
            Cell::Count(Some(sheet.asked)),
            Cell::real(sums::share(Some(sheet.filled), Some(sheet.asked)), 0),
            Cell::text(tool.ai_act.map_or("à compléter", |class| class.french())),
            Cell::text(assessment),
        ]);
    }
    let accepting: Vec<_> = tools.iter().filter(|tool| !tool.accepts.is_empty()).collect();
    let assessed = accepting.iter().filter(|tool| tool.impact_assessment.is_some()).count();
    let count = |count: usize| Cell::Count(i64::try_from(count).ok());
    blocks.push(Block::Facts(Facts {
        id: "law".into(),
        caption: "Registres".into(),
        facts: vec![
            Fact::new(
                "register",
                "Registre des traitements rempli",
                Cell::real(sums::share(Some(filled), Some(asked)), 0),
            )
            .unit("%"),
            Fact::new(
                "accepting",
                "Outils qui reçoivent des données protégées",
                count(accepting.len()),
            ),
            Fact::new("assessed", "Dont avec une analyse d'impact", count(assessed)),
            Fact::new(
                "charter",
                "Version de la charte",
                Cell::text(&subject.policy.charter().version),
            ),
            Fact::new("policy", "Empreinte de la politique", Cell::text(subject.policy.hash())),
            Fact::new(
                "retention",
                "Conservation du journal",
                Cell::Count(Some(subject.retention_days.into())),
            )
            .unit("jours"),
        ],
    }));
    blocks.push(Block::Table(table));
}
