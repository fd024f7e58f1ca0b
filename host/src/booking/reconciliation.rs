//! Compares the figures of one side with the book.

use bailiwick_sdk::document::{Item, Reconciliation, RemittanceStatement};

use super::changes::{Event, Figures};
use super::draft::{Draft, line_of};
use super::refused::{Booked, refuse_at};
use super::windows::Dated;

impl Draft<'_, '_> {
    pub(super) fn reconciliation(&mut self, mut it: Reconciliation) -> Booked {
        let placed = self.latest(&it.account)?;
        self.within_if_given(Dated::Figures, ("/as_of", it.as_of), Some(&placed), it.line)?;
        let net = placed.paid - placed.reversed;
        let owed = placed.owed()?;
        let differs = [
            ("placed", Some(it.placed.get()), placed.placed),
            ("paid", it.paid.map(|paid| paid.get()), net),
            ("balance", it.balance.map(|balance| balance.get()), owed),
        ];
        for (figure, theirs, ours) in differs {
            if let Some(theirs) = theirs.filter(|theirs| *theirs != ours) {
                let message =
                    format!("{figure}: the other side has {theirs} minor units, the book has {ours}");
                self.warn_about(&it.account, "reconciliation_difference", it.line, message);
            }
        }
        self.changes.figures.push(Figures {
            placement: placed.id,
            line: it.line,
            as_of: it.as_of.unwrap_or(self.setting.said_on),
            placed: it.placed.get(),
            paid: it.paid.map(|paid| paid.get()),
            balance: it.balance.map(|balance| balance.get()),
        });
        it.account_number = placed.number_or(it.account_number)?;
        let (on, before) = (it.as_of, placed.state);
        self.keep(placed, before, on, &it.into())
    }

    pub(super) fn statement(&mut self, it: RemittanceStatement) -> Booked {
        self.within(Dated::Figures, ("/to", it.to), None, it.line)?;
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
        self.changes.events.push(Event {
            placement: None,
            line: item.line(),
            kind: item.kind(),
            on: None,
            moved: None,
            document: line_of(&item),
        });
        self.changes.counted = Some((item.kind(), Some(minor)));
        Ok(())
    }

    /// Warns if a statement has other sums for its period than the ledger.
    fn compare_statement(&mut self, it: &RemittanceStatement) -> Booked {
        let sums = self.known.sums(it.from, it.to)?;
        let counted = it.payments.and_then(|payments| i64::try_from(payments).ok());
        for (figure, theirs, ours) in [
            ("gross", Some(it.gross.get()), sums.gross),
            ("reversed", Some(it.reversed.get()), sums.reversed),
            ("payments", counted, sums.payments),
        ] {
            if let Some(theirs) = theirs.filter(|theirs| *theirs != ours) {
                let message = format!(
                    "{figure} from {} to {}: the statement has {theirs}, the book has {ours}",
                    it.from, it.to
                );
                self.warn("reconciliation_difference", it.line, message);
            }
        }
        Ok(())
    }
}
