//! The documents that report money received, and how an amount is split over the buckets.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{DirectPayment, Payment};
use bailiwick_sdk::value::{AccountKey, Component, Day};

use super::draft::Draft;
use super::receipts::Received;
use super::record::Placed;
use super::refused::{Booked, refuse_at};
use crate::money::Buckets;

impl Draft<'_, '_> {
    pub(super) fn payment(&mut self, it: Payment) -> Booked {
        self.receive(Received::payment(it))
    }

    pub(super) fn direct_payment(&mut self, it: DirectPayment) -> Booked {
        self.only_from(Side::Bank, "a direct payment")?;
        match paid_account(&it) {
            Some(account) if self.account(&account)?.latest().is_some() => {
                self.receive(Received::direct(it, account))
            }
            _ => self.suspend(it),
        }
    }

    /// Splits a payment of a day by the parts in the file, or by the contract's order if the file gives none. Returns
    /// the split and the amount beyond the balance.
    pub(super) fn split(
        &self,
        placed: &Placed,
        parts: &[Component],
        minor: i64,
        on: Day,
    ) -> Booked<(Buckets, i64)> {
        match stated(parts, minor)? {
            Some(split) => Ok((split, 0)),
            None => Ok(self.terms_on(on).allocation.spread(&placed.balance, minor)),
        }
    }
}

/// The parts that a payment states; none if it states none. Refuses an amount that is none, and parts that do not sum to
/// it.
pub(super) fn stated(parts: &[Component], minor: i64) -> Booked<Option<Buckets>> {
    if minor <= 0 {
        return Err(refuse_at(
            "negative_amount",
            "/minor",
            "an amount is above zero; its kind gives the direction",
        ));
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let split = Buckets::of(parts)?;
    if split.0.iter().any(|part| *part < 0) {
        return Err(refuse_at("negative_amount", "/split", "no part of an amount is below zero"));
    }
    if split.sum()? != minor {
        return Err(refuse_at(
            "split_mismatch",
            "/split",
            format!("the parts sum to {}, the amount is {minor}", split.sum()?),
        ));
    }
    Ok(Some(split))
}

/// The account that a payment straight to the bank is for. If the payment names none, the payer's reference is the
/// account.
pub(super) fn paid_account(it: &DirectPayment) -> Option<AccountKey> {
    let of_reference = || it.reference.clone().map(|reference| AccountKey::from(reference.into_text()));
    it.account.clone().or_else(of_reference)
}
