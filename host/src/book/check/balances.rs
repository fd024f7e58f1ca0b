//! The figures of placements and the balances of the ledger accounts, from nothing but the entries.

use super::{LedgerCheck, Place};
use crate::book::Book;
use crate::error::Result;

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
pub(super) const ENTRIES: &str =
    "(SELECT *, principal + interest + penalty + late_fee + costs + other AS whole,
        (debit = 'receivable') - (credit = 'receivable') AS sign FROM transfer)";

impl Book {
    /// Every figure of a placement is the sum of its entries.
    pub(super) fn check_figures(&self, check: &mut LedgerCheck) -> Result<()> {
        let columns: Vec<String> = FIGURES.iter().map(|(column, _)| format!("p.{column}")).collect();
        let sums: Vec<String> = FIGURES
            .iter()
            .map(|(column, sum)| {
                format!("(SELECT coalesce({sum}, 0) FROM {ENTRIES} WHERE placement = p.id) AS {column}_sum")
            })
            .collect();
        let sql = format!(
            "SELECT e.name, p.account, p.round, {}, {}, p.id,
                    (SELECT count(*) FROM transfer WHERE placement = p.id)
             FROM placement p JOIN engagement e ON e.id = p.engagement ORDER BY p.id",
            columns.join(", "),
            sums.join(", ")
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            check.placements += 1;
            check.transfers += row.get::<_, i64>(4 + 2 * FIGURES.len())?.unsigned_abs();
            let (engagement, account): (String, String) = (row.get(0)?, row.get(1)?);
            let place = Place {
                engagement: &engagement,
                account: Some(&account),
                round: row.get(2)?,
                table: "placement",
                row: row.get(3 + 2 * FIGURES.len())?,
            };
            for (at, (figure, _)) in FIGURES.iter().enumerate() {
                let (book, entries): (i64, i64) = (row.get(3 + at)?, row.get(3 + FIGURES.len() + at)?);
                check.compare(&place, figure, book, entries);
            }
        }
        Ok(())
    }

    /// The ledger accounts of an engagement sum to zero, and so does the money of customers.
    pub(super) fn trial_balance(&self, check: &mut LedgerCheck) -> Result<()> {
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
            let place =
                Place { engagement: &engagement, account: None, round: None, table: "transfer", row: None };
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
