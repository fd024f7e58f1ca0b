//! The remittance of one placement: its net sum, and the rows that bring its ledger accounts back to zero.

use bailiwick_sdk::value::Day;

use super::draft::Draft;
use super::ledger::Transfer;
use super::refused::Booked;
use crate::money::{Buckets, Remits};

/// The balances of one placement's ledger accounts that are due to be remitted: debits less credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) placement: i64,
    /// Whether the money went straight to the bank.
    pub(crate) direct: bool,
    pub(crate) cash: Buckets,
    pub(crate) commission: Buckets,
    pub(crate) tax: Buckets,
}

/// Whether the agency keeps its fees; `direct`: the fees of money that went straight to the bank.
pub(crate) fn keeps(remits: Remits, direct: bool) -> bool {
    match remits {
        Remits::Net => !direct,
        Remits::Gross => false,
        Remits::Combined => true,
    }
}

/// The remitted sum of a placement, in minor units.
pub(crate) type Cleared = i64;

impl Draft<'_, '_> {
    /// Clears one placement. Returns its remitted sum.
    pub(crate) fn clear(&mut self, due: &Due, remits: Remits, on: Day) -> Booked<Cleared> {
        // Fees are credits, so earned fees are below zero.
        let nothing = Buckets::default();
        let fees = nothing.minus(&due.commission.plus(&due.tax)?)?;
        let mut net = due.cash;
        if keeps(remits, due.direct) {
            self.clearing(due, "fee_kept", "commission", "agency_cash", nothing.minus(&due.commission)?, on);
            self.clearing(due, "fee_kept", "tax", "agency_cash", nothing.minus(&due.tax)?, on);
            net = due.cash.minus(&fees)?;
        } else {
            self.clearing(due, "invoice", "invoiced", "creditor_payable", fees, on);
        }
        self.clearing(due, "remittance", "creditor_payable", "agency_cash", net, on);
        Ok(net.sum()?)
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
            terms: None,
        });
    }
}
