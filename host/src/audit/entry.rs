//! What an entry holds.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::engine::{Fault, Limits, Usage};
use crate::hex;

/// Bytes by digest and size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digested {
    /// SHA-256, as 64 hexadecimal digits.
    pub sha256: String,
    /// How many bytes.
    pub bytes: u64,
}

impl Digested {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { sha256: hex(&Sha256::digest(bytes)), bytes: bytes.len() as u64 }
    }
}

/// Which plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginRef {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component.
    pub component: String,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// It gave back what it should.
    Ok,
    /// It ended in a fault. The plugin's own words are not repeated: they may be personal.
    Fault {
        /// The stable code.
        code: String,
        /// Which limit, if one was used up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<String>,
        /// What was used of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        used: Option<u64>,
        /// What may be used of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap: Option<u64>,
        /// Where a panic was in the plugin's source.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
        /// The code the plugin declined with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        declined: Option<String>,
    },
}

impl From<&Fault> for Outcome {
    fn from(fault: &Fault) -> Self {
        let (mut limit, mut used, mut cap, mut place, mut declined) = (None, None, None, None, None);
        match fault {
            Fault::Exhausted { limit: which, used: u, cap: c } => {
                (limit, used, cap) = (Some(which.name().to_owned()), Some(*u), Some(*c));
            }
            Fault::Trapped { place: at, .. } => place.clone_from(at),
            Fault::Declined(refusal) => declined = Some(refusal.code.to_string()),
            _ => {}
        }
        Self::Fault { code: fault.code().to_owned(), limit, used, cap, place, declined }
    }
}

/// A call of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallEntry {
    /// The engagement, if the call belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<String>,
    /// Which plugin.
    pub plugin: PluginRef,
    /// The function: `open-decoder`, `push`, `finish`, `placement.decide`, …
    pub function: String,
    /// The subject.
    pub subject: String,
    /// The message.
    pub message: String,
    /// What went in.
    pub input: Digested,
    /// What came out, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Digested>,
    /// What it used.
    pub usage: Usage,
    /// What it might have used.
    pub limits: Limits,
    /// What came of it.
    pub outcome: Outcome,
}

/// A file that was exchanged, accepted or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    /// The engagement.
    pub engagement: String,
    /// Who sent it.
    pub from: String,
    /// The message.
    pub message: String,
    /// The file.
    pub file: Digested,
    /// The file's name, as a hash under the home's key.
    pub name_hmac: String,
    /// `accepted`, `partial`, `rejected` or `duplicate`.
    pub outcome: String,
    /// Accounts taken.
    pub accepted: u64,
    /// Accounts refused.
    pub rejected: u64,
    /// Problem codes and how often each came.
    pub problems: Vec<(String, u64)>,
    /// What was written for either side.
    pub answers: Vec<Digested>,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// The home was made.
    Created,
    /// A call of a plugin.
    Call(Box<CallEntry>),
    /// A file, before its effect.
    File(Box<FileEntry>),
    /// A file ended in a fault or an error; nothing of it counts.
    Failed {
        /// The engagement.
        engagement: String,
        /// The file's name, as a hash under the home's key.
        name_hmac: String,
        /// The error's stable code.
        code: String,
    },
    /// What had fallen due in an engagement, before its effect.
    Tick {
        /// The engagement.
        engagement: String,
        /// The day that had come.
        today: String,
        /// How many placements made each move.
        moves: std::collections::BTreeMap<String, u64>,
        /// What was written for either side.
        answers: Vec<Digested>,
    },
    /// An exception that somebody decided, before its effect.
    Decided {
        /// The engagement.
        engagement: String,
        /// The exception.
        exception: i64,
        /// What was decided.
        verdict: String,
        /// What was written for either side.
        answers: Vec<Digested>,
    },
    /// What was remitted for a period, before its effect.
    Remitted {
        /// The engagement.
        engagement: String,
        /// Names the remittance.
        identifier: String,
        /// First day of the period.
        from: String,
        /// Last day of the period.
        to: String,
        /// What is remitted, in minor units.
        net: i64,
        /// What was written for either side.
        answers: Vec<Digested>,
    },
    /// After a crash: the entries from `first` on had no effect on the book.
    Void {
        /// The first entry without effect.
        first: u64,
        /// The last.
        last: u64,
    },
    /// After a crash: bytes at the end of the log that were no whole entry were cut.
    Cut {
        /// How many.
        bytes: u64,
    },
}
