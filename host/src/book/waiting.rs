//! Documents that wait: kept with what they wait for, found again when it comes, listed.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::Item;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::columns::{insert, insert_sql, mark};
use super::list::{self, After, Rows};
use super::read::{line, of_table, unreadable};
use super::{Book, Transaction, stored};
use crate::booking::{Awaited, Exception, Kept, Waits};
use crate::error::Result;

/// Documents of one side that may wait in an engagement at a time. What is more is refused.
pub(crate) const WAITING_MAX: u64 = 100_000;

/// A document that is not booked yet: it is applied by itself as soon as what it waits for is in the book, or a person
/// decides it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WaitingRow {
    /// Its number, for `decide`. Documents are applied in the order of their numbers.
    pub number: i64,
    /// Why it waits, as a stable code: `waits_for_account`, `waits_for_payment` or `waits_for_matter`; `unidentified_money`
    /// of money in suspense that is for a certain account.
    pub code: String,
    /// Why it is not booked, in words.
    pub why: Option<String>,
    /// What it waits for, each as a key: `account:A1`, `identifier:P1`, `reference:end_to_end:E1`, `matter:A1:D1`.
    pub awaits: Vec<String>,
    /// The kind of the document.
    pub kind: String,
    /// The account that it names.
    pub account: Option<String>,
    /// The identifier of a payment, reversal or adjustment.
    pub identifier: Option<String>,
    /// The amount of one, in minor units.
    pub minor: Option<i64>,
    /// The currency.
    pub currency: String,
    /// The day of the document.
    pub on: Option<String>,
    /// The side that sent it.
    pub side: String,
    /// The file it came in.
    pub file: String,
    /// The line of the file.
    pub line: Option<u64>,
    /// The day on which it came, in UTC.
    pub since: String,
}

/// How many documents wait, and since when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WaitingCount {
    /// How many.
    pub count: u64,
    /// The day on which the oldest of them came, in UTC.
    pub oldest: Option<String>,
}

const LISTED: &str = "
    SELECT x.id, x.code, x.why, x.kind, x.account, x.identifier, x.minor, e.currency, x.effect_on, x.side, f.name, x.line,
           substr(f.at, 1, 10)
    FROM exception x JOIN engagement e ON e.id = x.engagement JOIN file f ON f.id = x.file
    WHERE e.name = ?1 AND x.decision IS NULL AND x.id > ?2
      AND EXISTS (SELECT 1 FROM awaits a WHERE a.exception = x.id)
    ORDER BY x.id LIMIT ?3";

fn listed(row: &Row<'_>) -> rusqlite::Result<WaitingRow> {
    Ok(WaitingRow {
        number: row.get(0)?,
        code: row.get(1)?,
        why: row.get(2)?,
        awaits: Vec::new(),
        kind: row.get(3)?,
        account: row.get(4)?,
        identifier: row.get(5)?,
        minor: row.get(6)?,
        currency: row.get(7)?,
        on: row.get(8)?,
        side: row.get(9)?,
        file: row.get(10)?,
        line: line(row, 11)?,
        since: row.get(12)?,
    })
}

impl Book {
    /// Every document of an engagement that waits, in the order in which they came.
    pub(crate) fn waiting(self, engagement: &str) -> Rows<WaitingRow> {
        let engagement = engagement.to_owned();
        Rows::of(self, move |book, after, most| {
            let params = params![engagement, after.id, most];
            let mut page = list::collect(&book.connection, LISTED, params, |row| {
                let waiting = of_table("exception with the rows it names", row, listed)?;
                Ok((After::number(waiting.number), waiting))
            })?;
            for (_, waiting) in &mut page {
                waiting.awaits = book.awaited_by(waiting.number)?;
            }
            Ok(page)
        })
    }

    fn awaited_by(&self, number: i64) -> Result<Vec<String>> {
        let sql = "SELECT key FROM awaits WHERE exception = ?1 ORDER BY key";
        let mut statement = self.connection.prepare_cached(sql)?;
        let keys = statement.query_map([number], |row| row.get(0))?;
        Ok(keys.collect::<rusqlite::Result<_>>()?)
    }

    /// How many documents wait in all engagements.
    pub(crate) fn count_waiting(&self) -> Result<WaitingCount> {
        let sql = "SELECT count(*), min(substr(f.at, 1, 10)) FROM exception x JOIN file f ON f.id = x.file
                   WHERE x.decision IS NULL AND EXISTS (SELECT 1 FROM awaits a WHERE a.exception = x.id)";
        let count = self.connection.query_row(sql, [], |row| {
            Ok(WaitingCount { count: row.get::<_, i64>(0)?.unsigned_abs(), oldest: row.get(1)? })
        })?;
        Ok(count)
    }
}

/// A document that waits, to be booked.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) number: i64,
    /// Its own file.
    pub(crate) file: i64,
    pub(crate) side: Side,
    pub(crate) json: Vec<u8>,
}

impl Waiting {
    /// The document.
    pub(crate) fn document(&self) -> Result<Item> {
        stored::item(&self.json, ("exception", self.number))
    }
}

/// When something that waited was booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// In the act of its own file.
    InItsAct,
    /// In a later act.
    Later,
}

/// What became of the documents of a file that waited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Became {
    /// Those that wait still.
    pub(crate) waiting: u64,
    /// Those that a person refused.
    pub(crate) refused: u64,
}

impl Transaction<'_> {
    /// How many documents of a side wait in an engagement. Money in suspense is no such document.
    pub(crate) fn waiting_in(&self, engagement: i64, side: Side) -> Result<u64> {
        // Every code that begins with `waits`: the index has them together.
        let sql = "SELECT count(*) FROM exception
                   WHERE engagement = ?1 AND side = ?2 AND decision IS NULL AND code >= 'waits' AND code < 'waitt'";
        let params = (engagement, side.name());
        let count: i64 = self.inner.prepare_cached(sql)?.query_row(params, |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Whether something in an engagement waits, money in suspense as well.
    pub(crate) fn has_waiting(&self, engagement: i64) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM awaits WHERE engagement = ?1)";
        Ok(self.inner.prepare_cached(sql)?.query_row([engagement], |row| row.get(0))?)
    }

    /// Keeps a document that waits. Returns its number.
    pub(crate) fn add_waiting(
        &self,
        (engagement, file, side): (i64, i64, Side),
        (kept, line): (&Kept, Option<u64>),
        waits: &Waits,
        document: &[u8],
    ) -> Result<i64> {
        insert!(self.inner, "exception" {
            engagement: engagement,
            file: file,
            line: line.and_then(|line| i64::try_from(line).ok()),
            side: side.name(),
            code: waits.refused.code,
            why: waits.refused.message,
            kind: kept.kind,
            account: kept.account,
            identifier: kept.identifier,
            minor: kept.minor,
            effect_on: kept.on.map(|day| day.to_string()),
            document: document,
            waited: waits.refused.code.starts_with("waits"),
        })?;
        let number = self.inner.last_insert_rowid();
        self.refer_exception(engagement, number, &kept.references)?;
        self.await_keys(engagement, number, &waits.awaited)?;
        Ok(number)
    }

    fn await_keys(&self, engagement: i64, number: i64, awaited: &[Awaited]) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO awaits (engagement, key, exception) VALUES (?1, ?2, ?3)";
        let mut statement = self.inner.prepare_cached(sql)?;
        for it in awaited {
            statement.execute((engagement, it.key(), number))?;
        }
        Ok(())
    }

    /// A document came again in a file while the first, of this number, waits.
    pub(crate) fn add_repeated(&self, number: i64, (file, line): (i64, Option<u64>)) -> Result<()> {
        insert!(self.inner, "repeated" {
            exception: number,
            file: file,
            line: line.and_then(|line| i64::try_from(line).ok()),
        })?;
        Ok(())
    }

    /// Whether a document waits for a key.
    pub(crate) fn is_awaited(&self, engagement: i64, key: &str) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM awaits WHERE engagement = ?1 AND key = ?2)";
        Ok(self.inner.prepare_cached(sql)?.query_row((engagement, key), |row| row.get(0))?)
    }

    /// The numbers of the documents that wait for a key.
    pub(crate) fn awaiting(&self, engagement: i64, key: &str) -> Result<Vec<i64>> {
        let sql = "SELECT exception FROM awaits WHERE engagement = ?1 AND key = ?2";
        let mut statement = self.inner.prepare_cached(sql)?;
        let numbers = statement.query_map((engagement, key), |row| row.get(0))?;
        Ok(numbers.collect::<rusqlite::Result<_>>()?)
    }

    /// The document of a number, if it waits still.
    pub(crate) fn waiting(&self, number: i64) -> Result<Option<Waiting>> {
        let sql = "SELECT id, file, side, document FROM exception WHERE id = ?1 AND decision IS NULL
                     AND EXISTS (SELECT 1 FROM awaits a WHERE a.exception = exception.id)";
        let read = |row: &Row<'_>| of_table("exception", row, read_waiting);
        Ok(self.inner.prepare_cached(sql)?.query_row([number], read).optional()?)
    }

    /// A document waits for something else now, or is not booked for another reason.
    pub(crate) fn still_waits(&self, engagement: i64, number: i64, waits: &Waits) -> Result<()> {
        self.inner.prepare_cached("UPDATE exception SET code = ?2, why = ?3 WHERE id = ?1")?.execute((
            number,
            &waits.refused.code,
            &waits.refused.message,
        ))?;
        self.forget_awaited(number)?;
        self.await_keys(engagement, number, &waits.awaited)
    }

    /// A document that waits cannot be booked, though what it waited for is there. It waits on, for the same.
    pub(crate) fn waits_because(&self, number: i64, why: &str) -> Result<()> {
        let sql = "UPDATE exception SET why = ?2 WHERE id = ?1";
        self.inner.prepare_cached(sql)?.execute((number, why))?;
        Ok(())
    }

    /// A document that waited is something that a person must decide.
    pub(crate) fn becomes_exception(&self, number: i64, it: &Exception) -> Result<()> {
        let candidates = super::write::candidates(&it.candidates)?;
        let sql = "UPDATE exception SET code = ?2, placement = ?3, account = ?4, candidates = ?5, document = ?6, why = NULL,
                       sent = iif(account IS ?4, sent, coalesce(sent, document)), decision = NULL,
                       decided_by = NULL WHERE id = ?1";
        self.inner.prepare_cached(sql)?.execute((
            number,
            it.code,
            it.placement,
            &it.account,
            candidates,
            &it.document,
        ))?;
        self.forget_awaited(number)
    }

    /// A document waits for nothing any more.
    pub(crate) fn forget_awaited(&self, number: i64) -> Result<()> {
        self.inner.prepare_cached("DELETE FROM awaits WHERE exception = ?1")?.execute([number])?;
        Ok(())
    }

    /// What became of those documents of a file that waited, by themselves or as the same as one that waited.
    pub(crate) fn became(&self, file: i64) -> Result<Became> {
        let sql = "SELECT count(*) FILTER (WHERE x.decision IS NULL AND x.code LIKE 'waits%'),
                          count(*) FILTER (WHERE x.decision = 'refuse')
                   FROM (SELECT id FROM exception WHERE file = ?1 AND waited
                         UNION ALL SELECT exception FROM repeated WHERE file = ?1) w
                   JOIN exception x ON x.id = w.id";
        let became = self.inner.prepare_cached(sql)?.query_row([file], |row| {
            let (waiting, refused): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(Became { waiting: waiting.unsigned_abs(), refused: refused.unsigned_abs() })
        })?;
        Ok(became)
    }

    /// What of a file waited and was booked in its own act, or later: the kind and the amount of each.
    pub(crate) fn booked_of(&self, file: i64, when: When) -> Result<Vec<(String, Option<i64>)>> {
        let sql = "SELECT kind, minor FROM exception
                   WHERE file = ?1 AND code LIKE 'waits%' AND decision IN ('booked', 'assign', 'match')
                     AND (decided_by = ?1) = ?2 ORDER BY id";
        let mut statement = self.inner.prepare_cached(sql)?;
        let rows =
            statement.query_map((file, when == When::InItsAct), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// What was decided of a document that waited; none if it waits still, or a person must decide it now.
    pub(crate) fn decision_of(&self, number: i64) -> Result<Option<Option<String>>> {
        let sql = "SELECT decision FROM exception WHERE id = ?1 AND (decision IS NOT NULL OR (code NOT LIKE 'waits%' AND code <> 'unidentified_money'))";
        Ok(self.inner.prepare_cached(sql)?.query_row([number], |row| row.get(0)).optional()?)
    }

    /// Whether nothing of a file is booked or decided: what it left waits, or was refused by a person.
    pub(crate) fn only_waits(&self, file: i64) -> Result<bool> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM event WHERE file = ?1)
                      AND NOT EXISTS (SELECT 1 FROM exception
                                      WHERE file = ?1 AND NOT (code LIKE 'waits%' AND (decision IS NULL OR decision IN ('refuse', 'replaced'))))
                      AND NOT EXISTS (SELECT 1 FROM repeated r JOIN exception x ON x.id = r.exception
                                      WHERE r.file = ?1 AND NOT (x.code LIKE 'waits%' AND (x.decision IS NULL OR x.decision IN ('refuse', 'replaced'))))
                      AND (EXISTS (SELECT 1 FROM exception WHERE file = ?1)
                           OR EXISTS (SELECT 1 FROM repeated WHERE file = ?1))";
        Ok(self.inner.prepare_cached(sql)?.query_row([file], |row| row.get(0))?)
    }

    /// The documents of a file that wait are replaced by those of a corrected file, until that is confirmed or undone. One
    /// that another file has as well is that file's from now on. Returns how many are replaced.
    pub(crate) fn replace_waiting(&self, file: i64, by: i64) -> Result<u64> {
        self.hand_over(file)?;
        let sql = "UPDATE exception SET decision = 'replaced', decided_by = ?2 WHERE file = ?1 AND decision IS NULL";
        Ok(self.inner.execute(sql, (file, by))? as u64)
    }

    /// The documents of a file that were replaced wait for nothing any more.
    pub(crate) fn confirm_replaced(&self, file: i64) -> Result<()> {
        let sql = "DELETE FROM awaits WHERE exception IN (SELECT id FROM exception WHERE file = ?1 AND decision = 'replaced')";
        self.inner.execute(sql, [file])?;
        self.inner.execute("DELETE FROM repeated WHERE file = ?1", [file])?;
        Ok(())
    }

    /// The documents of a file that another one replaced wait again.
    pub(crate) fn undo_replaced(&self, file: i64, by: i64) -> Result<()> {
        let sql = "UPDATE exception SET decision = NULL, decided_by = NULL
                   WHERE file = ?1 AND decision = 'replaced' AND decided_by = ?2";
        self.inner.execute(sql, (file, by))?;
        Ok(())
    }

    /// Gives the documents of a file that wait, and that came again in another file, to that other file. To the first file
    /// they are then the repetitions.
    fn hand_over(&self, file: i64) -> Result<()> {
        let sql = "SELECT x.id, x.line, min(r.rowid), r.file, r.line
                   FROM exception x JOIN repeated r ON r.exception = x.id AND r.file <> x.file
                   WHERE x.file = ?1 AND x.decision IS NULL GROUP BY x.id";
        let mut statement = self.inner.prepare_cached(sql)?;
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
        let rows: Vec<Handed> = statement.query_map([file], read)?.collect::<rusqlite::Result<_>>()?;
        let mut own = self.inner.prepare_cached("UPDATE exception SET file = ?2, line = ?3 WHERE id = ?1")?;
        let mut again =
            self.inner.prepare_cached("UPDATE repeated SET file = ?2, line = ?3 WHERE rowid = ?1")?;
        for (number, line, repetition, other, other_line) in rows {
            own.execute((number, other, other_line))?;
            again.execute((repetition, file, line))?;
        }
        Ok(())
    }
}

/// The number and the line of a document that waits; the row, the file and the line of its first repetition.
type Handed = (i64, Option<i64>, i64, i64, Option<i64>);

fn read_waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    let side = row.get_ref(2)?.as_str().ok();
    let side = [Side::Bank, Side::Agency].into_iter().find(|it| Some(it.name()) == side);
    Ok(Waiting {
        number: row.get(0)?,
        file: row.get(1)?,
        side: side.ok_or_else(|| unreadable(row, 2, "it is no side"))?,
        json: row.get(3)?,
    })
}
