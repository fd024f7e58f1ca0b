//! The entries of the ledger: each kind moves money between the ledger accounts of its kind, and what follows from a
//! payment or a reversal is of its placement, its document and its day.

use super::LedgerCheck;
use super::rules::{Rule, column};
use crate::book::Book;
use crate::error::Result;

/// The kinds of entries, with the ledger accounts that they move money between: debit, credit.
const SHAPES: [(&str, &str, &str); 19] = [
    ("placement", "receivable", "creditor"),
    ("payment", "agency_cash", "receivable"),
    ("payment", "bank_cash", "receivable"),
    ("reversal", "receivable", "agency_cash"),
    ("reversal", "receivable", "bank_cash"),
    ("entitlement", "creditor", "creditor_payable"),
    ("entitlement", "creditor_payable", "creditor"),
    ("commission", "creditor_payable", "commission"),
    ("commission", "commission", "creditor_payable"),
    ("tax", "creditor_payable", "tax"),
    ("tax", "tax", "creditor_payable"),
    ("adjustment", "receivable", "adjusted"),
    ("adjustment", "adjusted", "receivable"),
    ("waiver", "adjusted", "receivable"),
    ("decision", "adjusted", "receivable"),
    ("fee_kept", "commission", "agency_cash"),
    ("fee_kept", "tax", "agency_cash"),
    ("invoice", "invoiced", "creditor_payable"),
    ("remittance", "creditor_payable", "agency_cash"),
];

/// What every rule of this module begins with.
macro_rules! entry {
    ($rest:literal) => {
        concat!(
            "FROM transfer t JOIN placement p ON p.id = t.placement JOIN engagement e ON e.id = p.engagement ",
            $rest
        )
    };
}

const RULES: &[Rule] = &[
    column(
        ("transfer", "identifier"),
        "t.id",
        entry!("WHERE (t.identifier IS NULL) <> (t.kind NOT IN ('payment', 'reversal', 'adjustment'))"),
    ),
    column(("transfer", "reverses"), "t.id", entry!("WHERE (t.reverses IS NULL) <> (t.kind <> 'reversal')")),
    column(
        ("transfer", "cause"),
        "t.id",
        entry!("WHERE (t.cause IS NULL) <> (t.kind NOT IN ('entitlement', 'commission', 'tax'))"),
    ),
    column(
        ("transfer", "terms"),
        "t.id",
        entry!("WHERE (t.terms IS NULL) <> (t.kind NOT IN ('commission', 'tax'))"),
    ),
    column(
        ("transfer", "matched_by"),
        "t.id",
        entry!(
            "WHERE t.matched_by IS NOT NULL AND (t.kind <> 'reversal'
                OR t.matched_by NOT IN ('identifier', 'uetr', 'bank_transaction', 'transaction', 'end_to_end',
                                        'instruction', 'mandate', 'bank_entry', 'creditor'))"
        ),
    ),
    column(
        ("transfer", "cause"),
        "t.id",
        entry!(
            "JOIN transfer c ON c.id = t.cause WHERE c.kind NOT IN ('payment', 'reversal') OR c.placement <> t.placement"
        ),
    ),
    column(
        ("transfer", "effect_on"),
        "t.id",
        entry!("JOIN transfer c ON c.id = t.cause WHERE c.effect_on IS NOT t.effect_on"),
    ),
    column(
        ("transfer", "file"),
        "t.id",
        entry!(
            "JOIN transfer c ON c.id = t.cause
             WHERE t.kind = 'entitlement' AND (c.file <> t.file OR c.booked_by IS NOT t.booked_by)"
        ),
    ),
    column(
        ("transfer", "line"),
        "t.id",
        entry!("JOIN transfer c ON c.id = t.cause WHERE t.kind = 'entitlement' AND c.line IS NOT t.line"),
    ),
    // A fee is of its payment's document, or of the one by which the payment was quoted anew. The sign keeps the index of the files out of it: they have many events.
    column(
        ("transfer", "file"),
        "t.id",
        entry!(
            "JOIN transfer c ON c.id = t.cause
             WHERE t.kind IN ('commission', 'tax')
               AND NOT (c.file = t.file AND c.line IS t.line AND c.booked_by IS t.booked_by)
               AND NOT EXISTS (SELECT 1 FROM event v WHERE v.placement = t.placement AND +v.file = t.file
                                 AND v.line IS t.line AND v.booked_by IS t.booked_by AND v.kind = 'requoted')"
        ),
    ),
    column(
        ("transfer", "split"),
        "t.id",
        entry!(
            "JOIN transfer c ON c.id = t.cause
             WHERE t.kind = 'entitlement'
               AND ((t.principal, t.interest, t.penalty, t.late_fee, t.costs, t.other)
                      <> (c.principal, c.interest, c.penalty, c.late_fee, c.costs, c.other)
                    OR (t.debit = 'creditor') <> (c.kind = 'payment'))"
        ),
    ),
    // The agency owes the creditor what it received, once.
    column(
        ("transfer", "entitlement"),
        "t.id",
        entry!(
            "WHERE t.kind IN ('payment', 'reversal')
               AND ('agency_cash' IN (t.debit, t.credit)) <> (SELECT count(*) FROM transfer o WHERE o.cause = t.id AND o.kind = 'entitlement')"
        ),
    ),
    // A placement has one entry that places it.
    column(
        ("transfer", "row"),
        "p.id",
        "FROM placement p JOIN engagement e ON e.id = p.engagement
         WHERE 1 <> (SELECT count(*) FROM transfer t WHERE t.placement = p.id AND t.kind = 'placement')",
    ),
    column(
        ("transfer", "file"),
        "t.id",
        entry!("WHERE t.kind = 'placement' AND (t.file <> p.file OR t.booked_by IS NOT NULL)"),
    ),
    column(("transfer", "line"), "t.id", entry!("WHERE t.kind = 'placement' AND coalesce(t.line, 0) <> p.line")),
    column(
        ("placement", "file"),
        "p.id",
        entry!("WHERE t.kind = 'placement' AND (t.file <> p.file OR coalesce(t.line, 0) <> p.line)"),
    ),
    // What clears the ledger is of a remittance and of the last day of its period.
    column(
        ("transfer", "file"),
        "t.id",
        entry!(
            "WHERE t.kind IN ('fee_kept', 'invoice', 'remittance')
               AND (t.line IS NOT NULL OR t.booked_by IS NOT NULL
                    OR NOT EXISTS (SELECT 1 FROM file f WHERE f.id = t.file AND f.message = 'remittance'))"
        ),
    ),
    // Only payments earn, and only they have references.
    column(
        ("earning", "payment"),
        "t.id",
        entry!("JOIN earning x ON x.payment = t.id WHERE t.kind <> 'payment'"),
    ),
    column(
        ("reference", "transfer"),
        "t.id",
        entry!("JOIN reference r ON r.transfer = t.id WHERE t.kind <> 'payment'"),
    ),
];

impl Book {
    pub(super) fn check_entries(&self, check: &mut LedgerCheck) -> Result<()> {
        self.apply(RULES, check)?;
        let list = |of: fn(&(&str, &str, &str)) -> String| -> String {
            SHAPES.iter().map(of).collect::<Vec<_>>().join(", ")
        };
        let shapes = list(|(kind, debit, credit)| format!("('{kind}', '{debit}', '{credit}')"));
        let kinds = list(|(kind, ..)| format!("'{kind}'"));
        let from = entry!("");
        let kind = column(("transfer", "kind"), "t.id", "");
        self.apply_one(&kind, &format!("{from} WHERE t.kind NOT IN ({kinds})"), check)?;
        let moves = column(("transfer", "debit"), "t.id", "");
        let wrong = format!(
            "{from} WHERE t.kind IN ({kinds}) AND (t.kind, t.debit, t.credit) NOT IN (VALUES {shapes})"
        );
        self.apply_one(&moves, &wrong, check)
    }
}
