//! Reading what somebody must decide.

use rusqlite::{Row, params};
use serde::Serialize;

use super::Book;
use super::list::{self, After, Rows};
use super::read::of_table;

/// Something that somebody must decide, or has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExceptionRow {
    /// Its number, for `exceptions decide`.
    pub number: i64,
    /// Why it waits, as a stable code: `payment_after_term`.
    pub code: String,
    /// The account.
    pub account: String,
    /// The round of its placement.
    pub round: u32,
    /// The payment's identifier.
    pub identifier: Option<String>,
    /// The amount, in minor units.
    pub minor: Option<i64>,
    /// The currency.
    pub currency: String,
    /// The day of the payment.
    pub on: Option<String>,
    /// The file it came in.
    pub file: String,
    /// The line of the file.
    pub line: Option<u64>,
    /// What was decided.
    pub decision: Option<String>,
    /// When it was decided.
    pub decided_at: Option<String>,
}

impl Book {
    /// Every exception of an engagement that waits for a decision; with `all` the decided ones as well.
    pub(crate) fn exceptions(self, engagement: &str, all: bool) -> Rows<ExceptionRow> {
        let engagement = engagement.to_owned();
        Rows::of(self, move |book, after, most| {
            list::collect(&book.connection, LISTED, params![engagement, all, after.id, most], |row| {
                let exception = of_table("exception with the rows it names", row, exception)?;
                Ok((After::number(exception.number), exception))
            })
        })
    }
}

const LISTED: &str = "
    SELECT x.id, x.code, p.account, p.round, x.identifier, x.minor, e.currency, x.effect_on, f.name, x.line,
           x.decision, d.at
    FROM exception x JOIN engagement e ON e.id = x.engagement JOIN placement p ON p.id = x.placement
    JOIN file f ON f.id = x.file LEFT JOIN file d ON d.id = x.decided_by
    WHERE e.name = ?1 AND (?2 OR x.decision IS NULL) AND x.id > ?3 ORDER BY x.id LIMIT ?4";

fn exception(row: &Row<'_>) -> rusqlite::Result<ExceptionRow> {
    Ok(ExceptionRow {
        number: row.get(0)?,
        code: row.get(1)?,
        account: row.get(2)?,
        round: row.get(3)?,
        identifier: row.get(4)?,
        minor: row.get(5)?,
        currency: row.get(6)?,
        on: row.get(7)?,
        file: row.get(8)?,
        line: super::read::line(row, 9)?,
        decision: row.get(10)?,
        decided_at: row.get(11)?,
    })
}
