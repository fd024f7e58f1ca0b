//! The machine that builds: its programs and compilers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use super::version::{Needed, Version};
use crate::command::{clean, output};

/// The programs, and Debian's paths. Tests give other paths.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(super) rustc: PathBuf,
    pub(super) rustup: PathBuf,
    pub(super) debian_rustc: PathBuf,
    pub(super) apt_get: PathBuf,
    pub(super) id: PathBuf,
    /// Linkers of the system.
    pub(super) linkers: Vec<PathBuf>,
    /// Whether rustup may fetch something by itself.
    pub(super) rustup_fetches: bool,
    /// The pause before the next try, when another program holds a lock.
    pub(super) lock_pause: Duration,
    /// Why rustup failed. One try is enough: where the network is closed, each would wait as long as the first.
    pub(super) rustup_failed: OnceLock<String>,
}

impl Machine {
    /// The machine that this program runs on.
    pub(crate) fn this() -> &'static Self {
        static THIS: LazyLock<Machine> = LazyLock::new(|| Machine {
            rustc: "rustc".into(),
            rustup: "rustup".into(),
            debian_rustc: "/usr/bin/rustc".into(),
            apt_get: "/usr/bin/apt-get".into(),
            id: "id".into(),
            linkers: ["/usr/bin/rust-lld", "/usr/bin/wasm-ld"].map(PathBuf::from).into(),
            rustup_fetches: std::env::var_os("RUSTUP_AUTO_INSTALL").is_none_or(|value| value != "0"),
            lock_pause: Duration::from_secs(5),
            rustup_failed: OnceLock::new(),
        });
        &THIS
    }

    pub(super) fn is_root(&self) -> bool {
        output(clean(&self.id, Path::new("/")).arg("-u")).is_ok_and(|id| id.trim() == "0")
    }
}

/// A compiler that was run to ask for its version.
#[derive(Debug)]
pub(super) struct Compiler {
    rustc: PathBuf,
    pub(super) version: Version,
    pub(super) host: String,
    pub(super) sysroot: PathBuf,
}

impl Compiler {
    /// Asks `rustc` for its version in a folder, since rustup chooses the toolchain by folder.
    pub(super) fn ask(rustc: &Path, dir: &Path) -> Result<Self, String> {
        let text = output(clean(rustc, dir).arg("-vV"))?;
        let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let version = line("release:").and_then(Version::parse);
        let (Some(version), Some(host)) = (version, line("host:")) else {
            return Err(format!("{} does not say which version it is", rustc.display()));
        };
        let sysroot = output(clean(rustc, dir).args(["--print", "sysroot"]))?;
        let (rustc, sysroot) = (rustc.to_owned(), PathBuf::from(sysroot.trim()));
        Ok(Self { rustc, version, host: host.to_owned(), sysroot })
    }

    /// The compiler, if it is new enough.
    pub(super) fn for_at_least(self, needed: &Needed) -> Result<Self, String> {
        if self.version >= needed.version {
            return Ok(self);
        }
        Err(format!("{} is {}, but {needed}", self.rustc.display(), self.version))
    }

    /// The folder that cargo takes the standard library's sources from, if they are there and of this version.
    pub(super) fn sources(&self) -> Result<PathBuf, String> {
        let sources = self.sysroot.join("lib/rustlib/src/rust");
        let library = sources.join("library/std/Cargo.toml");
        if !library.is_file() {
            return Err(format!("{} is not there", library.display()));
        }
        let of = fs::read_to_string(sources.join("src/version")).ok();
        match of.as_deref().and_then(Version::parse) {
            Some(of) if of != self.version => Err(format!(
                "{} is {}, but the sources of the standard library in {} are of {of}",
                self.rustc.display(),
                self.version,
                sources.display()
            )),
            _ => Ok(sources),
        }
    }
}
