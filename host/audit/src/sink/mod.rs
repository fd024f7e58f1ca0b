//! Sinks: copies of the log elsewhere, brought up to its checkpoints. A sink is never in the path of a call:
//! it gets missing entries later, and giving it an entry twice changes nothing.
//!
//! A copy is as good as the log: a check recomputes all its hashes, and a damaged log is repaired from it. So a sink
//! keeps entries byte by byte, and never replaces entries, tiles, checkpoints and heads.

mod address;
mod check;
mod files;
mod folder;
mod heads;
#[cfg(feature = "object-store")]
mod object;
#[cfg(feature = "postgres")]
mod postgres;
mod ship;
mod telling;

use std::fmt::Debug;
use std::path::Path;

use bailiwick_tlog::{Checkpoint, Hash, Note, Tile, VerifierKey};

use crate::error::{Error, Result};

pub use address::SinkAddress;
pub use check::{CheckedCopy, Expecting, check_copy};
pub use folder::FolderSink;
pub use heads::{holds_heads, holds_newest};
#[cfg(feature = "object-store")]
pub use object::ObjectStoreSink;
#[cfg(feature = "postgres")]
pub use postgres::PostgresSink;
pub use ship::ship;
pub use telling::Telling;

/// The most entries that a sink is given, or asked for, at once: a full bundle.
pub const BATCH_ENTRIES_MAX: u64 = bailiwick_tlog::TILE_WIDTH;

/// The most heads that a sink is asked for at once.
pub const HEADS_AT_ONCE_MAX: usize = 1_000;

/// An entry as a sink has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Its index in the log.
    pub index: u64,
    /// The hash that is kept beside it.
    pub leaf: Hash,
    /// Its bytes.
    pub entry: Vec<u8>,
}

/// A copy of the log. Give it only bytes that were checked before; check everything that is read from it.
pub trait Sink: Send + Debug {
    /// Its address, without secrets.
    fn address(&self) -> &str;

    /// The latest checkpoint that was published to it. The copy holds all entries before the checkpoint.
    ///
    /// # Errors
    /// [`Error::Sink`].
    fn latest(&mut self) -> Result<Option<Note>>;

    /// How many entries it has up to its latest checkpoint.
    ///
    /// # Errors
    /// [`Error::Sink`].
    fn size(&mut self) -> Result<u64> {
        let Some(note) = self.latest()? else { return Ok(0) };
        let checkpoint = Checkpoint::parse(&note.text);
        checkpoint.map(|checkpoint| checkpoint.size).map_err(|error| failed(self.address(), error))
    }

    /// Takes consecutive entries, at most [`BATCH_ENTRIES_MAX`]. Entries that it has are skipped.
    ///
    /// # Errors
    /// [`Error::SinkForked`] if it has another entry under an index; [`Error::Sink`].
    fn put_entries(&mut self, entries: &[Copied]) -> Result<()>;

    /// Takes a tile or a bundle, with its path below the log.
    ///
    /// # Errors
    /// [`Error::SinkForked`] if it has other bytes under this path; [`Error::Sink`].
    fn put_file(&mut self, path: &Path, bytes: &[u8]) -> Result<()>;

    /// Takes a checkpoint and the public keys of the log. All entries before the checkpoint must be durable
    /// in the copy.
    ///
    /// # Errors
    /// [`Error::SinkForked`] if it has another checkpoint of this size; [`Error::Sink`].
    fn publish(&mut self, checkpoint: &Published<'_>) -> Result<()>;

    /// Reads back `count` entries from an index on, at most [`BATCH_ENTRIES_MAX`] and all of one bundle, in a
    /// copy of `size` entries. Gives fewer if some are missing.
    ///
    /// # Errors
    /// [`Error::Sink`].
    fn entries(&mut self, from: u64, count: u64, size: u64) -> Result<Vec<Copied>>;

    /// Reads back a tile; `None` if this kind of copy keeps no tiles.
    ///
    /// # Errors
    /// [`Error::Sink`] if it keeps tiles and does not have this one.
    fn tile(&mut self, tile: Tile) -> Result<Option<Vec<u8>>>;

    /// The newest signed head that it was given.
    ///
    /// # Errors
    /// [`Error::Sink`].
    fn head(&mut self) -> Result<Option<Note>>;

    /// The signed heads of more than the given number of entries, in the order of their sizes, at most
    /// [`HEADS_AT_ONCE_MAX`]; empty if there are no further heads.
    ///
    /// # Errors
    /// [`Error::Sink`].
    fn heads(&mut self, after: u64) -> Result<Vec<Note>>;

    /// Takes a signed head of the log, and keeps it beside the earlier ones.
    ///
    /// # Errors
    /// [`Error::SinkForked`] if it has another head of this size; [`Error::Sink`].
    fn put_head(&mut self, head: &Note) -> Result<()>;
}

/// A published checkpoint of the log.
#[derive(Debug)]
pub struct Published<'a> {
    /// How many entries.
    pub size: u64,
    /// The signed note.
    pub note: &'a Note,
    /// Whether it is the latest.
    pub latest: bool,
    /// The public keys of the log.
    pub keys: &'a [VerifierKey],
}

/// Opens the sink at an address. `origin` is the log's name.
///
/// # Errors
/// [`Error::SinkUnsupported`] if the program was built without this kind; [`Error::Sink`].
pub fn open(address: &SinkAddress, origin: &str) -> Result<Box<dyn Sink>> {
    match address.kind() {
        address::Kind::Folder(path) => Ok(Box::new(FolderSink::new(path))),
        #[cfg(feature = "postgres")]
        address::Kind::Postgres(url) => Ok(Box::new(PostgresSink::open(url, address.shown(), origin)?)),
        #[cfg(feature = "object-store")]
        address::Kind::Bucket(url) => Ok(Box::new(ObjectStoreSink::s3(url)?)),
        #[allow(unreachable_patterns, reason = "with all features there is nothing left")]
        other => {
            let _ = origin;
            let feature = other.feature();
            Err(Error::SinkUnsupported { sink: address.shown().to_owned(), feature })
        }
    }
}

/// A sink that failed.
pub fn failed(sink: &str, error: impl std::fmt::Display) -> Error {
    Error::Sink { sink: sink.to_owned(), message: error.to_string() }
}

/// A sink that differs from the log.
pub fn forked(sink: &str, what: impl std::fmt::Display) -> Error {
    Error::SinkForked { sink: sink.to_owned(), what: what.to_string() }
}
