//! The state of the log's writer: the growing segment, the tiles, the signed head.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bailiwick_tlog::{Checkpoint, Frontier, Note, SigningKey, Tile, leaf_hash};

use crate::disk::{Appending, Disk};
use crate::error::{Error, Result};
use crate::frame::{HEADER_BYTES, seal};
use crate::names::{CHECKPOINTS, segment_path};
use crate::stored::Stored;
use crate::tiles::TileWriter;

/// The folder, the disk and the signer of the log.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) folder: PathBuf,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) signer: SigningKey,
    /// A segment goes into tiles at this many bytes.
    pub(crate) segment_bytes: usize,
}

/// The writer's state. Only one thread has it at a time.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) segment: Box<dyn Appending>,
    pub(crate) path: PathBuf,
    /// The first entry of the segment; earlier entries are in tiles.
    pub(crate) first: u64,
    /// The segment's length as this writer knows it, in bytes.
    pub(crate) bytes: usize,
    pub(crate) frontier: Frontier,
}

impl Writer {
    /// Checks that the open segment is still the file at its path, and that no other process has written to
    /// it.
    pub(crate) fn own(&self) -> Result<()> {
        let own = self.segment.is_at(&self.path, self.bytes as u64);
        match own.map_err(Error::io("look at", &self.path))? {
            true => Ok(()),
            false => Err(Error::Log(format!(
                "somebody else has written to {}, or has put another file there: only one process may write to a home, and \
                 nobody may move it meanwhile",
                self.path.display()
            ))),
        }
    }
}

impl Files {
    /// One batch: hashed, framed, written, flushed.
    pub(crate) fn write(
        &self,
        writer: &mut Writer,
        pending: &mut [u8],
        begins: &[usize],
        acknowledged: u64,
    ) -> Result<()> {
        let mut rest = pending;
        let mut at = 0;
        let whole = std::mem::take(&mut rest);
        for (place, begin) in begins.iter().enumerate() {
            let end = begins.get(place + 1).copied().unwrap_or(whole.len());
            let Some(frame) = whole.get_mut(*begin..end) else { continue };
            let leaf = leaf_hash(frame.get(HEADER_BYTES..).unwrap_or_default());
            seal(frame, 0, writer.frontier.size(), acknowledged, &leaf);
            writer.frontier.push(leaf);
            at = end;
        }
        let failed = |error: std::io::Error| {
            Error::Log(format!("{} cannot be written ({error})", self.folder.display()))
        };
        writer.own()?;
        writer.segment.write(whole.get(..at).unwrap_or_default()).map_err(failed)?;
        writer.segment.sync().map_err(failed)?;
        writer.bytes += at;
        writer.own()?;
        if writer.bytes >= self.segment_bytes { self.roll(writer) } else { Ok(()) }
    }

    /// Moves the segment's entries into tiles, and begins a new segment.
    fn roll(&self, writer: &mut Writer) -> Result<()> {
        let old = self.write_tiles()?;
        let size = writer.frontier.size();
        let path = segment_path(&self.folder, size);
        writer.segment = self.disk.append(&path).map_err(Error::io("write", &path))?;
        (writer.path, writer.first, writer.bytes) = (path, size, 0);
        let path = segment_path(&self.folder, old);
        self.disk.remove(&path).map_err(Error::io("remove", &path))?;
        self.remove_partials(old, size)
    }

    /// Writes the tiles of the current segment durably, and gives its first entry.
    pub(crate) fn write_tiles(&self) -> Result<u64> {
        let stored = Stored::open(&*self.disk, &self.folder)?;
        let mut tiles = TileWriter::resume(stored.tiles())?;
        for frame in stored.frames.iter() {
            tiles.push(frame.leaf, frame.entry(&stored.segment))?;
        }
        tiles.finish()?;
        Ok(stored.first)
    }

    /// Removes partial tiles of the segment before: tiles that became full, and tiles that no published
    /// checkpoint needs.
    fn remove_partials(&self, from: u64, to: u64) -> Result<()> {
        let checkpoints = self.folder.join(CHECKPOINTS);
        let names = self.disk.list(&checkpoints).map_err(Error::io("list", &checkpoints))?;
        let published = names.iter().filter_map(|name| name.parse().ok());
        let needed: HashSet<Tile> = published.chain([to]).flat_map(Tile::partials).collect();
        for tile in Tile::partials(from) {
            let full = Tile::at(tile.level, tile.index, to).is_some_and(|tile| tile.is_full());
            let entries = (tile.level == 0).then(|| tile.entries_path());
            for path in std::iter::once(tile.path()).chain(entries) {
                let path = self.folder.join(path);
                let folder = path.parent().unwrap_or(&path);
                let gone: Vec<PathBuf> = match full {
                    true => {
                        let names = self.disk.list(folder).map_err(Error::io("list", folder))?;
                        names.iter().map(|name| folder.join(name)).collect()
                    }
                    false if needed.contains(&tile) => Vec::new(),
                    false => vec![path],
                };
                for path in gone {
                    self.disk.remove(&path).map_err(Error::io("remove", &path))?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn signed(&self, frontier: &Frontier) -> Note {
        let origin = self.signer.verifier();
        let mut note = Checkpoint::new(origin.name(), frontier.size(), frontier.root()).note();
        self.signer.sign(&mut note, 0);
        note
    }

    pub(crate) fn replace(&self, path: &Path, note: &Note) -> Result<()> {
        self.disk.replace(path, note.to_string().as_bytes()).map_err(Error::io("write", path))
    }
}
