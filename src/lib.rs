//! Gardefou, a policy-enforcing AI gateway. Start with `gateway`: the life of a request in one screen.
//!
//! A room names only rooms of lower floors; `tests/gateway/tidy.rs` says so.

// It panics where nobody listens: `cli::say` does not.
#![warn(clippy::print_stdout)]

// Floor 0: values and pure engines.
pub mod detector;
pub mod domain;
pub mod footprint;
pub mod keyfile;
pub mod provenance;

// Floor 1: meaning, still pure; and the tables.
pub mod dialect;
pub mod masking;
pub mod policy;
pub mod reading;
pub mod schema;

// Floor 2: the outside world, one door each.
pub mod committee;
pub mod identity;
pub mod ledger;
pub mod limits;
pub mod office;
pub mod reload;
pub mod upstream;

// Floor 3: the work.
pub mod demo;
pub mod gateway;
pub mod mail;
pub mod report;

// Floor 4: the HTTP edge.
pub mod http;

// Floor 5: the desk.
pub mod cli;
pub mod settings;
pub mod telemetry;
