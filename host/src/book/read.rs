//! Types of the host in columns of the book. The traits of the library of the database stay in this room: no public
//! type has them.

use std::sync::LazyLock;

use bailiwick_sdk::value::Day;
use rusqlite::types::{FromSql, Type};
use rusqlite::{Error, Result, Row};

use crate::case::{Holds, Stage, State};
use crate::error::UnreadableColumn;

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
pub(super) fn named<T>(row: &Row<'_>, at: usize, find: impl Fn(&str) -> Option<T>) -> Result<T> {
    let name = row.get_ref(at)?.as_str().ok();
    name.and_then(find).ok_or_else(|| unreadable(row, at, "it is no name of the column"))
}

/// A column has what it may not have. The error names the row by its number, which a query selects as `id`, and gets its
/// table from [`of_table`].
pub(super) fn unreadable(row: &Row<'_>, at: usize, why: impl Into<String>) -> Error {
    let column = row.as_ref().column_name(at).unwrap_or("a column").to_owned();
    let kind = row.get_ref(at).map_or(Type::Null, |value| value.data_type());
    let number = row.get::<_, i64>("id").ok();
    let it = UnreadableColumn { table: None, row: number, column, why: why.into() };
    Error::FromSqlConversionFailure(at, kind, Box::new(it))
}

/// Reads a row of a table. The error of a column that cannot be read names the table, the row and the column.
pub(super) fn of_table<T>(
    table: &'static str,
    row: &Row<'_>,
    read: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<T> {
    let error = match read(row) {
        Ok(read) => return Ok(read),
        Err(Error::IntegralValueOutOfRange(at, number)) => {
            unreadable(row, at, format!("{number} is out of range"))
        }
        Err(Error::InvalidColumnType(at, _, kind)) => unreadable(row, at, format!("it holds {kind}")),
        Err(Error::Utf8Error(at, _)) => unreadable(row, at, "it is no UTF-8"),
        Err(Error::FromSqlConversionFailure(at, _, why)) if !why.is::<UnreadableColumn>() => {
            unreadable(row, at, why.to_string())
        }
        Err(error) => error,
    };
    Err(match error {
        Error::FromSqlConversionFailure(at, kind, why) => {
            Error::FromSqlConversionFailure(at, kind, with_table(table, why))
        }
        error => error,
    })
}

fn with_table(
    table: &'static str,
    why: Box<dyn std::error::Error + Send + Sync>,
) -> Box<dyn std::error::Error + Send + Sync> {
    match why.downcast::<UnreadableColumn>() {
        Ok(it) => Box::new(UnreadableColumn { table: it.table.or(Some(table)), ..*it }),
        Err(why) => why,
    }
}

/// A day of the book. One that cannot be read is an error, never none.
pub(super) fn day(row: &Row<'_>, at: usize) -> Result<Option<Day>> {
    let wrong = || unreadable(row, at, "it is no day");
    let text = row.get_ref(at)?.as_str_or_null().map_err(|_| wrong())?;
    text.map(|text| text.parse().map_err(|_| wrong())).transpose()
}

pub(super) fn certain_day(row: &Row<'_>, at: usize) -> Result<Day> {
    day(row, at)?.ok_or_else(|| unreadable(row, at, "a day is missing"))
}

/// The holds of a column. A bit that stands for no reason is an error.
pub(super) fn holds(row: &Row<'_>, at: usize) -> Result<Holds> {
    Holds::from_bits(row.get(at)?).ok_or_else(|| unreadable(row, at, "a hold is unknown"))
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
    fn an_unreadable_column_is_named_with_its_table_and_row() {
        type Read = fn(&Row<'_>) -> Result<()>;
        let cases: [(&str, Read, &str); 7] = [
            (
                "SELECT 3 AS id, 'soon' AS due_on",
                |row| day(row, 1).map(drop),
                "due_on of row 3: it is no day",
            ),
            ("SELECT 3 AS id, x'ff' AS due_on", |row| day(row, 1).map(drop), "due_on of row 3: it is no day"),
            (
                "SELECT 3 AS id, NULL AS on_day",
                |row| certain_day(row, 1).map(drop),
                "on_day of row 3: a day is missing",
            ),
            (
                "SELECT 3 AS id, 1024 AS holds",
                |row| holds(row, 1).map(drop),
                "holds of row 3: a hold is unknown",
            ),
            (
                "SELECT 3 AS id, -1 AS holds",
                |row| holds(row, 1).map(drop),
                "holds of row 3: -1 is out of range",
            ),
            (
                "SELECT 3 AS id, NULL AS state",
                |row| State::read(row, 1).map(drop),
                "state of row 3: it is no name",
            ),
            ("SELECT 'x' AS round", |row| row.get::<_, u32>(0).map(drop), "round: it holds Text"),
        ];
        for (sql, reads, want) in cases {
            let error = read(sql, |row| of_table("placement", row, reads)).unwrap_err();
            let error = crate::error::Error::from(error);
            assert_eq!(error.code(), "book");
            let said = error.to_string();
            assert!(said.starts_with(&format!("the book failed: the table placement, {want}")), "{said}");
            assert!(said.ends_with("restore it from a backup"), "{said}");
        }
    }

    #[test]
    fn a_line_below_zero_is_an_error() {
        assert_eq!(read("SELECT NULL", |row| line(row, 0)).unwrap(), None);
        assert_eq!(read("SELECT 7", |row| line(row, 0)).unwrap(), Some(7));
        assert!(read("SELECT -1", |row| line(row, 0)).is_err());
    }
}
