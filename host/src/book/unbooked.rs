//! References of payments that are not booked: kept with the exception, found by reversals.

use std::collections::BTreeSet;

use bailiwick_sdk::document::ReferenceKind;

use super::Transaction;
use super::columns::{insert, insert_sql, mark};
use super::read::{day, of_table};
use crate::booking::{Known, Named, PAYMENTS_OF_REFERENCE_MAX, Unbooked};
use crate::error::Result;

impl Transaction<'_> {
    /// Keeps the references of a payment that is not booked, by its number among the exceptions.
    pub(super) fn refer_exception(&self, engagement: i64, number: i64, references: &[Named]) -> Result<()> {
        insert!(self.inner, "exception_reference", for it in references.iter(), {
            engagement: engagement,
            value: it.1,
            kind: it.0.name(),
            exception: number,
        });
        Ok(())
    }

    /// Payments that are not booked, by the texts of their references. What waited and was refused by a person, and what
    /// was replaced, may come again.
    pub(super) fn load_unbooked(
        &self,
        engagement: i64,
        values: &BTreeSet<String>,
        known: &mut Known,
    ) -> Result<()> {
        let sql = "SELECT x.identifier, x.account, x.minor, x.effect_on, x.decision IS NOT NULL
                   FROM exception_reference r JOIN exception x ON x.id = r.exception
                   WHERE r.engagement = ?1 AND r.value = ?2 AND r.kind = ?3 AND x.identifier IS NOT NULL
                     AND (x.decision IS NULL OR (x.decision IN ('refuse', 'return') AND x.code NOT LIKE 'waits%'))
                   ORDER BY x.id LIMIT ?4";
        // A reference that more payments have names none of them.
        let most = PAYMENTS_OF_REFERENCE_MAX + 1;
        for value in values {
            let mut rows = Vec::new();
            for kind in ReferenceKind::ALL {
                let mut statement = self.inner.prepare_cached(sql)?;
                let found = statement.query_map((engagement, value, kind.name(), most as i64), |row| {
                    Ok(Unbooked {
                        kind,
                        identifier: row.get(0)?,
                        account: row.get(1)?,
                        minor: row.get(2)?,
                        on: of_table("exception", row, |row| day(row, 3))?,
                        is_gone: row.get(4)?,
                    })
                })?;
                let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
                if found.len() < most {
                    rows.extend(found);
                }
            }
            known.unbooked.insert(value.clone(), rows);
        }
        Ok(())
    }
}
