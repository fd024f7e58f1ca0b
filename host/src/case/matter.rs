//! The stages of a dispute or complaint, and the steps between them, as one table.

use bailiwick_sdk::document::{Level, MatterState};
use serde::Serialize;

/// How far a dispute or complaint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Received; nobody has replied yet.
    Open,
    /// The customer was told that it was received.
    Acknowledged,
    /// Somebody looks into it.
    Investigating,
    /// Evidence was asked for and is not there yet.
    EvidenceRequested,
    /// The customer has a reply; nothing is decided.
    Answered,
    /// It is decided; the customer is still to be told, or a balance to be changed.
    Decided,
    /// Closed.
    Closed,
}

/// What can happen to a dispute or complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatterStep {
    /// The customer is told that it was received.
    Acknowledge,
    /// Somebody looks into it.
    Investigate,
    /// Evidence is asked for.
    RequestEvidence,
    /// The evidence that was asked for is there.
    GiveEvidence,
    /// The customer gets a reply.
    Answer,
    /// The next level takes it over, with a deadline of its own.
    Escalate,
    /// It is decided.
    Decide,
    /// It is closed.
    Close,
    /// Something new was said about a closed dispute or complaint.
    Reopen,
}

/// Every legal step: from, by, to.
pub const STEPS: &[(Stage, MatterStep, Stage)] = &[
    (Stage::Open, MatterStep::Acknowledge, Stage::Acknowledged),
    (Stage::Open, MatterStep::Investigate, Stage::Investigating),
    (Stage::Open, MatterStep::RequestEvidence, Stage::EvidenceRequested),
    (Stage::Open, MatterStep::GiveEvidence, Stage::Open),
    (Stage::Open, MatterStep::Answer, Stage::Answered),
    (Stage::Open, MatterStep::Escalate, Stage::Open),
    (Stage::Open, MatterStep::Decide, Stage::Decided),
    (Stage::Open, MatterStep::Close, Stage::Closed),
    (Stage::Acknowledged, MatterStep::Acknowledge, Stage::Acknowledged),
    (Stage::Acknowledged, MatterStep::Investigate, Stage::Investigating),
    (Stage::Acknowledged, MatterStep::RequestEvidence, Stage::EvidenceRequested),
    (Stage::Acknowledged, MatterStep::GiveEvidence, Stage::Acknowledged),
    (Stage::Acknowledged, MatterStep::Answer, Stage::Answered),
    (Stage::Acknowledged, MatterStep::Escalate, Stage::Open),
    (Stage::Acknowledged, MatterStep::Decide, Stage::Decided),
    (Stage::Acknowledged, MatterStep::Close, Stage::Closed),
    (Stage::Investigating, MatterStep::Investigate, Stage::Investigating),
    (Stage::Investigating, MatterStep::RequestEvidence, Stage::EvidenceRequested),
    (Stage::Investigating, MatterStep::GiveEvidence, Stage::Investigating),
    (Stage::Investigating, MatterStep::Answer, Stage::Answered),
    (Stage::Investigating, MatterStep::Escalate, Stage::Open),
    (Stage::Investigating, MatterStep::Decide, Stage::Decided),
    (Stage::Investigating, MatterStep::Close, Stage::Closed),
    (Stage::EvidenceRequested, MatterStep::RequestEvidence, Stage::EvidenceRequested),
    (Stage::EvidenceRequested, MatterStep::GiveEvidence, Stage::Investigating),
    (Stage::EvidenceRequested, MatterStep::Investigate, Stage::Investigating),
    (Stage::EvidenceRequested, MatterStep::Answer, Stage::Answered),
    (Stage::EvidenceRequested, MatterStep::Escalate, Stage::Open),
    (Stage::EvidenceRequested, MatterStep::Decide, Stage::Decided),
    (Stage::EvidenceRequested, MatterStep::Close, Stage::Closed),
    (Stage::Answered, MatterStep::Answer, Stage::Answered),
    (Stage::Answered, MatterStep::Investigate, Stage::Investigating),
    (Stage::Answered, MatterStep::RequestEvidence, Stage::EvidenceRequested),
    (Stage::Answered, MatterStep::GiveEvidence, Stage::Answered),
    (Stage::Answered, MatterStep::Escalate, Stage::Open),
    (Stage::Answered, MatterStep::Decide, Stage::Decided),
    (Stage::Answered, MatterStep::Close, Stage::Closed),
    (Stage::Decided, MatterStep::Close, Stage::Closed),
    (Stage::Decided, MatterStep::Escalate, Stage::Open),
    (Stage::Closed, MatterStep::Close, Stage::Closed),
    (Stage::Closed, MatterStep::Reopen, Stage::Open),
];

/// A step that the table does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a dispute or complaint that is {from} cannot take the step {by}")]
#[non_exhaustive]
pub struct IllegalStep {
    /// How far it is.
    pub from: Stage,
    /// What was asked.
    pub by: MatterStep,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Acknowledged,
        Self::Investigating,
        Self::EvidenceRequested,
        Self::Answered,
        Self::Decided,
        Self::Closed,
    ];

    /// The name, as in the JSON and in the book.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Investigating => "investigating",
            Self::EvidenceRequested => "evidence_requested",
            Self::Answered => "answered",
            Self::Decided => "decided",
            Self::Closed => "closed",
        }
    }

    /// The stage of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Whether the matter freezes the disputed part of the balance.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Decided | Self::Closed)
    }

    /// The stage after a step.
    ///
    /// # Errors
    /// [`IllegalStep`] names the stage and the step.
    pub fn after(self, by: MatterStep) -> Result<Self, IllegalStep> {
        let legal = STEPS.iter().find(|(from, with, _)| *from == self && *with == by);
        legal.map(|(_, _, to)| *to).ok_or(IllegalStep { from: self, by })
    }
}

impl MatterStep {
    /// The name, as in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Investigate => "investigate",
            Self::RequestEvidence => "request_evidence",
            Self::GiveEvidence => "give_evidence",
            Self::Answer => "answer",
            Self::Escalate => "escalate",
            Self::Decide => "decide",
            Self::Close => "close",
            Self::Reopen => "reopen",
        }
    }

    /// The step that leads to the state a document states; none if the document only says that the matter is open.
    pub fn towards(state: MatterState) -> Option<Self> {
        match state {
            MatterState::Open => None,
            MatterState::Acknowledged => Some(Self::Acknowledge),
            MatterState::Investigating => Some(Self::Investigate),
            MatterState::Answered => Some(Self::Answer),
            MatterState::Closed => Some(Self::Close),
        }
    }
}

/// Whether a matter may go from one level to another: from the agency to the bank or beyond, from the bank
/// to lawyers or the supervisor, never back.
pub fn may_escalate(from: Level, to: Level) -> bool {
    match from {
        Level::Agency => to != Level::Agency,
        Level::Bank => matches!(to, Level::Legal | Level::Regulator),
        Level::Legal => to == Level::Regulator,
        Level::Regulator => false,
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Display for MatterStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_can_be_left_and_no_step_is_listed_twice() {
        for (at, (from, by, _)) in STEPS.iter().enumerate() {
            assert!(!STEPS[..at].iter().any(|(f, b, _)| (f, b) == (from, by)), "{from} by {by}");
        }
        for stage in Stage::ALL {
            assert!(STEPS.iter().any(|(from, _, to)| *from == stage && *to != stage), "{stage}");
            assert_eq!(stage.after(MatterStep::Close), Ok(Stage::Closed), "{stage}");
            let reopens = stage.after(MatterStep::Reopen).is_ok();
            assert_eq!(reopens, stage == Stage::Closed, "{stage}");
        }
    }

    #[test]
    fn a_matter_never_goes_back_to_a_lower_level() {
        let levels = [Level::Agency, Level::Bank, Level::Legal, Level::Regulator];
        for (at, from) in levels.iter().enumerate() {
            for (to_at, to) in levels.iter().enumerate() {
                assert_eq!(may_escalate(*from, *to), to_at > at, "{from:?} to {to:?}");
            }
        }
    }
}
