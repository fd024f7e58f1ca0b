//! Statuses, and the holds that they begin and end.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Bankruptcy, HoldReason, Status, StatusKind};

use super::changes::Hold;
use super::draft::Draft;
use super::record::Placed;
use super::refused::{Booked, refuse_at};
use super::windows::Dated;
use crate::case::{HoldStep, Holds};

impl Draft<'_, '_> {
    pub(super) fn status(&mut self, mut it: Status) -> Booked {
        let mut placed = self.holder_on(&it.account, Some(it.on))?;
        self.within(Dated::Work, ("/on", it.on), Some(&placed), it.line)?;
        let begins = reason_of(it.status);
        if let Some(reason) = begins.filter(|reason| it.ends.contains(reason)) {
            let message = format!(
                "the status begins the hold {0} and says that {0} ends; send the end with a status that does not begin it",
                reason.name()
            );
            return Err(refuse_at("hold_begins_and_ends", "/ends", message));
        }
        let before = placed.state;
        self.worked(&mut placed)?;
        let side = self.setting.side;
        // A reason that is named twice ends once.
        let ends = it.ends.iter().fold(Holds::default(), |set, reason| set.with(*reason));
        let ends = ends.reasons().map(|reason| HoldStep::end(reason, Some(side), it.on));
        let begins = begins.map(|reason| HoldStep::begin(reason, side, Some(it.on)));
        let mut steps: Vec<HoldStep> = ends.chain(begins).collect();
        if let Some(step) = end_of_court(&it, side) {
            if self.hold_steps(&placed)?.began(HoldReason::Legal) {
                steps.push(step);
            } else {
                self.changes.worked.push(Hold { placement: placed.id, step });
            }
        }
        self.change_holds(&mut placed, steps, it.line)?;
        self.warn_of_holds(&placed, &it);
        placed.status = Some(it.code.as_ref().map_or_else(|| name_of(it.status), ToString::to_string));
        it.party = placed.party_or(it.party)?;
        let on = Some(it.on);
        self.keep(placed, before, on, &it.into())
    }

    pub(super) fn bankruptcy(&mut self, mut it: Bankruptcy) -> Booked {
        let mut placed = self.holder_on(&it.account, it.filed_on)?;
        self.within_if_given(Dated::Past, ("/filed_on", it.filed_on), Some(&placed), it.line)?;
        let before = placed.state;
        self.worked(&mut placed)?;
        let on = it.filed_on.unwrap_or(self.setting.said_on);
        let begin = HoldStep::begin(HoldReason::Bankruptcy, self.setting.side, Some(on));
        self.change_holds(&mut placed, vec![begin], it.line)?;
        it.party = placed.party_or(it.party)?;
        let on = it.filed_on;
        self.keep(placed, before, on, &it.into())
    }

    /// Warns of holds that a status says have ended and that stay.
    fn warn_of_holds(&mut self, placed: &Placed, it: &Status) {
        let stays = placed.holds.reasons().filter(|reason| it.ends.contains(reason));
        for reason in stays.filter(|_| !placed.state.has_ended()) {
            let message = format!(
                "the account stays on hold ({}): a side ends only what it began and the bank ends all, an open dispute or complaint \
                 keeps its hold, and a hold may have begun again on a later day",
                reason.name()
            );
            self.warn_about(&placed.account, "hold_stays", it.line, message);
        }
    }
}

/// Whether a status says that the agency works the account again, so that it is with no court.
pub(super) fn is_of_work(status: StatusKind) -> bool {
    matches!(status, StatusKind::Working | StatusKind::PromiseToPay | StatusKind::PaymentPlan)
}

/// The end of the hold `legal` by a status of work.
pub(crate) fn end_of_court(it: &Status, by: Side) -> Option<HoldStep> {
    is_of_work(it.status).then(|| HoldStep::end(HoldReason::Legal, Some(by), it.on))
}

fn name_of(status: StatusKind) -> String {
    serde_json::to_value(status).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The hold that a status brings.
fn reason_of(status: StatusKind) -> Option<HoldReason> {
    match status {
        StatusKind::Disputed => Some(HoldReason::Dispute),
        StatusKind::CeaseContact => Some(HoldReason::Cease),
        StatusKind::AttorneyRepresents => Some(HoldReason::Attorney),
        StatusKind::Bankruptcy7 | StatusKind::Bankruptcy11 | StatusKind::Bankruptcy13 => {
            Some(HoldReason::Bankruptcy)
        }
        StatusKind::Deceased => Some(HoldReason::Deceased),
        StatusKind::Legal => Some(HoldReason::Legal),
        StatusKind::Working
        | StatusKind::PromiseToPay
        | StatusKind::PaymentPlan
        | StatusKind::Unlocatable
        | StatusKind::RefusesToPay
        | StatusKind::PaymentReturned
        | StatusKind::PaidInFull
        | StatusKind::Settled
        | StatusKind::Other => None,
    }
}
