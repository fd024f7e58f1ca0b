//! Writing the columns of one record.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::kit::fixed::{Column, Record, TooWide};
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::value::{Day, Minor, Moment, Zone};

use crate::config::Config;
use crate::layout::LINE_BYTES_MAX;
use crate::row::NO_DATE;

/// A record that is being written. Columns that are not written stay blank.
#[derive(Debug)]
pub(crate) struct Sheet {
    record: Record,
    charset: Charset,
    compact: bool,
    line_end: &'static [u8],
    /// The last column that something was written to.
    filled: usize,
}

/// A document that the record cannot carry.
#[cold]
pub(crate) fn refuse(pointer: &str, message: &str) -> Refusal {
    Refusal::new("bad_document", message).at(pointer)
}

fn too_wide(pointer: &str, wide: &TooWide) -> Refusal {
    refuse(pointer, &wide.to_string())
}

impl Sheet {
    /// A sheet for records of any type.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            record: Record::new(LINE_BYTES_MAX),
            charset: config.encoding.charset(),
            compact: config.compact,
            line_end: config.line_end.bytes(),
            filled: 0,
        }
    }

    /// Begins a record.
    pub(crate) fn begin(&mut self, code: &[u8; 4]) {
        self.record.clear();
        self.filled = 0;
        self.put(Column::new("record_type", 1, 4), code);
    }

    /// Ends the record. A full record is filled to `width`. A compact record ends after `compact`, after `last` if a
    /// column beyond `compact` is filled, or at the last filled column if that is beyond `last`.
    pub(crate) fn end(&mut self, [compact, last, width]: [usize; 3], out: &mut Vec<u8>) {
        let end = match self.filled {
            _ if !self.compact => width,
            filled if filled <= compact => compact,
            filled => filled.max(last),
        };
        out.extend_from_slice(self.record.as_bytes().get(..end).unwrap_or_default());
        out.extend_from_slice(self.line_end);
    }

    /// Bytes that are known to fit.
    fn put(&mut self, column: Column, bytes: &[u8]) {
        // The sheet is wider than any record, so bytes that fit the column fit the sheet.
        let wrote = self.record.left(column, bytes);
        debug_assert!(wrote.is_ok());
        self.filled = self.filled.max(column.start - 1 + bytes.len());
    }

    /// A key or code: whole or not at all.
    pub(crate) fn key(&mut self, column: Column, text: &str, pointer: &str) -> Result<(), Refusal> {
        if text.chars().any(char::is_control) || text.trim_matches(' ').len() != text.len() {
            return Err(refuse(
                pointer,
                "expected text without control characters and without blanks around it",
            ));
        }
        let bytes = self.charset.encode(text).map_err(|_| self.not_in_charset(pointer))?;
        if bytes.len() > column.width {
            let wide = TooWide { column: column.name, width: column.width, needed: bytes.len() };
            return Err(too_wide(pointer, &wide));
        }
        self.put(column, &bytes);
        Ok(())
    }

    /// A name or address: cut to whole characters if it is too long, refused if the encoding lacks a character.
    pub(crate) fn name(&mut self, column: Column, text: &str, pointer: &str) -> Result<(), Refusal> {
        let plain = plain(text);
        let fitting = self.charset.fitting(plain.trim_matches(' '), column.width);
        let bytes =
            self.charset.encode(fitting.trim_end_matches(' ')).map_err(|_| self.not_in_charset(pointer))?;
        self.put(column, &bytes);
        Ok(())
    }

    /// The same for an optional value.
    pub(crate) fn name_if(
        &mut self,
        column: Column,
        text: Option<&str>,
        pointer: &str,
    ) -> Result<(), Refusal> {
        text.map_or(Ok(()), |text| self.name(column, text, pointer))
    }

    /// An optional key.
    pub(crate) fn key_if(
        &mut self,
        column: Column,
        text: Option<&str>,
        pointer: &str,
    ) -> Result<(), Refusal> {
        text.map_or(Ok(()), |text| self.key(column, text, pointer))
    }

    /// Free text: cut to whole characters; characters that the encoding lacks become question marks.
    pub(crate) fn free(&mut self, column: Column, text: &str) {
        let plain = plain(text);
        let mut replaced = String::new();
        let mut fitting = plain.trim_matches(' ');
        if self.charset.encode(fitting).is_err() {
            let mut buffer = [0; 4];
            replaced.extend(fitting.chars().map(|letter| {
                if self.charset.encode(letter.encode_utf8(&mut buffer)).is_ok() { letter } else { '?' }
            }));
            fitting = &replaced;
        }
        let fitting = self.charset.fitting(fitting, column.width).trim_end_matches(' ');
        if let Ok(bytes) = self.charset.encode(fitting) {
            self.put(column, &bytes);
        }
    }

    /// Text that keeps its blanks in front, such as columns that were not read.
    pub(crate) fn tail(&mut self, column: Column, text: &str, pointer: &str) -> Result<(), Refusal> {
        if text.chars().any(|letter| matches!(letter, '\r' | '\n' | '\0')) {
            return Err(refuse(pointer, "expected text without line ends"));
        }
        let bytes =
            self.charset.encode(text.trim_end_matches(' ')).map_err(|_| self.not_in_charset(pointer))?;
        if bytes.len() > column.width {
            let wide = TooWide { column: column.name, width: column.width, needed: bytes.len() };
            return Err(too_wide(pointer, &wide));
        }
        self.put(column, &bytes);
        Ok(())
    }

    /// A key of up to nine digits, with zeros in front.
    pub(crate) fn number(&mut self, column: Column, key: &str, pointer: &str) -> Result<(), Refusal> {
        let digits = key.as_bytes();
        let place = column.width.checked_sub(digits.len());
        let Some(place) = place.filter(|_| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
        else {
            let message = format!(
                "expected a key of up to {} digits, as the column {} holds",
                column.width, column.name
            );
            return Err(refuse(pointer, &message));
        };
        let zeros = [b'0'; 16];
        self.put(column, zeros.get(..place).unwrap_or_default());
        self.put(Column::new(column.name, column.start + place, column.width - place), digits);
        Ok(())
    }

    /// The same for an optional value.
    pub(crate) fn number_if(
        &mut self,
        column: Column,
        key: Option<&str>,
        pointer: &str,
    ) -> Result<(), Refusal> {
        key.map_or(Ok(()), |key| self.number(column, key, pointer))
    }

    /// A count, with zeros in front.
    pub(crate) fn count(&mut self, column: Column, count: u64, pointer: &str) -> Result<(), Refusal> {
        self.filled = self.filled.max(column.end());
        self.record.number(column, count).map_err(|wide| too_wide(pointer, &wide))
    }

    /// An amount.
    pub(crate) fn amount(&mut self, column: Column, minor: Minor, pointer: &str) -> Result<(), Refusal> {
        self.filled = self.filled.max(column.end());
        self.record.amount(column, minor.get()).map_err(|wide| too_wide(pointer, &wide))
    }

    /// A day.
    pub(crate) fn day(&mut self, column: Column, day: Day, pointer: &str) -> Result<(), Refusal> {
        let date = day.date();
        let compact = digits(date.year(), date.month(), date.day());
        if compact == NO_DATE.as_bytes() {
            return Err(refuse(pointer, "1 January 1900 stands for \"no date\" in these files"));
        }
        self.put(column, &compact);
        Ok(())
    }

    /// A day, or blanks.
    pub(crate) fn day_if(&mut self, column: Column, day: Option<Day>, pointer: &str) -> Result<(), Refusal> {
        day.map_or(Ok(()), |day| self.day(column, day, pointer))
    }

    /// A day; without one, 19000101 where the sender had written that.
    pub(crate) fn day_or_never(
        &mut self,
        column: Column,
        day: Option<Day>,
        kept: Option<&str>,
        pointer: &str,
    ) -> Result<(), Refusal> {
        match (day, kept) {
            (Some(day), _) => self.day(column, day, pointer),
            (None, Some(NO_DATE)) => {
                self.put(column, NO_DATE.as_bytes());
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }

    /// 19000101, for columns in which it stands for no date.
    pub(crate) fn never(&mut self, column: Column) {
        self.put(column, NO_DATE.as_bytes());
    }

    /// A local time as CCYYMMDDHHMMSS; `kept` is the date alone where the sender had written no time.
    pub(crate) fn moment(&mut self, column: Column, at: &Moment, zone: &Zone, kept: Option<&str>) {
        let local = at.local(zone);
        let date = digits(local.year(), local.month(), local.day());
        self.put(column, &date);
        if kept.is_some_and(|kept| kept.as_bytes() == date) {
            return;
        }
        let mut time = [b'0'; 6];
        for (pair, value) in time.chunks_exact_mut(2).zip([local.hour(), local.minute(), local.second()]) {
            two_digits(pair, value);
        }
        self.put(Column::new(column.name, column.start + 8, 6), &time);
    }

    /// A flag as one letter.
    pub(crate) fn flag(&mut self, column: Column, flag: Option<bool>, letters: [&[u8; 1]; 2]) {
        if let Some(flag) = flag {
            self.put(column, letters[usize::from(flag)]);
        }
    }

    /// One digit.
    pub(crate) fn digit(&mut self, column: Column, digit: u8) {
        self.put(column, &[digit]);
    }

    fn not_in_charset(&self, pointer: &str) -> Refusal {
        refuse(
            pointer,
            &format!(
                "a character that {} does not have; change the encoding or the text",
                self.charset.name()
            ),
        )
    }
}

/// The text with blanks in place of control characters: a line end inside a record would break the file.
fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    if text.chars().any(char::is_control) {
        return text.replace(char::is_control, " ").into();
    }
    text.into()
}

fn digits(year: i16, month: i8, day: i8) -> [u8; 8] {
    let mut text = [b'0'; 8];
    let [a, b, c, d, rest @ ..] = &mut text;
    for (place, unit) in [a, b, c, d].into_iter().zip([1000, 100, 10, 1]) {
        *place = b'0' + u8::try_from(year / unit % 10).unwrap_or(0);
    }
    for (pair, value) in rest.chunks_exact_mut(2).zip([month, day]) {
        two_digits(pair, value);
    }
    text
}

fn two_digits(pair: &mut [u8], value: i8) {
    if let [tens, ones] = pair {
        let value = value.unsigned_abs();
        *tens = b'0' + value / 10 % 10;
        *ones = b'0' + value % 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Column = Column::new("name", 5, 6);

    fn written(config: &Config, write: impl FnOnce(&mut Sheet)) -> String {
        let mut sheet = Sheet::new(config);
        let mut out = Vec::new();
        sheet.begin(b"TEST");
        write(&mut sheet);
        sheet.end([4, 5, 12], &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_are_cut_and_keys_are_not() {
        let config = Config::default();
        assert_eq!(
            written(&config, |sheet| sheet.name(NAME, "Li\nMei Hua", "/name").unwrap()),
            "TESTLi Mei  \r\n"
        );
        let mut sheet = Sheet::new(&config);
        assert!(sheet.key(NAME, "1234567", "/key").is_err());
        assert!(sheet.key(NAME, "12\n4", "/key").is_err());
        assert!(sheet.name(NAME, "José", "/name").is_err());
        assert_eq!(
            written(&config, |sheet| sheet.free(NAME, "José 催收")),
            "TESTJos? ? \r\n".replace("? \r", "?  \r")
        );
    }

    #[test]
    fn compact_records_end_where_something_stands() {
        let config = Config { compact: true, ..Config::default() };
        assert_eq!(written(&config, |_| ()), "TEST\r\n");
        assert_eq!(written(&config, |sheet| sheet.free(NAME, "abc")), "TESTabc\r\n");
    }

    #[test]
    fn the_first_of_january_1900_is_no_day() {
        let mut sheet = Sheet::new(&Config::default());
        let date = Column::new("date", 5, 8);
        assert!(sheet.day(date, "1900-01-01".parse().unwrap(), "/on").is_err());
        assert!(sheet.day(date, "1900-01-02".parse().unwrap(), "/on").is_ok());
        assert!(sheet.number(date, "x1", "/party").is_err());
    }
}
