//! The case: the state of a placed account, and the moves that it may make next.

mod calendar;
mod contract;
mod dates;
mod diagram;
mod hold_steps;
mod holds;
mod matter;
mod passing;
mod state;
mod terms;

pub use calendar::Calendar;
pub use contract::{Contract, Version};
pub use dates::{Dates, Due, days_after, days_before};
pub use diagram::diagram;
pub(crate) use hold_steps::{HoldStep, HoldSteps};
pub use holds::Holds;
pub use matter::{IllegalStep, MatterStep, STEPS, Stage, may_escalate};
pub(crate) use passing::state_on;
pub use state::{Illegal, MOVES, Move, State};
pub use terms::{AcceptanceTerms, DayTerms, ObjectionTerms, RecallTerms, SettlementTerms, Silence, Terms};
