//! Reversals of money in suspense: each undoes all of one receipt, which then has gone back.

use super::DifferenceKind::Missing;
use super::LedgerCheck;
use super::rules::{Of, Rule, of_engagement};
use crate::book::Book;
use crate::error::Result;

const RULES: &[Rule] = &[
    // Such a reversal is of the whole money, and no row of an account is of it.
    of_engagement(
        ("exception", "undoes"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement LEFT JOIN exception y ON y.id = x.undoes
         WHERE x.undoes IS NOT NULL
           AND (x.kind <> 'reversal' OR y.kind IS NOT 'direct_payment' OR y.engagement <> x.engagement
                OR y.minor IS NOT x.minor OR y.decision IS NOT 'return' OR y.decided_by > x.decided_by
                OR coalesce(x.decision, '') NOT IN ('return', 'booked', 'match')
                OR NOT EXISTS (SELECT 1 FROM suspense s WHERE s.exception = y.id)
                OR EXISTS (SELECT 1 FROM exception o WHERE o.undoes = x.undoes AND o.id <> x.id)
                OR EXISTS (SELECT 1 FROM transfer t WHERE t.engagement = x.engagement AND t.identifier = x.identifier))",
    ),
    of_engagement(
        ("exception", "undoes"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement
         WHERE x.undoes IS NULL AND x.kind = 'reversal' AND x.code = 'unidentified_money'",
    ),
    // It names the money.
    of_engagement(
        ("exception", "candidates"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement JOIN exception y ON y.id = x.undoes
         WHERE x.code = 'unidentified_money' AND x.candidates IS NOT json_array(y.identifier)",
    ),
    of_engagement(
        ("exception", "candidates"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement
         WHERE x.code = 'unidentified_money' AND x.kind = 'direct_payment' AND x.candidates IS NOT NULL",
    ),
    // The money goes back on the day of the reversal. What a person decides is of the day of the act, in the zone of the
    // engagement: at most a day from that of its moment.
    of_engagement(
        ("suspense", "effect_on"),
        "s.id",
        "FROM suspense s JOIN engagement e ON e.id = s.engagement JOIN exception x ON x.undoes = s.exception
         WHERE s.kind = 'suspense_returned' AND s.file = x.decided_by AND s.effect_on <> x.effect_on",
    ),
    of_engagement(
        ("suspense", "effect_on"),
        "s.id",
        "FROM suspense s JOIN engagement e ON e.id = s.engagement JOIN file f ON f.id = s.file
         WHERE s.kind <> 'suspense_received'
           AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.undoes = s.exception AND x.decided_by = s.file)
           AND NOT coalesce(abs(julianday(s.effect_on) - julianday(substr(f.at, 1, 10))) <= 1, FALSE)",
    ),
    // An act of the bank's file gives money back only by a reversal.
    Rule {
        at: ("exception", "row"),
        kind: Missing,
        of: Of::Engagement,
        row: "y.id",
        wrong: "FROM exception y JOIN engagement e ON e.id = y.engagement JOIN file f ON f.id = y.decided_by
                WHERE y.code = 'unidentified_money' AND y.kind = 'direct_payment' AND y.decision = 'return' AND f.side <> 'host'
                  AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.undoes = y.id)",
    },
];

impl Book {
    pub(super) fn check_undone(&self, check: &mut LedgerCheck) -> Result<()> {
        self.apply(RULES, check)
    }
}
