//! The state of a home, for its operator.

use serde::Serialize;

use super::{Host, commands, layout, permissions};
use crate::audit::{self, Disk, Outside, SystemDisk};
use crate::book::{HeldBack, Missing, SuspenseCount, WaitingCount};
use crate::error::{Error, Result};

/// The state of a home. It holds nothing private.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Commands that are not in the audit log yet; the next write puts them there.
    pub commands_waiting: usize,
    /// Files among the commands that this home had not made, in `audit/commands/refused`. Look at them, then remove
    /// them.
    pub commands_refused: Vec<String>,
    /// Answers that are booked and could not be moved to their place in the outbox; every write tries again.
    pub held_back: Vec<HeldBack>,
    /// Documents that wait until what they name is in the book, in all engagements.
    pub waiting: WaitingCount,
    /// Money that reached the bank and that no account is known for, in all engagements.
    pub suspense: SuspenseCount,
    /// Engagements that have open accounts and no file: nothing of them falls due.
    pub missing: Vec<Missing>,
    /// Files and folders, below the home, that other users can read. The next write makes them private, if the system
    /// lets it.
    pub readable: Vec<String>,
    /// Why the log, the book and the signed head do not agree: then the home refuses every write, and reads may come
    /// from an older book.
    pub disagrees: Option<String>,
    /// How much of the audit log somebody outside has seen.
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
    /// The state of the home, for its operator. Does not wait for a running exchange, and changes nothing.
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
        let disagrees = match self.agree().and_then(|()| self.agree_rows()) {
            Ok(()) => None,
            Err(Error::Audit(audit::Error::Log(why))) => Some(why),
            Err(error) => return Err(error),
        };
        Ok(Status {
            disagrees,
            commands_waiting: waiting,
            commands_refused: SystemDisk.list(&refused).map_err(Error::io("list", &refused))?,
            held_back: self.book()?.held_back()?,
            waiting: self.book()?.count_waiting()?,
            suspense: self.book()?.count_suspense()?,
            missing: self.missing_engagements()?,
            readable: permissions::readable(self.home(), settings.group.as_ref()),
            outside: Outside::now(&self.audit_path())?,
        })
    }
}
