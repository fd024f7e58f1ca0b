//! Why a document is not booked.

use std::borrow::Cow;

use bailiwick_sdk::document::ReferenceKind;

use crate::case::{Illegal, IllegalStep};
use crate::error::Error;
use crate::money::Overflow;

/// Why a document is refused. It becomes a problem of the report; nothing of the document counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    pub(crate) pointer: Option<&'static str>,
}

/// What a document waits for. The book finds the documents that wait for it by its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Awaited {
    /// An account, until it is placed.
    Account(String),
    /// The payment of an identifier.
    Identifier(String),
    /// A payment with a reference.
    Reference(ReferenceKind, String),
    /// A dispute, a complaint or a request for evidence of an account.
    Matter { account: String, identifier: String },
}

impl Awaited {
    /// The key, as the book has it.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Account(account) => format!("account:{account}"),
            Self::Identifier(identifier) => format!("identifier:{identifier}"),
            Self::Reference(kind, value) => format!("reference:{}:{value}", kind.name()),
            Self::Matter { account, identifier } => format!("matter:{account}:{identifier}"),
        }
    }
}

/// Why a document waits: something that it names is not in the book yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waits {
    pub(crate) refused: Refused,
    /// Each of these may let it go on.
    pub(crate) awaited: Vec<Awaited>,
}

/// Why booking stops: the document is refused or waits, or the whole act cannot go on.
#[derive(Debug)]
pub(crate) enum Stop {
    Refused(Refused),
    Waits(Waits),
    Failed(Error),
}

impl Stop {
    /// The error of an act that the rules cannot refuse: a refusal is an error of the host.
    pub(crate) fn into_failure(self) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Refused(refused) | Self::Waits(Waits { refused, .. }) => {
                Error::Invariant(format!("{}: {}", refused.code, refused.message))
            }
        }
    }

    /// The error of an act that the rules can refuse.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Refused(refused) | Self::Waits(Waits { refused, .. }) => {
                Error::Refused { code: refused.code.into_owned(), message: refused.message }
            }
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Overflow> for Stop {
    fn from(error: Overflow) -> Self {
        refuse("amount_too_large", error.to_string())
    }
}

impl From<Illegal> for Stop {
    fn from(illegal: Illegal) -> Self {
        refuse("illegal_move", illegal.to_string())
    }
}

impl From<IllegalStep> for Stop {
    fn from(illegal: IllegalStep) -> Self {
        refuse("illegal_step", illegal.to_string())
    }
}

pub(crate) type Booked<T = ()> = std::result::Result<T, Stop>;

pub(crate) fn refuse(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Stop {
    Stop::Refused(Refused { code: code.into(), message: message.into(), pointer: None })
}

pub(crate) fn refuse_at(code: &'static str, pointer: &'static str, message: impl Into<String>) -> Stop {
    Stop::Refused(Refused { code: code.into(), message: message.into(), pointer: Some(pointer) })
}

/// The document waits for any of these.
pub(crate) fn wait_at(
    code: &'static str,
    pointer: &'static str,
    message: impl Into<String>,
    awaited: Vec<Awaited>,
) -> Stop {
    let refused = Refused { code: code.into(), message: message.into(), pointer: Some(pointer) };
    Stop::Waits(Waits { refused, awaited })
}

/// The document waits for an account that was never placed.
pub(crate) fn wait_for_account(account: &str) -> Stop {
    let message = "the account was never placed in this engagement";
    wait_at("waits_for_account", "/account", message, vec![Awaited::Account(account.to_owned())])
}

pub(crate) fn invariant(message: impl Into<String>) -> Stop {
    Stop::Failed(Error::Invariant(message.into()))
}
