//! Where the wasm standard library comes from.

mod debian;
mod machine;
#[cfg(all(test, unix))]
mod tests;
mod version;

pub(crate) use debian::INSTALL;
pub(crate) use machine::Machine;
pub(crate) use version::Needed;

use std::path::{Path, PathBuf};

use crate::command::{clean, output};
use crate::{BuildError, Options, Progress};
use machine::Compiler;

/// The target that plugins are compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Which of the three ways gave the wasm standard library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// The active toolchain has it.
    Active,
    /// `rustup target add` fetched it.
    RustupAdded,
    /// Debian's compiler builds it from Debian's sources.
    Debian {
        /// Debian's compiler.
        rustc: PathBuf,
        /// The linker, from the rustup toolchain or from the system.
        linker: PathBuf,
    },
}

impl std::fmt::Display for Toolchain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Active => f.write_str("the active toolchain has the wasm standard library"),
            Self::RustupAdded => f.write_str("rustup added the wasm standard library"),
            Self::Debian { rustc, linker } => write!(
                f,
                "{} builds the wasm standard library from rust-web-src, linking with {}",
                rustc.display(),
                linker.display()
            ),
        }
    }
}

impl Toolchain {
    /// Which compiler it is, for the cache. A library that rustup added is that of the toolchain.
    pub(crate) fn identity(&self, dir: &Path) -> String {
        let (way, rustc) = match self {
            Self::Active | Self::RustupAdded => ("rustup", Machine::this().rustc.as_path()),
            Self::Debian { rustc, .. } => ("debian", rustc.as_path()),
        };
        let version = output(clean(rustc, dir).arg("-vV")).unwrap_or_default();
        format!("{way}\n{version}")
    }
}

/// The way that works at once, without fetching anything.
pub(crate) fn installed(machine: &Machine, dir: &Path, needed: &Needed) -> Option<Toolchain> {
    match active(machine, dir, needed) {
        Ok(()) => Some(Toolchain::Active),
        Err(_) => debian::find(machine, dir, needed).ok(),
    }
}

/// Finds the wasm standard library for a crate in `dir`, in the order of the three ways. A compiler older than
/// the crate needs is not used.
pub(crate) fn find(
    machine: &Machine,
    dir: &Path,
    needed: &Needed,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Toolchain, BuildError> {
    let toolchain = match active(machine, dir, needed) {
        Ok(()) => Toolchain::Active,
        Err(active) => match rustup(machine, dir, needed, options, progress) {
            Ok(()) => Toolchain::RustupAdded,
            Err(rustup) => debian::install(machine, dir, needed, options.offline, progress)
                .and_then(|()| debian::find(machine, dir, needed))
                .map_err(|debian| BuildError::NoToolchain {
                    needed: needed.to_string(),
                    active,
                    rustup,
                    debian,
                })?,
        },
    };
    progress(Progress::Toolchain(toolchain.to_string()));
    Ok(toolchain)
}

fn active(machine: &Machine, dir: &Path, needed: &Needed) -> Result<(), String> {
    let compiler = Compiler::ask(&machine.rustc, dir)?.for_at_least(needed)?;
    let library = compiler.sysroot.join("lib/rustlib").join(TARGET).join("lib");
    if library.is_dir() { Ok(()) } else { Err(format!("{} is not there", library.display())) }
}

fn rustup(
    machine: &Machine,
    dir: &Path,
    needed: &Needed,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), String> {
    if options.offline {
        return Err("not tried, because nothing may be fetched (offline)".to_owned());
    }
    if !machine.rustup_fetches {
        return Err("not tried, because RUSTUP_AUTO_INSTALL=0".to_owned());
    }
    if let Some(why) = machine.rustup_failed.get() {
        return Err(why.clone());
    }
    // A target for a compiler that is too old would be fetched for nothing.
    Compiler::ask(&machine.rustc, dir)
        .and_then(|compiler| compiler.for_at_least(needed))
        .map_err(|why| format!("not tried, because {why}; rustup update fetches a newer one"))?;
    progress(Progress::Toolchain(format!("rustup target add {TARGET}")));
    output(clean(&machine.rustup, dir).args(["target", "add", TARGET]))
        .and_then(|_| active(machine, dir, needed))
        .inspect_err(|why| drop(machine.rustup_failed.set(why.clone())))
}
