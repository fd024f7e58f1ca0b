//! Rows of the ledger: each moves one sum, split over the buckets, from one ledger account to another.
//!
//! | account | what it holds |
//! |---|---|
//! | `receivable` | what customers owe |
//! | `creditor` | the creditor's claim on what customers owe, the other side of `receivable` |
//! | `adjusted` | balances raised and lowered without money |
//! | `agency_cash` | money of customers in the agency's hands (trust) |
//! | `bank_cash` | money that customers paid straight to the bank |
//! | `creditor_payable` | what the agency owes the creditor of it, less what it earned |
//! | `commission`, `tax` | what the agency earned, and the tax on it, until it has it |
//! | `invoiced` | commission and tax that the creditor still owes |
//!
//! `agency_cash`, `creditor_payable`, `commission`, `tax` and `invoiced` sum to zero at every moment. What is
//! remitted leaves `agency_cash` and `creditor_payable` at zero.

use bailiwick_sdk::value::Day;
use rusqlite::{OptionalExtension, params};

use super::booking::{Booked, Booking};
use crate::book::buckets;
use crate::money::Buckets;

/// A row to be.
pub(crate) struct Transfer<'a> {
    pub(crate) kind: &'static str,
    pub(crate) identifier: Option<&'a str>,
    pub(crate) on: Option<Day>,
    pub(crate) debit: &'a str,
    pub(crate) credit: &'a str,
    pub(crate) buckets: Buckets,
    pub(crate) reverses: Option<i64>,
    pub(crate) cause: Option<i64>,
}

/// A row that is in the ledger already.
pub(crate) struct Entered {
    pub(crate) id: i64,
    pub(crate) placement: i64,
    pub(crate) kind: String,
    pub(crate) debit: String,
    pub(crate) credit: String,
    pub(crate) buckets: Buckets,
}

impl Booking<'_> {
    /// Writes a row; its number.
    pub(crate) fn transfer(&self, placement: i64, line: Option<u64>, it: &Transfer<'_>) -> Booked<i64> {
        debug_assert!(it.debit != it.credit, "a row moves a sum between two accounts");
        let [principal, interest, penalty, late_fee, costs, other] = it.buckets.0;
        self.transaction
            .prepare_cached(
                "INSERT INTO transfer (engagement, placement, file, line, kind, identifier, effect_on, debit, credit,
                        principal, interest, penalty, late_fee, costs, other, reverses, cause)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
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
                it.reverses,
                it.cause
            ])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// The row that an identifier names.
    pub(crate) fn find_transfer(&self, identifier: &str) -> Booked<Option<Entered>> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT id, placement, kind, debit, credit, principal, interest, penalty, late_fee, costs, other
             FROM transfer WHERE engagement = ?1 AND identifier = ?2",
        )?;
        let row = statement
            .query_row(params![self.engagement_id, identifier], |row| {
                Ok(Entered {
                    id: row.get(0)?,
                    placement: row.get(1)?,
                    kind: row.get(2)?,
                    debit: row.get(3)?,
                    credit: row.get(4)?,
                    buckets: buckets(row, 5)?,
                })
            })
            .optional()?;
        Ok(row)
    }

    /// How much of a payment was undone.
    pub(crate) fn reversed_of(&self, payment: i64) -> Booked<Buckets> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT coalesce(sum(principal), 0), coalesce(sum(interest), 0), coalesce(sum(penalty), 0),
                    coalesce(sum(late_fee), 0), coalesce(sum(costs), 0), coalesce(sum(other), 0)
             FROM transfer WHERE reverses = ?1",
        )?;
        Ok(statement.query_row([payment], |row| buckets(row, 0))?)
    }
}
