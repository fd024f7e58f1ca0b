//! Names, keys and messages of others are printed without characters that a screen would obey, and never make a line
//! of their own.

use std::path::Path;
use std::process::Command;

use bailiwick_conformance::{Ran, TestHome, bailiwick_program};
use rusqlite::params;
use serde_json::{Value, json};

/// Text that turns the screen red, forges a line and reverses the writing, in ASCII and with other
/// characters.
const EVIL: &str = "A\u{1b}[31m\n  wrote FORGED\u{202e}\u{9b}31m\u{2028}\u{200f}\u{feff}\r";

fn run(home: &Path, folder: &Path, arguments: &[&str]) -> Ran {
    Command::new(bailiwick_program())
        .arg("--home")
        .arg(home)
        .args(arguments)
        .current_dir(folder)
        .env_remove("BAILIWICK_HOME")
        .output()
        .expect("the command runs")
        .into()
}

/// The characters that a screen would obey, except the command's own line ends.
fn obeyed(text: &str) -> Option<char> {
    text.chars().find(|letter| {
        let controls = letter.is_control() && *letter != '\n';
        controls
            || matches!(letter, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
            || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    })
}

fn assert_plain(ran: &Ran, what: &[&str]) {
    for text in [&ran.out, &ran.err] {
        assert_eq!(obeyed(text), None, "{what:?}: {text:?}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("wrote FORGED")), "{what:?}: {text}");
    }
}

/// Every command there is, as `help` lists them.
fn commands(home: &Path, folder: &Path, path: &[String], found: &mut Vec<Vec<String>>) {
    let arguments: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
    let help = run(home, folder, &arguments).out;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let below: Vec<String> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next().map(str::to_owned))
        .filter(|name| !name.is_empty() && name != "help")
        .collect();
    if below.is_empty() {
        found.push(path.to_vec());
    }
    for name in below {
        commands(home, folder, &[path, &[name]].concat(), found);
    }
}

#[test]
fn no_command_repeats_an_argument_unescaped() {
    let home = TestHome::with_terms("");
    let mut found = Vec::new();
    commands(&home.path(), home.outside(), &[], &mut found);
    assert!(found.len() > 20 && found.contains(&vec!["audit".to_owned(), "show".to_owned()]), "{found:?}");
    let mut ran = 0;
    for command in &found {
        // Commands that make homes or listen are left out.
        if ["init", "demo", "metrics"].contains(&command[0].as_str()) {
            continue;
        }
        for count in 1..=3 {
            for json in [&[][..], &["--json"]] {
                let command = command.iter().map(String::as_str);
                let evil = std::iter::repeat_n(EVIL, count);
                let arguments: Vec<&str> = json.iter().copied().chain(command).chain(evil).collect();
                assert_plain(&run(&home.path(), home.outside(), &arguments), &arguments);
                ran += 1;
            }
        }
    }
    assert!(ran > 100, "{ran}");
    for arguments in [&[EVIL][..], &["exchange", "test", "--as", EVIL, EVIL], &["--otlp", EVIL, "tick"]] {
        assert_plain(&run(&home.path(), home.outside(), arguments), arguments);
    }
}

fn placement(account: &str, placed_on: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": placed_on, "status": "new",
        "balance": [{"bucket": "principal", "minor": 100_000}],
        "parties": [{"role": "primary", "liable": true, "key": "K1"}]}})
}

/// A home of an older release, which took any text, and a file with such a name.
fn hostile() -> TestHome {
    let home = TestHome::with_terms("grace_days = 5");
    let items = [placement("A1", "2026-07-01"), placement("B2", "2026-07-09")];
    home.say("accounts", "2026-07-01", &items).unwrap();
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    for (account, evil) in [("A1", EVIL.to_owned()), ("B2", format!("B{EVIL}"))] {
        let document = placement(&evil, "2026-07-09")["placement"].clone();
        let document = json!({ "placement": document }).to_string().into_bytes();
        book.execute(
            "UPDATE placement SET account = ?2, status = ?2, party = ?2, batch = ?2, document = ?3 WHERE account = ?1",
            params![account, evil, document],
        )
        .unwrap();
    }
    home
}

#[test]
fn no_command_prints_texts_of_a_book_unescaped() {
    let home = hostile();
    let file = home.outside().join(format!("accounts{}.jsonl", EVIL.replace('/', "")));
    std::fs::write(&file, format!("{}\n", placement("C3", "2026-07-01"))).unwrap();
    let file = file.to_str().unwrap();
    let asked: [&[&str]; 15] = [
        &["exchange", "test", file],
        &["exchange", "test", file],
        &["exchange", "test", "--from", "agency", file],
        &["accounts", "test"],
        &["account", "test", EVIL],
        &["exceptions", "test"],
        &["waiting", "test"],
        &["disputes", "test"],
        &["tick", "test", "--at", "2026-07-09T12:00:00Z"],
        &["reconcile", "test", "--from", "2026-07-01", "--to", "2026-07-31"],
        &["erase", "test", "--due"],
        &["ledger", "check"],
        &["audit", "show"],
        &["audit", "show", "--format", "csv"],
        &["audit", "hash", "account", EVIL],
    ];
    for json in [&[][..], &["--json"], &["--trace"], &["--operator", EVIL]] {
        for arguments in asked {
            let arguments: Vec<&str> = json.iter().chain(arguments).copied().collect();
            let ran = run(&home.path(), home.outside(), &arguments);
            assert_plain(&ran, &arguments);
            if json == ["--json"] {
                // Escaped JSON has the same meaning.
                let values = ran.json();
                if arguments[1] == "account" {
                    let evil = json!(EVIL).to_string();
                    assert!(values[0].to_string().contains(evil.trim_matches('"')), "{values:?}");
                }
            }
        }
    }
    let shown = run(&home.path(), home.outside(), &["accounts", "test"]).out;
    assert!(shown.contains(r"A\u001b[31m\n  wrote FORGED\u202e\u009b31m\u2028\u200f\ufeff\r"), "{shown}");
}

#[test]
fn accounts_booked_by_an_older_release_can_still_be_worked_on() {
    let home = hostile();
    let done = home.tick("test", "2026-07-09").unwrap();
    assert_eq!(done.moves["send"], 1);
    let sent = home.written(&done.answers, "agency");
    let account = sent[0]["placement"]["account"].as_str().unwrap();
    assert!(
        account.starts_with("BA\u{fffd}[31m   wrote FORGED\u{fffd}")
            && obeyed(&account.replace('\u{feff}', "")).is_none(),
        "{account}"
    );
    // A new file with the same text is refused with its place.
    let line = home.say("accounts", "2026-07-10", &[placement(EVIL, "2026-07-10")]).unwrap();
    assert_eq!((line.accepted, line.problems[0].line), (0, Some(1)));
}

#[test]
fn a_message_of_a_plugin_is_one_line() {
    let says = json!({"problem": {"line": 1, "code": "odd", "severity": "warning",
        "message": "odd\n  wrote FORGED\u{200f}"}});
    let config = format!("{{ misdeed = \"say\", says = {} }}", json!(says.to_string()));
    let home = TestHome::with_plugin("misbehaving", &config);
    let file = home.outside().join("wrong.txt");
    std::fs::write(&file, "x").unwrap();
    let arguments = ["exchange", "test", file.to_str().unwrap()];
    let ran = run(&home.path(), home.outside(), &arguments);
    assert_plain(&ran, &arguments);
    assert!(ran.out.contains(r"odd\n  wrote FORGED\u200f [odd]"), "{}", ran.out);
}
