//! CPAY: the bank's bookings on an account after placement: money, reversals, adjustments.
//!
//! The file has a trailer whose layout was not published. It is neither checked nor written.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Adjustment, AdjustmentDirection, DirectPayment, Item, PaidTo, Reversal};
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::{AccountKey, Code, Component, Day, ItemKey, Key, Minor, Remark};

use super::reversal_comment;
use crate::config::BatchKind;
use crate::fault::Fault;
use crate::layout::{ACCOUNT, FILE_NUMBER, Layout};
use crate::money::{self, OF_ACCOUNT};
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;
use crate::writing::Writing;

const CPAY: Layout = Layout::new(b"CPAY", 222, 222);
pub(crate) static LAYOUTS: [Layout; 1] = [CPAY];

const DATE: Column = Column::new("payment_date", 152, 8);
const BATCH: Column = Column::new("batch_type", 160, 3);
const IDENTIFIER: Column = Column::new("payment_identifier", 163, 30);
const COMMENT: Column = Column::new("comment", 193, 30);
/// The batch type of a reversal, which has no member for it.
const BATCH_KEPT: &str = "batch_type";

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    let account: AccountKey = row.required_number(FILE_NUMBER)?;
    let account_number: Option<Key> = row.text(ACCOUNT)?;
    let amounts = money::read(row, &OF_ACCOUNT)?;
    let minor = money::total(&amounts).filter(|minor| !minor.is_zero());
    let minor =
        minor.ok_or_else(|| Fault::new("bad_amount", OF_ACCOUNT[0], "amounts that sum to more than zero"))?;
    let split = reading.money.components(&amounts);
    let day = row.required_day(DATE)?;
    let batch: Code = row.required(BATCH)?;
    let identifier: ItemKey = row.required(IDENTIFIER)?;
    let comment: Option<Remark> = row.text(COMMENT)?;
    let kind = reading.config.batch_types.iter().find(|row| row.code == batch).map(|row| row.kind);
    let kind =
        kind.ok_or_else(|| Fault::new("unknown_code", BATCH, "a batch type that batch_types lists"))?;
    let currency = reading.currency;
    let adjust = |direction| {
        let mut adjustment =
            Adjustment::new(account.clone(), identifier.clone(), direction, currency, minor, day);
        adjustment.line = Some(row.line);
        adjustment.account_number = account_number.clone();
        adjustment.comment = comment.clone();
        adjustment.code = Some(batch.clone());
        adjustment.split = split.clone();
        Item::from(adjustment)
    };
    Ok(match kind {
        BatchKind::Decrease => adjust(AdjustmentDirection::Decrease),
        BatchKind::Increase => adjust(AdjustmentDirection::Increase),
        BatchKind::DirectPayment => {
            let mut payment = DirectPayment::new(identifier, currency, minor, day);
            payment.line = Some(row.line);
            payment.account = Some(account);
            payment.account_number = account_number;
            payment.comment = comment;
            payment.batch = Some(batch);
            payment.split = split;
            Box::new(payment).into()
        }
        BatchKind::DirectPaymentReversal => {
            let mut reversal = Reversal::new(identifier, currency, minor, day);
            reversal.line = Some(row.line);
            reversal.account = Some(account);
            reversal.account_number = account_number;
            reversal.paid_to = Some(PaidTo::Bank);
            (reversal.reverses, reversal.comment) =
                reversal_comment::read(comment, &reading.config.reversal_word);
            reversal.split = split;
            reversal.extra.put(BATCH_KEPT, &batch);
            Box::new(reversal).into()
        }
    })
}

/// The values that the record has for all three kinds of documents.
struct Booking<'a> {
    account: Option<&'a AccountKey>,
    account_number: Option<&'a Key>,
    identifier: &'a ItemKey,
    minor: Minor,
    split: &'a [Component],
    /// The day and its pointer.
    day: (Day, &'static str),
    kind: BatchKind,
    /// The batch type that the sender wrote.
    batch: Option<&'a str>,
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    match &item {
        Item::DirectPayment(payment) => {
            let booking = Booking {
                account: payment.account.as_ref(),
                account_number: payment.account_number.as_ref(),
                identifier: &payment.identifier,
                minor: payment.minor,
                split: &payment.split,
                day: (payment.booked_on, "/booked_on"),
                kind: BatchKind::DirectPayment,
                batch: payment.batch.as_deref(),
            };
            begin(to, &booking)?;
            free(to, payment.comment.as_deref());
        }
        Item::Reversal(reversal) => {
            if reversal.paid_to.is_some_and(|paid_to| paid_to != PaidTo::Bank) {
                return Err(refuse("/paid_to", "CPAY carries reversals of payments to the bank only"));
            }
            let booking = Booking {
                account: reversal.account.as_ref(),
                account_number: reversal.account_number.as_ref(),
                identifier: &reversal.identifier,
                minor: reversal.minor,
                split: &reversal.split,
                day: (reversal.reversed_on, "/reversed_on"),
                kind: BatchKind::DirectPaymentReversal,
                batch: reversal.extra.get(BATCH_KEPT),
            };
            begin(to, &booking)?;
            reversal_comment::write(to, COMMENT, reversal.reverses.as_deref(), reversal.comment.as_deref())?;
        }
        Item::Adjustment(adjustment) => {
            let booking = Booking {
                account: Some(&adjustment.account),
                account_number: adjustment.account_number.as_ref(),
                identifier: &adjustment.identifier,
                minor: adjustment.minor,
                split: &adjustment.split,
                day: (adjustment.on, "/on"),
                kind: match adjustment.direction {
                    AdjustmentDirection::Decrease => BatchKind::Decrease,
                    AdjustmentDirection::Increase => BatchKind::Increase,
                },
                batch: adjustment.code.as_deref(),
            };
            begin(to, &booking)?;
            free(to, adjustment.comment.as_deref());
        }
        _ => return Err(to.unsupported(&item)),
    }
    to.end(&CPAY, out);
    Ok(())
}

fn free(to: &mut Writing, comment: Option<&str>) {
    if let Some(comment) = comment {
        to.sheet.free(COMMENT, comment);
    }
}

fn begin(to: &mut Writing, booking: &Booking<'_>) -> Result<(), Refusal> {
    let account = booking.account.ok_or_else(|| refuse("/account", "the record needs the account"))?;
    let fitting = |row: &&crate::config::BatchType| row.kind == booking.kind;
    let types = &to.config.batch_types;
    let same = types.iter().filter(fitting).find(|row| Some(row.code.as_str()) == booking.batch);
    let batch = same.or_else(|| types.iter().find(fitting)).map(|row| row.code.clone());
    let missing = || refuse("", "batch_types has no type for such a document; add one to the configuration");
    let batch = batch.ok_or_else(missing)?;
    let mut amounts: [Minor; 9] = to.money.spread(booking.split, "/split")?;
    if booking.split.is_empty() {
        // The record has only the money columns. An amount that is not split goes to the principal.
        amounts[0] = booking.minor;
    }
    if money::total(&amounts) != Some(booking.minor) {
        return Err(refuse("/split", "the parts do not sum to the amount"));
    }
    to.begin_account(&CPAY, account, booking.account_number.map(|number| number.as_str()))?;
    for (amount, column) in amounts.into_iter().zip(OF_ACCOUNT) {
        to.sheet.amount(column, amount, "/split")?;
    }
    to.sheet.day(DATE, booking.day.0, booking.day.1)?;
    to.sheet.key(BATCH, &batch, "")?;
    to.sheet.key(IDENTIFIER, booking.identifier, "/identifier")
}
