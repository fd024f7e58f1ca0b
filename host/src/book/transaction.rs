//! The book, open to change: everything that is written between its beginning and its commit counts, or nothing.

use rusqlite::{OptionalExtension, TransactionBehavior};

use super::Book;
use super::sums::Counter;
use crate::audit::Mark;
use crate::engagement::Engagement;
use crate::error::{Error, Result};

/// A transaction of the book. Without [`commit`](Self::commit) nothing of it counts.
pub(crate) struct Transaction<'book> {
    pub(super) inner: rusqlite::Transaction<'book>,
    /// The sums of the rows, with what this transaction wrote.
    pub(super) counter: Counter,
}

impl Book {
    /// Begins a transaction. Nobody else writes until it ends.
    pub(crate) fn begin(&mut self) -> Result<Transaction<'_>> {
        let counter = match &self.counter {
            Some(counter) => counter.clone(),
            None => self.counter.insert(Counter::begin(&self.connection)?).clone(),
        };
        let inner = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        counter.load(&inner)?;
        Ok(Transaction { inner, counter })
    }
}

impl Transaction<'_> {
    /// Everything counts, and the book knows where the audit log stood.
    pub(crate) fn commit(self, mark: &Mark, changed: &[(String, String)]) -> Result<()> {
        self.store_sums()?;
        Book::set_audit_mark(&self.inner, mark)?;
        Book::remember(&self.inner, changed)?;
        Ok(self.inner.commit()?)
    }

    /// The engagement's row, made with the first thing that happens in it.
    pub(crate) fn engagement(&self, engagement: &Engagement) -> Result<i64> {
        let (currency, creditor) = (engagement.currency.as_str(), engagement.creditor.as_str());
        let before: Option<String> = self
            .inner
            .query_row("SELECT creditor FROM engagement WHERE name = ?1", [&engagement.name], |row| {
                row.get(0)
            })
            .optional()?;
        self.inner.execute(
            "INSERT INTO engagement (name, currency, creditor, agency, one_agency)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (name) DO UPDATE SET creditor = excluded.creditor, agency = excluded.agency,
                 one_agency = excluded.one_agency",
            (
                &engagement.name,
                currency,
                creditor,
                engagement.agency.code.as_str(),
                engagement.terms.one_agency_per_customer,
            ),
        )?;
        let (id, have): (i64, String) = self.inner.query_row(
            "SELECT id, currency FROM engagement WHERE name = ?1",
            [&engagement.name],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if have != currency {
            let message = format!(
                "the book has {} in {have}, the engagement file says {currency}; a currency never changes: put {have} back, or begin an engagement of another name",
                engagement.name
            );
            return Err(Error::Refused { code: "currency_changed".to_owned(), message });
        }
        if before.is_some_and(|before| before != creditor) {
            self.give_persons_to(id, creditor)?;
        }
        Ok(id)
    }
}
