//! What payments earn, booked as they come and taken back as they are undone.

use bailiwick_sdk::document::{Commission, CommissionQuestion, Payment};
use bailiwick_sdk::value::{Day, Minor};
use rusqlite::{OptionalExtension, params};

use super::booking::{Booked, Booking, Stop};
use super::ledger::{Entered, Transfer};
use super::placed::Placed;
use crate::error::Error;
use crate::money::{Basis, Buckets, CommissionTerms, Earned, Facts, Rounding};

/// Money that was received.
#[derive(Clone, Copy)]
pub(crate) struct Receipt<'a> {
    pub(crate) line: Option<u64>,
    pub(crate) identifier: &'a str,
    pub(crate) on: Day,
    /// Who has it.
    pub(crate) cash: &'static str,
    pub(crate) before_demand: bool,
    pub(crate) earns: Earns,
}

/// Whether money earns commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earns {
    /// As the contract says.
    AsAgreed,
    /// As if it had come while the placement lasted.
    AsInTerm,
    /// It does not.
    Nothing,
}

/// Days from one day to another; negative where it lies before.
fn days_between(from: Day, to: Day) -> i64 {
    from.date().until(to.date()).map_or(0, |span| i64::from(span.get_days()))
}

impl Booking<'_> {
    /// Books what a payment earns.
    pub(crate) fn earn(
        &mut self,
        placed: &mut Placed,
        payment: i64,
        receipt: &Receipt<'_>,
        split: &Buckets,
        document: Option<&Payment>,
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
        let base = terms.base(split);
        let mut earned = terms.earned(base, quote.rate);
        let mut schedule = quote.schedule;
        if quote.no_fee.is_none()
            && let Some(theirs) = self.commission_by_plugin(placed, &facts, document)?
        {
            earned = Earned::from_parts(theirs, 0);
            "plugin".clone_into(&mut schedule);
        }
        let (whole, micro) = earned.parts()?;
        self.transaction
            .prepare_cached(
                "INSERT INTO earning (payment, schedule, rate_ppm, base, whole, micro, no_fee)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                payment,
                schedule,
                quote.rate.ppm(),
                base,
                whole,
                micro,
                quote.no_fee.map(|why| why.name())
            ])?;
        placed.earned.0 += earned.0;
        self.book_fees(placed, terms, &own, payment, split, receipt.on, receipt.line)
    }

    /// The commission that the bank's plugin computes, if it computes one.
    fn commission_by_plugin(
        &mut self,
        placed: &Placed,
        facts: &Facts,
        document: Option<&Payment>,
    ) -> Booked<Option<i64>> {
        let (Some(asking), Some(payment)) = (&self.asking_commission, document) else { return Ok(None) };
        let minor = |minor: i64| Minor::new(minor).ok_or(crate::money::Overflow);
        let mut question = CommissionQuestion::new(
            Box::new(payment.clone()),
            i32::try_from(facts.term_days).unwrap_or(i32::MAX),
            minor(placed.paid - placed.reversed)?,
            minor(placed.commission)?,
        );
        question.round = u16::try_from(placed.round).ok();
        let answer = asking.ask::<Option<Commission>>(&question);
        let answer = answer.map(|commission| commission.map(|it| it.minor.get()));
        // Held to the identity that every commission is held to: no more than the money it is for.
        let answer = match answer {
            Ok(Some(theirs)) if !(0..=facts.payment).contains(&theirs) => Err(asking.wrong(
                format!("a commission of {theirs} minor units for a payment of {}", facts.payment),
                "/minor",
            )),
            answer => answer,
        };
        answer.map_err(Stop::Failed)
    }

    /// Takes back what the undone part of a payment earned: the exact negation of its postings, at the
    /// rate it was earned at; then the placement's total is that of what is left.
    pub(crate) fn unearn(
        &mut self,
        placed: &mut Placed,
        payment: &Entered,
        reversal: i64,
        (undone_before, undone): (&Buckets, &Buckets),
        on: Day,
        line: Option<u64>,
    ) -> Booked {
        let engagement = self.engagement;
        let Some(terms) = engagement.terms.commission.as_ref() else { return Ok(()) };
        let found = self
            .transaction
            .prepare_cached("SELECT base, whole, micro FROM earning WHERE payment = ?1")?
            .query_row([payment.id], |row| Ok((row.get(0)?, Earned::from_parts(row.get(1)?, row.get(2)?))))
            .optional()?;
        let Some((base, earned)) = found else { return Ok(()) };
        let base: i64 = base;
        let left =
            |undone: &Buckets| -> Booked<i64> { Ok(terms.base(&payment.buckets.minus(undone)?).min(base)) };
        let (left_before, left_after) = (left(undone_before)?, left(&undone_before.plus(undone)?)?);
        placed.earned.0 -= earned.remaining(base, left_before).0 - earned.remaining(base, left_after).0;
        let booked = self.fees_booked("commission", payment.id)?;
        let negated = |left: i64| -> i64 {
            let undone = i128::from(booked) * i128::from(base - left);
            if base == 0 {
                0
            } else {
                i64::try_from(Rounding::Down.divide(undone, i128::from(base))).unwrap_or(booked)
            }
        };
        let negation = negated(left_after) - negated(left_before);
        if negation != 0 {
            self.fee(placed.id, "commission", -negation, reversal, undone, on, line)?;
            placed.commission -= negation;
        }
        let own = placed.own_terms()?;
        self.book_fees(placed, terms, &own, reversal, undone, on, line)
    }

    /// Books the difference between what the placement has earned altogether and what was booked.
    #[allow(clippy::too_many_arguments)]
    fn book_fees(
        &self,
        placed: &mut Placed,
        terms: &CommissionTerms,
        own: &Basis,
        cause: i64,
        split: &Buckets,
        on: Day,
        line: Option<u64>,
    ) -> Booked {
        let cap = terms.cap(own, placed.placed);
        let commission = terms.total(placed.earned, cap)?;
        let tax = terms.tax_on(commission)?;
        let within = placed.earned.0 >= 0 && commission >= 0 && cap.is_none_or(|cap| commission <= cap);
        if !within {
            return Err(Stop::Failed(Error::Invariant(format!(
                "placement {}: a commission of {commission} with a cap of {cap:?}",
                placed.id
            ))));
        }
        self.fee(placed.id, "commission", commission - placed.commission, cause, split, on, line)?;
        self.fee(placed.id, "tax", tax - placed.tax, cause, split, on, line)?;
        (placed.commission, placed.tax) = (commission, tax);
        Ok(())
    }

    /// Books a fee, or takes one back if it is below zero, in the proportion of what it is for.
    #[allow(clippy::too_many_arguments)]
    fn fee(
        &self,
        placement: i64,
        kind: &'static str,
        minor: i64,
        cause: i64,
        split: &Buckets,
        on: Day,
        line: Option<u64>,
    ) -> Booked {
        if minor == 0 {
            return Ok(());
        }
        let mut weights = Buckets(split.0.map(|part| part.max(0)));
        if weights.sum()? == 0 {
            weights = Buckets([0, 0, 0, 0, 0, 1]);
        }
        let (debit, credit) = if minor > 0 { ("creditor_payable", kind) } else { (kind, "creditor_payable") };
        self.transfer(
            placement,
            line,
            &Transfer {
                kind,
                identifier: None,
                on: Some(on),
                debit,
                credit,
                buckets: weights.share(minor.abs()),
                reverses: None,
                cause: Some(cause),
            },
        )?;
        Ok(())
    }

    /// What was booked of a fee for a payment.
    fn fees_booked(&self, kind: &str, cause: i64) -> Booked<i64> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT coalesce(sum((CASE WHEN credit = kind THEN 1 ELSE -1 END)
                    * (principal + interest + penalty + late_fee + costs + other)), 0)
             FROM transfer WHERE cause = ?1 AND kind = ?2",
        )?;
        Ok(statement.query_row(params![cause, kind], |row| row.get(0))?)
    }
}
