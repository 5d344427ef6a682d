//! The promises to the caller, as stories: one binary, real sockets, real databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says where"
)]
#![allow(unreachable_pub, reason = "the benchmark shares the vocabulary")]

mod answers;
mod attachments;
mod bad_input;
mod commands;
mod committee;
mod costs;
mod duties;
mod edge;
mod ends;
mod files;
mod full_disk;
mod intake;
mod keys;
mod killed;
mod ledger;
mod life;
mod limits;
mod masking;
mod matrix;
mod mention;
mod neighbours;
mod notice;
mod pages;
mod refusals;
mod reloads;
mod report;
mod returns;
mod signing;
mod storm;
mod support;
mod tables;
mod tidy;
mod words;
