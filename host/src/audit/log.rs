//! Writing the log.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::Entry;
use crate::error::{Error, Result};
use crate::hex;

/// The longest entry, in bytes. Chosen so that an entry fits the 65,535 bytes that public
/// transparency-log formats allow.
pub(crate) const ENTRY_BYTES_MAX: usize = 60 << 10;
/// Entries not yet on disk are written, not yet synced, at this many bytes.
const PENDING_BYTES_MAX: usize = 1 << 20;

/// A place in the log: the number of an entry and the hash of its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Entries up to and with this one; 0 is the empty log.
    pub seq: u64,
    /// SHA-256 of that entry's line, as 64 hexadecimal digits; zeros for the empty log.
    pub hash: String,
}

impl Mark {
    pub(crate) fn empty() -> Self {
        Self { seq: 0, hash: "0".repeat(64) }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    prev: &'a str,
    at: String,
    #[serde(flatten)]
    entry: &'a Entry,
}

/// The log, open for writing. One writer at a time: whoever holds the home's lock.
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    file: File,
    mark: Mark,
    pending: Vec<u8>,
    dirty: bool,
    poisoned: bool,
}

impl AuditLog {
    /// Makes an empty log.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create(path: &Path) -> Result<()> {
        File::create_new(path).and_then(|file| file.sync_all()).map_err(Error::io("write", path))
    }

    /// Opens the log at its end. A torn last line is cut, and the cut recorded.
    ///
    /// # Errors
    /// [`Error::Audit`] if its last whole line is no entry.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file =
            OpenOptions::new().read(true).append(true).open(path).map_err(Error::io("open", path))?;
        let length = file.metadata().map_err(Error::io("read", path))?.len();
        let (last, torn) = last_line(&mut file, length).map_err(Error::io("read", path))?;
        if torn > 0 {
            file.set_len(length - torn).and_then(|()| file.sync_all()).map_err(Error::io("cut", path))?;
        }
        let mark = match last {
            None => Mark::empty(),
            Some(line) => {
                let seq = seq_of(&line).ok_or_else(|| {
                    Error::Audit(format!("the last line of {} is no entry", path.display()))
                })?;
                Mark { seq, hash: hex(&Sha256::digest(&line)) }
            }
        };
        let mut log =
            Self { path: path.to_owned(), file, mark, pending: Vec::new(), dirty: false, poisoned: false };
        if torn > 0 {
            log.append(&Entry::Cut { bytes: torn })?;
            log.sync()?;
        }
        Ok(log)
    }

    /// Adds an entry. It is not durable before [`AuditLog::sync`].
    ///
    /// # Errors
    /// [`Error::Audit`] if it cannot be written: then nothing may take effect.
    pub fn append(&mut self, entry: &Entry) -> Result<Mark> {
        if self.poisoned {
            return Err(Error::Audit("an earlier write failed; open the home again".to_owned()));
        }
        let seq = self.mark.seq + 1;
        let at = Timestamp::now().to_string();
        let line = serde_json::to_vec(&Line { seq, prev: &self.mark.hash, at, entry })
            .map_err(|error| Error::Audit(error.to_string()))?;
        if line.len() > ENTRY_BYTES_MAX {
            return Err(Error::Audit(format!(
                "an entry of {} bytes; the most is {ENTRY_BYTES_MAX}",
                line.len()
            )));
        }
        self.mark = Mark { seq, hash: hex(&Sha256::digest(&line)) };
        self.pending.extend_from_slice(&line);
        self.pending.push(b'\n');
        if self.pending.len() >= PENDING_BYTES_MAX {
            self.write()?;
        }
        Ok(self.mark.clone())
    }

    fn write(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let wrote = self.file.write_all(&self.pending);
        self.pending.clear();
        self.dirty = true;
        self.checked(wrote)
    }

    /// Puts every entry so far on disk. A failed flush is never tried again: what the system
    /// then has on disk is unknown, so the log takes no more entries.
    ///
    /// # Errors
    /// [`Error::Audit`].
    pub fn sync(&mut self) -> Result<Mark> {
        self.write()?;
        if self.dirty {
            let synced = self.file.sync_data();
            self.checked(synced)?;
            self.dirty = false;
        }
        Ok(self.mark.clone())
    }

    /// Where the log ends now.
    pub fn mark(&self) -> &Mark {
        &self.mark
    }

    fn checked(&mut self, result: std::io::Result<()>) -> Result<()> {
        result.map_err(|error| {
            self.poisoned = true;
            Error::Audit(format!("{} cannot be written ({error}); nothing was changed", self.path.display()))
        })
    }
}

/// The last whole line, and how many bytes after it are no whole line.
fn last_line(file: &mut File, length: u64) -> std::io::Result<(Option<Vec<u8>>, u64)> {
    let window = length.min(2 * (ENTRY_BYTES_MAX as u64 + PENDING_BYTES_MAX as u64));
    file.seek(SeekFrom::Start(length - window))?;
    let mut tail = Vec::new();
    file.take(window).read_to_end(&mut tail)?;
    let Some(end) = memchr::memrchr(b'\n', &tail) else { return Ok((None, length)) };
    let torn = (tail.len() - end - 1) as u64;
    let whole = tail.get(..end).unwrap_or_default();
    let start = memchr::memrchr(b'\n', whole).map_or(0, |at| at + 1);
    Ok((whole.get(start..).map(<[u8]>::to_vec), torn))
}

pub(crate) fn seq_of(line: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Seq {
        seq: u64,
    }
    serde_json::from_slice::<Seq>(line).ok().map(|line| line.seq)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_tail_is_cut_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.jsonl");
        AuditLog::create(&path).unwrap();
        let mut log = AuditLog::open(&path).unwrap();
        log.append(&Entry::Created).unwrap();
        log.sync().unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"seq\":2,\"pr").unwrap();
        let log = AuditLog::open(&path).unwrap();
        assert_eq!(log.mark().seq, 2);
        let verified = super::super::verify(&path).unwrap();
        assert_eq!(verified.mark, *log.mark());
        assert_eq!(verified.kinds.get("cut"), Some(&1));
    }
}
