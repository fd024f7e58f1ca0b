//! Splits pieces of a file into physical lines.

/// A physical line without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes without CR and LF. Of a line beyond the bound, the first bytes up to the bound.
    pub bytes: &'a [u8],
    /// How it ended.
    pub end: LineEnd,
    /// It is longer than the bound; `bytes` holds only its beginning.
    pub too_long: bool,
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnd {
    /// CR LF.
    CrLf,
    /// LF alone.
    Lf,
    /// CR alone.
    Cr,
    /// The file ended without one.
    None,
}

/// Splits a file that arrives in pieces into lines, holding no more than one line of bounded length.
///
/// A line ends with CR LF or with LF. If the first line end of a file is a CR alone, a CR alone ends every line of
/// it; in other files such a CR is a byte of its line.
///
/// ```
/// use bailiwick_sdk::kit::lines::LineSplitter;
/// let mut seen = Vec::new();
/// let mut lines = LineSplitter::new(80);
/// lines.push(b"one\r\ntw", |line| seen.push((line.number, line.bytes.to_vec())));
/// lines.push(b"o\n", |line| seen.push((line.number, line.bytes.to_vec())));
/// lines.finish(|_| unreachable!("nothing is left"));
/// assert_eq!(seen, [(1, b"one".to_vec()), (2, b"two".to_vec())]);
/// ```
#[derive(Debug)]
pub struct LineSplitter {
    line_bytes_max: usize,
    held: Vec<u8>,
    too_long: bool,
    number: u64,
    /// Whether a CR alone ends a line; not known before the first line end.
    cr_ends: Option<bool>,
    /// The piece before ended with a CR, which may be a line end or the beginning of one.
    cr_waits: bool,
}

impl LineSplitter {
    /// A splitter for lines of at most `line_bytes_max` bytes, their end not counted.
    pub fn new(line_bytes_max: usize) -> Self {
        Self { line_bytes_max, held: Vec::new(), too_long: false, number: 0, cr_ends: None, cr_waits: false }
    }

    /// The next piece of the file; `each` sees every line that is now whole.
    pub fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        if let (true, Some(first)) = (self.cr_waits, bytes.first()) {
            self.cr_waits = false;
            match first {
                b'\n' => self.hold(b"\r"),
                _ => self.end(b"", LineEnd::Cr, &mut each),
            }
        }
        loop {
            let next = match self.cr_ends {
                Some(false) => memchr::memchr(b'\n', bytes),
                _ => memchr::memchr2(b'\n', b'\r', bytes),
            };
            let Some(at) = next else { break };
            let (line, rest) = bytes.split_at(at);
            match rest {
                [b'\r'] => {
                    self.hold(line);
                    self.cr_waits = true;
                    return;
                }
                [b'\r', b'\n', rest @ ..] => {
                    self.end(bytes.get(..=at).unwrap_or_default(), LineEnd::Lf, &mut each);
                    bytes = rest;
                }
                [first, rest @ ..] => {
                    let end = if *first == b'\r' { LineEnd::Cr } else { LineEnd::Lf };
                    self.end(line, end, &mut each);
                    bytes = rest;
                }
                [] => break,
            }
        }
        self.hold(bytes);
    }

    /// The file is at its end; `each` sees the last line if it had no end.
    pub fn finish(&mut self, mut each: impl FnMut(Line<'_>)) {
        if std::mem::take(&mut self.cr_waits) {
            return match self.cr_ends {
                Some(true) => self.end(b"", LineEnd::Cr, &mut each),
                // One CR at the end of a file is no line end yet: the LF is missing.
                _ => self.end(b"\r", LineEnd::None, &mut each),
            };
        }
        if !self.held.is_empty() || self.too_long {
            self.end(b"", LineEnd::None, &mut each);
        }
    }

    /// The lines seen so far.
    pub fn count(&self) -> u64 {
        self.number
    }

    fn hold(&mut self, bytes: &[u8]) {
        // One byte more than the bound, for the CR of a line that just fits.
        let room = (self.line_bytes_max + 1).saturating_sub(self.held.len());
        self.too_long |= bytes.len() > room;
        self.held.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
    }

    /// A line is whole: the bytes held and `rest`. Its CR before an LF still stands in them.
    fn end(&mut self, rest: &[u8], end: LineEnd, each: &mut impl FnMut(Line<'_>)) {
        self.number += 1;
        if self.cr_ends.is_none() {
            self.cr_ends = Some(end == LineEnd::Cr);
        }
        if self.held.is_empty() && !self.too_long {
            each(self.whole(rest, end));
            return;
        }
        self.hold(rest);
        let held = std::mem::take(&mut self.held);
        each(self.whole(&held, end));
        self.held = held;
        self.held.clear();
        self.too_long = false;
    }

    fn whole<'a>(&self, line: &'a [u8], end: LineEnd) -> Line<'a> {
        let (bytes, end) = match (end, line.split_last()) {
            (LineEnd::Lf, Some((b'\r', rest))) if !self.too_long => (rest, LineEnd::CrLf),
            (end, _) => (line, end),
        };
        let too_long = self.too_long || bytes.len() > self.line_bytes_max;
        let bytes = bytes.get(..self.line_bytes_max.min(bytes.len())).unwrap_or_default();
        Line { number: self.number, bytes, end, too_long }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(pieces: &[&[u8]], max: usize) -> Vec<(u64, Vec<u8>, LineEnd, bool)> {
        let mut seen = Vec::new();
        let mut each =
            |line: Line<'_>| seen.push((line.number, line.bytes.to_vec(), line.end, line.too_long));
        let mut lines = LineSplitter::new(max);
        for piece in pieces {
            lines.push(piece, &mut each);
        }
        lines.finish(&mut each);
        seen
    }

    #[test]
    fn a_long_line_is_cut_and_marked() {
        let seen = all(&[b"12345678\r\n12\n"], 4);
        assert_eq!(
            seen,
            [(1, b"1234".to_vec(), LineEnd::CrLf, true), (2, b"12".to_vec(), LineEnd::Lf, false)]
        );
        let seen = all(&[b"123", b"45678", b"9\r\nx"], 4);
        assert_eq!(seen[0].1, b"1234");
        assert!(seen[0].3);
        assert_eq!(seen[1], (2, b"x".to_vec(), LineEnd::None, false));
    }

    #[test]
    fn a_line_of_just_the_bound_fits() {
        assert_eq!(all(&[b"12", b"34\r", b"\n"], 4), [(1, b"1234".to_vec(), LineEnd::CrLf, false)]);
    }

    #[test]
    fn a_file_whose_first_line_ends_with_cr_alone_has_such_lines() {
        let line = |number, bytes: &[u8], end| (number, bytes.to_vec(), end, false);
        let file = b"a\r\rb\r\nc\nd\r";
        let want = [
            line(1, b"a", LineEnd::Cr),
            line(2, b"", LineEnd::Cr),
            line(3, b"b", LineEnd::CrLf),
            line(4, b"c", LineEnd::Lf),
            line(5, b"d", LineEnd::Cr),
        ];
        assert_eq!(all(&[file], 4), want);
        for size in 1..file.len() {
            assert_eq!(all(&file.chunks(size).collect::<Vec<_>>(), 4), want, "in pieces of {size}");
        }
        // In any other file a CR is a byte like others.
        assert_eq!(all(&[b"a\nb\rc\n"], 4)[1], line(2, b"b\rc", LineEnd::Lf));
        assert_eq!(all(&[b"a\r"], 4), [line(1, b"a\r", LineEnd::None)]);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200), cut in 0usize..200) {
            let cut = cut.min(bytes.len());
            // CR at the very end of a cut-off long line is the only place where cutting shows; lines here fit.
            prop_assert_eq!(all(&[&bytes], 1000), all(&[&bytes[..cut], &bytes[cut..]], 1000));
        }
    }
}
