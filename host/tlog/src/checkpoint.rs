//! Checkpoints: the log's name, its size and its root (C2SP tlog-checkpoint).

use crate::note::Note;
use crate::tree::Hash;

/// Why text is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the checkpoint is wrong: expected {expected}")]
pub struct CheckpointError {
    /// The line, from 1.
    pub line: usize,
    /// The expected content.
    pub expected: &'static str,
}

/// The head of a log's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
    /// Further lines; the log defines their meaning.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint of a log's tree.
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// [`CheckpointError`] names the line.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let wrong = |line, expected| CheckpointError { line, expected };
        let text = text.strip_suffix('\n').ok_or(wrong(1, "lines that end"))?;
        let mut lines = text.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty()).ok_or(wrong(1, "the log's origin"))?;
        let size =
            lines.next().and_then(decimal).ok_or(wrong(2, "the size of the tree in decimal digits"))?;
        let root =
            lines.next().and_then(Hash::from_base64).ok_or(wrong(3, "the root, 32 bytes in base64"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if let Some(empty) = extensions.iter().position(String::is_empty) {
            return Err(wrong(4 + empty, "a line that is not empty"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// The checkpoint as a note without signatures.
    pub fn note(&self) -> Note {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        Note { text, signatures: Vec::new() }
    }
}

/// Digits without leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok()).flatten()
}
