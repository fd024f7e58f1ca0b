//! The commission and tax that are booked under each version of the terms.

use super::DifferenceKind::Figure;
use super::LedgerCheck;
use super::balances::ENTRIES;
use super::rules::compare_row;
use crate::book::Book;
use crate::error::Result;

impl Book {
    /// The commission and tax under each version of the terms are what the entries of the version say.
    pub(super) fn check_fees(&self, check: &mut LedgerCheck) -> Result<()> {
        for kind in ["commission", "tax"] {
            let mut statement = self.connection.prepare(&format!(
                "SELECT e.name, p.account, p.round, '{kind}', NULL, s.{kind},
                        (SELECT coalesce(sum(((credit = '{kind}') - (debit = '{kind}')) * whole), 0) FROM {ENTRIES}
                         WHERE placement = s.placement AND kind = '{kind}' AND terms = s.terms)
                 FROM standing s JOIN placement p ON p.id = s.placement JOIN engagement e ON e.id = p.engagement"
            ))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let sums = (row.get(5)?, row.get(6)?);
                // Either the standing is wrong or one of the entries.
                compare_row(check, "standing", row, Figure, sums)?;
                compare_row(check, "transfer", row, Figure, sums)?;
            }
        }
        Ok(())
    }
}
