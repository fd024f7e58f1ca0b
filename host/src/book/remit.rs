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

/// The sum of rows of one kind that are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueSum {
    pub(crate) kind: String,
    /// The money went straight to the bank.
    pub(crate) direct: bool,
    /// A fee was earned, and not taken back.
    pub(crate) earned: bool,
    pub(crate) minor: i64,
    pub(crate) rows: u64,
    /// Of these, of days before the period.
    pub(crate) earlier: u64,
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

    /// What is due up to the last day of a period, by kind.
    pub(crate) fn due_sums(&self, engagement: i64, from: Day, to: Day) -> Result<Vec<DueSum>> {
        let mut statement = self.inner.prepare(concat!(
            "SELECT t.kind, ",
            direct!(),
            ", t.credit = t.kind,
                sum(t.principal + t.interest + t.penalty + t.late_fee + t.costs + t.other), count(*),
                count(*) FILTER (WHERE coalesce(t.effect_on, p.placed_on) < ?3) ",
            due!(),
            " AND t.kind <> 'entitlement' GROUP BY 1, 2, 3"
        ))?;
        let rows = statement.query_map((engagement, to.to_string(), from.to_string()), |row| {
            let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
            Ok(DueSum {
                kind: row.get(0)?,
                direct: row.get(1)?,
                earned: row.get(2)?,
                minor: row.get(3)?,
                rows: count(4)?,
                earlier: count(5)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
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

    /// Shows `each` what stands on the ledger accounts of every placement and is due.
    pub(crate) fn each_due(
        &self,
        engagement: i64,
        to: Day,
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
            " ",
            due!(),
            " GROUP BY t.placement, 20 ORDER BY t.placement, 20"
        ))?;
        let mut rows = statement.query((engagement, to.to_string()))?;
        while let Some(row) = rows.next()? {
            each(&DueToRemit {
                cash: buckets(row, 0)?,
                commission: buckets(row, 6)?,
                tax: buckets(row, 12)?,
                placement: row.get(18)?,
                direct: row.get(19)?,
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
