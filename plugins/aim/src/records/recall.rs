//! CPEN and CFIN: the bank takes accounts back, first announced, then done.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, Recall, RecallStage};
use bailiwick_sdk::kit::fixed::Column;

use crate::fault::Fault;
use crate::layout::{ACCOUNT, FILE_NUMBER, Layout};
use crate::reading::Reading;
use crate::row::Row;
use crate::writing::Writing;

const CPEN: Layout = Layout::new(b"CPEN", OBJECTION.end(), 102);
const CFIN: Layout = Layout::new(b"CFIN", OBJECTION.end(), 102);
pub(crate) static LAYOUTS: [Layout; 2] = [CPEN, CFIN];

const REASON: Column = Column::new("recall_reason", 44, 3);
const OBJECTION: Column = Column::new("objection_date", 47, 8);

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    let stage = if row.code() == CFIN.code { RecallStage::Final } else { RecallStage::Pending };
    let mut document = Recall::new(row.required_number(FILE_NUMBER)?, stage);
    document.line = Some(row.line);
    document.account_number = row.text(ACCOUNT)?;
    document.objection_on = row.day(OBJECTION)?;
    document.reason = row.text(REASON)?;
    if let Some(code) = &document.reason {
        match reading.config.recall_reasons.iter().find(|reason| reason.code == *code) {
            Some(reason) => document.placed_in_error = reason.placed_in_error.then_some(true),
            None => reading.unknown_code("recall_reasons", code, row.line),
        }
    }
    Ok(document.into())
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Recall(document) = item else { return Err(to.unsupported(&item)) };
    let layout = match document.stage {
        RecallStage::Pending => &CPEN,
        RecallStage::Final => &CFIN,
    };
    let in_error = document.placed_in_error == Some(true);
    let listed = to.config.recall_reasons.iter().find(|reason| in_error && reason.placed_in_error);
    let reason = document.reason.as_ref().or(listed.map(|reason| &reason.code)).cloned();
    to.begin_account(layout, &document.account, document.account_number.as_deref())?;
    to.sheet.key_if(REASON, reason.as_deref(), "/reason")?;
    match document.objection_on {
        Some(day) => to.sheet.day(OBJECTION, day, "/objection_on")?,
        // In this column the product writes 19000101 for "never" instead of blanks.
        None => to.sheet.never(OBJECTION),
    }
    to.end(layout, out);
    Ok(())
}
