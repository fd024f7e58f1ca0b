//! Tables of one document a row, without a total row.

mod acknowledgment;
mod adjustments;
mod complaints;
mod direct_payments;
mod followups;
mod outcome;
mod payments;
mod recall_objections;
mod recalls;
mod reconciliation;
mod returns;

pub(crate) use acknowledgment::Acknowledgments;
pub(crate) use adjustments::Adjustments;
pub(crate) use complaints::Complaints;
pub(crate) use direct_payments::DirectPayments;
pub(crate) use followups::Followups;
pub(crate) use payments::Payments;
pub(crate) use recall_objections::RecallObjections;
pub(crate) use recalls::Recalls;
pub(crate) use reconciliation::Reconciliations;
pub(crate) use returns::Returns;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, Problem};
use bailiwick_sdk::plugin::{Encode, Output};

use crate::config::Config;
use crate::sheet::{Fatal, Layout, NewRow, Row, Rows, SheetWriter};

/// A message of one document a row.
pub(crate) trait Table {
    /// Its columns.
    fn layout(&self) -> &'static Layout;

    /// The document of a row. The row remembers its first fault.
    fn read(&self, row: &mut Row<'_>) -> Option<Item>;

    /// Fills a row from a document, the `number`th of the file; `Ok(false)` for a kind that the
    /// message does not carry.
    ///
    /// # Errors
    /// `bad_document`.
    fn write<'a>(&'a self, item: &'a Item, number: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal>;
}

/// Reads the rows of a table.
pub(crate) struct TableRows(pub(crate) Box<dyn Table>);

impl Rows for TableRows {
    fn row(&mut self, mut row: Row<'_>, out: &mut Output) -> Result<(), Fatal> {
        let item = if row.is_good() { self.0.read(&mut row) } else { None };
        match (row.problem(), item) {
            (Some(mut problem), _) => {
                problem.account = row.account();
                out.emit(problem);
            }
            (None, Some(item)) => out.emit(item),
            (None, None) => out.emit(Problem::error("bad_row", row.line, "the row makes no document")),
        }
        Ok(())
    }
}

/// Writes the rows of a table.
pub(crate) struct TableWriter {
    table: Box<dyn Table>,
    sheet: SheetWriter,
    number: u64,
}

impl TableWriter {
    /// Nothing written yet.
    ///
    /// # Errors
    /// `bad_config`.
    pub(crate) fn new(table: Box<dyn Table>, config: &Config) -> Result<Self, Refusal> {
        let sheet = SheetWriter::new(table.layout(), config)?;
        Ok(Self { table, sheet, number: 0 })
    }
}

impl Encode for TableWriter {
    fn push(&mut self, item: Item, out: &mut Vec<u8>) -> Result<(), Refusal> {
        if let Item::Header(header) = &item {
            self.sheet.header(header);
            return Ok(());
        }
        let layout = self.table.layout();
        let mut row = NewRow::new(layout);
        if !self.table.write(&item, self.number + 1, &mut row)? {
            let what = format_args!("items of the kind {} in `{}`", item.kind(), layout.message);
            return Err(Refusal::unsupported(what));
        }
        self.sheet.row(&row, out)?;
        self.number += 1;
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        self.sheet.begin(out)
    }
}
