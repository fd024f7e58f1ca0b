//! The account book: one SQLite file, one transaction for each exchanged file.

mod answers;
mod candidates;
mod check;
mod columns;
mod deciding;
mod due;
mod exceptions;
mod file;
mod held;
mod holds;
mod itemized;
mod layouts;
mod list;
mod load;
mod load_money;
mod matters;
mod missing;
mod persons;
mod query;
mod read;
mod reconcile;
mod remit;
mod retention;
pub(crate) mod stored;
mod stored_terms;
mod sums;
mod suspense;
mod taking;
mod terms;
mod transaction;
mod unbooked;
mod undated;
mod waiting;
mod write;

pub(crate) use answers::NewAnswer;
pub(crate) use deciding::Undecided;
pub(crate) use file::{FileBefore, FileEnd, Series};
pub(crate) use remit::NewRemittance;
pub(crate) use retention::{PersonAccount, Standing};
pub(crate) use suspense::Left;
pub(crate) use transaction::Transaction;
pub(crate) use waiting::{WAITING_MAX, When};
pub(crate) use write::Under;

pub use candidates::{Candidate, CandidateReason};
pub use check::{Difference, DifferenceKind, LedgerCheck, RowsCheck};
pub use exceptions::ExceptionRow;
pub use held::HeldBack;
pub(crate) use held::Written;
pub use itemized::Itemized;
pub use list::Rows;
pub use matters::{DisputeRow, Which};
pub use missing::Missing;
pub use query::{AccountRow, AccountView, EventRow, Filter, MatterRow, PromiseRow, TransferRow};
pub use reconcile::{Discrepancy, Roll, Why};
pub use suspense::SuspenseCount;
pub use terms::TermsVersion;
pub use waiting::{WaitingCount, WaitingRow};

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};

use crate::agreement::Booked;
use crate::audit::Mark;
use crate::error::{Error, Result};
use crate::money::Buckets;
use sums::Counter;

const SCHEMA: &str = include_str!("schema.sql");
/// The size of a page of a new book. Larger pages take less CPU for each row.
const PAGE_BYTES: i64 = 16 << 10;
/// Pages kept in memory while a file is booked; what is more goes to the write-ahead log.
const CACHE_KIB: i64 = 32 << 10;
/// Statements that are kept prepared.
const STATEMENTS_MAX: usize = 128;
const BUSY: Duration = Duration::from_secs(10);

/// A connection to the book.
#[derive(Debug)]
pub(crate) struct Book {
    connection: Connection,
    /// Keeps the sums of the rows, from the first transaction on.
    counter: Option<Counter>,
}

/// Six columns, one for each bucket.
pub(crate) fn buckets(row: &Row<'_>, from: usize) -> rusqlite::Result<Buckets> {
    let mut buckets = Buckets::default();
    for (at, part) in buckets.0.iter_mut().enumerate() {
        *part = row.get(from + at)?;
    }
    Ok(buckets)
}

impl Book {
    /// Makes an empty book.
    ///
    /// # Errors
    /// [`Error::Book`].
    pub(crate) fn create(path: &Path) -> Result<()> {
        crate::files::make_database(path).map_err(Error::io("make", path))?;
        let mut connection = Connection::open(path)?;
        // The first page that is written settles it.
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(SCHEMA)?;
        transaction.execute("INSERT INTO meta VALUES ('layout', ?1)", [layouts::LAYOUT.to_string()])?;
        sums::sum_anew(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    /// Opens the book to write. A book of an earlier layout is brought to this one.
    ///
    /// # Errors
    /// [`Error::Book`] if it cannot be opened, [`Error::Refused`] if its layout cannot be read.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    fn with(path: &Path, flags: OpenFlags) -> Result<Self> {
        let mut connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", false)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.pragma_update(None, "temp_store", "FILE")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        // A plan is made once for a statement, not again for the values of every row.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // Only the triggers of this connection run, and nothing in the file can call its functions.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        layouts::bring_up(&mut connection, path)?;
        Ok(Self { connection, counter: None })
    }

    /// What is read until it is dropped is of one moment of the book.
    fn moment(&self) -> Result<rusqlite::Transaction<'_>> {
        Ok(self.connection.unchecked_transaction()?)
    }

    pub(crate) fn meta(&self, key: &str) -> Result<Option<String>> {
        Ok(self
            .connection
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
            .query_row([key], |row| row.get(0))
            .optional()?)
    }

    /// What the book remembers of the audit log.
    ///
    /// # Errors
    /// [`Error::Book`].
    pub(crate) fn booked(&self) -> Result<Booked> {
        match self.meta("audit")? {
            None => Ok(Booked { mark: Mark::empty(), of_all: false }),
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                Error::book(format!("its audit mark, the row `audit` of `meta`, is unreadable ({error})"))
            }),
        }
    }

    /// What the book remembers of the audit log, and the sums of its rows, both of one moment.
    ///
    /// # Errors
    /// [`Error::Book`].
    pub(crate) fn booked_with_sums(&self) -> Result<(Booked, Vec<u8>)> {
        let _moment = self.moment()?;
        Ok((self.booked()?, self.stored_sums()?))
    }

    /// Keeps what has changed since it was last looked at, as a part of the running transaction.
    fn remember(connection: &Connection, changed: &[(String, String)]) -> Result<()> {
        changed.iter().try_for_each(|(key, value)| set_meta(connection, key, value))
    }

    /// Takes note of where the audit log stands and of what it says has changed, if the book does not know.
    pub(crate) fn take_note(&self, mark: &Mark, changed: &[(String, String)]) -> Result<()> {
        let booked = self.booked()?;
        if booked.of_all && booked.mark == *mark && changed.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.unchecked_transaction()?;
        Self::set_audit_mark(&transaction, mark)?;
        Self::remember(&transaction, changed)?;
        Ok(transaction.commit()?)
    }

    /// Keeps where the audit log stands, as a part of the running transaction if there is one.
    fn set_audit_mark(connection: &Connection, mark: &Mark) -> Result<()> {
        let booked = Booked { mark: mark.clone(), of_all: true };
        let text = serde_json::to_string(&booked).map_err(|error| Error::Invariant(error.to_string()))?;
        set_meta(connection, "audit", &text)
    }
}

fn set_meta(connection: &Connection, key: &str, value: &str) -> Result<()> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    connection.execute(sql, [key, value])?;
    Ok(())
}
