//! Reads a document from a row.

use bailiwick_sdk::document::{Item, Problem, StatusKind};
use bailiwick_sdk::kit::resaved::{is_blank, unseen_inside};
use bailiwick_sdk::kit::table::Row;
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::value::{Bucket, Code, Component, Currency, Extra, Minor, Moment, sum};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::columns::count_of;
use super::{Notes, Settings};
use crate::cell::{Cell, Fault, IDENTITY, NUMBER, Role, UNSEEN, read_amount, read_percent};
use crate::config::canonical_status;
use crate::walk::{Document, Fields, Walk};

/// Reads a row. The first fault is kept; the rest of the row is still read for its amounts.
pub(crate) struct RowReader<'a> {
    row: Row<'a>,
    /// For each field of the document, the cell it stands in.
    places: &'a [Option<usize>],
    settings: &'a mut Settings,
    notes: &'a mut Notes,
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
    pub(crate) fn new(
        row: Row<'a>,
        places: &'a [Option<usize>],
        settings: &'a mut Settings,
        notes: &'a mut Notes,
    ) -> Self {
        let decimals = settings.decimals.of(settings.home);
        Self { row, places, settings, notes, at: 0, decimals, fault: None, readable: 0 }
    }

    /// The row as a document, or its first fault.
    pub(crate) fn read<T: Document>(mut self) -> Result<Item, Box<Problem>> {
        let mut document = T::blank();
        document.walk(&mut self);
        let line = self.row.line;
        let Some((fault, cell)) = self.fault.take() else {
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

    /// The text of the next field without traces of a spreadsheet around it, if anything is left.
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let (place, text) = self.next_raw()?;
        let text = self.notes.traces.key(text);
        if text.is_empty() { None } else { Some((place, text)) }
    }

    /// The next field's cell, if the file has it and it is not empty.
    fn next_raw(&mut self) -> Option<(usize, &'a str)> {
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
        let Some((place, text)) = self.next_raw() else { return };
        match serde_json::from_str(text) {
            Ok(found) => *value = found,
            Err(_) => {
                let fault = Fault::new("bad_json", "expected the JSON that the README describes");
                self.fail(fault, Some(place));
            }
        }
    }

    /// The value of the next field, read as its kind asks.
    fn cell<T: Cell>(&mut self, column: &str) -> Option<T> {
        let raw = T::ROLE == Role::Text && column != NUMBER;
        let (place, text) = if raw { self.next_raw() } else { self.next() }?;
        match self.read_cell(column, place, text) {
            Ok(value) => value,
            Err(fault) => {
                self.fail(fault, Some(place));
                None
            }
        }
    }

    fn read_cell<T: Cell>(&mut self, column: &str, place: usize, text: &str) -> Result<Option<T>, Fault> {
        let shapes = &self.settings.config.shapes;
        let doubt = match column {
            IDENTITY => shapes.identity(text, None),
            NUMBER => shapes.phone(text),
            _ => None,
        };
        let mut mended = None;
        if let Some(doubt) = doubt {
            self.notes.warn(doubt.code, self.row.line, place, &doubt.message);
            if doubt.lost {
                return Ok(None);
            }
            mended = doubt.mended;
        }
        let text = mended.as_deref().unwrap_or(text);
        match T::ROLE.of(column) {
            Role::Code if unseen_inside(text).is_some() => return Err(UNSEEN),
            Role::Key(named) if column != IDENTITY => {
                shapes
                    .key(named, text)
                    .map_err(|bad| Fault { code: bad.code, expected: bad.message.into() })?;
            }
            _ => {}
        }
        T::read(text).map(Some)
    }

    fn read_part(&mut self) -> Option<Minor> {
        let part = self.value(|it, text| read_amount(text, it.decimals))?;
        self.readable = self.readable.saturating_add(part.get());
        Some(part)
    }
}

impl Walk for RowReader<'_> {
    fn required<T: Cell>(&mut self, name: &'static str, value: &mut T) {
        let place = self.places.get(self.at).copied().flatten();
        match self.cell(name) {
            Some(found) => *value = found,
            None => self.fail(Fault::new("missing_field", "expected a value in this column"), place),
        }
    }

    fn optional<T: Cell>(&mut self, name: &'static str, value: &mut Option<T>) {
        *value = self.cell(name);
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
        *code = self.cell("code");
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
        // A blank that somebody left in a cell makes no person.
        let cells = fields.iter().flatten().filter_map(|place| self.row.cell(*place));
        if is_blank(cells, Charset::Utf8) {
            self.at += count;
            return;
        }
        let mut group = T::blank();
        group.walk(self);
        *value = Some(group);
    }
}
