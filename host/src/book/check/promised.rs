//! Promises, items dated ahead and instalments: from the documents that made them, the payments that kept them, and the
//! days that passed without one.

use bailiwick_sdk::document::{Item, PromiseKind as Kind};
use bailiwick_sdk::value::Day;
use rusqlite::Row;

use super::LedgerCheck;
use super::accounts::{Happened, Of};
use crate::book::Book;
use crate::booking::{PromiseKind, PromiseState};
use crate::error::Result;
use crate::money::instalments;

/// A promise as it must be.
#[derive(Debug)]
struct Promise {
    file: i64,
    line: Option<i64>,
    kind: PromiseKind,
    due_on: Day,
    minor: i64,
    covered: i64,
    state: PromiseState,
}

/// The promises of a placement so far, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Promised {
    made: Vec<Promise>,
    /// Events that broke no promise.
    broke_none: Vec<i64>,
}

impl Promised {
    pub(super) fn event(&mut self, event: &Happened) {
        match &event.item {
            Some(Item::Promise(it)) => {
                let kind = match it.kind {
                    Kind::Promise => PromiseKind::Promise,
                    Kind::PostDated => PromiseKind::PostDated,
                };
                self.make(event, kind, it.due_on, it.minor.get());
            }
            Some(Item::PaymentPlan(it)) => {
                let is_open =
                    |it: &&mut Promise| it.kind == PromiseKind::Instalment && it.state == PromiseState::Open;
                self.made.iter_mut().filter(is_open).for_each(|it| it.state = PromiseState::Replaced);
                for (due_on, minor) in instalments(it).unwrap_or_default() {
                    self.make(event, PromiseKind::Instalment, due_on, minor);
                }
            }
            Some(Item::Payment(it)) => self.keep(it.minor.get()),
            Some(Item::DirectPayment(it)) => self.keep(it.minor.get()),
            Some(Item::Reversal(it)) => self.unkeep(it.minor.get()),
            None if event.kind == "promise_broken" => {
                let mut open = self.made.iter_mut();
                let broken =
                    |it: &&mut Promise| it.state == PromiseState::Open && Some(it.due_on) == event.on;
                match open.find(broken) {
                    Some(it) => it.state = PromiseState::Broken,
                    None => self.broke_none.push(event.id),
                }
            }
            _ => {}
        }
    }

    fn make(&mut self, event: &Happened, kind: PromiseKind, due_on: Day, minor: i64) {
        let line = event.line.and_then(|line| i64::try_from(line).ok());
        let (covered, state) = (0, PromiseState::Open);
        self.made.push(Promise { file: event.file, line, kind, due_on, minor, covered, state });
    }

    /// The promises, the earliest first.
    fn by_day(&mut self) -> Vec<&mut Promise> {
        let mut all: Vec<&mut Promise> = self.made.iter_mut().collect();
        all.sort_by_key(|it| it.due_on);
        all
    }

    fn keep(&mut self, minor: i64) {
        let mut left = minor;
        for it in self.by_day() {
            let waits =
                matches!(it.state, PromiseState::Open | PromiseState::Broken) && it.covered < it.minor;
            if !waits || left <= 0 {
                continue;
            }
            let part = left.min(it.minor - it.covered);
            left -= part;
            it.covered += part;
            if it.covered >= it.minor {
                it.state = PromiseState::Kept;
            }
        }
    }

    fn unkeep(&mut self, minor: i64) {
        let mut left = minor;
        for it in self.by_day().into_iter().rev() {
            if it.covered <= 0 || left <= 0 {
                continue;
            }
            let part = left.min(it.covered);
            left -= part;
            it.covered -= part;
            if it.state == PromiseState::Kept {
                it.state = PromiseState::Open;
            }
        }
    }
}

/// A row of the table of promises: its number, its file and line, its names and figures.
struct Kept {
    id: i64,
    file: i64,
    line: Option<i64>,
    kind: String,
    due_on: String,
    minor: i64,
    covered: i64,
    state: String,
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: row.get(0)?,
        file: row.get(1)?,
        line: row.get(2)?,
        kind: row.get(3)?,
        due_on: row.get(4)?,
        minor: row.get(5)?,
        covered: row.get(6)?,
        state: row.get(7)?,
    })
}

impl Book {
    pub(super) fn check_promised(
        &self,
        of: &Of<'_>,
        promised: Promised,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let sql = "SELECT id, file, line, kind, due_on, minor, covered, state FROM promise WHERE placement = ?1 ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([of.it.placed.id])?;
        for event in promised.broke_none {
            check.added(&of.place.at("event", event));
        }
        let mut must = promised.made.into_iter();
        while let Some(row) = rows.next()? {
            let have = kept(row)?;
            let place = of.place.at("promise", have.id);
            let Some(must) = must.next() else {
                check.added(&place);
                continue;
            };
            check.same(&place, "file", have.file, must.file);
            check.same(&place, "line", have.line, must.line);
            check.same(&place, "kind", have.kind.as_str(), must.kind.name());
            check.same(&place, "due_on", have.due_on, must.due_on.to_string());
            check.compare(&place, "minor", have.minor, must.minor);
            check.compare(&place, "covered", have.covered, must.covered);
            check.same(&place, "state", have.state.as_str(), must.state.name());
        }
        must.for_each(|_| check.missing(&of.place.at("promise", None)));
        Ok(())
    }
}
