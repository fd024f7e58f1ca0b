//! The evidence store of an engagement: whether the bytes that a document names are there, and are what it says.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use bailiwick_sdk::document::Evidence;
use sha2::{Digest, Sha256};

use crate::booking::Checked;
use crate::error::{Error, Result};
use crate::files::Regular;
use crate::hex;

/// The largest piece of evidence that is read to check it, in bytes.
const EVIDENCE_BYTES_MAX: u64 = 1 << 30;
/// Bytes of evidence read at a time.
const PIECE_BYTES: usize = 256 << 10;

/// Looks at the bytes of evidence.
pub(super) fn check(store: Option<&Path>, it: &Evidence) -> Result<Checked> {
    let (Some(store), Some(location)) = (store, &it.location) else { return Ok(Checked::Unseen) };
    let other = |code, pointer, message: String| Ok(Checked::Other { code, pointer, message });
    let Some(path) = inside(store, location) else {
        let message = "a location is a path inside the store, without `..`";
        return other("bad_location", "/location", message.to_owned());
    };
    let file = match Regular::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Checked::Missing),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
            let message = "what is in the store is no regular file";
            return other("evidence_mismatch", "/location", message.to_owned());
        }
        Err(error) => return Err(Error::io("read", &path)(error)),
    };
    if file.bytes() != it.size {
        let message = format!("the store has {} bytes, {} are stated", file.bytes(), it.size);
        return other("evidence_mismatch", "/size", message);
    }
    if file.bytes() > EVIDENCE_BYTES_MAX {
        return Ok(Checked::TooLarge { most: EVIDENCE_BYTES_MAX });
    }
    let digest = digest(&file).map_err(Error::io("read", &path))?;
    if !digest.eq_ignore_ascii_case(it.sha256.as_str()) {
        return other(
            "evidence_mismatch",
            "/sha256",
            "the bytes in the store have another digest".to_owned(),
        );
    }
    Ok(Checked::Same)
}

/// A location as a path of the store, unless it leads out of it.
fn inside(store: &Path, location: &str) -> Option<PathBuf> {
    let path = Path::new(location);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !location.contains('\\')).then(|| store.join(path))
}

fn digest(file: &Regular) -> std::io::Result<String> {
    let mut file = file.reader();
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(piece.get(..read).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_stays_inside_the_store() {
        let store = Path::new("/store");
        assert_eq!(inside(store, "2026/a.pdf"), Some(PathBuf::from("/store/2026/a.pdf")));
        for out in ["/etc/passwd", "../a", "a/../../b", "a\\..\\b", "./a"] {
            assert_eq!(inside(store, out), None, "{out}");
        }
    }
}
