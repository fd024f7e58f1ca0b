//! What is due to be remitted, and that it was.

use bailiwick_sdk::value::Day;
use rusqlite::params;

use super::{Transaction, buckets};
use crate::booking::DueToRemit;
use crate::error::Result;

/// Rows of the ledger up to a last day that were never remitted.
macro_rules! due {
    () => {
        "FROM transfer t JOIN placement p ON p.id = t.placement
         LEFT JOIN transfer r ON r.id = t.cause
         WHERE t.engagement = ?1 AND t.kind IN ('payment', 'reversal', 'entitlement', 'commission', 'tax')
           AND coalesce(t.effect_on, p.placed_on) <= ?2
           AND NOT EXISTS (SELECT 1 FROM remitted m WHERE m.transfer = t.id)"
    };
}

/// Whether the money went straight to the bank: the payment itself or what followed from it.
macro_rules! direct {
    () => {
        "'bank_cash' IN (coalesce(r.debit, t.debit), coalesce(r.credit, t.credit))"
    };
}

/// Debits less credits of one ledger account in a bucket.
macro_rules! standing {
    ($account:literal, $bucket:literal) => {
        concat!(
            "sum(CASE '",
            $account,
            "' WHEN t.debit THEN t.",
            $bucket,
            " WHEN t.credit THEN -t.",
            $bucket,
            " ELSE 0 END)"
        )
    };
    ($account:literal) => {
        concat!(
            standing!($account, "principal"),
            ", ",
            standing!($account, "interest"),
            ", ",
            standing!($account, "penalty"),
            ", ",
            standing!($account, "late_fee"),
            ", ",
            standing!($account, "costs"),
            ", ",
            standing!($account, "other")
        )
    };
}

/// The sum of payments that the agency received, or of their reversals.
macro_rules! received {
    ($kind:literal) => {
        concat!(
            "coalesce(sum(t.principal + t.interest + t.penalty + t.late_fee + t.costs + t.other)
                      FILTER (WHERE t.kind = '",
            $kind,
            "' AND 'agency_cash' IN (t.debit, t.credit)), 0)"
        )
    };
}

/// A remittance to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewRemittance<'a> {
    pub(crate) engagement: i64,
    pub(crate) file: i64,
    pub(crate) identifier: &'a str,
    pub(crate) from: Day,
    pub(crate) to: Day,
    pub(crate) document: &'a [u8],
}

impl Transaction<'_> {
    /// Whether a remittance of an identifier was made.
    pub(crate) fn has_remittance(&self, engagement: i64, identifier: &str) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM remittance WHERE engagement = ?1 AND identifier = ?2)";
        Ok(self.inner.query_row(sql, (engagement, identifier), |row| row.get(0))?)
    }

    /// How many placements have anything that is due.
    pub(crate) fn due_placements(&self, engagement: i64, to: Day) -> Result<u64> {
        let sql = concat!("SELECT count(DISTINCT t.placement) ", due!());
        let count: i64 = self.inner.query_row(sql, (engagement, to.to_string()), |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Makes a remittance's row; its number.
    pub(crate) fn begin_remittance(&self, it: &NewRemittance<'_>) -> Result<i64> {
        self.inner.execute(
            "INSERT INTO remittance (engagement, file, identifier, from_on, to_on, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![it.engagement, it.file, it.identifier, it.from.to_string(), it.to.to_string(), it.document],
        )?;
        Ok(self.inner.last_insert_rowid())
    }

    /// Shows `each` what stands on the ledger accounts of every placement and is due: the agency's money and the money
    /// that went straight to the bank, one after the other.
    pub(crate) fn each_due(
        &self,
        engagement: i64,
        (from, to): (Day, Day),
        mut each: impl FnMut(&DueToRemit) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.inner.prepare(concat!(
            "SELECT ",
            standing!("agency_cash"),
            ", ",
            standing!("commission"),
            ", ",
            standing!("tax"),
            ", t.placement, ",
            direct!(),
            ", ",
            received!("payment"),
            ", ",
            received!("reversal"),
            ", count(*) FILTER (WHERE t.kind = 'payment' AND t.debit = 'agency_cash'),
               count(*) FILTER (WHERE t.kind IN ('payment', 'reversal') AND 'agency_cash' IN (t.debit, t.credit)
                                  AND coalesce(t.effect_on, p.placed_on) < ?3) ",
            due!(),
            " GROUP BY t.placement, 20 ORDER BY t.placement, 20"
        ))?;
        let mut rows = statement.query((engagement, to.to_string(), from.to_string()))?;
        while let Some(row) = rows.next()? {
            let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
            each(&DueToRemit {
                cash: buckets(row, 0)?,
                commission: buckets(row, 6)?,
                tax: buckets(row, 12)?,
                placement: row.get(18)?,
                direct: row.get(19)?,
                gross: row.get(20)?,
                reversed: row.get(21)?,
                payments: count(22)?,
                earlier: count(23)?,
            })?;
        }
        Ok(())
    }

    /// Marks every row that is due as remitted.
    pub(crate) fn mark_remitted(&self, engagement: i64, to: Day, remittance: i64) -> Result<()> {
        let sql = concat!("INSERT INTO remitted (transfer, remittance) SELECT t.id, ?3 ", due!());
        self.inner.execute(sql, (engagement, to.to_string(), remittance))?;
        Ok(())
    }
}
