//! Where a log ends.

use bailiwick_tlog::Hash;
use serde::{Deserialize, Serialize};

/// Where a log ends: how many entries, and the root of their tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// How many entries.
    pub size: u64,
    /// The root of their tree, in base64, as checkpoints have it.
    pub root: String,
}

impl Mark {
    /// The mark of a tree of this size and root.
    ///
    /// ```
    /// use bailiwick_audit::Mark;
    ///
    /// let mark = Mark::of(0, bailiwick_tlog::empty_root());
    /// assert_eq!(mark, Mark::empty());
    /// assert_eq!(mark.root.len(), 44);
    /// ```
    pub fn of(size: u64, root: Hash) -> Self {
        Self { size, root: root.to_string() }
    }

    /// The mark of a log without entries.
    pub fn empty() -> Self {
        Self::of(0, bailiwick_tlog::empty_root())
    }
}
