//! The end of a placement: recalled, objected to, returned.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{ClosingReason, Recall, RecallObjection, RecallStage, Return};
use bailiwick_sdk::value::Day;

use super::booking::{Booked, Booking, refuse_at};
use super::placed::Placed;
use super::placements::number;
use crate::case::{Move, State};

impl Booking<'_> {
    pub(crate) fn recall(&mut self, mut it: Recall) -> Booked {
        self.only_from(Side::Bank, "a recall")?;
        let mut placed = self.open(&it.account)?;
        let before = placed.state;
        let on = it.on.unwrap_or(self.today);
        match it.stage {
            RecallStage::Pending => self.announce_recall(&mut placed, on)?,
            RecallStage::Final => self.end(&mut placed, Move::Recall, on)?,
        }
        let reasons = &self.engagement.terms.recall.in_error;
        placed.in_error |= it.placed_in_error == Some(true)
            || it.reason.as_deref().is_some_and(|reason| reasons.iter().any(|listed| listed == reason));
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        self.keep(&placed, before, Some(on), it.into())
    }

    /// Announces a recall. Older objections are gone.
    pub(crate) fn announce_recall(&self, placed: &mut Placed, on: Day) -> Booked {
        placed.go(Move::AnnounceRecall)?;
        placed.dates.recall_announced(on, &self.engagement.terms);
        Ok(())
    }

    /// Ends a placement: `on` is the last day of the holder.
    pub(crate) fn end(&self, placed: &mut Placed, by: Move, on: Day) -> Booked {
        placed.go(by)?;
        placed.dates.ended_on = Some(on);
        Ok(())
    }

    pub(crate) fn recall_objection(&mut self, mut it: RecallObjection) -> Booked {
        self.only_from(Side::Agency, "an objection to a recall")?;
        let mut placed = self.open(&it.account)?;
        let before = placed.state;
        let on = it.on.unwrap_or(self.today);
        let table = &self.engagement.terms.recall.objections;
        let listed = table.iter().find(|listed| listed.reason == it.reason.as_str());
        if listed.is_none() && !table.is_empty() {
            let reasons: Vec<&str> = table.iter().map(|listed| listed.reason.as_str()).collect();
            let message =
                format!("the contract allows objections for {}; send one of these", reasons.join(", "));
            return Err(refuse_at("unknown_objection_reason", "/reason", message));
        }
        placed.go(Move::Object)?;
        placed.dates.objected(on, listed.map(|listed| listed.days));
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        self.keep(&placed, before, Some(on), it.into())
    }

    pub(crate) fn returned(&mut self, mut it: Return) -> Booked {
        self.only_from(Side::Agency, "a return")?;
        let mut placed = self.open(&it.account)?;
        let before = placed.state;
        // An agency may refuse after it began to work: then it is a return.
        let refuses =
            it.reason == ClosingReason::AgencyRefused && matches!(before, State::Sent | State::Partial);
        self.end(&mut placed, if refuses { Move::Refuse } else { Move::Return }, it.on)?;
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let on = Some(it.on);
        self.keep(&placed, before, on, it.into())
    }
}
