//! Exceptions: payments that came after the placement and its days of grace. An operator must decide them.

use bailiwick_sdk::document::{Item, Payment};

use super::changes::Exception;
use super::draft::{Draft, line_of};
use super::record::Placed;

impl Draft<'_, '_> {
    /// Keeps a payment as an exception until an operator decides it.
    pub(super) fn except(&mut self, placed: &Placed, code: &'static str, message: String, it: Payment) {
        let (minor, line) = (it.minor.get(), it.line);
        self.warn_about(&it.account, code, line, message);
        self.changes.exceptions.push(Exception {
            placement: placed.id,
            account: it.account.to_string(),
            line,
            code,
            identifier: it.identifier.to_string(),
            minor,
            on: it.received_on,
            document: line_of(&Item::from(it)),
        });
        self.changes.counted = Some(("exception", Some(minor)));
    }
}
