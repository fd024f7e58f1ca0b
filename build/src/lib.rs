//! Turns a plugin crate into a Bailiwick component.
//!
//! [`build_plugin`] finds the wasm standard library, compiles the crate, makes a component of it
//! and adds the manifest as the custom section `bailiwick:manifest`. Components are cached by the
//! digest of their sources: a second build of the same sources runs no compiler.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod cache;
mod compile;
mod component;
mod error;
mod manifest;
mod package;
mod toolchain;

pub use error::BuildError;
pub use toolchain::Toolchain;

use std::path::{Path, PathBuf};

/// The custom section of a component that holds the manifest.
pub const MANIFEST_SECTION: &str = "bailiwick:manifest";

/// How to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Fetch nothing to get the wasm standard library.
    pub offline: bool,
}

/// What a build is doing, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Looking for the wasm standard library.
    Toolchain(String),
    /// A line of the compiler.
    Compiling(String),
    /// Making the component.
    Encoding,
    /// The sources have not changed: nothing to do.
    Cached,
}

/// A component that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The plugin's name.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// Where the component is.
    pub component: PathBuf,
    /// Its SHA-256, as 64 hexadecimal digits.
    pub digest: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it was there already.
    pub cached: bool,
}

/// Builds the plugin crate in `dir` into `out_dir/<name>.wasm`.
///
/// # Errors
/// [`BuildError`] says what is missing or wrong and what to do.
pub fn build_plugin(
    dir: &Path,
    out_dir: &Path,
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Built, BuildError> {
    let package = package::Package::read(dir)?;
    let manifest = manifest::read(&package)?;
    let sources = cache::source_digest(&package, &manifest.json)?;
    let component = out_dir.join(format!("{}.wasm", package.name));
    let cached = cache::is_current(&component, &sources);
    if cached {
        progress(Progress::Cached);
    } else {
        let toolchain = toolchain::find(options, progress)?;
        let module = compile::compile(&package, &toolchain, manifest.stack_kib, progress)?;
        progress(Progress::Encoding);
        let bytes = component::encode(&module, &manifest.json)?;
        cache::store(&component, &bytes, &sources)?;
    }
    let (digest, size) = cache::digest_of(&component)?;
    Ok(Built { name: package.name, version: package.version, component, digest, size, cached })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
