//! Builds every plugin crate of the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bailiwick_build::{Built, Options, Progress, build_module, build_plugin};

use crate::watch::{Screen, Work};

/// The folders whose crates are plugins.
const FOLDERS: [&str; 3] = ["plugins", "tests/faulty", "benches/plugins"];

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// The target folder of cargo.
pub(crate) fn target_dir() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    // Tests run in the folders of their crates, where a relative path would mean another folder.
    std::path::absolute(&target).unwrap_or(target)
}

/// The folder of the components.
pub(crate) fn out_dir() -> PathBuf {
    target_dir().join("plugins")
}

/// Builds all of them, and prints the result of each.
pub(crate) fn build(screen: &Screen, offline: bool) -> Result<(), String> {
    let (options, work) = (Options { offline }, screen.work("plugins"));
    let mut said = None;
    let dirs = crates()?;
    for (at, dir) in dirs.iter().enumerate() {
        let built = build_one(&work, (at + 1, dirs.len()), dir, &options, &mut said)?;
        let state = if built.cached { "cached" } else { "built" };
        screen.line(&format!(
            "{:<20} {:<10} {:>6} KiB  {state}",
            built.name,
            built.version,
            built.size.div_ceil(1024)
        ));
    }
    work.done();
    Ok(())
}

/// The components and their times, as a text that changes when one of them changes.
pub(crate) fn state() -> Vec<(PathBuf, Option<SystemTime>)> {
    let entries = fs::read_dir(out_dir()).into_iter().flatten().flatten().map(|entry| entry.path());
    let components = entries.filter(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    let since = |path: &PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let mut state: Vec<_> = components.map(|path| (path.clone(), since(&path))).collect();
    state.sort();
    state
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

/// `said` is the last message about the toolchain. Most crates have the same message, which is printed once.
fn build_one(
    work: &Work,
    (number, all): (usize, usize),
    dir: &Path,
    options: &Options,
    said: &mut Option<String>,
) -> Result<Built, String> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let now = |what: &str| work.now(&format!("{number} of {all}, {name}: {what}"));
    let mut show = |progress: Progress| match progress {
        Progress::Toolchain(text) if said.as_ref() != Some(&text) => {
            work.line(&text);
            now(&text);
            *said = Some(text);
        }
        Progress::Compiling(line) | Progress::Fetching(line) => now(&line),
        Progress::Encoding => now("making the component"),
        _ => {}
    };
    let built = build_plugin(dir, &out_dir(), options, &mut show);
    built.map_err(|error| format!("plugin {name}: {}: {error}", error.code()))
}
