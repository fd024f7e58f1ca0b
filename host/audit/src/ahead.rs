//! Reads ahead: another thread reads tiles and bundles and hashes their entries before the verifier needs them.

use std::sync::mpsc::sync_channel;

use bailiwick_tlog::{Entries, HASH_BYTES, TILE_WIDTH, Tile, leaf_hash};

use crate::error::{Error, Result};
use crate::tiles::Tiles;

/// The most bundles that are read and wait for the verifier.
const BUNDLES_AHEAD: usize = 32;

/// A tile of hashes of entries, and its bundle of entries.
pub(crate) struct Bundle {
    pub(crate) tile: Tile,
    pub(crate) hashes: Vec<u8>,
    pub(crate) entries: Vec<u8>,
    /// How many entries, from the first, have the hashes in the tile.
    pub(crate) agreeing: u64,
}

impl Bundle {
    fn read(tiles: &Tiles<'_>, tile: Tile) -> Result<Self> {
        let (hashes, entries) = (tiles.tile(tile)?, tiles.bundle(tile.index)?);
        let pairs = Entries::of(&entries).zip(hashes.chunks_exact(HASH_BYTES));
        let agree =
            pairs.take_while(|(entry, hash)| entry.as_ref().is_ok_and(|entry| leaf_hash(entry).0 == *hash));
        let agreeing = agree.count() as u64;
        Ok(Self { tile, hashes, entries, agreeing })
    }
}

/// Shows `each` every bundle in order, and stops at the first failure.
pub(crate) fn bundles(tiles: Tiles<'_>, mut each: impl FnMut(Bundle) -> Result<()>) -> Result<()> {
    std::thread::scope(|scope| {
        let (ahead, bundles) = sync_channel(BUNDLES_AHEAD);
        let read = move || {
            for index in 0..tiles.size.div_ceil(TILE_WIDTH) {
                let Some(tile) = Tile::at(0, index, tiles.size) else { return };
                let bundle = Bundle::read(&tiles, tile);
                let failed = bundle.is_err();
                if ahead.send(bundle).is_err() || failed {
                    return;
                }
            }
        };
        let reading = std::thread::Builder::new().name("bailiwick-verify".to_owned());
        reading.spawn_scoped(scope, read).map_err(Error::io("start a thread for", tiles.folder))?;
        bundles.into_iter().try_for_each(|bundle| each(bundle?))
    })
}
