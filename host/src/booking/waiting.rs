//! What the book keeps of a document that waits, beside the document.

use bailiwick_sdk::document::Item;
use bailiwick_sdk::value::Day;

use super::payments::paid_account;
use super::references::{Named, references_of};
use super::unbooked::Unbooked;

/// The members of a document by which it is listed, and by which a repetition is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The kind of the document.
    pub(crate) kind: &'static str,
    pub(crate) account: Option<String>,
    /// The identifier of money.
    pub(crate) identifier: Option<String>,
    /// The amount of money.
    pub(crate) minor: Option<i64>,
    /// The day of it, if the document has one.
    pub(crate) on: Option<Day>,
    /// The references of a payment.
    pub(crate) references: Vec<Named>,
}

impl Kept {
    /// What is kept of a document.
    pub(crate) fn of(item: &Item) -> Self {
        let account = item.account().map(ToString::to_string);
        let (identifier, minor, on) = match item {
            Item::Payment(it) => (Some(&it.identifier), Some(it.minor), Some(it.received_on)),
            Item::DirectPayment(it) => (Some(&it.identifier), Some(it.minor), Some(it.booked_on)),
            Item::Adjustment(it) => (Some(&it.identifier), Some(it.minor), Some(it.on)),
            Item::Reversal(it) => (Some(&it.identifier), Some(it.minor), Some(it.reversed_on)),
            Item::Acknowledgment(it) => (None, None, Some(it.received_on)),
            Item::Recall(it) => (None, None, it.on),
            Item::RecallObjection(it) => (None, None, it.on),
            Item::Return(it) => (None, None, Some(it.on)),
            Item::Status(it) => (None, None, Some(it.on)),
            Item::Dispute(it) => (None, None, Some(it.received_on)),
            Item::Complaint(it) => (None, None, Some(it.received_on)),
            Item::Decision(it) => (None, None, Some(it.on)),
            _ => (None, None, None),
        };
        let account = match item {
            Item::DirectPayment(it) => paid_account(it).map(|account| account.to_string()),
            _ => account,
        };
        let references = match item {
            Item::Payment(_) | Item::DirectPayment(_) => references_of(item),
            _ => Vec::new(),
        };
        Self {
            references,
            kind: item.kind(),
            account,
            identifier: identifier.map(ToString::to_string),
            minor: minor.map(|minor| minor.get()),
            on,
        }
    }

    /// A payment with references, as reversals know it while it is not booked.
    pub(crate) fn unbooked(&self) -> Option<Unbooked> {
        let (kind, _) = self.references.first()?;
        let (identifier, account) = (self.identifier.clone()?, self.account.clone());
        let (minor, on) = (self.minor.unwrap_or_default(), self.on);
        Some(Unbooked { kind: *kind, identifier, account, minor, on, is_gone: false })
    }

    /// The kind of the row of the ledger that it would be: a payment straight to the bank is a payment.
    pub(crate) fn ledger_kind(&self) -> &'static str {
        ledger_kind(self.kind)
    }
}

/// The kind of the row of the ledger that a document of a kind brings.
pub(crate) fn ledger_kind(kind: &str) -> &'static str {
    match kind {
        "reversal" => "reversal",
        "adjustment" => "adjustment",
        _ => "payment",
    }
}
