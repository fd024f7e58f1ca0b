//! Whether the rows of the book are as the acts of the log left them.

use super::Host;
use crate::audit::{Stored, SystemDisk};
use crate::book::{Book, RowsCheck};
use crate::error::Result;
use crate::rows::{KnownRows, OTHERS};

impl Host {
    /// Checks that the sums of the book's rows are the ones that the log has, without summing any.
    ///
    /// # Errors
    /// [`Error::Audit`](crate::Error::Audit) if they are others: then every act is refused.
    pub(super) fn agree_rows(&self) -> Result<()> {
        let (booked, sums) = self.book()?.booked_with_sums()?;
        let stored = Stored::open(&SystemDisk, &self.audit_path())?;
        let keys = self.read_keys()?;
        KnownRows::of(&stored, booked.mark.size)?.are(&sums, &keys)
    }

    /// Sums every row of a book, and compares the sums with the book's own and those with the log.
    pub(super) fn check_rows(&self, book: &Book) -> Result<RowsCheck> {
        let of_book = book.rows_found()?;
        let stored = Stored::open(&SystemDisk, &self.audit_path())?;
        let known = KnownRows::of(&stored, of_book.booked.mark.size)?;
        let keys = self.read_keys()?;
        let log = (!known.fit(&of_book.sums, &keys)).then(|| OTHERS.to_owned());
        Ok(RowsCheck { tables_changed: of_book.changed, damaged: of_book.damaged, log })
    }
}
