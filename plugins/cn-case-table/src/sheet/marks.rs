//! Byte order marks, and a guess at the encoding of a header.

use bailiwick_sdk::document::Problem;
use bailiwick_sdk::kit::text::Charset;

use super::fatal::{Fatal, fatal};

const MARKS: [(&[u8], &str); 4] = [
    (b"\xEF\xBB\xBF", "utf-8"),
    (b"\x84\x31\x95\x33", "gb18030"),
    (b"\xFF\xFE", "utf-16"),
    (b"\xFE\xFF", "utf-16"),
];

/// How many bytes of `head` are a byte order mark, and the warning about it.
///
/// # Errors
/// The problem that refuses the file, if the mark is of another encoding than agreed.
pub(crate) fn mark(head: &[u8], agreed: Charset) -> Result<(usize, Option<Problem>), Fatal> {
    let Some((mark, name)) = MARKS.into_iter().find(|(mark, _)| head.starts_with(mark)) else {
        return Ok((0, None));
    };
    if name == agreed.name() {
        let warning = Problem::warning(
            "byte_order_mark",
            1,
            "the file begins with a byte order mark, which tables do not need; it was left out",
        );
        return Ok((mark.len(), Some(warning)));
    }
    let message = format!(
        "the file begins with the byte order mark of {name}, but {} is agreed; send the agreed encoding without \
         a mark, or change the configuration key `encoding`",
        agreed.name()
    );
    Err(fatal("byte_order_mark", 1, message))
}

/// The file is in another encoding.
pub(crate) fn wrong_encoding(seems: &str, agreed: Charset, also: &str) -> Fatal {
    let message = format!(
        "the file seems to be in {seems}, but {} is agreed; send the agreed encoding, or change the configuration \
         key `encoding`{also}",
        agreed.name()
    );
    fatal("wrong_encoding", 1, message)
}
