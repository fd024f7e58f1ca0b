//! The kept bytes of calls: they are replayed exactly, erased by person, and nowhere in clear.

use std::fs;
use std::path::Path;

use bailiwick_conformance::{Ran, TestHome, bailiwick, components, copy_folder, files_below};
use bailiwick_host::replay::{Comparison, ReplayOptions, Which};
use serde_json::{Value, json};

/// A home that keeps inputs and outputs of calls.
fn sealed(terms: &str) -> TestHome {
    let mut home = TestHome::with_terms(terms);
    let settings = home.path().join("bailiwick.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text + "\n[audit]\nkeep = \"sealed\"\n").unwrap();
    home.restart();
    home
}

fn placement(account: &str, customer: &str, name: &str) -> Value {
    json!({"placement": {"account": account, "customer": customer, "currency": "USD", "placed_on": "2026-07-01",
        "parties": [{"role": "primary", "name": name, "liable": true}],
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

fn recall(account: &str) -> Value {
    json!({"recall": {"account": account, "stage": "final", "on": "2026-07-05"}})
}

const RETENTION: &str = "\n[retention]\ndays = 1096\nsource = \"12 CFR 1006.100\"";

/// Accounts of those who are due.
fn due_in(home: &TestHome, engagement: &str, at: jiff::Timestamp) -> Vec<String> {
    let acting = home.acting();
    acting.due_for_erasure(engagement, at).unwrap().map(|due| due.unwrap().account).collect()
}

fn replayed(home: &TestHome, which: &Which) -> (u64, u64, u64, Vec<Comparison>) {
    let recording = home.acting().recording().unwrap();
    let mut replay = recording.replay(which, &ReplayOptions::default()).unwrap();
    let verdicts = replay.by_ref().map(|it| it.unwrap().comparison).collect();
    let summary = replay.summary();
    (summary.same, summary.different, summary.not_run, verdicts)
}

#[test]
fn every_call_of_a_home_runs_again_with_the_same_bytes_and_fuel() {
    let home = sealed(
        "[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\nschedules = [{ name = \"flat\", by = \"age\", steps = [{ from = 0, percent = \"20\" }] }]",
    );
    let terms = home.path().join("engagements/test.toml");
    let text =
        fs::read_to_string(&terms).unwrap().replace("config = {}", "config = { commission_ppm = 150000 }");
    fs::write(&terms, text).unwrap();
    let accounts: Vec<Value> = (0..3_000)
        .map(|it| placement(&format!("A{it}"), &format!("C{}", it / 2), "Rosa Lindqvist"))
        .collect();
    home.say("accounts", "2026-07-01", &accounts).unwrap();
    let payments: Vec<Value> = (0..40)
        .map(|it| json!({"payment": {"account": format!("A{it}"), "identifier": format!("P{it}"), "paid_to": "agency",
            "currency": "USD", "minor": 5_000, "received_on": "2026-07-02"}}))
        .collect();
    home.say("agency", "2026-07-02", &payments).unwrap();
    // A file that is refused, and a file that is not read to its end.
    home.say("agency", "2026-07-03", &[json!({"payment": {}})]).unwrap();
    let (same, different, not_run, verdicts) = replayed(&home, &Which::All);
    assert_eq!((different, not_run), (0, 0), "{verdicts:?}");
    let calls = home.audit().iter().filter(|entry| entry["kind"] == "call").count() as u64;
    let asked = home.audit().iter().filter(|entry| entry["function"] == "remittance.commission").count();
    assert_eq!((same, asked), (calls, 40));

    // One file, one call, and a call as a case.
    let entries = home.audit();
    let file = entries.iter().find(|entry| entry["kind"] == "file").unwrap();
    let (same, ..) = replayed(&home, &Which::File(file["file"]["sha256"].as_str().unwrap().to_owned()));
    assert!(same > 2 && same < calls);
    let push = entries.iter().position(|entry| entry["function"] == "push").unwrap() as u64;
    assert_eq!(replayed(&home, &Which::Entry(push)).0, 2);
    let case = home.acting().recording().unwrap().case(push).unwrap();
    assert_eq!(case.calls.len(), 2);
}

#[test]
fn a_case_is_kept_and_another_answer_is_found() {
    let home = sealed("");
    home.say("accounts", "2026-07-01", &[placement("A1", "C1", "Rosa Lindqvist")]).unwrap();
    let push = home.audit().iter().position(|entry| entry["function"] == "push").unwrap().to_string();
    let path = |name: &str| home.outside().join(name).to_string_lossy().into_owned();
    let run = |arguments: &[&str]| -> Ran { bailiwick(&home.path(), arguments) };
    let case = path("push.case.json");
    assert_eq!(run(&["audit", "replay", &push, "--case", &case]).code, Some(0));
    let component = components().join("canonical.wasm").to_string_lossy().into_owned();
    let checked = run(&["plugin", "check", &component, &case]);
    assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
    let text = fs::read_to_string(&case).unwrap();
    let changed = text.replace("Rosa", "Rose");
    // Only the expected output is changed: the input still has Rosa.
    let mut changed: Value = serde_json::from_str(&changed).unwrap();
    let original: Value = serde_json::from_str(&text).unwrap();
    changed["calls"][1]["input"] = original["calls"][1]["input"].clone();
    fs::write(&case, changed.to_string()).unwrap();
    let checked = run(&["--json", "plugin", "check", &component, &case]);
    assert_eq!(checked.code, Some(1), "{}", checked.err);
    let difference = &checked.json()[0]["differences"][0];
    assert_eq!(
        (&difference["call"], &difference["difference"]["at"]),
        (&2.into(), &"/placement/parties/0/name".into())
    );

    // The same with `plugin check`.
    let input = path("in.jsonl");
    fs::write(&input, format!("{}\n", placement("A2", "C2", "Bram Okafor"))).unwrap();
    let case = path("run.case.json");
    let ran = run(&[
        "plugin",
        "run",
        &component,
        "placement",
        "decode",
        &input,
        "--as",
        "accounts",
        "--record",
        &case,
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(run(&["plugin", "check", &component, &case]).code, Some(0));
    let against = run(&["audit", "replay", "--all", "--against", &component]);
    assert_eq!(against.code, Some(0), "{}{}", against.out, against.err);
    assert!(against.out.contains(" 0 different"), "{}", against.out);
}

#[test]
fn a_person_is_erased_when_the_rule_allows_and_the_log_still_verifies() {
    let home = sealed(RETENTION);
    let all = [
        placement("A1", "C1", "Rosa Lindqvist"),
        placement("A2", "C1", "Rosa Lindqvist"),
        placement("B1", "C2", "Bram Okafor"),
    ];
    home.say("accounts", "2026-07-01", &all).unwrap();
    home.say("bank", "2026-07-05", &[recall("A1")]).unwrap();
    let erase = |account: &str, day: &str| {
        let at = format!("{day}T12:00:00Z");
        bailiwick(&home.path(), &["--json", "erase", "test", account, "--at", &at])
    };
    // The other account of the same person is still placed.
    let refused = erase("A1", "2036-01-01");
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.out.contains("still placed"), "{}", refused.out);
    home.say("bank", "2026-07-06", &[recall("A2")]).unwrap();
    let early = erase("A1", "2029-07-05");
    assert!(early.out.contains("2029-07-06") && early.out.contains("12 CFR 1006.100"), "{}", early.out);
    let at = "2029-07-06T12:00:00Z";
    let due = bailiwick(&home.path(), &["--json", "erase", "test", "--due", "--at", at]).json();
    assert_eq!(due, [json!({"account": "A1", "since": "2029-07-06"})]);

    assert_eq!(replayed(&home, &Which::All).1, 0);
    let erased = erase("A2", "2029-07-06");
    assert_eq!((erased.code, &erased.json()[0]["accounts"]), (Some(0), &2.into()), "{}", erased.err);
    assert_eq!(erase("A1", "2029-07-06").code, Some(1));
    home.host.verify_audit().unwrap();
    let (_, different, not_run, verdicts) = replayed(&home, &Which::All);
    assert_eq!(different, 0);
    let gone = verdicts.iter().filter(|verdict| matches!(verdict, Comparison::Erased { .. })).count();
    assert!(gone >= 3 && not_run >= gone as u64, "{verdicts:?}");
    // Bram's own file is unchanged, and later bytes of Rosa are not kept.
    home.say("accounts", "2029-07-07", &[placement("B2", "C3", "Ines Tanaka")]).unwrap();
    let entries = home.audit();
    let push = entries.iter().rposition(|entry| entry["function"] == "push").unwrap() as u64;
    assert!(home.acting().recording().unwrap().case(push).is_ok());
}

/// What is known of a person is one, whenever the customer was first named and by whichever agency's engagement.
#[test]
fn a_person_is_erased_in_every_engagement_of_the_creditor() {
    let home = sealed(RETENTION);
    home.engage("other", "Bank", "AG002", "{}", "");
    let engagement = home.path().join("engagements/other.toml");
    let without_rule = fs::read_to_string(&engagement).unwrap();
    let all = [placement("A1", "C1", "Rosa Lindqvist"), placement("B1", "C2", "Bram Okafor")];
    home.say("accounts", "2026-07-01", &all).unwrap();
    // First met without a customer: it is sealed under a key of its own.
    let mut unnamed = placement("A2", "C1", "Rosa Lindqvist");
    unnamed["placement"].as_object_mut().unwrap().remove("customer");
    home.say_in("other", "accounts", "2026-07-01", &[unnamed]).unwrap();
    home.say_in("other", "bank", "2026-07-05", &[recall("A2")]).unwrap();
    home.say_in("other", "accounts", "2026-07-06", &[placement("A2", "C1", "Rosa Lindqvist")]).unwrap();
    home.say("bank", "2026-07-06", &[recall("A1")]).unwrap();
    let at = "2036-01-01T12:00:00Z".parse().unwrap();
    let due = || due_in(&home, "test", at);
    let refused = |code: &str, why: &str| {
        assert!(due().is_empty());
        let error = home.acting().erase("test", "A1", at).unwrap_err();
        assert!(error.code() == code && error.to_string().contains(why), "{error}");
    };
    refused("retention", "still placed");
    let later = json!({"recall": {"account": "A2", "stage": "final", "on": "2026-07-07"}});
    home.say_in("other", "bank", "2026-07-07", &[later]).unwrap();
    refused("no_retention_rule", "other does not say");
    fs::write(&engagement, format!("{without_rule}{}", RETENTION.replace("1096", "5000"))).unwrap();
    refused("retention", "until 2040-03-15");
    fs::write(&engagement, format!("{without_rule}{RETENTION}")).unwrap();
    assert_eq!(due(), ["A1"]);
    let erased = home.acting().erase("test", "A1", at).unwrap();
    assert_eq!((erased.engagement.as_str(), erased.accounts), ("test", 2));
    assert_eq!(home.acting().erase("other", "A2", at).unwrap_err().code(), "nothing_kept");
    home.host.verify_audit().unwrap();
    let entries = home.audit();
    let erased: Vec<&str> = entries
        .iter()
        .filter(|entry| entry["kind"] == "erased")
        .filter_map(|entry| entry["engagement"].as_str())
        .collect();
    assert_eq!((erased.len(), erased.contains(&"other")), (2, true), "{erased:?}");
    // Of the other customer everything can be read.
    home.say("bank", "2026-07-08", &[recall("B1")]).unwrap();
    assert_eq!(home.acting().erase("test", "B1", at).unwrap().accounts, 1);
}

/// The row of a person is never deleted, so a missing row is damage. Nobody is told that the person was erased.
#[test]
fn a_person_whose_key_cannot_be_read_is_an_error_and_not_an_erased_one() {
    let home = sealed(RETENTION);
    let accounts = [placement("A1", "C1", "Rosa Lindqvist"), placement("B1", "C2", "Bram Okafor")];
    home.say("accounts", "2026-07-01", &accounts).unwrap();
    home.say("bank", "2026-07-05", &[recall("A1"), recall("B1")]).unwrap();
    let at = "2036-01-01T12:00:00Z".parse().unwrap();
    home.acting().erase("test", "A1", at).unwrap();
    let erased = bailiwick(&home.path(), &["audit", "replay", "--all"]);
    assert!(!erased.err.contains("[vault]"), "{}", erased.err);
    let file = home.path().join("keys/persons.sqlite");
    let keys = rusqlite::Connection::open(&file).unwrap();
    let lost = "PRAGMA foreign_keys = OFF; DELETE FROM person WHERE secret IS NOT NULL";
    keys.execute_batch(lost).unwrap();
    drop(keys);
    let recording = home.acting().recording().unwrap();
    let mut replay = recording.replay(&Which::All, &ReplayOptions::default()).unwrap();
    let replayed = replay.find_map(Result::err).expect("an error");
    let refused = home.acting().erase("test", "B1", at).unwrap_err();
    for failed in [replayed, refused] {
        let said = failed.to_string();
        assert_eq!(failed.code(), "vault", "{said}");
        assert!(
            said.contains("persons.sqlite: the person ") && said.contains("the row is missing"),
            "{said}"
        );
    }
    assert_eq!(home.acting().erase("test", "A1", at).unwrap_err().code(), "nothing_kept");
    let printed = bailiwick(&home.path(), &["audit", "replay", "--all"]);
    assert_eq!(printed.code, Some(4), "{}{}", printed.out, printed.err);
    assert!(printed.err.contains("[vault]"), "{}", printed.err);
}

/// An account of a creditor is the same debt, whichever agency has it and whenever its customer was first named.
#[test]
fn an_account_that_another_agency_has_now_is_not_erased_with_its_earlier_round() {
    let home = sealed(RETENTION);
    home.engage("other", "Bank", "AG002", "{}", RETENTION);
    let mut unnamed = placement("A1", "C1", "Rosa Lindqvist");
    unnamed["placement"].as_object_mut().unwrap().remove("customer");
    home.say("accounts", "2026-07-01", &[unnamed]).unwrap();
    home.say("bank", "2026-07-05", &[recall("A1")]).unwrap();
    let later = home.say_in("other", "accounts", "2026-07-06", &[placement("A1", "C1", "Rosa Lindqvist")]);
    assert_eq!(later.unwrap().accepted, 1);
    let at = "2036-01-01T12:00:00Z".parse().unwrap();
    let due = |engagement: &str| due_in(&home, engagement, at);
    for engagement in ["test", "other"] {
        assert!(due(engagement).is_empty(), "{engagement}");
        let refused = home.acting().erase(engagement, "A1", at).unwrap_err();
        assert!(refused.to_string().contains("still placed"), "{refused}");
    }
    home.say_in("other", "bank", "2026-07-07", &[recall("A1")]).unwrap();
    assert_eq!((due("test"), due("other")), (vec!["A1".to_owned()], vec!["A1".to_owned()]));
    let missing = home.acting().erase("test", "A2", at).unwrap_err();
    assert_eq!(missing.code(), "no_account", "{missing}");
    assert_eq!(home.acting().erase("test", "A1", at).unwrap().accounts, 2);
    assert_eq!(erased_in(&home), ["other", "test"]);
    assert_eq!(home.acting().erase("other", "A1", at).unwrap_err().code(), "nothing_kept");
    home.host.verify_audit().unwrap();
}

/// The engagements of which a key was destroyed, in order.
fn erased_in(home: &TestHome) -> Vec<String> {
    let entries = home.audit();
    let erased = entries.iter().filter(|entry| entry["kind"] == "erased");
    let mut names: Vec<String> =
        erased.filter_map(|entry| entry["engagement"].as_str().map(str::to_owned)).collect();
    names.sort();
    names
}

/// A record that was refused is sealed as well, and no book has it.
#[test]
fn what_a_sibling_engagement_refused_is_erased_too() {
    let home = sealed(RETENTION);
    home.engage("other", "Bank", "AG002", "{}", "");
    home.engage("elsewhere", "Another Bank", "AG002", "{}", RETENTION);
    let wrong = |account: &str| {
        let mut wrong = placement(account, "C1", "Rosa Lindqvist");
        wrong["placement"]["opened_on"] = json!("2027-01-01");
        wrong
    };
    home.say("accounts", "2026-07-01", &[placement("A1", "C1", "Rosa Lindqvist")]).unwrap();
    let refused = home.say_in("other", "accounts", "2026-07-01", &[wrong("A2")]).unwrap();
    assert_eq!(refused.accepted, 0);
    home.say_in("elsewhere", "accounts", "2026-07-01", &[wrong("A3")]).unwrap();
    home.say("bank", "2026-07-05", &[recall("A1")]).unwrap();
    let at = "2036-01-01T12:00:00Z".parse().unwrap();
    // The rules of all keys are known before the first of them goes.
    let refused = home.acting().erase("test", "A1", at).unwrap_err();
    assert_eq!(refused.code(), "no_retention_rule", "{refused}");
    assert!(erased_in(&home).is_empty());
    home.engage("other", "Bank", "AG002", "{}", RETENTION);
    assert_eq!(home.acting().erase("test", "A1", at).unwrap().accounts, 2);
    assert_eq!(erased_in(&home), ["other", "test"]);
}

#[test]
fn a_sibling_whose_file_is_gone_is_named() {
    let home = sealed(RETENTION);
    home.engage("other", "Bank", "AG002", "{}", RETENTION);
    home.say("accounts", "2026-07-01", &[placement("A1", "C1", "Rosa Lindqvist")]).unwrap();
    home.say("bank", "2026-07-05", &[recall("A1")]).unwrap();
    home.say_in("other", "accounts", "2026-07-06", &[placement("A2", "C1", "Rosa Lindqvist")]).unwrap();
    home.say_in("other", "bank", "2026-07-07", &[recall("A2")]).unwrap();
    fs::remove_file(home.path().join("engagements/other.toml")).unwrap();
    let at = "2036-01-01T12:00:00Z".parse().unwrap();
    let refused = home.acting().erase("test", "A1", at).unwrap_err();
    assert_eq!(refused.code(), "no_retention_rule", "{refused}");
    assert!(refused.to_string().contains("the file of other is gone"), "{refused}");
    home.engage("other", "Bank", "AG002", "{}", RETENTION);
    assert_eq!(home.acting().erase("test", "A1", at).unwrap().accounts, 2);
}

#[test]
fn nobody_is_erased_before_the_book_has_the_creditor_of_the_file() {
    let home = sealed(RETENTION);
    home.say("accounts", "2026-07-01", &[placement("A1", "C1", "Rosa Lindqvist")]).unwrap();
    home.say("bank", "2026-07-05", &[recall("A1")]).unwrap();
    home.engage("test", "New Bank", "AG001", "{}", RETENTION);
    let at = "2036-01-01T12:00:00Z".parse().unwrap();
    let refused = home.acting().erase("test", "A1", at).unwrap_err();
    assert_eq!(refused.code(), "creditor_changed", "{refused}");
    assert!(refused.to_string().contains("tick test"), "{refused}");
    let refused = home.acting().due_for_erasure("test", at).unwrap_err();
    assert_eq!(refused.code(), "creditor_changed", "{refused}");
    home.tick("test", "2026-07-06").unwrap();
    assert_eq!(home.acting().erase("test", "A1", at).unwrap().accounts, 1);
}

/// A file that was refused named another customer for an account: bytes of two persons are under one key.
#[test]
fn a_key_stays_while_something_under_it_must_be_kept() {
    let home = sealed(RETENTION);
    let mut wrong = placement("A1", "C1", "Rosa Lindqvist");
    wrong["placement"]["opened_on"] = json!("2027-01-01");
    let all = [wrong, placement("A2", "C1", "Bram Okafor")];
    home.say("accounts", "2026-07-01", &all).unwrap();
    home.say("accounts", "2026-07-02", &[placement("A1", "C2", "Rosa Lindqvist")]).unwrap();
    home.say("bank", "2026-07-05", &[recall("A1")]).unwrap();
    let at = "2036-01-01T12:00:00Z".parse().unwrap();
    let refused = home.acting().erase("test", "A1", at).unwrap_err();
    assert!(refused.to_string().contains("still placed"), "{refused}");
    home.say("bank", "2026-07-06", &[recall("A2")]).unwrap();
    assert_eq!(home.acting().erase("test", "A1", at).unwrap().accounts, 2);
}

#[test]
fn a_retention_rule_beyond_the_calendar_keeps_records_to_its_end() {
    let home = sealed(&RETENTION.replace("1096", "4294967295"));
    home.say("accounts", "2026-07-01", &[placement("A1", "C1", "Rosa Lindqvist")]).unwrap();
    home.say("bank", "2026-07-05", &[recall("A1")]).unwrap();
    let at = "2036-01-01T12:00:00Z".parse().unwrap();
    assert!(due_in(&home, "test", at).is_empty());
    let refused = home.acting().erase("test", "A1", at).unwrap_err();
    assert_eq!(refused.code(), "retention", "{refused}");
    assert!(refused.to_string().contains("until 9999-12-31"), "{refused}");
}

#[test]
fn without_a_retention_rule_nobody_is_erased() {
    let home = sealed("");
    home.say("accounts", "2026-07-01", &[placement("A1", "C1", "Rosa Lindqvist")]).unwrap();
    let refused = bailiwick(&home.path(), &["erase", "test", "A1"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("[retention]"), "{}", refused.err);
}

#[test]
fn calls_are_replayed_on_another_machine_from_an_export() {
    let home = sealed(RETENTION);
    let people: Vec<Value> =
        (0..600).map(|it| placement(&format!("A{it}"), &format!("C{it}"), "Rosa Lindqvist")).collect();
    home.say("accounts", "2026-07-01", &people).unwrap();
    home.say("bank", "2026-07-05", &[recall("A7")]).unwrap();
    let calls = home.audit().iter().filter(|entry| entry["kind"] == "call").count();
    let path = |name: &str| home.outside().join(name).to_string_lossy().into_owned();
    let run = |arguments: &[&str]| bailiwick(&home.path(), arguments);
    let (plain, replayable) = (path("plain"), path("replayable"));
    assert_eq!(run(&["audit", "export", &plain]).code, Some(0));
    let exported = run(&["audit", "export", &replayable, "--replayable"]);
    assert_eq!(exported.code, Some(0), "{}", exported.err);
    assert!(exported.out.contains("it is private"), "{}", exported.out);
    let refused = run(&["audit", "replay", "--all", "--dir", &plain]);
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.err.contains("[not_replayable]"), "{}", refused.err);

    // Another machine: no home, other folders, other limits. The log verifies there as well.
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("log");
    copy_folder(Path::new(&replayable), &moved);
    let moved = moved.to_string_lossy().into_owned();
    let away = |arguments: &[&str]| bailiwick(&elsewhere.path().join("no-home"), arguments);
    let entries = |ran: &Ran| ran.json().pop().unwrap()["summary"].clone();
    assert_eq!(away(&["audit", "verify", "--dir", &moved]).code, Some(0));
    let all = away(&["--json", "audit", "replay", "--all", "--dir", &moved]);
    assert_eq!(all.code, Some(0), "{}{}", all.out, all.err);
    assert_eq!(entries(&all), json!({"same": calls, "different": 0, "not_run": 0}));
    let push = home.audit().iter().position(|entry| entry["function"] == "push").unwrap().to_string();
    let case = elsewhere.path().join("push.json").to_string_lossy().into_owned();
    assert_eq!(away(&["audit", "replay", &push, "--dir", &moved, "--case", &case]).code, Some(0));
    let component = components().join("canonical.wasm").to_string_lossy().into_owned();
    assert_eq!(away(&["plugin", "check", &component, &case]).code, Some(0));

    // A person who was erased before the export is erased in it too; a person erased later is erased only in
    // the home.
    let erased = ["erase", "test", "A7", "--at", "2030-01-01T00:00:00Z"];
    assert_eq!(run(&erased).code, Some(0));
    let later = path("later");
    assert_eq!(run(&["audit", "export", &later, "--replayable"]).code, Some(0));
    let summary = entries(&away(&["--json", "audit", "replay", "--all", "--dir", &later]));
    assert!(summary["not_run"].as_u64() > Some(0) && summary["different"] == 0, "{summary}");
    let all = away(&["--json", "audit", "replay", "--all", "--dir", &moved]);
    assert_eq!(entries(&all)["same"], calls);

    // A home that kept nothing cannot make a replayable export, and leaves no partial one.
    let other = TestHome::with_terms("");
    let nothing = other.outside().join("nothing");
    let refused = bailiwick(&other.path(), &["audit", "export", nothing.to_str().unwrap(), "--replayable"]);
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.err.contains("[nothing_kept]"), "{}", refused.err);
    assert_eq!(fs::read_dir(other.outside()).unwrap().count(), 1);
}

/// A thousand names, identity numbers, phones and addresses go in, well formed and not. None is found in any
/// file of the home except the book and the outbox, which are made to hold them, nor in anything printed.
#[test]
fn private_data_is_nowhere_in_clear() {
    let home = sealed("");
    let secret = |kind: &str, it: usize| format!("{kind}-zq{it:04}x");
    let accounts: Vec<Value> = (0..1_000)
        .map(|it| {
            let mut document = placement(&secret("ACC", it), &secret("CUS", it), &secret("Name", it));
            let party = &mut document["placement"]["parties"][0];
            party["key"] = secret("PTY", it).into();
            party["identity_number"] = secret("SSN", it).into();
            party["phones"] = json!([{"kind": "mobile", "number": secret("PHO", it)}]);
            party["addresses"] = json!([{"kind": "home", "street": secret("STR", it)}]);
            document
        })
        .collect();
    let mut lines: Vec<String> = accounts.iter().map(Value::to_string).collect();
    let write = |name: &str, lines: &[String]| {
        let path = home.outside().join(name);
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        path.to_string_lossy().into_owned()
    };
    let mut printed = String::new();
    let mut run = |arguments: &[&str]| {
        let ran = bailiwick(&home.path(), &[&["--trace"], arguments].concat());
        printed.push_str(&ran.out);
        printed.push_str(&ran.err);
        ran.code
    };
    let at = ["--at", "2026-07-01T12:00:00Z"];
    let file = write("accounts_1.jsonl", &lines);
    assert_eq!(run(&[&["exchange", "test", &file][..], &at[..]].concat()), Some(0));
    // Documents that break off in the middle of a value, at every kind of place.
    for (number, cut) in [40, 150, 220, 300, 340].into_iter().enumerate() {
        lines.truncate(20);
        let broken: Vec<String> = lines.iter().map(|line| line.chars().take(cut).collect()).collect();
        let file = write(&format!("accounts_b{number}.jsonl"), &broken);
        run(&[&["exchange", "test", &file][..], &at[..]].concat());
    }
    run(&["audit", "verify"]);
    run(&["audit", "checkpoint"]);
    run(&["audit", "show"]);
    run(&["audit", "replay", "--all"]);
    run(&["metrics"]);
    let export = home.outside().join("export");
    run(&["audit", "export", &export.to_string_lossy()]);
    // With the number that follows: three letters alone are found in sealed bytes now and then.
    let found = |bytes: &[u8]| {
        memchr::memmem::find_iter(bytes, b"-zq").any(|at| {
            bytes.get(at + 3..at + 7).is_some_and(|number| number.iter().all(u8::is_ascii_hexdigit))
        })
    };
    assert!(!found(printed.as_bytes()), "printed");
    for span in ["bailiwick.act", "bailiwick.stage", "bailiwick.call"] {
        assert!(printed.contains(span), "no span {span}");
    }
    let mut files = Vec::new();
    files_below(&home.path(), &mut files);
    files_below(&export, &mut files);
    let mut searched = 0;
    for path in files {
        let inside = path.strip_prefix(home.outside()).unwrap();
        let inside = inside.strip_prefix("home").unwrap_or(inside).to_owned();
        if inside.starts_with("outbox") || inside.to_string_lossy().starts_with("book.sqlite") {
            continue;
        }
        searched += 1;
        assert!(!found(&fs::read(&path).unwrap()), "{}", inside.display());
    }
    assert!(searched > 20, "{searched} files");
    // The search is tried on the book and the outbox, where it must find them.
    assert!(found(&fs::read(home.path().join("book.sqlite")).unwrap()));
}
