//! Rows that must be there: no row names one that is not, and no number is left out.

use std::collections::BTreeSet;

use super::rules::{Of, Rule};
use super::{DifferenceKind, LedgerCheck, Place};
use crate::book::Book;
use crate::error::Result;

/// Tables whose rows are numbered one after the other and stay.
const KEPT: [&str; 5] = ["file", "remittance", "reconciliation", "answer", "suspense"];
/// Tables whose rows go only with an account that was taken back, with the file of a row where there is one.
const TAKEN_BACK: [(&str, &str); 9] = [
    ("placement", "file"),
    ("transfer", "file"),
    ("event", "file"),
    ("exception", "file"),
    ("promise", "file"),
    ("evidence", "file"),
    ("hold", "file"),
    ("matter", ""),
    ("evidence_request", ""),
];

/// A file of which accounts without a day were taken back, because their past lies after the day of the file.
const TOOK_BACK: &str = "(f.report LIKE '%\"future_date\"%' OR f.report LIKE '%\"problems_not_listed\":%'
                          AND f.report NOT LIKE '%\"problems_not_listed\":0%')";

impl Book {
    /// No row names a row that is not there.
    pub(super) fn check_references(&self, check: &mut LedgerCheck) -> Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT c.\"table\", c.rowid, l.\"from\", c.parent
             FROM pragma_foreign_key_check c JOIN pragma_foreign_key_list(c.\"table\") l ON l.id = c.fkid",
        )?;
        let mut rows = statement.query([])?;
        let mut named = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let (table, column, parent): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
            let place = Place { engagement: "", account: None, round: None, table: &table, row: row.get(1)? };
            check.holds(&place, &column, false);
            // The row that is named may be the one that is missing.
            if named.insert(parent.clone()) {
                check.missing(&place.at(&parent, None));
            }
        }
        Ok(())
    }

    /// The rows of a table are numbered without a gap: a row that was taken out leaves one.
    pub(super) fn check_numbers(&self, check: &mut LedgerCheck) -> Result<()> {
        for table in KEPT {
            self.check_gaps(table, "TRUE", check)?;
        }
        for (table, file) in TAKEN_BACK {
            let unless = match file {
                "" => format!("NOT EXISTS (SELECT 1 FROM file f WHERE {TOOK_BACK})"),
                _ => format!(
                    "NOT EXISTS (SELECT 1 FROM file f WHERE {TOOK_BACK} AND f.id BETWEEN
                         min(file, coalesce((SELECT b.file FROM {table} b WHERE b.id = prior), 0)) AND
                         max(file, coalesce((SELECT b.file FROM {table} b WHERE b.id = prior), 0)))"
                ),
            };
            self.check_gaps(table, &unless, check)?;
        }
        Ok(())
    }

    fn check_gaps(&self, table: &'static str, counts: &str, check: &mut LedgerCheck) -> Result<()> {
        let rule = Rule {
            at: (table, "row"),
            kind: DifferenceKind::Missing,
            of: Of::Book,
            row: "id - 1",
            wrong: "",
        };
        let wrong = format!(
            "FROM (SELECT *, lag(id, 1, 0) OVER (ORDER BY id) AS prior FROM {table}) WHERE id <> prior + 1 AND {counts}"
        );
        self.apply_one(&rule, &wrong, check)
    }
}
