//! The table of threats names tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_conformance::files_below;

/// Words in code spans that are names of tests. Names of tests are sentences.
const WORDS_OF_A_SENTENCE: usize = 4;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The functions of every source file below the folders of the workspace.
fn functions() -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in ["build", "cli", "host", "sdk", "tests", "plugins", "xtask"] {
        files_below(&root().join(folder), &mut files);
    }
    let sources = files.iter().filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let texts: Vec<String> = sources.map(|path| fs::read_to_string(path).unwrap()).collect();
    let names = texts.iter().flat_map(|text| text.split("fn ").skip(1));
    names.filter_map(|rest| rest.split(['(', '<']).next().map(str::to_owned)).collect()
}

/// Every `path: name` of the end-to-end tests in the table, and the names that follow in the same cell.
#[test]
fn every_end_to_end_test_is_in_the_file_that_the_table_says() {
    let text = fs::read_to_string(root().join("docs/threats.md")).unwrap();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for cell in text.lines().filter_map(|line| line.split('|').nth(3)) {
        let mut file = None;
        for code in cell.split('`').skip(1).step_by(2) {
            let name = match code.split_once(": ") {
                Some((path, name)) => {
                    file = path.starts_with("tests/tests/").then(|| root().join(path));
                    name
                }
                None => code,
            };
            if name.contains(['/', ' ', '=', '.']) {
                continue;
            }
            if let Some(file) = &file {
                seen += 1;
                let text = fs::read_to_string(file).unwrap_or_default();
                if !text.contains(&format!("fn {name}(")) {
                    wrong.push(format!("{name} is not in {}", file.display()));
                }
            }
        }
    }
    assert!(seen > 50, "only {seen} tests were found in the table");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_test_that_the_table_of_threats_names_is_there() {
    let text = fs::read_to_string(root().join("docs/threats.md")).unwrap();
    let functions = functions();
    let code = text.split('`').skip(1).step_by(2);
    let named: Vec<&str> = code
        .flat_map(|code| code.split(": "))
        .filter(|name| name.split('_').count() >= WORDS_OF_A_SENTENCE && !name.contains(['/', ' ', '=']))
        .filter(|name| {
            name.chars().all(|letter| letter.is_lowercase() || letter.is_ascii_digit() || letter == '_')
        })
        .collect();
    assert!(named.len() > 60, "only {} tests were found in the table", named.len());
    let missing: Vec<&&str> = named.iter().filter(|name| !functions.contains(**name)).collect();
    assert!(missing.is_empty(), "there are no such tests: {missing:?}");
}
