//! The spans that the host opens for `tracing`. Their names and fields are documented in docs/watching.md and
//! stay as they are; none of them is personal.

use tracing::Span;
use tracing::field::Empty;

use super::auditing::AuditedSession;
use crate::audit::Outcome;
use crate::engine::Called;

/// Something that the host was asked to do.
pub(crate) fn act(act: &str, engagement: &str, entry: u64) -> Span {
    tracing::info_span!("bailiwick.act", act, engagement, entry, outcome = Empty)
}

/// A stage of it: `read`, `write`, `commit`.
pub(crate) fn stage(stage: &str) -> Span {
    tracing::info_span!("bailiwick.stage", stage)
}

/// A call of a plugin.
pub(crate) fn call(session: &AuditedSession, function: &str, input: &[u8]) -> Span {
    tracing::info_span!(
        "bailiwick.call",
        plugin = session.plugin.manifest.name.as_str(),
        function,
        engagement = session.auditing.engagement.as_str(),
        act = session.auditing.act,
        bytes_in = input.len() as u64,
        bytes_out = Empty,
        fuel = Empty,
        memory_bytes = Empty,
        outcome = Empty,
    )
}

/// What came of a call.
pub(crate) fn ended(span: &Span, called: &Called) {
    span.record("bytes_out", called.usage.output_bytes);
    span.record("fuel", called.usage.fuel);
    span.record("memory_bytes", called.usage.memory_bytes);
    match called.result.as_ref().map_or_else(Outcome::from, |_| Outcome::Ok) {
        Outcome::Ok => span.record("outcome", "ok"),
        Outcome::Fault { code, .. } => span.record("outcome", code.as_str()),
    };
}
