//! The knowledge that booking needs for a piece of documents.

use std::collections::BTreeSet;

use bailiwick_sdk::document::{HoldReason, Item, Status, StatusKind};
use bailiwick_sdk::value::{AccountKey, Day};

use super::payments::paid_account;
use super::person::PersonKey;
use super::references::{REFERENCES_MAX, references_of};
use super::statuses::is_of_work;

/// References of one document that are looked for: more than a document may have, with those in members of their own.
const REFERENCES_WANTED_MAX: usize = 2 * REFERENCES_MAX;

/// What booking needs to know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Accounts that are placed.
    pub(crate) placed: BTreeSet<String>,
    /// Accounts of which something else is said: with everything about them.
    pub(crate) accounts: BTreeSet<String>,
    /// Identifiers of money; the accounts of what they name are wanted too.
    pub(crate) identifiers: BTreeSet<String>,
    /// The texts of references of money; the payments with them and their accounts are wanted too.
    pub(crate) references: BTreeSet<String>,
    /// The persons of the accounts that are placed.
    pub(crate) persons: BTreeSet<PersonKey>,
    /// Accounts that a status gives to a court: with their payments, and with the statuses of work before it.
    pub(crate) to_court: BTreeSet<String>,
    /// Accounts that a status may take from a court: with their payments, if they were with one.
    pub(crate) from_court: BTreeSet<String>,
    /// First and last days of statements.
    pub(crate) periods: BTreeSet<(Day, Day)>,
}

impl Wanted {
    /// Everything about one account.
    pub(crate) fn account(account: &str) -> Self {
        Self { accounts: BTreeSet::from([account.to_owned()]), ..Self::default() }
    }

    /// Adds what an item needs.
    pub(crate) fn add(&mut self, item: &Item) {
        match item {
            Item::Header(_) | Item::Control(_) | Item::Problem(_) => {}
            Item::Placement(it) => {
                self.placed.insert(it.account.to_string());
                self.persons.insert(PersonKey::of(it));
            }
            Item::RemittanceStatement(it) => {
                self.periods.insert((it.from, it.to));
            }
            item => {
                self.accounts.extend(item.account().map(ToString::to_string));
                self.identifiers(item);
                if let Item::Status(it) = item {
                    self.court(it);
                }
            }
        }
    }

    fn identifiers(&mut self, item: &Item) {
        match item {
            Item::Payment(it) => {
                self.identifiers.insert(it.identifier.to_string());
            }
            Item::DirectPayment(it) => {
                self.identifiers.insert(it.identifier.to_string());
                self.accounts.extend(paid_account(it).map(AccountKey::into_string));
            }
            Item::Adjustment(it) => {
                self.identifiers.insert(it.identifier.to_string());
            }
            Item::Reversal(it) => {
                self.identifiers.insert(it.identifier.to_string());
                self.identifiers.extend(it.reverses.iter().chain(&it.reference).map(ToString::to_string));
                for (_, value) in references_of(item).into_iter().take(REFERENCES_WANTED_MAX) {
                    self.identifiers.insert(value.clone());
                    self.references.insert(value);
                }
            }
            _ => {}
        }
    }

    fn court(&mut self, it: &Status) {
        if it.status == StatusKind::Legal {
            self.to_court.insert(it.account.to_string());
        } else if is_of_work(it.status) || it.ends.contains(&HoldReason::Legal) {
            self.from_court.insert(it.account.to_string());
        }
    }

    /// Whether the item needs sums of the book, so that everything before it must be in the book first.
    pub(crate) fn is_of_sums(&self) -> bool {
        !self.periods.is_empty()
    }
}
