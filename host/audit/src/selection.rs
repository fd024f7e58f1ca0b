//! The selection of entries.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::entry::{Entry, Recorded};
use crate::error::{Error, Result};
use crate::instants::By;
use crate::row::Row;
use crate::stored::Stored;

/// The largest value of [`Selection::last`].
pub const LAST_MAX: usize = 1_000_000;
/// The most calls about one account that a selection can hold.
const CALLS_MAX: usize = 1_000_000;

/// Which entries to read: those that match every condition. The default has no condition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// At this instant or later.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
    /// The clock of `from` and `to`: the machine's, or the instants of acts.
    pub by: By,
    /// Of this engagement. A call belongs to the engagement of its session.
    pub engagement: Option<String>,
    /// Of the plugin with this name.
    pub plugin: Option<String>,
    /// About this account, by its key in the book: decisions about it, calls whose documents are about it,
    /// the entries that list those accounts, and commands about it.
    pub account: Option<String>,
    /// With this outcome: `ok` or `fault` for a call; `accepted`, `partial`, `rejected` or `duplicate` for a
    /// file.
    pub outcome: Option<String>,
    /// With this code of a fault, or of a failed act.
    pub fault: Option<String>,
    /// Of this kind; [`KINDS`](crate::KINDS) has the names.
    pub kind: Option<String>,
    /// Only this many of the matching entries, the last ones; at most [`LAST_MAX`].
    pub last: Option<usize>,
}

impl Selection {
    /// Whether it has no condition, except perhaps `last`.
    pub(crate) fn is_everything(&self) -> bool {
        *self == Self { last: self.last, by: self.by, ..Self::default() }
    }

    /// Whether the machine's clock and the kind alone do not exclude an entry.
    pub(crate) fn may_fit(&self, at: Timestamp, kind: &str) -> bool {
        match self.by {
            By::Clock => self.is_in_period(at) && self.is_kind(kind),
            // Entries of other kinds are needed for the instants of acts.
            By::Instant => self.is_kind(kind) || (self.from, self.to) != (None, None),
        }
    }

    /// Whether this instant is in the period.
    pub(crate) fn is_in_period(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
    }

    fn is_kind(&self, kind: &str) -> bool {
        self.kind.as_deref().is_none_or(|wanted| wanted == kind)
    }

    /// Whether an entry matches. `about` has the entries about the selection's account.
    pub(crate) fn fits(&self, row: &Row, entry: &Entry, about: Option<&AccountEntries>) -> bool {
        let same = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        self.is_kind(row.kind)
            && same(&self.engagement, &row.engagement)
            && same(&self.plugin, &row.plugin)
            && same(&self.outcome, &row.outcome)
            && same(&self.fault, &row.code)
            && about.is_none_or(|about| about.has(row.seq, entry))
    }
}

/// Which entries are about an account.
#[derive(Debug)]
pub(crate) struct AccountEntries {
    /// The account's hashes under each of the keys.
    hashes: Vec<String>,
    /// Calls whose documents are about it.
    calls: BTreeSet<u64>,
}

impl AccountEntries {
    /// Reads the whole log once, since the entry that lists the accounts of a call comes after the call.
    pub(crate) fn find(stored: &Stored<'_>, hashes: Vec<String>) -> Result<Self> {
        let mut calls = BTreeSet::new();
        let finders: Vec<_> = hashes.iter().map(memchr::memmem::Finder::new).collect();
        for entry in stored.entries(0) {
            let (index, bytes) = entry?;
            if !finders.iter().any(|finder| finder.find(&bytes).is_some()) {
                continue;
            }
            if let Entry::Accounts(it) = Recorded::parse(index, &bytes)?.entry {
                calls.insert(it.call);
            }
            if calls.len() > CALLS_MAX {
                return Err(Error::Refused {
                    code: "too_many_entries".to_owned(),
                    message: format!("more than {CALLS_MAX} calls are about this account"),
                });
            }
        }
        Ok(Self { hashes, calls })
    }

    fn has(&self, seq: u64, entry: &Entry) -> bool {
        let listed = |hash: &String| self.hashes.contains(hash);
        match entry {
            Entry::Call(it) => it.account.as_ref().is_some_and(listed) || self.calls.contains(&seq),
            Entry::Accounts(it) => it.accounts.iter().any(listed),
            Entry::Command(it) => it.account.as_ref().is_some_and(listed),
            _ => false,
        }
    }
}
