//! Opens files that must be regular. A pipe, a terminal, a socket or a device is refused without waiting for
//! it. The file is judged by its descriptor, so renaming files meanwhile has no effect.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// A regular file, open for reading. Every reader of it reads the same file from its beginning.
#[derive(Debug, Clone)]
pub struct Regular {
    file: Arc<File>,
    bytes: u64,
    times: Times,
}

/// When a file was last changed, as far as the system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    /// When its bytes changed. A program may set this time.
    modified: Option<SystemTime>,
    /// When its bytes, names, owner or permissions changed, in seconds and nanoseconds. Only the system sets this
    /// time.
    #[cfg(unix)]
    changed: (i64, i64),
}

impl Times {
    fn of(metadata: &Metadata) -> Self {
        Self {
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            changed: {
                use std::os::unix::fs::MetadataExt;
                (metadata.ctime(), metadata.ctime_nsec())
            },
        }
    }
}

impl Regular {
    /// Opens a regular file, also through a symbolic link.
    ///
    /// # Errors
    /// The system's error; `InvalidInput` if it is not a regular file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true);
        // Without this flag, opening a pipe without a writer would wait for ever.
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        }
        let file = options.open(path).map_err(|error| match path.metadata() {
            // A socket cannot be opened at all.
            Ok(metadata) if !metadata.is_file() => irregular(&metadata),
            _ => error,
        })?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(irregular(&metadata));
        }
        Ok(Self { bytes: metadata.len(), times: Times::of(&metadata), file: Arc::new(file) })
    }

    /// Its length when it was opened.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A reader from the beginning. It never reads beyond the length that the file had when it was opened.
    pub fn reader(&self) -> Reader {
        Reader { file: self.file.clone(), at: 0, end: self.bytes }
    }

    /// Whether the file still has the length, the time of modification and, on Unix, the time of change (`ctime`)
    /// that it was opened with. No program can set the last one back; renaming the file changes it too.
    ///
    /// # Errors
    /// The system's error.
    pub fn unchanged(&self) -> io::Result<bool> {
        let now = self.file.metadata()?;
        Ok(now.len() == self.bytes && Times::of(&now) == self.times)
    }
}

fn irregular(metadata: &Metadata) -> io::Error {
    let why = match metadata.is_dir() {
        true => "it is a folder; a regular file was expected",
        false => "it is a pipe, a socket or a device; a regular file was expected",
    };
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// Reads a [`Regular`] file from its beginning. Each reader has a position of its own.
#[derive(Debug)]
pub struct Reader {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for Reader {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let length = room.len().min(left);
        let read = read_at(&self.file, room.get_mut(..length).unwrap_or_default(), self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, room, at)
}

#[cfg(windows)]
fn read_at(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, room, at)
}

/// The whole of a regular file of `most` bytes at most.
///
/// # Errors
/// The system's error; `InvalidInput` if it is no regular file; `FileTooLarge` if it is longer.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = Regular::open(path)?;
    if file.bytes() > most {
        let why = format!("it has {} bytes; the most is {most}", file.bytes());
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(file.bytes()).unwrap_or_default());
    file.reader().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The same of a text in UTF-8.
///
/// # Errors
/// As [`read`]; `InvalidData` if it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn readers_of_one_file_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"abcdef").unwrap();
        let file = Regular::open(&path).unwrap();
        let (mut one, mut two) = (file.reader(), file.reader());
        let mut three = [0; 3];
        one.read_exact(&mut three).unwrap();
        let mut all = String::new();
        two.read_to_string(&mut all).unwrap();
        assert_eq!((&three, all.as_str()), (b"abc", "abcdef"));
    }

    #[test]
    fn a_growing_file_is_read_to_its_first_length_and_known_to_have_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"abc").unwrap();
        let file = Regular::open(&path).unwrap();
        assert!(file.unchanged().unwrap());
        fs::write(&path, b"abcdef").unwrap();
        let mut read = Vec::new();
        file.reader().read_to_end(&mut read).unwrap();
        assert_eq!((read.as_slice(), file.unchanged().unwrap()), (&b"abc"[..], false));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_whose_time_was_set_back_is_known_to_have_changed() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, b"abc").unwrap();
        let file = Regular::open(&path).unwrap();
        let before = fs::metadata(&path).unwrap();
        // Wait until the clock of the file system has moved on.
        loop {
            fs::write(&other, b"x").unwrap();
            let now = fs::metadata(&other).unwrap();
            if (now.ctime(), now.ctime_nsec()) > (before.ctime(), before.ctime_nsec()) {
                break;
            }
        }
        fs::write(&path, b"ABC").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(before.modified().unwrap()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before.modified().unwrap());
        assert!(!file.unchanged().unwrap());
    }

    #[test]
    fn a_bound_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"abc").unwrap();
        assert_eq!(read(&path, 3).unwrap(), b"abc");
        assert_eq!(read(&path, 2).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_not_regular_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        for path in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
            let error = read(path, 10).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{}: {error}", path.display());
        }
    }
}
