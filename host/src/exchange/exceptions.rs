//! Money that no placement may simply be credited with: somebody must decide.

use bailiwick_sdk::document::{Item, Payment, Problem};
use bailiwick_sdk::value::Key;
use rusqlite::{OptionalExtension, params};

use super::booking::{Booked, Booking};
use super::placed::Placed;

impl Booking<'_> {
    /// Keeps a payment until somebody decides.
    pub(crate) fn except(
        &mut self,
        placed: &Placed,
        code: &'static str,
        message: String,
        it: Payment,
    ) -> Booked {
        let (identifier, minor, on, line) = (it.identifier.clone(), it.minor.get(), it.received_on, it.line);
        let account = it.account.clone();
        let mut json = Vec::new();
        Item::from(it).write_line(&mut json);
        json.pop();
        self.transaction
            .prepare_cached(
                "INSERT INTO exception (engagement, placement, file, line, code, identifier, minor, effect_on, document)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                self.engagement_id,
                placed.id,
                self.file,
                line.and_then(|line| i64::try_from(line).ok()),
                code,
                identifier.as_str(),
                minor,
                on.to_string(),
                json
            ])?;
        self.report.add(&Problem::warning(code, line.unwrap_or(0), message).account(&account));
        self.count("exception", Some(minor));
        Ok(())
    }

    /// The account and amount of the exception that an identifier names.
    pub(crate) fn find_exception(&self, identifier: &Key) -> Booked<Option<(String, i64)>> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT p.account, x.minor FROM exception x JOIN placement p ON p.id = x.placement
             WHERE x.engagement = ?1 AND x.identifier = ?2",
        )?;
        let row = statement
            .query_row(params![self.engagement_id, identifier.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(row)
    }
}
