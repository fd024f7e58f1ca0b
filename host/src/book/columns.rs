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

/// Inserts rows: each value stands beside the name of its column. `$rest` is what follows, such as a conflict's rule.
/// With `for`, many rows go through one prepared statement; `with` names values that several of their columns need.
macro_rules! insert {
    ($connection:expr, $table:literal, for $row:ident in $rows:expr, $(with { $(let $name:pat = $made:expr;)* },)? {
        $first:ident: $value:expr $(, $column:ident: $further:expr)* $(,)?
    } $rest:literal) => {{
        let mut rows = $rows.peekable();
        if rows.peek().is_some() {
            let mut statement =
                $connection.prepare_cached(insert_sql!($table, $rest, $first $(, $column)*))?;
            for $row in rows {
                $($(let $name = $made;)*)?
                statement.execute(rusqlite::params![$value $(, $further)*])?;
            }
        }
    }};
    ($connection:expr, $table:literal, for $row:ident in $rows:expr, $(with $with:tt,)? { $($columns:tt)* }) => {
        insert!($connection, $table, for $row in $rows, $(with $with,)? { $($columns)* } "")
    };
    ($connection:expr, $table:literal { $first:ident: $value:expr $(, $column:ident: $further:expr)* $(,)? }) => {
        $connection
            .prepare_cached(insert_sql!($table, "", $first $(, $column)*))
            .and_then(|mut statement| statement.execute(rusqlite::params![$value $(, $further)*]))
    };
}

macro_rules! insert_sql {
    ($table:literal, $rest:literal, $first:ident $(, $column:ident)*) => {
        concat!(
            "INSERT INTO ", $table, " (", stringify!($first) $(, ", ", stringify!($column))*, ") VALUES (?"
            $(, mark!($column))*, ") ", $rest
        )
    };
}

/// Updates the rows of numbers through one prepared statement: each value stands beside the name of its column.
macro_rules! update {
    ($connection:expr, $table:literal, for $row:ident in $rows:expr, $id:expr, with { $(let $name:pat = $made:expr;)* }, {
        $first:ident: $value:expr $(, $column:ident: $further:expr)* $(,)?
    }) => {{
        let mut rows = $rows.peekable();
        if rows.peek().is_some() {
            let mut statement = $connection.prepare_cached(concat!(
                "UPDATE ", $table, " SET ", stringify!($first), " = ?" $(, ", ", stringify!($column), " = ?")*,
                " WHERE id = ?"
            ))?;
            for $row in rows {
                $(let $name = $made;)*
                statement.execute(rusqlite::params![$value $(, $further)*, $id])?;
            }
        }
    }};
}

macro_rules! mark {
    ($column:ident) => {
        ", ?"
    };
}

pub(super) use {columns, insert, insert_sql, mark, update};
