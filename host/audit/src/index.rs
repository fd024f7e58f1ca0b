//! The index of an exported log: the acts, and where each is in the log. It follows from the entries alone,
//! so anybody who has them can make it again.

use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Recorded};
use crate::error::Result;

/// An act: one line of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IndexedAct {
    /// The entry that began it, which is its first.
    pub first: u64,
    /// Its last entry.
    pub last: u64,
    /// When it began.
    pub at: jiff::Timestamp,
    /// `exchange`, `tick`, `remittance` or `decision`.
    pub act: String,
    /// The engagement.
    pub engagement: String,
    /// SHA-256 of the file, if one was exchanged.
    pub file: Option<String>,
    /// `accepted`, `partial`, `rejected` or `duplicate` for a file; `done` for an act without a file;
    /// `failed`; `void` if a crash left it without effect; `unfinished`.
    pub outcome: String,
    /// The error's code, if the act failed.
    pub code: Option<String>,
}

impl IndexedAct {
    fn ends(&mut self, recorded: &Recorded, act: u64, outcome: &str, code: Option<&String>) {
        if act == self.first {
            self.last = recorded.seq;
            outcome.clone_into(&mut self.outcome);
            self.code = code.cloned();
        }
    }
}

/// Makes the index from entries that are given one by one.
#[derive(Debug, Default)]
pub(crate) struct Indexer {
    /// The act that began last. It is kept after its end, since a later entry can mark it void.
    current: Option<IndexedAct>,
}

impl Indexer {
    /// Takes the next entry. Gives an act once no entry can change it.
    pub(crate) fn entry(&mut self, recorded: &Recorded) -> Option<IndexedAct> {
        if let Entry::Begun(it) = &recorded.entry {
            return self.current.replace(IndexedAct {
                first: recorded.seq,
                last: recorded.seq,
                at: recorded.at,
                act: it.act.clone(),
                engagement: it.engagement.clone(),
                file: None,
                outcome: "unfinished".to_owned(),
                code: None,
            });
        }
        let current = self.current.as_mut()?;
        match &recorded.entry {
            Entry::File(it) => {
                current.ends(recorded, it.act, it.outcome.name(), None);
                current.file = Some(it.file.sha256.clone());
            }
            Entry::Failed { act, code, .. } => current.ends(recorded, *act, "failed", Some(code)),
            Entry::Tick { act, .. } | Entry::Decided { act, .. } | Entry::Remitted { act, .. } => {
                current.ends(recorded, *act, "done", None);
            }
            Entry::Void { first, last } if (*first..=*last).contains(&current.first) => {
                "void".clone_into(&mut current.outcome);
            }
            Entry::EngagementChanged { .. }
            | Entry::PluginActivated { .. }
            | Entry::Session(_)
            | Entry::Call(_)
            | Entry::Accounts(_)
                if current.outcome == "unfinished" =>
            {
                current.last = recorded.seq;
            }
            _ => {}
        }
        None
    }

    /// The last act, at the end of the log.
    pub(crate) fn finish(self) -> Option<IndexedAct> {
        self.current
    }
}

/// A line of the index, with its line end.
pub(crate) fn line(act: &IndexedAct) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(act).map_err(|error| crate::Error::Invariant(error.to_string()))?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Begun, Keyed};

    fn begun() -> Entry {
        Entry::Begun(Box::new(Begun {
            act: "tick".to_owned(),
            engagement: "e".to_owned(),
            configuration: Keyed { hmac: String::new(), bytes: 0 },
            instant: String::new(),
            file_name: None,
            operator: None,
        }))
    }

    fn tick(act: u64) -> Entry {
        let (engagement, today) = ("e".to_owned(), String::new());
        Entry::Tick {
            act,
            engagement,
            today,
            moves: Default::default(),
            answers: Vec::new(),
            answers_not_listed: 0,
            rows: None,
        }
    }

    /// The first and last entry and the outcome of each act.
    fn indexed(entries: Vec<Entry>) -> Vec<(u64, u64, String)> {
        let mut indexer = Indexer::default();
        let mut acts = Vec::new();
        for (seq, entry) in (0..).zip(entries) {
            let at = jiff::Timestamp::UNIX_EPOCH;
            acts.extend(indexer.entry(&Recorded { v: 1, seq, at, kid: 1, entry }));
        }
        acts.extend(indexer.finish());
        acts.into_iter().map(|act| (act.first, act.last, act.outcome)).collect()
    }

    #[test]
    fn an_act_ends_with_its_entry_or_as_what_came_after_says() {
        let changed = || Entry::EngagementChanged {
            engagement: "e".to_owned(),
            configuration: Keyed { hmac: String::new(), bytes: 0 },
        };
        let failed = Entry::Failed { act: 4, engagement: "e".to_owned(), code: "io".to_owned() };
        let entries = vec![
            Entry::Cut { bytes: 1 },
            begun(),
            changed(),
            tick(1),
            begun(),
            tick(4),
            failed,
            begun(),
            tick(7),
            Entry::Cut { bytes: 1 },
            Entry::Void { first: 7, last: 9 },
            begun(),
            changed(),
        ];
        let acts = indexed(entries);
        let expected = [(1, 3, "done"), (4, 6, "failed"), (7, 8, "void"), (11, 12, "unfinished")];
        assert_eq!(acts, expected.map(|(first, last, outcome)| (first, last, outcome.to_owned())));
        assert!(indexed(vec![tick(9)]).is_empty());
    }
}
