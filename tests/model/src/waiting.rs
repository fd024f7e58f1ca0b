//! Documents that wait until something they name is there. At the end of an act they are booked, the first that came
//! first.

use std::collections::BTreeSet;

use crate::contract::Contract;
use crate::round::Refusal;
use crate::said::{Pay, Said};
use crate::story::{Fact, Story};

/// A thing that documents wait for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Awaited {
    /// The account, until it is placed.
    Account,
    /// The payment of an identifier.
    Payment(String),
}

/// The documents of an account that wait.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// Each with the thing that it waits for, in the order of coming; none: it was booked.
    all: Vec<Option<(Fact, Awaited)>>,
    /// The things that have come since the end of the last act, or in the last round.
    come: BTreeSet<Awaited>,
}

/// The thing that a statement waits for, if it was refused for the want of it.
fn awaited(said: &Said, why: Refusal) -> Option<Awaited> {
    match (why, said) {
        ("waits_for_account", _) => Some(Awaited::Account),
        ("waits_for_payment", Said::Undo(it)) => Some(Awaited::Payment(it.of.clone())),
        _ => None,
    }
}

impl Waiting {
    /// A statement was refused. If it is for the want of something, it waits.
    pub fn refused(&mut self, fact: &Fact, why: Refusal) {
        self.all.extend(awaited(&fact.said, why).map(|it| Some((fact.clone(), it))));
    }

    /// Money in suspense waits for its account.
    pub fn suspended(&mut self, fact: &Fact) {
        self.all.push(Some((fact.clone(), Awaited::Account)));
    }

    /// The document of an identifier waits no more.
    pub fn forget(&mut self, identifier: &str) {
        for waits in &mut self.all {
            if waits.as_ref().is_some_and(|(fact, _)| fact.said.identifier() == Some(identifier)) {
                *waits = None;
            }
        }
    }

    /// Something has come.
    pub fn come(&mut self, it: Awaited) {
        self.come.insert(it);
    }

    /// Whether a document of an identifier waits.
    pub fn has(&self, identifier: &str) -> bool {
        self.all.iter().flatten().any(|(fact, _)| fact.said.identifier() == Some(identifier))
    }

    /// Whether the statement of a place among all of the home waits.
    pub fn holds(&self, at: u64) -> bool {
        self.all.iter().flatten().any(|(fact, _)| fact.at == at)
    }

    /// How many documents wait.
    pub fn count(&self) -> usize {
        self.all.iter().flatten().count()
    }
}

impl Story {
    /// At the end of an act of a day: books the documents for which something has come, in rounds. What a round brings
    /// lets others go on in the next.
    pub fn revive(&mut self, contract: &Contract, today: i32) {
        loop {
            let come = std::mem::take(&mut self.waiting.come);
            let waits = self.waiting.all.iter().enumerate();
            let round: Vec<usize> =
                waits.filter_map(|(at, it)| come.contains(&it.as_ref()?.1).then_some(at)).collect();
            if round.is_empty() {
                return;
            }
            for at in round {
                self.try_again(contract, at, today);
            }
        }
    }

    /// Books money in suspense for its account. Money that came too late stays until somebody decides.
    fn clear(&mut self, contract: &Contract, it: &Pay, fact: &Fact) -> Result<(), Refusal> {
        let exceptions = self.exceptions.len();
        self.receive(contract, it, fact)?;
        let is_late = self.exceptions.len() > exceptions;
        if let Some(money) = self.suspended(&it.identifier) {
            money.inside = is_late;
        }
        Ok(())
    }

    fn try_again(&mut self, contract: &Contract, at: usize, today: i32) {
        let Some((fact, _)) = self.waiting.all[at].clone() else { return };
        let fact = Fact { today, ..fact };
        let taken = match &fact.said {
            Said::Pay(it) if self.suspended(&it.identifier).is_some() => self.clear(contract, it, &fact),
            _ => self.take(contract, &fact),
        };
        match taken {
            Ok(()) => self.waiting.all[at] = None,
            // What it waits for now, if it is something else; otherwise it waits for the same to come again.
            Err(why) => {
                if let (Some((_, before)), Some(now)) = (&mut self.waiting.all[at], awaited(&fact.said, why))
                {
                    *before = now;
                }
            }
        }
        self.catch_up(contract, today);
    }
}
