//! AREC: the agency's figures of an account.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, Reconciliation};
use bailiwick_sdk::value::Minor;

use super::balances::{CURRENT, ORIGINAL, PAID, PAID_ON, RECEIVED, last_payment};
use crate::fault::Fault;
use crate::layout::{ACCOUNT, FILE_NUMBER, Layout};
use crate::reading::Reading;
use crate::row::Row;
use crate::writing::Writing;

const AREC: Layout = Layout::new(b"AREC", PAID.end(), 126);
pub(crate) static LAYOUTS: [Layout; 1] = [AREC];

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    let mut document =
        Reconciliation::new(row.required_number(FILE_NUMBER)?, reading.currency, row.minor(ORIGINAL)?);
    document.line = Some(row.line);
    document.account_number = row.text(ACCOUNT)?;
    document.received_on = row.day(RECEIVED)?;
    document.balance = row.amount_or_blank(CURRENT)?;
    document.last_payment_on = row.day(PAID_ON)?;
    document.last_payment = last_payment(row)?;
    Ok(document.into())
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Reconciliation(document) = item else { return Err(to.unsupported(&item)) };
    to.begin_account(&AREC, &document.account, document.account_number.as_deref())?;
    to.sheet.amount(ORIGINAL, document.placed, "/placed")?;
    to.sheet.day_if(RECEIVED, document.received_on, "/received_on")?;
    let computed = document.paid.and_then(|paid| document.placed.checked_add(paid.negated()));
    if let Some(balance) = document.balance.or(computed) {
        to.sheet.amount(CURRENT, balance, "/balance")?;
    }
    to.sheet.day_if(PAID_ON, document.last_payment_on, "/last_payment_on")?;
    to.sheet.amount(PAID, document.last_payment.unwrap_or(Minor::ZERO), "/last_payment")?;
    to.end(&AREC, out);
    Ok(())
}
