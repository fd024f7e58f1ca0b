//! Runs programs without the variables that an outer cargo sets.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Variables that would change the inner build.
const REMOVED: [&str; 9] = [
    "RUSTC",
    "RUSTDOC",
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_BOOTSTRAP",
];

/// Variables that cargo sets for the programs it runs, and rustup for cargo.
const SET_BY_CARGO: [&str; 5] =
    ["CARGO", "RUSTUP_TOOLCHAIN", "RUST_RECURSION_COUNT", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// A command that runs in `dir` as if a user had typed it there.
pub(crate) fn clean(program: impl AsRef<OsStr>, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir);
    for name in REMOVED {
        command.env_remove(name);
    }
    // Only under an outer cargo: without one, a toolchain in the environment is the author's choice.
    if env::var_os("CARGO").is_some() {
        for name in SET_BY_CARGO {
            command.env_remove(name);
        }
    }
    for (name, _) in env::vars_os() {
        let inner = |name: &str| {
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_PROFILE_"].iter().any(|p| name.starts_with(p))
        };
        if name.to_str().is_some_and(inner) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs to the end. Gives its standard output, or why it failed.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program} does not run ({error})"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let mut words = LastWords::default();
    String::from_utf8_lossy(&output.stderr).lines().for_each(|line| words.hear(line));
    Err(words.of(&program))
}

/// Runs to the end, and gives each line that it prints. The error says why it failed.
pub(crate) fn stream(mut command: Command, each: &mut dyn FnMut(&str)) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let wrong = |error: std::io::Error| format!("{program} does not run ({error})");
    let (reader, writer) = std::io::pipe().map_err(wrong)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(wrong)?).stderr(writer);
    let mut child = command.spawn().map_err(wrong)?;
    // `command` holds the writing ends of the pipe: while they are open, reading does not end.
    drop(command);
    let (mut lines, mut bytes, mut words) = (BufReader::new(reader), Vec::new(), LastWords::default());
    while lines.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
        let line = String::from_utf8_lossy(&bytes);
        words.hear(&line);
        each(line.trim_end());
        bytes.clear();
    }
    let status = child.wait().map_err(wrong)?;
    if status.success() { Ok(()) } else { Err(words.of(&program)) }
}

/// The lines of a program's output that tell why it failed.
#[derive(Default)]
struct LastWords {
    /// The first line that begins as an error.
    complaint: Option<String>,
    last: Option<String>,
}

impl LastWords {
    fn hear(&mut self, line: &str) {
        let line = line.trim();
        // `E: ` is apt's.
        if self.complaint.is_none() && (line.to_lowercase().starts_with("error") || line.starts_with("E: ")) {
            self.complaint = Some(line.to_owned());
        }
        if !line.is_empty() {
            self.last = Some(line.to_owned());
        }
    }

    fn of(self, program: &str) -> String {
        let words = self.complaint.or(self.last);
        format!("{program}: {}", words.as_deref().unwrap_or("it failed and said nothing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = output(&mut clean("bailiwick-no-such-program", Path::new("."))).unwrap_err();
        assert!(error.starts_with("bailiwick-no-such-program does not run"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_failing_program_gives_its_error() {
        let mut command = clean("sh", Path::new("."));
        command
            .args(["-c", "echo 'error: no target'; echo 'error: no such target' >&2; echo bye >&2; exit 1"]);
        assert_eq!(output(&mut command).unwrap_err(), "sh: error: no such target");
    }

    #[test]
    fn flags_for_the_outer_build_do_not_reach_the_inner_one() {
        let command = clean("cargo", Path::new("."));
        for name in REMOVED {
            assert!(command.get_envs().any(|(key, value)| key == name && value.is_none()), "{name}");
        }
    }
}
