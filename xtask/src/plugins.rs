//! Builds every plugin crate of the workspace.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use bailiwick_build::{Built, Options, Progress, build_module, build_plugin};

/// The folders whose crates are plugins.
const FOLDERS: [&str; 3] = ["plugins", "tests/faulty", "benches/plugins"];

/// Columns of a progress line.
const COLUMNS: usize = 76;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Where cargo builds.
pub(crate) fn target_dir() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    // Tests run in the folders of their crates, where a relative path would mean another folder.
    std::path::absolute(&target).unwrap_or(target)
}

/// Where components go.
pub(crate) fn out_dir() -> PathBuf {
    target_dir().join("plugins")
}

/// Builds all of them, and says of each what came of it.
pub(crate) fn build(offline: bool) -> Result<(), String> {
    let options = Options { offline };
    let mut said = None;
    for dir in crates()? {
        let built = build_one(&dir, &options, &mut said)?;
        let state = if built.cached { "cached" } else { "built" };
        eprintln!("{:<20} {:<10} {:>6} KiB  {state}", built.name, built.version, built.size.div_ceil(1024));
    }
    Ok(())
}

/// Builds one crate to a core module.
pub(crate) fn module(dir: &Path, to: &Path) -> Result<(), String> {
    let bytes = build_module(dir, &Options::default(), &mut |_| {});
    let bytes = bytes.map_err(|error| format!("{}: {}: {error}", dir.display(), error.code()))?;
    fs::write(to, bytes).map_err(|error| format!("{}: {error}", to.display()))
}

fn crates() -> Result<Vec<PathBuf>, String> {
    let mut dirs = Vec::new();
    for folder in FOLDERS.map(|folder| root().join(folder)).iter().filter(|folder| folder.is_dir()) {
        let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(folder).map_err(wrong)? {
            let dir = entry.map_err(wrong)?.path();
            if dir.join("plugin.toml").is_file() {
                dirs.push(dir);
            }
        }
    }
    dirs.sort();
    Ok(dirs)
}

/// `said` is what was last said of the toolchain: it is the same for most, and said once.
fn build_one(dir: &Path, options: &Options, said: &mut Option<String>) -> Result<Built, String> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let terminal = std::io::stderr().is_terminal();
    let clear = if terminal { "\r\x1b[2K" } else { "" };
    let mut show = |progress: Progress| match progress {
        Progress::Toolchain(text) if said.as_ref() != Some(&text) => {
            eprintln!("{clear}wasm: {text}");
            *said = Some(text);
        }
        Progress::Compiling(line) if terminal => {
            let line: String = format!("{name}: {line}").chars().take(COLUMNS).collect();
            eprint!("{clear}{line}");
        }
        Progress::Encoding if terminal => eprint!("{clear}{name}: making the component"),
        _ => {}
    };
    let built = build_plugin(dir, &out_dir(), options, &mut show);
    eprint!("{clear}");
    built.map_err(|error| format!("plugin {name}: {}: {error}", error.code()))
}
