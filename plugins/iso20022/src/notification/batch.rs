//! The transactions of an entry, held together until their sum is known.

use bailiwick_sdk::document::{Item, Problem};
use bailiwick_sdk::plugin::Output;
use bailiwick_sdk::value::Minor;

use super::booking::{Place, Plan, Sort, Terms, amount, document, sort};
use super::entry::Entry;
use super::header::GroupHeader;
use super::transaction::Transaction;
use crate::config::Config;
use crate::fatal::{Fatal, fatal};

/// The most bytes of text and elements of one transaction, or of an entry without its transactions. No real
/// payment has more.
const PART_BYTES_MAX: u64 = 1 << 20;
/// Bytes of documents of an entry that are held until its sum is known.
const HELD_BYTES_MAX: usize = 1 << 20;
/// The bytes of a held document beside its texts.
const DOCUMENT_BYTES: usize = 512;

/// An entry with its transactions.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) entry: Entry,
    /// The transaction being read.
    pub(crate) transaction: Transaction,
    /// `NbOfTxs` of the details being read: absent, not a number, or so many.
    pub(crate) stated: Option<Option<u64>>,
    plan: Option<Plan>,
    /// Documents that are not emitted yet, in order, with refused transactions between them.
    held: Vec<Item>,
    held_bytes: usize,
    /// Whether some were emitted before the sum was known.
    released: bool,
    /// Transactions of the entry, and of the details being read.
    count: u64,
    count_here: u64,
    /// Their sum, less the debits of a credit entry; none if an amount could not be read.
    sum: Option<i128>,
    booked: bool,
    debits: bool,
    /// Whether a transaction without an amount in the entry's currency took the entry's amount.
    whole_taken: bool,
    wrong_count: bool,
    /// `NbOfTxs` of details without transactions.
    without_details: bool,
    /// Bytes of the part being read.
    part: u64,
}

impl Batch {
    /// An entry begins.
    pub(crate) fn new(entry: Entry) -> Self {
        Self { entry, sum: Some(0), ..Self::default() }
    }

    /// Counts the bytes that are read of the entry or of one transaction.
    pub(crate) fn grow(&mut self, bytes: u64, line: u64) -> Result<(), Fatal> {
        self.part += bytes;
        if self.part <= PART_BYTES_MAX {
            return Ok(());
        }
        let message = "an entry, or one transaction of it, holds more than 1048576 bytes";
        Err(fatal("entry_too_long", line, message))
    }

    /// `NtryDtls` begins.
    pub(crate) fn open_details(&mut self) {
        self.stated = None;
        self.count_here = 0;
    }

    /// `NtryDtls` ends.
    pub(crate) fn close_details(&mut self) -> Result<(), Fatal> {
        match (self.stated.take(), self.count_here) {
            (Some(Some(stated)), 0) => self.without_details |= stated > 1,
            (Some(stated), here) => self.wrong_count |= stated != Some(here),
            (None, _) => {}
        }
        Ok(())
    }

    /// `TxDtls` ends.
    pub(crate) fn close_transaction(
        &mut self,
        config: &Config,
        header: &GroupHeader,
        out: &mut Output,
    ) -> Result<(), Fatal> {
        let transaction = std::mem::take(&mut self.transaction);
        self.part = 0;
        self.count += 1;
        self.count_here += 1;
        self.take(transaction, config, header, out);
        Ok(())
    }

    /// `Ntry` ends.
    pub(crate) fn close(
        &mut self,
        config: &Config,
        header: &GroupHeader,
        out: &mut Output,
    ) -> Result<(), Fatal> {
        if self.count == 0 && !self.without_details {
            // An entry without transactions is its own transaction.
            self.count = 1;
            self.take(Transaction::default(), config, header, out);
        }
        let plan = self.plan.take().unwrap_or_else(|| Plan::of(&self.entry, config));
        let terms = match plan {
            Plan::Skip(problem) | Plan::Refuse(problem) => {
                out.emit(*problem);
                return Ok(());
            }
            Plan::Book(terms) => terms,
        };
        if self.debits {
            let message =
                "the entry takes money from the account without returning a payment; that is not booked";
            out.emit(Problem::warning("debit_entry", self.entry.line, message));
        }
        if let Some((code, message)) = self.mismatch(&terms) {
            // Emitted documents cannot be taken back, so the whole file is refused.
            if self.released {
                return Err(fatal(code, self.entry.line, message));
            }
            out.emit(Problem::error(code, self.entry.line, message));
            return Ok(());
        }
        self.release(out);
        Ok(())
    }

    /// Finds where the entry's statements differ from its transactions.
    fn mismatch(&self, terms: &Terms) -> Option<(&'static str, &'static str)> {
        if self.without_details {
            return terms.credit.then_some((
                "batch_without_details",
                "the entry sums several transactions and lists none; ask the bank for their details",
            ));
        }
        if !self.booked {
            return None;
        }
        if self.wrong_count {
            return Some((
                "batch_count_mismatch",
                "the entry lists more or fewer transactions than it states",
            ));
        }
        let wrong = self.sum.is_some_and(|sum| sum != i128::from(terms.minor.get()));
        let taken = self.whole_taken && self.count > 1;
        (wrong || taken)
            .then_some(("batch_amount_mismatch", "the transactions do not sum to the amount of the entry"))
    }

    fn take(&mut self, transaction: Transaction, config: &Config, header: &GroupHeader, out: &mut Output) {
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => Plan::of(&self.entry, config),
        };
        if let Plan::Book(terms) = &plan {
            self.book(terms, &transaction, config, header, out);
        }
        self.plan = Some(plan);
    }

    fn book(
        &mut self,
        terms: &Terms,
        transaction: &Transaction,
        config: &Config,
        header: &GroupHeader,
        out: &mut Output,
    ) {
        let sort = sort(terms, transaction);
        let alone = self.count == 1 && !matches!(self.stated, Some(Some(stated)) if stated > 1);
        let amount = amount(terms, transaction, config);
        let amount = match amount {
            Err((code, _)) if alone && code != "bad_amount" => {
                self.whole_taken = true;
                Ok(terms.minor)
            }
            amount => amount,
        };
        self.add(terms, transaction, amount.ok());
        if sort == Sort::Debit {
            self.debits = true;
            return;
        }
        self.booked = true;
        let place = Place { config, header, entry: &self.entry, number: self.count };
        let is_return = sort == Sort::Return;
        let made = amount.and_then(|minor| document(&place, terms, transaction, minor, is_return));
        let line = if transaction.line == 0 { self.entry.line } else { transaction.line };
        let item = made.unwrap_or_else(|(code, message)| Problem::error(code, line, message).into());
        self.held_bytes += DOCUMENT_BYTES
            + transaction.comment.len()
            + transaction.payer.len()
            + transaction.reason_text.len()
            + 4 * transaction.end_to_end_id.len();
        self.held.push(item);
        if self.held_bytes > HELD_BYTES_MAX {
            self.released = true;
            self.release(out);
        }
    }

    /// Adds a transaction to the sum of the entry.
    fn add(&mut self, terms: &Terms, transaction: &Transaction, minor: Option<Minor>) {
        let against = match transaction.indicator.as_str() {
            "CRDT" => !terms.credit,
            "DBIT" => terms.credit,
            _ => false,
        };
        self.sum = self.sum.zip(minor).map(|(sum, minor)| {
            let minor = i128::from(minor.get());
            if against { sum - minor } else { sum + minor }
        });
    }

    fn release(&mut self, out: &mut Output) {
        for item in self.held.drain(..) {
            out.emit(item);
        }
        self.held_bytes = 0;
    }
}
