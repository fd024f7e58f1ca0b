//! Promises, items dated ahead and the instalments of plans: payments keep them, their day breaks them.

use bailiwick_sdk::document::{PaymentPlan, Promise, PromiseKind};
use bailiwick_sdk::value::Day;
use rusqlite::params;

use super::booking::{Booked, Booking, refuse_at};
use super::placed::Placed;
use crate::money::instalments;

impl Booking<'_> {
    pub(crate) fn promise(&mut self, it: Promise) -> Booked {
        if it.minor.get() <= 0 {
            return Err(refuse_at("negative_amount", "/minor", "a promise is above zero"));
        }
        let placed = self.holder_on(&it.account, it.made_on)?;
        let kind = match it.kind {
            PromiseKind::Promise => "promise",
            PromiseKind::PostDated => "post_dated",
        };
        self.promised(&placed, kind, it.line, it.due_on, it.minor.get())?;
        self.activity(it.account.clone(), it.made_on, it.into())
    }

    /// A new plan takes the place of an older one.
    pub(crate) fn plan(&mut self, it: PaymentPlan) -> Booked {
        let placed = self.holder_on(&it.account, Some(it.agreed_on))?;
        let made =
            instalments(&it).map_err(|error| refuse_at("plan_mismatch", "/total", error.to_string()))?;
        self.transaction
            .prepare_cached("UPDATE promise SET state = 'replaced' WHERE placement = ?1 AND kind = 'instalment' AND state = 'open'")?
            .execute([placed.id])?;
        for (due_on, minor) in made {
            self.promised(&placed, "instalment", it.line, due_on, minor)?;
        }
        self.activity(it.account.clone(), Some(it.agreed_on), it.into())
    }

    fn promised(&self, placed: &Placed, kind: &str, line: Option<u64>, due_on: Day, minor: i64) -> Booked {
        self.transaction
            .prepare_cached(
                "INSERT INTO promise (engagement, placement, file, line, kind, due_on, minor) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                self.engagement_id,
                placed.id,
                self.file,
                line.and_then(|line| i64::try_from(line).ok()),
                kind,
                due_on.to_string(),
                minor
            ])?;
        Ok(())
    }

    /// Money that came keeps promises, the earliest first.
    pub(crate) fn keep_promises(&self, placed: &Placed, minor: i64) -> Booked {
        self.cover(
            placed,
            minor,
            "SELECT id, minor - covered FROM promise
             WHERE placement = ?1 AND state IN ('open', 'broken') AND covered < minor ORDER BY due_on, id",
            1,
        )
    }

    /// Money that went back does not keep them any more, the latest first.
    pub(crate) fn unkeep_promises(&self, placed: &Placed, minor: i64) -> Booked {
        self.cover(placed, minor, "SELECT id, covered FROM promise WHERE placement = ?1 AND covered > 0 ORDER BY due_on DESC, id DESC", -1)
    }

    fn cover(&self, placed: &Placed, minor: i64, which: &str, sign: i64) -> Booked {
        let mut statement = self.transaction.prepare_cached(which)?;
        let rows: Vec<(i64, i64)> = statement
            .query_map([placed.id], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut left = minor;
        for (id, room) in rows {
            if left <= 0 {
                break;
            }
            let part = left.min(room);
            left -= part;
            self.transaction
                .prepare_cached(
                    "UPDATE promise SET covered = covered + ?2,
                            state = CASE WHEN covered + ?2 >= minor THEN 'kept' WHEN state = 'kept' THEN 'open' ELSE state END
                     WHERE id = ?1",
                )?
                .execute(params![id, sign * part])?;
        }
        Ok(())
    }

    /// Promises whose day is over and that were not kept are broken; how many.
    pub(crate) fn break_promises(&self, today: Day) -> Booked<u64> {
        let day = today.to_string();
        self.transaction
            .prepare_cached(
                "INSERT INTO event (file, placement, kind, effect_on, document)
                 SELECT ?1, placement, 'promise_broken', due_on, x'' FROM promise
                 WHERE engagement = ?2 AND state = 'open' AND due_on < ?3 ORDER BY due_on, id",
            )?
            .execute(params![self.file, self.engagement_id, day])?;
        let broken = self
            .transaction
            .prepare_cached("UPDATE promise SET state = 'broken' WHERE engagement = ?1 AND state = 'open' AND due_on < ?2")?
            .execute(params![self.engagement_id, day])?;
        Ok(broken as u64)
    }
}
