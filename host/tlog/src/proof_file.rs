//! A proof of one entry as a small text file (C2SP tlog-proof).

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::checkpoint::{Checkpoint, CheckpointError, decimal};
use crate::key::{VerifierKey, VerifyError};
use crate::note::{NOTE_BYTES_MAX, Note, NoteError};
use crate::proof::{ProofError, verify_inclusion};
use crate::tree::{Hash, leaf_hash};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// The most hashes that a tree of 64 bits can need.
const HASHES_MAX: usize = 64;

/// Why a proof file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofFileError {
    /// The text does not have the form of a proof.
    #[error("line {line} of the proof is wrong: expected {expected}")]
    Form {
        /// The line, from 1.
        line: usize,
        /// The expected content.
        expected: &'static str,
    },
    /// The checkpoint in it is no note.
    #[error("the checkpoint of the proof: {0}")]
    Note(#[from] NoteError),
    /// The note in it holds no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The log has not signed the checkpoint.
    #[error("the checkpoint of the proof has {0}")]
    Signature(#[from] VerifyError),
    /// The checkpoint belongs to another log than the key.
    #[error("the checkpoint belongs to the log {found:?}, the key to {expected:?}")]
    Origin {
        /// The log of the checkpoint.
        found: String,
        /// The log of the key.
        expected: String,
    },
    /// The hashes do not lead to the root.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// An entry's index, the hashes up to the root, and the signed checkpoint. With the entry beside it, or
/// in `extra`, it is checked without any other file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFile {
    /// Data that helps to rebuild the entry. No signature covers it.
    pub extra: Option<Vec<u8>>,
    /// The entry's index, from 0.
    pub index: u64,
    /// The hashes from its sibling up.
    pub hashes: Vec<Hash>,
    /// The checkpoint with its signatures.
    pub checkpoint: Note,
}

impl ProofFile {
    /// Reads a proof.
    ///
    /// # Errors
    /// [`ProofFileError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        let form = |line, expected| ProofFileError::Form { line, expected };
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong(bytes.len()).into());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| NoteError::Characters)?;
        let (head, note) = text.split_once("\n\n").ok_or(form(1, "hashes, a blank line and a checkpoint"))?;
        let mut lines = head.split('\n').enumerate().map(|(at, line)| (at + 1, line)).peekable();
        if lines.next().is_none_or(|(_, first)| first != FIRST_LINE) {
            return Err(form(1, "c2sp.org/tlog-proof@v1"));
        }
        let mut extra = None;
        if let Some((line, base64)) = lines.next_if(|(_, line)| line.starts_with("extra ")) {
            let bytes = BASE64_STANDARD.decode(base64.trim_start_matches("extra "));
            extra = Some(bytes.map_err(|_| form(line, "`extra` and base64"))?);
        }
        let index = lines.next().and_then(|(_, line)| decimal(line.strip_prefix("index ")?));
        let index = index.ok_or(form(2, "`index` and the entry's index"))?;
        let mut hashes = Vec::new();
        for (line, hash) in lines {
            if hashes.len() == HASHES_MAX {
                return Err(form(line, "at most 64 hashes"));
            }
            hashes.push(Hash::from_base64(hash).ok_or(form(line, "a hash, 32 bytes in base64"))?);
        }
        Ok(Self { extra, index, hashes, checkpoint: Note::parse(note.as_bytes())? })
    }

    /// Checks that the log with this key has signed a tree that holds the entry. Cosignatures of witnesses
    /// are not checked here: verify `checkpoint`, which is a note, with their keys.
    ///
    /// # Errors
    /// [`ProofFileError`].
    pub fn verify(&self, entry: &[u8], log: &VerifierKey) -> Result<Checkpoint, ProofFileError> {
        log.verify(&self.checkpoint)?;
        let checkpoint = Checkpoint::parse(&self.checkpoint.text)?;
        if checkpoint.origin != log.name() {
            let (found, expected) = (checkpoint.origin, log.name().to_owned());
            return Err(ProofFileError::Origin { found, expected });
        }
        verify_inclusion(self.index, leaf_hash(entry), checkpoint.size, checkpoint.root, &self.hashes)?;
        Ok(checkpoint)
    }
}

impl std::fmt::Display for ProofFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64_STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
