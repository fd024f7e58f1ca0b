//! What either side receives: the documents of an act, and the files that carry them.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::value::{AccountKey, Key, Minor};

use super::columns::{columns, insert, insert_sql, mark};
use super::read::of_table;
use super::{Transaction, stored};
use crate::audit::Digested;
use crate::case::State;
use crate::error::{Error, Result};

/// A placement on its way to the files that carry it.
#[derive(Debug)]
pub(crate) struct PlacedDocument {
    /// None while its day has not come.
    pub(crate) document: Option<Vec<u8>>,
    pub(crate) account: AccountKey,
    pub(crate) account_number: Option<Key>,
    pub(crate) placed: Minor,
    pub(crate) owed: Minor,
}

columns!(Document: id, state, document, account, account_number, placed, principal, interest, penalty, late_fee, costs, other);

/// A file that is written for a side, in the stage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewAnswer<'a> {
    /// Where it will be, relative to the home.
    pub(crate) path: &'a str,
    /// Where it waits, relative to the home.
    pub(crate) staged: &'a str,
    pub(crate) digest: &'a Digested,
}

impl Transaction<'_> {
    /// Shows `each` the placements of a file.
    pub(crate) fn placed_documents(
        &self,
        file: i64,
        mut each: impl FnMut(PlacedDocument) -> Result<()>,
    ) -> Result<()> {
        let sql = format!("SELECT {} FROM placement WHERE file = ?1 ORDER BY id", Document::LIST);
        let mut statement = self.inner.prepare(&sql)?;
        let mut rows = statement.query([file])?;
        let minor = |minor: i64| {
            Minor::new(minor).ok_or_else(|| {
                Error::book(format!("an amount of a placement of file {file} is out of bounds"))
            })
        };
        while let Some(row) = rows.next()? {
            let state: State = of_table("placement", row, |row| Document::state.of(row))?;
            let waits = state == State::Draft;
            let (account, number): (String, Option<String>) =
                (Document::account.of(row)?, Document::account_number.of(row)?);
            let owed = super::buckets(row, Document::principal as usize)?.sum();
            let id: i64 = Document::id.of(row)?;
            let owed = owed
                .map_err(|error| Error::column("placement", id, "principal to other", error.to_string()))?;
            each(PlacedDocument {
                document: if waits { None } else { Some(Document::document.of(row)?) },
                account: stored::key(&account, id, "account")?,
                account_number: number
                    .map(|number| stored::key(&number, id, "account_number"))
                    .transpose()?,
                placed: minor(Document::placed.of(row)?)?,
                owed: minor(owed)?,
            })?;
        }
        Ok(())
    }

    /// Shows `each` the other documents that an act booked: the number of the event, the side that sent it if a side did,
    /// the kind, the document.
    pub(crate) fn event_documents(
        &self,
        file: i64,
        mut each: impl FnMut(i64, Option<Side>, &str, &[u8]) -> Result<()>,
    ) -> Result<()> {
        // What had waited is booked by the act, and has the file in which it came.
        for of_act in ["e.file = ?1 AND e.booked_by IS NULL", "e.booked_by = ?1"] {
            let sql = format!(
                "SELECT e.kind, e.document, e.id, f.side FROM event e JOIN file f ON f.id = e.file
                 WHERE {of_act} AND length(e.document) > 0 ORDER BY e.id"
            );
            let mut statement = self.inner.prepare(&sql)?;
            let mut rows = statement.query([file])?;
            while let Some(row) = rows.next()? {
                let kind = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
                let side = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
                let side = [Side::Bank, Side::Agency].into_iter().find(|it| it.name() == side);
                each(row.get(2)?, side, kind, row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
            }
        }
        Ok(())
    }

    /// Begins to keep the documents that the host itself sends in this act, in a table that only this transaction sees.
    pub(crate) fn begin_notices(&self) -> Result<()> {
        Ok(self.inner.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS notice (
                 id INTEGER PRIMARY KEY, bank INTEGER NOT NULL, kind TEXT NOT NULL, document BLOB NOT NULL);
             DELETE FROM temp.notice",
        )?)
    }

    /// Keeps a document that the host sends. Returns its number.
    pub(crate) fn add_notice(&self, to: Side, kind: &str, document: &[u8]) -> Result<i64> {
        let sql = "INSERT INTO temp.notice (bank, kind, document) VALUES (?1, ?2, ?3)";
        self.inner.prepare_cached(sql)?.execute((to == Side::Bank, kind, document))?;
        Ok(self.inner.last_insert_rowid())
    }

    /// Shows `each` the kept documents whose number lies after the first and up to the second.
    pub(crate) fn notices(
        &self,
        (after, until): (i64, i64),
        mut each: impl FnMut(Side, &str, &[u8]) -> Result<()>,
    ) -> Result<()> {
        if after >= until {
            return Ok(());
        }
        let sql = "SELECT bank, kind, document FROM temp.notice WHERE id > ?1 AND id <= ?2 ORDER BY id";
        let mut statement = self.inner.prepare(sql)?;
        let mut rows = statement.query((after, until))?;
        while let Some(row) = rows.next()? {
            let to = if row.get(0)? { Side::Bank } else { Side::Agency };
            let kind = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            each(to, kind, row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?)?;
        }
        Ok(())
    }

    /// Whether a file was ever written to a place of the outbox.
    pub(crate) fn had_answer(&self, path: &str) -> Result<bool> {
        Ok(self.inner.prepare_cached("SELECT 1 FROM answer WHERE path = ?1")?.exists([path])?)
    }

    /// Keeps a file that was written. It is not in its place yet.
    pub(crate) fn add_answer(&self, file: i64, answer: &NewAnswer<'_>) -> Result<()> {
        insert!(self.inner, "answer" {
            file: file,
            path: answer.path,
            staged: answer.staged,
            sha256: answer.digest.sha256,
            bytes: answer.digest.bytes.cast_signed(),
        })?;
        Ok(())
    }
}
