//! Reconciliation: how what is owed with an agency moved in a period, and where the other side has other
//! figures, item by item.

use bailiwick_sdk::value::Day;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::Book;
use crate::error::{Error, Result};

/// Differences listed; more are counted.
const DIFFERENCES_MAX: usize = 10_000;

/// How what is owed moved. `opening + placed - returned + adjusted - paid = closing`, always.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Roll {
    /// The engagement.
    pub engagement: String,
    /// The batch; none: all of them.
    pub batch: Option<String>,
    /// The currency.
    pub currency: String,
    /// First day of the period.
    pub from: String,
    /// Last day of the period.
    pub to: String,
    /// Owed with the agency before the first day.
    pub opening: i64,
    /// Placed in the period.
    pub placed: i64,
    /// Owed on accounts that left the agency in the period, when they left.
    pub returned: i64,
    /// Adjustments while the agency held the accounts.
    pub adjusted: i64,
    /// Payments less reversals while the agency held the accounts.
    pub paid: i64,
    /// Owed with the agency after the last day.
    pub closing: i64,
    /// Payments less reversals after accounts had left the agency; they are in no figure above.
    pub paid_after_end: i64,
    /// Payments less reversals on accounts that the agency refused; they are in no figure above.
    pub paid_when_rejected: i64,
    /// Accounts with the agency after the last day.
    pub accounts: u64,
    /// Where the other side has other figures, and accounts whose own figures do not add up.
    pub differences: Vec<Discrepancy>,
    /// Differences beyond those listed.
    pub differences_not_listed: u64,
}

/// Why two figures differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// The book has an account that the other side's figures do not have.
    SeenByUsOnly,
    /// Their figure is another one, and nothing explains it.
    AmountDiffers,
    /// The difference is what happened after the day of their figures.
    DateOutsideThePeriod,
    /// The account's own figures do not add up: its entries make `ours` at the end of the period, its balance then is
    /// `theirs`. It is in no sum. `bailiwick ledger check` says more.
    DoesNotAddUp,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SeenByUsOnly => "seen by us only",
            Self::AmountDiffers => "amount differs",
            Self::DateOutsideThePeriod => "date outside the period",
            Self::DoesNotAddUp => "does not add up",
        })
    }
}

/// A figure of an account that the two sides have differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Discrepancy {
    /// The account.
    pub account: String,
    /// The round of its placement.
    pub round: u32,
    /// Which side's figures they are; empty for an account that does not add up.
    pub side: String,
    /// `placed`, `paid`, `balance`, `account` where it is missing altogether, or `closing` of an account that does not add
    /// up.
    pub figure: String,
    /// What the book has.
    pub ours: i64,
    /// What they have.
    pub theirs: Option<i64>,
    /// Why.
    pub why: Why,
    /// The day their figures are of.
    pub as_of: Option<String>,
    /// The file they came in.
    pub file: Option<String>,
    /// The line of the file.
    pub line: Option<u64>,
}

/// The figures of a placement, or of many.
#[derive(Default)]
struct Sums {
    opening: i128,
    placed: i128,
    returned: i128,
    adjusted: i128,
    paid: i128,
    closing: i128,
    paid_after_end: i128,
    paid_when_rejected: i128,
    accounts: u64,
}

impl Sums {
    /// The closing balance that the other figures make.
    fn rolled(&self) -> i128 {
        self.opening + self.placed - self.returned + self.adjusted - self.paid
    }

    fn add(&mut self, it: &Self) {
        self.opening += it.opening;
        self.placed += it.placed;
        self.returned += it.returned;
        self.adjusted += it.adjusted;
        self.paid += it.paid;
        self.closing += it.closing;
        self.paid_after_end += it.paid_after_end;
        self.paid_when_rejected += it.paid_when_rejected;
        self.accounts += it.accounts;
    }

    fn into_roll(self, roll: &mut Roll) -> Result<()> {
        roll.opening = fitting(self.opening)?;
        roll.placed = fitting(self.placed)?;
        roll.returned = fitting(self.returned)?;
        roll.adjusted = fitting(self.adjusted)?;
        roll.paid = fitting(self.paid)?;
        roll.closing = fitting(self.closing)?;
        roll.paid_after_end = fitting(self.paid_after_end)?;
        roll.paid_when_rejected = fitting(self.paid_when_rejected)?;
        roll.accounts = self.accounts;
        Ok(())
    }
}

fn fitting(sum: i128) -> Result<i64> {
    i64::try_from(sum).map_err(|_| Error::Refused {
        code: "amount_too_large".to_owned(),
        message: format!(
            "a sum of the accounts is {sum}, more than 64 bits; reconcile a batch or a shorter period"
        ),
    })
}

/// The rows that change what is owed, each with its day: not before the placement began.
const MOVES: &str = "SELECT t.placement, max(coalesce(t.effect_on, p.placed_on), p.placed_on) AS day, t.kind,
        ((t.debit = 'receivable') - (t.credit = 'receivable'))
          * (t.principal + t.interest + t.penalty + t.late_fee + t.costs + t.other) AS minor
    FROM transfer t JOIN placement p ON p.id = t.placement WHERE 'receivable' IN (t.debit, t.credit)";

impl Book {
    /// Reconciles a period, of one batch or all.
    ///
    /// # Errors
    /// [`Error::Book`] if it cannot be read; [`Error::Refused`] with `amount_too_large` if a sum does not fit 64 bits.
    pub(crate) fn reconcile(
        &self,
        engagement: &str,
        (from, to): (Day, Day),
        batch: Option<&str>,
    ) -> Result<Roll> {
        // All of one moment of the book: others may write meanwhile.
        let _moment = self.moment()?;
        let mut roll = Roll {
            engagement: engagement.to_owned(),
            batch: batch.map(str::to_owned),
            from: from.to_string(),
            to: to.to_string(),
            ..Roll::default()
        };
        self.figures(&mut roll)?;
        self.differences(&mut roll)?;
        Ok(roll)
    }

    /// Adds up the figures of each placement. One that does not add up is left out and listed.
    fn figures(&self, roll: &mut Roll) -> Result<()> {
        // A placement is with the agency from its day to its last day; the last day is still the agency's. One that ended
        // before its day was never with the agency: money on it came after its end.
        let sql = format!(
            "WITH mine AS (
               SELECT p.id, p.account, p.round, p.placed, p.placed_on, p.ended_on, p.state = 'rejected' AS refused
               FROM placement p JOIN engagement e ON e.id = p.engagement
               WHERE e.name = ?1 AND p.in_error = 0 AND p.state <> 'draft' AND (?4 IS NULL OR p.batch = ?4)),
             moved AS (
               SELECT m.*, NOT mine.refused AND (mine.ended_on IS NULL OR m.day <= mine.ended_on) AS held
               FROM ({MOVES}) m JOIN mine ON mine.id = m.placement)
             SELECT mine.account, mine.round, mine.refused,
               coalesce(sum(m.minor) FILTER (WHERE m.held AND m.day < ?2 AND (mine.ended_on IS NULL OR mine.ended_on >= ?2)), 0),
               CASE WHEN NOT mine.refused AND mine.placed_on BETWEEN ?2 AND ?3
                         AND (mine.ended_on IS NULL OR mine.ended_on >= mine.placed_on) THEN mine.placed ELSE 0 END,
               coalesce(sum(m.minor) FILTER (WHERE m.held AND mine.ended_on BETWEEN ?2 AND ?3), 0),
               coalesce(sum(m.minor) FILTER (
                 WHERE m.held AND m.day BETWEEN ?2 AND ?3 AND m.kind NOT IN ('placement', 'payment', 'reversal')), 0),
               coalesce(-sum(m.minor) FILTER (
                 WHERE m.held AND m.day BETWEEN ?2 AND ?3 AND m.kind IN ('payment', 'reversal')), 0),
               coalesce(sum(m.minor) FILTER (
                 WHERE m.held AND m.day <= ?3 AND (mine.ended_on IS NULL OR mine.ended_on > ?3)), 0),
               coalesce(-sum(m.minor) FILTER (
                 WHERE NOT m.held AND m.day BETWEEN ?2 AND ?3 AND m.kind IN ('payment', 'reversal')), 0),
               coalesce(NOT mine.refused AND mine.placed_on <= ?3 AND (mine.ended_on IS NULL OR mine.ended_on > ?3), 0)
             FROM mine LEFT JOIN moved m ON m.placement = mine.id GROUP BY mine.id ORDER BY mine.id"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query(params![roll.engagement, roll.from, roll.to, roll.batch])?;
        let mut sums = Sums::default();
        while let Some(row) = rows.next()? {
            let refused: bool = row.get(2)?;
            let figure = |at: usize| -> Result<i128> { Ok(row.get::<_, i64>(at)?.into()) };
            let it = Sums {
                opening: figure(3)?,
                placed: figure(4)?,
                returned: figure(5)?,
                adjusted: figure(6)?,
                paid: figure(7)?,
                closing: figure(8)?,
                paid_after_end: if refused { 0 } else { figure(9)? },
                paid_when_rejected: if refused { figure(9)? } else { 0 },
                accounts: row.get::<_, bool>(10)?.into(),
            };
            if it.rolled() == it.closing {
                sums.add(&it);
            } else {
                roll.push(Discrepancy {
                    account: row.get(0)?,
                    round: row.get(1)?,
                    side: String::new(),
                    figure: "closing".to_owned(),
                    ours: fitting(it.rolled())?,
                    theirs: Some(fitting(it.closing)?),
                    why: Why::DoesNotAddUp,
                    as_of: None,
                    file: None,
                    line: None,
                });
            }
        }
        sums.into_roll(roll)?;
        let sql = "SELECT currency FROM engagement WHERE name = ?1";
        let currency = self.connection.query_row(sql, [&roll.engagement], |row| row.get(0)).optional()?;
        roll.currency = currency.unwrap_or_default();
        Ok(())
    }

    /// The latest figures of each side up to the last day, against the book on the day they are of.
    fn differences(&self, roll: &mut Roll) -> Result<()> {
        let sql = format!(
            "WITH mine AS (
               SELECT p.id, p.account, p.round, p.placed, p.placed_on, p.ended_on
               FROM placement p JOIN engagement e ON e.id = p.engagement
               WHERE e.name = ?1 AND p.in_error = 0 AND p.state NOT IN ('draft', 'rejected')
                 AND (?3 IS NULL OR p.batch = ?3)),
             latest AS (
               SELECT r.*, row_number() OVER (PARTITION BY r.placement, r.side ORDER BY r.as_of DESC) AS n
               FROM reconciliation r WHERE r.as_of <= ?2)
             SELECT mine.account, mine.round, l.side, l.as_of, f.name, l.line, mine.placed, l.placed, l.paid, l.balance,
               (SELECT coalesce(-sum(minor), 0) FROM ({MOVES}) m
                WHERE m.placement = mine.id AND m.day <= l.as_of AND m.kind IN ('payment', 'reversal')),
               (SELECT coalesce(-sum(minor), 0) FROM ({MOVES}) m WHERE m.placement = mine.id AND m.kind IN ('payment', 'reversal')),
               (SELECT coalesce(sum(minor), 0) FROM ({MOVES}) m WHERE m.placement = mine.id AND m.day <= l.as_of),
               (SELECT coalesce(sum(minor), 0) FROM ({MOVES}) m WHERE m.placement = mine.id)
             FROM mine JOIN latest l ON l.placement = mine.id AND l.n = 1 JOIN file f ON f.id = l.file
             ORDER BY mine.id, l.side"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query(params![roll.engagement, roll.to, roll.batch])?;
        while let Some(row) = rows.next()? {
            let it = Discrepancy {
                account: row.get(0)?,
                round: row.get(1)?,
                side: row.get(2)?,
                figure: String::new(),
                ours: 0,
                theirs: None,
                why: Why::AmountDiffers,
                as_of: row.get(3)?,
                file: row.get(4)?,
                line: super::read::line(row, 5)?,
            };
            let (placed, theirs): (i64, i64) = (row.get(6)?, row.get(7)?);
            roll.compare(&it, "placed", (placed, placed), Some(theirs));
            roll.compare(&it, "paid", (row.get(10)?, row.get(11)?), row.get(8)?);
            roll.compare(&it, "balance", (row.get(12)?, row.get(13)?), row.get(9)?);
        }
        self.missing(roll)
    }

    /// Accounts with the agency on the day of a side's latest figures that these do not have.
    fn missing(&self, roll: &mut Roll) -> Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT p.account, p.round, d.side, d.day,
                    p.principal + p.interest + p.penalty + p.late_fee + p.costs + p.other
             FROM (SELECT r.side, max(r.as_of) AS day FROM reconciliation r
                   JOIN placement q ON q.id = r.placement JOIN engagement e ON e.id = q.engagement
                   WHERE e.name = ?1 AND r.as_of <= ?2 GROUP BY r.side) d
             JOIN placement p JOIN engagement e ON e.id = p.engagement AND e.name = ?1
             WHERE p.in_error = 0 AND p.state NOT IN ('draft', 'rejected') AND (?3 IS NULL OR p.batch = ?3)
               AND p.placed_on <= d.day AND (p.ended_on IS NULL OR p.ended_on > d.day)
               AND NOT EXISTS (SELECT 1 FROM reconciliation r
                               WHERE r.placement = p.id AND r.side = d.side AND r.as_of <= ?2)
             ORDER BY p.id, d.side",
        )?;
        let mut rows = statement.query(params![roll.engagement, roll.to, roll.batch])?;
        while let Some(row) = rows.next()? {
            roll.push(Discrepancy {
                account: row.get(0)?,
                round: row.get(1)?,
                side: row.get(2)?,
                figure: "account".to_owned(),
                ours: row.get(4)?,
                theirs: None,
                why: Why::SeenByUsOnly,
                as_of: row.get(3)?,
                file: None,
                line: None,
            });
        }
        Ok(())
    }
}

impl Roll {
    /// `ours` is the figure on the day of theirs, and now.
    fn compare(&mut self, of: &Discrepancy, figure: &str, (then, now): (i64, i64), theirs: Option<i64>) {
        let Some(theirs) = theirs.filter(|theirs| *theirs != then) else { return };
        let why = if theirs == now { Why::DateOutsideThePeriod } else { Why::AmountDiffers };
        self.push(Discrepancy {
            figure: figure.to_owned(),
            ours: then,
            theirs: Some(theirs),
            why,
            ..of.clone()
        });
    }

    fn push(&mut self, it: Discrepancy) {
        if self.differences.len() == DIFFERENCES_MAX {
            self.differences_not_listed += 1;
        } else {
            self.differences.push(it);
        }
    }
}
