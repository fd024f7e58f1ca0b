//! The case: where a placed account stands and what may happen to it next.

mod dates;
mod diagram;
mod holds;
mod state;

pub use dates::{Dates, Due, days_after};
pub use diagram::diagram;
pub use holds::Holds;
pub use state::{Illegal, MOVES, Move, State};
