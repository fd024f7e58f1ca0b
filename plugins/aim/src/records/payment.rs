//! APAY: payments to the agency and their reversals.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, PaidTo, Payment, Reversal};
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::{Component, ItemKey, Minor, Remark};

use super::reversal_comment;
use crate::fault::Fault;
use crate::layout::{ACCOUNT, FILE_NUMBER, Layout};
use crate::money::{self, OF_PAYMENT};
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;
use crate::writing::Writing;

const APAY: Layout = Layout::new(b"APAY", 222, 222).open_ended();
pub(crate) static LAYOUTS: [Layout; 1] = [APAY];

const AMOUNT: Column = Column::new("payment_amount", 44, 12);
const DATE: Column = Column::new("payment_date", 56, 8);
const KIND: Column = Column::new("payment_type", 64, 3);
const IDENTIFIER: Column = Column::new("payment_identifier", 67, 30);
const COMMENT: Column = Column::new("comment", 97, 30);

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    if row.goes_on_after(APAY.width) {
        reading.unread("APAY", row.line);
    }
    let account = row.required_number(FILE_NUMBER)?;
    let account_number = row.text(ACCOUNT)?;
    let minor = row.above_zero(AMOUNT)?;
    let day = row.required_day(DATE)?;
    let identifier: ItemKey = row.required(IDENTIFIER)?;
    let split = split(row, reading, minor)?;
    let comment: Option<Remark> = row.text(COMMENT)?;
    match row.bytes(KIND) {
        b"PA" => {
            let mut payment = Payment::new(account, identifier, PaidTo::Agency, reading.currency, minor, day);
            payment.line = Some(row.line);
            payment.account_number = account_number;
            payment.comment = comment;
            payment.split = split;
            Ok(Box::new(payment).into())
        }
        b"PAR" => {
            let mut reversal = Reversal::new(identifier, reading.currency, minor, day);
            reversal.line = Some(row.line);
            reversal.account = Some(account);
            reversal.account_number = account_number;
            reversal.paid_to = Some(PaidTo::Agency);
            (reversal.reverses, reversal.comment) =
                reversal_comment::read(comment, &reading.config.reversal_word);
            reversal.split = split;
            Ok(Box::new(reversal).into())
        }
        _ => Err(Fault::new("unknown_code", KIND, "PA for a payment or PAR for a reversal")),
    }
}

/// The buckets. All zero or blank means that the payment is not spread.
fn split(row: &Row<'_>, reading: &Reading, minor: Minor) -> Result<Vec<Component>, Fault> {
    let mut amounts = [Minor::ZERO; 8];
    for (amount, column) in amounts.iter_mut().zip(OF_PAYMENT) {
        *amount = row.amount_or_blank(column)?.unwrap_or_default();
        if amount.get() < 0 {
            return Err(money::negative(column));
        }
    }
    let split = reading.money.components(&amounts);
    if !split.is_empty() && money::total(&amounts) != Some(minor) {
        let message = "buckets that sum to the payment's amount; they sum to another";
        return Err(Fault::new("split_mismatch", AMOUNT, message));
    }
    Ok(split)
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    match item {
        Item::Payment(payment) => {
            if payment.paid_to != PaidTo::Agency {
                return Err(refuse("/paid_to", "APAY carries payments to the agency only"));
            }
            to.begin_account(&APAY, &payment.account, payment.account_number.as_deref())?;
            let comment = payment.comment.as_deref().or(payment.method.as_deref());
            if let Some(comment) = comment {
                to.sheet.free(COMMENT, comment);
            }
            to.sheet.key(KIND, "PA", "")?;
            to.sheet.day(DATE, payment.received_on, "/received_on")?;
            amounts(to, &payment.identifier, payment.minor, &payment.split)?;
        }
        Item::Reversal(reversal) => {
            if reversal.paid_to.is_some_and(|paid_to| paid_to != PaidTo::Agency) {
                return Err(refuse("/paid_to", "APAY carries reversals of payments to the agency only"));
            }
            let account = reversal.account.as_deref();
            let account = account.ok_or_else(|| refuse("/account", "the record needs the account"))?;
            to.begin_account(&APAY, account, reversal.account_number.as_deref())?;
            reversal_comment::write(to, COMMENT, reversal.reverses.as_deref(), reversal.comment.as_deref())?;
            to.sheet.key(KIND, "PAR", "")?;
            to.sheet.day(DATE, reversal.reversed_on, "/reversed_on")?;
            amounts(to, &reversal.identifier, reversal.minor, &reversal.split)?;
        }
        other => return Err(to.unsupported(&other)),
    }
    to.end(&APAY, out);
    Ok(())
}

fn amounts(to: &mut Writing, identifier: &str, minor: Minor, split: &[Component]) -> Result<(), Refusal> {
    to.sheet.key(IDENTIFIER, identifier, "/identifier")?;
    to.sheet.amount(AMOUNT, minor, "/minor")?;
    let amounts: [Minor; 8] = to.money.spread(split, "/split")?;
    if !split.is_empty() && money::total(&amounts) != Some(minor) {
        return Err(refuse("/split", "the parts do not sum to the amount"));
    }
    for (amount, column) in amounts.into_iter().zip(OF_PAYMENT) {
        to.sheet.amount(column, amount, "/split")?;
    }
    Ok(())
}
