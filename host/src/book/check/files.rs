//! Files and the acts of the host: their sides, and how many documents of each kind they brought.

use super::DifferenceKind::Figure;
use super::LedgerCheck;
use super::rules::{Rule, column, of_engagement};
use crate::book::Book;
use crate::error::Result;

/// Documents that only the bank sends, and those that only the agency sends. Money that was decided is of an act of the
/// host.
const RULES: &[Rule] = &[
    of_engagement(
        ("file", "side"),
        "f.id",
        "FROM file f JOIN engagement e ON e.id = f.engagement
         WHERE (f.side = 'host') <> (f.sha256 LIKE 'own %')
            OR (f.side = 'host') <> (f.message IN ('tick', 'decision', 'remittance') AND f.name = f.message AND f.report = '')",
    ),
    of_engagement(
        ("file", "side"),
        "f.id",
        "FROM event v JOIN file f ON f.id = v.file JOIN engagement e ON e.id = f.engagement
         WHERE (v.kind IN ('recall', 'adjustment') AND length(v.document) > 0 AND f.side <> 'bank')
            OR (v.kind IN ('acknowledgment', 'recall_objection', 'return') AND length(v.document) > 0 AND f.side <> 'agency')
            OR (v.kind = 'direct_payment' AND f.side = 'agency')
            OR (v.kind NOT IN ('payment', 'direct_payment') AND length(v.document) > 0 AND f.side = 'host')",
    ),
    of_engagement(
        ("file", "side"),
        "f.id",
        "FROM placement p JOIN file f ON f.id = p.file JOIN engagement e ON e.id = f.engagement WHERE f.side <> 'bank'",
    ),
    of_engagement(
        ("file", "message"),
        "f.id",
        "FROM file f JOIN engagement e ON e.id = f.engagement
         WHERE (f.message = 'remittance' AND f.side = 'host') <> EXISTS (SELECT 1 FROM remittance r WHERE r.file = f.id)",
    ),
    of_engagement(
        ("file", "bytes"),
        "f.id",
        "FROM file f JOIN engagement e ON e.id = f.engagement WHERE (f.side = 'host' AND f.bytes <> 0) OR f.bytes < 0",
    ),
    of_engagement(
        ("file", "identity"),
        "f.id",
        "FROM file f JOIN engagement e ON e.id = f.engagement
         WHERE f.side = 'host' AND (f.identity IS NOT NULL OR f.sequence IS NOT NULL)",
    ),
    of_engagement(
        ("file", "sha256"),
        "f.id",
        "FROM (SELECT *, CASE WHEN sha256 LIKE 'refused ' || id || ' %' THEN substr(sha256, length('refused ' || id || ' ') + 1)
                              ELSE sha256 END AS digest FROM file) f
         JOIN engagement e ON e.id = f.engagement
         WHERE (f.side <> 'host' AND (length(digest) <> 64 OR digest GLOB '*[^0-9a-f]*'))
            -- Layout 2 named the acts of the host by 32 digits at random.
            OR (f.side = 'host' AND digest <> 'own ' || f.id AND (length(digest) <> 36 OR digest GLOB 'own *[^0-9A-F]*'))",
    ),
    of_engagement(
        ("answer", "sha256"),
        "a.id",
        "FROM answer a JOIN file f ON f.id = a.file JOIN engagement e ON e.id = f.engagement
         WHERE length(a.sha256) <> 64 OR a.sha256 GLOB '*[^0-9a-f]*' OR a.bytes < 0",
    ),
    column(
        ("event", "booked_by"),
        "v.id",
        "FROM event v JOIN placement p ON p.id = v.placement JOIN engagement e ON e.id = p.engagement
         WHERE v.booked_by <= v.file",
    ),
    column(
        ("placement", "in_error"),
        "p.id",
        "FROM placement p JOIN engagement e ON e.id = p.engagement WHERE p.in_error NOT IN (0, 1)",
    ),
    column(
        ("hold", "begins"),
        "h.id",
        "FROM hold h JOIN placement p ON p.id = h.placement JOIN engagement e ON e.id = p.engagement
         WHERE h.begins NOT IN (0, 1)",
    ),
    // A hold without a day begins with the placement.
    column(
        ("hold", "file"),
        "h.id",
        "FROM hold h JOIN placement p ON p.id = h.placement JOIN engagement e ON e.id = p.engagement
         JOIN file f ON f.id = h.file
         WHERE f.engagement <> p.engagement OR (h.effect_on IS NULL AND h.side = 'bank' AND h.file = p.file) <> (h.effect_on IS NULL)",
    ),
    column(
        ("evidence", "checked"),
        "x.id",
        "FROM evidence x JOIN placement p ON p.id = x.placement JOIN engagement e ON e.id = p.engagement
         WHERE x.checked NOT IN (0, 1)",
    ),
    column(
        ("evidence_request", "given"),
        "x.id",
        "FROM evidence_request x JOIN placement p ON p.id = x.placement JOIN engagement e ON e.id = p.engagement
         WHERE x.given NOT IN (0, 1)",
    ),
    column(
        ("event", "line"),
        "v.id",
        "FROM event v JOIN placement p ON p.id = v.placement JOIN engagement e ON e.id = p.engagement
         WHERE length(v.document) = 0 AND v.kind <> 'requoted' AND v.line IS NOT NULL",
    ),
];

/// The documents of each kind that a file's report has, and those that the book has of the file. What waited for another
/// file is in no report.
const COUNTS: &str = "
    WITH told AS (
        SELECT f.id AS file, j.key AS kind, json_extract(j.value, '$.count') AS many
        FROM file f, json_each(iif(json_valid(f.report), f.report, '{}'), '$.documents') j),
    kept AS (
        SELECT file, kind, sum(many) AS many FROM (
            SELECT file, kind, count(*) AS many FROM event
            WHERE booked_by IS NULL AND length(document) > 0 GROUP BY file, kind
            UNION ALL SELECT file, 'placement', count(*) FROM placement GROUP BY file
            -- A reversal of money in suspense has no event, also one that waited for it in its own act.
            UNION ALL SELECT file, kind, count(*) FROM exception
            WHERE kind = 'reversal' AND (code = 'unidentified_money' OR (undoes IS NOT NULL AND decided_by = file))
            GROUP BY file)
        GROUP BY file, kind)
    SELECT e.name, NULL, NULL, k.kind, k.file, coalesce(t.many, 0), k.many
    FROM kept k JOIN file f ON f.id = k.file JOIN engagement e ON e.id = f.engagement
    LEFT JOIN told t ON t.file = k.file AND t.kind = k.kind
    WHERE f.side <> 'host' AND coalesce(t.many, 0) <> k.many
      -- Money that left suspense with a later line of its file is counted as money in suspense.
      AND NOT (k.kind = 'direct_payment'
               AND EXISTS (SELECT 1 FROM exception x WHERE x.file = k.file AND x.code = 'unidentified_money'))
    UNION ALL
    SELECT e.name, NULL, NULL, t.kind, t.file, t.many, 0
    FROM told t JOIN file f ON f.id = t.file JOIN engagement e ON e.id = f.engagement
    WHERE t.kind NOT IN ('exception', 'suspense') AND t.many <> 0
      AND NOT EXISTS (SELECT 1 FROM kept k WHERE k.file = t.file AND k.kind = t.kind)";

impl Book {
    pub(super) fn check_files(&self, check: &mut LedgerCheck) -> Result<()> {
        self.apply(RULES, check)?;
        let mut statement = self.connection.prepare(COUNTS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (engagement, kind): (String, String) = (row.get(0)?, row.get(3)?);
            let place = super::Place {
                engagement: &engagement,
                account: None,
                round: None,
                table: "file",
                row: row.get(4)?,
            };
            let (told, kept): (i64, i64) = (row.get(5)?, row.get(6)?);
            check.tell(&place, &format!("report: {kind}"), Figure, (told, kept));
            // The document may be one too many, or be missing.
            check.count(&place.at(if kind == "placement" { "placement" } else { "event" }, None), kept, told);
        }
        Ok(())
    }
}
