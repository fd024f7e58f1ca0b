//! A row by column, with its values in canonical types. It remembers its first fault.

use std::fmt::Display;
use std::str::FromStr;

use bailiwick_sdk::document::Problem;
use bailiwick_sdk::kit::amount;
use bailiwick_sdk::kit::resaved::unseen_inside;
use bailiwick_sdk::kit::shape::{Doubtful, Named};
use bailiwick_sdk::value::{AccountKey, Day, Extra, Key, Minor};

use super::cells::{Cells, Fault};
use super::columns::Columns;
use super::notes::{Notes, Role, Taken};
use crate::words::{Word, meaning};

/// A row of a table.
pub(crate) struct Row<'a> {
    /// The physical line where it begins.
    pub(crate) line: u64,
    pub(crate) columns: &'a Columns,
    cells: &'a Cells,
    notes: &'a Notes,
    problem: Option<Problem>,
    kept: Vec<usize>,
}

impl<'a> Row<'a> {
    /// The row at a line. A cell that is no text is the first fault.
    pub(crate) fn new(line: u64, columns: &'a Columns, cells: &'a Cells, notes: &'a Notes) -> Self {
        let mut row = Self { line, columns, cells, notes, problem: None, kept: Vec::new() };
        if let Some((cell, fault)) = cells.faults().first() {
            row.fault(*cell, *fault);
        }
        row
    }

    #[cold]
    fn fault(&mut self, cell: usize, fault: Fault) {
        match fault {
            Fault::Nul => self.wrong("nul_byte", cell, "holds a NUL byte; expected text"),
            Fault::NotText | Fault::BeyondGbk => self.wrong(
                "invalid_characters",
                cell,
                "holds bytes that are no character of the agreed encoding, such as half a character",
            ),
        }
    }

    /// The row's first fault.
    pub(crate) fn problem(&mut self) -> Option<Problem> {
        self.problem.take()
    }

    /// Whether the row has no fault so far.
    pub(crate) fn is_good(&self) -> bool {
        self.problem.is_none()
    }

    /// Whether the cell of a column is no text.
    pub(crate) fn is_faulty(&self, field: usize) -> bool {
        let cell = self.columns.cell(field);
        self.cells.faults().iter().any(|(at, _)| Some(*at) == cell)
    }

    /// Remembers a fault of a column, unless the row has one already.
    #[cold]
    pub(crate) fn fail(&mut self, code: &str, field: usize, why: impl Display) {
        let cell = self.columns.cell(field).unwrap_or_default();
        self.wrong(code, cell, why);
    }

    /// The same by cell.
    #[cold]
    pub(crate) fn wrong(&mut self, code: &str, cell: usize, why: impl Display) {
        if self.problem.is_none() {
            let problem = Problem::error(code, self.line, format!("column {}: {why}", self.name(cell)));
            self.problem = Some(problem.column(cell + 1));
        }
    }

    /// The name of a column; of one without a name, its number.
    fn name(&self, cell: usize) -> String {
        let name = self.columns.names.get(cell).filter(|name| !name.is_empty());
        name.cloned().unwrap_or_else(|| (cell + 1).to_string())
    }

    /// A column without a name must be empty.
    pub(crate) fn look_at_unnamed(&mut self) {
        let columns = self.columns;
        for cell in &columns.unnamed {
            if !self.notes.traces.value(self.cell(*cell)).is_empty() {
                self.wrong("unnamed_column", *cell, "has no name in the header; name it or leave it empty");
            }
        }
    }

    /// The text of a cell with its blanks.
    pub(crate) fn cell(&self, cell: usize) -> &'a str {
        self.cells.get(cell)
    }

    /// The text of a column without blanks around it; empty if the file has no such column.
    pub(crate) fn text(&self, field: usize) -> &'a str {
        self.columns.cell(field).map_or("", |cell| self.notes.traces.value(self.cells.get(cell)))
    }

    /// The same without an apostrophe around it: keys, numbers, days and amounts have none.
    pub(crate) fn plain(&self, field: usize) -> &'a str {
        self.columns.cell(field).map_or("", |cell| self.plain_cell(cell))
    }

    /// The same by cell.
    pub(crate) fn plain_cell(&self, cell: usize) -> &'a str {
        self.notes.traces.key(self.cells.get(cell))
    }

    /// The text of a column within its bound; `None` if it is empty.
    pub(crate) fn get<T: Taken<'a>>(&mut self, field: usize) -> Option<T> {
        let text = match T::ROLE {
            Role::Text => self.text(field),
            Role::Code | Role::Key(_) => self.plain(field),
        };
        if text.is_empty() {
            return None;
        }
        match T::ROLE {
            Role::Key(named) => self.look_at_key(field, named, text),
            Role::Code if unseen_inside(text).is_some() => {
                self.fail("invalid_characters", field, "holds a character that nobody sees; expected a code");
            }
            Role::Code | Role::Text => {}
        }
        self.bounded(field, text)
    }

    fn bounded<'t, T: Taken<'t>>(&mut self, field: usize, text: &'t str) -> Option<T> {
        let bounded = T::try_from(text);
        if let Err(error) = &bounded {
            self.fail("bad_row", field, error);
        }
        bounded.ok()
    }

    fn look_at_key(&mut self, field: usize, named: Named, text: &str) {
        let named = match self.columns.layout.pointer(field) {
            "/account_number" => Named::AccountNumber,
            "/reference" => Named::Reference,
            _ => named,
        };
        if let Err(bad) = self.notes.shapes.key(named, text) {
            self.fail(bad.code, field, bad.message);
        }
    }

    /// The identity number of a person. One that is destroyed is left out with a warning.
    pub(crate) fn identity(&mut self, field: usize) -> Option<Key> {
        let text = self.plain(field);
        let doubt = self.notes.shapes.identity(text, Some(&self.notes.resident));
        self.of_person(field, text, doubt)
    }

    /// The telephone number of a person, in the same way.
    pub(crate) fn phone<T: for<'t> Taken<'t>>(&mut self, field: usize) -> Option<T> {
        let text = self.plain(field);
        let doubt = self.notes.shapes.phone(text);
        self.of_person(field, text, doubt)
    }

    fn of_person<T: for<'t> Taken<'t>>(
        &mut self,
        field: usize,
        text: &str,
        doubt: Option<Doubtful>,
    ) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        let mut mended = None;
        if let Some(doubt) = doubt {
            let cell = self.columns.cell(field).unwrap_or_default();
            let message = format!("column {}: {}", self.name(cell), doubt.message);
            let mut warning = Problem::warning(doubt.code, self.line, message).column(cell + 1);
            warning.account = self.account();
            self.notes.warn(warning);
            if doubt.lost {
                return None;
            }
            mended = doubt.mended;
        }
        self.bounded(field, mended.as_deref().unwrap_or(text))
    }

    /// The same for a column that must not be empty.
    pub(crate) fn need<T: Taken<'a>>(&mut self, field: usize) -> Option<T> {
        let text = self.get(field);
        if text.is_none() {
            self.fail("missing_field", field, "must not be empty");
        }
        text
    }

    /// The key of the account, as far as it can be read.
    pub(crate) fn account(&self) -> Option<AccountKey> {
        AccountKey::new(self.plain(self.columns.layout.account)).ok()
    }

    /// An amount of zero or more in minor units.
    pub(crate) fn amount(&mut self, field: usize) -> Option<Minor> {
        let text = self.plain(field);
        if text.is_empty() {
            return None;
        }
        let amount = amount::parse(text.as_bytes(), 2).ok().and_then(Minor::new);
        match amount {
            None => self.fail("bad_amount", field, "expected an amount such as 1234.50"),
            Some(amount) if amount < Minor::ZERO => {
                self.fail("negative_amount", field, "expected an amount of zero or more");
            }
            Some(_) => {}
        }
        amount
    }

    /// The same for a column that must not be empty.
    pub(crate) fn need_amount(&mut self, field: usize) -> Option<Minor> {
        let amount = self.amount(field);
        if amount.is_none() {
            self.fail("missing_field", field, "must hold an amount such as 1234.50");
        }
        amount
    }

    /// An amount above zero.
    pub(crate) fn need_money(&mut self, field: usize) -> Option<Minor> {
        let amount = self.need_amount(field);
        if amount.is_some_and(|amount| amount.is_zero()) {
            self.fail("bad_amount", field, "expected an amount above zero");
        }
        amount
    }

    /// A day.
    pub(crate) fn day(&mut self, field: usize) -> Option<Day> {
        let text = self.plain(field);
        if text.is_empty() {
            return None;
        }
        let day = text.parse().ok();
        if day.is_none() {
            self.fail("bad_date", field, "expected a day of the calendar as YYYY-MM-DD");
        }
        day
    }

    /// The same for a column that must not be empty.
    pub(crate) fn need_day(&mut self, field: usize) -> Option<Day> {
        let day = self.day(field);
        if day.is_none() {
            self.fail("missing_field", field, "must hold a day as YYYY-MM-DD");
        }
        day
    }

    /// A whole number of zero or more.
    pub(crate) fn number<T: FromStr>(&mut self, field: usize) -> Option<T> {
        let text = self.plain(field);
        if text.is_empty() {
            return None;
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { text.parse().ok() } else { None };
        if number.is_none() {
            self.fail("bad_row", field, "expected a whole number");
        }
        number
    }

    /// The meaning of a listed word. If the list has an earlier word with the same meaning, the text is kept
    /// in `extra`.
    pub(crate) fn word<T: Copy + PartialEq>(&mut self, field: usize, words: &[Word<T>]) -> Option<T> {
        let text = self.text(field);
        if text.is_empty() {
            return None;
        }
        let means = meaning(words, text);
        match means {
            None => self.fail(
                "unknown_code",
                field,
                "holds a word that the configuration does not list under `words`",
            ),
            Some(means) if crate::words::word_for(words, means) != Some(text) => self.keep(field),
            Some(_) => {}
        }
        means
    }

    /// The same for a column that must not be empty.
    pub(crate) fn need_word<T: Copy + PartialEq>(&mut self, field: usize, words: &[Word<T>]) -> Option<T> {
        let means = self.word(field, words);
        if means.is_none() {
            self.fail("missing_field", field, "must not be empty");
        }
        means
    }

    /// Marks the column so that its text is kept unchanged in `extra`.
    pub(crate) fn keep(&mut self, field: usize) {
        if let Some(cell) = self.columns.cell(field) {
            self.kept.push(cell);
        }
    }

    /// The columns without canonical meaning, and the marked ones.
    pub(crate) fn extra(&mut self) -> Extra {
        let mut extra = Extra::default();
        let columns = self.columns;
        for (cell, name) in columns.extra() {
            self.put(&mut extra, cell, name);
        }
        for cell in std::mem::take(&mut self.kept) {
            if let Some(name) = columns.names.get(cell) {
                self.put(&mut extra, cell, name);
            }
        }
        extra
    }

    fn put(&mut self, extra: &mut Extra, cell: usize, name: &str) {
        let text = self.cell(cell);
        // Most cells are short, so characters are counted only in long ones.
        if text.len() > 4000 && text.chars().count() > 4000 {
            self.wrong("bad_row", cell, "expected at most 4000 characters");
        }
        if !text.is_empty() {
            extra.put(name, text);
        }
    }
}

/// Whether a whole number is written as the plugin writes it: digits without zeros in front.
pub(crate) fn is_plain_number(text: &str) -> bool {
    text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()))
}
