//! The limits of a session as they are stored.

use serde::{Deserialize, Serialize};

/// The limits of a session's calls, as its entry stores them. A limit that is absent did not bound the calls. So
/// entries of earlier hosts stay readable when a limit is added, and entries of later hosts with more limits are
/// readable here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
// The schema describes written entries, which have every limit.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(!default))]
#[serde(default)]
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
    /// No limit.
    pub const UNLIMITED: Self = Self {
        fuel_base: u64::MAX,
        fuel_per_input_byte: u64::MAX,
        wall_ms: u64::MAX,
        memory_bytes: u64::MAX,
        table_elements: u64::MAX,
        input_bytes: u64::MAX,
        output_bytes: u64::MAX,
        log_bytes: u64::MAX,
        host_calls: u64::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::UNLIMITED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_limit_is_no_bound_and_an_unknown_limit_is_ignored() {
        let read: Limits = serde_json::from_str(r#"{"wall_ms":7,"threads":1}"#).unwrap();
        assert_eq!(read, Limits { wall_ms: 7, ..Limits::UNLIMITED });
    }
}
