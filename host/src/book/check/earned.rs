//! The exact sums that commission is rounded from.

use super::{LedgerCheck, Place};
use crate::book::Book;
use crate::error::Result;

impl Book {
    /// The exact sum of a placement is what its payments earned, and what stands of it under the versions of the terms. With
    /// a reversal it is what stands, which lies between nothing and what the payments earned.
    pub(super) fn check_earned(&self, check: &mut LedgerCheck) -> Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT e.name, p.account, p.round, p.earned, p.earned_micro,
                    (SELECT coalesce(sum(x.whole), 0) FROM earning x JOIN transfer t ON t.id = x.payment WHERE t.placement = p.id),
                    (SELECT coalesce(sum(x.micro), 0) FROM earning x JOIN transfer t ON t.id = x.payment WHERE t.placement = p.id),
                    EXISTS (SELECT 1 FROM transfer t WHERE t.placement = p.id AND t.kind = 'reversal'),
                    (SELECT coalesce(sum(s.earned), 0) FROM standing s WHERE s.placement = p.id),
                    (SELECT coalesce(sum(s.earned_micro), 0) FROM standing s WHERE s.placement = p.id),
             p.id
             FROM placement p JOIN engagement e ON e.id = p.engagement",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let exact = |at: usize| -> Result<i128> {
                Ok(i128::from(row.get::<_, i64>(at)?) * 1_000_000 + i128::from(row.get::<_, i64>(at + 1)?))
            };
            let (book, earned, stands) = (exact(3)?, exact(5)?, exact(8)?);
            let reversed: bool = row.get(7)?;
            let entries = if reversed { stands.clamp(0, earned.max(0)) } else { earned };
            let book = if book == entries { stands } else { book };
            let (engagement, account): (String, String) = (row.get(0)?, row.get(1)?);
            let place = Place {
                engagement: &engagement,
                account: Some(&account),
                round: row.get(2)?,
                table: "placement",
                row: row.get(10)?,
            };
            check.compare(&place, "earned", book, entries);
        }
        Ok(())
    }
}
