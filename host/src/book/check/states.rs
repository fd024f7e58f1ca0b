//! Where placements stand, from what moved them.

use super::DifferenceKind::Changed;
use super::LedgerCheck;
use super::rules::compare_row;
use crate::book::Book;
use crate::error::Result;

/// A placement is where the last of its moves led it.
const LAST: &str = "
    SELECT * FROM (
        SELECT e.name, p.account, p.round, 'state' AS figure, p.id, p.state,
               (SELECT v.after FROM event v WHERE v.placement = p.id AND v.after IS NOT NULL ORDER BY v.id DESC LIMIT 1) AS led
        FROM placement p JOIN engagement e ON e.id = p.engagement)
    WHERE state IS NOT coalesce(led, CASE WHEN state IN ('draft', 'sent', 'held') THEN state END)";

/// Each move begins where the one before it ended.
const EACH: &str = "
    SELECT * FROM (
        SELECT e.name, p.account, p.round, 'state' AS figure, v.id, v.before,
               lag(v.after) OVER (PARTITION BY v.placement ORDER BY v.id) AS led
        FROM event v JOIN placement p ON p.id = v.placement JOIN engagement e ON e.id = p.engagement
        WHERE v.after IS NOT NULL)
    WHERE led IS NOT NULL AND before IS NOT led";

impl Book {
    /// Where a placement stands is where its events led it: each begins where the one before it ended.
    pub(super) fn check_states(&self, check: &mut LedgerCheck) -> Result<()> {
        for (table, sql) in [("placement", LAST), ("event", EACH)] {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                compare_row(check, table, row, Changed, (1, 0))?;
            }
        }
        Ok(())
    }
}
