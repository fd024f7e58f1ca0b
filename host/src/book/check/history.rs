//! Where a placement stands, on which days it moves, and what holds it: worked out from what happened to it.

use bailiwick_sdk::document::{Acceptance, HoldReason, Item, RecallStage, Status, StatusKind};
use bailiwick_sdk::value::Day;

use super::LedgerCheck;
use super::accounts::{Happened, Of};
use super::matters::Matters;
use crate::booking::{Kept, first_dates, holds};
use crate::case::{Dates, Holds, MOVES, Move, State};

/// Events without a document that move nothing.
const STILL: [&str; 2] = ["promise_broken", "requoted"];

/// The day of an event, which may be without one; none if its document does not say it as a day.
fn day_of(item: &Item) -> Option<Option<Day>> {
    match item {
        Item::Status(_)
        | Item::Payment(_)
        | Item::DirectPayment(_)
        | Item::Adjustment(_)
        | Item::Reversal(_)
        | Item::Acknowledgment(_)
        | Item::Return(_)
        | Item::Dispute(_)
        | Item::Complaint(_)
        | Item::Decision(_) => Some(Kept::of(item).on),
        // Without a day it is of the day on which it came.
        Item::Recall(it) => it.on.map(Some),
        Item::RecallObjection(it) => it.on.map(Some),
        Item::Reconciliation(it) => Some(it.as_of),
        Item::Bankruptcy(it) => Some(it.filed_on),
        Item::DemographicChange(it) => Some(it.on),
        Item::Promise(it) => Some(it.made_on),
        Item::PaymentPlan(it) => Some(Some(it.agreed_on)),
        _ => None,
    }
}

/// What has happened to a placement so far.
pub(super) struct History {
    /// The state, once something moved it.
    pub(super) state: Option<State>,
    pub(super) dates: Dates,
    /// The dates are sure: the terms that they follow are those that the acts went by.
    certain: bool,
    /// The holds that documents began.
    pub(super) holds: Holds,
    /// A status told of a dispute.
    disputed: bool,
    status: Option<String>,
    /// It was placed in error, as a recall says; or as the reason of one may say.
    in_error: bool,
    perhaps_in_error: bool,
}

impl History {
    pub(super) fn begin(of: &Of<'_>) -> Self {
        let placed = &of.it.placed;
        let version = of.agreed.contract.of_placement(placed.terms, placed.dates.placed_on);
        let dates = first_dates(placed.dates.placed_on, of.document.term_ends_on, &version.terms);
        Self {
            state: None,
            dates,
            certain: of.agreed.was_known(version.id, of.it.at),
            holds: holds(of.document),
            disputed: false,
            status: of.document.status.as_deref().map(str::to_owned),
            in_error: false,
            perhaps_in_error: false,
        }
    }

    /// Whether the agency no longer held the account.
    pub(super) fn has_ended(&self) -> bool {
        self.state.is_some_and(State::has_ended)
    }

    /// The last day with the agency, if it lies before a day, as far as it is sure.
    fn is_over(&self, on: Day) -> bool {
        let term = self.dates.term_ends_on.filter(|_| !self.holds.keep());
        let recall = self.dates.recall_on.filter(|_| self.state == Some(State::RecallPending));
        self.has_ended()
            || self.dates.ended_on.is_some()
            || term.into_iter().chain(recall).min().is_some_and(|last| on > last)
    }

    pub(super) fn event(&mut self, of: &Of<'_>, event: &Happened, check: &mut LedgerCheck) {
        let place = of.place.at("event", event.id);
        if let Some(item) = &event.item {
            check.same(&place, "kind", event.kind.as_str(), item.kind());
            check.same(&place, "line", event.line, item.line());
            if let Some(day) = day_of(item) {
                check.same(&place, "effect_on", event.on, day);
            }
            let account = Kept::of(item).account;
            if event.as_written && of.it.is_as_written() && account.is_some() {
                check.same(&place, "placement", account.as_deref(), Some(of.it.placed.account.as_str()));
            }
        } else {
            let known = STILL.contains(&event.kind.as_str())
                || MOVES.iter().any(|(_, by, _)| by.name() == event.kind);
            check.holds(
                &place,
                "kind",
                known && event.moved.is_some() != STILL.contains(&event.kind.as_str()),
            );
        }
        if let Some((before, after)) = event.moved {
            let legal = before == after
                || MOVES.iter().any(|(from, by, to)| {
                    *from == before
                        && (*to == after
                            || (after == State::Held && matches!(to, State::Active | State::Sent)))
                        && (event.item.is_some() || by.name() == event.kind)
                });
            // A document may bring two moves: the agency works the account, and a hold begins or ends.
            let twice = event.item.is_some() && !before.has_ended() && !after.has_ended();
            check.holds(&place, "after", legal || twice);
            if self.state.is_none() {
                let first = matches!(before, State::Draft | State::Sent | State::Held);
                check.holds(&place, "before", first);
            }
        }
        self.check_due(of, event, check);
        self.date(of, event);
        self.hold(event);
        if let Some((_, after)) = event.moved {
            self.state = Some(after);
        }
    }

    /// A move without a document fell due on its day.
    fn check_due(&self, of: &Of<'_>, event: &Happened, check: &mut LedgerCheck) {
        let (None, Some(on), Some((before, _))) = (&event.item, event.on, event.moved) else { return };
        if !self.certain || of.document.placed_on.is_none() || of.agreed.known_on(on, event.at).is_none() {
            return;
        }
        let placed = &of.it.placed;
        let due = self.dates.due(before, placed.holds, &of.agreed.contract, placed.terms);
        let fits = due.is_some_and(|due| due.on == on && due.by.name() == event.kind);
        check.holds(&of.place.at("event", event.id), "effect_on", fits);
    }

    /// The dates after an event.
    fn date(&mut self, of: &Of<'_>, event: &Happened) {
        let terms = |on: Day| of.agreed.known_on(on, event.at).map(|version| &version.terms);
        let Some(item) = &event.item else {
            self.fall_due(of, event);
            return;
        };
        match item {
            Item::Payment(_) | Item::DirectPayment(_) => {
                let Some(on) = event.on else { return };
                let over = self.is_over(on);
                match terms(on) {
                    Some(terms) => self.dates.paid(on, terms.payment_extends_days.filter(|_| !over)),
                    None => {
                        let mut all = of.agreed.contract.versions();
                        self.certain &= all.all(|it| it.terms.payment_extends_days.is_none());
                    }
                }
            }
            Item::Recall(it) => {
                let Some(on) = event.on else { return };
                match (it.stage, terms(on)) {
                    (RecallStage::Final, _) => self.dates.ended_on = Some(on),
                    (RecallStage::Pending, Some(terms)) => self.dates.recall_announced(on, terms),
                    (RecallStage::Pending, None) => self.certain = false,
                }
                self.in_error |= it.placed_in_error == Some(true);
                let reasons = of.agreed.contract.versions().flat_map(|it| &it.terms.recall.in_error);
                let mut reasons = reasons.filter(|reason| it.reason.as_deref() == Some(reason.as_str()));
                self.perhaps_in_error |= reasons.next().is_some();
            }
            Item::RecallObjection(it) => {
                let (Some(on), Some(terms)) = (event.on, event.on.and_then(terms)) else {
                    self.certain = false;
                    return;
                };
                let mut listed = terms.recall.objections.iter();
                let listed = listed.find(|listed| listed.reason == it.reason.as_str());
                self.dates.objected(on, listed.map(|listed| listed.days));
            }
            Item::Return(it) => self.dates.ended_on = Some(it.on),
            Item::Acknowledgment(it) if it.acceptance == Acceptance::Rejected && event.moved.is_some() => {
                self.dates.ended_on = Some(it.received_on);
            }
            Item::Status(it) => self.status = Some(status_of(it)),
            _ => {}
        }
    }

    /// The dates after a move that fell due.
    fn fall_due(&mut self, of: &Of<'_>, event: &Happened) {
        let Some(on) = event.on else { return };
        let by = |it: Move| event.kind == it.name();
        if by(Move::AnnounceRecall) {
            match of.agreed.known_on(on, event.at) {
                Some(version) => self.dates.recall_announced(on, &version.terms),
                None => self.certain = false,
            }
        } else if by(Move::Recall) {
            self.dates.ended_on = Some(on);
        } else if by(Move::Expire) {
            self.dates.ended_on = Some(self.dates.term_ends_on.unwrap_or(on));
        } else if by(Move::Lapse) {
            self.dates.ended_on = Some(on.date().yesterday().map_or(on, Day::from));
        }
    }

    /// The holds after an event.
    fn hold(&mut self, event: &Happened) {
        self.disputed |= matches!(&event.item, Some(Item::Status(it)) if it.status == StatusKind::Disputed);
        let reason = match &event.item {
            Some(Item::Status(it)) => reason_of(it.status),
            Some(Item::Bankruptcy(_)) => Some(HoldReason::Bankruptcy),
            _ => None,
        };
        if let Some(reason) = reason.filter(|_| !self.has_ended()) {
            self.holds = self.holds.with(reason);
        }
    }

    /// What the placement has must be what happened to it.
    pub(super) fn end(&self, of: &Of<'_>, matters: &Matters, check: &mut LedgerCheck) {
        let (place, placed) = (&of.place, &of.it.placed);
        check.holds(place, "ended_on", placed.dates.ended_on.is_some() == placed.state.has_ended());
        if of.agreed.is_known() {
            check.same(place, "due_on", of.it.due_on, placed.due_on(&of.agreed.contract));
        }
        if self.certain && of.document.placed_on.is_some() {
            let (have, must) = (placed.dates, self.dates);
            check.same(place, "term_ends_on", have.term_ends_on, must.term_ends_on);
            check.same(place, "announce_on", have.announce_on, must.announce_on);
            check.same(place, "recall_on", have.recall_on, must.recall_on);
            check.same(place, "objected_until", have.objected_until, must.objected_until);
            check.same(place, "ended_on", have.ended_on, must.ended_on);
        }
        check.same(place, "status", placed.status.as_deref(), self.status.as_deref());
        let in_error = placed.in_error;
        check.holds(place, "in_error", in_error == self.in_error || (in_error && self.perhaps_in_error));
        // Disputes and complaints come and go: their holds are theirs. Which of the others last, their steps say.
        let lasting = |holds: Holds| holds.without(HoldReason::Dispute).without(HoldReason::Complaint);
        let (have, must) = (lasting(placed.holds), lasting(self.holds));
        let begun = have.reasons().all(|reason| must.reasons().any(|it| it == reason));
        check.holds(place, "holds", begun);
        let begun = |reason: HoldReason| {
            self.holds.reasons().any(|it| it == reason)
                || (reason == HoldReason::Dispute && self.disputed)
                || matters.may_hold(reason == HoldReason::Dispute)
        };
        let of_matters = |reason: &HoldReason| matches!(reason, HoldReason::Dispute | HoldReason::Complaint);
        check.holds(place, "holds", placed.holds.reasons().filter(of_matters).all(begun));
        let held = placed.state != State::Held || placed.holds.block();
        check.holds(place, "holds", held);
    }
}

fn status_of(it: &Status) -> String {
    let name = || {
        serde_json::to_value(it.status).ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
    };
    it.code.as_ref().map_or_else(name, ToString::to_string)
}

/// The lasting hold that a status begins.
fn reason_of(status: StatusKind) -> Option<HoldReason> {
    match status {
        StatusKind::CeaseContact => Some(HoldReason::Cease),
        StatusKind::AttorneyRepresents => Some(HoldReason::Attorney),
        StatusKind::Bankruptcy7 | StatusKind::Bankruptcy11 | StatusKind::Bankruptcy13 => {
            Some(HoldReason::Bankruptcy)
        }
        StatusKind::Deceased => Some(HoldReason::Deceased),
        StatusKind::Legal => Some(HoldReason::Legal),
        _ => None,
    }
}
