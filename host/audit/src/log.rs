//! Writing the log: many entries and many callers share a flush.
//!
//! The first caller that needs its entries durable writes and flushes all entries that were added by then;
//! the other callers wait. The log has no thread of its own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use bailiwick_tlog::{Checkpoint, Note, SigningKey, TILE_WIDTH, Tile, VerifierKey, subtrees};
use jiff::Timestamp;

use crate::disk::Disk;
use crate::entry::{ENTRY_VERSION, Entry, Stamped};
use crate::error::{Error, Result};
use crate::fit::fit;
use crate::frame::{ENTRY_BYTES_MAX, End, HEADER_BYTES};
use crate::head::Head;
use crate::mark::Mark;
use crate::names::{CHECKPOINT, CHECKPOINTS, HEAD, VERIFIERS, segment_path};
use crate::notes::read_note;
use crate::stored::{Stored, segments};
use crate::writer::{Files, Writer};

/// Entries are written and flushed at this many bytes, even if no caller waits for them.
const PENDING_BYTES_MAX: usize = 4 << 20;
/// A segment of the write-ahead log goes into tiles at this many bytes.
const SEGMENT_BYTES_MAX: usize = 16 << 20;

/// The log, open for writing. Only the process that holds the home's lock may open it. Cheap to clone, safe
/// to share between threads.
///
/// ```no_run
/// use std::path::Path;
/// use std::sync::Arc;
///
/// use bailiwick_audit::{AuditLog, Entry, SystemDisk, read_signer};
///
/// let signer = read_signer(Path::new("./log.key"))?;
/// let log = AuditLog::open(Path::new("./audit"), Arc::new(SystemDisk), signer, 1)?;
/// log.append(&Entry::SetAside { files: 1 })?;
/// // Before this returns, the entry is durable.
/// println!("{} entries", log.commit()?.size);
/// log.sign_head()?;
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AuditLog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    files: Files,
    kid: u32,
    state: Mutex<State>,
    flushed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Entries so far, durable or not.
    size: u64,
    durable: Mark,
    /// The mark in the signed head, if there is a head.
    head: Option<Mark>,
    /// Entries not yet written, each after room for the header of its frame.
    pending: Vec<u8>,
    /// Where each frame begins.
    begins: Vec<usize>,
    /// Empty buffers to use again.
    spare: (Vec<u8>, Vec<usize>),
    /// The writer's state. The thread that has taken it writes for all.
    writer: Option<Writer>,
    poisoned: Option<String>,
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
    /// [`Error::Log`] if an entry that was durable cannot be read, or if the log does not hold the entries of
    /// its last head.
    pub fn open(folder: &Path, disk: Arc<dyn Disk>, signer: SigningKey, kid: u32) -> Result<Self> {
        Self::open_with(folder, disk, signer, kid, SEGMENT_BYTES_MAX)
    }

    /// The same, with another size at which segments of the write-ahead log go into tiles.
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
        Self::open_as(folder, disk, signer, kid, (segment_bytes, true))
    }

    /// The same, to settle a log that does not hold the entries of its last head.
    ///
    /// # Errors
    /// As [`AuditLog::open`].
    pub fn open_unheld(folder: &Path, disk: Arc<dyn Disk>, signer: SigningKey, kid: u32) -> Result<Self> {
        Self::open_as(folder, disk, signer, kid, (SEGMENT_BYTES_MAX, false))
    }

    fn open_as(
        folder: &Path,
        disk: Arc<dyn Disk>,
        signer: SigningKey,
        kid: u32,
        (segment_bytes, held): (usize, bool),
    ) -> Result<Self> {
        let stored = Stored::open(&*disk, folder)?;
        if let End::Rotten { first, next } = stored.end {
            let path = segment_path(folder, stored.first);
            return Err(Error::Log(format!(
                "entries {first} to {} in {} were changed after they were written; restore them with `audit repair`",
                next - 1,
                path.display()
            )));
        }
        let size = stored.size();
        let frontier = stored.frontier(size)?;
        let head = Head::read(&*disk, folder)?;
        if let Some(head) = head.as_ref().filter(|_| held) {
            head.is_held_by(&stored)?;
        }
        let head = head.map(|head| head.mark);
        // A crash during a change of segments leaves old ones; every segment before the last is in tiles.
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
        let writer = Writer { segment, path, first: stored.first, bytes: stored.whole, frontier };
        drop(stored);
        let state = State {
            size,
            durable,
            head,
            pending: Vec::new(),
            begins: Vec::new(),
            spare: (Vec::new(), Vec::new()),
            writer: Some(writer),
            poisoned: None,
        };
        let folder = folder.to_owned();
        let (state, flushed) = (Mutex::new(state), Condvar::new());
        let shared = Shared { files: Files { folder, disk, signer, segment_bytes }, kid, state, flushed };
        let log = Self { shared: Arc::new(shared) };
        if torn > 0 {
            log.append(&Entry::Cut { bytes: torn as u64 })?;
            log.commit()?;
        }
        Ok(log)
    }

    /// Adds an entry, and gives its index. An entry that is too large is made to fit: its texts are cut, and the ends
    /// of its lists are only counted. The entry is not durable before [`AuditLog::commit`].
    ///
    /// # Errors
    /// [`Error::Log`] if the entry cannot be written; then the act must have no effect.
    pub fn append(&self, entry: &Entry) -> Result<u64> {
        let mut state = self.state()?;
        let seq = state.size;
        let begins = state.pending.len();
        state.pending.extend_from_slice(&[0; HEADER_BYTES]);
        let (at, kid) = (Timestamp::now(), self.shared.kid);
        let stamped = Stamped { v: ENTRY_VERSION, seq, at, kid, entry };
        let mut written = serde_json::to_writer(&mut state.pending, &stamped);
        if written.is_ok() && state.pending.len() - begins - HEADER_BYTES > ENTRY_BYTES_MAX {
            state.pending.truncate(begins + HEADER_BYTES);
            written = fit(entry).and_then(|entry| {
                let stamped = Stamped { v: ENTRY_VERSION, seq, at, kid, entry: &entry };
                serde_json::to_writer(&mut state.pending, &stamped)
            });
        }
        let length = state.pending.len() - begins - HEADER_BYTES;
        if written.is_err() || length > ENTRY_BYTES_MAX {
            state.pending.truncate(begins);
            return Err(Error::Log(format!(
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

    /// Makes every entry so far durable. A failed flush is never tried again: the content on disk is then
    /// unknown, so the log takes no more entries.
    ///
    /// # Errors
    /// [`Error::Log`].
    pub fn commit(&self) -> Result<Mark> {
        let state = self.state()?;
        let size = state.size;
        self.commit_to(state, size)
    }

    /// Makes the entries up to and with this one durable.
    ///
    /// ```no_run
    /// use bailiwick_audit::{AuditLog, Entry, Result};
    ///
    /// fn durable(log: &AuditLog, entry: &Entry) -> Result<u64> {
    ///     let index = log.append(entry)?;
    ///     log.commit_entry(index)?;
    ///     assert!(log.mark()?.size > index);
    ///     Ok(index)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Log`].
    pub fn commit_entry(&self, seq: u64) -> Result<Mark> {
        self.commit_to(self.state()?, seq + 1)
    }

    /// How many entries there are, durable or not.
    ///
    /// # Errors
    /// [`Error::Log`] if an earlier write failed.
    pub fn size(&self) -> Result<u64> {
        Ok(self.state()?.size)
    }

    /// Where the durable part ends.
    ///
    /// # Errors
    /// [`Error::Log`] if an earlier write failed.
    pub fn mark(&self) -> Result<Mark> {
        Ok(self.state()?.durable.clone())
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.shared.files.folder
    }

    /// The files that opening this log has read: the segment that grows, the signed head, the public keys, and the
    /// tiles at the right edge of the tree. While none of them was touched by somebody else, opening the log again
    /// would find what this one knows. A tile is named by both of its paths, of which one may not be there.
    ///
    /// # Errors
    /// [`Error::Log`] if an earlier write failed, or another thread is writing.
    pub fn relies_on(&self) -> Result<Vec<PathBuf>> {
        let state = self.state()?;
        let busy = || Error::Log("another thread is writing the log".to_owned());
        let writer = state.writer.as_ref().ok_or_else(busy)?;
        let folder = self.folder();
        let mut paths = vec![writer.path.clone(), folder.join(HEAD), folder.join(VERIFIERS)];
        for (height, index) in subtrees(0, writer.first) {
            let tile = Tile::of_subtree(height, index, writer.first);
            let full = tile.map(|tile| Tile { width: TILE_WIDTH as u16, ..tile });
            paths.extend([tile, full].into_iter().flatten().map(|tile| folder.join(tile.path())));
        }
        paths.sort_unstable();
        paths.dedup();
        Ok(paths)
    }

    /// Its name, which its checkpoints carry.
    pub fn origin(&self) -> String {
        self.shared.files.signer.verifier().name().to_owned()
    }

    /// Where the log ended when its head was last signed; none if the head is gone.
    ///
    /// # Errors
    /// [`Error::Log`] if an earlier write failed.
    pub fn head(&self) -> Result<Option<Mark>> {
        Ok(self.state()?.head.clone())
    }

    /// Checks that the log holds the entries of its head, if there is a head.
    ///
    /// # Errors
    /// [`Error::Log`] if it does not.
    pub fn holds_head(&self) -> Result<()> {
        let Files { disk, folder, .. } = &self.shared.files;
        match Head::read(&**disk, folder)? {
            Some(head) => head.is_held_by(&Stored::open(&**disk, folder)?),
            None => Ok(()),
        }
    }

    fn state(&self) -> Result<MutexGuard<'_, State>> {
        let state =
            self.shared.state.lock().map_err(|_| Error::Log("a writer of the log panicked".to_owned()))?;
        match &state.poisoned {
            Some(why) => Err(Error::Log(format!("{why}; nothing was changed; open the home again"))),
            None => Ok(state),
        }
    }

    fn commit_to<'a>(&'a self, mut state: MutexGuard<'a, State>, size: u64) -> Result<Mark> {
        loop {
            if let Some(why) = &state.poisoned {
                return Err(Error::Log(format!("{why}; nothing was changed; open the home again")));
            }
            if state.durable.size >= size {
                return Ok(state.durable.clone());
            }
            let Some(mut writer) = state.writer.take() else {
                state = self
                    .shared
                    .flushed
                    .wait(state)
                    .map_err(|_| Error::Log("a writer of the log panicked".to_owned()))?;
                continue;
            };
            let spare = std::mem::take(&mut state.spare);
            let mut pending = std::mem::replace(&mut state.pending, spare.0);
            let mut begins = std::mem::replace(&mut state.begins, spare.1);
            let acknowledged = state.durable.size;
            drop(state);
            let written = self.shared.files.write(&mut writer, &mut pending, &begins, acknowledged);
            pending.clear();
            begins.clear();
            state = match self.shared.state.lock() {
                Ok(state) => state,
                Err(_) => return Err(Error::Log("a writer of the log panicked".to_owned())),
            };
            state.spare = (pending, begins);
            match written {
                Ok(()) => state.durable = Mark::of(writer.frontier.size(), writer.frontier.root()),
                Err(error) => state.poisoned = Some(error.to_string()),
            }
            state.writer = Some(writer);
            self.shared.flushed.notify_all();
        }
    }

    /// Waits until everything is durable, then works with the writer's state.
    fn exclusively<R>(&self, work: impl FnOnce(&Files, &mut Writer) -> Result<R>) -> Result<R> {
        loop {
            self.commit()?;
            let mut state = self.state()?;
            if state.durable.size < state.size {
                continue;
            }
            let Some(mut writer) = state.writer.take() else {
                let _woken = self.shared.flushed.wait(state);
                continue;
            };
            drop(state);
            let done = writer.own().and_then(|()| work(&self.shared.files, &mut writer));
            let mut state = self
                .shared
                .state
                .lock()
                .map_err(|_| Error::Log("a writer of the log panicked".to_owned()))?;
            state.writer = Some(writer);
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
        let files = &self.shared.files;
        let kept = files.folder.join(CHECKPOINTS).join(checkpoint.size.to_string());
        let mut own = read_note(&*files.disk, &kept)?
            .filter(|own| own.text == note.text)
            .ok_or_else(|| refused("it is no checkpoint that this log has published".to_owned()))?;
        own.signatures.retain(|signature| !witness.made(signature));
        own.signatures.extend(note.signatures.iter().filter(|signature| witness.made(signature)).cloned());
        files.replace(&kept, &own)?;
        let latest = files.folder.join(CHECKPOINT);
        if read_note(&*files.disk, &latest)?.is_some_and(|latest| latest.text == own.text) {
            files.replace(&latest, &own)?;
        }
        Ok(checkpoint.size)
    }

    /// Signs where the log ends, so that a later removal of its end is found.
    ///
    /// ```no_run
    /// use bailiwick_audit::{AuditLog, Result};
    ///
    /// fn end_of_act(log: &AuditLog) -> Result<()> {
    ///     let mark = log.commit()?;
    ///     let head = log.sign_head()?;
    ///     assert_eq!(log.head()?, Some(mark));
    ///     println!("{} signed:\n{head}", log.origin());
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Io`].
    pub fn sign_head(&self) -> Result<Note> {
        let (note, head) = self.exclusively(|files, writer| {
            let note = files.signed(&writer.frontier);
            let path = files.folder.join(HEAD);
            files.replace(&path, &note)?;
            Ok((note, Mark::of(writer.frontier.size(), writer.frontier.root())))
        })?;
        self.state()?.head = Some(head);
        Ok(note)
    }

    /// Publishes a checkpoint: an entry says so, all tiles are written, and the note is signed.
    ///
    /// ```no_run
    /// use bailiwick_audit::{AuditLog, Result, SystemDisk, published};
    ///
    /// fn publish(log: &AuditLog) -> Result<()> {
    ///     let note = log.checkpoint()?;
    ///     let latest = published(&SystemDisk, log.folder(), None)?;
    ///     assert_eq!(latest.map(|(latest, _)| latest), Some(note));
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Io`].
    pub fn checkpoint(&self) -> Result<Note> {
        self.announce()?;
        self.publish()
    }

    /// Adds the entry that announces a checkpoint of all entries before it.
    ///
    /// # Errors
    /// [`Error::Log`].
    pub fn announce(&self) -> Result<Mark> {
        let Mark { size, root } = self.commit()?;
        self.append(&Entry::Checkpoint { size, root })?;
        self.commit()
    }

    /// Publishes the announced checkpoint.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Io`].
    pub fn publish(&self) -> Result<Note> {
        let (note, head) = self.exclusively(|files, writer| {
            files.write_tiles()?;
            let note = files.signed(&writer.frontier);
            let kept = files.folder.join(CHECKPOINTS).join(writer.frontier.size().to_string());
            files.replace(&kept, &note)?;
            files.replace(&files.folder.join(HEAD), &note)?;
            files.replace(&files.folder.join(CHECKPOINT), &note)?;
            Ok((note, Mark::of(writer.frontier.size(), writer.frontier.root())))
        })?;
        self.state()?.head = Some(head);
        Ok(note)
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_tlog::Scheme;

    use super::*;
    use crate::disk::SystemDisk;

    #[test]
    fn it_relies_on_the_segment_the_head_the_keys_and_the_tiles_at_the_edge() {
        let folder = tempfile::tempdir().unwrap();
        let signer = SigningKey::new("test", Scheme::Ed25519, [7; 32]).unwrap();
        AuditLog::create(folder.path(), &SystemDisk, &signer).unwrap();
        // Whatever is durable goes into tiles at once.
        let log = AuditLog::open_with(folder.path(), Arc::new(SystemDisk), signer, 1, 1).unwrap();
        for _ in 0..300 {
            log.append(&Entry::SetAside { files: 1 }).unwrap();
        }
        log.commit().unwrap();
        log.sign_head().unwrap();
        let there: Vec<PathBuf> =
            log.relies_on().unwrap().into_iter().filter(|path| path.is_file()).collect();
        for expected in ["wal", HEAD, VERIFIERS, "tile/0", "tile/1"] {
            let place = folder.path().join(expected);
            assert!(there.iter().any(|path| path.starts_with(&place)), "{expected}: {there:?}");
        }
    }
}
