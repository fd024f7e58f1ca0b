//! Where the wasm standard library comes from.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::command::{clean, output};
use crate::{BuildError, Options, Progress};

/// The target that plugins are compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const APT_GET: &str = "/usr/bin/apt-get";
const APT_INSTALL: [&str; 5] = ["install", "-y", "--no-install-recommends", "rustc-web", "rust-web-src"];

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
            Self::Active | Self::RustupAdded => ("rustup", "rustc".into()),
            Self::Debian { rustc, .. } => ("debian", rustc.to_string_lossy()),
        };
        let version = output(clean(&rustc, dir).arg("-vV")).unwrap_or_default();
        format!("{way}\n{version}")
    }
}

/// The one that could be used at once: nothing is fetched.
pub(crate) fn installed(dir: &Path) -> Option<Toolchain> {
    match active(dir) {
        Ok(()) => Some(Toolchain::Active),
        Err(_) => debian_installed(dir).and_then(|()| debian(dir)).ok(),
    }
}

/// Finds the wasm standard library for a crate in `dir`, in the order of the three ways.
pub(crate) fn find(
    dir: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Toolchain, BuildError> {
    let mut say = |text: String| progress(Progress::Toolchain(text));
    let toolchain = match active(dir) {
        Ok(()) => Toolchain::Active,
        Err(active) => match rustup(dir, options, &mut say) {
            Ok(()) => Toolchain::RustupAdded,
            Err(rustup) => match install_debian(dir, options, &mut say).and_then(|()| debian(dir)) {
                Ok(toolchain) => toolchain,
                Err(debian) => return Err(BuildError::NoToolchain { active, rustup, debian }),
            },
        },
    };
    say(toolchain.to_string());
    Ok(toolchain)
}

fn sysroot(rustc: &str, dir: &Path) -> Result<PathBuf, String> {
    output(clean(rustc, dir).args(["--print", "sysroot"])).map(|text| PathBuf::from(text.trim()))
}

fn active(dir: &Path) -> Result<(), String> {
    let library = sysroot("rustc", dir)?.join("lib/rustlib").join(TARGET).join("lib");
    if library.is_dir() { Ok(()) } else { Err(format!("{} is not there", library.display())) }
}

fn rustup(dir: &Path, options: &Options, say: &mut dyn FnMut(String)) -> Result<(), String> {
    /// One try for each process: where the network is closed, each would wait as long as the first.
    static FAILED: OnceLock<String> = OnceLock::new();
    if options.offline {
        return Err("not tried, because nothing may be fetched (offline)".to_owned());
    }
    if std::env::var_os("RUSTUP_AUTO_INSTALL").is_some_and(|value| value == "0") {
        return Err("not tried, because RUSTUP_AUTO_INSTALL=0".to_owned());
    }
    if let Some(why) = FAILED.get() {
        return Err(why.clone());
    }
    say(format!("rustup target add {TARGET}"));
    output(clean("rustup", dir).args(["target", "add", TARGET]))
        .and_then(|_| active(dir))
        .inspect_err(|why| drop(FAILED.set(why.clone())))
}

fn install_debian(dir: &Path, options: &Options, say: &mut dyn FnMut(String)) -> Result<(), String> {
    let Err(missing) = debian_installed(dir) else { return Ok(()) };
    let apt_get = |arguments: &[&str]| {
        output(clean(APT_GET, dir).args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    if options.offline {
        return Err(format!("{missing}, and nothing may be fetched (offline)"));
    }
    if !Path::new(APT_GET).exists() {
        return Err(format!("{missing}, and there is no {APT_GET}"));
    }
    if !is_root() {
        return Err(format!("{missing}, and only root may install packages"));
    }
    say(format!("apt-get {}", APT_INSTALL.join(" ")));
    if apt_get(&APT_INSTALL).is_err() {
        // The usual reason: the lists of packages are old or were never fetched.
        say("apt-get update".to_owned());
        apt_get(&["update"])
            .and_then(|_| apt_get(&APT_INSTALL))
            .map_err(|why| format!("{missing}, and {why}"))?;
    }
    debian_installed(dir)
}

fn is_root() -> bool {
    output(clean("id", Path::new("/")).arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Cargo looks for the sources of the standard library below the sysroot of the compiler.
fn debian_installed(dir: &Path) -> Result<(), String> {
    if !Path::new(DEBIAN_RUSTC).exists() {
        return Err(format!("there is no {DEBIAN_RUSTC}"));
    }
    let sources = sysroot(DEBIAN_RUSTC, dir)?.join("lib/rustlib/src/rust/library/std/Cargo.toml");
    if sources.exists() { Ok(()) } else { Err(format!("{} is not there", sources.display())) }
}

fn debian(dir: &Path) -> Result<Toolchain, String> {
    linker(dir).map(|linker| Toolchain::Debian { rustc: DEBIAN_RUSTC.into(), linker })
}

/// `rust-lld` of the rustup toolchain, or a linker of the system. Debian's compiler has none of its own.
fn linker(dir: &Path) -> Result<PathBuf, String> {
    let mut looked = Vec::new();
    for rustc in ["rustc", DEBIAN_RUSTC] {
        let Ok(root) = sysroot(rustc, dir) else { continue };
        let Some(host) = host(rustc, dir) else { continue };
        looked.push(root.join("lib/rustlib").join(host).join("bin/rust-lld"));
    }
    looked.extend(["/usr/bin/rust-lld", "/usr/bin/wasm-ld"].map(PathBuf::from));
    let found = looked.iter().find(|linker| linker.is_file()).cloned();
    found.ok_or_else(|| {
        let looked: Vec<String> = looked.iter().map(|linker| linker.display().to_string()).collect();
        format!(
            "installed, but there is no linker for wasm at {}; rust-lld comes with a toolchain of rustup",
            looked.join(", ")
        )
    })
}

fn host(rustc: &str, dir: &Path) -> Option<String> {
    let text = output(clean(rustc, dir).arg("-vV")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_fetched_when_offline() {
        let mut said = Vec::new();
        let options = Options { offline: true };
        let why = rustup(Path::new("."), &options, &mut |text| said.push(text)).unwrap_err();
        assert!(why.contains("offline"), "{why}");
        assert_eq!(said, Vec::<String>::new());
    }

    #[test]
    fn a_library_that_rustup_added_is_that_of_the_toolchain() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(Toolchain::Active.identity(dir), Toolchain::RustupAdded.identity(dir));
        assert!(Toolchain::Active.identity(dir).contains("release: "));
    }

    #[test]
    fn each_way_says_what_it_is() {
        let debian = Toolchain::Debian { rustc: DEBIAN_RUSTC.into(), linker: "/lld".into() };
        assert!(debian.to_string().contains("/usr/bin/rustc builds"));
        assert!(Toolchain::Active.to_string().contains("active toolchain"));
    }
}
