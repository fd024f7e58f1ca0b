//! What is known while documents are booked: the accounts and the money that they are about.

use std::collections::{BTreeMap, HashMap};

use bailiwick_sdk::value::Day;

use super::changes::{Changes, Matter, Promise, Request, Standing};
use super::ledger::Entered;
use super::person::{KnownPerson, PersonKey};
use super::record::Placed;
use super::refused::{Booked, invariant};
use super::repeats::Said;
use crate::case::{Dates, Holds, State};
use crate::money::Buckets;

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
}

/// A payment that waits for a decision, or that was decided.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) account: String,
    pub(crate) minor: i64,
    /// What matters of its document.
    pub(crate) said: Option<Said>,
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
    /// Exceptions by identifier.
    pub(crate) exceptions: HashMap<String, Option<Waiting>>,
    /// Persons of the engagement's creditor.
    pub(crate) persons: HashMap<PersonKey, KnownPerson>,
    /// Sums of the ledger by first and last day.
    pub(crate) sums: BTreeMap<(Day, Day), LedgerSums>,
}

fn not_loaded<T>(what: &str) -> Booked<T> {
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

    /// The exception that an identifier names.
    pub(crate) fn exception(&self, identifier: &str) -> Booked<Option<&Waiting>> {
        self.exceptions
            .get(identifier)
            .map_or_else(|| not_loaded("an identifier"), |found| Ok(found.as_ref()))
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
            let terms = earning.as_ref().map(|it| it.terms);
            let fees = changes
                .transfers
                .iter()
                .filter(|it| it.kind == "commission" && it.cause == Some(row.id) && it.terms == terms);
            let commission =
                fees.map(|it| it.buckets.sum().map(|sum| if it.credit == it.kind { sum } else { -sum }));
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
                commission: commission.sum::<Result<i64, _>>()?,
                by: changes.by,
                said: changes.said.clone(),
            };
            self.enter(identifier.clone(), entered);
        }
        for exception in &changes.exceptions {
            let (account, minor) = (exception.account.clone(), exception.minor);
            let known = Waiting { account, minor, said: changes.said.clone() };
            self.exceptions.insert(exception.identifier.clone(), Some(known));
        }
        Ok(())
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
