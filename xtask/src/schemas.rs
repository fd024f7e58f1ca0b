//! Generates from the code: the JSON Schemas of the documents and of the audit log's entries, and the table
//! of states in the docs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::plugins::{root, target_dir};
use crate::steps::{FEATURES, cargo, run as run_command};

type Files = BTreeMap<String, Vec<u8>>;

/// Writes `schemas/v1` and the states. With `check`, it only compares them with the code.
pub(crate) fn run(check: bool) -> Result<(), String> {
    examples()?;
    states(check)?;
    // Not directly into schemas/v1, so that the committed schemas stay if the program fails.
    let fresh = target_dir().join(format!("schemas-{}", std::process::id()));
    let generated = generate(&fresh);
    let _ = fs::remove_dir_all(&fresh);
    let (generated, folder) = (generated?, root().join("schemas/v1"));
    let committed = if folder.is_dir() { read(&folder)? } else { Files::new() };
    let drifted = drifted(&committed, &generated);
    if !check {
        return write(&folder, &drifted, &generated);
    }
    match drifted.as_slice() {
        [] => Ok(()),
        drifted => Err(format!(
            "schemas/v1 differs from the types: {}; run cargo xtask schemas and commit the result",
            drifted.join(", ")
        )),
    }
}

/// Builds the generating programs with the same libraries as the tests.
fn examples() -> Result<(), String> {
    let mut build = cargo(&["build", "--workspace"]);
    build.args(FEATURES).args(["--example=states", "--example=schemas", "--example=audit_schema"]);
    run_command(build)
}

fn example(name: &str) -> Command {
    Command::new(target_dir().join("debug/examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// The part of the page between its two marks.
fn states(check: bool) -> Result<(), String> {
    let output = example("states")
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("the example states: {error}"))?;
    if !output.status.success() {
        return Err("the example states failed".to_owned());
    }
    let path = root().join(STATES);
    let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
    let text = fs::read_to_string(&path).map_err(wrong)?;
    let states = String::from_utf8_lossy(&output.stdout);
    let Some(fresh) = between(&text, &states) else {
        return Err(format!("{} has no {BEGIN} … {END}", path.display()));
    };
    match (fresh == text, check) {
        (true, _) => Ok(()),
        (false, true) => {
            Err(format!("the states in {STATES} differ from the table; run cargo xtask schemas"))
        }
        (false, false) => fs::write(&path, fresh).map_err(wrong),
    }
}

/// The page with the states.
const STATES: &str = "docs/states.md";
const BEGIN: &str = "<!-- states -->";
const END: &str = "<!-- /states -->";

/// The text with `part` between the marks.
fn between(text: &str, part: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", part.trim_end()))
}

fn generate(folder: &Path) -> Result<Files, String> {
    for name in ["schemas", "audit_schema"] {
        let mut command = example(name);
        command.arg(folder);
        run_command(command)?;
    }
    read(folder)
}

fn read(folder: &Path) -> Result<Files, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = Files::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".schema.json") {
            files.insert(name, fs::read(entry.path()).map_err(wrong)?);
        }
    }
    Ok(files)
}

/// The names of files that differ, or that only one side has.
fn drifted(committed: &Files, generated: &Files) -> Vec<String> {
    let names = committed.keys().chain(generated.keys().filter(|name| !committed.contains_key(*name)));
    names.filter(|name| committed.get(*name) != generated.get(*name)).cloned().collect()
}

fn write(folder: &Path, drifted: &[String], generated: &Files) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for name in drifted {
        let path = folder.join(name);
        let done = match generated.get(name) {
            Some(bytes) => fs::write(&path, bytes),
            None => fs::remove_file(&path),
        };
        done.map_err(|error| format!("{}: {error}", path.display()))?;
        eprintln!("schemas/v1/{name}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> Files {
        files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn the_part_between_the_marks_is_replaced() {
        let text = between("a\n<!-- states -->\nold\n<!-- /states -->\nb", "new\n").unwrap();
        assert_eq!(text, "a\n<!-- states -->\nnew\n<!-- /states -->\nb");
        assert_eq!(between(&text, "new"), Some(text.clone()));
        assert_eq!(between("a", "new"), None);
    }

    #[test]
    fn each_drifted_file_is_named_once() {
        let committed = files(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let generated = files(&[("a", "1"), ("b", "2"), ("d", "1")]);
        assert_eq!(drifted(&committed, &generated), ["b", "c", "d"]);
        assert!(drifted(&committed, &committed).is_empty());
    }
}
