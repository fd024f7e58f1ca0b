//! The case: where a placed account stands and what may happen to it next.

mod holds;
mod state;

pub use holds::Holds;
pub use state::{Illegal, MOVES, Move, State};
