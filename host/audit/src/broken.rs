//! What can be wrong with a log.

use std::path::PathBuf;

use crate::error::Error;

/// What is wrong, and where first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// An entry.
    #[error("entry {index} is wrong: {why}")]
    Entry {
        /// The first that is wrong.
        index: u64,
        /// Why.
        why: String,
    },
    /// Entries that each look right but are not those that were signed.
    #[error("the entries {from} to {} are not those that {signed} has: one of them was changed, added or removed", to - 1)]
    Range {
        /// The first that may be wrong: those before it agree with an earlier checkpoint.
        from: u64,
        /// After the last that may be wrong.
        to: u64,
        /// Which checkpoint.
        signed: String,
    },
    /// The log ends before a checkpoint.
    #[error("the log has {size} entries, {signed} has {expected}: its end was removed")]
    Short {
        /// How many there are.
        size: u64,
        /// How many there were.
        expected: u64,
        /// Which checkpoint.
        signed: String,
    },
    /// A file beside the entries.
    #[error("{} is wrong: {why}", path.display())]
    File {
        /// Which, below the log.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        Self::Log(broken.to_string())
    }
}
