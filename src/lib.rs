pub mod dialect;
pub mod domain;
