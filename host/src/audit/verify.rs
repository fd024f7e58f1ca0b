//! Checking the whole log: every entry, every tile, every checkpoint. Nothing that is checked is written
//! anew: what is hashed are the bytes as they are stored.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use bailiwick_tlog::{
    Checkpoint, Entries, Frontier, Grown, HASH_BYTES, Hash, Note, Scheme, TILE_WIDTH, Tile, TileBuilder,
    VerifierKey, leaf_hash, put_entry,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::disk::Disk;
use super::frame::End;
use super::keys::read_verifiers;
use super::log::{CHECKPOINT, CHECKPOINTS, HEAD, Mark, VERIFIERS, read_note};
use super::stored::Stored;
use crate::error::{Error, Result};

/// What a log is held against beside its own files: what was kept where nobody could change it with the log.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The log's public keys. Without any, those that lie with the log are believed.
    pub keys: Vec<VerifierKey>,
    /// Checkpoints kept elsewhere.
    pub checkpoints: Vec<Note>,
    /// Witnesses: every checkpoint that carries their cosignature is checked against their key.
    pub witnesses: Vec<VerifierKey>,
    /// Where the log ended when the book was last changed.
    pub mark: Option<Mark>,
}

/// A log that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Where it ends.
    pub mark: Mark,
    /// Entries by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Calls that ended in a fault.
    pub faults: u64,
    /// Bytes of all entries.
    pub entry_bytes: u64,
    /// Signed checkpoints that agree with it.
    pub checkpoints: u64,
    /// Entries up to the last checkpoint that is published with its tiles.
    pub published: u64,
    /// Cosignatures of witnesses that fit.
    pub cosignatures: u64,
    /// Bytes after the last whole entry: an entry that was being written when its writer was
    /// stopped, or is being written now. Nothing took effect on it; the next writer cuts it and
    /// records the cut.
    pub torn_bytes: u64,
}

/// What is wrong, and where first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry.
    #[error("entry {index} is wrong: {why}")]
    Entry {
        /// The first that is wrong.
        index: u64,
        /// Why.
        why: String,
    },
    /// Entries that each look right but are not those that were signed.
    #[error("the entries {from} to {} are not those that {signed} has: one of them was changed, added or removed", to - 1)]
    Range {
        /// The first that may be wrong: those before it agree with an earlier checkpoint.
        from: u64,
        /// After the last that may be wrong.
        to: u64,
        /// Which checkpoint.
        signed: String,
    },
    /// The log ends before a checkpoint.
    #[error("the log has {size} entries, {signed} has {expected}: its end was removed")]
    Short {
        /// How many there are.
        size: u64,
        /// How many there were.
        expected: u64,
        /// Which checkpoint.
        signed: String,
    },
    /// A file beside the entries.
    #[error("{} is wrong: {why}", path.display())]
    File {
        /// Which, below the log.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        Self::Audit(broken.to_string())
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    seq: u64,
    #[serde(borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    outcome: Option<&'a RawValue>,
}

/// A head that the log must agree with.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) what: String,
}

/// Reads the whole log and checks it.
///
/// # Errors
/// [`Error::Audit`] names the first entry or file that is wrong, as [`Broken`] says it.
pub fn verify(disk: &dyn Disk, folder: &Path, expected: &Expected) -> Result<Verified> {
    let stored = Stored::open(disk, folder)?;
    if let End::Rotten { first, .. } = stored.end {
        let why = "its frame in the write-ahead log was changed after it was written".to_owned();
        return Err(Broken::Entry { index: first, why }.into());
    }
    let (mut signed, cosignatures) = signed(disk, folder, expected)?;
    let checkpoints = signed.len() as u64;
    if let Some(mark) = &expected.mark {
        let root = Hash::from_base64(&mark.root)
            .ok_or_else(|| Error::Audit("the book's mark of the log is unreadable".to_owned()))?;
        signed.push(Signed { size: mark.size, root, what: "the book's last change".to_owned() });
    }
    signed.sort_by_key(|signed| signed.size);
    let published = read_note(disk, &folder.join(CHECKPOINT))?
        .and_then(|note| Checkpoint::parse(&note.text).ok())
        .map_or(0, |checkpoint| checkpoint.size);
    let mut walk = Walk {
        stored: &stored,
        published,
        signed,
        agreed: 0,
        good: 0,
        frontier: Frontier::default(),
        builder: TileBuilder::default(),
        bundle: Vec::new(),
        checked: HashSet::new(),
        verified: Verified {
            mark: Mark::empty(),
            kinds: BTreeMap::new(),
            faults: 0,
            entry_bytes: 0,
            checkpoints,
            published,
            cosignatures,
            torn_bytes: (stored.segment.len() - stored.whole) as u64,
        },
    };
    walk.heads()?;
    walk.tiles()?;
    walk.segment()?;
    walk.rest()?;
    let Walk { frontier, mut verified, signed, agreed, .. } = walk;
    if let Some(beyond) = signed.get(agreed) {
        let (size, expected, signed) = (frontier.size(), beyond.size, beyond.what.clone());
        return Err(Broken::Short { size, expected, signed }.into());
    }
    verified.mark = Mark::of(frontier.size(), frontier.root());
    Ok(verified)
}

/// Every checkpoint there is, its signature checked, and how many cosignatures fit.
pub(crate) fn signed(disk: &dyn Disk, folder: &Path, expected: &Expected) -> Result<(Vec<Signed>, u64)> {
    let path = folder.join(VERIFIERS);
    let bytes = disk.read(&path).map_err(Error::io("read", &path))?;
    let own = read_verifiers(&bytes, &path)?;
    let keys = match expected.keys.is_empty() {
        true => own,
        false => match own.iter().find(|key| !expected.keys.contains(key)) {
            Some(key) => {
                let why = format!("it has a key that is not among those given: {key}");
                return Err(Broken::File { path: VERIFIERS.into(), why }.into());
            }
            None => expected.keys.clone(),
        },
    };
    let mut notes = Vec::new();
    for name in [HEAD, CHECKPOINT] {
        notes.extend(read_note(disk, &folder.join(name))?.map(|note| (name.to_owned(), note)));
    }
    for name in disk.list(&folder.join(CHECKPOINTS)).map_err(Error::io("list", folder))? {
        let path = format!("{CHECKPOINTS}/{name}");
        if let Some(note) = read_note(disk, &folder.join(&path))? {
            if Checkpoint::parse(&note.text).is_ok_and(|it| it.size.to_string() != name) {
                let why = "it is of another size than its name says".to_owned();
                return Err(Broken::File { path: path.into(), why }.into());
            }
            notes.push((path, note));
        }
    }
    let given = expected.checkpoints.iter().enumerate();
    notes.extend(given.map(|(at, note)| (format!("checkpoint {} kept elsewhere", at + 1), note.clone())));
    let (mut signed, mut cosignatures) = (Vec::new(), 0);
    for (what, note) in notes {
        let wrong = |why: String| Error::from(Broken::File { path: what.clone().into(), why });
        let mut by = keys.iter().filter(|key| key.scheme() == Scheme::Ed25519);
        if !by.any(|key| key.verify(&note).is_ok()) {
            return Err(wrong("it has no signature of the log that fits".to_owned()));
        }
        for witness in &expected.witnesses {
            match witness.verify(&note) {
                Ok(_) => cosignatures += 1,
                Err(bailiwick_tlog::VerifyError::Missing(_)) => {}
                Err(error) => return Err(wrong(error.to_string())),
            }
        }
        let Checkpoint { size, root, .. } =
            Checkpoint::parse(&note.text).map_err(|error| wrong(error.to_string()))?;
        signed.push(Signed { size, root, what });
    }
    Ok((signed, cosignatures))
}

struct Walk<'a, 's> {
    stored: &'s Stored<'a>,
    published: u64,
    signed: Vec<Signed>,
    /// How many of the signed heads agree so far.
    agreed: usize,
    /// Entries up to the last head that agrees.
    good: u64,
    frontier: Frontier,
    builder: TileBuilder,
    bundle: Vec<u8>,
    checked: HashSet<PathBuf>,
    verified: Verified,
}

impl Walk<'_, '_> {
    /// The entries that are in tiles only.
    fn tiles(&mut self) -> Result<()> {
        let tiles = self.stored.tiles();
        for index in 0..tiles.size.div_ceil(TILE_WIDTH) {
            let Some(tile) = Tile::at(0, index, tiles.size) else { break };
            let first = index * TILE_WIDTH;
            let hashes = tiles.tile(tile)?;
            let bundle = tiles.bundle(index)?;
            let mut entries = Entries::of(&bundle);
            for (index, hash) in (first..).zip(hashes.chunks_exact(HASH_BYTES)) {
                let wrong = |why: &str| Broken::Entry { index, why: why.to_owned() };
                let entry = entries.next().and_then(std::result::Result::ok);
                let entry = entry.ok_or_else(|| wrong("its bundle ends before it"))?;
                if leaf_hash(entry).0 != hash {
                    return Err(wrong("its hash is not the one in its tile").into());
                }
                self.entry(index, entry, Hash(hash.try_into().unwrap_or_default()))?;
            }
            if tile.is_full() && entries.next().is_some() {
                let why = "it has more entries than its tile has hashes".to_owned();
                return Err(Broken::File { path: tile.entries_path(), why }.into());
            }
        }
        Ok(())
    }

    /// The entries in the write-ahead log.
    fn segment(&mut self) -> Result<()> {
        for (index, frame) in (self.stored.first..).zip(&self.stored.frames) {
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

    /// A tile of the tree is full: the one on disk must be the same.
    fn full(&mut self, grown: &Grown) -> Result<()> {
        let needed = (grown.tile.index + 1) << (8 * (u32::from(grown.tile.level) + 1));
        let needed = needed <= self.stored.first.max(self.published);
        self.same(grown.tile.path(), &grown.bytes, needed)?;
        if grown.tile.level == 0 {
            let bundle = std::mem::take(&mut self.bundle);
            self.same(grown.tile.entries_path(), &bundle, needed)?;
        }
        Ok(())
    }

    fn same(&mut self, path: PathBuf, bytes: &[u8], needed: bool) -> Result<()> {
        let wrong = |why: &str| Broken::File { path: path.clone(), why: why.to_owned() };
        match self.stored.disk.read(&self.stored.folder.join(&path)) {
            Ok(found) if found == bytes => {}
            Ok(_) => return Err(wrong("it is not what the entries make").into()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !needed => {
                return self.beginnings(&path, bytes);
            }
            Err(error) => return Err(wrong(&error.to_string()).into()),
        }
        self.checked.insert(path);
        Ok(())
    }

    /// A tile became full after the last checkpoint and is not written yet: those of the checkpoint that were
    /// not full are beginnings of it.
    fn beginnings(&mut self, full: &Path, whole: &[u8]) -> Result<()> {
        let mut under = full.to_owned();
        under.as_mut_os_string().push(".p");
        let folder = self.stored.folder.join(&under);
        for name in self.stored.disk.list(&folder).map_err(Error::io("list", &folder))? {
            let path = under.join(&name);
            let width = name.parse().ok().filter(|width| (1..TILE_WIDTH as usize).contains(width));
            let expected = width.and_then(|width| beginning(whole, width, full.starts_with("tile/entries")));
            let found = self.stored.disk.read(&self.stored.folder.join(&path));
            if expected.is_none() || found.ok().as_deref() != expected {
                return Err(Broken::File { path, why: "it is not what the entries make".to_owned() }.into());
            }
            self.checked.insert(path);
        }
        Ok(())
    }

    /// The heads that are signed for this many entries.
    fn heads(&mut self) -> Result<()> {
        while let Some(signed) = self.signed.get(self.agreed) {
            if signed.size != self.frontier.size() {
                break;
            }
            if signed.root != self.frontier.root() {
                let (from, to, signed) = (self.good, signed.size, signed.what.clone());
                return Err(Broken::Range { from, to, signed }.into());
            }
            self.agreed += 1;
            self.good = self.frontier.size();
        }
        Ok(())
    }

    /// Everything else that lies among the tiles: partial ones must be beginnings of the full ones.
    fn rest(&mut self) -> Result<()> {
        let folder = self.stored.folder;
        let mut folders = vec![PathBuf::from("tile")];
        let last: Vec<Grown> = self.builder.partials().collect();
        while let Some(under) = folders.pop() {
            for name in self.stored.disk.list(&folder.join(&under)).map_err(Error::io("list", folder))? {
                let path = under.join(&name);
                if folder.join(&path).is_dir() {
                    folders.push(path);
                } else if !self.checked.contains(&path) {
                    self.partial(&path, &last)?;
                }
            }
        }
        Ok(())
    }

    fn partial(&self, path: &Path, last: &[Grown]) -> Result<()> {
        let wrong = |why: &str| Broken::File { path: path.to_owned(), why: why.to_owned() };
        let folder = path.parent().unwrap_or(path);
        let width: Option<usize> = path.file_name().and_then(|name| name.to_str()?.parse().ok());
        let full = folder.to_str().and_then(|folder| folder.strip_suffix(".p")).map(PathBuf::from);
        let (Some(width), Some(full)) = (width.filter(|width| (1..256).contains(width)), full) else {
            return Err(wrong("no such file belongs to the log").into());
        };
        let found = self.stored.disk.read(&self.stored.folder.join(path));
        let found = found.map_err(|error| wrong(&error.to_string()))?;
        let entries = full.starts_with("tile/entries");
        // Its whole: the full tile, which is checked, or the last of its level.
        let whole = match self.checked.contains(&full) {
            true => self.stored.disk.read(&self.stored.folder.join(&full)).unwrap_or_default(),
            false => {
                let of = |grown: &&Grown| {
                    let tile = Tile { width: TILE_WIDTH as u16, ..grown.tile };
                    match entries {
                        true => tile.level == 0 && tile.entries_path() == full,
                        false => tile.path() == full,
                    }
                };
                match (last.iter().find(of), entries) {
                    (Some(_), true) => self.bundle.clone(),
                    (Some(grown), false) => grown.bytes.clone(),
                    (None, _) => return Err(wrong("no such tile belongs to the log").into()),
                }
            }
        };
        match beginning(&whole, width, entries) {
            Some(beginning) if beginning == found => Ok(()),
            _ => Err(wrong("it is not what the entries make").into()),
        }
    }
}

/// The first so many entries of a bundle, or hashes of a tile.
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
