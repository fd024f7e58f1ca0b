//! Where the calls of a session are recorded.

use super::act_log::AuditedSession;
use super::purpose::Function;
use super::tape::Tape;
use crate::engine::Called;
use crate::error::Result;

/// The input of a call.
pub(super) struct Given<'a> {
    pub(super) function: Function,
    /// The context of a decision.
    pub(super) context: Option<&'a [u8]>,
    pub(super) input: &'a [u8],
}

/// Where the calls of a session are recorded.
pub(super) enum Recorder<'tape> {
    /// In the audit log.
    Log(Box<AuditedSession>),
    /// On a tape: there is no home.
    Tape(&'tape mut Tape),
}

impl Recorder<'_> {
    /// Records a call that has ended. Returns the number of its entry in the log, or of the call on the tape.
    pub(super) fn record(&mut self, given: &Given<'_>, called: &Called) -> Result<u64> {
        match self {
            Self::Log(session) => session.record(given, called),
            Self::Tape(tape) => Ok(tape.record(given, called)),
        }
    }
}
