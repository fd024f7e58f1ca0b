//! Makes documents from an entry and its transactions.

use bailiwick_sdk::document::{DirectPayment, Item, Problem, Reversal};
use bailiwick_sdk::value::{Code, Currency, Day, Extra, ItemKey, Key, Minor, Name, Remark};

use super::entry::{Amount, Date, Entry};
use super::header::GroupHeader;
use super::identifier::{given, identifier};
use super::reference::{account, reference, references};
use super::transaction::Transaction;
use crate::config::{Config, StatementDetails};
use crate::message::Message;

/// A code and message of a problem.
pub(crate) type Why = (&'static str, &'static str);

/// Values that all entries of a file share.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    pub(crate) message: Message,
    pub(crate) config: &'a Config,
    pub(crate) header: &'a GroupHeader,
}

/// What to do with an entry, decided before its transactions are read.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// The entry is not booked; the warning says why.
    Skip(Box<Problem>),
    /// It cannot be read.
    Refuse(Box<Problem>),
    /// Its transactions are booked.
    Book(Terms),
}

/// Values that all transactions of an entry share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) credit: bool,
    pub(crate) currency: Currency,
    pub(crate) minor: Minor,
    pub(crate) reversal: bool,
    /// Money is booked from the notification that has it, and not from this file.
    pub(crate) elsewhere: bool,
    booked_on: Day,
    value_on: Option<Day>,
}

impl Plan {
    /// Decides what to do with an entry.
    pub(crate) fn of(entry: &Entry, file: File<'_>) -> Self {
        let warning = |code, message| Self::Skip(Box::new(Problem::warning(code, entry.line, message)));
        if file.message == Message::Report {
            return warning(
                "informational_entry",
                "an account report is for information only; the entry is booked from the statement or notification",
            );
        }
        match entry.status.as_str() {
            "BOOK" => match Terms::of(entry, file) {
                Ok(terms) if terms.elsewhere && terms.brings() => {
                    let (code, message) = ELSEWHERE;
                    warning(code, message)
                }
                Ok(terms) => Self::Book(terms),
                Err((code, message)) => Self::Refuse(Box::new(Problem::error(code, entry.line, message))),
            },
            "INFO" => warning("informational_entry", "the entry is for information only and is not booked"),
            "PDNG" | "FUTR" => {
                warning("pending_entry", "the entry is pending; it is booked when the bank books it")
            }
            status => {
                let code = if status.is_empty() { "missing_field" } else { "unknown_code" };
                let message = "expected the status BOOK, PDNG, FUTR or INFO";
                Self::Refuse(Box::new(Problem::error(code, entry.line, message)))
            }
        }
    }
}

/// The warning about money of a statement that is booked from a notification.
pub(crate) const ELSEWHERE: Why = (
    "details_elsewhere",
    "the entry is not booked: by the configuration key `statement_details`, the notification that has it is",
);

impl Terms {
    fn of(entry: &Entry, file: File<'_>) -> Result<Self, Why> {
        let config = file.config;
        if entry.amount.is_absent() {
            return Err(("missing_field", "the entry has no amount"));
        }
        let currency = entry.amount.currency();
        let currency =
            currency.ok_or(("unknown_code", "expected an ISO 4217 currency in the entry's amount"))?;
        let minor = entry.amount.minor(config).ok_or(("bad_amount", BAD_AMOUNT))?;
        let credit = match entry.indicator.as_str() {
            "CRDT" => true,
            "DBIT" => false,
            "" => return Err(("missing_field", "the entry is neither credit nor debit")),
            _ => return Err(("unknown_code", "expected CRDT or DBIT")),
        };
        let bad_date = ("bad_date", "expected the entry's booking and value dates as YYYY-MM-DD");
        let (booked_on, value_on) = match (entry.booked_on, entry.value_on) {
            (Date::Bad, _) | (_, Date::Bad) => return Err(bad_date),
            (Date::Good(booked_on), Date::Good(value_on)) => (booked_on, Some(value_on)),
            (Date::Good(booked_on), Date::Absent) => (booked_on, None),
            (Date::Absent, Date::Good(value_on)) => (value_on, Some(value_on)),
            (Date::Absent, Date::Absent) => {
                return Err(("missing_field", "the entry has neither booking date nor value date"));
            }
        };
        let elsewhere =
            file.message == Message::Statement && config.statement_details == StatementDetails::Notification;
        Ok(Self { credit, currency, minor, booked_on, value_on, reversal: entry.reversal, elsewhere })
    }

    /// Whether the entry brings money or undoes a booking.
    pub(crate) fn brings(&self) -> bool {
        self.credit || self.reversal
    }
}

const BAD_AMOUNT: &str = "expected a decimal without a sign, with no more digits than its currency has";

/// The sort of a transaction of a booked entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Money came in.
    Credit,
    /// An earlier booking is undone.
    Return,
    /// Money went out.
    Debit,
}

/// Whether a transaction brings money, undoes a booking, or takes money. Its own indicator decides, if it has
/// one; but money comes in only with a credit entry.
pub(crate) fn sort(terms: &Terms, transaction: &Transaction) -> Sort {
    if terms.reversal || transaction.returned {
        Sort::Return
    } else if terms.credit && transaction.indicator != "DBIT" {
        Sort::Credit
    } else {
        Sort::Debit
    }
}

/// The amount of a transaction in the currency of its entry, and the amount it was made from, if that is in another
/// currency. The transaction's own amount counts, else that of the original transaction, else the counter value.
pub(crate) fn amount<'a>(
    terms: &Terms,
    transaction: &'a Transaction,
    config: &Config,
) -> Result<(Minor, Option<&'a Amount>), Why> {
    let Transaction { amount, transaction_amount, counter_value, .. } = transaction;
    let mut there = [amount, transaction_amount, counter_value].into_iter().filter(|it| !it.is_absent());
    let Some(first) = there.clone().next() else {
        return Err(("missing_field", "the transaction has no amount"));
    };
    let Some(own) = there.find(|amount| amount.currency() == Some(terms.currency)) else {
        return Err((
            "currency_mismatch",
            "expected an amount or a counter value in the currency of the entry",
        ));
    };
    let minor = own.minor(config).ok_or(("bad_amount", BAD_AMOUNT))?;
    Ok((minor, (first.currency() != own.currency()).then_some(first)))
}

/// A transaction at its place, with its amount.
pub(crate) struct Booked<'a> {
    pub(crate) file: File<'a>,
    pub(crate) entry: &'a Entry,
    pub(crate) transaction: &'a Transaction,
    /// Which transaction of the entry it is, from 1.
    pub(crate) number: u64,
    pub(crate) minor: Minor,
    /// The amount it was made from, if that is in another currency.
    pub(crate) original: Option<&'a Amount>,
    /// Whether it is the only transaction of the entry and took the entry's amount.
    pub(crate) whole: bool,
}

impl Booked<'_> {
    /// The transaction as a document.
    pub(crate) fn document(&self, terms: &Terms, is_return: bool) -> Result<Item, Why> {
        let Self { file, entry, transaction, .. } = self;
        let name = identifier(file.header, entry, transaction, self.number, is_return);
        let name =
            ItemKey::new(name).map_err(|_| ("missing_field", "the transaction has no usable reference"))?;
        let account = account(transaction, file.config.account_reference.as_ref());
        let line = Some(line(entry, transaction));
        let code = if transaction.code.is_empty() { &entry.code } else { &transaction.code };
        if is_return {
            let mut it = Reversal::new(name, terms.currency, self.minor, terms.booked_on);
            it.line = line;
            it.account = account;
            it.reference = moved_under(transaction);
            it.references = references(transaction, entry);
            it.reason = Code::trimmed(&transaction.reason);
            it.reason_text = Name::trimmed(&transaction.reason_text);
            it.comment = Remark::trimmed(&transaction.comment);
            it.extra.put("credit_debit", if terms.credit { "CRDT" } else { "DBIT" });
            it.extra.put("transaction_code", code);
            self.explain(&mut it.extra);
            return Ok(it.into());
        }
        let mut it = DirectPayment::new(name, terms.currency, self.minor, terms.booked_on);
        it.line = line;
        it.account = account;
        it.reference = reference(transaction);
        it.references = references(transaction, entry);
        it.value_on = terms.value_on;
        it.payer = Name::trimmed(&transaction.payer);
        it.payer_account = Key::trimmed(&transaction.payer_account);
        it.comment = Remark::trimmed(&transaction.comment);
        it.batch = Code::trimmed(code);
        let bank_reference = given(&transaction.bank_reference).or_else(|| given(&entry.bank_reference));
        it.bank_reference = bank_reference.and_then(Key::trimmed);
        self.explain(&mut it.extra);
        Ok(it.into())
    }

    /// Notes how the amount differs from the money that moved.
    fn explain(&self, extra: &mut Extra) {
        if let Some(original) = self.original {
            extra.put("original_amount", &original.as_text());
        }
        extra.put("charges", &self.transaction.charges.as_text());
        if self.whole {
            extra.put("charges", &self.entry.charges.as_text());
        }
    }
}

/// The line of a transaction, or of its entry if the entry lists none.
pub(crate) fn line(entry: &Entry, transaction: &Transaction) -> u64 {
    if transaction.line == 0 { entry.line } else { transaction.line }
}

/// The reference of the transfer, which a payment and its return may share.
fn moved_under(transaction: &Transaction) -> Option<ItemKey> {
    [&transaction.end_to_end_id, &transaction.transaction_id, &transaction.creditor_reference]
        .into_iter()
        .find_map(|text| given(text).and_then(|text| ItemKey::new(text).ok()))
}
