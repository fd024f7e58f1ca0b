//! The money columns: nine of an account or a bank's payment, eight of an agency's payment.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::{Bucket, Code, Component, Minor};

use crate::config::{MoneyColumns, text};
use crate::fault::Fault;
use crate::row::Row;
use crate::sheet::refuse;

/// The names of the columns, which are the codes of the components.
const NAMES: [&str; 9] =
    ["principal", "interest", "other3", "other4", "other5", "other6", "other7", "other8", "other9"];

/// The nine columns of CACT and CPAY.
pub(crate) const OF_ACCOUNT: [Column; 9] = columns(44, &NAMES);

/// The eight columns of APAY.
pub(crate) const OF_PAYMENT: [Column; 8] = columns(
    127,
    &[
        "payment_amount_bucket1",
        "payment_amount_bucket2",
        "payment_amount_bucket3",
        "payment_amount_bucket4",
        "payment_amount_bucket5",
        "payment_amount_bucket6",
        "payment_amount_bucket7",
        "payment_amount_bucket8",
    ],
);

const fn columns<const COUNT: usize>(first: usize, names: &[&'static str; COUNT]) -> [Column; COUNT] {
    let mut columns = [Column::new("", 1, 12); COUNT];
    let mut at = 0;
    while at < COUNT {
        columns[at] = Column::new(names[at], first + 12 * at, 12);
        at += 1;
    }
    columns
}

/// The meaning of the columns in documents.
#[derive(Debug, Clone)]
pub(crate) struct Money {
    buckets: [Bucket; 9],
    codes: [Code; 9],
}

impl Money {
    /// As configured.
    pub(crate) fn new(columns: &MoneyColumns) -> Self {
        Self { buckets: columns.buckets(), codes: NAMES.map(text) }
    }

    /// The parts that are not zero, in the order of the columns.
    pub(crate) fn components(&self, amounts: &[Minor]) -> Vec<Component> {
        let count = amounts.iter().filter(|minor| !minor.is_zero()).count();
        let mut parts = Vec::with_capacity(count);
        for ((minor, bucket), code) in amounts.iter().zip(self.buckets).zip(&self.codes) {
            if !minor.is_zero() {
                parts.push(Component { bucket, code: Some(code.clone()), minor: *minor });
            }
        }
        parts
    }

    /// Spreads parts over columns: by the column's name, else to the first column of the bucket.
    ///
    /// # Errors
    /// A part that no column takes.
    pub(crate) fn spread<const COUNT: usize>(
        &self,
        parts: &[Component],
        pointer: &str,
    ) -> Result<[Minor; COUNT], Refusal> {
        let mut amounts = [Minor::ZERO; COUNT];
        for (at, part) in parts.iter().enumerate() {
            let named =
                part.code.as_ref().and_then(|code| NAMES.iter().position(|name| *name == code.as_str()));
            let column = named.or_else(|| self.buckets.iter().position(|bucket| *bucket == part.bucket));
            let place = column.and_then(|column| amounts.get_mut(column)).ok_or_else(|| {
                let message = "no money column takes this part; give its bucket a column in money_columns";
                refuse(&format!("{pointer}/{at}"), message)
            })?;
            *place = place
                .checked_add(part.minor)
                .ok_or_else(|| refuse(&format!("{pointer}/{at}"), "the amounts of a column are too large"))?;
        }
        Ok(amounts)
    }
}

/// Reads columns of which each must hold an amount of zero or more.
pub(crate) fn read<const COUNT: usize>(
    row: &Row<'_>,
    columns: &[Column; COUNT],
) -> Result<[Minor; COUNT], Fault> {
    let mut amounts = [Minor::ZERO; COUNT];
    for (amount, column) in amounts.iter_mut().zip(columns) {
        *amount = row.minor(*column)?;
        if amount.get() < 0 {
            return Err(negative(*column));
        }
    }
    Ok(amounts)
}

/// An amount below zero where there must be none.
pub(crate) fn negative(column: Column) -> Fault {
    Fault::new("negative_amount", column, "an amount of zero or more")
}

/// The sum in minor units, if it fits into documents.
pub(crate) fn total(amounts: &[Minor]) -> Option<Minor> {
    bailiwick_sdk::value::sum(amounts.iter().copied())
}
