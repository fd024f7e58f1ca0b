//! The first bytes of a file that arrives in pieces.

/// Holds back the first bytes of a file until there are enough of them to see a byte order mark or
/// the encoding, however the file is cut into pieces.
///
/// ```
/// use bailiwick_sdk::kit::head::Head;
/// let mut head = Head::new();
/// assert_eq!(head.push(b"\xEF\xBB"), (None, &b""[..]));
/// assert_eq!(head.push(b"\xBFaccount"), (Some(b"\xEF\xBB\xBFa".to_vec()), &b"ccount"[..]));
/// assert_eq!(head.push(b",amount"), (None, &b",amount"[..]));
/// assert_eq!(head.finish(), None);
/// ```
#[derive(Debug, Default)]
pub struct Head {
    held: Vec<u8>,
    given: bool,
}

impl Head {
    /// How many bytes are held back: the length of the longest byte order mark, which is that of GB18030.
    pub const BYTES: usize = 4;

    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next piece of the file: the first bytes, once, as soon as they are all there, and the
    /// bytes of the piece that follow them.
    pub fn push<'a>(&mut self, piece: &'a [u8]) -> (Option<Vec<u8>>, &'a [u8]) {
        if self.given {
            return (None, piece);
        }
        let wanted = Self::BYTES.saturating_sub(self.held.len());
        let (held, rest) = piece.split_at_checked(wanted).unwrap_or((piece, &[]));
        self.held.extend_from_slice(held);
        let head = if self.held.len() < Self::BYTES { None } else { self.finish() };
        (head, rest)
    }

    /// The file is at its end: the first bytes, if it has fewer of them and none were given yet.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let given = std::mem::replace(&mut self.given, true);
        (!given).then(|| std::mem::take(&mut self.held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_do_not_matter() {
        for file in ["", "a", "abc", "abcd", "abcdefghij"] {
            for size in 1..=file.len().max(1) {
                let mut head = Head::new();
                let (mut heads, mut rest) = (Vec::new(), Vec::new());
                for piece in file.as_bytes().chunks(size) {
                    let (first, follow) = head.push(piece);
                    assert!(heads.is_empty() || first.is_none(), "{file:?} in pieces of {size}");
                    assert!(follow.is_empty() || first.is_some() || !heads.is_empty());
                    heads.extend(first);
                    rest.extend_from_slice(follow);
                }
                heads.extend(head.finish());
                let (first, follow) = file.split_at(Head::BYTES.min(file.len()));
                assert_eq!(heads, [first.as_bytes()], "{file:?} in pieces of {size}");
                assert_eq!(rest, follow.as_bytes(), "{file:?} in pieces of {size}");
            }
        }
    }
}
