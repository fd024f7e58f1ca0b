//! What an entry holds. Version 1, documented in docs/audit-log.md.

use std::collections::BTreeMap;

use bailiwick_files::text::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::file_outcome::FileOutcome;
use crate::keys::Keyed;
use crate::limits::Limits;

/// The version of entries.
pub const ENTRY_VERSION: u32 = 1;

/// Names that an entry counts one by one, such as codes of problems; the rest is counted as [`OTHERS`].
pub const CODES_MAX: usize = 32;
/// What is counted together where there are too many names.
pub const OTHERS: &str = "others";

/// Bytes by digest and size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
        /// Where a panic was in the plugin's source, as the plugin says: letters of a path, at most 128.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
        /// The code the plugin declined with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        declined: Option<String>,
    },
}

fn none(count: &u64) -> bool {
    *count == 0
}

/// What a call used, beside the bytes in and out. The caps are in the session's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Used {
    /// Fuel burnt. The same call uses the same fuel everywhere.
    pub fuel: u64,
    /// Wall-clock microseconds.
    pub wall_us: u64,
    /// Most bytes of memory at once.
    pub memory_bytes: u64,
    /// Most elements of tables at once.
    pub table_elements: u64,
    /// Bytes of log lines.
    pub log_bytes: u64,
    /// Calls of host functions.
    pub host_calls: u64,
}

/// Something that the host was asked to do: the entries of it name this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Begun {
    /// `exchange`, `tick`, `remittance` or `decision`.
    pub act: String,
    /// The engagement.
    pub engagement: String,
    /// The engagement file as it was read.
    pub configuration: Keyed,
    /// The instant it is done at, which is what plugins are told.
    pub instant: String,
    /// The file's name, as a keyed hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Who asked for it, as a keyed hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
}

/// A command that reads what is private, or takes it out of the home, before it is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommandEntry {
    /// 16 hexadecimal digits. After a crash a command may have two entries, with the same digits.
    pub id: String,
    /// The command: `accounts`, `audit export`, …
    pub command: String,
    /// When it was given, in UTC; the entry may be made later, when an exchange that was going on has ended.
    pub asked_at: String,
    /// Who gave it, as a keyed hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The engagement, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<String>,
    /// The account, as a keyed hash, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// A session with a plugin, or a plugin that is asked for decisions: what all its calls share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionEntry {
    /// The entry of what the host was asked to do; none for a plugin run on its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<u64>,
    /// The engagement, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<String>,
    /// Which plugin.
    pub plugin: PluginRef,
    /// The contract version between plugin and host.
    pub contract: String,
    /// The version of the documents' schemas.
    pub schema: String,
    /// The plugin's configuration.
    pub configuration: Keyed,
    /// The subject.
    pub subject: String,
    /// The message.
    pub message: String,
    /// What for: `decode`, `encode`, or the decision it is asked for.
    pub task: String,
    /// What its calls may use.
    pub limits: Limits,
}

/// A call of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallEntry {
    /// The entry of the session.
    pub session: u64,
    /// The function: `open-decoder`, `push`, `finish`, `placement.decide`, …
    pub function: String,
    /// The account it is about, as a keyed hash, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The context that a decision was asked in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Keyed>,
    /// What went in.
    pub input: Keyed,
    /// What came out, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Keyed>,
    /// What it used.
    pub used: Used,
    /// What came of it.
    pub outcome: Outcome,
}

/// Which lines and accounts the documents of a call are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountsEntry {
    /// The entry of the call.
    pub call: u64,
    /// The first and the last line of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<(u64, u64)>,
    /// The accounts, as keyed hashes.
    pub accounts: Vec<String>,
}

/// A file that was exchanged, accepted or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileEntry {
    /// The entry that began the exchange.
    pub act: u64,
    /// The engagement.
    pub engagement: String,
    /// Who sent it.
    pub from: String,
    /// The message.
    pub message: String,
    /// The file.
    pub file: Digested,
    /// The file's name, as a keyed hash.
    pub file_name: String,
    /// `accepted`, `partial`, `rejected` or `duplicate`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub outcome: FileOutcome,
    /// Accounts taken.
    pub accepted: u64,
    /// Accounts refused.
    pub rejected: u64,
    /// Problem codes and how often each came: the most frequent, the rest as `others`.
    pub problems: Vec<(String, u64)>,
    /// What was written for either side.
    pub answers: Vec<Digested>,
    /// Files written beyond those listed.
    #[serde(default, skip_serializing_if = "none")]
    pub answers_not_listed: u64,
}

/// The stable names of what entries are about, as [`Entry::kind`] gives them.
pub const KINDS: [&str; 22] = [
    "created",
    "begun",
    "command",
    "set_aside",
    "engagement_changed",
    "plugin_activated",
    "session",
    "call",
    "accounts",
    "file",
    "failed",
    "tick",
    "decided",
    "remitted",
    "checkpoint",
    "witnessed",
    "erased",
    "key_rotated",
    "void",
    "cut",
    "repaired",
    "settled",
];

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// The home was made.
    Created {
        /// The log's name, which its checkpoints carry.
        origin: String,
        /// The version of the host.
        host: String,
        /// The public key of the log.
        key: String,
    },
    /// The host was asked to do something.
    Begun(Box<Begun>),
    /// An operator's command.
    Command(Box<CommandEntry>),
    /// Files among the commands that wait which this home had not made, or which could not be read. They are
    /// set aside, and nothing of them is in the log.
    SetAside {
        /// How many.
        files: u64,
    },
    /// An engagement is not as it was when it was last used, or is used for the first time.
    EngagementChanged {
        /// The engagement.
        engagement: String,
        /// The engagement file.
        configuration: Keyed,
    },
    /// A plugin is not the one that was last used under this name, or is used for the first time.
    PluginActivated {
        /// The plugin.
        plugin: PluginRef,
    },
    /// A session with a plugin begins.
    Session(Box<SessionEntry>),
    /// A call of a plugin.
    Call(Box<CallEntry>),
    /// What the documents of a call are about.
    Accounts(Box<AccountsEntry>),
    /// A file, before its effect.
    File(Box<FileEntry>),
    /// What was begun ended in a fault or an error; nothing of it counts.
    Failed {
        /// The entry that began it.
        act: u64,
        /// The engagement.
        engagement: String,
        /// The error's stable code.
        code: String,
    },
    /// What had fallen due in an engagement, before its effect.
    Tick {
        /// The entry that began it.
        act: u64,
        /// The engagement.
        engagement: String,
        /// The day that had come.
        today: String,
        /// How many placements made each move.
        moves: BTreeMap<String, u64>,
        /// What was written for either side.
        answers: Vec<Digested>,
        /// Files written beyond those listed.
        #[serde(default, skip_serializing_if = "none")]
        answers_not_listed: u64,
    },
    /// An exception that somebody decided, before its effect.
    Decided {
        /// The entry that began it.
        act: u64,
        /// The engagement.
        engagement: String,
        /// The exception.
        exception: i64,
        /// What was decided.
        verdict: String,
        /// What was written for either side.
        answers: Vec<Digested>,
        /// Files written beyond those listed.
        #[serde(default, skip_serializing_if = "none")]
        answers_not_listed: u64,
    },
    /// What was remitted for a period, before its effect.
    Remitted {
        /// The entry that began it.
        act: u64,
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
        /// Files written beyond those listed.
        #[serde(default, skip_serializing_if = "none")]
        answers_not_listed: u64,
    },
    /// A checkpoint of all entries before this one is published.
    Checkpoint {
        /// How many entries.
        size: u64,
        /// The root of their tree, as the checkpoint has it.
        root: String,
    },
    /// A checkpoint of another log was cosigned.
    Witnessed {
        /// The other log.
        origin: String,
        /// How many entries it has.
        size: u64,
        /// The root of their tree.
        root: String,
    },
    /// The key of a person was destroyed: what was sealed under it can never be read again.
    Erased {
        /// The engagement.
        engagement: String,
        /// The person, as sealed bytes name them.
        person: String,
        /// How many accounts are known of them.
        accounts: u64,
        /// The rule by which what was kept is due to go.
        rule: String,
    },
    /// A key was replaced.
    KeyRotated {
        /// `log`, which signs checkpoints, or `hash`, which hashes what is private.
        key: String,
        /// The public key that is used from now on, for the log's; the number of the key, for hashes.
        now: String,
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
    /// The log was damaged, and put right from a copy.
    Repaired {
        /// The first entry that something was wrong about.
        first: u64,
        /// The last.
        last: u64,
        /// The copy, without secrets.
        from: String,
    },
    /// The log, the book and the signed head did not agree, and an operator goes on with them as they are.
    Settled {
        /// Entries that the book knew of: what those after them did is not in it.
        book: u64,
        /// Entries that the head had signed; none if it was gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head: Option<u64>,
        /// Acts that had changed the book and are not in it.
        acts: u64,
        /// Published checkpoints that the log does not have, and that were put aside.
        #[serde(default, skip_serializing_if = "none")]
        checkpoints: u64,
        /// Who decided that, as a keyed hash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<String>,
    },
}

impl Entry {
    /// The stable name of what it is about.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::Begun(_) => "begun",
            Self::Command(_) => "command",
            Self::SetAside { .. } => "set_aside",
            Self::EngagementChanged { .. } => "engagement_changed",
            Self::PluginActivated { .. } => "plugin_activated",
            Self::Session(_) => "session",
            Self::Call(_) => "call",
            Self::Accounts(_) => "accounts",
            Self::File(_) => "file",
            Self::Failed { .. } => "failed",
            Self::Tick { .. } => "tick",
            Self::Decided { .. } => "decided",
            Self::Remitted { .. } => "remitted",
            Self::Checkpoint { .. } => "checkpoint",
            Self::Erased { .. } => "erased",
            Self::Witnessed { .. } => "witnessed",
            Self::KeyRotated { .. } => "key_rotated",
            Self::Void { .. } => "void",
            Self::Cut { .. } => "cut",
            Self::Repaired { .. } => "repaired",
            Self::Settled { .. } => "settled",
        }
    }
}

/// An entry as it is stored: version, place, instant, the number of the hash key, then what it is about.
#[derive(Debug, Serialize)]
pub(crate) struct Stamped<'a> {
    pub(crate) v: u32,
    pub(crate) seq: u64,
    pub(crate) at: jiff::Timestamp,
    pub(crate) kid: u32,
    #[serde(flatten)]
    pub(crate) entry: &'a Entry,
}

/// An entry as it was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recorded {
    /// The version of entries.
    pub v: u32,
    /// Its index in the log, from 0.
    pub seq: u64,
    /// When it was made, to the nanosecond, in UTC.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("format" = "date-time")))]
    pub at: jiff::Timestamp,
    /// The number of the hash key.
    pub kid: u32,
    /// What it is about.
    #[serde(flatten)]
    pub entry: Entry,
}
