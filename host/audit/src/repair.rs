//! Repairs a damaged log from a copy. A copy whose root the log has signed is as good as the log was: parts
//! of the log that differ from it are replaced, and everything else stays. Nothing is moved into place before
//! all entries together have the signed roots.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bailiwick_files as files;
use bailiwick_tlog::{Entries, Frontier, Hash, TILE_WIDTH, Tile, TileBuilder, leaf_hash, put_entry};
use serde::Serialize;

use crate::broken::Broken;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::frame::{self, HEADER_BYTES, Salvaged};
use crate::names::{CHECKPOINT, SEGMENTS, segment_path};
use crate::notes::read_note;
use crate::sink::{Expecting, Sink, check_copy};
use crate::stored::segments;
use crate::tiles::Tiles;
use crate::verify::beginning;

/// The folder, below the log, of new files until all of them are checked.
const STAGING: &str = ".repair";

/// The result of a repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Repaired {
    /// The copy's address, without secrets.
    pub from: String,
    /// The first and the last damaged entry; none if no entry was damaged.
    pub entries: Option<(u64, u64)>,
    /// Entries of the write-ahead log that were restored.
    pub restored: u64,
    /// Tiles and bundles that were restored, below the log.
    pub files: Vec<PathBuf>,
    /// The damaged segment as it was found, below the log.
    pub damaged: Option<PathBuf>,
    /// Entries of the log after the repair.
    pub size: u64,
}

/// Repairs the log in a folder. The caller must hold the home's lock.
///
/// # Errors
/// [`Error::Sink`], [`Error::SinkForked`], [`Error::Log`]: then nothing was changed.
pub fn repair(
    disk: &dyn Disk,
    folder: &Path,
    sink: &mut dyn Sink,
    expecting: &Expecting<'_>,
) -> Result<Repaired> {
    let staging = folder.join(STAGING);
    clear(&staging)?;
    let report = attempt(disk, folder, &staging, sink, expecting);
    clear(&staging)?;
    report
}

fn attempt(
    disk: &dyn Disk,
    folder: &Path,
    staging: &Path,
    sink: &mut dyn Sink,
    expecting: &Expecting<'_>,
) -> Result<Repaired> {
    let found = segments(disk, folder)?.pop();
    let old = match found {
        Some(first) => {
            let path = segment_path(folder, first);
            disk.read(&path).map_err(Error::io("read", &path))?
        }
        None => Vec::new(),
    };
    let copied = sink.size()?;
    let signed = expecting.heads.iter().map(|(size, ..)| *size).max().unwrap_or(0);
    let published = read_note(disk, &folder.join(CHECKPOINT))?
        .and_then(|note| expecting.signed(&note).ok())
        .map_or(0, |checkpoint| checkpoint.size);
    let first = found.unwrap_or(signed.max(copied));
    let mut work = Work {
        disk,
        folder,
        first,
        published,
        salvaged: frame::salvage(&old, first),
        next: 0,
        old: &old,
        segment: Vec::new(),
        acknowledged: first,
        frontier: Frontier::default(),
        builder: TileBuilder::default(),
        bundle: Vec::new(),
        report: Repaired {
            from: sink.address().to_owned(),
            entries: None,
            restored: 0,
            files: Vec::new(),
            damaged: None,
            size: 0,
        },
    };
    check_copy(sink, expecting, |copied| work.push(copied.leaf, &copied.entry, true))?;
    work.own(expecting, copied, signed)?;
    let rest = work.rest()?;
    work.segment.extend_from_slice(rest);
    let Work { segment, mut report, frontier, .. } = work;
    report.size = frontier.size();
    install(folder, staging, &report.files)?;
    if segment != old || found.is_none() {
        let path = segment_path(folder, first);
        let wal = folder.join(SEGMENTS);
        files::make_folder(&wal).map_err(Error::io("make", &wal))?;
        if found.is_some() {
            let beside = beside(&path);
            disk.replace(&beside, &old).map_err(Error::io("write", &beside))?;
            report.damaged = beside.strip_prefix(folder).ok().map(Path::to_owned);
        }
        disk.replace(&path, &segment).map_err(Error::io("write", &path))?;
        // Every entry may be whole, and only bytes between them, or the segment itself, were damaged.
        let last = report.size.saturating_sub(1);
        report.entries.get_or_insert((first.min(last), last));
    }
    Ok(report)
}

/// The path where a damaged segment is kept. Segments of earlier repairs are kept too.
fn beside(path: &Path) -> PathBuf {
    let first = path.with_extension("damaged");
    let more = (2_u32..).map(|number| path.with_extension(format!("damaged.{number}")));
    std::iter::once(first.clone()).chain(more).find(|path| !path.exists()).unwrap_or(first)
}

fn clear(staging: &Path) -> Result<()> {
    match fs::remove_dir_all(staging) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("clear", staging)(error)),
        _ => Ok(()),
    }
}

/// Moves the staged files into place, each as a whole.
fn install(folder: &Path, staging: &Path, files: &[PathBuf]) -> Result<()> {
    for path in files {
        let (from, to) = (staging.join(path), folder.join(path));
        let parent = to.parent().unwrap_or(folder);
        files::make_folder(parent).map_err(Error::io("make", parent))?;
        fs::File::open(&from).and_then(|file| file.sync_all()).map_err(Error::io("sync", &from))?;
        fs::rename(&from, &to).map_err(Error::io("write", &to))?;
        fs::File::open(parent).and_then(|parent| parent.sync_all()).map_err(Error::io("sync", parent))?;
    }
    Ok(())
}

struct Work<'a> {
    disk: &'a dyn Disk,
    folder: &'a Path,
    /// The first entry of the write-ahead log.
    first: u64,
    /// Entries up to the latest published checkpoint.
    published: u64,
    /// The whole frames of the old segment, and the next one that was not used yet.
    salvaged: Vec<Salvaged>,
    next: usize,
    old: &'a [u8],
    segment: Vec<u8>,
    /// The value of `acknowledged` in the last frame.
    acknowledged: u64,
    frontier: Frontier,
    builder: TileBuilder,
    bundle: Vec<u8>,
    report: Repaired,
}

impl<'a> Work<'a> {
    /// Takes the next entry. A `known` entry comes from the signed copy; any other is the log's own.
    fn push(&mut self, leaf: Hash, entry: &[u8], known: bool) -> Result<()> {
        let index = self.frontier.size();
        self.frontier.push(leaf);
        if !put_entry(&mut self.bundle, entry) {
            return Err(Error::Log(format!(
                "entry {index} is wrong: it has {} bytes, which no entry has",
                entry.len()
            )));
        }
        let mut full = Vec::new();
        self.builder.push(leaf, |grown| full.push(grown));
        for grown in full {
            let end = (grown.tile.index + 1) << (8 * (u32::from(grown.tile.level) + 1));
            let needed = end <= self.first.max(self.published);
            self.file(grown.tile, grown.tile.path(), &grown.bytes, needed)?;
            if grown.tile.level == 0 {
                let bundle = std::mem::take(&mut self.bundle);
                self.file(grown.tile, grown.tile.entries_path(), &bundle, needed)?;
            }
        }
        let size = self.frontier.size();
        if size == self.first || size == self.published {
            self.partials()?;
        }
        if index >= self.first { self.frame(index, leaf, entry, known) } else { Ok(()) }
    }

    /// The partial tiles at the beginning of the write-ahead log, and at the end of the checkpoint.
    fn partials(&mut self) -> Result<()> {
        let last: Vec<_> = self.builder.partials().collect();
        let bundle = self.bundle.clone();
        for grown in last {
            let full = Tile { width: TILE_WIDTH as u16, ..grown.tile };
            let needed = |path: PathBuf| !self.folder.join(path).exists();
            let (tile, entries) = (needed(full.path()), needed(full.entries_path()));
            self.file(grown.tile, grown.tile.path(), &grown.bytes, tile)?;
            if grown.tile.level == 0 {
                self.file(grown.tile, grown.tile.entries_path(), &bundle, entries)?;
            }
        }
        Ok(())
    }

    /// Compares a tile or bundle with the file on disk. It is staged if the file differs, or if it is needed
    /// and missing.
    fn file(&mut self, tile: Tile, path: PathBuf, bytes: &[u8], needed: bool) -> Result<()> {
        if tile.is_full() {
            self.beginnings(tile, &path, bytes)?;
        }
        match self.disk.read(&self.folder.join(&path)) {
            Ok(found) if found == bytes => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound && !needed => return Ok(()),
            // A file that cannot be read is replaced.
            Err(_) => {}
        }
        self.stage(tile, path, bytes)
    }

    fn stage(&mut self, tile: Tile, path: PathBuf, bytes: &[u8]) -> Result<()> {
        // A tile of a higher level can have the same width at the checkpoint and at the beginning of the
        // segment.
        if !tile.is_full() && self.report.files.contains(&path) {
            return Ok(());
        }
        let staged = self.folder.join(STAGING).join(&path);
        self.disk.put(&staged, bytes).map_err(Error::io("write", &staged))?;
        let height = 8 * u32::from(tile.level);
        let first = (tile.index * TILE_WIDTH) << height;
        self.touched(first, first + (u64::from(tile.width) << height) - 1);
        self.report.files.push(path);
        Ok(())
    }

    /// A partial tile that lies beside its full tile must be the beginning of it.
    fn beginnings(&mut self, tile: Tile, path: &Path, whole: &[u8]) -> Result<()> {
        let mut under = path.to_owned();
        under.as_mut_os_string().push(".p");
        let folder = self.folder.join(&under);
        for name in self.disk.list(&folder).map_err(Error::io("list", &folder))? {
            let Some(width) = name.parse::<u16>().ok().filter(|width| (1..256).contains(width)) else {
                continue;
            };
            let bytes = beginning(whole, width.into(), path.starts_with("tile/entries")).unwrap_or_default();
            self.file(Tile { width, ..tile }, under.join(name), bytes, true)?;
        }
        Ok(())
    }

    fn touched(&mut self, first: u64, last: u64) {
        let (from, to) = self.report.entries.unwrap_or((first, last));
        self.report.entries = Some((from.min(first), to.max(last)));
    }

    /// Writes the frame of an entry to the new segment: the old frame if it was whole, otherwise a new one.
    fn frame(&mut self, index: u64, leaf: Hash, entry: &[u8], known: bool) -> Result<()> {
        while self.salvaged.get(self.next).is_some_and(|frame| frame.index < index) {
            self.next += 1;
        }
        let was = self.salvaged.get(self.next).filter(|was| was.index == index);
        if let Some(was) = was
            && was.frame.leaf == leaf
            && was.frame.entry(self.old) == entry
        {
            let end = was.frame.at + was.frame.length;
            self.segment
                .extend_from_slice(self.old.get(was.frame.at - HEADER_BYTES..end).unwrap_or_default());
            self.acknowledged = was.acknowledged;
            return Ok(());
        }
        if !known {
            return Err(self.lost(index));
        }
        // Earlier frames kept their length, so the remainder's offset is unchanged.
        let left = self.old.get(self.segment.len()..).unwrap_or_default();
        frame::restore(&mut self.segment, index, &leaf, entry, self.acknowledged, left);
        self.report.restored += 1;
        self.touched(index, index);
        Ok(())
    }

    /// Takes the log's own entries after the end of the copy, up to the newest signed head and as far as they
    /// are readable.
    fn own(&mut self, expecting: &Expecting<'_>, copied: u64, signed: u64) -> Result<()> {
        let mut bundle = (u64::MAX, Vec::new());
        loop {
            let index = self.frontier.size();
            for (size, root, what) in &expecting.heads {
                if *size == index && *root != self.frontier.root() {
                    // The entries before it came from the copy, which is signed.
                    return Err(Broken::Range { from: copied, to: index, signed: what.clone() }.into());
                }
            }
            let entry = if index < self.first {
                if bundle.0 != index / TILE_WIDTH {
                    let tiles = Tiles { disk: self.disk, folder: self.folder, size: self.first };
                    bundle = (index / TILE_WIDTH, tiles.bundle(index / TILE_WIDTH)?);
                }
                let entry = Entries::of(&bundle.1).nth((index % TILE_WIDTH) as usize);
                entry.and_then(std::result::Result::ok).map(<[u8]>::to_vec)
            } else {
                let was = self.salvaged.binary_search_by_key(&index, |frame| frame.index).ok();
                let was = was.and_then(|at| self.salvaged.get(at));
                was.map(|was| was.frame.entry(self.old).to_vec())
            };
            match entry {
                Some(entry) => self.push(leaf_hash(&entry), &entry, false)?,
                None if index < signed.max(self.first) => return Err(self.lost(index)),
                None => return Ok(()),
            }
        }
    }

    /// The bytes after the last entry: none, or an unfinished write of a stopped writer, which the next
    /// writer cuts and records.
    fn rest(&self) -> Result<&'a [u8]> {
        let index = self.frontier.size();
        if self.salvaged.iter().any(|frame| frame.acknowledged > index) {
            return Err(self.lost(index));
        }
        let last = self.salvaged.iter().rfind(|frame| frame.index + 1 == index).map(|last| last.frame);
        let from = last.map_or(self.segment.len(), |frame| frame.at + frame.length);
        Ok(self.old.get(from..).unwrap_or_default())
    }

    fn lost(&self, index: u64) -> Error {
        Error::Log(format!(
            "entry {index} is neither in the log nor in {}; nothing was changed; try another sink",
            self.report.from
        ))
    }
}
