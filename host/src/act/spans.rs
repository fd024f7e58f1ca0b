//! The spans of an act. Their names and fields are documented and stay as they are; none of them is personal. The span
//! of a call is in `call/instance.rs`.

use tracing::Span;
use tracing::field::Empty;

/// An act of the host.
pub(crate) fn act(act: &str, engagement: &str, entry: u64) -> Span {
    tracing::info_span!("bailiwick.act", act, engagement, entry, outcome = Empty)
}

/// A stage of an act: `read`, `write`, `commit`.
pub(crate) fn stage(stage: &str) -> Span {
    tracing::info_span!("bailiwick.stage", stage)
}
