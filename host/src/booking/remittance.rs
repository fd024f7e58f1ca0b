//! The remittance of one placement: its net sum, and the rows that bring its ledger accounts back to zero.

use bailiwick_sdk::value::Day;

use super::draft::Draft;
use super::ledger::{AGENCY_CASH, Transfer};
use super::refused::Booked;
use crate::money::{Buckets, Overflow, Remits};

/// Money of one placement that is due to be remitted, either what the agency received or what went straight to the
/// bank: the balances of its ledger accounts, debits less credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) placement: i64,
    /// Whether the money went straight to the bank.
    pub(crate) direct: bool,
    pub(crate) cash: Buckets,
    pub(crate) commission: Buckets,
    pub(crate) tax: Buckets,
    /// Payments that the agency received, and how many.
    pub(crate) gross: i64,
    pub(crate) payments: u64,
    /// Reversals of such payments.
    pub(crate) reversed: i64,
    /// Of these payments and reversals, those of days before the period.
    pub(crate) earlier: u64,
}

impl Due {
    /// What was earned, less what was taken back: commission and tax. Fees are credits of the ledger.
    fn fees(&self) -> Result<[Buckets; 2], Overflow> {
        let nothing = Buckets::default();
        Ok([nothing.minus(&self.commission)?, nothing.minus(&self.tax)?])
    }
}

/// How much of its fees an agency keeps in a remittance. It invoices the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Those of the money that it received.
    Own,
    Nothing,
    /// All, as far as the money covers them: so many minor units are left for fees.
    Covered(i128),
}

impl Keeping {
    /// As a contract says; `all` is everything that is due.
    pub(crate) fn of(remits: Remits, all: &Total) -> Self {
        match remits {
            Remits::Net => Self::Own,
            Remits::Gross => Self::Nothing,
            // What is given back of earlier fees is there as well.
            Remits::Combined => Self::Covered(all.cash.max(0) + all.given_back),
        }
    }

    /// The part of a fee that is kept; it is taken off what is left for fees.
    fn keep(&mut self, direct: bool, fee: &Buckets) -> Result<Buckets, Overflow> {
        let Self::Covered(left) = self else {
            let kept = *self == Self::Own && !direct;
            return Ok(if kept { *fee } else { Buckets::default() });
        };
        let sum = fee.sum()?;
        if i128::from(sum) <= *left {
            // A fee that is given back is in the net.
            *left -= i128::from(sum.max(0));
            return Ok(*fee);
        }
        // The fee is above zero, so the part that is kept lies within the buckets that are above zero.
        let kept = i64::try_from(std::mem::take(left)).map_err(|_| Overflow)?;
        Ok(Buckets(fee.0.map(|part| part.max(0))).share(kept))
    }
}

/// What decides how far the money of a remittance covers its fees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Total {
    /// The money that the agency received, less reversals.
    cash: i128,
    /// Fees of earlier remittances that were taken back.
    given_back: i128,
}

impl Total {
    /// Adds the money of one placement.
    ///
    /// # Errors
    /// [`Overflow`].
    pub(crate) fn add(&mut self, due: &Due) -> Result<(), Overflow> {
        self.cash += i128::from(due.cash.sum()?);
        for fee in due.fees()? {
            self.given_back += i128::from(fee.sum()?.min(0)).abs();
        }
        Ok(())
    }
}

/// What was remitted of one placement, or of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cleared {
    pub(crate) gross: i64,
    pub(crate) payments: u64,
    pub(crate) reversed: i64,
    pub(crate) earlier: u64,
    /// Commission and tax that the agency keeps.
    pub(crate) commission: i64,
    pub(crate) tax: i64,
    /// Commission and tax that it invoices.
    pub(crate) invoiced: i64,
    pub(crate) net: i64,
}

impl Cleared {
    /// Adds another one.
    ///
    /// # Errors
    /// [`Overflow`].
    pub(crate) fn plus(&self, other: &Self) -> Result<Self, Overflow> {
        let sum = |one: i64, other: i64| one.checked_add(other).ok_or(Overflow);
        Ok(Self {
            gross: sum(self.gross, other.gross)?,
            payments: self.payments + other.payments,
            reversed: sum(self.reversed, other.reversed)?,
            earlier: self.earlier + other.earlier,
            commission: sum(self.commission, other.commission)?,
            tax: sum(self.tax, other.tax)?,
            invoiced: sum(self.invoiced, other.invoiced)?,
            net: sum(self.net, other.net)?,
        })
    }
}

impl Draft<'_, '_> {
    /// Clears the money of one placement. `keeping` is how much of the fees may still be kept.
    pub(crate) fn clear(&mut self, due: &Due, keeping: &mut Keeping, on: Day) -> Booked<Cleared> {
        let [commission, tax] = due.fees()?;
        let (commission_kept, tax_kept) =
            (keeping.keep(due.direct, &commission)?, keeping.keep(due.direct, &tax)?);
        let kept = commission_kept.plus(&tax_kept)?;
        let invoiced = commission.plus(&tax)?.minus(&kept)?;
        let net = due.cash.minus(&kept)?;
        self.clearing(due, "fee_kept", "commission", AGENCY_CASH, commission_kept, on);
        self.clearing(due, "fee_kept", "tax", AGENCY_CASH, tax_kept, on);
        self.clearing(due, "invoice", "invoiced", "creditor_payable", invoiced, on);
        self.clearing(due, "remittance", "creditor_payable", AGENCY_CASH, net, on);
        let Due { gross, payments, reversed, earlier, .. } = *due;
        let (commission, tax) = (commission_kept.sum()?, tax_kept.sum()?);
        let (invoiced, net) = (invoiced.sum()?, net.sum()?);
        Ok(Cleared { gross, payments, reversed, earlier, commission, tax, invoiced, net })
    }

    fn clearing(
        &mut self,
        due: &Due,
        kind: &'static str,
        debit: &'static str,
        credit: &'static str,
        buckets: Buckets,
        on: Day,
    ) {
        if buckets == Buckets::default() {
            return;
        }
        self.transfer(Transfer {
            id: 0,
            placement: due.placement,
            line: None,
            kind,
            identifier: None,
            on: Some(on),
            debit: debit.into(),
            credit: credit.into(),
            buckets,
            reverses: None,
            cause: None,
            matched_by: None,
            terms: None,
        });
    }
}
