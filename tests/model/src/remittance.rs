//! Remittances and the ledger accounts of an engagement, computed from the stories of its accounts.

use std::collections::{BTreeMap, BTreeSet};

use crate::buckets::sum;
use crate::contract::{Contract, Remits};
use crate::fees::{Booking, totals};
use crate::story::Story;

/// The sums of a remittance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// Payments that the agency received.
    pub gross: i64,
    /// Their reversals.
    pub reversed: i64,
    /// Commission that the agency keeps.
    pub commission: i64,
    /// Tax that it keeps.
    pub tax: i64,
    /// The remitted amount.
    pub net: i64,
    /// Commission and tax that are invoiced.
    pub invoiced: i64,
    /// Payments counted.
    pub payments: u64,
    /// Payments and reversals of days before the period.
    pub earlier: u64,
    /// Placements with a part in it.
    pub accounts: u64,
}

/// A payment or a reversal with everything that follows from it.
struct Row {
    round: usize,
    on: i32,
    at_bank: bool,
    /// The money; below zero for a reversal.
    minor: i64,
    commission: i64,
    tax: i64,
    /// The remittance that took it.
    taken: Option<usize>,
}

/// The rows of an account, in the order of coming.
fn rows(contract: &Contract, story: &Story) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, booking) in story.bookings.iter().enumerate() {
        let (payment, on, minor) = match booking {
            Booking::Payment(it) => (it, it.on, sum(&it.split)),
            Booking::Reversal(it) => (story.payment(it.of), it.on, -sum(&it.split)),
            Booking::Adjustment(..) => continue,
        };
        let round = payment.round;
        let total = |many: usize| totals(contract, &story.rounds[round], round, &story.bookings[..many]);
        let (before, after) = (total(at), total(at + 1));
        let taken = story.remitted.iter().position(|it| at < it.bookings && on <= it.to);
        rows.push(Row {
            round,
            on,
            at_bank: payment.at_bank,
            minor,
            commission: after.0 - before.0,
            tax: after.1 - before.1,
            taken,
        });
    }
    rows
}

/// The sums of the remittance of a number, with the first day of its period and its rule; none if it takes nothing.
pub fn remit(contract: &Contract, stories: &[Story], nth: usize, from: i32, remits: Remits) -> Option<Sums> {
    let mut sums = Sums::default();
    let mut groups: BTreeMap<(u64, bool), [i64; 2]> = BTreeMap::new();
    let mut placements = BTreeSet::new();
    for story in stories {
        for row in rows(contract, story).iter().filter(|row| row.taken == Some(nth)) {
            let placement = story.rounds[row.round].at;
            placements.insert(placement);
            let [commission, tax] = groups.entry((placement, row.at_bank)).or_default();
            *commission += row.commission;
            *tax += row.tax;
            if row.at_bank {
                continue;
            }
            sums.payments += u64::from(row.minor > 0);
            sums.earlier += u64::from(row.on < from);
            sums.gross += row.minor.max(0);
            sums.reversed -= row.minor.min(0);
        }
    }
    if placements.is_empty() {
        return None;
    }
    sums.accounts = placements.len() as u64;
    // Fees that are given back can be kept again, so they cover other fees.
    let given_back: i64 = groups.values().flatten().map(|fee| (*fee).min(0)).sum();
    let mut room = (sums.gross - sums.reversed).max(0) - given_back;
    for ((_, at_bank), fees) in &groups {
        let [commission, tax] = fees.map(|fee| match remits {
            Remits::Net if !*at_bank => fee,
            Remits::Net | Remits::Gross => 0,
            Remits::Combined => {
                let kept = fee.min(room);
                room -= kept.max(0);
                kept
            }
        });
        sums.commission += commission;
        sums.tax += tax;
        sums.invoiced += fees.iter().sum::<i64>() - commission - tax;
    }
    sums.net = sums.gross - sums.reversed - sums.commission - sums.tax;
    Some(sums)
}

/// What each ledger account holds, debits less credits, after the remittances that were made. Accounts that hold
/// nothing are left out.
pub fn ledger(contract: &Contract, stories: &[Story], remitted: &[Sums]) -> BTreeMap<String, i64> {
    let mut held: BTreeMap<&str, i64> = BTreeMap::new();
    let mut put = |account, minor: i64| *held.entry(account).or_default() += minor;
    for story in stories {
        for at in 0..story.rounds.len() {
            let figures = story.figures(contract, at);
            put("receivable", figures.owed);
            put("adjusted", -figures.adjusted);
            put("commission", -figures.commission);
            put("tax", -figures.tax);
        }
        for money in story.suspense.iter().filter(|money| money.inside) {
            put("bank_cash", money.pay.minor);
            put("suspense", -money.pay.minor);
        }
        for row in rows(contract, story) {
            let cash = if row.at_bank { "bank_cash" } else { "agency_cash" };
            if row.at_bank || row.taken.is_none() {
                put(cash, row.minor);
            }
            if row.taken.is_none() {
                let owed = if row.at_bank { 0 } else { row.minor };
                put("creditor_payable", row.commission + row.tax - owed);
            }
        }
    }
    for it in remitted {
        put("commission", it.commission);
        put("tax", it.tax);
        put("invoiced", it.invoiced);
    }
    // Every row has two sides.
    let rest: i64 = held.values().sum();
    *held.entry("creditor").or_default() -= rest;
    held.into_iter().filter(|(_, minor)| *minor != 0).map(|(name, minor)| (name.to_owned(), minor)).collect()
}
