//! The frame's view of a record type: its code, its lengths, the columns of the account's key.

use bailiwick_sdk::kit::fixed::Column;

/// The account's key in records that begin with it.
pub(crate) const FILE_NUMBER: Column = Column::new("file_number", 5, 9);
/// The account number at the creditor, which follows the key.
pub(crate) const ACCOUNT: Column = Column::new("account", 14, 30);
/// The debtor's key in records that begin with it.
pub(crate) const DEBTOR_FIRST: Column = Column::new("debtor_number", 5, 9);
/// The account's key in records that begin with the debtor's.
pub(crate) const FILE_NUMBER_SECOND: Column = Column::new("file_number", 14, 9);
/// The debtor's key in records that begin with the account's.
pub(crate) const DEBTOR_SECOND: Column = Column::new("debtor_number", 14, 9);

/// The longest line that is looked at, in bytes without its end.
pub(crate) const LINE_BYTES_MAX: usize = 4096;

/// A record type with a mapping.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// The four letters it begins with.
    pub(crate) code: &'static [u8; 4],
    /// Where the account's key stands.
    pub(crate) file_number: Column,
    /// The last column that must be there; a compact record ends here.
    pub(crate) compact: usize,
    /// The last column that is read; a compact record ends here if something stands after `compact`.
    pub(crate) last: usize,
    /// The width with filler.
    pub(crate) width: usize,
    /// Whether the published page ends before the record does; then `wider_records` may allow more columns.
    pub(crate) open_ended: bool,
}

impl Layout {
    /// A record that begins with the account's key and whose width was published.
    pub(crate) const fn new(code: &'static [u8; 4], compact: usize, width: usize) -> Self {
        Self { code, file_number: FILE_NUMBER, compact, last: compact, width, open_ended: false }
    }

    /// The same, beginning with the debtor's key.
    pub(crate) const fn of_debtor(code: &'static [u8; 4], compact: usize, width: usize) -> Self {
        Self { code, file_number: FILE_NUMBER_SECOND, compact, last: compact, width, open_ended: false }
    }

    /// The same record, with optional columns up to `last`.
    pub(crate) const fn up_to(mut self, last: usize) -> Self {
        self.last = last;
        self
    }

    /// The same record, of which only the beginning was published.
    pub(crate) const fn open_ended(mut self) -> Self {
        self.open_ended = true;
        self
    }
}

/// A trailer: the agency, the count of records, for placements a sum, the day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trailer {
    /// `CTRL` or `ATRL`.
    pub(crate) code: &'static [u8; 4],
    /// The width with filler.
    pub(crate) width: usize,
    /// Where the sum of all placed amounts stands.
    pub(crate) total: Option<Column>,
    /// Where the day stands.
    pub(crate) created: Column,
}

impl Trailer {
    /// The agency's number or letters.
    pub(crate) const AGENCY: Column = Column::new("agency", 5, 30);
    /// The agency's name.
    pub(crate) const AGENCY_NAME: Column = Column::new("agency_name", 35, 50);
    /// The records before the trailer.
    pub(crate) const RECORDS: Column = Column::new("records", 85, 10);

    /// A trailer that counts records only.
    pub(crate) const fn counting(code: &'static [u8; 4], width: usize) -> Self {
        Self { code, width, total: None, created: Column::new("created_date", 95, 8) }
    }

    /// The trailer of a placement, with its sum.
    pub(crate) const PLACEMENT: Self = Self {
        code: b"CTRL",
        width: 3000,
        total: Some(Column::new("placement_total", 95, 12)),
        created: Column::new("created_date", 107, 8),
    };

    /// The last column that must be there.
    pub(crate) const fn compact(&self) -> usize {
        self.created.end()
    }
}
