//! States and moves of a placement, as one table.

use serde::{Deserialize, Serialize};

use super::Holds;

/// Where a placement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Booked, but its day has not come: the agency has no file yet.
    Draft,
    /// The agency has the file.
    Sent,
    /// The agency accepted it with the balance that was placed.
    Acknowledged,
    /// The agency accepted it with another balance; the difference is still to be settled.
    Partial,
    /// The agency refused it, or did not reply in time. Final.
    Rejected,
    /// The agency works it.
    Active,
    /// Collection is on hold; the holds say why.
    Held,
    /// The bank announced that it takes it back; the agency may object.
    RecallPending,
    /// The agency objected in time; the recall waits.
    Objected,
    /// The bank took it back.
    RecallFinal,
    /// The agency gave it back.
    Returned,
    /// The term ended.
    Expired,
    /// The placement has ended and its days of grace are over: payments no longer count for it. Final.
    Closed,
}

/// What can happen to a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// Its day has come: the agency receives it.
    Send,
    /// The agency accepts it.
    Accept,
    /// The agency accepts it with another balance.
    AcceptPart,
    /// The agency refuses.
    Refuse,
    /// The agency did not reply in time.
    Lapse,
    /// The agency works the account. This counts as acceptance.
    Work,
    /// A hold begins.
    Hold,
    /// The last hold that blocks ends.
    Release,
    /// The bank announces a recall.
    AnnounceRecall,
    /// The agency objects in time.
    Object,
    /// The days that an objection is allowed are over.
    Resume,
    /// The bank recalls.
    Recall,
    /// The agency gives it back.
    Return,
    /// The term ends.
    Expire,
    /// The days of grace are over.
    Close,
}

/// Every legal move: from, by, to. Every other move is refused.
pub const MOVES: &[(State, Move, State)] = &[
    (State::Draft, Move::Send, State::Sent),
    (State::Draft, Move::Hold, State::Draft),
    (State::Draft, Move::Release, State::Draft),
    (State::Draft, Move::Recall, State::RecallFinal),
    (State::Sent, Move::Accept, State::Acknowledged),
    (State::Sent, Move::AcceptPart, State::Partial),
    (State::Sent, Move::Refuse, State::Rejected),
    (State::Sent, Move::Lapse, State::Rejected),
    (State::Sent, Move::Work, State::Active),
    (State::Sent, Move::Hold, State::Held),
    (State::Sent, Move::AnnounceRecall, State::RecallPending),
    (State::Sent, Move::Recall, State::RecallFinal),
    (State::Sent, Move::Return, State::Returned),
    (State::Sent, Move::Expire, State::Expired),
    (State::Acknowledged, Move::Accept, State::Acknowledged),
    (State::Acknowledged, Move::Work, State::Active),
    (State::Acknowledged, Move::Hold, State::Held),
    (State::Acknowledged, Move::AnnounceRecall, State::RecallPending),
    (State::Acknowledged, Move::Recall, State::RecallFinal),
    (State::Acknowledged, Move::Return, State::Returned),
    (State::Acknowledged, Move::Expire, State::Expired),
    (State::Partial, Move::Accept, State::Acknowledged),
    (State::Partial, Move::AcceptPart, State::Partial),
    (State::Partial, Move::Refuse, State::Rejected),
    (State::Partial, Move::Work, State::Active),
    (State::Partial, Move::Hold, State::Held),
    (State::Partial, Move::AnnounceRecall, State::RecallPending),
    (State::Partial, Move::Recall, State::RecallFinal),
    (State::Partial, Move::Return, State::Returned),
    (State::Partial, Move::Expire, State::Expired),
    (State::Active, Move::Accept, State::Active),
    (State::Active, Move::Work, State::Active),
    (State::Active, Move::Hold, State::Held),
    (State::Active, Move::AnnounceRecall, State::RecallPending),
    (State::Active, Move::Recall, State::RecallFinal),
    (State::Active, Move::Return, State::Returned),
    (State::Active, Move::Expire, State::Expired),
    (State::Held, Move::Accept, State::Held),
    (State::Held, Move::Work, State::Held),
    (State::Held, Move::Hold, State::Held),
    (State::Held, Move::Release, State::Active),
    (State::Held, Move::AnnounceRecall, State::RecallPending),
    (State::Held, Move::Recall, State::RecallFinal),
    (State::Held, Move::Return, State::Returned),
    (State::Held, Move::Expire, State::Expired),
    (State::RecallPending, Move::Accept, State::RecallPending),
    (State::RecallPending, Move::Work, State::RecallPending),
    (State::RecallPending, Move::Hold, State::RecallPending),
    (State::RecallPending, Move::Release, State::RecallPending),
    (State::RecallPending, Move::AnnounceRecall, State::RecallPending),
    (State::RecallPending, Move::Object, State::Objected),
    (State::RecallPending, Move::Recall, State::RecallFinal),
    (State::RecallPending, Move::Return, State::Returned),
    (State::RecallPending, Move::Expire, State::Expired),
    (State::Objected, Move::Accept, State::Objected),
    (State::Objected, Move::Work, State::Objected),
    (State::Objected, Move::Hold, State::Objected),
    (State::Objected, Move::Release, State::Objected),
    (State::Objected, Move::Resume, State::Active),
    (State::Objected, Move::AnnounceRecall, State::RecallPending),
    (State::Objected, Move::Recall, State::RecallFinal),
    (State::Objected, Move::Return, State::Returned),
    (State::Objected, Move::Expire, State::Expired),
    (State::RecallFinal, Move::Close, State::Closed),
    (State::Returned, Move::Close, State::Closed),
    (State::Expired, Move::Close, State::Closed),
];

/// A move that the table does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a placement that is {from} cannot {by}, which leads to {}; only one that is {} can", leads(*by), possible(*by))]
#[non_exhaustive]
pub struct Illegal {
    /// The state of the placement.
    pub from: State,
    /// The refused move.
    pub by: Move,
}

fn leads(by: Move) -> String {
    let mut states: Vec<&str> = by.leads_to().map(State::name).collect();
    states.sort_unstable();
    states.dedup();
    states.join(" or ")
}

fn possible(by: Move) -> String {
    let from: Vec<&str> =
        MOVES.iter().filter(|(_, with, _)| *with == by).map(|(from, _, _)| from.name()).collect();
    from.join(", ")
}

impl State {
    /// Every state.
    pub const ALL: [Self; 13] = [
        Self::Draft,
        Self::Sent,
        Self::Acknowledged,
        Self::Partial,
        Self::Rejected,
        Self::Active,
        Self::Held,
        Self::RecallPending,
        Self::Objected,
        Self::RecallFinal,
        Self::Returned,
        Self::Expired,
        Self::Closed,
    ];

    /// The name, as in the JSON and in the book.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sent => "sent",
            Self::Acknowledged => "acknowledged",
            Self::Partial => "partial",
            Self::Rejected => "rejected",
            Self::Active => "active",
            Self::Held => "held",
            Self::RecallPending => "recall_pending",
            Self::Objected => "objected",
            Self::RecallFinal => "recall_final",
            Self::Returned => "returned",
            Self::Expired => "expired",
            Self::Closed => "closed",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether the agency no longer holds the account. Then the account may be entrusted again, as a new placement.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Rejected | Self::RecallFinal | Self::Returned | Self::Expired | Self::Closed)
    }

    /// Whether no move leads out of it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Rejected | Self::Closed)
    }

    /// The state after a move; `holds` are the holds after it.
    ///
    /// # Errors
    /// [`Illegal`] names the state and the move.
    pub fn after(self, by: Move, holds: Holds) -> Result<Self, Illegal> {
        let legal = MOVES.iter().find(|(from, with, _)| *from == self && *with == by);
        match legal {
            // A placement with a hold that blocks is held, where it would be active or sent without the hold.
            Some((_, _, Self::Active | Self::Sent)) if holds.block() => Ok(Self::Held),
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

impl Move {
    /// The name, as in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Accept => "accept",
            Self::AcceptPart => "accept_part",
            Self::Refuse => "refuse",
            Self::Lapse => "lapse",
            Self::Work => "work",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::AnnounceRecall => "announce_recall",
            Self::Object => "object",
            Self::Resume => "resume",
            Self::Recall => "recall",
            Self::Return => "return",
            Self::Expire => "expire",
            Self::Close => "close",
        }
    }

    /// The states after this move, from every state in which it is legal. The refusal of an illegal move names them.
    pub fn leads_to(self) -> impl Iterator<Item = State> {
        MOVES.iter().filter(move |(_, by, _)| *by == self).map(|(_, _, to)| *to)
    }
}

impl std::fmt::Display for Move {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Send => "be sent",
            Self::Accept => "be accepted",
            Self::AcceptPart => "be accepted with another balance",
            Self::Refuse => "be refused",
            Self::Lapse => "lapse without a reply",
            Self::Work => "be worked",
            Self::Hold => "be held",
            Self::Release => "be released",
            Self::AnnounceRecall => "have a recall announced",
            Self::Object => "have an objection",
            Self::Resume => "be resumed",
            Self::Recall => "be recalled",
            Self::Return => "be returned",
            Self::Expire => "expire",
            Self::Close => "be closed",
        })
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
            // A placement that has ended stays ended.
            assert!(!from.has_ended() || to.has_ended(), "{from} by {by:?} to {to}");
        }
        for state in State::ALL {
            assert_eq!(state.is_final(), !MOVES.iter().any(|(from, _, _)| *from == state), "{state}");
            assert!(state == State::Draft || MOVES.iter().any(|(_, _, to)| *to == state), "{state}");
            assert_eq!(State::named(state.name()), Some(state));
        }
    }

    #[test]
    fn active_again_only_when_the_last_hold_is_lifted() {
        let both = Holds::default().with(HoldReason::Dispute).with(HoldReason::Attorney);
        let held = State::Active.after(Move::Hold, both).unwrap();
        assert_eq!(held, State::Held);
        let one = both.without(HoldReason::Dispute);
        assert_eq!(held.after(Move::Release, one), Ok(State::Held));
        assert_eq!(State::Objected.after(Move::Resume, one), Ok(State::Held));
        let kept = one.without(HoldReason::Attorney).with(HoldReason::Kept);
        assert_eq!(held.after(Move::Release, kept), Ok(State::Active));
    }

    #[test]
    fn an_illegal_move_names_both_states_and_where_it_would_be_legal() {
        let error = State::Returned.after(Move::Object, Holds::default()).unwrap_err();
        let want = "a placement that is returned cannot have an objection, which leads to objected; only one that is recall_pending can";
        assert_eq!(error.to_string(), want);
    }

    #[test]
    fn every_pair_of_state_and_move_is_in_the_table_or_refused() {
        for from in State::ALL {
            for (_, by, _) in MOVES {
                let listed = MOVES.iter().find(|(f, b, _)| (f, b) == (&from, by)).map(|(_, _, to)| *to);
                assert_eq!(from.after(*by, Holds::default()).ok(), listed, "{from} by {by:?}");
            }
        }
    }
}
