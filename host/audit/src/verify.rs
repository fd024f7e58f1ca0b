//! Verifies the whole log: every entry, every tile, every checkpoint. Stored bytes are hashed as they are;
//! nothing is serialised again for a check.

use std::collections::BTreeMap;
use std::path::Path;

use bailiwick_tlog::{
    Entries, Frontier, Grown, HASH_BYTES, Hash, TILE_WIDTH, TileBuilder, leaf_hash, put_entry,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ahead::{self, Bundle};
use crate::broken::Broken;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::frame::End;
use crate::mark::Mark;
use crate::outside::Outside;
use crate::signed::{Signed, SignedHeads, signed};
use crate::stored::Stored;
use crate::taken::remembered;

/// The result for a log that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verified {
    /// Where the log ends.
    pub mark: Mark,
    /// Entries by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Calls that ended in a fault.
    pub faults: u64,
    /// Bytes of all entries.
    pub entry_bytes: u64,
    /// How many signed checkpoints agree with the log.
    pub checkpoints: u64,
    /// Entries up to the last checkpoint that is published with its tiles.
    pub published: u64,
    /// How many cosignatures of witnesses verify.
    pub cosignatures: u64,
    /// Bytes after the last whole entry: a stopped writer left an unfinished entry, or a writer is at work
    /// now. Nothing took effect on such an entry. The next writer cuts it and records the cut.
    pub torn_bytes: u64,
    /// How much of the log somebody outside has seen.
    pub outside: Outside,
}

#[derive(Deserialize)]
struct Line<'a> {
    seq: u64,
    #[serde(borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    outcome: Option<&'a RawValue>,
}

/// A function that is shown every entry with its index.
type Each<'a> = dyn FnMut(u64, &[u8]) -> Result<()> + 'a;

/// Reads the whole log and checks it.
///
/// ```no_run
/// use std::path::Path;
///
/// use bailiwick_audit::{Expected, SystemDisk, verify};
///
/// let verified = verify(&SystemDisk, Path::new("./bailiwick/audit"), &Expected::default())?;
/// println!("{} entries are whole, {} checkpoints agree", verified.mark.size, verified.checkpoints);
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
///
/// # Errors
/// [`Error::Log`] names the first entry or file that is wrong, as [`Broken`] says it.
pub fn verify(disk: &dyn Disk, folder: &Path, expected: &Expected) -> Result<Verified> {
    // A writer may be at work. The heads are read first, so the log that is read afterwards holds all their
    // entries.
    let signed = signed(disk, folder, expected)?;
    verify_against(&Stored::open(disk, folder)?, signed, expected, None)
}

/// The same for a log whose home remembers what sinks took: the log must hold it. `each` is shown every entry
/// after its own hash was checked. Only at the end it is known that all entries together have the signed root: so this
/// is no iterator, which a caller could leave before the end.
///
/// ```no_run
/// use std::path::Path;
///
/// use bailiwick_audit::{Expected, SystemDisk, verify_each};
///
/// let mut longest = 0;
/// let verified = verify_each(&SystemDisk, Path::new("./bailiwick/audit"), &Expected::default(), |_, entry| {
///     longest = longest.max(entry.len());
///     Ok(())
/// })?;
/// println!("{} entries are whole; the longest has {longest} bytes", verified.mark.size);
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
///
/// # Errors
/// [`Error::Log`], as [`verify`]; errors of `each`.
pub fn verify_each(
    disk: &dyn Disk,
    folder: &Path,
    expected: &Expected,
    mut each: impl FnMut(u64, &[u8]) -> Result<()>,
) -> Result<Verified> {
    let mut signed = signed(disk, folder, expected)?;
    signed.sinks = remembered(folder)?;
    verify_against(&Stored::open(disk, folder)?, signed, expected, Some(&mut each))
}

/// The same for an exported log.
pub(crate) fn verify_stored(stored: &Stored<'_>, expected: &Expected) -> Result<Verified> {
    verify_against(stored, signed(stored.disk, &stored.folder, expected)?, expected, None)
}

fn verify_against<'e>(
    stored: &Stored<'_>,
    SignedHeads { heads: mut signed, cosignatures, outside, sinks }: SignedHeads,
    expected: &Expected,
    each: Option<&'e mut Each<'e>>,
) -> Result<Verified> {
    if let End::Rotten { first, .. } = stored.end {
        let why = "its frame in the write-ahead log was changed after it was written".to_owned();
        return Err(Broken::Entry { index: first, why }.into());
    }
    let checkpoints = signed.len() as u64;
    if let Some(mark) = &expected.mark {
        let root = Hash::from_base64(&mark.root)
            .ok_or_else(|| Error::Log("the book's mark of the log is unreadable".to_owned()))?;
        signed.push(Signed {
            size: mark.size,
            root,
            what: "the mark of the book".to_owned(),
            published: false,
        });
    }
    let taken = sinks.iter().filter_map(|taken| Some((taken, taken.root()?)));
    signed.extend(taken.map(|(taken, (size, root))| {
        let what = format!("what the sink {} took", taken.sink);
        Signed { size, root, what, published: false }
    }));
    let outside = sinks.iter().filter_map(|taken| Some(taken.root()?.0)).max().unwrap_or(0).max(outside);
    signed.sort_by_key(|signed| signed.size);
    let published = signed.iter().filter(|it| it.published).map(|it| it.size).max().unwrap_or(0);
    let mut walk = Walk {
        stored,
        each,
        published,
        reading_tiles: false,
        signed,
        agreed: 0,
        good: 0,
        frontier: Frontier::default(),
        builder: TileBuilder::default(),
        bundle: Vec::new(),
        verified: Verified {
            mark: Mark::empty(),
            kinds: BTreeMap::new(),
            faults: 0,
            entry_bytes: 0,
            checkpoints,
            published,
            cosignatures,
            torn_bytes: (stored.segment.len() - stored.whole) as u64,
            outside: Outside::default(),
        },
    };
    walk.heads()?;
    walk.tiles()?;
    walk.segment()?;
    let Walk { frontier, mut verified, signed, agreed, .. } = walk;
    if let Some(beyond) = signed.get(agreed) {
        let (size, expected, signed) = (frontier.size(), beyond.size, beyond.what.clone());
        return Err(Broken::Short { size, expected, signed }.into());
    }
    verified.mark = Mark::of(frontier.size(), frontier.root());
    verified.outside = Outside::of(stored, outside, sinks)?;
    Ok(verified)
}

struct Walk<'a, 's, 'e> {
    stored: &'s Stored<'a>,
    /// The caller's function, which is shown every entry.
    each: Option<&'e mut Each<'e>>,
    published: u64,
    /// Whether the entries come from the bundles. Then bundles need no second check.
    reading_tiles: bool,
    signed: Vec<Signed>,
    /// How many signed heads agree so far.
    agreed: usize,
    /// Entries up to the last head that agrees.
    good: u64,
    frontier: Frontier,
    builder: TileBuilder,
    bundle: Vec<u8>,
    verified: Verified,
}

impl Walk<'_, '_, '_> {
    /// The entries that are only in tiles. Another thread reads and hashes them ahead of this one.
    fn tiles(&mut self) -> Result<()> {
        ahead::bundles(self.stored.tiles(), |bundle| self.bundle(&bundle))?;
        self.reading_tiles = false;
        Ok(())
    }

    fn bundle(&mut self, read: &Bundle) -> Result<()> {
        self.reading_tiles = read.tile.is_full();
        let first = read.tile.index * TILE_WIDTH;
        let mut entries = Entries::of(&read.entries);
        for (index, hash) in (first..).zip(read.hashes.chunks_exact(HASH_BYTES)) {
            let wrong = |why: &str| Broken::Entry { index, why: why.to_owned() };
            let entry = entries.next().and_then(std::result::Result::ok);
            let entry = entry.ok_or_else(|| wrong("its bundle ends before this entry"))?;
            if index - first >= read.agreeing {
                return Err(wrong("its hash is not the one in its tile").into());
            }
            self.entry(index, entry, Hash(hash.try_into().unwrap_or_default()))?;
        }
        if read.tile.is_full() && entries.next().is_some() {
            let why = "it has more entries than its tile has hashes".to_owned();
            return Err(Broken::File { path: read.tile.entries_path(), why }.into());
        }
        Ok(())
    }

    /// The entries in the write-ahead log.
    fn segment(&mut self) -> Result<()> {
        for (index, frame) in (self.stored.first..).zip(self.stored.frames.iter()) {
            let entry = frame.entry(&self.stored.segment);
            if leaf_hash(entry) != frame.leaf {
                let why = "its hash is not the one in its frame".to_owned();
                return Err(Broken::Entry { index, why }.into());
            }
            self.entry(index, entry, frame.leaf)?;
        }
        Ok(())
    }

    fn entry(&mut self, index: u64, entry: &[u8], leaf: Hash) -> Result<()> {
        let line: Line<'_> = serde_json::from_slice(entry)
            .map_err(|error| Broken::Entry { index, why: format!("it is no entry ({error})") })?;
        if line.seq != index {
            return Err(Broken::Entry { index, why: format!("it says that it is entry {}", line.seq) }.into());
        }
        if let Some(each) = &mut self.each {
            each(index, entry)?;
        }
        match self.verified.kinds.get_mut(&*line.kind) {
            Some(count) => *count += 1,
            None => {
                self.verified.kinds.insert(line.kind.into_owned(), 1);
            }
        }
        let fault = line.outcome.is_some_and(|outcome| outcome.get().contains("\"result\":\"fault\""));
        self.verified.faults += u64::from(fault);
        self.verified.entry_bytes += entry.len() as u64;
        let _fits = put_entry(&mut self.bundle, entry);
        self.frontier.push(leaf);
        let mut full = Vec::new();
        self.builder.push(leaf, |grown| full.push(grown));
        for grown in full {
            self.full(&grown)?;
        }
        self.heads()
    }

    /// Checks a tile that became full: the tile on disk must be the same, if the log is published that far.
    /// Tiles beyond were left by a stopped writer; nobody reads them, and they are written again.
    fn full(&mut self, grown: &Grown) -> Result<()> {
        let end = (grown.tile.index + 1) << (8 * (u32::from(grown.tile.level) + 1));
        let needed = end <= self.stored.first.max(self.published);
        if needed {
            self.same(&grown.tile.path(), &grown.bytes)?;
        }
        if grown.tile.level == 0 {
            let bundle = std::mem::take(&mut self.bundle);
            // The entries of this full bundle are compared with its tile one by one, and no bytes may follow them.
            if needed && !self.reading_tiles {
                self.same(&grown.tile.entries_path(), &bundle)?;
            }
        }
        Ok(())
    }

    /// Checks the partial tiles when the log is published with exactly these entries: each must exist, or the
    /// full tile that it became.
    fn partials(&self) -> Result<()> {
        let published = self.stored.first.max(self.published);
        // Partial tiles of older checkpoints can be made again, and an export leaves them out.
        let size = self.frontier.size();
        let older = size < self.published && size != self.stored.first;
        for grown in self.builder.partials() {
            let end = (grown.tile.index + 1) << (8 * (u32::from(grown.tile.level) + 1));
            let entries = (grown.tile.level == 0).then(|| (grown.tile.entries_path(), &self.bundle));
            let tile = (grown.tile.path(), &grown.bytes);
            for (path, bytes) in std::iter::once(tile).chain(entries) {
                let there = self.stored.disk.read(&self.stored.folder.join(&path));
                let gone = there.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
                if !(gone && (end <= published || older)) {
                    self.same(&path, bytes)?;
                }
            }
        }
        Ok(())
    }

    fn same(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let wrong = |why: &str| Broken::File { path: path.to_owned(), why: why.to_owned() };
        match self.stored.disk.read(&self.stored.folder.join(path)) {
            Ok(found) if found == bytes => Ok(()),
            Ok(_) => Err(wrong("it does not follow from the entries").into()),
            Err(error) => Err(wrong(&error.to_string()).into()),
        }
    }

    /// Compares the signed heads of this many entries.
    fn heads(&mut self) -> Result<()> {
        let size = self.frontier.size();
        let mut published = size == self.stored.first && size > 0;
        while let Some(signed) = self.signed.get(self.agreed).filter(|signed| signed.size == size) {
            if signed.root != self.frontier.root() {
                let (from, to, signed) = (self.good, size, signed.what.clone());
                return Err(Broken::Range { from, to, signed }.into());
            }
            published |= signed.published;
            self.agreed += 1;
            self.good = size;
        }
        if published { self.partials() } else { Ok(()) }
    }
}

/// The first `width` entries of a bundle, or hashes of a tile.
pub(crate) fn beginning(whole: &[u8], width: usize, entries: bool) -> Option<&[u8]> {
    let length = match entries {
        true => {
            let taken = Entries::of(whole).take(width).map_while(std::result::Result::ok);
            let lengths: Vec<usize> = taken.map(|entry| entry.len() + 2).collect();
            (lengths.len() == width).then(|| lengths.iter().sum())?
        }
        false => width * HASH_BYTES,
    };
    whole.get(..length)
}
