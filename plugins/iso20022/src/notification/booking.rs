//! Makes documents from an entry and its transactions.

use bailiwick_sdk::document::{DirectPayment, Item, Problem, Reversal};
use bailiwick_sdk::value::{Code, Currency, Day, ItemKey, Key, Minor, Name, Remark};

use super::entry::{Date, Entry};
use super::header::GroupHeader;
use super::identifier::{given, identifier};
use super::reference::{account, reference};
use super::transaction::Transaction;
use crate::config::{Config, IdentifyBy};

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
    booked_on: Day,
    value_on: Option<Day>,
    reversal: bool,
}

impl Plan {
    /// Decides what to do with an entry.
    pub(crate) fn of(entry: &Entry, config: &Config) -> Self {
        let warning = |code, message| Self::Skip(Box::new(Problem::warning(code, entry.line, message)));
        match entry.status.as_str() {
            "BOOK" => match Terms::of(entry, config) {
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

impl Terms {
    fn of(entry: &Entry, config: &Config) -> Result<Self, (&'static str, &'static str)> {
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
        Ok(Self { credit, currency, minor, booked_on, value_on, reversal: entry.reversal })
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

/// A transaction's own amount in the currency of its entry: its amount, or the amount of the original
/// transaction.
pub(crate) fn amount(
    terms: &Terms,
    transaction: &Transaction,
    config: &Config,
) -> Result<Minor, (&'static str, &'static str)> {
    let mut there =
        [&transaction.amount, &transaction.transaction_amount].into_iter().filter(|it| !it.is_absent());
    let any = there.clone().next().is_some();
    match there.find(|amount| amount.currency() == Some(terms.currency)) {
        Some(amount) => amount.minor(config).ok_or(("bad_amount", BAD_AMOUNT)),
        None if any => Err(("currency_mismatch", "expected an amount in the currency of the entry")),
        None => Err(("missing_field", "the transaction has no amount")),
    }
}

/// The place of a transaction.
pub(crate) struct Place<'a> {
    pub(crate) config: &'a Config,
    pub(crate) header: &'a GroupHeader,
    pub(crate) entry: &'a Entry,
    /// Which transaction of the entry, from 1.
    pub(crate) number: u64,
}

/// A transaction as a document.
pub(crate) fn document(
    place: &Place<'_>,
    terms: &Terms,
    transaction: &Transaction,
    minor: Minor,
    is_return: bool,
) -> Result<Item, (&'static str, &'static str)> {
    let name = identifier(place.header, place.entry, transaction, place.number, is_return);
    let name =
        ItemKey::new(name).map_err(|_| ("missing_field", "the transaction has no usable reference"))?;
    let own = match place.config.identify_by {
        IdentifyBy::Booking => None,
        IdentifyBy::EndToEndId => given(&transaction.end_to_end_id),
        IdentifyBy::TransactionId => given(&transaction.transaction_id),
    };
    let own = own.and_then(|own| ItemKey::new(own).ok());
    let account = account(transaction, place.config.account_reference.as_ref());
    let line = Some(if transaction.line == 0 { place.entry.line } else { transaction.line });
    let code = if transaction.code.is_empty() { &place.entry.code } else { &transaction.code };
    if is_return {
        let mut it = Reversal::new(name, terms.currency, minor, terms.booked_on);
        it.line = line;
        it.account = account;
        it.reverses = own;
        it.reference = moved_under(transaction);
        it.reason = Code::trimmed(&transaction.reason);
        it.reason_text = Name::trimmed(&transaction.reason_text);
        it.comment = Remark::trimmed(&transaction.comment);
        it.extra.put("credit_debit", if terms.credit { "CRDT" } else { "DBIT" });
        it.extra.put("transaction_code", code);
        return Ok(it.into());
    }
    let mut it = DirectPayment::new(own.unwrap_or(name), terms.currency, minor, terms.booked_on);
    it.line = line;
    it.account = account;
    it.reference = reference(transaction);
    it.value_on = terms.value_on;
    it.payer = Name::trimmed(&transaction.payer);
    it.payer_account = Key::trimmed(&transaction.payer_account);
    it.comment = Remark::trimmed(&transaction.comment);
    it.batch = Code::trimmed(code);
    let bank_reference = given(&transaction.bank_reference).or_else(|| given(&place.entry.bank_reference));
    it.bank_reference = bank_reference.and_then(Key::trimmed);
    Ok(it.into())
}

/// The reference of the transfer, which a payment and its return may share.
fn moved_under(transaction: &Transaction) -> Option<ItemKey> {
    [&transaction.end_to_end_id, &transaction.transaction_id, &transaction.creditor_reference]
        .into_iter()
        .find_map(|text| given(text).and_then(|text| ItemKey::new(text).ok()))
}
