//! A disk in memory that fails like real ones: short writes, errors, and power cuts that lose unflushed
//! sectors.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use bailiwick_host::audit::{Appending, Disk};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The bytes that a disk writes at once.
const SECTOR_BYTES: usize = 512;

/// The ways in which an operation can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskFault {
    /// The disk is full: a part of the bytes is written.
    Full,
    /// An input/output error; unflushed bytes may be lost.
    Broken,
    /// The power fails: this and every later operation fails.
    PowerCut,
}

#[derive(Debug, Clone, Default)]
struct Bytes {
    /// The bytes that surely survive a power cut; none while the file itself may vanish.
    flushed: Option<Vec<u8>>,
    live: Vec<u8>,
}

#[derive(Debug)]
struct Inside {
    files: BTreeMap<PathBuf, Bytes>,
    random: StdRng,
    /// Operations until the fault.
    until: Option<(u64, DiskFault)>,
    dead: bool,
}

/// The disk. Clones share it.
#[derive(Debug, Clone)]
pub struct TornDisk(Arc<Mutex<Inside>>);

fn error(fault: DiskFault) -> io::Error {
    match fault {
        DiskFault::Full => io::Error::from(io::ErrorKind::StorageFull),
        DiskFault::Broken | DiskFault::PowerCut => io::Error::other("the disk failed"),
    }
}

/// The bytes found after a power cut, if the first `flushed` bytes were flushed: any length, and each later
/// sector either as written or zeros. Rewritten sectors are found in any mix of old and new.
fn torn(flushed: &[u8], live: &[u8], random: &mut StdRng) -> Vec<u8> {
    let kept = if live.starts_with(flushed) { flushed.len() } else { 0 };
    let length = random.random_range(kept..=live.len().max(kept));
    let mut found = flushed.to_vec();
    found.resize(length, 0);
    for at in (0..length).step_by(SECTOR_BYTES) {
        let (from, end) = (at.max(kept), (at + SECTOR_BYTES).min(length));
        if from < end && random.random_bool(0.5) {
            found[from..end].copy_from_slice(&live[from..end]);
        }
    }
    found
}

impl TornDisk {
    /// An empty disk. Every failure follows from the seed.
    pub fn new(seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed);
        Self(Arc::new(Mutex::new(Inside { files: BTreeMap::new(), random, until: None, dead: false })))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().expect("the disk")
    }

    /// Lets the operation after `operations` further ones fail.
    pub fn fail_after(&self, operations: u64, fault: DiskFault) {
        self.inside().until = Some((operations, fault));
    }

    /// The power comes back: flushed bytes are found, and of the rest any sectors.
    pub fn restart(&self) {
        let Inside { files, random, until, dead } = &mut *self.inside();
        (*until, *dead) = (None, false);
        files.retain(|_, file| {
            let Some(flushed) = &file.flushed else {
                // The file was never flushed: it may be gone, empty, or have any of its sectors.
                if random.random_bool(0.5) {
                    return false;
                }
                file.live = torn(&[], &file.live, random);
                file.flushed = Some(file.live.clone());
                return true;
            };
            file.live = torn(flushed, &file.live, random);
            file.flushed = Some(file.live.clone());
            true
        });
    }

    /// Changes a byte of a file, like rot or a forger.
    pub fn flip(&self, path: &Path, at: usize, bits: u8) {
        let mut inside = self.inside();
        let file = inside.files.get_mut(path).expect("a file");
        file.live[at] ^= bits;
        file.flushed = Some(file.live.clone());
    }

    /// The files and their lengths.
    pub fn files(&self) -> Vec<(PathBuf, usize)> {
        self.inside().files.iter().map(|(path, file)| (path.clone(), file.live.len())).collect()
    }

    /// A disk with the same files and failures of its own.
    pub fn copy(&self) -> Self {
        let inside = self.inside();
        let (files, random) = (inside.files.clone(), inside.random.clone());
        Self(Arc::new(Mutex::new(Inside { files, random, until: None, dead: false })))
    }
}

impl Inside {
    /// Counts an operation, and lets it fail if it is the chosen one.
    fn operation(&mut self) -> Result<(), DiskFault> {
        if self.dead {
            return Err(DiskFault::PowerCut);
        }
        match &mut self.until {
            Some((0, fault)) => {
                let fault = *fault;
                self.until = None;
                self.dead = fault == DiskFault::PowerCut;
                Err(fault)
            }
            Some((left, _)) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn write(&mut self, path: &Path, bytes: &[u8], fresh: bool) -> io::Result<()> {
        let verdict = self.operation();
        let taken = match verdict {
            Ok(()) => bytes.len(),
            Err(_) => self.random.random_range(0..=bytes.len()),
        };
        let file = self.files.entry(path.to_owned()).or_default();
        if fresh {
            file.live.clear();
        }
        file.live.extend_from_slice(&bytes[..taken]);
        verdict.map_err(error)
    }
}

#[derive(Debug)]
struct Grown {
    disk: TornDisk,
    path: PathBuf,
}

impl Appending for Grown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.inside().write(&self.path, bytes, false)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut inside = self.disk.inside();
        inside.operation().map_err(error)?;
        let file = inside.files.get_mut(&self.path).ok_or(io::ErrorKind::NotFound)?;
        file.flushed = Some(file.live.clone());
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let mut inside = self.disk.inside();
        inside.operation().map_err(error)?;
        let file = inside.files.get_mut(&self.path).ok_or(io::ErrorKind::NotFound)?;
        file.live.truncate(length as usize);
        file.flushed = Some(file.live.clone());
        Ok(())
    }

    fn is_at(&self, path: &Path, length: u64) -> io::Result<bool> {
        let inside = self.disk.inside();
        if inside.dead {
            return Err(error(DiskFault::PowerCut));
        }
        let there = inside.files.get(path).map(|file| file.live.len() as u64);
        Ok(self.path == path && there == Some(length))
    }
}

impl Disk for TornDisk {
    fn append(&self, path: &Path) -> io::Result<Box<dyn Appending>> {
        let mut inside = self.inside();
        inside.operation().map_err(error)?;
        inside.files.entry(path.to_owned()).or_insert(Bytes { flushed: Some(Vec::new()), live: Vec::new() });
        Ok(Box::new(Grown { disk: self.clone(), path: path.to_owned() }))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let inside = self.inside();
        if inside.dead {
            return Err(error(DiskFault::PowerCut));
        }
        let file = inside.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(file.live.clone())
    }

    fn put(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.inside().write(path, bytes, true)
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut inside = self.inside();
        inside.operation().map_err(error)?;
        let bytes = bytes.to_vec();
        inside.files.insert(path.to_owned(), Bytes { flushed: Some(bytes.clone()), live: bytes });
        Ok(())
    }

    fn flush(&self, files: &[PathBuf]) -> io::Result<()> {
        let mut inside = self.inside();
        inside.operation().map_err(error)?;
        for path in files {
            let file = inside.files.get_mut(path).ok_or(io::ErrorKind::NotFound)?;
            file.flushed = Some(file.live.clone());
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut inside = self.inside();
        inside.operation().map_err(error)?;
        inside.files.remove(path).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let inside = self.inside();
        if inside.dead {
            return Err(error(DiskFault::PowerCut));
        }
        let mut names: Vec<String> = inside
            .files
            .keys()
            .filter_map(|path| {
                Some(path.strip_prefix(folder).ok()?.iter().next()?.to_string_lossy().into_owned())
            })
            .collect();
        names.dedup();
        Ok(names)
    }
}
