//! Erasing a person: the keys of the person's sealed bytes are destroyed, and the log stays whole.
//!
//! A person is a row of the book, with accounts in any engagement of the creditor. The vault knows accounts and the
//! keys that their bytes are sealed under; an account is sealed under the key of the person whom the first document
//! named for it. So the book gives the accounts of a person, and the vault the keys of these accounts. Refused
//! records are not in the book, but they are sealed: accounts and customers are looked up in the vault under every
//! engagement of the creditor.

use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, BTreeSet};

use bailiwick_sdk::value::Day;
use jiff::Timestamp;
use serde::Serialize;

use super::Host;
use crate::audit::{Entry, KeptPerson, Vault};
use crate::book::{Book, PersonAccount, Rows, Standing};
use crate::case::days_after;
use crate::engagement::{Engagement, Retention};
use crate::error::{Error, Result};

/// A person that was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Erasure {
    /// The engagement.
    pub engagement: String,
    /// Accounts that were the person's, in all engagements of the creditor.
    pub accounts: u64,
    /// The retention rule that allowed it.
    pub rule: String,
}

/// A person whose records need not be kept any longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Due {
    /// One of the person's accounts.
    pub account: String,
    /// The first day on which that holds.
    pub since: Day,
}

/// The persons of an engagement whose records need not be kept any longer, in the order in which the book met them.
/// Reading can stop at any of them. After an error it has ended. All are of one moment of the book; [`Rows`] says
/// what a list holds that is not read to its end.
pub struct DueForErasure<'h> {
    candidates: Rows<Candidate>,
    rules: Rules<'h>,
    today: Day,
}

/// One account of a person, and the person's standings in all engagements. None if records must be kept by the
/// engagement's own rule.
type Candidate = Option<(String, Vec<Standing>)>;

impl Iterator for DueForErasure<'_> {
    type Item = Result<Due>;

    fn next(&mut self) -> Option<Self::Item> {
        for candidate in &mut self.candidates {
            let (account, standings) = match candidate {
                Ok(Some(candidate)) => candidate,
                Ok(None) => continue,
                Err(error) => return Some(Err(error)),
            };
            match self.rules.retained(&standings, self.today) {
                Ok(Retained::Due(since)) => return Some(Ok(Due { account, since })),
                Ok(_) => {}
                Err(error) => {
                    self.candidates = Rows::none();
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

impl std::iter::FusedIterator for DueForErasure<'_> {}

impl std::fmt::Debug for DueForErasure<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DueForErasure").field("today", &self.today).finish_non_exhaustive()
    }
}

/// Whether records of persons must still be kept.
enum Retained {
    /// Nothing from this day on.
    Due(Day),
    /// Until a day, by a rule.
    Until(Day, String),
    /// An account is placed or held, or a matter is open.
    GoesOn(&'static str),
    /// The engagement has no retention rule.
    NoRule(String, Missing),
}

/// Why an engagement has no rule.
#[derive(Debug, Clone, Copy)]
enum Missing {
    /// Its file has no `[retention]`.
    Rule,
    /// Its file is gone.
    File,
}

/// The rules of engagements, each read once.
struct Rules<'h> {
    host: &'h Host,
    read: BTreeMap<String, std::result::Result<Retention, Missing>>,
}

/// A key to be destroyed.
struct Key {
    engagement: String,
    kept: KeptPerson,
    /// Accounts of the persons that are sealed under it, as far as the book knows them.
    accounts: BTreeSet<String>,
}

fn refused(code: &str, message: String) -> Error {
    Error::Refused { code: code.to_owned(), message }
}

fn no_rule(engagement: &str, missing: Missing) -> Error {
    let message = match missing {
        Missing::Rule => format!(
            "{engagement} does not say how long records must be kept; add [retention] with days and source to its file"
        ),
        Missing::File => format!(
            "the file of {engagement} is gone, so nothing says how long its records must be kept; put the file back, with \
             [retention]"
        ),
    };
    refused("no_retention_rule", message)
}

impl<'h> Rules<'h> {
    /// The rules, beginning with the rule of one engagement, which must have one.
    fn of(host: &'h Host, engagement: &Engagement) -> Result<Self> {
        let read = BTreeMap::from([(engagement.name.clone(), Ok(rule_of(engagement)?))]);
        Ok(Self { host, read })
    }

    /// The rule of an engagement, or why there is none.
    fn get(&mut self, engagement: &str) -> Result<std::result::Result<&Retention, Missing>> {
        let rule = match self.read.entry(engagement.to_owned()) {
            Place::Occupied(rule) => rule.into_mut(),
            Place::Vacant(place) => match self.host.engagement(engagement) {
                Ok(engagement) => place.insert(engagement.retention.ok_or(Missing::Rule)),
                Err(Error::NoEngagement { .. }) => place.insert(Err(Missing::File)),
                Err(error) => return Err(error),
            },
        };
        Ok(rule.as_ref().map_err(|missing| *missing))
    }

    /// The rule of an engagement, as the log names it.
    fn named(&mut self, engagement: &str) -> Result<String> {
        let rule = self.get(engagement)?.map_err(|missing| no_rule(engagement, missing))?;
        Ok(format!("{} days, {}", rule.days, rule.source))
    }

    /// Whether records must still be kept, by all standings of the persons.
    fn retained(&mut self, standings: &[Standing], today: Day) -> Result<Retained> {
        if let Some(why) = going_on(standings) {
            return Ok(Retained::GoesOn(why));
        }
        let mut last: Option<(Day, String)> = None;
        for standing in standings {
            let rule = match self.get(&standing.engagement)? {
                Ok(rule) => rule,
                Err(missing) => return Ok(Retained::NoRule(standing.engagement.clone(), missing)),
            };
            let due = due_on(standing, rule);
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
            Retained::NoRule(engagement, missing) => Err(no_rule(&engagement, missing)),
        }
    }
}

impl Host {
    /// The persons of an engagement whose records need not be kept any longer in any engagement of the creditor.
    ///
    /// # Errors
    /// [`Error::Refused`] if the engagement has no `[retention]`, or the book has it with another creditor;
    /// [`Error::Book`].
    pub(super) fn due_for_erasure(&self, engagement: &str, at: Timestamp) -> Result<DueForErasure<'_>> {
        let engagement = self.engagement(engagement)?;
        let (rule, rules) = (rule_of(&engagement)?, Rules::of(self, &engagement)?);
        let today = today(&engagement, at);
        let book = self.book()?;
        same_creditor(&book, &engagement)?;
        let name = engagement.name;
        let candidates = Rows::of(book, move |book, after, most| {
            let mut candidates = Vec::new();
            for (after, standing) in book.standings_in(&name, after, most)? {
                let kept = going_on(std::slice::from_ref(&standing)).is_some();
                // Few persons are due; only their other standings are read.
                let candidate = match kept || due_on(&standing, &rule) > today {
                    true => None,
                    false => {
                        let persons = persons_of(book, &name, &standing.account)?;
                        Some((standing.account, all_standings(book, &persons)?))
                    }
                };
                candidates.push((after, candidate));
            }
            Ok(candidates)
        });
        Ok(DueForErasure { candidates, rules, today })
    }

    /// Erases the person of an account, with all accounts of the person in the engagements of the creditor: the
    /// sealed bytes of plugin calls about the person can never be read again. The log still verifies; a replay names
    /// the calls that are gone. The book and the files of the outbox are not touched.
    ///
    /// # Errors
    /// [`Error::Refused`] while records must be kept, and says until when or why; [`Error::NoAccount`].
    pub(super) fn erase(&self, engagement: &str, account: &str, at: Timestamp) -> Result<Erasure> {
        let engagement = self.engagement(engagement)?;
        let mut rules = Rules::of(self, &engagement)?;
        let mut writing = self.write()?;
        same_creditor(&writing.book, &engagement)?;
        if !writing.book.was_placed(&engagement.name, account)? {
            let account = account.to_owned();
            return Err(Error::NoAccount { engagement: engagement.name, account });
        }
        let today = today(&engagement, at);
        let mut persons = persons_of(&writing.book, &engagement.name, account)?;
        rules.refuse_unless_due(&writing.book, &persons, today)?;
        let vault = self.open_vault()?;
        let engagements = self.engagements_of_creditor(&writing.book, &engagement)?;
        let creditor = engagement.creditor.as_str();
        let keys =
            Sought { book: &writing.book, vault: &vault, creditor, engagements }.keys_of(&mut persons)?;
        // Also for the persons who share a key.
        rules.refuse_unless_due(&writing.book, &persons, today)?;
        if keys.is_empty() {
            let message = "nothing is kept of the person, or it was erased before".to_owned();
            return Err(refused("nothing_kept", message));
        }
        let rule = rules.named(&engagement.name)?;
        // Every rule is known before the first key is destroyed.
        let named: Vec<String> =
            keys.iter().map(|key| rules.named(&key.engagement)).collect::<Result<_>>()?;
        let accounts: u64 = keys.iter().map(|key| key.kept.accounts).sum();
        for (at, (Key { engagement, kept, .. }, rule)) in keys.into_iter().zip(named).enumerate() {
            if at > 0 {
                // At most one write may lie beyond the signed head.
                writing.conclude()?;
            }
            let (person, accounts) = (kept.person.clone(), kept.accounts);
            writing.audit.append(&Entry::Erased { engagement, person, accounts, rule })?;
            writing.audit.commit()?;
            vault.persons()?.erase(&kept.person)?;
        }
        // The keys are destroyed. If signing the head fails, the error is only traced.
        let _ = writing.conclude_done();
        Ok(Erasure { engagement: engagement.name, accounts, rule })
    }

    /// The names of all engagements of an engagement's creditor: those of the book, also if their files are gone, and
    /// those of files under which nothing was booked.
    fn engagements_of_creditor(&self, book: &Book, engagement: &Engagement) -> Result<BTreeSet<String>> {
        let creditor = engagement.creditor.as_str();
        let mut names: BTreeSet<String> = book.engagements_of(creditor)?.into_iter().collect();
        for name in self.engagements()? {
            if book.creditor_of(&name)?.is_none() && self.engagement(&name)?.creditor.as_str() == creditor {
                names.insert(name);
            }
        }
        Ok(names)
    }
}

/// The rule of an engagement that must have one.
fn rule_of(engagement: &Engagement) -> Result<Retention> {
    engagement.retention.clone().ok_or_else(|| no_rule(&engagement.name, Missing::Rule))
}

/// The reason why records of persons must be kept now; none if no account is placed or held and no matter is open.
fn going_on(standings: &[Standing]) -> Option<&'static str> {
    let any = |it: fn(&Standing) -> bool| standings.iter().any(it);
    if any(|it| it.held) {
        return Some("an account of the person is held");
    }
    if any(|it| it.disputed) {
        return Some("a dispute or complaint of the person is open");
    }
    any(|it| it.open).then_some("an account of the person is still placed")
}

/// The first day on which nothing needs to be kept, by the rule of the engagement.
fn due_on(standing: &Standing, rule: &Retention) -> Day {
    days_after(standing.last_on, rule.days)
}

/// Checks that the file names the creditor that the book has: the persons of the engagement belong to that creditor.
/// A changed creditor counts from the next act or tick.
fn same_creditor(book: &Book, engagement: &Engagement) -> Result<()> {
    let (name, creditor) = (&engagement.name, engagement.creditor.as_str());
    match book.creditor_of(name)? {
        Some(have) if have != creditor => {
            let message = format!(
                "the book has {name} with the creditor {have}, the engagement file says {creditor}; run `bailiwick tick \
                 {name}` first, so that its persons are the new creditor's"
            );
            Err(refused("creditor_changed", message))
        }
        _ => Ok(()),
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

/// The persons who owed an account in any of its rounds, and the persons of their other accounts in the same way: a
/// file may name the customer only in a later round.
fn persons_of(book: &Book, engagement: &str, account: &str) -> Result<Vec<i64>> {
    let mut persons = book.persons_of(engagement, account)?;
    with_their_rounds(book, &mut persons, 0, |_| Ok(()))?;
    Ok(persons)
}

/// Gives `each` the accounts of the persons from `from` on, and adds the persons who owed such an account in another
/// round.
fn with_their_rounds(
    book: &Book,
    persons: &mut Vec<i64>,
    from: usize,
    mut each: impl FnMut(&str) -> Result<()>,
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
            each(&account)?;
        }
    }
    Ok(())
}

/// Adds a key that still exists to the keys to be destroyed, with the account by which it was found.
fn take(keys: &mut Vec<Key>, engagement: &str, kept: Option<KeptPerson>, account: Option<&str>) {
    let Some(kept) = kept.filter(|kept| kept.readable) else { return };
    let accounts = account.map(str::to_owned);
    match keys.iter_mut().find(|key| key.kept.person == kept.person) {
        Some(key) => key.accounts.extend(accounts),
        None => {
            let (engagement, accounts) = (engagement.to_owned(), accounts.into_iter().collect());
            keys.push(Key { engagement, kept, accounts });
        }
    }
}

/// The places where keys of persons are looked for.
struct Sought<'s> {
    book: &'s Book,
    vault: &'s Vault,
    creditor: &'s str,
    /// All engagements of the creditor.
    engagements: BTreeSet<String>,
}

impl Sought<'_> {
    /// The keys that bytes about persons are sealed under. Bytes of others may be sealed under one of them: where a
    /// file that was refused named another customer for an account, and where an older release took the key of an
    /// account for a customer's. Such others are added to the persons: a key goes only if nothing under it must be
    /// kept.
    fn keys_of(&self, persons: &mut Vec<i64>) -> Result<Vec<Key>> {
        let mut keys: Vec<Key> = Vec::new();
        let mut seen = 0;
        while seen < persons.len() {
            let from = seen;
            with_their_rounds(self.book, persons, from, |account| {
                for engagement in &self.engagements {
                    let kept = self.vault.persons()?.person(engagement, account)?;
                    take(&mut keys, engagement, kept, Some(account));
                }
                Ok(())
            })?;
            seen = persons.len();
            for person in persons.iter().skip(from) {
                let Some(customer) = self.book.customer_key(*person)? else { continue };
                for engagement in &self.engagements {
                    let kept = self.vault.persons()?.customer(engagement, &customer)?;
                    take(&mut keys, engagement, kept, None);
                }
            }
            let others = self.sharers(&keys, persons)?;
            persons.extend(others);
        }
        Ok(keys)
    }

    /// Other persons whose bytes are sealed under one of the keys.
    fn sharers(&self, keys: &[Key], persons: &[i64]) -> Result<BTreeSet<i64>> {
        let mut others = BTreeSet::new();
        // If every account under a key is known, nobody else shares it.
        let shared = keys.iter().filter(|key| key.kept.accounts > key.accounts.len() as u64);
        let engagements: BTreeSet<&str> = shared.map(|key| key.engagement.as_str()).collect();
        let is_one = |kept: Option<KeptPerson>| {
            kept.is_some_and(|kept| keys.iter().any(|key| key.kept.person == kept.person))
        };
        for engagement in engagements {
            self.book.accounts_at(self.creditor, |it| {
                if !persons.contains(&it.person)
                    && is_one(self.vault.persons()?.person(engagement, &it.account)?)
                {
                    others.insert(it.person);
                }
                Ok(())
            })?;
            self.book.customers_of(self.creditor, |person, customer| {
                if !persons.contains(&person) && is_one(self.vault.persons()?.customer(engagement, customer)?)
                {
                    others.insert(person);
                }
                Ok(())
            })?;
        }
        Ok(others)
    }
}
