//! Reading disputes and complaints, and what is overdue.

use bailiwick_sdk::value::Day;
use rusqlite::params;
use serde::Serialize;

use super::Book;
use super::read::Column;
use crate::case::Stage;
use crate::error::Result;

/// Which disputes and complaints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Which {
    /// Those that somebody still has to answer.
    Open,
    /// Those whose last day to answer is over.
    Overdue,
    /// All of them.
    All,
}

/// A dispute or complaint of an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DisputeRow {
    /// The account.
    pub account: String,
    /// The round of its placement.
    pub round: u32,
    /// `dispute` or `complaint`.
    pub kind: String,
    /// Its number.
    pub identifier: String,
    /// How far it is.
    pub stage: Stage,
    /// Who has to answer.
    pub level: String,
    /// The day it was received.
    pub received_on: String,
    /// The last day to answer.
    pub answer_by: String,
    /// That day is over.
    pub overdue: bool,
    /// The part of the balance that it is about, in minor units; none: the whole.
    pub disputed: Option<i64>,
    /// Requests for evidence without an answer.
    pub evidence_missing: u32,
    /// What was decided.
    pub outcome: Option<String>,
}

impl Book {
    /// Shows `each` the disputes and complaints of an engagement as they stand on a day, the most urgent
    /// first.
    ///
    /// # Errors
    /// [`Error::Book`](crate::Error::Book).
    pub(crate) fn disputes(
        &self,
        engagement: &str,
        which: Which,
        today: Day,
        mut each: impl FnMut(DisputeRow),
    ) -> Result<()> {
        let among = match which {
            Which::Open => "AND m.stage NOT IN ('decided', 'closed')",
            Which::Overdue => "AND m.stage NOT IN ('decided', 'closed') AND m.answer_by < ?2",
            Which::All => "",
        };
        let sql = format!(
            "SELECT p.account, p.round, m.kind, m.identifier, m.stage, m.level, m.received_on, m.answer_by,
                    m.stage NOT IN ('decided', 'closed') AND m.answer_by < ?2, m.disputed, m.outcome,
                    (SELECT count(*) FROM evidence_request r WHERE r.matter = m.id AND r.given = 0)
             FROM matter m JOIN placement p ON p.id = m.placement JOIN engagement e ON e.id = p.engagement
             WHERE e.name = ?1 {among} ORDER BY m.answer_by, m.id"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query(params![engagement, today.to_string()])?;
        while let Some(row) = rows.next()? {
            each(DisputeRow {
                account: row.get(0)?,
                round: row.get(1)?,
                kind: row.get(2)?,
                identifier: row.get(3)?,
                stage: Stage::read(row, 4)?,
                level: row.get(5)?,
                received_on: row.get(6)?,
                answer_by: row.get(7)?,
                overdue: row.get(8)?,
                disputed: row.get(9)?,
                outcome: row.get(10)?,
                evidence_missing: row.get(11)?,
            });
        }
        Ok(())
    }
}
