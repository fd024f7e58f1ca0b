//! Recorded calls made again: same bytes, same fault, same fuel. The calls go through [`call`](crate::call) and are not
//! recorded a second time.

mod case;
mod differ;
mod player;
mod recording;
mod run;

pub use case::{Case, CaseBytes, CaseCall};
pub use differ::Difference;
pub use recording::Recording;
pub use run::{Comparison, Replay, ReplayOptions, ReplaySummary, Replayed, Which};
