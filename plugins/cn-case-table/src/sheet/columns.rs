//! The header row: which cell holds which column.

use std::collections::BTreeMap;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::kit::resaved::{Trace, Traces};
use bailiwick_sdk::kit::table::Row;
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::value::{Extra, Name};

use super::fatal::{Fatal, fatal};
use super::layout::Layout;
use super::marks::wrong_encoding;
use crate::config::{Config, bad};

/// The plugin's names of columns, and the bank's if they differ.
#[derive(Debug, Default)]
pub(crate) struct Names {
    ours: BTreeMap<String, String>,
    banks: BTreeMap<String, String>,
}

impl Names {
    /// The names of a message.
    ///
    /// # Errors
    /// `bad_config` if two columns would have one name.
    pub(crate) fn of(layout: &Layout, config: &Config) -> Result<Self, Refusal> {
        let mut names = Self::default();
        for (ours, banks) in config.columns.get(layout.message).into_iter().flatten() {
            let pointer = format!("/columns/{}/{ours}", layout.message);
            if layout.field(ours).is_none() && !layout.order.contains(&ours.as_str()) {
                return Err(bad("there is no such column in this message", &pointer));
            }
            if banks.trim().is_empty() || names.ours.insert(banks.clone(), ours.clone()).is_some() {
                return Err(bad(
                    "the bank's name of a column is not blank and belongs to one column",
                    &pointer,
                ));
            }
            names.banks.insert(ours.clone(), banks.clone());
        }
        Ok(names)
    }

    /// The plugin's name of a column of a file.
    pub(crate) fn ours<'a>(&'a self, banks: &'a str) -> &'a str {
        self.ours.get(banks).map_or(banks, String::as_str)
    }

    /// The name that a column has in a file.
    pub(crate) fn banks<'a>(&'a self, ours: &'a str) -> &'a str {
        self.banks.get(ours).map_or(ours, String::as_str)
    }
}

/// The columns of a file.
#[derive(Debug)]
pub(crate) struct Columns {
    /// The columns that the message knows.
    pub(crate) layout: &'static Layout,
    /// The columns' names in file order, in the plugin's words.
    pub(crate) names: Vec<String>,
    /// The cell of each known column.
    at: Vec<Option<usize>>,
    /// The cells that travel in `extra`.
    extra: Vec<usize>,
    /// The cells without a name, which must be empty.
    pub(crate) unnamed: Vec<usize>,
}

/// How many cells of a header row are columns of a message, if the row is in this character set.
pub(crate) fn known_in(row: Row<'_>, layout: &Layout, names: &Names, charset: Charset) -> usize {
    let traces = Traces::trimming();
    let texts = row.cells().filter_map(|cell| charset.decode(cell).ok());
    texts.filter(|text| knows(layout, names.ours(traces.value(text)))).count()
}

impl Columns {
    /// Reads a header row. Gives the columns, and the header texts unchanged.
    ///
    /// # Errors
    /// The problem that refuses the file: `wrong_encoding` or `bad_header`.
    pub(crate) fn read(
        row: Row<'_>,
        layout: &'static Layout,
        names: &Names,
        agreed: Charset,
        traces: &Traces,
    ) -> Result<(Self, Vec<Name>), Fatal> {
        let bad = |message: String| fatal("bad_header", row.line, message);
        let known = |charset| known_in(row, layout, names, charset);
        if row.cells().any(memchr_nul) {
            return Err(wrong_encoding("utf-16", agreed, ": the first line holds NUL bytes"));
        }
        if known(agreed) == 0 {
            for (other, seems) in [(Charset::Utf8, "utf-8"), (Charset::Gb18030, "gb18030 or gbk")] {
                if other != agreed && known(other) > 0 {
                    return Err(wrong_encoding(seems, agreed, ""));
                }
            }
        }
        if row.len() > Extra::MAX {
            return Err(bad(format!("expected at most {} columns, found {}", Extra::MAX, row.len())));
        }
        let mut columns = Self {
            layout,
            names: Vec::new(),
            at: vec![None; layout.len()],
            extra: Vec::new(),
            unnamed: Vec::new(),
        };
        let mut texts = Vec::new();
        for (cell, bytes) in row.cells().enumerate() {
            let wrong =
                |why: &str| Box::new(bad(format!("cell {} of the header {why}", cell + 1)).column(cell + 1));
            let text = agreed.decode(bytes).map_err(|_| wrong("is no text in the agreed encoding"))?;
            let text = traces.value(&text);
            if text.is_empty() {
                traces.note(Trace::UnnamedColumn);
                columns.unnamed.push(cell);
                columns.names.push(String::new());
                continue;
            }
            texts.push(Name::new(text).map_err(|error| wrong(&format!("is no name: {error}")))?);
            let name = names.ours(text);
            if columns.names.iter().any(|have| have == name) {
                return Err(wrong("names a column that is there already"));
            }
            match layout.field(name).and_then(|field| columns.at.get_mut(field)) {
                Some(place) => *place = Some(cell),
                None => columns.extra.push(cell),
            }
            columns.names.push(name.to_owned());
        }
        let missing: Vec<&str> = layout
            .required
            .iter()
            .filter(|field| columns.cell(**field).is_none())
            .filter_map(|field| layout.fields.get(*field))
            .map(|field| names.banks(field.name))
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(bad(format!(
                "the header has no column {missing}; add it, or give its name under `columns`"
            )));
        }
        Ok((columns, texts))
    }

    /// How many cells a row has.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// How many cells a row has at least: those without a name at the end may be missing.
    pub(crate) fn least(&self) -> usize {
        self.names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1)
    }

    /// The cell of a known column.
    pub(crate) fn cell(&self, field: usize) -> Option<usize> {
        self.at.get(field).copied().flatten()
    }

    /// The cells that travel in `extra`, with their names.
    pub(crate) fn extra(&self) -> impl Iterator<Item = (usize, &str)> {
        self.extra.iter().filter_map(|cell| Some((*cell, self.names.get(*cell)?.as_str())))
    }
}

/// Whether the message knows a column of that name.
pub(crate) fn knows(layout: &Layout, name: &str) -> bool {
    layout.field(name).is_some() || layout.order.contains(&name)
}

fn memchr_nul(bytes: &[u8]) -> bool {
    bailiwick_sdk::memchr::memchr(0, bytes).is_some()
}
