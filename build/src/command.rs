//! Programs run without what an outer cargo leaves in the environment.

use std::env;
use std::path::Path;
use std::process::Command;

/// What would make the inner build another one.
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

/// What cargo sets for the programs it runs, and rustup for cargo.
const SET_BY_CARGO: [&str; 5] =
    ["CARGO", "RUSTUP_TOOLCHAIN", "RUST_RECURSION_COUNT", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// A command that runs in `dir` as if it were typed there.
pub(crate) fn clean(program: &str, dir: &Path) -> Command {
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

/// Runs to the end. What it printed, or the last words of its complaint.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program} does not run ({error})"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let complaint = words.lines().map(str::trim).find(|line| line.to_lowercase().starts_with("error"));
    let last = words.lines().map(str::trim).rfind(|line| !line.is_empty());
    Err(format!("{program}: {}", complaint.or(last).unwrap_or("it failed and said nothing")))
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
    fn a_failing_program_gives_its_complaint() {
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
