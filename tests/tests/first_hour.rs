//! The first steps of a new user: a home with samples, its files, the commands of the README.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use bailiwick_conformance::{Ran, bailiwick, bailiwick_program};
use bailiwick_host::Host;
use bailiwick_host::sdk::context::Side;
use serde_json::Value;

/// A home made by `init --samples`.
fn home(folder: &Path) {
    let ran = bailiwick(&folder.join("home"), &["init", "--samples"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}

#[test]
fn a_copied_program_carries_the_reference_plugins() {
    let folder = tempfile::tempdir().unwrap();
    // The program must not lie beside the home, which has the same name.
    let program = folder.path().join("bin/bailiwick");
    fs::create_dir(folder.path().join("bin")).unwrap();
    // Copied by another process: a file that this one had open for writing could not be run at once.
    assert!(Command::new("cp").arg(bailiwick_program()).arg(&program).status().unwrap().success());
    let run = |arguments: &[&str]| -> Ran {
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(folder.path()).env_clear().env("TMPDIR", folder.path());
        command.output().unwrap().into()
    };
    let demo = run(&["demo"]);
    assert_eq!(demo.code, Some(0), "{}", demo.err);
    // It shows what waits, what is in suspense and what was amended.
    for line in [
        "number 1: payment LS0004 of 1000.00 CNY waits for account:C20260700000009",
        "1 documents of earlier files had waited and are booked now",
        "it may be for 100000011 (comment)",
        "terms 2 from 2026-07-16: terms.commission.cap_percent 40 → 10",
        "100000001: 250.00 USD paid on 2026-07-22 earn 30.92 USD",
        "nothing waits, no exception is open",
    ] {
        assert!(demo.out.contains(line), "{line}: {}", demo.out);
    }
    let made = run(&["--json", "init", "--samples"]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    assert_eq!(
        made.json()[0]["plugins"],
        serde_json::json!(["agency-csv", "aim", "cn-case-table", "iso20022"])
    );
    // A named folder has precedence, and missing plugins are named.
    let other = run(&["--home", "other", "init", "--samples", "--plugins", "."]);
    assert_eq!(other.code, Some(2), "{}", other.err);
    assert!(other.err.contains("there is no plugin"), "{}", other.err);
    assert!(!folder.path().join("other").exists());
    // In the program's own folder, the program has the home's usual name.
    let taken =
        Command::new(&program).arg("init").current_dir(folder.path().join("bin")).env_clear().output();
    let taken = Ran::from(taken.unwrap());
    assert_eq!(taken.code, Some(2), "{}", taken.err);
    assert!(taken.err.contains("is a file") && taken.err.contains("--home"), "{}", taken.err);
}

#[test]
fn a_new_home_is_named_in_any_of_three_ways() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| -> Ran {
        let mut command = Command::new(bailiwick_program());
        command.args(arguments).current_dir(folder.path()).env("BAILIWICK_HOME", "of-the-environment");
        command.output().unwrap().into()
    };
    for (arguments, made) in [
        (&["init", "one"][..], "one"),
        (&["init", "--home", "two"], "two"),
        (&["--home", "three", "init"], "three"),
        (&["init", "four", "--home", "four"], "four"),
        (&["init"], "of-the-environment"),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
        assert!(folder.path().join(made).join("bailiwick.toml").is_file(), "{arguments:?}");
    }
    let two = run(&["init", "five", "--home", "six"]);
    assert_eq!(two.code, Some(2), "{}", two.err);
    assert!(two.err.contains("five") && two.err.contains("six"), "{}", two.err);
    assert!(!folder.path().join("five").exists() && !folder.path().join("six").exists());
}

/// Exchanges the samples of an engagement as their README says, and gives the reports.
fn exchanged(folder: &Path, engagement: &str) -> Vec<Value> {
    let home = folder.join("home");
    let readme = fs::read_to_string(home.join("samples").join(engagement).join("README.md")).unwrap();
    let commands = readme.lines().filter_map(|line| line.trim().strip_prefix("bailiwick "));
    let reports: Vec<Value> = commands
        .map(|line| {
            let mut command = Command::new(bailiwick_program());
            command.arg("--json").args(line.split(' ')).current_dir(&home);
            let ran = Ran::from(command.output().unwrap());
            assert_eq!(ran.code, Some(0), "{engagement}: {line}: {}{}", ran.out, ran.err);
            let report = ran.json().remove(0);
            assert_eq!(report["outcome"], "accepted", "{engagement}: {line}: {report}");
            // The only warnings are about documents for which the other side's plugins have no message.
            let problems = report["problems"].as_array().into_iter().flatten();
            let others: Vec<&Value> = problems.filter(|problem| problem["code"] != "not_forwarded").collect();
            assert!(others.is_empty(), "{engagement}: {line}: {report}");
            report
        })
        .collect();
    let mut files: BTreeSet<String> = fs::read_dir(home.join("samples").join(engagement))
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    files.remove("README.md");
    let named: BTreeSet<String> =
        reports.iter().map(|report| report["file"].as_str().unwrap().to_owned()).collect();
    assert_eq!(files, named, "{engagement}");
    reports
}

/// Every engagement in one home: none of their files are in the way of another's.
#[test]
fn every_sample_is_accepted_and_there_is_one_of_each_message() {
    let folder = tempfile::tempdir().unwrap();
    home(folder.path());
    let host = Host::open(folder.path().join("home")).unwrap();
    for name in host.engagements().unwrap() {
        let engagement = host.engagement(&name).unwrap();
        let bindings = [Side::Bank, Side::Agency].map(|side| engagement.bindings(side));
        let mut read: Vec<String> =
            bindings.iter().copied().flatten().flat_map(|seat| seat.reads.clone()).collect();
        let reports = exchanged(folder.path(), &name);
        let mut had: Vec<String> =
            reports.iter().map(|report| report["message"].as_str().unwrap().to_owned()).collect();
        read.sort();
        had.sort();
        assert_eq!(had, read, "{name}");
    }
    assert!(host.verify_audit().is_ok());
}

#[test]
fn the_commands_of_the_readme_run_as_they_stand_there() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let section = readme.split("## A home of your own").nth(1).expect("the section");
    let block =
        section.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("its commands");
    let mut commands = block.lines().map(|line| line.split(" #").next().unwrap_or_default().trim());
    // The first command builds the program, which is built already.
    assert_eq!(commands.next(), Some("cargo xtask build --release"));
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("target/release")).unwrap();
    std::os::unix::fs::symlink(bailiwick_program(), folder.path().join("target/release/bailiwick")).unwrap();
    let mut ran = 0;
    for command in commands.filter(|command| !command.is_empty()) {
        let mut shell = Command::new("sh");
        shell.args(["-euc", command]).current_dir(folder.path());
        let it = Ran::from(shell.env_remove("BAILIWICK_HOME").output().unwrap());
        assert_eq!(it.code, Some(0), "{command}: {}{}", it.out, it.err);
        ran += 1;
    }
    assert!(ran >= 15, "{ran} commands");
    assert!(folder.path().join("july.html").is_file() && folder.path().join("log").is_dir());
}
