//! Keys, checkpoints and marks that a log is checked against.

use bailiwick_tlog::{Note, VerifierKey};

use crate::mark::Mark;

/// Keys, checkpoints and marks that a log is checked against beside its own files. They were kept where
/// nobody could change them together with the log.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The log's public keys. If empty, the keys in the log's folder are trusted.
    pub keys: Vec<VerifierKey>,
    /// Checkpoints kept elsewhere.
    pub checkpoints: Vec<Note>,
    /// Witnesses: every checkpoint that carries their cosignature is checked against their key.
    pub witnesses: Vec<VerifierKey>,
    /// Marks of the log that somebody kept: where it ended at some moment.
    pub mark: Option<Mark>,
}
