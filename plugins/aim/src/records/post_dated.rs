//! APDT: post-dated items. A file replaces all earlier ones.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, Promise, PromiseKind};
use bailiwick_sdk::kit::fixed::Column;

use crate::config::Promises;
use crate::fault::Fault;
use crate::layout::{FILE_NUMBER, Layout};
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;
use crate::writing::Writing;

const APDT: Layout = Layout::new(b"APDT", AMOUNT.end(), 114);
pub(crate) static LAYOUTS: [Layout; 1] = [APDT];

const DUE: Column = Column::new("duedate", 14, 8);
const AMOUNT: Column = Column::new("amount", 22, 12);

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    let mut document = Promise::new(
        row.required_number(FILE_NUMBER)?,
        PromiseKind::PostDated,
        row.required_day(DUE)?,
        reading.currency,
        row.above_zero(AMOUNT)?,
    );
    document.line = Some(row.line);
    Ok(document.into())
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Promise(document) = item else { return Err(to.unsupported(&item)) };
    if document.kind == PromiseKind::Promise {
        return match to.config.promises {
            Promises::LeaveOut => Ok(()),
            Promises::Refuse => {
                let message =
                    "APDT carries post-dated items, this is a promise; set promises to \"leave_out\"";
                Err(refuse("/kind", message))
            }
        };
    }
    to.begin(&APDT, &document.account)?;
    to.sheet.day(DUE, document.due_on, "/due_on")?;
    to.sheet.amount(AMOUNT, document.minor, "/minor")?;
    to.end(&APDT, out);
    Ok(())
}
