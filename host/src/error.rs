//! The errors of the host.

use std::path::{Path, PathBuf};

use bailiwick_sdk::manifest::Wrong;

use crate::audit;
use crate::engine::Fault;
use crate::files::UntrustedHome;

/// Who has to act on an error; the command turns it into its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The data, the rules or the state of the book do not allow it.
    Refused,
    /// The caller named something that does not exist, or a setting or permission is wrong.
    Usage,
    /// A plugin failed.
    Plugin,
    /// The host or the machine failed.
    Host,
}

/// Why the host did not carry out an act or a command. Each has a stable [`code`](Error::code).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no home.
    #[error("{} is no home; make one with `bailiwick init --home {}`", .0.display(), .0.display())]
    NoHome(PathBuf),
    /// There is a home already.
    #[error("{} is not empty; name a new folder", .0.display())]
    HomeExists(PathBuf),
    /// A file of the home cannot be read or written.
    #[error("cannot {what} {}: {error}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Other users could change the home or replace it.
    #[error("{0}")]
    UnsafePermissions(UntrustedHome),
    /// A configuration file is wrong.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The place as a JSON pointer, where there is one.
        pointer: Option<String>,
        /// What is wrong, what was expected.
        message: String,
    },
    /// There is no such engagement.
    #[error("there is no engagement {name:?}; there are: {}", known.join(", "))]
    NoEngagement {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// There is no such plugin.
    #[error("there is no plugin {name:?} in {}; there are: {}", folder.display(), known.join(", "))]
    NoPlugin {
        /// The name asked for.
        name: String,
        /// The folder that was searched.
        folder: PathBuf,
        /// The names there are.
        known: Vec<String>,
    },
    /// A component carries no manifest or a wrong one.
    #[error("{}: {message}", path.display())]
    Manifest {
        /// The component.
        path: PathBuf,
        /// What is wrong, what was expected.
        message: String,
    },
    /// A component asks for a capability or a fact that this host does not offer.
    #[error("{}: the manifest is wrong at {wrong}", path.display())]
    NotOffered {
        /// The component.
        path: PathBuf,
        /// The entry of the manifest.
        wrong: Wrong,
    },
    /// No plugin claims the file.
    #[error("no message of this engagement's plugins recognises the file; it can read: {}; name one with --as", known.join(", "))]
    Unrecognised {
        /// The messages that the engagement's plugins read.
        known: Vec<String>,
    },
    /// Several messages claim the file.
    #[error("the file could be any of: {}; name one with --as", claims.join(", "))]
    Ambiguous {
        /// The messages that claim it.
        claims: Vec<String>,
    },
    /// There is no such account.
    #[error("there is no account {account:?} in {engagement}")]
    NoAccount {
        /// The engagement.
        engagement: String,
        /// The account.
        account: String,
    },
    /// There is no such exception, or it is decided.
    #[error("there is no exception {number} in {engagement} that waits for a decision")]
    NoException {
        /// The engagement.
        engagement: String,
        /// Its number.
        number: i64,
    },
    /// The rules refuse what was asked.
    #[error("{message}")]
    Refused {
        /// The stable code of the rule.
        code: String,
        /// What is wrong, what was expected.
        message: String,
    },
    /// A plugin's call ended in a fault.
    #[error("{plugin}: {fault}")]
    Plugin {
        /// The plugin.
        plugin: String,
        /// The fault.
        fault: Fault,
    },
    /// Another process writes to this home.
    #[error("another process has been working on {} for {waited_s} s; try again later", home.display())]
    Busy {
        /// The home.
        home: PathBuf,
        /// How long the host waited, in seconds.
        waited_s: u64,
    },
    /// The book cannot be read or written.
    #[error("the book failed: {0}")]
    Book(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The audit log or a copy of it failed, or refuses what was asked.
    #[error(transparent)]
    Audit(#[from] audit::Error),
    /// An invariant of the program does not hold.
    #[error("an invariant does not hold: {0}; nothing was changed; please report it")]
    Invariant(String),
    /// The caller cancelled.
    #[error("cancelled; nothing was changed")]
    Cancelled,
}

/// A column of the book that is not as any release writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UnreadableColumn {
    /// The table, where it is known.
    pub(crate) table: Option<&'static str>,
    /// The number of the row, where it is known.
    pub(crate) row: Option<i64>,
    pub(crate) column: String,
    pub(crate) why: String,
}

impl std::fmt::Display for UnreadableColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(table) = self.table {
            write!(f, "the table {table}, ")?;
        }
        f.write_str(&self.column)?;
        if let Some(row) = self.row {
            write!(f, " of row {row}")?;
        }
        write!(f, ": {}; undo the change that was made to the book, or restore it from a backup", self.why)
    }
}

impl std::error::Error for UnreadableColumn {}

/// An error of the database. The trait is private, so that the library of the database is in no public signature.
pub(crate) trait OfTheBook {
    /// The error that is shown.
    fn shown(self) -> Box<dyn std::error::Error + Send + Sync>;
}

impl OfTheBook for rusqlite::Error {
    fn shown(self) -> Box<dyn std::error::Error + Send + Sync> {
        match self {
            Self::FromSqlConversionFailure(_, _, why) if why.is::<UnreadableColumn>() => why,
            Self::QueryReturnedNoRows => {
                "a row that another row names is not there; undo the change that was made to the book, or restore it from a \
                 backup"
                    .into()
            }
            error => Box::new(error),
        }
    }
}

#[allow(private_bounds)]
impl<E: OfTheBook> From<E> for Error {
    fn from(error: E) -> Self {
        Self::Book(error.shown())
    }
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::NoHome(_) => "no_home",
            Self::HomeExists(_) => "home_exists",
            Self::Io { .. } => "io",
            Self::UnsafePermissions(_) => "unsafe_permissions",
            Self::Config { .. } => "bad_config",
            Self::NoEngagement { .. } => "no_engagement",
            Self::NoPlugin { .. } => "no_plugin",
            Self::Manifest { .. } => "bad_manifest",
            Self::NotOffered { wrong, .. } => wrong.code,
            Self::Unrecognised { .. } => "unrecognised_file",
            Self::Ambiguous { .. } => "ambiguous_file",
            Self::NoAccount { .. } => "no_account",
            Self::NoException { .. } => "no_exception",
            Self::Refused { code, .. } => code,
            Self::Plugin { fault, .. } => fault.code(),
            Self::Busy { .. } => "busy",
            Self::Book(_) => "book",
            Self::Audit(error) => error.code(),
            Self::Invariant(_) => "invariant",
            Self::Cancelled => "cancelled",
        }
    }

    /// Who has to act.
    pub fn blame(&self) -> Blame {
        match self {
            Self::NoAccount { .. }
            | Self::NoException { .. }
            | Self::Refused { .. }
            | Self::Unrecognised { .. }
            | Self::Ambiguous { .. } => Blame::Refused,
            Self::NoHome(_)
            | Self::HomeExists(_)
            | Self::UnsafePermissions(_)
            | Self::Config { .. }
            | Self::NoEngagement { .. }
            | Self::NoPlugin { .. } => Blame::Usage,
            Self::Audit(audit::Error::NoEntry { .. } | audit::Error::Refused { .. }) => Blame::Refused,
            Self::Audit(audit::Error::FolderExists(_) | audit::Error::SinkUnsupported { .. }) => Blame::Usage,
            Self::Manifest { .. } | Self::NotOffered { .. } => Blame::Plugin,
            Self::Plugin { fault, .. } if fault.blames_plugin() => Blame::Plugin,
            _ => Blame::Host,
        }
    }

    /// A configuration file that is wrong at byte `at` of its text.
    pub(crate) fn config(path: &Path, text: &str, at: usize, message: impl Into<String>) -> Self {
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self::Config { path: path.to_owned(), line, column, pointer: None, message: message.into() }
    }

    /// A row of the book is not as any release writes it.
    pub(crate) fn book(what: impl Into<String>) -> Self {
        Self::Book(what.into().into())
    }

    /// A column of a row of the book is not as any release writes it.
    pub(crate) fn column(table: &'static str, row: i64, column: &str, why: impl Into<String>) -> Self {
        let (table, row, column) = (Some(table), Some(row), column.to_owned());
        Self::Book(Box::new(UnreadableColumn { table, row, column, why: why.into() }))
    }

    /// Figures of the book do not add up.
    pub(crate) fn figures(what: impl std::fmt::Display) -> Self {
        Self::book(format!(
            "{what}: the book was changed from outside, or the host has an error; `bailiwick ledger check` names the \
             figures that differ; undo the change, or restore the book from a backup"
        ))
    }

    /// The log, the book and the head do not agree, or a file of the log is wrong.
    pub(crate) fn log(what: impl Into<String>) -> Self {
        Self::Audit(audit::Error::Log(what.into()))
    }

    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { what, path, error }
    }
}

/// A result of the host.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_log_says_the_same_here() {
        let refused =
            audit::Error::Refused { code: "bad_proof".to_owned(), message: "it is none".to_owned() };
        let unsupported =
            audit::Error::SinkUnsupported { sink: "s3://b".to_owned(), feature: "object-store" };
        for (error, code, blame) in [
            (audit::Error::Log("it ends early".to_owned()), "audit", Blame::Host),
            (audit::Error::NoEntry { index: 1, size: 0 }, "no_entry", Blame::Refused),
            (refused, "bad_proof", Blame::Refused),
            (audit::Error::FolderExists("f".into()), "folder_exists", Blame::Usage),
            (unsupported, "sink_unsupported", Blame::Usage),
            (audit::Error::Sink { sink: String::new(), message: String::new() }, "sink", Blame::Host),
        ] {
            let said = error.to_string();
            let error = Error::from(error);
            assert_eq!((error.to_string(), error.code(), error.blame()), (said, code, blame));
        }
    }
}
