//! Recomputing the ledger: every balance of the book from nothing but the entries.

use std::collections::BTreeMap;

use rusqlite::Row;
use serde::Serialize;

use super::{Book, Missing};
use crate::booking::Stop;
use crate::error::Result;

/// Differences that are listed; more are counted.
const DIFFERENCES_MAX: usize = 1_000;

/// What the entries add up to, and where the book says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct LedgerCheck {
    /// Placements recomputed.
    pub placements: u64,
    /// Entries read.
    pub transfers: u64,
    /// By engagement, what each ledger account holds: debits less credits, in minor units. The
    /// accounts of an engagement sum to zero.
    pub balances: BTreeMap<String, BTreeMap<String, i64>>,
    /// Engagements that have open accounts and no file. Their figures are recomputed as all others.
    pub missing: Vec<Missing>,
    /// Where the book is not what its entries say.
    pub differences: Vec<Difference>,
    /// Differences beyond those listed.
    pub differences_not_listed: u64,
    /// Whether every row is as an act left it; none if that was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowsCheck>,
}

/// Whether every row of the book is as the acts of the log left it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct RowsCheck {
    /// Tables whose rows do not have the sum that the book has of them: rows were changed, added or removed by something
    /// else than an act.
    pub tables_changed: Vec<String>,
    /// Triggers and views in the book's file. No release makes any, and none of them runs.
    pub foreign: Vec<String>,
    /// Why the sums of the book are not the ones of the log; none if they are.
    pub log: Option<String>,
}

impl RowsCheck {
    /// Whether the rows are the ones that the log knows.
    pub fn is_whole(&self) -> bool {
        let Self { tables_changed, foreign, log } = self;
        tables_changed.is_empty() && foreign.is_empty() && log.is_none()
    }
}

/// A figure of the book that is not what the entries add up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The engagement.
    pub engagement: String,
    /// The account; none for a figure of the whole engagement.
    pub account: Option<String>,
    /// The round of the placement.
    pub round: Option<i64>,
    /// Which figure: `placed`, `paid`, `reversed`, `adjusted`, `commission`, `tax`, a bucket of the
    /// balance, a reversal by its identifier, `earned` (the exact sum that commission is rounded from, in millionths of a
    /// minor unit; with reversals the nearest sum that it can be),
    /// `holds` (as numbers, bit n is the n-th reason), a payment by its identifier whose quotes do not follow each other,
    /// `requoted` (how often payments were quoted anew, and the events of it),
    /// `suspense`, `suspense_rows` and `suspense_left` with the number of money in suspense,
    /// `state` (1 and 0: the placement is not where its events led it), `trust` (money of customers against
    /// what is owed of it), or `trial_balance`.
    pub figure: String,
    /// What the book has, in minor units.
    pub book: i64,
    /// What the entries say.
    pub entries: i64,
}

impl LedgerCheck {
    /// Whether the book is what its entries say, and every row as an act left it if that was asked.
    pub fn is_whole(&self) -> bool {
        let rows = self.rows.as_ref().is_none_or(RowsCheck::is_whole);
        self.differences.is_empty() && self.differences_not_listed == 0 && rows
    }

    pub(super) fn compare(
        &mut self,
        place: &Place<'_>,
        figure: &str,
        book: impl Into<i128>,
        entries: impl Into<i128>,
    ) {
        let (book, entries) = (book.into(), entries.into());
        if book == entries {
            return;
        }
        if self.differences.len() == DIFFERENCES_MAX {
            self.differences_not_listed += 1;
            return;
        }
        self.differences.push(Difference {
            engagement: place.engagement.to_owned(),
            account: place.account.map(str::to_owned),
            round: place.round,
            figure: figure.to_owned(),
            book: shown(book),
            entries: shown(entries),
        });
    }
}

/// A figure as it is shown; one that does not fit 64 bits is shown as the nearest that does.
fn shown(exact: i128) -> i64 {
    let nearest = exact.clamp(i64::MIN.into(), i64::MAX.into());
    i64::try_from(nearest).unwrap_or(i64::MAX)
}

pub(super) struct Place<'a> {
    pub(super) engagement: &'a str,
    pub(super) account: Option<&'a str>,
    pub(super) round: Option<i64>,
}

/// The figures of a placement: its columns in the book, and the sums over its entries.
const FIGURES: [(&str, &str); 12] = [
    ("placed", "sum(whole) FILTER (WHERE kind = 'placement')"),
    ("paid", "sum(whole) FILTER (WHERE kind = 'payment')"),
    ("reversed", "sum(whole) FILTER (WHERE kind = 'reversal')"),
    ("adjusted", "sum(sign * whole) FILTER (WHERE kind NOT IN ('placement', 'payment', 'reversal'))"),
    (
        "commission",
        "sum(((credit = 'commission') - (debit = 'commission')) * whole) FILTER (WHERE kind = 'commission')",
    ),
    ("tax", "sum(((credit = 'tax') - (debit = 'tax')) * whole) FILTER (WHERE kind = 'tax')"),
    ("principal", "sum(sign * principal)"),
    ("interest", "sum(sign * interest)"),
    ("penalty", "sum(sign * penalty)"),
    ("late_fee", "sum(sign * late_fee)"),
    ("costs", "sum(sign * costs)"),
    ("other", "sum(sign * other)"),
];

/// An entry with its whole, and whether it raises or lowers what is owed.
const ENTRIES: &str = "(SELECT *, principal + interest + penalty + late_fee + costs + other AS whole,
        (debit = 'receivable') - (credit = 'receivable') AS sign FROM transfer)";

impl Book {
    /// Recomputes every figure of the book from the entries of the ledger, without holding them in
    /// memory.
    ///
    /// # Errors
    /// [`Error::Book`](crate::Error::Book) if the book cannot be read; it names the first row that cannot.
    pub(crate) fn check_ledger(&self) -> Result<LedgerCheck> {
        // All of one moment of the book: others may write meanwhile.
        let _moment = self.moment()?;
        let mut check = LedgerCheck::default();
        self.check_readable()?;
        self.check_placements(&mut check)?;
        self.check_reversals(&mut check)?;
        self.check_earnings(&mut check)?;
        self.check_quotes(&mut check)?;
        self.check_standings(&mut check)?;
        self.check_holds(&mut check)?;
        self.check_states(&mut check)?;
        self.check_suspense(&mut check)?;
        self.trial_balance(&mut check)?;
        Ok(check)
    }

    /// Every column of placements, holds, matters, promises and requests that booking reads can be read.
    fn check_readable(&self) -> Result<()> {
        self.each_placed(|placed| {
            placed.own_terms().map_err(Stop::into_failure)?;
            placed.account_key().map_err(Stop::into_failure)?;
            placed.number().map_err(Stop::into_failure)?;
            placed.party_or(None).map(drop).map_err(Stop::into_failure)
        })?;
        self.read_of_placements()
    }

    fn check_placements(&self, check: &mut LedgerCheck) -> Result<()> {
        let columns: Vec<String> = FIGURES.iter().map(|(column, _)| format!("p.{column}")).collect();
        let sums: Vec<String> = FIGURES
            .iter()
            .map(|(column, sum)| {
                format!("(SELECT coalesce({sum}, 0) FROM {ENTRIES} WHERE placement = p.id) AS {column}_sum")
            })
            .collect();
        let sql = format!(
            "SELECT e.name, p.account, p.round, {}, {},
                    (SELECT count(*) FROM transfer WHERE placement = p.id)
             FROM placement p JOIN engagement e ON e.id = p.engagement ORDER BY p.id",
            columns.join(", "),
            sums.join(", ")
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            check.placements += 1;
            check.transfers += row.get::<_, i64>(3 + 2 * FIGURES.len())?.unsigned_abs();
            let (engagement, account): (String, String) = (row.get(0)?, row.get(1)?);
            let place = Place { engagement: &engagement, account: Some(&account), round: row.get(2)? };
            for (at, (figure, _)) in FIGURES.iter().enumerate() {
                let (book, entries): (i64, i64) = (row.get(3 + at)?, row.get(3 + FIGURES.len() + at)?);
                check.compare(&place, figure, book, entries);
            }
        }
        Ok(())
    }

    /// Everything that undoes a payment undoes one of the same placement, the other way round, and all
    /// of them together no more than the payment, bucket by bucket.
    fn check_reversals(&self, check: &mut LedgerCheck) -> Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT e.name, p.account, p.round, coalesce(r.identifier, 'reversal ' || r.id),
                    o.kind IS 'payment' AND o.placement = r.placement AND o.debit = r.credit AND o.credit = r.debit
             FROM transfer r
             JOIN placement p ON p.id = r.placement JOIN engagement e ON e.id = p.engagement
             LEFT JOIN transfer o ON o.id = r.reverses
             WHERE r.kind = 'reversal'",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let fits: Option<bool> = row.get(4)?;
            // It is none if what it undoes is not there.
            compare_row(check, row, 1, i64::from(fits == Some(true)))?;
        }
        for bucket in ["principal", "interest", "penalty", "late_fee", "costs", "other"] {
            let sql = format!(
                "SELECT e.name, p.account, p.round, coalesce(o.identifier, 'payment ' || o.id),
                        o.{bucket}, (SELECT sum(r.{bucket}) FROM transfer r WHERE r.reverses = o.id) AS undone
                 FROM transfer o
                 JOIN placement p ON p.id = o.placement JOIN engagement e ON e.id = p.engagement
                 WHERE o.kind = 'payment' AND undone > o.{bucket}"
            );
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                compare_row(check, row, row.get(4)?, row.get(5)?)?;
            }
        }
        Ok(())
    }

    /// Where a placement stands is where its events led it: each begins where the one before it ended.
    fn check_states(&self, check: &mut LedgerCheck) -> Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT * FROM (
               SELECT e.name, p.account, p.round, 'state' AS figure, p.state,
                      (SELECT v.after FROM event v WHERE v.placement = p.id AND v.after IS NOT NULL ORDER BY v.id DESC LIMIT 1) AS led
               FROM placement p JOIN engagement e ON e.id = p.engagement)
             WHERE state IS NOT coalesce(led, CASE WHEN state IN ('draft', 'sent', 'held') THEN state END)
             UNION ALL
             SELECT * FROM (
               SELECT e.name, p.account, p.round, 'state' AS figure, v.before,
                      lag(v.after) OVER (PARTITION BY v.placement ORDER BY v.id) AS led
               FROM event v JOIN placement p ON p.id = v.placement JOIN engagement e ON e.id = p.engagement
               WHERE v.after IS NOT NULL)
             WHERE led IS NOT NULL AND before IS NOT led",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            compare_row(check, row, 1, 0)?;
        }
        Ok(())
    }

    /// The exact sum of a placement is what its payments earned, and what stands of it under the versions of the terms. With
    /// a reversal it is what stands, which lies between nothing and what the payments earned.
    fn check_earnings(&self, check: &mut LedgerCheck) -> Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT e.name, p.account, p.round, p.earned, p.earned_micro,
                    (SELECT coalesce(sum(x.whole), 0) FROM earning x JOIN transfer t ON t.id = x.payment WHERE t.placement = p.id),
                    (SELECT coalesce(sum(x.micro), 0) FROM earning x JOIN transfer t ON t.id = x.payment WHERE t.placement = p.id),
                    EXISTS (SELECT 1 FROM transfer t WHERE t.placement = p.id AND t.kind = 'reversal'),
                    (SELECT coalesce(sum(s.earned), 0) FROM standing s WHERE s.placement = p.id),
                    (SELECT coalesce(sum(s.earned_micro), 0) FROM standing s WHERE s.placement = p.id)
             FROM placement p JOIN engagement e ON e.id = p.engagement",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let exact = |at: usize| -> Result<i128> {
                Ok(i128::from(row.get::<_, i64>(at)?) * 1_000_000 + i128::from(row.get::<_, i64>(at + 1)?))
            };
            let (book, earned, stands) = (exact(3)?, exact(5)?, exact(8)?);
            let reversed: bool = row.get(7)?;
            let entries = if reversed { stands.clamp(0, earned.max(0)) } else { earned };
            let book = if book == entries { stands } else { book };
            let (engagement, account): (String, String) = (row.get(0)?, row.get(1)?);
            let place = Place { engagement: &engagement, account: Some(&account), round: row.get(2)? };
            check.compare(&place, "earned", book, entries);
        }
        Ok(())
    }

    /// The commission and tax under each version of the terms are what the entries of the version say.
    fn check_standings(&self, check: &mut LedgerCheck) -> Result<()> {
        for kind in ["commission", "tax"] {
            let mut statement = self.connection.prepare(&format!(
                "SELECT e.name, p.account, p.round, '{kind}', s.{kind},
                        (SELECT coalesce(sum(((credit = '{kind}') - (debit = '{kind}')) * whole), 0) FROM {ENTRIES}
                         WHERE placement = s.placement AND kind = '{kind}' AND terms = s.terms)
                 FROM standing s JOIN placement p ON p.id = s.placement JOIN engagement e ON e.id = p.engagement"
            ))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                compare_row(check, row, row.get(4)?, row.get(5)?)?;
            }
        }
        Ok(())
    }

    /// Money in suspense is there as long as nobody has decided it, and what left it was booked for an account or went back.
    fn check_suspense(&self, check: &mut LedgerCheck) -> Result<()> {
        for wrong in self.suspense_figures()? {
            check.transfers += wrong.rows;
            let place = Place { engagement: &wrong.engagement, account: None, round: None };
            for (figure, book, entries) in &wrong.figures {
                check.compare(&place, &format!("{figure} {}", wrong.number), *book, *entries);
            }
        }
        Ok(())
    }

    fn trial_balance(&self, check: &mut LedgerCheck) -> Result<()> {
        let sql = format!(
            "SELECT e.name, t.account, sum(t.minor) FROM
               (SELECT engagement, debit AS account, whole AS minor FROM {ENTRIES}
                UNION ALL SELECT engagement, credit, -whole FROM {ENTRIES}
                UNION ALL SELECT engagement, debit, minor FROM suspense
                UNION ALL SELECT engagement, credit, -minor FROM suspense) t
             JOIN engagement e ON e.id = t.engagement GROUP BY e.name, t.account"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            check.balances.entry(row.get(0)?).or_default().insert(row.get(1)?, row.get(2)?);
        }
        for (engagement, accounts) in check.balances.clone() {
            let sum: i128 = accounts.values().map(|minor| i128::from(*minor)).sum();
            let place = Place { engagement: &engagement, account: None, round: None };
            check.compare(&place, "trial_balance", 0, sum);
            let trust = ["agency_cash", "creditor_payable", "commission", "tax", "invoiced"];
            let sum: i128 = trust
                .iter()
                .filter_map(|account| accounts.get(*account))
                .map(|minor| i128::from(*minor))
                .sum();
            check.compare(&place, "trust", 0, sum);
        }
        Ok(())
    }
}

/// A row of engagement, account, round and the name of a figure.
pub(super) fn compare_row(check: &mut LedgerCheck, row: &Row<'_>, book: i64, entries: i64) -> Result<()> {
    let (engagement, account, figure): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
    let place = Place { engagement: &engagement, account: Some(&account), round: row.get(2)? };
    check.compare(&place, &figure, book, entries);
    Ok(())
}
