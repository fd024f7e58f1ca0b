//! What can keep a plugin from being built.

use std::path::{Path, PathBuf};

/// Why a plugin could not be built. Each has a stable code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A file cannot be read or written.
    #[error("cannot {what} {}: {error}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The folder is no plugin crate.
    #[error("{} is no plugin crate: {why}", path.display())]
    NotAPlugin {
        /// The folder.
        path: PathBuf,
        /// What is missing and what to do.
        why: String,
    },
    /// `plugin.toml` is wrong.
    #[error("{}: {why}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column where there is one.
        why: String,
    },
    /// There is no wasm standard library to be had.
    #[error(
        "no standard library for wasm32-unknown-unknown. One of three ways gives one:\n  \
         1. a toolchain that has it: {active}\n  \
         2. rustup target add wasm32-unknown-unknown: {rustup}\n  \
         3. the Debian packages rustc-web and rust-web-src (apt-get install --no-install-recommends rustc-web rust-web-src): {debian}"
    )]
    NoToolchain {
        /// Why the first way failed.
        active: String,
        /// Why the second way failed.
        rustup: String,
        /// Why the third way failed.
        debian: String,
    },
    /// The compiler refused the crate.
    #[error("the plugin {name} does not compile:\n{output}")]
    Compile {
        /// The plugin.
        name: String,
        /// What the compiler printed.
        output: String,
    },
    /// The module cannot be made into a component.
    #[error(
        "the module cannot be made into a component: {0}; does the crate end with bailiwick_sdk::export!(…)?"
    )]
    Component(String),
}

impl BuildError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "build_io",
            Self::NotAPlugin { .. } => "build_not_a_plugin",
            Self::Manifest { .. } => "build_manifest",
            Self::NoToolchain { .. } => "build_no_toolchain",
            Self::Compile { .. } => "build_compile",
            Self::Component(_) => "build_component",
        }
    }

    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { what, path, error }
    }
}
