//! Whether the rows of the book are as the acts of the log left them.

use super::Host;
use crate::audit::{Stored, SystemDisk};
use crate::book::{Book, RowsCheck};
use crate::error::Result;
use crate::rows::KnownRows;

impl Host {
    /// Sums every row of a book, and compares the sums with the book's own and those with the log.
    pub(super) fn check_rows(&self, book: &Book) -> Result<RowsCheck> {
        let of_book = book.rows_found()?;
        let stored = Stored::open(&SystemDisk, &self.audit_path())?;
        let known = KnownRows::of(&stored, of_book.booked.mark.size)?;
        let keys = self.read_keys()?;
        let log = known.are(&of_book.sums, &keys).err().map(|error| error.to_string());
        Ok(RowsCheck { tables_changed: of_book.changed, damaged: of_book.damaged, log })
    }
}
