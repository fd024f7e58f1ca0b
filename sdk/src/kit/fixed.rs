//! Fixed-width records.

/// A column of a fixed-width record: 1-based first column and width, as layouts print them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The name in the layout.
    pub name: &'static str,
    /// The first column, from 1.
    pub start: usize,
    /// The width.
    pub width: usize,
}

impl Column {
    /// A column.
    pub const fn new(name: &'static str, start: usize, width: usize) -> Self {
        Self { name, start, width }
    }

    /// The last column.
    pub const fn end(&self) -> usize {
        self.start + self.width - 1
    }

    /// The bytes of the column, or `None` if the record ends before the column does.
    pub fn of<'a>(&self, record: &'a [u8]) -> Option<&'a [u8]> {
        record.get(self.start - 1..self.end())
    }

    /// The bytes of the column without blanks at either end; empty if the record is too short.
    pub fn trimmed<'a>(&self, record: &'a [u8]) -> &'a [u8] {
        self.of(record).unwrap_or_default().trim_ascii()
    }
}

/// Writes a fixed-width record. Fields may come in any order; columns that are not written stay blank.
///
/// ```
/// use bailiwick_sdk::kit::fixed::{Column, Record};
/// const CODE: Column = Column::new("record_type", 1, 4);
/// const FILE: Column = Column::new("file_number", 5, 9);
/// let mut record = Record::new(14);
/// record.text(CODE, "AACK").unwrap();
/// record.number(FILE, 42).unwrap();
/// assert_eq!(record.as_bytes(), b"AACK000000042 ");
/// ```
#[derive(Debug, Clone)]
pub struct Record {
    bytes: Vec<u8>,
}

/// A value that does not fit its column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{column} holds {width} characters, the value needs {needed}")]
pub struct TooWide {
    /// The column's name.
    pub column: &'static str,
    /// Its width.
    pub width: usize,
    /// The characters that the value needs.
    pub needed: usize,
}

impl Record {
    /// A blank record of `width` columns.
    pub fn new(width: usize) -> Self {
        Self { bytes: vec![b' '; width] }
    }

    /// Blanks the record again.
    pub fn clear(&mut self) {
        self.bytes.fill(b' ');
    }

    /// The record.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes text on the left.
    ///
    /// # Errors
    /// [`TooWide`] if it does not fit: nothing is cut silently.
    pub fn text(&mut self, column: Column, text: &str) -> Result<(), TooWide> {
        self.left(column, text.as_bytes())
    }

    /// Writes bytes on the left.
    ///
    /// # Errors
    /// [`TooWide`] if they do not fit.
    pub fn left(&mut self, column: Column, bytes: &[u8]) -> Result<(), TooWide> {
        let too_wide = TooWide { column: column.name, width: column.width, needed: bytes.len() };
        if bytes.len() > column.width {
            return Err(too_wide);
        }
        let place = self.bytes.get_mut(column.start - 1..column.start - 1 + bytes.len()).ok_or(too_wide)?;
        place.copy_from_slice(bytes);
        Ok(())
    }

    /// Writes a number, zeros in front.
    ///
    /// # Errors
    /// [`TooWide`] if it does not fit.
    pub fn number(&mut self, column: Column, number: u64) -> Result<(), TooWide> {
        self.zero_filled(column, number, None)
    }

    /// Writes an amount in minor units as zero-filled decimal text with a point before the last
    /// two digits, a minus sign in the first column if it is negative: `000001234.56`.
    ///
    /// # Errors
    /// [`TooWide`] if it does not fit.
    pub fn amount(&mut self, column: Column, minor: i64) -> Result<(), TooWide> {
        let cents = minor.unsigned_abs();
        let whole = Column { width: column.width.saturating_sub(3), ..column };
        let sign = usize::from(minor < 0);
        let inner = Column { start: whole.start + sign, width: whole.width.saturating_sub(sign), ..whole };
        self.zero_filled(inner, cents / 100, Some(column))?;
        let tail = [b'.', b'0' + (cents / 10 % 10) as u8, b'0' + (cents % 10) as u8];
        self.left(Column { start: column.end() - 2, width: 3, ..column }, &tail)?;
        if minor < 0 {
            self.left(Column { width: 1, ..column }, b"-")?;
        }
        Ok(())
    }

    fn zero_filled(&mut self, column: Column, number: u64, of: Option<Column>) -> Result<(), TooWide> {
        let mut left = number;
        let too_wide = || {
            let of = of.unwrap_or(column);
            let digits = number.checked_ilog10().map_or(1, |digits| digits as usize + 1);
            TooWide { column: of.name, width: of.width, needed: digits + of.width - column.width }
        };
        let place =
            self.bytes.get_mut(column.start - 1..column.start - 1 + column.width).ok_or_else(too_wide)?;
        for byte in place.iter_mut().rev() {
            *byte = b'0' + (left % 10) as u8;
            left /= 10;
        }
        if left > 0 { Err(too_wide()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMOUNT: Column = Column::new("principal", 3, 12);

    #[test]
    fn amounts_are_zero_filled_with_a_point() {
        for (minor, text) in [
            (123_456, "000001234.56"),
            (0, "000000000.00"),
            (-12_345, "-00000123.45"),
            (99_999_999_999, "999999999.99"),
        ] {
            let mut record = Record::new(16);
            record.amount(AMOUNT, minor).unwrap();
            assert_eq!(record.as_bytes(), format!("  {text}  ").as_bytes());
        }
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused() {
        let mut record = Record::new(16);
        let error = record.amount(AMOUNT, 100_000_000_000).unwrap_err();
        assert_eq!(error, TooWide { column: "principal", width: 12, needed: 13 });
        assert!(record.text(Column::new("code", 1, 2), "ABC").is_err());
        assert!(record.number(Column::new("count", 1, 2), 100).is_err());
    }

    #[test]
    fn a_short_record_has_no_such_column() {
        assert_eq!(AMOUNT.of(b"AB0000"), None);
        assert_eq!(AMOUNT.trimmed(b"AB  x         "), b"x");
    }
}
