//! Reading the columns of one record.

use bailiwick_sdk::jiff::civil::DateTime;
use bailiwick_sdk::kit::amount;
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::value::{Day, Minor, Moment, Text, TextError, Zone};

use crate::fault::Fault;

/// The text that means "no date" beside a blank column.
pub(crate) const NO_DATE: &str = "19000101";

/// One record, its columns still bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    /// The physical line, from 1.
    pub(crate) line: u64,
    /// The record without the blanks at its end.
    bytes: &'a [u8],
    charset: Charset,
}

/// The content of a date column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dated {
    /// Blanks.
    Blank,
    /// 19000101.
    Never,
    /// A day.
    On(Day),
}

impl Dated {
    /// The day, if there is one.
    pub(crate) fn day(self) -> Option<Day> {
        match self {
            Self::On(day) => Some(day),
            Self::Blank | Self::Never => None,
        }
    }
}

impl<'a> Row<'a> {
    /// A record of the line `bytes`.
    pub(crate) fn new(line: u64, bytes: &'a [u8], charset: Charset) -> Self {
        Self { line, bytes: without_filler(bytes), charset }
    }

    /// The four letters it begins with.
    pub(crate) fn code(&self) -> &'a [u8] {
        self.bytes.get(..4).unwrap_or(self.bytes)
    }

    /// Finds bytes that no record may hold: NUL, and bytes that are no text in the agreed character set.
    pub(crate) fn flaw(&self) -> Option<Fault> {
        if let Some(at) = bailiwick_sdk::memchr::memchr(0, self.bytes) {
            return Some(Fault::at(
                "nul_byte",
                at + 1,
                "a NUL byte; expected text, ask the sender for a clean file",
            ));
        }
        if self.bytes.is_ascii() || self.charset.decode(self.bytes).is_ok() {
            return None;
        }
        let at = match self.charset {
            Charset::Utf8 => std::str::from_utf8(self.bytes).err().map(|error| error.valid_up_to()),
            _ => self.bytes.iter().position(|byte| !byte.is_ascii()),
        };
        let message = format!(
            "bytes that are not {}; set the encoding that was agreed, or ask the sender for a clean file",
            self.charset.name()
        );
        Some(Fault::at("invalid_characters", at.unwrap_or_default() + 1, &message))
    }

    /// The bytes of a column without the blanks around them. Columns beyond the record's end are blank.
    pub(crate) fn bytes(&self, column: Column) -> &'a [u8] {
        trim(self.raw(column.start, column.end()))
    }

    /// Whether anything stands after a column.
    pub(crate) fn goes_on_after(&self, column: usize) -> bool {
        self.bytes.len() > column
    }

    /// Text as it stands in the columns from `first` to the end, blanks in front kept.
    pub(crate) fn tail(&self, first: usize) -> Option<std::borrow::Cow<'a, str>> {
        let bytes = self.bytes.get(first.saturating_sub(1)..).filter(|bytes| !bytes.is_empty())?;
        self.charset.decode(bytes).ok()
    }

    fn raw(&self, first: usize, last: usize) -> &'a [u8] {
        self.bytes.get(first.saturating_sub(1)..last.min(self.bytes.len())).unwrap_or_default()
    }

    /// The text of a column, or `None` if it is blank.
    pub(crate) fn text<T>(&self, column: Column) -> Result<Option<T>, Fault>
    where
        T: for<'t> TryFrom<&'t str, Error = TextError>,
    {
        let bytes = self.bytes(column);
        if bytes.is_empty() {
            return Ok(None);
        }
        let fault = || {
            Fault::new(
                "invalid_characters",
                column,
                "whole characters of the agreed encoding, no control characters",
            )
        };
        if self.charset == Charset::Latin1 {
            let text = self.charset.decode(bytes).map_err(|_| fault())?;
            return T::try_from(&text).map(Some).map_err(|_| fault());
        }
        // `flaw` has checked that the record is ASCII if ASCII is agreed, so only control characters remain
        // to be checked.
        let text = std::str::from_utf8(bytes).map_err(|_| fault())?;
        T::try_from(text).map(Some).map_err(|_| fault())
    }

    /// The text of a column that must not be blank.
    pub(crate) fn required<T>(&self, column: Column) -> Result<T, Fault>
    where
        T: for<'t> TryFrom<&'t str, Error = TextError>,
    {
        self.text(column)?.ok_or_else(|| Fault::missing(column))
    }

    /// A key of up to nine digits, zeros put in front; `None` if it is blank.
    pub(crate) fn number<K: From<Text<64>>>(&self, column: Column) -> Result<Option<K>, Fault> {
        let digits = self.bytes(column);
        if digits.is_empty() {
            return Ok(None);
        }
        let fault = || Fault::new("bad_number", column, "up to nine digits");
        let place = 9usize.checked_sub(digits.len()).ok_or_else(fault)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(fault());
        }
        let mut whole = [b'0'; 9];
        whole[place..].copy_from_slice(digits);
        let text = std::str::from_utf8(&whole).map_err(|_| fault())?;
        Text::new(text).map(|key| Some(K::from(key))).map_err(|_| fault())
    }

    /// A key that must be there.
    pub(crate) fn required_number<K: From<Text<64>>>(&self, column: Column) -> Result<K, Fault> {
        self.number(column)?.ok_or_else(|| Fault::missing(column))
    }

    /// An amount with a decimal point before the last two digits, in minor units.
    pub(crate) fn amount(&self, column: Column) -> Result<i64, Fault> {
        let text = self.bytes(column);
        if let Some(minor) = canonical_amount(text) {
            return Ok(minor);
        }
        amount::parse(text, 2).map_err(|_| {
            Fault::new("bad_amount", column, "an amount with a point before the last two digits")
        })
    }

    /// An amount, or `None` if the column is blank.
    pub(crate) fn amount_or_blank(&self, column: Column) -> Result<Option<Minor>, Fault> {
        if self.bytes(column).is_empty() {
            return Ok(None);
        }
        self.minor(column).map(Some)
    }

    /// An amount as documents carry it.
    pub(crate) fn minor(&self, column: Column) -> Result<Minor, Fault> {
        let minor = self.amount(column)?;
        Minor::new(minor)
            .ok_or_else(|| Fault::new("bad_amount", column, "an amount below 90 million million"))
    }

    /// An amount that must be above zero.
    pub(crate) fn above_zero(&self, column: Column) -> Result<Minor, Fault> {
        let minor = self.minor(column)?;
        match minor.get() {
            1.. => Ok(minor),
            0 => Err(Fault::new("bad_amount", column, "an amount above zero")),
            _ => Err(Fault::new("negative_amount", column, "an amount above zero")),
        }
    }

    /// A date as CCYYMMDD, blank, or 19000101 for no date.
    pub(crate) fn date(&self, column: Column) -> Result<Dated, Fault> {
        let text = self.bytes(column);
        if text.is_empty() {
            return Ok(Dated::Blank);
        }
        if text == NO_DATE.as_bytes() {
            return Ok(Dated::Never);
        }
        Day::from_compact(text)
            .map(Dated::On)
            .ok_or_else(|| Fault::new("bad_date", column, "a day of the calendar as CCYYMMDD, or blanks"))
    }

    /// A date, or `None` for blank and for 19000101 alike.
    pub(crate) fn day(&self, column: Column) -> Result<Option<Day>, Fault> {
        self.date(column).map(Dated::day)
    }

    /// A date that must be there.
    pub(crate) fn required_day(&self, column: Column) -> Result<Day, Fault> {
        self.day(column)?.ok_or_else(|| Fault::missing(column))
    }

    /// A local time as CCYYMMDDHHMMSS; a date alone is midnight, which the second value says.
    pub(crate) fn moment(&self, column: Column, zone: &Zone) -> Result<(Moment, bool), Fault> {
        let text = self.bytes(column);
        let fault = |expected| Fault::new("bad_date", column, expected);
        let (date, time) = text.split_at_checked(8).ok_or_else(|| fault("a moment as CCYYMMDDHHMMSS"))?;
        let day = Day::from_compact(date).ok_or_else(|| fault("a moment as CCYYMMDDHHMMSS"))?;
        let (hour, minute, second) = match time {
            [] => (0, 0, 0),
            [a, b, c, d, e, f] => two(*a, *b)
                .zip(two(*c, *d))
                .zip(two(*e, *f))
                .map(|((hour, minute), second)| (hour, minute, second))
                .ok_or_else(|| fault("a moment as CCYYMMDDHHMMSS"))?,
            _ => return Err(fault("a moment as CCYYMMDDHHMMSS")),
        };
        let date = day.date();
        let local = DateTime::new(date.year(), date.month(), date.day(), hour, minute, second, 0)
            .map_err(|_| fault("a time of day as HHMMSS"))?;
        let moment = Moment::from_local(local, zone)
            .map_err(|_| fault("a local time that the configured time zone has; clocks skip this one"))?;
        Ok((moment, time.is_empty()))
    }

    /// A flag: Y or 1, N or 0, blank.
    pub(crate) fn flag(&self, column: Column) -> Result<Option<bool>, Fault> {
        match self.bytes(column) {
            [] => Ok(None),
            b"Y" | b"1" => Ok(Some(true)),
            b"N" | b"0" => Ok(Some(false)),
            _ => Err(Fault::new("unknown_code", column, "Y, N, 1, 0 or a blank")),
        }
    }
}

/// Reads `000001234.56`, the form of writers with filler, faster than a general reader.
fn canonical_amount(text: &[u8]) -> Option<i64> {
    let [a, b, c, d, e, f, g, h, i, b'.', j, k] = text else { return None };
    let mut minor = 0i64;
    for byte in [a, b, c, d, e, f, g, h, i, j, k] {
        if !byte.is_ascii_digit() {
            return None;
        }
        minor = minor * 10 + i64::from(byte - b'0');
    }
    Some(minor)
}

fn two(tens: u8, ones: u8) -> Option<i8> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
    i8::try_from(digit(tens)? * 10 + digit(ones)?).ok()
}

/// The bytes without the blanks around them.
fn trim(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [b' ', tail @ ..] = rest {
        rest = tail;
    }
    while let [head @ .., b' '] = rest {
        rest = head;
    }
    rest
}

/// The record without the blanks at its end. Filler is most of a full-width file, so it goes 64 bytes at a time.
fn without_filler(bytes: &[u8]) -> &[u8] {
    const BLANKS: u64 = u64::from_ne_bytes(*b"        ");
    let mut rest = bytes;
    while let Some((head, tail)) = rest.split_last_chunk::<64>() {
        let (words, _) = tail.as_chunks::<8>();
        if words.iter().fold(0, |odd, word| odd | (u64::from_ne_bytes(*word) ^ BLANKS)) != 0 {
            break;
        }
        rest = head;
    }
    while let [head @ .., b' '] = rest {
        rest = head;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMOUNT: Column = Column::new("amount", 1, 12);

    #[test]
    fn amounts_in_every_accepted_form() {
        for (text, want) in [
            ("000001234.56", Some(123_456)),
            ("     1234.56", Some(123_456)),
            ("1234.56     ", Some(123_456)),
            ("-00000123.45", Some(-12_345)),
            ("         N/A", None),
            ("000001234,56", None),
            ("00000123456 ", None),
            ("            ", None),
        ] {
            assert_eq!(Row::new(1, text.as_bytes(), Charset::Ascii).amount(AMOUNT).ok(), want, "{text}");
        }
    }

    #[test]
    fn blank_and_never_are_told_apart() {
        let date = Column::new("date", 1, 8);
        let read = |text: &str| Row::new(1, text.as_bytes(), Charset::Ascii).date(date).ok();
        assert_eq!(read("        "), Some(Dated::Blank));
        assert_eq!(read("19000101"), Some(Dated::Never));
        assert_eq!(
            read("20260731").and_then(Dated::day).map(|day| day.to_string()),
            Some("2026-07-31".to_owned())
        );
        assert_eq!(read("20260231"), None);
        assert_eq!(read("00000000"), None);
    }

    #[test]
    fn filler_of_any_length_is_removed() {
        for blanks in 0..200 {
            let text = format!(" x{}", " ".repeat(blanks));
            assert_eq!(without_filler(text.as_bytes()), b" x");
        }
        assert_eq!(without_filler(b"         "), b"");
    }

    #[test]
    fn numbers_are_nine_digits() {
        let number = |text: &str| {
            Row::new(1, text.as_bytes(), Charset::Ascii)
                .number(AMOUNT)
                .map(|key: Option<Text<64>>| key.map(|key| key.to_string()))
        };
        assert_eq!(number("42").unwrap(), Some("000000042".to_owned()));
        assert_eq!(number("            ").unwrap(), None);
        assert!(number("1234567890").is_err());
        assert!(number("4x").is_err());
    }
}
