//! Engagements: one creditor, one agency, their plugins and their terms, in one TOML file.

mod calendars;
mod file;
mod terms;

pub(crate) use file::names;
pub use file::{Engagement, Party, Retention, Seat};
pub use terms::{AcceptanceTerms, ObjectionTerms, RecallTerms, SettlementTerms, Silence, Terms};
