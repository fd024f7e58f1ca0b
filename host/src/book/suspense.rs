//! Money in suspense: kept with its rows of the ledger, found again by the reversal that undoes it, counted.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::ReferenceKind;
use bailiwick_sdk::value::Day;
use rusqlite::Row;
use serde::Serialize;

use super::columns::{insert, insert_sql, mark};
use super::read::{self, certain_day, of_table};
use super::write::{Under, candidates};
use super::{Book, Transaction};
use crate::booking::{Known, Suspended, UNIDENTIFIED_MONEY, Undone, Unidentified, Wanted};
use crate::error::Result;

/// How money leaves suspense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// It is booked for an account.
    Cleared,
    /// It goes back.
    Returned,
}

impl Left {
    /// The kind of the row of the ledger.
    fn kind(self) -> &'static str {
        match self {
            Self::Cleared => "suspense_cleared",
            Self::Returned => "suspense_returned",
        }
    }
}

/// How much money is in suspense, and since when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SuspenseCount {
    /// How many receipts.
    pub count: u64,
    /// Their sums by currency, in minor units.
    pub minor: BTreeMap<String, i64>,
    /// The day of the oldest of them.
    pub oldest: Option<String>,
}

/// Money that is in suspense still.
const STANDING: &str = "
    FROM suspense s JOIN engagement e ON e.id = s.engagement
    WHERE s.kind = 'suspense_received'
      AND NOT EXISTS (SELECT 1 FROM suspense l WHERE l.exception = s.exception AND l.kind <> 'suspense_received')";

impl Book {
    /// How much money is in suspense in all engagements.
    pub(crate) fn count_suspense(&self) -> Result<SuspenseCount> {
        let sql = format!(
            "SELECT e.currency, count(*), sum(s.minor), min(s.effect_on) {STANDING} GROUP BY e.currency"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut all = SuspenseCount::default();
        while let Some(row) = rows.next()? {
            let oldest: Option<String> = row.get(3)?;
            all.count += row.get::<_, i64>(1)?.unsigned_abs();
            all.minor.insert(row.get(0)?, row.get(2)?);
            all.oldest = match (all.oldest, oldest) {
                (Some(have), Some(other)) => Some(have.min(other)),
                (have, other) => have.or(other),
            };
        }
        Ok(all)
    }
}

/// The figures of money that came to suspense: each as the exception has it and as the rows of the ledger say.
pub(super) struct Figures {
    pub(super) engagement: String,
    /// The number of the money.
    pub(super) number: i64,
    /// Rows of the ledger.
    pub(super) rows: u64,
    pub(super) figures: [(&'static str, i64, i64); 3],
}

impl Book {
    /// The figures of all money that came to suspense: what is there still, whether its rows are those of its kind, and
    /// what became of it.
    pub(super) fn suspense_figures(&self) -> Result<Vec<Figures>> {
        let sql = "
            SELECT e.name, x.id,
                   -- There still, as the exception says: nobody has decided it.
                   iif(x.decision IS NULL, x.minor, 0),
                   coalesce(sum(((s.credit = 'suspense') - (s.debit = 'suspense')) * s.minor), 0),
                   -- Rows that fit: the first with the file and the day of the money, both with its amount.
                   count(s.id) FILTER (WHERE s.minor = x.minor AND s.engagement = x.engagement
                     AND iif(s.kind = 'suspense_received',
                             s.debit = 'bank_cash' AND s.credit = 'suspense' AND s.file = x.file AND s.effect_on = x.effect_on,
                             s.debit = 'suspense' AND s.credit = 'bank_cash' AND s.file = x.decided_by)),
                   1 + (x.decision IS NOT NULL), count(s.id),
                   -- What left it: 1 was booked, 2 went back.
                   CASE WHEN x.decision IS NULL THEN 0 WHEN x.decision IN ('return', 'refuse') THEN 2 ELSE 1 END,
                   coalesce(max(CASE s.kind WHEN 'suspense_cleared' THEN iif(t.id IS NULL, -1, 1) WHEN 'suspense_returned' THEN 2
                            ELSE 0 END), 0)
            FROM exception x JOIN engagement e ON e.id = x.engagement
            LEFT JOIN suspense s ON s.exception = x.id
            LEFT JOIN transfer t ON t.engagement = x.engagement AND t.identifier = x.identifier AND t.kind = 'payment'
              AND t.debit = 'bank_cash' AND t.principal + t.interest + t.penalty + t.late_fee + t.costs + t.other = x.minor
            WHERE x.kind = 'direct_payment' AND (x.code = 'unidentified_money' OR s.id IS NOT NULL)
            GROUP BY x.id ORDER BY x.id";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| {
            let (book, entries): (i64, i64) = (row.get(2)?, row.get(3)?);
            let (fit, want, rows): (i64, i64, i64) = (row.get(4)?, row.get(5)?, row.get(6)?);
            // A row that does not fit counts as one too many.
            let have = if fit == rows { rows } else { rows + 1 };
            let left = ("suspense_left", row.get(7)?, row.get(8)?);
            let figures = [("suspense", book, entries), ("suspense_rows", want, have), left];
            Ok(Figures { engagement: row.get(0)?, number: row.get(1)?, rows: rows.unsigned_abs(), figures })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Transaction<'_> {
    /// Keeps money that no account is known for, and books it to suspense. Returns its number.
    pub(crate) fn add_unidentified(
        &self,
        from: (i64, i64, Side),
        money: &Unidentified,
        document: &[u8],
    ) -> Result<i64> {
        let number = self.add_waiting(from, (&money.kept, money.line), &money.waits, document)?;
        let (engagement, file, _) = from;
        insert!(self.inner, "suspense" {
            engagement: engagement,
            exception: number,
            file: file,
            kind: "suspense_received",
            effect_on: money.on.to_string(),
            debit: "bank_cash",
            credit: "suspense",
            minor: money.minor,
        })?;
        Ok(number)
    }

    /// Takes the money of a number out of suspense on a day, by an act. Does nothing if none of the number is there.
    pub(crate) fn leave_suspense(&self, number: i64, how: Left, (act, on): (i64, Day)) -> Result<()> {
        let sql = "INSERT INTO suspense (engagement, exception, file, kind, effect_on, debit, credit, minor)
                   SELECT s.engagement, s.exception, ?2, ?3, ?4, s.credit, s.debit, s.minor FROM suspense s
                   WHERE s.exception = ?1 AND s.kind = 'suspense_received'
                     AND NOT EXISTS (SELECT 1 FROM suspense l WHERE l.exception = ?1 AND l.kind <> 'suspense_received')";
        self.inner.prepare_cached(sql)?.execute((number, act, how.kind(), on.to_string()))?;
        Ok(())
    }

    /// The reversal of a number undoes money in suspense, in an act.
    pub(crate) fn undo_suspended(&self, number: i64, undone: &Undone, act: i64) -> Result<()> {
        let money = &undone.money;
        let sql = "UPDATE exception SET undoes = ?2 WHERE id = ?1";
        self.inner.prepare_cached(sql)?.execute((number, money.number))?;
        if !money.returned {
            self.leave_suspense(money.number, Left::Returned, (act, undone.on))?;
            self.decide_exception(money.number, "return", act)?;
        }
        Ok(())
    }

    /// Keeps reversals of money in suspense: by them, the same documents are known when they come again.
    pub(super) fn write_undone<'c>(
        &self,
        under: &Under<'_>,
        rows: impl Iterator<Item = &'c Undone>,
    ) -> Result<()> {
        for it in rows {
            let of = candidates(std::slice::from_ref(&it.money.identifier))?;
            insert!(self.inner, "exception" {
                engagement: under.engagement,
                file: under.file,
                line: it.line.and_then(|line| i64::try_from(line).ok()),
                side: under.side.name(),
                code: UNIDENTIFIED_MONEY,
                kind: it.kept.kind,
                account: it.kept.account,
                candidates: of,
                identifier: it.kept.identifier,
                minor: it.kept.minor,
                effect_on: it.on.to_string(),
                document: it.document,
                decision: "return",
                decided_by: under.file,
            })?;
            self.undo_suspended(self.inner.last_insert_rowid(), it, under.file)?;
        }
        Ok(())
    }

    /// Money in suspense that reversals may undo, by identifier and by reference.
    pub(super) fn load_suspended(&self, engagement: i64, wanted: &Wanted, known: &mut Known) -> Result<()> {
        // Only reversals want references.
        if wanted.references.is_empty() {
            return Ok(());
        }
        let mut numbers = BTreeSet::new();
        let by_reference = |values: &str| {
            format!("SELECT exception FROM exception_reference WHERE engagement = ?1 AND value IN ({values})")
        };
        self.each(&by_reference, engagement, wanted.references.iter(), |row| {
            numbers.insert(row.get::<_, i64>(0)?);
            Ok(())
        })?;
        let by_identifier = |names: &str| {
            format!(
                "SELECT x.id FROM exception x JOIN suspense s ON s.exception = x.id AND s.kind = 'suspense_received'
                 WHERE x.engagement = ?1 AND x.identifier IN ({names})"
            )
        };
        self.each(&by_identifier, engagement, wanted.identifiers.iter(), |row| {
            numbers.insert(row.get::<_, i64>(0)?);
            Ok(())
        })?;
        // What is booked for an account is a payment, and what a reversal undid is gone.
        let money = |numbers: &str| {
            format!(
                "SELECT x.id, x.identifier, x.account, x.minor, s.effect_on, l.kind IS NOT NULL
                 FROM exception x JOIN suspense s ON s.exception = x.id AND s.kind = 'suspense_received'
                 LEFT JOIN suspense l ON l.exception = x.id AND l.kind <> 'suspense_received'
                 WHERE x.engagement = ?1 AND x.id IN ({numbers}) AND l.kind IS NOT 'suspense_cleared'
                   AND NOT EXISTS (SELECT 1 FROM exception r WHERE r.undoes = x.id)"
            )
        };
        let suspended = &mut known.suspended;
        self.each(&money, engagement, numbers.iter(), |row| {
            let money = of_table("exception", row, read_suspended)?;
            suspended.insert(money.number, money);
            Ok(())
        })?;
        let found: Vec<i64> = suspended.keys().copied().collect();
        let references = |numbers: &str| {
            format!(
                "SELECT exception, kind, value FROM exception_reference WHERE engagement = ?1 AND exception IN ({numbers})"
            )
        };
        // A name may stand twice in a statement's list of names.
        let mut of_money = BTreeSet::new();
        self.each(&references, engagement, found.iter(), |row| {
            let kind = read::named(row, 1, ReferenceKind::named)?;
            of_money.insert((row.get::<_, i64>(0)?, kind, row.get::<_, String>(2)?));
            Ok(())
        })?;
        for (number, kind, value) in of_money {
            if let Some(money) = suspended.get_mut(&number) {
                money.references.push((kind, value));
            }
        }
        Ok(())
    }
}

fn read_suspended(row: &Row<'_>) -> rusqlite::Result<Suspended> {
    Ok(Suspended {
        number: row.get(0)?,
        identifier: row.get(1)?,
        account: row.get(2)?,
        minor: row.get(3)?,
        on: certain_day(row, 4)?,
        references: Vec::new(),
        returned: row.get(5)?,
    })
}
