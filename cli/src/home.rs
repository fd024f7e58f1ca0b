//! The home and the operator of a command.

use std::path::{Path, PathBuf};

use bailiwick_host::engine::LogLevel;
use bailiwick_host::{Host, Operator};

use crate::failure::Failure;

/// A home and its operator.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    operator: Operator,
    plugin_log: Option<LogLevel>,
}

impl Home {
    /// Without a name given, the operator is the user that the system knows.
    pub(crate) fn new(path: PathBuf, operator: Option<String>, plugin_log: Option<LogLevel>) -> Self {
        let known = |name: &&str| std::env::var(name).ok().filter(|user| !user.is_empty());
        let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(known);
        let operator = operator.or_else(user).map_or_else(Operator::unnamed, Operator::named);
        Self { path, operator, plugin_log }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of a new home: the argument, or else `--home`. If both are given and differ, they are refused.
    pub(crate) fn or_told(&self, folder: Option<PathBuf>, home_is_told: bool) -> Result<PathBuf, Failure> {
        let folder = match folder {
            Some(folder) if home_is_told && folder != self.path => {
                return Err(Failure::usage(format!(
                    "two folders are named, {} and, with --home, {}; name one",
                    folder.display(),
                    self.path.display()
                )));
            }
            Some(folder) => folder,
            None => self.path.clone(),
        };
        match folder.is_file() {
            true => Err(Failure::usage(format!(
                "{} is a file; name another folder for the home with --home DIR",
                folder.display()
            ))),
            false => Ok(folder),
        }
    }

    /// Opens it.
    pub(crate) fn open(&self) -> Result<Host, Failure> {
        Ok(Host::open(&self.path)?.with_plugin_log(self.plugin_log))
    }

    /// Who gave the command.
    pub(crate) fn operator(&self) -> Operator {
        self.operator.clone()
    }
}
