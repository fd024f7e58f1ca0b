//! Whose a placement is.

use bailiwick_sdk::document::Placement;

use super::known::Elsewhere;

/// How a creditor names a person. The two kinds never meet: an account's key is not a customer's, even if both are
/// written the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum PersonKey {
    /// A customer, by the creditor's key of the customer.
    Customer(String),
    /// Who owes an account whose document names no customer: a person of their own, by the account.
    Account(String),
}

impl PersonKey {
    /// Whose the account of a placement is.
    pub(crate) fn of(placement: &Placement) -> Self {
        match &placement.customer {
            Some(customer) => Self::Customer(customer.to_string()),
            None => Self::Account(placement.account.to_string()),
        }
    }

    /// The kind, as in the book.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Customer(_) => "customer",
            Self::Account(_) => "account",
        }
    }

    /// The key, as the creditor writes it.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Customer(key) | Self::Account(key) => key,
        }
    }
}

/// The person of a placement that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) key: PersonKey,
    /// The book has no row of the person yet.
    pub(crate) is_new: bool,
}

/// What is known of a person.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownPerson {
    /// The number of the person's row, if there is one.
    pub(crate) id: Option<i64>,
    /// Engagements of the creditor's other agencies in which an account of the customer is open.
    pub(crate) elsewhere: Vec<Elsewhere>,
}
