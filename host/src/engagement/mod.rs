//! Engagements: one creditor, one agency, their plugins and their terms, in one TOML file.

mod file;

pub(crate) use file::names;
pub use file::{Allocation, Engagement, Party, Seat, Terms};
