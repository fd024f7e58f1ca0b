//! Caches compiled code between starts.

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_files as files;

use crate::code::Code;

/// The purpose for which the key of entries is derived. If the form of entries changes, so does the purpose;
/// old entries are then a miss.
const PURPOSE: &str = "bailiwick 2026-11 code cache v2";
/// The most bytes of an entry.
const ENTRY_BYTES_MAX: u64 = 512 << 20;

/// A folder of compiled code, private to one home. An entry is found by the component's digest and the engine's
/// compatibility. It is accepted only with a MAC over both, its length and the code, under a key of the home
/// that has no other use. A damaged or foreign entry, or the entry of another component, is a miss: it is no
/// error, and its code never runs.
#[derive(Clone)]
pub struct CodeCache {
    folder: PathBuf,
    key: [u8; blake3::KEY_LEN],
}

impl std::fmt::Debug for CodeCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeCache").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl CodeCache {
    /// A cache in `folder`, with a key derived from the home's. Code with a MAC under that key is run as
    /// machine code, so keep the key secret.
    pub fn new(folder: impl Into<PathBuf>, home_key: [u8; 32]) -> Self {
        Self { folder: folder.into(), key: blake3::derive_key(PURPOSE, &home_key) }
    }

    /// The path of a component's entry.
    pub(crate) fn path(&self, compatibility: u64, digest: &[u8; 32]) -> PathBuf {
        self.folder.join(format!("{}-{compatibility:016x}.cwasm", files::text::hex(digest)))
    }

    /// The MAC is keyed BLAKE3, which is fast: megabytes of code are checked at every start.
    fn mac(&self, compatibility: u64, digest: &[u8; 32], code: &[u8]) -> blake3::Hash {
        blake3::Hasher::new_keyed(&self.key)
            .update(digest)
            .update(&compatibility.to_le_bytes())
            .update(&(code.len() as u64).to_le_bytes())
            .update(code)
            .finalize()
    }

    /// The code of a component for an engine of this compatibility.
    pub(crate) fn get(&self, compatibility: u64, digest: &[u8; 32]) -> Option<Code> {
        let mut entry = files::read(&self.path(compatibility, digest), ENTRY_BYTES_MAX).ok()?;
        let (code, mac) = entry.split_last_chunk::<{ blake3::OUT_LEN }>()?;
        // Compared in constant time.
        if self.mac(compatibility, digest, code) != *mac {
            return None;
        }
        entry.truncate(entry.len() - blake3::OUT_LEN);
        Some(Code::own(entry))
    }

    /// Stores code. If the cache cannot be written, the next start compiles again.
    pub(crate) fn put(&self, compatibility: u64, digest: &[u8; 32], code: &Code) {
        let path = self.path(compatibility, digest);
        // Two processes may write the same entry; each writes its own file and renames it.
        let part = path.with_extension(format!("part{}", std::process::id()));
        let mac = self.mac(compatibility, digest, code.bytes());
        if self.write(&part, code, &mac).and_then(|()| fs::rename(&part, &path)).is_err() {
            let _ = fs::remove_file(&part);
        }
    }

    fn write(&self, part: &Path, code: &Code, mac: &blake3::Hash) -> std::io::Result<()> {
        use std::io::Write;
        files::make_folder(&self.folder)?;
        let mut file = files::create(part)?;
        file.write_all(code.bytes())?;
        file.write_all(mac.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: [u8; 32] = [1; 32];
    const ENGINE: u64 = 7;
    const OLD: [u8; 32] = [2; 32];
    const NEW: [u8; 32] = [3; 32];

    fn found(cache: &CodeCache, digest: &[u8; 32]) -> Option<Vec<u8>> {
        cache.get(ENGINE, digest).map(|code| code.bytes().to_vec())
    }

    /// A cache with the code of two versions of a plugin.
    fn filled() -> (tempfile::TempDir, CodeCache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = CodeCache::new(folder.path().join("cache"), HOME);
        cache.put(ENGINE, &OLD, &Code::own(b"the old code".to_vec()));
        cache.put(ENGINE, &NEW, &Code::own(b"the new code".to_vec()));
        assert_eq!(found(&cache, &OLD).as_deref(), Some(&b"the old code"[..]));
        (folder, cache)
    }

    #[test]
    fn code_under_the_name_of_another_component_is_a_miss() {
        let (_folder, cache) = filled();
        fs::copy(cache.path(ENGINE, &OLD), cache.path(ENGINE, &NEW)).unwrap();
        assert_eq!(found(&cache, &NEW), None);
        assert!(found(&cache, &OLD).is_some());
    }

    #[test]
    fn code_for_another_engine_or_of_another_home_is_a_miss() {
        let (folder, cache) = filled();
        fs::copy(cache.path(ENGINE, &OLD), cache.path(ENGINE + 1, &OLD)).unwrap();
        assert!(cache.get(ENGINE + 1, &OLD).is_none());
        let other = CodeCache::new(folder.path().join("cache"), [9; 32]);
        assert_eq!(found(&other, &OLD), None);
    }

    #[test]
    fn an_entry_damaged_or_cut_anywhere_is_a_miss() {
        let (_folder, cache) = filled();
        let path = cache.path(ENGINE, &OLD);
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(found(&cache, &OLD), None, "{length} bytes");
        }
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert_eq!(found(&cache, &OLD), None, "byte {at}");
        }
        fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
        assert_eq!(found(&cache, &OLD), None);
        fs::write(&path, whole).unwrap();
        assert!(found(&cache, &OLD).is_some());
    }

    /// The first form of entries had the MAC in front, over the code alone, under the home's key itself.
    #[test]
    fn entries_of_the_first_form_are_a_miss() {
        let (_folder, cache) = filled();
        let code = b"any code";
        for key in [HOME, blake3::derive_key(PURPOSE, &HOME)] {
            let mac = blake3::keyed_hash(&key, code);
            fs::write(cache.path(ENGINE, &OLD), [mac.as_bytes(), &code[..]].concat()).unwrap();
            assert_eq!(found(&cache, &OLD), None);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_and_a_file_beyond_the_bound_are_a_miss_without_being_read() {
        let (_folder, cache) = filled();
        let path = cache.path(ENGINE, &OLD);
        fs::remove_file(&path).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert_eq!(found(&cache, &OLD), None);
        fs::remove_file(&path).unwrap();
        // The file is sparse, so it takes no room.
        fs::File::create(&path).unwrap().set_len(ENTRY_BYTES_MAX + 1).unwrap();
        assert_eq!(found(&cache, &OLD), None);
        // A pipe or an oversized file at the path is replaced.
        cache.put(ENGINE, &OLD, &Code::own(b"again".to_vec()));
        assert_eq!(found(&cache, &OLD).as_deref(), Some(&b"again"[..]));
    }
}
