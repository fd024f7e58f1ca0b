//! Faults of one record.

use bailiwick_sdk::document::Problem;
use bailiwick_sdk::kit::fixed::Column;

/// A reason to refuse a record, at one of its columns. It never repeats the column's content.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    code: &'static str,
    column: usize,
    message: String,
}

impl Fault {
    /// A fault in a column; `expected` completes the sentence "expected …".
    #[cold]
    pub(crate) fn new(code: &'static str, column: Column, expected: &str) -> Self {
        let (name, first, last) = (column.name, column.start, column.end());
        Self {
            code,
            column: first,
            message: format!("{name}, columns {first} to {last}: expected {expected}"),
        }
    }

    /// A required column is blank.
    #[cold]
    pub(crate) fn missing(column: Column) -> Self {
        Self::new("missing_field", column, "a value, the column is blank")
    }

    /// A fault at a place that no column's name describes.
    #[cold]
    pub(crate) fn at(code: &'static str, column: usize, message: &str) -> Self {
        Self { code, column, message: message.to_owned() }
    }

    /// The record is refused.
    pub(crate) fn error(self, line: u64) -> Problem {
        Problem::error(self.code, line, self.message).column(self.column)
    }

    /// The file is refused.
    pub(crate) fn fatal(self, line: u64) -> Fatal {
        fatal_at(self.code, line, self.column, self.message)
    }
}

/// A problem that refuses the file.
pub(crate) type Fatal = Box<Problem>;

/// A problem that refuses the file.
#[cold]
pub(crate) fn fatal(code: &str, line: u64, message: impl Into<String>) -> Fatal {
    Box::new(Problem::fatal(code, line, message))
}

/// The same, at a column.
#[cold]
pub(crate) fn fatal_at(code: &str, line: u64, column: usize, message: impl Into<String>) -> Fatal {
    Box::new(Problem::fatal(code, line, message).column(column))
}
