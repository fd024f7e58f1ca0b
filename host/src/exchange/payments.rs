//! Money: payments, reversals, adjustments, and what the two sides have of an account.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{
    Adjustment, AdjustmentDirection, DirectPayment, Item, PaidTo, Payment, Problem, Reconciliation,
    RemittanceStatement, Reversal,
};
use bailiwick_sdk::value::{Component, Day, Key};
use rusqlite::{OptionalExtension, params};

use super::booking::{Booked, Booking, Placed, refuse, refuse_at};
use super::placements::number;
use crate::money::Buckets;

/// A row of the ledger.
pub(crate) struct Transfer<'a> {
    pub(crate) kind: &'static str,
    pub(crate) identifier: Option<&'a str>,
    pub(crate) on: Option<Day>,
    pub(crate) debit: &'a str,
    pub(crate) credit: &'a str,
    pub(crate) buckets: Buckets,
    pub(crate) reverses: Option<i64>,
}

/// A transfer that is in the ledger already.
struct Booked1 {
    id: i64,
    placement: i64,
    kind: String,
    debit: String,
    credit: String,
    buckets: Buckets,
}

impl Booking<'_> {
    pub(crate) fn transfer(&self, placement: i64, line: Option<u64>, it: &Transfer<'_>) -> Booked {
        let [principal, interest, penalty, late_fee, costs, other] = it.buckets.0;
        self.transaction
            .prepare_cached(
                "INSERT INTO transfer (engagement, placement, file, line, kind, identifier, effect_on, debit, credit,
                        principal, interest, penalty, late_fee, costs, other, reverses)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?
            .execute(params![
                self.engagement_id,
                placement,
                self.file,
                line.and_then(|line| i64::try_from(line).ok()),
                it.kind,
                it.identifier,
                it.on.map(|on| on.to_string()),
                it.debit,
                it.credit,
                principal,
                interest,
                penalty,
                late_fee,
                costs,
                other,
                it.reverses
            ])?;
        Ok(())
    }

    fn find_transfer(&self, identifier: &str) -> Booked<Option<Booked1>> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT id, placement, kind, debit, credit, principal, interest, penalty, late_fee, costs, other
             FROM transfer WHERE engagement = ?1 AND identifier = ?2",
        )?;
        let row = statement
            .query_row(params![self.engagement_id, identifier], |row| {
                Ok(Booked1 {
                    id: row.get(0)?,
                    placement: row.get(1)?,
                    kind: row.get(2)?,
                    debit: row.get(3)?,
                    credit: row.get(4)?,
                    buckets: Buckets([
                        row.get(5)?,
                        row.get(6)?,
                        row.get(7)?,
                        row.get(8)?,
                        row.get(9)?,
                        row.get(10)?,
                    ]),
                })
            })
            .optional()?;
        Ok(row)
    }

    /// The same identifier twice is the same payment: taken once, or refused if it says otherwise.
    fn seen_before(
        &mut self,
        placed: &Placed,
        kind: &str,
        identifier: &Key,
        minor: i64,
        line: Option<u64>,
    ) -> Booked<bool> {
        let Some(have) = self.find_transfer(identifier)? else { return Ok(false) };
        if have.placement != placed.id || have.kind != kind || have.buckets.sum()? != minor {
            return Err(refuse_at(
                "payment_conflict",
                "/identifier",
                "the identifier was used before for another account, kind or amount",
            ));
        }
        let message = "the payment was booked before; it counts once";
        self.report.add(&Problem::warning("duplicate_payment", line.unwrap_or(0), message));
        Ok(true)
    }

    /// The parts the file gives, or the contract's order where it gives none; the rest beyond the balance.
    fn split(&self, placed: &Placed, parts: &[Component], minor: i64) -> Booked<(Buckets, i64)> {
        if minor <= 0 {
            return Err(refuse_at(
                "negative_amount",
                "/minor",
                "an amount is above zero; its kind gives the direction",
            ));
        }
        if parts.is_empty() {
            return Ok(placed.balance.spread(minor, &self.engagement.terms.allocation.0));
        }
        let split = Buckets::of(parts)?;
        if split.sum()? != minor {
            return Err(refuse_at(
                "split_mismatch",
                "/split",
                format!("the parts sum to {}, the amount is {minor}", split.sum()?),
            ));
        }
        Ok((split, 0))
    }

    pub(crate) fn payment(&mut self, mut it: Payment) -> Booked {
        let mut placed = self.within_term(&it.account, it.received_on)?;
        let before = placed.state;
        if self.seen_before(&placed, "payment", &it.identifier, it.minor.get(), it.line)? {
            return Ok(());
        }
        let cash = match it.paid_to {
            PaidTo::Agency => "agency_cash",
            PaidTo::Bank => "bank_cash",
        };
        let (split, excess) = self.split(&placed, &it.split, it.minor.get())?;
        self.pay(&mut placed, it.line, &it.identifier, it.received_on, cash, split, excess)?;
        if let Some(waived) = it.waived.filter(|waived| !waived.is_zero()) {
            let (split, beyond) = placed.balance.spread(waived.get(), &self.engagement.terms.allocation.0);
            if waived.get() < 0 || beyond > 0 {
                return Err(refuse_at(
                    "waiver_too_large",
                    "/waived",
                    "more is waived than is owed after the payment",
                ));
            }
            self.adjust(&mut placed, it.line, "waiver", None, it.received_on, split, false)?;
        }
        if !before.is_final() {
            self.worked(&mut placed)?;
        }
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let (minor, on) = (it.minor.get(), Some(it.received_on));
        self.booked(&placed, before, on, minor, it.into())
    }

    pub(crate) fn direct_payment(&mut self, mut it: DirectPayment) -> Booked {
        self.only_from(Side::Bank, "a direct payment")?;
        let account = match (&it.account, &it.reference) {
            (Some(account), _) => account.clone(),
            // Without an account the payer's reference is the account.
            (None, Some(reference)) => reference.clone(),
            (None, None) => return Err(refuse("unknown_account", "neither account nor reference is given")),
        };
        let mut placed = self.open(&account)?;
        let before = placed.state;
        if self.seen_before(&placed, "payment", &it.identifier, it.minor.get(), it.line)? {
            return Ok(());
        }
        let (split, excess) = self.split(&placed, &it.split, it.minor.get())?;
        self.pay(&mut placed, it.line, &it.identifier, it.booked_on, "bank_cash", split, excess)?;
        it.account = Some(account);
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let (minor, on) = (it.minor.get(), Some(it.booked_on));
        self.booked(&placed, before, on, minor, it.into())
    }

    pub(crate) fn reversal(&mut self, mut it: Reversal) -> Booked {
        let Some(reverses) = it.reverses.clone().or_else(|| it.reference.clone()) else {
            return Err(refuse_at(
                "reversal_without_payment",
                "/reverses",
                "a reversal names the payment it undoes",
            ));
        };
        let Some(payment) = self.find_transfer(&reverses)? else {
            return Err(refuse_at("unknown_payment", "/reverses", "the payment it undoes was never booked"));
        };
        if payment.kind != "payment" {
            return Err(refuse_at(
                "reversal_of_reversal",
                "/reverses",
                format!("it undoes a {}; only payments are undone", payment.kind),
            ));
        }
        let placed = match &it.account {
            Some(account) => self.open(account)?,
            None => {
                let account: String = self.transaction.query_row(
                    "SELECT account FROM placement WHERE id = ?1",
                    [payment.placement],
                    |row| row.get(0),
                )?;
                it.account = Key::try_from(account.as_str()).ok();
                self.open(&account)?
            }
        };
        let mut placed = placed;
        if placed.id != payment.placement {
            return Err(refuse_at(
                "payment_of_other_account",
                "/reverses",
                "the payment is of another account or placement",
            ));
        }
        let before = placed.state;
        let minor = it.minor.get();
        if self.seen_before(&placed, "reversal", &it.identifier, minor, it.line)? {
            return Ok(());
        }
        let left = payment.buckets.minus(&self.reversed_of(payment.id)?)?;
        if minor <= 0 || minor > left.sum()? {
            return Err(refuse_at(
                "reversal_too_large",
                "/minor",
                format!("{minor} minor units are to be undone, {} of the payment remain", left.sum()?),
            ));
        }
        let split = if it.split.is_empty() { left.share(minor) } else { Buckets::of(&it.split)? };
        let fits = split.0.iter().zip(left.0).all(|(part, left)| (0..=left).contains(part));
        if split.sum()? != minor || !fits {
            return Err(refuse_at(
                "split_mismatch",
                "/split",
                "the parts must sum to the amount and lie within those of the payment",
            ));
        }
        // The negation of what it undoes: debit and credit change places.
        self.transfer(
            placed.id,
            it.line,
            &Transfer {
                kind: "reversal",
                identifier: Some(&it.identifier),
                on: Some(it.reversed_on),
                debit: &payment.credit,
                credit: &payment.debit,
                buckets: split,
                reverses: Some(payment.id),
            },
        )?;
        placed.balance = placed.balance.plus(&split)?;
        placed.reversed += minor;
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let on = Some(it.reversed_on);
        self.booked(&placed, before, on, minor, it.into())
    }

    fn reversed_of(&self, payment: i64) -> Booked<Buckets> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT coalesce(sum(principal), 0), coalesce(sum(interest), 0), coalesce(sum(penalty), 0),
                    coalesce(sum(late_fee), 0), coalesce(sum(costs), 0), coalesce(sum(other), 0)
             FROM transfer WHERE reverses = ?1",
        )?;
        Ok(statement.query_row([payment], |row| {
            Ok(Buckets([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?]))
        })?)
    }

    pub(crate) fn adjustment(&mut self, mut it: Adjustment) -> Booked {
        self.only_from(Side::Bank, "an adjustment")?;
        let mut placed = self.open(&it.account)?;
        let before = placed.state;
        if self.seen_before(&placed, "adjustment", &it.identifier, it.minor.get(), it.line)? {
            return Ok(());
        }
        let increase = it.direction == AdjustmentDirection::Increase;
        let (mut split, beyond) = self.split(&placed, &it.split, it.minor.get())?;
        if increase && it.split.is_empty() {
            split = Buckets([it.minor.get(), 0, 0, 0, 0, 0]);
        } else if beyond > 0 {
            return Err(refuse_at("adjustment_too_large", "/minor", "it takes off more than is owed"));
        }
        self.adjust(&mut placed, it.line, "adjustment", Some(&it.identifier), it.on, split, increase)?;
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let (minor, on) = (it.minor.get(), Some(it.on));
        self.booked(&placed, before, on, minor, it.into())
    }

    #[allow(clippy::too_many_arguments)]
    fn adjust(
        &self,
        placed: &mut Placed,
        line: Option<u64>,
        kind: &'static str,
        identifier: Option<&str>,
        on: Day,
        buckets: Buckets,
        increase: bool,
    ) -> Booked {
        let (debit, credit) = if increase { ("receivable", "adjusted") } else { ("adjusted", "receivable") };
        self.transfer(
            placed.id,
            line,
            &Transfer { kind, identifier, on: Some(on), debit, credit, buckets, reverses: None },
        )?;
        let minor = buckets.sum()?;
        if increase {
            placed.balance = placed.balance.plus(&buckets)?;
            placed.adjusted += minor;
        } else {
            placed.balance = placed.balance.minus(&buckets)?;
            placed.adjusted -= minor;
        }
        Ok(())
    }

    /// Books money received. What is beyond the balance is owed back to the customer: it stands as
    /// a credit in the bucket `other`.
    #[allow(clippy::too_many_arguments)]
    fn pay(
        &mut self,
        placed: &mut Placed,
        line: Option<u64>,
        identifier: &str,
        on: Day,
        cash: &str,
        mut split: Buckets,
        excess: i64,
    ) -> Booked {
        if let Some(other) = split.0.last_mut() {
            *other += excess;
        }
        placed.balance = placed.balance.minus(&split)?;
        if placed.balance.0.iter().any(|part| *part < 0) {
            let message = "more was paid than was owed in a bucket; the account holds a credit";
            self.report.add(&Problem::warning("overpayment", line.unwrap_or(0), message));
        }
        placed.paid += split.sum()?;
        self.transfer(
            placed.id,
            line,
            &Transfer {
                kind: "payment",
                identifier: Some(identifier),
                on: Some(on),
                debit: cash,
                credit: "receivable",
                buckets: split,
                reverses: None,
            },
        )
    }

    fn booked(
        &mut self,
        placed: &Placed,
        before: crate::case::State,
        on: Option<Day>,
        minor: i64,
        item: Item,
    ) -> Booked {
        self.event(placed, before, on, &item)?;
        self.save(placed)?;
        self.count(item.kind(), Some(minor));
        Ok(())
    }

    /// The placement that a payment of a day belongs to: until its end, and in the grace after it.
    fn within_term(&self, account: &str, on: Day) -> Booked<Placed> {
        let placed = self.open(account)?;
        let Some(ended) = placed.ended_on.as_deref().and_then(|ended| ended.parse::<Day>().ok()) else {
            return Ok(placed);
        };
        let grace = jiff::Span::new().days(i64::from(self.engagement.terms.grace_days));
        let last = ended.date().saturating_add(grace);
        if on.date() > last {
            return Err(refuse_at(
                "payment_after_term",
                "/received_on",
                format!(
                    "the placement is {} since {ended}, and {} days of grace are over",
                    placed.state, self.engagement.terms.grace_days
                ),
            ));
        }
        Ok(placed)
    }

    pub(crate) fn reconciliation(&mut self, mut it: Reconciliation) -> Booked {
        let placed = self.open(&it.account)?;
        let net = placed.paid - placed.reversed;
        let owed = placed.balance.sum()?;
        let differs = [
            ("placed", Some(it.placed.get()), placed.placed),
            ("paid", it.paid.map(|paid| paid.get()), net),
            ("balance", it.balance.map(|balance| balance.get()), owed),
        ];
        for (what, theirs, ours) in differs {
            if theirs.is_some_and(|theirs| theirs != ours) {
                let message = format!(
                    "{what}: the other side has {} minor units, the book has {ours}",
                    theirs.unwrap_or(0)
                );
                let problem = Problem::warning("reconciliation_difference", it.line.unwrap_or(0), message);
                self.report.add(&problem.account(&it.account));
            }
        }
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let on = it.as_of;
        self.keep(&placed, placed.state, on, it.into())
    }

    pub(crate) fn statement(&mut self, it: RemittanceStatement) -> Booked {
        let want = i128::from(it.gross.get())
            - i128::from(it.reversed.get())
            - i128::from(it.commission.get())
            - i128::from(it.tax.map_or(0, |tax| tax.get()))
            - i128::from(it.costs.map_or(0, |costs| costs.get()));
        if want != i128::from(it.net.get()) {
            return Err(refuse_at(
                "statement_mismatch",
                "/net",
                "net must be gross less reversals, commission, tax and costs",
            ));
        }
        let (minor, item) = (it.net.get(), Item::from(it));
        let mut json = Vec::new();
        item.write_line(&mut json);
        json.pop();
        self.transaction.execute(
            "INSERT INTO event (file, line, kind, document) VALUES (?1, ?2, ?3, ?4)",
            params![self.file, item.line().and_then(|line| i64::try_from(line).ok()), item.kind(), json],
        )?;
        self.count(item.kind(), Some(minor));
        Ok(())
    }
}
