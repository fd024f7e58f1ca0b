//! Counts of the entries of a period, for a report.

use std::collections::BTreeMap;

use bailiwick_sdk::value::Day;
use jiff::Timestamp;

use crate::entry::{CallEntry, CallOutcome, Digested, Entry, FileEntry, SessionEntry};
use crate::file_outcome::FileOutcome;
use crate::groups::{GROUPS_MAX, OTHERS, group};
use crate::instants::By;
use crate::reading::Selected;

/// The most items of a kind that are listed; further items are only counted.
const LISTED_MAX: usize = 1_000;
/// The name of the wall-clock limit, which is measured in microseconds and set in milliseconds.
const WALL: &str = "wall_us";

/// A list in the order of entries, up to a bound.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed<T> {
    /// The first items.
    pub items: Vec<T>,
    /// How many further items there were.
    pub more: u64,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), more: 0 }
    }
}

impl<T> Listed<T> {
    fn push(&mut self, item: T) {
        if self.items.len() < LISTED_MAX { self.items.push(item) } else { self.more += 1 }
    }
}

/// The calls of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Calls {
    /// Calls that succeeded.
    pub ok: u64,
    /// Calls that ended in a fault.
    pub faults: u64,
    /// Wall-clock microseconds of all calls.
    pub wall_us: u64,
    /// Wall-clock microseconds of the longest call.
    pub longest_us: u64,
}

/// The faults of a plugin with one code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Faults {
    /// How many.
    pub count: u64,
    /// The entry of the last call with this fault.
    pub last: u64,
}

/// The most that a plugin used of a limit in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peak {
    /// How much the call used.
    pub used: u64,
    /// How much it was allowed.
    pub cap: u64,
    /// The entry of the call.
    pub seq: u64,
}

impl Peak {
    /// The share in hundredths of a percent, rounded down.
    pub fn share(&self) -> u64 {
        let share = u128::from(self.used) * 10_000 / u128::from(self.cap.max(1));
        u64::try_from(share).unwrap_or(u64::MAX)
    }

    /// Whether this share is greater than another, exactly.
    fn exceeds(&self, other: &Self) -> bool {
        let times = |used: u64, cap: u64| u128::from(used) * u128::from(cap.max(1));
        times(self.used, other.cap) > times(other.used, self.cap)
    }
}

/// A file that was refused, wholly or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Its entry.
    pub seq: u64,
    /// When, by the report's clock.
    pub at: Timestamp,
    /// The engagement.
    pub engagement: String,
    /// The message.
    pub message: String,
    /// The file.
    pub file: Digested,
    /// `partial` or `rejected`.
    pub outcome: String,
    /// Problem codes and how often each came.
    pub problems: Vec<(String, u64)>,
}

/// An entry to be pointed out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Noted {
    /// The entry.
    pub seq: u64,
    /// When, by the report's clock.
    pub at: Timestamp,
    /// Its kind.
    pub kind: &'static str,
    /// Whom it concerns: an engagement, a plugin, a key.
    pub whose: String,
    /// A short description.
    pub detail: String,
}

/// Counts and lists of the entries of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The log's name.
    pub origin: String,
    /// Its public keys, the current one last.
    pub keys: Vec<String>,
    /// The first and the last day of the period, in UTC.
    pub days: (Day, Day),
    /// The clock that decides which entries belong to it.
    pub by: By,
    /// When the summary was made.
    pub made: Timestamp,
    /// How many entries the whole log has.
    pub size: u64,
    /// Entries of the period.
    pub entries: u64,
    /// The first and the last entry of the period.
    pub range: Option<(u64, u64)>,
    /// Calls by plugin and version.
    pub calls: BTreeMap<String, Calls>,
    /// Faults by plugin and code; a limit that was used up stands after the code.
    pub faults: BTreeMap<(String, String), Faults>,
    /// Files by engagement and outcome.
    pub files: BTreeMap<(String, String), u64>,
    /// Files that were refused, wholly or in part.
    pub refused: Listed<Refused>,
    /// Operators' commands that read private data or exported it, by command and the operator's keyed hash.
    pub commands: BTreeMap<(String, String), u64>,
    /// The most that one call used, by plugin and limit.
    pub peaks: BTreeMap<(String, String), Peak>,
    /// Failed acts, void entries, cut ends of the log, files that were set aside, repairs, and settlements.
    pub findings: Listed<Noted>,
    /// Keys that were replaced.
    pub rotations: Listed<Noted>,
    /// Engagements and plugins that changed.
    pub changes: Listed<Noted>,
    /// Checkpoints of this log, and cosigned checkpoints of other logs.
    pub checkpoints: Listed<Noted>,
}

impl Summary {
    /// An empty summary of a period.
    pub fn new(days: (Day, Day), by: By, size: u64, origin: String, keys: Vec<String>) -> Self {
        Self {
            origin,
            keys,
            days,
            by,
            made: Timestamp::now(),
            size,
            entries: 0,
            range: None,
            calls: BTreeMap::new(),
            faults: BTreeMap::new(),
            files: BTreeMap::new(),
            refused: Listed::default(),
            commands: BTreeMap::new(),
            peaks: BTreeMap::new(),
            findings: Listed::default(),
            rotations: Listed::default(),
            changes: Listed::default(),
            checkpoints: Listed::default(),
        }
    }

    /// Counts an entry of the period. `session` is the session of a call.
    pub fn count(&mut self, selected: &Selected, session: Option<&SessionEntry>) {
        let (row, seq) = (&selected.row, selected.row.seq);
        self.entries += 1;
        self.range = Some((self.range.map_or(seq, |(first, _)| first), seq));
        let noted = |whose: Option<&String>| Noted {
            seq,
            at: selected.at,
            kind: row.kind,
            whose: whose.cloned().unwrap_or_default(),
            detail: row.code.clone().unwrap_or_else(|| row.detail.clone()),
        };
        match &selected.recorded.entry {
            Entry::Call(call) => {
                if let Some(session) = session {
                    self.call(seq, call, session);
                }
            }
            Entry::File(file) => self.file(seq, selected.at, file),
            Entry::Command(it) => {
                let key = (it.command.clone(), it.operator.clone().unwrap_or_default());
                let others = (it.command.clone(), OTHERS.to_owned());
                *group(&mut self.commands, key, others) += 1;
            }
            Entry::Failed { .. } => self.findings.push(noted(row.engagement.as_ref())),
            Entry::Void { .. }
            | Entry::Cut { .. }
            | Entry::SetAside { .. }
            | Entry::Repaired { .. }
            | Entry::Settled { .. } => self.findings.push(noted(None)),
            Entry::KeyRotated { key, now } => {
                self.rotations.push(Noted { detail: now.clone(), ..noted(Some(key)) });
            }
            Entry::EngagementChanged { configuration, .. } => {
                let detail = format!("keyed hash {}", configuration.hmac);
                self.changes.push(Noted { detail, ..noted(row.engagement.as_ref()) });
            }
            Entry::PluginActivated { plugin } => {
                let detail = format!("version {}, component {}", plugin.version, plugin.component);
                self.changes.push(Noted { detail, ..noted(row.plugin.as_ref()) });
            }
            Entry::Checkpoint { .. } | Entry::Witnessed { .. } => self.checkpoints.push(noted(None)),
            // Only counted among the entries.
            Entry::Created { .. }
            | Entry::Begun(_)
            | Entry::Session(_)
            | Entry::Accounts(_)
            | Entry::Tick { .. }
            | Entry::Decided { .. }
            | Entry::Remitted { .. }
            | Entry::Erased { .. } => {}
        }
    }

    fn file(&mut self, seq: u64, at: Timestamp, it: &FileEntry) {
        let outcome = it.outcome.name();
        let key = (it.engagement.clone(), outcome.to_owned());
        let others = (OTHERS.to_owned(), outcome.to_owned());
        *group(&mut self.files, key, others) += 1;
        if matches!(it.outcome, FileOutcome::Rejected | FileOutcome::Partial) {
            self.refused.push(Refused {
                seq,
                at,
                engagement: it.engagement.clone(),
                message: it.message.clone(),
                file: it.file.clone(),
                outcome: outcome.to_owned(),
                problems: it.problems.clone(),
            });
        }
    }

    fn call(&mut self, seq: u64, call: &CallEntry, session: &SessionEntry) {
        let plugin = format!("{} {}", session.plugin.name, session.plugin.version);
        let calls = group(&mut self.calls, plugin.clone(), OTHERS.to_owned());
        calls.wall_us = calls.wall_us.saturating_add(call.used.wall_us);
        calls.longest_us = calls.longest_us.max(call.used.wall_us);
        match &call.outcome {
            CallOutcome::Ok => calls.ok += 1,
            CallOutcome::Fault { code, limit, .. } => {
                calls.faults += 1;
                let code = limit.as_ref().map_or_else(|| code.clone(), |limit| format!("{code}: {limit}"));
                let others = (OTHERS.to_owned(), code.clone());
                let faults = group(&mut self.faults, (plugin.clone(), code), others);
                *faults = Faults { count: faults.count + 1, last: seq };
            }
        }
        for (limit, used, cap) in used_of_caps(call, session).into_iter().chain(used_up(&call.outcome)) {
            let key = (plugin.clone(), limit.to_owned());
            let peak = Peak { used, cap, seq };
            let is_new = match self.peaks.get(&key) {
                Some(known) => peak.exceeds(known),
                None => self.peaks.len() < GROUPS_MAX,
            };
            if is_new {
                self.peaks.insert(key, peak);
            }
        }
    }
}

/// How much a call used of each limit, and the cap. The cap of fuel depends on the call's input.
fn used_of_caps(call: &CallEntry, session: &SessionEntry) -> [(&'static str, u64, u64); 8] {
    let (used, caps) = (&call.used, &session.limits);
    let input = call.input_bytes();
    let output = call.output.as_ref().map_or(0, |output| output.bytes);
    let fuel = caps.fuel_base.saturating_add(caps.fuel_per_input_byte.saturating_mul(input));
    [
        ("fuel", used.fuel, fuel),
        (WALL, used.wall_us, caps.wall_ms.saturating_mul(1_000)),
        ("memory_bytes", used.memory_bytes, caps.memory_bytes),
        ("table_elements", used.table_elements, caps.table_elements),
        ("input_bytes", input, caps.input_bytes),
        ("output_bytes", output, caps.output_bytes),
        ("log_bytes", used.log_bytes, caps.log_bytes),
        ("host_calls", used.host_calls, caps.host_calls),
    ]
}

/// The limit that a call exceeded, from its fault. The fault's figure is the amount that the call asked for,
/// which is more than the call's usage if it was stopped before.
fn used_up(outcome: &CallOutcome) -> Option<(&str, u64, u64)> {
    let CallOutcome::Fault { limit: Some(limit), used: Some(used), cap: Some(cap), .. } = outcome else {
        return None;
    };
    Some(match limit.as_str() {
        "wall_ms" => (WALL, used.saturating_mul(1_000), cap.saturating_mul(1_000)),
        limit => (limit, *used, *cap),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Recorded;
    use crate::row::Row;

    #[test]
    fn lists_and_groups_have_an_end() {
        let mut listed = Listed::default();
        (0..LISTED_MAX + 3).for_each(|item| listed.push(item));
        assert_eq!((listed.items.len(), listed.more), (LISTED_MAX, 3));
        let mut groups: BTreeMap<String, u64> = BTreeMap::new();
        (0..GROUPS_MAX + 3).for_each(|at| *group(&mut groups, at.to_string(), OTHERS.to_owned()) += 1);
        assert_eq!((groups.len(), groups[OTHERS]), (GROUPS_MAX + 1, 3));
    }

    #[test]
    fn what_was_wrong_with_the_log_is_a_finding() {
        let day: Day = "1970-01-01".parse().unwrap();
        let entries = [
            Entry::Void { first: 0, last: 1 },
            Entry::Cut { bytes: 7 },
            Entry::SetAside { files: 1 },
            Entry::Repaired { first: 0, last: 1, from: "folder:a".to_owned() },
        ];
        for entry in entries {
            let recorded = Recorded { v: 1, seq: 5, at: Timestamp::UNIX_EPOCH, kid: 1, entry };
            let kind = recorded.entry.kind();
            let selected =
                Selected { at: recorded.at, row: Row::bare(&recorded), recorded, stored: Vec::new() };
            let mut summary = Summary::new((day, day), By::Clock, 6, String::new(), Vec::new());
            summary.count(&selected, None);
            let found: Vec<&str> = summary.findings.items.iter().map(|it| it.kind).collect();
            assert_eq!(found, [kind]);
        }
    }

    #[test]
    fn a_share_of_large_numbers_does_not_overflow() {
        assert_eq!(Peak { used: 1, cap: 3, seq: 0 }.share(), 3_333);
        assert_eq!(Peak { used: u64::MAX, cap: u64::MAX, seq: 0 }.share(), 10_000);
        assert_eq!(Peak { used: 5, cap: 0, seq: 0 }.share(), 50_000);
        let small = |used| Peak { used, cap: u64::MAX, seq: 0 };
        assert!(small(2).exceeds(&small(1)) && !small(1).exceeds(&small(1)));
    }

    #[test]
    fn a_limit_that_was_used_up_counts_as_its_fault_says() {
        let fault = |limit: &str| CallOutcome::Fault {
            code: "exhausted".to_owned(),
            limit: Some(limit.to_owned()),
            used: Some(31),
            cap: Some(30),
            place: None,
            declined: None,
        };
        assert_eq!(used_up(&fault("output_bytes")), Some(("output_bytes", 31, 30)));
        assert_eq!(used_up(&fault("wall_ms")), Some((WALL, 31_000, 30_000)));
        assert_eq!(used_up(&CallOutcome::Ok), None);
    }
}
