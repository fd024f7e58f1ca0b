//! The errors of building a plugin.

use std::path::{Path, PathBuf};

use bailiwick_sdk::manifest::Wrong;

use crate::toolchain::INSTALL;

/// Why a plugin could not be built. Each error has a stable code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A file cannot be read or written.
    #[error("cannot {what} {}: {error}", path.display())]
    Io {
        /// The operation that failed.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// The folder is no plugin crate.
    #[error("{} is no plugin crate: {why}", path.display())]
    NotAPlugin {
        /// The folder.
        path: PathBuf,
        /// The missing file or key, and the advice.
        why: String,
    },
    /// `plugin.toml`, or the schema it names, is wrong.
    #[error("{}: {why}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The error, with line and column if known, and what was expected.
        why: String,
    },
    /// `plugin.toml` asks for a capability or a fact that no host offers.
    #[error("{}: {wrong}", path.display())]
    NotOffered {
        /// The file.
        path: PathBuf,
        /// The entry.
        wrong: Wrong,
    },
    /// No wasm standard library was found.
    #[error(
        "there is no standard library for wasm32-unknown-unknown, and {needed}; make one of these three ways work:\n  \
         1. a Rust toolchain that has it: {active}\n  \
         2. rustup target add wasm32-unknown-unknown: {rustup}\n  \
         3. the Debian packages, {INSTALL}: {debian}"
    )]
    NoToolchain {
        /// The oldest compiler that suffices, and the crate that requires it.
        needed: String,
        /// Why the first way failed.
        active: String,
        /// Why the second way failed.
        rustup: String,
        /// Why the third way failed.
        debian: String,
    },
    /// The compiler refused the crate.
    #[error("the plugin {name} in {} does not compile:\n{output}", dir.display())]
    Compile {
        /// The plugin.
        name: String,
        /// Its folder.
        dir: PathBuf,
        /// The compiler's output.
        output: String,
    },
    /// No component can be made of the module.
    #[error(
        "the module of {name} cannot be made into a component: {why}; \
         expected exports of the contract's worlds only and no imports but the host's: end the crate with \
         bailiwick_sdk::export!(…) and use no crate that imports from JavaScript or WASI"
    )]
    Component {
        /// The plugin.
        name: String,
        /// The encoder's error.
        why: String,
    },
}

impl BuildError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "build_io",
            Self::NotAPlugin { .. } => "build_not_a_plugin",
            Self::Manifest { .. } => "build_manifest",
            Self::NotOffered { wrong, .. } => wrong.code,
            Self::NoToolchain { .. } => "build_no_toolchain",
            Self::Compile { .. } => "build_compile",
            Self::Component { .. } => "build_component",
        }
    }

    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { what, path, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_toolchain_names_the_three_ways_and_why_each_failed() {
        let (needed, active) = ("N".into(), "A".into());
        let error = BuildError::NoToolchain { needed, active, rustup: "B".into(), debian: "C".into() };
        assert_eq!(error.code(), "build_no_toolchain");
        let text = error.to_string();
        for part in [
            "and N;",
            "that has it: A",
            "rustup target add wasm32-unknown-unknown: B",
            "rustc-web rust-web-src: C",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_file_error_names_the_file() {
        let error =
            BuildError::io("read", Path::new("a/plugin.toml"))(std::io::ErrorKind::PermissionDenied.into());
        assert_eq!(error.to_string(), "cannot read a/plugin.toml: permission denied");
    }
}
