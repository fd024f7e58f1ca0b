//! Runs cargo's builds and reports their progress: the crate, and how many of how many.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::steps::cargo;
use crate::watch::{Screen, Work};

/// A build that another thread may stop.
#[derive(Default)]
pub(crate) struct Build(Mutex<State>);

#[derive(Default)]
struct State {
    child: Option<Child>,
    stopped: bool,
}

impl Build {
    /// Runs `cargo build` to its end. The compiler's messages are printed crate by crate.
    pub(crate) fn run(&self, screen: &Screen, name: &str, arguments: &[&str]) -> Result<(), String> {
        let work = screen.work(name);
        let mut tree = cargo(&["tree", "--prefix", "none", "--edges", "normal,build"]);
        let selection = arguments.iter().filter(|argument| **argument != "--release");
        tree.args(selection);
        // `cargo tree` refuses options that only a build knows; then the number of crates is not shown.
        let crates = self.watch(&work, tree, None).ok().map(|tree| distinct(&tree));
        let mut build = cargo(&["build"]);
        build.args(arguments);
        self.watch(&work, build, crates)?;
        work.done();
        Ok(())
    }

    /// Stops the build.
    pub(crate) fn stop(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.stopped = true;
        if let Some(child) = &mut state.child {
            let _ = child.kill();
        }
    }

    /// Runs cargo and gives its standard output.
    fn watch(&self, work: &Work, mut command: Command, crates: Option<usize>) -> Result<String, String> {
        let words = command.get_args().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
        let wrong = |error: std::io::Error| format!("cargo {words}: {error}");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("CARGO_TERM_QUIET", "false").env("CARGO_TERM_PROGRESS_WHEN", "never");
        let (stdout, stderr) = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if state.stopped {
                return Err(format!("cargo {words}: stopped"));
            }
            let child = state.child.insert(command.spawn().map_err(wrong)?);
            (child.stdout.take(), child.stderr.take())
        };
        let printed = std::thread::scope(|scope| {
            let reading = scope.spawn(|| {
                let mut text = String::new();
                stdout.map(|mut stdout| stdout.read_to_string(&mut text));
                text
            });
            let mut compiled = BTreeSet::new();
            for line in
                stderr.into_iter().flat_map(|stderr| BufReader::new(stderr).lines()).map_while(Result::ok)
            {
                match status(&line) {
                    Some(("Compiling", what)) => {
                        compiled.insert(what.to_owned());
                        work.now(&counted(compiled.len(), crates, what));
                    }
                    Some(("Finished" | "Running", _)) => {}
                    Some((verb, what)) => work.now(&format!("{verb} {what}")),
                    None => work.line(&line),
                }
            }
            reading.join().unwrap_or_default()
        });
        let child = self.0.lock().unwrap_or_else(PoisonError::into_inner).child.take();
        let ended = child.map(|mut child| child.wait()).transpose().map_err(wrong)?;
        match ended {
            Some(status) if status.success() => Ok(printed),
            Some(status) => Err(format!("`cargo {words}` failed ({status})")),
            None => Err(format!("cargo {words}: stopped")),
        }
    }
}

/// The crate, and how far the build is. Crates that are built already are not counted, so fewer than the
/// total may be compiled.
fn counted(compiled: usize, crates: Option<usize>, what: &str) -> String {
    match crates {
        Some(crates) => format!("{compiled} of at most {} crates: {what}", crates.max(compiled)),
        None => what.to_owned(),
    }
}

/// How many crates `cargo tree` names.
fn distinct(tree: &str) -> usize {
    let name = |line: &str| line.split(" (").next().map(str::to_owned).filter(|name| !name.is_empty());
    tree.lines().filter_map(name).collect::<BTreeSet<_>>().len()
}

/// A line of cargo's own: its verb, aligned to the right in twelve columns, and the rest.
fn status(line: &str) -> Option<(&str, &str)> {
    let (verb, what) = line.split_at_checked(12)?;
    let verb = verb.trim_start();
    let is_verb =
        verb.starts_with(|c: char| c.is_ascii_uppercase()) && verb.bytes().all(|b| b.is_ascii_alphabetic());
    is_verb.then_some((verb, what.strip_prefix(' ')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_cargo_are_told_from_those_of_the_compiler() {
        assert_eq!(status("   Compiling serde v1.0.2"), Some(("Compiling", "serde v1.0.2")));
        assert_eq!(status(" Downloading crates ..."), Some(("Downloading", "crates ...")));
        for line in ["error[E0308]: mismatched types", "warning: unused", "  --> src/lib.rs:1:1", ""] {
            assert_eq!(status(line), None, "{line}");
        }
    }

    #[test]
    fn the_count_is_of_crates_and_not_of_lines() {
        let tree = "a v1.0.0\nb v2.0.0 (proc-macro)\na v1.0.0 (*)\n\nb v2.0.0\nc v0.1.0 (/here/c)\n";
        assert_eq!(distinct(tree), 3);
        assert_eq!(counted(2, Some(3), "b v2.0.0"), "2 of at most 3 crates: b v2.0.0");
    }

    #[test]
    fn a_build_that_was_stopped_begins_no_other() {
        let build = Build::default();
        build.stop();
        let why = build.run(&Screen::new(), "program", &["--package", "xtask"]).unwrap_err();
        assert!(why.ends_with("stopped"), "{why}");
    }
}
