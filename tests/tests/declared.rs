//! A plugin is held to its manifest: it may give back only declared documents, and is asked only for declared
//! decisions.

use std::fs;

use bailiwick_conformance::{TestHome, bailiwick, components};
use bailiwick_host::Error;
use bailiwick_host::engine::Fault;

/// A home in which the misbehaving plugin commits a misdeed and serves money only.
fn for_money(misdeed: &str) -> TestHome {
    let home = TestHome::with_plugin("misbehaving", &format!("{{ misdeed = \"{misdeed}\" }}"));
    let path = home.path().join("engagements/test.toml");
    let text = fs::read_to_string(&path).unwrap();
    let only = "plugin = \"misbehaving\", subjects = [\"remittance\"]";
    fs::write(&path, text.replace("plugin = \"misbehaving\"", only)).unwrap();
    home
}

#[test]
fn a_decoder_that_gives_back_undeclared_documents_has_no_effect() {
    for (misdeed, file, pointer, says) in [
        // `wrong` carries payments.
        ("other-kind", "wrong.txt", "/recall", "it lists: payment"),
        ("second-header", "wrong.txt", "/header", "second header"),
    ] {
        let home = for_money(misdeed);
        let before = home.book_and_outbox();
        // Two pieces, so that the second header comes with another call.
        let error = home.exchange("test", file, &vec![b'x'; 300 << 10]).expect_err("a fault");
        let Error::Plugin { plugin, fault: Fault::InvalidOutput { message, pointer: at } } = error else {
            panic!("{misdeed}: {error}")
        };
        assert_eq!((plugin.as_str(), at.as_deref()), ("misbehaving", Some(pointer)), "{misdeed}: {message}");
        assert!(message.contains(says), "{misdeed}: {message}");
        assert_eq!(home.book_and_outbox(), before, "{misdeed}: the book or the outbox changed");
        let last = home.audit().pop().unwrap();
        assert_eq!((&last["kind"], &last["code"]), (&"failed".into(), &"invalid_output".into()));
    }
}

#[test]
fn declared_documents_are_no_fault_whichever_subjects_the_plugin_serves() {
    // `mixed` carries recalls, and the plugin serves money only.
    let home = for_money("other-kind");
    let report = home.exchange("test", "mixed.txt", b"x").unwrap();
    assert!(!report.problems.is_empty(), "{report:?}");
    assert!(
        report.problems.iter().all(|problem| problem.code == "waits_for_account"),
        "{:?}",
        report.problems
    );
}

#[test]
fn plugin_run_holds_a_decoder_to_its_manifest_like_an_exchange() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("wrong.txt");
    fs::write(&input, "x").unwrap();
    let plugin = components().join("misbehaving.wasm");
    let run = |misdeed: &str| {
        let config = format!("{{\"misdeed\":\"{misdeed}\"}}");
        let (plugin, input) = (plugin.to_string_lossy(), input.to_string_lossy());
        let arguments =
            ["plugin", "run", &plugin, "remittance", "decode", &input, "--as", "wrong", "--config", &config];
        bailiwick(folder.path(), &arguments)
    };
    assert_eq!(run("nothing").code, Some(0), "{}", run("nothing").err);
    let ran = run("other-kind");
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("/recall") && ran.err.contains("it lists: payment"), "{}", ran.err);
}

#[test]
fn a_decision_that_is_not_declared_is_never_asked_for() {
    // The plugin exports placement.decide, and declares no decision.
    let home = TestHome::with_plugin("misbehaving", "{ misdeed = \"lose-account\" }");
    home.exchange("test", "accounts.txt", b"two accounts").unwrap();
    let asked: Vec<_> = home
        .audit()
        .into_iter()
        .filter(|entry| {
            entry["kind"] == "call" && entry["function"].as_str().is_some_and(|name| name.contains('.'))
        })
        .collect();
    assert!(asked.is_empty(), "{asked:?}");
}
