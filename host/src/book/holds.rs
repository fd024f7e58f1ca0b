//! Loads how the holds of accounts began and ended, and what a status of a court changes: the payments of the account, and
//! the statuses of work that came before it.

use std::collections::BTreeSet;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{HoldReason, Item};
use rusqlite::Row;

use super::read::{day, named, of_table};
use super::{Transaction, stored};
use crate::booking::{Hold, Known, Wanted, end_of_court};
use crate::case::{HoldStep, Holds};
use crate::error::Result;

/// The columns of a row of the table `hold`, as [`hold`] reads them.
pub(super) const HOLD_COLUMNS: &str = "id, placement, reason, side, effect_on, begins";

/// Whether a placement `p` ever was with a court, in SQL.
const WAS_WITH_COURT: &str =
    "EXISTS (SELECT 1 FROM hold h WHERE h.placement = p.id AND h.reason = 'legal' AND h.begins)";

pub(super) fn hold(row: &Row<'_>) -> rusqlite::Result<Hold> {
    let by = match row.get::<_, Option<String>>(3)? {
        None => None,
        Some(_) => Some(side(row, 3)?),
    };
    let step = HoldStep { reason: named(row, 2, reason)?, by, on: day(row, 4)?, begins: row.get(5)? };
    Ok(Hold { placement: row.get(1)?, step })
}

fn side(row: &Row<'_>, at: usize) -> rusqlite::Result<Side> {
    named(row, at, |text| [Side::Bank, Side::Agency].into_iter().find(|side| side.name() == text))
}

fn reason(text: &str) -> Option<HoldReason> {
    Holds::ALL.into_iter().find(|reason| reason.name() == text)
}

impl Transaction<'_> {
    /// Wants every payment of the accounts that statuses give to a court, and of those that statuses may take from one.
    pub(super) fn load_courts(&self, engagement: i64, wanted: &mut Wanted, known: &mut Known) -> Result<()> {
        let payments = |names: &str, more: &str| {
            format!(
                "SELECT t.identifier FROM placement p JOIN transfer t ON t.placement = p.id
                 WHERE p.engagement = ?1 AND p.account IN ({names}) AND t.kind = 'payment'
                   AND t.identifier IS NOT NULL {more}"
            )
        };
        let mut identifiers = Vec::new();
        let mut each = |row: &Row<'_>| -> rusqlite::Result<()> {
            identifiers.push(row.get::<_, String>(0)?);
            Ok(())
        };
        self.each(&|names: &str| payments(names, ""), engagement, wanted.to_court.iter(), &mut each)?;
        // No payment of an account that never was with a court changes.
        let were = format!("AND {WAS_WITH_COURT}");
        self.each(&|names: &str| payments(names, &were), engagement, wanted.from_court.iter(), &mut each)?;
        wanted.identifiers.extend(identifiers);
        known.whole.extend(wanted.to_court.union(&wanted.from_court).cloned());
        Ok(())
    }

    /// The statuses of work of the placements of accounts that never were with a court: they end what begins now for an
    /// earlier day. Those that come later have a row among the holds.
    pub(super) fn load_worked(
        &self,
        engagement: i64,
        accounts: &BTreeSet<String>,
        known: &mut Known,
    ) -> Result<()> {
        let sql = |names: &str| {
            format!(
                "SELECT p.account, p.id AS placement, e.id, e.document, f.side
                 FROM placement p JOIN event e ON e.placement = p.id JOIN file f ON f.id = e.file
                 WHERE p.engagement = ?1 AND p.account IN ({names}) AND e.kind = 'status' AND NOT {WAS_WITH_COURT}
                 ORDER BY e.id"
            )
        };
        let mut statuses: Vec<(String, i64, i64, Vec<u8>, Side)> = Vec::new();
        self.each(&sql, engagement, accounts.iter(), |row| {
            let by = of_table("event", row, |row| side(row, 4))?;
            statuses.push((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, by));
            Ok(())
        })?;
        for (account, placement, event, document, by) in statuses {
            let Item::Status(status) = stored::item(&document, ("event", event))? else { continue };
            let step = end_of_court(&status, by);
            if let (Some(step), Some(account)) = (step, known.accounts.get_mut(&account)) {
                account.worked.push(Hold { placement, step });
            }
        }
        Ok(())
    }
}
