//! Tables of comma-separated cells, on the bytes as they come.
//!
//! Splitting works before decoding: in UTF-8, GBK, GB18030 and Latin-1 no byte of a longer
//! character is a comma, a quote, CR or LF, so half a character spoils its own cell and no other.
//! A byte order mark is no exception: it stays in the first cell unless the caller takes it off,
//! because in another character set its bytes are text.

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
    /// The row has more bytes than the bound; its cells are not to be used.
    pub too_long: bool,
    /// The row has more cells than the bound; its cells are not to be used.
    pub too_many_cells: bool,
    /// The file ended inside a quoted cell of this row.
    pub open_quote: bool,
    /// The separator, if the first line of the file named it.
    pub separator: Option<u8>,
}

impl<'a> Row<'a> {
    /// Whether the row has no more bytes and cells than the bounds; only then are its cells those of the file.
    pub fn is_within_bounds(&self) -> bool {
        !self.too_long && !self.too_many_cells
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no cell.
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
/// Cells may be quoted, quotes inside are doubled, a quoted cell may hold line ends. A row ends with CR LF, LF or CR;
/// empty lines are left out.
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
    too_many_cells: bool,
    row_bytes_max: usize,
    begun: bool,
    /// The row is whole and ended with a CR: the next byte shows whether an LF follows.
    cr_waits: bool,
    separator: Separator,
}

/// Whether a first line such as `sep=;` names the separator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    /// Such a line is a row like others.
    NotLookedFor,
    /// The first row is not whole yet.
    Awaited,
    /// The first row was no such line.
    Absent,
    /// It named this byte.
    Named(u8),
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
            too_many_cells: false,
            row_bytes_max,
            begun: false,
            cr_waits: false,
            separator: Separator::NotLookedFor,
        }
    }

    /// The same, which takes a first line `sep=,`, `sep=;` or `sep=` and a tab for the name of the separator: the line
    /// is no row, and cells are divided by that character. Spreadsheets write and read such a line.
    ///
    /// ```
    /// use bailiwick_sdk::kit::table::TableReader;
    /// let mut table = TableReader::new(80, 8).with_separator_line();
    /// table.push(b"sep=;\na;b\n", |row| assert_eq!((row.line, row.len()), (2, 2)));
    /// assert_eq!(table.separator(), Some(b';'));
    /// ```
    #[must_use]
    pub fn with_separator_line(mut self) -> Self {
        self.separator = Separator::Awaited;
        self
    }

    /// The separator that the first line named.
    pub fn separator(&self) -> Option<u8> {
        match self.separator {
            Separator::Named(separator) => Some(separator),
            _ => None,
        }
    }

    /// The next piece of the file; `each` sees every row that is now whole.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Row<'_>)) {
        self.feed(bytes, &mut each);
    }

    /// The file is at its end; `each` sees the last row if it had no end.
    pub fn finish(&mut self, mut each: impl FnMut(Row<'_>)) {
        if std::mem::take(&mut self.cr_waits) {
            self.deliver(LineEnd::Cr, false, &mut each);
        }
        if self.raw == 0 {
            return;
        }
        // A line end would end the row, unless it stood in quotes that were never closed.
        let (result, ..) = self.reader.read_record(b"\n", &mut [0], &mut [0]);
        let open_quote = result != ReadRecordResult::Record;
        match self.ends.get_mut(self.cells) {
            Some(end) => {
                *end = self.used;
                self.cells += 1;
            }
            None => self.too_many_cells = true,
        }
        self.deliver(LineEnd::None, open_quote, &mut each);
    }

    /// The physical lines begun so far.
    pub fn lines(&self) -> u64 {
        self.line
    }

    fn feed(&mut self, mut input: &[u8], each: &mut impl FnMut(Row<'_>)) {
        // No input would tell the reader that the file is at its end.
        while let Some(first) = input.first() {
            if std::mem::take(&mut self.cr_waits) {
                self.deliver(if *first == b'\n' { LineEnd::CrLf } else { LineEnd::Cr }, false, each);
            }
            // The reader drops a byte order mark that its first piece holds whole, so the first piece is one byte.
            let piece = if self.begun { input } else { input.get(..1).unwrap_or_default() };
            self.begun = true;
            let (result, read, wrote, ended) = self.reader.read_record(
                piece,
                self.bytes.get_mut(self.used..).unwrap_or_default(),
                self.ends.get_mut(self.cells..).unwrap_or_default(),
            );
            self.consume(input.get(..read).unwrap_or_default());
            input = input.get(read..).unwrap_or_default();
            self.used += wrote;
            self.cells += ended;
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
                // The row is longer than its bound: its bytes are counted and no longer kept.
                ReadRecordResult::OutputFull => self.used = 0,
                ReadRecordResult::OutputEndsFull => {
                    self.too_many_cells = true;
                    self.cells = 0;
                }
                ReadRecordResult::Record if self.last == b'\r' => {
                    self.line += 1;
                    self.cr_waits = true;
                }
                ReadRecordResult::Record => self.deliver(LineEnd::Lf, false, each),
            }
        }
    }

    fn consume(&mut self, mut read: &[u8]) {
        if self.raw == 0 {
            // The reader takes a CR for the whole end and leaves the LF in front of the next row.
            let skipped = read.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
            let (ends, row) = read.split_at(skipped);
            for byte in ends {
                // The LF of CR LF was counted with its CR.
                self.line += u64::from(*byte == b'\r' || self.last != b'\r');
                self.last = *byte;
            }
            self.row_line = self.line;
            read = row;
        }
        // A CR that ends the row is counted there; one inside quotes is no line end.
        self.line += count(read);
        self.raw = self.raw.saturating_add(read.len());
        self.last = read.last().copied().unwrap_or(self.last);
    }

    /// Whether the first row is a line that names the separator. Then the reader goes on with that one.
    fn takes_separator(&mut self) -> bool {
        // Of a row beyond a bound, only the end is still there.
        let whole = self.raw <= self.row_bytes_max && !self.too_many_cells;
        let bytes = self.bytes.get(..self.used).filter(|_| whole).unwrap_or_default();
        let named = match (bytes.strip_prefix(b"sep="), self.cells) {
            (Some([]), 2) if self.ends.first() == Some(&bytes.len()) => Some(b','),
            (Some([separator @ (b';' | b'\t')]), 1) => Some(*separator),
            _ => None,
        };
        self.separator = named.map_or(Separator::Absent, Separator::Named);
        if let Some(separator) = named {
            self.reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
            self.begun = false;
        }
        named.is_some()
    }

    fn deliver(&mut self, end: LineEnd, open_quote: bool, each: &mut impl FnMut(Row<'_>)) {
        if self.separator == Separator::Awaited && self.takes_separator() {
            self.used = 0;
            self.cells = 0;
            self.raw = 0;
            return;
        }
        let bytes = self.bytes.get(..self.used).unwrap_or_default();
        let ends = self.ends.get(..self.cells).unwrap_or_default();
        let too_long = self.raw > self.row_bytes_max;
        let too_many_cells = std::mem::take(&mut self.too_many_cells);
        let separator = self.separator();
        each(Row { line: self.row_line, bytes, ends, end, too_long, too_many_cells, open_quote, separator });
        self.used = 0;
        self.cells = 0;
        self.raw = 0;
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

    /// The parts of a row that tests compare. The cells of a row beyond a bound are not to be used.
    #[derive(Debug, PartialEq)]
    struct Seen {
        line: u64,
        cells: Vec<String>,
        end: LineEnd,
        /// `too_long`, `too_many_cells`, `open_quote`.
        flags: [bool; 3],
    }

    const CELLS_MAX: usize = 8;

    fn all<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, max: usize) -> Vec<Seen> {
        let mut seen = Vec::new();
        let mut each = |row: Row<'_>| {
            let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
            seen.push(Seen {
                line: row.line,
                cells: if row.is_within_bounds() { row.cells().map(text).collect() } else { Vec::new() },
                end: row.end,
                flags: [row.too_long, row.too_many_cells, row.open_quote],
            });
        };
        let mut table = TableReader::new(max, CELLS_MAX);
        for piece in pieces {
            table.push(piece, &mut each);
        }
        table.finish(&mut each);
        seen
    }

    /// The rows of a file, which pieces of any size must not change.
    fn in_any_pieces(file: &[u8], max: usize) -> Vec<Seen> {
        let whole = all([file], max);
        for size in 1..file.len() {
            assert_eq!(all(file.chunks(size), max), whole, "in pieces of {size}");
        }
        whole
    }

    fn cells(seen: &[Seen]) -> Vec<(u64, Vec<&str>)> {
        seen.iter().map(|row| (row.line, row.cells.iter().map(String::as_str).collect())).collect()
    }

    #[test]
    fn lines_are_counted_through_quotes() {
        let seen = in_any_pieces(b"a,b\r\n\"x\ny\",2\r\nc,\"d\"\"e\"\r\n", 100);
        assert_eq!(cells(&seen), [(1, vec!["a", "b"]), (2, vec!["x\ny", "2"]), (4, vec!["c", "d\"e"])]);
    }

    #[test]
    fn line_ends_and_bounds_are_reported() {
        let seen = in_any_pieces(b"a\r\nb\nc", 100);
        let ends: Vec<_> = seen.iter().map(|row| (row.line, row.end)).collect();
        assert_eq!(ends, [(1, LineEnd::CrLf), (2, LineEnd::Lf), (3, LineEnd::None)]);
        let seen = in_any_pieces(b"a\rb\r\nc\r", 100);
        let ends: Vec<_> = seen.iter().map(|row| (row.line, row.end)).collect();
        assert_eq!(ends, [(1, LineEnd::Cr), (2, LineEnd::CrLf), (3, LineEnd::Cr)]);
        let seen = in_any_pieces(b"a\r\n12345678901234567890\r\nb\r\n", 10);
        let long: Vec<_> = seen.iter().map(|row| (row.line, row.flags)).collect();
        assert_eq!(long, [(1, [false; 3]), (2, [true, false, false]), (3, [false; 3])]);
    }

    #[test]
    fn lines_that_end_with_cr_alone_are_counted() {
        let seen = in_any_pieces(b"a,b\r\r\"x\ny\",2\rc,d\r\n\r\ne,f", 100);
        let want = [(1, vec!["a", "b"]), (3, vec!["x\ny", "2"]), (5, vec!["c", "d"]), (7, vec!["e", "f"])];
        assert_eq!(cells(&seen), want);
    }

    #[test]
    fn a_line_that_names_the_separator_is_no_row() {
        let read = |file: &[u8], size: usize| {
            let mut seen = Vec::new();
            let mut each = |row: Row<'_>| {
                seen.push((row.line, row.cells().map(|cell| cell.to_vec()).collect::<Vec<_>>()));
            };
            let mut table = TableReader::new(40, CELLS_MAX).with_separator_line();
            for piece in file.chunks(size) {
                table.push(piece, &mut each);
            }
            table.finish(&mut each);
            (table.separator(), seen)
        };
        let row = |line, cells: [&str; 2]| (line, cells.map(|cell| cell.as_bytes().to_vec()).to_vec());
        for size in 1..20 {
            for (file, separator) in [
                ("sep=;\r\na;b,\r\n\"c;d\";e\r\n", Some(b';')),
                ("sep=,\na,\"b,\"\nc;d,e\n", Some(b',')),
                ("sep=\t\ra\tb,\rc;d\te\r", Some(b'\t')),
            ] {
                let want = vec![row(2, ["a", "b,"]), row(3, ["c;d", "e"])];
                assert_eq!(read(file.as_bytes(), size), (separator, want), "{file:?} in pieces of {size}");
            }
            // After the line, a byte order mark is bytes like others.
            let mark = read("sep=;\n\u{feff}a;b\n".as_bytes(), size).1;
            assert_eq!(mark, [row(2, ["\u{feff}a", "b"])]);
            // Only the first line can name it, and only one that cannot be half of a character.
            for (file, first) in [("sep=|,b\n", "sep=|"), ("a,b\nsep=;\n", "a")] {
                let (separator, rows) = read(file.as_bytes(), size);
                assert_eq!((separator, rows[0].1[0].as_slice()), (None, first.as_bytes()), "{file:?}");
            }
        }
    }

    #[test]
    fn the_end_of_a_first_line_beyond_a_bound_names_no_separator() {
        let long = format!("{}sep=;\na;b\n", "x".repeat(40));
        let quoted = format!("\"{}\nsep=;\"\na;b\n", "x".repeat(39));
        let many = format!("{}sep=;\na;b\n", ",".repeat(CELLS_MAX));
        for (file, flags) in [(long, (true, false)), (quoted, (true, false)), (many, (false, true))] {
            for size in [1, 7, 40, 41, 100] {
                let mut seen = Vec::new();
                let mut each = |row: Row<'_>| seen.push((row.too_long, row.too_many_cells));
                let mut table = TableReader::new(40, CELLS_MAX).with_separator_line();
                for piece in file.as_bytes().chunks(size) {
                    table.push(piece, &mut each);
                }
                table.finish(&mut each);
                assert_eq!(table.separator(), None);
                assert_eq!(seen, [flags, (false, false)], "{file:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn too_many_cells_are_told_apart_from_too_many_bytes() {
        let file = b"1,2,3,4,5,6,7,8\r\n1,2,3,4,5,6,7,8,9\r\n,,,,,,,,,,,,,,,,,,,,,,,,\r\n\
            1,2,3,4,5,6,7,8888888888888888888888888888\r\na,b\r\n";
        let seen = in_any_pieces(file, 40);
        let flags: Vec<_> = seen.iter().map(|row| (row.line, row.flags)).collect();
        let many = [false, true, false];
        assert_eq!(
            flags,
            [(1, [false; 3]), (2, many), (3, many), (4, [true, false, false]), (5, [false; 3])]
        );
        assert_eq!(cells(&seen[4..]), [(5, vec!["a", "b"])]);
        // A last row without an end is no different.
        let last = in_any_pieces(b"1,2,3,4,5,6,7,8,", 40);
        assert_eq!((last.len(), last[0].flags), (1, many));
    }

    #[test]
    fn a_byte_order_mark_is_bytes_like_others() {
        let seen = in_any_pieces("\u{FEFF}a,\u{FEFF}b\r\n\u{FEFF}c,d\r\n".as_bytes(), 100);
        assert_eq!(cells(&seen), [(1, vec!["\u{FEFF}a", "\u{FEFF}b"]), (2, vec!["\u{FEFF}c", "d"])]);
    }

    #[test]
    fn a_file_that_ends_in_an_open_quote_is_reported() {
        for (file, open) in [
            ("a,b\r\nc,\"d", true),
            ("a,b\r\nc,\"", true),
            ("a,b\r\nc,\"d\"\"", true),
            ("a,b\r\nc,\"d\r\n", true),
            ("a,b\r\nc,\"d\r\ne,f\r\n", true),
            ("a,b\r\nc,\"d\"", false),
            ("a,b\r\nc,\"\"", false),
            ("a,b\r\nc,d", false),
            ("a,b\r\nc,d\"", false),
            ("a,b\r\nc,", false),
        ] {
            let seen = in_any_pieces(file.as_bytes(), 100);
            let flags: Vec<_> = seen.iter().map(|row| (row.line, row.end, row.flags)).collect();
            let want = [(1, LineEnd::CrLf, [false; 3]), (2, LineEnd::None, [false, false, open])];
            assert_eq!(flags, want, "{file:?}");
        }
        let seen = in_any_pieces(b"a,b\r\nc,\"d\"\r\n", 100);
        assert!(seen.iter().all(|row| row.flags == [false; 3]), "{seen:?}");
        let long = in_any_pieces(b"c,\"dddddddddddd", 10);
        assert_eq!(long[0].flags, [true, false, true]);
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
            let whole = all([&file[..]], 1000);
            prop_assert_eq!(&all([&file[..cut], &file[cut..]], 1000), &whole);
            // A row of one empty cell is an empty line, which tables skip.
            let want: Vec<Vec<String>> =
                rows.into_iter().filter(|row| row.len() > 1 || !row[0].is_empty()).collect();
            let got: Vec<Vec<String>> = whole.into_iter().map(|row| row.cells).collect();
            prop_assert_eq!(got, want);
        }
    }
}
