//! Debian's compiler, which builds the standard library from Debian's sources.

use std::path::{Path, PathBuf};

use super::Toolchain;
use super::machine::{Compiler, Machine};
use super::version::Needed;
use crate::Progress;
use crate::command::{clean, stream};

pub(crate) const INSTALL: &str = "apt-get install --no-install-recommends rustc-web rust-web-src";
/// If apt-get would have to remove a package, it must refuse: the package is the user's.
const ARGUMENTS: [&str; 6] =
    ["install", "-y", "--no-remove", "--no-install-recommends", "rustc-web", "rust-web-src"];
/// A list that cannot be fetched is an error, not a warning.
const UPDATE: [&str; 3] = ["update", "-o", "APT::Update::Error-Mode=any"];
/// How often apt-get is asked while another program holds its locks: five minutes.
const LOCK_TRIES_MAX: u32 = 60;

/// The compiler and its linker, as they are on the machine.
pub(super) fn find(machine: &Machine, dir: &Path, needed: &Needed) -> Result<Toolchain, String> {
    ready(machine, dir, needed)?;
    Ok(Toolchain::Debian { rustc: machine.debian_rustc.clone(), linker: linker(machine, dir)? })
}

/// The compiler, if it runs, is new enough, and has the standard library's sources of its own version.
fn ready(machine: &Machine, dir: &Path, needed: &Needed) -> Result<(), String> {
    if !machine.debian_rustc.exists() {
        return Err(format!("there is no {}", machine.debian_rustc.display()));
    }
    Compiler::ask(&machine.debian_rustc, dir)?.for_at_least(needed)?.sources().map(drop)
}

/// Installs or upgrades the two packages, unless the installed ones suffice.
pub(super) fn install(
    machine: &Machine,
    dir: &Path,
    needed: &Needed,
    offline: bool,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), String> {
    let Err(found) = ready(machine, dir, needed) else { return Ok(()) };
    if offline {
        return Err(format!("{found}, and nothing may be fetched (offline)"));
    }
    if !machine.apt_get.exists() {
        return Err(format!("{found}, and there is no {}", machine.apt_get.display()));
    }
    if !machine.is_root() {
        return Err(format!(
            "{found}, and only root may install packages; as root, run apt-get update, then {INSTALL}"
        ));
    }
    // Always first: the lists of a fresh image are as old as the image, and so is the compiler they name.
    let updated = apt_get(machine, dir, &UPDATE, progress);
    let installed = apt_get(machine, dir, &ARGUMENTS, progress);
    ready(machine, dir, needed).map_err(|still| {
        let failed: Vec<String> = [updated, installed].into_iter().filter_map(Result::err).collect();
        match failed.as_slice() {
            [] => format!(
                "{still}; apt-get update and install changed nothing about it: the sources of packages in \
                 /etc/apt have no newer compiler; add those of security and updates, or use the first or second way"
            ),
            failed => format!("{still}; {}; put that right and run this again", failed.join("; ")),
        }
    })
}

/// Runs apt-get, and waits for another program that installs something.
fn apt_get(
    machine: &Machine,
    dir: &Path,
    arguments: &[&str],
    progress: &mut dyn FnMut(Progress),
) -> Result<(), String> {
    progress(Progress::Toolchain(format!("apt-get {}", arguments.join(" "))));
    let mut tries = 1;
    loop {
        let mut command = clean(&machine.apt_get, dir);
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C");
        let done = stream(command, &mut |line| progress(Progress::Fetching(line.to_owned())));
        match done {
            Err(why) if is_held(&why) && tries < LOCK_TRIES_MAX => {
                progress(Progress::Toolchain(format!("waiting: {why}")));
                std::thread::sleep(machine.lock_pause);
                tries += 1;
            }
            done => return done,
        }
    }
}

fn is_held(why: &str) -> bool {
    ["Could not get lock", "Unable to lock", "Unable to acquire"].iter().any(|words| why.contains(words))
}

/// `rust-lld` of the rustup toolchain, or a linker of the system. Debian's compiler has none of its own.
fn linker(machine: &Machine, dir: &Path) -> Result<PathBuf, String> {
    let compilers = [&machine.rustc, &machine.debian_rustc].map(|rustc| Compiler::ask(rustc, dir));
    let looked: Vec<PathBuf> = compilers
        .into_iter()
        .flatten()
        .map(|it| it.sysroot.join("lib/rustlib").join(it.host).join("bin/rust-lld"))
        .chain(machine.linkers.iter().cloned())
        .collect();
    let found = looked.iter().find(|linker| linker.is_file()).cloned();
    found.ok_or_else(|| {
        let looked: Vec<String> = looked.iter().map(|linker| linker.display().to_string()).collect();
        format!(
            "installed, but there is no linker for wasm at {}; rust-lld comes with a toolchain of rustup",
            looked.join(", ")
        )
    })
}
