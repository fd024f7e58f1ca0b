//! Placements with extreme values.

use bailiwick_conformance::TestHome;
use bailiwick_host::Report;
use serde_json::{Value, json};

fn placement(account: &str, more: Value) -> Value {
    let mut it = json!({"account": account, "currency": "USD",
        "balance": [{"bucket": "principal", "minor": 100_000}]});
    for (name, value) in more.as_object().unwrap() {
        it[name] = value.clone();
    }
    json!({ "placement": it })
}

fn payment(account: &str, identifier: &str) -> Value {
    json!({"payment": {"account": account, "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": 1_000, "received_on": "2026-07-10"}})
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

const COMMISSION: &str = "term_days = 30\n\
    commission = { schedules = [{ name = \"flat\", by = \"age\", steps = [{ from = 0, percent = \"20\" }] }], \
    rounding = \"half_even\", remits = \"net\" }";

#[test]
fn a_debt_that_is_overdue_since_before_the_first_year_is_aged_from_its_placement() {
    let home = TestHome::with_terms(COMMISSION);
    let ages = [0u32, 740_000, 999_999, u32::MAX];
    for (at, days) in ages.into_iter().enumerate() {
        let account = format!("A{at}");
        let it = placement(&account, json!({"placed_on": "2026-07-01", "days_overdue": days}));
        assert_eq!(home.say("accounts", "2026-07-01", &[it]).unwrap().accepted, 1, "{days}");
        let paid = home.say("agency", "2026-07-10", &[payment(&account, &format!("P{at}"))]).unwrap();
        assert_eq!((paid.accepted, codes(&paid)), (1, vec![]), "{days}");
    }
    assert_eq!(home.tick("test", "2026-08-15").unwrap().moves["expire"], ages.len() as u64);
}

#[test]
fn a_day_before_the_first_year_that_an_earlier_release_wrote_is_no_obstacle() {
    let home = TestHome::with_terms(COMMISSION);
    home.say("accounts", "2026-07-01", &[placement("A1", json!({"placed_on": "2026-07-01"}))]).unwrap();
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    assert_eq!(book.execute("UPDATE placement SET aged_from = '-712-08-14'", []).unwrap(), 1);
    assert_eq!(home.say("agency", "2026-07-10", &[payment("A1", "P1")]).unwrap().accepted, 1);
    assert_eq!(home.tick("test", "2026-08-15").unwrap().moves["expire"], 1);
}

#[test]
fn a_day_that_cannot_be_read_names_its_row_and_column_and_changes_nothing() {
    let home = TestHome::with_terms(COMMISSION);
    home.say("accounts", "2026-07-01", &[placement("A1", json!({"placed_on": "2026-07-01"}))]).unwrap();
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    for column in ["placed_on", "term_ends_on", "ended_on"] {
        book.execute(&format!("UPDATE placement SET {column} = 'soon'"), []).unwrap();
        let before = home.book_and_outbox();
        let why = home.say("agency", "2026-07-10", &[payment("A1", "P1")]).unwrap_err();
        assert_eq!(why.code(), "book");
        assert!(why.to_string().contains(&format!("{column} of row 1: it is no day")), "{why}");
        assert_eq!(home.book_and_outbox(), before);
        book.execute(&format!("UPDATE placement SET {column} = '2026-07-01'"), []).unwrap();
    }
}

#[test]
fn accounts_without_a_day_are_placed_on_the_day_of_their_file_and_those_with_later_dates_are_taken_back() {
    let home = TestHome::with_terms(COMMISSION);
    let file = [
        placement("A1", json!({})),
        placement("A2", json!({"charged_off_on": "2026-07-02"})),
        placement("A3", json!({"charged_off_on": "2026-06-30"})),
        json!({"header": {"created_on": "2026-07-01"}}),
    ];
    let report = home.say("accounts", "2026-07-03", &file).unwrap();
    assert_eq!((report.accepted, report.rejected, codes(&report)), (2, 1, vec!["future_date"]));
    assert_eq!(report.totals["USD"], 200_000);
    for account in ["A1", "A3"] {
        let row = home.acting().account("test", account).unwrap().account;
        let days = (row.placed_on.as_deref(), row.term_ends_on.as_deref());
        assert_eq!(days, (Some("2026-07-01"), Some("2026-07-31")), "{account}");
    }
    home.acting().account("test", "A2").unwrap_err();
    assert_eq!(home.acting().check_ledger().unwrap().differences.len(), 0);
    // The placement left nothing behind, so the account can be placed again.
    let again = placement("A2", json!({"placed_on": "2026-07-04"}));
    assert_eq!(home.say("accounts", "2026-07-04", &[again]).unwrap().accepted, 1);
}

/// An account that is taken back at the end makes the host write all answers again: each document once, and the end of an
/// earlier round before the new placement.
#[test]
fn answers_that_are_written_again_have_each_document_once_and_in_its_order() {
    let home = TestHome::with_terms(COMMISSION);
    let placed_on = |account: &str, day: &str| placement(account, json!({ "placed_on": day }));
    home.say("accounts", "2026-06-01", &[placed_on("A1", "2026-06-01")]).unwrap();
    let file = [
        placed_on("A1", "2026-07-03"),
        placement("A2", json!({"charged_off_on": "2026-07-02"})),
        placement("A3", json!({})),
        placed_on("A4", "2026-05-01"),
        json!({"header": {"created_on": "2026-07-01"}}),
    ];
    let report = home.say("accounts", "2026-07-03", &file).unwrap();
    assert_eq!((report.accepted, report.rejected, codes(&report)), (3, 1, vec!["term_over", "future_date"]));
    // The kind and the account of each document. The refusals that the bank receives are no documents.
    let told = |side: &str| -> Vec<String> {
        let written = home.written(&report.answers, side);
        let documents = written.iter().map(|it| it.as_object().unwrap()).filter(|it| it.len() == 1);
        let one = documents.flat_map(|it| it.iter());
        one.map(|(kind, it)| format!("{kind} {}", it["account"].as_str().unwrap())).collect()
    };
    let to_agency = ["recall A1", "recall A4", "placement A1", "placement A3", "placement A4"];
    assert_eq!(told("agency"), to_agency, "recalls have a file of their own, which was begun first");
    let to_bank = ["return A1", "acknowledgment A1", "acknowledgment A3", "acknowledgment A4", "return A4"];
    assert_eq!(told("bank"), to_bank);
    let recalls = home.written(&report.answers, "agency");
    assert!(recalls[..2].iter().all(|it| it["recall"]["stage"] == "final"), "{recalls:?}");
}

#[test]
fn a_record_in_another_currency_is_refused_and_counts_for_the_control_total() {
    let home = TestHome::with_terms(COMMISSION);
    let file = [
        placement("A1", json!({"placed_on": "2026-07-01"})),
        placement("A2", json!({"placed_on": "2026-07-01", "currency": "EUR"})),
        json!({"control": {"code": "count_mismatch", "what": "accounts", "stated": 2, "found": 2}}),
    ];
    let report = home.say("accounts", "2026-07-01", &file).unwrap();
    assert_eq!(
        (report.outcome.name(), report.accepted, codes(&report)),
        ("partial", 1, vec!["wrong_currency"])
    );
}

#[test]
fn changing_the_currency_of_an_engagement_is_refused_with_advice() {
    let home = TestHome::with_terms(COMMISSION);
    home.say("accounts", "2026-07-01", &[placement("A1", json!({"placed_on": "2026-07-01"}))]).unwrap();
    let file = home.path().join("engagements/test.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace("\"USD\"", "\"EUR\"");
    std::fs::write(&file, text).unwrap();
    let why = home.say("agency", "2026-07-10", &[payment("A1", "P1")]).unwrap_err();
    assert_eq!(why.code(), "currency_changed", "{why}");
    assert!(!why.to_string().contains("report it"), "{why}");
}
