//! Acknowledgments: the agency accepts an account, or refuses it.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Acceptance, Acknowledgment};

use super::draft::Draft;
use super::refused::{Booked, refuse_at};
use super::windows::Dated;
use crate::case::{Move, State};

impl Draft<'_, '_> {
    pub(super) fn acknowledgment(&mut self, mut it: Acknowledgment) -> Booked {
        self.only_from(Side::Agency, "an acknowledgment")?;
        let mut placed = self.holder_on(&it.account, Some(it.received_on))?;
        self.within(Dated::Step, ("/received_on", it.received_on), Some(&placed), it.line)?;
        let before = placed.state;
        let differs = it.original_balance.get() != placed.placed;
        let (theirs, ours) = (it.original_balance, placed.placed);
        let message = format!("the agency has {theirs} minor units, {ours} were placed");
        match (it.acceptance, before) {
            // It came late, but is for a day on which the agency held the account: it is kept and changes nothing.
            _ if before.has_ended() && !differs => {}
            (Acceptance::Rejected, _) if !before.has_ended() => placed.end(Move::Refuse, it.received_on)?,
            (Acceptance::Accepted, State::Sent | State::Partial) if differs => {
                placed.go(Move::AcceptPart)?;
                self.warn_about(&it.account, "balance_mismatch", it.line, message);
            }
            _ if differs => return Err(refuse_at("balance_mismatch", "/original_balance", message)),
            _ => placed.go(Move::Accept)?,
        }
        it.account_number = placed.number_or(it.account_number)?;
        let on = Some(it.received_on);
        self.keep(placed, before, on, &it.into())
    }
}
