//! The tasks that run other programs, one after the other.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::plugins::{self, out_dir, root};
use crate::program;
use crate::schemas;
use crate::watch::clock;

/// Cargo at the root of the workspace. It knows the folder of the plugins, for the tests and for the command that
/// carries them.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root());
    command.env("BAILIWICK_PLUGINS", out_dir()).env("BAILIWICK_CARRY", out_dir());
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

/// Features of the command that are off by default, and on in the tests.
pub(crate) const FEATURES: [&str; 2] = ["--features", "bailiwick/metrics,bailiwick/opentelemetry"];

/// The programs that the end-to-end tests run. They are built together with the tests' package, so that the
/// host gets the same features and is not built twice.
const TESTED: [&str; 8] = [
    "--package",
    "bailiwick",
    "--package",
    "embed",
    "--package",
    "bailiwick-conformance",
    FEATURES[0],
    FEATURES[1],
];

/// The command with default features, with dependencies that the tests can use unchanged.
pub(crate) const PLAIN: [&str; 4] = ["--package", "bailiwick", "--package", "alike"];

/// Runs one step. Prints its name and duration; an error names the step.
fn step(name: &str, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let begun = Instant::now();
    eprintln!("== {name}");
    let result = work();
    let end = if result.is_ok() { "passed" } else { "FAILED" };
    eprintln!("== {name}: {end} in {}", clock(begun.elapsed()));
    result.map_err(|error| format!("step {name:?}: {error}"))
}

/// Builds the plugins and the command, then plays the sample month. The build is the one of the tests: it is fast
/// enough, and is not made twice.
pub(crate) fn demo(rest: &[String]) -> Result<(), String> {
    program::build(&PLAIN)?;
    let mut command = Command::new(program::command(false));
    command.arg("demo").args(rest);
    run(command)
}

/// The plugins, then every test.
pub(crate) fn test(rest: &[String]) -> Result<(), String> {
    // The test runner builds no programs.
    step("programs and plugins", || program::build(&TESTED))?;
    let skips = plugins::target_dir().join("skips.txt");
    let _ = std::fs::remove_file(&skips);
    let tested = step("tests", || {
        // `cargo test` alone would run the tests in documentation too, which come last.
        let mut tests = match has_nextest() {
            true => cargo(&["nextest", "run", "--workspace"]),
            false => cargo(&["test", "--workspace", "--lib", "--bins", "--tests", "--examples"]),
        };
        tests.args(FEATURES).args(rest).env("BAILIWICK_SKIPS", &skips);
        run(tests)
    });
    tell_skips(&std::fs::read_to_string(&skips).unwrap_or_default());
    tested?;
    step("tests in documentation", || {
        run(cargo(&[&["test", "--workspace", "--doc"][..], &FEATURES].concat()))
    })
}

/// Prints the skipped tests and the reasons, since a test runner hides the output of tests that pass.
fn tell_skips(skips: &str) {
    let lines: std::collections::BTreeSet<&str> = skips.lines().collect();
    if !lines.is_empty() {
        eprintln!("== not tested on this machine:");
        lines.iter().for_each(|line| eprintln!("{line}"));
    }
}

/// The campaigns of `tests/tests/audit_log.rs`, with this many rounds.
pub(crate) fn campaign(rounds: u64) -> Result<(), String> {
    let tests = [
        "--test",
        "conformance",
        "--",
        "--nocapture",
        "audit_log::no_fault_of_the_disk",
        "audit_log::killed_processes",
    ];
    let mut command = cargo(&["test", "--package", "bailiwick-conformance"]);
    command.args(tests).env("BAILIWICK_ROUNDS", rounds.to_string());
    run(command)
}

fn has_nextest() -> bool {
    let mut command = cargo(&["nextest", "--version"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The measurements of a run without arguments.
const MEASUREMENTS: [&str; 7] = ["call", "codec", "exchange", "book", "reads", "audit", "start"];

/// The plugins and the programs, built for speed; then the measurements, one after the other.
pub(crate) fn bench(rest: &[String]) -> Result<(), String> {
    program::build(&["--release", "--package", "bailiwick", "--package", "bailiwick-bench"])?;
    let measure = |arguments: &[&str]| {
        let mut command = Command::new(plugins::target_dir().join("release/bailiwick-bench"));
        command.args(arguments).env("BAILIWICK_PLUGINS", out_dir());
        run(command)
    };
    if rest.first().is_some_and(|first| first == "extism") {
        extism()?;
        return measure(&["call"]);
    }
    match rest {
        [] => MEASUREMENTS.iter().try_for_each(|what| measure(&[what])),
        rest => measure(&rest.iter().map(String::as_str).collect::<Vec<_>>()),
    }
}

/// The same call through Extism, for `bailiwick-bench call` to run beside its own.
fn extism() -> Result<(), String> {
    let release = plugins::target_dir().join("release");
    plugins::module(&root().join("benches/extism/guest"), &out_dir().join("echo-extism.wasm"))?;
    let manifest = root().join("benches/extism/Cargo.toml");
    let mut build = cargo(&["build", "--release", "--manifest-path"]);
    build.arg(manifest).arg("--target-dir").arg(plugins::target_dir().join("extism"));
    run(build)?;
    let (from, to) = (plugins::target_dir().join("extism/release"), release);
    let name = "bailiwick-bench-extism";
    std::fs::copy(from.join(name), to.join(name)).map(|_| ()).map_err(|error| format!("{name}: {error}"))
}

/// Everything that must pass before a change lands.
pub(crate) fn ci() -> Result<(), String> {
    step("formatting", || run(cargo(&["fmt", "--all", "--check"])))?;
    let lint = ["clippy", "--workspace", "--all-targets"];
    step("lints", || run(cargo(&[&lint[..], &FEATURES, &["--", "-D", "warnings"]].concat())))?;
    step("lints without features", || {
        run(cargo(&[&["clippy"][..], &PLAIN, &["--", "-D", "warnings"]].concat()))
    })?;
    step("documentation", || {
        let mut doc = cargo(&["doc", "--workspace", "--no-deps"]);
        doc.args(FEATURES).env("RUSTDOCFLAGS", "-D warnings");
        run(doc)
    })?;
    step("schemas", || schemas::run(true))?;
    test(&[])
}
