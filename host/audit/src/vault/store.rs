//! Sealed bytes by their keyed hash, in one SQLite file. Thousands of small values share a transaction.

use std::path::Path;

use bailiwick_files as files;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{Error, Result};

/// The file of sealed bytes.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    open: bool,
}

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS sealed (
    id    INTEGER PRIMARY KEY,
    hmac  TEXT NOT NULL UNIQUE,
    bytes BLOB NOT NULL
) STRICT;
";

impl Store {
    /// Opens the file, and makes it if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Vault`].
    pub fn open(file: &Path) -> Result<Self> {
        files::make_database(file).map_err(Error::io("make", file))?;
        let connection = Connection::open(file).map_err(Error::vault)?;
        // New bytes go to the end of the file, so a rollback journal stays almost empty.
        connection
            .pragma_update_and_check(None, "journal_mode", "TRUNCATE", |_| Ok(()))
            .map_err(Error::vault)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(Error::vault)?;
        connection.execute_batch(SCHEMA).map_err(Error::vault)?;
        Ok(Self { connection, open: false })
    }

    pub(crate) fn has(&self, hmac: &str) -> Result<bool> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM sealed WHERE hmac = ?1)")
            .map_err(Error::vault)?;
        statement.query_row([hmac], |row| row.get(0)).map_err(Error::vault)
    }

    pub(crate) fn put(&mut self, hmac: &str, bytes: &[u8]) -> Result<()> {
        if !self.open {
            self.connection.execute_batch("BEGIN IMMEDIATE").map_err(Error::vault)?;
            self.open = true;
        }
        let mut statement = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO sealed (hmac, bytes) VALUES (?1, ?2)")
            .map_err(Error::vault)?;
        statement.execute(params![hmac, bytes]).map_err(Error::vault)?;
        Ok(())
    }

    pub(crate) fn get(&self, hmac: &str) -> Result<Option<Vec<u8>>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT bytes FROM sealed WHERE hmac = ?1")
            .map_err(Error::vault)?;
        statement.query_row([hmac], |row| row.get(0)).optional().map_err(Error::vault)
    }

    /// Writes a copy to a new file.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Vault`].
    pub fn copy_to(&self, file: &Path) -> Result<()> {
        copy(&self.connection, file)
    }

    /// Makes what was added durable.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if std::mem::take(&mut self.open) {
            self.connection.execute_batch("COMMIT").map_err(Error::vault)?;
        }
        Ok(())
    }
}

/// Writes a copy of a database to a new file that only its owner can read.
pub(super) fn copy(connection: &Connection, file: &Path) -> Result<()> {
    files::make_database(file).map_err(Error::io("make", file))?;
    connection.execute("VACUUM INTO ?1", [file.to_string_lossy()]).map_err(Error::vault)?;
    Ok(())
}

impl Drop for Store {
    fn drop(&mut self) {
        // Bytes of a failed act are kept as well.
        let _ = self.commit();
    }
}
