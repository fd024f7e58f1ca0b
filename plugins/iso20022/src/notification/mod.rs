//! The content of camt.054: header, totals, entries and their transactions.

mod batch;
mod booking;
mod entry;
mod header;
mod identifier;
mod reference;
mod totals;
mod transaction;

use bailiwick_sdk::plugin::Output;

use crate::config::Config;
use crate::fatal::{Fatal, fatal};
use crate::xml::{Tag, Visit};

use batch::Batch;
use entry::Entry;
use header::GroupHeader;
use totals::Totals;
use transaction::Transaction;

/// The state of the file so far: at most one entry and one of its transactions, and the documents of that
/// entry.
pub(crate) struct Notifications {
    config: Config,
    header: GroupHeader,
    totals: Totals,
    /// Entries begun in the file.
    entries: u64,
    batch: Batch,
}

impl Notifications {
    /// Nothing read yet.
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            header: GroupHeader::default(),
            totals: Totals::default(),
            entries: 0,
            batch: Batch::default(),
        }
    }

    /// The file is at its end.
    pub(crate) fn finish(&self, line: u64) -> Result<(), Fatal> {
        if self.header.emitted {
            return Ok(());
        }
        Err(fatal("bad_header", line, "the document has no group header with a message identification"))
    }
}

/// Takes the elements of a file and gives its items out.
pub(crate) struct Booker<'a> {
    pub(crate) notifications: &'a mut Notifications,
    pub(crate) out: &'a mut Output,
}

impl Visit for Booker<'_> {
    fn open(&mut self, path: &[Tag], line: u64) -> Result<(), Fatal> {
        use Tag::{BkToCstmrDbtCdtNtfctn, GrpHdr, Ntfctn, Ntry, NtryDtls, TtlNtries, TxDtls, TxsSummry};
        let it = &mut *self.notifications;
        let [BkToCstmrDbtCdtNtfctn, path @ ..] = path else {
            if path.len() == 1 {
                return Err(fatal("bad_header", line, "expected the element `BkToCstmrDbtCdtNtfctn`"));
            }
            return Ok(());
        };
        match path {
            [GrpHdr] => it.header.line = line,
            [Ntfctn] if !it.header.emitted => it.finish(line)?,
            [Ntfctn] => it.totals = Totals::default(),
            [Ntfctn, TxsSummry, TtlNtries] => it.totals.line = line,
            [Ntfctn, Ntry] => {
                it.entries += 1;
                it.batch = Batch::new(Entry { line, number: it.entries, ..Entry::default() });
            }
            [Ntfctn, Ntry, NtryDtls] => it.batch.open_details(),
            [Ntfctn, Ntry, NtryDtls, TxDtls] => {
                it.batch.transaction = Transaction { line, ..Transaction::default() };
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, path: &[Tag], text: &str, currency: &str, line: u64) -> Result<(), Fatal> {
        use Tag::{BkToCstmrDbtCdtNtfctn, Btch, GrpHdr, NbOfTxs, Ntfctn, Ntry, NtryDtls, TxDtls};
        let it = &mut *self.notifications;
        match path {
            [BkToCstmrDbtCdtNtfctn, Ntfctn, Ntry, below @ ..] => {
                it.batch.grow(text.len() as u64, line)?;
                match below {
                    [NtryDtls, TxDtls, below @ ..] => it.batch.transaction.text(below, text, currency),
                    [NtryDtls, Btch, NbOfTxs] => it.batch.stated = Some(text.parse().ok()),
                    below => it.batch.entry.text(below, text, currency),
                }
                Ok(())
            }
            [BkToCstmrDbtCdtNtfctn, GrpHdr, below @ ..] => it.header.text(below, text, line),
            [BkToCstmrDbtCdtNtfctn, Ntfctn, below @ ..] => it.totals.text(below, text, line),
            _ => Ok(()),
        }
    }

    fn close(&mut self, path: &[Tag], line: u64) -> Result<(), Fatal> {
        use Tag::{BkToCstmrDbtCdtNtfctn, GrpHdr, Ntfctn, Ntry, NtryDtls, TxDtls};
        let it = &mut *self.notifications;
        let [BkToCstmrDbtCdtNtfctn, path @ ..] = path else { return Ok(()) };
        match path {
            [GrpHdr] => it.header.close(line, self.out),
            [Ntfctn, Ntry, below @ ..] => {
                it.batch.grow(1, line)?;
                match below {
                    [] => {
                        it.totals.add(&it.batch.entry, &it.config);
                        it.batch.close(&it.config, &it.header, self.out)
                    }
                    [NtryDtls] => it.batch.close_details(),
                    [NtryDtls, TxDtls] => it.batch.close_transaction(&it.config, &it.header, self.out),
                    _ => Ok(()),
                }
            }
            [Ntfctn] => it.totals.close(&it.header, self.out),
            _ => Ok(()),
        }
    }
}
