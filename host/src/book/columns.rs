//! Rows by the names of their columns, without a search for the name in each row.

/// The columns of a query, in their order: their list for SQL, and each one's place in the row.
macro_rules! columns {
    ($name:ident: $first:ident $(, $column:ident)* $(,)?) => {
        // Columns that are read together are reached through the first of them.
        #[allow(non_camel_case_types, dead_code)]
        #[derive(Clone, Copy)]
        enum $name { $first $(, $column)* }

        impl $name {
            const LIST: &'static str = concat!(stringify!($first) $(, ", ", stringify!($column))*);

            fn of<T: super::read::Column>(self, row: &rusqlite::Row<'_>) -> rusqlite::Result<T> {
                T::read(row, self as usize)
            }
        }
    };
}

/// Inserts a row: each value stands beside the name of its column. `$rest` is what follows, such as a conflict's rule.
macro_rules! insert {
    ($connection:expr, $table:literal { $first:ident: $value:expr $(, $column:ident: $further:expr)* $(,)? } $rest:literal) => {
        $connection
            .prepare_cached(concat!(
                "INSERT INTO ", $table, " (", stringify!($first) $(, ", ", stringify!($column))*, ") VALUES (?"
                $(, mark!($column))*, ") ", $rest
            ))
            .and_then(|mut statement| statement.execute(rusqlite::params![$value $(, $further)*]))
    };
    ($connection:expr, $table:literal { $($columns:tt)* }) => { insert!($connection, $table { $($columns)* } "") };
}

/// Updates the row of a number: each value stands beside the name of its column.
macro_rules! update {
    ($connection:expr, $table:literal, $id:expr, { $first:ident: $value:expr $(, $column:ident: $further:expr)* $(,)? }) => {
        $connection
            .prepare_cached(concat!(
                "UPDATE ", $table, " SET ", stringify!($first), " = ?" $(, ", ", stringify!($column), " = ?")*,
                " WHERE id = ?"
            ))
            .and_then(|mut statement| statement.execute(rusqlite::params![$value $(, $further)*, $id]))
    };
}

macro_rules! mark {
    ($column:ident) => {
        ", ?"
    };
}

pub(super) use {columns, insert, mark, update};
