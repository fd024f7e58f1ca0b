//! Reads a file: lines, encodings, widths, the trailer. Other modules read the records.

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{Control, Header, Problem, Severity};
use bailiwick_sdk::kit::lines::{Line, LineEnd, LineSplitter};
use bailiwick_sdk::kit::resaved::Trace;
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::plugin::{Decode, Output};
use bailiwick_sdk::value::AccountKey;

use crate::config::{Config, code, text};
use crate::fault::{Fatal, Fault, fatal, fatal_at};
use crate::layout::{LINE_BYTES_MAX, Layout, Trailer};
use crate::message::{Message, Read};
use crate::placement::Placements;
use crate::reading::Reading;
use crate::row::Row;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A reader for `message`.
pub(crate) fn reader(
    message: &'static Message,
    config: Config,
    context: &Context,
) -> Result<Box<dyn Decode>, Refusal> {
    let reading = Reading::new(message, config, context)?;
    Ok(match message.read {
        Some(read) => Box::new(Reader::new(message, reading, Records(read))),
        None => Box::new(Reader::new(message, reading, Placements::default())),
    })
}

/// The part of a decoder that reads the records before the trailer.
pub(crate) trait Body {
    /// A record that is read.
    ///
    /// # Errors
    /// A problem that refuses the file.
    fn record(
        &mut self,
        layout: &Layout,
        row: &Row<'_>,
        reading: &mut Reading,
        out: &mut Output,
    ) -> Result<(), Fatal>;

    /// A record that is only counted.
    ///
    /// # Errors
    /// A problem that refuses the file.
    fn unmapped(&mut self, _row: &Row<'_>) -> Result<(), Fatal> {
        Ok(())
    }

    /// Emits the held documents after the last record.
    fn end(&mut self, _out: &mut Output) {}

    /// The sum that the trailer states.
    fn total(&self) -> i128 {
        0
    }
}

/// A body where each record is a document.
struct Records(Read);

impl Body for Records {
    fn record(
        &mut self,
        layout: &Layout,
        row: &Row<'_>,
        reading: &mut Reading,
        out: &mut Output,
    ) -> Result<(), Fatal> {
        let item = match row.flaw() {
            Some(flaw) => Err(flaw),
            None => (self.0)(row, reading),
        };
        match item {
            Ok(item) => out.emit(item),
            Err(fault) => {
                let account: Option<AccountKey> = row.number(layout.file_number).ok().flatten();
                let problem = fault.error(row.line);
                out.emit(match account {
                    Some(account) => problem.account(&account),
                    None => problem,
                });
            }
        }
        Ok(())
    }
}

/// Reads one file.
struct Reader<B> {
    lines: LineSplitter,
    frame: Frame<B>,
}

/// The state of the file so far.
struct Frame<B> {
    message: &'static Message,
    reading: Reading,
    charset: Charset,
    body: B,
    /// How the first line ended.
    line_end: Option<LineEnd>,
    mixed: bool,
    mark: bool,
    /// Records before the trailer.
    records: u64,
    last_line: u64,
    trailer_seen: bool,
    /// Whether a problem refused the file; then nothing more is read or reported.
    refused: bool,
}

impl<B: Body> Reader<B> {
    fn new(message: &'static Message, reading: Reading, body: B) -> Self {
        let frame = Frame {
            message,
            charset: reading.config.encoding.charset(),
            reading,
            body,
            line_end: None,
            mixed: false,
            mark: false,
            records: 0,
            last_line: 0,
            trailer_seen: false,
            refused: false,
        };
        Self { lines: LineSplitter::new(LINE_BYTES_MAX + BYTE_ORDER_MARK.len()), frame }
    }
}

impl<B: Body> Decode for Reader<B> {
    fn push(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), Refusal> {
        if !self.frame.refused {
            self.lines.push(bytes, |line| self.frame.line(line, out));
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Output) -> Result<(), Refusal> {
        if !self.frame.refused {
            self.lines.finish(|line| self.frame.line(line, out));
            self.frame.finish(out);
        }
        Ok(())
    }
}

impl<B: Body> Frame<B> {
    fn line(&mut self, line: Line<'_>, out: &mut Output) {
        if self.refused {
            return;
        }
        self.last_line = line.number;
        if let Err(problem) = self.accept(line, out) {
            self.tell_warnings(out);
            out.emit(*problem);
            self.refused = true;
        }
    }

    fn accept(&mut self, line: Line<'_>, out: &mut Output) -> Result<(), Fatal> {
        let mut bytes = line.bytes;
        if line.number == 1 {
            if is_utf_16(bytes) {
                let message =
                    "the file is UTF-16; expected one byte a character, ask the sender for a plain text file";
                return Err(fatal("wrong_encoding", 1, message));
            }
            if let Some(rest) = bytes.strip_prefix(BYTE_ORDER_MARK) {
                bytes = rest;
                self.mark = true;
                let message =
                    "the file begins with a byte order mark; it was skipped, the sender should leave it out";
                out.emit(Problem::warning("byte_order_mark", 1, message));
            }
        }
        if line.too_long || bytes.len() > LINE_BYTES_MAX {
            let message =
                format!("the line is longer than {LINE_BYTES_MAX} bytes; no record of this interface is");
            return Err(fatal("line_too_long", line.number, message));
        }
        // The line end is checked only now, because a line beyond the bound has no known end.
        self.check_end(line, out);
        if bytes.is_empty() {
            self.reading.warn_once("blank_line", "", "", line.number, || {
                "an empty line; it was skipped and is not counted".to_owned()
            });
            self.tell_warnings(out);
            return Ok(());
        }
        if self.trailer_seen {
            let message = "a record after the trailer; the trailer must be the last record of the file";
            return Err(fatal("data_after_trailer", line.number, message));
        }
        self.record(line, bytes, out)?;
        self.tell_warnings(out);
        Ok(())
    }

    fn record(&mut self, line: Line<'_>, bytes: &[u8], out: &mut Output) -> Result<(), Fatal> {
        let row = Row::new(line.number, bytes, self.charset);
        let ended = line.end != LineEnd::None;
        let code = row.code();
        if let Some(layout) = self.message.layout(code) {
            let whole = if self.message.trailer.is_some() {
                ended
            } else {
                ended || bytes.len() == layout.compact || bytes.len() >= layout.width
            };
            let wider = layout.open_ended && self.reading.config.wider_records;
            let width = if wider { LINE_BYTES_MAX } else { layout.width };
            self.check_width(line.number, bytes.len(), layout.code, layout.compact, width, whole)?;
            self.records += 1;
            self.body.record(layout, &row, &mut self.reading, out)
        } else if let Some(trailer) = self.message.trailer.filter(|trailer| trailer.code == code) {
            self.check_width(line.number, bytes.len(), trailer.code, trailer.compact(), trailer.width, true)?;
            self.body.end(out);
            self.trailer_seen = true;
            self.trailer(&trailer, &row, out).map_err(|fault| fault.fatal(line.number))
        } else if let Some(code) = self.message.unmapped.iter().find(|known| known.as_slice() == code) {
            let width = self.message.unmapped_width;
            self.check_width(
                line.number,
                bytes.len(),
                code,
                4,
                width,
                ended || self.message.trailer.is_none(),
            )?;
            self.records += 1;
            self.body.unmapped(&row)?;
            let name = std::str::from_utf8(code.as_slice()).unwrap_or_default();
            self.reading.warn_once("unmapped_record", "", name, line.number, || {
                format!("{name} records are known but not read; they are counted and left out")
            });
            Ok(())
        } else if ended {
            let message =
                format!("the record type is none of {}; ask the sender for its meaning", self.message.name);
            Err(fatal_at("unknown_record_type", line.number, 1, message))
        } else {
            Err(truncated(line.number))
        }
    }

    /// Checks the length of a record against its type. `whole` says whether nothing shows that it was cut off.
    fn check_width(
        &self,
        line: u64,
        length: usize,
        code: &[u8; 4],
        compact: usize,
        width: usize,
        whole: bool,
    ) -> Result<(), Fatal> {
        if length > width {
            let code = String::from_utf8_lossy(code);
            let message = format!("a {code} record of {length} columns; expected at most {width}");
            return Err(fatal_at("bad_record_width", line, width + 1, message));
        }
        if !whole {
            return Err(truncated(line));
        }
        if length < compact {
            let code = String::from_utf8_lossy(code);
            let message = format!(
                "a {code} record of {length} columns; its columns go to {compact}, ask the sender for the whole file"
            );
            return Err(fatal_at("short_record", line, length + 1, message));
        }
        Ok(())
    }

    fn check_end(&mut self, line: Line<'_>, out: &mut Output) {
        if line.end == LineEnd::None {
            return;
        }
        if self.line_end.is_none() && line.end == LineEnd::Cr {
            out.emit(Trace::CarriageReturns.warning(line.number));
        }
        let first = *self.line_end.get_or_insert(line.end);
        if first != line.end && !self.mixed {
            self.mixed = true;
            let message = "lines end with CR LF in one place and with LF in another; both were accepted";
            out.emit(Problem::warning("mixed_line_ends", line.number, message));
        }
    }

    fn trailer(&mut self, trailer: &Trailer, row: &Row<'_>, out: &mut Output) -> Result<(), Fault> {
        if let Some(flaw) = row.flaw() {
            return Err(flaw);
        }
        let stated = count(row)?;
        let total = trailer.total.map(|column| row.amount(column)).transpose()?;
        let mut header = Header::new();
        header.line = Some(row.line);
        header.agency = row.text(Trailer::AGENCY)?;
        header.agency_name = row.text(Trailer::AGENCY_NAME)?;
        header.created_on = row.day(trailer.created)?;
        header.encoding = Some(text(self.charset.name()));
        header.byte_order_mark = self.mark;
        out.emit(Box::new(header));
        let found = i64::try_from(self.records).unwrap_or(i64::MAX);
        let mut records = Control::new(code("trailer_count_mismatch"), text("records"), stated, found);
        records.line = Some(row.line);
        out.emit(records);
        if let Some(stated) = total {
            let found = self.body.total();
            let found = i64::try_from(found).unwrap_or(if found < 0 { i64::MIN } else { i64::MAX });
            let mut placed = Control::new(code("trailer_amount_mismatch"), text("placed"), stated, found);
            placed.line = Some(row.line);
            out.emit(placed);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Output) {
        if self.refused || self.trailer_seen {
            return;
        }
        if self.message.trailer.is_some() {
            let message = "the file ends without a trailer; ask the sender for the whole file";
            out.emit(Problem::at(Severity::Fatal, "missing_trailer", self.last_line, message));
            self.refused = true;
            return;
        }
        self.body.end(out);
        self.tell_warnings(out);
    }

    fn tell_warnings(&mut self, out: &mut Output) {
        for warning in self.reading.warnings.drain(..) {
            out.emit(warning);
        }
    }
}

#[cold]
fn truncated(line: u64) -> Fatal {
    let message = "the file ends in the middle of this record; ask the sender for the whole file";
    fatal("truncated_record", line, message)
}

/// The records that the trailer states.
fn count(row: &Row<'_>) -> Result<i64, Fault> {
    let digits = row.bytes(Trailer::RECORDS);
    let fault = || Fault::new("bad_number", Trailer::RECORDS, "a count");
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(fault());
    }
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or_else(fault)
}

/// A byte order mark, or four bytes of which every other one is zero.
fn is_utf_16(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [1..=0xFF, 0, 1..=0xFF, 0, ..] | [0, 1..=0xFF, 0, 1..=0xFF, ..]
    )
}
