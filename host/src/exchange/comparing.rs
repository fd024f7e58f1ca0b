//! Figures of one side, held against the book.

use bailiwick_sdk::document::{Item, Problem, Reconciliation, RemittanceStatement};
use rusqlite::params;

use super::booking::{Booked, Booking, refuse_at};
use super::placements::number;

impl Booking<'_> {
    pub(crate) fn reconciliation(&mut self, mut it: Reconciliation) -> Booked {
        let placed = self.open(&it.account)?;
        let net = placed.paid - placed.reversed;
        let owed = placed.balance.sum()?;
        let differs = [
            ("placed", Some(it.placed.get()), placed.placed),
            ("paid", it.paid.map(|paid| paid.get()), net),
            ("balance", it.balance.map(|balance| balance.get()), owed),
        ];
        for (what, theirs, ours) in differs {
            if theirs.is_some_and(|theirs| theirs != ours) {
                let message = format!(
                    "{what}: the other side has {} minor units, the book has {ours}",
                    theirs.unwrap_or(0)
                );
                let problem = Problem::warning("reconciliation_difference", it.line.unwrap_or(0), message);
                self.report.add(&problem.account(&it.account));
            }
        }
        let as_of = it.as_of.unwrap_or(self.today);
        self.transaction
            .prepare_cached(
                "INSERT INTO reconciliation (placement, side, file, line, as_of, placed, paid, balance)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (placement, side, as_of) DO UPDATE SET file = excluded.file, line = excluded.line,
                        placed = excluded.placed, paid = excluded.paid, balance = excluded.balance",
            )?
            .execute(params![
                placed.id,
                self.side.name(),
                self.file,
                it.line.and_then(|line| i64::try_from(line).ok()),
                as_of.to_string(),
                it.placed.get(),
                it.paid.map(|paid| paid.get()),
                it.balance.map(|balance| balance.get())
            ])?;
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let on = it.as_of;
        self.keep(&placed, placed.state, on, it.into())
    }

    pub(crate) fn statement(&mut self, it: RemittanceStatement) -> Booked {
        let want = i128::from(it.gross.get())
            - i128::from(it.reversed.get())
            - i128::from(it.commission.get())
            - i128::from(it.tax.map_or(0, |tax| tax.get()))
            - i128::from(it.costs.map_or(0, |costs| costs.get()));
        if want != i128::from(it.net.get()) {
            return Err(refuse_at(
                "statement_mismatch",
                "/net",
                "net must be gross less reversals, commission, tax and costs",
            ));
        }
        self.compare_statement(&it)?;
        let (minor, item) = (it.net.get(), Item::from(it));
        let mut json = Vec::new();
        item.write_line(&mut json);
        json.pop();
        self.transaction.execute(
            "INSERT INTO event (file, line, kind, document) VALUES (?1, ?2, ?3, ?4)",
            params![self.file, item.line().and_then(|line| i64::try_from(line).ok()), item.kind(), json],
        )?;
        self.count(item.kind(), Some(minor));
        Ok(())
    }

    /// Warns where a statement has other sums for its period than the ledger.
    fn compare_statement(&mut self, it: &RemittanceStatement) -> Booked {
        let sum = |rows: &str| {
            format!(
                "SELECT coalesce(sum(principal + interest + penalty + late_fee + costs + other), 0), count(*)
                 FROM transfer WHERE engagement = ?1 AND effect_on BETWEEN ?2 AND ?3 AND {rows}"
            )
        };
        let period = params![self.engagement_id, it.from.to_string(), it.to.to_string()];
        let of = |rows: &str| -> Booked<(i64, i64)> {
            let found = self.transaction.query_row(&sum(rows), period, |row| Ok((row.get(0)?, row.get(1)?)));
            Ok(found?)
        };
        let (gross, payments) = of("kind = 'payment' AND debit = 'agency_cash'")?;
        let (reversed, _) = of("kind = 'reversal' AND credit = 'agency_cash'")?;
        let counted = it.payments.and_then(|payments| i64::try_from(payments).ok());
        for (what, theirs, ours) in [
            ("gross", Some(it.gross.get()), gross),
            ("reversed", Some(it.reversed.get()), reversed),
            ("payments", counted, payments),
        ] {
            if let Some(theirs) = theirs.filter(|theirs| *theirs != ours) {
                let message = format!(
                    "{what} from {} to {}: the statement has {theirs}, the book has {ours}",
                    it.from, it.to
                );
                self.report.add(&Problem::warning(
                    "reconciliation_difference",
                    it.line.unwrap_or(0),
                    message,
                ));
            }
        }
        Ok(())
    }
}
