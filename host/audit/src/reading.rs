//! Reads the selected entries one by one, each as a row and as stored.

use std::borrow::Cow;
use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Deserialize;

use crate::entry::{CallEntry, Recorded};
use crate::error::{Error, Result};
use crate::instants::Instants;
use crate::row::Row;
use crate::selection::{AccountEntries, LAST_MAX, Selection};
use crate::sessions::Sessions;
use crate::stored::{Stored, StoredEntries};

/// The members of an entry that exclude most entries without parsing the rest.
#[derive(Deserialize)]
struct Envelope<'a> {
    at: Timestamp,
    #[serde(borrow)]
    kind: Cow<'a, str>,
}

impl Recorded {
    /// Reads an entry as it is stored.
    ///
    /// ```
    /// use bailiwick_audit::{Entry, Recorded};
    ///
    /// let json = br#"{"v":1,"seq":3,"at":"2026-07-01T12:00:00Z","kid":1,"kind":"set_aside","files":2}"#;
    /// let recorded = Recorded::parse(3, json)?;
    /// assert_eq!((recorded.seq, recorded.entry), (3, Entry::SetAside { files: 2 }));
    /// assert!(Recorded::parse(4, b"{}").unwrap_err().to_string().contains("entry 4"));
    /// # Ok::<(), bailiwick_audit::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Log`] names the entry if this version cannot read it.
    pub fn parse(index: u64, bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|error| unreadable(index, &error))
    }
}

impl CallEntry {
    /// Bytes that the call was given: its input, and the context of a decision.
    pub fn input_bytes(&self) -> u64 {
        self.input.bytes + self.context.as_ref().map_or(0, |context| context.bytes)
    }
}

fn unreadable(index: u64, error: &serde_json::Error) -> Error {
    Error::Log(format!("entry {index} is wrong: it is no entry ({error})"))
}

/// Whether the members that every entry has do not exclude it.
fn may_fit(selection: &Selection, index: u64, stored: &[u8]) -> Result<bool> {
    let head: Envelope<'_> = serde_json::from_slice(stored).map_err(|error| unreadable(index, &error))?;
    Ok(selection.may_fit(head.at, &head.kind))
}

/// A selected entry.
#[derive(Debug)]
#[non_exhaustive]
pub struct Selected {
    /// The instant that it counts at, by the selection's clock.
    pub at: Timestamp,
    /// The entry as a row.
    pub row: Row,
    /// The entry.
    pub recorded: Recorded,
    /// The JSON as it is stored, without a line end.
    pub stored: Vec<u8>,
}

/// The selected entries of a log in their order. Reading can stop at any entry. After an error it has ended.
///
/// They are those that the log had when it was opened; the log is not verified. Memory does not grow with the log, apart
/// from 8 bytes for each call about the selection's account and for each of the last entries that are asked for.
pub struct SelectedEntries<'a> {
    entries: StoredEntries<'a>,
    selection: Selection,
    about: Option<AccountEntries>,
    sessions: Sessions<'a>,
    instants: Instants<'a>,
    /// The numbers of the entries that are the last ones. None: all that match.
    last: Option<VecDeque<u64>>,
    ended: bool,
}

/// The selected entries. `hashes` are the keyed hashes of the selection's account. The last entries that meet a condition
/// are known only at the end of the log: then the whole log is read here once.
///
/// ```no_run
/// use std::path::Path;
///
/// use bailiwick_audit::{Selection, Stored, SystemDisk, read};
///
/// let stored = Stored::open(&SystemDisk, Path::new("./bailiwick/audit"))?;
/// let faults = Selection { outcome: Some("fault".to_owned()), ..Selection::default() };
/// for selected in read(&stored, &faults, None)? {
///     let row = selected?.row;
///     println!("entry {}: {:?} in {:?}", row.seq, row.code, row.plugin);
/// }
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
///
/// # Errors
/// [`Error::Log`] if the log cannot be read. [`Error::Refused`] if the selection asks for too many entries.
pub fn read<'a>(
    stored: &Stored<'a>,
    selection: &Selection,
    hashes: Option<Vec<String>>,
) -> Result<SelectedEntries<'a>> {
    let about = hashes.map(|hashes| AccountEntries::find(stored, hashes)).transpose()?;
    let from = |first: u64| SelectedEntries::of(stored, selection.clone(), first);
    let Some(last) = selection.last else {
        return Ok(SelectedEntries { about, ..from(0) });
    };
    if last > LAST_MAX {
        let message = format!("the last {last} entries are asked for; the most is {LAST_MAX}");
        return Err(Error::Refused { code: "too_many_entries".to_owned(), message });
    }
    if about.is_none() && selection.is_everything() {
        return Ok(from(stored.size().saturating_sub(last as u64)));
    }
    // Only the numbers of the last entries are kept until the end of the log is known.
    let mut all = SelectedEntries { about, ..from(0) };
    let mut wanted = VecDeque::new();
    for selected in &mut all {
        wanted.push_back(selected?.row.seq);
        if wanted.len() > last {
            wanted.pop_front();
        }
    }
    // The period was checked already. This pass cannot check it again: it does not meet acts that began
    // before its first entry.
    let selection = Selection { from: None, to: None, ..selection.clone() };
    let first = wanted.front().copied().unwrap_or_else(|| stored.size());
    let SelectedEntries { about, sessions, .. } = all;
    Ok(SelectedEntries {
        about,
        sessions,
        last: Some(wanted),
        ..SelectedEntries::of(stored, selection, first)
    })
}

impl<'a> SelectedEntries<'a> {
    fn of(stored: &Stored<'a>, selection: Selection, first: u64) -> Self {
        Self {
            entries: stored.entries(first),
            about: None,
            sessions: Sessions::new(stored),
            instants: Instants::new(stored, selection.by),
            selection,
            last: None,
            ended: false,
        }
    }

    /// The next entry that matches.
    fn matching(&mut self) -> Result<Option<Selected>> {
        for entry in &mut self.entries {
            let (index, stored) = entry?;
            if !may_fit(&self.selection, index, &stored)? {
                continue;
            }
            let recorded = Recorded::parse(index, &stored)?;
            self.sessions.met(&recorded);
            let row = Row::of(&recorded, &mut self.sessions)?;
            let at = self.instants.of(&recorded, row.act)?;
            let selection = &self.selection;
            if selection.is_in_period(at) && selection.fits(&row, &recorded.entry, self.about.as_ref()) {
                return Ok(Some(Selected { at, row, recorded, stored }));
            }
        }
        Ok(None)
    }

    /// The next entry that is asked for.
    fn asked_for(&mut self) -> Result<Option<Selected>> {
        loop {
            // When the last one was shown, the rest of the log need not be read.
            if self.last.as_ref().is_some_and(VecDeque::is_empty) {
                return Ok(None);
            }
            let Some(selected) = self.matching()? else { return Ok(None) };
            match &mut self.last {
                None => return Ok(Some(selected)),
                Some(last) if last.front() == Some(&selected.row.seq) => {
                    last.pop_front();
                    return Ok(Some(selected));
                }
                Some(_) => {}
            }
        }
    }
}

impl Iterator for SelectedEntries<'_> {
    type Item = Result<Selected>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.asked_for().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl std::iter::FusedIterator for SelectedEntries<'_> {}

impl std::fmt::Debug for SelectedEntries<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SelectedEntries").field("selection", &self.selection).finish_non_exhaustive()
    }
}
