//! Types of the host in columns of the book. The traits of the library of the database stay in this room: no public
//! type has them.

use std::sync::LazyLock;

use rusqlite::types::FromSql;
use rusqlite::{Result, Row};

use super::load::unreadable;
use crate::case::{Stage, State};

/// The states of a placement that has not ended, as a list in SQL. An index seeks each of them.
pub(super) static OPEN_STATES: LazyLock<String> = LazyLock::new(|| {
    let open = State::ALL.into_iter().filter(|state| !state.has_ended());
    open.map(|state| format!("'{}'", state.name())).collect::<Vec<_>>().join(", ")
});

/// A type that a column holds.
pub(crate) trait Column: Sized {
    /// Reads it from a row.
    fn read(row: &Row<'_>, at: usize) -> Result<Self>;
}

impl<T: FromSql> Column for T {
    fn read(row: &Row<'_>, at: usize) -> Result<Self> {
        row.get(at)
    }
}

impl Column for State {
    fn read(row: &Row<'_>, at: usize) -> Result<Self> {
        named(row, at, Self::named)
    }
}

impl Column for Stage {
    fn read(row: &Row<'_>, at: usize) -> Result<Self> {
        named(row, at, Self::named)
    }
}

/// One of the names that a column may have. Any other is an error, never a default.
fn named<T>(row: &Row<'_>, at: usize, find: impl Fn(&str) -> Option<T>) -> Result<T> {
    find(row.get_ref(at)?.as_str()?).ok_or_else(|| unreadable(row, at, "it is no name of the column"))
}

/// A line of a file. A number that is no line is an error, never none.
pub(super) fn line(row: &Row<'_>, at: usize) -> Result<Option<u64>> {
    let number: Option<i64> = row.get(at)?;
    number.map(|line| u64::try_from(line).map_err(|_| unreadable(row, at, "it is no line"))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    fn read<T>(sql: &str, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        Connection::open_in_memory()?.query_row(sql, [], read)
    }

    #[test]
    fn a_name_that_no_release_wrote_is_an_error() {
        for state in State::ALL {
            let sql = format!("SELECT '{state}'");
            assert_eq!(read(&sql, |row| State::read(row, 0)).unwrap(), state);
        }
        for stage in Stage::ALL {
            let sql = format!("SELECT '{stage}'");
            assert_eq!(read(&sql, |row| Stage::read(row, 0)).unwrap(), stage);
        }
        for sql in ["SELECT 'sold'", "SELECT NULL", "SELECT 1"] {
            assert!(read(sql, |row| State::read(row, 0)).is_err(), "{sql}");
            assert!(read(sql, |row| Stage::read(row, 0)).is_err(), "{sql}");
        }
    }

    #[test]
    fn a_line_below_zero_is_an_error() {
        assert_eq!(read("SELECT NULL", |row| line(row, 0)).unwrap(), None);
        assert_eq!(read("SELECT 7", |row| line(row, 0)).unwrap(), Some(7));
        assert!(read("SELECT -1", |row| line(row, 0)).is_err());
    }
}
