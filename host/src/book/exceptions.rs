//! Reading what somebody must decide.

use rusqlite::{Row, params};
use serde::Serialize;

use super::Book;
use super::candidates::Candidate;
use super::list::{self, After, Rows};
use super::read::{of_table, unreadable};
use crate::booking::UNIDENTIFIED_MONEY;
use crate::error::Result;

/// Something that somebody must decide, or has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExceptionRow {
    /// Its number, for `exceptions decide`.
    pub number: i64,
    /// Why it waits, as a stable code: `payment_after_term`, `ambiguous_reversal`, `unidentified_money`; of what waited until it was
    /// decided, `waits_for_account` and its like.
    pub code: String,
    /// The account, if it is known; of money in suspense the account or reference that it names.
    pub account: Option<String>,
    /// The round of its placement, if it is known.
    pub round: Option<u32>,
    /// The identifier of the payment or reversal.
    pub identifier: Option<String>,
    /// The identifiers of the payments that it may be about.
    pub candidates: Vec<String>,
    /// The accounts that money in suspense may be for, each with the reasons.
    pub accounts: Vec<Candidate>,
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
    /// Every exception of an engagement that waits for a decision; with `all` the decided ones as well, and documents that
    /// waited until a person decided them or a corrected file replaced them.
    pub(crate) fn exceptions(self, engagement: &str, all: bool) -> Rows<ExceptionRow> {
        let engagement = engagement.to_owned();
        Rows::of(self, move |book, after, most| {
            let params = params![engagement, all, after.id, most];
            let mut page = list::collect(&book.connection, LISTED, params, |row| {
                let exception = of_table("exception with the rows it names", row, exception)?;
                Ok((After::number(exception.number), exception))
            })?;
            let rows = page.iter_mut().map(|(_, row)| row);
            book.add_accounts(&engagement, rows.filter(|row| row.is_open_money()).collect())?;
            Ok(page)
        })
    }

    /// The accounts that money in suspense may be for.
    fn add_accounts(&self, engagement: &str, rows: Vec<&mut ExceptionRow>) -> Result<()> {
        let mut of = Vec::with_capacity(rows.len());
        let mut statement = self.connection.prepare_cached("SELECT document FROM exception WHERE id = ?1")?;
        for row in &rows {
            of.push((row.number, statement.query_row([row.number], |it| it.get(0))?));
        }
        for (row, accounts) in rows.into_iter().zip(self.candidates(engagement, &of)?) {
            row.accounts = accounts;
        }
        Ok(())
    }
}

impl ExceptionRow {
    /// Whether it is money in suspense that nobody has decided.
    fn is_open_money(&self) -> bool {
        self.code == UNIDENTIFIED_MONEY && self.decision.is_none()
    }
}

const LISTED: &str = "
    SELECT x.id, x.code, coalesce(p.account, x.account), p.round, x.identifier, x.minor, e.currency, x.effect_on, f.name,
           x.line, x.decision, d.at, x.candidates
    FROM exception x JOIN engagement e ON e.id = x.engagement LEFT JOIN placement p ON p.id = x.placement
    JOIN file f ON f.id = x.file LEFT JOIN file d ON d.id = x.decided_by
    WHERE e.name = ?1 AND x.id > ?3
      -- Of what waited, what a person decided and what was replaced; `waiting` lists the rest.
      AND CASE WHEN x.code LIKE 'waits%' THEN ?2 AND x.decision <> 'booked' ELSE ?2 OR x.decision IS NULL END
    ORDER BY x.id LIMIT ?4";

fn exception(row: &Row<'_>) -> rusqlite::Result<ExceptionRow> {
    Ok(ExceptionRow {
        number: row.get(0)?,
        code: row.get(1)?,
        account: row.get(2)?,
        round: row.get(3)?,
        identifier: row.get(4)?,
        candidates: candidates(row, 12)?,
        accounts: Vec::new(),
        minor: row.get(5)?,
        currency: row.get(6)?,
        on: row.get(7)?,
        file: row.get(8)?,
        line: super::read::line(row, 9)?,
        decision: row.get(10)?,
        decided_at: row.get(11)?,
    })
}

fn candidates(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<String>> {
    let json: Option<String> = row.get(at)?;
    let read =
        |json: String| serde_json::from_str(&json).map_err(|_| unreadable(row, at, "it is no list of names"));
    json.map_or_else(|| Ok(Vec::new()), read)
}
