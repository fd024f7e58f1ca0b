//! The columns of a document and of a file.

use bailiwick_sdk::document::StatusKind;
use bailiwick_sdk::value::{Code, Component, Currency, Extra, Minor, Moment};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cell::Cell;
use crate::message::Kind;
use crate::walk::{Fields, PARTS, Walk};

/// A column of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name in the header row.
    pub(crate) name: String,
    /// Whether every row, and so every file, must have it.
    pub(crate) required: bool,
}

/// The columns of a document in order.
pub(crate) fn columns_of<T: Fields>() -> Vec<Column> {
    let mut names = Names { prefixes: Vec::new(), columns: Vec::new() };
    T::blank().walk(&mut names);
    names.columns
}

/// How many columns a document has.
pub(crate) fn count_of<T: Fields>() -> usize {
    let mut count = Count(0);
    T::blank().walk(&mut count);
    count.0
}

/// The columns of a file: the columns of its kinds, each name once. If there are several kinds, the column
/// `type` comes first.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The columns in canonical order.
    pub(crate) columns: Vec<Column>,
    /// For each kind, where each of its columns stands in `columns`.
    pub(crate) places: Vec<Vec<usize>>,
}

/// The column that tells the kinds of a file apart.
pub(crate) const TYPE: &str = "type";

impl Layout {
    /// The columns of a file of these kinds.
    pub(crate) fn of(kinds: &[Kind]) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        if kinds.len() > 1 {
            columns.push(Column { name: TYPE.to_owned(), required: true });
        }
        let mut places = Vec::new();
        for kind in kinds {
            let mut of_kind = Vec::new();
            for column in (kind.columns)() {
                let place = columns.iter().position(|have| have.name == column.name);
                of_kind.push(place.unwrap_or(columns.len()));
                match place.and_then(|place| columns.get_mut(place)) {
                    Some(have) => have.required |= column.required,
                    None => columns.push(column),
                }
            }
            places.push(of_kind);
        }
        if kinds.len() > 1 {
            // A file may hold rows of one kind only; then it needs only that kind's columns.
            for column in columns.iter_mut().filter(|column| column.name != TYPE) {
                column.required = kinds
                    .iter()
                    .all(|kind| (kind.columns)().iter().any(|own| own.required && own.name == column.name));
            }
        }
        Self { columns, places }
    }

    /// Where a column stands.
    pub(crate) fn find(&self, name: &[u8]) -> Option<usize> {
        self.columns.iter().position(|column| column.name.as_bytes() == name)
    }
}

/// Collects the names of columns.
struct Names {
    prefixes: Vec<&'static str>,
    columns: Vec<Column>,
}

impl Names {
    fn add(&mut self, name: &'static str, required: bool) {
        let mut full = String::new();
        for prefix in &self.prefixes {
            full.push_str(prefix);
            full.push('_');
        }
        full.push_str(name);
        // A group's required columns are required only if the group is present.
        self.columns.push(Column { name: full, required: required && self.prefixes.is_empty() });
    }
}

impl Walk for Names {
    fn required<T: Cell>(&mut self, name: &'static str, _: &mut T) {
        self.add(name, true);
    }
    fn optional<T: Cell>(&mut self, name: &'static str, _: &mut Option<T>) {
        self.add(name, false);
    }
    fn currency(&mut self, _: &mut Currency) {
        self.add("currency", true);
    }
    fn currency_or_home(&mut self, _: &mut Option<Currency>) {
        self.add("currency", false);
    }
    fn amount(&mut self, name: &'static str, _: &mut Minor) {
        self.add(name, true);
    }
    fn amount_if(&mut self, name: &'static str, _: &mut Option<Minor>) {
        self.add(name, false);
    }
    fn percent_if(&mut self, name: &'static str, _: &mut Option<u32>) {
        self.add(name, false);
    }
    fn moment(&mut self, [at, zone]: [&'static str; 2], _: &mut Moment) {
        self.add(at, true);
        self.add(zone, false);
    }
    fn moment_if(&mut self, [at, zone]: [&'static str; 2], _: &mut Option<Moment>) {
        self.add(at, false);
        self.add(zone, false);
    }
    fn parts(&mut self, total: Option<&'static str>, _: &mut Vec<Component>) {
        for name in total.into_iter().chain(PARTS) {
            self.add(name, false);
        }
    }
    fn status(&mut self, _: &mut StatusKind, _: &mut Option<Code>) {
        // One of the two columns is enough.
        self.add("status", false);
        self.add("code", false);
    }
    fn documents<T: Fields + Serialize + DeserializeOwned>(&mut self, name: &'static str, _: &mut Vec<T>) {
        self.add(name, false);
    }
    fn values<T: Cell + Serialize + DeserializeOwned>(&mut self, name: &'static str, _: &mut Vec<T>) {
        self.add(name, false);
    }
    fn extra(&mut self, _: &mut Extra) {
        self.add("extra", false);
    }
    fn group<T: Fields>(&mut self, prefix: &'static str, _: &mut Option<T>) {
        self.prefixes.push(prefix);
        T::blank().walk(self);
        self.prefixes.pop();
    }
}

/// Counts columns.
struct Count(usize);

impl Walk for Count {
    fn required<T: Cell>(&mut self, _: &'static str, _: &mut T) {
        self.0 += 1;
    }
    fn optional<T: Cell>(&mut self, _: &'static str, _: &mut Option<T>) {
        self.0 += 1;
    }
    fn currency(&mut self, _: &mut Currency) {
        self.0 += 1;
    }
    fn currency_or_home(&mut self, _: &mut Option<Currency>) {
        self.0 += 1;
    }
    fn amount(&mut self, _: &'static str, _: &mut Minor) {
        self.0 += 1;
    }
    fn amount_if(&mut self, _: &'static str, _: &mut Option<Minor>) {
        self.0 += 1;
    }
    fn percent_if(&mut self, _: &'static str, _: &mut Option<u32>) {
        self.0 += 1;
    }
    fn moment(&mut self, _: [&'static str; 2], _: &mut Moment) {
        self.0 += 2;
    }
    fn moment_if(&mut self, _: [&'static str; 2], _: &mut Option<Moment>) {
        self.0 += 2;
    }
    fn parts(&mut self, total: Option<&'static str>, _: &mut Vec<Component>) {
        self.0 += PARTS.len() + usize::from(total.is_some());
    }
    fn status(&mut self, _: &mut StatusKind, _: &mut Option<Code>) {
        self.0 += 2;
    }
    fn documents<T: Fields + Serialize + DeserializeOwned>(&mut self, _: &'static str, _: &mut Vec<T>) {
        self.0 += 1;
    }
    fn values<T: Cell + Serialize + DeserializeOwned>(&mut self, _: &'static str, _: &mut Vec<T>) {
        self.0 += 1;
    }
    fn extra(&mut self, _: &mut Extra) {
        self.0 += 1;
    }
    fn group<T: Fields>(&mut self, _: &'static str, _: &mut Option<T>) {
        T::blank().walk(self);
    }
}
