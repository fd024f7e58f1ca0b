//! The contracts by which the rows of the book were made.

use std::collections::HashMap;

use bailiwick_sdk::value::Day;
use jiff::Timestamp;

use crate::book::Book;
use crate::book::terms::Taken;
use crate::case::{Contract, Terms, Version};
use crate::error::{Error, Result};

/// The contract of an engagement, as the book has it.
pub(super) struct Agreed {
    pub(super) name: String,
    pub(super) currency: String,
    pub(super) contract: Contract,
    /// By the number of each version, the moment of the act that took it. None: a book of an earlier layout had it, and no
    /// act has filled it yet.
    taken: HashMap<i64, Option<Timestamp>>,
    /// The acts came in the order of their moments.
    in_order: bool,
}

impl Agreed {
    /// The version that an act of a moment went by for a day. None if that cannot be told: the terms were taken by a later
    /// act or by one of the same moment, or acts went back in time.
    pub(super) fn known_on(&self, day: Day, at: Option<Timestamp>) -> Option<&Version> {
        let version = self.contract.on(day);
        self.was_known(version.id, at).then_some(version)
    }

    /// Whether an act of a moment is sure to have known a version.
    pub(super) fn was_known(&self, version: i64, at: Option<Timestamp>) -> bool {
        let first = self.contract.versions().next().is_some_and(|it| it.id == version);
        let taken = self.taken.get(&version).copied().flatten();
        match (taken, at) {
            (Some(taken), Some(at)) if first => taken <= at && (self.in_order || self.is_alone()),
            (Some(taken), Some(at)) => taken < at && self.in_order,
            _ => false,
        }
    }

    /// Whether an act of a moment is sure to have known the first version: no earlier layout of the book had its rows.
    pub(super) fn was_known_at_first(&self, at: Option<Timestamp>) -> bool {
        self.contract.versions().next().is_some_and(|first| self.was_known(first.id, at))
    }

    /// Whether the terms never changed.
    pub(super) fn is_alone(&self) -> bool {
        self.contract.versions().nth(1).is_none()
    }

    /// Whether the book has the terms of all its versions.
    pub(super) fn is_known(&self) -> bool {
        self.taken.values().all(Option::is_some)
    }
}

impl Book {
    /// The contract of every engagement that has one.
    pub(super) fn agreed(&self) -> Result<HashMap<i64, Agreed>> {
        let mut statement = self.connection.prepare(
            "SELECT e.id, e.name, e.currency FROM engagement e WHERE EXISTS (SELECT 1 FROM terms t WHERE t.engagement = e.id)",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))?;
        let mut all = HashMap::new();
        for row in rows {
            let (id, name, currency) = row?;
            let in_order = self.acts_in_order(id)?;
            let (contract, taken) = self.contract_with_moments(id, &Terms::default())?;
            let taken =
                taken.into_iter().map(|Taken { version, at }| (version, at)).collect::<HashMap<_, _>>();
            all.insert(id, Agreed { name, currency, contract, taken, in_order });
        }
        Ok(all)
    }

    /// Whether the acts of an engagement came in the order of their moments.
    fn acts_in_order(&self, engagement: i64) -> Result<bool> {
        let mut statement =
            self.connection.prepare_cached("SELECT id, at FROM file WHERE engagement = ?1 ORDER BY id")?;
        let mut rows = statement.query([engagement])?;
        let mut before = Timestamp::MIN;
        while let Some(row) = rows.next()? {
            let at: String = row.get(1)?;
            let at: Timestamp = at.parse().map_err(|error: jiff::Error| {
                Error::column("file", row.get(0).unwrap_or_default(), "at", error.to_string())
            })?;
            if at < before {
                return Ok(false);
            }
            before = at;
        }
        Ok(true)
    }
}
