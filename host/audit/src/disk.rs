//! The files of the log behind a trait, so that tests can use a disk that loses, tears and refuses writes.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bailiwick_files as files;

/// The operations of a file system that the log needs.
pub trait Disk: Send + Sync + Debug {
    /// Opens a file to append to, at its end; makes an empty one, durably, if there is none.
    ///
    /// # Errors
    /// The system's error.
    fn append(&self, path: &Path) -> io::Result<Box<dyn Appending>>;

    /// The whole of a file.
    ///
    /// # Errors
    /// The system's error; `NotFound` if there is no such file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Writes a whole file, with its folders. It is durable after [`Disk::flush`], not before.
    ///
    /// # Errors
    /// The system's error.
    fn put(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Replaces a file durably: after a crash the path has the whole old or the whole new file.
    ///
    /// # Errors
    /// The system's error.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Makes files durable that [`Disk::put`] wrote.
    ///
    /// # Errors
    /// The system's error.
    fn flush(&self, files: &[PathBuf]) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// The system's error.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// The names in a folder, in their order; none if there is no folder.
    ///
    /// # Errors
    /// The system's error.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;
}

/// A file that grows.
pub trait Appending: Send + Debug {
    /// Adds bytes at the end. They are durable after [`Appending::sync`], not before.
    ///
    /// # Errors
    /// The system's error. Some of the bytes may have been written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes every byte so far durable.
    ///
    /// # Errors
    /// The system's error. The content on disk is then unknown.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to its first bytes, durably.
    ///
    /// # Errors
    /// The system's error.
    fn cut(&mut self, length: u64) -> io::Result<()>;

    /// Whether this is the file at a path, and has this length in bytes.
    ///
    /// # Errors
    /// The system's error.
    fn is_at(&self, path: &Path, length: u64) -> io::Result<bool>;
}

/// The most bytes of a file that is read as a whole. The longest files are segments of the log and bundles of
/// entries.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// How many files are flushed at once.
const FLUSHES_AT_ONCE: usize = 8;

/// The files of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

impl Appending for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.sync_all()
    }

    fn is_at(&self, path: &Path, length: u64) -> io::Result<bool> {
        let own = self.metadata()?;
        Ok(own.len() == length && bailiwick_files::is_at(&own, path)?)
    }
}

impl Disk for SystemDisk {
    fn append(&self, path: &Path) -> io::Result<Box<dyn Appending>> {
        let made = !path.exists();
        if let Some(folder) = path.parent().filter(|_| made) {
            files::make_folder(folder)?;
        }
        let file = files::append(path)?;
        if made {
            file.sync_all()?;
            sync_folder(path)?;
        }
        Ok(Box::new(file))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        files::read(path, FILE_BYTES_MAX)
    }

    fn put(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = match files::create(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                files::make_folder(path.parent().unwrap_or(path))?;
                files::create(path)?
            }
            file => file?,
        };
        file.write_all(bytes)
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            files::make_folder(folder)?;
        }
        files::replace(path, bytes)
    }

    fn flush(&self, files: &[PathBuf]) -> io::Result<()> {
        // Several at once, so that the file system writes them together. Not the whole file system, which
        // other programs use.
        let share = files.len().div_ceil(FLUSHES_AT_ONCE).max(1);
        std::thread::scope(|scope| {
            let flushing: Vec<_> = files
                .chunks(share)
                .map(|files| scope.spawn(|| files.iter().try_for_each(|path| File::open(path)?.sync_all())))
                .collect();
            flushing.into_iter().try_for_each(|thread| {
                thread.join().unwrap_or_else(|_| Err(io::Error::other("a flush panicked")))
            })
        })?;
        let folders: BTreeSet<&Path> = files.iter().filter_map(|path| path.parent()).collect();
        folders.into_iter().try_for_each(|folder| File::open(folder)?.sync_all())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
