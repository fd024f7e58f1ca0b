//! Reversals undo payments, and no more of them than there is.

use super::DifferenceKind::{Changed, Figure};
use super::LedgerCheck;
use super::rules::compare_row;
use crate::book::Book;
use crate::error::Result;

impl Book {
    /// Everything that undoes a payment undoes one of the same placement, the other way round, and all
    /// of them together no more than the payment, bucket by bucket.
    pub(super) fn check_reversals(&self, check: &mut LedgerCheck) -> Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT e.name, p.account, p.round, coalesce(r.identifier, 'reversal ' || r.id), r.id,
                    o.kind IS 'payment' AND o.placement = r.placement AND o.debit = r.credit AND o.credit = r.debit
             FROM transfer r
             JOIN placement p ON p.id = r.placement JOIN engagement e ON e.id = p.engagement
             LEFT JOIN transfer o ON o.id = r.reverses
             WHERE r.kind = 'reversal'",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let fits: Option<bool> = row.get(5)?;
            // It is none if what it undoes is not there.
            compare_row(check, "transfer", row, Changed, (1, i64::from(fits == Some(true))))?;
        }
        for bucket in ["principal", "interest", "penalty", "late_fee", "costs", "other"] {
            let sql = format!(
                "SELECT e.name, p.account, p.round, coalesce(o.identifier, 'payment ' || o.id), o.id,
                        o.{bucket}, (SELECT sum(r.{bucket}) FROM transfer r WHERE r.reverses = o.id) AS undone
                 FROM transfer o
                 JOIN placement p ON p.id = o.placement JOIN engagement e ON e.id = p.engagement
                 WHERE o.kind = 'payment' AND undone > o.{bucket}"
            );
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                compare_row(check, "transfer", row, Figure, (row.get(5)?, row.get(6)?))?;
            }
        }
        Ok(())
    }
}
