//! What the committee reads. A [`document::Document`] says something; a format gives it a form; the pack is the
//! document made from the committee's figures, and [`person`] what somebody is told of their own data.
//!
//! Pure: the same figures give the same bytes, on any day and any machine.

mod chart;
pub mod document;
pub mod formats;
pub mod french;
pub mod pack;
pub mod person;
pub mod registers;
