//! Reading disputes and complaints, and what is overdue.

use bailiwick_sdk::value::Day;
use rusqlite::{Row, params};
use serde::Serialize;

use super::Book;
use super::list::{self, After, Rows};
use super::read::{Column, of_table};
use crate::case::Stage;

/// Which disputes and complaints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Which {
    /// Those that somebody still has to reply to.
    Open,
    /// Those whose last day to reply is over.
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
    /// Who has to reply.
    pub level: String,
    /// The day it was received.
    pub received_on: String,
    /// The last day to reply.
    pub answer_by: String,
    /// That day is over.
    pub overdue: bool,
    /// The part of the balance that it is about, in minor units; none: the whole.
    pub disputed: Option<i64>,
    /// Requests for evidence without evidence.
    pub evidence_missing: u32,
    /// What was decided.
    pub outcome: Option<String>,
}

impl Book {
    /// The disputes and complaints of an engagement as they stand on a day, the most urgent first.
    pub(crate) fn disputes(self, engagement: &str, which: Which, today: Day) -> Rows<DisputeRow> {
        let (engagement, today) = (engagement.to_owned(), today.to_string());
        let among = match which {
            Which::Open => "AND m.stage NOT IN ('decided', 'closed')",
            Which::Overdue => "AND m.stage NOT IN ('decided', 'closed') AND m.answer_by < ?2",
            Which::All => "",
        };
        let sql = format!(
            "SELECT p.account, p.round, m.kind, m.identifier, m.stage, m.level, m.received_on, m.answer_by,
                    m.stage NOT IN ('decided', 'closed') AND m.answer_by < ?2, m.disputed, m.outcome,
                    (SELECT count(*) FROM evidence_request r WHERE r.matter = m.id AND r.given = 0), m.id
             FROM matter m JOIN placement p ON p.id = m.placement JOIN engagement e ON e.id = p.engagement
             WHERE e.name = ?1 {among} AND (m.answer_by, m.id) > (?3, ?4) ORDER BY m.answer_by, m.id LIMIT ?5"
        );
        Rows::of(self, move |book, after, most| {
            list::collect(
                &book.connection,
                &sql,
                params![engagement, today, after.day, after.id, most],
                |row| {
                    let dispute = of_table("matter with its placement", row, dispute)?;
                    Ok((After { day: dispute.answer_by.clone(), id: row.get(12)? }, dispute))
                },
            )
        })
    }
}

fn dispute(row: &Row<'_>) -> rusqlite::Result<DisputeRow> {
    Ok(DisputeRow {
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
    })
}
