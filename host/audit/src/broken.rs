//! The kinds of damage that a log can have.

use std::path::PathBuf;

use crate::error::Error;

/// The damage that was found first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// An entry is wrong.
    #[error("entry {index} is wrong: {why}")]
    Entry {
        /// The first wrong entry.
        index: u64,
        /// Why.
        why: String,
    },
    /// Each entry looks right, but together they do not have the signed root.
    #[error("the entries {from} to {} are not those that {signed} has: one of them was changed, added or removed", to - 1)]
    Range {
        /// The first entry that may be wrong: the entries before it agree with an earlier checkpoint.
        from: u64,
        /// The entry after the last that may be wrong.
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
    /// A file of the log other than the entries is wrong.
    #[error("{} is wrong: {why}", path.display())]
    File {
        /// Its path, below the log.
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
