//! Calls of plugins: each has its entry however it ends, with or without a home. And an operator who asks for it
//! sees the plugin's log lines.

use std::fs;

use bailiwick_conformance::{TestHome, bailiwick, components, with_manifest};
use bailiwick_host::audit::CallOutcome;
use bailiwick_host::call::{Purpose, Session, Tape};
use bailiwick_host::engine::{CancelToken, Engine, EngineOptions, Limits, LogLevel};
use bailiwick_host::plugin::Loaded;
use bailiwick_host::sdk::{log, testing};
use serde_json::{Value, json};

const NAME: &str = "Rosa Lindqvist";

/// A home of the misbehaving plugin, which declares that it decides about accounts.
fn home(config: &str) -> TestHome {
    let home = TestHome::with_plugin("misbehaving", config);
    let path = home.path().join("plugins/misbehaving.wasm");
    let component = with_manifest(&fs::read(&path).unwrap(), |manifest| {
        manifest["decisions"] = json!([{ "function": "placement.decide" }]);
    });
    fs::write(&path, component).unwrap();
    // Only the agency's plugin decides about accounts, and only that plugin is asked.
    home
}

/// The calls of a kind of session in the log: the function, and `ok` or the fault's code.
fn calls(home: &TestHome, task: &str) -> Vec<(String, String)> {
    let entries = home.audit();
    let sessions: Vec<&Value> =
        entries.iter().filter(|entry| entry["task"] == task).map(|it| &it["seq"]).collect();
    let calls =
        entries.iter().filter(|entry| entry["kind"] == "call" && sessions.contains(&&entry["session"]));
    let text = |value: &Value| value.as_str().unwrap_or("ok").to_owned();
    calls.map(|call| (text(&call["function"]), text(&call["outcome"]["code"]))).collect()
}

#[test]
fn a_fault_of_any_call_is_recorded_and_ends_the_act() {
    let decode = ["open-decoder", "push", "finish"];
    for (when, misdeed, file, task, functions, code) in [
        ("open", "panic", "wrong.txt", "decode", &decode[..1], "trapped"),
        ("open", "broken-refusal", "wrong.txt", "decode", &decode[..1], "invalid_output"),
        ("push", "panic", "wrong.txt", "decode", &decode[..2], "trapped"),
        ("push", "flood", "wrong.txt", "decode", &decode[..2], "exhausted"),
        ("finish", "panic", "wrong.txt", "decode", &decode[..], "trapped"),
        ("finish", "loop", "wrong.txt", "decode", &decode[..], "exhausted"),
        ("decide", "panic", "accounts.txt", "placement.decide", &["placement.decide"], "trapped"),
        ("decide", "broken-json", "accounts.txt", "placement.decide", &["placement.decide"], "ok"),
    ] {
        let home = home(&format!("{{ misdeed = \"{misdeed}\", when = \"{when}\" }}"));
        let before = home.book_and_outbox();
        let error = home.exchange("test", file, b"x").expect_err("a fault");
        // An invalid decision is found only after its call. The call is then recorded as `ok`, and the act
        // has the fault.
        let fault = if code == "ok" { "invalid_output" } else { code };
        assert_eq!(error.code(), fault, "{when} {misdeed}: {error}");
        let mut expected: Vec<(String, String)> =
            functions.iter().map(|function| ((*function).to_owned(), "ok".to_owned())).collect();
        expected.last_mut().unwrap().1 = code.to_owned();
        assert_eq!(calls(&home, task), expected, "{when} {misdeed}");
        let last = home.audit().pop().unwrap();
        assert_eq!((&last["kind"], &last["code"]), (&json!("failed"), &json!(fault)), "{when} {misdeed}");
        assert_eq!(home.book_and_outbox(), before, "{when} {misdeed}");
    }
}

#[test]
fn a_plugin_that_is_not_asked_has_no_session_in_the_log() {
    let home = home("{ misdeed = \"nothing\" }");
    home.exchange("test", "accounts.txt", b"x").unwrap();
    let tasks: Vec<Value> = home
        .audit()
        .into_iter()
        .filter(|entry| entry["kind"] == "session")
        .map(|it| it["task"].clone())
        .collect();
    assert_eq!(tasks, ["decode"]);
}

#[test]
fn calls_outside_of_a_home_are_on_a_tape() {
    let limits = Limits::production();
    let engine = Engine::new(EngineOptions::production()).unwrap();
    let loaded = Loaded::load(&components().join("misbehaving.wasm"), &engine, None, limits).unwrap();
    let message = loaded.manifest.message("wrong").unwrap();
    for (purpose, opens) in
        [(Purpose::Decode(message), "open-decoder"), (Purpose::Encode(message), "open-encoder")]
    {
        for (when, functions) in
            [("open", &[opens][..]), ("push", &[opens, "push"]), ("finish", &[opens, "push", "finish"])]
        {
            let config = json!({ "misdeed": "panic", "when": when });
            let mut tape = Tape::keeping_bytes();
            let context = testing::context("wrong", config);
            let opened =
                Session::on_tape(&loaded, purpose, &context, limits, &CancelToken::default(), &mut tape);
            let ended = opened.and_then(|mut session| session.push(b"x").and_then(|_| session.finish()));
            assert_eq!(ended.expect_err("a fault").code(), "trapped");
            let taped: Vec<&str> = tape.calls().iter().map(|call| call.function).collect();
            assert_eq!(taped, functions);
            let (last, before) = tape.calls().split_last().unwrap();
            assert!(matches!(&last.outcome, CallOutcome::Fault { code, .. } if code == "trapped"));
            assert!(before.iter().all(|call| call.outcome == CallOutcome::Ok && call.output.is_some()));
            assert_eq!((tape.count(), last.output.as_deref()), (functions.len() as u64, None));
        }
    }
    let mut tape = Tape::default();
    let context = testing::context("wrong", json!({ "misdeed": "murmur", "says": NAME }));
    let purpose = Purpose::Decode(message);
    let mut session =
        Session::on_tape(&loaded, purpose, &context, limits, &CancelToken::default(), &mut tape).unwrap();
    session.push(b"x").unwrap();
    session.push(b"y").unwrap();
    session.finish().unwrap();
    let levels: Vec<LogLevel> = tape.log().iter().map(|line| line.level).collect();
    assert_eq!(levels, [LogLevel::ALL, LogLevel::ALL].concat());
    assert!(tape.calls().is_empty() && tape.usage().fuel > 0);
}

/// Text that turns the screen red and forges a line.
const EVIL: &str = "Rosa Lindqvist \u{1b}[31m\n  wrote FORGED\u{202e}";

/// A home of a plugin that logs.
fn logging(misdeed: &str) -> TestHome {
    let says = EVIL.replace('\u{1b}', "\\u001b").replace('\n', "\\n").replace('\u{202e}', "\\u202e");
    TestHome::with_plugin("misbehaving", &format!("{{ misdeed = \"{misdeed}\", says = \"{says}\" }}"))
}

/// A file with unique bytes.
fn file(home: &TestHome, text: &str) -> String {
    let file = home.outside().join(format!("wrong-{text}.txt"));
    fs::write(&file, text).unwrap();
    file.to_string_lossy().into_owned()
}

#[test]
fn an_operator_who_asks_sees_a_plugins_log_lines() {
    let home = logging("murmur");
    let shown = r"Rosa Lindqvist \u001b[31m\n  wrote FORGED\u202e";
    for (asked, levels) in [
        ("debug", &["DEBUG", "INFO", "WARN", "ERROR"][..]),
        ("warn", &["WARN", "ERROR"]),
        ("error", &["ERROR"]),
    ] {
        let ran = bailiwick(&home.path(), &["--plugin-log", asked, "exchange", "test", &file(&home, asked)]);
        let lines: Vec<&str> = ran.err.lines().filter(|line| line.contains("Lindqvist")).collect();
        assert_eq!(lines.len(), levels.len(), "{asked}: {}", ran.err);
        for (line, level) in lines.iter().zip(levels) {
            assert!(line.trim_start().starts_with(level), "{line}");
            assert!(line.contains(shown) && line.contains("plugin=\"misbehaving\""), "{line}");
            assert!(line.contains("function=\"push\""), "{line}");
        }
        assert!(!ran.out.contains("Lindqvist"), "{}", ran.out);
    }
    // With `--trace`, the lines are in the span of the call.
    let file = file(&home, "traced");
    let ran = bailiwick(&home.path(), &["--trace", "--plugin-log", "error", "exchange", "test", &file]);
    let lines: Vec<&str> = ran.err.lines().filter(|line| line.contains("Lindqvist")).collect();
    let [line] = lines[..] else { panic!("{}", ran.err) };
    let event: Value = serde_json::from_str(line).unwrap();
    assert_eq!((&event["target"], &event["level"]), (&json!("bailiwick::plugin"), &json!("ERROR")));
    assert_eq!(event["fields"]["plugin"], "misbehaving");
    assert_eq!(
        (&event["span"]["name"], &event["span"]["function"]),
        (&json!("bailiwick.call"), &json!("push"))
    );

    let refused = bailiwick(&home.path(), &["--plugin-log", "all", "exchange", "test", &file]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    // An author sees every line.
    let component = components().join("misbehaving.wasm").to_string_lossy().into_owned();
    let config = json!({ "misdeed": "murmur", "says": EVIL }).to_string();
    let arguments =
        ["plugin", "run", &component, "remittance", "decode", &file, "--as", "wrong", "--config", &config];
    let ran = bailiwick(&home.path(), &arguments);
    assert_eq!(ran.err.matches(shown).count(), 4, "{}", ran.err);
    assert!(ran.err.contains(&format!("warn: {shown}")), "{}", ran.err);
}

#[test]
fn a_plugins_log_lines_are_dropped_unless_somebody_asks() {
    let home = logging("murmur");
    let (plain, traced) = (file(&home, "plain"), file(&home, "traced"));
    let mut said = String::new();
    for arguments in
        [&["exchange", "test", &plain][..], &["--trace", "exchange", "test", &traced], &["audit", "show"]]
    {
        let ran = bailiwick(&home.path(), arguments);
        said.push_str(&ran.out);
        said.push_str(&ran.err);
    }
    assert!(said.contains("bailiwick.call"), "{said}");
    assert!(!said.contains("Lindqvist"), "{said}");
    let calls = home.audit().into_iter().filter(|entry| entry["function"] == "push");
    let bytes: Vec<u64> = calls.filter_map(|call| call["used"]["log_bytes"].as_u64()).collect();
    assert!(!bytes.is_empty() && bytes.iter().all(|bytes| *bytes == 4 * EVIL.len() as u64), "{bytes:?}");
    assert!(!home.audit().iter().any(|entry| entry.to_string().contains("Lindqvist")));
}

#[test]
fn logging_through_the_sdk_never_ends_a_session() {
    let home = logging("ramble");
    let ran = bailiwick(&home.path(), &["--plugin-log", "info", "exchange", "test", &file(&home, "x")]);
    // A hundred lines of a call are shown, and the number of further lines.
    assert_eq!(ran.err.matches("and so on").count(), 100, "{}", ran.err);
    assert!(
        ran.err.contains(&format!("{} more lines are not shown", log::LINES_MAX + 1 - 100)),
        "{}",
        ran.err
    );
    assert_eq!(home.audit().pop().unwrap()["kind"], "file");
}
