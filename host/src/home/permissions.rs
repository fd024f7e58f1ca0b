//! Checks who can read and write the files of a home.
//!
//! A home that other users can write is not opened: a user who can change a key, a plugin or an engagement decides
//! what is booked. Files that other users can only read are made private when the home is opened to write: earlier
//! releases left their modes to the umask.

use std::io;
use std::path::{Path, PathBuf};

use super::group::Group;
use super::layout::{
    AUDIT, BOOK, CACHE, COMMANDS, COMPONENTS, ENGAGEMENTS, KEYS, OUTBOX, PLUGINS, SETTINGS, WITNESS,
};
use crate::error::{Error, Result};
use crate::files::{UntrustedHome, check, check_above};

/// Folders of a home whose contents are trusted.
const FOLDERS: [&str; 8] = [KEYS, ENGAGEMENTS, PLUGINS, AUDIT, COMMANDS, COMPONENTS, CACHE, WITNESS];
/// Files of a home. Those of the book are SQLite's.
const FILES: [&str; 4] = [SETTINGS, BOOK, "book.sqlite-wal", "book.sqlite-shm"];
/// Findings in a home that one error names; more are counted.
const UNTRUSTED_MAX: usize = 16;

/// Refuses a home that others could change.
pub(super) fn refuse_unsafe(home: &Path) -> Result<()> {
    let (mut found, mut more) = (Vec::new(), 0);
    let mut look = |path: &Path| -> Result<()> {
        if let Some(untrusted) = check(path).map_err(Error::io("look at", path))? {
            match found.len() < UNTRUSTED_MAX {
                true => found.push(untrusted),
                false => more += 1,
            }
        }
        Ok(())
    };
    look(home)?;
    FILES.iter().try_for_each(|name| look(&home.join(name)))?;
    for folder in FOLDERS {
        let folder = home.join(folder);
        look(&folder)?;
        entries(&folder)?.iter().try_for_each(|path| look(path))?;
    }
    // The host does not read the outbox, but nobody may move its folders.
    let outbox = home.join(OUTBOX);
    look(&outbox)?;
    for engagement in entries(&outbox)? {
        look(&engagement)?;
        entries(&engagement)?.iter().filter(|path| path.is_dir()).try_for_each(|path| look(path))?;
    }
    found.extend(check_above(home).map_err(Error::io("look above", home))?);
    match found.is_empty() {
        true => Ok(()),
        false => Err(Error::UnsafePermissions(UntrustedHome { home: home.to_owned(), found, more })),
    }
}

/// The paths in a folder; none if it is no folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries.map_err(Error::io("list", folder))?,
    };
    entries.map(|entry| Ok(entry.map_err(Error::io("list", folder))?.path())).collect()
}

/// The paths, below the home, that other users can read. Only the outbox may be readable, and only by its group. The
/// next write makes these paths private, unless that has failed.
pub(super) fn readable(home: &Path, group: Option<&Group>) -> Vec<String> {
    imp::readable(home, group)
}

/// Makes files private that other users can read, and gives the outbox to its group. A folder that is private already
/// is not searched again.
///
/// # Errors
/// If the outbox cannot be given to the group. [`readable`] lists files that stay readable.
pub(super) fn tighten(home: &Path, group: Option<&Group>) -> Result<()> {
    imp::tighten(home, group)
}

#[cfg(unix)]
mod imp {
    use std::fs::{self, Metadata, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    use super::*;

    /// The permission bits of a mode.
    const BITS: u32 = 0o7777;
    /// The permission bits of other users than the owner.
    const OTHERS: u32 = 0o077;
    /// Members of the group pass through the home and see nothing of it.
    const PASSED: u32 = 0o710;
    /// Members of the group list a folder of the outbox; new files in it belong to the group as well.
    const SHARED_FOLDER: u32 = 0o2750;
    /// Members of the group read a file of the outbox.
    const SHARED_FILE: u32 = 0o640;

    pub(super) fn tighten(home: &Path, group: Option<&Group>) -> Result<()> {
        for path in known(home) {
            match group.filter(|_| path == home.join(OUTBOX)) {
                Some(group) => {
                    // An outbox that lies elsewhere belongs to this home as a whole. But a link in the outbox may
                    // lead to a foreign folder: there only new answers are given to the group.
                    let outbox = path.canonicalize().unwrap_or(path);
                    share(&outbox, group).map_err(|error| refused(&outbox, group, &error))?;
                }
                // `status` names the paths that stay readable.
                None => drop(close(&path)),
            }
        }
        let Some(group) = group else {
            // `status` names the paths that stay readable.
            if home.metadata().is_ok_and(|it| it.mode() & OTHERS != 0) {
                drop(set(home, 0o700));
            }
            return Ok(());
        };
        let pass = || -> io::Result<()> {
            let metadata = home.metadata()?;
            if metadata.gid() != group.number {
                chown(home, None, Some(group.number))?;
            }
            if metadata.mode() & BITS != PASSED { set(home, PASSED) } else { Ok(()) }
        };
        pass().map_err(|error| refused(home, group, &error))
    }

    fn refused(path: &Path, group: &Group, error: &io::Error) -> Error {
        let message = format!(
            "{} cannot be given to the group {} of the section outbox of {SETTINGS}: {error}; the user of this program must own it and be a member of the group: usermod -aG, then log in again",
            path.display(),
            group.name
        );
        Error::Refused { code: "outbox_group".to_owned(), message }
    }

    /// The files and folders of a home that exist.
    fn known(home: &Path) -> impl Iterator<Item = PathBuf> {
        FILES.iter().chain(&FOLDERS).chain([&OUTBOX]).map(|name| home.join(name))
    }

    fn set(path: &Path, mode: u32) -> io::Result<()> {
        fs::set_permissions(path, Permissions::from_mode(mode))
    }

    /// Does nothing for a path that does not exist, and for a link: its target is not the home's.
    fn look(path: &Path) -> io::Result<Option<Metadata>> {
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            metadata => Ok(Some(metadata?).filter(|metadata| !metadata.is_symlink())),
        }
    }

    /// Makes the file or folder at a path private. A folder is made private after its contents, so the contents of a
    /// private folder need no check.
    fn close(path: &Path) -> io::Result<()> {
        let Some(metadata) = look(path)?.filter(|metadata| metadata.mode() & OTHERS != 0) else {
            return Ok(());
        };
        if metadata.is_dir() {
            fs::read_dir(path)?.try_for_each(|entry| close(&entry?.path()))?;
        }
        set(path, metadata.mode() & 0o700)
    }

    /// Lets the group read the file or folder at a path.
    fn share(path: &Path, group: &Group) -> io::Result<()> {
        let Some(metadata) = look(path)? else { return Ok(()) };
        let mode = if metadata.is_dir() { SHARED_FOLDER } else { SHARED_FILE };
        // A folder is shared after its contents, so the contents of a shared folder need no check.
        if metadata.gid() == group.number && metadata.mode() & BITS == mode {
            return Ok(());
        }
        if metadata.is_dir() {
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                // A file that is being written has a name that begins with a dot.
                match entry.file_name().as_encoded_bytes().first() {
                    Some(b'.') => close(&entry.path())?,
                    _ => share(&entry.path(), group)?,
                }
            }
        }
        if metadata.gid() != group.number {
            chown(path, None, Some(group.number))?;
        }
        set(path, mode)
    }

    pub(super) fn readable(home: &Path, group: Option<&Group>) -> Vec<String> {
        let open = |path: &Path, allowed: u32| {
            look(path).ok().flatten().is_some_and(|it| it.mode() & OTHERS & !allowed != 0)
        };
        let outbox = home.join(OUTBOX);
        let shared = if group.is_some() { SHARED_FOLDER } else { 0 };
        let mut readable = Vec::new();
        if group.is_none() && home.metadata().is_ok_and(|it| it.mode() & OTHERS == 0) {
            // Nobody else gets in.
            return readable;
        }
        for path in known(home) {
            if open(&path, if path == outbox { shared } else { 0 }) {
                readable.push(path.strip_prefix(home).unwrap_or(&path).to_string_lossy().into_owned());
            }
        }
        readable
    }
}

#[cfg(not(unix))]
mod imp {
    use super::*;

    pub(super) fn tighten(_: &Path, _: Option<&Group>) -> Result<()> {
        Ok(())
    }

    pub(super) fn readable(_: &Path, _: Option<&Group>) -> Vec<String> {
        Vec::new()
    }
}
