//! Remittances: each has the sums of its document, clears the ledger accounts of what it remitted, and has remitted
//! whatever was due by its last day.

use std::collections::HashMap;

use bailiwick_sdk::document::Item;

use super::DifferenceKind::{Added, Changed};
use super::rules::{Of, Rule, column};
use super::{LedgerCheck, Place, shown};
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

/// What a remittance took and booked.
#[derive(Debug, Default)]
struct Sums {
    gross: i64,
    reversed: i64,
    payments: i64,
    commission: i64,
    tax: i64,
    invoiced: i64,
    net: i64,
}

/// Money of the agency that remittances took: by remittance and kind, how many entries, and their sum.
const TAKEN: &str = "
    SELECT m.remittance, t.kind, count(*), sum(t.principal + t.interest + t.penalty + t.late_fee + t.costs + t.other)
    FROM remitted m JOIN transfer t ON t.id = m.transfer
    WHERE t.kind = 'payment' AND t.debit = 'agency_cash' OR t.kind = 'reversal' AND t.credit = 'agency_cash'
    GROUP BY m.remittance, t.kind";
/// Entries that remittances made: by remittance, kind and debit, their sum.
const MADE: &str = "
    SELECT r.id, t.kind, t.debit, sum(t.principal + t.interest + t.penalty + t.late_fee + t.costs + t.other)
    FROM transfer t JOIN remittance r ON r.file = t.file
    WHERE t.kind IN ('fee_kept', 'invoice', 'remittance')
    GROUP BY r.id, t.kind, t.debit";

/// A remittance, as far as it decides what it must take.
struct Period {
    id: i64,
    file: i64,
    to_on: String,
}

impl Period {
    /// The first remittance of an engagement that must take an entry of a day that an act booked. `all` are in their
    /// order.
    fn of<'a>(all: &'a [Self], day: &str, act: i64) -> Option<&'a Self> {
        let after = all.partition_point(|it| it.file <= act);
        all.get(after..)?.iter().find(|it| it.to_on.as_str() >= day)
    }
}

impl Book {
    pub(super) fn check_remittances(&self, check: &mut LedgerCheck) -> Result<()> {
        self.apply(RULES, check)?;
        self.check_taken(check)?;
        self.check_cleared(check)?;
        let sums = self.sums_of_remittances()?;
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
            let none = Sums::default();
            let it = sums.get(&id).unwrap_or(&none);
            let sums = [it.gross, it.reversed, it.payments, it.commission, it.tax, it.invoiced, it.net];
            for ((figure, told), sum) in must.into_iter().zip(sums) {
                check.compare(&place, figure, told, sum);
            }
        }
        Ok(())
    }

    /// The sums of every remittance, by its number.
    fn sums_of_remittances(&self) -> Result<HashMap<i64, Sums>> {
        let mut all: HashMap<i64, Sums> = HashMap::new();
        let mut statement = self.connection.prepare(TAKEN)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (of, minor) = (all.entry(row.get(0)?).or_default(), row.get(3)?);
            match row.get_ref(1)?.as_str() {
                Ok("payment") => (of.payments, of.gross) = (row.get(2)?, minor),
                _ => of.reversed = minor,
            }
        }
        let mut statement = self.connection.prepare(MADE)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (of, minor) = (all.entry(row.get(0)?).or_default(), row.get::<_, i64>(3)?);
            match (row.get_ref(1)?.as_str(), row.get_ref(2)?.as_str()) {
                (Ok("fee_kept"), Ok("commission")) => of.commission = minor,
                (Ok("fee_kept"), Ok("tax")) => of.tax = minor,
                (Ok("invoice"), _) => of.invoiced = shown(i128::from(of.invoiced) + i128::from(minor)),
                (Ok("remittance"), _) => of.net = shown(i128::from(of.net) + i128::from(minor)),
                _ => {}
            }
        }
        Ok(all)
    }

    /// A remittance takes everything of its days that was booked before it.
    fn check_taken(&self, check: &mut LedgerCheck) -> Result<()> {
        let mut periods: HashMap<i64, Vec<Period>> = HashMap::new();
        let sql = "SELECT engagement, id, file, to_on FROM remittance ORDER BY engagement, file";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let period = Period { id: row.get(1)?, file: row.get(2)?, to_on: row.get(3)? };
            periods.entry(row.get(0)?).or_default().push(period);
        }
        let mut statement = self.connection.prepare(
            "SELECT e.name, p.account, p.round, t.id, t.engagement, coalesce(t.effect_on, p.placed_on, ''),
                    coalesce(t.booked_by, t.file), m.remittance
             FROM transfer t JOIN placement p ON p.id = t.placement JOIN engagement e ON e.id = p.engagement
             LEFT JOIN remitted m ON m.transfer = t.id
             WHERE t.kind IN ('payment', 'reversal', 'entitlement', 'commission', 'tax')",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some(periods) = periods.get(&row.get::<_, i64>(4)?) else { continue };
            let Some(must) = Period::of(periods, row.get_ref(5)?.as_str().unwrap_or_default(), row.get(6)?)
            else {
                continue;
            };
            let took: Option<i64> = row.get(7)?;
            if took.is_none_or(|took| took > must.id) {
                let (engagement, account): (String, String) = (row.get(0)?, row.get(1)?);
                let place = Place {
                    engagement: &engagement,
                    account: Some(&account),
                    round: row.get(2)?,
                    table: "remitted",
                    row: row.get(3)?,
                };
                check.missing(&place);
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
