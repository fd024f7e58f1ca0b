//! Items about the file itself: its header, its control totals and its problems.

use serde::{Deserialize, Serialize};

use crate::value::{AccountKey, Code, Currency, Day, Identifier, ItemKey, Minor, Name, Remark};

record! {
    /// The description of a file by its sender. A decoder emits at most one: first if the file has a header, last if
    /// it has a trailer.
    pub struct Header {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        optional {
            /// The identity the sender gave the file (a message number), if the format has one.
            identity: ItemKey,
            /// The day the sender made it.
            created_on: Day,
            /// The agency's code at the bank.
            agency: Code,
            /// The agency's name.
            agency_name: Name,
            /// The creditor's code.
            creditor: Code,
            /// The currency, if the file names one.
            currency: Currency,
            /// The number of the file in its sequence.
            sequence: u64,
            /// The character encoding it was read with, such as `gb18030`.
            encoding: Code,
        }
        lists {
            /// The columns of a table, in file order.
            columns: Vec<Name>,
            /// The file began with a byte order mark.
            byte_order_mark: bool,
        }
    }
}

record! {
    /// A control total of the file: the stated figure and the figure that the plugin found. The host refuses the file
    /// if the two differ, and computes for itself the figures that it can.
    pub struct Control {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The problem code if they differ, such as `trailer_count_mismatch`.
            code: Identifier,
            /// What is counted or summed: `records`, `accounts`, `placed`, or a column's name.
            what: Name,
            /// What the file states, as a count or in minor units.
            stated: i64,
            /// What was found.
            found: i64,
        }
    }
}

/// How far a problem reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "lowercase")]
pub enum Severity {
    /// A warning; nothing is refused.
    Warning,
    /// The record, and with it the account it places, is refused.
    Error,
    /// The file is refused.
    Fatal,
}

crate::value::strict!(Severity);

impl Severity {
    /// The name, as in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

record! {
    /// Something wrong, with its place. The message never repeats personal data.
    pub struct Problem {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// A stable code, such as `bad_amount`; docs/problem-codes.md lists them.
            code: Identifier,
            /// How far it reaches.
            severity: Severity,
            /// What is wrong, what was expected, what to do.
            message: Remark,
        }
        optional {
            /// The column: of characters in a fixed-width record, of cells in a table; from 1.
            column: u32,
            /// The place in the document as a JSON pointer.
            pointer: Remark,
            /// The account it concerns. An error with an account refuses that account.
            account: AccountKey,
            /// For a refused placement: the amounts that could be read, as the control total counts them.
            readable: Minor,
        }
    }
}

impl Problem {
    /// A problem at a line of the file. A code that is no [`Identifier`] becomes `unnamed`.
    pub fn at(severity: Severity, code: &str, line: u64, message: impl Into<String>) -> Self {
        const UNNAMED: &str = "unnamed";
        let code = Identifier::new(code).or_else(|_| Identifier::new(UNNAMED));
        let message = Remark::trimmed(&message.into()).or_else(|| Remark::trimmed(UNNAMED));
        match (code, message) {
            (Ok(code), Some(message)) => Self { line: Some(line), ..Self::new(code, severity, message) },
            // Both members fit: text that does not fit was replaced above.
            _ => unreachable!("a problem has a code and a message"),
        }
    }

    /// The file is refused.
    pub fn fatal(code: &str, line: u64, message: impl Into<String>) -> Self {
        Self::at(Severity::Fatal, code, line, message)
    }

    /// The record is refused.
    pub fn error(code: &str, line: u64, message: impl Into<String>) -> Self {
        Self::at(Severity::Error, code, line, message)
    }

    /// A warning.
    pub fn warning(code: &str, line: u64, message: impl Into<String>) -> Self {
        Self::at(Severity::Warning, code, line, message)
    }

    /// The same, about an account.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        self.account = AccountKey::trimmed(account);
        self
    }

    /// The same, at a column.
    #[must_use]
    pub fn column(mut self, column: usize) -> Self {
        self.column = u32::try_from(column).ok();
        self
    }

    /// The same, for a refused placement whose readable amounts sum to `minor`.
    #[must_use]
    pub fn readable(mut self, minor: i64) -> Self {
        self.readable = Minor::new(minor);
        self
    }
}
