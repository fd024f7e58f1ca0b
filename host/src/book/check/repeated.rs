//! What the reports of files say of documents that are not booked: how many were exceptions and money in suspense, and
//! which of them wait under which number.

use super::DifferenceKind::Missing;
use super::rules::{Of, Rule, of_engagement};
use super::{LedgerCheck, Place};
use crate::book::Book;
use crate::error::Result;

/// The problems `j` that the report of a file `f` lists.
macro_rules! problems {
    ($rest:literal) => {
        concat!(
            "FROM file f JOIN engagement e ON e.id = f.engagement
             JOIN json_each(iif(json_valid(f.report), f.report, '{}'), '$.problems') j ",
            $rest
        )
    };
}

const RULES: &[Rule] = &[
    of_engagement(
        ("repeated", "exception"),
        "r.rowid",
        "FROM repeated r JOIN exception x ON x.id = r.exception JOIN file f ON f.id = r.file
         JOIN engagement e ON e.id = f.engagement
         WHERE x.engagement <> f.engagement OR x.waited <> 1",
    ),
    of_engagement(
        ("repeated", "row"),
        "r.rowid",
        "FROM repeated r JOIN file f ON f.id = r.file JOIN engagement e ON e.id = f.engagement
         WHERE EXISTS (SELECT 1 FROM repeated o WHERE o.exception = r.exception AND o.file = r.file AND o.line IS r.line
                         AND o.rowid <> r.rowid AND r.line IS NOT NULL)
            OR EXISTS (SELECT 1 FROM exception x WHERE x.id = r.exception AND x.file = r.file AND x.line = r.line)",
    ),
    // A report lists what came again, if the first document waited still at the end of the file's act.
    of_engagement(
        ("repeated", "line"),
        "r.rowid",
        "FROM repeated r JOIN exception x ON x.id = r.exception JOIN file f ON f.id = r.file
         JOIN engagement e ON e.id = f.engagement
         WHERE x.code LIKE 'waits%' AND (x.decision IS NULL OR x.decided_by > r.file)
           AND r.file IN (SELECT id FROM file WHERE json_valid(report) AND json_extract(report, '$.problems_not_listed') = 0)
           AND (r.exception, r.file, coalesce(r.line, 0)) NOT IN (
                 SELECT json_extract(j.value, '$.number'), g.id, coalesce(json_extract(j.value, '$.line'), 0)
                 FROM file g JOIN json_each(iif(json_valid(g.report), g.report, '{}'), '$.problems') j
                 WHERE json_extract(j.value, '$.number') IS NOT NULL)",
    ),
    // The number of a problem is that of a document that is not booked.
    Rule {
        at: ("exception", "row"),
        kind: Missing,
        of: Of::Engagement,
        row: "json_extract(j.value, '$.number')",
        wrong: problems!(
            "WHERE json_extract(j.value, '$.number') IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.id = json_extract(j.value, '$.number')
                                 AND x.engagement = f.engagement)"
        ),
    },
    // A document that came again is listed as such, unless the first one was given to its file or is of none any more.
    Rule {
        at: ("repeated", "row"),
        kind: Missing,
        of: Of::Engagement,
        row: "json_extract(j.value, '$.number')",
        wrong: problems!(
            "JOIN exception x ON x.id = json_extract(j.value, '$.number')
             WHERE json_extract(j.value, '$.code') = 'waits_already' AND f.sha256 NOT LIKE 'refused %'
               AND NOT (x.file = f.id AND x.line IS json_extract(j.value, '$.line'))
               AND NOT EXISTS (SELECT 1 FROM repeated r WHERE r.exception = x.id AND r.file = f.id
                                 AND r.line IS json_extract(j.value, '$.line'))"
        ),
    },
];

/// The exceptions and the money in suspense that a file's report counts, and those that the book has of the file. What
/// waited when it came is counted when it is booked, and what undoes money in suspense as a reversal.
const COUNTS: &str = "
    SELECT e.name, f.id,
           coalesce(json_extract(iif(json_valid(f.report), f.report, '{}'), '$.documents.exception.count'), 0)
             + coalesce(json_extract(iif(json_valid(f.report), f.report, '{}'), '$.documents.suspense.count'), 0) AS told,
           (SELECT count(*) FROM exception x WHERE x.file = f.id AND x.waited = 0
              AND NOT (x.kind = 'reversal' AND x.code = 'unidentified_money')) AS kept
    FROM file f JOIN engagement e ON e.id = f.engagement WHERE told <> kept";

impl Book {
    /// The documents that are not booked are those of which the reports of their files tell.
    pub(super) fn check_repeated(&self, check: &mut LedgerCheck) -> Result<()> {
        self.apply(RULES, check)?;
        let mut statement = self.connection.prepare(COUNTS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (engagement, file): (String, i64) = (row.get(0)?, row.get(1)?);
            let (told, kept): (i64, i64) = (row.get(2)?, row.get(3)?);
            let place =
                Place { engagement: &engagement, account: None, round: None, table: "exception", row: None };
            check.count(&place, kept, told);
            // The report may be wrong instead.
            check.compare(&place.at("file", file), "report: exception", told, kept);
        }
        Ok(())
    }
}
