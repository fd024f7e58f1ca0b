//! Copies that are files: the tiles, bundles and checkpoints of the log as they are (C2SP tlog-tiles). Any
//! tool that reads such a log reads the copy.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use bailiwick_tlog::{Checkpoint, Entries, HASH_BYTES, Hash, Note, TILE_WIDTH, Tile};

use super::{Copied, HEADS_AT_ONCE_MAX, Published, Sink, failed, forked};
use crate::error::Result;
use crate::names::{CHECKPOINT, CHECKPOINTS, HEAD, VERIFIERS};

/// The folder of heads, each under its size.
const HEADS: &str = "heads";
/// Waiting files are stored together at this many.
const PENDING_FILES_MAX: usize = 64;
/// The same, in bytes.
const PENDING_BYTES_MAX: usize = 32 << 20;

/// The name of a head by its size. Names sort as sizes do.
fn head_name(size: u64) -> String {
    format!("{size:020}")
}

fn head_path(size: u64) -> PathBuf {
    Path::new(HEADS).join(head_name(size))
}

/// A file with its path below the copy.
pub(super) type Named = (PathBuf, Vec<u8>);

/// A place that keeps files.
pub(super) trait Store: Send + Debug {
    /// Its address, without secrets.
    fn address(&self) -> &str;

    /// Makes files durably. Gives the paths that already have a file; those files are left alone.
    fn create(&mut self, files: &[Named]) -> Result<Vec<PathBuf>>;

    /// The bytes of a file, if there is one.
    fn get(&mut self, path: &Path) -> Result<Option<Vec<u8>>>;

    /// The names in a folder after the given one, in order, at most the given number.
    fn names(&mut self, folder: &str, after: &str, most: usize) -> Result<Vec<String>>;

    /// Replaces a file, durably.
    fn replace(&mut self, path: &Path, bytes: &[u8]) -> Result<()>;
}

/// A copy of files in a store.
#[derive(Debug)]
pub(super) struct Files<S> {
    pub(super) store: S,
    pending: Vec<Named>,
    bytes: usize,
}

impl<S: Store> Files<S> {
    pub(super) fn new(store: S) -> Self {
        Self { store, pending: Vec::new(), bytes: 0 }
    }

    fn flush(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        self.bytes = 0;
        if pending.is_empty() {
            return Ok(());
        }
        for there in self.store.create(&pending)? {
            let ours = pending.iter().find(|(path, _)| *path == there).map(|(_, bytes)| bytes);
            if self.store.get(&there)?.as_ref() != ours {
                let what = format!("{} has other bytes than the log's", there.display());
                return Err(forked(self.store.address(), what));
            }
        }
        Ok(())
    }

    fn size_of(&self, head: &Note) -> Result<u64> {
        let head = Checkpoint::parse(&head.text);
        head.map(|head| head.size).map_err(|error| failed(self.store.address(), error))
    }

    /// The sizes of the next heads in the copy.
    fn sizes(&mut self, after: u64) -> Result<Vec<u64>> {
        let names = self.store.names(HEADS, &head_name(after), HEADS_AT_ONCE_MAX)?;
        let wrong = |name: &String| failed(self.store.address(), format!("{HEADS}/{name} is no head"));
        names.iter().map(|name| name.parse().map_err(|_| wrong(name))).collect()
    }

    /// The head of this size, which was listed.
    fn kept(&mut self, size: u64) -> Result<Note> {
        let path = head_path(size);
        let address = self.store.address().to_owned();
        let wrong = |why: String| failed(&address, format!("{}: {why}", path.display()));
        let Some(bytes) = self.store.get(&path)? else { return Err(wrong("it is missing".to_owned())) };
        let note = Note::parse(&bytes).map_err(|error| wrong(error.to_string()))?;
        match self.size_of(&note)? {
            of if of == size => Ok(note),
            of => Err(wrong(format!("it is of {of} entries"))),
        }
    }

    fn note(&mut self, path: &Path) -> Result<Option<Note>> {
        let Some(bytes) = self.store.get(path)? else { return Ok(None) };
        let wrong = |error| failed(self.store.address(), format!("{}: {error}", path.display()));
        Note::parse(&bytes).map(Some).map_err(wrong)
    }
}

impl<S: Store> Sink for Files<S> {
    fn address(&self) -> &str {
        self.store.address()
    }

    fn latest(&mut self) -> Result<Option<Note>> {
        self.note(Path::new(CHECKPOINT))
    }

    /// The bundles hold the entries.
    fn put_entries(&mut self, _: &[Copied]) -> Result<()> {
        Ok(())
    }

    fn put_file(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len();
        self.pending.push((path.to_owned(), bytes.to_owned()));
        let full = self.pending.len() >= PENDING_FILES_MAX || self.bytes >= PENDING_BYTES_MAX;
        if full { self.flush() } else { Ok(()) }
    }

    fn publish(&mut self, checkpoint: &Published<'_>) -> Result<()> {
        self.flush()?;
        let Published { size, note, latest, keys } = checkpoint;
        let path = Path::new(CHECKPOINTS).join(size.to_string());
        let bytes = note.to_string().into_bytes();
        if !self.store.create(&[(path.clone(), bytes.clone())])?.is_empty() {
            // Cosignatures may have been added or removed; the signed text must be the same.
            if self.note(&path)?.is_none_or(|there| there.text != note.text) {
                return Err(forked(
                    self.store.address(),
                    format!("its checkpoint of {size} entries differs from the log's"),
                ));
            }
        }
        if !latest {
            return Ok(());
        }
        let keys: String = keys.iter().map(|key| format!("{key}\n")).collect();
        if self.store.get(Path::new(VERIFIERS))?.as_deref() != Some(keys.as_bytes()) {
            self.store.replace(Path::new(VERIFIERS), keys.as_bytes())?;
        }
        if self.store.get(Path::new(CHECKPOINT))?.as_deref() != Some(&bytes) {
            self.store.replace(Path::new(CHECKPOINT), &bytes)?;
        }
        Ok(())
    }

    fn entries(&mut self, from: u64, count: u64, size: u64) -> Result<Vec<Copied>> {
        let Some(tile) = Tile::at(0, from / TILE_WIDTH, size) else { return Ok(Vec::new()) };
        let (Some(bundle), Some(hashes)) =
            (self.store.get(&tile.entries_path())?, self.store.get(&tile.path())?)
        else {
            return Ok(Vec::new());
        };
        let first = tile.index * TILE_WIDTH;
        let both = Entries::of(&bundle).map_while(|entry| entry.ok()).zip(hashes.chunks_exact(HASH_BYTES));
        let copied = (first..).zip(both).map(|(index, (entry, hash))| Copied {
            index,
            leaf: Hash(hash.try_into().unwrap_or_default()),
            entry: entry.to_vec(),
        });
        Ok(copied.skip((from - first) as usize).take(count as usize).collect())
    }

    fn tile(&mut self, tile: Tile) -> Result<Option<Vec<u8>>> {
        match self.store.get(&tile.path())? {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(failed(self.address(), format!("{} is missing", tile.path().display()))),
        }
    }

    /// The file `head` may be older than the newest head: a writer may have stopped before it replaced the
    /// file. So newer heads are listed after it.
    fn head(&mut self) -> Result<Option<Note>> {
        let mut newest = self.note(Path::new(HEAD))?;
        loop {
            let after = newest.as_ref().map_or(Ok(0), |head| self.size_of(head))?;
            match self.sizes(after)?.pop() {
                Some(size) => newest = Some(self.kept(size)?),
                None => return Ok(newest),
            }
        }
    }

    fn heads(&mut self, after: u64) -> Result<Vec<Note>> {
        self.sizes(after)?.into_iter().map(|size| self.kept(size)).collect()
    }

    fn put_head(&mut self, head: &Note) -> Result<()> {
        let size = self.size_of(head)?;
        let bytes = head.to_string().into_bytes();
        if !self.store.create(&[(head_path(size), bytes.clone())])?.is_empty()
            && self.kept(size)?.text != head.text
        {
            return Err(forked(
                self.store.address(),
                format!("its head of {size} entries differs from the log's"),
            ));
        }
        self.store.replace(Path::new(HEAD), &bytes)
    }
}

/// Implements [`Sink`] for a sink that is made of files.
macro_rules! sink_of_files {
    ($name:ty) => {
        impl $crate::sink::Sink for $name {
            fn address(&self) -> &str {
                self.files.address()
            }
            fn latest(&mut self) -> $crate::error::Result<Option<bailiwick_tlog::Note>> {
                self.files.latest()
            }
            fn put_entries(&mut self, entries: &[$crate::sink::Copied]) -> $crate::error::Result<()> {
                self.files.put_entries(entries)
            }
            fn put_file(&mut self, path: &std::path::Path, bytes: &[u8]) -> $crate::error::Result<()> {
                self.files.put_file(path, bytes)
            }
            fn publish(&mut self, checkpoint: &$crate::sink::Published<'_>) -> $crate::error::Result<()> {
                self.files.publish(checkpoint)
            }
            fn entries(
                &mut self,
                from: u64,
                count: u64,
                size: u64,
            ) -> $crate::error::Result<Vec<$crate::sink::Copied>> {
                self.files.entries(from, count, size)
            }
            fn tile(&mut self, tile: bailiwick_tlog::Tile) -> $crate::error::Result<Option<Vec<u8>>> {
                self.files.tile(tile)
            }
            fn head(&mut self) -> $crate::error::Result<Option<bailiwick_tlog::Note>> {
                self.files.head()
            }
            fn heads(&mut self, after: u64) -> $crate::error::Result<Vec<bailiwick_tlog::Note>> {
                self.files.heads(after)
            }
            fn put_head(&mut self, head: &bailiwick_tlog::Note) -> $crate::error::Result<()> {
                self.files.put_head(head)
            }
        }
    };
}
pub(super) use sink_of_files;
