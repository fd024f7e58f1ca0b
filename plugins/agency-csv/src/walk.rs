//! The fields of a document in the order of its columns, defined once for reading and for writing.

use bailiwick_sdk::document::{Item, StatusKind};
use bailiwick_sdk::value::{Code, Component, Currency, Extra, Minor, Moment};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cell::Cell;

/// Visits the fields of a document: reads them from a row, writes them to a row, or collects their names.
/// Each call is one column, unless its comment says otherwise.
pub(crate) trait Walk {
    /// A required value.
    fn required<T: Cell>(&mut self, name: &'static str, value: &mut T);
    /// An optional value; the cell is empty if it is absent.
    fn optional<T: Cell>(&mut self, name: &'static str, value: &mut Option<T>);
    /// The column `currency`. It comes before the amounts, because it decides their digits.
    fn currency(&mut self, value: &mut Currency);
    /// The column `currency`, if it is optional. Without it, amounts are in the engagement's currency.
    fn currency_or_home(&mut self, value: &mut Option<Currency>);
    /// An amount.
    fn amount(&mut self, name: &'static str, value: &mut Minor);
    /// An amount that may be absent.
    fn amount_if(&mut self, name: &'static str, value: &mut Option<Minor>);
    /// Parts per million as percent.
    fn percent_if(&mut self, name: &'static str, value: &mut Option<u32>);
    /// An instant: two columns, its local time and its zone.
    fn moment(&mut self, names: [&'static str; 2], value: &mut Moment);
    /// An instant that may be absent.
    fn moment_if(&mut self, names: [&'static str; 2], value: &mut Option<Moment>);
    /// Amounts by bucket: the columns [`PARTS`], and before them their sum if it has a name.
    fn parts(&mut self, total: Option<&'static str>, value: &mut Vec<Component>);
    /// A status: the columns `status` and `code`.
    fn status(&mut self, status: &mut StatusKind, code: &mut Option<Code>);
    /// Documents as JSON.
    fn documents<T: Fields + Serialize + DeserializeOwned>(&mut self, name: &'static str, value: &mut Vec<T>);
    /// Values as JSON.
    fn values<T: Cell + Serialize + DeserializeOwned>(&mut self, name: &'static str, value: &mut Vec<T>);
    /// Columns with no canonical meaning as JSON.
    fn extra(&mut self, value: &mut Extra);
    /// A nested document: its own columns, with `prefix` and `_` before their names. It is present if any of
    /// them is not empty.
    fn group<T: Fields>(&mut self, prefix: &'static str, value: &mut Option<T>);
}

/// The columns of amounts by bucket, in the order of the ledger. `parts` has the amounts as JSON if one
/// amount for each bucket cannot express them.
pub(crate) const PARTS: [&str; 7] =
    ["principal", "interest", "penalty", "late_fee", "costs", "other", "parts"];

/// A value with fields.
pub(crate) trait Fields {
    /// A value of placeholders.
    fn blank() -> Self;

    /// Visits the fields. A reader replaces them, a writer does not change them.
    fn walk(&mut self, walk: &mut impl Walk);
}

/// A document that has a row of its own.
pub(crate) trait Document: Fields + Into<Item> {
    /// The kind, as in JSON.
    const KIND: &'static str;

    /// The document of an item of this kind.
    fn of(item: Item) -> Option<Self>;

    /// Notes the line it was read from.
    fn at(&mut self, line: u64);
}

/// Ties a document to its variant of [`Item`].
macro_rules! document {
    ($name:ident, $kind:literal) => {
        impl $crate::walk::Document for $name {
            const KIND: &'static str = $kind;

            fn of(item: ::bailiwick_sdk::document::Item) -> Option<Self> {
                match item {
                    ::bailiwick_sdk::document::Item::$name(document) => Some(document),
                    _ => None,
                }
            }

            fn at(&mut self, line: u64) {
                self.line = Some(line);
            }
        }
    };
    (Box<$name:ident>, $kind:literal) => {
        impl $crate::walk::Document for $name {
            const KIND: &'static str = $kind;

            fn of(item: ::bailiwick_sdk::document::Item) -> Option<Self> {
                match item {
                    ::bailiwick_sdk::document::Item::$name(document) => Some(*document),
                    _ => None,
                }
            }

            fn at(&mut self, line: u64) {
                self.line = Some(line);
            }
        }
    };
}

pub(crate) use document;
