//! An exception and what was decided of it.

use rusqlite::OptionalExtension;

use super::{Transaction, stored};
use crate::error::Result;

/// An exception that waits for a decision.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) placement: i64,
    pub(crate) document: bailiwick_sdk::document::Item,
}

impl Transaction<'_> {
    /// The exception of a number, if it waits for a decision.
    pub(crate) fn waiting_exception(&self, engagement: i64, number: i64) -> Result<Option<Waiting>> {
        let found: Option<(i64, Vec<u8>)> = self
            .inner
            .query_row(
                "SELECT placement, document FROM exception WHERE id = ?1 AND engagement = ?2 AND decision IS NULL",
                (number, engagement),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        found.map(|(placement, json)| Ok(Waiting { placement, document: stored::item(&json)? })).transpose()
    }

    /// Keeps what was decided, by which act.
    pub(crate) fn decide_exception(&self, number: i64, decision: &str, file: i64) -> Result<()> {
        let sql = "UPDATE exception SET decision = ?2, decided_by = ?3 WHERE id = ?1";
        self.inner.execute(sql, (number, decision, file))?;
        Ok(())
    }
}
