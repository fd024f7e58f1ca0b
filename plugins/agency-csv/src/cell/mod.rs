//! One value in one cell.

use std::borrow::Cow;

use bailiwick_sdk::kit::resaved::{Traces, unseen_inside};
use bailiwick_sdk::kit::shape::{Named, Shapes, damaged};

mod amount;
mod moment;
mod names;
mod plain;

pub(crate) use amount::{read_amount, read_percent, write_amount, write_percent};
pub(crate) use moment::{Zones, write_moment};
pub(crate) use plain::{Plain, UNSEEN};

/// A fault of a cell. It does not repeat the cell's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// A stable code.
    pub(crate) code: &'static str,
    /// The expected content of the column.
    pub(crate) expected: Cow<'static, str>,
}

impl Fault {
    /// A fault.
    pub(crate) const fn new(code: &'static str, expected: &'static str) -> Self {
        Self { code, expected: Cow::Borrowed(expected) }
    }
}

/// How a cell is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Free text: every character of the cell counts.
    Text,
    /// A value of a known form. Traces of a spreadsheet around it do not count.
    Value,
    /// A code from a table: as a value, and no character in it is unseen.
    Code,
    /// A key: as a code, and it is not damaged and has its shape.
    Key(Named),
}

/// The column of the identity number of a person.
pub(crate) const IDENTITY: &str = "identity_number";
/// The column of a telephone number or another number of a person.
pub(crate) const NUMBER: &str = "number";

impl Role {
    /// The same role, or the one that a column gives to its keys.
    pub(crate) fn of(self, column: &str) -> Self {
        match (self, column) {
            (Self::Key(_), "account_number") => Self::Key(Named::AccountNumber),
            (Self::Key(_), "reference") => Self::Key(Named::Reference),
            _ => self,
        }
    }
}

/// Whether a reader takes the text of a column as it was written.
pub(crate) fn is_kept(shapes: &Shapes, role: Role, column: &str, text: &str) -> bool {
    let whole = || Traces::new().keeps_key(text) && unseen_inside(text).is_none();
    match role.of(column) {
        Role::Text if column != NUMBER => true,
        Role::Value => true,
        Role::Code => whole(),
        Role::Text => whole() && damaged(text).is_none(),
        Role::Key(named) => whole() && shapes.damage(named, text).is_none(),
    }
}

/// A value that is one cell, never an empty one.
pub(crate) trait Cell: Sized {
    /// How the cell is read.
    const ROLE: Role = Role::Value;

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
