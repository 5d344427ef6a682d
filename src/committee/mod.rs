//! The committee: its figures, read from the views and from nothing else.
//!
//! The views publish no cell under five people, nor one that a single person makes up to more than 80 %; what they
//! hide, nobody here can ask for (`docs/committee.md`).

mod desk;
mod figures;
mod read;
mod service;
pub mod workspace;

pub use desk::Desk;
pub use figures::{
    AdoptionCell, CharterLine, FeedbackCell, Figures, FindingCell, FootprintCell, IncidentCell, RefusalCell, ToolLine,
    UsageCell, WorkspaceCell,
};
pub use read::{Committee, CommitteeError};
pub use service::{ActivityCell, DemandCell, NewcomerCell, ServiceCell, ToolRefusalCell, TrainingLine, UpkeepLine};
