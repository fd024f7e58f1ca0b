//! Reversals: payments undone, wholly or in part.

use std::borrow::Cow;

use bailiwick_sdk::document::Reversal;
use bailiwick_sdk::value::{ItemKey, Text};

use super::draft::Draft;
use super::ledger::{AGENCY_CASH, Entered, Transfer};
use super::matching::{By, Found};
use super::payments::stated;
use super::record::Placed;
use super::refused::{Booked, Stop, invariant, refuse, refuse_at};
use super::repeats::Said;
use super::windows::Dated;
use crate::error::Error;
use crate::money::Overflow;

impl Draft<'_, '_> {
    pub(super) fn reversal(&mut self, mut it: Reversal) -> Booked {
        let minor = it.minor.get();
        // The account of one that came before is that of its payment, which nothing may be left of.
        let before = match self.known.transfer(&it.identifier)? {
            Some(have) => Some(have.account.clone()),
            None => self.known.exception(&it.identifier)?.and_then(|it| it.account.clone()),
        };
        let account = it.account.as_ref().map(ToString::to_string).or(before).unwrap_or_default();
        if self.repeats(&it.identifier, Said::of_reversal(&it, &account)?, it.line)? {
            return Ok(());
        }
        // What is wrong in itself is refused, whether or not its payment is booked.
        self.not_ahead(("/reversed_on", it.reversed_on))?;
        let parts = stated(&it.split, minor)?;
        let (payment, by) = match self.payment_of(&it)? {
            // It may be of money that is booked for no account.
            Found::NoneBooked { waits, least } => match self.suspended(&it, least).cloned() {
                Some(money) => return self.undo_suspended(it, money),
                None => return Err(Stop::Waits(waits)),
            },
            Found::One(payment, by) => (*payment, by),
            Found::Many(candidates) => {
                self.except_ambiguous(it, candidates);
                return Ok(());
            }
        };
        if payment.kind != "payment" {
            return Err(refuse_at(
                "reversal_of_reversal",
                "/reverses",
                format!("it undoes a {}; only payments are undone", payment.kind),
            ));
        }
        let mut placed = self.placement_of(&payment)?;
        if it.account.as_ref().is_some_and(|account| !self.known.is_for(&payment, account.as_str())) {
            return Err(refuse_at(
                "payment_of_other_account",
                "/reverses",
                "the payment is of another account",
            ));
        }
        it.account = Some(placed.account_key()?);
        let before = placed.state;
        self.may_undo(&payment)?;
        self.within(
            Dated::Reversed { payment: payment.on },
            ("/reversed_on", it.reversed_on),
            Some(&placed),
            it.line,
        )?;
        let left = payment.buckets.minus(&payment.undone)?;
        if minor > left.sum()? {
            return Err(refuse_at(
                "reversal_too_large",
                "/minor",
                format!("{minor} minor units are to be undone, {} of the payment remain", left.sum()?),
            ));
        }
        let split = parts.unwrap_or_else(|| left.share(minor));
        if split.0.iter().zip(left.0).any(|(part, left)| !(0..=left).contains(part)) {
            let message = "the parts must lie within those of the payment";
            return Err(refuse_at("split_mismatch", "/split", message));
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
            matched_by: None,
            terms: None,
        };
        let undo = moved("reversal", payment.credit.clone(), payment.debit.clone());
        let entitlement = moved("entitlement", "creditor_payable".into(), "creditor".into());
        let identifier = Some(it.identifier.to_string());
        let matched_by = Some(by.name());
        let reversal = self.transfer(Transfer { identifier, reverses: Some(payment.id), matched_by, ..undo });
        if payment.debit == AGENCY_CASH {
            self.transfer(Transfer { cause: Some(reversal), ..entitlement });
        }
        self.unkeep_promises(&placed, minor)?;
        placed.balance = placed.balance.plus(&split)?;
        placed.reversed = placed.reversed.checked_add(minor).ok_or(Overflow)?;
        self.claw_back(&mut placed, &payment, reversal, &split, on, it.line)?;
        if let By::Reference(_) = by {
            // The name that the sender gave stays: by it, the same document is known when it comes again.
            let named = std::mem::replace(&mut it.reverses, self.identifier_of(&payment)?);
            it.reference = it.reference.or(named);
        }
        it.account_number = placed.number_or(it.account_number)?;
        self.keep_counted(placed, before, Some(on), &it.into(), Some(minor))
    }

    /// The identifier of a payment that was found by a reference.
    fn identifier_of(&self, payment: &Entered) -> Booked<Option<ItemKey>> {
        let Some(identifier) = self.known.identifiers.get(&payment.id) else { return Ok(None) };
        let key: Text<64> = Text::mended(identifier).map_err(|error| {
            Stop::Failed(Error::column("transfer", payment.id, "identifier", error.to_string()))
        })?;
        Ok(Some(key.into()))
    }

    /// Refuses to undo a payment that only the other side can undo.
    pub(super) fn may_undo(&self, payment: &Entered) -> Booked {
        if self.side_may_undo(payment) {
            return Ok(());
        }
        let message = "the bank received the payment and reported it; only the bank can undo it";
        Err(refuse("wrong_side", message))
    }

    fn placement_of(&self, payment: &Entered) -> Booked<Placed> {
        let placed = self.account(&payment.account)?.by_id(payment.placement).cloned();
        placed.ok_or_else(|| invariant(format!("there is no placement {}", payment.placement)))
    }
}
