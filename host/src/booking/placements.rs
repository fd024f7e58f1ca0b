//! Placements: an account is entrusted.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Acceptance, HoldReason, Placement};
use bailiwick_sdk::value::{Day, Minor};

use super::changes::{Entrusted, Hold};
use super::draft::{Draft, acknowledgment_of};
use super::known::{Elsewhere, Open};
use super::ledger::Transfer;
use super::person::{Person, PersonKey};
use super::record::Placed;
use super::refused::{Booked, invariant, refuse, refuse_at};
use super::windows::Dated;
use crate::case::{Contract, Dates, HoldStep, Holds, Move, State, Terms, Version, state_on};
use crate::money::{Basis, Buckets, Earned, Overflow, Rate};

impl<'d> Draft<'_, 'd> {
    pub(super) fn placement(&mut self, placement: &Placement, json: &'d [u8]) -> Booked {
        let balance = Buckets::of(&placement.balance)?;
        let placed = balance.sum()?;
        let amount = Minor::new(placed).ok_or(Overflow)?;
        self.only_from(Side::Bank, "a placement")?;
        if balance.0.iter().any(|part| *part < 0) {
            return Err(refuse_at(
                "negative_amount",
                "/balance",
                "what is placed is owed: no part may be below zero",
            ));
        }
        if i64::try_from(self.known.total + i128::from(placed)).is_err() {
            return Err(refuse_at(
                "amount_too_large",
                "/balance",
                "the total of the file would not fit 64 bits of minor units; place the account in another file",
            ));
        }
        check_itemization(placement, placed)?;
        let latest_on = latest_event(placement);
        if let Some(placed_on) = placement.placed_on {
            self.within(Dated::Placed, ("/placed_on", placed_on), None, placement.line)?;
            check_term(placement.term_ends_on, placed_on)?;
            check_dates(latest_on, placed_on, "it was placed")?;
        }
        let holds = holds(placement);
        let key = PersonKey::of(placement);
        let round = self.next_round(&placement.account, &key)?;
        // One without a day is of the day of its file. If only the end of the file says that day, it may be of any version.
        let contract = self.setting.contract;
        let day = placement.placed_on.or(self.setting.file_day);
        let version = contract.on(day.unwrap_or(self.setting.today));
        let perhaps = contract.versions().filter(|it| day.is_none() || it.id == version.id);
        let basis = own_terms(placement, perhaps)?;
        let dates = first_dates(placement.placed_on, placement.term_ends_on, &version.terms);
        self.warn_of_term(&placement.account, dates.term_ends_on.filter(|_| !holds.keep()), placement.line);
        // Before its day the agency does not have it.
        let waits = placement.placed_on.is_some_and(|on| on > self.setting.today);
        let state = if waits { State::Draft } else { State::Draft.after(Move::Send, holds)? };
        self.accepted_by_receiver(placement)?;
        let id = self.changes.numbers.placement();
        let person = self.person(key)?;
        let record = Placed {
            id,
            account: placement.account.to_string(),
            round,
            file: self.setting.file,
            state,
            holds,
            balance,
            placed,
            paid: 0,
            reversed: 0,
            adjusted: 0,
            commission: 0,
            tax: 0,
            earned: Earned(0),
            account_number: placement.account_number.as_deref().map(str::to_owned),
            party: placement.parties.first().and_then(|party| party.key.as_deref()).map(str::to_owned),
            basis,
            aged_from: aged_from(placement),
            dates,
            in_error: false,
            terms: version.id,
            status: placement.status.as_deref().map(str::to_owned),
        };
        record.check()?;
        self.transfer(Transfer {
            id: 0,
            placement: id,
            line: placement.line,
            kind: "placement",
            identifier: None,
            on: placement.placed_on,
            debit: "receivable".into(),
            credit: "creditor".into(),
            buckets: balance,
            reverses: None,
            cause: None,
            matched_by: None,
            terms: None,
        });
        let stated = stated_holds(placement).reasons();
        let stated = stated.map(|reason| HoldStep::begin(reason, Side::Bank, None));
        self.changes.holds.extend(stated.map(|step| Hold { placement: id, step }));
        for dispute in &placement.disputes {
            self.placed_dispute(id, dispute)?;
        }
        let acknowledgment = acknowledgment_of(
            placement.account.clone(),
            placement.account_number.clone(),
            self.engagement.currency,
            (amount, amount),
            self.setting.today,
        );
        self.changes.entrusted = Some(Box::new(Entrusted {
            placed: record,
            line: placement.line,
            latest_on,
            person,
            batch: placement.batch.as_deref().map(str::to_owned),
            document: json,
            waits,
            acknowledgment,
        }));
        self.changes.counted = Some(("placement", Some(placed)));
        Ok(())
    }

    /// Warns of an account whose term is over when it is placed: it ends at once.
    fn warn_of_term(&mut self, account: &str, last: Option<Day>, line: Option<u64>) {
        if let Some(last) = last.filter(|last| *last < self.setting.today) {
            let message =
                format!("the term of the account ended on {last}, before it was placed: it has expired");
            self.warn_about(account, "term_over", line, message);
        }
    }

    /// The person of a key: the one that is known, or a new one.
    fn person(&mut self, key: PersonKey) -> Booked<Person> {
        let known = self.known.person(&key)?.id;
        let id = known.unwrap_or_else(|| self.changes.numbers.person());
        Ok(Person { id, key, is_new: known.is_none() })
    }

    /// Asks the receiver's plugin, if it decides about accounts.
    fn accepted_by_receiver(&mut self, placement: &Placement) -> Booked {
        let Some(decision) = self.asks.acceptance(placement)? else { return Ok(()) };
        if decision.acceptance == Acceptance::Accepted {
            return Ok(());
        }
        let code = decision.reason.map_or_else(|| "declined".to_owned(), |reason| reason.to_string());
        let message = decision.text.map_or_else(
            || "the receiver does not take the account".to_owned(),
            |text| format!("the receiver does not take the account: {text}"),
        );
        Err(refuse(code, message))
    }

    /// The round of a new placement of an account: 1 if it was never placed, one more for each time it was.
    /// An account is open once only, and with one agency of a creditor.
    fn next_round(&self, account: &str, person: &PersonKey) -> Booked<i64> {
        let known = self.account(account)?;
        for placed in &known.rounds {
            if placed.file == self.setting.file {
                return Err(refuse_at(
                    "duplicate_account",
                    "/account",
                    "the file places the account twice; the first counts",
                ));
            }
            if !placed.state.has_ended() {
                return Err(refuse_at(
                    "already_placed",
                    "/account",
                    format!("the account is placed already and is {}; recall it first", placed.state),
                ));
            }
        }
        if let Some(other) = self.with_another_agency(&known.elsewhere, |_| true) {
            let message = held_there("the account", other, "");
            return Err(refuse_at("already_placed", "/account", message));
        }
        self.customer_with_one_agency(person)?;
        Ok(known.latest().map_or(1, |latest| latest.round + 1))
    }

    /// Where this contract, or the one that another agency holds an account of the customer under, wants one agency
    /// for a customer, no second agency gets an account of theirs.
    fn customer_with_one_agency(&self, person: &PersonKey) -> Booked {
        let known = self.known.person(person)?;
        let PersonKey::Customer(_) = person else { return Ok(()) };
        let here = self.setting.contract.now().terms.one_agency_per_customer;
        let Some(other) = self.with_another_agency(&known.elsewhere, |it| here || it.one_agency) else {
            return Ok(());
        };
        let there = if here { "" } else { ", whose terms want one agency for a customer" };
        let message = held_there("an account of the same customer", other, there);
        Err(refuse_at("customer_with_other_agency", "/customer", message))
    }

    /// An open placement of the same creditor with another agency.
    fn with_another_agency<'e>(
        &self,
        elsewhere: &'e [Elsewhere],
        matters: impl Fn(&Elsewhere) -> bool,
    ) -> Option<&'e Elsewhere> {
        let engagement = self.engagement;
        elsewhere.iter().find(|it| {
            it.creditor == engagement.creditor.as_str()
                && it.agency != engagement.agency.code.as_str()
                && matters(it)
                && self.holds_one(it)
        })
    }

    /// Whether one of the accounts is still held there, by its dates: nothing of them depends on a tick.
    fn holds_one(&self, it: &Elsewhere) -> bool {
        let (siblings, today) = (self.setting.siblings, self.setting.today);
        let sibling = siblings.iter().find(|sibling| sibling.name == it.engagement);
        // Without its file only the dates that the book has count.
        let unknown = Contract::of_file(Terms::default());
        let (contract, today) =
            sibling.map_or((&unknown, today), |sibling| (&sibling.contract, sibling.today));
        let stands = |open: &Open| {
            !state_on(open.state, open.dates, open.holds, contract, open.terms, today).has_ended()
        };
        it.perhaps.is_empty() || it.perhaps.iter().any(stands)
    }
}

fn held_there(what: &str, other: &Elsewhere, whose: &str) -> String {
    let engagement = &other.engagement;
    format!(
        "another agency of the creditor holds {what}, in the engagement {engagement}{whose}; recall it there first"
    )
}

/// The account's own terms of commission as the book keeps them, if the terms of its day have a commission. `versions` are
/// those that may be of its day.
fn own_terms<'t>(
    placement: &Placement,
    versions: impl Iterator<Item = &'t Version>,
) -> Booked<Option<String>> {
    let Some(own) = &placement.commission else { return Ok(None) };
    let terms: Vec<_> = versions.filter_map(|it| it.terms.commission.as_ref()).collect();
    if terms.is_empty() {
        return Ok(None);
    }
    for name in [&own.schedule, &own.legal_schedule].into_iter().flatten() {
        if !terms.iter().any(|it| it.has(name)) {
            let message = "the contract has no commission schedule of this name";
            return Err(refuse_at("unknown_schedule", "/commission", message));
        }
    }
    if own.cap.is_some_and(|cap| cap.get() < 0) {
        return Err(refuse_at("negative_amount", "/commission", "a cap is not below zero"));
    }
    if own.rate_ppm.into_iter().chain(own.cap_ppm).any(|ppm| Rate::from_ppm(ppm).is_none()) {
        return Err(refuse_at("bad_rate", "/commission", "a rate is at most 1,000,000 parts per million"));
    }
    let basis = basis_of(own);
    serde_json::to_string(&basis).map(Some).map_err(|error| invariant(error.to_string()))
}

/// The account's own terms of commission, as a placement has them.
pub(crate) fn basis_of(own: &bailiwick_sdk::document::CommissionTerms) -> Basis {
    Basis {
        schedule: own.schedule.as_deref().map(str::to_owned),
        rate_ppm: own.rate_ppm,
        legal_schedule: own.legal_schedule.as_deref().map(str::to_owned),
        cap: own.cap.map(Minor::get),
        cap_ppm: own.cap_ppm,
        free_days: own.free_days,
        grace_days: own.grace_days,
    }
}

/// The dates of a placement when it begins.
pub(crate) fn first_dates(placed_on: Option<Day>, term_ends_on: Option<Day>, terms: &Terms) -> Dates {
    let mut dates = Dates { placed_on, term_ends_on, ..Dates::default() };
    dates.begin(terms);
    dates
}

fn check_itemization(placement: &Placement, placed: i64) -> Booked {
    let Some(it) = &placement.itemization else { return Ok(()) };
    let [amount, interest, fees, payments] =
        [it.amount, it.interest, it.fees, it.payments].map(|minor| i128::from(minor.get()));
    let current = amount + interest + fees - payments;
    if current == i128::from(placed) {
        return Ok(());
    }
    let message = format!("amount, interest and fees less payments make {current}, {placed} is placed");
    Err(refuse_at("itemization_mismatch", "/itemization", message))
}

/// The holds that a placement states. Those of its disputes are not among them.
fn stated_holds(placement: &Placement) -> Holds {
    placement.holds.iter().fold(Holds::default(), |holds, reason| holds.with(*reason))
}

/// The holds with which a placement begins.
pub(crate) fn holds(placement: &Placement) -> Holds {
    let holds = stated_holds(placement);
    // A dispute about a part of the balance freezes that part and does not hold the account.
    let disputed = placement
        .disputes
        .iter()
        .any(|dispute| dispute.state.is_open() && dispute.hold.unwrap_or(dispute.disputed.is_none()));
    if disputed { holds.with(HoldReason::Dispute) } else { holds }
}

/// The day from which the age of the debt counts: the charge-off, else the delinquency, else the day of the placement
/// less the days overdue.
pub(crate) fn aged_from(placement: &Placement) -> Option<Day> {
    placement.charged_off_on.or(placement.delinquent_on).or_else(|| {
        let overdue = jiff::Span::new().try_days(i64::from(placement.days_overdue?)).ok()?;
        // A day before the year 1 has no form in a document, so no age is counted from it.
        let day = placement.placed_on?.date().checked_sub(overdue).ok()?;
        (day.year() >= 1).then(|| day.into())
    })
}

/// The latest day that the placement gives for a past event.
pub(crate) fn latest_event(placement: &Placement) -> Option<Day> {
    [
        placement.delinquent_on,
        placement.charged_off_on,
        placement.opened_on,
        placement.last_charge_on,
        placement.last_payment_on,
    ]
    .into_iter()
    .flatten()
    .max()
}

fn check_term(last: Option<Day>, placed_on: Day) -> Booked {
    match last {
        Some(last) if last < placed_on => {
            let message = format!("the term ends on {last}, before the placement of {placed_on}");
            Err(refuse_at("term_before_placement", "/term_ends_on", message))
        }
        _ => Ok(()),
    }
}

fn check_dates(latest: Option<Day>, day: Day, what: &str) -> Booked {
    match latest {
        Some(latest) if latest > day => Err(refuse(
            "future_date",
            format!("a past event of the account lies after the day {what}, {day}"),
        )),
        _ => Ok(()),
    }
}
