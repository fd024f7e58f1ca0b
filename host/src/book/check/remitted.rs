//! Remittances: each has the sums of its document, clears the ledger accounts of what it remitted, and has remitted
//! whatever was due by its last day.

use bailiwick_sdk::document::Item;

use super::DifferenceKind::{Added, Changed, Missing};
use super::rules::{Of, Rule, column};
use super::{LedgerCheck, Place};
use crate::book::{Book, stored};
use crate::error::Result;

const BUCKETS: [&str; 6] = ["principal", "interest", "penalty", "late_fee", "costs", "other"];

/// What every rule of this module begins with: an entry `t` that may be remitted.
macro_rules! entry {
    ($rest:literal) => {
        concat!(
            "FROM transfer t JOIN placement p ON p.id = t.placement JOIN engagement e ON e.id = p.engagement ",
            $rest
        )
    };
}

const RULES: &[Rule] = &[
    Rule {
        at: ("remitted", "row"),
        kind: Added,
        of: Of::Placement,
        row: "t.id",
        wrong: entry!(
            "JOIN remitted m ON m.transfer = t.id
             WHERE t.kind NOT IN ('payment', 'reversal', 'entitlement', 'commission', 'tax')"
        ),
    },
    column(
        ("remitted", "remittance"),
        "t.id",
        entry!(
            "JOIN remitted m ON m.transfer = t.id JOIN remittance r ON r.id = m.remittance
             WHERE r.engagement <> t.engagement OR coalesce(t.effect_on, p.placed_on) > r.to_on
                OR coalesce(t.booked_by, t.file) >= r.file"
        ),
    ),
    // A remittance takes everything of its days that was booked before it.
    Rule {
        at: ("remitted", "row"),
        kind: Missing,
        of: Of::Placement,
        row: "t.id",
        wrong: entry!(
            "JOIN remittance r ON r.engagement = t.engagement
             LEFT JOIN remitted m ON m.transfer = t.id
             WHERE t.kind IN ('payment', 'reversal', 'entitlement', 'commission', 'tax')
               AND coalesce(t.effect_on, p.placed_on) <= r.to_on AND coalesce(t.booked_by, t.file) < r.file
               AND (m.remittance IS NULL OR m.remittance > r.id)"
        ),
    },
    Rule {
        at: ("remitted", "row"),
        kind: Changed,
        of: Of::Placement,
        row: "t.id",
        wrong: entry!(
            "JOIN transfer c ON c.id = t.cause LEFT JOIN remitted m ON m.transfer = t.id LEFT JOIN remitted n ON n.transfer = c.id
             -- A payment that is quoted anew later has fees that are remitted later.
             WHERE m.remittance IS NOT n.remittance AND c.file = t.file AND c.booked_by IS t.booked_by"
        ),
    },
    column(
        ("transfer", "effect_on"),
        "t.id",
        entry!(
            "JOIN remittance r ON r.file = t.file
             WHERE t.kind IN ('fee_kept', 'invoice', 'remittance') AND t.effect_on IS NOT r.to_on"
        ),
    ),
];

/// The sums of a remittance: payments, reversals, commission and tax that are kept, what is invoiced, the net, and how many
/// payments.
const SUMS: &str = "
    SELECT (SELECT coalesce(sum(t.principal + t.interest + t.penalty + t.late_fee + t.costs + t.other), 0)
            FROM remitted m JOIN transfer t ON t.id = m.transfer
            WHERE m.remittance = r.id AND t.kind = 'payment' AND t.debit = 'agency_cash'),
           (SELECT coalesce(sum(t.principal + t.interest + t.penalty + t.late_fee + t.costs + t.other), 0)
            FROM remitted m JOIN transfer t ON t.id = m.transfer
            WHERE m.remittance = r.id AND t.kind = 'reversal' AND t.credit = 'agency_cash'),
           (SELECT count(*) FROM remitted m JOIN transfer t ON t.id = m.transfer
            WHERE m.remittance = r.id AND t.kind = 'payment' AND t.debit = 'agency_cash'),
           coalesce(sum(c.whole) FILTER (WHERE c.kind = 'fee_kept' AND c.debit = 'commission'), 0),
           coalesce(sum(c.whole) FILTER (WHERE c.kind = 'fee_kept' AND c.debit = 'tax'), 0),
           coalesce(sum(c.whole) FILTER (WHERE c.kind = 'invoice'), 0),
           coalesce(sum(c.whole) FILTER (WHERE c.kind = 'remittance'), 0)
    FROM remittance r
    LEFT JOIN (SELECT *, principal + interest + penalty + late_fee + costs + other AS whole FROM transfer
               WHERE kind IN ('fee_kept', 'invoice', 'remittance')) c ON c.file = r.file
    WHERE r.id = ?1";

impl Book {
    pub(super) fn check_remittances(&self, check: &mut LedgerCheck) -> Result<()> {
        self.apply(RULES, check)?;
        self.check_cleared(check)?;
        let mut statement = self.connection.prepare(
            "SELECT r.id, r.identifier, r.from_on, r.to_on, r.document, e.name, e.currency
             FROM remittance r JOIN engagement e ON e.id = r.engagement ORDER BY r.id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, engagement): (i64, String) = (row.get(0)?, row.get(5)?);
            let place = Place {
                engagement: &engagement,
                account: None,
                round: None,
                table: "remittance",
                row: Some(id),
            };
            let document: Vec<u8> = row.get(4)?;
            let Item::RemittanceStatement(it) = stored::item(&document, ("remittance", id))? else {
                check.holds(&place, "document", false);
                continue;
            };
            let text = |at: usize| row.get::<_, String>(at);
            check.same(&place, "identifier", text(1)?, it.identifier.to_string());
            check.same(&place, "from_on", text(2)?, it.from.to_string());
            check.same(&place, "to_on", text(3)?, it.to.to_string());
            check.same(&place, "document", text(6)?, it.currency.to_string());
            let zero = |minor: Option<bailiwick_sdk::value::Minor>| minor.map_or(0, |minor| minor.get());
            let payments = it.payments.and_then(|many| i64::try_from(many).ok()).unwrap_or_default();
            let must = [
                ("gross", it.gross.get()),
                ("reversed", it.reversed.get()),
                ("payments", payments),
                ("commission", it.commission.get()),
                ("tax", zero(it.tax)),
                ("invoiced", zero(it.invoiced)),
                ("net", it.net.get()),
            ];
            let sums: [i64; 7] = self.connection.prepare_cached(SUMS)?.query_row([id], |row| {
                let mut sums = [0; 7];
                for (at, sum) in sums.iter_mut().enumerate() {
                    *sum = row.get(at)?;
                }
                Ok(sums)
            })?;
            for ((figure, told), sum) in must.into_iter().zip(sums) {
                check.compare(&place, figure, told, sum);
            }
        }
        Ok(())
    }

    /// A remittance leaves nothing of what it remitted on the accounts that it clears, bucket by bucket.
    fn check_cleared(&self, check: &mut LedgerCheck) -> Result<()> {
        for account in ["agency_cash", "creditor_payable"] {
            let left: Vec<String> = BUCKETS
                .iter()
                .map(|bucket| {
                    format!("sum(CASE '{account}' WHEN t.debit THEN t.{bucket} WHEN t.credit THEN -t.{bucket} ELSE 0 END) <> 0")
                })
                .collect();
            let wrong = format!(
                "FROM (SELECT r.id AS remittance, t.placement
                       FROM (SELECT m.remittance, m.transfer FROM remitted m
                             UNION ALL SELECT r.id, t.id FROM remittance r JOIN transfer t ON t.file = r.file
                               WHERE t.kind IN ('fee_kept', 'invoice', 'remittance')) b
                       JOIN transfer t ON t.id = b.transfer JOIN remittance r ON r.id = b.remittance
                       GROUP BY r.id, t.placement HAVING {}) b
                 JOIN placement p ON p.id = b.placement JOIN engagement e ON e.id = p.engagement",
                left.join(" OR ")
            );
            self.apply_one(&column(("remittance", account), "b.remittance", ""), &wrong, check)?;
            // It may be an entry of it that is wrong.
            self.apply_one(&column(("transfer", account), "NULL", ""), &wrong, check)?;
        }
        Ok(())
    }
}
