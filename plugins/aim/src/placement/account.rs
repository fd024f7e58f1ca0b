//! CACT: the account, its money and its dates. Of the record only the first 191 columns were published.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::Placement;
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::{AccountKey, Day, Minor};

use super::CACT;
use crate::config::DateUse;
use crate::fault::Fault;
use crate::layout::ACCOUNT;
use crate::money::{self, OF_ACCOUNT};
use crate::reading::Reading;
use crate::row::{Dated, NO_DATE, Row};
use crate::sheet::refuse;
use crate::writing::Writing;

const LAST_CHARGE: Column = Column::new("last_charge", 152, 8);
const LAST_PAID: Column = Column::new("last_paid", 160, 8);
const USER_DATES: [Column; 3] =
    [Column::new("userdate1", 168, 8), Column::new("userdate2", 176, 8), Column::new("userdate3", 184, 8)];
/// The last column that was published.
pub(super) const END: usize = 191;
/// The rest of the record, kept as it came.
const UNREAD: Column = Column::new("unread_tail", END + 1, CACT.width - END);

/// An account record as far as it could be read.
pub(super) struct Account {
    pub(super) placement: Placement,
    /// The sum of its readable amounts in minor units, as the trailer counts them.
    pub(super) readable: i64,
    /// The first fault.
    pub(super) fault: Option<Fault>,
}

/// Reads an account. Its amounts count for the trailer even if the record has faults.
pub(super) fn read(row: &Row<'_>, key: AccountKey, reading: &Reading) -> Account {
    let mut fault = None;
    let mut readable = 0;
    let mut amounts = [Minor::ZERO; 9];
    for (amount, column) in amounts.iter_mut().zip(OF_ACCOUNT) {
        match row.minor(column) {
            Ok(minor) => {
                *amount = minor;
                readable += minor.get();
                if minor.get() < 0 {
                    fault.get_or_insert_with(|| money::negative(column));
                }
            }
            Err(bad) => {
                fault.get_or_insert(bad);
            }
        }
    }
    let mut placement = Placement::new(key, reading.currency, reading.money.components(&amounts));
    placement.line = Some(row.line);
    if let Err(bad) = read_rest(row, &mut placement, reading) {
        fault.get_or_insert(bad);
    }
    Account { placement, readable, fault }
}

fn read_rest(row: &Row<'_>, placement: &mut Placement, reading: &Reading) -> Result<(), Fault> {
    placement.account_number = row.text(ACCOUNT)?;
    placement.last_charge_on = day(row, LAST_CHARGE, placement)?;
    placement.last_payment_on = day(row, LAST_PAID, placement)?;
    for (column, usage) in USER_DATES.into_iter().zip(reading.config.date_columns.uses()) {
        let day = day(row, column, placement)?;
        match place(placement, usage) {
            Some(place) => *place = day,
            None => {
                if let Some(day) = day {
                    placement.extra.put(column.name, &day.to_compact());
                }
            }
        }
    }
    if let Some(tail) = row.tail(UNREAD.start) {
        placement.extra.put(UNREAD.name, &tail);
    }
    Ok(())
}

/// A date; 19000101 stays in `extra` so that it is written again.
fn day(row: &Row<'_>, column: Column, placement: &mut Placement) -> Result<Option<Day>, Fault> {
    let date = row.date(column)?;
    if date == Dated::Never {
        placement.extra.put(column.name, NO_DATE);
    }
    Ok(date.day())
}

/// The member of a placement that holds an agreed date.
fn place(placement: &mut Placement, usage: DateUse) -> Option<&mut Option<Day>> {
    match usage {
        DateUse::DelinquentOn => Some(&mut placement.delinquent_on),
        DateUse::ChargedOffOn => Some(&mut placement.charged_off_on),
        DateUse::OpenedOn => Some(&mut placement.opened_on),
        DateUse::PlacedOn => Some(&mut placement.placed_on),
        DateUse::TermEndsOn => Some(&mut placement.term_ends_on),
        DateUse::Extra => None,
    }
}

/// Writes the record.
pub(super) fn write(placement: &Placement, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let amounts: [Minor; 9] = to.money.spread(&placement.balance, "/balance")?;
    to.begin_account(&CACT, &placement.account, placement.account_number.as_deref())?;
    for (amount, column) in amounts.into_iter().zip(OF_ACCOUNT) {
        if amount.get() < 0 {
            return Err(refuse("/balance", "an amount below zero; the file's readers refuse it"));
        }
        to.sheet.amount(column, amount, "/balance")?;
        to.total += i128::from(amount.get());
    }
    let kept = |column: Column| placement.extra.get(column.name);
    to.sheet.day_or_never(LAST_CHARGE, placement.last_charge_on, kept(LAST_CHARGE), "/last_charge_on")?;
    to.sheet.day_or_never(LAST_PAID, placement.last_payment_on, kept(LAST_PAID), "/last_payment_on")?;
    for (column, usage) in USER_DATES.into_iter().zip(to.config.date_columns.uses()) {
        let day = match usage {
            DateUse::DelinquentOn => placement.delinquent_on,
            DateUse::ChargedOffOn => placement.charged_off_on,
            DateUse::OpenedOn => placement.opened_on,
            DateUse::PlacedOn => placement.placed_on,
            DateUse::TermEndsOn => placement.term_ends_on,
            DateUse::Extra => kept(column).filter(|kept| *kept != NO_DATE).map(read_kept).transpose()?,
        };
        to.sheet.day_or_never(column, day, kept(column), "/extra")?;
    }
    if let Some(tail) = kept(UNREAD) {
        to.sheet.tail(UNREAD, tail, "/extra/unread_tail")?;
    }
    to.end(&CACT, out);
    Ok(())
}

fn read_kept(text: &str) -> Result<Day, Refusal> {
    Day::from_compact(text.as_bytes()).ok_or_else(|| refuse("/extra", "expected a day as CCYYMMDD"))
}
