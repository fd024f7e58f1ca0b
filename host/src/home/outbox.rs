//! The outbox: what was booked is moved into place. An answer that cannot be moved is held back, recorded in the
//! book, and tried again with every write; it keeps nobody else from writing.
//!
//! An answer is written beside its place and under its own name, so that making it shows that the file system
//! takes the name there; what is left is one rename within a folder.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::layout::{OUTBOX, STAGING};
use super::{Host, Writing};
use crate::error::{Error, Result};
use crate::files::{self, Readers};

/// Where answers are written, beside the place of each.
pub(crate) const BESIDE: &str = ".staging";

const HELD_BACK: &str = "CREATE TABLE IF NOT EXISTS held_back (
    answer INTEGER PRIMARY KEY REFERENCES answer,
    why    TEXT NOT NULL
) STRICT";

/// An answer that is booked and not in its place yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HeldBack {
    /// Where it belongs, below the home.
    pub path: String,
    /// Where it waits, below the home.
    pub staged: String,
    /// Why it could not be moved.
    pub why: String,
}

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
        connection: &Connection,
        answers: impl Iterator<Item = (&'a Path, &'a Path)>,
    ) -> Vec<HeldBack> {
        let mut held = Vec::new();
        for (staged, path) in answers {
            if let Err(why) = self.move_into_place(staged, path) {
                let shown = |path: &Path| path.to_string_lossy().into_owned();
                let answer = HeldBack { path: shown(path), staged: shown(staged), why };
                // If it cannot be recorded now, the next write finds it as it is.
                let _ = record(connection, &answer);
                held.push(answer);
            }
            forget_folder(&self.home().join(staged));
        }
        held
    }

    fn move_into_place(&self, staged: &Path, path: &Path) -> std::result::Result<(), String> {
        let (from, to) = (self.home().join(staged), self.home().join(path));
        let folder = to.parent().unwrap_or(&to);
        let moved = || -> std::io::Result<()> {
            files::make_folder_for(folder, Readers::of(&self.home().join(OUTBOX)))?;
            fs::rename(&from, &to)?;
            fs::File::open(folder)?.sync_all()
        };
        free(&to)?;
        moved().map_err(|error| error.to_string())
    }
}

/// Whether nothing is at a path; the error says what to do.
fn free(path: &Path) -> std::result::Result<(), String> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.to_string()),
        Ok(_) => Err("something of that name is there already; move it away".to_owned()),
    }
}

#[cfg(unix)]
fn one_file_system(one: &Path, other: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(one.metadata()?.dev() == other.metadata()?.dev())
}

#[cfg(not(unix))]
fn one_file_system(one: &Path, other: &Path) -> std::io::Result<bool> {
    one.metadata().and_then(|_| other.metadata()).map(|_| true)
}

/// Removes the folder of a staged file if that was its last, and the one around it.
fn forget_folder(staged: &Path) {
    // A folder that is not empty stays.
    let _ = staged.ancestors().skip(1).take(2).try_for_each(fs::remove_dir);
}

fn record(connection: &Connection, answer: &HeldBack) -> Result<()> {
    connection.execute(HELD_BACK, [])?;
    connection.execute(
        "INSERT INTO held_back SELECT id, ?2 FROM answer WHERE path = ?1
         ON CONFLICT (answer) DO UPDATE SET why = excluded.why",
        params![answer.path, answer.why],
    )?;
    Ok(())
}

/// The answers that are held back.
///
/// # Errors
/// [`Error::Book`].
pub(super) fn held_back(connection: &Connection) -> Result<Vec<HeldBack>> {
    let known = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE name = 'held_back'", [], |_| Ok(()))
        .optional()?;
    if known.is_none() {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(
        "SELECT a.path, a.staged, h.why FROM held_back h JOIN answer a ON a.id = h.answer ORDER BY a.id",
    )?;
    let rows = statement
        .query_map([], |row| Ok(HeldBack { path: row.get(0)?, staged: row.get(1)?, why: row.get(2)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What was staged before a crash or was held back: what is booked is moved into place, the rest goes.
pub(super) fn recover(host: &Host, writing: &Writing) -> Result<()> {
    let connection = &writing.book.connection;
    for staged in left(host.home()) {
        let path: Option<String> = connection
            .prepare_cached("SELECT path FROM answer WHERE staged = ?1")?
            .query_row([staged.to_string_lossy()], |row| row.get(0))
            .optional()?;
        match path.map(PathBuf::from) {
            Some(path) => drop(host.place(connection, std::iter::once((&*staged, &*path)))),
            None => remove(&host.home().join(&staged)),
        }
    }
    settle(host, connection)
}

/// Forgets what is in place now, and says of what is gone that it is.
fn settle(host: &Host, connection: &Connection) -> Result<()> {
    for mut answer in held_back(connection)? {
        if host.home().join(&answer.staged).symlink_metadata().is_ok() {
            continue;
        }
        if host.home().join(&answer.path).is_file() {
            let sql = "DELETE FROM held_back WHERE answer = (SELECT id FROM answer WHERE path = ?1)";
            connection.execute(sql, [&answer.path])?;
        } else {
            answer.why = "it is neither where it waited nor in its place".to_owned();
            record(connection, &answer)?;
        }
    }
    Ok(())
}

/// What is not booked goes. If it cannot be removed now, it is tried again with the next write.
fn remove(staged: &Path) {
    let _ = match staged.symlink_metadata().is_ok_and(|it| it.is_dir()) {
        true => fs::remove_dir_all(staged),
        false => fs::remove_file(staged),
    };
    forget_folder(staged);
}

/// Everything that is staged, below the home: beside its place, or where earlier releases staged it. A folder
/// that cannot be read keeps nobody from writing: what is held back in it is in the book.
fn left(home: &Path) -> Vec<PathBuf> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(home.join(folder)) else { return Vec::new() };
        entries.flatten().map(|entry| folder.join(entry.file_name())).collect()
    };
    let sides = below(Path::new(OUTBOX)).into_iter().flat_map(|engagement| below(&engagement));
    let staging = sides.map(|side| side.join(BESIDE)).chain([PathBuf::from(STAGING)]);
    let acts = staging.flat_map(|staging| below(&staging));
    acts.flat_map(|act| match below(&act) {
        // Begun, and nothing was written yet.
        files if files.is_empty() => vec![act],
        files => files,
    })
    .collect()
}
