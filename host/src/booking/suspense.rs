//! Money that reached the bank and that no account is known for. The bank has it, so it is booked at once: to the ledger
//! account `suspense`, where it earns nothing. It leaves when its account is placed, when a person assigns or returns
//! it, or when the bank reports its return.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{DirectPayment, Item, PaidTo, ReferenceKind, Reversal};
use bailiwick_sdk::value::{Day, ItemKey};

use super::draft::{Draft, line_of};
use super::payments::stated;
use super::references::{Named, references_of, references_of_reversal};
use super::refused::{Awaited, Booked, Refused, Waits};
use super::repeats::Said;
use super::waiting::Kept;
use super::windows::Dated;

/// The code of money in suspense, until it is booked for an account.
pub(crate) const UNIDENTIFIED_MONEY: &str = "unidentified_money";

/// Money that goes to suspense. The book numbers it when it keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unidentified {
    pub(crate) kept: Kept,
    pub(crate) identifier: String,
    pub(crate) minor: i64,
    pub(crate) on: Day,
    pub(crate) line: Option<u64>,
    /// Why no account is known for it, and what lets it go on; nothing does if it names neither account nor reference.
    pub(crate) waits: Waits,
    pub(crate) references: Vec<Named>,
}

/// Money in suspense, or returned by decision, that a reversal may undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suspended {
    /// Its number among the exceptions.
    pub(crate) number: i64,
    pub(crate) identifier: String,
    /// The account or reference that it names.
    pub(crate) account: Option<String>,
    pub(crate) minor: i64,
    pub(crate) on: Day,
    pub(crate) references: Vec<Named>,
    /// It has left suspense: a person decided that it goes back.
    pub(crate) returned: bool,
}

/// A reversal that undoes money in suspense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undone {
    /// What is kept of the reversal.
    pub(crate) kept: Kept,
    pub(crate) on: Day,
    pub(crate) line: Option<u64>,
    pub(crate) document: Vec<u8>,
    /// The money that it undoes.
    pub(crate) money: Suspended,
}

impl Draft<'_, '_> {
    /// Takes money that is for no account of the engagement.
    pub(super) fn suspend(&mut self, it: DirectPayment) -> Booked {
        let (line, minor, on) = (it.line, it.minor.get(), it.booked_on);
        if self.repeats(&it.identifier, Said::of_direct(&it)?, line)? {
            return Ok(());
        }
        self.within(Dated::Money, ("/booked_on", on), None, line)?;
        stated(&it.split, minor)?;
        let awaited = |account: &str| vec![Awaited::Account(account.to_owned())];
        let (pointer, why, awaited) = match (&it.account, &it.reference) {
            (Some(account), _) => {
                ("/account", "the account was never placed in this engagement", awaited(account.as_str()))
            }
            (None, Some(reference)) => {
                ("/reference", "the reference is no account of this engagement", awaited(reference.as_str()))
            }
            (None, None) => {
                ("/identifier", "the payment names neither an account nor a reference", Vec::new())
            }
        };
        let until = if awaited.is_empty() { "" } else { "that account is placed or " };
        let message = format!(
            "{why}; the money is in suspense until {until}somebody assigns or returns it (`bailiwick exceptions`)"
        );
        let refused = Refused { code: UNIDENTIFIED_MONEY.into(), message, pointer: Some(pointer) };
        let item = Item::from(it);
        let kept = Kept::of(&item);
        self.changes.counted = Some(("suspense", Some(minor)));
        self.changes.suspended = Some(Unidentified {
            identifier: kept.identifier.clone().unwrap_or_default(),
            kept,
            minor,
            on,
            line,
            waits: Waits { refused, awaited },
            references: references_of(&item),
        });
        Ok(())
    }

    /// The money in suspense that a reversal of the bank undoes: all of it, by its identifier or by the most exact reference
    /// that only one has. References of kinds after `least` do not count.
    pub(super) fn suspended(&self, it: &Reversal, least: ReferenceKind) -> Option<&Suspended> {
        if self.setting.side != Side::Bank || it.paid_to == Some(PaidTo::Agency) {
            return None;
        }
        let all = || self.known.suspended.values();
        let whole = |money: &Suspended| money.minor == it.minor.get();
        let is = |money: &Suspended, name: Option<&ItemKey>| {
            name.is_some_and(|it| it.as_str() == money.identifier)
        };
        if let Some(named) = all().find(|money| is(money, it.reverses.as_ref())) {
            return whole(named).then_some(named);
        }
        let account = it.account.as_ref();
        let is_its = |money: &Suspended| {
            account.is_none_or(|account| money.account.as_deref().is_none_or(|have| have == account.as_str()))
        };
        let references = references_of_reversal(it);
        let has = |money: &Suspended, kind| {
            money.references.iter().any(|have| have.0 == kind && references.contains(have))
        };
        let fits = |money: &&Suspended| whole(money) && money.on <= it.reversed_on && is_its(money);
        let fitting: Vec<&Suspended> = all().filter(fits).collect();
        let (mut left, mut shared) = (fitting.clone(), false);
        for kind in ReferenceKind::ALL {
            if kind > least && !shared {
                break;
            }
            let with: Vec<&Suspended> = left.iter().copied().filter(|money| has(money, kind)).collect();
            if !with.is_empty() {
                (left, shared) = (with, true);
            }
        }
        match left.as_slice() {
            [money] if shared => Some(*money),
            _ if shared => None,
            _ => fitting.into_iter().find(|money| is(money, it.reference.as_ref())),
        }
    }

    /// The bank reports that money in suspense went back. No account is touched, so the agency does not receive it.
    pub(super) fn undo_suspended(&mut self, it: Reversal, money: Suspended) -> Booked {
        let (on, line, minor) = (it.reversed_on, it.line, it.minor.get());
        self.within(Dated::Reversed { payment: Some(money.on) }, ("/reversed_on", on), None, line)?;
        let item = Item::from(it);
        let (kept, document) = (Kept::of(&item), line_of(&item));
        self.changes.undone = Some(Undone { kept, on, line, document, money });
        self.changes.counted = Some(("reversal", Some(minor)));
        Ok(())
    }
}
