//! AACK: the agency acknowledges a placement.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Acceptance, Acknowledgment, Item};
use bailiwick_sdk::value::Minor;

use super::balances::{CURRENT, ORIGINAL, PAID, PAID_ON, RECEIVED, last_payment};
use crate::fault::Fault;
use crate::layout::{ACCOUNT, FILE_NUMBER, Layout};
use crate::reading::Reading;
use crate::row::Row;
use crate::writing::Writing;

const AACK: Layout = Layout::new(b"AACK", PAID.end(), 126);
pub(crate) static LAYOUTS: [Layout; 1] = [AACK];

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    let mut document = Acknowledgment::new(
        row.required_number(FILE_NUMBER)?,
        Acceptance::Accepted,
        reading.currency,
        row.minor(ORIGINAL)?,
        row.minor(CURRENT)?,
        row.required_day(RECEIVED)?,
    );
    document.line = Some(row.line);
    document.account_number = row.text(ACCOUNT)?;
    document.last_payment_on = row.day(PAID_ON)?;
    document.last_payment = last_payment(row)?;
    Ok(document.into())
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Acknowledgment(document) = item else { return Err(to.unsupported(&item)) };
    // The record cannot express a rejection: a rejected account is simply not acknowledged.
    if document.acceptance == Acceptance::Rejected {
        return Ok(());
    }
    to.begin_account(&AACK, &document.account, document.account_number.as_deref())?;
    to.sheet.amount(ORIGINAL, document.original_balance, "/original_balance")?;
    to.sheet.day(RECEIVED, document.received_on, "/received_on")?;
    to.sheet.amount(CURRENT, document.current_balance, "/current_balance")?;
    to.sheet.day_if(PAID_ON, document.last_payment_on, "/last_payment_on")?;
    to.sheet.amount(PAID, document.last_payment.unwrap_or(Minor::ZERO), "/last_payment")?;
    to.end(&AACK, out);
    Ok(())
}
