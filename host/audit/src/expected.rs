//! What a log is held against.

use bailiwick_tlog::{Note, VerifierKey};

use crate::mark::Mark;

/// What a log is held against beside its own files: what was kept where nobody could change it with the log.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The log's public keys. Without any, those that lie with the log are believed.
    pub keys: Vec<VerifierKey>,
    /// Checkpoints kept elsewhere.
    pub checkpoints: Vec<Note>,
    /// Witnesses: every checkpoint that carries their cosignature is checked against their key.
    pub witnesses: Vec<VerifierKey>,
    /// Where the log ended at some moment, by whoever knows.
    pub mark: Option<Mark>,
}
