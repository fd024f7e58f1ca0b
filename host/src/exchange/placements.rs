//! Placements: taken, acknowledged, recalled, returned.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{
    Acceptance, Acknowledgment, ClosingReason, HoldReason, Item, MatterState, Placement, PlacementDecision,
    Problem, Recall, RecallObjection, RecallStage, Return,
};
use bailiwick_sdk::value::{Day, Key, Minor};
use rusqlite::params;

use super::answer::Outgoing;
use super::booking::{Booked, Booking, Stop, refuse, refuse_at};
use crate::case::{Holds, Move, State};
use crate::error::{Error, Result};
use crate::money::{Buckets, Overflow};

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
        let latest = latest_event(placement);
        if let Some(placed_on) = placement.placed_on {
            check_dates(latest, placed_on, "it was placed")?;
        } else {
            self.undated |= latest.is_some();
        }
        let holds = holds(placement);
        let state = if holds.block() { State::Held } else { State::Sent };
        let round = self.round(&placement.account)?;
        self.accepted_by_receiver(placement)?;
        let [principal, interest, penalty, late_fee, costs, other] = balance.0;
        let line = placement.line.and_then(|line| i64::try_from(line).ok()).unwrap_or_default();
        let text = |day: Option<Day>| day.map(|day| day.to_string());
        self.transaction
            .prepare_cached(
                "INSERT INTO placement (engagement, account, round, file, line, state, holds, placed, principal, interest,
                        penalty, late_fee, costs, other, account_number, party, placed_on, term_ends_on, latest_on,
                        status, document)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
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
                text(placement.term_ends_on),
                text(latest),
                placement.status.as_deref(),
                json
            ])?;
        let id = self.transaction.last_insert_rowid();
        let moved = super::payments::Transfer {
            kind: "placement",
            identifier: None,
            on: placement.placed_on,
            debit: "receivable",
            credit: "creditor",
            buckets: balance,
            reverses: None,
        };
        self.transfer(id, placement.line, &moved)?;
        for dispute in &placement.disputes {
            let open = dispute.state == MatterState::Open;
            self.matter(id, "dispute", dispute.identifier.as_str(), open, open, dispute.received_on)?;
        }
        let currency = self.engagement.currency;
        let account = placement.account.clone();
        let accepted = Acceptance::Accepted;
        let mut acknowledgment = Acknowledgment::new(account, accepted, currency, amount, amount, self.today);
        acknowledgment.account_number = placement.account_number.clone();
        self.outgoing.push(Outgoing { document: json.to_vec(), acknowledgment });
        self.total += i128::from(placed);
        self.count("placement", Some(placed));
        Ok(())
    }

    /// Asks the receiver's plugin, if it decides about accounts.
    fn accepted_by_receiver(&mut self, placement: &Placement) -> Booked {
        let Some(asking) = &self.asking else { return Ok(()) };
        let (entry, answer) = asking.ask::<PlacementDecision>(placement);
        self.entries.extend(entry);
        let decision = answer.map_err(Stop::Failed)?;
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

    /// 1 for an account never placed, one more for each time it was; an open placement is refused.
    fn round(&self, account: &str) -> Booked<i64> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT round, state, file FROM placement WHERE engagement = ?1 AND account = ?2 ORDER BY round DESC LIMIT 1",
        )?;
        let mut rows = statement.query(params![self.engagement_id, account])?;
        let Some(row) = rows.next()? else { return Ok(1) };
        let (round, state, file): (i64, State, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if file == self.file {
            return Err(refuse_at(
                "duplicate_account",
                "/account",
                "the file places the account twice; the first counts",
            ));
        }
        if !state.is_final() {
            return Err(refuse_at(
                "already_placed",
                "/account",
                format!("the account is placed already and is {state}; recall it first"),
            ));
        }
        Ok(round + 1)
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
        // Accounts without a day of their own were placed on the day of the file.
        transaction.execute(
            "UPDATE placement SET placed_on = ?2 WHERE file = ?1 AND placed_on IS NULL",
            params![self.file, day.to_string()],
        )?;
        Ok(())
    }

    pub(crate) fn acknowledgment(&mut self, mut it: Acknowledgment) -> Booked {
        self.only_from(Side::Agency, "an acknowledgment")?;
        let mut placed = self.holder_on(&it.account, Some(it.received_on))?;
        let before = placed.state;
        if it.original_balance.get() != placed.placed {
            return Err(refuse_at(
                "balance_mismatch",
                "/original_balance",
                format!("the agency has {} minor units, {} were placed", it.original_balance, placed.placed),
            ));
        }
        if before.is_final() {
            // Late, but of a day on which the agency held the account: kept, and nothing moves.
        } else if it.acceptance == Acceptance::Accepted {
            self.go(&mut placed, Move::Accept)?;
        } else {
            self.go(&mut placed, Move::Refuse)?;
            placed.ended_on = Some(it.received_on.to_string());
        }
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let on = Some(it.received_on);
        self.keep(&placed, before, on, it.into())
    }

    pub(crate) fn recall(&mut self, mut it: Recall) -> Booked {
        self.only_from(Side::Bank, "a recall")?;
        let mut placed = self.open(&it.account)?;
        let before = placed.state;
        let on = it.on.unwrap_or(self.today);
        match it.stage {
            RecallStage::Pending => self.go(&mut placed, Move::AnnounceRecall)?,
            RecallStage::Final => {
                self.go(&mut placed, Move::Recall)?;
                placed.ended_on = Some(on.to_string());
            }
        }
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        self.keep(&placed, before, Some(on), it.into())
    }

    pub(crate) fn recall_objection(&mut self, mut it: RecallObjection) -> Booked {
        self.only_from(Side::Agency, "an objection to a recall")?;
        let mut placed = self.open(&it.account)?;
        let before = placed.state;
        self.go(&mut placed, Move::Object)?;
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let on = it.on;
        self.keep(&placed, before, on, it.into())
    }

    pub(crate) fn returned(&mut self, mut it: Return) -> Booked {
        self.only_from(Side::Agency, "a return")?;
        let mut placed = self.open(&it.account)?;
        let before = placed.state;
        self.go(
            &mut placed,
            if it.reason == ClosingReason::AgencyRefused { Move::Refuse } else { Move::Return },
        )
        .or_else(|stop| match (stop, it.reason) {
            // An agency may refuse after it began to work: then it is a return.
            (Stop::Refused(_), ClosingReason::AgencyRefused) => self.go(&mut placed, Move::Return),
            (stop, _) => Err(stop),
        })?;
        placed.ended_on = Some(it.on.to_string());
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let on = Some(it.on);
        self.keep(&placed, before, on, it.into())
    }

    /// Keeps a document and what it did to its placement.
    pub(crate) fn keep(
        &mut self,
        placed: &super::booking::Placed,
        before: State,
        on: Option<Day>,
        item: Item,
    ) -> Booked {
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
    let disputed = placement.disputes.iter().any(|dispute| dispute.state == MatterState::Open);
    if disputed { holds.with(HoldReason::Dispute) } else { holds }
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
