//! A host that is open goes by the settings that `bailiwick.toml` has when an act begins. A file that is wrong is the error
//! of that act, and nothing of it holds.

use std::fs;

use bailiwick_conformance::TestHome;
use bailiwick_host::audit::sink::{FolderSink, Sink};
use bailiwick_host::book::Filter;
use bailiwick_host::replay::{ReplayOptions, Which};
use bailiwick_host::{Error, Host};
use serde_json::{Value, json};

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD",
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

/// Replaces the settings by those of a new home with a section at their end.
fn configure(home: &TestHome, original: &str, section: &str) {
    fs::write(home.path().join("bailiwick.toml"), format!("{original}\n{section}\n")).unwrap();
}

fn original(home: &TestHome) -> String {
    fs::read_to_string(home.path().join("bailiwick.toml")).unwrap()
}

/// Calls that can be made again.
fn kept_calls(home: &TestHome) -> u64 {
    let recording = home.acting().recording().unwrap();
    let mut replay = recording.replay(&Which::All, &ReplayOptions::default()).unwrap();
    replay.by_ref().for_each(|replayed| drop(replayed.unwrap()));
    replay.summary().same
}

#[test]
fn what_is_kept_of_calls_follows_the_settings_from_the_next_act_on() {
    let home = TestHome::with_terms("");
    let text = original(&home);
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    assert_eq!(kept_calls(&home), 0);
    configure(&home, &text, "[audit]\nkeep = \"sealed\"");
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    let kept = kept_calls(&home);
    assert!(kept > 0);
    configure(&home, &text, "");
    home.say("accounts", "2026-07-03", &[placement("A3")]).unwrap();
    assert_eq!(kept_calls(&home), kept);
    home.host.verify_audit().unwrap();
}

#[test]
fn an_act_has_the_bounds_of_when_it_began() {
    let home = TestHome::with_terms("");
    let text = original(&home);
    configure(&home, &text, "[exchange]\noutput_bytes = 10");
    let refused = home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap_err();
    assert_eq!(refused.code(), "output_too_large", "{refused}");
    configure(&home, &text, "");
    assert_eq!(home.say("accounts", "2026-07-02", &[placement("A1")]).unwrap().accepted, 1);
}

#[test]
fn a_writer_waits_as_long_as_the_settings_say() {
    let home = TestHome::with_terms("");
    let text = original(&home);
    let hasty = text.replace("wait_s = 60", "wait_s = 0");
    assert_ne!(hasty, text);
    configure(&home, &hasty, "");
    let lock = fs::File::open(home.path()).unwrap();
    lock.lock().unwrap();
    assert_eq!(home.tick("test", "2026-07-01").unwrap_err().code(), "busy");
    lock.unlock().unwrap();
    home.tick("test", "2026-07-01").unwrap();
}

#[test]
fn a_sink_that_is_added_gets_the_head_of_the_next_act() {
    let home = TestHome::with_terms("");
    let text = original(&home);
    assert!(home.host.sinks().unwrap().is_empty());
    configure(&home, &text, "[audit]\nsinks = [\"folder:../copy\"]\nheads = \"act\"");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    assert_eq!(home.host.sinks().unwrap().len(), 1);
    assert!(FolderSink::new(&home.outside().join("copy")).head().unwrap().is_some());
    let (size, shipped) = home.host.ship().unwrap();
    assert!(shipped.iter().all(|it| it.outcome.as_ref().is_ok_and(|(_, now)| *now == size)), "{shipped:?}");
}

#[test]
fn settings_that_are_wrong_are_the_error_of_every_act_and_nothing_of_them_holds() {
    let home = TestHome::with_terms("");
    let text = original(&home);
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let (before, entries) = (home.book_and_outbox(), home.audit().len());
    configure(&home, &text, "[audit]\nkeep = \"sealed\"\n[exchange]\nminutes = 3");
    let place = text.lines().count() + 5;
    for _ in 0..2 {
        let errors = [
            home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap_err(),
            home.tick("test", "2026-07-02").unwrap_err(),
            home.acting().accounts("test", &Filter::default()).unwrap_err(),
            home.host.checkpoint().unwrap_err(),
            home.host.sinks().unwrap_err(),
        ];
        for error in errors {
            let Error::Config { line, message, .. } = &error else { panic!("{error}") };
            assert!(*line == place && message.contains("minutes"), "{error}");
        }
    }
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
    assert_eq!(home.audit().len(), entries);
    configure(&home, &text, "");
    home.say("accounts", "2026-07-03", &[placement("A3")]).unwrap();
    assert_eq!(kept_calls(&home), 0);
}

#[test]
fn other_limits_need_a_home_that_is_opened_again() {
    let mut home = TestHome::with_terms("");
    let text = original(&home);
    let limits = "[limits]\nfuel_base = 50_000_001\nfuel_per_input_byte = 2_000\nwall_ms = 30_000\n\
                  memory_bytes = 67_108_864\ntable_elements = 20_000\ninput_bytes = 4_194_304\n\
                  output_bytes = 33_554_432\nlog_bytes = 65_536\nhost_calls = 1_000";
    configure(&home, &text, limits);
    let refused = home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap_err();
    let Error::Config { line, message, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*line, text.lines().count() + 2, "{refused}");
    assert!(message.contains("start the program again"), "{refused}");
    assert_eq!(Host::open(home.path()).unwrap().limits().fuel_base, 50_000_001);
    home.restart();
    home.say("accounts", "2026-07-02", &[placement("A1")]).unwrap();
    // Taken away again, they are others as well.
    configure(&home, &text, "");
    assert_eq!(home.say("accounts", "2026-07-03", &[placement("A2")]).unwrap_err().code(), "bad_config");
    configure(&home, &text, limits);
    home.say("accounts", "2026-07-04", &[placement("A2")]).unwrap();
}
