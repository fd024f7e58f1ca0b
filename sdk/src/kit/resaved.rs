//! Files that people opened in a spreadsheet and saved again: the traces around values, taken off and told of.
//!
//! A value with a tab, a full-width blank or an apostrophe around it is still that value. A reader takes the traces off
//! and says so with one warning of each kind a file. The same characters *inside* a key are not taken off: the key is
//! another one, or it is damaged, so a reader refuses it ([`unseen_inside`]).

use std::cell::Cell;

use super::text::Charset;
use crate::document::Problem;
use crate::value::{is_no_break, is_unseen, is_zero_width};

/// A kind of trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// Tabs around a value.
    Tab,
    /// Full-width blanks (U+3000) around a value.
    WideBlank,
    /// No-break spaces around a value.
    NoBreakSpace,
    /// Characters without width around a value.
    ZeroWidth,
    /// An apostrophe before or behind a value, by which spreadsheets mark text.
    Apostrophe,
    /// Rows of blank cells only.
    BlankRow,
    /// Columns whose header cell is blank.
    UnnamedColumn,
    /// A first line `sep=;`, which names the separator.
    SeparatorLine,
    /// Lines that end with CR alone.
    CarriageReturns,
}

impl Trace {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Tab,
        Self::WideBlank,
        Self::NoBreakSpace,
        Self::ZeroWidth,
        Self::Apostrophe,
        Self::BlankRow,
        Self::UnnamedColumn,
        Self::SeparatorLine,
        Self::CarriageReturns,
    ];

    /// The code of the warning.
    pub fn code(self) -> &'static str {
        match self {
            Self::Tab => "tabs_around",
            Self::WideBlank => "wide_blanks",
            Self::NoBreakSpace => "no_break_space",
            Self::ZeroWidth => "zero_width",
            Self::Apostrophe => "apostrophe",
            Self::BlankRow => "blank_line",
            Self::UnnamedColumn => "unnamed_column",
            Self::SeparatorLine => "separator_line",
            Self::CarriageReturns => "cr_line_ends",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Tab => "tabs stand around a value; they were left out, here and in the rest of the file",
            Self::WideBlank => {
                "full-width blanks stand around a value; they were left out, here and in the rest of the file"
            }
            Self::NoBreakSpace => {
                "no-break spaces stand around a value; they were left out, here and in the rest of the file"
            }
            Self::ZeroWidth => {
                "characters without width stand around a value; they were left out, here and in the rest of the file"
            }
            Self::Apostrophe => {
                "an apostrophe stands around a value; it was left out, here and in the rest of the file"
            }
            Self::BlankRow => "a row has blank cells only; it was left out, here and in the rest of the file",
            Self::UnnamedColumn => {
                "a cell of the header is blank; its column must be empty. Name the column or leave it out"
            }
            Self::SeparatorLine => "the first line names the separator; it was left out",
            Self::CarriageReturns => "the lines end with CR alone; end all lines with CR LF",
        }
    }

    /// The warning about it.
    pub fn warning(self, line: u64) -> Problem {
        Problem::warning(self.code(), line, self.message())
    }
}

/// The traces that were seen in a file so far. It takes them off the values and has one warning of each kind.
///
/// ```
/// use bailiwick_sdk::kit::resaved::Traces;
/// let traces = Traces::new();
/// assert_eq!(traces.key("\t'00042'\u{3000}"), "00042");
/// assert_eq!(traces.value("\u{a0}O'Neil "), "O'Neil ");
/// let codes: Vec<String> = traces.warnings(7).map(|it| it.code.to_string()).collect();
/// assert_eq!(codes, ["tabs_around", "wide_blanks", "no_break_space", "apostrophe"]);
/// assert_eq!(traces.warnings(8).count(), 0);
/// ```
#[derive(Debug, Default)]
pub struct Traces {
    /// Plain blanks and all other white space around a value count for nothing.
    trims: bool,
    seen: Cell<u16>,
    told: Cell<u16>,
}

impl Traces {
    /// None seen. Plain blanks around a value are part of it.
    pub fn new() -> Self {
        Self::default()
    }

    /// None seen. Plain blanks and all other white space around a value are taken off without a warning.
    pub fn trimming() -> Self {
        Self { trims: true, ..Self::default() }
    }

    /// Notes a kind.
    pub fn note(&self, trace: Trace) {
        self.seen.set(self.seen.get() | bit(trace));
    }

    /// The value without blanks and unseen characters around it.
    pub fn value<'a>(&self, text: &'a str) -> &'a str {
        let plain = |byte: &u8| matches!(byte, b'!'..=b'~') || (*byte == b' ' && !self.trims);
        let bytes = text.as_bytes();
        if bytes.first().is_none_or(plain) && bytes.last().is_none_or(plain) {
            return text;
        }
        text.trim_matches(|letter: char| {
            if let Some(trace) = of(letter) {
                self.note(trace);
                return true;
            }
            self.trims && letter.is_whitespace()
        })
    }

    /// The same for a key or a number: an apostrophe before it, behind it or both is no part of it.
    pub fn key<'a>(&self, text: &'a str) -> &'a str {
        let value = self.value(text);
        let front = value.strip_prefix(APOSTROPHES);
        let rest = front.unwrap_or(value);
        let back = rest.strip_suffix(APOSTROPHES);
        let rest = back.unwrap_or(rest);
        // More apostrophes are no trace of a spreadsheet: the value is left as it is, to be refused or kept.
        let whole = !rest.is_empty() && !rest.contains(APOSTROPHES);
        if (front.is_none() && back.is_none()) || !whole {
            return value;
        }
        self.note(Trace::Apostrophe);
        self.value(rest)
    }

    /// Whether [`key`](Self::key) leaves a text as it is. A writer asks, because a reader would take something off.
    pub fn keeps_key(&self, text: &str) -> bool {
        self.key(text).len() == text.len()
    }

    /// One warning for each kind that was seen and not yet told of.
    pub fn warnings(&self, line: u64) -> impl Iterator<Item = Problem> + use<> {
        let new = self.seen.get() & !self.told.get();
        self.told.set(self.seen.get());
        Trace::ALL.into_iter().filter(move |trace| new & bit(*trace) != 0).map(move |it| it.warning(line))
    }
}

/// The marks by which spreadsheets show that a number is text: the plain one, and the one that typing corrects it to.
const APOSTROPHES: [char; 2] = ['\'', '\u{2019}'];

fn bit(trace: Trace) -> u16 {
    1 << trace as u16
}

fn of(letter: char) -> Option<Trace> {
    match letter {
        '\t' => Some(Trace::Tab),
        '\u{3000}' => Some(Trace::WideBlank),
        letter if is_no_break(letter) => Some(Trace::NoBreakSpace),
        letter if is_zero_width(letter) => Some(Trace::ZeroWidth),
        _ => None,
    }
}

/// The first character inside a key that nobody sees: a tab, a no-break space or a character without width. Such a
/// key looks like another one, so a reader refuses it with `invalid_characters`.
///
/// ```
/// use bailiwick_sdk::kit::resaved::unseen_inside;
/// assert_eq!(unseen_inside("A\u{200b}1"), Some('\u{200b}'));
/// assert_eq!(unseen_inside("A 1"), None);
/// ```
pub fn unseen_inside(key: &str) -> Option<char> {
    if key.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    key.chars().find(|letter| *letter == '\t' || is_unseen(*letter))
}

/// Whether a row has only blank cells: nothing, or plain blanks and the characters that [`Traces`] takes off, such as tabs
/// and full-width blanks. `charset` is that of the file.
pub fn is_blank<'a>(mut cells: impl Iterator<Item = &'a [u8]>, charset: Charset) -> bool {
    let blank = |letter: char| letter == ' ' || of(letter).is_some();
    cells.all(|cell| match cell.is_ascii() {
        true => cell.iter().all(|byte| matches!(byte, b' ' | b'\t')),
        false => charset.decode(cell).is_ok_and(|text| text.chars().all(blank)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes(traces: &Traces) -> Vec<String> {
        traces.warnings(1).map(|it| it.code.to_string()).collect()
    }

    #[test]
    fn each_kind_is_taken_off_and_told_of_once() {
        for (text, code) in [
            ("\tA1", "tabs_around"),
            ("A1\t", "tabs_around"),
            ("\u{3000}A1\u{3000}", "wide_blanks"),
            ("A1\u{a0}", "no_break_space"),
            ("\u{202f}A1", "no_break_space"),
            ("\u{feff}A1", "zero_width"),
            ("A1\u{200b}\u{200d}", "zero_width"),
            ("A1'", "apostrophe"),
            ("'A1", "apostrophe"),
            ("\u{2019}A1\u{2019}", "apostrophe"),
        ] {
            let traces = Traces::new();
            assert_eq!(traces.key(text), "A1", "{text:?}");
            assert_eq!(traces.key(text), "A1");
            assert_eq!(codes(&traces), [code], "{text:?}");
            assert_eq!(codes(&traces), [""; 0]);
            assert!(!Traces::new().keeps_key(text));
        }
        assert!(Traces::new().keeps_key("A1"));
    }

    #[test]
    fn plain_blanks_stay_unless_they_are_trimmed() {
        let (kept, trimmed) = (Traces::new(), Traces::trimming());
        assert_eq!((kept.key("P1 "), trimmed.key(" P1 ")), ("P1 ", "P1"));
        assert!(codes(&kept).is_empty() && codes(&trimmed).is_empty());
        // A plain blank beside a trace: what is left begins and ends with characters of the key, or with the blank.
        assert_eq!((kept.key("P1 \t"), trimmed.key(" \tP1 \t ")), ("P1 ", "P1"));
    }

    #[test]
    fn apostrophes_inside_are_no_trace() {
        let traces = Traces::new();
        for text in ["O'Neil", "''A1", "A'1'", "'", "''"] {
            assert_eq!(traces.key(text), text);
        }
        assert_eq!(traces.value("'A1'"), "'A1'");
        assert!(codes(&traces).is_empty());
    }

    #[test]
    fn blank_rows() {
        let unseen = " \u{3000}\t\u{a0}\u{200b}";
        for charset in [Charset::Utf8, Charset::Gb18030] {
            let unseen = charset.encode(unseen).unwrap();
            assert!(is_blank([&b""[..], b" \t", b"", &*unseen].into_iter(), charset));
            assert!(!is_blank([&b""[..], b"0"].into_iter(), charset));
            let seen = charset.encode("\u{3000}逾").unwrap();
            assert!(!is_blank([&*unseen, &*seen].into_iter(), charset));
        }
        // Bytes of another encoding are no blanks.
        assert!(!is_blank(["\u{3000}".as_bytes()].into_iter(), Charset::Gb18030));
    }

    proptest! {
        #[test]
        fn nothing_but_traces_is_taken_off(
            key in "[A-Z0-9][A-Z0-9 '\u{a0}-]{0,8}[A-Z0-9]",
            before in "[\t\u{3000}\u{a0}\u{feff}\u{200b}]{0,3}",
            behind in "[\t\u{3000}\u{a0}\u{feff}\u{200b}]{0,3}",
        ) {
            let text = format!("{before}{key}{behind}");
            let traces = Traces::new();
            prop_assert_eq!(traces.key(&text), key.as_str());
            prop_assert_eq!(codes(&traces).is_empty(), before.is_empty() && behind.is_empty());
            prop_assert_eq!(unseen_inside(&key), key.contains('\u{a0}').then_some('\u{a0}'));
        }
    }
}
