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

/// A byte order mark of an encoding that may be read: its length, the encoding, the warning about it.
///
/// # Errors
/// The problem that refuses the file, if the mark is of another encoding than agreed.
pub(crate) fn mark(
    head: &[u8],
    agreed: Charset,
    detect: bool,
) -> Result<Option<(usize, Charset, Problem)>, Fatal> {
    let Some((mark, name)) = MARKS.into_iter().find(|(mark, _)| head.starts_with(mark)) else {
        return Ok(None);
    };
    let charset = match name {
        "utf-8" if detect => Some(Charset::Utf8),
        _ if name == agreed.name() => Some(agreed),
        _ => None,
    };
    if let Some(charset) = charset {
        let warning = Problem::warning(
            "byte_order_mark",
            1,
            "the file begins with a byte order mark, which tables do not need; it was left out",
        );
        return Ok(Some((mark.len(), charset, warning)));
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

/// The file is in UTF-8, and that is agreed to be detected.
pub(crate) fn detected(line: u64) -> Problem {
    let message = "the file is in utf-8, not in gb18030, and was read so; send gb18030";
    Problem::warning("encoding_detected", line, message)
}
