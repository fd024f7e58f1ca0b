//! What falls due, in the order of its days.

use bailiwick_sdk::value::Day;

use super::{Book, Transaction, stored};
use crate::booking::Placed;
use crate::engagement::Engagement;
use crate::error::Result;

impl Book {
    /// Whether anything of an engagement has fallen due by a day, or the book has it otherwise than its file.
    pub(crate) fn is_due(&self, engagement: &Engagement, today: Day) -> Result<bool> {
        let sql = "SELECT EXISTS (
                SELECT 1 FROM placement p JOIN engagement e ON e.id = p.engagement
                WHERE e.name = ?1 AND p.due_on <= ?2)
            OR EXISTS (
                SELECT 1 FROM promise q JOIN engagement e ON e.id = q.engagement
                WHERE e.name = ?1 AND q.state = 'open' AND q.due_on < ?2)
            OR EXISTS (
                SELECT 1 FROM engagement
                WHERE name = ?1 AND (one_agency <> ?3 OR creditor <> ?4 OR agency <> ?5))";
        let parameters = (
            engagement.name.as_str(),
            today.to_string(),
            engagement.terms.one_agency_per_customer,
            engagement.creditor.as_str(),
            engagement.agency.code.as_str(),
        );
        Ok(self.connection.query_row(sql, parameters, |row| row.get(0))?
            || self.has_other_terms(engagement, today)?)
    }
}

impl Transaction<'_> {
    /// Whether a placement or a promise of an engagement has fallen due by a day.
    pub(crate) fn has_due(&self, engagement: i64, today: Day) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM placement WHERE engagement = ?1 AND due_on <= ?2)
                       OR EXISTS (SELECT 1 FROM promise WHERE engagement = ?1 AND state = 'open' AND due_on < ?2)";
        let mut statement = self.inner.prepare_cached(sql)?;
        Ok(statement.query_row((engagement, today.to_string()), |row| row.get(0))?)
    }

    /// The placement with the earliest thing that is due on a day or before it.
    pub(crate) fn next_due(&self, engagement: i64, today: Day) -> Result<Option<Placed>> {
        let rest = "WHERE engagement = ?1 AND due_on <= ?2 ORDER BY due_on, id LIMIT 1";
        self.first_placement(rest, (engagement, today.to_string()))
    }

    /// The first placement after another that something can still fall due for.
    pub(super) fn next_unfinished(&self, engagement: i64, after: i64) -> Result<Option<Placed>> {
        let rest =
            "WHERE id > ?2 AND engagement = ?1 AND state NOT IN ('rejected', 'closed') ORDER BY id LIMIT 1";
        self.first_placement(rest, (engagement, after))
    }

    /// Promises whose day is over and that were not kept are broken; how many.
    pub(crate) fn break_promises(&self, engagement: i64, file: i64, today: Day) -> Result<u64> {
        let day = today.to_string();
        self.inner.execute(
            "INSERT INTO event (file, placement, kind, effect_on, document)
             SELECT ?1, placement, 'promise_broken', due_on, x'' FROM promise
             WHERE engagement = ?2 AND state = 'open' AND due_on < ?3 ORDER BY due_on, id",
            (file, engagement, &day),
        )?;
        let broken = self.inner.execute(
            "UPDATE promise SET state = 'broken' WHERE engagement = ?1 AND state = 'open' AND due_on < ?2",
            (engagement, &day),
        )?;
        Ok(broken as u64)
    }

    /// The document of a placement.
    pub(crate) fn placed_document(&self, id: i64) -> Result<Vec<u8>> {
        let mut statement = self.inner.prepare_cached("SELECT document FROM placement WHERE id = ?1")?;
        stored::document(statement.query_row([id], |row| row.get(0))?, ("placement", id))
    }
}
