//! Recorded calls run again: same bytes, same fault, same fuel.

mod case;
mod differ;
mod player;
mod recording;
mod run;

pub use case::{Case, CaseBytes, CaseCall};
pub use differ::Difference;
pub use recording::Recording;
pub use run::{ReplayOptions, ReplaySummary, Replayed, Verdict, Which};
