//! Checking the log.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::log::{ENTRY_BYTES_MAX, Mark};
use crate::error::{Error, Result};
use crate::hex;

/// A log that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Where it ends.
    pub mark: Mark,
    /// Entries by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Entries that ended in a fault.
    pub faults: u64,
    /// Bytes after the last whole entry: an entry that was being written when its writer was
    /// stopped, or is being written now. Nothing took effect on it; the next writer cuts it and
    /// records the cut.
    pub torn_bytes: u64,
}

/// The first entry that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the audit log is wrong: {why}")]
pub struct Broken {
    /// The line of the file, from 1.
    pub line: u64,
    /// What is wrong.
    pub why: String,
}

#[derive(Deserialize)]
struct Line {
    seq: u64,
    prev: String,
    kind: String,
    #[serde(default)]
    outcome: serde_json::Value,
}

/// Reads the whole log and checks number and chain of every entry.
///
/// # Errors
/// [`Error::Audit`] names the first line that is wrong.
pub fn verify(path: &Path) -> Result<Verified> {
    verify_with(path, |_, _| {})
}

/// The same; `each` sees every entry's mark and line.
pub(crate) fn verify_with(path: &Path, mut each: impl FnMut(&Mark, &[u8])) -> Result<Verified> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut verified = Verified { mark: Mark::empty(), kinds: BTreeMap::new(), faults: 0, torn_bytes: 0 };
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader
            .by_ref()
            .take(ENTRY_BYTES_MAX as u64 + 2)
            .read_until(b'\n', &mut line)
            .map_err(Error::io("read", path))?;
        let whole = line.last() == Some(&b'\n');
        if !whole && read <= ENTRY_BYTES_MAX {
            verified.torn_bytes = read as u64;
            return Ok(verified);
        }
        check(&mut verified, &mut line)
            .map_err(|why| Error::Audit(Broken { line: verified.mark.seq + 1, why }.to_string()))?;
        each(&verified.mark, &line);
    }
}

fn check(verified: &mut Verified, line: &mut Vec<u8>) -> std::result::Result<(), String> {
    if line.pop() != Some(b'\n') {
        return Err(format!("it is longer than an entry can be, {ENTRY_BYTES_MAX} bytes"));
    }
    let entry: Line = serde_json::from_slice(line).map_err(|error| format!("it is no entry ({error})"))?;
    let seq = verified.mark.seq + 1;
    if entry.seq != seq {
        return Err(format!("it says seq {}, expected {seq}", entry.seq));
    }
    if entry.prev != verified.mark.hash {
        return Err("its `prev` is not the hash of the line before it".to_owned());
    }
    verified.mark = Mark { seq, hash: hex(&Sha256::digest(&line)) };
    *verified.kinds.entry(entry.kind).or_default() += 1;
    verified.faults += u64::from(entry.outcome.get("result").is_some_and(|result| result == "fault"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{AuditLog, Entry};

    #[test]
    fn one_changed_byte_anywhere_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.jsonl");
        AuditLog::create(&path).unwrap();
        let mut log = AuditLog::open(&path).unwrap();
        for _ in 0..3 {
            log.append(&Entry::Created).unwrap();
        }
        let end = log.sync().unwrap();
        assert_eq!(verify(&path).unwrap().mark, end);
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            // The last line is held by the mark that the book keeps.
            let verdict = verify(&path);
            assert!(verdict.is_err() || verdict.is_ok_and(|log| log.mark != end), "byte {at}");
        }
    }

    #[test]
    fn an_entry_without_its_end_is_named_and_counts_for_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.jsonl");
        AuditLog::create(&path).unwrap();
        let mut log = AuditLog::open(&path).unwrap();
        log.append(&Entry::Created).unwrap();
        let end = log.sync().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(b"{\"seq\":2,\"prev\":\"");
        std::fs::write(&path, &bytes).unwrap();
        let verified = verify(&path).unwrap();
        assert_eq!((verified.mark, verified.torn_bytes), (end, 17));
        drop(AuditLog::open(&path).unwrap());
        let verified = verify(&path).unwrap();
        assert_eq!((verified.kinds["cut"], verified.torn_bytes), (1, 0));
    }
}
