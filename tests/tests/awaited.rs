//! Documents that name something which is not in the book yet: they wait, and are booked when it comes.

use std::fs;

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_host::{ActOptions, Error, ExceptionDecision, FileOutcome, Report};
use serde_json::{Value, json};

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

fn payment(account: &str, identifier: &str) -> Value {
    json!({"payment": {"account": account, "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": 1000, "received_on": "2026-07-02"}})
}

fn reversal(identifier: &str, reverses: &str) -> Value {
    json!({"reversal": {"identifier": identifier, "reverses": reverses, "currency": "USD", "minor": 400,
        "reversed_on": "2026-07-02"}})
}

fn note(account: &str) -> Value {
    json!({"note": {"account": account, "at": {"utc": "2026-07-02T10:00:00Z", "zone": "UTC"}, "text": "called"}})
}

fn with_identity(identity: &str, items: &[Value]) -> Vec<Value> {
    [&[json!({"header": {"identity": identity}})], items].concat()
}

fn decide(home: &TestHome, number: i64, decision: ExceptionDecision) -> bailiwick_host::Result<()> {
    let options = ActOptions::new().at("2026-07-20T12:00:00Z".parse().unwrap());
    home.acting().decide("test", number, decision, options).map(drop)
}

fn waiting(home: &TestHome) -> Vec<(i64, String, Vec<String>)> {
    let rows = home.acting().waiting("test").unwrap().map(Result::unwrap);
    rows.map(|it| (it.number, it.code, it.awaits)).collect()
}

/// Paid less reversed, and owed, of an account.
fn figures(home: &TestHome, account: &str) -> (i64, i64) {
    let it = home.acting().account("test", account).unwrap().account;
    (it.net_paid, it.balance)
}

fn whole(home: &TestHome) {
    assert!(home.acting().check_ledger().unwrap().is_whole());
    home.host.verify_audit().unwrap();
}

#[test]
fn the_same_file_is_booked_by_itself_and_its_repetition_says_what_waits() {
    let home = TestHome::with_terms("");
    let items = [payment("A1", "P1")];
    let send = || home.say("agency", "2026-07-02", &items).unwrap();
    let first = send();
    assert_eq!(
        (first.outcome, first.accepted, first.rejected, first.waiting),
        (FileOutcome::Partial, 0, 0, 1)
    );
    assert_eq!((codes(&first), first.problems[0].number), (vec!["waits_for_account"], Some(1)));
    assert_eq!(waiting(&home), [(1, "waits_for_account".to_owned(), vec!["account:A1".to_owned()])]);
    // Its sender is told, in the file of refusals.
    assert!(first.answers.iter().any(|it| it.contains("/agency/refused_")), "{:?}", first.answers);
    let again = send();
    assert_eq!((again.outcome, again.waiting), (FileOutcome::Duplicate, 1));
    let placed = home.say("accounts", "2026-07-03", &[placement("A1")]).unwrap();
    assert_eq!((placed.outcome, placed.revived), (FileOutcome::Accepted, 1));
    assert_eq!((figures(&home, "A1"), waiting(&home).len()), ((1_000, 99_000), 0));
    // The forward of the payment goes out with the act that booked it, to the bank.
    let forwarded = home.written(&placed.answers, "bank");
    assert!(forwarded.iter().any(|it| it["payment"]["identifier"] == "P1"), "{forwarded:?}");
    let again = send();
    assert_eq!(
        (again.outcome, again.accepted, again.waiting, again.problems.len()),
        (FileOutcome::Duplicate, 1, 0, 0)
    );
    assert_eq!((again.documents["payment"].count, again.documents["payment"].minor["USD"]), (1, 1_000));
    whole(&home);
}

#[test]
fn the_command_says_what_waits_with_its_exit_code() {
    let home = TestHome::with_terms("");
    let file = home.outside().join("agency_1.jsonl");
    fs::write(&file, format!("{}\n", payment("A1", "P1"))).unwrap();
    let exchange = || bailiwick(&home.path(), &["exchange", "test", &file.to_string_lossy()]);
    for outcome in ["partial", "duplicate"] {
        let ran = exchange();
        assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
        assert!(ran.out.contains(outcome) && ran.out.contains("waits as number 1"), "{}", ran.out);
    }
    let listed = bailiwick(&home.path(), &["waiting", "test"]);
    assert!(
        listed.out.contains("payment P1") && listed.out.contains("account:A1"),
        "{}{}",
        listed.out,
        listed.err
    );
    let json = bailiwick(&home.path(), &["--json", "waiting", "test"]).json();
    assert_eq!((&json[0]["number"], &json[0]["awaits"]), (&json!(1), &json!(["account:A1"])));
    let status = bailiwick(&home.path(), &["--json", "status"]).json().remove(0);
    assert_eq!(status["waiting"]["count"], 1);
    assert!(status["waiting"]["oldest"].is_string());
    home.say("accounts", "2026-07-03", &[placement("A1")]).unwrap();
    let ran = exchange();
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!(bailiwick(&home.path(), &["--json", "waiting", "test"]).out.trim(), "");
}

#[test]
fn placement_payment_and_reversal_lead_to_the_same_book_in_every_order() {
    let files: [(&str, Value); 3] =
        [("accounts", placement("A1")), ("agency", payment("A1", "P1")), ("agency", reversal("R1", "P1"))];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut home = TestHome::with_terms(
            "[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\n\
             schedules = [{ name = \"flat\", by = \"age\", steps = [{ from = 0, percent = \"20\" }] }]",
        );
        for at in order {
            let (message, item) = &files[at];
            home.say(message, "2026-07-03", std::slice::from_ref(item)).unwrap();
            home.restart();
        }
        let account = home.acting().account("test", "A1").unwrap().account;
        assert_eq!((account.net_paid, account.balance, account.commission), (600, 99_400, 120), "{order:?}");
        assert!(waiting(&home).is_empty(), "{order:?}");
        whole(&home);
    }
}

#[test]
fn all_three_may_stand_in_one_file_in_any_order() {
    let home = TestHome::with_terms("");
    // The bank's message has no placements: the account comes first, the rest of the file in reverse.
    home.say("agency", "2026-07-02", &[reversal("R1", "P1"), payment("A1", "P1"), note("A1")]).unwrap();
    let placed = home.say("accounts", "2026-07-03", &[placement("A2"), placement("A1")]).unwrap();
    assert_eq!((placed.revived, figures(&home, "A1")), (3, (600, 99_400)));
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let report = home.say("agency", "2026-07-03", &[reversal("R1", "P1"), payment("A1", "P1")]).unwrap();
    // What waited for a later line of its own file was taken with it.
    assert_eq!(
        (report.outcome, report.accepted, report.waiting, report.revived),
        (FileOutcome::Accepted, 2, 0, 0)
    );
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!((report.documents["reversal"].count, figures(&home, "A1")), (1, (600, 99_400)));
    whole(&home);
}

#[test]
fn of_a_file_the_rest_is_taken_at_once() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let items = [
        payment("A1", "P1"),
        payment("A2", "P2"),
        payment("A1", "P3"),
        payment("A3", "P4"),
        payment("A1", "P5"),
    ];
    let send = || home.say("agency", "2026-07-02", &items).unwrap();
    let first = send();
    assert_eq!((first.outcome, first.accepted, first.waiting), (FileOutcome::Partial, 3, 2));
    home.say("accounts", "2026-07-03", &[placement("A2")]).unwrap();
    let again = send();
    assert_eq!((again.accepted, again.waiting, again.problems[0].number), (4, 1, Some(2)));
    home.say("accounts", "2026-07-04", &[placement("A3")]).unwrap();
    let again = send();
    assert_eq!((again.accepted, again.waiting, again.problems.len()), (5, 0, 0));
}

#[test]
fn a_file_that_only_waits_may_be_corrected_under_its_identity() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let send = |items: &[Value]| home.say("agency", "2026-07-02", &with_identity("F1", items)).unwrap();
    let first = send(&[payment("A9", "P1"), payment("A8", "P2")]);
    assert_eq!((first.outcome, first.waiting), (FileOutcome::Partial, 2));
    // Its identifiers may come again, for another account that is not placed either.
    let corrected = send(&[payment("A7", "P1")]);
    assert_eq!(
        (codes(&corrected), corrected.waiting, corrected.replaced),
        (vec!["waits_for_account", "waiting_replaced"], 1, 2)
    );
    assert_eq!(waiting(&home).iter().map(|it| it.0).collect::<Vec<_>>(), [3]);
    let corrected = send(&[payment("A1", "P1")]);
    assert_eq!(
        (corrected.outcome, corrected.accepted),
        (FileOutcome::Accepted, 1),
        "{:?}",
        corrected.problems
    );
    assert!(waiting(&home).is_empty());
    // What was replaced is not booked when its account comes.
    home.say("accounts", "2026-07-03", &[placement("A8")]).unwrap();
    assert_eq!(figures(&home, "A8").0, 0);
    // Once something of it is booked, the identity is taken.
    assert_eq!(codes(&send(&[payment("A1", "P3")])), ["file_conflict"]);
    whole(&home);
}

#[test]
fn a_file_of_which_a_part_was_booked_keeps_its_identity() {
    let home = TestHome::with_terms("");
    let send = |items: &[Value]| home.say("agency", "2026-07-02", &with_identity("F1", items)).unwrap();
    send(&[payment("A1", "P1"), payment("A2", "P2")]);
    home.say("accounts", "2026-07-03", &[placement("A1")]).unwrap();
    let refused = send(&[payment("A1", "P1"), payment("A3", "P2")]);
    assert_eq!((refused.outcome, refused.waiting), (FileOutcome::Rejected, 0));
    assert_eq!(codes(&refused).last(), Some(&"file_conflict"));
    assert!(refused.problems.iter().all(|problem| problem.number.is_none()), "nothing of it waits");
    assert_eq!(waiting(&home).len(), 1);
}

#[test]
fn a_thousand_go_on_with_one_file() {
    let home = TestHome::with_terms("");
    let payments: Vec<Value> =
        (0..1_000).map(|it| payment(&format!("A{}", it % 10), &format!("P{it}"))).collect();
    assert_eq!(home.say("agency", "2026-07-02", &payments).unwrap().waiting, 1_000);
    let accounts: Vec<Value> = (0..10).map(|it| placement(&format!("A{it}"))).collect();
    assert_eq!(home.say("accounts", "2026-07-03", &accounts).unwrap().revived, 1_000);
    assert_eq!((waiting(&home).len(), figures(&home, "A3")), (0, (100_000, 0)));
    whole(&home);
}

/// They are applied in the order in which they came: the events of the account are in that order.
#[test]
fn what_waits_is_applied_in_the_order_in_which_it_came() {
    let home = TestHome::with_terms("");
    for (file, identifiers) in [["P5", "P1"], ["P4", "P2"]].iter().enumerate() {
        let items = identifiers.map(|identifier| payment("A1", identifier));
        home.say("agency", &format!("2026-07-0{}", file + 2), &items).unwrap();
    }
    home.say("accounts", "2026-07-04", &[placement("A1")]).unwrap();
    let transfers = home.acting().account("test", "A1").unwrap().transfers;
    let booked: Vec<String> = transfers.into_iter().filter_map(|it| it.identifier).collect();
    assert_eq!(booked, ["P5", "P1", "P4", "P2"]);
}

#[test]
fn a_document_that_is_refused_when_its_account_comes_waits_on_with_the_reason() {
    let home = TestHome::with_terms("");
    let mut wrong = payment("A1", "P1");
    wrong["payment"]["received_on"] = json!("2001-07-02");
    home.say("agency", "2026-07-02", &[wrong]).unwrap();
    let placed = home.say("accounts", "2026-07-03", &[placement("A1")]).unwrap();
    assert_eq!((placed.revived, codes(&placed)), (0, vec!["waits_on"]));
    let row = home.acting().waiting("test").unwrap().next().unwrap().unwrap();
    assert!(row.why.as_deref().is_some_and(|why| why.contains("date_before_placement")), "{row:?}");
    decide(&home, row.number, ExceptionDecision::Refuse).unwrap();
    assert_eq!((waiting(&home), figures(&home, "A1").0), (vec![], 0));
    whole(&home);
}

/// What is wrong in itself is refused at once. A document without a day keeps the day of its file while it waits.
#[test]
fn what_is_wrong_in_itself_does_not_wait_and_what_has_no_day_is_of_the_day_of_its_file() {
    let home = TestHome::with_terms("");
    let with = |member: &str, value: Value| {
        let mut wrong = payment("A1", "P1");
        wrong["payment"][member] = value;
        wrong
    };
    let parts = json!([{"bucket": "principal", "minor": 1}]);
    let items = [
        with("minor", json!(-5)),
        with("split", parts),
        with("received_on", json!("2062-07-02")),
        payment("A1", "P2"),
    ];
    let report = home.say("agency", "2026-07-02", &items).unwrap();
    assert_eq!(codes(&report), ["negative_amount", "split_mismatch", "future_date", "waits_for_account"]);
    assert_eq!((report.rejected, report.waiting), (3, 1));
    let recall = |account: &str| json!({"recall": {"account": account, "stage": "final"}});
    home.say("bank", "2026-07-05", &[recall("A1"), recall("A2")]).unwrap();
    let mut later = placement("A2");
    later["placement"]["placed_on"] = json!("2026-07-10");
    let placed = home.say("accounts", "2026-07-20", &[placement("A1"), later]).unwrap();
    // The account that was placed later is not the one that was recalled.
    assert_eq!((placed.revived, codes(&placed)), (2, vec!["waits_on"]));
    let account = |account: &str| home.acting().account("test", account).unwrap().account;
    assert_eq!((account("A1").ended_on.as_deref(), account("A2").ended_on), (Some("2026-07-05"), None));
    whole(&home);
}

#[test]
fn a_payment_whose_account_has_ended_becomes_an_exception_under_its_number() {
    let home = TestHome::with_terms("");
    let mut late = payment("A1", "P1");
    late["payment"]["received_on"] = json!("2026-07-20");
    home.say("accounts", "2026-07-01", &[placement("A2")]).unwrap();
    home.say("agency", "2026-07-20", &[payment("A2", "P0"), late]).unwrap();
    let recall = json!({"recall": {"account": "A1", "stage": "final", "on": "2026-07-10"}});
    home.say("bank", "2026-07-20", &[recall]).unwrap();
    // The recall came later than the payment. It is a document of the account as well, and waits behind it.
    assert_eq!(waiting(&home).len(), 2);
    home.say("accounts", "2026-07-21", &[placement("A1")]).unwrap();
    assert_eq!((waiting(&home), figures(&home, "A1").0), (vec![], 1_000));
    // The other way round the account has ended before its payment.
    let home = TestHome::with_terms("");
    let recall = json!({"recall": {"account": "A1", "stage": "final", "on": "2026-07-10"}});
    home.say("bank", "2026-07-10", &[recall]).unwrap();
    let mut late = payment("A1", "P1");
    late["payment"]["received_on"] = json!("2026-07-20");
    home.say("agency", "2026-07-20", &[late]).unwrap();
    home.say("accounts", "2026-07-21", &[placement("A1")]).unwrap();
    assert!(waiting(&home).is_empty());
    let exceptions: Vec<_> = home.acting().exceptions("test", false).unwrap().map(Result::unwrap).collect();
    assert_eq!((exceptions.len(), exceptions[0].number, &*exceptions[0].code), (1, 2, "payment_after_term"));
    decide(&home, 2, ExceptionDecision::Credit).unwrap();
    assert_eq!(figures(&home, "A1").0, 1_000);
    whole(&home);
}

#[test]
fn a_person_decides_what_waits() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let items = [payment("Al", "P1"), payment("A9", "P2"), reversal("R1", "P-1"), note("A9")];
    let send = || home.say("agency", "2026-07-02", &items).unwrap();
    assert_eq!(send().waiting, 4);
    let account = |account: &str| ExceptionDecision::Assign { account: account.try_into().unwrap() };
    let to = |payment: &str| ExceptionDecision::Match { payment: payment.try_into().unwrap() };
    // What does not fit is refused, and nothing changes.
    for (number, decision, code) in [
        (1, to("P2"), "wrong_decision"),
        (1, ExceptionDecision::Credit, "wrong_decision"),
        (3, account("A1"), "wrong_decision"),
        (1, account("A2"), "waits_for_account"),
        (3, to("P9"), "unknown_payment"),
    ] {
        let error = decide(&home, number, decision).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(waiting(&home).len(), 4);
    }
    decide(&home, 1, account("A1")).unwrap();
    assert_eq!(figures(&home, "A1").0, 1_000);
    decide(&home, 3, to("P1")).unwrap();
    assert_eq!(figures(&home, "A1").0, 600);
    decide(&home, 2, ExceptionDecision::Refuse).unwrap();
    assert!(matches!(decide(&home, 2, ExceptionDecision::Refuse), Err(Error::NoException { .. })));
    let again = send();
    assert_eq!((again.accepted, again.rejected, again.waiting), (2, 1, 1));
    assert_eq!(codes(&again), ["refused_by_decision", "waits_for_account"]);
    // What was decided is listed for ever.
    let listed = home.acting().exceptions("test", true).unwrap().map(Result::unwrap);
    let listed: Vec<_> = listed.map(|it| (it.number, it.decision.unwrap())).collect();
    let decided = [(1, "assign"), (2, "refuse"), (3, "match")];
    assert_eq!(listed, decided.map(|(number, decision)| (number, decision.to_owned())));
    assert_eq!(home.acting().exceptions("test", false).unwrap().count(), 0);
    // What a person refused may come again in another file, and the account may come after all.
    assert_eq!(home.say("agency", "2026-07-03", &[payment("A9", "P2")]).unwrap().waiting, 1);
    home.say("accounts", "2026-07-04", &[placement("A9")]).unwrap();
    assert_eq!((figures(&home, "A9").0, waiting(&home)), (1_000, vec![]));
    whole(&home);
}

#[test]
fn a_decision_lets_what_waits_for_it_go_on() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    home.say("agency", "2026-07-02", &[payment("A9", "P1"), reversal("R1", "P1")]).unwrap();
    let account = "A1".try_into().unwrap();
    decide(&home, 1, ExceptionDecision::Assign { account }).unwrap();
    assert_eq!((figures(&home, "A1").0, waiting(&home)), (600, vec![]));
}

#[test]
fn the_same_document_waits_once() {
    let home = TestHome::with_terms("");
    home.say("agency", "2026-07-02", &[payment("A1", "P1"), payment("A1", "P1")]).unwrap();
    let second = home.say("agency", "2026-07-03", &[payment("A1", "P1"), payment("A1", "P2")]).unwrap();
    assert_eq!((codes(&second), second.waiting), (vec!["waits_already", "waits_for_account"], 2));
    assert_eq!((second.problems[0].number, second.accepted), (Some(1), 0));
    let other = home.say("agency", "2026-07-04", &[payment("A2", "P1")]).unwrap();
    assert_eq!((codes(&other), other.rejected), (vec!["payment_conflict"], 1));
    assert_eq!(waiting(&home).len(), 2);
    home.say("accounts", "2026-07-05", &[placement("A1")]).unwrap();
    assert_eq!(figures(&home, "A1").0, 2_000);
    whole(&home);
}

#[test]
fn a_matter_and_what_is_said_of_it_may_come_in_any_order() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let decision =
        json!({"decision": {"account": "A1", "matter": "D1", "outcome": "refused", "on": "2026-07-05"}});
    let told = home.say("bank", "2026-07-05", &[decision]).unwrap();
    assert_eq!(codes(&told), ["waits_for_matter"]);
    assert_eq!(waiting(&home)[0].2, ["matter:A1:D1"]);
    let dispute = json!({"dispute": {"account": "A1", "identifier": "D1", "received_on": "2026-07-04", "state": "open"}});
    assert_eq!(home.say("agency", "2026-07-06", &[dispute]).unwrap().revived, 1);
    assert_eq!(home.acting().account("test", "A1").unwrap().matters[0].stage.name(), "decided");
}

/// So many documents may wait, and no more: the rest is refused.
#[test]
fn documents_that_wait_are_bounded() {
    let home = TestHome::with_terms("");
    home.say("agency", "2026-07-02", &[payment("A1", "P0")]).unwrap();
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    book.execute_batch(
        "WITH RECURSIVE n(value) AS (SELECT 2 UNION ALL SELECT value + 1 FROM n WHERE value < 100000)
             INSERT INTO exception (id, engagement, file, side, code, kind, account, document)
             SELECT value, 1, 1, 'agency', 'waits_for_account', 'note', 'A2', x'7b7d' FROM n;
             INSERT INTO awaits (engagement, key, exception) SELECT 1, 'account:A2', id FROM exception WHERE id > 1;",
    )
    .unwrap();
    drop(book);
    let told = home.say("agency", "2026-07-03", &[payment("A1", "P1")]).unwrap();
    assert_eq!((codes(&told), told.rejected, told.waiting), (vec!["too_many_waiting"], 1, 0));
    // One side takes no place from the other.
    let recall = json!({"recall": {"account": "A1", "stage": "final", "on": "2026-07-03"}});
    let told = home.say("bank", "2026-07-03", &[recall]).unwrap();
    assert_eq!((codes(&told), told.waiting), (vec!["waits_for_account"], 1));
}

#[test]
fn a_restart_and_an_act_that_fails_between_lose_nothing() {
    let mut home = TestHome::with_terms("");
    home.say("agency", "2026-07-02", &[payment("A1", "P1"), reversal("R1", "P1")]).unwrap();
    home.restart();
    // The act that would book them is stopped: nothing of it counts.
    let stop = bailiwick_host::engine::CancelToken::default();
    let mut after_reading = |_: bailiwick_host::Progress| stop.cancel();
    let lines: String = format!("{}\n", placement("A1"));
    let source = || bailiwick_host::Source::Bytes {
        name: "accounts_1.jsonl".to_owned(),
        bytes: lines.clone().into_bytes().into(),
    };
    let options = ActOptions::new().at("2026-07-03T12:00:00Z".parse().unwrap());
    let options = options.cancel(stop.clone()).progress(&mut after_reading);
    assert!(matches!(home.acting().exchange("test", source(), options), Err(Error::Cancelled)));
    assert_eq!(waiting(&home).len(), 2);
    home.restart();
    let options = ActOptions::new().at("2026-07-03T12:00:00Z".parse().unwrap());
    assert_eq!(home.acting().exchange("test", source(), options).unwrap().revived, 2);
    home.restart();
    assert_eq!((figures(&home, "A1"), waiting(&home)), ((600, 99_400), vec![]));
    whole(&home);
}

/// Accounts without a day of their own get it at the end of their file. What waits is booked after that.
#[test]
fn what_waits_for_an_account_without_a_day_is_booked_when_it_has_one() {
    let home = TestHome::with_terms("term_days = 10");
    home.say("agency", "2026-07-05", &[payment("A1", "P1"), payment("A2", "P2")]).unwrap();
    let undated = json!({"placement": {"account": "A1", "currency": "USD",
        "balance": [{"bucket": "principal", "minor": 100_000}]}});
    let items = [json!({"header": {"created_on": "2026-07-01"}}), undated];
    let placed = home.say("accounts", "2026-07-05", &items).unwrap();
    assert_eq!((placed.revived, figures(&home, "A1").0), (1, 1_000), "{:?}", placed.problems);
    assert_eq!(waiting(&home).len(), 1);
    whole(&home);
}

#[test]
fn a_return_is_matched_by_its_references_and_an_ambiguous_one_by_a_person() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1"), placement("A2")]).unwrap();
    let direct = |account: &str, identifier: &str, transaction: &str, end_to_end: &str| {
        json!({"direct_payment": {"account": account, "identifier": identifier, "currency": "USD", "minor": 5_000,
            "booked_on": "2026-07-10", "references": [
                {"kind": "bank_transaction", "value": transaction}, {"kind": "end_to_end", "value": end_to_end}]}})
    };
    let back = |identifier: &str, account: Option<&str>, transaction: &str, end_to_end: &str| {
        json!({"reversal": {"account": account, "identifier": identifier, "currency": "USD", "minor": 5_000,
            "reversed_on": "2026-07-12", "references": [
                {"kind": "bank_transaction", "value": transaction}, {"kind": "end_to_end", "value": end_to_end}]}})
    };
    // Two payments with one reference of the payer are two payments.
    let payments =
        [direct("A1", "N1", "T1", "E1"), direct("A1", "N2", "T2", "E1"), direct("A2", "N3", "T3", "E3")];
    assert_eq!(home.say("bank", "2026-07-10", &payments).unwrap().accepted, 3);
    let report = home.say("bank", "2026-07-12", &[back("R1", Some("A1"), "T1", "E1")]).unwrap();
    assert_eq!(
        (report.outcome, figures(&home, "A1").0),
        (FileOutcome::Accepted, 5_000),
        "{:?}",
        report.problems
    );
    // It says which payment it undoes, and by what that was found.
    let forwarded = home.written(&report.answers, "agency");
    assert!(forwarded.iter().any(|it| it["reversal"]["reverses"] == "N1"), "{forwarded:?}");
    let transfers = home.acting().account("test", "A1").unwrap().transfers;
    let by: Vec<_> = transfers.iter().filter_map(|it| it.matched_by.as_deref()).collect();
    assert_eq!(by, ["bank_transaction"]);
    // Real banks give a return a reference of its own.
    home.say("bank", "2026-07-12", &[back("R2", None, "T9", "E3")]).unwrap();
    assert_eq!(figures(&home, "A2").0, 0);
    // After another payment of the same reference, two fit.
    home.say("bank", "2026-07-13", &[direct("A1", "N4", "T4", "E1")]).unwrap();
    let report = home.say("bank", "2026-07-14", &[back("R3", None, "T8", "E1")]).unwrap();
    assert_eq!((codes(&report), report.accepted), (vec!["ambiguous_reversal"], 1));
    let row = home.acting().exceptions("test", false).unwrap().next().unwrap().unwrap();
    assert_eq!(
        (row.candidates.as_slice(), row.account),
        (["N2".to_owned(), "N4".to_owned()].as_slice(), None)
    );
    // A payment that the book does not have decides nothing.
    let payment = "N9".try_into().unwrap();
    let error = decide(&home, row.number, ExceptionDecision::Match { payment }).unwrap_err();
    assert_eq!(error.code(), "unknown_payment", "{error}");
    let after = home.acting().exceptions("test", false).unwrap().next().unwrap().unwrap();
    assert_eq!(
        (&*after.code, after.candidates.as_slice()),
        ("ambiguous_reversal", row.candidates.as_slice())
    );
    let payment = "N4".try_into().unwrap();
    decide(&home, row.number, ExceptionDecision::Match { payment }).unwrap();
    assert_eq!(figures(&home, "A1").0, 5_000);
    // The same return again counts once; a further one has one payment left.
    let again = with_identity("F9", &[back("R3", None, "T8", "E1")]);
    let again = home.say("bank", "2026-07-15", &again).unwrap();
    assert_eq!(again.outcome, FileOutcome::Accepted, "{:?}", again.problems);
    home.say("bank", "2026-07-16", &[back("R4", None, "T7", "E1")]).unwrap();
    assert_eq!(figures(&home, "A1").0, 0);
    whole(&home);
}

/// A payment, a sibling with the same reference of the creditor, and the return of the payment lead to the same book in
/// every order; so does the return once more under another identifier.
#[test]
fn a_return_undoes_its_own_payment_in_whatever_order_they_come() {
    let paid = |identifier: &str, own: (&str, &str)| {
        json!({"direct_payment": {"account": "A1", "identifier": identifier, "currency": "USD", "minor": 5_000,
            "booked_on": "2026-07-10", "reference": "C1",
            "references": [{"kind": own.0, "value": own.1}, {"kind": "creditor", "value": "C1"}]}})
    };
    let back = |identifier: &str, own: (&str, &str)| {
        json!({"reversal": {"identifier": identifier, "currency": "USD", "minor": 5_000, "reversed_on": "2026-07-12",
            "reference": "C1", "references": [{"kind": own.0, "value": own.1}, {"kind": "creditor", "value": "C1"}]}})
    };
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut home = TestHome::with_terms("");
        home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
        let own = ("end_to_end", "E2");
        let items = [paid("P1", ("end_to_end", "E1")), paid("P2", own), back("R1", own)];
        for at in order {
            home.say("bank", "2026-07-13", std::slice::from_ref(&items[at])).unwrap();
            home.restart();
        }
        let transfers = home.acting().account("test", "A1").unwrap().transfers;
        let by: Vec<_> = transfers.iter().filter_map(|it| it.matched_by.as_deref()).collect();
        assert_eq!(by, ["end_to_end"], "{order:?}");
        assert!(waiting(&home).is_empty(), "{order:?}");
        // The bank says it again: nothing of that payment is left, and the sibling stays.
        let again = home.say("bank", "2026-07-14", &[back("R2", own)]).unwrap();
        assert_eq!((codes(&again), figures(&home, "A1").0), (vec!["waits_for_payment"], 5_000), "{order:?}");
        whole(&home);
    }
}

/// A payment that is no payment of the book yet is waited for, before another one of a shared reference is undone.
#[test]
fn a_return_of_a_payment_that_is_not_booked_waits_for_it() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let recall = json!({"recall": {"account": "A1", "stage": "final", "on": "2026-07-10"}});
    home.say("bank", "2026-07-10", &[recall]).unwrap();
    let paid = |account: &str, identifier: &str, on: &str, own: &str| {
        json!({"direct_payment": {"account": account, "identifier": identifier, "currency": "USD", "minor": 5_000,
            "booked_on": on, "references": [
                {"kind": "bank_transaction", "value": own}, {"kind": "creditor", "value": "C1"}]}})
    };
    let back = |identifier: &str, own: &str| {
        json!({"reversal": {"identifier": identifier, "currency": "USD", "minor": 5_000, "reversed_on": "2026-07-20",
            "references": [{"kind": "bank_transaction", "value": own}, {"kind": "creditor", "value": "C1"}]}})
    };
    let payments = [paid("A1", "P1", "2026-07-09", "T1"), paid("A1", "P2", "2026-07-20", "T2")];
    let told = home.say("bank", "2026-07-20", &payments).unwrap();
    assert_eq!(codes(&told), ["payment_after_term"]);
    // In the same file and in another one.
    let told = home.say("bank", "2026-07-21", &[back("R1", "T2")]).unwrap();
    assert_eq!((codes(&told), figures(&home, "A1").0), (vec!["waits_for_payment"], 5_000));
    let number = home.acting().exceptions("test", false).unwrap().next().unwrap().unwrap().number;
    decide(&home, number, ExceptionDecision::Credit).unwrap();
    assert_eq!((figures(&home, "A1").0, waiting(&home)), (5_000, vec![]));
    // Of a payment that waits for its account, and its return in the same file.
    let mut waits = payment("A3", "P3");
    waits["payment"]["references"] = json!([{"kind": "bank_transaction", "value": "T3"}]);
    home.say("agency", "2026-07-21", &[waits]).unwrap();
    let mut early = back("R3", "T3");
    early["reversal"]["minor"] = json!(1_000);
    let told = home.say("agency", "2026-07-22", &[early]).unwrap();
    assert_eq!((codes(&told), figures(&home, "A1").0), (vec!["waits_for_payment"], 5_000));
    home.say("accounts", "2026-07-23", &[placement("A3")]).unwrap();
    assert_eq!((figures(&home, "A3").0, figures(&home, "A1").0, waiting(&home)), (0, 5_000, vec![]));
    whole(&home);
}

#[test]
fn a_return_may_come_before_its_payment_and_waits_for_its_references() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let references = json!([{"kind": "end_to_end", "value": "E1"}]);
    let back = json!({"reversal": {"identifier": "R1", "currency": "USD", "minor": 5_000, "reversed_on": "2026-07-12",
        "references": references}});
    let report = home.say("bank", "2026-07-12", &[back]).unwrap();
    assert_eq!(
        (codes(&report), waiting(&home)[0].2.clone()),
        (vec!["waits_for_payment"], vec!["reference:end_to_end:E1".to_owned()])
    );
    let direct = json!({"direct_payment": {"account": "A1", "identifier": "N1", "currency": "USD", "minor": 5_000,
        "booked_on": "2026-07-10", "references": references}});
    assert_eq!(home.say("bank", "2026-07-13", &[direct]).unwrap().revived, 1);
    assert_eq!((figures(&home, "A1").0, waiting(&home)), (0, vec![]));
    whole(&home);
}

/// A name that is a reference is replaced by the identifier of its payment. The same document is known all the same.
#[test]
fn a_return_that_names_a_reference_counts_once() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let mut paid = payment("A1", "P1");
    paid["payment"]["references"] = json!([{"kind": "end_to_end", "value": "E1"}]);
    home.say("agency", "2026-07-02", &[paid]).unwrap();
    home.say("agency", "2026-07-03", &[reversal("R1", "E1")]).unwrap();
    // A person says which payment another name means.
    home.say("agency", "2026-07-04", &[reversal("R2", "P-1")]).unwrap();
    decide(&home, 1, ExceptionDecision::Match { payment: "P1".try_into().unwrap() }).unwrap();
    assert_eq!(figures(&home, "A1").0, 200);
    let again = [reversal("R1", "E1"), reversal("R2", "P-1"), reversal("R1", "P1")];
    let again = home.say("agency", "2026-07-21", &again).unwrap();
    assert_eq!((codes(&again), again.accepted), (vec!["duplicate_payment"; 3], 3), "{:?}", again.problems);
    assert_eq!(figures(&home, "A1").0, 200);
    let other = home.say("agency", "2026-07-22", &[reversal("R1", "P9")]).unwrap();
    assert_eq!(codes(&other), ["payment_conflict"]);
    whole(&home);
}

/// A document that waited means what it would have meant in its turn: its day, the terms of that day, what falls due.
#[test]
fn what_waited_is_booked_by_its_own_day() {
    let terms = |percent: u32| {
        format!(
            "term_days = 30\ngrace_days = 5\n[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\n\
             schedules = [{{ name = \"flat\", by = \"age\", steps = [{{ from = 0, percent = \"{percent}\" }}] }}]"
        )
    };
    let paid = |identifier: &str, on: &str| {
        let mut payment = payment("A1", identifier);
        payment["payment"]["received_on"] = json!(on);
        payment
    };
    let payments = [paid("P1", "2026-07-10"), paid("P2", "2026-07-31"), paid("P3", "2026-08-20")];
    let outcome = |first_the_account: bool| {
        let home = TestHome::with_terms(&terms(20));
        let place = || home.say("accounts", "2026-09-01", &[placement("A1")]).unwrap();
        let pay = || home.say("agency", "2026-09-01", &payments).unwrap();
        if first_the_account {
            home.say("accounts", "2026-07-01", &[placement("A0")]).unwrap();
            home.amend("2026-08-01", &terms(50));
            place();
            pay();
        } else {
            home.say("agency", "2026-07-10", &payments[..1]).unwrap();
            home.amend("2026-08-01", &terms(50));
            pay();
            assert_eq!(place().revived, 3);
        }
        whole(&home);
        let exceptions = home.acting().exceptions("test", false).unwrap();
        let exceptions: Vec<_> = exceptions.map(|row| row.unwrap().identifier).collect();
        let account = home.acting().account("test", "A1").unwrap().account;
        (account.state, account.net_paid, account.commission, exceptions)
    };
    let waited = outcome(false);
    assert_eq!((waited.1, waited.2, &waited.3), (2_000, 400, &vec![Some("P3".to_owned())]));
    assert_eq!(waited, outcome(true));
}

/// A day to come is wrong in itself: such a document does not wait for its account.
#[test]
fn a_day_to_come_never_waits() {
    let home = TestHome::with_terms("");
    let mut ahead = payment("A1", "P1");
    ahead["payment"]["received_on"] = json!("2026-07-20");
    let told = home.say("agency", "2026-07-02", std::slice::from_ref(&ahead)).unwrap();
    assert_eq!((codes(&told), told.waiting, waiting(&home)), (vec!["future_date"], 0, vec![]));
    home.say("accounts", "2026-07-19", &[placement("A1")]).unwrap();
    assert_eq!(figures(&home, "A1").0, 0);
    // When its day has come, it may come again.
    assert_eq!(home.say("agency", "2026-07-20", &[ahead]).unwrap().accepted, 1);
    assert_eq!(figures(&home, "A1").0, 1_000);
}

/// A bank's notification of one credit, with the account in the creditor's reference.
fn notification(amount: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.04\"><BkToCstmrDbtCdtNtfctn>\n\
         <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-07-10T10:00:00</CreDtTm></GrpHdr>\n\
         <Ntfctn><Id>M1-N</Id><CreDtTm>2026-07-10T10:00:00</CreDtTm>\
         <Acct><Id><IBAN>CH0000000000000000000</IBAN></Id></Acct>\n\
         <Ntry><Amt Ccy=\"CHF\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>\
         <BookgDt><Dt>2026-07-10</Dt></BookgDt><ValDt><Dt>2026-07-10</Dt></ValDt><AcctSvcrRef>N1</AcctSvcrRef>\
         <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>AUTT</SubFmlyCd></Fmly></Domn></BkTxCd>\n\
         <NtryDtls><TxDtls><Refs><AcctSvcrRef>T1</AcctSvcrRef><EndToEndId>E1</EndToEndId></Refs>\
         <Amt Ccy=\"CHF\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
         <RmtInf><Strd><CdtrRefInf><Ref>200000001</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls></Ntry>\n\
         </Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"
    )
}

#[test]
fn a_notification_of_the_bank_is_booked_by_itself_when_its_account_is_placed() {
    let home = TestHome::with_samples();
    let send = |name: &str, bytes: &[u8]| {
        let source = bailiwick_host::Source::Bytes { name: name.to_owned(), bytes: bytes.into() };
        let at = "2026-07-11T12:00:00Z".parse().unwrap();
        home.acting().exchange("ch-card", source, ActOptions::new().at(at)).unwrap()
    };
    // The bank has the money: it is in suspense.
    let first = send("q.xml", notification("51.00").as_bytes());
    assert_eq!((codes(&first), first.accepted), (vec!["unidentified_money"], 1), "{first:?}");
    let placed = send("CPLC_1.txt", include_bytes!("../data/placement.txt"));
    assert_eq!(placed.revived, 1, "{:?}", placed.problems);
    assert_eq!(home.acting().account("ch-card", "200000001").unwrap().account.paid, 5_100);
    let again = send("q.xml", notification("51.00").as_bytes());
    assert_eq!((again.outcome, again.accepted, again.waiting), (FileOutcome::Duplicate, 1, 0));
    // It is booked: the identity of the message is taken.
    assert_eq!(codes(&send("r.xml", notification("52.00").as_bytes())).last(), Some(&"file_conflict"));
}

/// Each document is tried once for all that has come, not once for each payment that it may be about.
#[test]
fn what_waits_for_the_same_is_tried_once_for_all_that_came() {
    const COUNT: usize = 100;
    let home = TestHome::with_terms("");
    let mandate = json!([{"kind": "mandate", "value": "M1"}]);
    let back = |at: usize| {
        let mut it = reversal(&format!("R{at}"), &format!("P{at}"));
        it["reversal"]["references"] = mandate.clone();
        // More than was paid: it is refused when its payment is there.
        it["reversal"]["minor"] = json!(2_000);
        it
    };
    let paid = |at: usize| {
        let mut it = payment("A1", &format!("P{at}"));
        it["payment"]["references"] = mandate.clone();
        it
    };
    let items: Vec<Value> = (0..COUNT).map(back).chain((0..COUNT).map(paid)).collect();
    assert_eq!(home.say("agency", "2026-07-03", &items).unwrap().waiting, 2 * COUNT as u64);
    let placed = home.say("accounts", "2026-07-04", &[placement("A1")]).unwrap();
    assert_eq!((placed.revived, figures(&home, "A1").0), (COUNT as u64, 1_000 * COUNT as i64));
    assert_eq!(codes(&placed), vec!["waits_on"; COUNT]);
    whole(&home);
}

#[test]
fn a_payment_that_is_assigned_to_an_account_that_has_ended_must_be_decided_still() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    let recall = json!({"recall": {"account": "A1", "stage": "final", "on": "2026-07-10"}});
    home.say("bank", "2026-07-10", &[recall]).unwrap();
    let mut late = payment("Al", "P1");
    late["payment"]["received_on"] = json!("2026-07-19");
    home.say("agency", "2026-07-19", &[late]).unwrap();
    let options = || ActOptions::new().at("2026-07-20T12:00:00Z".parse().unwrap());
    let account = "A1".try_into().unwrap();
    let decided = home.acting().decide("test", 1, ExceptionDecision::Assign { account }, options()).unwrap();
    assert_eq!(decided.still.as_deref(), Some("payment_after_term"));
    let decided = home.acting().decide("test", 1, ExceptionDecision::Credit, options()).unwrap();
    assert_eq!((decided.still, figures(&home, "A1").0), (None, 1_000));
    whole(&home);
}

/// The file of refusals of one side has nothing of the documents of the other.
#[test]
fn a_side_is_not_told_of_documents_of_the_other_that_had_waited() {
    let home = TestHome::with_terms("");
    let mut wrong = payment("A1", "P1");
    wrong["payment"]["waived"] = json!(999_000);
    home.say("agency", "2026-07-02", &[wrong]).unwrap();
    // The file of the bank has a record that is refused, so the bank gets a file of refusals.
    let twice = [placement("A1"), placement("A1")];
    let report = home.say("accounts", "2026-07-03", &twice).unwrap();
    assert_eq!(codes(&report), ["duplicate_account", "waits_on"], "{:?}", report.problems);
    let told = report.answers.iter().find(|it| it.contains("/bank/refused_")).unwrap();
    let told = fs::read_to_string(home.path().join(told)).unwrap();
    assert!(told.contains("duplicate_account") && !told.contains("waits_on"), "{told}");
}
