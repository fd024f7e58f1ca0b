//! Erasing a person: the keys of what was sealed go, the log stays whole.
//!
//! A person is a row of the book, with accounts in any engagement of the creditor. The vault knows accounts and the
//! keys that their bytes are sealed under; an account is sealed under the key of the person that it was first met
//! with. So the book says which accounts go, and the vault which keys.

use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, BTreeSet};

use bailiwick_sdk::value::Day;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::Host;
use crate::audit::{Entry, KeptPerson, Vault};
use crate::book::{Book, PersonAccount, Standing};
use crate::engagement::{Engagement, Retention};
use crate::error::{Error, Result};

/// A person that was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// The engagement.
    pub engagement: String,
    /// Accounts that were the person's, in all engagements of the creditor.
    pub accounts: u64,
    /// The rule by which it was due.
    pub rule: String,
}

/// Somebody of whom nothing needs to be kept any longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// One of the person's accounts.
    pub account: String,
    /// The day since when.
    pub since: Day,
}

/// Whether something must still be kept of persons.
enum Retained {
    /// Nothing since a day.
    Due(Day),
    /// Until a day, by a rule.
    Until(Day, String),
    /// Something goes on.
    GoesOn(&'static str),
    /// An engagement does not say how long.
    NoRule(String),
}

/// The rules of engagements, each read once.
struct Rules<'h> {
    host: &'h Host,
    read: BTreeMap<String, Option<Retention>>,
}

/// A key to be destroyed.
struct Key {
    engagement: String,
    kept: KeptPerson,
    /// Accounts of the persons that are sealed under it.
    accounts: BTreeSet<String>,
}

fn refused(code: &str, message: String) -> Error {
    Error::Refused { code: code.to_owned(), message }
}

fn no_rule(engagement: &str) -> Error {
    let message = format!(
        "{engagement} does not say how long records must be kept; add [retention] with days and source to its file"
    );
    refused("no_retention_rule", message)
}

impl<'h> Rules<'h> {
    /// With the rule of one engagement, which must have one.
    fn of(host: &'h Host, engagement: &Engagement) -> Result<Self> {
        let rule = engagement.retention.clone().ok_or_else(|| no_rule(&engagement.name))?;
        Ok(Self { host, read: BTreeMap::from([(engagement.name.clone(), Some(rule))]) })
    }

    /// The rule of an engagement; none if its file has none, or is gone.
    fn get(&mut self, engagement: &str) -> Result<Option<&Retention>> {
        let rule = match self.read.entry(engagement.to_owned()) {
            Place::Occupied(rule) => rule.into_mut(),
            Place::Vacant(place) => match self.host.engagement(engagement) {
                Ok(engagement) => place.insert(engagement.retention),
                Err(Error::NoEngagement { .. }) => place.insert(None),
                Err(error) => return Err(error),
            },
        };
        Ok(rule.as_ref())
    }

    /// Whether something must still be kept, for all that the persons stand in.
    fn retained(&mut self, standings: &[Standing], today: Day) -> Result<Retained> {
        let any = |it: fn(&Standing) -> bool| standings.iter().any(it);
        if any(|it| it.held) {
            return Ok(Retained::GoesOn("an account of the person is held"));
        }
        if any(|it| it.disputed) {
            return Ok(Retained::GoesOn("a dispute or complaint of the person is open"));
        }
        if any(|it| it.open) {
            return Ok(Retained::GoesOn("an account of the person is still placed"));
        }
        let mut last: Option<(Day, String)> = None;
        for standing in standings {
            let Some(rule) = self.get(&standing.engagement)? else {
                return Ok(Retained::NoRule(standing.engagement.clone()));
            };
            let days = i64::from(rule.days).days();
            let due = standing.last_on.date().checked_add(days);
            let due = Day::from(due.map_err(|error| Error::Invariant(error.to_string()))?);
            if last.as_ref().is_none_or(|(last, _)| *last < due) {
                last = Some((due, rule.source.clone()));
            }
        }
        match last {
            Some((due, _)) if due <= today => Ok(Retained::Due(due)),
            Some((due, source)) => Ok(Retained::Until(due, source)),
            None => Err(Error::Invariant("a person has no account".to_owned())),
        }
    }

    fn refuse_unless_due(&mut self, book: &Book, persons: &[i64], today: Day) -> Result<()> {
        match self.retained(&all_standings(book, persons)?, today)? {
            Retained::Due(_) => Ok(()),
            Retained::Until(due, source) => {
                Err(refused("retention", format!("records must be kept until {due}, by {source}")))
            }
            Retained::GoesOn(why) => Err(refused("retention", why.to_owned())),
            Retained::NoRule(engagement) => Err(no_rule(&engagement)),
        }
    }
}

impl Host {
    /// Shows `each` everybody of an engagement of whom nothing needs to be kept any longer, in any engagement of the
    /// creditor.
    ///
    /// # Errors
    /// [`Error::Refused`] if the engagement has no `[retention]`; [`Error::Book`].
    pub(super) fn due_for_erasure(
        &self,
        engagement: &str,
        at: Timestamp,
        mut each: impl FnMut(Due),
    ) -> Result<()> {
        let engagement = self.engagement(engagement)?;
        let mut rules = Rules::of(self, &engagement)?;
        let today = today(&engagement, at);
        let book = self.book()?;
        book.standings_in(&engagement.name, |standing| {
            // Few are due; only of them the rest is asked for.
            if !matches!(rules.retained(std::slice::from_ref(&standing), today)?, Retained::Due(_)) {
                return Ok(());
            }
            let persons = persons_of(&book, &engagement.name, &standing.account)?;
            if let Retained::Due(since) = rules.retained(&all_standings(&book, &persons)?, today)? {
                each(Due { account: standing.account, since });
            }
            Ok(())
        })
    }

    /// Erases the person of an account, with all accounts that are theirs in the engagements of the creditor: what was
    /// sealed of plugin calls about them can never be read again. The log still verifies; a replay says what
    /// is gone. The book and the files of the outbox are not touched.
    ///
    /// # Errors
    /// [`Error::Refused`] while records must be kept, and says until when or why; [`Error::NoAccount`].
    pub(super) fn erase(&self, engagement: &str, account: &str, at: Timestamp) -> Result<Erasure> {
        let engagement = self.engagement(engagement)?;
        let mut rules = Rules::of(self, &engagement)?;
        let mut writing = self.write()?;
        let mut persons = persons_of(&writing.book, &engagement.name, account)?;
        if persons.is_empty() {
            let account = account.to_owned();
            return Err(Error::NoAccount { engagement: engagement.name, account });
        }
        let today = today(&engagement, at);
        rules.refuse_unless_due(&writing.book, &persons, today)?;
        let vault = self.open_vault()?;
        let keys = keys_of(&writing.book, &vault, &mut persons)?;
        // With whoever shares a key.
        rules.refuse_unless_due(&writing.book, &persons, today)?;
        if keys.is_empty() {
            let message = "nothing is kept of the person, or it was erased before".to_owned();
            return Err(refused("nothing_kept", message));
        }
        let rule_of = |rules: &mut Rules<'_>, engagement: &str| -> Result<String> {
            let rule = rules.get(engagement)?.ok_or_else(|| no_rule(engagement))?;
            Ok(format!("{} days, {}", rule.days, rule.source))
        };
        let rule = rule_of(&mut rules, &engagement.name)?;
        let accounts: u64 = keys.iter().map(|key| key.kept.accounts).sum();
        for (at, Key { engagement, kept, .. }) in keys.into_iter().enumerate() {
            if at > 0 {
                // No more than one thing that was done lies beyond the signed head.
                writing.conclude()?;
            }
            let rule = rule_of(&mut rules, &engagement)?;
            let (person, accounts) = (kept.person.clone(), kept.accounts);
            writing.audit.append(&Entry::Erased { engagement, person, accounts, rule })?;
            writing.audit.commit()?;
            vault.persons()?.erase(&kept.person)?;
        }
        // The keys are gone, whatever becomes of the head; why is traced.
        let _ = writing.conclude_done();
        Ok(Erasure { engagement: engagement.name, accounts, rule })
    }
}

fn today(engagement: &Engagement, at: Timestamp) -> Day {
    engagement.zone.time_zone().to_datetime(at).date().into()
}

fn all_standings(book: &Book, persons: &[i64]) -> Result<Vec<Standing>> {
    let mut all = Vec::new();
    for person in persons {
        all.extend(book.standings(*person)?);
    }
    Ok(all)
}

/// The persons whose an account was in its rounds, and those of their other accounts: a customer may be named late.
fn persons_of(book: &Book, engagement: &str, account: &str) -> Result<Vec<i64>> {
    let mut persons = book.persons_of(engagement, account)?;
    with_their_rounds(book, &mut persons, 0, |_, _| Ok(()))?;
    Ok(persons)
}

/// Shows `each` the accounts of persons from one of them on, and adds whoever such an account was of in another round.
fn with_their_rounds(
    book: &Book,
    persons: &mut Vec<i64>,
    from: usize,
    mut each: impl FnMut(String, String) -> Result<()>,
) -> Result<()> {
    let mut at = from;
    while let Some(person) = persons.get(at).copied() {
        at += 1;
        for PersonAccount { engagement, account, .. } in book.accounts_of(person)? {
            for other in book.persons_of(&engagement, &account)? {
                if !persons.contains(&other) {
                    persons.push(other);
                }
            }
            each(engagement, account)?;
        }
    }
    Ok(())
}

/// The keys that the accounts of persons are sealed under. Bytes of others may be sealed under one of them: where a
/// file that was refused named another customer for an account, and where an older release took the key of an account
/// for a customer's. Such others are added to the persons: a key goes only if nothing under it must be kept.
fn keys_of(book: &Book, vault: &Vault, persons: &mut Vec<i64>) -> Result<Vec<Key>> {
    let mut keys: Vec<Key> = Vec::new();
    let mut seen = 0;
    while seen < persons.len() {
        with_their_rounds(book, persons, seen, |engagement, account| {
            let kept = vault.persons()?.person(&engagement, &account)?;
            let Some(kept) = kept.filter(|kept| kept.readable) else { return Ok(()) };
            match keys.iter_mut().find(|key| key.kept.person == kept.person) {
                Some(key) => {
                    key.accounts.insert(account);
                }
                None => keys.push(Key { engagement, kept, accounts: BTreeSet::from([account]) }),
            }
            Ok(())
        })?;
        seen = persons.len();
        let others = sharers(book, vault, &keys, persons)?;
        persons.extend(others);
    }
    Ok(keys)
}

/// Other persons whose accounts are sealed under one of the keys.
fn sharers(book: &Book, vault: &Vault, keys: &[Key], persons: &[i64]) -> Result<BTreeSet<i64>> {
    let mut others = BTreeSet::new();
    // Where every account under a key is known, there is nobody to look for.
    let shared = keys.iter().filter(|key| key.kept.accounts > key.accounts.len() as u64);
    let engagements: BTreeSet<&str> = shared.map(|key| key.engagement.as_str()).collect();
    for engagement in engagements {
        book.accounts_in(engagement, |it| {
            if !persons.contains(&it.person) {
                let kept = vault.persons()?.person(&it.engagement, &it.account)?;
                if kept.is_some_and(|kept| keys.iter().any(|key| key.kept.person == kept.person)) {
                    others.insert(it.person);
                }
            }
            Ok(())
        })?;
    }
    Ok(others)
}
