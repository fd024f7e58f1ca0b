//! Money received: through the agency, or straight to the bank.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{DirectPayment, PaidTo, Payment};
use bailiwick_sdk::value::{AccountKey, Component, Day, ItemKey};

use super::commission::{Earns, Receipt};
use super::draft::Draft;
use super::ledger::{AGENCY_CASH, BANK_CASH, Transfer};
use super::record::Placed;
use super::refused::{Booked, refuse, refuse_at};
use crate::case::days_after;
use crate::engagement::SettlementTerms;
use crate::money::{Buckets, Overflow};

impl Draft<'_, '_> {
    /// Whether a payment of this identifier came before: it counts once. Refuses a payment that differs from the
    /// earlier one.
    pub(super) fn seen_before(
        &mut self,
        account: &str,
        kind: &str,
        identifier: &ItemKey,
        minor: i64,
        line: Option<u64>,
    ) -> Booked<bool> {
        let same = match self.known.transfer(identifier)? {
            Some(have) => have.kind == kind && have.buckets.sum()? == minor && have.account == account,
            None => match self.known.exception(identifier)? {
                Some(have) => kind == "payment" && *have == (account.to_owned(), minor),
                None => return Ok(false),
            },
        };
        if !same {
            return Err(refuse_at(
                "payment_conflict",
                "/identifier",
                "the identifier was used before for another account, kind or amount",
            ));
        }
        self.warn("duplicate_payment", line, "the payment was booked before; it counts once");
        Ok(true)
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
        if minor <= 0 {
            return Err(refuse_at(
                "negative_amount",
                "/minor",
                "an amount is above zero; its kind gives the direction",
            ));
        }
        if parts.is_empty() {
            return Ok(self.terms_on(on).allocation.spread(&placed.balance, minor));
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
        Ok((split, 0))
    }

    pub(super) fn payment(&mut self, it: Payment) -> Booked {
        if self.seen_before(&it.account, "payment", &it.identifier, it.minor.get(), it.line)? {
            return Ok(());
        }
        let placed = self.placed_on(&it.account, it.received_on)?;
        let grace = placed.dates.ended_on.map_or(0, |ended| self.terms_on(ended).grace_days);
        match placed.dates.ended_on {
            Some(ended) if it.received_on > days_after(ended, grace) => {
                let message = format!(
                    "the placement is {} since {ended}, and {grace} days of grace are over; somebody must decide whom the payment is credited to (`bailiwick exceptions`)",
                    placed.state
                );
                self.except(&placed, "payment_after_term", message, it);
                Ok(())
            }
            _ => self.credit(placed, it, Earns::AsAgreed),
        }
    }

    /// Books a payment for a placement.
    pub(crate) fn credit(&mut self, mut placed: Placed, mut it: Payment, earns: Earns) -> Booked {
        let before = placed.state;
        let (split, excess) = self.split(&placed, &it.split, it.minor.get(), it.received_on)?;
        let waived = it.waived.map_or(0, |waived| waived.get());
        if waived != 0 || it.settlement == Some(true) {
            self.settles(&placed, &it)?;
        }
        let cash = match it.paid_to {
            PaidTo::Agency => AGENCY_CASH,
            PaidTo::Bank => BANK_CASH,
        };
        let receipt = Receipt {
            line: it.line,
            identifier: &it.identifier,
            on: it.received_on,
            cash,
            before_demand: it.before_demand == Some(true),
            earns,
        };
        self.pay(&mut placed, &receipt, split, excess, Some(&it))?;
        if waived != 0 {
            let (split, beyond) = self.terms_on(it.received_on).allocation.spread(&placed.balance, waived);
            if waived < 0 || beyond > 0 {
                return Err(refuse_at(
                    "waiver_too_large",
                    "/waived",
                    "more is waived than is owed after the payment",
                ));
            }
            self.adjust(&mut placed, it.line, ("waiver", None), it.received_on, split, false)?;
        }
        self.worked(&mut placed)?;
        it.account_number = placed.number_or(it.account_number)?;
        let (minor, on) = (it.minor.get(), Some(it.received_on));
        self.keep_counted(placed, before, on, &it.into(), Some(minor))
    }

    /// Whether the agency may settle the account with this payment.
    fn settles(&self, placed: &Placed, it: &Payment) -> Booked {
        let Some(SettlementTerms { least, expires_on }) = self.terms_on(it.received_on).settlement else {
            return Ok(());
        };
        if let Some(last) = expires_on.filter(|last| it.received_on > *last) {
            let message = format!("the authority to settle ended on {last}; ask the bank");
            return Err(refuse_at("settlement_not_authorised", "/settlement", message));
        }
        let paid = i128::from(placed.paid) - i128::from(placed.reversed) + i128::from(it.minor.get());
        if paid * 1_000_000 < least.of(placed.placed) {
            let message = format!(
                "{paid} minor units would have been paid; a settlement takes at least {least} % of the {} placed",
                placed.placed
            );
            return Err(refuse_at("settlement_too_low", "/minor", message));
        }
        Ok(())
    }

    pub(super) fn direct_payment(&mut self, mut it: DirectPayment) -> Booked {
        self.only_from(Side::Bank, "a direct payment")?;
        let Some(account) = paid_account(&it) else {
            return Err(refuse("unknown_account", "neither account nor reference is given"));
        };
        if self.seen_before(&account, "payment", &it.identifier, it.minor.get(), it.line)? {
            return Ok(());
        }
        let mut placed = self.placed_on(&account, it.booked_on)?;
        let before = placed.state;
        let (split, excess) = self.split(&placed, &it.split, it.minor.get(), it.booked_on)?;
        let receipt = Receipt {
            line: it.line,
            identifier: &it.identifier,
            on: it.booked_on,
            cash: BANK_CASH,
            before_demand: it.before_demand == Some(true),
            earns: Earns::AsAgreed,
        };
        self.pay(&mut placed, &receipt, split, excess, None)?;
        it.account = Some(account);
        it.account_number = placed.number_or(it.account_number)?;
        let (minor, on) = (it.minor.get(), Some(it.booked_on));
        self.keep_counted(placed, before, on, &it.into(), Some(minor))
    }

    /// Books money received. An amount beyond the balance is owed back to the customer: it is a credit in the bucket
    /// `other`.
    fn pay(
        &mut self,
        placed: &mut Placed,
        receipt: &Receipt<'_>,
        mut split: Buckets,
        excess: i64,
        document: Option<&Payment>,
    ) -> Booked {
        let Receipt { line, identifier, on, cash, .. } = *receipt;
        if let Some(other) = split.0.last_mut() {
            *other = other.checked_add(excess).ok_or(Overflow)?;
        }
        placed.balance = placed.balance.minus(&split)?;
        if placed.balance.0.iter().any(|part| *part < 0) {
            let message = "more was paid than was owed in a bucket; the account holds a credit";
            self.warn("overpayment", line, message);
        }
        let moved =
            |kind, debit: &'static str, credit: &'static str, identifier: Option<&str>, cause| Transfer {
                id: 0,
                placement: placed.id,
                line,
                kind,
                identifier: identifier.map(str::to_owned),
                on: Some(on),
                debit: debit.into(),
                credit: credit.into(),
                buckets: split,
                reverses: None,
                cause,
                terms: None,
            };
        let payment = moved("payment", cash, "receivable", Some(identifier), None);
        let owed = |payment| moved("entitlement", "creditor", "creditor_payable", None, Some(payment));
        let payment = self.transfer(payment);
        if cash == AGENCY_CASH {
            self.transfer(owed(payment));
        }
        self.earn(placed, payment, receipt, &split, document)?;
        self.keep_promises(placed, split.sum()?)?;
        placed.paid = placed.paid.checked_add(split.sum()?).ok_or(Overflow)?;
        let extends = self.terms_on(on).payment_extends_days;
        placed.dates.paid(on, extends.filter(|_| !placed.state.has_ended()));
        Ok(())
    }
}

/// The account that a payment straight to the bank is for. If the payment names none, the payer's reference is the
/// account.
pub(super) fn paid_account(it: &DirectPayment) -> Option<AccountKey> {
    let of_reference = || it.reference.clone().map(|reference| AccountKey::from(reference.into_text()));
    it.account.clone().or_else(of_reference)
}
