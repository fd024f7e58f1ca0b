//! The lock of a home, which one process holds at a time. The folder itself is locked.
//!
//! A file made for locking can be deleted while a process waits for it; the next process makes another file, and then
//! two processes hold a lock. A settings file is replaced by every editor that saves it. A folder with files in it
//! cannot be deleted, and after locking it the host sees if it was moved or replaced.
//!
//! Programs of the first release make a file `lock` and lock it instead. If the file exists, it is locked as well:
//! during an upgrade, old and new programs keep each other out.
//!
//! Linux and macOS lock folders on local file systems (`flock`). NFS does not; SQLite cannot be used there either. On
//! Windows a folder cannot be locked, but nobody can delete a file that is open without that permission: there the
//! file `lock` is locked.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::files;

/// How long to sleep before trying again.
const PAUSE: Duration = Duration::from_millis(20);

/// Held until it is dropped, or the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    // These are never read: the lock is held as long as they are open.
    #[allow(dead_code)]
    folder: File,
    #[allow(dead_code)]
    first_release: Option<File>,
}

/// Locks a folder, and waits at most so long for another process that has the lock; then there is none.
pub(super) fn take(folder: &Path, wait: Duration) -> io::Result<Option<Lock>> {
    let begun = Instant::now();
    loop {
        // Opened again each time, because another folder may be at the path now.
        let file = open(folder)?;
        let locked = file.try_lock().and_then(|()| first_release(folder));
        match locked {
            Ok(first_release) if files::is_at(&file.metadata()?, &place(folder))? => {
                return Ok(Some(Lock { folder: file, first_release }));
            }
            // It was moved between opening and locking.
            Ok(_) => {}
            Err(TryLockError::WouldBlock) if begun.elapsed() < wait => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => {
                let why =
                    format!("{error}; a home must be on a local file system, on which folders can be locked");
                return Err(io::Error::new(error.kind(), why));
            }
        }
    }
}

/// Locks the file that programs of the first release lock, if it is there.
#[cfg(unix)]
fn first_release(folder: &Path) -> Result<Option<File>, TryLockError> {
    let path = folder.join("lock");
    // A program of the first release could lock nothing but a regular file either.
    if !path.metadata().is_ok_and(|it| it.is_file()) {
        return Ok(None);
    }
    match files::append(&path) {
        Ok(file) => file.try_lock().map(|()| Some(file)),
        Err(error) => Err(TryLockError::Error(error)),
    }
}

/// On other systems the file `lock` is the lock itself.
#[cfg(not(unix))]
fn first_release(_: &Path) -> Result<Option<File>, TryLockError> {
    Ok(None)
}

#[cfg(unix)]
fn place(folder: &Path) -> std::path::PathBuf {
    folder.to_owned()
}

#[cfg(unix)]
fn open(folder: &Path) -> io::Result<File> {
    File::open(folder)
}

#[cfg(not(unix))]
fn place(folder: &Path) -> std::path::PathBuf {
    folder.join("lock")
}

#[cfg(windows)]
fn open(folder: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    /// Other processes may read and write the file, but not delete it.
    const SHARE_READ_AND_WRITE: u32 = 3;
    let mut options = File::options();
    options.create(true).truncate(false).write(true).share_mode(SHARE_READ_AND_WRITE);
    options.open(place(folder))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path(), Duration::ZERO).unwrap();
        assert!(first.is_some());
        assert!(take(folder.path(), Duration::ZERO).unwrap().is_none());
        drop(first);
        assert!(take(folder.path(), Duration::ZERO).unwrap().is_some());
    }

    /// A program of the first release knows nothing of the folder.
    #[cfg(unix)]
    #[test]
    fn a_program_of_the_first_release_is_kept_out_and_keeps_out() {
        let folder = tempfile::tempdir().unwrap();
        let first_release = File::create(folder.path().join("lock")).unwrap();
        first_release.lock().unwrap();
        assert!(take(folder.path(), Duration::ZERO).unwrap().is_none());
        first_release.unlock().unwrap();
        let lock = take(folder.path(), Duration::ZERO).unwrap().unwrap();
        assert!(matches!(first_release.try_lock(), Err(TryLockError::WouldBlock)));
        drop(lock);
        first_release.try_lock().unwrap();
    }

    /// A process that waits for a folder gets the folder that is put in its place.
    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_replaced_while_somebody_waits_is_not_the_one_that_is_locked() {
        let outside = tempfile::tempdir().unwrap();
        let (home, away) = (outside.path().join("home"), outside.path().join("away"));
        fs::create_dir(&home).unwrap();
        let held = take(&home, Duration::ZERO).unwrap().unwrap();
        std::thread::scope(|scope| {
            let (say, waiting) = channel();
            let place = &home;
            let waits = scope.spawn(move || {
                say.send(()).unwrap();
                take(place, Duration::from_secs(600)).unwrap().unwrap()
            });
            waiting.recv().unwrap();
            fs::rename(&home, &away).unwrap();
            fs::create_dir(&home).unwrap();
            // The first is never let go.
            let lock = waits.join().unwrap();
            assert!(files::is_at(&lock.folder.metadata().unwrap(), &home).unwrap());
            assert!(take(&home, Duration::ZERO).unwrap().is_none());
        });
        assert!(files::is_at(&held.folder.metadata().unwrap(), &away).unwrap());
    }

    #[test]
    fn what_is_not_there_cannot_be_locked() {
        let folder = tempfile::tempdir().unwrap();
        assert!(take(&folder.path().join("none"), Duration::ZERO).is_err());
    }
}
