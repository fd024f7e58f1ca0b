//! The book reads back what it has written: every column of an account, and every name that a column may have.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use bailiwick_conformance::TestHome;
use bailiwick_host::book::{AccountRow, Filter, Which};
use bailiwick_host::case::{Stage, State};
use bailiwick_host::{ActOptions, ExceptionDecision};
use serde_json::{Value, json};

/// A home with the account A1, a dispute D1 and a payment of 12.34.
fn home() -> TestHome {
    let home = TestHome::with_terms(
        "commission = { schedules = [{ name = \"flat\", by = \"age\", steps = [{ from = 0, percent = \"20\" }] }], rounding = \"half_even\", remits = \"net\" }",
    );
    let placement = json!({"placement": {"account": "A1", "currency": "USD", "placed_on": "2026-07-01", "customer": "C1",
        "account_number": "N-1", "batch": "B1", "term_ends_on": "2026-12-31",
        "balance": [{"bucket": "principal", "minor": 90_000}, {"bucket": "interest", "minor": 1_000},
            {"bucket": "penalty", "minor": 200}, {"bucket": "late_fee", "minor": 30}, {"bucket": "costs", "minor": 4},
            {"bucket": "other", "minor": 5}]}});
    assert_eq!(home.say("accounts", "2026-07-01", &[placement]).unwrap().accepted, 1);
    let events = [
        json!({"payment": {"account": "A1", "identifier": "P1", "paid_to": "agency", "currency": "USD", "minor": 1_234,
            "received_on": "2026-07-02"}}),
        json!({"dispute": {"account": "A1", "identifier": "D1", "received_on": "2026-07-03", "state": "open",
            "text": "Not mine"}}),
    ];
    assert_eq!(home.say("agency", "2026-07-03", &events).unwrap().accepted, 2);
    home
}

fn row(home: &TestHome) -> AccountRow {
    let mut rows = home.acting().accounts("test", &Filter::default()).unwrap();
    let row = rows.next().unwrap().unwrap();
    assert!(rows.next().is_none());
    row
}

fn write(home: &TestHome, sql: &str, value: impl rusqlite::ToSql) {
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    assert_eq!(book.execute(sql, [value]).unwrap(), 1, "{sql}");
}

#[test]
fn every_column_of_an_account_is_read_as_it_was_booked() {
    let home = home();
    let view = home.acting().account("test", "A1").unwrap();
    assert_eq!(view.account, row(&home));
    let mut told = serde_json::to_value(&view.account).unwrap();
    let due = told.as_object_mut().unwrap().remove("due_on").unwrap();
    assert!(due.is_string(), "the term ends: {due}");
    let fees = ["commission", "tax"].map(|name| told.as_object_mut().unwrap().remove(name).unwrap());
    assert_eq!(fees[1], 0);
    assert_eq!(
        told,
        json!({"account": "A1", "round": 1, "state": "held", "holds": ["dispute"], "status": null, "currency": "USD",
            "placed": 91_239, "balance": 90_005, "paid": 1_234, "reversed": 0, "net_paid": 1_234, "adjusted": 0,
            "placed_on": "2026-07-01", "term_ends_on": "2026-12-31", "ended_on": null, "in_error": false,
            "disputes": 1, "complaints": 0})
    );
    let kinds: Vec<&str> = view.transfers.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds[..3], ["placement", "payment", "entitlement"], "{kinds:?}");
    assert_eq!(view.transfers[0].buckets, [90_000, 1_000, 200, 30, 4, 5]);
    for transfer in &view.transfers {
        assert_eq!(transfer.buckets.iter().sum::<i64>(), transfer.minor, "{transfer:?}");
    }
    let documents: Vec<&str> = view.events.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(documents, ["placement", "payment", "dispute"]);
    assert_eq!(view.itemized.current, view.account.balance);
    assert_eq!(view.matters.len(), 1);
}

#[test]
fn every_state_has_the_name_that_books_have_for_it() {
    let home = home();
    let names = [
        "draft",
        "sent",
        "acknowledged",
        "partial",
        "rejected",
        "active",
        "held",
        "recall_pending",
        "objected",
        "recall_final",
        "returned",
        "expired",
        "closed",
    ];
    assert_eq!(State::ALL.map(State::name), names);
    for (state, name) in State::ALL.into_iter().zip(names) {
        write(&home, "UPDATE placement SET state = ?1", name);
        assert_eq!(row(&home).state, state);
        let filter = Filter::of_state(state);
        let found = home.acting().accounts("test", &filter).unwrap();
        assert_eq!(found.map(Result::unwrap).count(), 1, "{name} is found by its name");
    }
    // A name that no release has written is an error, and not another state.
    for wrong in ["", "Sent", "gone"] {
        write(&home, "UPDATE placement SET state = ?1", wrong);
        let mut found = home.acting().accounts("test", &Filter::default()).unwrap();
        assert!(found.next().unwrap().is_err(), "{wrong:?}");
        assert!(found.next().is_none());
    }
}

#[test]
fn every_set_of_holds_is_read_from_its_bits() {
    let home = home();
    let names =
        ["dispute", "complaint", "bankruptcy", "deceased", "cease", "attorney", "legal", "stopped", "kept"];
    for (bit, name) in names.iter().enumerate() {
        write(&home, "UPDATE placement SET holds = ?1", 1_i64 << bit);
        assert_eq!(serde_json::to_value(row(&home).holds).unwrap(), json!([name]));
    }
    write(&home, "UPDATE placement SET holds = ?1", 0b1_1111_1111);
    assert_eq!(serde_json::to_value(row(&home).holds).unwrap(), json!(names));
}

#[test]
fn every_stage_and_level_of_a_dispute_has_the_name_that_books_have_for_it() {
    let home = home();
    let names =
        ["open", "acknowledged", "investigating", "evidence_requested", "answered", "decided", "closed"];
    assert_eq!(Stage::ALL.map(Stage::name), names);
    let disputes = || {
        let at = "2026-07-05T12:00:00Z".parse().unwrap();
        let found = home.acting().disputes("test", Which::All, at).unwrap();
        found
            .map(|row| row.map(|row| serde_json::to_value(row).unwrap()))
            .collect::<bailiwick_host::Result<Vec<Value>>>()
    };
    for (stage, name) in Stage::ALL.into_iter().zip(names) {
        write(&home, "UPDATE matter SET stage = ?1", name);
        let found = disputes().unwrap();
        assert_eq!((found.len(), &found[0]["stage"]), (1, &json!(name)));
        assert_eq!(home.acting().account("test", "A1").unwrap().matters[0].stage, stage);
    }
    for wrong in ["", "Open", "lost"] {
        write(&home, "UPDATE matter SET stage = ?1", wrong);
        assert!(disputes().is_err(), "{wrong:?}");
    }
    write(&home, "UPDATE matter SET stage = ?1", "open");
    for level in ["agency", "bank", "legal", "regulator"] {
        write(&home, "UPDATE matter SET level = ?1", level);
        assert_eq!(disputes().unwrap()[0]["level"], level);
    }
}

/// The names that the schema of the book lists are those that the program writes.
#[test]
fn every_verdict_is_one_that_the_book_takes() {
    assert_eq!(
        ExceptionDecision::ALL.map(ExceptionDecision::name),
        ["credit", "credit_without_commission", "refuse"]
    );
    let home = TestHome::with_terms("term_days = 9\ngrace_days = 1");
    for verdict in ExceptionDecision::ALL {
        let account = verdict.name();
        let placement = json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
            "balance": [{"bucket": "principal", "minor": 1_000}]}});
        home.say("accounts", "2026-07-01", &[placement]).unwrap();
        // The term ends, and so do the days of grace.
        home.tick("test", "2026-07-20").unwrap();
        let payment = json!({"payment": {"account": account, "identifier": account, "paid_to": "agency",
            "currency": "USD", "minor": 10, "received_on": "2026-07-30"}});
        home.say("agency", "2026-07-30", &[payment]).unwrap();
        let waiting = home.acting().exceptions("test", false).unwrap();
        let waiting: Vec<i64> = waiting.map(|row| row.unwrap().number).collect();
        assert_eq!(waiting.len(), 1, "{account}");
        let options = ActOptions::new().at("2026-08-01T12:00:00Z".parse().unwrap());
        home.acting().decide("test", waiting[0], verdict, options).unwrap();
        let decided = home.acting().exceptions("test", true).unwrap().last().unwrap().unwrap().decision;
        assert_eq!(decided.as_deref(), Some(verdict.name()));
    }
    // Nothing else fits into the column.
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    assert!(book.execute("UPDATE exception SET decision = 'maybe'", []).is_err());
}
