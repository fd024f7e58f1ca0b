//! Components by the digest of their sources.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::package::Package;
use crate::{BuildError, hex};

/// What is looked at in the folder of a crate.
const SOURCES: [&str; 5] = ["src", "wit", "Cargo.toml", "plugin.toml", "build.rs"];

/// The digest of everything the component is made from.
pub(crate) fn source_digest(package: &Package, manifest: &[u8]) -> Result<String, BuildError> {
    let mut digest = Sha256::new();
    digest.update(env!("CARGO_PKG_VERSION"));
    digest.update(manifest);
    for name in ["Cargo.lock", "Cargo.toml", "rust-toolchain.toml"] {
        add_file(&mut digest, &package.workspace_root.join(name))?;
    }
    for dir in &package.source_dirs {
        for name in SOURCES {
            add(&mut digest, &dir.join(name))?;
        }
    }
    Ok(hex(&digest.finalize()))
}

fn add(digest: &mut Sha256, path: &Path) -> Result<(), BuildError> {
    if !path.is_dir() {
        return add_file(digest, path);
    }
    let mut entries = fs::read_dir(path)
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<PathBuf>, _>>()
        })
        .map_err(BuildError::io("list", path))?;
    entries.sort();
    entries.iter().try_for_each(|entry| add(digest, entry))
}

fn add_file(digest: &mut Sha256, path: &Path) -> Result<(), BuildError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(BuildError::io("read", path)(error)),
    };
    digest.update(path.to_string_lossy().as_bytes());
    digest.update((bytes.len() as u64).to_le_bytes());
    digest.update(&bytes);
    Ok(())
}

fn stamp(component: &Path) -> PathBuf {
    component.with_extension("sources")
}

/// Whether the component is there and was made from these sources.
pub(crate) fn is_current(component: &Path, sources: &str) -> bool {
    let Ok(stamp) = fs::read_to_string(stamp(component)) else { return false };
    let Ok((digest, _)) = digest_of(component) else { return false };
    stamp == format!("{sources} {digest}\n")
}

/// Writes component and stamp; a reader sees the old or the new, never half.
pub(crate) fn store(component: &Path, bytes: &[u8], sources: &str) -> Result<(), BuildError> {
    if let Some(dir) = component.parent() {
        fs::create_dir_all(dir).map_err(BuildError::io("make", dir))?;
    }
    replace(component, bytes)?;
    replace(&stamp(component), format!("{sources} {}\n", hex(&Sha256::digest(bytes))).as_bytes())
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let part = path.with_extension(format!("part{}", std::process::id()));
    let mut file = fs::File::create(&part).map_err(BuildError::io("write", &part))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(BuildError::io("write", &part))?;
    fs::rename(&part, path).map_err(BuildError::io("write", path))
}

/// Digest and size of a component.
pub(crate) fn digest_of(component: &Path) -> Result<(String, u64), BuildError> {
    let bytes = fs::read(component).map_err(BuildError::io("read", component))?;
    Ok((hex(&Sha256::digest(&bytes)), bytes.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_for_its_sources_and_bytes_only() {
        let dir = std::env::temp_dir().join(format!("bailiwick-build-{}", std::process::id()));
        let component = dir.join("p.wasm");
        store(&component, b"one", "a").unwrap();
        assert!(is_current(&component, "a"));
        assert!(!is_current(&component, "b"));
        fs::write(&component, b"two").unwrap();
        assert!(!is_current(&component, "a"));
        fs::remove_dir_all(&dir).unwrap();
    }
}
