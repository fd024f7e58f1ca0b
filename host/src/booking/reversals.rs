//! Reversals: payments undone, wholly or in part.

use std::borrow::Cow;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::Reversal;
use bailiwick_sdk::value::ItemKey;

use super::draft::Draft;
use super::ledger::{AGENCY_CASH, BANK_CASH, Entered, Transfer};
use super::record::Placed;
use super::refused::{Booked, invariant, refuse, refuse_at};
use super::repeats::Said;
use super::windows::Dated;
use crate::money::{Buckets, Overflow};

impl Draft<'_, '_> {
    pub(super) fn reversal(&mut self, mut it: Reversal) -> Booked {
        let payment = self.payment_to_undo(&it)?;
        let mut placed = self.placement_of(&payment)?;
        if it.account.as_ref().is_some_and(|account| account.as_str() != placed.account) {
            return Err(refuse_at(
                "payment_of_other_account",
                "/reverses",
                "the payment is of another account",
            ));
        }
        it.account = Some(placed.account_key()?);
        let before = placed.state;
        let minor = it.minor.get();
        if self.repeats(&it.identifier, Said::of_reversal(&it, &placed.account)?, it.line)? {
            return Ok(());
        }
        self.may_undo(&payment)?;
        self.within(
            Dated::Reversed { payment: payment.on },
            ("/reversed_on", it.reversed_on),
            Some(&placed),
            it.line,
        )?;
        let left = payment.buckets.minus(&payment.undone)?;
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
        // A reversal's row is the negation of the payment's row: debit and credit change places.
        let on = it.reversed_on;
        let moved = |kind, debit: Cow<'static, str>, credit: Cow<'static, str>| Transfer {
            id: 0,
            placement: placed.id,
            line: it.line,
            kind,
            identifier: None,
            on: Some(on),
            debit,
            credit,
            buckets: split,
            reverses: None,
            cause: None,
            terms: None,
        };
        let undo = moved("reversal", payment.credit.clone(), payment.debit.clone());
        let entitlement = moved("entitlement", "creditor_payable".into(), "creditor".into());
        let identifier = Some(it.identifier.to_string());
        let reversal = self.transfer(Transfer { identifier, reverses: Some(payment.id), ..undo });
        if payment.debit == AGENCY_CASH {
            self.transfer(Transfer { cause: Some(reversal), ..entitlement });
        }
        self.unkeep_promises(&placed, minor)?;
        placed.balance = placed.balance.plus(&split)?;
        placed.reversed = placed.reversed.checked_add(minor).ok_or(Overflow)?;
        self.claw_back(&mut placed, &payment, reversal, &split, on, it.line)?;
        it.account_number = placed.number_or(it.account_number)?;
        self.keep_counted(placed, before, Some(on), &it.into(), Some(minor))
    }

    /// The agency does not see the bank's account: money there it takes back only if it reported it itself.
    fn may_undo(&self, payment: &Entered) -> Booked {
        if self.setting.side == Side::Agency && payment.by == Side::Bank && payment.debit == BANK_CASH {
            let message = "the bank received the payment and reported it; only the bank can undo it";
            return Err(refuse("wrong_side", message));
        }
        Ok(())
    }

    fn payment_to_undo(&self, it: &Reversal) -> Booked<Entered> {
        let Some(reverses) = undone(it) else {
            return Err(refuse_at(
                "reversal_without_payment",
                "/reverses",
                "a reversal names the payment it undoes",
            ));
        };
        let Some(payment) = self.known.transfer(reverses)? else {
            if self.known.exception(reverses)?.is_some() {
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
        Ok(payment.clone())
    }

    fn placement_of(&self, payment: &Entered) -> Booked<Placed> {
        let placed = self.account(&payment.account)?.by_id(payment.placement).cloned();
        placed.ok_or_else(|| invariant(format!("there is no placement {}", payment.placement)))
    }
}

/// The identifier of the payment that a reversal undoes.
pub(super) fn undone(it: &Reversal) -> Option<&ItemKey> {
    it.reverses.as_ref().or(it.reference.as_ref())
}
