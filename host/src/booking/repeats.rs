//! Documents that come again. An identifier names one payment, reversal or adjustment: the same content again counts
//! once, other content under the same identifier is refused.

use bailiwick_sdk::document::{Adjustment, AdjustmentDirection, DirectPayment, Item, PaidTo, Reversal};
use bailiwick_sdk::value::{Component, Day, ItemKey};

use super::draft::Draft;
use super::payments::paid_account;
use super::receipts::Received;
use super::refused::{Booked, refuse_at};
use crate::money::{Buckets, Overflow};

/// All that matters of a document of money. Two documents that agree in it say the same. References and other members
/// that move no money are no part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// The kind of the ledger's row: `payment`, `reversal` or `adjustment`.
    kind: &'static str,
    account: String,
    on: Day,
    minor: i64,
    paid_to: Option<PaidTo>,
    /// The parts that the document states.
    split: Option<Buckets>,
    waived: i64,
    settlement: bool,
    before_demand: bool,
    /// It is of a payment straight to the bank, whose document cannot say what is waived or whether it settles the
    /// account, and seldom states parts.
    direct: bool,
    /// It names its account, and not only a reference from which it follows.
    names_account: bool,
    /// The reference that the payer gave.
    reference: Option<String>,
    direction: Option<AdjustmentDirection>,
    /// The names of the payment that it undoes: its identifier, the reference of its money.
    reverses: Vec<String>,
}

impl Said {
    fn new(
        kind: &'static str,
        account: &str,
        on: Day,
        minor: i64,
        split: &[Component],
    ) -> Result<Self, Overflow> {
        Ok(Self {
            kind,
            account: account.to_owned(),
            on,
            minor,
            paid_to: None,
            split: if split.is_empty() { None } else { Some(Buckets::of(split)?) },
            waived: 0,
            settlement: false,
            before_demand: false,
            direct: false,
            names_account: true,
            reference: None,
            direction: None,
            reverses: Vec::new(),
        })
    }

    /// Of a payment straight to the bank, which may be for no account that is known.
    pub(super) fn of_direct(it: &DirectPayment) -> Result<Self, Overflow> {
        let account = paid_account(it);
        let account = account.as_ref().map(|account| account.as_str()).unwrap_or_default();
        Ok(Self {
            direct: true,
            names_account: it.account.is_some(),
            reference: it.reference.as_ref().map(ToString::to_string),
            paid_to: Some(PaidTo::Bank),
            before_demand: it.before_demand == Some(true),
            ..Self::new("payment", account, it.booked_on, it.minor.get(), &it.split)?
        })
    }

    pub(super) fn of_received(received: &Received) -> Result<Self, Overflow> {
        if let Some(direct) = received.as_direct() {
            return Self::of_direct(direct);
        }
        let it = &received.payment;
        Ok(Self {
            paid_to: Some(it.paid_to),
            waived: it.waived.map_or(0, |waived| waived.get()),
            settlement: it.settlement == Some(true),
            before_demand: it.before_demand == Some(true),
            ..Self::new("payment", &it.account, it.received_on, it.minor.get(), &it.split)?
        })
    }

    /// `account` is that of the payment, which the reversal need not name.
    pub(super) fn of_reversal(it: &Reversal, account: &str) -> Result<Self, Overflow> {
        let names = it.reverses.iter().chain(&it.reference);
        Ok(Self {
            reverses: names.map(ToString::to_string).collect(),
            ..Self::new("reversal", account, it.reversed_on, it.minor.get(), &it.split)?
        })
    }

    pub(super) fn of_adjustment(it: &Adjustment) -> Result<Self, Overflow> {
        let said = Self::new("adjustment", &it.account, it.on, it.minor.get(), &it.split)?;
        Ok(Self { direction: Some(it.direction), ..said })
    }

    /// The content of a document that was booked or that waits, and its identifier; none if it is of no money.
    pub(crate) fn of(item: Item) -> Result<Option<(ItemKey, Self)>, Overflow> {
        Ok(match item {
            Item::Reversal(it) => {
                let account = it.account.as_ref().map(ToString::to_string).unwrap_or_default();
                let said = Self::of_reversal(&it, &account)?;
                Some((it.identifier, said))
            }
            Item::Adjustment(it) => {
                let said = Self::of_adjustment(&it)?;
                Some((it.identifier, said))
            }
            Item::DirectPayment(it) => {
                let said = Self::of_direct(&it)?;
                Some((it.identifier, said))
            }
            item => match Received::of(item) {
                Some(it) => {
                    let said = Self::of_received(&it)?;
                    Some((it.payment.identifier, said))
                }
                None => None,
            },
        })
    }

    /// Whether it names this account.
    pub(super) fn is_for(&self, account: &str) -> bool {
        self.account == account
    }

    /// Whether it may be for the account of an earlier document, though it does not name it: it names no account, and no
    /// other reference.
    fn may_be_of(&self, before: Option<&Self>) -> bool {
        let same_reference = || before.is_some_and(|it| it.direct && it.reference == self.reference);
        self.direct && !self.names_account && (self.reference.is_none() || same_reference())
    }

    /// What differs from an earlier document of the same identifier, in words. Accounts and identifiers are named
    /// only.
    fn differs(&self, before: &Before<'_>) -> Vec<String> {
        let mut differs = Vec::new();
        if before.account.is_some_and(|account| account != self.account) && !self.may_be_of(before.said) {
            differs.push("account".to_owned());
        }
        if before.kind != self.kind {
            differs.push(format!("kind was {} and is {}", before.kind, self.kind));
            return differs;
        }
        if before.minor != self.minor {
            differs.push(format!("minor was {} and is {}", before.minor, self.minor));
        }
        let Some(said) = before.said else { return differs };
        let mut compare = |name: &str, before: String, now: String| {
            if before != now {
                differs.push(format!("{name} was {before} and is {now}"));
            }
        };
        let paid_to = |it: &Self| it.paid_to.map_or("", party).to_owned();
        compare("paid_to", paid_to(said), paid_to(self));
        compare("the day", said.on.to_string(), self.on.to_string());
        // A document that cannot say a thing does not contradict one that says it.
        let one_is_direct = said.direct || self.direct;
        if !one_is_direct {
            compare("waived", said.waived.to_string(), self.waived.to_string());
            compare("settlement", said.settlement.to_string(), self.settlement.to_string());
        }
        compare("before_demand", said.before_demand.to_string(), self.before_demand.to_string());
        let direction = |it: &Self| it.direction.map_or("", way).to_owned();
        compare("direction", direction(said), direction(self));
        // The earlier document may name its payment in another way: then one name in common is enough.
        let nameless = said.reverses.is_empty() || self.reverses.is_empty();
        if !nameless && !self.reverses.iter().any(|name| said.reverses.contains(name)) {
            differs.push("reverses".to_owned());
        }
        // Parts that are stated now are held against the parts that were booked, if none were stated then. Of a payment
        // that waits nothing is booked.
        let same_parts = match (said.split, self.split) {
            (None, Some(now)) => match before.booked {
                Some(booked) => booked == now,
                None => one_is_direct,
            },
            (Some(_), None) => one_is_direct,
            (before, now) => before == now,
        };
        if !same_parts {
            differs.push("split".to_owned());
        }
        differs
    }
}

/// An earlier document of the same identifier, as the book has it.
#[derive(Clone, Copy)]
struct Before<'a> {
    kind: &'a str,
    /// None if a reversal waits and does not name it.
    account: Option<&'a str>,
    minor: i64,
    /// The parts that were booked; none if it waits.
    booked: Option<Buckets>,
    /// None if the book does not have the document.
    said: Option<&'a Said>,
}

fn party(paid_to: PaidTo) -> &'static str {
    match paid_to {
        PaidTo::Agency => "agency",
        PaidTo::Bank => "bank",
    }
}

fn way(direction: AdjustmentDirection) -> &'static str {
    match direction {
        AdjustmentDirection::Increase => "increase",
        AdjustmentDirection::Decrease => "decrease",
    }
}

impl Draft<'_, '_> {
    /// Whether a document of this identifier came before and said the same: it counts once. If that one waits, it is
    /// tried again. Refuses a document that says something else, unless the earlier one only waits: then this one is
    /// booked if it can be.
    pub(super) fn repeats(&mut self, identifier: &ItemKey, now: Said, line: Option<u64>) -> Booked<bool> {
        let known = self.known;
        let before = match known.transfer(identifier)? {
            Some(have) => Before {
                kind: &have.kind,
                account: Some(&have.account),
                minor: have.buckets.sum()?,
                booked: Some(have.buckets),
                said: have.said.as_ref(),
            },
            None => match known.exception(identifier)? {
                Some(have) => Before {
                    kind: &have.kind,
                    account: have.account.as_deref(),
                    minor: have.minor,
                    booked: None,
                    said: have.said.as_ref(),
                },
                None => {
                    self.changes.said = Some(now);
                    return Ok(false);
                }
            },
        };
        let suspended = known.exception(identifier)?.filter(|have| have.suspended);
        let names_another = !now.direct || now.names_account && before.account != Some(now.account.as_str());
        if let Some(number) = suspended.filter(|_| now.kind == "payment" && names_another).map(|it| it.number)
        {
            let number = number.map_or_else(String::new, |number| format!(" as number {number}"));
            let message = format!(
                "the bank has money of this identifier, and it is in suspense{number}: assign it to the account (`bailiwick decide`)"
            );
            return Err(refuse_at("payment_conflict", "/identifier", message));
        }
        let mut differs = now.differs(&before);
        // It may come again as it was sent, though a person said that it is for another account or payment.
        if let Some(sent) = known.sent.get(identifier.as_str()) {
            let account = Some(sent.account.as_str()).filter(|account| !account.is_empty());
            let as_sent = Before { account, minor: sent.minor, said: Some(sent), ..before };
            if now.differs(&as_sent).is_empty() {
                differs.clear();
            }
        }
        let only_waits = known.exception(identifier)?.filter(|have| before.booked.is_none() && have.waits);
        if let Some(waits) = only_waits {
            // The bank has the money of a direct payment, whatever a document of the other side waits for.
            if now.direct || !differs.is_empty() {
                self.changes.said = Some(now);
                return Ok(false);
            }
            self.changes.again = waits.number;
            if waits.number.is_some() {
                return Ok(true);
            }
        }
        let waives_more = before.said.is_some_and(|said| said.waived != now.waived) && now.waived != 0;
        if !differs.is_empty() {
            let message = format!(
                "the identifier was used before, and this document differs in: {}; give it an identifier of its own, or undo the earlier one",
                differs.join(", ")
            );
            return Err(refuse_at("payment_conflict", "/identifier", message));
        }
        let message = match (before.booked, waives_more) {
            (_, true) => {
                "the payment came before; it counts once. What only this document waives is not booked: the bank has to send an adjustment"
            }
            (Some(_), false) => "the payment was booked before; it counts once",
            (None, false) => "the payment came before, for a person to decide; it counts once",
        };
        self.warn("duplicate_payment", line, message);
        Ok(true)
    }
}
