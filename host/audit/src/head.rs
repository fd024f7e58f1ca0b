//! The signed head: where the log ended after the last act.

use std::path::Path;

use bailiwick_tlog::{Checkpoint, Note};

use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::keys::read_verifiers;
use crate::mark::Mark;
use crate::names::{HEAD, VERIFIERS};
use crate::notes::read_note;
use crate::stored::Stored;

/// The signed head of a log, as read from its file.
#[derive(Debug, Clone)]
pub struct Head {
    /// The log's size and root.
    pub mark: Mark,
    note: Note,
}

impl Head {
    /// Reads the head of the log in a folder; none if there is none.
    ///
    /// # Errors
    /// [`Error::Log`] if it is none; [`Error::Io`].
    pub fn read(disk: &dyn Disk, folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(HEAD);
        let Some(note) = read_note(disk, &path)? else { return Ok(None) };
        let head = Checkpoint::parse(&note.text);
        let head = head.map_err(|error| Error::Log(format!("{}: {error}", path.display())))?;
        Ok(Some(Self { mark: Mark::of(head.size, head.root), note }))
    }

    /// Checks that the log has signed the head, and holds its entries.
    ///
    /// ```no_run
    /// use std::path::Path;
    ///
    /// use bailiwick_audit::{Head, Stored, SystemDisk};
    ///
    /// let folder = Path::new("./bailiwick/audit");
    /// if let Some(head) = Head::read(&SystemDisk, folder)? {
    ///     head.is_held_by(&Stored::open(&SystemDisk, folder)?)?;
    ///     println!("the log holds the {} entries of its head", head.mark.size);
    /// }
    /// # Ok::<(), bailiwick_audit::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Log`] if one of both fails; [`Error::Io`].
    pub fn is_held_by(&self, stored: &Stored<'_>) -> Result<()> {
        let keys = stored.folder.join(VERIFIERS);
        let bytes = stored.disk.read(&keys).map_err(Error::io("read", &keys))?;
        let mut keys = read_verifiers(&bytes, &keys)?.into_iter();
        if !keys.any(|key| key.verify(&self.note).is_ok()) {
            let path = stored.folder.join(HEAD);
            return Err(Error::Log(format!("{}: it has no valid signature of the log", path.display())));
        }
        let Mark { size, root } = &self.mark;
        if *size > stored.size() {
            return Err(Error::Log(format!(
                "the log had {size} entries when it was last closed, it has {}: its end was removed; restore it with `audit repair`",
                stored.size()
            )));
        }
        if stored.root(*size)?.to_string() != *root {
            return Err(Error::Log(format!(
                "the first {size} entries are not those that were signed; find the first wrong one with `audit verify`"
            )));
        }
        Ok(())
    }
}
