//! Checking the book: whatever follows from other rows is worked out again from them and compared. The figures follow
//! from the entries of the ledger, the entries from the documents that were booked, days and states from what happened.
//!
//! Each module has the rules of one kind of rows. A rule reads its rows one after the other, and tells differences by
//! table, row and column.

mod accounts;
mod balances;
mod contracts;
mod earned;
mod earnings;
mod entries;
mod files;
mod history;
mod holding;
mod matters;
mod money;
mod owners;
mod placed;
mod promised;
mod remitted;
mod repeated;
mod reversals;
mod rows;
mod rules;
mod standings;
mod states;
mod suspense;
mod told;
mod undecided;
mod undone;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Book, Missing};
use crate::booking::Stop;
use crate::error::Result;

/// Differences that are listed; more are counted.
const DIFFERENCES_MAX: usize = 1_000;

/// What the book's rows add up to, and where the book says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct LedgerCheck {
    /// Placements recomputed.
    pub placements: u64,
    /// Entries read.
    pub transfers: u64,
    /// By engagement, what each ledger account holds: debits less credits, in minor units. The
    /// accounts of an engagement sum to zero.
    pub balances: BTreeMap<String, BTreeMap<String, i64>>,
    /// Engagements that have open accounts and no file. Their figures are recomputed as all others.
    pub missing: Vec<Missing>,
    /// Where the book is not what its entries and documents say.
    pub differences: Vec<Difference>,
    /// Differences beyond those listed.
    pub differences_not_listed: u64,
    /// Whether every row is as an act left it; none if that was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowsCheck>,
}

/// Whether every row of the book is as the acts of the log left it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct RowsCheck {
    /// Tables whose rows do not have the sum that the book has of them: rows were changed, added or removed by something
    /// else than an act. `sqlite_schema` if the tables, columns or indices themselves are others.
    pub tables_changed: Vec<String>,
    /// What SQLite finds wrong with the book's file: an index without a row, a page that cannot be read. The first of it.
    pub damaged: Vec<String>,
    /// Why the sums of the book are not the ones of the log; none if they are.
    pub log: Option<String>,
}

impl RowsCheck {
    /// Whether the rows are the ones that the log knows.
    pub fn is_whole(&self) -> bool {
        let Self { tables_changed, damaged, log } = self;
        tables_changed.is_empty() && damaged.is_empty() && log.is_none()
    }
}

/// A place of the book that is not what its entries and documents say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// What is wrong there.
    pub kind: DifferenceKind,
    /// The table.
    pub table: String,
    /// The number of the row; none for a sum of many rows, or a row without a number.
    pub row: Option<i64>,
    /// The engagement; empty if the row is of none.
    pub engagement: String,
    /// The account; none for what is of no account.
    pub account: Option<String>,
    /// The round of the placement.
    pub round: Option<i64>,
    /// The column, or what the rows sum up to: a column of the placement (`placed`, `paid`, …, a bucket of the balance,
    /// `earned`: the exact sum that commission is rounded from, in millionths of a minor unit), a reversal by its
    /// identifier, `trust` (money of customers against what is owed of it), `trial_balance`. `row` if it is the row
    /// as a whole.
    pub figure: String,
    /// What the book has: an amount in minor units, a number. 1 if it is a text or a day, or a row that is there; 0 for
    /// one that is not.
    pub book: i64,
    /// What the entries and documents say. 0 if it is another text or day, or no row; 1 for a row that must be there.
    pub entries: i64,
}

/// What is wrong with a place of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DifferenceKind {
    /// An amount or a number is another one.
    Figure,
    /// A text, a day or a name is not the one that follows from other rows.
    Changed,
    /// A row is missing.
    Missing,
    /// A row is there that follows from nothing.
    Added,
}

impl LedgerCheck {
    /// Whether the book is what its entries and documents say, and every row as an act left it if that was asked.
    pub fn is_whole(&self) -> bool {
        let rows = self.rows.as_ref().is_none_or(RowsCheck::is_whole);
        self.differences.is_empty() && self.differences_not_listed == 0 && rows
    }

    fn tell(&mut self, place: &Place<'_>, figure: &str, kind: DifferenceKind, (book, entries): (i64, i64)) {
        if self.differences.len() == DIFFERENCES_MAX {
            self.differences_not_listed += 1;
            return;
        }
        self.differences.push(Difference {
            kind,
            table: place.table.to_owned(),
            row: place.row,
            engagement: place.engagement.to_owned(),
            account: place.account.map(str::to_owned),
            round: place.round,
            figure: figure.to_owned(),
            book,
            entries,
        });
    }

    /// Compares two figures.
    fn compare(&mut self, place: &Place<'_>, figure: &str, book: impl Into<i128>, entries: impl Into<i128>) {
        let (book, entries) = (book.into(), entries.into());
        if book != entries {
            self.tell(place, figure, DifferenceKind::Figure, (shown(book), shown(entries)));
        }
    }

    /// Compares what a column has with what it must have. Neither is told: texts may be personal.
    fn same<T: PartialEq>(&mut self, place: &Place<'_>, column: &str, book: T, must: T) {
        self.holds(place, column, book == must);
    }

    /// Tells a column that is not as it must be.
    fn holds(&mut self, place: &Place<'_>, column: &str, holds: bool) {
        if !holds {
            self.tell(place, column, DifferenceKind::Changed, (1, 0));
        }
    }

    fn missing(&mut self, place: &Place<'_>) {
        self.tell(place, "row", DifferenceKind::Missing, (0, 1));
    }

    fn added(&mut self, place: &Place<'_>) {
        self.tell(place, "row", DifferenceKind::Added, (1, 0));
    }

    /// Compares how many rows of a table there are.
    fn count(&mut self, place: &Place<'_>, have: i64, must: i64) {
        let kind = if have < must { DifferenceKind::Missing } else { DifferenceKind::Added };
        if have != must {
            self.tell(place, "row", kind, (have, must));
        }
    }
}

/// A figure as it is shown; one that does not fit 64 bits is shown as the nearest that does.
fn shown(exact: i128) -> i64 {
    let nearest = exact.clamp(i64::MIN.into(), i64::MAX.into());
    i64::try_from(nearest).unwrap_or(i64::MAX)
}

/// A place of the book.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    engagement: &'a str,
    account: Option<&'a str>,
    round: Option<i64>,
    table: &'a str,
    row: Option<i64>,
}

impl<'a> Place<'a> {
    /// Another row of the same account.
    fn at(self, table: &'a str, row: impl Into<Option<i64>>) -> Self {
        Self { table, row: row.into(), ..self }
    }
}

impl Book {
    /// Works out again whatever follows from other rows, without holding the book in memory.
    ///
    /// # Errors
    /// [`Error::Book`](crate::Error::Book) if the book cannot be read; it names the first row that cannot.
    pub(crate) fn check_ledger(&self) -> Result<LedgerCheck> {
        // All of one moment of the book: others may write meanwhile.
        let _moment = self.moment()?;
        let mut check = LedgerCheck::default();
        self.check_readable()?;
        self.check_figures(&mut check)?;
        self.check_reversals(&mut check)?;
        self.check_earned(&mut check)?;
        self.check_fees(&mut check)?;
        self.check_holds(&mut check)?;
        self.check_quotes(&mut check)?;
        self.check_states(&mut check)?;
        self.check_suspense(&mut check)?;
        self.trial_balance(&mut check)?;
        self.check_references(&mut check)?;
        self.check_numbers(&mut check)?;
        self.check_owners(&mut check)?;
        self.check_files(&mut check)?;
        self.check_entries(&mut check)?;
        self.check_remittances(&mut check)?;
        self.check_undecided(&mut check)?;
        self.check_repeated(&mut check)?;
        self.check_undone(&mut check)?;
        self.check_accounts(&mut check)?;
        Ok(check)
    }

    /// Every column of placements, matters, promises and requests that booking reads can be read.
    fn check_readable(&self) -> Result<()> {
        self.each_placed(|placed| {
            placed.own_terms().map_err(Stop::into_failure)?;
            placed.account_key().map_err(Stop::into_failure)?;
            placed.number().map_err(Stop::into_failure)?;
            placed.party_or(None).map(drop).map_err(Stop::into_failure)
        })?;
        self.read_of_placements()
    }
}
