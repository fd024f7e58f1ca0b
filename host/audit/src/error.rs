//! The errors of writing, reading, verifying and copying the log.

use std::path::{Path, PathBuf};

/// Why an operation on a log failed. Each error has a stable [`code`](Error::code).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log cannot be written, or it is damaged.
    #[error("the audit log failed: {0}")]
    Log(String),
    /// A file cannot be read or written.
    #[error("cannot {what} {}: {error}", path.display())]
    Io {
        /// The operation that failed.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// There is no such entry in the log, or no checkpoint holds it yet.
    #[error("there is no entry {index} in {size} entries; `audit checkpoint` publishes the newest")]
    NoEntry {
        /// Its index.
        index: u64,
        /// How many entries there are.
        size: u64,
    },
    /// An argument is refused.
    #[error("{message}")]
    Refused {
        /// The stable code.
        code: String,
        /// The error, and what was expected.
        message: String,
    },
    /// The folder to write to is not empty.
    #[error("{} is not empty; name a new folder", .0.display())]
    FolderExists(PathBuf),
    /// The vault cannot be read or written.
    #[error("the vault of sealed calls failed: {0}")]
    Vault(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A copy of the log cannot be reached, or it is damaged.
    #[error("the sink {sink} failed: {message}")]
    Sink {
        /// Its address, without secrets.
        sink: String,
        /// The error.
        message: String,
    },
    /// A copy differs from the log.
    #[error(
        "the sink {sink} holds the copy of another log, or one of the two was changed: {what}; nothing was replaced; compare with `audit verify` and `audit verify --sink`"
    )]
    SinkForked {
        /// Its address, without secrets.
        sink: String,
        /// The difference.
        what: String,
    },
    /// This program was built without a feature that the sink needs.
    #[error("the sink {sink} needs a program that was built with `--features {feature}`; this one was not")]
    SinkUnsupported {
        /// Its address, without secrets.
        sink: String,
        /// The feature.
        feature: &'static str,
    },
    /// An invariant of the program does not hold.
    #[error("an invariant does not hold: {0}; nothing was changed; please report it")]
    Invariant(String),
}

impl Error {
    /// The stable code.
    ///
    /// ```
    /// let error = bailiwick_audit::Error::NoEntry { index: 7, size: 5 };
    /// assert_eq!(error.code(), "no_entry");
    /// ```
    pub fn code(&self) -> &str {
        match self {
            Self::Log(_) => "audit",
            Self::Io { .. } => "io",
            Self::NoEntry { .. } => "no_entry",
            Self::Refused { code, .. } => code,
            Self::FolderExists(_) => "folder_exists",
            Self::Vault(_) => "vault",
            Self::Sink { .. } => "sink",
            Self::SinkForked { .. } => "sink_forked",
            Self::SinkUnsupported { .. } => "sink_unsupported",
            Self::Invariant(_) => "invariant",
        }
    }

    pub(crate) fn vault(error: rusqlite::Error) -> Self {
        Self::Vault(Box::new(error))
    }

    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { what, path, error }
    }
}

/// A result of the log.
pub type Result<T, E = Error> = std::result::Result<T, E>;
