//! A record of calls outside of a home.

use super::recorder::Given;
use crate::audit::CallOutcome;
use crate::engine::{Called, LogLine, Usage};
use crate::recorded;

/// A call on a tape.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Taped {
    /// The function's name.
    pub function: &'static str,
    /// The context of a decision.
    pub context: Option<Vec<u8>>,
    /// The input.
    pub input: Vec<u8>,
    /// The output; none for a fault.
    pub output: Option<Vec<u8>>,
    /// How it ended.
    pub outcome: CallOutcome,
}

/// Records calls where there is no audit log: at an author's desk, for a demonstration, in tests. It counts what the
/// calls used and keeps the lines that the plugin logged.
#[derive(Debug, Default)]
pub struct Tape {
    keeps_bytes: bool,
    calls: Vec<Taped>,
    count: u64,
    usage: Usage,
    log: Vec<LogLine>,
}

impl Tape {
    /// A tape that also keeps the inputs and outputs of calls.
    pub fn keeping_bytes() -> Self {
        Self { keeps_bytes: true, ..Self::default() }
    }

    /// The calls, if their bytes are kept.
    pub fn calls(&self) -> &[Taped] {
        &self.calls
    }

    /// How many calls were made.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The usage of all calls together: the maximum of memory and of tables, the sum of everything else.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// The lines that the plugin logged.
    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// Records a call. Returns its number, from 0.
    pub(super) fn record(&mut self, given: &Given<'_>, called: &Called) -> u64 {
        let Usage { fuel, wall_us, memory_bytes, table_elements, input_bytes, output_bytes, .. } =
            called.usage;
        let total = &mut self.usage;
        total.fuel += fuel;
        total.wall_us += wall_us;
        total.memory_bytes = total.memory_bytes.max(memory_bytes);
        total.table_elements = total.table_elements.max(table_elements);
        total.input_bytes += input_bytes;
        total.output_bytes += output_bytes;
        // A call reports these two for its whole session so far.
        total.log_bytes = called.usage.log_bytes;
        total.host_calls = called.usage.host_calls;
        self.log.extend(called.log.iter().cloned());
        if self.keeps_bytes {
            self.calls.push(Taped {
                function: given.function.name(),
                context: given.context.map(<[u8]>::to_vec),
                input: given.input.to_vec(),
                output: called.result.as_ref().ok().cloned(),
                outcome: recorded::outcome(called),
            });
        }
        self.count += 1;
        self.count - 1
    }
}
