//! Problems that refuse a file.

use bailiwick_sdk::document::Problem;

/// A problem that refuses the file; nothing is read after it.
pub(crate) type Fatal = Box<Problem>;

/// A problem that refuses the file.
pub(crate) fn fatal(code: &str, line: u64, message: impl Into<String>) -> Fatal {
    Box::new(Problem::fatal(code, line, message))
}
