//! The home that a command works on, and who gave the command.

use std::path::{Path, PathBuf};

use bailiwick_host::{Command, Host};

use crate::failure::Failure;

/// A home and its operator.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    operator: Option<String>,
}

impl Home {
    /// Without a name given, the operator is the user that the system knows.
    pub(crate) fn new(path: PathBuf, operator: Option<String>) -> Self {
        let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        Self { path, operator: operator.or_else(user).filter(|name| !name.is_empty()) }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it.
    pub(crate) fn open(&self) -> Result<Host, Failure> {
        Ok(Host::open(&self.path)?.as_operator(self.operator.clone()))
    }

    /// Opens it for a command that reads what is private or takes it out: that is recorded first.
    pub(crate) fn open_for(&self, command: Command<'_>) -> Result<Host, Failure> {
        let host = self.open()?;
        host.record(command)?;
        Ok(host)
    }

    /// The same for a command about an engagement.
    pub(crate) fn open_engagement(&self, name: &'static str, engagement: &str) -> Result<Host, Failure> {
        self.open_for(Command { name, engagement: Some(engagement), account: None })
    }
}
