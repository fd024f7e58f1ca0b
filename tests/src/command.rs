//! Runs the real command.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program, built beside the tests.
///
/// # Panics
/// If it is not built.
pub fn bailiwick_program() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let folder = test.parent().and_then(Path::parent).expect("target/PROFILE/deps");
    let program = folder.join("bailiwick");
    assert!(program.is_file(), "no {}; run `cargo build --package bailiwick`", program.display());
    program
}

/// The output of a run, and its exit code.
pub struct Ran {
    /// The exit code; `None` if it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Every line of standard output as JSON.
    ///
    /// # Panics
    /// If a line is no JSON.
    pub fn json(&self) -> Vec<serde_json::Value> {
        self.out
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}\n{}", self.err))
            })
            .collect()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Runs the command in a home.
///
/// # Panics
/// If it cannot be started.
pub fn bailiwick(home: &Path, arguments: &[&str]) -> Ran {
    Command::new(bailiwick_program())
        .arg("--home")
        .arg(home)
        .args(arguments)
        .env_remove("BAILIWICK_HOME")
        .env_remove("BAILIWICK_OPERATOR")
        .env_remove("BAILIWICK_PLUGIN_LOG")
        .env_remove("OTEL_EXPORTER_OTLP_ENDPOINT")
        .output()
        .expect("the command runs")
        .into()
}
