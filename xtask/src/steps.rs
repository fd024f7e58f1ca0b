//! The steps that other programs do, one after the other.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::plugins::{self, out_dir, root};
use crate::schemas;

/// Cargo at the root of the workspace, with the place of the plugins.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root()).env("BAILIWICK_PLUGINS", out_dir());
    command
}

/// Runs to the end, on this terminal.
pub(crate) fn run(mut command: Command) -> Result<(), String> {
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words = words.join(" ");
    let status = command.status().map_err(|error| format!("{words}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{words}` failed ({status})")) }
}

/// One step: its name, how long it took, and if it failed which it was.
fn step(name: &str, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let begun = Instant::now();
    eprintln!("== {name}");
    let result = work();
    let end = if result.is_ok() { "passed" } else { "FAILED" };
    eprintln!(
        "== {name}: {end} in {}.{} s",
        begun.elapsed().as_secs(),
        begun.elapsed().subsec_millis() / 100
    );
    result.map_err(|error| format!("step {name:?}: {error}"))
}

/// The plugins, then the sample month.
pub(crate) fn demo(rest: &[String]) -> Result<(), String> {
    plugins::build(false)?;
    let mut command = cargo(&["run", "--release", "--quiet", "--package", "bailiwick", "--", "demo"]);
    command.args(rest);
    run(command)
}

/// The plugins, then every test.
pub(crate) fn test(rest: &[String]) -> Result<(), String> {
    // The end-to-end tests run the real programs, which the test runner does not build.
    run(cargo(&["build", "--package", "bailiwick", "--package", "embed"]))?;
    step("plugins", || plugins::build(false))?;
    step("tests", || {
        // `cargo test` alone would run the tests in documentation too, which come last.
        let mut tests = match has_nextest() {
            true => cargo(&["nextest", "run", "--workspace"]),
            false => cargo(&["test", "--workspace", "--lib", "--bins", "--tests", "--examples"]),
        };
        tests.args(rest);
        run(tests)
    })?;
    step("tests in documentation", || run(cargo(&["test", "--workspace", "--doc"])))
}

fn has_nextest() -> bool {
    let mut command = cargo(&["nextest", "--version"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Everything that must pass before a change lands.
pub(crate) fn ci() -> Result<(), String> {
    step("formatting", || run(cargo(&["fmt", "--all", "--check"])))?;
    step("lints", || run(cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])))?;
    step("documentation", || {
        let mut doc = cargo(&["doc", "--workspace", "--no-deps"]);
        doc.env("RUSTDOCFLAGS", "-D warnings");
        run(doc)
    })?;
    step("schemas", || schemas::run(true))?;
    test(&[])
}
