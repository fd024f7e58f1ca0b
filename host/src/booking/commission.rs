//! The commission of payments: booked when they come, clawed back when they are reversed.

use bailiwick_sdk::document::{CommissionQuestion, HoldReason, Payment};
use bailiwick_sdk::value::{Day, Minor};

use super::changes::{Earning, Standing};
use super::draft::Draft;
use super::ledger::{Entered, Transfer};
use super::record::Placed;
use super::refused::{Booked, Stop};
use crate::case::Version;
use crate::error::Error;
use crate::money::{Basis, Buckets, CommissionTerms, Earned, Facts, Overflow, Rounding, totals};

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
    pub(super) fn is_of_whole(&self, payment: i64) -> bool {
        self.schedule == BY_PLUGIN && [0, payment].contains(&self.base)
    }
}

/// Days from one day to another; negative if the second day is earlier.
fn days_between(from: Day, to: Day) -> i64 {
    to.date().duration_since(from.date()).as_hours() / 24
}

/// What a fee is booked for: its cause, the split that gives its proportions, its day.
pub(super) struct For<'a> {
    pub(super) cause: i64,
    pub(super) split: &'a Buckets,
    pub(super) on: Day,
    pub(super) line: Option<u64>,
}

impl<'a> Draft<'a, '_> {
    /// Books the commission of a payment.
    pub(super) fn earn(
        &mut self,
        placed: &mut Placed,
        payment: i64,
        receipt: &Receipt<'_>,
        split: &Buckets,
        document: &Payment,
    ) -> Booked {
        let contract = self.setting.contract;
        let version = contract.on(receipt.on);
        let Some(terms) = version.terms.commission.as_ref().filter(|_| receipt.earns != Earns::Nothing)
        else {
            return Ok(());
        };
        let own = placed.own_terms()?;
        let court = self.hold_steps(placed)?.on(HoldReason::Legal, Some(receipt.on));
        let ended = placed.last_day_before(receipt.on);
        let facts = Facts {
            before_demand: receipt.before_demand,
            days_after_end: match receipt.earns {
                Earns::AsInTerm => 0,
                _ => ended.map_or(0, |ended| days_between(ended, receipt.on)),
            },
            grace_days: ended
                .map(|ended| self.terms_on(ended).commission.as_ref().map_or(0, |terms| terms.grace_days)),
            ..self.facts(placed, receipt.on, split.sum()?, court.raises(terms.legal_by))
        };
        let quote = terms.quote_among(&own, &facts, self.earlier_terms(placed));
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
            nth: 0,
            schedule,
            rate_ppm: quote.rate.ppm(),
            base,
            earned,
            no_fee: quote.no_fee.map(|why| why.name()),
            terms: version.id,
        });
        if earned == Earned(0) {
            return Ok(());
        }
        let mut standings = self.standings(placed)?;
        let mut standing = take_standing(&mut standings, placed.id, version.id);
        standing.earned.0 += earned.0;
        standings.push(standing);
        let of = For { cause: payment, split, on: receipt.on, line: receipt.line };
        self.book_fees(placed, standings, &own, &of)
    }

    /// The facts that give the rate of a payment of a day.
    pub(super) fn facts(&self, placed: &Placed, on: Day, payment: i64, legal: bool) -> Facts {
        let since = |from: Option<Day>| from.map_or(0, |from| days_between(from, on));
        Facts {
            placed: placed.placed,
            payment,
            age_days: since(placed.aged_from.or(placed.dates.placed_on)),
            term_days: since(placed.dates.placed_on),
            round: placed.round,
            legal,
            ..Facts::default()
        }
    }

    /// The terms in which a schedule of the account is looked for that the terms of a payment no longer have: those of its
    /// placement first.
    pub(super) fn earlier_terms(
        &self,
        placed: &Placed,
    ) -> impl Iterator<Item = &'a CommissionTerms> + use<'a> {
        let contract = self.setting.contract;
        let earlier = contract.by_id(placed.terms).into_iter().chain(contract.versions().rev());
        earlier.filter_map(|it| it.terms.commission.as_ref())
    }

    /// The version of the terms by which a payment earns.
    pub(super) fn version_of(&self, earning: &Earning) -> Booked<&'a Version> {
        self.setting.contract.by_id(earning.terms).ok_or_else(|| {
            let why = format!("{} is no version of the terms of the engagement", earning.terms);
            Stop::Failed(Error::column("earning", earning.payment, "terms", why))
        })
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

    /// Takes back the commission of the reversed part of a payment: the negation of its postings, at the rate and under
    /// the terms of the payment. Then books the placement's totals anew for the rest.
    pub(super) fn claw_back(
        &mut self,
        placed: &mut Placed,
        payment: &Entered,
        reversal: i64,
        undone: &Buckets,
        on: Day,
        line: Option<u64>,
    ) -> Booked {
        let Some(earning) = &payment.earning else { return Ok(()) };
        let version = self.version_of(earning)?;
        let terms = version.terms.commission.as_ref();
        let (base, left_before) = left_of_base(payment, earning, terms, &payment.undone)?;
        let (_, left_after) = left_of_base(payment, earning, terms, &payment.undone.plus(undone)?)?;
        let earned = earning.earned;
        let taken = earned.remaining(base, left_before).0 - earned.remaining(base, left_after).0;
        let negation = part_undone(payment.commission, base, left_after)?
            - part_undone(payment.commission, base, left_before)?;
        let mut standings = self.standings(placed)?;
        let mut standing = take_standing(&mut standings, placed.id, version.id);
        standing.earned.0 = (standing.earned.0 - taken).max(0);
        let of = For { cause: reversal, split: undone, on, line };
        if terms.is_none() {
            // A book of an earlier layout did not know by which tax it was booked: it goes back in proportion.
            let tax = part_undone(standing.tax, standing.commission, standing.commission - negation)?;
            self.fee(placed.id, "tax", -tax, &of, version.id);
            standing.tax -= tax;
        }
        self.fee(placed.id, "commission", -negation, &of, version.id);
        standing.commission -= negation;
        standings.push(standing);
        let own = placed.own_terms()?;
        self.book_fees(placed, standings, &own, &of)
    }

    /// What a placement earned until now, by the versions of the terms.
    pub(super) fn standings(&self, placed: &Placed) -> Booked<Vec<Standing>> {
        let mut standings: Vec<Standing> = Vec::new();
        let known = &self.account_of(placed)?.standings;
        for it in known.iter().chain(&self.changes.standings).filter(|it| it.placement == placed.id) {
            match standings.iter_mut().find(|have| have.terms == it.terms) {
                Some(have) => *have = *it,
                None => standings.push(*it),
            }
        }
        Ok(standings)
    }

    /// Books the differences between the placement's total commission and tax under each version of the terms and those
    /// that were booked before.
    pub(super) fn book_fees(
        &mut self,
        placed: &mut Placed,
        mut standings: Vec<Standing>,
        own: &Basis,
        of: &For<'_>,
    ) -> Booked {
        let contract = self.setting.contract;
        standings.sort_by_key(|it| contract.versions().position(|version| version.id == it.terms));
        let terms = |it: &Standing| contract.by_id(it.terms).and_then(|it| it.terms.commission.as_ref());
        let earned: Vec<_> = standings.iter().filter_map(|it| Some((terms(it)?, it.earned))).collect();
        let mut totals = totals(&earned, own, placed.placed)?.into_iter();
        for it in &mut standings {
            let Some((commission, tax)) = terms(it).and_then(|_| totals.next()) else { continue };
            self.fee(placed.id, "commission", commission - it.commission, of, it.terms);
            self.fee(placed.id, "tax", tax - it.tax, of, it.terms);
            (it.commission, it.tax) = (commission, tax);
        }
        placed.earned = Earned(standings.iter().map(|it| it.earned.0).sum());
        let sum = |part: fn(&Standing) -> i64| {
            standings.iter().map(part).try_fold(0i64, i64::checked_add).ok_or(Overflow)
        };
        (placed.commission, placed.tax) = (sum(|it| it.commission)?, sum(|it| it.tax)?);
        let before = self.standings(placed)?;
        self.changes.standings.extend(standings.into_iter().filter(|it| !before.contains(it)));
        Ok(())
    }

    /// Books a fee, or takes one back if `minor` is below zero. Its buckets are in the proportion of the money that
    /// it is for. `terms` is the version of the terms that it follows.
    fn fee(&mut self, placement: i64, kind: &'static str, minor: i64, of: &For<'_>, terms: i64) {
        if minor == 0 {
            return;
        }
        let mut weights = Buckets(of.split.0.map(|part| part.max(0)));
        if weights == Buckets::default() {
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
            matched_by: None,
            terms: Some(terms),
        });
    }
}

/// Takes the row of a version out of those of a placement; a new one, if nothing was earned under it before.
pub(super) fn take_standing(standings: &mut Vec<Standing>, placement: i64, terms: i64) -> Standing {
    match standings.iter().position(|it| it.terms == terms) {
        Some(at) => standings.swap_remove(at),
        None => Standing { placement, terms, earned: Earned(0), commission: 0, tax: 0 },
    }
}

/// The base of what a payment earned, and the part of it that is left when `undone` of the payment is reversed.
pub(super) fn left_of_base(
    payment: &Entered,
    earning: &Earning,
    terms: Option<&CommissionTerms>,
    undone: &Buckets,
) -> Booked<(i64, i64)> {
    let (whole, rest) = (payment.buckets.sum()?, payment.buckets.minus(undone)?);
    // The terms of a book of an earlier layout may not be those that the payment earned under: then they do not say which
    // part of it earned.
    let by_other_terms = terms.is_some_and(|terms| terms.base(&payment.buckets) != earning.base);
    // What was earned without a base that is known goes back with the payment, as that of a plugin does.
    let of_whole = earning.base == 0 || by_other_terms || earning.is_of_whole(whole);
    let base = if of_whole { whole } else { earning.base };
    let left = match terms.filter(|_| !of_whole) {
        Some(terms) => terms.base(&rest),
        None => rest.sum()?,
    };
    Ok((base, left.min(base)))
}

/// The part of an amount that was undone when `left` is left of its base, rounded down.
fn part_undone(amount: i64, base: i64, left: i64) -> Result<i64, Overflow> {
    if base <= 0 {
        return Ok(0);
    }
    let undone = i128::from(amount) * i128::from(base - left);
    i64::try_from(Rounding::Down.divide(undone, i128::from(base))).map_err(|_| Overflow)
}
