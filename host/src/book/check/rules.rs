//! Rules as SQL: a query of which every row is a difference.

use rusqlite::Row;

use super::{DifferenceKind, LedgerCheck, Place};
use crate::book::Book;
use crate::error::Result;

/// What the rows of a rule are of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// A placement `p` of an engagement `e`.
    Placement,
    /// An engagement `e`.
    Engagement,
    /// Nothing that the rule names.
    Book,
}

/// A rule: a query of which every row is a difference.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// The table and the column that are wrong then.
    pub(super) at: (&'static str, &'static str),
    pub(super) kind: DifferenceKind,
    pub(super) of: Of,
    /// The number of the row, as SQL.
    pub(super) row: &'static str,
    /// The query, from its `FROM` on.
    pub(super) wrong: &'static str,
}

/// A column of a row of a placement is wrong where the query finds a row.
pub(super) const fn column(at: (&'static str, &'static str), row: &'static str, wrong: &'static str) -> Rule {
    Rule { at, kind: DifferenceKind::Changed, of: Of::Placement, row, wrong }
}

/// The same of a row that is of an engagement.
pub(super) const fn of_engagement(
    at: (&'static str, &'static str),
    row: &'static str,
    wrong: &'static str,
) -> Rule {
    Rule { at, kind: DifferenceKind::Changed, of: Of::Engagement, row, wrong }
}

impl Book {
    pub(super) fn apply(&self, rules: &[Rule], check: &mut LedgerCheck) -> Result<()> {
        rules.iter().try_for_each(|rule| self.apply_one(rule, rule.wrong, check))
    }

    /// Applies a rule with a query that was made for it.
    pub(super) fn apply_one(&self, rule: &Rule, wrong: &str, check: &mut LedgerCheck) -> Result<()> {
        let of = match rule.of {
            Of::Placement => "e.name, p.account, p.round",
            Of::Engagement => "e.name, NULL, NULL",
            Of::Book => "'', NULL, NULL",
        };
        let mut statement =
            self.connection.prepare(&format!("SELECT DISTINCT {of}, {} {wrong}", rule.row))?;
        let mut rows = statement.query([])?;
        let told = match rule.kind {
            DifferenceKind::Missing => (0, 1),
            _ => (1, 0),
        };
        while let Some(row) = rows.next()? {
            let engagement: Option<String> = row.get(0)?;
            let account: Option<String> = row.get(1)?;
            let place = Place {
                engagement: engagement.as_deref().unwrap_or_default(),
                account: account.as_deref(),
                round: row.get(2)?,
                table: rule.at.0,
                row: row.get(3)?,
            };
            check.tell(&place, rule.at.1, rule.kind, told);
        }
        Ok(())
    }
}

/// Compares a row of a query: engagement, account, round, the name of a figure, the number of a row of `table`.
pub(super) fn compare_row(
    check: &mut LedgerCheck,
    table: &str,
    row: &Row<'_>,
    kind: DifferenceKind,
    (book, entries): (i64, i64),
) -> Result<()> {
    let (engagement, account, figure): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
    let place = Place {
        engagement: &engagement,
        account: Some(&account),
        round: row.get(2)?,
        table,
        row: row.get(4)?,
    };
    if book != entries {
        check.tell(&place, &figure, kind, (book, entries));
    }
    Ok(())
}
