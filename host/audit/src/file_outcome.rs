//! The outcome of a file, as in its report and its entry.

use serde::{Deserialize, Serialize};

/// The outcome of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FileOutcome {
    /// Everything was taken.
    Accepted,
    /// Some accounts or records were refused, the others taken.
    Partial,
    /// Nothing was taken.
    Rejected,
    /// The same file was taken before; nothing changed.
    Duplicate,
}

impl FileOutcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Partial, Self::Rejected, Self::Duplicate];

    /// The outcome of a name.
    ///
    /// ```
    /// use bailiwick_audit::FileOutcome;
    ///
    /// assert_eq!(FileOutcome::named("partial"), Some(FileOutcome::Partial));
    /// assert_eq!(FileOutcome::named("Partial"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// The stable name, as in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Partial => "partial",
            Self::Rejected => "rejected",
            Self::Duplicate => "duplicate",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_json() {
        for outcome in FileOutcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.name());
        }
    }
}
