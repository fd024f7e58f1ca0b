//! Rows of one thing are of one engagement, and come from the side that may send them.

use super::DifferenceKind::{Added, Changed};
use super::LedgerCheck;
use super::rules::{Of, Rule, column, of_engagement};
use crate::book::Book;
use crate::error::Result;

const RULES: &[Rule] = &[
    column(
        ("placement", "engagement"),
        "p.id",
        "FROM placement p JOIN engagement e ON e.id = p.engagement JOIN file f ON f.id = p.file
         WHERE f.engagement <> p.engagement",
    ),
    column(
        ("placement", "terms"),
        "p.id",
        "FROM placement p JOIN engagement e ON e.id = p.engagement LEFT JOIN terms s ON s.id = p.terms
         WHERE s.engagement IS NOT p.engagement
            OR (s.from_on > p.placed_on AND EXISTS (SELECT 1 FROM terms o WHERE o.engagement = s.engagement AND o.id < s.id))",
    ),
    column(
        ("transfer", "engagement"),
        "t.id",
        "FROM transfer t JOIN placement p ON p.id = t.placement JOIN engagement e ON e.id = p.engagement
         WHERE t.engagement <> p.engagement",
    ),
    column(
        ("transfer", "file"),
        "t.id",
        "FROM transfer t JOIN placement p ON p.id = t.placement JOIN engagement e ON e.id = p.engagement
         JOIN file f ON f.id IN (t.file, t.booked_by) WHERE f.engagement <> p.engagement",
    ),
    column(
        ("transfer", "terms"),
        "t.id",
        "FROM transfer t JOIN placement p ON p.id = t.placement JOIN engagement e ON e.id = p.engagement
         JOIN terms s ON s.id = t.terms WHERE s.engagement <> p.engagement",
    ),
    column(
        ("earning", "terms"),
        "x.payment",
        "FROM earning x JOIN transfer t ON t.id = x.payment JOIN placement p ON p.id = t.placement
         JOIN engagement e ON e.id = p.engagement LEFT JOIN terms s ON s.id = x.terms
         WHERE s.engagement IS NOT p.engagement
            OR (s.from_on > t.effect_on AND EXISTS (SELECT 1 FROM terms o WHERE o.engagement = s.engagement AND o.id < s.id))",
    ),
    column(
        ("standing", "terms"),
        "NULL",
        "FROM standing x JOIN placement p ON p.id = x.placement JOIN engagement e ON e.id = p.engagement
         JOIN terms s ON s.id = x.terms WHERE s.engagement <> p.engagement",
    ),
    column(
        ("event", "file"),
        "v.id",
        "FROM event v JOIN placement p ON p.id = v.placement JOIN engagement e ON e.id = p.engagement
         JOIN file f ON f.id IN (v.file, v.booked_by) WHERE f.engagement <> p.engagement",
    ),
    column(
        ("promise", "engagement"),
        "q.id",
        "FROM promise q JOIN placement p ON p.id = q.placement JOIN engagement e ON e.id = p.engagement
         JOIN file f ON f.id = q.file WHERE q.engagement <> p.engagement OR f.engagement <> p.engagement",
    ),
    column(
        ("evidence", "file"),
        "x.id",
        "FROM evidence x JOIN placement p ON p.id = x.placement JOIN engagement e ON e.id = p.engagement
         JOIN file f ON f.id = x.file WHERE f.engagement <> p.engagement",
    ),
    column(
        ("evidence", "matter"),
        "x.id",
        "FROM evidence x JOIN placement p ON p.id = x.placement JOIN engagement e ON e.id = p.engagement
         JOIN matter m ON m.id = x.matter WHERE m.placement <> x.placement",
    ),
    column(
        ("evidence_request", "matter"),
        "x.id",
        "FROM evidence_request x JOIN placement p ON p.id = x.placement JOIN engagement e ON e.id = p.engagement
         JOIN matter m ON m.id = x.matter WHERE m.placement <> x.placement",
    ),
    column(
        ("reconciliation", "side"),
        "r.id",
        "FROM reconciliation r JOIN placement p ON p.id = r.placement JOIN engagement e ON e.id = p.engagement
         JOIN file f ON f.id = r.file WHERE r.side <> f.side OR f.engagement <> p.engagement",
    ),
    of_engagement(
        ("exception", "engagement"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement JOIN file f ON f.id IN (x.file, x.decided_by)
         WHERE f.engagement <> x.engagement",
    ),
    of_engagement(
        ("remittance", "engagement"),
        "r.id",
        "FROM remittance r JOIN engagement e ON e.id = r.engagement JOIN file f ON f.id = r.file
         WHERE f.engagement <> r.engagement",
    ),
    of_engagement(
        ("awaits", "engagement"),
        "NULL",
        "FROM awaits a JOIN engagement e ON e.id = a.engagement JOIN exception x ON x.id = a.exception
         WHERE x.engagement <> a.engagement",
    ),
    of_engagement(
        ("reference", "engagement"),
        "NULL",
        "FROM reference r JOIN engagement e ON e.id = r.engagement JOIN transfer t ON t.id = r.transfer
         WHERE t.engagement <> r.engagement",
    ),
    of_engagement(
        ("file", "engagement"),
        "f.id",
        "FROM file f JOIN engagement e ON e.id = f.engagement
         WHERE EXISTS (SELECT 1 FROM placement p WHERE p.file = f.id AND p.engagement <> f.engagement)
            OR EXISTS (SELECT 1 FROM event v JOIN placement p ON p.id = v.placement
                       WHERE v.file = f.id AND p.engagement <> f.engagement)
            OR EXISTS (SELECT 1 FROM event v JOIN placement p ON p.id = v.placement
                       WHERE v.booked_by = f.id AND p.engagement <> f.engagement)
            OR EXISTS (SELECT 1 FROM exception x WHERE x.file = f.id AND x.engagement <> f.engagement)",
    ),
    of_engagement(
        ("terms", "engagement"),
        "s.id",
        "FROM terms s JOIN engagement e ON e.id = s.engagement
         JOIN (SELECT DISTINCT terms, engagement FROM placement) p ON p.terms = s.id
         WHERE p.engagement <> s.engagement",
    ),
    of_engagement(
        ("terms", "from_on"),
        "s.id",
        "FROM terms s JOIN engagement e ON e.id = s.engagement
         JOIN (SELECT terms, min(placed_on) AS day FROM placement GROUP BY terms
               UNION ALL SELECT x.terms, min(t.effect_on) FROM earning x JOIN transfer t ON t.id = x.payment GROUP BY x.terms) b
           ON b.terms = s.id
         WHERE s.from_on > b.day AND EXISTS (SELECT 1 FROM terms o WHERE o.engagement = s.engagement AND o.id < s.id)",
    ),
    of_engagement(
        ("terms", "from_on"),
        "s.id",
        "FROM terms s JOIN engagement e ON e.id = s.engagement
         WHERE EXISTS (SELECT 1 FROM terms o WHERE o.engagement = s.engagement AND o.id < s.id
                         AND (o.from_on >= s.from_on OR s.from_on IS NULL OR o.act > s.act))",
    ),
    // The person is the creditor's.
    of_engagement(
        ("engagement", "creditor"),
        "e.id",
        "FROM engagement e JOIN placement p ON p.engagement = e.id JOIN person h ON h.id = p.person
         WHERE h.creditor <> e.creditor",
    ),
    of_engagement(
        ("person", "creditor"),
        "h.id",
        "FROM engagement e JOIN placement p ON p.engagement = e.id JOIN person h ON h.id = p.person
         WHERE h.creditor <> e.creditor",
    ),
    Rule {
        at: ("person", "row"),
        kind: Added,
        of: Of::Book,
        row: "h.id",
        wrong: "FROM person h WHERE NOT EXISTS (SELECT 1 FROM placement p WHERE p.person = h.id)",
    },
    // An act says in the log which contract it goes by, and the book keeps that under the name.
    Rule {
        at: ("engagement", "name"),
        kind: Changed,
        of: Of::Engagement,
        row: "e.id",
        wrong: "FROM engagement e WHERE NOT EXISTS (SELECT 1 FROM meta m WHERE m.key = 'engagement ' || e.name)",
    },
    Rule {
        at: ("meta", "key"),
        kind: Added,
        of: Of::Book,
        row: "NULL",
        wrong: "FROM meta m WHERE m.key NOT IN ('layout', 'audit') AND m.key NOT LIKE 'engagement %' AND m.key NOT LIKE 'plugin %'",
    },
];

impl Book {
    pub(super) fn check_owners(&self, check: &mut LedgerCheck) -> Result<()> {
        self.apply(RULES, check)
    }
}
