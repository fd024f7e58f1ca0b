//! The fields of a document in the order of its columns, told once for reading and for writing.

use bailiwick_sdk::document::{Item, StatusKind};
use bailiwick_sdk::value::{Code, Component, Currency, Extra, Minor, Moment};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cell::Cell;

/// Goes through the fields of a document: reads them from a row, writes them to one, or only asks
/// for their names. Each call but those that say otherwise is one column.
pub(crate) trait Walk {
    /// A value that is always there.
    fn required<T: Cell>(&mut self, name: &'static str, value: &mut T);
    /// A value that may be absent: an empty cell.
    fn optional<T: Cell>(&mut self, name: &'static str, value: &mut Option<T>);
    /// The column `currency`. It comes before the amounts, whose digits it decides.
    fn currency(&mut self, value: &mut Currency);
    /// The column `currency` where it may be absent: then amounts are in that of the engagement.
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
    /// A document inside: its own columns, with `prefix` and `_` before their names. It is there if
    /// any of them is not empty.
    fn group<T: Fields>(&mut self, prefix: &'static str, value: &mut Option<T>);
}

/// The columns of amounts by bucket, in the order of the ledger; `parts` says it all as JSON where
/// one amount a bucket does not.
pub(crate) const PARTS: [&str; 7] =
    ["principal", "interest", "penalty", "late_fee", "costs", "other", "parts"];

/// Something with fields.
pub(crate) trait Fields {
    /// With nothing but placeholders.
    fn blank() -> Self;

    /// Goes through the fields. A reader leaves what it read, a writer leaves the document as it was.
    fn walk(&mut self, walk: &mut impl Walk);
}

/// A document that is a row of its own.
pub(crate) trait Document: Fields + Into<Item> {
    /// The kind, as in JSON.
    const KIND: &'static str;

    /// The document of an item of that kind.
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
