//! An exception and what was decided of it.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::Item;
use rusqlite::OptionalExtension;

use super::read::named;
use super::{Book, Transaction, stored};
use crate::error::Result;

/// An exception that waits for a decision.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) placement: i64,
    number: i64,
    json: Vec<u8>,
}

impl Waiting {
    /// The document that waits.
    pub(crate) fn document(&self) -> Result<Item> {
        stored::item(&self.json, ("exception", self.number))
    }
}

impl Book {
    /// The side that sent the document of an exception, if there is one of the number.
    pub(crate) fn side_of_exception(&self, engagement: &str, number: i64) -> Result<Option<Side>> {
        let sql = "SELECT f.side FROM exception x JOIN engagement e ON e.id = x.engagement JOIN file f ON f.id = x.file
                   WHERE x.id = ?1 AND e.name = ?2";
        let side = |row: &rusqlite::Row<'_>| {
            named(row, 0, |name| [Side::Bank, Side::Agency].into_iter().find(|side| side.name() == name))
        };
        Ok(self.connection.query_row(sql, (number, engagement), side).optional()?)
    }
}

impl Transaction<'_> {
    /// The exception of a number, if it waits for a decision.
    pub(crate) fn waiting_exception(&self, engagement: i64, number: i64) -> Result<Option<Waiting>> {
        let sql = "SELECT placement, document FROM exception WHERE id = ?1 AND engagement = ?2 AND decision IS NULL";
        let waiting =
            |row: &rusqlite::Row<'_>| Ok(Waiting { placement: row.get(0)?, number, json: row.get(1)? });
        Ok(self.inner.query_row(sql, (number, engagement), waiting).optional()?)
    }

    /// Keeps what was decided, by which act.
    pub(crate) fn decide_exception(&self, number: i64, decision: &str, file: i64) -> Result<()> {
        let sql = "UPDATE exception SET decision = ?2, decided_by = ?3 WHERE id = ?1";
        self.inner.execute(sql, (number, decision, file))?;
        Ok(())
    }
}
