//! The digest of a component's sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::manifest::Manifest;
use crate::package::Package;
use crate::{BuildError, cache, compile};

/// Files at the root of a workspace that decide how its crates are compiled.
const WORKSPACE_FILES: [&str; 5] =
    ["Cargo.toml", "rust-toolchain.toml", "rust-toolchain", ".cargo/config.toml", ".cargo/config"];

/// The digest of everything but toolchain and lock file: all files of the crate and of its path
/// dependencies (a source may include any of them), the files at the roots of their workspaces, the
/// manifest, the settings of the compiler. Folders count by their place in the crate, so a crate that
/// was moved keeps its digest.
pub(crate) fn digest(package: &Package, manifest: &Manifest, out_dir: &Path) -> Result<String, BuildError> {
    let mut walk = Walk { digest: Sha256::new(), left_out: BTreeSet::new(), entered: BTreeSet::new() };
    walk.part(env!("CARGO_PKG_VERSION").as_bytes());
    walk.part(&manifest.json);
    walk.part(compile::settings(manifest).as_bytes());
    for dir in [&package.target_dir, out_dir] {
        walk.left_out.extend(dir.canonicalize());
    }
    for root in &package.workspace_roots {
        for name in WORKSPACE_FILES {
            walk.file(name, &root.join(name))?;
        }
    }
    // A crate inside the folder of another counts once, under its own name.
    walk.left_out.extend(package.source_dirs.values().cloned());
    for (name, dir) in &package.source_dirs {
        walk.part(name.as_bytes());
        walk.entries(dir, dir)?;
    }
    Ok(cache::hex(&walk.digest.finalize()))
}

struct Walk {
    digest: Sha256,
    left_out: BTreeSet<PathBuf>,
    /// Folders behind links that were entered, so that a circle of links ends.
    entered: BTreeSet<PathBuf>,
}

impl Walk {
    /// The length goes first, so that different parts never give the same bytes.
    fn part(&mut self, bytes: &[u8]) {
        self.digest.update((bytes.len() as u64).to_le_bytes());
        self.digest.update(bytes);
    }

    fn file(&mut self, name: &str, path: &Path) -> Result<(), BuildError> {
        if path.is_file() {
            let bytes = fs::read(path).map_err(BuildError::io("read", path))?;
            self.part(name.as_bytes());
            self.part(&bytes);
        }
        Ok(())
    }

    fn entries(&mut self, root: &Path, dir: &Path) -> Result<(), BuildError> {
        let mut paths = fs::read_dir(dir)
            .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>())
            .map_err(BuildError::io("list", dir))?;
        paths.sort();
        for path in paths {
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            // The lock file joins later: the compiler may still write it.
            if hidden || path.ends_with("Cargo.lock") || self.left_out.contains(&path) {
                continue;
            }
            if !path.is_dir() {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
                self.file(&name, &path)?;
            } else if !path.ends_with("target") && (!path.is_symlink() || self.is_new(&path)) {
                self.entries(root, &path)?;
            }
        }
        Ok(())
    }

    fn is_new(&mut self, link: &Path) -> bool {
        link.canonicalize().is_ok_and(|dir| self.entered.insert(dir))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::cache::tests::Folder;
    use crate::manifest::Build;

    fn package(temp: &Folder) -> Package {
        temp.write("plugin/src/lib.rs", "one");
        temp.write("sdk/src/lib.rs", "two");
        let root = temp.path().to_owned();
        Package {
            name: "plugin".into(),
            version: "1.0.0".into(),
            library: "plugin".into(),
            dir: root.join("plugin"),
            target_dir: root.join("plugin/made"),
            needed: crate::toolchain::Needed::of(std::iter::empty()),
            source_dirs: BTreeMap::from([
                ("plugin 1.0.0".to_owned(), root.join("plugin")),
                ("sdk 1.0.0".to_owned(), root.join("sdk")),
            ]),
            workspace_roots: BTreeSet::from([root.clone()]),
            workspace_root: root,
        }
    }

    fn of(temp: &Folder, json: &[u8], stack_kib: u32) -> String {
        let manifest = Manifest { json: json.to_vec(), build: Build { stack_kib } };
        digest(&package(temp), &manifest, &temp.path().join("plugin/out")).unwrap()
    }

    #[test]
    fn every_source_counts_and_no_build_output() {
        let temp = Folder::new("sources");
        let first = of(&temp, b"{}", 64);
        let changes = [
            "plugin/words.txt",
            "sdk/wit/plugin.wit",
            "plugin/Cargo.toml",
            "Cargo.toml",
            "rust-toolchain.toml",
        ];
        let mut seen = BTreeSet::from([first.clone()]);
        for name in changes {
            temp.write(name, "x");
            assert!(seen.insert(of(&temp, b"{}", 64)), "{name} does not count");
        }
        assert!(seen.insert(of(&temp, b"{ }", 64)), "the manifest does not count");
        assert!(seen.insert(of(&temp, b"{}", 65)), "the stack does not count");
        let last = of(&temp, b"{}", 64);
        for name in [
            "plugin/made/x",
            "plugin/out/x",
            "plugin/target/x",
            "plugin/.hidden",
            "plugin/Cargo.lock",
            "other/x",
        ] {
            temp.write(name, "x");
            assert_eq!(of(&temp, b"{}", 64), last, "{name} counts");
        }
    }

    #[test]
    fn a_moved_crate_keeps_its_digest() {
        let (here, there) = (Folder::new("here"), Folder::new("there"));
        assert_eq!(of(&here, b"{}", 64), of(&there, b"{}", 64));
    }

    #[cfg(unix)]
    #[test]
    fn a_circle_of_links_ends() {
        let temp = Folder::new("circle");
        temp.write("plugin/src/lib.rs", "");
        std::os::unix::fs::symlink(temp.path(), temp.path().join("plugin/src/up")).unwrap();
        of(&temp, b"{}", 64);
    }
}
