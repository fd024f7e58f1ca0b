//! Each misdeed of a hostile plugin is a named fault with its figure; the host and the other
//! sessions go on, the book stays as it was, and the fault is in the audit log.

use bailiwick_conformance::{TestHome, components};
use bailiwick_host::Error;
use bailiwick_host::engine::{CancelToken, Decision, Engine, EngineOptions, Fault, Limit, Limits, TrapKind};
use bailiwick_host::plugin::Loaded;
use bailiwick_host::sdk::testing;
use serde_json::{Value, json};

/// The home of a misdeed, and the error of an exchange.
fn misdeed(name: &str) -> (TestHome, Fault) {
    let home = TestHome::with_plugin("misbehaving", &format!("{{ misdeed = \"{name}\" }}"));
    let before = home.book_and_outbox();
    // Two pieces, so that a fault can come in the middle of the stream.
    let file = vec![b'x'; 300 << 10];
    let error = home.exchange("test", "wrong.txt", &file).expect_err("a fault");
    let Error::Plugin { plugin, fault } = error else { panic!("{name}: {error}") };
    assert_eq!(plugin, "misbehaving");
    assert_eq!(home.book_and_outbox(), before, "{name}: the book or the outbox changed");
    (home, fault)
}

/// The fault in the audit log, and the entry that ends the exchange.
fn audited(home: &TestHome, code: &str) -> serde_json::Value {
    let entries = home.audit();
    let call = entries.iter().rfind(|entry| entry["kind"] == "call" && entry["outcome"]["result"] == "fault");
    let last = entries.last().expect("an entry");
    assert_eq!((&last["kind"], &last["code"]), (&"failed".into(), &code.into()));
    assert!(home.host.verify_audit().is_ok());
    call.cloned().unwrap_or_default()
}

#[test]
fn limits_are_named_with_what_was_used_and_what_may_be() {
    let limits = Limits::production();
    for (name, limit, cap) in [
        ("allocate", Limit::MemoryBytes, limits.memory_bytes),
        ("flood", Limit::OutputBytes, limits.output_bytes),
        ("chatter", Limit::HostCalls, limits.host_calls),
    ] {
        let (home, fault) = misdeed(name);
        let Fault::Exhausted { limit: which, used, cap: have } = fault else { panic!("{name}: {fault}") };
        assert_eq!((which, have), (limit, cap), "{name}");
        assert!(used > cap, "{name}: {used} of {cap}");
        let entry = audited(&home, "exhausted");
        assert_eq!(entry["outcome"]["limit"], limit.name());
        assert_eq!(entry["outcome"]["cap"], cap);
    }
}

#[test]
fn a_loop_burns_its_fuel_and_a_recursion_its_stack() {
    let (home, fault) = misdeed("loop");
    assert!(matches!(fault, Fault::Exhausted { limit: Limit::Fuel, .. }), "{fault}");
    assert_eq!(audited(&home, "exhausted")["outcome"]["limit"], "fuel");
    let (home, fault) = misdeed("recurse");
    // The guest's own stack lies at the bottom of its memory: running over it is out of bounds.
    let named = matches!(
        fault,
        Fault::Exhausted { limit: Limit::StackBytes, .. }
            | Fault::Trapped { kind: TrapKind::MemoryOutOfBounds, .. }
    );
    assert!(named, "{fault}");
    audited(&home, fault.code());
}

/// After the guest has freed a list, its bytes may be overwritten by the guest's allocator.
#[test]
fn a_plugins_result_is_read_before_it_is_freed() {
    let engine = Engine::new(EngineOptions::production()).unwrap();
    let path = components().join("echo.wasm");
    let echo = Loaded::load(&path, &engine, None, Limits::production()).unwrap();
    let context = serde_json::to_vec(&testing::context("decide", Value::Null)).unwrap();
    for length in [1, 15, 400, 4000] {
        let text = "word for word, ".repeat(length / 15 + 1)[..length].trim().to_owned();
        let note =
            json!({ "account": "1", "at": { "utc": "2026-07-01T12:00:00Z", "zone": "UTC" }, "text": text });
        let asked = json!({ "account": "1", "currency": "USD", "balance": [], "notes": [note] }).to_string();
        let mut session = echo.component.session(Limits::production(), CancelToken::default()).unwrap();
        let answer = session.decide(Decision::Decide, &context, asked.as_bytes()).result.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer, json!({ "acceptance": "accepted", "text": text }));
    }
}

#[test]
fn a_loop_that_fuel_does_not_stop_is_stopped_by_the_clock() {
    let engine = Engine::new(EngineOptions::production()).unwrap();
    let limits = Limits { fuel_per_input_byte: u64::MAX, wall_ms: 1_000, ..Limits::production() };
    let loaded = load(&engine);
    let mut session = loaded.component.session(limits, CancelToken::default()).unwrap();
    open(&mut session, "loop");
    let fault = session.push(b"x").result.unwrap_err();
    assert!(matches!(fault, Fault::Exhausted { limit: Limit::WallMs, cap: 1_000, .. }), "{fault}");
    assert!(matches!(session.push(b"x").result, Err(Fault::InvalidInput(_))), "the session is over");
}

#[test]
fn a_call_can_be_cancelled_from_another_thread() {
    let engine = Engine::new(EngineOptions::production()).unwrap();
    let limits = Limits { fuel_per_input_byte: u64::MAX, ..Limits::production() };
    let cancel = CancelToken::default();
    let mut session = load(&engine).component.session(limits, cancel.clone()).unwrap();
    open(&mut session, "loop");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(30));
            cancel.cancel();
        });
        assert_eq!(session.push(b"x").result, Err(Fault::Cancelled));
    });
}

#[test]
fn a_panic_comes_with_message_and_line() {
    let (home, fault) = misdeed("panic");
    let Fault::Trapped { kind: TrapKind::Panic, message, place } = fault else { panic!("{fault}") };
    assert_eq!(message.as_deref(), Some("the third record is not to my liking"));
    assert!(place.as_deref().is_some_and(|place| place.contains("misdeeds.rs:")), "{place:?}");
    let entry = audited(&home, "trapped");
    assert!(entry["outcome"]["place"].as_str().is_some_and(|place| place.contains("misdeeds.rs:")));
    // The plugin's message may be personal: it is in the error, never in the log.
    assert!(!home.audit().iter().any(|entry| entry.to_string().contains("liking")));
}

#[test]
fn output_that_the_contract_forbids_is_reported_with_its_pointer() {
    for (name, pointer) in [
        ("broken-json", None),
        ("broken-utf8", None),
        ("half-cent", Some("/payment/minor")),
        ("unknown-member", Some("/recall")),
        ("broken-refusal", None),
    ] {
        let (home, fault) = misdeed(name);
        let Fault::InvalidOutput { message, pointer: at } = &fault else { panic!("{name}: {fault}") };
        assert!(!message.is_empty());
        if let Some(pointer) = pointer {
            assert_eq!(at.as_deref(), Some(pointer), "{name}: {fault}");
        }
        audited(&home, "invalid_output");
    }
}

#[test]
fn an_account_that_a_plugin_loses_is_missed() {
    let home = TestHome::with_plugin("misbehaving", "{ misdeed = \"lose-account\" }");
    let before = home.book_and_outbox();
    let report = home.exchange("test", "accounts.txt", b"two accounts").unwrap();
    assert_eq!(report.outcome, bailiwick_host::FileOutcome::Rejected);
    assert_eq!(report.problems[0].code, "control_not_accounted_for");
    assert_eq!(home.book_and_outbox(), before);
}

#[test]
fn after_a_fault_the_others_go_on() {
    let engine = Engine::new(EngineOptions { calls_max: 2, ..EngineOptions::production() }).unwrap();
    let loaded = load(&engine);
    let limits = Limits::production();
    let mut good = loaded.component.session(limits, CancelToken::default()).unwrap();
    open(&mut good, "nothing");
    for name in ["panic", "allocate", "recurse", "loop"] {
        let mut bad = loaded.component.session(limits, CancelToken::default()).unwrap();
        open(&mut bad, name);
        let _ = bad.push(b"x");
        assert!(bad.push(b"x").result.is_err(), "{name}");
        assert!(good.push(b"x").result.is_ok(), "after {name}");
    }
    let third = loaded.component.session(limits, CancelToken::default());
    assert!(third.is_ok());
    assert!(matches!(
        loaded.component.session(limits, CancelToken::default()),
        Err(Fault::Busy { running: 2 })
    ));
}

#[test]
fn the_same_call_uses_the_same_fuel() {
    let engine = Engine::new(EngineOptions::production()).unwrap();
    let loaded = load(&engine);
    let fuel = |_| {
        let mut session = loaded.component.session(Limits::production(), CancelToken::default()).unwrap();
        open(&mut session, "nothing");
        session.push(b"the same").usage.fuel
    };
    let used: Vec<u64> = (0..5).map(fuel).collect();
    assert!(used[0] > 0 && used.iter().all(|fuel| *fuel == used[0]), "{used:?}");
}

#[test]
fn a_forbidden_import_is_denied_by_name() {
    let engine = Engine::new(EngineOptions::production()).unwrap();
    for (text, import) in [
        (
            r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance (export "now" (func (result u64))))))"#,
            "wasi:clocks/wall-clock@0.2.0",
        ),
        (
            r#"(component (import "bailiwick:plugin/host@1.0.0" (instance (export "read-file" (func (result u64))))))"#,
            "bailiwick:plugin/host@1.0.0#read-file",
        ),
        (r#"(component (import "open-door" (func)))"#, "open-door"),
    ] {
        let wasm = wat::parse_str(text).unwrap();
        let fault = engine.component(&wasm, None).unwrap_err();
        assert_eq!(fault, Fault::Denied { import: import.to_owned() });
    }
}

#[test]
fn bytes_that_are_no_component_are_incompatible_with_advice() {
    let engine = Engine::new(EngineOptions::production()).unwrap();
    for wasm in [b"hello".to_vec(), wat::parse_str("(module)").unwrap(), Vec::new()] {
        let fault = engine.component(&wasm, None).unwrap_err();
        assert!(
            matches!(&fault, Fault::Incompatible { help, .. } if help.contains("plugin build")),
            "{fault}"
        );
    }
}

fn load(engine: &Engine) -> Loaded {
    Loaded::load(&components().join("misbehaving.wasm"), engine, None, Limits::production()).unwrap()
}

fn open(session: &mut bailiwick_host::engine::Session, misdeed: &str) {
    let context = serde_json::json!({
        "message": "wrong", "from": "bank", "at": { "utc": "2026-07-01T12:00:00Z", "zone": "UTC" },
        "today": "2026-07-01", "currency": "USD", "config": { "misdeed": misdeed },
    });
    let opened = session
        .open_decoder(bailiwick_host::sdk::document::Subject::Remittance, context.to_string().as_bytes());
    assert!(opened.result.is_ok(), "{:?}", opened.result);
}
