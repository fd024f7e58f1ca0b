//! A document that is being booked, with its changes so far.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Acceptance, Acknowledgment, Item, Problem};
use bailiwick_sdk::value::{AccountKey, Currency, Day, Key, Minor, Moment};

use super::asks::Asks;
use super::changes::{Changes, Event};
use super::known::{Account, Known};
use super::record::Placed;
use super::refused::{Booked, invariant, refuse, refuse_at, wait_for_account};
use crate::case::{Contract, Move, State, Terms};
use crate::engagement::{Engagement, Sibling};

/// The setting in which a document is booked: the same for every document of a piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) engagement: &'a Engagement,
    /// The versions of the contract's terms.
    pub(crate) contract: &'a Contract,
    /// The side that sent it.
    pub(crate) side: Side,
    /// The act's row among the files.
    pub(crate) file: i64,
    /// The day of the act: what windows and dates that fall due are held against.
    pub(crate) today: Day,
    /// The day on which the document's own file came. A document that says no day is of this day, also if it waited.
    pub(crate) said_on: Day,
    /// The day of the file, if its head says one: that of placements without a day of their own.
    pub(crate) file_day: Option<Day>,
    /// The other engagements of the creditor, if accounts are placed.
    pub(crate) siblings: &'a [Sibling],
}

/// A document that is being booked.
pub(crate) struct Draft<'a, 'd> {
    pub(super) setting: &'a Setting<'a>,
    pub(super) engagement: &'a Engagement,
    pub(super) known: &'a Known,
    pub(super) asks: &'a mut dyn Asks,
    pub(crate) changes: Changes<'d>,
}

impl<'a, 'd> Draft<'a, 'd> {
    pub(crate) fn new(setting: &'a Setting<'a>, known: &'a Known, asks: &'a mut dyn Asks) -> Self {
        let changes = Changes::new(known.numbers, setting.side);
        Self { setting, engagement: setting.engagement, known, asks, changes }
    }

    pub(super) fn document(&mut self, item: Item, json: &'d [u8]) -> Booked {
        if item.currency().is_some_and(|currency| currency != self.engagement.currency) {
            let message = format!("the engagement is in {}", self.engagement.currency);
            return Err(refuse_at("wrong_currency", "/currency", message));
        }
        match item {
            Item::Placement(placement) => self.placement(&placement, json),
            Item::Acknowledgment(it) => self.acknowledgment(it),
            Item::Recall(it) => self.recall(it),
            Item::RecallObjection(it) => self.recall_objection(it),
            Item::Return(it) => self.returned(it),
            Item::Payment(it) => self.payment(*it),
            Item::Reversal(it) => self.reversal(*it),
            Item::DirectPayment(it) => self.direct_payment(*it),
            Item::Adjustment(it) => self.adjustment(it),
            Item::Reconciliation(it) => self.reconciliation(it),
            Item::RemittanceStatement(it) => self.statement(it),
            Item::Status(it) => self.status(it),
            Item::Bankruptcy(it) => self.bankruptcy(*it),
            Item::ContactAttempt(it) => self.contact_attempt(*it),
            Item::Note(it) => self.note(it),
            Item::Promise(it) => self.promise(it),
            Item::PaymentPlan(it) => self.plan(it),
            Item::DemographicChange(it) => self.demographic_change(*it),
            Item::Evidence(it) => self.evidence(it),
            Item::EvidenceRequest(it) => self.evidence_request(it),
            Item::Escalation(it) => self.escalation(it),
            Item::Dispute(it) => self.dispute(*it),
            Item::Complaint(it) => self.complaint(*it),
            Item::Decision(it) => self.decision(it),
            Item::Header(_) | Item::Control(_) | Item::Problem(_) => Ok(()),
        }
    }

    /// The contract's terms of a day.
    pub(super) fn terms_on(&self, day: Day) -> &'a Terms {
        &self.setting.contract.on(day).terms
    }

    pub(super) fn account(&self, account: &str) -> Booked<&'a Account> {
        self.known.account(account)
    }

    /// The latest placement of an account. The document waits if the account was never placed.
    pub(super) fn latest(&self, account: &str) -> Booked<Placed> {
        self.account(account)?.latest().cloned().ok_or_else(|| wait_for_account(account))
    }

    /// The placement of an account on a day. The document waits if the account was never placed.
    pub(super) fn placed_on(&self, account: &str, on: Day) -> Booked<Placed> {
        self.account(account)?.on(on).cloned().ok_or_else(|| wait_for_account(account))
    }

    /// The placement of an account for an event of a day. Refuses an event after the end of the placement.
    pub(super) fn holder_on(&self, account: &str, on: Option<Day>) -> Booked<Placed> {
        let placed = match on {
            Some(on) => self.placed_on(account, on)?,
            None => self.latest(account)?,
        };
        match placed.dates.ended_on {
            Some(ended) if on.is_none_or(|on| on > ended) => Err(refuse(
                "placement_ended",
                format!(
                    "the placement is {} since {ended}; what happened later does not count",
                    placed.state
                ),
            )),
            _ => Ok(placed),
        }
    }

    /// The account of a placement that this document is about.
    pub(super) fn account_of(&self, placed: &Placed) -> Booked<&'a Account> {
        let account = self.account(&placed.account)?;
        match account.by_id(placed.id) {
            Some(_) => Ok(account),
            None => Err(invariant(format!("placement {} is not among its account's", placed.id))),
        }
    }

    /// Moves a placement because the agency works it. This counts as acceptance.
    pub(super) fn worked(&self, placed: &mut Placed) -> Booked {
        match self.setting.side {
            Side::Agency if !placed.state.has_ended() => placed.go(Move::Work),
            _ => Ok(()),
        }
    }

    pub(super) fn day_of(&self, moment: &Moment) -> Day {
        moment.local(&self.engagement.zone).date().into()
    }

    pub(super) fn only_from(&self, side: Side, what: &str) -> Booked {
        if self.setting.side == side {
            return Ok(());
        }
        Err(refuse("wrong_side", format!("{what} can only come from the {side}")))
    }

    pub(super) fn warn(&mut self, code: &str, line: Option<u64>, message: impl Into<String>) {
        self.changes.warnings.push(Problem::warning(code, line.unwrap_or(0), message.into()));
    }

    pub(super) fn warn_about(
        &mut self,
        account: &str,
        code: &str,
        line: Option<u64>,
        message: impl Into<String>,
    ) {
        let problem = Problem::warning(code, line.unwrap_or(0), message.into());
        self.changes.warnings.push(problem.account(account));
    }

    /// Keeps a document as an event of a placement, together with the changed placement.
    pub(super) fn keep(&mut self, placed: Placed, before: State, on: Option<Day>, item: &Item) -> Booked {
        self.keep_counted(placed, before, on, item, None)
    }

    /// As [`Draft::keep`], for a document with an amount.
    pub(super) fn keep_counted(
        &mut self,
        placed: Placed,
        before: State,
        on: Option<Day>,
        item: &Item,
        minor: Option<i64>,
    ) -> Booked {
        self.changes.events.push(Event {
            placement: Some(placed.id),
            line: item.line(),
            kind: item.kind(),
            on,
            moved: (before != placed.state).then_some((before, placed.state)),
            document: line_of(item),
        });
        self.changed(placed)?;
        self.changes.counted = Some((item.kind(), minor));
        Ok(())
    }

    /// A placement changed.
    pub(super) fn changed(&mut self, placed: Placed) -> Booked {
        placed.check()?;
        self.changes.placed.push(placed);
        Ok(())
    }
}

/// An item as one line of JSON, without the line's end.
pub(super) fn line_of(item: &Item) -> Vec<u8> {
    let mut json = Vec::with_capacity(512);
    item.write_line(&mut json);
    json.pop();
    json
}

/// The acknowledgment of a placement that the receiver takes.
pub(crate) fn acknowledgment_of(
    account: AccountKey,
    number: Option<Key>,
    currency: Currency,
    (placed, owed): (Minor, Minor),
    today: Day,
) -> Acknowledgment {
    let mut it = Acknowledgment::new(account, Acceptance::Accepted, currency, placed, owed, today);
    it.account_number = number;
    it
}
