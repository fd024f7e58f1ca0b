//! Erasing a person: the key of what was sealed goes, the log stays whole.

use bailiwick_sdk::value::Day;
use jiff::{Timestamp, ToSpan};
use rusqlite::{Row, params};
use serde::Serialize;

use super::Host;
use crate::audit::Entry;
use crate::book::Book;
use crate::engagement::{Engagement, Retention};
use crate::error::{Error, Result};

/// A person that was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// The engagement.
    pub engagement: String,
    /// Accounts that were the person's.
    pub accounts: u64,
    /// The rule by which it was due.
    pub rule: String,
}

/// Somebody of whom nothing needs to be kept any longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// One of the person's accounts.
    pub account: String,
    /// The day since when.
    pub since: Day,
}

/// How a person stands in the book.
struct Standing {
    account: String,
    open: bool,
    held: bool,
    disputed: bool,
    /// The day of the last thing that happened to any of the accounts.
    last_on: String,
}

/// Every person of an engagement: an account's customer, or the account itself.
const STANDING: &str = "
SELECT min(p.account),
       max(p.state NOT IN ('rejected', 'recall_final', 'returned', 'expired', 'closed')),
       max(p.holds <> 0),
       max(EXISTS (SELECT 1 FROM matter m WHERE m.placement = p.id AND m.stage NOT IN ('decided', 'closed'))),
       max(coalesce((SELECT max(substr(f.at, 1, 10)) FROM event e JOIN file f ON f.id = e.file WHERE e.placement = p.id),
                    (SELECT substr(f.at, 1, 10) FROM file f WHERE f.id = p.file)))
FROM placement p JOIN engagement g ON g.id = p.engagement
WHERE g.name = ?1";

/// Whose an account is: the customer that its placement names, or the account itself.
const PERSON: &str = "coalesce(json_extract(CAST(p.document AS TEXT), '$.placement.customer'), p.account)";

fn standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    Ok(Standing {
        account: row.get(0)?,
        open: row.get(1)?,
        held: row.get(2)?,
        disputed: row.get(3)?,
        last_on: row.get(4)?,
    })
}

impl Standing {
    /// The day from which nothing needs to be kept; none while something goes on.
    fn due(&self, retention: &Retention) -> Result<Option<Day>> {
        if self.open || self.held || self.disputed {
            return Ok(None);
        }
        let last: Day =
            self.last_on.parse().map_err(|error| Error::Invariant(format!("a day of the book: {error}")))?;
        let days = i64::from(retention.days);
        let due =
            last.date().checked_add(days.days()).map_err(|error| Error::Invariant(error.to_string()))?;
        Ok(Some(due.into()))
    }
}

fn refused(code: &str, message: String) -> Error {
    Error::Refused { code: code.to_owned(), message }
}

fn rule(engagement: &Engagement) -> Result<&Retention> {
    engagement.retention.as_ref().ok_or_else(|| {
        refused(
            "no_retention_rule",
            format!(
                "{} does not say how long records must be kept; add [retention] with days and source",
                engagement.name
            ),
        )
    })
}

impl Host {
    /// Shows `each` everybody of an engagement of whom nothing needs to be kept any longer.
    ///
    /// # Errors
    /// [`Error::Refused`] if the engagement has no `[retention]`; [`Error::Book`].
    pub(super) fn due_for_erasure(
        &self,
        engagement: &str,
        at: Timestamp,
        mut each: impl FnMut(Due),
    ) -> Result<()> {
        let engagement = self.engagement(engagement)?;
        let retention = rule(&engagement)?;
        let today = today(&engagement, at);
        let book = self.book()?;
        let sql = format!("{STANDING} GROUP BY {PERSON} ORDER BY 1");
        let mut statement = book.connection.prepare(&sql)?;
        let mut rows = statement.query([&engagement.name])?;
        while let Some(row) = rows.next()? {
            let standing = standing(row)?;
            if let Some(since) = standing.due(retention)?.filter(|since| *since <= today) {
                each(Due { account: standing.account, since });
            }
        }
        Ok(())
    }

    /// Erases the person of an account, with all accounts that are theirs in this engagement: what was
    /// sealed of plugin calls about them can never be read again. The log still verifies; a replay says what
    /// is gone. The book and the files of the outbox are not touched.
    ///
    /// # Errors
    /// [`Error::Refused`] while records must be kept, and says until when or why; [`Error::NoAccount`].
    pub(super) fn erase(&self, engagement: &str, account: &str, at: Timestamp) -> Result<Erasure> {
        let engagement = self.engagement(engagement)?;
        let retention = rule(&engagement)?;
        let mut writing = self.write()?;
        let standing = of_account(&writing.book, &engagement.name, account)?;
        let why = match standing.due(retention)? {
            Some(due) if due <= today(&engagement, at) => None,
            Some(due) => Some(format!("records must be kept until {due}, by {}", retention.source)),
            None if standing.held => Some("an account of the person is held".to_owned()),
            None if standing.disputed => Some("a dispute or complaint of the person is open".to_owned()),
            None => Some("an account of the person is still placed".to_owned()),
        };
        if let Some(why) = why {
            return Err(refused("retention", why));
        }
        let vault = self.open_vault()?;
        let kept = vault.persons()?.person(&engagement.name, account)?.filter(|kept| kept.readable);
        let kept = kept.ok_or_else(|| {
            refused("nothing_kept", "nothing is kept of the person, or it was erased before".to_owned())
        })?;
        let erasure = Erasure {
            engagement: engagement.name.clone(),
            accounts: kept.accounts,
            rule: format!("{} days, {}", retention.days, retention.source),
        };
        writing.audit.append(&Entry::Erased {
            engagement: engagement.name.clone(),
            person: kept.person.clone(),
            accounts: erasure.accounts,
            rule: erasure.rule.clone(),
        })?;
        writing.audit.commit()?;
        vault.persons()?.erase(&kept.person)?;
        // The key is gone, whatever becomes of the head; why is traced.
        let _ = writing.conclude_done();
        Ok(erasure)
    }
}

fn today(engagement: &Engagement, at: Timestamp) -> Day {
    engagement.zone.time_zone().to_datetime(at).date().into()
}

fn of_account(book: &Book, engagement: &str, account: &str) -> Result<Standing> {
    let sql = format!(
        "{STANDING} AND {PERSON} IN (
             SELECT {PERSON} FROM placement p JOIN engagement g ON g.id = p.engagement
             WHERE g.name = ?1 AND p.account = ?2)
         GROUP BY 1 = 1"
    );
    let mut statement = book.connection.prepare(&sql)?;
    let mut rows = statement.query(params![engagement, account])?;
    match rows.next()? {
        Some(row) => Ok(standing(row)?),
        None => Err(Error::NoAccount { engagement: engagement.to_owned(), account: account.to_owned() }),
    }
}
