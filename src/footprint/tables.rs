//! What EcoLogits knows of models, electricity and providers. The first two are its own files, unchanged, read when they
//! are first asked for; the third stands in its code (`tracers/utils.py`).

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

static MODELS: &str = include_str!("../../data/ecologits/models.json");
static MIXES: &str = include_str!("../../data/ecologits/electricity_mixes.json");

/// A number, or what it lies between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub min: f64,
    pub max: f64,
}

/// A provider of models and its data centres.
#[derive(Debug)]
pub(super) struct Provider {
    /// As in the tables.
    pub name: &'static str,
    /// Where its data centres are taken to be.
    pub zone: &'static str,
    /// Electricity of the building for that of its machines.
    pub pue: Span,
    /// Litres of water for cooling, by kWh of the machines.
    pub wue: Span,
}

/// A model.
#[derive(Debug)]
pub(super) struct Model {
    pub name: &'static str,
    /// Billions of parameters.
    pub total: Span,
    /// Billions of parameters that one token passes through.
    pub active: Span,
    /// As measured at the provider.
    pub tokens_per_second: Option<f64>,
    /// Seconds to the first token.
    pub first_token: Option<f64>,
    pub warnings: Option<Vec<&'static str>>,
}

/// The electricity of a zone; each by kWh.
#[derive(Debug, Deserialize)]
pub(super) struct Mix {
    pub name: &'static str,
    /// kg Sb.
    pub adpe: f64,
    /// MJ.
    pub pe: f64,
    /// kg CO2e.
    pub gwp: f64,
    /// Litres.
    pub wue: f64,
    pub warnings: Option<Vec<&'static str>>,
}

const fn exactly(value: f64) -> Span {
    Span { min: value, max: value }
}

const fn between(min: f64, max: f64) -> Span {
    Span { min, max }
}

const fn provider_of(name: &'static str, zone: &'static str, pue: Span, wue: Span) -> Provider {
    Provider { name, zone, pue, wue }
}

static ALL: [Provider; 6] = [
    provider_of("anthropic", "USA", between(1.09, 1.14), between(0.13, 0.999)),
    provider_of("cohere", "USA", exactly(1.09), exactly(0.999)),
    provider_of("google_genai", "USA", exactly(1.09), exactly(0.999)),
    provider_of("huggingface_hub", "USA", between(1.09, 1.14), between(0.13, 0.99)),
    provider_of("mistralai", "SWE", exactly(1.16), exactly(0.09)),
    provider_of("openai", "USA", exactly(1.20), exactly(0.569)),
];

/// Names of the providers, in the order of the alphabet.
pub fn providers() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|provider| provider.name)
}

pub(super) fn provider(name: &str) -> Option<&'static Provider> {
    ALL.iter().find(|provider| provider.name == name)
}

/// The model that a provider calls exactly so.
pub(super) fn model(provider: &Provider, name: &str) -> Option<&'static Model> {
    let tables = &*TABLES;
    let at = tables.by_name.get(provider.name)?.get(name)?;
    Some(&tables.models[*at])
}

/// Names of a provider's models, those that mean the same model included.
pub(super) fn names(provider: &Provider) -> impl Iterator<Item = &'static str> {
    TABLES
        .by_name
        .get(provider.name)
        .into_iter()
        .flat_map(|names| names.keys().copied())
}

/// The electricity of a zone.
pub(super) fn mix(zone: &str) -> Option<&'static Mix> {
    ZONES.iter().find(|mix| mix.name == zone)
}

/// Zones whose electricity is known: ISO 3166-1 alpha-3, and `WOR` for the world.
pub fn zones() -> impl Iterator<Item = &'static str> {
    ZONES.iter().map(|mix| mix.name)
}

static ZONES: LazyLock<Vec<Mix>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(bound(deserialize = "'de: 'static"))]
    struct File {
        electricity_mixes: Vec<Mix>,
    }
    let file: File = serde_json::from_str(MIXES).expect("a constant that a test reads");
    file.electricity_mixes
});

struct Tables {
    models: Vec<Model>,
    /// By provider and name; an alias leads to the model it stands for.
    by_name: HashMap<&'static str, HashMap<&'static str, usize>>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let file: ModelFile = serde_json::from_str(MODELS).expect("a constant that a test reads");
    let mut by_name: HashMap<&'static str, HashMap<&'static str, usize>> = HashMap::new();
    for (at, listed) in file.models.iter().enumerate() {
        by_name.entry(listed.provider).or_default().insert(listed.name, at);
    }
    for alias in &file.aliases {
        if let Some(names) = by_name.get_mut(alias.provider)
            && let Some(&at) = names.get(alias.alias)
        {
            names.insert(alias.name, at);
        }
    }
    Tables {
        models: file.models.into_iter().map(Model::from).collect(),
        by_name,
    }
});

// The file of the models as it is written.

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct ModelFile {
    aliases: Vec<Alias>,
    models: Vec<Listed>,
}

#[derive(Deserialize)]
struct Alias {
    provider: &'static str,
    name: &'static str,
    alias: &'static str,
}

#[derive(Deserialize)]
struct Listed {
    provider: &'static str,
    name: &'static str,
    architecture: Architecture,
    warnings: Option<Vec<&'static str>>,
    deployment: Option<Deployment>,
}

#[derive(Deserialize)]
struct Architecture {
    parameters: Parameters,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Parameters {
    Dense(Value),
    Moe { total: Value, active: Value },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Value {
    Exactly(f64),
    Between { min: f64, max: f64 },
}

#[derive(Default, Deserialize)]
struct Deployment {
    tps: Option<f64>,
    ttft: Option<f64>,
}

impl From<Value> for Span {
    fn from(value: Value) -> Self {
        match value {
            Value::Exactly(value) => exactly(value),
            Value::Between { min, max } => between(min, max),
        }
    }
}

impl From<Listed> for Model {
    fn from(listed: Listed) -> Self {
        let (total, active) = match listed.architecture.parameters {
            Parameters::Dense(all) => (all, all),
            Parameters::Moe { total, active } => (total, active),
        };
        let deployment = listed.deployment.unwrap_or_default();
        Self {
            name: listed.name,
            total: total.into(),
            active: active.into(),
            tokens_per_second: deployment.tps,
            first_token: deployment.ttft,
            warnings: listed.warnings,
        }
    }
}
