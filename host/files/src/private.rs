//! Makes files and folders, under any umask, that only their owner may write. Only the owner may read them,
//! and the users with whom a folder is shared.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The owner's permissions of a folder.
#[cfg(unix)]
const FOLDER_MODE: u32 = 0o700;
/// The owner's permissions of a file.
#[cfg(unix)]
const FILE_MODE: u32 = 0o600;
/// The readers' permissions of a folder: list and pass.
#[cfg(unix)]
const FOLDER_READERS: u32 = 0o055;
/// The readers' permissions of a file.
#[cfg(unix)]
const FILE_READERS: u32 = 0o044;
/// The set-group-ID bit: files made in a folder with it get the folder's group.
#[cfg(unix)]
const KEEPS_GROUP: u32 = 0o2000;

/// Who may read new files, beside their owner. The default is nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Readers {
    mode: u32,
    /// The group of new files; if `None`, the system decides.
    group: Option<u32>,
}

impl Readers {
    /// Nobody.
    pub const NOBODY: Self = Self { mode: 0, group: None };

    /// The readers of a shared folder; nobody if the folder does not exist. If the folder gives its group to new
    /// files, the readers are that group.
    pub fn of(folder: &Path) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            fs::metadata(folder).map_or(Self::NOBODY, |it| Self {
                mode: it.mode() & FOLDER_READERS,
                group: Some(it.gid())
                    .filter(|_| it.mode() & KEEPS_GROUP != 0 && it.mode() & FOLDER_READERS != 0),
            })
        }
        #[cfg(not(unix))]
        {
            let _ = folder;
            Self::NOBODY
        }
    }
}

/// Makes a folder and its missing parents, durably. Existing folders stay unchanged.
///
/// # Errors
/// The system's error.
pub fn make_folder(path: &Path) -> io::Result<()> {
    make_folder_for(path, Readers::NOBODY)
}

/// The same for readers.
///
/// # Errors
/// The system's error.
pub fn make_folder_for(path: &Path, readers: Readers) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        make_folder_for(above, readers)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, FOLDER_MODE);
    match builder.create(path) {
        // Another process has made it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => return Ok(()),
        made => made?,
    }
    match path.parent().map_or(Ok(()), sync_folder) {
        // A folder that this user may write but not read cannot be synced.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
        synced => synced?,
    }
    #[cfg(unix)]
    if readers != Readers::NOBODY {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
        let made = fs::metadata(path)?;
        let mut keeps = made.mode() & KEEPS_GROUP;
        if let Some(group) = readers.group {
            keeps = KEEPS_GROUP;
            if made.gid() != group {
                chown(path, None, Some(group))?;
            }
        }
        fs::set_permissions(path, fs::Permissions::from_mode(keeps | FOLDER_MODE | readers.mode))?;
    }
    Ok(())
}

/// Makes an empty file, or empties an existing one, and makes it private.
///
/// # Errors
/// The system's error.
pub fn create(path: &Path) -> io::Result<File> {
    create_for(path, Readers::NOBODY)
}

/// The same for readers.
///
/// # Errors
/// The system's error.
pub fn create_for(path: &Path, readers: Readers) -> io::Result<File> {
    // The file is emptied only after it was made private. If that fails, its content stays.
    let file = open(path, OpenOptions::new().write(true).create(true).truncate(false), readers)?;
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    Ok(file)
}

/// Opens a file to append, and makes it if it does not exist.
///
/// # Errors
/// The system's error.
pub fn append(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().append(true).create(true), Readers::NOBODY)
}

fn open(path: &Path, options: &mut OpenOptions, readers: Readers) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
        // A pipe without a reader is an error; opening it must not wait.
        options.mode(FILE_MODE).custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            // A terminal or pipe that a user named for output keeps its permissions.
            let flags = rustix::fs::fcntl_getfl(&file)? - rustix::fs::OFlags::NONBLOCK;
            rustix::fs::fcntl_setfl(&file, flags)?;
            return Ok(file);
        }
        if let Some(group) = readers.group.filter(|group| *group != metadata.gid()) {
            fchown(&file, None, Some(group))?;
        }
        // The mode counts only for a new file; an existing one may be readable by others.
        let mode = FILE_MODE | readers.mode & FILE_READERS;
        if metadata.permissions().mode() & 0o777 != mode {
            file.set_permissions(fs::Permissions::from_mode(mode))?;
        }
        Ok(file)
    }
    #[cfg(not(unix))]
    {
        let _ = readers;
        options.open(path)
    }
}

/// Makes the empty file of a database if it does not exist, because SQLite gives its journals the mode of the
/// file. An existing file is not opened, since closing it would drop the locks of other connections.
///
/// # Errors
/// The system's error.
pub fn make_database(path: &Path) -> io::Result<()> {
    match open(path, OpenOptions::new().write(true).create_new(true), Readers::NOBODY) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// Writes a whole file. It is not synced, so it may be lost in a crash.
///
/// # Errors
/// The system's error.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}

/// Replaces a file durably: after a crash the path has the whole old or the whole new file.
///
/// # Errors
/// The system's error.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_for(path, bytes, Readers::NOBODY)
}

/// The same for readers.
///
/// # Errors
/// The system's error.
pub fn replace_for(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = create_for(&beside, readers)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable.
///
/// # Errors
/// The system's error.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let here = folder.as_os_str().is_empty();
        File::open(if here { Path::new(".") } else { folder })?.sync_all()
    }
    #[cfg(not(unix))]
    {
        // Folders cannot be opened on this system.
        let _ = folder;
        Ok(())
    }
}

/// Makes a new file that others may read, as far as the umask allows. Only the owner may write.
///
/// # Errors
/// The system's error.
pub fn create_public(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, FILE_MODE | FILE_READERS);
    options.open(path)
}

/// Copies the bytes of a regular file, but not its permissions.
///
/// # Errors
/// The system's error.
pub fn copy(from: &Path, to: &Path) -> io::Result<u64> {
    io::copy(&mut super::Regular::open(from)?.reader(), &mut create(to)?)
}

/// Whether an open file or folder is the one at a path: nobody has moved or replaced it.
///
/// # Errors
/// The system's error. A missing path is no error.
pub fn is_at(open: &fs::Metadata, path: &Path) -> io::Result<bool> {
    let there = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        there => there?,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
    }
    #[cfg(not(unix))]
    {
        // On this system an open file cannot be renamed, and a folder cannot be opened.
        Ok(open.len() == there.len() && open.created().ok() == there.created().ok())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn new_files_and_folders_are_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, file) = (folder.path().join("a/b"), folder.path().join("a/b/c"));
        make_folder(&inner).unwrap();
        replace(&file, b"x").unwrap();
        let database = inner.join("d");
        make_database(&database).unwrap();
        assert_eq!((mode(&folder.path().join("a")), mode(&inner), mode(&file)), (0o700, 0o700, 0o600));
        assert_eq!(mode(&database), 0o600);
    }

    #[test]
    fn a_file_open_to_others_becomes_private_when_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"old and longer").unwrap();
        set(&path, 0o666);
        write(&path, b"new").unwrap();
        assert_eq!((mode(&path), fs::read(&path).unwrap()), (0o600, b"new".to_vec()));
    }

    #[test]
    fn a_database_that_is_there_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"rows").unwrap();
        make_database(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"rows");
    }

    #[test]
    fn a_copy_has_no_permissions_of_its_original() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&from, b"x").unwrap();
        set(&from, 0o666);
        assert_eq!(copy(&from, &to).unwrap(), 1);
        assert_eq!(mode(&to), 0o600);
    }

    #[test]
    fn readers_of_a_shared_folder_may_read_new_files_and_not_write_them() {
        let folder = tempfile::tempdir().unwrap();
        set(folder.path(), 0o2770);
        let readers = Readers::of(folder.path());
        let (inner, file) = (folder.path().join("a/b"), folder.path().join("a/b/c"));
        make_folder_for(&inner, readers).unwrap();
        replace_for(&file, b"x", readers).unwrap();
        assert_eq!((mode(&folder.path().join("a")), mode(&inner), mode(&file)), (0o750, 0o750, 0o640));
    }

    #[test]
    fn a_pipe_that_nobody_reads_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        write(&pipe, b"x").unwrap_err();
        append(&pipe).unwrap_err();
    }

    #[test]
    fn a_public_file_replaces_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        create_public(&path).unwrap();
        assert_eq!(mode(&path) & 0o133, 0);
        assert_eq!(create_public(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
