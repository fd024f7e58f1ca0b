//! Tables with a header row: the code that all messages share.

mod cells;
mod columns;
mod fatal;
mod layout;
mod marks;
mod notes;
mod reader;
mod row;
mod writer;

pub(crate) use columns::Columns;
pub(crate) use fatal::{Fatal, fatal};
pub(crate) use layout::{CONTACT_GROUPS, CONTACT_PARTS, Field, Layout, fields};
pub(crate) use reader::{Rows, SheetReader};
pub(crate) use row::{Row, is_plain_number};
pub(crate) use writer::{NewRow, SheetWriter, Source, in_yuan};
