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
use crate::stored::Stored;

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

/// A selected entry.
#[derive(Debug)]
#[non_exhaustive]
pub struct Selected<'a> {
    /// The instant that it counts at, by the selection's clock.
    pub at: Timestamp,
    /// The entry as a row.
    pub row: Row,
    /// The entry.
    pub recorded: Recorded,
    /// The JSON as it is stored, without a line end.
    pub stored: &'a [u8],
}

/// Shows `each` the selected entries in order. `hashes` are the keyed hashes of the selection's account.
/// Gives how many entries were shown.
///
/// # Errors
/// [`Error::Log`] if the log cannot be read; it is not verified. [`Error::Refused`] if the selection asks for
/// too many entries.
pub fn read<E: From<Error>>(
    stored: &Stored<'_>,
    selection: &Selection,
    hashes: Option<Vec<String>>,
    mut each: impl FnMut(Selected<'_>) -> Result<(), E>,
) -> Result<u64, E> {
    let about = hashes.map(|hashes| AccountEntries::find(stored, hashes)).transpose()?;
    let mut sessions = Sessions::new(stored);
    let mut shown = 0;
    let Some(last) = selection.last else {
        walk(stored, &mut sessions, 0, selection, about.as_ref(), |selected| {
            shown += 1;
            each(selected)
        })?;
        return Ok(shown);
    };
    if last > LAST_MAX {
        let message = format!("the last {last} entries are asked for; the most is {LAST_MAX}");
        return Err(Error::Refused { code: "too_many_entries".to_owned(), message }.into());
    }
    if selection.is_everything() {
        let first = stored.size().saturating_sub(last as u64);
        walk(stored, &mut sessions, first, selection, None, |selected| {
            shown += 1;
            each(selected)
        })?;
        return Ok(shown);
    }
    // The last entries are known only at the end of the log, so only their numbers are kept until then.
    let mut wanted = VecDeque::new();
    walk(stored, &mut sessions, 0, selection, about.as_ref(), |selected| {
        wanted.push_back(selected.row.seq);
        if wanted.len() > last {
            wanted.pop_front();
        }
        Ok::<_, E>(())
    })?;
    let Some(first) = wanted.front().copied() else { return Ok(0) };
    // The period was checked already. This pass cannot check it again: it does not meet acts that began
    // before its first entry.
    let selection = Selection { from: None, to: None, ..selection.clone() };
    walk(stored, &mut sessions, first, &selection, about.as_ref(), |selected| {
        if wanted.front() == Some(&selected.row.seq) {
            wanted.pop_front();
            shown += 1;
            each(selected)?;
        }
        Ok::<_, E>(())
    })?;
    Ok(shown)
}

fn walk<E: From<Error>>(
    stored: &Stored<'_>,
    sessions: &mut Sessions<'_>,
    first: u64,
    selection: &Selection,
    about: Option<&AccountEntries>,
    mut each: impl FnMut(Selected<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut instants = Instants::new(stored, selection.by);
    stored.entries(first, |index, bytes| {
        let head: Envelope<'_> = serde_json::from_slice(bytes).map_err(|error| unreadable(index, &error))?;
        if !selection.may_fit(head.at, &head.kind) {
            return Ok(());
        }
        let recorded = Recorded::parse(index, bytes)?;
        sessions.met(&recorded);
        let row = Row::of(&recorded, sessions)?;
        let at = instants.of(&recorded, row.act)?;
        if selection.is_in_period(at) && selection.fits(&row, &recorded.entry, about) {
            each(Selected { at, row, recorded, stored: bytes })?;
        }
        Ok(())
    })
}
