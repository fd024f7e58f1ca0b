//! What the book says of persons who may be erased: their accounts, and whether something goes on with them.

use bailiwick_sdk::value::Day;
use rusqlite::{OptionalExtension, Row};

use super::Book;
use super::list::{self, After};
use super::read::{OPEN_STATES, certain_day, of_table};
use crate::error::Result;

/// How the accounts of a person stand in an engagement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The engagement's name.
    pub(crate) engagement: String,
    /// One of the accounts.
    pub(crate) account: String,
    /// An account is placed still.
    pub(crate) open: bool,
    pub(crate) held: bool,
    /// A dispute or complaint is open.
    pub(crate) disputed: bool,
    /// The day of the last thing that happened to any of the accounts.
    pub(crate) last_on: Day,
}

/// An account of a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PersonAccount {
    pub(crate) person: i64,
    /// The engagement's name.
    pub(crate) engagement: String,
    pub(crate) account: String,
}

/// The columns of [`standing`], of placements `p` of engagements `g`, and the rest of the query.
fn standings_sql(rest: &str) -> String {
    format!(
        "SELECT g.name, min(p.account),
                max(p.state IN ({})),
                max(p.holds <> 0),
                max(EXISTS (SELECT 1 FROM matter m WHERE m.placement = p.id AND m.stage NOT IN ('decided', 'closed'))),
                max(coalesce((SELECT max(substr(f.at, 1, 10)) FROM event e JOIN file f ON f.id = coalesce(e.booked_by, e.file) WHERE e.placement = p.id),
                             (SELECT substr(f.at, 1, 10) FROM file f WHERE f.id = p.file))) AS at,
                 min(p.person)
         FROM placement p JOIN engagement g ON g.id = p.engagement {rest}",
        *OPEN_STATES
    )
}

fn standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    of_table("placement with its file", row, read_standing)
}

fn read_standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    Ok(Standing {
        engagement: row.get(0)?,
        account: row.get(1)?,
        open: row.get(2)?,
        held: row.get(3)?,
        disputed: row.get(4)?,
        last_on: certain_day(row, 5)?,
    })
}

fn person_account(row: &Row<'_>) -> rusqlite::Result<PersonAccount> {
    Ok(PersonAccount { person: row.get(0)?, engagement: row.get(1)?, account: row.get(2)? })
}

impl Book {
    /// The code of the creditor that the book has of an engagement; none if nothing happened in it.
    pub(crate) fn creditor_of(&self, engagement: &str) -> Result<Option<String>> {
        let sql = "SELECT creditor FROM engagement WHERE name = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([engagement], |row| row.get(0)).optional()?)
    }

    /// The names of a creditor's engagements, as the book knows them.
    pub(crate) fn engagements_of(&self, creditor: &str) -> Result<Vec<String>> {
        let sql = "SELECT name FROM engagement WHERE creditor = ?1 ORDER BY name";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([creditor], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Whether an account was ever placed under an engagement.
    pub(crate) fn was_placed(&self, engagement: &str, account: &str) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM placement p JOIN engagement g ON g.id = p.engagement
                                  WHERE g.name = ?1 AND p.account = ?2)";
        Ok(self.connection.prepare_cached(sql)?.query_row((engagement, account), |row| row.get(0))?)
    }

    /// The persons whose an account was, in its rounds in every engagement of the creditor: an account of a creditor is
    /// the same debt, whichever agency has it.
    pub(crate) fn persons_of(&self, engagement: &str, account: &str) -> Result<Vec<i64>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT p.person FROM placement p JOIN engagement g ON g.id = p.engagement
             WHERE p.account = ?2 AND g.creditor = (SELECT creditor FROM engagement WHERE name = ?1)
             ORDER BY p.person",
        )?;
        let rows = statement.query_map((engagement, account), |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How a person stands in each engagement of the creditor.
    pub(crate) fn standings(&self, person: i64) -> Result<Vec<Standing>> {
        let mut statement = self
            .connection
            .prepare_cached(&standings_sql("WHERE p.person = ?1 GROUP BY g.name ORDER BY g.name"))?;
        let rows = statement.query_map([person], standing)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How so many persons of an engagement stand in it, each with its place: those that come after a place, in the
    /// order in which the book met them.
    pub(crate) fn standings_in(
        &self,
        engagement: &str,
        after: &After,
        most: i64,
    ) -> Result<Vec<(After, Standing)>> {
        let sql =
            standings_sql("WHERE g.name = ?1 AND p.person > ?2 GROUP BY p.person ORDER BY p.person LIMIT ?3");
        list::collect(&self.connection, &sql, (engagement, after.id, most), |row| {
            Ok((After::number(row.get(6)?), standing(row)?))
        })
    }

    /// The creditor's key of a customer; none of who owes an account that names no customer.
    pub(crate) fn customer_key(&self, person: i64) -> Result<Option<String>> {
        let sql = "SELECT key FROM person WHERE id = ?1 AND kind = 'customer'";
        Ok(self.connection.prepare_cached(sql)?.query_row([person], |row| row.get(0)).optional()?)
    }

    /// Shows `each` the customers of a creditor, by number and key.
    pub(crate) fn customers_of(
        &self,
        creditor: &str,
        mut each: impl FnMut(i64, &str) -> Result<()>,
    ) -> Result<()> {
        let sql = "SELECT id, key FROM person WHERE creditor = ?1 AND kind = 'customer'";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([creditor])?;
        while let Some(row) = rows.next()? {
            let key: String = row.get(1)?;
            each(row.get(0)?, &key)?;
        }
        Ok(())
    }

    /// The accounts of a person, in every engagement of the creditor.
    pub(crate) fn accounts_of(&self, person: i64) -> Result<Vec<PersonAccount>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT p.person, g.name, p.account FROM placement p JOIN engagement g ON g.id = p.engagement
             WHERE p.person = ?1 ORDER BY g.name, p.account",
        )?;
        let rows = statement.query_map([person], person_account)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Shows `each` the accounts of a creditor, in every engagement, and whose they are.
    pub(crate) fn accounts_at(
        &self,
        creditor: &str,
        mut each: impl FnMut(PersonAccount) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT p.person, g.name, p.account FROM placement p JOIN engagement g ON g.id = p.engagement
             WHERE g.creditor = ?1",
        )?;
        let mut rows = statement.query([creditor])?;
        while let Some(row) = rows.next()? {
            each(person_account(row)?)?;
        }
        Ok(())
    }
}
