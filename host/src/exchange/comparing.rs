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
}
