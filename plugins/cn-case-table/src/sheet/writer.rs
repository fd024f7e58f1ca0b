//! Writes a table row by row.

use std::borrow::Cow;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::Header;
use bailiwick_sdk::kit::amount;
use bailiwick_sdk::kit::resaved::{Traces, unseen_inside};
use bailiwick_sdk::kit::shape::{Named, Shapes};
use bailiwick_sdk::kit::table::write_row;
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::value::{Currency, Extra, Minor};

use super::columns::{Names, knows};
use super::layout::Layout;
use crate::config::{Config, bad};
use crate::words::{Word, meaning, word_for};

/// Where the cell of a column comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A column with a canonical meaning.
    Field(usize),
    /// `extra`.
    Extra,
}

/// A column of the file that is written.
#[derive(Debug)]
pub(crate) struct Written {
    /// The plugin's name.
    pub(crate) name: String,
    /// The header text.
    title: String,
    /// Where its cells come from.
    pub(crate) source: Source,
    /// The keys that its cells hold.
    key: Option<Named>,
}

/// Where the keys of documents are, except those of persons, and the names by which a reader finds their shapes.
const KEYS: [(&str, Named); 11] = [
    ("/account", Named::Account),
    ("/account_number", Named::AccountNumber),
    ("/bank_reference", Named::Other),
    ("/batch", Named::Other),
    ("/contract", Named::Other),
    ("/customer", Named::Customer),
    ("/identifier", Named::Identifier),
    ("/payer_account", Named::Other),
    ("/receiver_key", Named::Other),
    ("/reference", Named::Reference),
    ("/reverses", Named::Identifier),
];

/// The values of a row by known column.
#[derive(Debug)]
pub(crate) struct NewRow<'a> {
    layout: &'static Layout,
    fields: Vec<Cow<'a, str>>,
    /// The document's `extra`, for the other columns.
    pub(crate) extra: Option<&'a Extra>,
    /// The default of a column without canonical meaning, if `extra` does not have it.
    defaults: Vec<(&'static str, String)>,
}

impl<'a> NewRow<'a> {
    /// An empty row.
    pub(crate) fn new(layout: &'static Layout) -> Self {
        Self { layout, fields: vec![Cow::Borrowed(""); layout.len()], extra: None, defaults: Vec::new() }
    }

    /// Writes a column.
    pub(crate) fn set(&mut self, field: usize, text: impl Into<Cow<'a, str>>) {
        if let Some(place) = self.fields.get_mut(field) {
            *place = text.into();
        }
    }

    /// Writes an optional value.
    pub(crate) fn put<T: AsRef<str> + ?Sized>(&mut self, field: usize, text: Option<&'a T>) {
        if let Some(text) = text {
            self.set(field, text.as_ref());
        }
    }

    /// The default of a column without canonical meaning, if `extra` does not have it.
    pub(crate) fn default(&mut self, name: &'static str, text: Option<String>) {
        if let Some(text) = text {
            self.defaults.push((name, text));
        }
    }

    /// Writes a column. If `extra` has the sender's own text, that text is written as long as it still `says`
    /// the document's value.
    pub(crate) fn own(&mut self, field: usize, says: impl Fn(&str) -> bool) {
        let name = self.layout.fields.get(field).map(|field| field.name);
        let text = self.extra.zip(name).and_then(|(extra, name)| extra.get(name));
        if let Some(text) = text.filter(|text| says(text.trim())) {
            self.set(field, text);
        }
    }

    /// Writes the word for a meaning; the sender's own word if it has the same meaning.
    ///
    /// # Errors
    /// `bad_document` if the configuration lists no word.
    pub(crate) fn word<T: Copy + PartialEq>(
        &mut self,
        field: usize,
        words: &'a [Word<T>],
        means: Option<T>,
    ) -> Result<(), Refusal> {
        let Some(means) = means else { return Ok(()) };
        let Some(word) = word_for(words, means) else {
            let message = "the configuration lists no word for this value under `words`";
            return Err(Refusal::new("bad_document", message).at(self.layout.pointer(field)));
        };
        self.set(field, word);
        self.own(field, |text| meaning(words, text) == Some(means));
        Ok(())
    }

    /// Writes an amount.
    pub(crate) fn money(&mut self, field: usize, minor: Option<Minor>) {
        if let Some(minor) = minor {
            self.set(field, amount::format(minor.get(), 2));
        }
    }

    /// Writes a column from a displayable value.
    pub(crate) fn show(&mut self, field: usize, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.set(field, value.to_string());
        }
    }

    /// The text of a column.
    pub(crate) fn text(&self, column: &Written) -> &str {
        let extra = || self.extra.and_then(|extra| extra.get(&column.name));
        let default =
            |name: &str| self.defaults.iter().find(|(have, _)| *have == name).map(|(_, text)| text.as_str());
        let field = |field: usize| self.fields.get(field).map(AsRef::as_ref);
        match column.source {
            Source::Extra => extra().or_else(|| default(&column.name)).unwrap_or_default(),
            Source::Field(at) => field(at).unwrap_or_default(),
        }
    }
}

/// Writes a table: header, rows, quoting, encoding.
pub(crate) struct SheetWriter {
    layout: &'static Layout,
    names: Names,
    charset: Charset,
    shapes: Shapes,
    columns: Vec<Written>,
    mark: bool,
    begun: bool,
    /// Whether the columns are those of a file that was read.
    pub(crate) as_read: bool,
}

impl SheetWriter {
    /// A writer of a message.
    ///
    /// # Errors
    /// `bad_config`.
    pub(crate) fn new(layout: &'static Layout, config: &Config) -> Result<Self, Refusal> {
        let names = Names::of(layout, config)?;
        let order: Vec<&str> = match config.written_columns.get(layout.message) {
            Some(columns) => columns.iter().map(String::as_str).collect(),
            None => layout.order.to_vec(),
        };
        let columns: Vec<Written> =
            order.iter().map(|name| written(layout, name, names.banks(name))).collect();
        let pointer = format!("/written_columns/{}", layout.message);
        if !complete(layout, &columns) {
            return Err(bad("a required column is missing", &pointer));
        }
        let mut seen: Vec<&str> = order.iter().map(|name| name.trim()).collect();
        seen.sort_unstable();
        seen.dedup();
        if seen.len() != order.len()
            || seen.first().is_none_or(|name| name.is_empty())
            || seen.len() > Extra::MAX
        {
            return Err(bad(
                "columns are named once each, none is blank, and there are at most 256",
                &pointer,
            ));
        }
        let charset = config.encoding.charset();
        let shapes = config.shapes.clone();
        Ok(Self { layout, names, charset, shapes, columns, mark: false, begun: false, as_read: false })
    }

    /// Takes the columns of the file that the documents came from, if it was a table of this message.
    pub(crate) fn header(&mut self, header: &Header) {
        if self.begun {
            return;
        }
        let columns: Vec<Written> = header
            .columns
            .iter()
            .map(|title| written(self.layout, self.names.ours(title.trim()), title))
            .collect();
        if complete(self.layout, &columns) {
            self.columns = columns;
            self.as_read = true;
            self.mark = header.byte_order_mark;
        }
    }

    /// The columns that are written.
    pub(crate) fn columns(&self) -> &[Written] {
        &self.columns
    }

    /// Writes the mark and the header row, once.
    ///
    /// # Errors
    /// A column name that the encoding cannot write.
    pub(crate) fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        if let (true, Some(mark)) = (self.mark, self.charset.byte_order_mark()) {
            out.extend_from_slice(mark);
        }
        self.cells(out, |_, column| column.title.as_str())
    }

    /// Writes a row.
    ///
    /// # Errors
    /// `bad_document` for text that the encoding cannot write.
    pub(crate) fn row(&mut self, row: &NewRow<'_>, out: &mut Vec<u8>) -> Result<(), Refusal> {
        self.begin(out)?;
        let mut keys = self.columns.iter().filter_map(|column| Some((column, column.key?)));
        if let Some((column, _)) =
            keys.find(|(column, named)| !is_kept(&self.shapes, *named, row.text(column)))
        {
            return Err(self.changed(column));
        }
        self.cells(out, |_, column| row.text(column))
    }

    /// Writes a row with the text that `text` gives for each column.
    ///
    /// # Errors
    /// `bad_document` for text that the encoding cannot write.
    pub(crate) fn cells<'a>(
        &'a self,
        out: &mut Vec<u8>,
        text: impl Fn(usize, &'a Written) -> &'a str,
    ) -> Result<(), Refusal> {
        let start = out.len();
        for (at, column) in self.columns.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            match self.encoded(text(at, column)) {
                Some(bytes) => write_row(out, [&*bytes], b""),
                None => {
                    out.truncate(start);
                    return Err(self.unwritable(column));
                }
            }
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn encoded<'t>(&self, text: &'t str) -> Option<Cow<'t, [u8]>> {
        self.charset.encode(text).ok()
    }

    #[cold]
    fn changed(&self, column: &Written) -> Refusal {
        let message = format!(
            "column {}: a key has a blank or an apostrophe around it, a character that nobody sees inside it, or the \
             form of a number that a spreadsheet destroyed; a reader would refuse or change it",
            column.name
        );
        let pointer = match column.source {
            Source::Field(field) => self.layout.pointer(field),
            Source::Extra => "",
        };
        Refusal::new("bad_document", message).at(pointer)
    }

    #[cold]
    fn unwritable(&self, column: &Written) -> Refusal {
        let message = format!(
            "column {}: a character that {} does not have, or a NUL; correct the document, or agree on gb18030",
            column.name,
            self.charset.name()
        );
        let pointer = match column.source {
            Source::Field(field) => self.layout.pointer(field).to_owned(),
            Source::Extra => format!("/extra/{}", column.name),
        };
        Refusal::new("bad_document", message).at(&pointer)
    }
}

fn written(layout: &Layout, name: &str, title: &str) -> Written {
    let field = layout.field(name);
    let source = field.map_or(Source::Extra, Source::Field);
    let key =
        field.map(|field| layout.pointer(field)).and_then(|at| KEYS.into_iter().find(|(key, _)| *key == at));
    let key = key.map(|(_, named)| named);
    Written { name: name.to_owned(), title: title.to_owned(), source, key }
}

/// Whether a reader takes a key as it was written.
fn is_kept(shapes: &Shapes, named: Named, key: &str) -> bool {
    Traces::trimming().keeps_key(key) && unseen_inside(key).is_none() && shapes.damage(named, key).is_none()
}

fn complete(layout: &Layout, columns: &[Written]) -> bool {
    let has = |field: &usize| {
        columns.iter().any(|column| matches!(column.source, Source::Field(at) if at == *field))
    };
    debug_assert!(layout.order.iter().all(|name| knows(layout, name)));
    layout.required.iter().all(has)
}

/// Refuses amounts of another currency: the columns are in yuan.
///
/// # Errors
/// `bad_document`.
pub(crate) fn in_yuan(currency: Option<Currency>) -> Result<(), Refusal> {
    match currency {
        Some(currency) if currency != Currency::CNY => Err(Refusal::new(
            "bad_document",
            format!("the table is in yuan (CNY), the document in {currency}"),
        )
        .at("/currency")),
        _ => Ok(()),
    }
}
