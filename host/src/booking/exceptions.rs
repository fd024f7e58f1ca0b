//! Exceptions: payments that came after the placement and its days of grace. An operator must decide them.

use super::changes::Exception;
use super::draft::{Draft, line_of};
use super::receipts::Received;
use super::record::Placed;

impl Draft<'_, '_> {
    /// Keeps a payment as an exception until an operator decides it.
    pub(super) fn except(&mut self, placed: &Placed, code: &'static str, message: String, it: Received) {
        let payment = &it.payment;
        let (account, identifier) = (payment.account.to_string(), payment.identifier.to_string());
        let (minor, line, on) = (payment.minor.get(), payment.line, payment.received_on);
        self.warn_about(&account, code, line, message);
        self.changes.exceptions.push(Exception {
            placement: placed.id,
            account,
            line,
            code,
            identifier,
            minor,
            on,
            document: line_of(&it.document()),
        });
        self.changes.counted = Some(("exception", Some(minor)));
    }
}
