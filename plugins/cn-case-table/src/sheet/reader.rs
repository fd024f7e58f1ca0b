//! Reads a table piece by piece.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Header, Problem};
use bailiwick_sdk::kit::head::Head;
use bailiwick_sdk::kit::lines::LineEnd;
use bailiwick_sdk::kit::resaved::{Trace, is_blank};
use bailiwick_sdk::kit::table::{Row as RawRow, TableReader};
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::plugin::{Decode, Output};
use bailiwick_sdk::value::Code;

use super::cells::{Cells, Fault};
use super::columns::{Columns, Names, known_in};
use super::fatal::{Fatal, fatal};
use super::layout::Layout;
use super::marks::{detected, mark, wrong_encoding};
use super::notes::Notes;
use super::row::Row;
use crate::config::{Config, Encoding};

/// The most cells of a row.
const CELLS_MAX: usize = 1024;

/// The reader of a message's rows. An `Err` is the problem that refuses the file.
pub(crate) trait Rows {
    /// The columns are known.
    fn begin(&mut self, columns: &Columns) {
        let _ = columns;
    }

    /// A row of as many cells as there are columns.
    fn row(&mut self, row: Row<'_>, out: &mut Output) -> Result<(), Fatal>;

    /// The file ended after `line`.
    fn end(&mut self, line: u64) -> Result<(), Fatal> {
        let _ = line;
        Ok(())
    }
}

/// Reads a table: marks, encoding, header, number of cells, line ends.
pub(crate) struct SheetReader {
    table: TableReader,
    sheet: Sheet,
    head: Head,
    last: u8,
}

struct Sheet {
    layout: &'static Layout,
    names: Names,
    charset: Charset,
    /// The encoding may be UTF-8 in place of the agreed one.
    detect: bool,
    /// The encoding is still to be found.
    undecided: bool,
    columns: Option<Columns>,
    cells: Cells,
    notes: Notes,
    rows: Box<dyn Rows>,
    byte_order_mark: bool,
    line_end: Option<LineEnd>,
    mixed: bool,
    refused: bool,
}

impl SheetReader {
    /// A reader of a message.
    ///
    /// # Errors
    /// `bad_config`.
    pub(crate) fn new(
        layout: &'static Layout,
        config: &Config,
        rows: Box<dyn Rows>,
    ) -> Result<Self, Refusal> {
        let row_bytes_max = usize::try_from(config.row_bytes_max).unwrap_or(usize::MAX);
        let sheet = Sheet {
            layout,
            names: Names::of(layout, config)?,
            charset: config.encoding.charset(),
            detect: config.encoding == Encoding::Detect,
            undecided: config.encoding == Encoding::Detect,
            columns: None,
            cells: Cells::default(),
            notes: Notes::new(config),
            rows,
            byte_order_mark: false,
            line_end: None,
            mixed: false,
            refused: false,
        };
        let table = TableReader::new(row_bytes_max, CELLS_MAX).with_separator_line();
        Ok(Self { table, sheet, head: Head::new(), last: b'\n' })
    }

    fn feed(&mut self, bytes: &[u8], out: &mut Output) {
        if let Some(last) = bytes.last() {
            self.last = *last;
        }
        let sheet = &mut self.sheet;
        self.table.push(bytes, |row| sheet.row(row, out));
    }

    /// Looks for a byte order mark in the first bytes, and passes on all other bytes.
    fn begin(&mut self, head: &[u8], out: &mut Output) {
        match mark(head, self.sheet.charset, self.sheet.detect) {
            Err(problem) => self.sheet.refuse(*problem, out),
            Ok(None) => self.feed(head, out),
            Ok(Some((skip, charset, warning))) => {
                self.sheet.byte_order_mark = true;
                out.emit(warning);
                if self.sheet.undecided {
                    self.sheet.decide(charset, 1, out);
                }
                self.feed(head.get(skip..).unwrap_or_default(), out);
            }
        }
    }
}

impl Decode for SheetReader {
    fn push(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), Refusal> {
        let (head, bytes) = self.head.push(bytes);
        if let Some(head) = head {
            self.begin(&head, out);
        }
        if !self.sheet.refused {
            self.feed(bytes, out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Output) -> Result<(), Refusal> {
        if let Some(head) = self.head.finish() {
            self.begin(&head, out);
        }
        if self.sheet.refused {
            return Ok(());
        }
        let last_line =
            self.table.lines() - u64::from(matches!(self.last, b'\n' | b'\r') && self.table.lines() > 1);
        let sheet = &mut self.sheet;
        self.table.finish(|row| sheet.row(row, out));
        sheet.end(last_line, out);
        Ok(())
    }
}

impl Sheet {
    fn refuse(&mut self, problem: Problem, out: &mut Output) {
        if !self.refused {
            self.refused = true;
            out.emit(problem);
        }
    }

    fn row(&mut self, raw: RawRow<'_>, out: &mut Output) {
        if self.refused {
            return;
        }
        if let Err(problem) = self.try_row(raw, out) {
            self.refuse(*problem, out);
        }
    }

    fn try_row(&mut self, raw: RawRow<'_>, out: &mut Output) -> Result<(), Fatal> {
        let refused = |code, message: &str| Err(fatal(code, raw.line, message));
        if raw.too_many_cells {
            return refused("line_too_long", &format!("the row has more than {CELLS_MAX} cells"));
        }
        if raw.too_long {
            return refused(
                "line_too_long",
                "the row is longer than the configuration key `row_bytes_max` allows",
            );
        }
        let cut = raw.end == LineEnd::None;
        let least = self.columns.as_ref().map_or(0, Columns::least);
        if self.is_blank(raw) && !raw.open_quote && (!cut || raw.len() >= least) {
            self.notes.traces.note(Trace::BlankRow);
            self.notes.tell(raw.line, out);
            return Ok(());
        }
        if self.undecided {
            self.detect(raw, out);
        }
        let Some(columns) = &self.columns else {
            return self.header(raw, out);
        };
        if raw.open_quote || (cut && raw.len() < least) {
            return refused("truncated_record", "the file ends in the middle of this row; send it again");
        }
        if !(columns.least()..=columns.len()).contains(&raw.len()) {
            let (code, which) = match raw.len() < columns.len() {
                true => ("short_record", "fewer"),
                false => ("bad_row", "more"),
            };
            let message =
                format!("the row has {} cells, {which} than the {} of the header", raw.len(), columns.len());
            return refused(code, &message);
        }
        if !cut && self.line_end != Some(raw.end) && !self.mixed {
            self.mixed = true;
            out.emit(Problem::warning(
                "mixed_line_ends",
                raw.line,
                "this line has another line end than the first; end all lines with CR LF",
            ));
        }
        self.cells.load(raw, self.charset);
        if let Some((cell, _)) = self.cells.faults().iter().find(|(_, fault)| *fault == Fault::BeyondGbk) {
            let also =
                format!(": line {}, cell {} holds a character that gbk does not have", raw.line, cell + 1);
            return Err(wrong_encoding("gb18030", self.charset, &also));
        }
        if self.detect && !self.cells.faults().is_empty() && is_gb18030(raw) && self.charset == Charset::Utf8
        {
            let message = "this row is in gb18030, the rows before it are in utf-8; send the whole file in one encoding";
            return refused("wrong_encoding", message);
        }
        if self.detect && self.charset == Charset::Gb18030 && is_utf8(raw) {
            let message = "this row is in utf-8, the rows before it are in gb18030; send the whole file in one encoding";
            return refused("wrong_encoding", message);
        }
        let mut row = Row::new(raw.line, columns, &self.cells, &self.notes);
        row.look_at_unnamed();
        let read = self.rows.row(row, out);
        self.notes.tell(raw.line, out);
        read
    }

    /// Whether a row has blank cells only. Before the encoding is found, it may be either.
    fn is_blank(&self, raw: RawRow<'_>) -> bool {
        is_blank(raw.cells(), self.charset) || self.undecided && is_blank(raw.cells(), Charset::Utf8)
    }

    /// Finds the encoding by the first row that is not plain ASCII: a header by the columns that it then has, another
    /// row by whether it is UTF-8.
    fn detect(&mut self, raw: RawRow<'_>, out: &mut Output) {
        if raw.cells().all(<[u8]>::is_ascii) {
            return;
        }
        let utf8 = match self.columns {
            None => {
                let known = |charset| known_in(raw, self.layout, &self.names, charset);
                known(Charset::Utf8) > known(Charset::Gb18030)
            }
            Some(_) => raw.cells().all(|cell| std::str::from_utf8(cell).is_ok()),
        };
        self.decide(if utf8 { Charset::Utf8 } else { Charset::Gb18030 }, raw.line, out);
    }

    fn decide(&mut self, charset: Charset, line: u64, out: &mut Output) {
        self.undecided = false;
        self.charset = charset;
        if charset == Charset::Utf8 {
            out.emit(detected(line));
        }
    }

    fn header(&mut self, raw: RawRow<'_>, out: &mut Output) -> Result<(), Fatal> {
        let (columns, texts) =
            Columns::read(raw, self.layout, &self.names, self.charset, &self.notes.traces)?;
        self.line_end = Some(raw.end);
        if raw.end == LineEnd::Cr {
            self.notes.traces.note(Trace::CarriageReturns);
        }
        if raw.separator.is_some() {
            self.notes.traces.note(Trace::SeparatorLine);
        }
        self.notes.tell(raw.line, out);
        let mut header = Header::new();
        header.line = Some(raw.line);
        header.encoding = Code::trimmed(self.charset.name());
        header.columns = texts;
        header.byte_order_mark = self.byte_order_mark;
        out.emit(Box::new(header));
        self.rows.begin(&columns);
        self.columns = Some(columns);
        Ok(())
    }

    fn end(&mut self, last_line: u64, out: &mut Output) {
        if self.refused {
            return;
        }
        let end = match self.columns {
            None => Err(fatal("bad_header", last_line, "the file has no header row")),
            Some(_) => self.rows.end(last_line),
        };
        if let Err(problem) = end {
            self.refuse(*problem, out);
        }
    }
}

/// Whether a row is text in UTF-8 that has a character of three bytes or more, as Chinese ones have. GB18030 may have the
/// same bytes, but hardly in all cells of a row.
fn is_utf8(row: RawRow<'_>) -> bool {
    const WIDE_BYTES: usize = 3;
    let mut wide = false;
    for cell in row.cells() {
        match std::str::from_utf8(cell) {
            Ok(text) => wide |= text.chars().any(|letter| letter.len_utf8() >= WIDE_BYTES),
            Err(_) => return false,
        }
    }
    wide
}

/// Whether a row as a whole is text in GB18030.
fn is_gb18030(row: RawRow<'_>) -> bool {
    let cells: Vec<&[u8]> = row.cells().collect();
    Charset::Gb18030.decode(&cells.join(&b',')).is_ok()
}
