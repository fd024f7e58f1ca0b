//! What came of a file, as its entry says it.

use serde::{Deserialize, Serialize};

/// What came of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FileOutcome {
    /// Everything was taken.
    Accepted,
    /// Some records were refused, the others taken.
    Partial,
    /// Nothing was taken.
    Rejected,
    /// The same file was taken before.
    Duplicate,
}

impl FileOutcome {
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
        use FileOutcome::{Accepted, Duplicate, Partial, Rejected};
        for outcome in [Accepted, Partial, Rejected, Duplicate] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.name());
        }
    }
}
