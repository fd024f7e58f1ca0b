//! Moving a file to a name that nothing has.

use std::fs;
use std::io;
use std::path::Path;

/// Moves a file to a name of the same file system, if nothing has that name: nothing is ever replaced, not even what
/// gets the name meanwhile.
///
/// # Errors
/// The system's; `AlreadyExists` if something has the name.
pub fn move_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match rename_to_new(from, to) {
        // A stop between the two steps of `link_to_new` left both names.
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
        // The file system or the kernel does not know it.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => link_to_new(from, to),
        moved => Ok(moved?),
    }
}

#[cfg(not(target_os = "linux"))]
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    link_to_new(from, to)
}

/// The same in two steps.
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
    fn what_has_the_name_is_never_replaced() {
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
