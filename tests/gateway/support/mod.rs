//! The vocabulary of the stories: a gateway of one's own in front of a backend that does as it is told.

pub mod account;
pub mod binary;
pub mod browser;
pub mod disk;
pub mod gateway;
pub mod issuer;
pub mod line;
pub mod postgres;
pub mod redis;
pub mod reloads;
pub mod smtp;
pub mod upstream;

pub use gateway::TestGateway;
pub use upstream::FakeUpstream;
