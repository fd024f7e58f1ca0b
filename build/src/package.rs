//! What cargo says of a plugin crate.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::BuildError;

/// A plugin crate and the local crates it is made of.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) dir: PathBuf,
    pub(crate) target_dir: PathBuf,
    pub(crate) workspace_root: PathBuf,
    /// Folders of the crate and of its path dependencies, sorted.
    pub(crate) source_dirs: Vec<PathBuf>,
}

impl Package {
    pub(crate) fn read(dir: &Path) -> Result<Self, BuildError> {
        let manifest = dir.join("Cargo.toml");
        let not = |why: &str| BuildError::NotAPlugin { path: dir.to_owned(), why: why.to_owned() };
        if !manifest.is_file() {
            return Err(not("there is no Cargo.toml; name the folder of the plugin's crate"));
        }
        let dir = dir.canonicalize().map_err(BuildError::io("open", dir))?;
        let metadata = cargo_metadata(&dir)?;
        let packages = metadata.get("packages").and_then(Value::as_array).cloned().unwrap_or_default();
        let home = |package: &Value| {
            let path = package.get("manifest_path").and_then(Value::as_str)?;
            Path::new(path).parent().map(Path::to_path_buf)
        };
        let own = packages
            .iter()
            .find(|package| home(package).is_some_and(|home| home == dir))
            .ok_or_else(|| not("cargo does not list it as a package"))?;
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = text(own, "name").unwrap_or_default();
        let version = text(own, "version").unwrap_or_default();
        let mut seen = BTreeSet::new();
        let mut todo = vec![own];
        // Path dependencies, theirs included; the crates of a registry are fixed by Cargo.lock.
        while let Some(package) = todo.pop() {
            let Some(home) = home(package) else { continue };
            if !seen.insert(home) {
                continue;
            }
            for dependency in package.get("dependencies").and_then(Value::as_array).into_iter().flatten() {
                let development = text(dependency, "kind").is_some_and(|kind| kind == "dev");
                if let (Some(path), false) = (text(dependency, "path"), development) {
                    todo.extend(packages.iter().filter(|other| home_is(other, &path)));
                    if !packages.iter().any(|other| home_is(other, &path)) {
                        seen.insert(PathBuf::from(path));
                    }
                }
            }
        }
        let path = |key: &str| text(&metadata, key).map_or_else(|| dir.clone(), PathBuf::from);
        let (target_dir, workspace_root) = (path("target_directory"), path("workspace_root"));
        Ok(Self { name, version, dir, target_dir, workspace_root, source_dirs: seen.into_iter().collect() })
    }
}

fn home_is(package: &Value, path: &str) -> bool {
    package
        .get("manifest_path")
        .and_then(Value::as_str)
        .and_then(|manifest| Path::new(manifest).parent())
        .is_some_and(|home| home == Path::new(path))
}

fn cargo_metadata(dir: &Path) -> Result<Value, BuildError> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(dir)
        .output()
        .map_err(BuildError::io("run cargo metadata in", dir))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(BuildError::NotAPlugin { path: dir.to_owned(), why });
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| BuildError::NotAPlugin { path: dir.to_owned(), why: error.to_string() })
}
