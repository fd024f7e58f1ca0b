//! The content of an entry. Version 1, documented in docs/audit-log.md.

use std::collections::BTreeMap;

use bailiwick_files::text::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::file_outcome::FileOutcome;
use crate::keys::Keyed;
use crate::limits::Limits;

/// The version of entries.
pub const ENTRY_VERSION: u32 = 1;

/// The most names, such as codes of problems, that an entry counts one by one; further names count as
/// [`OTHERS`].
pub const CODES_MAX: usize = 32;
/// The name under which further names are counted together.
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
    /// The digest and size of these bytes.
    ///
    /// ```
    /// let file = bailiwick_audit::Digested::of(b"abc");
    /// assert_eq!((&file.sha256[..8], file.bytes), ("ba7816bf", 3));
    /// ```
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

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Outcome"))]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CallOutcome {
    /// It succeeded.
    Ok,
    /// It ended in a fault. The plugin's message is not kept: it may be personal.
    Fault {
        /// The stable code.
        code: String,
        /// The limit, if one was used up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<String>,
        /// How much of it was used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        used: Option<u64>,
        /// How much of it was allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap: Option<u64>,
        /// The place of a panic in the plugin's source, as the plugin reports it: at most 128 characters of a
        /// path.
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

/// What a call used, beside its input and output. The session's entry has the caps.
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

/// The beginning of an act. The act's other entries name this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Begun {
    /// `exchange`, `tick`, `remittance` or `decision`.
    pub act: String,
    /// The engagement.
    pub engagement: String,
    /// The engagement file as it was read.
    pub configuration: Keyed,
    /// The act's instant, which plugins get as the time.
    pub instant: String,
    /// The file's name, as a keyed hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The operator, as a keyed hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
}

/// A command that reads private data or exports it. The entry is made before the command runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommandEntry {
    /// 16 hexadecimal digits. After a crash a command may have two entries, with the same digits.
    pub id: String,
    /// The command: `accounts`, `audit export`, …
    pub command: String,
    /// When it was given, in UTC. The entry is made later if another act was running.
    pub asked_at: String,
    /// The operator, as a keyed hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The engagement, if the command names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<String>,
    /// The account, as a keyed hash, if the command names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// A session with a plugin, for a file or for decisions: the values that all its calls share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionEntry {
    /// The entry that began the act; none for a plugin that runs outside of an act.
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
    /// The purpose: `decode`, `encode`, or the name of a decision.
    pub task: String,
    /// The limits of its calls.
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
    /// The account, as a keyed hash, if the call is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The context of a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Keyed>,
    /// The input.
    pub input: Keyed,
    /// The output, if there was any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Keyed>,
    /// What it used.
    pub used: Used,
    /// How it ended.
    pub outcome: CallOutcome,
}

/// The lines and accounts of a call's documents.
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
    pub outcome: FileOutcome,
    /// Accounts taken.
    pub accepted: u64,
    /// Accounts refused.
    pub rejected: u64,
    /// Documents that wait for something that is not in the book yet.
    #[serde(default, skip_serializing_if = "none")]
    pub waiting: u64,
    /// Documents of earlier files that had waited and were booked with it.
    #[serde(default, skip_serializing_if = "none")]
    pub revived: u64,
    /// Documents of an earlier file of the same identity that had waited and were replaced by it.
    #[serde(default, skip_serializing_if = "none")]
    pub replaced: u64,
    /// Problem codes and how often each came: the most frequent, the rest as `others`.
    pub problems: Vec<(String, u64)>,
    /// The files that were written for each side.
    pub answers: Vec<Digested>,
    /// How many further files were written.
    #[serde(default, skip_serializing_if = "none")]
    pub answers_not_listed: u64,
    /// How many placements made each move that had fallen due, before and after the work of the act.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fell_due: BTreeMap<String, u64>,
    /// The sums of the book's rows after the act, as a keyed hash. None if the act left the book as it was, and in logs of
    /// earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Keyed>,
}

/// The stable names of the kinds of entries, as [`Entry::kind`] gives them.
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

/// The content of an entry, by kind.
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
    /// An act begins.
    Begun(Box<Begun>),
    /// An operator's command.
    Command(Box<CommandEntry>),
    /// Files in the folder of waiting commands that this home did not make, or that cannot be read. They are
    /// set aside, and the log has nothing of them.
    SetAside {
        /// How many.
        files: u64,
    },
    /// An engagement has changed since its last use, or is used for the first time.
    EngagementChanged {
        /// The engagement.
        engagement: String,
        /// The engagement file.
        configuration: Keyed,
    },
    /// The plugin of this name has changed since its last use, or is used for the first time.
    PluginActivated {
        /// The plugin.
        plugin: PluginRef,
    },
    /// A session with a plugin begins.
    Session(Box<SessionEntry>),
    /// A call of a plugin.
    Call(Box<CallEntry>),
    /// The lines and accounts of a call's documents.
    Accounts(Box<AccountsEntry>),
    /// A file, before its effect.
    File(Box<FileEntry>),
    /// An act ended in a fault or an error, and has no effect.
    Failed {
        /// The entry that began it.
        act: u64,
        /// The engagement.
        engagement: String,
        /// The error's stable code.
        code: String,
    },
    /// A tick of an engagement, before its effect.
    Tick {
        /// The entry that began it.
        act: u64,
        /// The engagement.
        engagement: String,
        /// The day of the tick.
        today: String,
        /// How many placements made each move.
        moves: BTreeMap<String, u64>,
        /// The files that were written for each side.
        answers: Vec<Digested>,
        /// How many further files were written.
        #[serde(default, skip_serializing_if = "none")]
        answers_not_listed: u64,
        /// The sums of the book's rows after the act, as a keyed hash. None if the act left the book as it was, and in logs of
        /// earlier releases.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<Keyed>,
    },
    /// An operator's decision of an exception, before its effect.
    Decided {
        /// The entry that began it.
        act: u64,
        /// The engagement.
        engagement: String,
        /// The exception.
        exception: i64,
        /// The decision.
        verdict: String,
        /// The account to which the document was assigned, as a keyed hash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// The identifier of the payment that a reversal was matched with, as a keyed hash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment: Option<String>,
        /// Documents that had waited and were booked with the decision.
        #[serde(default, skip_serializing_if = "none")]
        revived: u64,
        /// The files that were written for each side.
        answers: Vec<Digested>,
        /// How many further files were written.
        #[serde(default, skip_serializing_if = "none")]
        answers_not_listed: u64,
        /// How many placements made each move that had fallen due, before and after the work of the act.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        fell_due: BTreeMap<String, u64>,
        /// The sums of the book's rows after the act, as a keyed hash. None if the act left the book as it was, and in logs of
        /// earlier releases.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<Keyed>,
    },
    /// A remittance for a period, before its effect.
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
        /// The remitted amount, in minor units.
        net: i64,
        /// The files that were written for each side.
        answers: Vec<Digested>,
        /// How many further files were written.
        #[serde(default, skip_serializing_if = "none")]
        answers_not_listed: u64,
        /// How many placements made each move that had fallen due, before and after the work of the act.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        fell_due: BTreeMap<String, u64>,
        /// The sums of the book's rows after the act, as a keyed hash. None if the act left the book as it was, and in logs of
        /// earlier releases.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<Keyed>,
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
    /// The key of a person was destroyed: bytes sealed under it can never be read again.
    Erased {
        /// The engagement.
        engagement: String,
        /// The person, as sealed bytes name them.
        person: String,
        /// How many of the person's accounts are known.
        accounts: u64,
        /// The retention rule that allowed it.
        rule: String,
    },
    /// A key was replaced.
    KeyRotated {
        /// `log`, which signs checkpoints, or `hash`, which hashes private values.
        key: String,
        /// For `log`, the new public key; for `hash`, the number of the new key.
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
    /// The log was damaged, and was repaired from a copy.
    Repaired {
        /// The first damaged entry.
        first: u64,
        /// The last.
        last: u64,
        /// The copy, without secrets.
        from: String,
    },
    /// The log, the book and the signed head did not agree, and an operator goes on with them as they are.
    Settled {
        /// How many entries the book knew. The effect of later entries is not in the book.
        book: u64,
        /// How many entries the head had signed; none if the head was gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head: Option<u64>,
        /// How many acts that changed the book are not in it.
        acts: u64,
        /// Published checkpoints that the log does not agree with; they were put aside.
        #[serde(default, skip_serializing_if = "none")]
        checkpoints: u64,
        /// The operator, as a keyed hash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<String>,
        /// The sums of the rows of the book that was accepted, as a keyed hash. None in logs of earlier releases.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<Keyed>,
    },
}

impl Entry {
    /// The stable name of its kind.
    ///
    /// ```
    /// use bailiwick_audit::{Entry, KINDS};
    ///
    /// let entry = Entry::SetAside { files: 1 };
    /// assert_eq!(entry.kind(), "set_aside");
    /// assert!(KINDS.contains(&entry.kind()));
    /// ```
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

/// An entry as it is stored: version, index, instant, the number of the hash key, then the content.
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
    /// Its content.
    #[serde(flatten)]
    pub entry: Entry,
}
