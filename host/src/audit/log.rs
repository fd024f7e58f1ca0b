//! Writing the log: many entries and many callers share a flush.
//!
//! Whoever asks first for its entries to be durable writes and flushes for everybody that has added some by
//! then; the others wait. There is no thread of its own.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use bailiwick_tlog::{Checkpoint, Frontier, Hash, Note, SigningKey, Tile, VerifierKey, leaf_hash};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::disk::{Appending, Disk};
use super::entry::{ENTRY_VERSION, Entry, Stamped};
use super::frame::{ENTRY_BYTES_MAX, End, HEADER_BYTES, seal};
use super::keys::read_verifiers;
use super::stored::{Stored, segment_path, segments};
use super::tiles::TileWriter;
use crate::error::{Error, Result};

/// The signed note of where the log ended when it was last closed.
pub(crate) const HEAD: &str = "head";
/// The latest published checkpoint: every tile of it is there.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// Every published checkpoint, by size.
pub(crate) const CHECKPOINTS: &str = "checkpoints";
/// The public keys of the log, the current one last.
pub(crate) const VERIFIERS: &str = "log.vkey";

/// Entries that wait are written and flushed at this many bytes, whoever waits for them.
const PENDING_BYTES_MAX: usize = 4 << 20;
/// A segment of the write-ahead log goes into tiles at this many bytes.
const SEGMENT_BYTES_MAX: usize = 16 << 20;

/// Where a log ends: how many entries, and the root of their tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// How many entries.
    pub size: u64,
    /// The root of their tree, in base64, as checkpoints have it.
    pub root: String,
}

impl Mark {
    pub(crate) fn of(size: u64, root: Hash) -> Self {
        Self { size, root: root.to_string() }
    }

    pub(crate) fn empty() -> Self {
        Self::of(0, bailiwick_tlog::empty_root())
    }
}

/// The log, open for writing. One process at a time: whoever holds the home's lock. Cheap to clone, safe to
/// share between threads.
#[derive(Debug, Clone)]
pub struct AuditLog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    signer: SigningKey,
    kid: u32,
    segment_bytes: usize,
    state: Mutex<State>,
    flushed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Entries so far, durable or not.
    size: u64,
    durable: Mark,
    /// Entries not yet written, each after room for the header of its frame.
    pending: Vec<u8>,
    /// Where each begins.
    begins: Vec<usize>,
    /// Empty buffers to use again.
    spare: (Vec<u8>, Vec<usize>),
    /// What writing needs. Whoever has taken it writes for all.
    desk: Option<Desk>,
    poisoned: Option<String>,
}

#[derive(Debug)]
struct Desk {
    segment: Box<dyn Appending>,
    bytes: usize,
    frontier: Frontier,
}

impl AuditLog {
    /// Makes an empty log in a folder.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create(folder: &Path, disk: &dyn Disk, signer: &SigningKey) -> Result<()> {
        let path = segment_path(folder, 0);
        disk.append(&path).map(drop).map_err(Error::io("write", &path))?;
        let path = folder.join(VERIFIERS);
        let key = format!("{}\n", signer.verifier());
        disk.replace(&path, key.as_bytes()).map_err(Error::io("write", &path))
    }

    /// Opens the log at its end. A torn end is cut, and the cut recorded. `kid` is the number of the hash key
    /// that entries are made with.
    ///
    /// # Errors
    /// [`Error::Audit`] if an entry that was durable cannot be read, or if the log does not hold what its
    /// last head says.
    pub fn open(folder: &Path, disk: Arc<dyn Disk>, signer: SigningKey, kid: u32) -> Result<Self> {
        Self::open_with(folder, disk, signer, kid, SEGMENT_BYTES_MAX)
    }

    /// The same, with segments of the write-ahead log that go into tiles at another size than the usual one.
    ///
    /// # Errors
    /// As [`AuditLog::open`].
    pub fn open_with(
        folder: &Path,
        disk: Arc<dyn Disk>,
        signer: SigningKey,
        kid: u32,
        segment_bytes: usize,
    ) -> Result<Self> {
        let stored = Stored::open(&*disk, folder)?;
        if let End::Rotten { first, next } = stored.end {
            let path = segment_path(folder, stored.first);
            return Err(Error::Audit(format!(
                "entries {first} to {} in {} were changed after they were written; restore them with `audit repair`",
                next - 1,
                path.display()
            )));
        }
        let size = stored.size();
        let frontier = stored.frontier(size)?;
        let head = read_note(&*disk, &folder.join(HEAD))?;
        if let Some(head) = head {
            holds(&stored, &head)?;
        }
        // What a crash left of a change of segments: everything before the last is in tiles.
        for old in segments(&*disk, folder)?.into_iter().filter(|first| *first < stored.first) {
            let path = segment_path(folder, old);
            disk.remove(&path).map_err(Error::io("remove", &path))?;
        }
        let path = segment_path(folder, stored.first);
        let mut segment = disk.append(&path).map_err(Error::io("open", &path))?;
        let torn = stored.segment.len() - stored.whole;
        if torn > 0 {
            segment.cut(stored.whole as u64).map_err(Error::io("cut", &path))?;
        }
        let durable = Mark::of(size, frontier.root());
        let desk = Desk { segment, bytes: stored.whole, frontier };
        drop(stored);
        let state = State {
            size,
            durable,
            pending: Vec::new(),
            begins: Vec::new(),
            spare: (Vec::new(), Vec::new()),
            desk: Some(desk),
            poisoned: None,
        };
        let folder = folder.to_owned();
        let (state, flushed) = (Mutex::new(state), Condvar::new());
        let shared = Shared { folder, disk, signer, kid, segment_bytes, state, flushed };
        let log = Self { shared: Arc::new(shared) };
        if torn > 0 {
            log.append(&Entry::Cut { bytes: torn as u64 })?;
            log.commit()?;
        }
        Ok(log)
    }

    /// Adds an entry, and gives its index. It is not durable before [`AuditLog::commit`].
    ///
    /// # Errors
    /// [`Error::Audit`] if it cannot be written: then nothing may take effect.
    pub fn append(&self, entry: &Entry) -> Result<u64> {
        let mut state = self.state()?;
        let seq = state.size;
        let begins = state.pending.len();
        state.pending.extend_from_slice(&[0; HEADER_BYTES]);
        let stamped = Stamped { v: ENTRY_VERSION, seq, at: Timestamp::now(), kid: self.shared.kid, entry };
        let written = serde_json::to_writer(&mut state.pending, &stamped);
        let length = state.pending.len() - begins - HEADER_BYTES;
        if written.is_err() || length > ENTRY_BYTES_MAX {
            state.pending.truncate(begins);
            return Err(Error::Audit(format!(
                "an entry `{}` of {length} bytes; the most is {ENTRY_BYTES_MAX}",
                entry.kind()
            )));
        }
        state.begins.push(begins);
        state.size += 1;
        if state.pending.len() >= PENDING_BYTES_MAX {
            self.commit_to(state, seq + 1)?;
        }
        Ok(seq)
    }

    /// Makes every entry so far durable. A failed flush is never tried again: what the system then has on
    /// disk is unknown, so the log takes no more entries.
    ///
    /// # Errors
    /// [`Error::Audit`].
    pub fn commit(&self) -> Result<Mark> {
        let state = self.state()?;
        let size = state.size;
        self.commit_to(state, size)
    }

    /// Makes the entries up to and with this one durable.
    ///
    /// # Errors
    /// [`Error::Audit`].
    pub fn commit_entry(&self, seq: u64) -> Result<Mark> {
        self.commit_to(self.state()?, seq + 1)
    }

    /// How many entries there are, durable or not.
    ///
    /// # Errors
    /// [`Error::Audit`] if an earlier write failed.
    pub fn size(&self) -> Result<u64> {
        Ok(self.state()?.size)
    }

    /// Where the durable part ends.
    ///
    /// # Errors
    /// [`Error::Audit`] if an earlier write failed.
    pub fn mark(&self) -> Result<Mark> {
        Ok(self.state()?.durable.clone())
    }

    fn state(&self) -> Result<MutexGuard<'_, State>> {
        let state =
            self.shared.state.lock().map_err(|_| Error::Audit("a writer of the log panicked".to_owned()))?;
        match &state.poisoned {
            Some(why) => Err(Error::Audit(format!("{why}; nothing was changed; open the home again"))),
            None => Ok(state),
        }
    }

    fn commit_to<'a>(&'a self, mut state: MutexGuard<'a, State>, size: u64) -> Result<Mark> {
        loop {
            if let Some(why) = &state.poisoned {
                return Err(Error::Audit(format!("{why}; nothing was changed; open the home again")));
            }
            if state.durable.size >= size {
                return Ok(state.durable.clone());
            }
            let Some(mut desk) = state.desk.take() else {
                state = self
                    .shared
                    .flushed
                    .wait(state)
                    .map_err(|_| Error::Audit("a writer of the log panicked".to_owned()))?;
                continue;
            };
            let spare = std::mem::take(&mut state.spare);
            let mut pending = std::mem::replace(&mut state.pending, spare.0);
            let mut begins = std::mem::replace(&mut state.begins, spare.1);
            let acknowledged = state.durable.size;
            drop(state);
            let written = self.shared.write(&mut desk, &mut pending, &begins, acknowledged);
            pending.clear();
            begins.clear();
            state = match self.shared.state.lock() {
                Ok(state) => state,
                Err(_) => return Err(Error::Audit("a writer of the log panicked".to_owned())),
            };
            state.spare = (pending, begins);
            match written {
                Ok(()) => state.durable = Mark::of(desk.frontier.size(), desk.frontier.root()),
                Err(error) => state.poisoned = Some(error.to_string()),
            }
            state.desk = Some(desk);
            self.shared.flushed.notify_all();
        }
    }

    /// Takes the desk when everything is durable, works with it, and puts it back.
    fn exclusively<R>(&self, work: impl FnOnce(&Shared, &mut Desk) -> Result<R>) -> Result<R> {
        loop {
            self.commit()?;
            let mut state = self.state()?;
            if state.durable.size < state.size {
                continue;
            }
            let Some(mut desk) = state.desk.take() else {
                let _woken = self.shared.flushed.wait(state);
                continue;
            };
            drop(state);
            let done = work(&self.shared, &mut desk);
            let mut state = self
                .shared
                .state
                .lock()
                .map_err(|_| Error::Audit("a writer of the log panicked".to_owned()))?;
            state.desk = Some(desk);
            self.shared.flushed.notify_all();
            return done;
        }
    }

    /// Adds a witness's signature to a published checkpoint.
    ///
    /// # Errors
    /// [`Error::Refused`] if the note is no published checkpoint, or the witness has not signed it.
    pub fn cosign(&self, note: &Note, witness: &VerifierKey) -> Result<u64> {
        let refused = |message: String| Error::Refused { code: "bad_cosignature".to_owned(), message };
        witness.verify(note).map_err(|error| refused(format!("the checkpoint has {error}")))?;
        let checkpoint = Checkpoint::parse(&note.text).map_err(|error| refused(error.to_string()))?;
        let shared = &self.shared;
        let kept = shared.folder.join(CHECKPOINTS).join(checkpoint.size.to_string());
        let mut own = read_note(&*shared.disk, &kept)?
            .filter(|own| own.text == note.text)
            .ok_or_else(|| refused("it is no checkpoint that this log has published".to_owned()))?;
        own.signatures.retain(|signature| !witness.made(signature));
        own.signatures.extend(note.signatures.iter().filter(|signature| witness.made(signature)).cloned());
        shared.replace(&kept, &own)?;
        let latest = shared.folder.join(CHECKPOINT);
        if read_note(&*shared.disk, &latest)?.is_some_and(|latest| latest.text == own.text) {
            shared.replace(&latest, &own)?;
        }
        Ok(checkpoint.size)
    }

    /// Signs where the log ends: whoever removes its end later is found out.
    ///
    /// # Errors
    /// [`Error::Audit`], [`Error::Io`].
    pub fn sign_head(&self) -> Result<Note> {
        self.exclusively(|shared, desk| {
            let note = shared.signed(&desk.frontier);
            let path = shared.folder.join(HEAD);
            shared.replace(&path, &note)?;
            Ok(note)
        })
    }

    /// Publishes a checkpoint: an entry says so, all tiles are written, and the note is signed.
    ///
    /// # Errors
    /// [`Error::Audit`], [`Error::Io`].
    pub fn checkpoint(&self) -> Result<Note> {
        let Mark { size, root } = self.commit()?;
        self.append(&Entry::Checkpoint { size, root })?;
        self.exclusively(|shared, desk| {
            shared.write_tiles()?;
            let note = shared.signed(&desk.frontier);
            let kept = shared.folder.join(CHECKPOINTS).join(desk.frontier.size().to_string());
            shared.replace(&kept, &note)?;
            shared.replace(&shared.folder.join(HEAD), &note)?;
            shared.replace(&shared.folder.join(CHECKPOINT), &note)?;
            Ok(note)
        })
    }
}

impl Shared {
    /// One batch: hashed, framed, written, flushed.
    fn write(&self, desk: &mut Desk, pending: &mut [u8], begins: &[usize], acknowledged: u64) -> Result<()> {
        let mut rest = pending;
        let mut at = 0;
        let whole = std::mem::take(&mut rest);
        for (place, begin) in begins.iter().enumerate() {
            let end = begins.get(place + 1).copied().unwrap_or(whole.len());
            let Some(frame) = whole.get_mut(*begin..end) else { continue };
            let leaf = leaf_hash(frame.get(HEADER_BYTES..).unwrap_or_default());
            seal(frame, 0, desk.frontier.size(), acknowledged, &leaf);
            desk.frontier.push(leaf);
            at = end;
        }
        let failed = |error: std::io::Error| {
            Error::Audit(format!("{} cannot be written ({error})", self.folder.display()))
        };
        desk.segment.write(whole.get(..at).unwrap_or_default()).map_err(failed)?;
        desk.segment.sync().map_err(failed)?;
        desk.bytes += at;
        if desk.bytes >= self.segment_bytes { self.roll(desk) } else { Ok(()) }
    }

    /// The segment goes into tiles; a new one begins.
    fn roll(&self, desk: &mut Desk) -> Result<()> {
        let old = self.write_tiles()?;
        let size = desk.frontier.size();
        let path = segment_path(&self.folder, size);
        desk.segment = self.disk.append(&path).map_err(Error::io("write", &path))?;
        desk.bytes = 0;
        let path = segment_path(&self.folder, old);
        self.disk.remove(&path).map_err(Error::io("remove", &path))?;
        self.remove_partials(old, size)
    }

    /// Writes the tiles of the current segment durably, and gives its first entry.
    fn write_tiles(&self) -> Result<u64> {
        let stored = Stored::open(&*self.disk, &self.folder)?;
        let mut tiles = TileWriter::resume(stored.tiles())?;
        for frame in &stored.frames {
            tiles.push(frame.leaf, frame.entry(&stored.segment))?;
        }
        tiles.finish()?;
        Ok(stored.first)
    }

    /// Removes partial tiles of the segment before: those that became full, and those that no published
    /// checkpoint has.
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

    fn signed(&self, frontier: &Frontier) -> Note {
        let origin = self.signer.verifier();
        let mut note = Checkpoint::new(origin.name(), frontier.size(), frontier.root()).note();
        self.signer.sign(&mut note, 0);
        note
    }

    fn replace(&self, path: &Path, note: &Note) -> Result<()> {
        self.disk.replace(path, note.to_string().as_bytes()).map_err(Error::io("write", path))
    }
}

/// A note of the log, if it is there.
pub(crate) fn read_note(disk: &dyn Disk, path: &Path) -> Result<Option<Note>> {
    match disk.read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
        Ok(bytes) => {
            let note = Note::parse(&bytes);
            note.map(Some).map_err(|error| Error::Audit(format!("{}: {error}", path.display())))
        }
    }
}

/// The log holds what its signed head says.
fn holds(stored: &Stored<'_>, head: &Note) -> Result<()> {
    let path = stored.folder.join(HEAD);
    let wrong = |error: &dyn std::fmt::Display| Error::Audit(format!("{}: {error}", path.display()));
    let keys = stored.folder.join(VERIFIERS);
    let bytes = stored.disk.read(&keys).map_err(Error::io("read", &keys))?;
    let mut keys = read_verifiers(&bytes, &keys)?.into_iter();
    if !keys.any(|key| key.verify(head).is_ok()) {
        return Err(wrong(&"it has no signature of the log that fits"));
    }
    let head = Checkpoint::parse(&head.text).map_err(|error| wrong(&error))?;
    if head.size > stored.size() {
        return Err(Error::Audit(format!(
            "the log had {} entries when it was last closed, it has {}: its end was removed; restore it with `audit repair`",
            head.size,
            stored.size()
        )));
    }
    if stored.root(head.size)? != head.root {
        return Err(Error::Audit(format!(
            "the first {} entries are not those that were signed; find the first wrong one with `audit verify`",
            head.size
        )));
    }
    Ok(())
}
