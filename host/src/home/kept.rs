//! The log stays open between two writes of a process, as long as nobody else touches its files.
//!
//! Of the files that opening the log reads, only place, length and times are compared. If another process wrote in
//! between, or a file was cut, changed, replaced or deleted, the log is opened again, with all checks. The state of
//! the key files is taken before they are read, and compared when the log is left open and when it is used again. The
//! book is opened for each write: that takes the same time however large it is, and while nobody writes, its file is
//! whole and no lock of SQLite is held on it, so that it can be copied and put back.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use super::layout::{AUDIT, HASH_KEYS, SIGNER};
use crate::audit::{AuditLog, Keyed, VERIFIERS};
use crate::files;

/// The most bytes of a file whose bytes are compared as well.
const SMALL_BYTES_MAX: u64 = 4 << 10;

/// A log that was left open, and the state of its files then.
#[derive(Debug)]
pub(super) struct Kept {
    audit: AuditLog,
    keys: KeyFiles,
    files: Files,
    rows: Option<Keyed>,
}

/// The state of the key files that an open log relies on, from before they were read.
#[derive(Debug)]
pub(super) struct KeyFiles(Option<Files>);

impl KeyFiles {
    /// The state of the key files of a home. If it cannot be read for one of them, the log is not left open.
    pub(super) fn seen(home: &Path) -> Self {
        let paths = [home.join(SIGNER), home.join(HASH_KEYS), home.join(AUDIT).join(VERIFIERS)];
        Self(Files::seen(paths.into()))
    }

    /// For a log that is not left open.
    pub(super) fn none() -> Self {
        Self(None)
    }

    fn unchanged(&self) -> bool {
        self.0.as_ref().is_some_and(Files::unchanged)
    }
}

impl Kept {
    /// Leaves the log open. None if an entry is not durable, if the log takes no further entries, or if a key was
    /// replaced since it was read.
    pub(super) fn of(audit: AuditLog, keys: KeyFiles, rows: Option<Keyed>) -> Option<Self> {
        let durable = audit.mark().ok()?.size;
        if audit.size().ok()? != durable {
            return None;
        }
        let files = Files::seen(audit.relies_on().ok()?)?;
        keys.unchanged().then_some(Self { audit, keys, files, rows })
    }

    /// The log with what it says of the book's rows, if neither its files nor its keys have changed.
    pub(super) fn still(self) -> Option<(AuditLog, KeyFiles, Option<Keyed>)> {
        (self.keys.unchanged() && self.files.unchanged()).then_some((self.audit, self.keys, self.rows))
    }
}

/// Files with the state of each; none for a file that does not exist.
#[derive(Debug)]
pub(super) struct Files(Vec<(PathBuf, Option<Seen>)>);

impl Files {
    /// None if the state of a file cannot be read.
    pub(super) fn seen(paths: Vec<PathBuf>) -> Option<Self> {
        let seen = paths.into_iter().map(|path| Ok((look(&path)?, path)));
        let seen: io::Result<Vec<_>> = seen.collect();
        Some(Self(seen.ok()?.into_iter().map(|(seen, path)| (path, seen)).collect()))
    }

    pub(super) fn unchanged(&self) -> bool {
        self.0.iter().all(|(path, seen)| look(path).is_ok_and(|now| now == *seen))
    }
}

/// The state of a file: if it is the same, the file was neither replaced nor written to.
#[derive(PartialEq, Eq)]
struct Seen {
    place: (u64, u64),
    content: Content,
    /// The bytes of a small file: the head may be replaced within one tick of the file system's clock.
    bytes: Option<Vec<u8>>,
}

/// The bytes may be a key: they are not shown.
impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen")
            .field("place", &self.place)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

/// Length and times.
type Content = (u64, [(i64, i64); 2]);

fn look(path: &Path) -> io::Result<Option<Seen>> {
    match path.metadata() {
        Ok(it) => {
            let bytes = match it.len() <= SMALL_BYTES_MAX {
                true => Some(files::read(path, SMALL_BYTES_MAX)?),
                false => None,
            };
            Ok(Some(Seen { place: place(&it), content: content(&it), bytes }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn place(it: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (it.dev(), it.ino())
}

#[cfg(unix)]
fn content(it: &Metadata) -> Content {
    use std::os::unix::fs::MetadataExt;
    // A user who puts an old file back with its old time cannot set the time of change.
    (it.len(), [(it.mtime(), it.mtime_nsec()), (it.ctime(), it.ctime_nsec())])
}

#[cfg(not(unix))]
fn place(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(not(unix))]
fn content(it: &Metadata) -> Content {
    let since = it.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let since = since.unwrap_or_default();
    let at = (since.as_secs().cast_signed(), i64::from(since.subsec_nanos()));
    (it.len(), [at, at])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_is_cut_changed_replaced_or_deleted_is_not_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (one, none) = (folder.path().join("one"), folder.path().join("none"));
        let write = |bytes: &[u8]| fs::write(&one, bytes).unwrap();
        write(b"as it was");
        let seen = || Files::seen(vec![one.clone(), none.clone()]).unwrap();
        let before = seen();
        assert!(before.unchanged());
        fs::File::options().write(true).open(&one).unwrap().set_len(3).unwrap();
        assert!(!before.unchanged());

        write(b"as it was");
        let before = seen();
        let time = one.metadata().unwrap().modified().unwrap();
        // The clock of a file system goes by ticks: it is written until one has passed.
        #[cfg(unix)]
        while before.unchanged() {
            write(b"as it is!");
            fs::File::options().write(true).open(&one).unwrap().set_modified(time).unwrap();
        }
        assert_eq!(one.metadata().unwrap().modified().unwrap(), time);

        let before = seen();
        fs::copy(&one, folder.path().join("two")).unwrap();
        fs::rename(folder.path().join("two"), &one).unwrap();
        assert!(!before.unchanged());
        let before = seen();
        fs::remove_file(&one).unwrap();
        assert!(!before.unchanged());
        let before = seen();
        fs::write(&none, b"").unwrap();
        assert!(!before.unchanged());
    }
}
