//! Rows: their columns, their reading, their writing.

mod columns;
mod decimals;
mod notes;
mod reader;
mod settings;
mod writer;

pub(crate) use columns::{Column, Layout, TYPE, columns_of};
pub(crate) use decimals::Decimals;
pub(crate) use notes::Notes;
pub(crate) use reader::RowReader;
pub(crate) use settings::Settings;
pub(crate) use writer::{RowWriter, order};
