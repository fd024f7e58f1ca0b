//! The text of an engagement file: read key by key, so that every error is reported with its place.

use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::error::Error;

/// The file and its text.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// An error at a byte of the text.
    pub(super) fn wrong(&self, at: usize, pointer: Option<String>, message: impl Into<String>) -> Error {
        let mut error = Error::config(self.path, self.text, at, message);
        if let Error::Config { pointer: place, .. } = &mut error {
            *place = pointer;
        }
        error
    }

    /// The name of the table at `place` below a key, such as `terms.recall.objections[]`.
    fn table(&self, key: &str, place: &Range<usize>) -> Option<String> {
        let file = DeTable::parse(self.text).ok()?.into_inner();
        file.get(key).and_then(|value| table(value, key.to_owned(), place))
    }

    fn toml(&self, error: &toml::de::Error) -> Error {
        self.wrong(error.span().map_or(0, |span| span.start), None, error.message())
    }
}

/// The keys of the file, each taken once.
pub(super) struct Keys<'a> {
    source: &'a Source<'a>,
    table: DeTable<'a>,
    known: Vec<&'static str>,
    /// The errors so far.
    pub(super) errors: Vec<Error>,
}

impl<'a> Keys<'a> {
    /// The keys of a text. Text that is not TOML is an error.
    pub(super) fn of(source: &'a Source<'a>) -> Result<Self, Error> {
        let table = DeTable::parse(source.text).map_err(|error| source.toml(&error))?.into_inner();
        Ok(Self { source, table, known: Vec::new(), errors: Vec::new() })
    }

    /// The value of a key that may be absent.
    pub(super) fn take<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        self.known.push(key);
        let value = self.table.remove(key)?;
        let at = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(value),
            Err(error) => {
                let place = error.span().unwrap_or(at);
                let mut message = error.message().to_owned();
                if message.starts_with("missing field")
                    && let Some(table) = self.source.table(key, &place)
                {
                    message = format!("{message} in `{table}`");
                }
                self.errors.push(self.source.wrong(place.start, None, message));
                None
            }
        }
    }

    /// The value of a key that must be there.
    pub(super) fn need<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        if !self.table.contains_key(key) {
            self.known.push(key);
            self.errors.push(self.source.wrong(0, None, format!("missing field `{key}`")));
            return None;
        }
        self.take(key)
    }

    /// Keeps the result of a check, or its error.
    pub(super) fn keep<T>(&mut self, checked: Result<T, Error>) -> Option<T> {
        checked.map_err(|error| self.errors.push(error)).ok()
    }

    /// All errors, in the order of the file. A key that was never asked for is an error as well.
    pub(super) fn finish(mut self) -> Vec<Error> {
        for key in self.table.keys() {
            let known: Vec<String> = self.known.iter().map(|known| format!("`{known}`")).collect();
            let message = format!("unknown field `{}`, expected one of {}", key.get_ref(), known.join(", "));
            self.errors.push(self.source.wrong(key.span().start, None, message));
        }
        self.errors.sort_by_key(place);
        self.errors
    }
}

fn table(value: &Spanned<DeValue<'_>>, name: String, place: &Range<usize>) -> Option<String> {
    match value.get_ref() {
        DeValue::Table(_) if value.span() == *place => Some(name),
        DeValue::Table(it) => {
            it.iter().find_map(|(key, value)| table(value, format!("{name}.{}", key.get_ref()), place))
        }
        DeValue::Array(it) => it.iter().find_map(|value| table(value, format!("{name}[]"), place)),
        _ => None,
    }
}

fn place(error: &Error) -> (usize, usize) {
    match error {
        Error::Config { line, column, .. } => (*line, *column),
        _ => (usize::MAX, 0),
    }
}
