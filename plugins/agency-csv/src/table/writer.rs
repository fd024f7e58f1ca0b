//! Writes a row from a document.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::StatusKind;
use bailiwick_sdk::value::{Bucket, Code, Component, Currency, Extra, Minor, Moment, sum};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Settings;
use super::columns::{Layout, count_of};
use crate::cell::{Cell, IDENTITY, Role, is_kept, write_amount, write_moment, write_percent};
use crate::walk::{Fields, Walk};

/// Columns that every account needs: they are written even if the configuration leaves them out.
const ALWAYS: [&str; 10] = [
    "account",
    "currency",
    "placed",
    "principal",
    "interest",
    "penalty",
    "late_fee",
    "costs",
    "other",
    "parts",
];

/// The columns that are written, in order: those of a header that this format wrote, otherwise all; then only
/// those that `wanted` allows.
pub(crate) fn order(
    layout: &Layout,
    header: &[impl AsRef<str>],
    wanted: Option<&[impl AsRef<str>]>,
) -> Vec<usize> {
    let given: Option<Vec<usize>> = header.iter().map(|name| layout.find(name.as_ref().as_bytes())).collect();
    let whole = |given: &Vec<usize>| {
        layout.columns.iter().enumerate().all(|(place, column)| !column.required || given.contains(&place))
    };
    let all = || (0..layout.columns.len()).collect();
    let mut order = given.filter(whole).unwrap_or_else(all);
    if let Some(wanted) = wanted {
        order.retain(|place| {
            layout.columns.get(*place).is_some_and(|column| {
                let name = column.name.as_str();
                ALWAYS.contains(&name) || wanted.iter().any(|wanted| wanted.as_ref() == name)
            })
        });
    }
    order
}

/// The cells of a row being filled.
#[derive(Debug, Default)]
pub(crate) struct RowWriter {
    bytes: Vec<u8>,
    /// For each column of the layout, where its text stands in `bytes`.
    spans: Vec<(usize, usize)>,
    /// For each field of the document, its column.
    places: Vec<usize>,
    /// The next field.
    at: usize,
    decimals: u8,
    /// A key that a reader would change or refuse.
    bad_key: bool,
}

impl RowWriter {
    /// Fills the row from a document whose fields stand in `places`.
    ///
    /// # Errors
    /// `bad_document`.
    pub(crate) fn fill<T: Fields>(
        &mut self,
        document: &mut T,
        columns: usize,
        places: &[usize],
        settings: &mut Settings,
    ) -> Result<(), Refusal> {
        self.bytes.clear();
        self.spans.clear();
        self.spans.resize(columns, (0, 0));
        self.places.clear();
        self.places.extend_from_slice(places);
        self.at = 0;
        self.bad_key = false;
        self.decimals = settings.decimals.of(settings.home);
        document.walk(&mut Filling { row: self, settings });
        if bailiwick_sdk::memchr::memchr(0, &self.bytes).is_some() {
            return Err(Refusal::new("bad_document", "a text has a NUL character, which no file may hold"));
        }
        if self.bad_key {
            let message = "a key has an apostrophe around it, a character that nobody sees inside it, or the form \
                           of a number that a spreadsheet destroyed; a reader would refuse or change it";
            return Err(Refusal::new("bad_document", message));
        }
        Ok(())
    }

    /// Sets the text of a column.
    pub(crate) fn set(&mut self, column: usize, text: &str) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text.as_bytes());
        if let Some(span) = self.spans.get_mut(column) {
            *span = (start, self.bytes.len());
        }
    }

    /// The cells in the order of `columns`.
    pub(crate) fn cells<'a>(&'a self, columns: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
        columns.iter().map(|column| {
            let (start, end) = self.spans.get(*column).copied().unwrap_or_default();
            self.bytes.get(start..end).unwrap_or_default()
        })
    }
}

/// A row being filled from a document.
struct Filling<'a> {
    row: &'a mut RowWriter,
    settings: &'a mut Settings,
}

impl Filling<'_> {
    /// The next field's text.
    fn put(&mut self, write: impl FnOnce(&mut Vec<u8>, &mut Settings)) {
        let row = &mut *self.row;
        let start = row.bytes.len();
        write(&mut row.bytes, self.settings);
        let place = row.places.get(row.at).copied();
        row.at += 1;
        if let Some(span) = place.and_then(|place| row.spans.get_mut(place)) {
            *span = (start, row.bytes.len());
        }
    }

    fn put_cell<T: Cell>(&mut self, column: &str, value: &T) {
        let start = self.row.bytes.len();
        self.put(|cell, _| value.write(cell));
        // The identity number of a person is no key: what is wrong with it refuses nothing.
        if matches!(T::ROLE, Role::Code | Role::Key(_)) && column != IDENTITY {
            let shapes = &self.settings.config.shapes;
            let written = self.row.bytes.get(start..).and_then(|text| std::str::from_utf8(text).ok());
            self.row.bad_key |= written.is_some_and(|text| !is_kept(shapes, T::ROLE, column, text));
        }
    }

    fn put_amount(&mut self, minor: Option<Minor>) {
        let decimals = self.row.decimals;
        self.put(|cell, _| {
            if let Some(minor) = minor {
                write_amount(cell, minor, decimals);
            }
        });
    }

    fn put_json(&mut self, there: bool, value: &impl Serialize) {
        self.put(|cell, _| {
            if there {
                let wrote = serde_json::to_writer(cell, value);
                debug_assert!(wrote.is_ok());
            }
        });
    }
}

impl Walk for Filling<'_> {
    fn required<T: Cell>(&mut self, name: &'static str, value: &mut T) {
        self.put_cell(name, value);
    }

    fn optional<T: Cell>(&mut self, name: &'static str, value: &mut Option<T>) {
        match value {
            Some(value) => self.put_cell(name, value),
            None => self.put(|_, _| ()),
        }
    }

    fn currency(&mut self, value: &mut Currency) {
        self.row.decimals = self.settings.decimals.of(*value);
        self.put(|cell, _| value.write(cell));
    }

    fn currency_or_home(&mut self, value: &mut Option<Currency>) {
        self.row.decimals = self.settings.decimals.of(value.unwrap_or(self.settings.home));
        self.optional("", value);
    }

    fn amount(&mut self, _: &'static str, value: &mut Minor) {
        self.put_amount(Some(*value));
    }

    fn amount_if(&mut self, _: &'static str, value: &mut Option<Minor>) {
        self.put_amount(*value);
    }

    fn percent_if(&mut self, _: &'static str, value: &mut Option<u32>) {
        self.put(|cell, _| {
            if let Some(ppm) = value {
                write_percent(cell, *ppm);
            }
        });
    }

    fn moment(&mut self, _: [&'static str; 2], value: &mut Moment) {
        self.put(|cell, settings| write_moment(cell, value, &mut settings.zones));
        self.put(|cell, _| value.zone.write(cell));
    }

    fn moment_if(&mut self, names: [&'static str; 2], value: &mut Option<Moment>) {
        match value {
            Some(value) => self.moment(names, value),
            None => {
                self.put(|_, _| ());
                self.put(|_, _| ());
            }
        }
    }

    fn parts(&mut self, total: Option<&'static str>, value: &mut Vec<Component>) {
        // A sum beyond the bound of an amount has no cell; the column `parts` has all amounts.
        if total.is_some() {
            self.put_amount(sum(value.iter().map(|part| part.minor)));
        }
        for bucket in Bucket::ALL {
            let mut of_bucket = value.iter().filter(|part| part.bucket == bucket).peekable();
            let there = of_bucket.peek().is_some();
            self.put_amount(sum(of_bucket.map(|part| part.minor)).filter(|_| there));
        }
        self.put_json(!is_plain(value), value);
    }

    fn status(&mut self, status: &mut StatusKind, code: &mut Option<Code>) {
        self.required("status", status);
        self.optional("code", code);
    }

    fn documents<T: Fields + Serialize + DeserializeOwned>(&mut self, _: &'static str, value: &mut Vec<T>) {
        self.put_json(!value.is_empty(), value);
    }

    fn values<T: Cell + Serialize + DeserializeOwned>(&mut self, _: &'static str, value: &mut Vec<T>) {
        self.put_json(!value.is_empty(), value);
    }

    fn extra(&mut self, value: &mut Extra) {
        self.put_json(!value.is_empty(), value);
    }

    fn group<T: Fields>(&mut self, _: &'static str, value: &mut Option<T>) {
        match value {
            Some(value) => value.walk(self),
            None => self.row.at += count_of::<T>(),
        }
    }
}

/// Whether one amount for each bucket, in the ledger's order, gives the same parts.
fn is_plain(parts: &[Component]) -> bool {
    let ordered =
        parts.windows(2).all(|pair| matches!(pair, [first, second] if first.bucket < second.bucket));
    ordered && parts.iter().all(|part| part.code.is_none())
}
