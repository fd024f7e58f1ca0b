//! Why a document is not booked.

use std::borrow::Cow;

use crate::case::{Illegal, IllegalStep};
use crate::error::Error;
use crate::money::Overflow;

/// Why a document is refused. It becomes a problem of the report; nothing of the document counts.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    pub(crate) pointer: Option<&'static str>,
}

/// Why booking stops: the document is refused, or the whole act cannot go on.
#[derive(Debug)]
pub(crate) enum Stop {
    Refused(Refused),
    Failed(Error),
}

impl Stop {
    /// The error of an act that the rules cannot refuse: a refusal is an error of the host.
    pub(crate) fn into_failure(self) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Refused(refused) => Error::Invariant(format!("{}: {}", refused.code, refused.message)),
        }
    }

    /// The error of an act that the rules can refuse.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Refused(refused) => {
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

pub(crate) fn invariant(message: impl Into<String>) -> Stop {
    Stop::Failed(Error::Invariant(message.into()))
}
