//! An entry as one flat row: the columns of tables, CSV and Parquet.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::entry::{CallOutcome, Digested, Entry, Recorded};
use crate::error::Result;
use crate::sessions::Sessions;

/// An entry as one flat row. A value that the entry does not have is `None`. Accounts and file names are
/// keyed hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// Its index in the log, from 0.
    pub seq: u64,
    /// When it was made.
    pub at: Timestamp,
    /// The kind of the entry.
    pub kind: &'static str,
    /// The entry that began the act.
    pub act: Option<u64>,
    /// The engagement; for a call, the engagement of its session.
    pub engagement: Option<String>,
    /// The plugin's name; for a call, the plugin of its session.
    pub plugin: Option<String>,
    /// The plugin's version.
    pub plugin_version: Option<String>,
    /// The message of a session, a call or a file.
    pub message: Option<String>,
    /// The function of a call, the kind of an act (`exchange`, …), or the purpose of a session (`decode`, …).
    pub function: Option<String>,
    /// `ok` or `fault` for a call; `accepted`, `partial`, `rejected` or `duplicate` for a file; `failed` for
    /// an act.
    pub outcome: Option<String>,
    /// The code of a fault or of a failure.
    pub code: Option<String>,
    /// Which limit a call used up.
    pub limit: Option<String>,
    /// The account that a decision is about, as a keyed hash.
    pub account: Option<String>,
    /// How many accounts an entry lists.
    pub accounts: Option<u64>,
    /// Accounts taken from a file.
    pub accepted: Option<u64>,
    /// Accounts refused in a file.
    pub rejected: Option<u64>,
    /// SHA-256 of a file, as 64 hexadecimal digits.
    pub file: Option<String>,
    /// Bytes given to a call, its context included, or bytes of a file.
    pub input_bytes: Option<u64>,
    /// Bytes that a call gave back.
    pub output_bytes: Option<u64>,
    /// Fuel burnt by a call.
    pub fuel: Option<u64>,
    /// Most bytes of memory that a call had at once.
    pub memory_bytes: Option<u64>,
    /// Wall-clock microseconds of a call.
    pub duration_us: Option<u64>,
    /// Further details in a few words.
    pub detail: String,
}

impl Row {
    /// The names of the columns, in their order.
    pub const COLUMNS: [&str; 23] = [
        "seq",
        "at",
        "kind",
        "act",
        "engagement",
        "plugin",
        "plugin_version",
        "message",
        "function",
        "outcome",
        "code",
        "limit",
        "account",
        "accounts",
        "accepted",
        "rejected",
        "file",
        "input_bytes",
        "output_bytes",
        "fuel",
        "memory_bytes",
        "duration_us",
        "detail",
    ];

    /// Makes the row of an entry; the session is looked up.
    pub(crate) fn of(recorded: &Recorded, sessions: &mut Sessions<'_>) -> Result<Self> {
        let mut row = Self::bare(recorded);
        match &recorded.entry {
            Entry::Call(call) => row.belongs(call.session, sessions)?,
            Entry::Accounts(about) => {
                let session = sessions.of_call(about.call)?;
                row.belongs(session, sessions)?;
            }
            _ => {}
        }
        row.tell(&recorded.entry);
        Ok(row)
    }

    pub(crate) fn bare(recorded: &Recorded) -> Self {
        Self {
            seq: recorded.seq,
            at: recorded.at,
            kind: recorded.entry.kind(),
            act: None,
            engagement: None,
            plugin: None,
            plugin_version: None,
            message: None,
            function: None,
            outcome: None,
            code: None,
            limit: None,
            account: None,
            accounts: None,
            accepted: None,
            rejected: None,
            file: None,
            input_bytes: None,
            output_bytes: None,
            fuel: None,
            memory_bytes: None,
            duration_us: None,
            detail: String::new(),
        }
    }

    fn belongs(&mut self, session: u64, sessions: &mut Sessions<'_>) -> Result<()> {
        let session = sessions.session(session)?;
        self.act = session.act;
        self.engagement.clone_from(&session.engagement);
        self.plugin = Some(session.plugin.name.clone());
        self.plugin_version = Some(session.plugin.version.clone());
        self.message = Some(session.message.clone());
        Ok(())
    }

    fn of_act(&mut self, act: u64, engagement: &str) {
        self.act = Some(act);
        self.engagement = Some(engagement.to_owned());
    }

    fn tell(&mut self, entry: &Entry) {
        match entry {
            Entry::Created { origin, host, .. } => self.detail = format!("{origin}, host {host}"),
            Entry::Begun(it) => {
                self.of_act(self.seq, &it.engagement);
                self.function = Some(it.act.clone());
                self.detail = asked(&it.instant, it.operator.as_ref());
            }
            Entry::Command(it) => {
                self.engagement.clone_from(&it.engagement);
                self.function = Some(it.command.clone());
                self.account.clone_from(&it.account);
                self.detail = asked(&it.asked_at, it.operator.as_ref());
            }
            Entry::SetAside { files } => {
                self.detail = format!("{files} files that are no command of this home")
            }
            Entry::EngagementChanged { engagement, .. } => self.engagement = Some(engagement.clone()),
            Entry::PluginActivated { plugin } => {
                self.plugin = Some(plugin.name.clone());
                self.plugin_version = Some(plugin.version.clone());
                self.detail = plugin.component.clone();
            }
            Entry::Session(it) => {
                self.act = it.act;
                self.engagement.clone_from(&it.engagement);
                self.plugin = Some(it.plugin.name.clone());
                self.plugin_version = Some(it.plugin.version.clone());
                self.message = Some(it.message.clone());
                self.function = Some(it.task.clone());
                self.detail = it.subject.clone();
            }
            Entry::Call(it) => {
                self.function = Some(it.function.clone());
                self.account.clone_from(&it.account);
                self.input_bytes = Some(it.input_bytes());
                self.output_bytes = it.output.as_ref().map(|output| output.bytes);
                self.fuel = Some(it.used.fuel);
                self.memory_bytes = Some(it.used.memory_bytes);
                self.duration_us = Some(it.used.wall_us);
                self.came_out(&it.outcome);
            }
            Entry::Accounts(it) => {
                self.accounts = Some(it.accounts.len() as u64);
                let lines = it.lines.map(|(first, last)| format!(", lines {first} to {last}"));
                self.detail = format!("of call {}{}", it.call, lines.unwrap_or_default());
            }
            Entry::File(it) => {
                self.of_act(it.act, &it.engagement);
                self.message = Some(it.message.clone()).filter(|message| !message.is_empty());
                self.outcome = Some(it.outcome.name().to_owned());
                (self.accepted, self.rejected) = (Some(it.accepted), Some(it.rejected));
                self.file = Some(it.file.sha256.clone());
                self.input_bytes = Some(it.file.bytes);
                let problems = it.problems.iter().map(|(code, count)| format!("{code} {count}"));
                let fell_due = it.fell_due.iter().map(|(name, count)| format!("{name} {count}"));
                self.detail = problems.chain(fell_due).collect::<Vec<_>>().join(", ");
            }
            Entry::Failed { act, engagement, code } => {
                self.of_act(*act, engagement);
                self.outcome = Some("failed".to_owned());
                self.code = Some(code.clone());
            }
            Entry::Tick { act, engagement, today, moves, answers, answers_not_listed, .. } => {
                self.of_act(*act, engagement);
                self.detail = format!("{today}{}{}", moved(moves), written(answers, *answers_not_listed));
            }
            Entry::Decided {
                act,
                engagement,
                exception,
                verdict,
                answers,
                answers_not_listed,
                fell_due,
                ..
            } => {
                self.of_act(*act, engagement);
                self.detail = format!(
                    "exception {exception}: {verdict}{}{}",
                    moved(fell_due),
                    written(answers, *answers_not_listed)
                );
            }
            Entry::Remitted {
                act,
                engagement,
                identifier,
                from,
                to,
                answers,
                answers_not_listed,
                fell_due,
                ..
            } => {
                self.of_act(*act, engagement);
                self.detail = format!(
                    "{identifier}, {from} to {to}{}{}",
                    moved(fell_due),
                    written(answers, *answers_not_listed)
                );
            }
            Entry::Checkpoint { size, root } => self.detail = format!("{size} entries, root {root}"),
            Entry::Witnessed { origin, size, .. } => self.detail = format!("{origin}, {size} entries"),
            Entry::Erased { engagement, person, rule, .. } => {
                self.engagement = Some(engagement.clone());
                self.detail = format!("person {person}: {rule}");
            }
            Entry::Repaired { first, last, from } => {
                self.detail = format!("entries {first} to {last} from {from}")
            }
            Entry::KeyRotated { key, now } => self.detail = format!("{key}, now {now}"),
            Entry::Void { first, last } => self.detail = format!("entries {first} to {last}"),
            Entry::Cut { bytes } => self.detail = format!("{bytes} bytes"),
            Entry::Settled { book, acts, .. } => {
                self.detail = format!("book of {book} entries, {acts} acts not in it");
            }
        }
    }

    fn came_out(&mut self, outcome: &CallOutcome) {
        let CallOutcome::Fault { code, limit, used, cap, place, declined } = outcome else {
            self.outcome = Some("ok".to_owned());
            return;
        };
        self.outcome = Some("fault".to_owned());
        self.code = Some(code.clone());
        self.limit.clone_from(limit);
        let used = used.zip(*cap).map(|(used, cap)| format!("{used} of {cap}"));
        let told = [used, place.clone(), declined.clone()];
        self.detail = told.into_iter().flatten().collect::<Vec<_>>().join(", ");
    }
}

/// When the command was given, and by whom.
fn asked(at: &str, operator: Option<&String>) -> String {
    let operator = operator.map(|operator| format!(", operator {operator}"));
    format!("at {at}{}", operator.unwrap_or_default())
}

fn moved(moves: &BTreeMap<String, u64>) -> String {
    moves.iter().map(|(name, count)| format!(", {name} {count}")).collect()
}

fn written(answers: &[Digested], not_listed: u64) -> String {
    match answers.len() as u64 + not_listed {
        0 => String::new(),
        1 => ", 1 file written".to_owned(),
        count => format!(", {count} files written"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_the_fields_in_their_order() {
        let recorded =
            Recorded { v: 1, seq: 0, at: Timestamp::UNIX_EPOCH, kid: 1, entry: Entry::Cut { bytes: 7 } };
        let row = serde_json::to_string(&Row::bare(&recorded)).unwrap();
        let names = row.split('"').filter(|text| Row::COLUMNS.contains(text));
        assert_eq!(names.collect::<Vec<_>>(), Row::COLUMNS);
    }

    #[test]
    fn every_kind_has_its_name() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../../schemas/v1/audit_entry.schema.json")).unwrap();
        let kinds = schema["oneOf"].as_array().unwrap().iter();
        let kinds: Vec<_> = kinds.map(|kind| kind["properties"]["kind"]["const"].as_str().unwrap()).collect();
        assert_eq!(kinds, crate::KINDS);
    }
}
