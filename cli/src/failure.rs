//! What went wrong, as words or JSON, and the exit code it means.

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

/// Why the command did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    message: String,
    /// What a compiler said.
    said: Option<String>,
    exit: u8,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: "usage".to_owned(), message: message.into(), said: None, exit: USAGE }
    }

    pub(crate) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), said: None, exit: REFUSED }
    }

    pub(crate) fn host(message: impl Into<String>) -> Self {
        Self { code: "io".to_owned(), message: message.into(), said: None, exit: HOST }
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }

    pub(crate) fn print(&self, json: bool) {
        if json {
            let said = self.said.as_ref().map(|said| format!("\n{said}")).unwrap_or_default();
            let message = format!("{}{said}", self.message);
            outln!("{}", json!({ "error": { "code": self.code, "message": message } }));
        } else {
            errln!("bailiwick: {} [{}]", self.message, self.code);
            self.said.iter().flat_map(|said| said.lines()).for_each(|line| errln!("{line}"));
        }
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
        Self { code: error.code().to_owned(), message: error.to_string(), said: None, exit }
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        let exit = match error {
            BuildError::NotAPlugin { .. } => USAGE,
            BuildError::NoToolchain { .. } | BuildError::Io { .. } => HOST,
            _ => PLUGIN,
        };
        let text = error.to_string();
        let (message, said) = match text.split_once('\n') {
            Some((message, said)) => (message.to_owned(), Some(said.to_owned())),
            None => (text, None),
        };
        Self { code: error.code().to_owned(), message, said, exit }
    }
}
