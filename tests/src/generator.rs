//! The generator of sample files, which is independent of the project. Tests that need it skip
//! where it is absent, and say so.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The folder of shared research, if it is there.
pub fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    if folder.join("tools/make_samples.py").is_file() {
        return Some(folder);
    }
    eprintln!("skipped: ../shared with the independent generator is not there");
    None
}

/// A file that was made, and what a correct reader must find in it.
pub struct Generated {
    /// The file, or the folder of a month.
    pub path: PathBuf,
    /// What must be found.
    pub expect: Value,
}

/// Runs the generator; `None` where it is absent. The last argument names the option of the output.
///
/// # Panics
/// If it fails.
pub fn generate(folder: &Path, name: &str, arguments: &[&str]) -> Option<Generated> {
    let script = shared()?.join("tools/make_samples.py");
    let (path, expect) = (folder.join(name), folder.join(format!("{name}.expect.json")));
    let out = if arguments.first().is_some_and(|command| command.ends_with("month")) {
        "--out-dir"
    } else {
        "--out"
    };
    let made = Command::new("python3")
        .arg(script)
        .args(arguments)
        .arg(out)
        .arg(&path)
        .arg("--expect")
        .arg(&expect)
        .output()
        .expect("python3 runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let expect = serde_json::from_slice(&std::fs::read(&expect).expect("the expectation")).expect("JSON");
    Some(Generated { path, expect })
}
