//! The steps that other programs do, one after the other.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::plugins::{out_dir, root};

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root()).env("BAILIWICK_PLUGINS", out_dir());
    command
}

fn run(mut command: Command) -> Result<(), String> {
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words = words.join(" ");
    let status = command.status().map_err(|error| format!("{words}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("failed: {words}")) }
}

pub(crate) fn demo(rest: &[String]) -> Result<(), String> {
    let mut command = cargo(&["run", "--release", "--quiet", "--package", "bailiwick", "--", "demo"]);
    command.args(rest);
    run(command)
}

pub(crate) fn test(rest: &[String]) -> Result<(), String> {
    let nextest = Command::new("cargo")
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let mut tests = match nextest {
        true => cargo(&["nextest", "run", "--workspace", "--no-fail-fast"]),
        false => cargo(&["test", "--workspace", "--lib", "--bins", "--tests", "--examples"]),
    };
    tests.args(rest);
    run(tests)?;
    if rest.is_empty() { run(cargo(&["test", "--workspace", "--doc"])) } else { Ok(()) }
}

pub(crate) fn schemas(check: bool) -> Result<(), String> {
    let committed = root().join("schemas/v1");
    let folder = if check { out_dir().join("../schemas-check") } else { committed.clone() };
    let _ = fs::remove_dir_all(&folder);
    let mut write = cargo(&[
        "run",
        "--quiet",
        "--package",
        "bailiwick-sdk",
        "--features",
        "schema",
        "--example",
        "schemas",
        "--",
    ]);
    write.arg(&folder);
    run(write)?;
    if !check {
        return Ok(());
    }
    let list = |folder: &std::path::Path| -> Result<Vec<(String, Vec<u8>)>, String> {
        let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut files: Vec<_> = entries
            .flatten()
            .map(|entry| {
                (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap_or_default())
            })
            .collect();
        files.sort();
        Ok(files)
    };
    let (old, new) = (list(&committed)?, list(&folder)?);
    let drifted: Vec<&str> = old
        .iter()
        .filter(|file| !new.contains(file))
        .chain(new.iter().filter(|file| !old.contains(file)))
        .map(|(name, _)| name.as_str())
        .collect();
    if drifted.is_empty() {
        return Ok(());
    }
    Err(format!("schemas/v1 is not what the types say: {}; run `cargo xtask schemas`", drifted.join(", ")))
}

pub(crate) fn ci() -> Result<(), String> {
    let step = |name: &str, work: &dyn Fn() -> Result<(), String>| {
        let begun = Instant::now();
        eprintln!("== {name}");
        let result = work();
        eprintln!(
            "== {name}: {} in {:.0?}",
            if result.is_ok() { "passed" } else { "FAILED" },
            begun.elapsed()
        );
        result.map_err(|error| format!("{name}: {error}"))
    };
    step("formatting", &|| run(cargo(&["fmt", "--all", "--check"])))?;
    step("plugins", &|| crate::plugins::build(false))?;
    step("lints", &|| run(cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])))?;
    step("documentation", &|| {
        let mut doc = cargo(&["doc", "--workspace", "--no-deps"]);
        doc.env("RUSTDOCFLAGS", "-D warnings");
        run(doc)
    })?;
    step("schemas", &|| schemas(true))?;
    step("tests", &|| test(&[]))
}
