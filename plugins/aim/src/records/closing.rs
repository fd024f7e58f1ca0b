//! ACLS: the agency closes an account and gives it back.
//!
//! The published pages say that the record has a close status and a date, but not in which columns. The
//! columns here are the sample profile's assumption.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{ClosingReason, Item, Return};
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::Code;

use crate::fault::Fault;
use crate::layout::{ACCOUNT, FILE_NUMBER, Layout};
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;
use crate::writing::Writing;

const ACLS: Layout = Layout::new(b"ACLS", DATE.end(), 102);
pub(crate) static LAYOUTS: [Layout; 1] = [ACLS];

const STATUS: Column = Column::new("close_status_code", 44, 3);
const DATE: Column = Column::new("close_date", 47, 8);

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    let code: Code = row.required(STATUS)?;
    let listed = reading.config.close_codes.iter().find(|row| row.code == code).map(|row| row.reason);
    if listed.is_none() {
        reading.unknown_code("close_codes", &code, row.line);
    }
    let mut document = Return::new(
        row.required_number(FILE_NUMBER)?,
        listed.unwrap_or(ClosingReason::Other),
        row.required_day(DATE)?,
    );
    document.line = Some(row.line);
    document.account_number = row.text(ACCOUNT)?;
    document.code = Some(code);
    Ok(document.into())
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Return(document) = item else { return Err(to.unsupported(&item)) };
    let codes = &to.config.close_codes;
    let fitting = |row: &&crate::config::CloseCode| row.reason == document.reason;
    let same = codes.iter().filter(fitting).find(|row| Some(&row.code) == document.code.as_ref());
    let code = match same.or_else(|| codes.iter().find(fitting)) {
        Some(row) => Some(&row.code),
        // An unlisted code is passed on unchanged.
        None if document.reason == ClosingReason::Other => document.code.as_ref(),
        None => None,
    };
    let missing =
        || refuse("/reason", "close_codes has no code for this reason; add one to the configuration");
    let code = code.cloned().ok_or_else(missing)?;
    to.begin_account(&ACLS, &document.account, document.account_number.as_deref())?;
    to.sheet.key(STATUS, &code, "/code")?;
    to.sheet.day(DATE, document.on, "/on")?;
    to.end(&ACLS, out);
    Ok(())
}
