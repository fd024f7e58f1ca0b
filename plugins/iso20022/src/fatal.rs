//! Problems that refuse the file.

use bailiwick_sdk::document::Problem;

/// The problem that refuses the file.
pub(crate) type Fatal = Box<Problem>;

/// The problem that refuses the file.
pub(crate) fn fatal(code: &str, line: u64, message: &str) -> Fatal {
    Box::new(Problem::fatal(code, line, message))
}

/// The problem of a file that is not well-formed XML.
pub(crate) fn bad_xml(line: u64, why: &str) -> Fatal {
    fatal("bad_xml", line, why)
}
