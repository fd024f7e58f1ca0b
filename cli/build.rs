//! Puts the reference components into the command: those of the folder that `BAILIWICK_CARRY` names, if it has all of
//! them. `cargo xtask build` builds them first. Without them the command looks for components beside itself.
#![allow(clippy::print_stdout)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const VARIABLE: &str = "BAILIWICK_CARRY";

/// The components that `init --samples` and `demo` need.
const COMPONENTS: [&str; 4] = ["agency-csv", "aim", "cn-case-table", "iso20022"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let folder = env::var_os(VARIABLE).map(PathBuf::from);
    if let Some(folder) = &folder {
        // A missing folder cannot be watched: cargo would build again every time.
        fs::create_dir_all(folder)?;
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("carried.rs"), carried(folder.as_deref()))
}

/// A slice of names and bytes: of all components, or of none.
fn carried(folder: Option<&Path>) -> String {
    let path = |name: &str| folder.map(|folder| folder.join(format!("{name}.wasm")));
    let found = COMPONENTS.map(|name| path(name).filter(|path| path.is_file()).map(|path| (name, path)));
    let mut text = "&[\n".to_owned();
    if found.iter().all(Option::is_some) {
        for (name, path) in found.into_iter().flatten() {
            let _ = writeln!(text, "    ({name:?}, include_bytes!({path:?}).as_slice()),");
        }
    }
    text + "]\n"
}
