//! The entries of a log one by one.

use std::vec;

use bailiwick_tlog::{Entries, TILE_WIDTH};

use super::Stored;
use crate::error::{Error, Result};

/// Entries of a log in their order, each with its index and its bytes as they are stored. Reading can stop at any entry.
/// After an error it has ended.
///
/// The entries are those that the log had when it was opened. Beside the write-ahead log, one bundle of 256 entries is in
/// memory. Each item is an error [`Error::Log`] or [`Error::Io`] if its bundle cannot be read.
#[derive(Debug)]
pub struct StoredEntries<'a> {
    stored: Stored<'a>,
    /// The next entry.
    next: u64,
    /// The end of the log; the place of an error, after one.
    end: u64,
    /// The rest of the bundle that was read last. None before the first one.
    bundle: Option<vec::IntoIter<Vec<u8>>>,
}

impl<'a> StoredEntries<'a> {
    pub(crate) fn of(stored: Stored<'a>, from: u64) -> Self {
        let end = stored.size();
        Self { stored, next: from, end, bundle: None }
    }

    fn read(&mut self, index: u64) -> Result<Vec<u8>> {
        if index >= self.stored.first {
            self.bundle = None;
            return self.stored.entry(index);
        }
        let bundle = match self.bundle.take().filter(|_| !index.is_multiple_of(TILE_WIDTH)) {
            Some(bundle) => bundle,
            None => self.read_bundle(index)?,
        };
        let entry = self.bundle.insert(bundle).next();
        entry.ok_or_else(|| Error::Log(format!("entry {index} is wrong: its bundle ends before this entry")))
    }

    /// The entries of the bundle of an entry, from that entry on, as far as they can be read.
    fn read_bundle(&self, index: u64) -> Result<vec::IntoIter<Vec<u8>>> {
        let bytes = self.stored.tiles().bundle(index / TILE_WIDTH)?;
        let entries = Entries::of(&bytes).map_while(std::result::Result::ok);
        let entries: Vec<_> = entries.skip((index % TILE_WIDTH) as usize).map(<[u8]>::to_vec).collect();
        Ok(entries.into_iter())
    }
}

impl Iterator for StoredEntries<'_> {
    type Item = Result<(u64, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.next;
        if index >= self.end {
            return None;
        }
        let read = self.read(index);
        match read.is_ok() {
            true => self.next += 1,
            false => self.end = index,
        }
        Some(read.map(|entry| (index, entry)))
    }
}

impl std::iter::FusedIterator for StoredEntries<'_> {}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use bailiwick_tlog::{Scheme, SigningKey};

    use super::*;
    use crate::{AuditLog, Entry, Recorded, SystemDisk};

    /// A log of so many entries, of which those of the first `published` are in tiles as well.
    fn log(folder: &Path, published: u64, size: u64) {
        let signer = SigningKey::new("test", Scheme::Ed25519, [7; 32]).unwrap();
        AuditLog::create(folder, &SystemDisk, &signer).unwrap();
        let log = AuditLog::open(folder, Arc::new(SystemDisk), signer, 1).unwrap();
        for number in 0..size {
            log.append(&Entry::SetAside { files: number }).unwrap();
            if number + 1 == published {
                log.checkpoint().unwrap();
            }
        }
        log.commit().unwrap();
    }

    fn indices(entries: StoredEntries<'_>) -> Vec<u64> {
        entries
            .map(|entry| {
                let (index, bytes) = entry.unwrap();
                assert_eq!(Recorded::parse(index, &bytes).unwrap().seq, index);
                index
            })
            .collect()
    }

    #[test]
    fn every_entry_from_an_index_on_comes_once_and_reading_can_stop() {
        let folder = tempfile::tempdir().unwrap();
        log(folder.path(), 0, 600);
        let stored = Stored::open(&SystemDisk, folder.path()).unwrap();
        for from in [0, 1, 255, 256, 257, 599, 600, 700] {
            assert_eq!(indices(stored.entries(from)), (from..600).collect::<Vec<_>>(), "{from}");
        }
        assert_eq!(stored.entries(300).take(2).count(), 2);
    }

    #[test]
    fn the_entries_of_an_export_come_from_its_bundles_and_end_with_what_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        log(folder.path(), 600, 600);
        let stored = Stored::exported(&SystemDisk, folder.path()).unwrap();
        let size = stored.size();
        for from in [0, 1, 255, 256, 257, size - 1, size] {
            assert_eq!(indices(stored.entries(from)), (from..size).collect::<Vec<_>>(), "{from}");
        }
        let bundle = folder.path().join("tile/entries/001");
        let bytes = fs::read(&bundle).unwrap();
        fs::write(&bundle, &bytes[..bytes.len() / 2]).unwrap();
        let read: Vec<_> = stored.entries(0).collect();
        let (last, good) = read.split_last().unwrap();
        assert!(good.len() > 256 && good.len() < 512 && good.iter().all(|entry| entry.is_ok()));
        assert!(last.as_ref().unwrap_err().to_string().contains("its bundle ends before this entry"));
        fs::remove_file(&bundle).unwrap();
        assert_eq!(stored.entries(0).filter(|entry| entry.is_ok()).count(), 256);
    }
}
