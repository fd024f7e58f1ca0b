//! A plugin crate as `cargo metadata` describes it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::BuildError;
use crate::command::{clean, output};
use crate::toolchain::Needed;

/// A plugin crate and its local dependencies.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The name of the library, and so of the module.
    pub(crate) library: String,
    pub(crate) dir: PathBuf,
    pub(crate) target_dir: PathBuf,
    pub(crate) workspace_root: PathBuf,
    /// Folders of the crate and of all its path dependencies, direct or not, by the name of the crate.
    pub(crate) source_dirs: BTreeMap<String, PathBuf>,
    /// The oldest compiler that suffices for these crates.
    pub(crate) needed: Needed,
    /// The roots of the workspaces of these crates.
    pub(crate) workspace_roots: BTreeSet<PathBuf>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Listed>,
    target_directory: PathBuf,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    version: String,
    rust_version: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

#[derive(Deserialize)]
struct Dependency {
    path: Option<PathBuf>,
    kind: Option<String>,
}

impl Metadata {
    fn read(dir: &Path) -> Result<Self, BuildError> {
        let not = |why: String| BuildError::NotAPlugin { path: dir.to_owned(), why };
        let mut cargo = clean("cargo", dir);
        let text = output(cargo.args(["metadata", "--format-version", "1", "--no-deps"])).map_err(not)?;
        serde_json::from_str(&text).map_err(|error| not(format!("cargo metadata is not understood: {error}")))
    }

    fn package(&self, dir: &Path) -> Option<&Listed> {
        self.packages.iter().find(|package| package.manifest_path.parent() == Some(dir))
    }
}

impl Listed {
    /// Path dependencies. Dependencies of tests are left out: the component does not have them.
    fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        let used = self.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
        used.filter_map(|dependency| dependency.path.as_ref())
    }
}

impl Package {
    pub(crate) fn read(dir: &Path) -> Result<Self, BuildError> {
        let not = |why: &str| BuildError::NotAPlugin { path: dir.to_owned(), why: why.to_owned() };
        if !dir.join("Cargo.toml").is_file() {
            return Err(not("there is no Cargo.toml; name the folder of the plugin's crate"));
        }
        let dir = dir.canonicalize().map_err(BuildError::io("open", dir))?;
        let metadata = Metadata::read(&dir)?;
        let own = metadata.package(&dir).ok_or_else(|| {
            not("its Cargo.toml has no [package]; name the folder of the plugin's crate, not of a workspace")
        })?;
        let library = own
            .targets
            .iter()
            .find(|target| target.crate_types.iter().any(|kind| kind == "cdylib"))
            .ok_or_else(|| {
                not("its library is no cdylib; write crate-type = [\"cdylib\", \"rlib\"] under [lib]")
            })?;
        let mut package = Self {
            name: own.name.clone(),
            version: own.version.clone(),
            library: library.name.replace('-', "_"),
            target_dir: metadata.target_directory.clone(),
            workspace_root: metadata.workspace_root.clone(),
            source_dirs: BTreeMap::new(),
            needed: Needed::of(std::iter::empty()),
            workspace_roots: BTreeSet::new(),
            dir,
        };
        package.follow(metadata)?;
        Ok(package)
    }

    /// Walks the path dependencies. Crates of a registry need no walk: Cargo.lock fixes them.
    fn follow(&mut self, own: Metadata) -> Result<(), BuildError> {
        let mut known = vec![own];
        let mut seen = BTreeSet::new();
        let mut todo = vec![self.dir.clone()];
        let mut wanted = Vec::new();
        while let Some(dir) = todo.pop() {
            if !seen.insert(dir.clone()) {
                continue;
            }
            if !known.iter().any(|metadata| metadata.package(&dir).is_some()) {
                // A crate of another workspace, such as an SDK in a folder of its own.
                known.push(Metadata::read(&dir)?);
            }
            let found = known.iter().find_map(|metadata| Some((metadata, metadata.package(&dir)?)));
            let Some((metadata, package)) = found else { continue };
            self.workspace_roots.insert(metadata.workspace_root.clone());
            todo.extend(package.paths().cloned());
            wanted.extend(package.rust_version.clone().map(|version| (package.name.clone(), version)));
            self.source_dirs.insert(format!("{} {}", package.name, package.version), dir);
        }
        self.needed = Needed::of(wanted.iter().map(|(name, version)| (name.as_str(), version.as_str())));
        Ok(())
    }

    /// The roots of the workspaces of its path dependencies.
    pub(crate) fn dependencies_roots(&self) -> BTreeSet<PathBuf> {
        let dependencies = || self.source_dirs.values().filter(|dir| **dir != self.dir);
        let holds = |root: &&PathBuf| dependencies().any(|dir| dir.starts_with(root));
        self.workspace_roots.iter().filter(holds).cloned().collect()
    }

    /// The lock file that fixes the crates of a registry.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.workspace_root.join("Cargo.lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    #[test]
    fn a_crate_without_a_cdylib_is_no_plugin() {
        let error = Package::read(here()).unwrap_err();
        assert_eq!(error.code(), "build_not_a_plugin");
        assert!(error.to_string().contains("crate-type = [\"cdylib\", \"rlib\"]"), "{error}");
    }

    #[test]
    fn a_folder_without_a_crate_is_no_plugin() {
        let error = Package::read(&here().join("src")).unwrap_err();
        assert!(error.to_string().contains("there is no Cargo.toml"), "{error}");
    }

    #[test]
    fn path_dependencies_are_followed_into_other_workspaces() {
        let temp = crate::cache::tests::Folder::new("package");
        for (name, dependency, version) in [
            ("one", "two = { path = \"../two\" }", "rust-version = \"1.85\"\n"),
            ("two", "three = { path = \"../three\" }", ""),
            ("three", "", "rust-version = \"1.95.1\"\n"),
        ] {
            temp.write(
                &format!("{name}/Cargo.toml"),
                &format!(
                    "[package]\nname = \"{name}\"\nversion = \"1.2.3\"\nedition = \"2024\"\n{version}[lib]\n\
                     crate-type = [\"cdylib\", \"rlib\"]\n[dependencies]\n{dependency}\n[workspace]\n"
                ),
            );
            temp.write(&format!("{name}/src/lib.rs"), "");
        }
        let package = Package::read(&temp.path().join("one")).unwrap();
        assert_eq!(package.source_dirs.keys().collect::<Vec<_>>(), ["one 1.2.3", "three 1.2.3", "two 1.2.3"]);
        assert_eq!(package.workspace_roots.len(), 3);
        let roots = ["three", "two"].map(|name| temp.path().join(name));
        assert_eq!(package.dependencies_roots(), BTreeSet::from(roots), "not that of the plugin");
        // The compiler must do for all of them.
        assert_eq!(package.needed.to_string(), "three needs Rust 1.95.1 or newer");
        assert_eq!(
            (package.name.as_str(), package.version.as_str(), package.library.as_str()),
            ("one", "1.2.3", "one")
        );
    }
}
