//! Bundles: up to 256 entries in one file, each with its length in front (C2SP tlog-tiles).

/// The longest entry that a bundle can hold, in bytes.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// A bundle that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bundle ends inside an entry, at byte {at}")]
pub struct BundleError {
    /// Where the entry begins.
    pub at: usize,
}

/// Adds an entry to a bundle. False, and nothing added, if it is too long.
#[must_use]
pub fn put_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else { return false };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}

/// The entries of a bundle, one after the other.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Entries<'a> {
    /// Of these bytes.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<&'a [u8], BundleError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let begins = self.at;
        let entry = rest.split_first_chunk::<2>().and_then(|(length, rest)| {
            let length = usize::from(u16::from_be_bytes(*length));
            self.at += 2 + length;
            rest.get(..length)
        });
        if entry.is_none() {
            self.at = self.bytes.len();
        }
        Some(entry.ok_or(BundleError { at: begins }))
    }
}
