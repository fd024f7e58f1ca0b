//! Placements: taken, acknowledged, refused for their dates.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{
    Acceptance, Acknowledgment, HoldReason, Item, Placement, PlacementDecision, Problem,
};
use bailiwick_sdk::value::{Day, Key, Minor};
use rusqlite::params;

use super::answer::Outgoing;
use super::booking::{Booked, Booking, Stop, refuse, refuse_at};
use super::ledger::Transfer;
use super::placed::Placed;
use crate::case::{Dates, Holds, Move, State};
use crate::error::{Error, Result};
use crate::money::{Basis, Buckets, Overflow, Rate};

impl Booking<'_> {
    pub(crate) fn placement(&mut self, placement: &Placement, json: &[u8]) -> Booked {
        // Counted before anything can refuse it: control totals count refused accounts as well.
        self.seen += placement.balance.iter().map(|part| i128::from(part.minor.get())).sum::<i128>();
        self.seen_accounts += 1;
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
        if i64::try_from(self.total + i128::from(placed)).is_err() {
            return Err(refuse_at(
                "amount_too_large",
                "/balance",
                "the total of the file would not fit 64 bits of minor units; place the account in another file",
            ));
        }
        if let Some(it) = &placement.itemization {
            let [amount, interest, fees, payments] =
                [it.amount, it.interest, it.fees, it.payments].map(|minor| i128::from(minor.get()));
            let current = amount + interest + fees - payments;
            if current != i128::from(placed) {
                let message =
                    format!("amount, interest and fees less payments make {current}, {placed} is placed");
                return Err(refuse_at("itemization_mismatch", "/itemization", message));
            }
        }
        let latest = latest_event(placement);
        if let Some(placed_on) = placement.placed_on {
            check_dates(latest, placed_on, "it was placed")?;
        } else {
            self.undated |= latest.is_some();
        }
        let holds = holds(placement);
        let customer =
            placement.customer.as_deref().filter(|_| self.engagement.terms.one_agency_per_customer);
        let round = self.next_round(&placement.account, customer)?;
        let basis = self.own_terms(placement)?;
        let dates = self.first_dates(placement.placed_on, placement.term_ends_on);
        // Before its day the agency does not have it.
        let waits = placement.placed_on.is_some_and(|on| on > self.today);
        let state = if waits { State::Draft } else { State::Draft.after(Move::Send, holds)? };
        let due = dates.due(state, holds, &self.engagement.terms);
        self.accepted_by_receiver(placement)?;
        let [principal, interest, penalty, late_fee, costs, other] = balance.0;
        let line = placement.line.and_then(|line| i64::try_from(line).ok()).unwrap_or_default();
        let text = |day: Option<Day>| day.map(|day| day.to_string());
        self.transaction
            .prepare_cached(
                "INSERT INTO placement (engagement, account, round, file, line, state, holds, placed, principal, interest,
                        penalty, late_fee, costs, other, account_number, party, placed_on, term_ends_on, latest_on,
                        status, document, customer, basis, aged_from, announce_on, due_on, batch)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                         ?22, ?23, ?24, ?25, ?26, ?27)",
            )?
            .execute(params![
                self.engagement_id,
                placement.account.as_str(),
                round,
                self.file,
                line,
                state,
                holds.bits(),
                placed,
                principal,
                interest,
                penalty,
                late_fee,
                costs,
                other,
                placement.account_number.as_deref(),
                placement.parties.first().and_then(|party| party.key.as_deref()),
                text(placement.placed_on),
                text(dates.term_ends_on),
                text(latest),
                placement.status.as_deref(),
                json,
                customer,
                basis,
                text(aged_from(placement)),
                text(dates.announce_on),
                text(due.map(|due| due.on)),
                placement.batch.as_deref()
            ])?;
        let id = self.transaction.last_insert_rowid();
        let moved = Transfer {
            kind: "placement",
            identifier: None,
            on: placement.placed_on,
            debit: "receivable",
            credit: "creditor",
            buckets: balance,
            reverses: None,
            cause: None,
        };
        self.transfer(id, placement.line, &moved)?;
        for dispute in &placement.disputes {
            self.placed_dispute(id, dispute)?;
        }
        let currency = self.engagement.currency;
        let account = placement.account.clone();
        let accepted = Acceptance::Accepted;
        let mut acknowledgment = Acknowledgment::new(account, accepted, currency, amount, amount, self.today);
        acknowledgment.account_number = placement.account_number.clone();
        self.outgoing.push(Outgoing { document: (!waits).then(|| json.to_vec()), acknowledgment });
        self.total += i128::from(placed);
        self.count("placement", Some(placed));
        Ok(())
    }

    /// Asks the receiver's plugin, if it decides about accounts.
    fn accepted_by_receiver(&mut self, placement: &Placement) -> Booked {
        let Some(asking) = &self.asking else { return Ok(()) };
        let decision = asking.ask::<PlacementDecision>(placement).map_err(Stop::Failed)?;
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

    fn first_dates(&self, placed_on: Option<Day>, term_ends_on: Option<Day>) -> Dates {
        let mut dates = Dates { placed_on, term_ends_on, ..Dates::default() };
        dates.begin(&self.engagement.terms);
        dates
    }

    /// The account's own terms of commission as the book keeps them, if the contract has a commission.
    fn own_terms(&self, placement: &Placement) -> Booked<Option<String>> {
        let (Some(terms), Some(own)) = (&self.engagement.terms.commission, &placement.commission) else {
            return Ok(None);
        };
        for name in [&own.schedule, &own.legal_schedule].into_iter().flatten() {
            if !terms.has(name) {
                let message = "the contract has no commission schedule of this name";
                return Err(refuse_at("unknown_schedule", "/commission", message));
            }
        }
        if own.rate_ppm.into_iter().chain(own.cap_ppm).any(|ppm| Rate::from_ppm(ppm).is_none()) {
            return Err(refuse_at(
                "bad_rate",
                "/commission",
                "a rate is at most 1,000,000 parts per million",
            ));
        }
        let basis = Basis {
            schedule: own.schedule.as_deref().map(str::to_owned),
            rate_ppm: own.rate_ppm,
            legal_schedule: own.legal_schedule.as_deref().map(str::to_owned),
            cap: own.cap.map(Minor::get),
            cap_ppm: own.cap_ppm,
            free_days: own.free_days,
            grace_days: own.grace_days,
        };
        serde_json::to_string(&basis)
            .map(Some)
            .map_err(|error| Stop::Failed(Error::Invariant(error.to_string())))
    }

    /// Takes back the accounts whose past lies after the day of the file. The day may stand at the
    /// file's end, so this is found out last.
    pub(crate) fn refuse_future_dates(&mut self) -> Result<()> {
        if !self.undated {
            return Ok(());
        }
        let day = self.header.as_ref().and_then(|header| header.created_on).unwrap_or(self.today);
        let transaction = self.transaction;
        let mut statement = transaction.prepare(
            "SELECT id, account, line, placed FROM placement
             WHERE file = ?1 AND placed_on IS NULL AND latest_on > ?2 ORDER BY id",
        )?;
        let late: Vec<(i64, String, i64, i64)> = statement
            .query_map(params![self.file, day.to_string()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        self.withdrawn = !late.is_empty();
        for (id, account, line, placed) in late {
            for table in ["transfer", "matter"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE placement = ?1"), [id])?;
            }
            transaction.execute("DELETE FROM placement WHERE id = ?1", [id])?;
            self.report.accepted -= 1;
            self.report.rejected += 1;
            self.total -= i128::from(placed);
            if let Some(count) = self.report.documents.get_mut("placement") {
                count.count -= 1;
                if let Some(minor) = count.minor.get_mut(self.engagement.currency.as_str()) {
                    *minor -= placed;
                }
            }
            let message = format!("a past event of the account lies after the day of the file, {day}");
            self.report.add(&Problem::error("future_date", line.unsigned_abs(), message).account(&account));
        }
        self.date_undated(day)
    }

    /// Accounts without a day of their own were placed on the day of the file.
    fn date_undated(&mut self, day: Day) -> Result<()> {
        let text = |day: Option<Day>| day.map(|day| day.to_string());
        let mut statement = self.transaction.prepare(
            "SELECT DISTINCT state, holds, term_ends_on FROM placement WHERE file = ?1 AND placed_on IS NULL",
        )?;
        let groups: Vec<(State, u32, Option<String>)> = statement
            .query_map([self.file], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (state, holds, term) in groups {
            let dates = self.first_dates(Some(day), term.as_deref().and_then(|term| term.parse().ok()));
            let due = dates.due(state, Holds::from_bits(holds), &self.engagement.terms);
            self.transaction.execute(
                "UPDATE placement SET placed_on = ?2, term_ends_on = ?6, announce_on = ?7, due_on = ?8
                 WHERE file = ?1 AND placed_on IS NULL AND state = ?3 AND holds = ?4 AND term_ends_on IS ?5",
                params![
                    self.file,
                    day.to_string(),
                    state,
                    holds,
                    term,
                    text(dates.term_ends_on),
                    text(dates.announce_on),
                    text(due.map(|due| due.on))
                ],
            )?;
        }
        Ok(())
    }

    pub(crate) fn acknowledgment(&mut self, mut it: Acknowledgment) -> Booked {
        self.only_from(Side::Agency, "an acknowledgment")?;
        let mut placed = self.holder_on(&it.account, Some(it.received_on))?;
        let before = placed.state;
        let differs = it.original_balance.get() != placed.placed;
        let (theirs, ours) = (it.original_balance, placed.placed);
        let message = format!("the agency has {theirs} minor units, {ours} were placed");
        match (it.acceptance, before) {
            // Late, but of a day on which the agency held the account: kept, and nothing moves.
            _ if before.has_ended() && !differs => {}
            (Acceptance::Rejected, _) if !before.has_ended() => {
                placed.go(Move::Refuse)?;
                placed.dates.ended_on = Some(it.received_on);
            }
            (Acceptance::Accepted, State::Sent | State::Partial) if differs => {
                placed.go(Move::AcceptPart)?;
                let line = it.line.unwrap_or(0);
                self.report.add(&Problem::warning("balance_mismatch", line, message).account(&it.account));
            }
            _ if differs => return Err(refuse_at("balance_mismatch", "/original_balance", message)),
            _ => placed.go(Move::Accept)?,
        }
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let on = Some(it.received_on);
        self.keep(&placed, before, on, it.into())
    }

    /// Keeps a document and what it did to its placement.
    pub(crate) fn keep(&mut self, placed: &Placed, before: State, on: Option<Day>, item: Item) -> Booked {
        self.event(placed, before, on, &item)?;
        self.save(placed)?;
        self.count(item.kind(), None);
        Ok(())
    }

    /// The placed amounts taken, for the report.
    pub(crate) fn total(&self) -> Result<i64> {
        i64::try_from(self.total).map_err(|_| Error::Invariant("the total of a file does not fit".to_owned()))
    }
}

pub(crate) fn number(text: &Option<String>) -> Option<Key> {
    text.as_deref().and_then(|text| Key::try_from(text).ok())
}

fn holds(placement: &Placement) -> Holds {
    let holds = placement.holds.iter().fold(Holds::default(), |holds, reason| holds.with(*reason));
    // Of a dispute about a part, only that part is frozen.
    let disputed = placement
        .disputes
        .iter()
        .any(|dispute| dispute.state.is_open() && dispute.hold.unwrap_or(dispute.disputed.is_none()));
    if disputed { holds.with(HoldReason::Dispute) } else { holds }
}

/// The day from which the age of the debt counts: the charge-off, else the delinquency, else as many days
/// before the placement as it is overdue.
fn aged_from(placement: &Placement) -> Option<Day> {
    placement.charged_off_on.or(placement.delinquent_on).or_else(|| {
        let overdue = jiff::Span::new().try_days(i64::from(placement.days_overdue?)).ok()?;
        Some(placement.placed_on?.date().saturating_sub(overdue).into())
    })
}

/// The latest day on which something is said to have happened already.
fn latest_event(placement: &Placement) -> Option<Day> {
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

fn check_dates(latest: Option<Day>, day: Day, what: &str) -> Booked {
    match latest {
        Some(latest) if latest > day => Err(refuse(
            "future_date",
            format!("a past event of the account lies after the day {what}, {day}"),
        )),
        _ => Ok(()),
    }
}
