//! The HTTP edge: connections, routes, and how answers and refusals become HTTP.
//!
//! Every AI path leads to one handler, [`ai`], which can do nothing but hand the request to
//! [`Gateway::handle`](crate::gateway::Gateway::handle): policy and screening cannot be left out by a new route.

mod acceptance;
mod ai;
mod api;
mod assets;
mod connection;
mod cookies;
mod doubts;
mod exports;
mod footprints;
mod forms;
mod head;
mod headers;
mod health;
mod pages;
mod policy_state;
mod refused;
mod returns;
mod router;
mod visitor;
mod words;

use std::{
    ops::Deref,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use tokio::sync::watch;

use crate::committee::Desk;
use crate::gateway::Gateway;
use crate::identity::Roles;
use crate::ledger::person::Holdings;
use crate::limits::Limits;
use crate::mail::Post;

pub use connection::serve;
pub use exports::Exports;
pub use policy_state::{PolicyState, PolicyTrouble};
pub use router::{AI_PREFIXES, router};

/// What the settings allow at the edge.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Longest body, in bytes.
    pub max_body_bytes: usize,
    /// Longest wait for the head of a request.
    pub header_timeout: Duration,
    /// Longest wait for its body.
    pub body_timeout: Duration,
}

/// A hold on the [`House`]: the router takes several for each request, so one is one pointer.
#[derive(Clone, Debug)]
pub struct App(Arc<House>);

impl Deref for App {
    type Target = House;

    fn deref(&self) -> &House {
        &self.0
    }
}

/// What every handler can reach.
#[derive(Debug)]
pub struct House {
    /// The life of a request.
    pub gateway: Gateway,
    /// Bounds.
    pub edge: Edge,
    /// Where people reach this gateway.
    pub public_url: Arc<str>,
    /// How the policy file stands.
    pub policy_state: watch::Receiver<PolicyState>,
    /// Who may see which pages.
    pub roles: Arc<Roles>,
    /// The committee's figures.
    pub committee: Desk,
    /// Days that rows of the journal are kept, as the committee's documents say.
    pub retention_days: u32,
    /// Documents that are being written.
    pub exports: Exports,
    /// Whether the assistant may keep conversations in the browser.
    pub keeps_history: bool,
    /// Where what is held on people is, for each to see their own.
    pub holdings: Holdings,
    /// How fast callers give back: counted here alone, for a shared count would tell who gave anonymous feedback when.
    pub pace: Limits,
    /// Requests of callers who were not recognised, which no row counts.
    pub unrecognised: AtomicU64,
    /// The post; none: nobody is written to.
    pub post: Option<Post>,
}

impl House {
    /// Whether there is an issuer to sign in at.
    fn can_sign_in(&self) -> bool {
        self.gateway.issuer.is_some()
    }
}
