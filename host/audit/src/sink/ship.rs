//! Brings a sink up to a published checkpoint. Everything is checked before it is sent: a sink never replaces
//! anything, so it must not get damaged bytes.

use std::path::{Path, PathBuf};

use bailiwick_tlog::{
    Checkpoint, Entries, Frontier, Grown, HASH_BYTES, Hash, Note, TILE_WIDTH, Tile, TileBuilder, VerifierKey,
    leaf_hash, put_entry, subtrees,
};

use super::{Copied, Published, Sink, failed, forked};
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::names::CHECKPOINTS;
use crate::notes::published;
use crate::tiles::Tiles;

/// Gives a sink the entries that it lacks, up to the latest published checkpoint of the log in a folder. Gives how
/// many entries the sink had, and has now.
///
/// # Errors
/// [`Error::Log`] if the log is damaged; then nothing was sent. [`Error::SinkForked`], [`Error::Sink`].
pub fn ship(
    disk: &dyn Disk,
    folder: &Path,
    (note, checkpoint): (&Note, &Checkpoint),
    keys: &[VerifierKey],
    sink: &mut dyn Sink,
) -> Result<(u64, u64)> {
    let (size, root) = (checkpoint.size, checkpoint.root);
    let log = Tiles { disk, folder, size };
    let had = match sink.latest()? {
        None => 0,
        Some(latest) => {
            let latest = Checkpoint::parse(&latest.text).map_err(|error| failed(sink.address(), error))?;
            if latest.size > size {
                let what = format!("it has {} entries, the log has published {size}", latest.size);
                return Err(forked(sink.address(), what));
            }
            if frontier(log, latest.size)?.root() != latest.root {
                let what = format!("its first {} entries are not those of the log", latest.size);
                return Err(forked(sink.address(), what));
            }
            latest.size
        }
    };
    check(log, had, root)?;
    send(log, had, sink)?;
    let names = log.disk.list(&log.folder.join(CHECKPOINTS)).map_err(Error::io("list", log.folder))?;
    let mut between: Vec<u64> = names.iter().filter_map(|name| name.parse().ok()).collect();
    between.retain(|at| (had + 1..size).contains(at));
    between.sort_unstable();
    for at in between {
        let Some((note, _)) = published(log.disk, log.folder, Some(at))? else { continue };
        sink.publish(&Published { size: at, note: &note, latest: false, keys })?;
    }
    sink.publish(&Published { size, note, latest: true, keys })?;
    Ok((had, size))
}

/// The right edge of the tree of the first entries.
fn frontier(log: Tiles<'_>, size: u64) -> Result<Frontier> {
    let peaks = subtrees(0, size).map(|(height, index)| log.subtree(height, index)).collect::<Result<_>>()?;
    Frontier::from_peaks(size, peaks)
        .ok_or_else(|| Error::Invariant("a tree of other subtrees than its size has".to_owned()))
}

/// Checks that the entries to be sent have the signed root.
fn check(log: Tiles<'_>, from: u64, root: Hash) -> Result<()> {
    let mut frontier = frontier(log, from)?;
    for index in from / TILE_WIDTH..log.size.div_ceil(TILE_WIDTH) {
        for copied in bundle(log, index)?.into_iter().filter(|copied| copied.index >= from) {
            frontier.push(copied.leaf);
        }
    }
    if frontier.root() == root {
        return Ok(());
    }
    Err(Error::Log(format!(
        "the entries {from} to {} are not those that the checkpoint has; find the first wrong one with `audit verify`",
        log.size.saturating_sub(1)
    )))
}

/// The entries of a bundle, with their hashes computed from their bytes.
fn bundle(log: Tiles<'_>, index: u64) -> Result<Vec<Copied>> {
    let bytes = log.bundle(index)?;
    let indices = index * TILE_WIDTH..log.size.min((index + 1) * TILE_WIDTH);
    let mut entries = Entries::of(&bytes);
    indices
        .map(|index| match entries.next() {
            Some(Ok(entry)) => Ok(Copied { index, leaf: leaf_hash(entry), entry: entry.to_vec() }),
            _ => Err(Error::Log(format!("entry {index} is wrong: its bundle ends before this entry"))),
        })
        .collect()
}

/// The entries, tiles and bundles from an entry on.
fn send(log: Tiles<'_>, from: u64, sink: &mut dyn Sink) -> Result<()> {
    // A tile of a smaller log is the beginning of today's tile.
    let read = |was: Tile| -> Result<Vec<u8>, Resuming> {
        let now = Tile::at(was.level, was.index, log.size).unwrap_or(was);
        let mut bytes = log.tile(now).map_err(Resuming::Host)?;
        bytes.truncate(usize::from(was.width) * HASH_BYTES);
        Ok(bytes)
    };
    let mut builder = TileBuilder::resume(from, read).map_err(|error| match error {
        Resuming::Host(error) => error,
        Resuming::Tile(error) => Error::Log(error.to_string()),
    })?;
    let mut bytes = Vec::new();
    for index in from / TILE_WIDTH..log.size.div_ceil(TILE_WIDTH) {
        let all = bundle(log, index)?;
        let mut full = Vec::new();
        for copied in &all {
            let _fits = put_entry(&mut bytes, &copied.entry);
            if copied.index >= from {
                builder.push(copied.leaf, |grown| full.push(grown));
            }
        }
        let new = all.iter().position(|copied| copied.index >= from).unwrap_or(all.len());
        sink.put_entries(all.get(new..).unwrap_or_default())?;
        for grown in full {
            put(sink, &grown, &mut bytes)?;
        }
    }
    if from == log.size {
        return Ok(());
    }
    for grown in builder.partials() {
        put(sink, &grown, &mut bytes)?;
    }
    Ok(())
}

fn put(sink: &mut dyn Sink, grown: &Grown, bundle: &mut Vec<u8>) -> Result<()> {
    if grown.tile.level == 0 {
        let path: PathBuf = grown.tile.entries_path();
        sink.put_file(&path, bundle)?;
        bundle.clear();
    }
    sink.put_file(&grown.tile.path(), &grown.bytes)
}

enum Resuming {
    Host(Error),
    Tile(bailiwick_tlog::TileError),
}

impl From<bailiwick_tlog::TileError> for Resuming {
    fn from(error: bailiwick_tlog::TileError) -> Self {
        Self::Tile(error)
    }
}
