//! Builds every plugin crate of the workspace.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use bailiwick_build::{Options, Progress, build_plugin};

/// The folders whose crates are plugins.
const FOLDERS: [&str; 2] = ["plugins", "tests/faulty"];

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Where components go.
pub(crate) fn out_dir() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("plugins")
}

pub(crate) fn build(offline: bool) -> Result<(), String> {
    let mut dirs = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(root().join(folder)) else { continue };
        dirs.extend(
            entries.flatten().map(|entry| entry.path()).filter(|dir| dir.join("plugin.toml").is_file()),
        );
    }
    dirs.sort();
    let terminal = std::io::stderr().is_terminal();
    for dir in dirs {
        let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut show = |progress: Progress| match progress {
            Progress::Toolchain(text) => eprintln!("{name}: {text}"),
            Progress::Compiling(line) if terminal => {
                let line: String = line.chars().take(60).collect();
                eprint!("\r\x1b[2K{name}: {line}");
            }
            _ => {}
        };
        let built = build_plugin(&dir, &out_dir(), Options { offline }, &mut show)
            .map_err(|error| format!("{}: {error}", error.code()))?;
        let state = if built.cached { "cached" } else { "built" };
        let clear = if terminal { "\r\x1b[2K" } else { "" };
        eprintln!("{clear}{:<20} {:<8} {:>8} KiB  {state}", built.name, built.version, built.size / 1024);
    }
    Ok(())
}
