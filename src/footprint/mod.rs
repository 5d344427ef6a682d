//! What an answer costs the planet: EcoLogits 0.11.3, its method and its figures, in this program.
//!
//! [`tables`] are the parameters of the models and of the electricity, as EcoLogits publishes them; [`names`] finds a
//! model by the names that providers give it, and never guesses; [`method`] is the arithmetic. What is not known is
//! [`Unknown`], never zero. Figures are ranges: providers do not say how large their models are.
//!
//! Source: EcoLogits (GenAI Impact), <https://ecologits.ai>, release 0.11.3; `data/ecologits/` has its files unchanged.

mod method;
mod names;
mod tables;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::Serialize;

pub use tables::{providers, zones};

use tables::{Mix, Model, Provider};

/// What figures were made with, as written beside them.
pub const VERSION: &str = "ecologits-0.11.3";

/// Least and most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

/// What one answer costs, its share of the making of the machines included, but for water.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Impacts {
    /// Electricity, in kWh.
    pub energy_kwh: Range,
    /// Greenhouse gases, in kg CO2 equivalent.
    pub co2e_kg: Range,
    /// Minerals and metals used up, in kg of antimony equivalent.
    pub adpe_kg_sb: Range,
    /// Primary energy, in MJ.
    pub primary_energy_mj: Range,
    /// Water, in litres; that of the making of the machines is not known.
    pub water_l: Range,
}

/// Why there is no figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// No such provider.
    Provider,
    /// The provider has no such model.
    Model,
    /// No such electricity.
    Zone,
}

impl Unknown {
    /// The word of EcoLogits for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Provider => "provider-not-registered",
            Self::Model => "model-not-registered",
            Self::Zone => "zone-not-registered",
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Unknown {}

/// Everything but the answer itself: whose model, which, on what electricity.
#[derive(Clone, Copy)]
pub struct Estimate {
    provider: &'static Provider,
    model: &'static Model,
    mix: &'static Mix,
}

impl fmt::Debug for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Estimate({}, {})", self.model.name, self.mix.name)
    }
}

impl Estimate {
    /// For a model by the name under which it is asked for, on the electricity of `zone` (ISO 3166-1 alpha-3, or `WOR`),
    /// by default of the country that EcoLogits takes for the provider.
    ///
    /// # Errors
    /// One of them is not known.
    pub fn new(provider: &str, model: &str, zone: Option<&str>) -> Result<Self, Unknown> {
        let provider = tables::provider(provider).ok_or(Unknown::Provider)?;
        let model = names::find(provider, model).ok_or(Unknown::Model)?;
        let mix = tables::mix(zone.unwrap_or(provider.zone)).ok_or(Unknown::Zone)?;
        Ok(Self { provider, model, mix })
    }

    /// Of an answer of `output_tokens`, thinking included, that took `latency` seconds from the sending of the request
    /// to its last byte; infinity where nobody measured.
    pub fn impacts(&self, output_tokens: u64, latency: f64) -> Impacts {
        method::impacts(self.provider, self.model, self.mix, output_tokens, latency)
    }

    /// Name of the model in the tables of EcoLogits.
    pub fn model(&self) -> &'static str {
        self.model.name
    }

    /// Whose electricity.
    pub fn zone(&self) -> &'static str {
        self.mix.name
    }

    /// Codes of EcoLogits for what makes the figures less precise, such as `model-arch-not-released`.
    pub fn warnings(&self) -> impl Iterator<Item = &'static str> {
        let all = self.model.warnings.iter().chain(&self.mix.warnings);
        all.flatten().copied()
    }
}

/// What an answer costs, in one step.
///
/// # Errors
/// The provider, the model or the zone is not known.
pub fn impacts(
    provider: &str,
    model: &str,
    output_tokens: u64,
    latency: f64,
    zone: Option<&str>,
) -> Result<Impacts, Unknown> {
    Ok(Estimate::new(provider, model, zone)?.impacts(output_tokens, latency))
}

/// Whether a model is known by this name, or, where the name ends with `*`, any that begins so.
pub fn knows(provider: &str, pattern: &str) -> bool {
    let Some(provider) = tables::provider(provider) else {
        return false;
    };
    match pattern.strip_suffix('*') {
        Some(beginning) => tables::names(provider).any(|name| name.starts_with(beginning)),
        None => names::find(provider, pattern).is_some(),
    }
}

/// The models known by this name, or, where the name ends with `*`, all that begin so.
pub fn models(provider: &str, pattern: &str) -> Vec<&'static str> {
    let Some(provider) = tables::provider(provider) else {
        return Vec::new();
    };
    match pattern.strip_suffix('*') {
        Some(beginning) => tables::names(provider)
            .filter(|name| name.starts_with(beginning))
            .collect(),
        None => names::find(provider, pattern)
            .map(|model| model.name)
            .into_iter()
            .collect(),
    }
}

/// A warning of EcoLogits in French, for people.
pub fn in_french(warning: &str) -> &'static str {
    match warning {
        "model-arch-not-released" => "l'architecture du modèle n'est pas publiée : précision moindre",
        "model-arch-multimodal" => "le modèle traite aussi des images ou du son : précision moindre",
        "electricity-mix-adpe-world" => "épuisement des métaux : facteur mondial, faute de facteur du pays",
        "electricity-mix-pe-world" => "énergie primaire : facteur mondial, faute de facteur du pays",
        "electricity-mix-wue-world" => "eau : facteur mondial, faute de facteur du pays",
        _ => "précision moindre",
    }
}
