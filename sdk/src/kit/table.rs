//! Tables of comma-separated cells, on the bytes as they come.
//!
//! Splitting works before decoding: in UTF-8, GBK, GB18030 and Latin-1 no byte of a longer
//! character is a comma, a quote, CR or LF, so half a character spoils its own cell and no other.

use csv_core::ReadRecordResult;

use super::lines::LineEnd;

/// A row of cells.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The physical line where it begins, from 1.
    pub line: u64,
    bytes: &'a [u8],
    ends: &'a [usize],
    /// How it ended.
    pub end: LineEnd,
    /// The row is longer than the bound; its cells are not to be used.
    pub too_long: bool,
}

impl<'a> Row<'a> {
    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of a cell, unquoted.
    pub fn cell(&self, at: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(at)?;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.bytes.get(start..end)
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (bytes, ends) = (self.bytes, self.ends);
        let mut start = 0;
        ends.iter().map(move |end| {
            let cell = bytes.get(start..*end).unwrap_or_default();
            start = *end;
            cell
        })
    }
}

/// Splits a table that arrives in pieces into rows, holding no more than one row of bounded size.
/// Cells may be quoted, quotes inside are doubled, a quoted cell may hold line ends.
#[derive(Debug)]
pub struct TableReader {
    reader: csv_core::Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    used: usize,
    cells: usize,
    /// Raw bytes of the row read so far, to bound it and to know how it ended.
    raw: usize,
    last: u8,
    line: u64,
    row_line: u64,
    too_long: bool,
    row_bytes_max: usize,
}

impl TableReader {
    /// A reader for rows of at most `row_bytes_max` bytes and `cells_max` cells.
    pub fn new(row_bytes_max: usize, cells_max: usize) -> Self {
        Self {
            reader: csv_core::Reader::new(),
            bytes: vec![0; row_bytes_max],
            ends: vec![0; cells_max],
            used: 0,
            cells: 0,
            raw: 0,
            last: 0,
            line: 1,
            row_line: 1,
            too_long: false,
            row_bytes_max,
        }
    }

    /// The next piece of the file; `each` sees every row that is now whole.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Row<'_>)) {
        // An empty piece would tell the reader that the file is at its end.
        if !bytes.is_empty() {
            self.feed(bytes, &mut each);
        }
    }

    /// The file is at its end; `each` sees the last row if it had no end.
    pub fn finish(&mut self, mut each: impl FnMut(Row<'_>)) {
        self.feed(&[], &mut each);
    }

    /// The physical lines begun so far.
    pub fn lines(&self) -> u64 {
        self.line
    }

    fn feed(&mut self, mut input: &[u8], each: &mut impl FnMut(Row<'_>)) {
        let at_end = input.is_empty();
        loop {
            let (result, read, wrote, ended) = self.reader.read_record(
                input,
                self.bytes.get_mut(self.used..).unwrap_or_default(),
                self.ends.get_mut(self.cells..).unwrap_or_default(),
            );
            self.consume(input.get(..read).unwrap_or_default());
            input = input.get(read..).unwrap_or_default();
            self.used += wrote;
            self.cells += ended;
            match result {
                ReadRecordResult::InputEmpty => return,
                // Too many bytes or cells: what was read of this row is dropped, the rest is skipped.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    self.too_long = true;
                    self.used = 0;
                    self.cells = 0;
                }
                ReadRecordResult::Record => self.deliver(at_end, each),
                ReadRecordResult::End => return,
            }
        }
    }

    fn consume(&mut self, mut read: &[u8]) {
        if self.raw == 0 {
            // The reader takes a CR for the whole end and leaves the LF in front of the next row.
            let skipped = read.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
            let (ends, row) = read.split_at(skipped);
            self.line += count(ends);
            self.row_line = self.line;
            read = row;
        }
        self.line += count(read);
        self.raw += read.len();
        self.last = read.last().copied().unwrap_or(self.last);
    }

    fn deliver(&mut self, at_end: bool, each: &mut impl FnMut(Row<'_>)) {
        let end = match self.last {
            _ if at_end => LineEnd::None,
            b'\r' => LineEnd::CrLf,
            b'\n' => LineEnd::Lf,
            _ => LineEnd::None,
        };
        let bytes = self.bytes.get(..self.used).unwrap_or_default();
        let ends = self.ends.get(..self.cells).unwrap_or_default();
        let too_long = self.too_long || self.raw > self.row_bytes_max;
        each(Row { line: self.row_line, bytes, ends, end, too_long });
        self.used = 0;
        self.cells = 0;
        self.raw = 0;
        self.too_long = false;
    }
}

fn count(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Writes a row: cells are quoted only when they must be, quotes are doubled.
///
/// ```
/// let mut out = Vec::new();
/// bailiwick_sdk::kit::table::write_row(&mut out, [&b"a,b"[..], b"say \"x\"", b""], b"\r\n");
/// assert_eq!(out, b"\"a,b\",\"say \"\"x\"\"\",\r\n");
/// ```
pub fn write_row<'a>(out: &mut Vec<u8>, cells: impl IntoIterator<Item = &'a [u8]>, end: &[u8]) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if memchr::memchr3(b',', b'"', b'\n', cell).is_none() && memchr::memchr(b'\r', cell).is_none() {
            out.extend_from_slice(cell);
            continue;
        }
        out.push(b'"');
        for byte in cell {
            if *byte == b'"' {
                out.push(b'"');
            }
            out.push(*byte);
        }
        out.push(b'"');
    }
    out.extend_from_slice(end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Seen = Vec<(u64, Vec<Vec<u8>>, LineEnd, bool)>;

    fn all(pieces: &[&[u8]], max: usize) -> Seen {
        let mut seen = Vec::new();
        let mut each = |row: Row<'_>| {
            seen.push((row.line, row.cells().map(<[u8]>::to_vec).collect(), row.end, row.too_long));
        };
        let mut table = TableReader::new(max, 8);
        for piece in pieces {
            table.push(piece, &mut each);
        }
        table.finish(&mut each);
        seen
    }

    fn cells(seen: &Seen) -> Vec<(u64, Vec<&str>)> {
        let text = |cell: &'_ Vec<u8>| -> &'static str {
            Box::leak(String::from_utf8_lossy(cell).into_owned().into_boxed_str())
        };
        seen.iter().map(|(line, cells, ..)| (*line, cells.iter().map(text).collect())).collect()
    }

    #[test]
    fn lines_are_counted_through_quotes() {
        let seen = all(&[b"a,b\r\n\"x\ny\",2\r\nc,\"d\"\"e\"\r\n"], 100);
        assert_eq!(cells(&seen), [(1, vec!["a", "b"]), (2, vec!["x\ny", "2"]), (4, vec!["c", "d\"e"])]);
    }

    #[test]
    fn ends_and_bounds_are_told() {
        let seen = all(&[b"a\r\nb\nc"], 100);
        let ends: Vec<_> = seen.iter().map(|(line, _, end, _)| (*line, *end)).collect();
        assert_eq!(ends, [(1, LineEnd::CrLf), (2, LineEnd::Lf), (3, LineEnd::None)]);
        let seen = all(&[b"a\r\n", b"12345678901234567890\r\nb\r\n"], 10);
        let long: Vec<_> = seen.iter().map(|(line, _, _, long)| (*line, *long)).collect();
        assert_eq!(long, [(1, false), (2, true), (3, false)]);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter_and_rows_come_back(
            rows in proptest::collection::vec(proptest::collection::vec("[a-c,\"\r\n逾]{0,6}", 1..5), 1..6),
            cut in 0usize..300,
        ) {
            let mut file = Vec::new();
            for row in &rows {
                write_row(&mut file, row.iter().map(String::as_bytes), b"\r\n");
            }
            let cut = cut.min(file.len());
            let whole = all(&[&file], 1000);
            let pieces = all(&[&file[..cut], &file[cut..]], 1000);
            // How a row ended may depend on the cut between CR and LF only for the last row; cells and lines never do.
            prop_assert_eq!(cells(&whole), cells(&pieces));
            // A row of one empty cell is an empty line, which tables skip.
            let want: Vec<Vec<Vec<u8>>> = rows.iter().filter(|row| row.len() > 1 || !row[0].is_empty())
                .map(|row| row.iter().map(|cell| cell.clone().into_bytes()).collect()).collect();
            let got: Vec<Vec<Vec<u8>>> = whole.into_iter().map(|(_, cells, ..)| cells).collect();
            prop_assert_eq!(got, want);
        }
    }
}
