//! Proofs from the published tiles: that an entry is in the log, and that a log has only grown.

use std::path::Path;

use bailiwick_tlog::{
    Checkpoint, Hash, Note, ProofFile, VerifierKey, consistency, inclusion, verify_consistency,
};

use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::names::{CHECKPOINT, CHECKPOINTS};
use crate::notes::{published, read_note};
use crate::stored::Stored;
use crate::tiles::Tiles;

/// The published checkpoints that the log does not agree with, by their paths below the log: they are of another log,
/// or of more entries.
///
/// # Errors
/// [`Error::Log`], [`Error::Io`].
pub fn not_held(stored: &Stored<'_>) -> Result<Vec<String>> {
    let names =
        stored.disk.list(&stored.folder.join(CHECKPOINTS)).map_err(Error::io("list", &stored.folder))?;
    let kept =
        names.iter().filter(|name| name.parse::<u64>().is_ok()).map(|name| format!("{CHECKPOINTS}/{name}"));
    let mut others = Vec::new();
    for name in std::iter::once(CHECKPOINT.to_owned()).chain(kept) {
        let note = match read_note(stored.disk, &stored.folder.join(&name)) {
            Ok(None) => continue,
            Ok(Some(note)) => note,
            // A file that is no note counts as a checkpoint that the log does not have.
            Err(Error::Log(_)) => {
                others.push(name);
                continue;
            }
            Err(error) => return Err(error),
        };
        let holds = match Checkpoint::parse(&note.text) {
            Ok(it) if it.size <= stored.size() => stored.root(it.size)? == it.root,
            _ => false,
        };
        if !holds {
            others.push(name);
        }
    }
    Ok(others)
}

/// Proves that an entry is in the log, against the latest published checkpoint. The proof carries the entry.
///
/// ```no_run
/// use std::path::Path;
///
/// use bailiwick_audit::{SystemDisk, prove};
///
/// let proof = prove(&SystemDisk, Path::new("./bailiwick/audit"), 7)?;
/// println!("{} hashes lead to the checkpoint", proof.hashes.len());
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
///
/// # Errors
/// [`Error::NoEntry`] if the checkpoint is older than the entry.
pub fn prove(disk: &dyn Disk, folder: &Path, index: u64) -> Result<ProofFile> {
    let Some((note, checkpoint)) = published(disk, folder, None)? else {
        return Err(Error::NoEntry { index, size: 0 });
    };
    let size = checkpoint.size;
    if index >= size {
        return Err(Error::NoEntry { index, size });
    }
    let tiles = Tiles { disk, folder, size };
    let hashes = inclusion(index, size, |height, index| tiles.subtree(height, index))?;
    Ok(ProofFile { extra: Some(tiles.entry(index)?), index, hashes, checkpoint: note })
}

/// A proof that a newer checkpoint continues an older one. It is sent to a witness, and anybody can check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// The older size.
    pub old: u64,
    /// The hashes of the consistency proof.
    pub hashes: Vec<Hash>,
    /// The newer checkpoint, with its signatures.
    pub checkpoint: Note,
}

impl Growth {
    /// Proves growth from an older size to a published checkpoint: the one of size `new`, or the latest.
    ///
    /// ```no_run
    /// use std::path::Path;
    ///
    /// use bailiwick_audit::{Growth, SystemDisk};
    ///
    /// let growth = Growth::prove(&SystemDisk, Path::new("./bailiwick/audit"), 100, None)?;
    /// println!("{growth}");
    /// # Ok::<(), bailiwick_audit::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoEntry`] if there is no such checkpoint, or the log has fewer entries than `old`.
    pub fn prove(disk: &dyn Disk, folder: &Path, old: u64, new: Option<u64>) -> Result<Self> {
        let (note, checkpoint) =
            published(disk, folder, new)?.ok_or(Error::NoEntry { index: new.unwrap_or(old), size: 0 })?;
        let size = checkpoint.size;
        if old > size {
            return Err(Error::NoEntry { index: old, size });
        }
        let tiles = Tiles { disk, folder, size };
        let hashes = consistency(old, size, |height, index| tiles.subtree(height, index))?;
        Ok(Self { old, hashes, checkpoint: note })
    }

    /// Reads a proof: `old` and the size, a line for each hash, a blank line, the checkpoint. It is the body
    /// of an `add-checkpoint` request of the C2SP tlog-witness protocol.
    ///
    /// # Errors
    /// [`Error::Refused`] says what is wrong with the text.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let form = |what: &str| Error::Refused { code: "bad_proof".to_owned(), message: what.to_owned() };
        let text = std::str::from_utf8(bytes).map_err(|_| form("the proof is not UTF-8"))?;
        let (head, note) = text
            .split_once("\n\n")
            .ok_or_else(|| form("expected `old` and a size, hashes, a blank line and a checkpoint"))?;
        let mut lines = head.lines();
        let old = lines.next().and_then(|line| line.strip_prefix("old ")?.parse().ok());
        let old = old.ok_or_else(|| form("line 1 must be `old` and a size"))?;
        let hashes: Option<Vec<Hash>> = lines.map(Hash::from_base64).collect();
        let hashes = hashes.filter(|hashes| hashes.len() <= 63);
        let hashes = hashes.ok_or_else(|| form("expected at most 63 hashes, each 32 bytes in base64"))?;
        let checkpoint = Note::parse(note.as_bytes()).map_err(|error| form(&error.to_string()))?;
        Ok(Self { old, hashes, checkpoint })
    }

    /// Checks the proof against the log's key and the older root. Gives the newer checkpoint.
    ///
    /// ```no_run
    /// use bailiwick_audit::Growth;
    /// use bailiwick_tlog::{Hash, VerifierKey};
    ///
    /// # fn check(bytes: &[u8], key: &VerifierKey, old_root: Hash) -> bailiwick_audit::Result<()> {
    /// let newer = Growth::parse(bytes)?.verify(key, old_root)?;
    /// println!("the log only grew, to {} entries", newer.size);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] if the log did not sign the checkpoint, or the newer log does not continue the
    /// older one.
    pub fn verify(&self, log: &VerifierKey, old_root: Hash) -> Result<Checkpoint> {
        let refused = |message: String| Error::Refused { code: "not_consistent".to_owned(), message };
        log.verify(&self.checkpoint).map_err(|error| refused(format!("the checkpoint has {error}")))?;
        let checkpoint =
            Checkpoint::parse(&self.checkpoint.text).map_err(|error| refused(error.to_string()))?;
        if checkpoint.origin != log.name() {
            return Err(refused(format!("the checkpoint is of {:?}", checkpoint.origin)));
        }
        verify_consistency((self.old, old_root), (checkpoint.size, checkpoint.root), &self.hashes).map_err(
            |error| {
                refused(format!(
                    "the log of {} entries is not the beginning of the log of {} entries: {error}",
                    self.old, checkpoint.size
                ))
            },
        )?;
        Ok(checkpoint)
    }
}

impl std::fmt::Display for Growth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.hashes {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
