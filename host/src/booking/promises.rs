//! Promises, post-dated items and the instalments of plans. Payments keep them; they are broken if their day passes
//! without a payment.

use bailiwick_sdk::document::{PaymentPlan, PromiseKind as Kind};
use bailiwick_sdk::value::Day;

use super::changes::{Promise, PromiseKind, PromiseState};
use super::draft::Draft;
use super::record::Placed;
use super::refused::{Booked, refuse_at};
use super::windows::Dated;
use crate::money::instalments;

impl Draft<'_, '_> {
    pub(super) fn promise(&mut self, it: bailiwick_sdk::document::Promise) -> Booked {
        if it.minor.get() <= 0 {
            return Err(refuse_at("negative_amount", "/minor", "a promise is above zero"));
        }
        let placed = self.holder_on(&it.account, it.made_on)?;
        self.within(Dated::Promised, ("/due_on", it.due_on), Some(&placed), it.line)?;
        let kind = match it.kind {
            Kind::Promise => PromiseKind::Promise,
            Kind::PostDated => PromiseKind::PostDated,
        };
        self.promised(&placed, kind, it.line, it.due_on, it.minor.get());
        self.activity(&it.account.clone(), ("/made_on", it.made_on), &it.into())
    }

    /// Books a plan. It replaces an older plan of the account.
    pub(super) fn plan(&mut self, it: PaymentPlan) -> Booked {
        let placed = self.holder_on(&it.account, Some(it.agreed_on))?;
        let made =
            instalments(&it).map_err(|error| refuse_at("plan_mismatch", "/total", error.to_string()))?;
        let promises = &self.account_of(&placed)?.promises;
        let older = promises.iter().filter(|it| {
            it.placement == placed.id && it.kind == PromiseKind::Instalment && it.state == PromiseState::Open
        });
        let replaced = older.map(|it| Promise { state: PromiseState::Replaced, ..it.clone() });
        self.changes.promises.extend(replaced);
        for (due_on, minor) in made {
            self.within(Dated::Promised, ("/first_on", due_on), Some(&placed), it.line)?;
            self.promised(&placed, PromiseKind::Instalment, it.line, due_on, minor);
        }
        self.activity(&it.account.clone(), ("/agreed_on", Some(it.agreed_on)), &it.into())
    }

    fn promised(&mut self, placed: &Placed, kind: PromiseKind, line: Option<u64>, due_on: Day, minor: i64) {
        let id = self.changes.numbers.promise();
        let (placement, state) = (placed.id, PromiseState::Open);
        self.changes.promises.push(Promise { id, placement, line, kind, due_on, minor, covered: 0, state });
    }

    /// A payment keeps promises, the earliest first.
    pub(super) fn keep_promises(&mut self, placed: &Placed, minor: i64) -> Booked {
        let mut left = minor;
        for it in &self.account_of(placed)?.promises {
            let waits =
                matches!(it.state, PromiseState::Open | PromiseState::Broken) && it.covered < it.minor;
            if it.placement != placed.id || !waits || left <= 0 {
                continue;
            }
            let part = left.min(it.minor - it.covered);
            left -= part;
            let covered = it.covered + part;
            let state = if covered >= it.minor { PromiseState::Kept } else { it.state };
            self.changes.promises.push(Promise { covered, state, ..it.clone() });
        }
        Ok(())
    }

    /// A reversed payment no longer keeps promises; the latest are opened first.
    pub(super) fn unkeep_promises(&mut self, placed: &Placed, minor: i64) -> Booked {
        let mut left = minor;
        for it in self.account_of(placed)?.promises.iter().rev() {
            if it.placement != placed.id || it.covered <= 0 || left <= 0 {
                continue;
            }
            let part = left.min(it.covered);
            left -= part;
            let state = if it.state == PromiseState::Kept { PromiseState::Open } else { it.state };
            self.changes.promises.push(Promise { covered: it.covered - part, state, ..it.clone() });
        }
        Ok(())
    }
}
