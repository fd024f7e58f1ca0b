//! An exception, or a document that waits, and what was decided of it.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::Item;
use rusqlite::{OptionalExtension, Row};

use super::read::{named, of_table};
use super::{Book, Transaction, stored};
use crate::error::Result;

/// What nobody has decided yet.
#[derive(Debug)]
pub(crate) struct Undecided {
    /// None of a document that waits.
    pub(crate) placement: Option<i64>,
    /// Why it is not booked.
    pub(crate) code: String,
    /// The file in which it came.
    pub(crate) file: i64,
    /// The side that sent it.
    pub(crate) side: Side,
    number: i64,
    json: Vec<u8>,
}

impl Undecided {
    /// The document.
    pub(crate) fn document(&self) -> Result<Item> {
        stored::item(&self.json, ("exception", self.number))
    }
}

fn undecided(row: &Row<'_>) -> rusqlite::Result<Undecided> {
    Ok(Undecided {
        placement: row.get(0)?,
        code: row.get(1)?,
        file: row.get(2)?,
        side: side(row, 3)?,
        number: row.get(4)?,
        json: row.get(5)?,
    })
}

/// The side that sent a document.
fn side(row: &Row<'_>, at: usize) -> rusqlite::Result<Side> {
    named(row, at, |name| [Side::Bank, Side::Agency].into_iter().find(|side| side.name() == name))
}

impl Book {
    /// The side that sent the document of an exception, if there is one of the number.
    pub(crate) fn side_of_exception(&self, engagement: &str, number: i64) -> Result<Option<Side>> {
        let sql = "SELECT x.id, x.side FROM exception x JOIN engagement e ON e.id = x.engagement
                   WHERE x.id = ?1 AND e.name = ?2";
        let read = |row: &Row<'_>| of_table("exception", row, |row| side(row, 1));
        Ok(self.connection.query_row(sql, (number, engagement), read).optional()?)
    }
}

impl Transaction<'_> {
    /// The exception, or the document that waits, of a number, if nobody has decided it.
    pub(crate) fn undecided(&self, engagement: i64, number: i64) -> Result<Option<Undecided>> {
        let sql = "SELECT placement, code, file, side, id, document FROM exception
                   WHERE id = ?1 AND engagement = ?2 AND decision IS NULL";
        let read = |row: &Row<'_>| of_table("exception", row, undecided);
        Ok(self.inner.query_row(sql, (number, engagement), read).optional()?)
    }

    /// Whether the book has a payment of an identifier: of an account, or money in suspense.
    pub(crate) fn has_payment(&self, engagement: i64, identifier: &str) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM transfer WHERE engagement = ?1 AND identifier = ?2 AND kind = 'payment')
                       OR EXISTS (SELECT 1 FROM exception x JOIN suspense s ON s.exception = x.id
                                  WHERE x.engagement = ?1 AND x.identifier = ?2)";
        Ok(self.inner.query_row(sql, (engagement, identifier), |row| row.get(0))?)
    }

    /// Keeps what was decided, by which act. It waits for nothing any more.
    pub(crate) fn decide_exception(&self, number: i64, decision: &str, file: i64) -> Result<()> {
        let sql = "UPDATE exception SET decision = ?2, decided_by = ?3 WHERE id = ?1";
        self.inner.prepare_cached(sql)?.execute((number, decision, file))?;
        self.forget_awaited(number)
    }
}
