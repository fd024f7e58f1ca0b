//! One value in one cell.

mod amount;
mod moment;
mod names;
mod plain;

pub(crate) use amount::{read_amount, read_percent, write_amount, write_percent};
pub(crate) use moment::{Zones, write_moment};
pub(crate) use plain::Plain;

/// A fault of a cell. It does not repeat the cell's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// A stable code.
    pub(crate) code: &'static str,
    /// The expected content of the column.
    pub(crate) expected: &'static str,
}

impl Fault {
    /// A fault.
    pub(crate) const fn new(code: &'static str, expected: &'static str) -> Self {
        Self { code, expected }
    }
}

/// A value that is one cell, never an empty one.
pub(crate) trait Cell: Sized {
    /// The placeholder of a required value before its cell is read.
    fn blank() -> Self;

    /// Reads a cell that is not empty.
    fn read(text: &str) -> Result<Self, Fault>;

    /// Writes the value.
    fn write(&self, cell: &mut Vec<u8>);

    /// Any value, for tests.
    #[cfg(test)]
    fn sample(from: &mut crate::generate::Entropy<'_>) -> Self;
}
