//! Compiled code, kept between starts.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::files;

/// The most bytes of an entry.
const ENTRY_BYTES_MAX: u64 = 1 << 30;

/// A folder of compiled code, private to one home. An entry is found by the component's digest and
/// the engine's compatibility, and is believed only with a MAC under the home's key: a bad or
/// foreign entry is a miss, never an error and never run.
#[derive(Debug, Clone)]
pub struct CodeCache {
    folder: PathBuf,
    key: [u8; 32],
}

impl CodeCache {
    /// A cache in `folder` under `key`.
    pub fn new(folder: impl Into<PathBuf>, key: [u8; 32]) -> Self {
        Self { folder: folder.into(), key }
    }

    fn path(&self, engine: &wasmtime::Engine, digest: &[u8; 32]) -> PathBuf {
        self.folder.join(format!("{}-{:016x}.cwasm", crate::hex(digest), compatibility(engine)))
    }

    /// BLAKE3 keyed: megabytes of code are checked at every start.
    fn mac(&self, code: &[u8]) -> blake3::Hash {
        blake3::keyed_hash(&self.key, code)
    }

    pub(crate) fn get(
        &self,
        engine: &wasmtime::Engine,
        digest: &[u8; 32],
    ) -> Option<wasmtime::component::Component> {
        let entry = files::read(&self.path(engine, digest), ENTRY_BYTES_MAX).ok()?;
        let (mac, code) = entry.split_first_chunk::<{ blake3::OUT_LEN }>()?;
        // Compared in constant time.
        if self.mac(code) != *mac {
            return None;
        }
        // SAFETY: `deserialize` runs whatever machine code it is given. These bytes carry a MAC under
        // a key that only this home has, so they are what `put` wrote: the engine's own output.
        #[allow(unsafe_code)]
        unsafe {
            wasmtime::component::Component::deserialize(engine, code).ok()
        }
    }

    pub(crate) fn put(
        &self,
        engine: &wasmtime::Engine,
        digest: &[u8; 32],
        component: &wasmtime::component::Component,
    ) {
        let write = || -> Option<()> {
            let code = component.serialize().ok()?;
            let mac = self.mac(&code);
            let path = self.path(engine, digest);
            // Two processes may write the same entry; each writes its own file and renames it.
            let part = path.with_extension(format!("part{}", std::process::id()));
            files::make_folder(&self.folder).ok()?;
            let mut file = files::create(&part).ok()?;
            file.write_all(mac.as_bytes()).ok()?;
            file.write_all(&code).ok()?;
            rename_or_remove(&part, &path)
        };
        let _ = write();
    }
}

fn rename_or_remove(from: &Path, to: &Path) -> Option<()> {
    fs::rename(from, to).or_else(|_| fs::remove_file(from)).ok()
}

pub(crate) fn compatibility(engine: &wasmtime::Engine) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}
