//! The outbox: booked answers are moved into place. An answer that cannot be moved is held back, recorded in the
//! book, and tried again with every write; it blocks no other write.
//!
//! The act's own transaction records every answer as one that is not in its place (`held_back`); the row is removed
//! when the answer is in its place. So an answer that vanished between the two is named, and one that was fetched is
//! not.
//!
//! An answer is written beside its place and under its own name, so that making it shows that the file system takes
//! the name there; then one rename within a folder is left.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::layout::{OUTBOX, STAGING};
use super::{Host, Writing};
use crate::book::{Book, HeldBack, Written};
use crate::error::{Error, Result};
use crate::files::{self, Readers};

/// Where answers are written, beside the place of each.
pub(crate) const BESIDE: &str = ".staging";

impl Host {
    /// Whether an answer could be moved into place now: nothing else is there, and both are in one file system.
    ///
    /// # Errors
    /// [`Error::Refused`] says what is in the way.
    pub(crate) fn movable(&self, staged: &Path, path: &Path) -> Result<()> {
        let refused = |why: String| Error::Refused {
            code: "outbox_blocked".to_owned(),
            message: format!("{} cannot be put into the outbox: {why}; nothing was changed", path.display()),
        };
        let (from, to) = (self.home().join(staged), self.home().join(path));
        free(&to).map_err(refused)?;
        let folder = to.parent().unwrap_or(&to);
        let same = one_file_system(&from, folder).map_err(|error| refused(error.to_string()))?;
        match same {
            true => Ok(()),
            false => Err(refused("its folder was put on another file system meanwhile".to_owned())),
        }
    }

    /// Moves answers that are booked into place. Those that cannot be moved are held back.
    pub(crate) fn place<'a>(
        &self,
        book: &Book,
        answers: impl Iterator<Item = (&'a Path, &'a Path)>,
    ) -> Vec<HeldBack> {
        let (mut placed, mut held) = (Vec::new(), Vec::new());
        for (staged, path) in answers {
            let shown = |path: &Path| path.to_string_lossy().into_owned();
            match self.move_into_place(staged, path) {
                Ok(()) => placed.push(shown(path)),
                Err(why) => {
                    held.push(HeldBack { path: shown(path), staged: shown(staged), why, gone: false });
                }
            }
            forget_folder(&self.home().join(staged));
        }
        if !placed.is_empty() || !held.is_empty() {
            // If this cannot be recorded now, the next write finds the files as they are.
            let _ = book.record_places(&placed, &held);
        }
        held
    }

    fn move_into_place(&self, staged: &Path, path: &Path) -> std::result::Result<(), String> {
        let (from, to) = (self.home().join(staged), self.home().join(path));
        let folder = to.parent().unwrap_or(&to);
        let moved = || -> io::Result<()> {
            files::make_folder_for(folder, Readers::of(&self.home().join(OUTBOX)))?;
            files::move_to_new(&from, &to)?;
            files::sync_folder(folder)
        };
        moved().map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => TAKEN.to_owned(),
            _ => error.to_string(),
        })
    }
}

/// Why an answer cannot be moved to a name.
const TAKEN: &str = "something of that name is there already; move it away";

/// Whether nothing is at a path; the error says what to do.
fn free(path: &Path) -> std::result::Result<(), String> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.to_string()),
        Ok(_) => Err(TAKEN.to_owned()),
    }
}

#[cfg(unix)]
fn one_file_system(one: &Path, other: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(one.metadata()?.dev() == other.metadata()?.dev())
}

#[cfg(not(unix))]
fn one_file_system(one: &Path, other: &Path) -> io::Result<bool> {
    one.metadata().and_then(|_| other.metadata()).map(|_| true)
}

/// Removes the folder of a staged file and the folder around it, if they are empty now.
fn forget_folder(staged: &Path) {
    // A folder that is not empty stays.
    let _ = staged.ancestors().skip(1).take(2).try_for_each(fs::remove_dir);
}

/// Handles files that were staged before a crash or held back: booked answers are moved into place, other files are
/// removed.
pub(super) fn recover(host: &Host, writing: &Writing) -> Result<()> {
    let book = &writing.book;
    for staged in left(host.home()) {
        match book.place_of(&staged.to_string_lossy())?.map(PathBuf::from) {
            Some(path) => drop(host.place(book, std::iter::once((&*staged, &*path)))),
            None => remove(&host.home().join(&staged)),
        }
    }
    // A crash may have left an empty staging folder. A folder that is not empty stays.
    staging(host.home()).iter().for_each(|folder| drop(fs::remove_dir(host.home().join(folder))));
    settle(host, book)
}

/// Forgets held-back answers that are in their place now, and marks those that are gone. An answer whose place cannot
/// be read stays as it is.
fn settle(host: &Host, book: &Book) -> Result<()> {
    for mut answer in book.held_back()? {
        let staged = host.home().join(&answer.staged).symlink_metadata();
        if !staged.is_err_and(|error| is_absent(&error)) {
            continue;
        }
        match host.home().join(&answer.path).metadata() {
            Ok(place) if place.is_file() => book.forget_held_back(&answer.path)?,
            Err(error) if !is_absent(&error) => {}
            _ if answer.gone => {}
            _ => {
                answer.why = gone(book, &answer.path)?;
                answer.gone = true;
                book.hold_back(&answer)?;
            }
        }
    }
    Ok(())
}

/// Whether an error says that nothing is there.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The message about an answer that is gone. The host does not write it again: plugins, terms and the book may have
/// changed since, and so would the answer.
fn gone(book: &Book, path: &str) -> Result<String> {
    let Written { bytes, sha256 } = book.written(path)?;
    let folder = Path::new(path).parent().unwrap_or(Path::new(OUTBOX)).display();
    Ok(format!(
        "gone: neither staged nor in place, and the host cannot write it again; ask whoever fetches from {folder} whether they \
         have it ({bytes} bytes, SHA-256 {sha256}); put their copy or one from a backup into its place, and the next write forgets it"
    ))
}

/// Removes a staged file that is not booked, or an empty folder. If that fails, the next write tries again.
fn remove(staged: &Path) {
    match staged.symlink_metadata() {
        Ok(it) if it.is_dir() => {
            // The folder around it stays unless it is empty now.
            let _ = fs::remove_dir(staged).and_then(|()| staged.parent().map_or(Ok(()), fs::remove_dir));
        }
        Ok(_) => {
            let _ = fs::remove_file(staged);
            forget_folder(staged);
        }
        Err(_) => {}
    }
}

/// The staged files, below the home: beside their places, or where earlier releases staged them. The folder of an act
/// is listed only if it can be read and is empty, because a folder that cannot be read may hold booked answers. Such
/// a folder blocks no write: the book has the answers that are held back in it.
fn left(home: &Path) -> Vec<PathBuf> {
    let acts = staging(home).into_iter().flat_map(|folder| below(home, &folder).unwrap_or_default());
    acts.flat_map(|act| match below(home, &act) {
        // The act began and wrote no file.
        Ok(files) if files.is_empty() => vec![act],
        files => files.unwrap_or_default(),
    })
    .collect()
}

/// The folders that answers are staged in, whether they are there or not.
fn staging(home: &Path) -> Vec<PathBuf> {
    let all = |folder: &Path| below(home, folder).unwrap_or_default();
    let sides = all(Path::new(OUTBOX)).into_iter().flat_map(|engagement| all(&engagement));
    sides.map(|side| side.join(BESIDE)).chain([PathBuf::from(STAGING)]).collect()
}

/// The contents of a folder of the home.
fn below(home: &Path, folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(home.join(folder))?.map(|entry| Ok(folder.join(entry?.file_name()))).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_an_act_that_cannot_be_read_is_not_taken_for_empty() {
        let home = tempfile::tempdir().unwrap();
        let staging = home.path().join("outbox/test/bank/.staging");
        for act in ["1", "2"] {
            fs::create_dir_all(staging.join(act)).unwrap();
        }
        fs::write(staging.join("2/a.jsonl"), b"booked").unwrap();
        // Reading these fails for every user, root as well: they are no folder, and a link to itself.
        fs::write(staging.join("3"), b"").unwrap();
        std::os::unix::fs::symlink("4", staging.join("4")).unwrap();
        let mut found = left(home.path());
        found.sort();
        let below = |name: &str| Path::new("outbox/test/bank/.staging").join(name);
        assert_eq!(found, [below("1"), below("2/a.jsonl")]);
    }

    #[test]
    fn a_folder_that_is_not_empty_any_longer_is_not_removed() {
        let home = tempfile::tempdir().unwrap();
        let act = home.path().join("outbox/test/bank/.staging/1");
        fs::create_dir_all(&act).unwrap();
        fs::write(act.join("a.jsonl"), b"booked").unwrap();
        remove(&act);
        assert_eq!(fs::read(act.join("a.jsonl")).unwrap(), b"booked");
        remove(&act.join("a.jsonl"));
        assert!(!act.exists());
        fs::create_dir_all(&act).unwrap();
        remove(&act);
        assert!(!home.path().join("outbox/test/bank/.staging").exists());
        assert!(home.path().join("outbox/test/bank").is_dir());
    }
}
