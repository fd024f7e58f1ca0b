//! Disputes, complaints and evidence through the real host: clocks, levels, decisions, freezes.

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_host::Report;
use bailiwick_host::book::{AccountView, Filter, MatterRow, Which};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn home(config: &str, terms: &str) -> TestHome {
    let home = TestHome::with_samples();
    home.engage("test", "Bank", "AG001", config, terms);
    let placement = json!({"placement": {"account": "A1", "currency": "USD", "placed_on": "2026-07-01",
        "balance": [{"bucket": "principal", "minor": 223_456}, {"bucket": "interest", "minor": 5_000}]}});
    home.say("accounts", "2026-07-01", &[placement]).unwrap();
    home
}

fn dispute(number: &str, on: &str, state: &str, text: &str) -> Value {
    json!({"dispute": {"account": "A1", "identifier": number, "received_on": on, "state": state, "text": text}})
}

fn escalation(number: &str, to: &str, on: &str) -> Value {
    json!({"escalation": {"account": "A1", "matter": number, "to": to, "at": {"utc": format!("{on}T10:00:00Z"), "zone": "UTC"}}})
}

fn decision(number: &str, outcome: &str, on: &str, reduce: Option<i64>) -> Value {
    let mut it = json!({"decision": {"account": "A1", "matter": number, "outcome": outcome, "on": on}});
    if let Some(reduce) = reduce {
        it["decision"]["reduce"] = json!(reduce);
        it["decision"]["currency"] = json!("USD");
    }
    it
}

fn view(home: &TestHome) -> AccountView {
    let check = home.acting().check_ledger().unwrap();
    assert!(check.is_whole(), "{:?}", check.differences);
    home.acting().account("test", "A1").unwrap()
}

fn state(home: &TestHome) -> &'static str {
    view(home).account.state.name()
}

fn matter(home: &TestHome, number: &str) -> MatterRow {
    view(home).matters.into_iter().find(|matter| matter.identifier == number).unwrap()
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

const CALENDAR: &str = "[[calendars]]\nname = \"us-federal\"\nholidays = [\"2026-07-03\"]";
const TRIAGE: &str = "{ triage = { level = \"agency\", days = 3, hold = true, calendar = \"us-federal\", \
    codes = [{ code = \"FRD\", level = \"bank\", days = 1, hold = true }] } }";

#[test]
fn each_level_has_its_clock_in_working_days() {
    let home = home(TRIAGE, CALENDAR);
    // Wednesday the 1st: Thursday, then Friday is a holiday and a weekend follows.
    home.say("agency", "2026-07-01", &[dispute("D1", "2026-07-01", "open", "not my debt")]).unwrap();
    let it = matter(&home, "D1");
    assert_eq!((it.level.as_str(), it.answer_by.as_str(), state(&home)), ("agency", "2026-07-07", "held"));
    let mut fraud = dispute("D2", "2026-07-02", "open", "fraud");
    fraud["dispute"]["code"] = json!("FRD");
    home.say("agency", "2026-07-02", &[fraud]).unwrap();
    let it = matter(&home, "D2");
    assert_eq!((it.level.as_str(), it.answer_by.as_str()), ("bank", "2026-07-06"));

    let overdue = |day: &str| {
        let at = format!("{day}T12:00:00Z");
        let ran = bailiwick(&home.path(), &["--json", "disputes", "test", "--overdue", "--at", &at]);
        ran.json().iter().map(|row| row["identifier"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(overdue("2026-07-06"), Vec::<String>::new());
    assert_eq!(overdue("2026-07-07"), ["D2"]);
    assert_eq!(overdue("2026-07-08"), ["D2", "D1"]);
    let ticked = home.tick("test", "2026-07-07").unwrap();
    assert_eq!(
        (ticked.moves.len(), ticked.overdue.len(), ticked.overdue[0].identifier.as_str()),
        (0, 1, "D2")
    );

    // A tick that does nothing and shows disputes is a read, and is recorded.
    let recorded = || home.audit().iter().filter(|entry| entry["command"] == "tick").count();
    let before = recorded();
    assert!(home.tick("test", "2026-07-06").unwrap().overdue.is_empty());
    assert_eq!(recorded(), before);
    assert_eq!(home.tick("test", "2026-07-07").unwrap(), ticked);
    assert_eq!(recorded(), before + 1);

    // The next level has a clock of its own, and a matter never returns to a lower level.
    home.say("agency", "2026-07-08", &[escalation("D1", "bank", "2026-07-08")]).unwrap();
    let it = matter(&home, "D1");
    assert_eq!((it.level.as_str(), it.answer_by.as_str()), ("bank", "2026-07-13"));
    let back = home.say("agency", "2026-07-09", &[escalation("D1", "agency", "2026-07-09")]).unwrap();
    assert_eq!(codes(&back), ["illegal_escalation"]);
    assert_eq!(home.audit().iter().filter(|entry| entry["function"] == "dispute.triage").count(), 2);
}

/// Others write while two lists are read that are longer than a page.
#[test]
fn a_list_is_of_one_moment_and_holds_nothing_after_its_last_row() {
    const DISPUTES: usize = 1_001;
    const ACCOUNTS: usize = DISPUTES + 1;
    let home = home(TRIAGE, CALENDAR);
    let placed = (2..=ACCOUNTS).map(|number| {
        json!({"placement": {"account": format!("A{number}"), "currency": "USD", "placed_on": "2026-07-01",
            "balance": [{"bucket": "principal", "minor": 5_000}]}})
    });
    let placed = home.say("accounts", "2026-07-02", &placed.collect::<Vec<_>>()).unwrap();
    assert_eq!(placed.accepted, ACCOUNTS as u64 - 1, "{:?}", placed.problems);
    let disputed = (1..=DISPUTES).map(|number| {
        let mut it = dispute(&format!("D{number}"), "2026-07-02", "open", "not my debt");
        it["dispute"]["account"] = json!(format!("A{number}"));
        it
    });
    let disputed = home.say("agency", "2026-07-02", &disputed.collect::<Vec<_>>()).unwrap();
    assert_eq!(disputed.accepted, DISPUTES as u64, "{:?}", disputed.problems);

    let at = "2026-07-06T12:00:00Z".parse().unwrap();
    let mut disputes = home.acting().disputes("test", Which::All, at).unwrap();
    let mut accounts = home.acting().accounts("test", &Filter::default()).unwrap();
    assert_eq!(disputes.next().unwrap().unwrap().identifier, "D1");
    assert_eq!(accounts.next().unwrap().unwrap().account, "A1");
    // The first dispute gets a later day, which would be on the second page. An account of the second page pays.
    let last = format!("A{ACCOUNTS}");
    let paid = json!({"payment": {"account": last, "identifier": "P1", "paid_to": "agency", "currency": "USD",
        "minor": 1_000, "received_on": "2026-07-06"}});
    let changes = home.say("agency", "2026-07-06", &[escalation("D1", "bank", "2026-07-06"), paid]).unwrap();
    assert_eq!(changes.accepted, 2, "{:?}", changes.problems);
    let log = home.path().join("book.sqlite-wal");
    assert!(log.exists(), "a list is held");

    let rest: Vec<String> = disputes.by_ref().map(|row| row.unwrap().identifier).collect();
    let expected: Vec<String> = (2..=DISPUTES).map(|number| format!("D{number}")).collect();
    assert_eq!(rest, expected, "each comes once");
    let row = accounts.by_ref().last().unwrap().unwrap();
    assert_eq!((&row.account, row.balance, row.paid), (&last, 5_000, 0));
    assert!(!log.exists(), "the lists are still there, and hold nothing");
    assert!(disputes.next().is_none() && accounts.next().is_none());
    assert_eq!(home.acting().account("test", &last).unwrap().account.balance, 4_000);
}

#[test]
fn a_dispute_goes_through_its_stages_and_an_illegal_step_is_refused() {
    let home = home("{}", "");
    for (day, stage) in [("02", "open"), ("03", "acknowledged"), ("04", "investigating"), ("05", "answered")]
    {
        let day = format!("2026-07-{day}");
        home.say("agency", &day, &[dispute("D1", "2026-07-02", stage, "not mine")]).unwrap();
        assert_eq!((matter(&home, "D1").stage.name(), state(&home)), (stage, "held"));
    }
    let back = home
        .say("agency", "2026-07-06", &[dispute("D1", "2026-07-02", "acknowledged", "not mine at all")])
        .unwrap();
    assert_eq!(codes(&back), ["illegal_step"]);
    home.say("bank", "2026-07-07", &[decision("D1", "refused", "2026-07-07", None)]).unwrap();
    assert_eq!((matter(&home, "D1").stage.name(), state(&home)), ("decided", "active"));
    let again = home.say(
        "bank",
        "2026-07-08",
        &[decision("D1", "refused", "2026-07-08", None), decision("D1", "upheld", "2026-07-08", None)],
    );
    assert_eq!(codes(&again.unwrap()), ["duplicate_decision", "illegal_step"]);
    home.say("agency", "2026-07-09", &[dispute("D1", "2026-07-02", "closed", "not mine")]).unwrap();
    assert_eq!(matter(&home, "D1").stage.name(), "closed");
    let unknown = home.say("bank", "2026-07-10", &[decision("D9", "refused", "2026-07-10", None)]).unwrap();
    assert_eq!(codes(&unknown), ["waits_for_matter"]);
}

#[test]
fn a_repetition_without_anything_new_is_answered_and_opens_nothing() {
    let home = home("{}", "");
    home.say("agency", "2026-07-02", &[dispute("D1", "2026-07-02", "open", "not my debt")]).unwrap();
    home.say("bank", "2026-07-03", &[decision("D1", "refused", "2026-07-03", None)]).unwrap();
    home.say("agency", "2026-07-04", &[dispute("D1", "2026-07-02", "closed", "not my debt")]).unwrap();
    for (day, number) in [("05", "D1"), ("06", "D2")] {
        let day = format!("2026-07-{day}");
        let report = home.say("agency", &day, &[dispute(number, &day, "open", "not my debt")]).unwrap();
        assert_eq!((report.accepted, codes(&report)), (1, vec!["duplicative_dispute"]));
        assert_eq!((matter(&home, number).stage.name(), state(&home)), ("closed", "active"));
    }
    // Something new opens it again.
    home.say("agency", "2026-07-07", &[dispute("D1", "2026-07-07", "open", "I have the receipt")]).unwrap();
    assert_eq!((matter(&home, "D1").stage.name(), state(&home)), ("open", "held"));
}

#[test]
fn a_decision_changes_the_balance_through_an_adjustment_of_the_bank() {
    let home = home("{}", "");
    let mut part = dispute("D1", "2026-07-02", "open", "the interest is wrong");
    part["dispute"]["disputed"] = json!(5_000);
    part["dispute"]["currency"] = json!("USD");
    home.say("agency", "2026-07-02", &[part]).unwrap();
    // Only the disputed part is frozen.
    assert_eq!((matter(&home, "D1").disputed, state(&home)), (Some(5_000), "active"));
    let theirs =
        home.say("agency", "2026-07-03", &[decision("D1", "upheld", "2026-07-03", Some(5_000))]).unwrap();
    assert_eq!(codes(&theirs), ["decision_without_authority"]);
    let much =
        home.say("bank", "2026-07-04", &[decision("D1", "upheld", "2026-07-04", Some(300_000))]).unwrap();
    assert_eq!((codes(&much), matter(&home, "D1").stage.name()), (vec!["adjustment_too_large"], "open"));
    home.say("bank", "2026-07-05", &[decision("D1", "partly_upheld", "2026-07-05", Some(4_000))]).unwrap();
    let view = view(&home);
    assert_eq!((view.account.balance, view.account.adjusted), (224_456, -4_000));
    assert_eq!(view.transfers.last().unwrap().kind, "decision");
}

#[test]
fn evidence_is_asked_for_given_and_checked_against_its_digest() {
    let home = home("{}", "[evidence]\nfolder = \"evidence\"");
    home.say("agency", "2026-07-02", &[dispute("D1", "2026-07-02", "open", "show me the contract")]).unwrap();
    let request = json!({"evidence_request": {"account": "A1", "identifier": "E1", "kind": "agreement", "matter": "D1",
        "at": {"utc": "2026-07-03T10:00:00Z", "zone": "UTC"}}});
    home.say("agency", "2026-07-03", &[request]).unwrap();
    assert_eq!(matter(&home, "D1").stage.name(), "evidence_requested");
    let bytes = b"%PDF-1.7 the agreement";
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let evidence = |location: &str, size: usize, sha256: &str| {
        json!({"evidence": {"account": "A1", "kind": "agreement", "sha256": sha256, "size": size, "location": location,
            "media_type": "application/pdf", "given_by": "bank", "answers": "E1",
            "given_at": {"utc": "2026-07-04T10:00:00Z", "zone": "UTC"}}})
    };
    let folder = home.path().join("evidence/2026");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.pdf"), bytes).unwrap();
    let wrong = [
        (evidence("2026/a.pdf", bytes.len(), &"0".repeat(64)), "evidence_mismatch"),
        (evidence("2026/a.pdf", 3, &digest), "evidence_mismatch"),
        (evidence("../book.sqlite", bytes.len(), &digest), "bad_location"),
    ];
    for (number, (document, code)) in wrong.into_iter().enumerate() {
        let report = home.say("bank", &format!("2026-07-1{number}"), &[document]);
        // The evidence was given before the placement ended, so it is taken although it is reported later.
        assert_eq!(codes(&report.unwrap()), [code]);
        assert_eq!(matter(&home, "D1").stage.name(), "evidence_requested");
    }
    let missing = home.say("bank", "2026-07-20", &[evidence("2026/b.pdf", 9, &digest)]).unwrap();
    assert_eq!((missing.accepted, codes(&missing)), (1, vec!["evidence_missing"]));
    let given = home.say("bank", "2026-07-21", &[evidence("2026/a.pdf", bytes.len(), &digest)]).unwrap();
    assert_eq!(
        (given.accepted, codes(&given), matter(&home, "D1").stage.name()),
        (1, vec![], "investigating")
    );
}

#[test]
fn a_calendar_that_the_engagement_does_not_name_stops_the_exchange() {
    let home = home(TRIAGE, "");
    let error = home.say("agency", "2026-07-02", &[dispute("D1", "2026-07-02", "open", "no")]).unwrap_err();
    assert!(error.to_string().contains("[[calendars]]"), "{error}");
    assert!(view(&home).matters.is_empty());
}

/// The public model form: 2,234.56 + 75.00 + 25.00 - 50.00 = 2,284.56.
#[test]
fn the_itemization_adds_up_as_the_model_form_does() {
    let home = TestHome::with_terms("");
    let placement = |account: &str, payments: i64| {
        json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
            "balance": [{"bucket": "principal", "minor": 218_456}, {"bucket": "interest", "minor": 7_500}, {"bucket": "late_fee", "minor": 2_500}],
            "itemization": {"basis": "charge_off", "on": "2026-01-02", "amount": 223_456, "interest": 7_500, "fees": 2_500, "payments": payments}}})
    };
    let report =
        home.say("accounts", "2026-07-01", &[placement("A1", 5_000), placement("A2", 4_999)]).unwrap();
    assert_eq!(codes(&report), ["itemization_mismatch"]);
    assert_eq!(view(&home).itemized.current, 228_456);
    let pay = json!({"payment": {"account": "A1", "identifier": "P1", "paid_to": "agency", "currency": "USD", "minor": 10_000, "received_on": "2026-07-02"}});
    let more = json!({"adjustment": {"account": "A1", "identifier": "X1", "direction": "increase", "currency": "USD", "minor": 300, "on": "2026-07-03",
        "split": [{"bucket": "interest", "minor": 200}, {"bucket": "costs", "minor": 100}]}});
    let undo = json!({"reversal": {"account": "A1", "identifier": "R1", "reverses": "P1", "currency": "USD", "minor": 4_000, "reversed_on": "2026-07-04"}});
    home.say("agency", "2026-07-02", &[pay]).unwrap();
    home.say("bank", "2026-07-03", &[more]).unwrap();
    home.say("agency", "2026-07-04", &[undo]).unwrap();
    let it = view(&home).itemized;
    assert_eq!(
        (it.basis.as_str(), it.amount, it.interest, it.fees, it.payments),
        ("charge_off", 223_456, 7_700, 2_600, 11_000)
    );
    assert_eq!(it.amount + it.interest + it.fees - it.payments, it.current);
    // The timeline shows how each line changed the balance.
    let owed: Vec<i64> = view(&home).events.iter().map(|event| event.owed).collect();
    assert_eq!(owed, [228_456, 218_456, 218_756, 222_756]);
}
