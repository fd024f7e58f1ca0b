//! States and moves of a placement, as one table.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use super::Holds;

/// Where a placement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The agency has the file.
    Sent,
    /// The agency works it.
    Active,
    /// Collection is on hold; the holds say why.
    Held,
    /// The bank announced that it takes it back.
    RecallPending,
    /// The bank took it back. Final.
    Recalled,
    /// The agency gave it back. Final.
    Returned,
    /// The agency refused it. Final.
    Rejected,
}

/// What can happen to a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// The agency accepts, or works it, which says the same.
    Accept,
    /// The agency refuses.
    Refuse,
    /// A hold begins.
    Hold,
    /// The last hold that blocks ends.
    Release,
    /// The bank announces a recall.
    AnnounceRecall,
    /// The agency objects in time: the recall is off.
    Object,
    /// The bank recalls.
    Recall,
    /// The agency gives it back.
    Return,
}

/// Every legal move: from, by, to. What is not here is refused.
pub const MOVES: &[(State, Move, State)] = &[
    (State::Sent, Move::Accept, State::Active),
    (State::Sent, Move::Refuse, State::Rejected),
    (State::Sent, Move::Hold, State::Held),
    (State::Sent, Move::AnnounceRecall, State::RecallPending),
    (State::Sent, Move::Recall, State::Recalled),
    (State::Sent, Move::Return, State::Returned),
    (State::Active, Move::Accept, State::Active),
    (State::Active, Move::Hold, State::Held),
    (State::Active, Move::AnnounceRecall, State::RecallPending),
    (State::Active, Move::Recall, State::Recalled),
    (State::Active, Move::Return, State::Returned),
    (State::Held, Move::Accept, State::Held),
    (State::Held, Move::Hold, State::Held),
    (State::Held, Move::Release, State::Active),
    (State::Held, Move::AnnounceRecall, State::RecallPending),
    (State::Held, Move::Recall, State::Recalled),
    (State::Held, Move::Return, State::Returned),
    (State::RecallPending, Move::Accept, State::RecallPending),
    (State::RecallPending, Move::Hold, State::RecallPending),
    (State::RecallPending, Move::Release, State::RecallPending),
    (State::RecallPending, Move::AnnounceRecall, State::RecallPending),
    (State::RecallPending, Move::Object, State::Active),
    (State::RecallPending, Move::Recall, State::Recalled),
    (State::RecallPending, Move::Return, State::Returned),
];

/// A move that the table does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a placement that is {from} cannot {by}")]
pub struct Illegal {
    /// Where it stands.
    pub from: State,
    /// What was asked.
    pub by: Move,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Sent,
        Self::Active,
        Self::Held,
        Self::RecallPending,
        Self::Recalled,
        Self::Returned,
        Self::Rejected,
    ];

    /// The name, as in the JSON and in the book.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Active => "active",
            Self::Held => "held",
            Self::RecallPending => "recall_pending",
            Self::Recalled => "recalled",
            Self::Returned => "returned",
            Self::Rejected => "rejected",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing can follow. The account may be entrusted again as a new placement.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Recalled | Self::Returned | Self::Rejected)
    }

    /// Where a move leads; `holds` are the holds after it.
    ///
    /// # Errors
    /// [`Illegal`] names the state and the move.
    pub fn after(self, by: Move, holds: Holds) -> Result<Self, Illegal> {
        let legal = MOVES.iter().find(|(from, with, _)| *from == self && *with == by);
        match legal {
            // An account is active again only when nothing blocks it.
            Some((_, _, Self::Active)) if holds.block() => Ok(Self::Held),
            Some((_, _, to)) => Ok(*to),
            None => Err(Illegal { from: self, by }),
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Display for Move {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Accept => "be accepted",
            Self::Refuse => "be refused",
            Self::Hold => "be held",
            Self::Release => "be released",
            Self::AnnounceRecall => "have a recall announced",
            Self::Object => "have an objection",
            Self::Recall => "be recalled",
            Self::Return => "be returned",
        })
    }
}

impl ToSql for State {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.name()))
    }
}

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::named(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_sdk::document::HoldReason;

    #[test]
    fn final_states_are_final_and_no_move_is_listed_twice() {
        for (at, (from, by, to)) in MOVES.iter().enumerate() {
            assert!(!from.is_final(), "{from} by {by:?} to {to}");
            assert!(!MOVES[..at].iter().any(|(f, b, _)| (f, b) == (from, by)), "{from} by {by:?}");
        }
    }

    #[test]
    fn active_again_only_when_the_last_hold_is_lifted() {
        let both = Holds::default().with(HoldReason::Dispute).with(HoldReason::Attorney);
        let held = State::Active.after(Move::Hold, both).unwrap();
        assert_eq!(held, State::Held);
        let one = both.without(HoldReason::Dispute);
        assert_eq!(held.after(Move::Release, one), Ok(State::Held));
        let kept = one.without(HoldReason::Attorney).with(HoldReason::Kept);
        assert_eq!(held.after(Move::Release, kept), Ok(State::Active));
    }

    #[test]
    fn a_returned_account_cannot_be_recalled() {
        let error = State::Returned.after(Move::Recall, Holds::default()).unwrap_err();
        assert_eq!(error.to_string(), "a placement that is returned cannot be recalled");
    }
}
