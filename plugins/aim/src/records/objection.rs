//! AOBJ: the agency objects to a recall.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, RecallObjection};
use bailiwick_sdk::kit::fixed::Column;

use crate::fault::Fault;
use crate::layout::{ACCOUNT, FILE_NUMBER, Layout};
use crate::reading::Reading;
use crate::row::Row;
use crate::writing::Writing;

const AOBJ: Layout = Layout::new(b"AOBJ", DATE.end(), 102);
pub(crate) static LAYOUTS: [Layout; 1] = [AOBJ];

const REASON: Column = Column::new("objection_reason_code", 44, 3);
const DATE: Column = Column::new("objection_date", 47, 8);

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    let mut document = RecallObjection::new(row.required_number(FILE_NUMBER)?, row.required(REASON)?);
    document.line = Some(row.line);
    document.account_number = row.text(ACCOUNT)?;
    document.on = row.day(DATE)?;
    if !reading.config.objection_reasons.iter().any(|reason| reason.code == document.reason) {
        reading.unknown_code("objection_reasons", &document.reason, row.line);
    }
    Ok(document.into())
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::RecallObjection(document) = item else { return Err(to.unsupported(&item)) };
    to.begin_account(&AOBJ, &document.account, document.account_number.as_deref())?;
    to.sheet.key(REASON, &document.reason, "/reason")?;
    to.sheet.day_if(DATE, document.on, "/on")?;
    to.end(&AOBJ, out);
    Ok(())
}
