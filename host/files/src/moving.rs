//! Moves a file to a new name without replacing another file.

use std::fs;
use std::io;
use std::path::Path;

/// Moves a file to a name in the same file system, if the name is free. It never replaces a file, not even one that
/// gets the name meanwhile.
///
/// # Errors
/// The system's error; `AlreadyExists` if the name is taken.
pub fn move_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match rename_to_new(from, to) {
        // If `link_to_new` stopped between its two steps, the file has both names.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_one_file(from, to)? => {
            fs::remove_file(from)
        }
        moved => moved,
    }
}

#[cfg(target_os = "linux")]
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // The file system or the kernel does not support it.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => link_to_new(from, to),
        moved => Ok(moved?),
    }
}

#[cfg(not(target_os = "linux"))]
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    link_to_new(from, to)
}

/// The same in two steps, for systems without an atomic way.
fn link_to_new(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)?;
    fs::remove_file(from)
}

#[cfg(unix)]
fn is_one_file(one: &Path, other: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (one, other) = (one.symlink_metadata()?, other.symlink_metadata()?);
    Ok(one.is_file() && (one.dev(), one.ino()) == (other.dev(), other.ino()))
}

#[cfg(not(unix))]
fn is_one_file(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_the_new_name_is_never_replaced() {
        for mover in [move_to_new, link_to_new] {
            let folder = tempfile::tempdir().unwrap();
            let (from, to) = (folder.path().join("a"), folder.path().join("b"));
            fs::write(&from, b"answer").unwrap();
            fs::write(&to, b"of others").unwrap();
            assert_eq!(mover(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&to).unwrap(), b"of others");
            fs::remove_file(&to).unwrap();
            fs::create_dir(&to).unwrap();
            assert_eq!(mover(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            fs::remove_dir(&to).unwrap();
            mover(&from, &to).unwrap();
            assert_eq!((fs::read(&to).unwrap().as_slice(), from.exists()), (&b"answer"[..], false));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_move_that_stopped_halfway_is_ended_and_a_link_is_no_such_move() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&from, b"answer").unwrap();
        std::os::unix::fs::symlink(&from, &to).unwrap();
        move_to_new(&from, &to).unwrap_err();
        fs::remove_file(&to).unwrap();
        fs::hard_link(&from, &to).unwrap();
        move_to_new(&from, &to).unwrap();
        assert_eq!((fs::read(&to).unwrap().as_slice(), from.exists()), (&b"answer"[..], false));
    }
}
