//! Making files and folders that nobody but their owner may read or write, whatever the umask says.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Who may do what with a private folder.
#[cfg(unix)]
const FOLDER_MODE: u32 = 0o700;
/// Who may do what with a private file.
#[cfg(unix)]
const FILE_MODE: u32 = 0o600;
/// The bits that let the group or everybody write.
#[cfg(unix)]
const OTHERS_WRITE: u32 = 0o022;

/// Makes a folder and those above it that are not there. What is there already is left as it is.
///
/// # Errors
/// The system's.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, FOLDER_MODE);
    builder.create(path)
}

/// Makes an empty file, or empties the one that is there, and takes it from others.
///
/// # Errors
/// The system's.
pub fn create(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().write(true).create(true).truncate(true))
}

/// Opens a file to add to its end, and makes it if it is not there.
///
/// # Errors
/// The system's.
pub fn append(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().append(true).create(true))
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, FILE_MODE);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The mode counts only for a file that is made; one that was there may be open to others.
        let metadata = file.metadata()?;
        if metadata.is_file() && metadata.permissions().mode() & 0o777 != FILE_MODE {
            file.set_permissions(fs::Permissions::from_mode(FILE_MODE))?;
        }
    }
    Ok(file)
}

/// Writes a whole file. It is durable when the system says so, not before.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}

/// Replaces a file durably: after a crash there is the old or the new one, whole.
///
/// # Errors
/// The system's.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Copies the bytes of a regular file, and nothing of its permissions.
///
/// # Errors
/// The system's.
pub fn copy(from: &Path, to: &Path) -> io::Result<u64> {
    io::copy(&mut super::Regular::open(from)?.reader(), &mut create(to)?)
}

/// Whether the group or everybody may write to a file or into a folder.
///
/// # Errors
/// The system's.
pub fn others_can_write(path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        Ok(fs::metadata(path)?.permissions().mode() & OTHERS_WRITE != 0)
    }
    #[cfg(not(unix))]
    {
        fs::metadata(path).map(|_| false)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, file) = (folder.path().join("a/b"), folder.path().join("a/b/c"));
        make_folder(&inner).unwrap();
        replace(&file, b"x").unwrap();
        assert_eq!((mode(&folder.path().join("a")), mode(&inner), mode(&file)), (0o700, 0o700, 0o600));
    }

    #[test]
    fn what_was_open_to_others_is_taken_from_them_when_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(others_can_write(&path).unwrap());
        write(&path, b"new").unwrap();
        assert_eq!((mode(&path), others_can_write(&path).unwrap()), (0o600, false));
    }

    #[test]
    fn a_copy_has_no_permissions_of_its_original() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&from, b"x").unwrap();
        fs::set_permissions(&from, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(copy(&from, &to).unwrap(), 1);
        assert_eq!(mode(&to), 0o600);
    }
}
