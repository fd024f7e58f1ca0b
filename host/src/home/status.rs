//! What an operator should look at.

use serde::Serialize;

use super::{Host, commands, layout, permissions};
use crate::audit::{self, Disk, Outside, SystemDisk};
use crate::book::{HeldBack, Missing};
use crate::error::{Error, Result};

/// How a home is, without anything private.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Commands that are not in the audit log yet; the next write puts them there.
    pub commands_waiting: usize,
    /// Files that were found among the commands and that this home had not made, in `audit/commands/refused`. Whoever
    /// has looked into them removes them.
    pub commands_refused: Vec<String>,
    /// Answers that are booked and could not be moved to their place in the outbox; every write tries again.
    pub held_back: Vec<HeldBack>,
    /// Engagements that have open accounts and no file: nothing of them falls due.
    pub missing: Vec<Missing>,
    /// Files and folders, below the home, that others than its user can read: the next write takes them from
    /// others, unless it may not.
    pub readable: Vec<String>,
    /// Why the log, the book and the signed head do not agree: then the home refuses every write, and what is read may
    /// be of an older book.
    pub disagrees: Option<String>,
    /// What somebody outside has seen of the audit log.
    pub outside: Outside,
}

impl Status {
    /// Whether there is nothing that an operator should look at.
    pub fn is_well(&self) -> bool {
        self.disagrees.is_none()
            && self.commands_refused.is_empty()
            && self.held_back.is_empty()
            && self.missing.is_empty()
            && self.readable.is_empty()
    }
}

impl Host {
    /// What an operator should look at. Nothing waits for an exchange that is going on, and nothing is changed.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let status = host.status()?;
    /// for answer in &status.held_back {
    ///     println!("{} waits: {}", answer.path, answer.why);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Book`], [`Error::Audit`]; [`Error::Config`] if `bailiwick.toml` has changed and is wrong.
    pub fn status(&self) -> Result<Status> {
        let settings = self.settings()?;
        let waiting = self.home().join(layout::COMMANDS);
        let waiting = SystemDisk.list(&waiting).map_err(Error::io("list", &waiting))?;
        let waiting = waiting.iter().filter(|name| name.ends_with(commands::WHOLE)).count();
        let refused = self.home().join(layout::REFUSED);
        let disagrees = match self.agree() {
            Ok(()) => None,
            Err(Error::Audit(audit::Error::Log(why))) => Some(why),
            Err(error) => return Err(error),
        };
        Ok(Status {
            disagrees,
            commands_waiting: waiting,
            commands_refused: SystemDisk.list(&refused).map_err(Error::io("list", &refused))?,
            held_back: self.book()?.held_back()?,
            missing: self.missing_engagements()?,
            readable: permissions::readable(self.home(), settings.group.as_ref()),
            outside: Outside::now(&self.audit_path())?,
        })
    }
}
