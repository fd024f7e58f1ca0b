//! What refuses the file.

use bailiwick_sdk::document::Problem;

/// The problem that refuses the file.
pub(crate) type Fatal = Box<Problem>;

/// The problem that refuses the file.
pub(crate) fn fatal(code: &str, line: u64, message: &str) -> Fatal {
    Box::new(Problem::fatal(code, line, message))
}

/// The file is no XML that could be read.
pub(crate) fn bad_xml(line: u64, why: &str) -> Fatal {
    fatal("bad_xml", line, why)
}
