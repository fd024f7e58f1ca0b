//! The content of the messages: header, totals, balances, entries and their transactions.

mod balances;
mod batch;
mod booking;
mod charges;
mod entry;
mod header;
mod identifier;
mod reference;
mod sum;
mod totals;
mod transaction;

use bailiwick_sdk::document::Problem;
use bailiwick_sdk::plugin::Output;

use crate::config::Config;
use crate::fatal::{Fatal, fatal};
use crate::message::{Message, Place};
use crate::xml::{Tag, Visit};

use balances::Balances;
use batch::Batch;
use booking::File;
use entry::Entry;
use header::GroupHeader;
use totals::Totals;
use transaction::Transaction;

/// The state of the file so far: at most one entry and one of its transactions, and the documents of that
/// entry.
pub(crate) struct Notifications {
    message: Message,
    config: Config,
    header: GroupHeader,
    /// The line of the part of an account that is being read.
    line: u64,
    totals: Totals,
    balances: Balances,
    /// Entries begun in the file.
    entries: u64,
    batch: Batch,
}

impl Notifications {
    /// Nothing read yet.
    pub(crate) fn new(message: Message, config: Config) -> Self {
        Self {
            message,
            config,
            header: GroupHeader::default(),
            line: 0,
            totals: Totals::default(),
            balances: Balances::default(),
            entries: 0,
            batch: Batch::default(),
        }
    }

    /// Checks at the end of the file that it had a group header.
    pub(crate) fn finish(&self, line: u64) -> Result<(), Fatal> {
        if self.header.emitted {
            return Ok(());
        }
        Err(fatal("bad_header", line, "the document has no group header with a message identification"))
    }

    /// The group header ends.
    fn close_header(&mut self, line: u64, out: &mut Output) -> Result<(), Fatal> {
        self.header.close(line, out)?;
        if self.config.identify_by.is_some() {
            let message = "the key `identify_by` of the configuration is no longer used: the bank's references of \
                           the booking identify a payment; leave it out";
            out.emit(Problem::warning("deprecated_key", self.header.line, message));
        }
        Ok(())
    }

    /// The part of an account begins.
    fn open_sheet(&mut self, line: u64) -> Result<(), Fatal> {
        if !self.header.emitted {
            self.finish(line)?;
        }
        self.line = line;
        self.totals = Totals::default();
        self.balances = Balances::default();
        Ok(())
    }

    /// The part of an account ends.
    fn close_sheet(&mut self, out: &mut Output) -> Result<(), Fatal> {
        let paged = self.header.paged || self.totals.paged;
        self.totals.close(&self.header, out)?;
        if self.message == Message::Statement {
            self.balances.finish(self.line, paged, &self.config, out)?;
        }
        Ok(())
    }

    /// An entry ends.
    fn close_entry(&mut self, out: &mut Output) -> Result<(), Fatal> {
        self.totals.add(&self.batch.entry, &self.config);
        self.balances.add(&self.batch.entry, &self.config);
        let file = File { message: self.message, config: &self.config, header: &self.header };
        self.batch.close(file, out)
    }

    /// A transaction ends.
    fn close_transaction(&mut self, out: &mut Output) -> Result<(), Fatal> {
        let file = File { message: self.message, config: &self.config, header: &self.header };
        self.batch.close_transaction(file, out)
    }
}

/// Takes the elements of a file and gives its items out.
pub(crate) struct Booker<'a> {
    pub(crate) notifications: &'a mut Notifications,
    pub(crate) out: &'a mut Output,
}

impl Visit for Booker<'_> {
    fn begin(&mut self, namespace: Option<&str>, line: u64) -> Result<(), Fatal> {
        let message = self.notifications.message;
        if namespace.is_some_and(|namespace| message.has_namespace(namespace)) {
            return Ok(());
        }
        let versions = message.versions();
        let why = format!("the document is of another message or version; expected {versions}");
        Err(fatal("unsupported_version", line, &why))
    }

    fn open(&mut self, path: &[Tag], line: u64) -> Result<(), Fatal> {
        use Tag::{Bal, Ntry, NtryDtls, TtlNtries, TxDtls, TxsSummry};
        let it = &mut *self.notifications;
        if let [root] = path
            && *root != it.message.root()
        {
            let why = format!("expected the element `{:?}`", it.message.root());
            return Err(fatal("bad_header", line, &why));
        }
        match it.message.place(path) {
            Place::Header([]) => it.header.line = line,
            Place::Sheet([]) => it.open_sheet(line)?,
            Place::Sheet([TxsSummry, TtlNtries]) => it.totals.line = line,
            Place::Sheet([Bal]) => it.balances.open(line),
            Place::Sheet([Ntry]) => {
                it.entries += 1;
                it.batch = Batch::new(Entry { line, number: it.entries, ..Entry::default() });
            }
            Place::Sheet([Ntry, NtryDtls]) => it.batch.open_details(),
            Place::Sheet([Ntry, NtryDtls, TxDtls]) => {
                it.batch.transaction = Transaction { line, ..Transaction::default() };
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, path: &[Tag], text: &str, currency: &str, line: u64) -> Result<(), Fatal> {
        use Tag::{Bal, Btch, NbOfTxs, Ntry, NtryDtls, TxDtls};
        let it = &mut *self.notifications;
        match it.message.place(path) {
            Place::Sheet([Ntry, below @ ..]) => {
                it.batch.grow(text.len() as u64, line)?;
                match below {
                    [NtryDtls, TxDtls, below @ ..] => it.batch.transaction.text(below, text, currency),
                    [NtryDtls, Btch, NbOfTxs] => it.batch.stated = Some(text.parse().ok()),
                    below => it.batch.entry.text(below, text, currency),
                }
                Ok(())
            }
            Place::Sheet([Bal, below @ ..]) => {
                it.balances.text(below, text, currency);
                Ok(())
            }
            Place::Sheet(below) => it.totals.text(below, text, line),
            Place::Header(below) => it.header.text(below, text, line),
            Place::Elsewhere => Ok(()),
        }
    }

    fn close(&mut self, path: &[Tag], line: u64) -> Result<(), Fatal> {
        use Tag::{Bal, Ntry, NtryDtls, TxDtls};
        let it = &mut *self.notifications;
        match it.message.place(path) {
            Place::Header([]) => it.close_header(line, self.out),
            Place::Sheet([]) => it.close_sheet(self.out),
            Place::Sheet([Bal]) => {
                it.balances.close();
                Ok(())
            }
            Place::Sheet([Ntry, below @ ..]) => {
                it.batch.grow(1, line)?;
                match below {
                    [] => it.close_entry(self.out),
                    [NtryDtls] => it.batch.close_details(),
                    [NtryDtls, TxDtls] => it.close_transaction(self.out),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}
