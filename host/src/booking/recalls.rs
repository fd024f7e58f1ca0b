//! The end of a placement: recalled, objected to, returned.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{ClosingReason, Recall, RecallObjection, RecallStage, Return};
use bailiwick_sdk::value::Day;

use super::draft::Draft;
use super::record::Placed;
use super::refused::{Booked, refuse_at};
use super::windows::Dated;
use crate::case::{Move, State};
use crate::engagement::Terms;

impl Placed {
    /// Announces a recall. Older objections no longer count.
    pub(super) fn announce_recall(&mut self, on: Day, terms: &Terms) -> Booked {
        self.go(Move::AnnounceRecall)?;
        self.dates.recall_announced(on, terms);
        Ok(())
    }
}

impl Draft<'_, '_> {
    pub(super) fn recall(&mut self, mut it: Recall) -> Booked {
        self.only_from(Side::Bank, "a recall")?;
        let mut placed = self.latest(&it.account)?;
        let before = placed.state;
        let on = it.on.unwrap_or(self.setting.said_on);
        self.within(Dated::Step, ("/on", on), Some(&placed), it.line)?;
        match it.stage {
            RecallStage::Pending => placed.announce_recall(on, self.terms_on(on))?,
            RecallStage::Final => placed.end(Move::Recall, on)?,
        }
        let reasons = &self.terms_on(on).recall.in_error;
        placed.in_error |= it.placed_in_error == Some(true)
            || it.reason.as_deref().is_some_and(|reason| reasons.iter().any(|listed| listed == reason));
        it.account_number = placed.number_or(it.account_number)?;
        self.keep(placed, before, Some(on), &it.into())
    }

    pub(super) fn recall_objection(&mut self, mut it: RecallObjection) -> Booked {
        self.only_from(Side::Agency, "an objection to a recall")?;
        let mut placed = self.latest(&it.account)?;
        let before = placed.state;
        let on = it.on.unwrap_or(self.setting.said_on);
        self.within(Dated::Step, ("/on", on), Some(&placed), it.line)?;
        let table = &self.terms_on(on).recall.objections;
        let listed = table.iter().find(|listed| listed.reason == it.reason.as_str());
        if listed.is_none() && !table.is_empty() {
            let reasons: Vec<&str> = table.iter().map(|listed| listed.reason.as_str()).collect();
            let message =
                format!("the contract allows objections for {}; send one of these", reasons.join(", "));
            return Err(refuse_at("unknown_objection_reason", "/reason", message));
        }
        placed.go(Move::Object)?;
        placed.dates.objected(on, listed.map(|listed| listed.days));
        it.account_number = placed.number_or(it.account_number)?;
        self.keep(placed, before, Some(on), &it.into())
    }

    pub(super) fn returned(&mut self, mut it: Return) -> Booked {
        self.only_from(Side::Agency, "a return")?;
        let mut placed = self.latest(&it.account)?;
        let before = placed.state;
        self.within(Dated::Step, ("/on", it.on), Some(&placed), it.line)?;
        // An agency may refuse after it began to work: then it is a return.
        let refuses =
            it.reason == ClosingReason::AgencyRefused && matches!(before, State::Sent | State::Partial);
        placed.end(if refuses { Move::Refuse } else { Move::Return }, it.on)?;
        it.account_number = placed.number_or(it.account_number)?;
        let on = Some(it.on);
        self.keep(placed, before, on, &it.into())
    }
}
