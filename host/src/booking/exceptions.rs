//! Exceptions: payments that came after the placement and its days of grace, and reversals that several payments fit. An
//! operator must decide them.

use bailiwick_sdk::document::{Item, Reversal};

use super::changes::Exception;
use super::draft::{Draft, line_of};
use super::receipts::Received;
use super::record::Placed;
use super::references::references_of;

impl Draft<'_, '_> {
    /// Keeps a payment as an exception until an operator decides it.
    pub(super) fn except(&mut self, placed: &Placed, code: &'static str, message: String, it: Received) {
        let payment = &it.payment;
        let (account, identifier) = (payment.account.to_string(), payment.identifier.to_string());
        let (minor, line, on) = (payment.minor.get(), payment.line, payment.received_on);
        self.warn_about(&account, code, line, message);
        let item = it.document();
        self.changes.exceptions.push(Exception {
            placement: Some(placed.id),
            account: Some(account),
            line,
            kind: "payment",
            candidates: Vec::new(),
            code,
            identifier,
            minor,
            on,
            document: line_of(&item),
            references: references_of(&item),
        });
        self.changes.counted = Some(("exception", Some(minor)));
    }

    /// Keeps a reversal that several payments fit as an exception, with the identifiers of these payments.
    pub(super) fn except_ambiguous(&mut self, it: Reversal, candidates: Vec<String>) {
        let (minor, line) = (it.minor.get(), it.line);
        let message = format!(
            "its references fit {} payments equally; somebody must decide which of them it undoes (`bailiwick exceptions`)",
            candidates.len()
        );
        match &it.account {
            Some(account) => self.warn_about(account, "ambiguous_reversal", line, message),
            None => self.warn("ambiguous_reversal", line, message),
        }
        self.changes.exceptions.push(Exception {
            placement: None,
            account: it.account.as_ref().map(ToString::to_string),
            line,
            kind: "reversal",
            candidates,
            code: "ambiguous_reversal",
            identifier: it.identifier.to_string(),
            minor,
            on: it.reversed_on,
            document: line_of(&Item::from(it)),
            references: Vec::new(),
        });
        self.changes.counted = Some(("exception", Some(minor)));
    }
}
