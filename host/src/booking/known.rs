//! What is known while documents are booked: the accounts and the money that they are about.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_sdk::document::ReferenceKind;
use bailiwick_sdk::value::Day;

use super::changes::{Changes, Earning, Hold, Matter, Promise, Request, Standing};
use super::ledger::Entered;
use super::person::{KnownPerson, PersonKey};
use super::record::Placed;
use super::refused::{Awaited, Booked, invariant};
use super::repeats::Said;
use super::suspense::Suspended;
use super::unbooked::Unbooked;
use crate::case::{Dates, Holds, State};
use crate::money::{Buckets, Earned, Overflow};

/// The next number of each table whose rows others refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Numbers {
    pub(crate) placement: i64,
    pub(crate) person: i64,
    pub(crate) transfer: i64,
    pub(crate) matter: i64,
    pub(crate) promise: i64,
    pub(crate) request: i64,
}

fn next(number: &mut i64) -> i64 {
    let this = *number;
    *number += 1;
    this
}

impl Numbers {
    pub(crate) fn placement(&mut self) -> i64 {
        next(&mut self.placement)
    }

    pub(crate) fn person(&mut self) -> i64 {
        next(&mut self.person)
    }

    pub(crate) fn transfer(&mut self) -> i64 {
        next(&mut self.transfer)
    }

    pub(crate) fn matter(&mut self) -> i64 {
        next(&mut self.matter)
    }

    pub(crate) fn promise(&mut self) -> i64 {
        next(&mut self.promise)
    }

    pub(crate) fn request(&mut self) -> i64 {
        next(&mut self.request)
    }
}

/// A placement of another engagement that has not ended.
#[derive(Debug, Clone)]
pub(crate) struct Elsewhere {
    pub(crate) engagement: String,
    pub(crate) creditor: String,
    pub(crate) agency: String,
    /// Its contract wants all open accounts of a customer with one agency.
    pub(crate) one_agency: bool,
    /// Open placements there of which something has fallen due, so that they may be over by their dates; none if one is
    /// certainly open.
    pub(crate) perhaps: Vec<Open>,
}

/// An open placement of another engagement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    pub(crate) state: State,
    pub(crate) holds: Holds,
    pub(crate) dates: Dates,
    /// The version of the terms that it was placed under.
    pub(crate) terms: i64,
}

impl From<&Placed> for Open {
    fn from(placed: &Placed) -> Self {
        Self { state: placed.state, holds: placed.holds, dates: placed.dates, terms: placed.terms }
    }
}

/// What is known of one account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    /// Its placements in this engagement, by round.
    pub(crate) rounds: Vec<Placed>,
    /// Placements in other engagements that have not ended.
    pub(crate) elsewhere: Vec<Elsewhere>,
    pub(crate) matters: Vec<Matter>,
    /// Promises, the earliest first.
    pub(crate) promises: Vec<Promise>,
    pub(crate) requests: Vec<Request>,
    /// What its placements earned, by the versions of the terms.
    pub(crate) standings: Vec<Standing>,
    /// How the holds of its placements began and ended, in the order in which that came.
    pub(crate) holds: Vec<Hold>,
    /// Ends by statuses of work of placements that never were with a court. They are in no table of their own.
    pub(crate) worked: Vec<Hold>,
}

/// A document of money that is not booked: an exception, or one that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownException {
    /// Its number, of one that is in the book.
    pub(crate) number: Option<i64>,
    /// The kind of the row of the ledger that it would be: payments straight to the bank are payments.
    pub(crate) kind: String,
    pub(crate) account: Option<String>,
    pub(crate) minor: i64,
    /// What matters of its document.
    pub(crate) said: Option<Said>,
    /// It waits for something that comes with a document. Otherwise a person decides it.
    pub(crate) waits: bool,
    /// It is money in suspense, for no account that is known.
    pub(crate) suspended: bool,
    /// It was decided: nobody waits for it.
    pub(crate) decided: bool,
}

/// What the ledger says of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LedgerSums {
    /// Payments that the agency received.
    pub(crate) gross: i64,
    pub(crate) payments: i64,
    /// Reversals of such payments.
    pub(crate) reversed: i64,
}

/// What is known. A name that is not there was not loaded, which is an error of the host: nothing is taken for
/// absent that was never looked for.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) numbers: Numbers,
    /// The placed amounts of the act so far.
    pub(crate) total: i128,
    pub(crate) accounts: HashMap<String, Account>,
    /// Rows of the ledger by identifier.
    pub(crate) transfers: HashMap<String, Option<Entered>>,
    /// The identifiers of these rows, by number.
    pub(crate) identifiers: HashMap<i64, String>,
    /// Accounts of which every payment is among these rows.
    pub(crate) whole: BTreeSet<String>,
    /// Exceptions, and documents of money that wait, by identifier.
    pub(crate) exceptions: HashMap<String, Option<KnownException>>,
    /// Documents as they were sent, by identifier, if a person said for which account or payment they are.
    pub(crate) sent: HashMap<String, Said>,
    /// Money in suspense that a reversal may undo, by its number.
    pub(crate) suspended: BTreeMap<i64, Suspended>,
    /// Payments by the text of their references: what the reference names, the row of the ledger.
    pub(crate) references: HashMap<String, Vec<(ReferenceKind, i64)>>,
    /// Payments that are not booked, by the text of their references.
    pub(crate) unbooked: HashMap<String, Vec<Unbooked>>,
    /// Persons of the engagement's creditor.
    pub(crate) persons: HashMap<PersonKey, KnownPerson>,
    /// Sums of the ledger by first and last day.
    pub(crate) sums: BTreeMap<(Day, Day), LedgerSums>,
}

pub(super) fn not_loaded<T>(what: &str) -> Booked<T> {
    Err(invariant(format!("{what} of the document was not loaded")))
}

impl Known {
    pub(crate) fn account(&self, account: &str) -> Booked<&Account> {
        self.accounts.get(account).map_or_else(|| not_loaded("the account"), Ok)
    }

    /// The row of the ledger that an identifier names.
    pub(crate) fn transfer(&self, identifier: &str) -> Booked<Option<&Entered>> {
        self.transfers.get(identifier).map_or_else(|| not_loaded("an identifier"), |found| Ok(found.as_ref()))
    }

    /// The payments of a placement of an account, in the order in which they were booked.
    pub(crate) fn payments(&self, account: &str, placement: i64) -> Booked<Vec<&Entered>> {
        if !self.whole.contains(account) {
            return not_loaded("every payment");
        }
        let rows = self.transfers.values().flatten();
        let mut payments: Vec<&Entered> =
            rows.filter(|it| it.placement == placement && it.kind == "payment").collect();
        payments.sort_by_key(|it| it.id);
        Ok(payments)
    }

    /// The exception that an identifier names, or the document of money that waits.
    pub(crate) fn exception(&self, identifier: &str) -> Booked<Option<&KnownException>> {
        self.exceptions
            .get(identifier)
            .map_or_else(|| not_loaded("an identifier"), |found| Ok(found.as_ref()))
    }

    /// The payments of which a reference has this text.
    pub(crate) fn references(&self, value: &str) -> Booked<&[(ReferenceKind, i64)]> {
        self.references.get(value).map_or_else(|| not_loaded("a reference"), |found| Ok(found.as_slice()))
    }

    /// The row of the ledger of a number, of those with an identifier.
    pub(crate) fn by_number(&self, id: i64) -> Option<&Entered> {
        self.transfers.get(self.identifiers.get(&id)?)?.as_ref()
    }

    /// Whether a payment is for an account, by the book or as its sender named it before a person said otherwise.
    pub(crate) fn is_for(&self, payment: &Entered, account: &str) -> bool {
        let sent = || self.sent.get(self.identifiers.get(&payment.id)?);
        payment.account == account || sent().is_some_and(|sent| sent.is_for(account))
    }

    pub(crate) fn person(&self, key: &PersonKey) -> Booked<&KnownPerson> {
        self.persons.get(key).map_or_else(|| not_loaded("the person"), Ok)
    }

    pub(crate) fn sums(&self, from: Day, to: Day) -> Booked<LedgerSums> {
        self.sums.get(&(from, to)).map_or_else(|| not_loaded("the period"), |found| Ok(*found))
    }

    /// Takes note of what a document changed, for the documents after it.
    pub(crate) fn apply(&mut self, changes: &Changes<'_>) -> Booked {
        self.numbers = changes.numbers;
        if let Some(entrusted) = &changes.entrusted {
            let placed = &entrusted.placed;
            self.total += i128::from(placed.placed);
            let person = &entrusted.person;
            self.persons.entry(person.key.clone()).or_default().id = Some(person.id);
            self.accounts.entry(placed.account.clone()).or_default().rounds.push(placed.clone());
        }
        for placed in &changes.placed {
            let account = self.accounts.entry(placed.account.clone()).or_default();
            match account.rounds.iter_mut().find(|have| have.id == placed.id) {
                Some(have) => *have = placed.clone(),
                None => return Err(invariant(format!("placement {} changed unseen", placed.id))),
            }
        }
        self.apply_money(changes)?;
        for matter in &changes.matters {
            replace(&mut self.owner(changes, matter.placement)?.matters, matter, |it| it.id);
        }
        for promise in &changes.promises {
            let promises = &mut self.owner(changes, promise.placement)?.promises;
            let place = (promise.due_on, promise.id);
            let at = promises.partition_point(|it| (it.due_on, it.id) < place);
            match promises.get_mut(at).filter(|have| have.id == promise.id) {
                Some(have) => *have = promise.clone(),
                None => promises.insert(at, promise.clone()),
            }
        }
        for request in &changes.requests {
            replace(&mut self.owner(changes, request.placement)?.requests, request, |it| it.id);
        }
        for standing in &changes.standings {
            let standings = &mut self.owner(changes, standing.placement)?.standings;
            replace(standings, standing, |it| (it.placement, it.terms));
        }
        for hold in &changes.holds {
            self.owner(changes, hold.placement)?.holds.push(*hold);
        }
        for hold in &changes.worked {
            self.owner(changes, hold.placement)?.worked.push(*hold);
        }
        Ok(())
    }

    fn apply_money(&mut self, changes: &Changes<'_>) -> Booked {
        for row in &changes.transfers {
            if let Some(undone) = row.reverses {
                let payment = self.identifiers.get(&undone).and_then(|name| self.transfers.get_mut(name));
                let Some(payment) = payment.and_then(Option::as_mut) else { return not_loaded("a payment") };
                payment.undone = payment.undone.plus(&row.buckets)?;
            }
            let Some(identifier) = &row.identifier else { continue };
            let earning = changes.earnings.iter().find(|it| it.payment == row.id).cloned();
            let commission = commission_of(changes, row.id, earning.as_ref())?;
            let entered = Entered {
                id: row.id,
                placement: row.placement,
                account: self.account_of(changes, row.placement)?.to_owned(),
                kind: row.kind.into(),
                on: row.on,
                debit: row.debit.clone(),
                credit: row.credit.clone(),
                buckets: row.buckets,
                undone: Buckets::default(),
                earning,
                commission,
                by: changes.by,
                said: changes.said.clone(),
            };
            self.enter(identifier.clone(), entered);
        }
        for earning in changes.earnings.iter().filter(|it| it.nth > 0) {
            let payment =
                self.identifiers.get(&earning.payment).and_then(|name| self.transfers.get_mut(name));
            let Some(payment) = payment.and_then(Option::as_mut) else { return not_loaded("a payment") };
            payment.commission += commission_of(changes, payment.id, Some(earning))?;
            let before = payment.earning.as_ref().map_or(0, |it| it.earned.0);
            let earned = Earned(before + earning.earned.0);
            payment.earning = Some(Earning { earned, ..earning.clone() });
        }
        for exception in &changes.exceptions {
            let known = KnownException {
                number: None,
                kind: exception.kind.to_owned(),
                account: exception.account.clone(),
                minor: exception.minor,
                said: changes.said.clone(),
                waits: false,
                suspended: false,
                decided: false,
            };
            self.exceptions.insert(exception.identifier.clone(), Some(known));
        }
        self.apply_suspense(changes);
        self.apply_unbooked(changes);
        for (kind, value, payment) in &changes.references {
            // What was not looked for is not needed.
            if let Some(rows) = self.references.get_mut(value) {
                rows.push((*kind, *payment));
            }
        }
        Ok(())
    }

    /// Money that goes to suspense is numbered when the book keeps it.
    fn apply_suspense(&mut self, changes: &Changes<'_>) {
        if let Some(money) = &changes.suspended {
            let known = KnownException {
                number: None,
                kind: money.kept.ledger_kind().to_owned(),
                account: money.kept.account.clone(),
                minor: money.minor,
                said: changes.said.clone(),
                waits: false,
                suspended: true,
                decided: false,
            };
            self.exceptions.insert(money.identifier.clone(), Some(known));
        }
        let Some(undone) = &changes.undone else { return };
        self.suspended.remove(&undone.money.number);
        if let Some(Some(money)) = self.exceptions.get_mut(&undone.money.identifier) {
            (money.suspended, money.decided) = (false, true);
        }
        let Some(identifier) = &undone.kept.identifier else { return };
        let known = KnownException {
            number: None,
            kind: undone.kept.ledger_kind().to_owned(),
            account: undone.kept.account.clone(),
            minor: undone.money.minor,
            said: changes.said.clone(),
            waits: false,
            suspended: false,
            decided: true,
        };
        self.exceptions.insert(identifier.clone(), Some(known));
    }

    /// What a document brought that others may wait for. `before` are the numbers before it: a matter or request that was
    /// there before is nothing new.
    pub(crate) fn arrived(&self, changes: &Changes<'_>, before: Numbers) -> Booked<Vec<Awaited>> {
        let mut arrived = Vec::new();
        arrived.extend(changes.entrusted.iter().map(|it| Awaited::Account(it.placed.account.clone())));
        let payments = changes.transfers.iter().filter(|row| row.kind == "payment");
        arrived.extend(payments.filter_map(|row| row.identifier.clone()).map(Awaited::Identifier));
        let references = changes.references.iter();
        arrived.extend(references.map(|(kind, value, _)| Awaited::Reference(*kind, value.clone())));
        if let Some(money) = &changes.suspended {
            arrived.push(Awaited::Identifier(money.identifier.clone()));
            let references = money.references.iter().cloned();
            arrived.extend(references.map(|(kind, value)| Awaited::Reference(kind, value)));
        }
        let matters = changes.matters.iter().filter(|it| it.id >= before.matter);
        let matters = matters.map(|it| (it.placement, &it.identifier));
        let requests = changes.requests.iter().filter(|it| it.id >= before.request);
        let requests = requests.map(|it| (it.placement, &it.identifier));
        for (placement, identifier) in matters.chain(requests) {
            let account = self.account_of(changes, placement)?.to_owned();
            arrived.push(Awaited::Matter { account, identifier: identifier.clone() });
        }
        Ok(arrived)
    }

    /// Takes an exception for absent, because it is the one that is booked.
    pub(crate) fn forget_exception(&mut self, number: i64) {
        for known in self.exceptions.values_mut() {
            if known.as_ref().is_some_and(|it| it.number == Some(number)) {
                *known = None;
            }
        }
    }

    /// The account whose placement it is.
    fn owner(&mut self, changes: &Changes<'_>, placement: i64) -> Booked<&mut Account> {
        let name = self.account_of(changes, placement)?.to_owned();
        self.accounts.get_mut(&name).map_or_else(|| not_loaded("the placement"), Ok)
    }

    /// The name of that account. Mostly the document that changed something changed the placement as well.
    fn account_of<'a>(&'a self, changes: &'a Changes<'_>, placement: i64) -> Booked<&'a str> {
        let begun = changes.entrusted.iter().map(|it| &it.placed);
        let mut near = begun.chain(&changes.placed);
        let mut rounds = self.accounts.values().flat_map(|account| &account.rounds);
        let owner = near.find(|it| it.id == placement).or_else(|| rounds.find(|it| it.id == placement));
        owner.map_or_else(|| not_loaded("the placement"), |it| Ok(it.account.as_str()))
    }

    /// Knows a row of the ledger by its identifier.
    pub(crate) fn enter(&mut self, identifier: String, row: Entered) {
        self.identifiers.insert(row.id, identifier.clone());
        self.transfers.insert(identifier, Some(row));
    }

    /// Forgets everything but the numbers and the sum of the act.
    pub(crate) fn forget(&mut self) {
        *self = Self { numbers: self.numbers, total: self.total, ..Self::default() };
    }
}

/// The commission that changes book for a row under the terms by which it earns.
fn commission_of(changes: &Changes<'_>, row: i64, earning: Option<&Earning>) -> Booked<i64> {
    let terms = earning.map(|it| it.terms);
    let fees = changes.transfers.iter();
    let fees = fees.filter(|it| it.kind == "commission" && it.cause == Some(row) && it.terms == terms);
    let signed = fees.map(|it| it.buckets.sum().map(|sum| if it.credit == it.kind { sum } else { -sum }));
    Ok(signed.sum::<Result<i64, Overflow>>()?)
}

/// Puts a row in the place of the one with its number, or at the end.
fn replace<T: Clone, N: PartialEq>(rows: &mut Vec<T>, row: &T, id: impl Fn(&T) -> N) {
    match rows.iter_mut().find(|have| id(have) == id(row)) {
        Some(have) => *have = row.clone(),
        None => rows.push(row.clone()),
    }
}

impl Account {
    /// The latest placement.
    pub(crate) fn latest(&self) -> Option<&Placed> {
        self.rounds.last()
    }

    /// The placement that a day belongs to: of several rounds the latest that had begun, else the first. So a later
    /// round takes nothing from an earlier one.
    pub(crate) fn on(&self, day: Day) -> Option<&Placed> {
        let begun = |placed: &&Placed| placed.dates.placed_on.is_some_and(|begun| begun <= day);
        self.rounds.iter().rev().find(begun).or_else(|| self.rounds.first())
    }

    /// The placement of a number.
    pub(crate) fn by_id(&self, id: i64) -> Option<&Placed> {
        self.rounds.iter().find(|placed| placed.id == id)
    }
}
