//! The case: where a placed account stands and what may happen to it next.

mod calendar;
mod contract;
mod dates;
mod diagram;
mod holds;
mod matter;
mod state;
mod terms;

pub use calendar::Calendar;
pub use contract::{Contract, Version};
pub use dates::{Dates, Due, days_after};
pub use diagram::diagram;
pub use holds::Holds;
pub use matter::{IllegalStep, MatterStep, STEPS, Stage, may_escalate};
pub use state::{Illegal, MOVES, Move, State};
pub use terms::{AcceptanceTerms, ObjectionTerms, RecallTerms, SettlementTerms, Silence, Terms};
