//! `gardefou footprint`: what an answer of a model costs in electricity, emissions and water, by EcoLogits.

use std::io::{BufRead, Write};

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::footprint::{self, Estimate, Impacts, Range, Unknown};

use super::{Format, No, heard};

/// Which answer.
#[derive(Debug, Args)]
pub(super) struct Footprint {
    /// Fournisseur, au nom d'EcoLogits : anthropic, cohere, google_genai, huggingface_hub, mistralai, openai
    #[arg(value_name = "FOURNISSEUR", required_unless_present = "jsonl")]
    provider: Option<String>,
    /// Modèle demandé
    #[arg(value_name = "MODÈLE", required_unless_present = "jsonl")]
    model: Option<String>,
    /// Jetons de la réponse, réflexion comprise
    #[arg(long, value_name = "NOMBRE", required_unless_present = "jsonl")]
    tokens: Option<u64>,
    /// Secondes, 0 ou plus, de l'envoi de la demande au dernier octet ; sans elle, la vitesse habituelle du modèle
    #[arg(long, value_name = "SECONDES", value_parser = seconds)]
    latency: Option<f64>,
    /// Pays de l'électricité (FRA, USA…, ou WOR) ; par défaut, celui d'EcoLogits pour ce fournisseur
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Un objet JSON par ligne sur l'entrée (`id`, `provider`, `model`, `tokens`, `latency`, `zone`), une réponse par ligne
    #[arg(long, conflicts_with_all = ["provider", "model", "tokens", "latency", "zone"])]
    jsonl: bool,
}

/// A line that comes in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    id: Value,
    provider: String,
    model: String,
    tokens: u64,
    /// Seconds.
    latency: Option<f64>,
    zone: Option<String>,
}

/// What goes out.
#[derive(Serialize)]
struct Answered {
    #[serde(skip_serializing_if = "Value::is_null")]
    id: Value,
    /// The model of the tables that the name means.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<&'static str>,
    #[serde(flatten)]
    impacts: Option<Impacts>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    version: &'static str,
}

impl Answered {
    fn to(asked: &Asked) -> Self {
        let estimate = Estimate::new(&asked.provider, &asked.model, asked.zone.as_deref());
        let latency = asked.latency.unwrap_or(f64::INFINITY);
        Self {
            id: asked.id.clone(),
            model: estimate.as_ref().ok().map(Estimate::model),
            zone: estimate.as_ref().ok().map(Estimate::zone),
            impacts: estimate.as_ref().ok().map(|known| known.impacts(asked.tokens, latency)),
            warnings: estimate
                .as_ref()
                .map(|known| known.warnings().collect())
                .unwrap_or_default(),
            error: estimate.as_ref().err().map(|unknown| unknown.code()),
            version: footprint::VERSION,
        }
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let number: Result<f64, _> = text.replace(',', ".").parse();
    number
        .ok()
        .filter(|seconds| *seconds >= 0.0)
        .ok_or_else(|| "un nombre de secondes est attendu".to_owned())
}

/// Tells.
pub(super) fn run(asked: &Footprint, format: Format) -> Result<(), No> {
    let (Some(provider), Some(model), Some(tokens)) = (&asked.provider, &asked.model, asked.tokens) else {
        return lines();
    };
    let asked = Asked {
        id: Value::Null,
        provider: provider.clone(),
        model: model.clone(),
        tokens,
        latency: asked.latency,
        zone: asked.zone.clone(),
    };
    if format == Format::Json {
        let answer = Answered::to(&asked);
        sayln!("{}", serde_json::to_string(&answer).map_err(No::cannot)?);
        return if answer.error.is_some() {
            Err(No::Answer)
        } else {
            Ok(())
        };
    }
    match Estimate::new(&asked.provider, &asked.model, asked.zone.as_deref()) {
        Ok(estimate) => {
            say!("{}", shown(&asked, &estimate));
            Ok(())
        }
        Err(unknown) => {
            eprintln!("{}", in_words(unknown, &asked));
            Err(No::Answer)
        }
    }
}

fn lines() -> Result<(), No> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = heard(number, line)?;
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |why: &str| No::Cannot(format!("ligne {} : {why}", number + 1));
        let asked = read(&line).map_err(|why| wrong(&why))?;
        if asked.latency.is_some_and(|seconds| seconds < 0.0) {
            return Err(wrong("`latency` est négative"));
        }
        serde_json::to_writer(&mut out, &Answered::to(&asked)).map_err(No::refused)?;
        out.write_all(b"\n").map_err(No::refused)?;
    }
    out.flush().map_err(No::refused)
}

/// A line, or what is wrong with it, in French: the parser's own words are English.
fn read(line: &str) -> Result<Asked, String> {
    let value: Value = serde_json::from_str(line)
        .map_err(|error| format!("ce n'est pas du JSON, à partir du caractère {}", error.column().max(1)))?;
    let Value::Object(object) = &value else {
        return Err("un objet JSON est attendu".into());
    };
    let text = |key: &str| object.get(key).is_some_and(Value::is_string);
    let wrong = match () {
        () if !text("provider") => "`provider` attendu, du texte",
        () if !text("model") => "`model` attendu, du texte",
        () if !object.get("tokens").is_some_and(Value::is_u64) => "`tokens` attendu, un nombre entier",
        () => {
            "`id`, `provider`, `model`, `tokens` attendus ; `latency` (des secondes) et `zone` (du texte) si vous les connaissez"
        }
    };
    serde_json::from_value(value.clone()).map_err(|_| wrong.to_owned())
}

fn in_words(unknown: Unknown, asked: &Asked) -> String {
    match unknown {
        Unknown::Provider => format!(
            "empreinte inconnue : EcoLogits ne connaît pas le fournisseur `{}` ; il connaît {}",
            asked.provider,
            footprint::providers().collect::<Vec<_>>().join(", ")
        ),
        Unknown::Model => format!(
            "empreinte inconnue : EcoLogits ne connaît pas le modèle `{}` de {}",
            asked.model, asked.provider
        ),
        Unknown::Zone => format!(
            "empreinte inconnue : pas de zone `{}` ; une zone est un pays en trois lettres (FRA, USA…), ou WOR pour le monde",
            asked.zone.as_deref().unwrap_or_default()
        ),
    }
}

/// For people: in units of everyday size.
fn shown(asked: &Asked, estimate: &Estimate) -> String {
    let found = estimate.impacts(asked.tokens, asked.latency.unwrap_or(f64::INFINITY));
    let mut text = format!(
        "{} ({}), {} jetons, électricité {} ({})\n",
        estimate.model(),
        asked.provider,
        asked.tokens,
        estimate.zone(),
        footprint::VERSION
    );
    for (name, range, factor, unit) in [
        ("énergie", found.energy_kwh, 1e3, "Wh"),
        ("gaz à effet de serre", found.co2e_kg, 1e3, "g CO₂e"),
        ("eau", found.water_l, 1e3, "mL"),
        ("énergie primaire", found.primary_energy_mj, 1e3, "kJ"),
        ("métaux et minéraux", found.adpe_kg_sb, 1e9, "µg Sb"),
    ] {
        text.push_str(&format!("  {name:<21} {} {unit}\n", between(range, factor)));
    }
    for warning in estimate.warnings() {
        text.push_str(&format!("  attention : {}\n", footprint::in_french(warning)));
    }
    text
}

fn between(range: Range, factor: f64) -> String {
    let (least, most) = (significant(range.min * factor), significant(range.max * factor));
    if least == most {
        least
    } else {
        format!("{least} à {most}")
    }
}

/// Three digits that count.
fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let decimals = (2.0 - value.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{value:.decimals$}").replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_three_digits_that_count() {
        for (value, expected) in [
            (0.0, "0"),
            (0.525_635, "0,526"),
            (3.543_313, "3,54"),
            (13_600.4, "13600"),
            (0.000_927_4, "0,000927"),
        ] {
            assert_eq!(significant(value), expected);
        }
        assert_eq!(between(Range { min: 1.0, max: 1.0 }, 1.0), "1,00");
        assert_eq!(between(Range { min: 1.0, max: 2.5 }, 1.0), "1,00 à 2,50");
    }

    #[test]
    fn a_broken_line_is_told_in_french() {
        for (line, expected) in [
            ("bonjour", "ce n'est pas du JSON, à partir du caractère 1"),
            ("[1]", "un objet JSON est attendu"),
            (r#"{"model":"m","tokens":3}"#, "`provider` attendu, du texte"),
            (
                r#"{"provider":"openai","model":3,"tokens":3}"#,
                "`model` attendu, du texte",
            ),
            (
                r#"{"provider":"openai","model":"m","tokens":-1}"#,
                "`tokens` attendu, un nombre entier",
            ),
            (
                r#"{"provider":"openai","model":"m","tokens":1,"latency":"vite"}"#,
                "`latency` (des secondes)",
            ),
        ] {
            let why = read(line).err().expect("an error");
            assert!(why.contains(expected), "{line}: {why}");
        }
    }

    #[test]
    fn an_unknown_model_has_an_error_and_no_figure() {
        let asked: Asked =
            serde_json::from_str(r#"{"id":7,"provider":"openai","model":"gpt-99","tokens":3}"#).expect("readable");
        let answer = serde_json::to_value(Answered::to(&asked)).expect("JSON");
        let expected = serde_json::json!({ "id": 7, "error": "model-not-registered", "version": footprint::VERSION });
        assert_eq!(answer, expected);
    }
}
