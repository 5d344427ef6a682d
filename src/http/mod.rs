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
mod forms;
mod head;
mod headers;
mod health;
mod pages;
mod refused;
mod router;
mod visitor;

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::domain::Timestamp;
use crate::gateway::Gateway;
use crate::identity::Roles;
use crate::reload::Unreadable;

pub use connection::serve;
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

/// Why what is saved as the policy is not in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyTrouble {
    /// It cannot be read.
    Unreadable(Unreadable),
    /// It has mistakes.
    Invalid,
}

/// How the policy file stands, for `/readyz` and `/metrics`.
#[derive(Clone, Copy, Debug)]
pub struct PolicyState {
    /// What was saved last cannot be used; the policy before it is in force.
    pub trouble: Option<PolicyTrouble>,
    /// Since when the policy in force is.
    pub since: Timestamp,
    /// New policies that were put in force since the start.
    pub reloads: u64,
    /// Saves that could not be used since the start.
    pub failures: u64,
}

impl PolicyState {
    /// A policy is in force since then, and nothing else was saved.
    pub fn since(since: Timestamp) -> Self {
        Self {
            trouble: None,
            since,
            reloads: 0,
            failures: 0,
        }
    }

    /// A word for what is wrong.
    fn why(&self) -> Option<&'static str> {
        self.trouble.map(|trouble| match trouble {
            PolicyTrouble::Unreadable(why) => why.code(),
            PolicyTrouble::Invalid => "invalid",
        })
    }
}

/// What every handler can reach.
#[derive(Clone, Debug)]
pub struct App {
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
}

impl App {
    /// Whether there is an issuer to sign in at.
    fn can_sign_in(&self) -> bool {
        false
    }
}
