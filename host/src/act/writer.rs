//! One file being written through a plugin, on a thread of its own.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use bailiwick_sdk::document::Item;
use sha2::{Digest, Sha256};

use crate::audit::Digested;
use crate::bounds::Output;
use crate::call::{PIECE_BYTES, Session};
use crate::error::{Error, Result};
use crate::files::{self, Readers};
use crate::hex;
use crate::home::OUTBOX;

/// The most pieces that wait for the plugin.
const PIECES_WAITING_MAX: usize = 4;

/// A file that is written, waiting for the transaction.
pub(crate) struct Staged {
    /// The final path, relative to the home.
    pub(crate) path: PathBuf,
    /// The path at which it waits, relative to the home.
    pub(crate) staged: PathBuf,
    pub(crate) digest: Digested,
}

/// A file that is being written: takes its documents.
pub(crate) struct Writer<'scope> {
    pending: Vec<u8>,
    to: SyncSender<Vec<u8>>,
    thread: ScopedJoinHandle<'scope, Result<Staged>>,
}

/// A file that is begun: the encoder is open.
pub(crate) struct Begun {
    pub(crate) session: Session<'static>,
    pub(crate) path: PathBuf,
    pub(crate) staged: PathBuf,
    /// Counts the bytes of all files of the act.
    pub(crate) output: Arc<Output>,
}

impl<'scope> Writer<'scope> {
    pub(crate) fn start<'env: 'scope>(
        scope: &'scope Scope<'scope, 'env>,
        home: &'env Path,
        begun: Begun,
    ) -> Result<Self> {
        let (to, pieces) = sync_channel(PIECES_WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("bailiwick-encode".to_owned())
            .spawn_scoped(scope, {
                let span = tracing::Span::current();
                move || span.in_scope(|| begun.write(home, &pieces))
            })
            .map_err(Error::io("start the thread", std::path::Path::new("bailiwick-encode")))?;
        Ok(Self { pending: Vec::with_capacity(PIECE_BYTES), to, thread })
    }

    /// Adds a document, which is one line of JSON without its end. False if the writer has stopped;
    /// `finish` says why.
    #[must_use]
    pub(crate) fn push(&mut self, line: &[u8]) -> bool {
        self.pending.extend_from_slice(line);
        self.pending.push(b'\n');
        self.is_room() || self.send()
    }

    /// The same for an item.
    #[must_use]
    pub(crate) fn push_item(&mut self, item: &Item) -> bool {
        item.write_line(&mut self.pending);
        self.is_room() || self.send()
    }

    fn is_room(&self) -> bool {
        self.pending.len() < PIECE_BYTES
    }

    fn send(&mut self) -> bool {
        let piece = std::mem::replace(&mut self.pending, Vec::with_capacity(PIECE_BYTES));
        self.to.send(piece).is_ok()
    }

    /// The end of the documents. Waits for the file.
    pub(crate) fn finish(mut self) -> Result<Staged> {
        if !self.pending.is_empty() {
            // If the thread has stopped, its own result says why.
            let _ = self.send();
        }
        drop(self.to);
        self.thread.join().map_err(|_| Error::Invariant("a writer panicked".to_owned()))?
    }
}

impl Begun {
    fn write(mut self, home: &Path, pieces: &Receiver<Vec<u8>>) -> Result<Staged> {
        let place = home.join(&self.staged);
        let readers = Readers::of(&home.join(OUTBOX));
        let file = files::create_for(&place, readers).map_err(Error::io("write", &place))?;
        let mut out = Out { file: BufWriter::with_capacity(1 << 20, file), digest: Sha256::new(), bytes: 0 };
        for piece in pieces {
            let made = self.session.push(&piece)?;
            self.take(&mut out, &made.bytes)?;
        }
        let made = self.session.finish()?;
        self.take(&mut out, &made.bytes)?;
        let file = out.file.into_inner().map_err(|error| Error::io("write", &place)(error.into_error()))?;
        file.sync_all().map_err(Error::io("write", &place))?;
        let digest = Digested { sha256: hex(&out.digest.finalize()), bytes: out.bytes };
        Ok(Staged { path: self.path, staged: self.staged, digest })
    }

    fn take(&self, out: &mut Out, bytes: &[u8]) -> Result<()> {
        self.output.add(bytes.len() as u64)?;
        out.digest.update(bytes);
        out.bytes += bytes.len() as u64;
        out.file.write_all(bytes).map_err(Error::io("write", &self.staged))
    }
}

struct Out {
    file: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
}
