//! Every cap of a call, in one place.

use serde::{Deserialize, Serialize};

/// The limits of one call. All are required; the command uses [`Limits::production`].
///
/// Fuel is the deterministic budget: the same call uses the same fuel on every machine. The wall clock is a
/// guard in case fuel does not stop a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Fuel of a call before any input is counted.
    pub fuel_base: u64,
    /// Fuel added for each byte of input, so that a large file is not a fault.
    pub fuel_per_input_byte: u64,
    /// Wall-clock milliseconds of a call.
    pub wall_ms: u64,
    /// Bytes of linear memory of an instance, all memories together.
    pub memory_bytes: u64,
    /// Elements of tables of an instance, all tables together.
    pub table_elements: u64,
    /// Bytes given into one call.
    pub input_bytes: u64,
    /// Bytes given back by one call.
    pub output_bytes: u64,
    /// Bytes of log lines of one session.
    pub log_bytes: u64,
    /// Calls of host functions of one session.
    pub host_calls: u64,
}

impl Limits {
    /// The limits of the command in exchanges and, by default, in `plugin run`.
    pub const fn production() -> Self {
        Self {
            fuel_base: 50_000_000,
            fuel_per_input_byte: 2_000,
            wall_ms: 30_000,
            memory_bytes: 64 << 20,
            table_elements: 20_000,
            input_bytes: 4 << 20,
            output_bytes: 32 << 20,
            log_bytes: 64 << 10,
            host_calls: 1_000,
        }
    }

    pub(crate) fn fuel(&self, input_bytes: usize) -> u64 {
        self.fuel_base.saturating_add(self.fuel_per_input_byte.saturating_mul(input_bytes as u64))
    }
}

/// What a call used of its limits. Memory, tables, log and host calls are of the whole session so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Fuel burnt.
    pub fuel: u64,
    /// Wall-clock microseconds.
    pub wall_us: u64,
    /// Most bytes of memory at once.
    pub memory_bytes: u64,
    /// Most elements of tables at once.
    pub table_elements: u64,
    /// Bytes given in.
    pub input_bytes: u64,
    /// Bytes given back.
    pub output_bytes: u64,
    /// Bytes of log lines.
    pub log_bytes: u64,
    /// Calls of host functions.
    pub host_calls: u64,
}
