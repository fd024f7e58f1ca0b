//! The manifest: read from a custom section, without running anything.

use std::path::Path;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Item, Subject};
use bailiwick_sdk::manifest::{self, BYTES_MAX, SECTION};
use serde::{Deserialize, Serialize};

use crate::engine::{Decision, custom_section};
use crate::error::{Error, Result};
use crate::shown;

/// The contract this host speaks.
pub(crate) const CONTRACT: semver::Version = semver::Version::new(1, 0, 0);

/// A plugin's description of itself, read before anything of it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    /// The plugin's name.
    pub name: String,
    /// Its version.
    pub version: semver::Version,
    /// The contract versions it was built for, as a semver requirement.
    pub contract: semver::VersionReq,
    /// What it is, in one line.
    #[serde(default)]
    pub title: String,
    /// The subjects it implements.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// Capabilities beyond logging. No host offers one yet: a manifest with an entry is refused.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// Facts that its rules need. No host computes one yet: a manifest with an entry is refused.
    #[serde(default)]
    pub facts: Vec<String>,
    /// The JSON Schema of its configuration.
    pub config_schema: serde_json::Value,
    /// The decisions it makes. It is asked for no other.
    #[serde(default)]
    pub decisions: Vec<Decides>,
    /// The files it reads and writes.
    #[serde(default)]
    pub messages: Vec<Message>,
}

/// A decision that a plugin makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Decides {
    /// The function of the contract.
    pub function: Decision,
    /// A JSON pointer into the configuration: the plugin is asked only where the engagement
    /// configures something there. Absent: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// How a file is known to be the same file as an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identity {
    /// Its bytes only.
    #[default]
    None,
    /// Its name.
    Name,
    /// The identity in its header.
    Header,
}

/// A kind of file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Message {
    /// Its name, as on the command line.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub title: String,
    /// The subject it belongs to.
    pub subject: Subject,
    /// Who writes it.
    pub from: Side,
    /// The only kinds of documents that it carries. Items about the file itself (`header`, `control`, `problem`) may
    /// come with any message and are not listed.
    pub documents: Vec<String>,
    /// The plugin reads it.
    #[serde(default)]
    pub decode: bool,
    /// The plugin writes it.
    #[serde(default)]
    pub encode: bool,
    /// The name of a written file; `{date}` is the day as CCYYMMDD, `{id}` a number.
    #[serde(default)]
    pub file_name: String,
    /// How a file is known to be the same file as an earlier one.
    #[serde(default)]
    pub identity: Identity,
    /// How a file is recognised: any of these.
    #[serde(default)]
    pub recognise: Vec<Recogniser>,
}

/// One way to recognise a file. Every condition that is given must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Recogniser {
    /// A pattern of the file's name, `*` for any letters, case ignored.
    #[serde(default)]
    pub name: Option<String>,
    /// The file begins with any of these, after an optional byte order mark.
    #[serde(default)]
    pub starts_with: Vec<String>,
    /// The file begins with any of these bytes, in hexadecimal.
    #[serde(default)]
    pub starts_with_hex: Vec<String>,
    /// The first line holds all of these, in UTF-8 or GB18030.
    #[serde(default)]
    pub first_line_has: Vec<String>,
    /// The head of the file holds all of these.
    #[serde(default)]
    pub contains: Vec<String>,
}

impl Manifest {
    /// Reads the manifest of a component. Nothing of the component runs.
    ///
    /// # Errors
    /// [`Error::Manifest`] if there is none, if it is wrong, or if no contract fits; [`Error::NotOffered`] if it asks
    /// for a capability or a fact.
    pub fn read(path: &Path, wasm: &[u8]) -> Result<Self> {
        let wrong = |message: String| Error::Manifest { path: path.to_owned(), message };
        let section = section(wasm).map_err(&wrong)?;
        let unread =
            |error: serde_json::Error| wrong(format!("the manifest is wrong: {}", shown(&error.to_string())));
        let value: serde_json::Value = serde_json::from_slice(section).map_err(unread)?;
        manifest::check(&value).map_err(|error| match error.code {
            manifest::BAD_MANIFEST => {
                wrong(format!("the manifest is wrong at {}", shown(&error.to_string())))
            }
            _ => Error::NotOffered { path: path.to_owned(), wrong: error },
        })?;
        let manifest: Self = serde_json::from_value(value).map_err(unread)?;
        manifest.check().map_err(wrong)?;
        Ok(manifest)
    }

    fn check(&self) -> std::result::Result<(), String> {
        if !self.contract.matches(&CONTRACT) {
            return Err(format!(
                "{} {} was built for contract {}; this host speaks {CONTRACT}; build the plugin with an SDK of contract {}",
                self.name, self.version, self.contract, CONTRACT.major
            ));
        }
        for decides in &self.decisions {
            let subject = decides.function.subject().map_or(manifest::RULES, |subject| subject.name());
            if !self.subjects.iter().any(|have| have == subject) {
                return Err(format!(
                    "the decision {} is of subject {subject}, which the plugin does not list",
                    decides.function.name()
                ));
            }
        }
        for message in &self.messages {
            if !self.subjects.iter().any(|subject| subject == message.subject.name()) {
                return Err(format!(
                    "message {} is of subject {}, which the plugin does not list",
                    message.name, message.subject
                ));
            }
            for kind in &message.documents {
                let Some((_, subject)) = Item::KINDS.iter().find(|(known, _)| known == kind) else {
                    return Err(format!(
                        "message {} carries {kind:?}, which is no kind of document",
                        message.name
                    ));
                };
                // Items about the file itself have no subject and are always allowed.
                let Some(subject) = subject else { continue };
                if !self.subjects.iter().any(|own| own == subject.name()) {
                    return Err(format!(
                        "message {} carries {kind:?} of subject {subject}, which the plugin does not list",
                        message.name
                    ));
                }
            }
        }
        super::names::check(&self.messages)
    }

    /// Whether the plugin makes a decision under a configuration.
    pub fn decides(&self, decision: Decision, config: &serde_json::Value) -> bool {
        self.decisions.iter().any(|decides| {
            decides.function == decision
                && decides.when.as_ref().is_none_or(|pointer| config.pointer(pointer).is_some())
        })
    }

    /// The subjects it implements.
    pub fn own(&self) -> impl Iterator<Item = Subject> {
        self.subjects.iter().filter_map(|name| Subject::named(name))
    }

    /// The message of that name.
    pub fn message(&self, name: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.name == name)
    }
}

/// The one manifest of a component.
fn section(wasm: &[u8]) -> std::result::Result<&[u8], String> {
    let found = custom_section(wasm, SECTION).map_err(|error| error.to_string())?;
    let section = found.ok_or_else(|| {
        format!(
            "there is no custom section {SECTION:?}; make the component with `bailiwick plugin build DIR`"
        )
    })?;
    match section.len() <= BYTES_MAX {
        true => Ok(section),
        false => Err(format!("the manifest is longer than {BYTES_MAX} bytes")),
    }
}
