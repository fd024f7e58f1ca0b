//! Turns a plugin crate into a Bailiwick component.
//!
//! [`build_plugin`] finds the wasm standard library, compiles the crate, makes a component of it and adds the
//! manifest as the custom section `bailiwick:manifest`. Components are cached by the digest of their sources: a
//! second build of the same sources runs no compiler. Crates that plugins share, above all the standard library,
//! are compiled once for each user, compiler and SDK, in the folder `bailiwick-plugins` of cargo's home. The
//! folder may be removed at any time.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod cache;
mod command;
mod compile;
mod component;
mod error;
mod manifest;
mod package;
mod shared;
mod sources;
mod toolchain;
mod value;

pub use error::BuildError;
pub use toolchain::Toolchain;

use std::path::{Path, PathBuf};

use toolchain::Machine;

/// The custom section of a component that holds the manifest.
pub const MANIFEST_SECTION: &str = bailiwick_sdk::manifest::SECTION;

/// How to build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Fetch nothing: neither a standard library nor crates.
    pub offline: bool,
}

/// A step of a build, to show to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// It looks for the wasm standard library, or has found it.
    Toolchain(String),
    /// A line of a program that fetches something.
    Fetching(String),
    /// A line of cargo, such as `Compiling serde v1.0.228`.
    Compiling(String),
    /// It makes the component.
    Encoding,
    /// The sources have not changed, so nothing is built.
    Cached,
}

/// A component that was built, now or earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Built {
    /// Where the component is.
    pub component: PathBuf,
    /// The plugin's name.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// The SHA-256 of the component, as 64 hexadecimal digits.
    pub digest: String,
    /// Whether an earlier build made it.
    pub cached: bool,
    /// The toolchain that compiled it; none if an earlier build made it.
    pub toolchain: Option<Toolchain>,
    /// Its size in bytes.
    pub size: u64,
}

/// Compiles the plugin crate in `dir` to a core module, from which a component can be made.
///
/// # Errors
/// [`BuildError`] says what is missing or wrong and what to do.
pub fn build_module(
    dir: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<u8>, BuildError> {
    let package = package::Package::read(dir)?;
    let manifest = manifest::read(&package)?;
    let toolchain = toolchain::find(Machine::this(), &package.dir, &package.needed, options, progress)?;
    compile::compile(&package, &toolchain, &manifest, options, progress)
}

/// Builds the plugin crate in `dir` into `out_dir/<name>.wasm`, and keeps the digest of the sources
/// beside it in `<name>.wasm.digest`.
///
/// # Errors
/// [`BuildError`] says what is missing or wrong and what to do.
pub fn build_plugin(
    dir: &Path,
    out_dir: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Built, BuildError> {
    let package = package::Package::read(dir)?;
    let manifest = manifest::read(&package)?;
    let sources = sources::digest(&package, &manifest, out_dir)?;
    let component = out_dir.join(format!("{}.wasm", package.name));
    let built = |stored: cache::Stored, toolchain: Option<Toolchain>| Built {
        component: component.clone(),
        name: package.name.clone(),
        version: package.version.clone(),
        digest: stored.digest,
        cached: toolchain.is_none(),
        toolchain,
        size: stored.size,
    };
    if cache::has_stamp(&component)
        && let Some(toolchain) = toolchain::installed(Machine::this(), &package.dir, &package.needed)
    {
        let key = cache::key(&sources, &package, &toolchain)?;
        if let Some(stored) = cache::current(&component, &key) {
            progress(Progress::Cached);
            return Ok(built(stored, None));
        }
    }
    let toolchain = toolchain::find(Machine::this(), &package.dir, &package.needed, options, progress)?;
    let module = compile::compile(&package, &toolchain, &manifest, options, progress)?;
    progress(Progress::Encoding);
    let bytes = component::encode(&package.name, &module, &manifest.json)?;
    // The compiler may have written Cargo.lock, so the key is made only now.
    let key = cache::key(&sources, &package, &toolchain)?;
    let stored = cache::store(&component, &bytes, &key)?;
    Ok(built(stored, Some(toolchain)))
}
