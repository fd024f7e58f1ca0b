//! Tiles: the hashes of the tree in files of at most 256, each level over the full tiles below it
//! (C2SP tlog-tiles).

use std::path::PathBuf;

use crate::tree::{Hash, node_hash};

/// Hashes of a full tile, and entries of a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Bytes of a hash in a tile.
pub const HASH_BYTES: usize = 32;
/// Heights of the tree between two levels of tiles.
const TILE_HEIGHT: u8 = 8;
/// The highest level that a size of 64 bits can need.
const LEVELS_MAX: u8 = 8;

/// Why a tile cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// The tile's length does not match its width.
    #[error("the tile has {found} bytes, expected {expected}")]
    Length {
        /// How many it has.
        found: usize,
        /// How many bytes its width needs.
        expected: usize,
    },
    /// The subtree is not in this tile.
    #[error("the tile does not hold subtree {index} of height {height}")]
    Outside {
        /// The subtree's height.
        height: u8,
        /// Its index.
        index: u64,
    },
}

/// Which tile: its level, its index in the level, and how many hashes it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// The level; 0 holds the hashes of entries.
    pub level: u8,
    /// The index within the level.
    pub index: u64,
    /// 1 to 256; a tile of 256 is full and never changes.
    pub width: u16,
}

impl Tile {
    /// The path of a tile below the log: `tile/0/x001/234`, `tile/1/017.p/12`.
    pub fn path(&self) -> PathBuf {
        path(&self.level.to_string(), self.index, self.width)
    }

    /// The path of the bundle with the entries of a tile of level 0: `tile/entries/x001/234`.
    pub fn entries_path(&self) -> PathBuf {
        path("entries", self.index, self.width)
    }

    /// Whether it is full.
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == TILE_WIDTH
    }

    /// The tile at a level and index in a tree of `size` entries. `None` if that tree has no such tile.
    pub fn at(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(u32::from(TILE_HEIGHT) * u32::from(level)).unwrap_or(0);
        let width = hashes.checked_sub(index.checked_mul(TILE_WIDTH)?)?.min(TILE_WIDTH);
        (width > 0).then_some(Self { level, index, width: width as u16 })
    }

    /// The tile that a complete subtree is read from, in a tree of `size` entries.
    pub fn of_subtree(height: u8, index: u64, size: u64) -> Option<Self> {
        let (level, inside) = (height / TILE_HEIGHT, height % TILE_HEIGHT);
        Self::at(level, (index << inside) / TILE_WIDTH, size)
    }

    /// Every tile of a tree of `size` entries that is not full.
    pub fn partials(size: u64) -> impl Iterator<Item = Self> {
        (0..LEVELS_MAX).filter_map(move |level| {
            let hashes = size.checked_shr(u32::from(TILE_HEIGHT) * u32::from(level)).unwrap_or(0);
            Self::at(level, hashes / TILE_WIDTH, size)
        })
    }

    /// The hash of a complete subtree, from the bytes of the tile that holds it.
    ///
    /// # Errors
    /// [`TileError`].
    pub fn subtree(&self, height: u8, index: u64, bytes: &[u8]) -> Result<Hash, TileError> {
        let expected = usize::from(self.width) * HASH_BYTES;
        if bytes.len() != expected {
            return Err(TileError::Length { found: bytes.len(), expected });
        }
        let outside = TileError::Outside { height, index };
        let inside = height % TILE_HEIGHT;
        let first = (index << inside).checked_sub(self.index * TILE_WIDTH).ok_or(outside.clone())? as usize;
        let hashes = bytes
            .get(first * HASH_BYTES..(first + (1 << inside)) * HASH_BYTES)
            .filter(|_| height / TILE_HEIGHT == self.level)
            .ok_or(outside)?;
        Ok(fold(hashes.chunks_exact(HASH_BYTES).map(hash_of).collect()))
    }
}

fn hash_of(bytes: &[u8]) -> Hash {
    let mut hash = [0; HASH_BYTES];
    hash.copy_from_slice(bytes);
    Hash(hash)
}

/// The root over a power of two of hashes.
fn fold(mut hashes: Vec<Hash>) -> Hash {
    let mut width = hashes.len();
    while width > 1 {
        width /= 2;
        for at in 0..width {
            hashes[at] = node_hash(&hashes[2 * at], &hashes[2 * at + 1]);
        }
    }
    hashes[0]
}

fn path(level: &str, index: u64, width: u16) -> PathBuf {
    let mut path: PathBuf = ["tile", level].iter().collect();
    let digits = index.to_string();
    let digits = format!("{digits:0>0$}", digits.len().div_ceil(3) * 3);
    let groups = digits.len() / 3;
    for (place, group) in digits.as_bytes().chunks(3).enumerate() {
        let group = String::from_utf8_lossy(group);
        path.push(if place + 1 < groups { format!("x{group}") } else { group.into_owned() });
    }
    if u64::from(width) < TILE_WIDTH {
        path.as_mut_os_string().push(".p");
        path.push(width.to_string());
    }
    path
}

/// A tile that became full, or is the last one of its level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grown {
    /// The tile.
    pub tile: Tile,
    /// Its hashes.
    pub bytes: Vec<u8>,
}

/// Makes tiles from the hashes of entries, one after the other. It holds the last tile of each level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TileBuilder {
    size: u64,
    /// For each level the hashes of its last tile, always less than full.
    levels: Vec<Vec<Hash>>,
}

impl TileBuilder {
    /// A builder that continues a tree of `size` entries. `read` gives the bytes of each tile that is not
    /// full.
    ///
    /// # Errors
    /// The errors of `read`; [`TileError`] if a tile's length does not match its width.
    pub fn resume<E: From<TileError>>(
        size: u64,
        mut read: impl FnMut(Tile) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut builder = Self { size, levels: Vec::new() };
        for tile in Tile::partials(size) {
            let bytes = read(tile)?;
            let expected = usize::from(tile.width) * HASH_BYTES;
            if bytes.len() != expected {
                return Err(TileError::Length { found: bytes.len(), expected }.into());
            }
            builder.level(usize::from(tile.level)).extend(bytes.chunks_exact(HASH_BYTES).map(hash_of));
        }
        Ok(builder)
    }

    fn level(&mut self, level: usize) -> &mut Vec<Hash> {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        &mut self.levels[level]
    }

    /// How many entries.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds an entry by its hash, and gives `full` each tile that this entry completes.
    pub fn push(&mut self, leaf: Hash, mut full: impl FnMut(Grown)) {
        let mut carried = Some(leaf);
        let mut level = 0;
        self.size += 1;
        while let Some(hash) = carried.take() {
            let hashes = self.level(level);
            hashes.push(hash);
            if hashes.len() as u64 == TILE_WIDTH {
                let whole = std::mem::take(hashes);
                let index = (self.size >> (TILE_HEIGHT as usize * (level + 1))) - 1;
                let tile = Tile { level: level as u8, index, width: TILE_WIDTH as u16 };
                full(Grown { tile, bytes: bytes_of(&whole) });
                carried = Some(fold(whole));
            }
            level += 1;
        }
    }

    /// The last tile of each level that has hashes.
    pub fn partials(&self) -> impl Iterator<Item = Grown> {
        Tile::partials(self.size).filter_map(|tile| {
            Some(Grown { tile, bytes: bytes_of(self.levels.get(usize::from(tile.level))?) })
        })
    }
}

fn bytes_of(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
