//! Every act goes the same way: an exchange, a tick, a decision, a remittance.

use bailiwick_conformance::TestHome;
use bailiwick_host::book::{Filter, Which};
use bailiwick_host::engine::CancelToken;
use bailiwick_host::{ActOptions, ExceptionDecision, Operator, Progress};
use serde_json::{Value, json};

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

fn payment(identifier: &str, minor: i64, on: &str) -> Value {
    json!({"payment": {"account": "A1", "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": minor, "received_on": on}})
}

fn recall(on: &str) -> Value {
    json!({"recall": {"account": "A1", "stage": "final", "on": on}})
}

/// A home whose bank's plugin computes commission: half of each payment, although the contract's schedule has a
/// fifth.
fn home_with_commission_by_plugin() -> TestHome {
    let home = TestHome::with_samples();
    let terms = "grace_days = 5\n\
        commission = { schedules = [{ name = \"flat\", by = \"age\", steps = [{ from = 0, percent = \"20\" }] }], \
        rounding = \"half_even\", remits = \"net\" }";
    home.engage("test", "Bank", "AG001", "{ commission_ppm = 500_000 }", terms);
    home
}

fn kinds(home: &TestHome, kind: &str) -> usize {
    home.audit().iter().filter(|entry| entry["kind"] == kind).count()
}

#[test]
fn a_credited_late_payment_earns_the_commission_of_the_banks_plugin() {
    let home = home_with_commission_by_plugin();
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    home.say("bank", "2026-07-10", &[recall("2026-07-10")]).unwrap();
    let late = [payment("P1", 1_000, "2026-07-20"), payment("P2", 3_000, "2026-07-21")];
    home.say("agency", "2026-07-21", &late).unwrap();
    let asked = |home: &TestHome| {
        home.audit().iter().filter(|entry| entry["function"] == "remittance.commission").count()
    };
    assert_eq!(asked(&home), 0);
    let at = || ActOptions::new().at("2026-07-22T12:00:00Z".parse().unwrap());
    home.acting().decide("test", 1, ExceptionDecision::Credit, at()).unwrap();
    assert_eq!((asked(&home), home.acting().account("test", "A1").unwrap().account.commission), (1, 500));
    home.acting().decide("test", 2, ExceptionDecision::CreditWithoutCommission, at()).unwrap();
    assert_eq!((asked(&home), home.acting().account("test", "A1").unwrap().account.commission), (1, 500));
    assert_eq!(home.acting().check_ledger().unwrap().differences.len(), 0);
}

#[test]
fn a_new_contract_or_plugin_is_logged_once_however_the_act_ends() {
    let home = TestHome::with_terms("grace_days = 5");
    let new = |home: &TestHome| (kinds(home, "engagement_changed"), kinds(home, "plugin_activated"));
    let empty = || home.exchange("test", "accounts_1.jsonl", b"").unwrap();
    assert_eq!(empty().outcome.name(), "rejected");
    let first = new(&home);
    assert_eq!(first.0, 1, "the contract is new");
    assert!(first.1 > 0, "and so is a plugin");
    // A refused file, an accepted one, the same again, a failed one, and an act of the host itself.
    empty();
    assert_eq!(new(&home), first);
    let file = format!("{}\n", placement("A1"));
    for outcome in ["accepted", "duplicate", "duplicate"] {
        assert_eq!(
            home.exchange("test", "accounts_2.jsonl", file.as_bytes()).unwrap().outcome.name(),
            outcome
        );
        assert_eq!(new(&home), first, "{outcome}");
    }
    let at = || ActOptions::new().at("2026-07-22T12:00:00Z".parse().unwrap());
    home.acting().decide("test", 99, ExceptionDecision::Credit, at()).unwrap_err();
    home.acting().decide("test", 99, ExceptionDecision::Credit, at()).unwrap_err();
    assert_eq!(new(&home), first);
    // Another contract is another entry, once.
    home.amend("2026-07-02", "grace_days = 6");
    empty();
    empty();
    assert_eq!(new(&home), (first.0 + 1, first.1));
}

/// Three accounts whose term has ended by 20 July, two of them with a payment.
fn home_at_its_end() -> TestHome {
    let home = TestHome::with_terms("term_days = 9\ngrace_days = 1");
    home.say("accounts", "2026-07-01", &["A1", "A2", "A3"].map(placement)).unwrap();
    let paid = |account: &str| {
        let mut paid = payment(account, 1_000, "2026-07-02");
        paid["payment"]["account"] = account.into();
        paid
    };
    home.say("agency", "2026-07-02", &["A1", "A3"].map(paid)).unwrap();
    home
}

#[test]
fn a_tick_and_a_remittance_tell_how_many_accounts_are_done() {
    let home = home_at_its_end();
    let at = "2026-07-31T12:00:00Z".parse().unwrap();
    let july = ("2026-07-01".parse().unwrap(), "2026-07-31".parse().unwrap());
    let (mut ticked, mut remitted) = (Vec::new(), Vec::new());
    let mut show = |progress| ticked.push(progress);
    let report = home.acting().tick("test", ActOptions::new().at(at).progress(&mut show)).unwrap();
    let moves: u64 = report.moves.values().sum();
    assert!(moves >= 3, "{:?}", report.moves);
    let expected: Vec<_> = (1..=moves).map(|done| Progress::Accounts { done, all: None }).collect();
    assert_eq!(ticked, expected);
    let mut show = |progress| remitted.push(progress);
    home.acting().remit("test", None, july, ActOptions::new().at(at).progress(&mut show)).unwrap();
    assert_eq!(remitted, [1, 2].map(|done| Progress::Accounts { done, all: Some(2) }));
}

#[test]
fn every_act_that_is_cancelled_changes_nothing() {
    let home = home_at_its_end();
    let july = ("2026-07-01".parse().unwrap(), "2026-07-31".parse().unwrap());
    let before = home.book_and_outbox();
    let stopped = || {
        let cancel = CancelToken::default();
        cancel.cancel();
        ActOptions::new().at("2026-07-31T12:00:00Z".parse().unwrap()).cancel(cancel)
    };
    assert_eq!(home.acting().tick("test", stopped()).unwrap_err().code(), "cancelled");
    assert_eq!(home.acting().remit("test", None, july, stopped()).unwrap_err().code(), "cancelled");
    assert!(home.book_and_outbox() == before, "the book or the outbox changed");
}

#[test]
fn a_list_is_recorded_when_it_is_made_and_may_stop_at_any_row() {
    let home = home_at_its_end();
    let mut accounts = home.acting().accounts("test", &Filter::default()).unwrap();
    assert_eq!(kinds(&home, "command"), 1, "nobody has read a row yet");
    assert_eq!(accounts.next().unwrap().unwrap().account, "A1");
    // Nothing is locked while the caller thinks.
    home.tick("test", "2026-07-20").unwrap();
    drop(accounts);
    let named = home.host.acting_as(Operator::named("Ngozi"));
    named.disputes("test", Which::All, "2026-07-20T12:00:00Z".parse().unwrap()).unwrap();
    let last = home.audit().into_iter().rfind(|entry| entry["kind"] == "command").unwrap();
    assert_eq!((&last["command"], &last["engagement"]), (&json!("disputes"), &json!("test")));
    assert_eq!(last["operator"], json!(home.hashes("operator", "Ngozi")[0]));
}
