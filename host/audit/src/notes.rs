//! Signed notes as they lie in a log: its head and its published checkpoints.

use std::path::Path;

use bailiwick_tlog::{Checkpoint, Note};

use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::names::{CHECKPOINT, CHECKPOINTS};

/// A note of the log, if the file exists.
pub(crate) fn read_note(disk: &dyn Disk, path: &Path) -> Result<Option<Note>> {
    match disk.read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
        Ok(bytes) => {
            let note = Note::parse(&bytes);
            note.map(Some).map_err(|error| Error::Log(format!("{}: {error}", path.display())))
        }
    }
}

/// The published checkpoint of a size, or the latest; none if there is none.
///
/// ```no_run
/// use std::path::Path;
///
/// use bailiwick_audit::{SystemDisk, published};
///
/// match published(&SystemDisk, Path::new("./bailiwick/audit"), None)? {
///     Some((note, checkpoint)) => println!("{} entries are published:\n{note}", checkpoint.size),
///     None => println!("nothing is published yet"),
/// }
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
///
/// # Errors
/// [`Error::Log`] if it is no checkpoint, [`Error::Io`].
pub fn published(disk: &dyn Disk, folder: &Path, size: Option<u64>) -> Result<Option<(Note, Checkpoint)>> {
    let path = match size {
        Some(size) => folder.join(CHECKPOINTS).join(size.to_string()),
        None => folder.join(CHECKPOINT),
    };
    let Some(note) = read_note(disk, &path)? else { return Ok(None) };
    let checkpoint = Checkpoint::parse(&note.text);
    let checkpoint = checkpoint.map_err(|error| Error::Log(format!("{}: {error}", path.display())))?;
    Ok(Some((note, checkpoint)))
}
