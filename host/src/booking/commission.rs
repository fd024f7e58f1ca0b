//! The commission of payments: booked when they come, clawed back when they are reversed.

use bailiwick_sdk::document::{CommissionQuestion, Payment};
use bailiwick_sdk::value::{Day, Minor};

use super::changes::Earning;
use super::draft::Draft;
use super::ledger::{Entered, Transfer};
use super::record::Placed;
use super::refused::{Booked, Stop, refuse};
use crate::error::Error;
use crate::money::{Basis, Buckets, CommissionTerms, Earned, Facts, Overflow, Rounding};

/// Money that was received.
#[derive(Clone, Copy)]
pub(super) struct Receipt<'a> {
    pub(super) line: Option<u64>,
    pub(super) identifier: &'a str,
    pub(super) on: Day,
    /// The ledger account of the party that has the money.
    pub(super) cash: &'static str,
    pub(super) before_demand: bool,
    pub(super) earns: Earns,
}

/// Whether money earns commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earns {
    /// As the contract says.
    AsAgreed,
    /// As if it had come while the placement lasted.
    AsInTerm,
    /// It earns nothing.
    Nothing,
}

/// The schedule of a payment whose commission the bank's plugin computed.
const BY_PLUGIN: &str = "plugin";

impl Earning {
    /// Whether the bank's plugin computed it for the whole payment, whichever buckets earn. Earlier releases kept the
    /// contract's base with it, even if that was nothing.
    fn is_of_whole(&self, payment: i64) -> bool {
        self.schedule == BY_PLUGIN && [0, payment].contains(&self.base)
    }
}

/// Days from one day to another; negative if the second day is earlier.
fn days_between(from: Day, to: Day) -> i64 {
    to.date().duration_since(from.date()).as_hours() / 24
}

/// What a fee is booked for: its cause, the split that gives its proportions, its day.
struct For<'a> {
    cause: i64,
    split: &'a Buckets,
    on: Day,
    line: Option<u64>,
}

impl Draft<'_, '_> {
    /// Books the commission of a payment.
    pub(super) fn earn(
        &mut self,
        placed: &mut Placed,
        payment: i64,
        receipt: &Receipt<'_>,
        split: &Buckets,
        document: &Payment,
    ) -> Booked {
        let engagement = self.engagement;
        let Some(terms) = engagement.terms.commission.as_ref().filter(|_| receipt.earns != Earns::Nothing)
        else {
            return Ok(());
        };
        let own = placed.own_terms()?;
        let since = |from: Option<Day>| from.map_or(0, |from| days_between(from, receipt.on));
        let facts = Facts {
            placed: placed.placed,
            payment: split.sum()?,
            age_days: since(placed.aged_from.or(placed.dates.placed_on)),
            term_days: since(placed.dates.placed_on),
            round: placed.round,
            legal: placed.is_legal(),
            before_demand: receipt.before_demand,
            days_after_end: match receipt.earns {
                Earns::AsInTerm => 0,
                _ => placed.dates.ended_on.map_or(0, |ended| days_between(ended, receipt.on)),
            },
        };
        let quote = terms.quote(&own, &facts);
        let mut base = terms.base(split);
        let mut earned = terms.earned(base, quote.rate);
        let mut schedule = quote.schedule;
        if quote.no_fee.is_none()
            && let Some(theirs) = self.commission_by_plugin(placed, &facts, document)?
        {
            // It is for the whole payment, whichever buckets earn by the contract.
            (earned, base) = (Earned::from_parts(theirs, 0), split.sum()?);
            BY_PLUGIN.clone_into(&mut schedule);
        }
        self.changes.earnings.push(Earning {
            payment,
            schedule,
            rate_ppm: quote.rate.ppm(),
            base,
            earned,
            no_fee: quote.no_fee.map(|why| why.name()),
        });
        placed.earned.0 += earned.0;
        let of = For { cause: payment, split, on: receipt.on, line: receipt.line };
        self.book_fees(placed, terms, &own, &of)
    }

    /// The commission that the bank's plugin computes, if it computes one.
    fn commission_by_plugin(
        &mut self,
        placed: &Placed,
        facts: &Facts,
        payment: &Payment,
    ) -> Booked<Option<i64>> {
        if !self.asks.computes_commission() {
            return Ok(None);
        }
        let minor = |minor: i64| Minor::new(minor).ok_or(Overflow);
        let mut question = CommissionQuestion::new(
            Box::new(payment.clone()),
            i32::try_from(facts.term_days).unwrap_or(i32::MAX),
            minor(placed.paid - placed.reversed)?,
            minor(placed.commission)?,
        );
        let round = u16::try_from(placed.round).map_err(|_| {
            let why = format!("{} is out of range", placed.round);
            Stop::Failed(Error::column("placement", placed.id, "round", why))
        })?;
        question.round = Some(round);
        Ok(self.asks.commission(&question)?)
    }

    /// Takes back the commission of the reversed part of a payment: the negation of its postings, at the rate of the
    /// payment. Then books the placement's total anew for the rest.
    pub(super) fn claw_back(
        &mut self,
        placed: &mut Placed,
        payment: &Entered,
        reversal: i64,
        undone: &Buckets,
        on: Day,
        line: Option<u64>,
    ) -> Booked {
        let engagement = self.engagement;
        let Some(terms) = engagement.terms.commission.as_ref() else { return Ok(()) };
        let Some(earning) = &payment.earning else { return Ok(()) };
        let whole = payment.buckets.sum()?;
        let of_whole = earning.is_of_whole(whole);
        let (base, earned) = (if of_whole { whole } else { earning.base }, earning.earned);
        let left = |undone: &Buckets| -> Booked<i64> {
            let rest = payment.buckets.minus(undone)?;
            let earns = if of_whole { rest.sum()? } else { terms.base(&rest) };
            Ok(earns.min(base))
        };
        let (left_before, left_after) = (left(&payment.undone)?, left(&payment.undone.plus(undone)?)?);
        placed.earned.0 -= earned.remaining(base, left_before).0 - earned.remaining(base, left_after).0;
        let booked = payment.commission;
        let negated = |left: i64| -> Booked<i64> {
            if base == 0 {
                return Ok(0);
            }
            let undone = i128::from(booked) * i128::from(base - left);
            Ok(i64::try_from(Rounding::Down.divide(undone, i128::from(base))).map_err(|_| Overflow)?)
        };
        let negation = negated(left_after)? - negated(left_before)?;
        let of = For { cause: reversal, split: undone, on, line };
        if negation != 0 {
            self.fee(placed.id, "commission", -negation, &of)?;
            placed.commission -= negation;
        }
        let own = placed.own_terms()?;
        self.book_fees(placed, terms, &own, &of)
    }

    /// Books the difference between the placement's total commission and the commission that was booked before.
    fn book_fees(
        &mut self,
        placed: &mut Placed,
        terms: &CommissionTerms,
        own: &Basis,
        of: &For<'_>,
    ) -> Booked {
        let cap = terms.cap(own, placed.placed);
        let commission = terms.total(placed.earned, cap)?;
        let tax = terms.tax_on(commission)?;
        let within = placed.earned.0 >= 0 && commission >= 0 && cap.is_none_or(|cap| commission <= cap);
        if !within {
            let cap = cap.map_or_else(|| "none".to_owned(), |cap| cap.to_string());
            let message = format!(
                "the commission of the placement would be {commission} minor units, its cap is {cap}: the terms of \
                 commission have changed since its payments were booked, or its placement states a cap below zero; put \
                 the earlier terms back and send the document again"
            );
            return Err(refuse("bad_commission", message));
        }
        self.fee(placed.id, "commission", commission - placed.commission, of)?;
        self.fee(placed.id, "tax", tax - placed.tax, of)?;
        (placed.commission, placed.tax) = (commission, tax);
        Ok(())
    }

    /// Books a fee, or takes one back if `minor` is below zero. Its buckets are in the proportion of the money that
    /// it is for.
    fn fee(&mut self, placement: i64, kind: &'static str, minor: i64, of: &For<'_>) -> Booked {
        if minor == 0 {
            return Ok(());
        }
        let mut weights = Buckets(of.split.0.map(|part| part.max(0)));
        if weights.sum()? == 0 {
            weights = Buckets([0, 0, 0, 0, 0, 1]);
        }
        let (debit, credit) = if minor > 0 { ("creditor_payable", kind) } else { (kind, "creditor_payable") };
        self.transfer(Transfer {
            id: 0,
            placement,
            line: of.line,
            kind,
            identifier: None,
            on: Some(of.on),
            debit: debit.into(),
            credit: credit.into(),
            buckets: weights.share(minor.abs()),
            reverses: None,
            cause: Some(of.cause),
        });
        Ok(())
    }
}
