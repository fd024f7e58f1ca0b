//! The transactions of an entry, held together until their sum is known.

use bailiwick_sdk::document::{Item, Problem};
use bailiwick_sdk::plugin::Output;
use bailiwick_sdk::value::Minor;

use super::booking::{Booked, ELSEWHERE, File, Plan, Sort, Terms, Why, amount, line, sort};
use super::charges::Charged;
use super::entry::{Amount, Entry};
use super::sum::Sum;
use super::transaction::Transaction;
use crate::config::Config;
use crate::fatal::{Fatal, fatal};

/// The most bytes of text and elements of one transaction, or of an entry without its transactions. No real
/// payment has more.
const PART_BYTES_MAX: u64 = 1 << 20;
/// Bytes of documents of an entry that are held until its sum is known.
const HELD_BYTES_MAX: usize = 1 << 20;
/// The bytes of a held document beside its texts.
const DOCUMENT_BYTES: usize = 1024;

const AMOUNT_MISMATCH: Why = (
    "batch_amount_mismatch",
    "the transactions, with the charges on them, do not make the amount of the entry",
);
const COUNT_MISMATCH: Why =
    ("batch_count_mismatch", "the entry lists more or fewer transactions than it states");
const WITHOUT_DETAILS: Why = (
    "batch_without_details",
    "the entry sums several transactions and lists none; ask the bank for their details",
);
const DEBIT_ENTRY: Why =
    ("debit_entry", "the entry takes money from the account without returning a payment; that is not booked");
const UNCLEAR_CHARGES: Why = (
    "unclear_charges",
    "charges that are included in the entry's amount cannot be read in its currency, and without them the \
     transactions do not make that amount",
);

/// A document that is not emitted yet, or the problem of a refused transaction.
#[derive(Debug)]
struct Held {
    item: Item,
    /// The line of a transaction with included charges that cannot be read.
    unclear: Option<u64>,
}

/// How the transactions fit the entry.
enum Fit {
    /// They make its amount, as far as they can be read.
    Whole,
    /// They do, but for transactions with charges that cannot be read.
    WithoutUnclear,
    /// They do not.
    Not(Why),
}

/// An entry with its transactions.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) entry: Entry,
    /// The transaction being read.
    pub(crate) transaction: Transaction,
    /// `NbOfTxs` of the details being read: absent, not a number, or so many.
    pub(crate) stated: Option<Option<u64>>,
    plan: Option<Plan>,
    /// The first transaction, if it has no amount in the entry's currency. If it stays the only one, its amount
    /// follows from that of the entry.
    first: Option<Transaction>,
    /// Documents that are not emitted yet, in order, with refused transactions between them.
    held: Vec<Held>,
    held_bytes: usize,
    /// Whether some were emitted before the sum was known.
    released: bool,
    /// Transactions of the entry, and of the details being read.
    count: u64,
    count_here: u64,
    /// Sums of all transactions whose amounts can be read, and of those among them with unclear charges.
    sum: Sum,
    unclear_sum: Sum,
    /// Whether an amount cannot be read, and whether one of them goes against the direction of the entry.
    unread: bool,
    unread_against: bool,
    booked: bool,
    debits: bool,
    /// Whether a return is left to the notification that has it.
    elsewhere: bool,
    wrong_count: bool,
    /// `NbOfTxs` of details without transactions.
    without_details: bool,
    /// Bytes of the part being read.
    part: u64,
}

impl Batch {
    /// An entry begins.
    pub(crate) fn new(entry: Entry) -> Self {
        Self { entry, ..Self::default() }
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
    pub(crate) fn close_transaction(&mut self, file: File<'_>, out: &mut Output) -> Result<(), Fatal> {
        let transaction = std::mem::take(&mut self.transaction);
        self.part = 0;
        self.count += 1;
        self.count_here += 1;
        self.take(transaction, file, out);
        Ok(())
    }

    /// `Ntry` ends.
    pub(crate) fn close(&mut self, file: File<'_>, out: &mut Output) -> Result<(), Fatal> {
        if self.count == 0 && !self.without_details {
            // An entry without transactions is its own transaction.
            self.count = 1;
            self.take(Transaction::default(), file, out);
        }
        let plan = self.plan.take().unwrap_or_else(|| Plan::of(&self.entry, file));
        let terms = match plan {
            Plan::Skip(problem) | Plan::Refuse(problem) => {
                out.emit(*problem);
                return Ok(());
            }
            Plan::Book(terms) => terms,
        };
        if let Some(only) = self.first.take() {
            self.book_only(&terms, &only, file, out);
        }
        if self.debits || self.without_details && !terms.brings() {
            self.warn(DEBIT_ENTRY, out);
        }
        if self.elsewhere {
            self.warn(ELSEWHERE, out);
        }
        match self.fit(&terms, file) {
            Fit::Whole => {}
            // Emitted documents cannot be taken back, so the whole file is refused.
            Fit::WithoutUnclear if self.released => return Err(self.refusal(UNCLEAR_CHARGES)),
            Fit::Not(why) if self.released => return Err(self.refusal(why)),
            Fit::WithoutUnclear => {
                for held in &mut self.held {
                    if let Some(line) = held.unclear {
                        let (code, message) = UNCLEAR_CHARGES;
                        held.item = Problem::error(code, line, message).into();
                    }
                }
            }
            Fit::Not((code, message)) => {
                out.emit(Problem::error(code, self.entry.line, message));
                return Ok(());
            }
        }
        self.release(out);
        Ok(())
    }

    fn warn(&self, (code, message): Why, out: &mut Output) {
        out.emit(Problem::warning(code, self.entry.line, message));
    }

    fn refusal(&self, (code, message): Why) -> Fatal {
        fatal(code, self.entry.line, message)
    }

    /// Compares the transactions with the entry. One that cannot be read is refused alone, unless the others leave no
    /// room for it.
    fn fit(&self, terms: &Terms, file: File<'_>) -> Fit {
        if self.without_details {
            return if terms.brings() { Fit::Not(WITHOUT_DETAILS) } else { Fit::Whole };
        }
        if !self.booked {
            return Fit::Whole;
        }
        if self.wrong_count {
            return Fit::Not(COUNT_MISMATCH);
        }
        let entry = i128::from(terms.minor.get());
        let of_entry = Sum::of(0, self.entry.charges.sum(terms.currency, file.config), terms.credit);
        let sum = self.sum.with_entry(of_entry);
        let fits = |sum: Sum| {
            if self.unread { self.unread_against || !sum.exceeds(entry) } else { sum.explains(entry) }
        };
        if fits(sum) {
            return Fit::Whole;
        }
        let clear = self.sum.without(self.unclear_sum).with_entry(of_entry);
        let unclear = self.held.iter().any(|held| held.unclear.is_some());
        if unclear && !clear.exceeds(entry) { Fit::WithoutUnclear } else { Fit::Not(AMOUNT_MISMATCH) }
    }

    fn take(&mut self, transaction: Transaction, file: File<'_>, out: &mut Output) {
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => Plan::of(&self.entry, file),
        };
        if let Plan::Book(terms) = &plan {
            if let Some(first) = self.first.take() {
                let taken = Taken::own(terms, &first, file.config);
                self.book(terms, &first, 1, taken, file, out);
            }
            match Taken::own(terms, &transaction, file.config) {
                Err((code, _)) if code != "bad_amount" && self.may_be_alone() => {
                    self.first = Some(transaction);
                }
                taken => self.book(terms, &transaction, self.count, taken, file, out),
            }
        }
        self.plan = Some(plan);
    }

    /// Whether the transaction that was just read may be the only one of the entry.
    fn may_be_alone(&self) -> bool {
        self.count == 1 && !matches!(self.stated, Some(Some(stated)) if stated > 1)
    }

    /// Books the only transaction of the entry, which has no amount in its currency: it is the amount of the entry,
    /// before charges that are included in it.
    fn book_only(&mut self, terms: &Terms, only: &Transaction, file: File<'_>, out: &mut Output) {
        let charges = |charged: Charged| Sum::of(0, charged, terms.credit);
        let of_entry = charges(self.entry.charges.sum(terms.currency, file.config));
        let charges = charges(only.charges.sum(terms.currency, file.config)).with_entry(of_entry);
        let minor = charges.before_included(i128::from(terms.minor.get()));
        let minor = i64::try_from(minor).ok().and_then(Minor::new).filter(|minor| minor.get() > 0);
        let original = [&only.amount, &only.transaction_amount].into_iter().find(|it| !it.is_absent());
        let taken = minor.map(|minor| Taken { minor, original, whole: true });
        let too_much =
            ("bad_amount", "the charges that are included are not less than the amount of the entry");
        self.book(terms, only, 1, taken.ok_or(too_much), file, out);
    }

    fn book(
        &mut self,
        terms: &Terms,
        transaction: &Transaction,
        number: u64,
        taken: Result<Taken<'_>, Why>,
        file: File<'_>,
        out: &mut Output,
    ) {
        let charged = transaction.charges.sum(terms.currency, file.config);
        self.add(terms, transaction, taken.as_ref().ok().map(|taken| taken.minor), charged);
        let sort = sort(terms, transaction);
        if sort == Sort::Debit {
            self.debits = true;
            return;
        }
        if terms.elsewhere {
            self.elsewhere = true;
            return;
        }
        self.booked = true;
        let line = line(&self.entry, transaction);
        let made = taken.and_then(|Taken { minor, original, whole }| {
            let entry = &self.entry;
            let booked = Booked { file, entry, transaction, number, minor, original, whole };
            booked.document(terms, sort == Sort::Return)
        });
        let unclear = (charged.unclear && made.is_ok()).then_some(line);
        let item = made.unwrap_or_else(|(code, message)| Problem::error(code, line, message).into());
        self.held_bytes += DOCUMENT_BYTES
            + transaction.comment.len()
            + transaction.payer.len()
            + transaction.reason_text.len()
            + 4 * transaction.end_to_end_id.len();
        self.held.push(Held { item, unclear });
        if self.held_bytes > HELD_BYTES_MAX {
            self.released = true;
            self.release(out);
        }
    }

    /// Adds a transaction to the sum of the entry.
    fn add(&mut self, terms: &Terms, transaction: &Transaction, minor: Option<Minor>, charged: Charged) {
        let against = match transaction.indicator.as_str() {
            "CRDT" => !terms.credit,
            "DBIT" => terms.credit,
            _ => false,
        };
        let Some(minor) = minor.map(|minor| i128::from(minor.get())) else {
            self.unread = true;
            self.unread_against |= against;
            return;
        };
        let sum = Sum::of(if against { -minor } else { minor }, charged, terms.credit);
        self.sum.add(sum);
        if charged.unclear {
            self.unclear_sum.add(sum);
        }
    }

    fn release(&mut self, out: &mut Output) {
        for held in self.held.drain(..) {
            out.emit(held.item);
        }
        self.held_bytes = 0;
    }
}

/// The amount of a transaction.
struct Taken<'a> {
    minor: Minor,
    /// The amount it was made from, if that is in another currency.
    original: Option<&'a Amount>,
    /// Whether it follows from the amount of the entry.
    whole: bool,
}

impl<'a> Taken<'a> {
    /// The transaction's own amount.
    fn own(terms: &Terms, transaction: &'a Transaction, config: &Config) -> Result<Self, Why> {
        let (minor, original) = amount(terms, transaction, config)?;
        Ok(Self { minor, original, whole: false })
    }
}
