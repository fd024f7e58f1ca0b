//! Answers that are booked and not in their places yet.

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::{Book, Transaction};
use crate::error::Result;

/// An answer that is booked and not in its place yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HeldBack {
    /// Where it belongs, below the home.
    pub path: String,
    /// Where it waits, below the home.
    pub staged: String,
    /// Why it is not in its place, and what to do if it does not get there by itself.
    pub why: String,
    /// It is neither staged nor in its place.
    pub gone: bool,
}

/// What an answer was when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) bytes: i64,
    pub(crate) sha256: String,
}

impl Transaction<'_> {
    /// The answers of a file are not in their places yet.
    pub(crate) fn expect_answers(&self, file: i64) -> Result<()> {
        self.inner.execute(
            "INSERT INTO held_back (answer, why)
             SELECT id, 'its act ended before it was moved; the next write moves it' FROM answer WHERE file = ?1",
            [file],
        )?;
        Ok(())
    }
}

impl Book {
    /// The answers that are held back.
    pub(crate) fn held_back(&self) -> Result<Vec<HeldBack>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT a.path, a.staged, h.why, h.gone FROM held_back h JOIN answer a ON a.id = h.answer ORDER BY a.id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(HeldBack { path: row.get(0)?, staged: row.get(1)?, why: row.get(2)?, gone: row.get(3)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The place of an answer that was staged somewhere; none if it is not booked.
    pub(crate) fn place_of(&self, staged: &str) -> Result<Option<String>> {
        let mut statement = self.connection.prepare_cached("SELECT path FROM answer WHERE staged = ?1")?;
        Ok(statement.query_row([staged], |row| row.get(0)).optional()?)
    }

    /// What the answer of a place was when it was written.
    pub(crate) fn written(&self, path: &str) -> Result<Written> {
        let mut statement =
            self.connection.prepare_cached("SELECT bytes, sha256 FROM answer WHERE path = ?1")?;
        let written =
            statement.query_row([path], |row| Ok(Written { bytes: row.get(0)?, sha256: row.get(1)? }))?;
        Ok(written)
    }

    /// Records which answers are in their places, and which are not.
    pub(crate) fn record_places(&self, placed: &[String], held: &[HeldBack]) -> Result<()> {
        let transaction = self.connection.unchecked_transaction()?;
        placed.iter().try_for_each(|path| forget(&transaction, path))?;
        held.iter().try_for_each(|answer| hold_back(&transaction, answer))?;
        Ok(transaction.commit()?)
    }

    /// An answer is in its place.
    pub(crate) fn forget_held_back(&self, path: &str) -> Result<()> {
        forget(&self.connection, path)
    }

    /// An answer is held back, and why.
    pub(crate) fn hold_back(&self, answer: &HeldBack) -> Result<()> {
        hold_back(&self.connection, answer)
    }
}

fn forget(connection: &Connection, path: &str) -> Result<()> {
    let sql = "DELETE FROM held_back WHERE answer = (SELECT id FROM answer WHERE path = ?1)";
    connection.prepare_cached(sql)?.execute([path])?;
    Ok(())
}

fn hold_back(connection: &Connection, answer: &HeldBack) -> Result<()> {
    let sql = "INSERT INTO held_back (answer, why, gone) SELECT id, ?2, ?3 FROM answer WHERE path = ?1
               ON CONFLICT (answer) DO UPDATE SET why = excluded.why, gone = excluded.gone";
    connection.prepare_cached(sql)?.execute((&answer.path, &answer.why, answer.gone))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Digested, Mark};
    use crate::book::{NewAnswer, Series};

    /// The commit that books an act records that its answers are not in their places yet; what is moved is forgotten.
    #[test]
    fn an_act_records_that_its_answers_are_not_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        Book::create(&path).unwrap();
        let mut book = Book::open(&path).unwrap();
        let digest = Digested::of(b"answer");
        let transaction = book.begin().unwrap();
        let series = Series { engagement: 1, side: bailiwick_sdk::context::Side::Bank, message: "accounts" };
        let file = transaction.begin_file(series, "a", 1, jiff::Timestamp::UNIX_EPOCH).unwrap();
        for path in ["outbox/a", "outbox/b"] {
            transaction.add_answer(file, &NewAnswer { path, staged: path, digest: &digest }).unwrap();
        }
        transaction.expect_answers(file).unwrap();
        transaction.commit(&Mark::empty(), &[]).unwrap();
        let paths =
            |book: &Book| book.held_back().unwrap().into_iter().map(|held| held.path).collect::<Vec<_>>();
        assert_eq!(paths(&book), ["outbox/a", "outbox/b"]);
        book.forget_held_back("outbox/a").unwrap();
        assert_eq!(paths(&book), ["outbox/b"]);
    }
}
