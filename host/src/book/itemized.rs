//! What is owed as a customer is shown it: an amount on a day, plus interest and fees, less payments and
//! credits, is the amount now (12 CFR 1006.34(c)(2)(viii)).

use bailiwick_sdk::document::{Item, Itemization};
use rusqlite::params;
use serde::Serialize;

use super::Book;
use super::stored;
use crate::error::{Error, Result};

/// How the amount owed came about. `amount + interest + fees - payments = current`, always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Itemized {
    /// What the amount is of: one of the five dates of the rule, or `placement` where the bank gave none.
    pub basis: String,
    /// That day.
    pub on: Option<String>,
    /// What was owed on it, in minor units.
    pub amount: i64,
    /// Interest since.
    pub interest: i64,
    /// Fees since.
    pub fees: i64,
    /// Payments and credits since, reversed ones not among them.
    pub payments: i64,
    /// What is owed now.
    pub current: i64,
}

impl Book {
    /// The itemization of a placement: the bank's up to the placement, the ledger's from there on.
    pub(super) fn itemized(&self, placement: i64) -> Result<Itemized> {
        let (document, placed, placed_on): (Vec<u8>, i64, Option<String>) = self.connection.query_row(
            "SELECT document, placed, placed_on FROM placement WHERE id = ?1",
            [placement],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let given = match stored::item(&document, ("placement", placement))? {
            Item::Placement(placement) => placement.itemization,
            other => {
                let why = format!("it is a document of the kind {}, not a placement", other.kind());
                return Err(Error::column("placement", placement, "document", why));
            }
        };
        let mut it = begin(given, placed, placed_on);
        let mut statement = self.connection.prepare(
            "SELECT debit = 'receivable', principal + interest + penalty + late_fee + costs + other, interest
             FROM transfer WHERE placement = ?1 AND kind <> 'placement' AND 'receivable' IN (debit, credit)
               AND kind NOT IN ('reversal')",
        )?;
        let mut rows = statement.query(params![placement])?;
        while let Some(row) = rows.next()? {
            let (raises, whole, interest): (bool, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if raises {
                it.interest += interest;
                it.fees += whole - interest;
            } else {
                it.payments += whole;
            }
        }
        let (reversed, owed): (i64, i64) = self.connection.query_row(
            "SELECT reversed, principal + interest + penalty + late_fee + costs + other FROM placement WHERE id = ?1",
            [placement],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        it.payments -= reversed;
        it.current = it.amount + it.interest + it.fees - it.payments;
        if it.current != owed {
            return Err(Error::figures(format!(
                "the ledger of row {placement} of the table placement makes {}, {owed} is owed",
                it.current
            )));
        }
        Ok(it)
    }
}

fn begin(given: Option<Itemization>, placed: i64, placed_on: Option<String>) -> Itemized {
    let made = given.map(|it| {
        let (amount, interest, fees, payments) =
            (it.amount.get(), it.interest.get(), it.fees.get(), it.payments.get());
        let basis = serde_json::to_value(it.basis).ok().and_then(|name| name.as_str().map(str::to_owned));
        Itemized {
            basis: basis.unwrap_or_default(),
            on: Some(it.on.to_string()),
            amount,
            interest,
            fees,
            payments,
            current: amount + interest + fees - payments,
        }
    });
    // One that does not lead to what was placed says nothing about it; it is refused with the placement.
    made.filter(|it| it.current == placed).unwrap_or(Itemized {
        basis: "placement".to_owned(),
        on: placed_on,
        amount: placed,
        interest: 0,
        fees: 0,
        payments: 0,
        current: placed,
    })
}
