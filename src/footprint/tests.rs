//! The golden vectors of EcoLogits 0.11.3, and what must hold of any figure. `tests/sdk/test_footprint.py` compares with
//! the package itself.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;

const VECTORS: &str = include_str!("../../tests/fixtures/footprint/ecologits-0.11.3.json");

/// The fields of [`Impacts`] and the names of the vectors for them.
const FIELDS: [(&str, &str); 5] = [
    ("energy_kwh", "energy_kWh"),
    ("co2e_kg", "gwp_kg"),
    ("adpe_kg_sb", "adpe_kgSb"),
    ("primary_energy_mj", "pe_MJ"),
    ("water_l", "wcf_L"),
];

#[test]
fn the_golden_vectors_come_out() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).expect("JSON");
    assert_eq!(vectors.len(), 15);
    for vector in vectors {
        let asked = vector["in"].as_array().expect("five");
        let text = |at: usize| asked[at].as_str();
        let (provider, model) = (text(0).expect("a provider"), text(1).expect("a model"));
        let (tokens, latency) = (asked[2].as_u64().expect("tokens"), asked[3].as_f64().expect("seconds"));
        match impacts(provider, model, tokens, latency, text(4)) {
            Err(unknown) => assert_eq!(vector["error"], unknown.code(), "{vector}"),
            Ok(found) => {
                let found = serde_json::to_value(found).expect("JSON");
                for (ours, theirs) in FIELDS {
                    for (end, at) in [("min", 0), ("max", 1)] {
                        let (ours, theirs) = (found[ours][end].as_f64(), vector[theirs][at].as_f64());
                        let (ours, theirs) = (ours.expect("ours"), theirs.expect("theirs"));
                        assert!(
                            (ours - theirs).abs() <= 1e-12 * theirs.abs(),
                            "{ours} for {theirs} in {vector}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn the_tables_are_the_published_ones_and_whole() {
    for (text, hash) in [
        (
            include_bytes!("../../data/ecologits/models.json").as_slice(),
            "1d11503799bfad365b5ce89dbe398675a4ccb58f5a32e4bbba9a81783977c774",
        ),
        (
            include_bytes!("../../data/ecologits/electricity_mixes.json"),
            "993c9b4bc8aede3e8aa6a32af9dbe705a8a7d22d495c4ae36fe5861ff931394f",
        ),
    ] {
        let found: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, hash);
    }
    assert_eq!(zones().count(), 215);
    let names = |name| tables::names(tables::provider(name).expect("listed")).count();
    assert_eq!(providers().map(names).sum::<usize>(), 342 + 9);
    for provider in providers() {
        let zone = tables::provider(provider).expect("listed").zone;
        assert!(tables::mix(zone).is_some(), "{provider}");
        // Every model has a figure under its own name, and its ends are in order.
        for name in tables::names(tables::provider(provider).expect("listed")) {
            let found = impacts(provider, name, 400, f64::INFINITY, None).expect("listed");
            for range in [
                found.energy_kwh,
                found.co2e_kg,
                found.adpe_kg_sb,
                found.primary_energy_mj,
                found.water_l,
            ] {
                assert!(
                    0.0 < range.min && range.min <= range.max && range.max.is_finite(),
                    "{name}: {range:?}"
                );
            }
        }
    }
}

#[test]
fn more_tokens_and_more_time_never_cost_less() {
    let estimate = Estimate::new("google_genai", "gemini-2.5-flash", None).expect("listed");
    assert_eq!(estimate.impacts(0, 0.0).energy_kwh, Range { min: 0.0, max: 0.0 });
    let tokens = [0, 1, 10, 400, 4_096, 1_000_000];
    let latencies = [0.0, 0.5, 3.0, 60.0, f64::INFINITY];
    for (at, latency) in latencies.into_iter().enumerate() {
        let by_tokens = tokens.map(|tokens| estimate.impacts(tokens, latency).co2e_kg.max);
        assert!(by_tokens.is_sorted(), "{by_tokens:?}");
        let by_latency = latencies.map(|latency| estimate.impacts(tokens[at], latency).energy_kwh.min);
        assert!(by_latency.is_sorted(), "{by_latency:?}");
    }
}

#[test]
fn what_is_not_known_is_said_and_warnings_are_told() {
    for (provider, model, zone, expected) in [
        ("google", "gemini-2.5-flash", None, Unknown::Provider),
        ("google_genai", "gemini-9", None, Unknown::Model),
        ("google_genai", "gemini-2.5-flash", Some("fra"), Unknown::Zone),
    ] {
        assert_eq!(Estimate::new(provider, model, zone).err(), Some(expected));
    }
    let warnings = |zone| {
        let estimate = Estimate::new("google_genai", "gemini-2.5-flash", zone).expect("listed");
        estimate.warnings().collect::<Vec<_>>()
    };
    assert_eq!(warnings(None), ["model-arch-not-released", "model-arch-multimodal"]);
    assert!(warnings(Some("ABW")).contains(&"electricity-mix-pe-world"));
    assert!(
        warnings(Some("ABW"))
            .into_iter()
            .all(|code| in_french(code) != in_french(""))
    );
}

#[test]
fn a_pattern_is_known_where_it_has_a_model() {
    for (provider, pattern, expected) in [
        ("google_genai", "gemini-*", true),
        ("google_genai", "gemini-2.5-flash", true),
        ("google_genai", "gemini-1*", false),
        ("google_genai", "veo-3", false),
        ("nobody", "gemini-*", false),
    ] {
        assert_eq!(knows(provider, pattern), expected, "{pattern}");
    }
}
