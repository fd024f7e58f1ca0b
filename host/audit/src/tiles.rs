//! The tiles of the log on disk: written from the write-ahead log, read for proofs.

use std::io;
use std::path::{Path, PathBuf};

use bailiwick_tlog::{Entries, Grown, Hash, TILE_WIDTH, Tile, TileBuilder, put_entry};

use crate::disk::Disk;
use crate::error::{Error, Result};

/// The tiles of a tree of a certain size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tiles<'a> {
    pub(crate) disk: &'a dyn Disk,
    pub(crate) folder: &'a Path,
    pub(crate) size: u64,
}

pub(crate) fn wrong(path: &Path, what: impl std::fmt::Display) -> Error {
    Error::Log(format!("{}: {what}", path.display()))
}

impl Tiles<'_> {
    /// The bytes of a tile. If a partial tile was removed, they come from the full tile.
    pub(crate) fn tile(&self, tile: Tile) -> Result<Vec<u8>> {
        let bytes = self.either(tile.path(), Tile { width: TILE_WIDTH as u16, ..tile }.path())?;
        let wanted = usize::from(tile.width) * bailiwick_tlog::HASH_BYTES;
        let path = self.folder.join(tile.path());
        bytes.get(..wanted).map(<[u8]>::to_vec).ok_or_else(|| wrong(&path, "the tile is too short"))
    }

    /// The bytes of the bundle of entries beside a tile of level 0.
    pub(crate) fn bundle(&self, index: u64) -> Result<Vec<u8>> {
        let tile = Tile::at(0, index, self.size)
            .ok_or_else(|| Error::Log(format!("there is no bundle {index} in {} entries", self.size)))?;
        self.either(tile.entries_path(), Tile { width: TILE_WIDTH as u16, ..tile }.entries_path())
    }

    fn either(&self, path: PathBuf, full: PathBuf) -> Result<Vec<u8>> {
        match self.disk.read(&self.folder.join(&path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && full != path => {
                self.disk.read(&self.folder.join(&full)).map_err(|_| {
                    wrong(
                        &self.folder.join(path),
                        "a tile of the log is missing; restore it with `audit repair`",
                    )
                })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(wrong(
                &self.folder.join(path),
                "a tile of the log is missing; restore it with `audit repair`",
            )),
            read => read.map_err(Error::io("read", &self.folder.join(path))),
        }
    }

    /// The hash of a complete subtree.
    pub(crate) fn subtree(&self, height: u8, index: u64) -> Result<Hash> {
        let tile = Tile::of_subtree(height, index, self.size).ok_or_else(|| {
            Error::Log(format!("subtree {index} of height {height} is not in {} entries", self.size))
        })?;
        let bytes = self.tile(tile)?;
        tile.subtree(height, index, &bytes).map_err(|error| wrong(&self.folder.join(tile.path()), error))
    }

    /// One entry.
    pub(crate) fn entry(&self, index: u64) -> Result<Vec<u8>> {
        let bundle = self.bundle(index / TILE_WIDTH)?;
        let entry = Entries::of(&bundle).nth((index % TILE_WIDTH) as usize);
        let entry = entry.ok_or_else(|| Error::Log(format!("bundle of entry {index} is too short")))?;
        entry.map(<[u8]>::to_vec).map_err(|error| Error::Log(error.to_string()))
    }
}

/// Writes tiles from the end of a tree of a certain size on.
pub(crate) struct TileWriter<'a> {
    disk: &'a dyn Disk,
    folder: &'a Path,
    builder: TileBuilder,
    /// The entries since the last full bundle.
    bundle: Vec<u8>,
    /// The files that were written.
    put: Vec<PathBuf>,
}

impl<'a> TileWriter<'a> {
    pub(crate) fn resume(tiles: Tiles<'a>) -> Result<Self> {
        let builder = TileBuilder::resume(tiles.size, |tile| tiles.tile(tile).map_err(Resume::Host));
        let builder = builder.map_err(|error| match error {
            Resume::Host(error) => error,
            Resume::Tile(error) => Error::Log(error.to_string()),
        })?;
        let bundle = match tiles.size % TILE_WIDTH {
            0 => Vec::new(),
            width => {
                let whole = tiles.bundle(tiles.size / TILE_WIDTH)?;
                let mut bundle = Vec::new();
                for entry in Entries::of(&whole).take(width as usize) {
                    let entry = entry.map_err(|error| Error::Log(error.to_string()))?;
                    let _fits = put_entry(&mut bundle, entry);
                }
                bundle
            }
        };
        Ok(Self { disk: tiles.disk, folder: tiles.folder, builder, bundle, put: Vec::new() })
    }

    pub(crate) fn push(&mut self, leaf: Hash, entry: &[u8]) -> Result<()> {
        if !put_entry(&mut self.bundle, entry) {
            return Err(Error::Invariant(format!("an entry of {} bytes in the log", entry.len())));
        }
        let mut full = Vec::new();
        self.builder.push(leaf, |grown| full.push(grown));
        for grown in full {
            if grown.tile.level == 0 {
                let bundle = std::mem::take(&mut self.bundle);
                self.put(&grown.tile.entries_path(), &bundle)?;
            }
            self.grown(&grown)?;
        }
        Ok(())
    }

    /// Writes the partial tiles and the partial bundle, and makes all files durable.
    pub(crate) fn finish(mut self) -> Result<()> {
        let partials: Vec<Grown> = self.builder.partials().collect();
        for grown in partials {
            if grown.tile.level == 0 {
                let bundle = std::mem::take(&mut self.bundle);
                self.put(&grown.tile.entries_path(), &bundle)?;
            }
            self.grown(&grown)?;
        }
        self.disk.flush(&self.put).map_err(Error::io("flush", self.folder))
    }

    fn grown(&mut self, grown: &Grown) -> Result<()> {
        self.put(&grown.tile.path(), &grown.bytes)
    }

    fn put(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(path);
        self.put.push(path.clone());
        // A published tile is never written again, since a crash could tear it.
        if self.disk.read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        self.disk.put(&path, bytes).map_err(Error::io("write", &path))
    }
}

enum Resume {
    Host(Error),
    Tile(bailiwick_tlog::TileError),
}

impl From<bailiwick_tlog::TileError> for Resume {
    fn from(error: bailiwick_tlog::TileError) -> Self {
        Self::Tile(error)
    }
}
