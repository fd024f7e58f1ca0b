//! Engagements: one creditor, one agency, their plugins and their terms, in one TOML file.

mod bindings;
mod calendars;
mod check;
mod file;
mod routes;
mod sibling;
mod source;
mod terms;
mod writers;

pub use crate::case::{
    AcceptanceTerms, DayTerms, ObjectionTerms, RecallTerms, SettlementTerms, Silence, Terms,
};
pub use bindings::Binding;
pub use check::{Checked, Warning};
pub(crate) use file::names;
pub use file::{Engagement, Party, Retention};
pub use routes::{Decider, Reader, Routes, SideRoutes, Writer};
pub(crate) use sibling::Sibling;
