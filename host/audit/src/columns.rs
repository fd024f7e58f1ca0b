//! Rows of the log as Parquet, for analysis.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::error::{Error, Result};
use crate::row::Row;

/// Rows of a row group, which are held in memory until it is written.
const ROW_GROUP_ROWS: usize = 16_384;

/// A column: its name, and where its value is in a row.
enum Column {
    /// A whole number.
    Number(&'static str, fn(&Row) -> Option<u64>),
    /// Microseconds since 1970.
    Instant(&'static str, fn(&Row) -> i64),
    /// Text.
    Text(&'static str, fn(&Row) -> Option<&str>),
}

/// The columns, in the order of [`Row`].
const COLUMNS: [Column; 23] = [
    Column::Number("seq", |row| Some(row.seq)),
    Column::Instant("at", |row| row.at.as_microsecond()),
    Column::Text("kind", |row| Some(row.kind)),
    Column::Number("act", |row| row.act),
    Column::Text("engagement", |row| row.engagement.as_deref()),
    Column::Text("plugin", |row| row.plugin.as_deref()),
    Column::Text("plugin_version", |row| row.plugin_version.as_deref()),
    Column::Text("message", |row| row.message.as_deref()),
    Column::Text("function", |row| row.function.as_deref()),
    Column::Text("outcome", |row| row.outcome.as_deref()),
    Column::Text("code", |row| row.code.as_deref()),
    Column::Text("limit", |row| row.limit.as_deref()),
    Column::Text("account", |row| row.account.as_deref()),
    Column::Number("accounts", |row| row.accounts),
    Column::Number("accepted", |row| row.accepted),
    Column::Number("rejected", |row| row.rejected),
    Column::Text("file", |row| row.file.as_deref()),
    Column::Number("input_bytes", |row| row.input_bytes),
    Column::Number("output_bytes", |row| row.output_bytes),
    Column::Number("fuel", |row| row.fuel),
    Column::Number("memory_bytes", |row| row.memory_bytes),
    Column::Number("duration_us", |row| row.duration_us),
    Column::Text("detail", |row| Some(&row.detail)),
];

impl Column {
    fn declared(&self) -> String {
        match self {
            Self::Number(name, _) => format!("optional int64 {name};\n"),
            Self::Instant(name, _) => format!("required int64 {name} (TIMESTAMP(MICROS,true));\n"),
            Self::Text(name, _) => format!("optional binary {name} (STRING);\n"),
        }
    }
}

/// Writes rows into a Parquet file, a row group at a time.
pub struct ParquetRows<'a> {
    path: &'a Path,
    file: SerializedFileWriter<File>,
    rows: Vec<Row>,
}

impl<'a> ParquetRows<'a> {
    /// Makes the file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create(path: &'a Path) -> Result<Self> {
        let columns: String = COLUMNS.iter().map(Column::declared).collect();
        let failed = |error: ParquetError| failed(path, error);
        let schema = parse_message_type(&format!("message entry {{\n{columns}}}")).map_err(failed)?;
        let file = bailiwick_files::create(path).map_err(Error::io("write", path))?;
        let properties = Arc::new(WriterProperties::builder().build());
        let file = SerializedFileWriter::new(file, Arc::new(schema), properties).map_err(failed)?;
        Ok(Self { path, file, rows: Vec::with_capacity(ROW_GROUP_ROWS) })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn push(&mut self, row: Row) -> Result<()> {
        self.rows.push(row);
        if self.rows.len() < ROW_GROUP_ROWS { Ok(()) } else { self.write() }
    }

    /// Writes the last row group, and makes the file durable.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(mut self) -> Result<()> {
        if !self.rows.is_empty() {
            self.write()?;
        }
        let file = self.file.into_inner().map_err(|error| failed(self.path, error))?;
        file.sync_all().map_err(Error::io("write", self.path))
    }

    fn write(&mut self) -> Result<()> {
        let mut group = self.file.next_row_group().map_err(|error| failed(self.path, error))?;
        let written = COLUMNS.iter().try_for_each(|column| write_column(&mut group, column, &self.rows));
        written.and_then(|()| group.close().map(drop)).map_err(|error| failed(self.path, error))?;
        self.rows.clear();
        Ok(())
    }
}

fn failed(path: &Path, error: ParquetError) -> Error {
    Error::io("write", path)(std::io::Error::other(error))
}

fn write_column(
    group: &mut SerializedRowGroupWriter<'_, File>,
    column: &Column,
    rows: &[Row],
) -> Result<(), ParquetError> {
    let Some(mut writer) = group.next_column()? else {
        return Err(ParquetError::General("fewer columns than rows have".to_owned()));
    };
    match column {
        Column::Number(_, of) => {
            let levels: Vec<i16> = rows.iter().map(|row| i16::from(of(row).is_some())).collect();
            // The numbers of a log are far below 2^63; a larger one is written as the largest.
            let values: Vec<i64> =
                rows.iter().filter_map(of).map(|value| i64::try_from(value).unwrap_or(i64::MAX)).collect();
            writer.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
        }
        Column::Instant(_, of) => {
            let values: Vec<i64> = rows.iter().map(of).collect();
            writer.typed::<Int64Type>().write_batch(&values, None, None)?;
        }
        Column::Text(_, of) => {
            let levels: Vec<i16> = rows.iter().map(|row| i16::from(of(row).is_some())).collect();
            let values: Vec<ByteArray> = rows.iter().filter_map(|row| of(row)).map(ByteArray::from).collect();
            writer.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
    }
    writer.close()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_those_of_a_row() {
        let names = COLUMNS.map(|column| match column {
            Column::Number(name, _) | Column::Instant(name, _) | Column::Text(name, _) => name,
        });
        assert_eq!(names, Row::COLUMNS);
    }
}
