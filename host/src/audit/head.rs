//! The signed head: where the log ended after the last thing that was done.

use std::path::Path;

use bailiwick_tlog::{Checkpoint, Note};

use super::disk::Disk;
use super::keys::read_verifiers;
use super::log::{HEAD, Mark, VERIFIERS};
use super::stored::Stored;
use crate::error::{Error, Result};

/// A note of the log, if it is there.
pub(crate) fn read_note(disk: &dyn Disk, path: &Path) -> Result<Option<Note>> {
    match disk.read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
        Ok(bytes) => {
            let note = Note::parse(&bytes);
            note.map(Some).map_err(|error| Error::Audit(format!("{}: {error}", path.display())))
        }
    }
}

/// What the signed head says, if there is one.
pub(crate) fn read_head(disk: &dyn Disk, folder: &Path) -> Result<Option<Mark>> {
    let path = folder.join(HEAD);
    let Some(note) = read_note(disk, &path)? else { return Ok(None) };
    let head = Checkpoint::parse(&note.text);
    let head = head.map_err(|error| Error::Audit(format!("{}: {error}", path.display())))?;
    Ok(Some(Mark::of(head.size, head.root)))
}

/// The log holds what its signed head says.
pub(super) fn holds(stored: &Stored<'_>, head: &Note) -> Result<()> {
    let path = stored.folder.join(HEAD);
    let wrong = |error: &dyn std::fmt::Display| Error::Audit(format!("{}: {error}", path.display()));
    let keys = stored.folder.join(VERIFIERS);
    let bytes = stored.disk.read(&keys).map_err(Error::io("read", &keys))?;
    let mut keys = read_verifiers(&bytes, &keys)?.into_iter();
    if !keys.any(|key| key.verify(head).is_ok()) {
        return Err(wrong(&"it has no signature of the log that fits"));
    }
    let head = Checkpoint::parse(&head.text).map_err(|error| wrong(&error))?;
    if head.size > stored.size() {
        return Err(Error::Audit(format!(
            "the log had {} entries when it was last closed, it has {}: its end was removed; restore it with `audit repair`",
            head.size,
            stored.size()
        )));
    }
    if stored.root(head.size)? != head.root {
        return Err(Error::Audit(format!(
            "the first {} entries are not those that were signed; find the first wrong one with `audit verify`",
            head.size
        )));
    }
    Ok(())
}
