//! Payments that are not booked, with their references: a reversal of one is of no other payment.

use bailiwick_sdk::document::{ReferenceKind, Reversal};
use bailiwick_sdk::value::Day;

use super::changes::Changes;
use super::known::{Known, not_loaded};
use super::references::Named;
use super::refused::Booked;

/// A payment that waits, that is an exception or that is in suspense, by one of its references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unbooked {
    /// The kind of the reference.
    pub(crate) kind: ReferenceKind,
    pub(crate) identifier: String,
    /// The account that it names.
    pub(crate) account: Option<String>,
    pub(crate) minor: i64,
    pub(crate) on: Option<Day>,
    /// It was refused or went back.
    pub(crate) is_gone: bool,
}

impl Unbooked {
    /// Whether a reversal can be of it: the account that both state, no earlier day, no larger amount.
    pub(super) fn may_be_of(&self, it: &Reversal) -> bool {
        let account = match (&it.account, &self.account) {
            (Some(account), Some(have)) => account.as_str() == have,
            _ => true,
        };
        account && self.on.is_none_or(|on| on <= it.reversed_on) && self.minor >= it.minor.get()
    }
}

impl Known {
    /// Payments with a reference of this text that are not booked.
    pub(crate) fn unbooked(&self, value: &str) -> Booked<Vec<Unbooked>> {
        let Some(rows) = self.unbooked.get(value) else { return not_loaded("a reference") };
        let now = rows.iter().filter_map(|it| match self.exceptions.get(&it.identifier) {
            // It is booked just now, or it was replaced.
            Some(None) => None,
            Some(Some(have)) => Some(Unbooked { is_gone: it.is_gone || have.decided, ..it.clone() }),
            None => Some(it.clone()),
        });
        Ok(now.collect())
    }

    /// Takes note of a payment that is not booked.
    pub(crate) fn note_unbooked(&mut self, references: &[Named], payment: &Unbooked) {
        for (kind, value) in references {
            let row = Unbooked { kind: *kind, ..payment.clone() };
            self.unbooked.entry(value.clone()).or_default().push(row);
        }
    }

    /// The payments that a document brought and that are not booked.
    pub(super) fn apply_unbooked(&mut self, changes: &Changes<'_>) {
        for it in &changes.exceptions {
            let Some((kind, _)) = it.references.first() else { continue };
            let (identifier, account) = (it.identifier.clone(), it.account.clone());
            let (minor, on) = (it.minor, Some(it.on));
            let payment = Unbooked { kind: *kind, identifier, account, minor, on, is_gone: false };
            self.note_unbooked(&it.references, &payment);
        }
        if let Some((it, payment)) = changes.suspended.as_ref().and_then(|it| Some((it, it.kept.unbooked()?)))
        {
            self.note_unbooked(&it.kept.references, &payment);
        }
    }
}
