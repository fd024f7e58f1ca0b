//! Reading and writing whole files.

use bailiwick_sdk::kit::table::{Row, TableReader, write_row};
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::prelude::*;

use crate::columns::{Column, of_kind, of_message};
use crate::config::Config;
use crate::row::{MORE, cells, item};

/// The most cells of a row.
const CELLS_MAX: usize = 256;
const END: &[u8] = b"\r\n";
/// The column that tells the kinds of a file apart.
const TYPE: &str = "type";

/// A file of this plugin: its kinds with their columns.
#[derive(Debug)]
struct Sheet {
    kinds: Vec<(&'static str, &'static [Column])>,
    decimals: usize,
}

impl Sheet {
    fn new(context: &Context) -> Result<(Self, Config), Refusal> {
        let config = context.config::<Config>()?;
        let unknown = || Refusal::unsupported(format_args!("the message {}", context.message));
        let kinds = of_message(&context.message).ok_or_else(unknown)?;
        let kinds = kinds.iter().filter_map(|kind| of_kind(kind).map(|columns| (*kind, columns))).collect();
        Ok((Self { kinds, decimals: config.decimals_of(context.currency) }, config))
    }

    /// The header: `type` where there are several kinds, then each column once, then `more`.
    fn headers(&self) -> Vec<&'static str> {
        let mut headers: Vec<&str> = if self.kinds.len() > 1 { vec![TYPE] } else { Vec::new() };
        for (header, ..) in self.kinds.iter().flat_map(|(_, columns)| columns.iter()) {
            if !headers.contains(header) {
                headers.push(header);
            }
        }
        headers.push(MORE);
        headers
    }
}

/// Reads a file.
pub(crate) struct Reader {
    sheet: Sheet,
    table: Option<TableReader>,
    state: State,
}

/// Where the reader is.
#[derive(Default)]
struct State {
    headers: Vec<String>,
    over: bool,
    mixed: bool,
    end: Option<bailiwick_sdk::kit::lines::LineEnd>,
    marked: bool,
}

impl Reader {
    pub(crate) fn new(context: &Context) -> Result<Self, Refusal> {
        let (sheet, config) = Sheet::new(context)?;
        let table = TableReader::new(config.row_bytes_max as usize, CELLS_MAX);
        Ok(Self { sheet, table: Some(table), state: State::default() })
    }
}

impl Decode for Reader {
    fn push(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), Refusal> {
        let (sheet, state) = (&self.sheet, &mut self.state);
        if let Some(table) = &mut self.table {
            table.push(bytes, |row| state.row(sheet, row, out));
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Output) -> Result<(), Refusal> {
        let (sheet, state) = (&self.sheet, &mut self.state);
        if let Some(table) = &mut self.table {
            table.finish(|row| state.row(sheet, row, out));
        }
        if state.headers.is_empty() && !state.over {
            out.emit(Problem::fatal("bad_header", 1, "the file has no header row"));
        }
        Ok(())
    }
}

impl State {
    fn fatal(&mut self, out: &mut Output, problem: Problem) {
        self.over = true;
        out.emit(problem);
    }

    fn row(&mut self, sheet: &Sheet, row: Row<'_>, out: &mut Output) {
        if self.over {
            return;
        }
        if row.too_long {
            return self.fatal(out, Problem::fatal("line_too_long", row.line, "a row is longer than row_bytes_max"));
        }
        if self.headers.is_empty() {
            return self.header(sheet, row, out);
        }
        let end = *self.end.get_or_insert(row.end);
        if end != row.end && row.end != bailiwick_sdk::kit::lines::LineEnd::None && !self.mixed {
            self.mixed = true;
            out.emit(Problem::warning("mixed_line_ends", row.line, "lines end in different ways"));
        }
        if row.len() != self.headers.len() {
            let code = if row.len() < self.headers.len() { "short_record" } else { "bad_row" };
            let message = format!("{} cells, the header has {}", row.len(), self.headers.len());
            return self.fatal(out, Problem::fatal(code, row.line, message));
        }
        let texts: Result<Vec<_>, usize> = row
            .cells()
            .enumerate()
            .map(|(at, cell)| if cell.contains(&0) { Err(at) } else { Charset::Utf8.decode(cell).map_err(|_| at) })
            .collect();
        let account_at = self.headers.iter().position(|header| header == "account");
        let texts = match texts {
            Ok(texts) => texts,
            Err(at) => {
                let nul = row.cell(at).is_some_and(|cell| cell.contains(&0));
                let code = if nul { "nul_byte" } else { "invalid_characters" };
                let account = account_at.and_then(|at| row.cell(at)).and_then(|cell| std::str::from_utf8(cell).ok());
                let problem = Problem::error(code, row.line, "a cell is not UTF-8 text").column(at + 1);
                return out.emit(problem.account(account.unwrap_or_default()));
            }
        };
        let headers = &self.headers;
        let cell = |name: &str| {
            let at = headers.iter().position(|header| header == name)?;
            texts.get(at).map(|text| text.as_ref())
        };
        let account = cell("account").unwrap_or_default().to_owned();
        let kind = match (sheet.kinds.as_slice(), cell(TYPE)) {
            ([only], _) => Some(only),
            (several, Some(name)) => several.iter().find(|(kind, _)| *kind == name),
            _ => None,
        };
        let Some((kind, columns)) = kind else {
            let known: Vec<&str> = sheet.kinds.iter().map(|(kind, _)| *kind).collect();
            let message = format!("the column type takes: {}", known.join(", "));
            return out.emit(Problem::error("unknown_code", row.line, message).account(&account));
        };
        match item(kind, columns, cell, row.line, sheet.decimals) {
            Ok(item) => out.emit(item),
            Err(bad) => {
                let column = headers.iter().position(|header| *header == bad.header).map_or(0, |at| at + 1);
                let place = if bad.header.is_empty() { String::new() } else { format!("{}: ", bad.header) };
                let mut problem = Problem::error(bad.code, row.line, format!("{place}{}", bad.message));
                if column > 0 {
                    problem = problem.column(column);
                }
                out.emit(problem.account(&account));
            }
        }
    }

    fn header(&mut self, sheet: &Sheet, row: Row<'_>, out: &mut Output) {
        let mut headers = Vec::new();
        for (at, cell) in row.cells().enumerate() {
            let cell = match cell.strip_prefix(b"\xEF\xBB\xBF".as_slice()) {
                Some(rest) if at == 0 => {
                    self.marked = true;
                    rest
                }
                _ => cell,
            };
            match std::str::from_utf8(cell) {
                Ok(text) => headers.push(text.trim().to_owned()),
                Err(_) => return self.fatal(out, Problem::fatal("wrong_encoding", row.line, "the header is not UTF-8")),
            }
        }
        if self.marked {
            out.emit(Problem::warning("byte_order_mark", row.line, "the file begins with a byte order mark"));
        }
        let required = sheet.kinds.first().and_then(|(_, columns)| columns.first()).map(|column| column.0);
        let type_missing = sheet.kinds.len() > 1 && !headers.iter().any(|header| header == TYPE);
        if required.is_some_and(|required| !headers.iter().any(|header| header == required)) || type_missing {
            let message = format!("expected the columns {}", sheet.headers().join(", "));
            return self.fatal(out, Problem::fatal("bad_header", row.line, message));
        }
        let known = sheet.headers();
        if let Some(at) = headers.iter().position(|header| !known.contains(&header.as_str())) {
            let message = format!("column {} is not known; expected: {}", at + 1, known.join(", "));
            return self.fatal(out, Problem::fatal("bad_header", row.line, message).column(at + 1));
        }
        self.end = Some(row.end);
        self.headers = headers;
    }
}

/// Writes a file.
pub(crate) struct Writer {
    sheet: Sheet,
    headers: Option<Vec<&'static str>>,
}

impl Writer {
    pub(crate) fn new(context: &Context) -> Result<Self, Refusal> {
        Ok(Self { sheet: Sheet::new(context)?.0, headers: None })
    }

    fn headers(&mut self, out: &mut Vec<u8>) -> &[&'static str] {
        let sheet = &self.sheet;
        self.headers.get_or_insert_with(|| {
            let headers = sheet.headers();
            write_row(out, headers.iter().map(|header| header.as_bytes()), END);
            headers
        })
    }
}

impl Encode for Writer {
    fn push(&mut self, item: Item, out: &mut Vec<u8>) -> Result<(), Refusal> {
        if matches!(item, Item::Header(_)) {
            return Ok(());
        }
        self.headers(out);
        let kind = item.kind();
        let (_, columns) = self
            .sheet
            .kinds
            .iter()
            .find(|(known, _)| *known == kind)
            .ok_or_else(|| Refusal::unsupported(format_args!("{kind} in this file")))?;
        let cells = cells(&item, columns, self.sheet.decimals)?;
        let headers = self.headers.as_deref().unwrap_or_default();
        let by_header = |header: &&'static str| -> &[u8] {
            if *header == TYPE {
                return kind.as_bytes();
            }
            let at = columns.iter().position(|column| column.0 == *header);
            let at = if *header == MORE { Some(columns.len()) } else { at };
            at.and_then(|at| cells.get(at)).map(|cell| cell.as_bytes()).unwrap_or_default()
        };
        write_row(out, headers.iter().map(by_header), END);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        self.headers(out);
        Ok(())
    }
}
