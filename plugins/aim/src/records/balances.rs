//! The columns that AACK and AREC share.

use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::Minor;

use crate::fault::Fault;
use crate::row::Row;

pub(super) const ORIGINAL: Column = Column::new("original_balance", 44, 12);
pub(super) const RECEIVED: Column = Column::new("received_date", 56, 8);
pub(super) const CURRENT: Column = Column::new("current_balance", 64, 12);
pub(super) const PAID_ON: Column = Column::new("last_payment_date", 76, 8);
pub(super) const PAID: Column = Column::new("last_payment_amount", 84, 12);

/// The last payment. Writers put zero where there was none, so zero is none.
pub(super) fn last_payment(row: &Row<'_>) -> Result<Option<Minor>, Fault> {
    let paid = row.amount_or_blank(PAID)?;
    if paid.is_some_and(|paid| paid.get() < 0) {
        return Err(crate::money::negative(PAID));
    }
    Ok(paid.filter(|paid| !paid.is_zero()))
}
