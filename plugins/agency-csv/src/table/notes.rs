//! The warnings of a file.

use bailiwick_sdk::document::Problem;
use bailiwick_sdk::kit::resaved::Traces;
use bailiwick_sdk::plugin::Output;

/// The traces of spreadsheets seen so far, and the warnings of the present row.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) traces: Traces,
    row: Vec<Problem>,
}

impl Notes {
    /// Notes a warning of the present row.
    pub(crate) fn warn(&mut self, code: &str, line: u64, cell: usize, message: &str) {
        self.row.push(Problem::warning(code, line, message).column(cell + 1));
    }

    /// Tells all that is new after a row.
    pub(crate) fn tell(&mut self, line: u64, account: &str, out: &mut Output) {
        for warning in self.traces.warnings(line) {
            out.emit(warning);
        }
        for warning in self.row.drain(..) {
            out.emit(warning.account(account));
        }
    }
}
