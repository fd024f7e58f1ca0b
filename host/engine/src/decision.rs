//! The decisions that a plugin can be asked for.

use bailiwick_sdk::document::Subject;

/// A decision function of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Decision {
    /// `placement.decide`
    #[serde(rename = "placement.decide")]
    Decide,
    /// `remittance.commission`
    #[serde(rename = "remittance.commission")]
    Commission,
    /// `dispute.triage`
    #[serde(rename = "dispute.triage")]
    Triage,
    /// `rules.judge`
    #[serde(rename = "rules.judge")]
    Judge,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 4] = [Self::Decide, Self::Commission, Self::Triage, Self::Judge];

    /// The subject it belongs to; none for a rule pack.
    pub fn subject(self) -> Option<Subject> {
        match self {
            Self::Decide => Some(Subject::Placement),
            Self::Commission => Some(Subject::Remittance),
            Self::Triage => Some(Subject::Dispute),
            Self::Judge => None,
        }
    }

    /// The function's name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decide => "placement.decide",
            Self::Commission => "remittance.commission",
            Self::Triage => "dispute.triage",
            Self::Judge => "rules.judge",
        }
    }
}
