//! Placements without a day of their own: they wait for the day of their file, which may stand at its end.

use bailiwick_sdk::value::Day;

use super::Transaction;
use super::read::{Column, day, holds, line, of_table, unreadable};
use crate::case::{Contract, Dates, Holds, State};
use crate::error::Result;

/// A placement that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TakenBack {
    pub(crate) account: String,
    pub(crate) line: u64,
    pub(crate) placed: i64,
}

/// Takes everything about a placement out of the book.
const OF_PLACEMENT: [&str; 14] = [
    "DELETE FROM reference WHERE transfer IN (SELECT id FROM transfer WHERE placement = ?1)",
    "DELETE FROM earning WHERE payment IN (SELECT id FROM transfer WHERE placement = ?1)",
    "DELETE FROM standing WHERE placement = ?1",
    "DELETE FROM hold WHERE placement = ?1",
    "DELETE FROM transfer WHERE placement = ?1",
    "DELETE FROM evidence WHERE placement = ?1",
    "DELETE FROM evidence_request WHERE placement = ?1",
    "DELETE FROM matter WHERE placement = ?1",
    "DELETE FROM promise WHERE placement = ?1",
    "DELETE FROM reconciliation WHERE placement = ?1",
    "DELETE FROM exception_reference WHERE exception IN (SELECT id FROM exception WHERE placement = ?1)",
    "DELETE FROM exception WHERE placement = ?1",
    "DELETE FROM event WHERE placement = ?1",
    "DELETE FROM placement WHERE id = ?1",
];

impl Transaction<'_> {
    /// Takes back the placements of a file, without a day of their own, whose past lies after a day.
    pub(crate) fn take_back_future(&self, file: i64, on: Day) -> Result<Vec<TakenBack>> {
        let mut statement = self.inner.prepare(
            "SELECT id, account, line, placed, person FROM placement
             WHERE file = ?1 AND placed_on IS NULL AND latest_on > ?2 ORDER BY id",
        )?;
        let rows = statement.query_map((file, on.to_string()), |row| {
            of_table("placement", row, |row| {
                let (id, person): (i64, i64) = (row.get(0)?, row.get(4)?);
                let line = line(row, 2)?.ok_or_else(|| unreadable(row, 2, "a line is missing"))?;
                let (account, placed) = (row.get(1)?, row.get(3)?);
                Ok((id, person, TakenBack { account, line, placed }))
            })
        })?;
        let late: Vec<(i64, i64, TakenBack)> = rows.collect::<rusqlite::Result<_>>()?;
        for (id, person, _) in &late {
            OF_PLACEMENT.into_iter().try_for_each(|sql| self.inner.execute(sql, [id]).map(drop))?;
            self.forget_without_placements(*person)?;
        }
        Ok(late.into_iter().map(|(.., taken_back)| taken_back).collect())
    }

    /// The placements of a file without a day of their own were placed on a day. Their own terms of commission have no effect
    /// if the terms of that day have no commission.
    pub(crate) fn date_undated(&self, file: i64, on: Day, contract: &Contract) -> Result<()> {
        let mut statement = self.inner.prepare(
            "SELECT DISTINCT state, holds, term_ends_on FROM placement WHERE file = ?1 AND placed_on IS NULL",
        )?;
        let group = |row: &rusqlite::Row<'_>| -> rusqlite::Result<_> {
            Ok((State::read(row, 0)?, holds(row, 1)?, day(row, 2)?))
        };
        let groups: Vec<(State, Holds, Option<Day>)> = statement
            .query_map([file], |row| of_table("placement", row, group))?
            .collect::<rusqlite::Result<_>>()?;
        let text = |day: Option<Day>| day.map(|day| day.to_string());
        for (state, holds, term) in groups {
            let mut dates = Dates { placed_on: Some(on), term_ends_on: term, ..Dates::default() };
            let version = contract.on(on);
            dates.begin(&version.terms);
            let due = dates.due(state, holds, contract, version.id);
            self.inner.execute(
                "UPDATE placement SET placed_on = ?2, term_ends_on = ?6, announce_on = ?7, due_on = ?8, terms = ?9,
                     basis = iif(?10, basis, NULL)
                 WHERE file = ?1 AND placed_on IS NULL AND state = ?3 AND holds = ?4
                   AND term_ends_on IS NOT DISTINCT FROM ?5",
                (
                    file,
                    on.to_string(),
                    state.name(),
                    holds.bits(),
                    text(term),
                    text(dates.term_ends_on),
                    text(dates.announce_on),
                    text(due.map(|due| due.on)),
                    version.id,
                    version.terms.commission.is_some(),
                ),
            )?;
        }
        Ok(())
    }
}
