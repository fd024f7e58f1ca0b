//! Money received, whoever reports it: one rule for payments and for payments straight to the bank. Everything that
//! can refuse money is judged when it comes, so that money that waits for a decision can be booked when it is decided,
//! whatever changed meanwhile.

use bailiwick_sdk::document::{DirectPayment, Item, PaidTo, Payment};
use bailiwick_sdk::value::{AccountKey, Day};

use super::commission::{Earns, Receipt};
use super::draft::Draft;
use super::ledger::{AGENCY_CASH, BANK_CASH, Transfer};
use super::payments::{paid_account, stated};
use super::record::Placed;
use super::refused::{Booked, refuse_at};
use super::repeats::Said;
use super::windows::Dated;
use crate::case::days_after;
use crate::engagement::SettlementTerms;
use crate::money::{Buckets, Overflow};

/// Money that was received, with the document that reports it.
pub(crate) struct Received {
    /// The money as a payment. Money that came straight to the bank is a payment to the bank.
    pub(super) payment: Payment,
    /// The document, if it is that of a direct payment.
    direct: Option<Box<DirectPayment>>,
}

impl Received {
    /// The money of a payment.
    pub(super) fn payment(payment: Payment) -> Self {
        Self { payment, direct: None }
    }

    /// The money of a payment straight to the bank, which is for this account.
    pub(super) fn direct(mut it: DirectPayment, account: AccountKey) -> Self {
        let (identifier, on) = (it.identifier.clone(), it.booked_on);
        let mut payment = Payment::new(account.clone(), identifier, PaidTo::Bank, it.currency, it.minor, on);
        (payment.line, payment.before_demand) = (it.line, it.before_demand);
        payment.account_number.clone_from(&it.account_number);
        payment.split.clone_from(&it.split);
        it.account = Some(account);
        Self { payment, direct: Some(Box::new(it)) }
    }

    /// The money that a document reports; none if it reports no money.
    pub(crate) fn of(item: Item) -> Option<Self> {
        match item {
            Item::Payment(it) => Some(Self::payment(*it)),
            Item::DirectPayment(it) => {
                let account = paid_account(&it)?;
                Some(Self::direct(*it, account))
            }
            _ => None,
        }
    }

    /// The document, if it is that of a payment straight to the bank.
    pub(super) fn as_direct(&self) -> Option<&DirectPayment> {
        self.direct.as_deref()
    }

    /// The document, with its account.
    pub(super) fn document(self) -> Item {
        match self.direct {
            Some(direct) => (*direct).into(),
            None => self.payment.into(),
        }
    }

    /// The document, with the account's number if it gives none.
    fn numbered(mut self, placed: &Placed) -> Booked<Item> {
        let number = placed.number_or(self.payment.account_number.take())?;
        match &mut self.direct {
            Some(direct) => direct.account_number = number,
            None => self.payment.account_number = number,
        }
        Ok(self.document())
    }

    /// The day on which it was received, with the pointer to it in the document.
    fn day(&self) -> (&'static str, Day) {
        let pointer = if self.direct.is_some() { "/booked_on" } else { "/received_on" };
        (pointer, self.payment.received_on)
    }

    /// The ledger account of the party that has the money.
    fn cash(&self) -> &'static str {
        match self.payment.paid_to {
            PaidTo::Agency => AGENCY_CASH,
            PaidTo::Bank => BANK_CASH,
        }
    }
}

/// How received money is spread: an amount beyond the balance is a credit in the bucket `other`.
struct Parts {
    split: Buckets,
    /// What is waived with it.
    waived: Buckets,
}

impl Draft<'_, '_> {
    /// Takes money that was received. After the placement and its days of grace somebody must decide it.
    pub(super) fn receive(&mut self, it: Received) -> Booked {
        let payment = &it.payment;
        if self.repeats(&payment.identifier, Said::of_received(&it)?, payment.line)? {
            return Ok(());
        }
        // What is wrong in itself is refused, whether or not the account is placed.
        self.not_ahead(it.day())?;
        stated(&payment.split, payment.minor.get())?;
        let placed = self.placed_on(&payment.account, payment.received_on)?;
        self.within(Dated::Money, it.day(), Some(&placed), payment.line)?;
        let parts = self.judge(&placed, payment)?;
        let ended = placed.last_day_before(payment.received_on);
        let grace = ended.map_or(0, |ended| self.terms_on(ended).grace_days);
        match ended {
            Some(ended) if payment.received_on > days_after(ended, grace) => {
                let is = match placed.state.has_ended() {
                    true => format!("is {} since", placed.state),
                    false => "ends on".to_owned(),
                };
                let message = format!(
                    "the placement {is} {ended}, and {grace} days of grace are over; somebody must decide whom the payment is credited to (`bailiwick exceptions`)"
                );
                self.except(&placed, "payment_after_term", message, it);
                Ok(())
            }
            _ => self.enter(placed, it, &parts, Earns::AsAgreed),
        }
    }

    /// Books money for a placement, as it was decided. It was judged when it came: a settlement stands, and of what it
    /// waives only the amount that is still owed is waived.
    pub(crate) fn credit(&mut self, placed: Placed, it: Received, earns: Earns) -> Booked {
        self.changes.said = Some(Said::of_received(&it)?);
        let (parts, beyond) = self.parts(&placed, &it.payment)?;
        if beyond > 0 {
            let message = format!(
                "less is owed than when the payment came: {} minor units are waived, {beyond} fewer than it says",
                parts.waived.sum()?
            );
            self.warn_about(&placed.account, "waiver_too_large", it.payment.line, message);
        }
        self.enter(placed, it, &parts, earns)
    }

    /// How the money is spread, and what is waived. Refuses money that cannot be booked.
    fn judge(&self, placed: &Placed, it: &Payment) -> Booked<Parts> {
        let (parts, beyond) = self.parts(placed, it)?;
        let waived = it.waived.map_or(0, |waived| waived.get());
        if waived != 0 || it.settlement == Some(true) {
            self.settles(placed, it)?;
        }
        if waived < 0 || beyond > 0 {
            return Err(refuse_at(
                "waiver_too_large",
                "/waived",
                "more is waived than is owed after the payment",
            ));
        }
        Ok(parts)
    }

    /// How the money is spread and what is waived, with the part of the waived amount that is not owed.
    fn parts(&self, placed: &Placed, it: &Payment) -> Booked<(Parts, i64)> {
        let (mut split, excess) = self.split(placed, &it.split, it.minor.get(), it.received_on)?;
        if let Some(other) = split.0.last_mut() {
            *other = other.checked_add(excess).ok_or(Overflow)?;
        }
        let left = placed.balance.minus(&split)?;
        let asked = it.waived.map_or(0, |waived| waived.get());
        let (waived, beyond) = self.terms_on(it.received_on).allocation.spread(&left, asked);
        Ok((Parts { split, waived }, beyond))
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

    /// Books money and what is waived with it, and keeps the document.
    fn enter(&mut self, mut placed: Placed, it: Received, parts: &Parts, earns: Earns) -> Booked {
        let (before, payment) = (placed.state, &it.payment);
        let (line, minor, on) = (payment.line, payment.minor.get(), payment.received_on);
        let receipt = Receipt {
            line,
            identifier: &payment.identifier,
            on,
            cash: it.cash(),
            before_demand: payment.before_demand == Some(true),
            earns,
        };
        self.pay(&mut placed, &receipt, parts.split, payment)?;
        if parts.waived != Buckets::default() {
            self.adjust(&mut placed, line, ("waiver", None), on, parts.waived, false)?;
        }
        self.worked(&mut placed)?;
        let document = it.numbered(&placed)?;
        self.keep_counted(placed, before, Some(on), &document, Some(minor))
    }

    /// Books money received, and what it earns.
    fn pay(
        &mut self,
        placed: &mut Placed,
        receipt: &Receipt<'_>,
        split: Buckets,
        document: &Payment,
    ) -> Booked {
        let Receipt { line, identifier, on, cash, .. } = *receipt;
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
                matched_by: None,
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
        let over = placed.state.has_ended() || placed.last_day_before(on).is_some();
        let extends = self.terms_on(on).payment_extends_days;
        placed.dates.paid(on, extends.filter(|_| !over));
        Ok(())
    }
}
