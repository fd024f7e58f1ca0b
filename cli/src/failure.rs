//! The failure of a command, as words or JSON, and its exit code.

use std::fmt::Display;
use std::process::ExitCode;

use bailiwick_build::BuildError;
use bailiwick_host::{Blame, Error};
use serde_json::json;

/// Done with something refused by the data or the rules.
pub(crate) const REFUSED: u8 = 1;
const USAGE: u8 = 2;
const PLUGIN: u8 = 3;
const HOST: u8 = 4;
/// The book is not what it should be.
pub(crate) const FAILED: u8 = HOST;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    /// What is wrong, in one line.
    message: String,
    /// Further lines: messages of a compiler, other findings.
    said: Vec<String>,
    exit: u8,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: "usage".to_owned(), message: message.into(), said: Vec::new(), exit: USAGE }
    }

    pub(crate) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), said: Vec::new(), exit: REFUSED }
    }

    pub(crate) fn host(message: impl Into<String>) -> Self {
        Self { code: "io".to_owned(), message: message.into(), said: Vec::new(), exit: HOST }
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// All of it, as one text.
    pub(crate) fn message(&self) -> String {
        let lines = std::iter::once(&self.message).chain(&self.said);
        lines.map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }

    pub(crate) fn print(&self, json: bool) {
        if json {
            outln!("{}", json!({ "error": { "code": self.code, "message": self.message() } }));
        } else {
            self.complain("bailiwick");
        }
    }

    /// Prints it on standard error; the first line begins with `of`, the name of the program, the file or the
    /// engagement.
    pub(crate) fn complain(&self, of: impl Display) {
        errln!("{of}: {} [{}]", self.message, self.code);
        self.said.iter().for_each(|line| errln!("{line}"));
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error.blame() {
            Blame::Refused => REFUSED,
            Blame::Usage => USAGE,
            Blame::Plugin => PLUGIN,
            Blame::Host => HOST,
        };
        let (message, said) = match &error {
            Error::UnsafePermissions(untrusted) => {
                let mut lines = untrusted.lines().into_iter();
                (lines.next().unwrap_or_default(), lines.collect())
            }
            error => (error.to_string(), Vec::new()),
        };
        Self { code: error.code().to_owned(), message, said, exit }
    }
}

impl From<bailiwick_host::audit::Error> for Failure {
    fn from(error: bailiwick_host::audit::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        let exit = match error {
            BuildError::NotAPlugin { .. } => USAGE,
            BuildError::NoToolchain { .. } | BuildError::Io { .. } => HOST,
            _ => PLUGIN,
        };
        let code = error.code().to_owned();
        // Only what these say has lines of its own; in others a line end is one of a name.
        let (message, said) = match &error {
            BuildError::Compile { name, dir, output } => {
                let message = format!("the plugin {name} in {} does not compile:", dir.display());
                (message, output.lines().map(str::to_owned).collect())
            }
            BuildError::NoToolchain { .. } => {
                let text = error.to_string();
                let mut lines = text.lines().map(str::to_owned);
                (lines.next().unwrap_or_default(), lines.collect())
            }
            error => (error.to_string(), Vec::new()),
        };
        Self { code, message, said, exit }
    }
}
