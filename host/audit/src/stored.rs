//! The log on disk: tiles for old entries, the write-ahead log for new ones. Reading needs no lock: a segment
//! that is removed while it is read stays readable, and its entries are then in tiles.

mod entries;

use std::path::Path;
use std::sync::Arc;

use bailiwick_tlog::{Frontier, Hash, subtrees};

use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::frame::{self, End, Framed};
use crate::names::{SEGMENTS, segment_path};
use crate::notes::published;
use crate::tiles::Tiles;

pub use entries::StoredEntries;

/// How often a reader tries again if the writer changes segments meanwhile.
const TRIES_MAX: usize = 5;

/// The first entry of each segment, in order.
pub(crate) fn segments(disk: &dyn Disk, folder: &Path) -> Result<Vec<u64>> {
    let wal = folder.join(SEGMENTS);
    let names = disk.list(&wal).map_err(Error::io("list", &wal))?;
    Ok(names.iter().filter_map(|name| u64::from_str_radix(name.strip_suffix(".wal")?, 16).ok()).collect())
}

/// The log on disk, as it was when it was opened. Copies share what was read: a copy costs next to nothing.
///
/// ```no_run
/// use std::path::Path;
///
/// use bailiwick_audit::{Stored, SystemDisk};
///
/// let stored = Stored::open(&SystemDisk, Path::new("./bailiwick/audit"))?;
/// println!("{} entries with the root {}", stored.size(), stored.root(stored.size())?);
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Stored<'a> {
    pub(crate) disk: &'a dyn Disk,
    pub(crate) folder: Arc<Path>,
    /// The first entry in the write-ahead log; the entries before it are in tiles.
    pub(crate) first: u64,
    pub(crate) segment: Arc<Vec<u8>>,
    pub(crate) frames: Arc<Vec<Framed>>,
    /// Bytes of whole frames.
    pub(crate) whole: usize,
    pub(crate) end: End,
}

impl<'a> Stored<'a> {
    /// Opens a log to read it, while a writer may be at work.
    ///
    /// # Errors
    /// [`Error::Log`] if there is no log; [`Error::Io`].
    pub fn open(disk: &'a dyn Disk, folder: &Path) -> Result<Self> {
        for _ in 0..TRIES_MAX {
            // A new segment is made only when all entries before it are durable in tiles.
            let Some(first) = segments(disk, folder)?.pop() else { break };
            let path = segment_path(folder, first);
            let segment = match disk.read(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                segment => segment.map_err(Error::io("read", &path))?,
            };
            let frame::Scan { frames, whole, end } = frame::scan(&segment, first);
            let (folder, segment, frames) = (folder.into(), Arc::new(segment), Arc::new(frames));
            return Ok(Self { disk, folder, first, segment, frames, whole, end });
        }
        Err(Error::Log(format!("{} holds no log", folder.display())))
    }

    /// Opens an exported log. It has no write-ahead log, and ends at its checkpoint.
    ///
    /// # Errors
    /// [`Error::Log`] if there is no log; [`Error::Io`].
    pub fn exported(disk: &'a dyn Disk, folder: &Path) -> Result<Self> {
        let Some((_, checkpoint)) = published(disk, folder, None)? else {
            return Err(Error::Log(format!("{} holds no checkpoint", folder.display())));
        };
        Ok(Self {
            disk,
            folder: folder.into(),
            first: checkpoint.size,
            segment: Arc::default(),
            frames: Arc::default(),
            whole: 0,
            end: End::Clean,
        })
    }

    /// How many entries.
    pub fn size(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    /// The tiles of the entries before the write-ahead log.
    pub(crate) fn tiles(&self) -> Tiles<'_> {
        Tiles { disk: self.disk, folder: &self.folder, size: self.first }
    }

    /// The right edge of the tree of the first `size` entries.
    pub(crate) fn frontier(&self, size: u64) -> Result<Frontier> {
        let base = size.min(self.first);
        let peaks = subtrees(0, base)
            .map(|(height, index)| self.tiles().subtree(height, index))
            .collect::<Result<Vec<_>>>()?;
        let mut frontier = Frontier::from_peaks(base, peaks)
            .ok_or_else(|| Error::Invariant("a tree of other subtrees than its size has".to_owned()))?;
        let new = self.frames.get(..(size - base) as usize).ok_or_else(|| {
            Error::Log(format!("the log has {} entries, {size} are asked for", self.size()))
        })?;
        new.iter().for_each(|frame| frontier.push(frame.leaf));
        Ok(frontier)
    }

    /// Moves a right edge on to the tree of the first `size` entries.
    pub(crate) fn advanced(&self, mut edge: Frontier, size: u64) -> Result<Frontier> {
        let new = edge.size().checked_sub(self.first).zip(size.checked_sub(self.first));
        match new.and_then(|(from, to)| self.frames.get(from as usize..to as usize)) {
            Some(new) => {
                new.iter().for_each(|frame| edge.push(frame.leaf));
                Ok(edge)
            }
            None => self.frontier(size),
        }
    }

    /// The root of the tree of the first `size` entries.
    ///
    /// # Errors
    /// [`Error::Log`] if the log has fewer entries; [`Error::Io`].
    pub fn root(&self, size: u64) -> Result<Hash> {
        Ok(self.frontier(size)?.root())
    }

    /// One entry.
    ///
    /// ```no_run
    /// use std::path::Path;
    ///
    /// use bailiwick_audit::{Recorded, Stored, SystemDisk};
    ///
    /// let stored = Stored::open(&SystemDisk, Path::new("./bailiwick/audit"))?;
    /// let first = Recorded::parse(0, &stored.entry(0)?)?;
    /// println!("a log of {} entries that begins at {}", stored.size(), first.at);
    /// # Ok::<(), bailiwick_audit::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoEntry`]; [`Error::Log`], [`Error::Io`].
    pub fn entry(&self, index: u64) -> Result<Vec<u8>> {
        if index < self.first {
            return self.tiles().entry(index);
        }
        let frame = self.frames.get((index - self.first) as usize);
        let frame = frame.ok_or(Error::NoEntry { index, size: self.size() })?;
        Ok(frame.entry(&self.segment).to_vec())
    }

    /// The entries from an index on, as they are stored. It is not checked that they have the signed root.
    ///
    /// ```no_run
    /// use std::path::Path;
    ///
    /// use bailiwick_audit::{Stored, SystemDisk};
    ///
    /// let stored = Stored::open(&SystemDisk, Path::new("./bailiwick/audit"))?;
    /// for entry in stored.entries(stored.size().saturating_sub(10)) {
    ///     let (index, json) = entry?;
    ///     println!("{index} {}", String::from_utf8_lossy(&json));
    /// }
    /// # Ok::<(), bailiwick_audit::Error>(())
    /// ```
    pub fn entries(&self, from: u64) -> StoredEntries<'a> {
        StoredEntries::of(self.clone(), from)
    }
}
