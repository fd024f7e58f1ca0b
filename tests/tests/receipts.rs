//! Money that comes in, through the real host: one rule for payments and for payments straight to the bank, the same
//! identifier with other content, what may be taken off a balance, and who may undo a payment.

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_host::book::AccountView;
use bailiwick_host::{ActOptions, Decided, ExceptionDecision, Report};
use serde_json::{Value, json};

/// Thirty days of term, five of grace, two in which late payments earn; 10 %.
const TERMS: &str = "term_days = 30\ngrace_days = 5\n[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\n\
    grace_days = 2\nschedules = [{ name = \"std\", by = \"term\", steps = [{ from = 0, percent = \"10\" }] }]\n";

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-01-01",
        "balance": [{"bucket": "principal", "minor": 10_000}, {"bucket": "interest", "minor": 500}]}})
}

fn money(account: &str, identifier: &str, minor: i64) -> Value {
    json!({"account": account, "identifier": identifier, "currency": "USD", "minor": minor})
}

/// A document of a kind, with members.
fn of(kind: &str, mut members: Value, more: Value) -> Value {
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({kind: members})
}

fn pay(account: &str, identifier: &str, paid_to: &str, minor: i64, on: &str) -> Value {
    of("payment", money(account, identifier, minor), json!({"paid_to": paid_to, "received_on": on}))
}

fn direct(account: &str, identifier: &str, minor: i64, on: &str) -> Value {
    of("direct_payment", money(account, identifier, minor), json!({"booked_on": on}))
}

fn undo(identifier: &str, of: &str, minor: i64, on: &str) -> Value {
    json!({"reversal": {"identifier": identifier, "currency": "USD", "minor": minor, "reversed_on": on, "reverses": of}})
}

fn adjust(account: &str, identifier: &str, direction: &str, minor: i64, on: &str) -> Value {
    of("adjustment", money(account, identifier, minor), json!({"direction": direction, "on": on}))
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

/// A home with accounts placed on 1 January.
fn home_with(config: &str, terms: &str, accounts: &[&str]) -> TestHome {
    let home = TestHome::with_samples();
    home.engage("test", "Bank", "AG001", config, terms);
    let placed: Vec<Value> = accounts.iter().map(|account| placement(account)).collect();
    home.say("accounts", "2026-01-01", &placed).unwrap();
    home
}

fn view(home: &TestHome, account: &str) -> AccountView {
    let check = home.acting().check_ledger().unwrap();
    assert!(check.is_whole(), "{:?}", check.differences);
    home.acting().account("test", account).unwrap()
}

fn commission(home: &TestHome, account: &str) -> i64 {
    view(home, account).account.commission
}

fn decide(home: &TestHome, number: i64, decision: ExceptionDecision, day: &str) -> Decided {
    let at = format!("{day}T15:00:00Z").parse().unwrap();
    home.acting().decide("test", number, decision, ActOptions::new().at(at)).unwrap()
}

/// The numbers and identifiers of exceptions that wait.
fn waiting(home: &TestHome) -> Vec<(i64, String)> {
    let rows = home.acting().exceptions("test", false).unwrap();
    rows.map(|row| row.unwrap()).map(|row| (row.number, row.identifier.unwrap())).collect()
}

#[test]
fn the_banks_plugin_is_asked_for_every_payment_that_earns() {
    let home = home_with("{ commission_ppm = 250_000 }", TERMS, &["A1", "A2", "A3"]);
    home.say("agency", "2026-01-05", &[pay("A1", "p1", "agency", 1_000, "2026-01-05")]).unwrap();
    home.say("bank", "2026-01-05", &[direct("A3", "d1", 1_000, "2026-01-05")]).unwrap();
    home.tick("test", "2026-02-01").unwrap();
    home.say("agency", "2026-02-20", &[pay("A2", "p2", "agency", 1_000, "2026-02-20")]).unwrap();
    let [(number, _)] = waiting(&home)[..] else { panic!("one payment waits") };
    decide(&home, number, ExceptionDecision::Credit, "2026-02-21");
    assert_eq!(["A1", "A2", "A3"].map(|account| commission(&home, account)), [250, 250, 250]);
    let asked = home.audit().into_iter().filter(|entry| entry["function"] == "remittance.commission");
    assert_eq!(asked.count(), 3);
}

#[test]
fn a_full_reversal_takes_back_a_plugins_commission_whatever_earns() {
    for earns in ["interest", "principal"] {
        let terms = TERMS.replace(
            "[terms.commission]",
            &format!("allocation = [\"principal\", \"interest\"]\n[terms.commission]\nearns = [\"{earns}\"]"),
        );
        let home = home_with("{ commission_ppm = 250_000 }", &terms, &["A1"]);
        home.say("agency", "2026-01-05", &[pay("A1", "p1", "agency", 1_000, "2026-01-05")]).unwrap();
        assert_eq!(commission(&home, "A1"), 250, "{earns}");
        home.say("agency", "2026-01-06", &[undo("r1", "p1", 400, "2026-01-06")]).unwrap();
        assert_eq!(commission(&home, "A1"), 150, "{earns}");
        home.say("agency", "2026-01-07", &[undo("r2", "p1", 600, "2026-01-07")]).unwrap();
        assert_eq!(commission(&home, "A1"), 0, "{earns}");
    }
}

#[test]
fn the_same_identifier_with_other_content_is_a_conflict_that_names_what_differs() {
    let home = home_with("{}", TERMS, &["A1", "A2"]);
    let first = || pay("A1", "p1", "agency", 1_000, "2026-01-05");
    let other = |more: Value| of("payment", first()["payment"].clone(), more);
    home.say("agency", "2026-01-20", &[first()]).unwrap();
    home.say("bank", "2026-01-20", &[adjust("A1", "j1", "increase", 50, "2026-01-05")]).unwrap();
    let before = home.acting().account("test", "A1").unwrap();
    for (message, document, differs) in [
        ("agency", other(json!({"paid_to": "bank"})), "paid_to was agency and is bank"),
        ("agency", other(json!({"received_on": "2026-01-19"})), "the day was 2026-01-05 and is 2026-01-19"),
        ("agency", other(json!({"waived": 300})), "waived was 0 and is 300"),
        ("agency", other(json!({"split": [{"bucket": "principal", "minor": 1_000}]})), "split"),
        ("agency", other(json!({"minor": 1_001})), "minor was 1000 and is 1001"),
        ("agency", other(json!({"account": "A2"})), "account"),
        ("bank", adjust("A1", "j1", "decrease", 50, "2026-01-05"), "direction was increase and is decrease"),
    ] {
        let report = home.say(message, "2026-01-21", &[document]).unwrap();
        assert_eq!((codes(&report), report.rejected), (vec!["payment_conflict"], 1), "{differs}");
        let said = &report.problems[0].message;
        assert!(said.contains(&format!("differs in: {differs};")), "{said}");
    }
    let foreign = home.say("agency", "2026-01-21", &[other(json!({"currency": "EUR"}))]).unwrap();
    assert_eq!(codes(&foreign), ["wrong_currency"]);
    assert_eq!(home.acting().account("test", "A1").unwrap(), before);
    // Exit codes of the command: the same again is no mistake.
    for (name, document, code) in [
        ("agency_again.jsonl", other(json!({"comment": "again"})), 0),
        ("agency_other.jsonl", other(json!({"waived": 1})), 1),
    ] {
        let path = home.outside().join(name);
        std::fs::write(&path, format!("{document}\n")).unwrap();
        let path = path.to_string_lossy();
        let ran =
            bailiwick(&home.path(), &["exchange", "test", &path, "--at", "2026-01-22T12:00:00Z", "--json"]);
        assert_eq!(ran.code, Some(code), "{name}: {} {}", ran.out, ran.err);
    }
}

/// Also after the first payment was an exception, and after it was decided.
#[test]
fn the_same_identifier_is_compared_before_and_after_a_decision() {
    let home = home_with("{}", TERMS, &["A1"]);
    home.tick("test", "2026-02-20").unwrap();
    let late = || pay("A1", "p1", "agency", 1_000, "2026-02-19");
    let other = || pay("A1", "p1", "bank", 1_000, "2026-02-19");
    home.say("agency", "2026-02-20", &[late()]).unwrap();
    let said = |day: &str, document: Value| codes(&home.say("agency", day, &[document]).unwrap()).join(" ");
    let again = |comment: &str| of("payment", late()["payment"].clone(), json!({ "comment": comment }));
    assert_eq!(said("2026-02-21", again("again")), "duplicate_payment");
    assert_eq!(said("2026-02-22", other()), "payment_conflict");
    decide(&home, waiting(&home)[0].0, ExceptionDecision::Credit, "2026-02-23");
    assert_eq!(said("2026-02-24", again("once more")), "duplicate_payment");
    assert_eq!(said("2026-02-25", other()), "payment_conflict");
}

#[test]
fn a_late_payment_is_checked_before_it_becomes_an_exception() {
    let home = home_with("{}", TERMS, &["A1"]);
    home.tick("test", "2026-02-20").unwrap();
    let late = |identifier: &str, minor: i64, more: Value| {
        of("payment", pay("A1", identifier, "agency", minor, "2026-02-19")["payment"].clone(), more)
    };
    let documents = [
        late("p1", -1_000, json!({})),
        late("p2", 0, json!({})),
        late("p3", 1_000, json!({"split": [{"bucket": "interest", "minor": 5}]})),
        late("p4", 1_000, json!({"waived": 900_000})),
    ];
    let report = home.say("agency", "2026-02-20", &documents).unwrap();
    assert_eq!(codes(&report), ["negative_amount", "negative_amount", "split_mismatch", "waiver_too_large"]);
    assert_eq!((report.accepted, waiting(&home).len()), (0, 0));
}

/// Money that waits was judged when it came. What changes until it is decided does not keep it from being booked.
#[test]
fn money_that_waits_can_be_credited_whatever_changed_since_it_came() {
    let terms = format!("settlement = {{ least_percent = \"50\" }}\n{TERMS}");
    let home = home_with("{}", &terms, &["A1", "A2"]);
    home.say("agency", "2026-01-05", &[pay("A2", "p0", "agency", 3_000, "2026-01-05")]).unwrap();
    home.tick("test", "2026-02-20").unwrap();
    let late = |account: &str, identifier: &str, minor: i64, more: Value| {
        of("payment", pay(account, identifier, "agency", minor, "2026-02-19")["payment"].clone(), more)
    };
    let documents = [
        late("A1", "p1", 10_000, json!({"waived": 500})),
        late("A2", "p2", 3_000, json!({"settlement": true})),
    ];
    let report = home.say("agency", "2026-02-20", &documents).unwrap();
    assert_eq!(codes(&report), ["payment_after_term", "payment_after_term"]);
    // Less is owed on one account, and less was paid on the other.
    home.say("bank", "2026-02-21", &[adjust("A1", "j1", "decrease", 200, "2026-02-21")]).unwrap();
    let undone = home.say("agency", "2026-02-21", &[undo("r0", "p0", 3_000, "2026-02-21")]).unwrap();
    assert_eq!(undone.accepted, 1, "{:?}", undone.problems);
    let warned: Vec<Vec<String>> = waiting(&home)
        .into_iter()
        .map(|(number, _)| decide(&home, number, ExceptionDecision::Credit, "2026-02-22").problems)
        .map(|problems| problems.into_iter().map(|it| it.code).collect())
        .collect();
    assert_eq!(warned, [vec!["waiver_too_large".to_owned()], vec![]]);
    assert_eq!(["A1", "A2"].map(|account| view(&home, account).account.balance), [0, 7_500]);
    assert!(waiting(&home).is_empty());
}

#[test]
fn a_payment_after_grace_waits_whoever_received_and_reported_it() {
    let home = home_with("{}", TERMS, &["A1", "A2", "A3"]);
    home.tick("test", "2026-02-20").unwrap();
    let late = [
        direct("A1", "d1", 1_000, "2026-02-19"),
        pay("A2", "d2", "bank", 1_000, "2026-02-19"),
        direct("A3", "d3", 1_000, "2026-02-19"),
        direct("A3", "d4", 0, "2026-02-19"),
    ];
    let report = home.say("bank", "2026-02-20", &late).unwrap();
    assert_eq!(
        codes(&report),
        ["payment_after_term", "payment_after_term", "payment_after_term", "negative_amount"]
    );
    let waits = waiting(&home);
    assert_eq!(waits.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["d1", "d2", "d3"]);
    assert_eq!(["A1", "A2", "A3"].map(|account| view(&home, account).account.paid), [0, 0, 0]);
    // The documents of the bank go on to the agency once they are booked.
    let credited = decide(&home, waits[0].0, ExceptionDecision::Credit, "2026-02-21");
    assert_eq!(home.written(&credited.answers, "agency")[0]["direct_payment"]["identifier"], "d1");
    assert!(home.written(&credited.answers, "bank").is_empty());
    let credited = decide(&home, waits[1].0, ExceptionDecision::CreditWithoutCommission, "2026-02-21");
    assert_eq!(home.written(&credited.answers, "agency")[0]["payment"]["identifier"], "d2");
    decide(&home, waits[2].0, ExceptionDecision::Refuse, "2026-02-21");
    let figures = |account| (view(&home, account).account.paid, view(&home, account).account.commission);
    assert_eq!(["A1", "A2", "A3"].map(figures), [(1_000, 100), (1_000, 0), (0, 0)]);
    // In the days of grace it is booked, as a payment is.
    let home = home_with("{}", TERMS, &["A1"]);
    home.tick("test", "2026-02-20").unwrap();
    home.say("bank", "2026-02-20", &[direct("A1", "d1", 1_000, "2026-02-05")]).unwrap();
    assert_eq!((view(&home, "A1").account.paid, waiting(&home).len()), (1_000, 0));
}

#[test]
fn an_adjustment_takes_off_no_more_than_is_owed_with_or_without_parts() {
    let home = home_with("{}", TERMS, &["A1", "A2"]);
    let parts = |account: &str, identifier: &str, bucket: &str, minor: i64| {
        let it = adjust(account, identifier, "decrease", minor, "2026-01-05");
        of("adjustment", it["adjustment"].clone(), json!({"split": [{"bucket": bucket, "minor": minor}]}))
    };
    let documents = [
        adjust("A1", "j1", "decrease", 20_000, "2026-01-05"),
        parts("A2", "j2", "interest", 20_000),
        parts("A2", "j3", "interest", 501),
        parts("A2", "j4", "interest", 500),
    ];
    let report = home.say("bank", "2026-01-20", &documents).unwrap();
    let problems: Vec<_> =
        report.problems.iter().map(|it| (it.code.as_str(), it.pointer.as_deref().unwrap())).collect();
    let (minor, split) = ("/adjustment/minor", "/adjustment/split");
    assert_eq!(problems, [minor, minor, split].map(|at| ("adjustment_too_large", at)));
    assert_eq!((view(&home, "A1").account.balance, view(&home, "A2").account.balance), (10_500, 10_000));
}

#[test]
fn only_the_bank_undoes_a_payment_that_it_received_and_reported() {
    let home = home_with("{}", TERMS, &["A1", "A2"]);
    let received =
        [pay("A1", "p1", "bank", 1_000, "2026-01-05"), pay("A1", "p2", "agency", 1_000, "2026-01-05")];
    home.say("bank", "2026-01-06", &received).unwrap();
    home.say("agency", "2026-01-06", &[pay("A1", "p3", "bank", 1_000, "2026-01-05")]).unwrap();
    let undone = ["p1", "p2", "p3"].map(|of| undo(&format!("r-{of}"), of, 1_000, "2026-01-07"));
    let report = home.say("agency", "2026-01-07", &undone).unwrap();
    let refused: Vec<_> = report.problems.iter().map(|it| (it.code.as_str(), it.line)).collect();
    assert_eq!((refused, report.accepted), (vec![("wrong_side", Some(1))], 2));
    // The bank undoes both, its own and what the agency received.
    home.say("agency", "2026-01-08", &[pay("A2", "p4", "agency", 1_000, "2026-01-08")]).unwrap();
    let undone = ["p1", "p4"].map(|of| undo(&format!("r-{of}"), of, 1_000, "2026-01-09"));
    assert_eq!(home.say("bank", "2026-01-09", &undone).unwrap().accepted, 2);
    assert_eq!(["A1", "A2"].map(|account| view(&home, account).account.balance), [10_500, 10_500]);
    assert_eq!(["A1", "A2"].map(|account| commission(&home, account)), [0, 0]);
    // A payment that waited is the bank's as well, once it is decided.
    home.tick("test", "2026-02-20").unwrap();
    home.say("bank", "2026-02-20", &[direct("A1", "p5", 1_000, "2026-02-19")]).unwrap();
    decide(&home, waiting(&home)[0].0, ExceptionDecision::Credit, "2026-02-21");
    let report = home.say("agency", "2026-02-22", &[undo("r-p5", "p5", 1_000, "2026-02-22")]).unwrap();
    assert_eq!(codes(&report), ["wrong_side"]);
}

/// The least commission of a payment is taken back in proportion as well, and is never more than the payment.
#[test]
fn a_partial_reversal_takes_a_part_of_the_minimum() {
    let home = home_with("{}", &format!("{TERMS}minimum = 100\n"), &["A1", "A2"]);
    let documents = [
        pay("A1", "p1", "agency", 500, "2026-01-05"),
        undo("r1", "p1", 250, "2026-01-05"),
        pay("A2", "p2", "agency", 50, "2026-01-05"),
    ];
    assert_eq!(home.say("agency", "2026-01-21", &documents).unwrap().accepted, 3);
    assert_eq!((commission(&home, "A1"), commission(&home, "A2")), (50, 50));
}
