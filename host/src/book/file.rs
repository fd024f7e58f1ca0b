//! The file's record: that it came, what it was, what came of it. What the host does by itself has one as well, so
//! that everything in the book says where it came from.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::value::{Day, Zone};
use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::Transaction;
use super::columns::{columns, insert, insert_sql, mark};
use crate::audit::Digested;
use crate::error::{Error, Result};

/// A file that came before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileBefore {
    pub(crate) id: i64,
    /// Its number in its sequence.
    pub(crate) sequence: Option<i64>,
    /// When it was exchanged.
    pub(crate) at: String,
    /// What came of it, as JSON.
    pub(crate) report: String,
}

columns!(File: id, sequence, at, report);

/// Which sequence of files: those of one message that a side sends in an engagement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Series<'a> {
    pub(crate) engagement: i64,
    pub(crate) side: Side,
    pub(crate) message: &'a str,
}

/// What is known of a file at its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileEnd<'a> {
    pub(crate) digest: &'a Digested,
    pub(crate) identity: Option<&'a str>,
    pub(crate) sequence: Option<i64>,
    /// What came of it, as JSON.
    pub(crate) report: &'a str,
}

impl Transaction<'_> {
    /// Begins a file's record. The digest is known at the end of the file; until then its number takes its place.
    pub(crate) fn begin_file(
        &self,
        series: Series<'_>,
        name: &str,
        bytes: u64,
        at: Timestamp,
    ) -> Result<i64> {
        self.record(series.engagement, series.side.name(), series.message, name, "being read", bytes, at)
    }

    /// Begins the record of what the host does by itself.
    pub(crate) fn begin_own(&self, engagement: i64, act: &str, at: Timestamp) -> Result<i64> {
        self.record(engagement, "host", act, act, "own", 0, at)
    }

    #[allow(clippy::too_many_arguments)]
    fn record(
        &self,
        engagement: i64,
        side: &str,
        message: &str,
        name: &str,
        digest: &str,
        bytes: u64,
        at: Timestamp,
    ) -> Result<i64> {
        let id: i64 =
            self.inner.query_row("SELECT coalesce(max(id), 0) + 1 FROM file", [], |row| row.get(0))?;
        insert!(self.inner, "file" {
            id: id,
            engagement: engagement,
            side: side,
            message: message,
            name: name,
            sha256: format!("{digest} {id}"),
            bytes: bytes.cast_signed(),
            at: at.to_string(),
        })?;
        Ok(id)
    }

    /// The day on which a file came, in a zone.
    pub(crate) fn came_on(&self, file: i64, zone: &Zone) -> Result<Day> {
        let sql = "SELECT at FROM file WHERE id = ?1";
        let at: String = self.inner.prepare_cached(sql)?.query_row([file], |row| row.get(0))?;
        let at: Timestamp =
            at.parse().map_err(|error: jiff::Error| Error::column("file", file, "at", error.to_string()))?;
        Ok(zone.time_zone().to_datetime(at).date().into())
    }

    /// Ends a file's record.
    pub(crate) fn end_file(&self, file: i64, end: &FileEnd<'_>) -> Result<()> {
        self.inner.execute(
            "UPDATE file SET sha256 = ?2, bytes = ?3, identity = ?4, report = ?5, sequence = ?6 WHERE id = ?1",
            (
                file,
                &end.digest.sha256,
                end.digest.bytes.cast_signed(),
                end.identity,
                end.report,
                end.sequence,
            ),
        )?;
        Ok(())
    }

    /// Whether a file of so many bytes came before: only that can be the same, and most come once.
    pub(crate) fn had_file_of(&self, engagement: i64, bytes: u64) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM file WHERE engagement = ?1 AND bytes = ?2)";
        Ok(self.inner.query_row(sql, (engagement, bytes.cast_signed()), |row| row.get(0))?)
    }

    /// The file of a digest that a side sent before.
    pub(crate) fn file_of_digest(
        &self,
        engagement: i64,
        side: Side,
        sha256: &str,
    ) -> Result<Option<FileBefore>> {
        self.one_file("engagement = ?1 AND side = ?2 AND sha256 = ?3", (engagement, side.name(), sha256))
    }

    /// Another file of an identity.
    pub(crate) fn file_of_identity(
        &self,
        series: Series<'_>,
        identity: &str,
        file: i64,
    ) -> Result<Option<FileBefore>> {
        let Series { engagement, side, message } = series;
        let among = "engagement = ?1 AND side = ?2 AND message = ?3 AND identity = ?4 AND id <> ?5";
        self.one_file(among, (engagement, side.name(), message, identity, file))
    }

    fn one_file(&self, among: &str, parameters: impl rusqlite::Params) -> Result<Option<FileBefore>> {
        let sql = format!("SELECT {} FROM file WHERE {among}", File::LIST);
        Ok(self.inner.prepare_cached(&sql)?.query_row(parameters, before).optional()?)
    }

    /// Takes digest and identity from a file, for the next that comes with them.
    pub(crate) fn give_up_file(&self, file: i64) -> Result<()> {
        let sql = "UPDATE file SET sha256 = 'refused ' || id || ' ' || sha256, identity = NULL WHERE id = ?1";
        self.inner.execute(sql, [file])?;
        Ok(())
    }

    /// Looks for a file of a series, the highest number first; none has a number below zero.
    pub(crate) fn find_latest(
        &self,
        series: Series<'_>,
        mut wanted: impl FnMut(&FileBefore) -> Result<bool>,
    ) -> Result<Option<FileBefore>> {
        let Series { engagement, side, message } = series;
        let sql = format!(
            "SELECT {} FROM file
             WHERE engagement = ?1 AND side = ?2 AND message = ?3 AND sequence >= 0 ORDER BY sequence DESC",
            File::LIST
        );
        let mut statement = self.inner.prepare_cached(&sql)?;
        let mut rows = statement.query((engagement, side.name(), message))?;
        while let Some(row) = rows.next()? {
            let file = before(row)?;
            if wanted(&file)? {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    /// The highest number up to this one of which a file came, taken or refused.
    pub(crate) fn last_number(&self, series: Series<'_>, sequence: i64) -> Result<Option<i64>> {
        let Series { engagement, side, message } = series;
        let sql = "SELECT max(sequence) FROM file
                   WHERE engagement = ?1 AND side = ?2 AND message = ?3 AND sequence BETWEEN 0 AND ?4";
        Ok(self.inner.query_row(sql, (engagement, side.name(), message, sequence), |row| row.get(0))?)
    }

    /// Takes a number of a series from the file that has it.
    pub(crate) fn free_number(&self, series: Series<'_>, sequence: i64) -> Result<()> {
        let Series { engagement, side, message } = series;
        let sql = "UPDATE file SET sequence = NULL
                   WHERE engagement = ?1 AND side = ?2 AND message = ?3 AND sequence = ?4";
        self.inner.execute(sql, (engagement, side.name(), message, sequence))?;
        Ok(())
    }

    /// Gives a file its number again, which was freed for another one.
    pub(crate) fn number_file(&self, file: i64, sequence: Option<i64>) -> Result<()> {
        self.inner.execute("UPDATE file SET sequence = ?2 WHERE id = ?1", (file, sequence))?;
        Ok(())
    }

    /// The name under which a file came.
    pub(crate) fn name_of_file(&self, file: i64) -> Result<String> {
        Ok(self.inner.query_row("SELECT name FROM file WHERE id = ?1", [file], |row| row.get(0))?)
    }

    /// Whether a file has an event, an exception, a document that waits, or one that is the same as one that waited.
    pub(crate) fn left_something(&self, file: i64) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM event WHERE file = ?1)
                       OR EXISTS (SELECT 1 FROM exception WHERE file = ?1 AND decision IS NOT 'replaced')
                       OR EXISTS (SELECT 1 FROM repeated WHERE file = ?1)";
        Ok(self.inner.query_row(sql, [file], |row| row.get(0))?)
    }
}

fn before(row: &rusqlite::Row<'_>) -> rusqlite::Result<FileBefore> {
    Ok(FileBefore {
        id: File::id.of(row)?,
        sequence: File::sequence.of(row)?,
        at: File::at.of(row)?,
        report: File::report.of(row)?,
    })
}
