//! Engagements of the book whose file is gone.

use serde::Serialize;

use super::Book;
use super::read::OPEN_STATES;
use crate::error::Result;

/// An engagement that has open accounts in the book and no file. Nothing of it falls due until its file is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Missing {
    /// The engagement.
    pub engagement: String,
    /// Accounts that have not ended.
    pub accounts: u64,
}

impl Missing {
    /// The code under which it is reported.
    pub const CODE: &'static str = "engagement_missing";

    /// What is wrong, and what to do.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// for missing in Host::open("./bailiwick")?.missing_engagements()? {
    ///     println!("{}", missing.message());
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    pub fn message(&self) -> String {
        let Self { engagement, accounts } = self;
        format!(
            "the engagement {engagement} has {accounts} open accounts in the book and no file; nothing of it falls due: \
             put engagements/{engagement}.toml back"
        )
    }
}

impl Book {
    /// The engagements that have open accounts and are not among these files.
    pub(crate) fn without_file(&self, files: &[String]) -> Result<Vec<Missing>> {
        let mut statement = self.connection.prepare("SELECT id, name FROM engagement ORDER BY name")?;
        let known = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let known: Vec<(i64, String)> = known.collect::<rusqlite::Result<_>>()?;
        let sql =
            format!("SELECT count(*) FROM placement WHERE engagement = ?1 AND state IN ({})", *OPEN_STATES);
        let mut missing = Vec::new();
        for (id, engagement) in known.into_iter().filter(|(_, name)| !files.contains(name)) {
            let accounts = self.connection.query_row(&sql, [id], |row| row.get::<_, i64>(0))?.unsigned_abs();
            if accounts > 0 {
                missing.push(Missing { engagement, accounts });
            }
        }
        Ok(missing)
    }
}
