//! Components by the digest of their sources.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sha2::{Digest, Sha256};

use crate::package::Package;
use crate::{BuildError, Toolchain};

/// A component on disk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its SHA-256, in hexadecimal.
    pub(crate) digest: String,
    /// Its size in bytes.
    pub(crate) size: u64,
}

impl Stored {
    fn of(bytes: &[u8]) -> Self {
        Self { digest: hex(&Sha256::digest(bytes)), size: bytes.len() as u64 }
    }
}

/// The key of a component: digests of its sources, of the present lock file and of the compiler.
pub(crate) fn key(sources: &str, package: &Package, toolchain: &Toolchain) -> Result<String, BuildError> {
    let mut digest = Sha256::new();
    digest.update(sources);
    let lock = package.lock_file();
    match fs::read(&lock) {
        Ok(bytes) => digest.update(Sha256::digest(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(BuildError::io("read", &lock)(error)),
    }
    digest.update(toolchain.identity(&package.dir));
    Ok(hex(&digest.finalize()))
}

/// The file beside a component that records its key.
fn stamp(component: &Path) -> PathBuf {
    component.with_extension("wasm.digest")
}

/// Whether the stamp exists.
pub(crate) fn has_stamp(component: &Path) -> bool {
    stamp(component).is_file()
}

/// The component, if it exists and was made from these sources.
pub(crate) fn current(component: &Path, key: &str) -> Option<Stored> {
    let line = fs::read_to_string(stamp(component)).ok()?;
    let stored = Stored::of(&fs::read(component).ok()?);
    (line == format!("{key} {}\n", stored.digest)).then_some(stored)
}

/// Writes component and stamp. A reader sees the old or the new file, never half of one.
pub(crate) fn store(component: &Path, bytes: &[u8], key: &str) -> Result<Stored, BuildError> {
    if let Some(dir) = component.parent() {
        fs::create_dir_all(dir).map_err(BuildError::io("make the folder", dir))?;
    }
    let stored = Stored::of(bytes);
    replace(component, bytes)?;
    // The stamp names the component's digest: if only one of the two is new, they differ.
    replace(&stamp(component), format!("{key} {}\n", stored.digest).as_bytes())?;
    Ok(stored)
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".part{}-{count}", std::process::id()));
    let part = PathBuf::from(part);
    let write = || {
        let mut file = options().open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&part);
        BuildError::io("write", path)(error)
    })
}

/// A new file that only its owner can read or write: a plugin may hold a bank's secrets, and it may be built
/// into a home.
fn options() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A folder of a test, removed when the test ends.
    pub(crate) struct Folder(PathBuf);

    impl Folder {
        pub(crate) fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("bailiwick-build-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path.canonicalize().unwrap())
        }

        pub(crate) fn path(&self) -> &Path {
            &self.0
        }

        pub(crate) fn write(&self, name: &str, text: &str) {
            let path = self.0.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_stamp_holds_for_its_sources_and_bytes_only() {
        let temp = Folder::new("cache");
        let component = temp.path().join("out/p.wasm");
        assert!(!has_stamp(&component));
        let stored = store(&component, b"one", "a").unwrap();
        assert!(has_stamp(&component) && temp.path().join("out/p.wasm.digest").is_file());
        assert_eq!(current(&component, "a"), Some(stored));
        assert_eq!(current(&component, "b"), None);
        fs::write(&component, b"two").unwrap();
        assert_eq!(current(&component, "a"), None);
    }

    #[test]
    fn nothing_half_written_is_left() {
        let temp = Folder::new("half");
        fs::create_dir_all(temp.path().join("p.wasm/x")).unwrap();
        let error = store(&temp.path().join("p.wasm"), b"one", "a").unwrap_err();
        assert_eq!(error.code(), "build_io");
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_digest_is_written_in_lower_case() {
        assert_eq!(hex(&[0x00, 0x9f, 0xab]), "009fab");
    }
}
