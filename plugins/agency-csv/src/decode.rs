//! Reads a file piece by piece.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Header, Problem};
use bailiwick_sdk::kit::head::Head;
use bailiwick_sdk::kit::lines::LineEnd;
use bailiwick_sdk::kit::resaved::{Trace, is_blank};
use bailiwick_sdk::kit::table::{Row, TableReader};
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::plugin::{Decode, Output};
use bailiwick_sdk::value::{Code, Name};

use crate::message::Message;
use crate::table::{Layout, Notes, RowReader, Settings, TYPE};

/// The most cells of a row.
const CELLS_MAX: usize = 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads a file.
pub(crate) struct Reader {
    table: TableReader,
    sheet: Sheet,
    head: Head,
}

/// The state of the file so far.
struct Sheet {
    message: &'static Message,
    settings: Settings,
    notes: Notes,
    layout: Layout,
    /// The places of each kind's columns, known after the header.
    columns: Option<Columns>,
    byte_order_mark: bool,
    line_end: Option<LineEnd>,
    mixed: bool,
    refused: bool,
}

/// The places of a file's columns.
struct Columns {
    count: usize,
    kind: Option<usize>,
    account: Option<usize>,
    /// For each kind, the cell of each of its fields.
    places: Vec<Vec<Option<usize>>>,
    /// The cells whose header cell is blank.
    unnamed: Vec<usize>,
}

impl Reader {
    /// A reader of a message.
    pub(crate) fn new(message: &'static Message, settings: Settings) -> Self {
        let row_bytes_max = usize::try_from(settings.config.row_bytes_max).unwrap_or(usize::MAX);
        let sheet = Sheet {
            message,
            settings,
            notes: Notes::default(),
            layout: Layout::of(message.kinds),
            columns: None,
            byte_order_mark: false,
            line_end: None,
            mixed: false,
            refused: false,
        };
        let table = TableReader::new(row_bytes_max, CELLS_MAX).with_separator_line();
        Self { table, sheet, head: Head::new() }
    }

    fn feed(&mut self, bytes: &[u8], out: &mut Output) {
        let sheet = &mut self.sheet;
        self.table.push(bytes, |row| sheet.row(row, out));
    }

    /// Looks for a byte order mark in the first bytes, and passes on all other bytes.
    fn begin(&mut self, head: &[u8], out: &mut Output) {
        if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") || head.contains(&0) {
            let message = "the file is in another encoding; expected UTF-8";
            self.sheet.refuse(Problem::fatal("wrong_encoding", 1, message), out);
            return;
        }
        let rest = match head.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => {
                self.sheet.byte_order_mark = true;
                let message = "the file begins with a byte order mark; leave it out";
                out.emit(Problem::warning("byte_order_mark", 1, message));
                rest
            }
            None => head,
        };
        self.feed(rest, out);
    }
}

impl Decode for Reader {
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
        let sheet = &mut self.sheet;
        self.table.finish(|row| sheet.row(row, out));
        if sheet.columns.is_none() {
            sheet.refuse(Problem::fatal("bad_header", 1, "the file has no header row"), out);
        }
        Ok(())
    }
}

fn truncated(line: u64) -> Problem {
    let message =
        "the file ends in the middle of this row; end every row, the last too, with CR LF, and send it again";
    Problem::fatal("truncated_record", line, message)
}

impl Sheet {
    fn refuse(&mut self, problem: Problem, out: &mut Output) {
        if !self.refused {
            self.refused = true;
            out.emit(problem);
        }
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) {
        if self.refused {
            return;
        }
        let fatal = if row.too_many_cells {
            let message = format!("the row has more than {CELLS_MAX} cells");
            Some(Problem::fatal("line_too_long", row.line, message))
        } else if row.too_long {
            let message = "the row is longer than the configuration key `row_bytes_max` allows";
            Some(Problem::fatal("line_too_long", row.line, message))
        } else if row.end == LineEnd::None {
            // Every row ends with a line end, so a rest without one means that the file was cut.
            Some(truncated(row.line))
        } else {
            None
        };
        if let Some(problem) = fatal {
            self.refuse(problem, out);
            return;
        }
        if is_blank(row.cells(), Charset::Utf8) {
            self.notes.traces.note(Trace::BlankRow);
            self.notes.tell(row.line, "", out);
            return;
        }
        if self.columns.is_none() {
            match self.header(row, out) {
                Ok(columns) => self.columns = Some(columns),
                Err(problem) => self.refuse(*problem, out),
            }
            return;
        }
        if self.line_end != Some(row.end) && !self.mixed {
            self.mixed = true;
            let message = "this line has another line end than the first; end all lines with CR LF";
            out.emit(Problem::warning("mixed_line_ends", row.line, message));
        }
        self.record(row, out);
    }

    fn header(&mut self, row: Row<'_>, out: &mut Output) -> Result<Columns, Box<Problem>> {
        let refused = |cell: Option<usize>, message: String| {
            let problem = Problem::fatal("bad_header", row.line, message);
            Err(Box::new(match cell {
                Some(cell) => problem.column(cell + 1),
                None => problem,
            }))
        };
        // The file's cell for each column of the layout.
        let mut found: Vec<Option<usize>> = vec![None; self.layout.columns.len()];
        let traces = &self.notes.traces;
        let names: Vec<&[u8]> = row
            .cells()
            .map(|name| std::str::from_utf8(name).map_or(name, |text| traces.value(text).as_bytes()))
            .collect();
        let mut unnamed = Vec::new();
        for (cell, name) in names.iter().enumerate() {
            if is_blank([*name].into_iter(), Charset::Utf8) {
                traces.note(Trace::UnnamedColumn);
                unnamed.push(cell);
                continue;
            }
            let place = self.layout.find(name).and_then(|place| found.get_mut(place));
            match place {
                Some(place @ None) => *place = Some(cell),
                Some(Some(_)) => return refused(Some(cell), "the column is there twice".to_owned()),
                None => {
                    let why =
                        format!("`{}` has no column of this name; the README lists them", self.message.name);
                    return refused(Some(cell), why);
                }
            }
        }
        for (column, place) in self.layout.columns.iter().zip(&found) {
            if column.required && place.is_none() {
                return refused(None, format!("the column `{}` is missing", column.name));
            }
        }
        self.line_end = Some(row.end);
        if row.end == LineEnd::Cr {
            traces.note(Trace::CarriageReturns);
        }
        if row.separator.is_some() {
            traces.note(Trace::SeparatorLine);
        }
        self.notes.tell(row.line, "", out);
        let mut header = Header::new();
        header.line = Some(row.line);
        header.encoding = Code::trimmed("utf-8");
        header.byte_order_mark = self.byte_order_mark;
        header.columns =
            names.iter().filter_map(|name| std::str::from_utf8(name).ok().and_then(Name::trimmed)).collect();
        out.emit(header);
        let find = |name: &[u8]| self.layout.find(name).and_then(|place| found.get(place).copied().flatten());
        let of_kind =
            |places: &Vec<usize>| places.iter().map(|place| found.get(*place).copied().flatten()).collect();
        Ok(Columns {
            count: row.len(),
            kind: find(TYPE.as_bytes()),
            account: find(b"account"),
            places: self.layout.places.iter().map(of_kind).collect(),
            unnamed,
        })
    }

    fn record(&mut self, row: Row<'_>, out: &mut Output) {
        let Some(columns) = &self.columns else { return };
        let text = |cell: Option<usize>| {
            let bytes = cell.and_then(|cell| row.cell(cell)).unwrap_or_default();
            std::str::from_utf8(bytes).unwrap_or_default()
        };
        let kind = match columns.kind {
            None => Some(0),
            Some(cell) => {
                let named = self.notes.traces.key(text(Some(cell)));
                self.message.kinds.iter().position(|kind| kind.name == named)
            }
        };
        let filled = |cell: &&usize| {
            row.cell(**cell).is_some_and(|bytes| !is_blank([bytes].into_iter(), Charset::Utf8))
        };
        let read = if row.len() != columns.count {
            let (code, which) =
                if row.len() < columns.count { ("short_record", "fewer") } else { ("bad_row", "more") };
            let message =
                format!("the row has {} cells, {which} than the {} of the header", row.len(), columns.count);
            Err(Box::new(Problem::error(code, row.line, message)))
        } else if let Some(cell) = columns.unnamed.iter().find(filled) {
            let message = "the column has no name in the header; name it or leave it empty";
            Err(Box::new(Problem::error("unnamed_column", row.line, message).column(cell + 1)))
        } else if let Some((kind, places)) =
            kind.and_then(|at| self.message.kinds.get(at).zip(columns.places.get(at)))
        {
            (kind.read)(RowReader::new(row, places, &mut self.settings, &mut self.notes))
        } else {
            let names: Vec<&str> = self.message.kinds.iter().map(|kind| kind.name).collect();
            let message = format!("expected one of {}", names.join(", "));
            let problem = Problem::error("unknown_record_type", row.line, message);
            Err(Box::new(problem.column(columns.kind.map_or(1, |cell| cell + 1))))
        };
        let account = self.notes.traces.key(text(columns.account));
        self.notes.tell(row.line, account, out);
        match read {
            Ok(item) => out.emit(item),
            Err(problem) => out.emit(problem.account(account)),
        }
    }
}
