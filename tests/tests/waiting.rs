//! Files of commands that wait for the audit log: only a file that this home made, under its own name, becomes an
//! entry. Every other file is set aside and named, and blocks nobody.

use std::fs;
use std::path::PathBuf;

use bailiwick_conformance::{TestHome, bailiwick};
use serde_json::{Value, json};

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD",
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

/// A home, and a command that waits in it.
fn waiting() -> (TestHome, PathBuf) {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    // The held lock keeps the command waiting.
    let lock = fs::File::open(home.path()).unwrap();
    lock.lock().unwrap();
    assert_eq!(bailiwick(&home.path(), &["accounts", "test"]).code, Some(0));
    lock.unlock().unwrap();
    let folder = home.path().join("audit/commands");
    let mut names = fs::read_dir(&folder).unwrap().map(|it| it.unwrap().file_name());
    let name = names.next().unwrap();
    assert!(names.next().is_none());
    (home, folder.join(name))
}

fn of_kind(home: &TestHome, kind: &str) -> Vec<Value> {
    home.audit().into_iter().filter(|entry| entry["kind"] == kind).collect()
}

#[test]
fn a_file_that_this_home_did_not_make_is_set_aside_and_blocks_nobody() {
    let (home, real) = waiting();
    let folder = real.parent().unwrap();
    let bytes = fs::read(&real).unwrap();
    let json = bytes.iter().position(|byte| *byte == b'{').unwrap();
    // A file in the form of the last release, which anybody could write by hand.
    let entry = r#"{"kind":"command","id":"00","command":"audit export","asked_at":"2026-07-01T12:00:00Z"}"#;
    fs::write(folder.join("1-by-hand.json"), entry).unwrap();
    // A real file under another name, a changed one, one without its end, one that is too long.
    fs::write(folder.join("2-again.json"), &bytes).unwrap();
    fs::write(folder.join("3-changed.json"), [&bytes[..json], b"{}\n"].concat()).unwrap();
    fs::write(folder.join("4-short.json"), &bytes[..bytes.len() - 1]).unwrap();
    fs::write(folder.join("5-long.json"), vec![b' '; 1 << 20]).unwrap();
    fs::create_dir(folder.join("6-folder.json")).unwrap();
    let mut names: Vec<String> = ["1-by-hand", "2-again", "3-changed", "4-short", "5-long", "6-folder"]
        .map(|it| format!("{it}.json"))
        .into();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/dev/zero", folder.join("7-zero.json")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(folder.join("8-pipe.json")).status().unwrap();
        assert!(made.success());
        names.extend(["7-zero.json".to_owned(), "8-pipe.json".to_owned()]);
    }
    assert_eq!(home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap().accepted, 1);
    let commands = of_kind(&home, "command");
    assert_eq!(commands.len(), 1, "{commands:?}");
    assert_eq!(commands[0]["command"], "accounts");
    let aside = of_kind(&home, "set_aside");
    assert_eq!((aside.len(), &aside[0]["files"]), (1, &json!(names.len())));
    assert_eq!(home.host.status().unwrap().commands_refused, names);
    let status = bailiwick(&home.path(), &["status"]);
    assert_eq!(status.code, Some(1));
    assert!(names.iter().all(|name| status.out.contains(name)), "{}", status.out);
    // They are reported once.
    home.say("accounts", "2026-07-03", &[placement("A3")]).unwrap();
    assert_eq!(of_kind(&home, "set_aside").len(), 1);
    assert!(home.host.verify_audit().is_ok());
}

#[test]
fn a_command_that_is_put_back_keeps_its_number() {
    let (home, real) = waiting();
    let bytes = fs::read(&real).unwrap();
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    assert!(!real.exists());
    fs::write(&real, bytes).unwrap();
    home.say("accounts", "2026-07-03", &[placement("A3")]).unwrap();
    let commands = of_kind(&home, "command");
    assert_eq!(commands.len(), 2);
    assert_eq!(commands[0]["id"], commands[1]["id"]);
}

/// The entry comes before the move. A crash in between leaves a file that is reported again, and never a file that is
/// not reported.
#[test]
fn a_file_that_is_set_aside_is_in_the_log_before_it_is_moved() {
    let (home, real) = waiting();
    let folder = real.parent().unwrap();
    let (strange, refused) = (folder.join("1-by-hand.json"), folder.join("refused"));
    fs::write(&strange, "no").unwrap();
    // The folder to move it to is a file.
    fs::write(&refused, "").unwrap();
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    assert_eq!(of_kind(&home, "set_aside").len(), 1);
    assert!(strange.exists() && !real.exists());
    fs::remove_file(&refused).unwrap();
    home.say("accounts", "2026-07-03", &[placement("A3")]).unwrap();
    assert_eq!(of_kind(&home, "set_aside").len(), 2);
    assert!(!strange.exists() && refused.join("1-by-hand.json").exists());
}

#[test]
fn the_number_of_files_set_aside_has_a_bound() {
    let (home, real) = waiting();
    for number in 0..120 {
        fs::write(real.parent().unwrap().join(format!("{number:03}.json")), "no").unwrap();
    }
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    assert_eq!(of_kind(&home, "set_aside")[0]["files"], 120);
    assert_eq!(home.host.status().unwrap().commands_refused.len(), 100);
    let left = fs::read_dir(real.parent().unwrap()).unwrap().count();
    assert_eq!(left, 1, "the folder of what was set aside");
}
