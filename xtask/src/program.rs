//! Builds the programs, with the reference components in the command.

use std::fs;
use std::path::PathBuf;

use crate::compile::Build;
use crate::plugins::{self, out_dir, target_dir};
use crate::steps::PLAIN;
use crate::watch::Screen;

/// Builds the plugins and the programs at the same time, and then puts the plugins into the command.
/// `arguments` are passed to `cargo build`.
pub(crate) fn build(arguments: &[&str]) -> Result<(), String> {
    let screen = Screen::new();
    // The build of the command watches this folder.
    fs::create_dir_all(out_dir()).map_err(|error| format!("{}: {error}", out_dir().display()))?;
    let before = plugins::state();
    let programs = Build::default();
    std::thread::scope(|scope| {
        let plugins = scope.spawn(|| {
            let built = plugins::build(&screen, false);
            // Without plugins the programs are of no use.
            built.inspect_err(|_| programs.stop())
        });
        let built = programs.run(&screen, "programs", arguments);
        match plugins.join() {
            Ok(plugins) => plugins.and(built),
            Err(_) => Err("the build of the plugins panicked".to_owned()),
        }
    })?;
    match plugins::state() == before {
        true => Ok(()),
        false => programs.run(&screen, "with plugins", arguments),
    }
}

/// The path of the built command.
pub(crate) fn command(release: bool) -> PathBuf {
    let profile = if release { "release" } else { "debug" };
    target_dir().join(profile).join(format!("bailiwick{}", std::env::consts::EXE_SUFFIX))
}

/// `cargo xtask build`
pub(crate) fn run(release: bool, rest: &[String]) -> Result<(), String> {
    // A development build takes the dependencies that demo and tests have built.
    let mut arguments = if release { vec!["--package", "bailiwick", "--release"] } else { PLAIN.to_vec() };
    arguments.extend(rest.iter().map(String::as_str));
    build(&arguments)?;
    println!("{}", command(release).display());
    Ok(())
}
