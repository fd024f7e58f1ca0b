//! Where the wasm standard library comes from.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{BuildError, Options, Progress};

/// The target that plugins are compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Which of the three ways gave the wasm standard library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// The active toolchain has it.
    Active,
    /// `rustup target add` fetched it.
    RustupAdded,
    /// Debian's compiler builds it from Debian's sources.
    Debian {
        /// The linker, from the rustup toolchain or from the system.
        linker: PathBuf,
    },
}

impl std::fmt::Display for Toolchain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Active => f.write_str("the active toolchain has the wasm standard library"),
            Self::RustupAdded => f.write_str("rustup added the wasm standard library"),
            Self::Debian { .. } => {
                f.write_str("Debian's rustc-web builds the wasm standard library from rust-web-src")
            }
        }
    }
}

/// Finds the wasm standard library, in the order of the three ways.
pub(crate) fn find(options: Options, progress: &mut dyn FnMut(Progress)) -> Result<Toolchain, BuildError> {
    let mut say = |text: String| progress(Progress::Toolchain(text));
    let found = |toolchain: Toolchain, say: &mut dyn FnMut(String)| {
        say(toolchain.to_string());
        Ok(toolchain)
    };
    let active = match active() {
        Ok(()) => return found(Toolchain::Active, &mut say),
        Err(why) => why,
    };
    let rustup = match rustup(options, &mut say) {
        Ok(()) => return found(Toolchain::RustupAdded, &mut say),
        Err(why) => why,
    };
    match debian(options, &mut say) {
        Ok(linker) => found(Toolchain::Debian { linker }, &mut say),
        Err(debian) => Err(BuildError::NoToolchain { active, rustup, debian }),
    }
}

fn sysroot(rustc: &str) -> Result<PathBuf, String> {
    let output = clean(rustc)
        .args(["--print", "sysroot"])
        .output()
        .map_err(|error| format!("{rustc} does not run ({error})"))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn active() -> Result<(), String> {
    let library = sysroot("rustc")?.join("lib/rustlib").join(TARGET).join("lib");
    if library.is_dir() { Ok(()) } else { Err(format!("{} is not there", library.display())) }
}

fn rustup(options: Options, say: &mut dyn FnMut(String)) -> Result<(), String> {
    if options.offline {
        return Err("not tried (--offline)".to_owned());
    }
    if std::env::var_os("RUSTUP_AUTO_INSTALL").is_some_and(|value| value == "0") {
        return Err("not tried (RUSTUP_AUTO_INSTALL=0)".to_owned());
    }
    say(format!("rustup target add {TARGET}"));
    run(clean("rustup").args(["target", "add", TARGET]))?;
    active()
}

fn debian(options: Options, say: &mut dyn FnMut(String)) -> Result<PathBuf, String> {
    if !has_debian_sources() {
        if options.offline {
            return Err("not installed, and nothing may be fetched (--offline)".to_owned());
        }
        if !Path::new("/usr/bin/apt-get").exists() {
            return Err("not installed, and there is no apt-get".to_owned());
        }
        say("apt-get install rustc-web rust-web-src".to_owned());
        let install = || {
            run(clean("apt-get").args([
                "install",
                "-y",
                "--no-install-recommends",
                "rustc-web",
                "rust-web-src",
            ]))
        };
        if install().is_err() {
            run(clean("apt-get").arg("update"))?;
            install()?;
        }
        if !has_debian_sources() {
            return Err("installed, but its sources of the standard library were not found".to_owned());
        }
    }
    linker()
}

fn has_debian_sources() -> bool {
    Path::new(DEBIAN_RUSTC).exists()
        && sysroot(DEBIAN_RUSTC)
            .is_ok_and(|root| root.join("lib/rustlib/src/rust/library/std/Cargo.toml").exists())
}

/// `rust-lld` of the rustup toolchain, or of the system.
fn linker() -> Result<PathBuf, String> {
    let mut tried = Vec::new();
    for rustc in ["rustc", DEBIAN_RUSTC] {
        let Ok(root) = sysroot(rustc) else { continue };
        let host = host_triple(rustc).unwrap_or_default();
        let linker = root.join("lib/rustlib").join(host).join("bin/rust-lld");
        if linker.exists() {
            return Ok(linker);
        }
        tried.push(linker.display().to_string());
    }
    for linker in ["/usr/bin/wasm-ld", "/usr/bin/rust-lld"] {
        if Path::new(linker).exists() {
            return Ok(PathBuf::from(linker));
        }
        tried.push(linker.to_owned());
    }
    Err(format!("installed, but there is no linker; looked for {}", tried.join(", ")))
}

fn host_triple(rustc: &str) -> Option<String> {
    let output = clean(rustc).arg("-vV").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

/// A command without what an outer cargo leaves in the environment.
pub(crate) fn clean(program: &str) -> Command {
    let mut command = Command::new(program);
    for name in ["RUSTC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
    {
        command.env_remove(name);
    }
    // Set by cargo for the programs it runs; an inner cargo would take them for its own.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    command
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it failed").trim().to_owned())
}
