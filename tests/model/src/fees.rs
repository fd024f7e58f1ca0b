//! Commission and tax, computed from all bookings of a placement.

use crate::buckets::{Buckets, minus, plus, sum};
use crate::contract::{Commission, Contract, Measure};
use crate::round::Round;

const WHOLE: i128 = 1_000_000;

/// A payment that was booked.
#[derive(Debug, Clone)]
pub struct Payment {
    /// The place of its round.
    pub round: usize,
    /// Names it.
    pub identifier: String,
    /// The day of it.
    pub on: i32,
    /// Its parts; money beyond the balance is in the bucket `other`.
    pub split: Buckets,
    /// Whether the bank received it.
    pub at_bank: bool,
    /// Whether the bank reported it.
    pub by_bank: bool,
    /// The version of the terms that it was booked under.
    pub version: usize,
    /// The parts that earn.
    pub base: i64,
    /// What it earns, in millionths of a minor unit.
    pub earned: i128,
}

/// A reversal that was booked.
#[derive(Debug, Clone)]
pub struct Reversal {
    /// The place of the payment among the bookings.
    pub of: usize,
    /// The day of it.
    pub on: i32,
    /// Its parts.
    pub split: Buckets,
}

/// One booking of money; bookings stand in the order of coming.
#[derive(Debug, Clone)]
pub enum Booking {
    /// Money received.
    Payment(Payment),
    /// Money given back.
    Reversal(Reversal),
    /// A balance changed without money: the place of its round, and the parts, which may be below zero.
    Adjustment(usize, Buckets),
}

/// The part of a split that earns.
pub fn base(terms: &Commission, split: &Buckets) -> i64 {
    (0..6).filter(|at| terms.earns[*at]).map(|at| split[at]).sum::<i64>().max(0)
}

/// When and how a payment came, as far as its commission depends on it.
pub struct Receipt<'a> {
    /// The day of it.
    pub on: i32,
    /// The day of the act that books it.
    pub today: i32,
    /// Its parts.
    pub split: &'a Buckets,
    /// Whether it came before the first demand, or an operator gave it no commission.
    pub unearned: bool,
    /// Whether it counts as of the term although it is late.
    pub in_term: bool,
}

/// The base of a payment, and what it earns.
pub fn earned(contract: &Contract, round: &Round, it: &Receipt<'_>) -> (i64, i128) {
    let known = |day| contract.on(day, it.today).commission.as_ref();
    let Some(terms) = known(it.on) else { return (0, 0) };
    let base = base(terms, it.split);
    let late = round.last_day_before(it.on).is_some_and(|ended| {
        let grace = round.own.grace_days.or(known(ended).map(|terms| terms.grace_days));
        !it.in_term && it.on > ended + grace.unwrap_or(0)
    });
    let free = it.on - round.placed_on < round.own.free_days.unwrap_or(terms.free_days);
    if late || free || it.unearned {
        return (base, 0);
    }
    let ppm = round.own.rate_ppm.unwrap_or_else(|| rate(contract, terms, round, it));
    let exact = i128::from(base) * i128::from(ppm);
    if exact == 0 {
        return (base, 0);
    }
    let least = terms.minimum.map_or(0, |minor| i128::from(minor.min(base)) * WHOLE);
    let most = terms.maximum.map_or(i128::MAX, |minor| i128::from(minor) * WHOLE);
    (base, exact.max(least).min(most))
}

/// The rate of the schedule. An account's own schedule is that of the payment's terms, else that of the placement's.
fn rate(contract: &Contract, terms: &Commission, round: &Round, it: &Receipt<'_>) -> i64 {
    let placed = contract.0[round.version].terms.commission.as_ref();
    let schedule = match round.own.schedule {
        None => terms.schedules.first(),
        Some(name) => {
            let named = |of: &'_ Commission| of.schedules.iter().position(|schedule| schedule.name == name);
            match named(terms) {
                Some(at) => terms.schedules.get(at),
                None => placed.and_then(|of| named(of).and_then(|at| of.schedules.get(at))),
            }
        }
    };
    schedule.map_or(0, |schedule| {
        schedule.rate(match schedule.by {
            Measure::Age => i64::from(it.on - round.aged_from),
            Measure::Term => i64::from(it.on - round.placed_on),
            Measure::Balance => sum(&round.balance),
            Measure::Payment => sum(it.split),
            Measure::Round => i64::from(round.number),
        })
    })
}

/// The parts of a payment that were undone.
pub fn undone(bookings: &[Booking], payment: usize) -> Buckets {
    bookings.iter().fold([0; 6], |all, booking| match booking {
        Booking::Reversal(it) if it.of == payment => plus(&all, &it.split),
        _ => all,
    })
}

/// The commission and the tax of a round. Each version of the terms has a sum of its own, rounded once; it is no more
/// than what its cap leaves of the sums of earlier versions.
pub fn totals(contract: &Contract, round: &Round, at: usize, bookings: &[Booking]) -> (i64, i64) {
    let (mut commission, mut tax) = (0, 0);
    for (version, it) in contract.0.iter().enumerate() {
        let Some(terms) = &it.terms.commission else { continue };
        let exact: i128 = bookings
            .iter()
            .enumerate()
            .map(|(place, booking)| match booking {
                Booking::Payment(it) if it.round == at && it.version == version && it.base > 0 => {
                    let rest = minus(&it.split, &undone(bookings, place));
                    let left = base(terms, &rest).min(it.base);
                    it.earned * i128::from(left) / i128::from(it.base)
                }
                _ => 0,
            })
            .sum();
        let rounded = terms.rounding.divide(exact, WHOLE);
        let part = round.own.cap_ppm.or(terms.cap_ppm).map(|ppm| {
            let most = i128::from(sum(&round.balance)) * i128::from(ppm) / WHOLE;
            i64::try_from(most).expect("a part of a sum that fits")
        });
        let cap = round.own.cap.or(terms.cap).into_iter().chain(part).min();
        let own = cap.map_or(rounded, |cap| rounded.min(cap - commission)).max(0);
        commission += own;
        tax += terms.rounding.divide(i128::from(own) * i128::from(terms.tax_ppm.unwrap_or(0)), WHOLE);
    }
    (commission, tax)
}
