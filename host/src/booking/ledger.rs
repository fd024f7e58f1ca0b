//! Rows of the ledger: each moves one sum, split over the buckets, from one ledger account to another.
//!
//! | account | what it holds |
//! |---|---|
//! | `receivable` | what customers owe |
//! | `creditor` | the creditor's claim on what customers owe, the other side of `receivable` |
//! | `adjusted` | balances raised and lowered without money |
//! | `agency_cash` | money of customers in the agency's hands (trust) |
//! | `bank_cash` | money that customers paid straight to the bank |
//! | `suspense` | money at the bank that no account is known for |
//! | `creditor_payable` | what the agency owes the creditor of customers' money, less what the agency earned |
//! | `commission`, `tax` | what the agency earned, and the tax on it, until it has it |
//! | `invoiced` | commission and tax that the creditor still owes |
//!
//! `agency_cash`, `creditor_payable`, `commission`, `tax` and `invoiced` sum to zero at every moment. A remittance
//! brings `agency_cash` and `creditor_payable` back to zero.

use std::borrow::Cow;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::value::Day;

use super::changes::Earning;
use super::draft::Draft;
use super::repeats::Said;
use crate::money::Buckets;

/// The agency has the money.
pub(crate) const AGENCY_CASH: &str = "agency_cash";
/// The bank has the money.
pub(crate) const BANK_CASH: &str = "bank_cash";

/// A new row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) id: i64,
    pub(crate) placement: i64,
    pub(crate) line: Option<u64>,
    pub(crate) kind: &'static str,
    pub(crate) identifier: Option<String>,
    pub(crate) on: Option<Day>,
    pub(crate) debit: Cow<'static, str>,
    pub(crate) credit: Cow<'static, str>,
    pub(crate) buckets: Buckets,
    pub(crate) reverses: Option<i64>,
    /// The payment or reversal that caused it.
    pub(crate) cause: Option<i64>,
    /// Of a reversal: by what its payment was found.
    pub(crate) matched_by: Option<&'static str>,
    /// Of commission and tax: the version of the terms that they follow, by its number.
    pub(crate) terms: Option<i64>,
}

/// A row that an identifier names, with its reversals and its commission so far.
#[derive(Debug, Clone)]
pub(crate) struct Entered {
    pub(crate) id: i64,
    pub(crate) placement: i64,
    /// The account of the placement.
    pub(crate) account: String,
    pub(crate) kind: Cow<'static, str>,
    /// Its day.
    pub(crate) on: Option<Day>,
    pub(crate) debit: Cow<'static, str>,
    pub(crate) credit: Cow<'static, str>,
    pub(crate) buckets: Buckets,
    /// How much of it was reversed.
    pub(crate) undone: Buckets,
    /// Its commission: rate, base and exact amount.
    pub(crate) earning: Option<Earning>,
    /// The commission that was booked when it came, under the terms by which it earned.
    pub(crate) commission: i64,
    /// The side that reported it.
    pub(crate) by: Side,
    /// What matters of its document.
    pub(crate) said: Option<Said>,
}

impl Draft<'_, '_> {
    /// Adds a row. Returns its number.
    pub(super) fn transfer(&mut self, mut row: Transfer) -> i64 {
        debug_assert!(row.debit != row.credit, "a row moves a sum between two accounts");
        row.id = self.changes.numbers.transfer();
        let id = row.id;
        self.changes.transfers.push(row);
        id
    }
}
