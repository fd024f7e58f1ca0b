//! Money in suspense, from the rows that moved it.

use super::{LedgerCheck, Place};
use crate::book::Book;
use crate::error::Result;

impl Book {
    /// Money in suspense is there as long as nobody has decided it, and what left it was booked for an account or went back.
    pub(super) fn check_suspense(&self, check: &mut LedgerCheck) -> Result<()> {
        for wrong in self.suspense_figures()? {
            check.transfers += wrong.rows;
            let place = Place {
                engagement: &wrong.engagement,
                account: None,
                round: None,
                table: "suspense",
                row: None,
            };
            for (figure, book, entries) in &wrong.figures {
                check.compare(&place, &format!("{figure} {}", wrong.number), *book, *entries);
            }
        }
        Ok(())
    }
}
