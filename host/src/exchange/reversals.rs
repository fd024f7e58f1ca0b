//! Payments undone, wholly or in part.

use bailiwick_sdk::document::Reversal;
use bailiwick_sdk::value::Key;

use super::booking::{Booked, Booking, refuse_at};
use super::ledger::{Entered, Transfer};
use super::payments::AGENCY_CASH;
use super::placements::number;
use crate::money::{Buckets, Overflow};

impl Booking<'_> {
    pub(crate) fn reversal(&mut self, mut it: Reversal) -> Booked {
        let payment = self.payment_to_undo(&it)?;
        let mut placed = self.placement_by_id(payment.placement)?;
        if it.account.as_ref().is_some_and(|account| account.as_str() != placed.account) {
            return Err(refuse_at(
                "payment_of_other_account",
                "/reverses",
                "the payment is of another account",
            ));
        }
        it.account = Key::mended(&placed.account).ok();
        let before = placed.state;
        let minor = it.minor.get();
        if self.seen_before(&placed.account, "reversal", &it.identifier, minor, it.line)? {
            return Ok(());
        }
        let undone_before = self.reversed_of(payment.id)?;
        let left = payment.buckets.minus(&undone_before)?;
        if minor <= 0 || minor > left.sum()? {
            return Err(refuse_at(
                "reversal_too_large",
                "/minor",
                format!("{minor} minor units are to be undone, {} of the payment remain", left.sum()?),
            ));
        }
        let split = if it.split.is_empty() { left.share(minor) } else { Buckets::of(&it.split)? };
        let fits = split.0.iter().zip(left.0).all(|(part, left)| (0..=left).contains(part));
        if split.sum()? != minor || !fits {
            return Err(refuse_at(
                "split_mismatch",
                "/split",
                "the parts must sum to the amount and lie within those of the payment",
            ));
        }
        // The negation of what it undoes: debit and credit change places.
        let on = it.reversed_on;
        let moved = |kind, identifier, debit, credit, reverses, cause| Transfer {
            kind,
            identifier,
            on: Some(on),
            debit,
            credit,
            buckets: split,
            reverses,
            cause,
        };
        let undo = moved(
            "reversal",
            Some(it.identifier.as_str()),
            &payment.credit,
            &payment.debit,
            Some(payment.id),
            None,
        );
        let reversal = self.transfer(placed.id, it.line, &undo)?;
        if payment.debit == AGENCY_CASH {
            let undo = moved("entitlement", None, "creditor_payable", "creditor", None, Some(reversal));
            self.transfer(placed.id, it.line, &undo)?;
        }
        self.unkeep_promises(&placed, minor)?;
        placed.balance = placed.balance.plus(&split)?;
        placed.reversed = placed.reversed.checked_add(minor).ok_or(Overflow)?;
        self.unearn(&mut placed, &payment, reversal, (&undone_before, &split), on, it.line)?;
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        self.booked(&placed, before, Some(on), minor, it.into())
    }

    fn payment_to_undo(&self, it: &Reversal) -> Booked<Entered> {
        let Some(reverses) = it.reverses.as_ref().or(it.reference.as_ref()) else {
            return Err(refuse_at(
                "reversal_without_payment",
                "/reverses",
                "a reversal names the payment it undoes",
            ));
        };
        let Some(payment) = self.find_transfer(reverses)? else {
            if self.find_exception(reverses)?.is_some() {
                let message =
                    "the payment it undoes waits for a decision (`bailiwick exceptions`); decide it first";
                return Err(refuse_at("payment_undecided", "/reverses", message));
            }
            return Err(refuse_at("unknown_payment", "/reverses", "the payment it undoes was never booked"));
        };
        if payment.kind != "payment" {
            return Err(refuse_at(
                "reversal_of_reversal",
                "/reverses",
                format!("it undoes a {}; only payments are undone", payment.kind),
            ));
        }
        Ok(payment)
    }
}
