//! Reads a document from a row.

use bailiwick_sdk::document::{Item, Problem, StatusKind};
use bailiwick_sdk::kit::table::Row;
use bailiwick_sdk::value::{Bucket, Code, Component, Currency, Extra, Minor, Moment, sum};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Settings;
use super::columns::count_of;
use crate::cell::{Cell, Fault, read_amount, read_percent};
use crate::config::canonical_status;
use crate::walk::{Document, Fields, Walk};

/// Reads a row. The first fault is kept; the rest of the row is still read for its amounts.
pub(crate) struct RowReader<'a> {
    row: Row<'a>,
    /// For each field of the document, the cell it stands in.
    places: &'a [Option<usize>],
    settings: &'a mut Settings,
    /// The next field.
    at: usize,
    /// Digits behind the point of this row's currency.
    decimals: u8,
    fault: Option<(Fault, Option<usize>)>,
    /// The amounts of [`Walk::parts`] that could be read.
    readable: i64,
}

impl<'a> RowReader<'a> {
    /// A row whose fields stand in `places`.
    pub(crate) fn new(row: Row<'a>, places: &'a [Option<usize>], settings: &'a mut Settings) -> Self {
        let decimals = settings.decimals.of(settings.home);
        Self { row, places, settings, at: 0, decimals, fault: None, readable: 0 }
    }

    /// The row as a document, or its first fault.
    pub(crate) fn read<T: Document>(mut self) -> Result<Item, Box<Problem>> {
        let mut document = T::blank();
        document.walk(&mut self);
        let line = self.row.line;
        let Some((fault, cell)) = self.fault else {
            document.at(line);
            return Ok(document.into());
        };
        let mut problem = Problem::error(fault.code, line, fault.expected);
        if let Some(cell) = cell {
            problem = problem.column(cell + 1);
        }
        if T::KIND == "placement" {
            problem = problem.readable(self.readable);
        }
        Err(Box::new(problem))
    }

    fn fail(&mut self, fault: Fault, cell: Option<usize>) {
        if self.fault.is_none() {
            self.fault = Some((fault, cell));
        }
    }

    /// The next field's cell, if the file has it and it is not empty.
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let place = self.places.get(self.at).copied().flatten();
        self.at += 1;
        let place = place?;
        let bytes = self.row.cell(place).filter(|bytes| !bytes.is_empty())?;
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Some((place, text)),
            Ok(_) => {
                let fault = Fault::new("nul_byte", "a NUL byte stands in this cell; expected text");
                self.fail(fault, Some(place));
                None
            }
            Err(_) => {
                let fault = Fault::new("invalid_characters", "expected text in UTF-8");
                self.fail(fault, Some(place));
                None
            }
        }
    }

    fn value<T>(&mut self, read: impl FnOnce(&mut Self, &str) -> Result<T, Fault>) -> Option<T> {
        let (place, text) = self.next()?;
        match read(self, text) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fail(fault, Some(place));
                None
            }
        }
    }

    /// Keeps the value of a field that must have one.
    fn must<T>(&mut self, value: &mut T, read: impl FnOnce(&mut Self, &str) -> Result<T, Fault>) {
        let place = self.places.get(self.at).copied().flatten();
        match self.value(read) {
            Some(found) => *value = found,
            None => self.fail(Fault::new("missing_field", "expected a value in this column"), place),
        }
    }

    fn json<T: DeserializeOwned>(&mut self, value: &mut T) {
        let read = |_: &mut Self, text: &str| {
            serde_json::from_str(text)
                .map_err(|_| Fault::new("bad_json", "expected the JSON that the README describes"))
        };
        if let Some(found) = self.value(read) {
            *value = found;
        }
    }

    fn read_part(&mut self) -> Option<Minor> {
        let part = self.value(|it, text| read_amount(text, it.decimals))?;
        self.readable = self.readable.saturating_add(part.get());
        Some(part)
    }
}

impl Walk for RowReader<'_> {
    fn required<T: Cell>(&mut self, _: &'static str, value: &mut T) {
        self.must(value, |_, text| T::read(text));
    }

    fn optional<T: Cell>(&mut self, _: &'static str, value: &mut Option<T>) {
        *value = self.value(|_, text| T::read(text));
    }

    fn currency(&mut self, value: &mut Currency) {
        self.must(value, |_, text| Currency::read(text));
        self.decimals = self.settings.decimals.of(*value);
    }

    fn currency_or_home(&mut self, value: &mut Option<Currency>) {
        *value = self.value(|_, text| Currency::read(text));
        self.decimals = self.settings.decimals.of(value.unwrap_or(self.settings.home));
    }

    fn amount(&mut self, _: &'static str, value: &mut Minor) {
        self.must(value, |it, text| read_amount(text, it.decimals));
    }

    fn amount_if(&mut self, _: &'static str, value: &mut Option<Minor>) {
        *value = self.value(|it, text| read_amount(text, it.decimals));
    }

    fn percent_if(&mut self, _: &'static str, value: &mut Option<u32>) {
        *value = self.value(|_, text| read_percent(text));
    }

    fn moment(&mut self, names: [&'static str; 2], value: &mut Moment) {
        let place = self.places.get(self.at).copied().flatten();
        let mut found = None;
        self.moment_if(names, &mut found);
        match found {
            Some(found) => *value = found,
            None => self.fail(Fault::new("missing_field", "expected a value in this column"), place),
        }
    }

    fn moment_if(&mut self, _: [&'static str; 2], value: &mut Option<Moment>) {
        let (at, zone) = (self.next(), self.next());
        match (at, zone) {
            (Some((place, at)), zone) => {
                let read = self.settings.zones.read(at, zone.map(|(_, name)| name));
                match read {
                    Ok(moment) => *value = Some(moment),
                    Err(fault) => self.fail(fault, Some(place)),
                }
            }
            (None, Some((place, _))) => {
                self.fail(Fault::new("missing_field", "expected a time beside its zone"), Some(place));
            }
            (None, None) => {}
        }
    }

    fn parts(&mut self, total: Option<&'static str>, value: &mut Vec<Component>) {
        let place = self.places.get(self.at).copied().flatten();
        let stated =
            if total.is_some() { self.value(|it, text| read_amount(text, it.decimals)) } else { None };
        let amounts = Bucket::ALL.map(|bucket| (bucket, self.read_part()));
        let plain = || {
            let part = |(bucket, minor)| Some(Component { bucket, code: None, minor: minor? });
            amounts.into_iter().filter_map(part).collect::<Vec<_>>()
        };
        self.json(value);
        let each = |bucket| sum(value.iter().filter(|part| part.bucket == bucket).map(|part| part.minor));
        if value.is_empty() {
            *value = plain();
        } else if amounts.iter().any(|(bucket, minor)| minor.is_some() && each(*bucket) != *minor) {
            let fault = Fault::new("split_mismatch", "the parts do not sum to the amounts of their columns");
            self.fail(fault, place);
        }
        if stated.is_some() && sum(value.iter().map(|part| part.minor)) != stated {
            self.fail(Fault::new("split_mismatch", "the amounts do not sum to the total of the row"), place);
        }
    }

    fn status(&mut self, status: &mut StatusKind, code: &mut Option<Code>) {
        const UNKNOWN: Fault =
            Fault::new("unknown_code", "expected a status of the README's table, or one of `status_codes`");
        let place = self.places.get(self.at).copied().flatten();
        let named = self.next();
        *code = self.value(|_, text| Code::read(text));
        let found = match (named, code.as_ref()) {
            (Some((_, name)), _) => canonical_status(name).or_else(|| {
                let own = self.settings.config.status_of(name);
                if own.is_some() && code.is_none() {
                    *code = Code::new(name).ok();
                }
                own
            }),
            (None, Some(code)) => self.settings.config.status_of(code),
            (None, None) => {
                self.fail(Fault::new("missing_field", "expected a status"), place);
                return;
            }
        };
        match found {
            Some(found) => *status = found,
            None => self.fail(UNKNOWN, place),
        }
    }

    fn documents<T: Fields + Serialize + DeserializeOwned>(&mut self, _: &'static str, value: &mut Vec<T>) {
        self.json(value);
    }

    fn values<T: Cell + Serialize + DeserializeOwned>(&mut self, _: &'static str, value: &mut Vec<T>) {
        self.json(value);
    }

    fn extra(&mut self, value: &mut Extra) {
        self.json(value);
    }

    fn group<T: Fields>(&mut self, _: &'static str, value: &mut Option<T>) {
        let count = count_of::<T>();
        let fields = self.places.get(self.at..self.at + count).unwrap_or_default();
        let there =
            fields.iter().flatten().any(|place| self.row.cell(*place).is_some_and(|cell| !cell.is_empty()));
        if !there {
            self.at += count;
            return;
        }
        let mut group = T::blank();
        group.walk(self);
        *value = Some(group);
    }
}
