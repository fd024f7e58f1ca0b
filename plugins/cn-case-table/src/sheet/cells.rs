//! The cells of a row as text.

use bailiwick_sdk::kit::table::Row;
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::memchr::memchr_iter;

/// A fault of the bytes of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// They are no text, such as half a character.
    NotText,
    /// There is a NUL among them.
    Nul,
    /// They are text in GB18030 where GBK is agreed.
    BeyondGbk,
}

/// The text of a row, kept from row to row so that its memory is used again.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    joined: Vec<u8>,
    text: String,
    ends: Vec<usize>,
    faults: Vec<(usize, Fault)>,
}

impl Cells {
    /// Reads the cells of a row. All cells are decoded at once, a NUL after each: no character of
    /// any encoding here has a NUL in it, so half a character cannot reach into the next cell.
    pub(crate) fn load(&mut self, row: Row<'_>, charset: Charset) {
        self.joined.clear();
        self.text.clear();
        self.ends.clear();
        self.faults.clear();
        for cell in row.cells() {
            self.joined.extend_from_slice(cell);
            self.joined.push(0);
        }
        if let Ok(text) = charset.decode(&self.joined) {
            self.ends.extend(memchr_iter(0, text.as_bytes()));
            if self.ends.len() == row.len() {
                self.text.push_str(&text);
                return;
            }
        }
        self.load_each(row, charset);
    }

    /// The same, cell by cell, to find the cells that are wrong. They count as empty.
    fn load_each(&mut self, row: Row<'_>, charset: Charset) {
        self.ends.clear();
        for (at, cell) in row.cells().enumerate() {
            match charset.decode(cell) {
                Ok(text) if text.contains('\0') => self.faults.push((at, Fault::Nul)),
                Ok(text) => self.text.push_str(&text),
                Err(_) if charset == Charset::Gbk && Charset::Gb18030.decode(cell).is_ok() => {
                    self.faults.push((at, Fault::BeyondGbk));
                }
                Err(_) => self.faults.push((at, Fault::NotText)),
            }
            self.ends.push(self.text.len());
            self.text.push('\0');
        }
    }

    /// The text of a cell.
    pub(crate) fn get(&self, at: usize) -> &str {
        let start = match at.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).map_or(usize::MAX, |end| end + 1),
        };
        let end = self.ends.get(at).copied().unwrap_or_default();
        self.text.get(start..end).unwrap_or_default()
    }

    /// The cells that are wrong, in order.
    pub(crate) fn faults(&self) -> &[(usize, Fault)] {
        &self.faults
    }
}
