//! The arithmetic of EcoLogits 0.11.3 (`impacts/llm.py`), step for step and in the same order, so that the same numbers
//! come out: one server of eight GPUs shared by 64 requests, its electricity, and its part of the making of the machines.
//!
//! A range is worked out twice, once with every least value and once with every greatest.

use super::tables::{Mix, Model, Provider, Span};
use super::{Impacts, Range};

/// Requests that one server handles at once.
const BATCH: f64 = 64.0;
/// Bits of a weight.
const QUANTIZATION: f64 = 16.0;
/// Wh per token of one GPU: `ALPHA * exp(BETA * batch) * active parameters + GAMMA`.
const GPU_ENERGY_ALPHA: f64 = 1.166_527_317_045_191_4e-6;
const GPU_ENERGY_BETA: f64 = -0.011_205_921_025_579_175;
const GPU_ENERGY_GAMMA: f64 = 4.052_928_146_734_005e-5;
/// Seconds per token: `ALPHA * active parameters + BETA * batch + GAMMA`, where the provider's speed is not known.
const LATENCY_ALPHA: f64 = 0.000_678_508_809_435_366_3;
const LATENCY_BETA: f64 = 0.000_311_931_031_168_825_9;
const LATENCY_GAMMA: f64 = 0.019_473_717_579_473_387;
/// GB of one GPU.
const GPU_MEMORY: f64 = 80.0;
/// What weights take beside their own size.
const MEMORY_OVERHEAD: f64 = 1.2;
const SERVER_GPUS: f64 = 8.0;
/// kW of a server without its GPUs.
const SERVER_POWER: f64 = 1.2;
/// Seconds: three years.
const LIFETIME: f64 = 94_608_000.0;

/// Making of one server without its GPUs, and of one GPU.
struct Making {
    server: f64,
    gpu: f64,
}

/// kg CO2e.
const MAKING_GWP: Making = Making {
    server: 5_700.0,
    gpu: 273.0,
};
/// kg Sb.
const MAKING_ADPE: Making = Making {
    server: 0.37,
    gpu: 0.008_95,
};
/// MJ.
const MAKING_PE: Making = Making {
    server: 70_000.0,
    gpu: 3_721.0,
};

/// One end of every range.
#[derive(Clone, Copy)]
struct End {
    active: f64,
    total: f64,
    pue: f64,
    wue: f64,
}

/// The figures at one end: kWh, kg CO2e, kg Sb, MJ, litres.
struct Figures {
    energy: f64,
    gwp: f64,
    adpe: f64,
    pe: f64,
    water: f64,
}

pub(super) fn impacts(provider: &Provider, model: &Model, mix: &Mix, tokens: u64, latency: f64) -> Impacts {
    let at = |end: fn(&Span) -> f64| {
        let end = End {
            active: end(&model.active),
            total: end(&model.total),
            pue: end(&provider.pue),
            wue: end(&provider.wue),
        };
        figures(end, model, mix, tokens as f64, latency)
    };
    let (least, most) = (at(|span| span.min), at(|span| span.max));
    let range = |of: fn(&Figures) -> f64| Range {
        min: of(&least),
        max: of(&most),
    };
    Impacts {
        energy_kwh: range(|figures| figures.energy),
        co2e_kg: range(|figures| figures.gwp),
        adpe_kg_sb: range(|figures| figures.adpe),
        primary_energy_mj: range(|figures| figures.pe),
        water_l: range(|figures| figures.water),
    }
}

fn figures(end: End, model: &Model, mix: &Mix, tokens: f64, latency: f64) -> Figures {
    let per_token = GPU_ENERGY_ALPHA * (GPU_ENERGY_BETA * BATCH).exp() * end.active + GPU_ENERGY_GAMMA;
    let gpu = tokens * (per_token / 1000.0);
    let seconds = generation(end.active, model, tokens).min(latency);
    let gpus = gpus(end.total);
    let server = (seconds / 3600.0) * SERVER_POWER * (gpus / SERVER_GPUS) * (1.0 / BATCH);
    let machines = server + gpus * gpu;
    let energy = end.pue * machines;
    let making = |Making { server, gpu }: Making| {
        let all = (gpus / SERVER_GPUS) * server + gpus * gpu;
        seconds * all / (LIFETIME * BATCH)
    };
    Figures {
        energy,
        gwp: energy * mix.gwp + making(MAKING_GWP),
        adpe: energy * mix.adpe + making(MAKING_ADPE),
        pe: energy * mix.pe + making(MAKING_PE),
        water: machines * (end.wue + end.pue * mix.wue),
    }
}

/// Seconds that the model takes to write so many tokens.
fn generation(active: f64, model: &Model, tokens: f64) -> f64 {
    let per_token = match model.tokens_per_second {
        Some(speed) => 1.0 / speed,
        None => LATENCY_ALPHA * active + LATENCY_BETA * BATCH + LATENCY_GAMMA,
    };
    tokens * per_token + model.first_token.unwrap_or(0.0)
}

/// GPUs that hold so many billions of parameters: a power of two.
fn gpus(total: f64) -> f64 {
    let memory = MEMORY_OVERHEAD * total * QUANTIZATION / 8.0;
    let needed = (memory / GPU_MEMORY).ceil();
    let mut gpus = 1.0;
    while gpus < needed {
        gpus *= 2.0;
    }
    gpus
}
