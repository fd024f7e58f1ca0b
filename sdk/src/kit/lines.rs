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
    /// The file ended without one.
    None,
}

/// Splits a file that arrives in pieces into lines, holding no more than one line of bounded length.
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
}

impl LineSplitter {
    /// A splitter for lines of at most `line_bytes_max` bytes, their end not counted.
    pub fn new(line_bytes_max: usize) -> Self {
        Self { line_bytes_max, held: Vec::new(), too_long: false, number: 0 }
    }

    /// The next piece of the file; `each` sees every line that is now whole.
    pub fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        while let Some(at) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(at);
            bytes = rest.get(1..).unwrap_or_default();
            self.number += 1;
            if self.held.is_empty() && !self.too_long {
                each(self.whole(line, true));
            } else {
                self.hold(line);
                let held = std::mem::take(&mut self.held);
                each(self.whole(&held, true));
                self.held = held;
                self.held.clear();
                self.too_long = false;
            }
        }
        self.hold(bytes);
    }

    /// The file is at its end; `each` sees the last line if it had no end.
    pub fn finish(&mut self, mut each: impl FnMut(Line<'_>)) {
        if self.held.is_empty() && !self.too_long {
            return;
        }
        self.number += 1;
        let held = std::mem::take(&mut self.held);
        each(self.whole(&held, false));
        self.too_long = false;
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

    fn whole<'a>(&self, line: &'a [u8], ended: bool) -> Line<'a> {
        let (bytes, end) = match (ended, line.split_last()) {
            (true, Some((b'\r', rest))) if !self.too_long => (rest, LineEnd::CrLf),
            (true, _) => (line, LineEnd::Lf),
            (false, _) => (line, LineEnd::None),
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

    proptest! {
        #[test]
        fn pieces_do_not_matter(bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200), cut in 0usize..200) {
            let cut = cut.min(bytes.len());
            // CR at the very end of a cut-off long line is the only place where cutting shows; lines here fit.
            prop_assert_eq!(all(&[&bytes], 1000), all(&[&bytes[..cut], &bytes[cut..]], 1000));
        }
    }
}
