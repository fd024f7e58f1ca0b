//! A copy in a folder: another disk, a mounted share.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bailiwick_files::{self as files, Readers};

use super::failed;
use super::files::{Files, Named, Store, sink_of_files};
use crate::disk::{Disk, SystemDisk};
use crate::error::Result;

/// The most bytes of a file of a copy.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// The extension of a file until it is whole.
const UNFINISHED: &str = "new";

/// A copy in a folder.
#[derive(Debug)]
pub struct FolderSink {
    files: Files<Folder>,
}

impl FolderSink {
    /// A sink in this folder. If the folder does not exist, the first write makes it, private to its owner.
    /// Users who may read an existing folder may read the files in it.
    pub fn new(folder: &Path) -> Self {
        let address = format!("folder:{}", folder.display());
        Self { files: Files::new(Folder { folder: folder.to_owned(), address }) }
    }
}

sink_of_files!(FolderSink);

#[derive(Debug)]
struct Folder {
    folder: PathBuf,
    address: String,
}

impl Folder {
    fn failed(&self, what: &str, path: &Path, error: &io::Error) -> crate::Error {
        failed(&self.address, format!("cannot {what} {}: {error}", path.display()))
    }
}

impl Store for Folder {
    fn address(&self) -> &str {
        &self.address
    }

    /// Files are written under temporary names, flushed together, then renamed. So a file with its final name
    /// is whole, even after a crash.
    fn create(&mut self, files: &[Named]) -> Result<Vec<PathBuf>> {
        let readers = Readers::of(&self.folder);
        let mut there = Vec::new();
        let mut made = Vec::new();
        for (path, bytes) in files {
            let target = self.folder.join(path);
            if target.exists() {
                there.push(path.clone());
                continue;
            }
            let beside = target.with_extension(UNFINISHED);
            put(&beside, bytes, readers).map_err(|error| self.failed("write", &beside, &error))?;
            made.push((beside, target));
        }
        if made.is_empty() {
            return Ok(there);
        }
        let (beside, targets): (Vec<PathBuf>, Vec<PathBuf>) = made.iter().cloned().unzip();
        SystemDisk.flush(&beside).map_err(|error| self.failed("flush", &self.folder, &error))?;
        for (beside, target) in &made {
            fs::rename(beside, target).map_err(|error| self.failed("write", target, &error))?;
        }
        SystemDisk.flush(&targets).map_err(|error| self.failed("flush", &self.folder, &error))?;
        Ok(there)
    }

    fn get(&mut self, path: &Path) -> Result<Option<Vec<u8>>> {
        let path = self.folder.join(path);
        match files::read(&path, FILE_BYTES_MAX) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read", &path, &error)),
        }
    }

    fn names(&mut self, folder: &str, after: &str, most: usize) -> Result<Vec<String>> {
        let path = self.folder.join(folder);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed("list", &path, &error)),
        };
        let mut first = BTreeSet::new();
        for entry in entries {
            let name = entry.map_err(|error| self.failed("list", &path, &error))?.file_name();
            let name = name.to_string_lossy().into_owned();
            if name.as_str() > after && !name.ends_with(UNFINISHED) {
                first.insert(name);
            }
            if first.len() > most {
                first.pop_last();
            }
        }
        Ok(first.into_iter().collect())
    }

    fn replace(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(path);
        let readers = Readers::of(&self.folder);
        let above = path.parent().unwrap_or(&self.folder);
        files::make_folder_for(above, readers)
            .and_then(|()| files::replace_for(&path, bytes, readers))
            .map_err(|error| self.failed("write", &path, &error))
    }
}

/// Writes a whole file, with its folders.
fn put(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    if let Some(above) = path.parent() {
        files::make_folder_for(above, readers)?;
    }
    files::create_for(path, readers)?.write_all(bytes)
}
