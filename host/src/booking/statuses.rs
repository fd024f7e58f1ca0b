//! Statuses, and the holds that they bring.

use bailiwick_sdk::document::{Bankruptcy, HoldReason, Status, StatusKind};

use super::draft::Draft;
use super::refused::Booked;
use super::windows::Dated;

impl Draft<'_, '_> {
    pub(super) fn status(&mut self, mut it: Status) -> Booked {
        let mut placed = self.holder_on(&it.account, Some(it.on))?;
        self.within(Dated::Work, ("/on", it.on), Some(&placed), it.line)?;
        let before = placed.state;
        if !before.has_ended() {
            self.worked(&mut placed)?;
            if let Some(reason) = reason_of(it.status) {
                placed.hold(reason)?;
            }
        }
        placed.status = Some(it.code.as_ref().map_or_else(|| name_of(it.status), ToString::to_string));
        it.party = placed.party_or(it.party)?;
        let on = Some(it.on);
        self.keep(placed, before, on, &it.into())
    }

    pub(super) fn bankruptcy(&mut self, mut it: Bankruptcy) -> Booked {
        let mut placed = self.holder_on(&it.account, it.filed_on)?;
        self.within_if_given(Dated::Past, ("/filed_on", it.filed_on), Some(&placed), it.line)?;
        let before = placed.state;
        if !before.has_ended() {
            self.worked(&mut placed)?;
            placed.hold(HoldReason::Bankruptcy)?;
        }
        it.party = placed.party_or(it.party)?;
        let on = it.filed_on;
        self.keep(placed, before, on, &it.into())
    }
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
