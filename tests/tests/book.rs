//! The book reads back what it has written: every column of an account, and every name that a column may have.

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

/// What reads a row that cannot be read fails, and names the table, the row and the column. Nobody is asked to report it.
#[test]
fn a_column_that_no_release_writes_is_named_with_its_table_and_row() {
    type Use = fn(&TestHome) -> bailiwick_host::Result<()>;
    let account: Use = |home| home.acting().account("test", "A1").map(drop);
    let accounts: Use =
        |home| home.acting().accounts("test", &Filter::default())?.try_for_each(|row| row.map(drop));
    let disputes: Use = |home| {
        let at = "2026-07-05T12:00:00Z".parse().unwrap();
        home.acting().disputes("test", Which::All, at)?.try_for_each(|row| row.map(drop))
    };
    let check: Use = |home| home.acting().check_ledger().map(drop);
    let note: Use = |home| {
        let at = json!({"utc": "2026-07-04T10:00:00Z", "zone": "UTC"});
        home.say("agency", "2026-07-04", &[json!({"note": {"account": "A1", "at": at}})]).map(drop)
    };
    let paid: Use = |home| {
        let payment = json!({"payment": {"account": "A1", "identifier": "P2", "paid_to": "agency",
            "currency": "USD", "minor": 1, "received_on": "2026-07-04"}});
        home.say("agency", "2026-07-04", &[payment]).map(drop)
    };
    let tick: Use = |home| home.tick("test", "2027-03-01").map(drop);
    let cases: [(&str, &str, &str, Use); 19] = [
        ("placement", "holds", "1024", account),
        ("placement", "holds", "1024", note),
        ("placement", "holds", "-1", check),
        ("placement", "round", "-1", accounts),
        ("placement", "state", "'sold'", check),
        ("placement", "aged_from", "'soon'", paid),
        ("placement", "aged_from", "'soon'", check),
        ("placement", "ended_on", "'2026-13-01'", check),
        ("placement", "basis", "'{'", paid),
        ("placement", "basis", "'{'", check),
        ("placement", "account_number", "''", paid),
        ("placement", "recall_on", "''", tick),
        ("matter", "stage", "'lost'", disputes),
        ("matter", "level", "'court'", note),
        ("matter", "answer_by", "'soon'", check),
        ("matter", "days", "-1", check),
        ("event", "line", "-1", account),
        ("placement", "document", "x'7b'", account),
        (
            "placement",
            "document",
            "CAST('{\"note\":{\"account\":\"A1\",\"at\":{\"utc\":\"2026-07-01T12:00:00Z\",\"zone\":\"UTC\"}}}' AS BLOB)",
            account,
        ),
    ];
    let home = home();
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    // Rows of different tables have different numbers.
    book.execute("UPDATE matter SET id = 7", []).unwrap();
    book.execute("UPDATE event SET id = id + 10", []).unwrap();
    for (table, column, value, reads) in cases {
        let id = match table {
            "matter" => 7,
            "event" => 11,
            _ => 1,
        };
        let select = format!("SELECT {column} FROM {table} WHERE id = {id}");
        let old: rusqlite::types::Value = book.query_row(&select, [], |row| row.get(0)).unwrap();
        let sql = format!("UPDATE {table} SET {column} = {value} WHERE id = {id}");
        assert_eq!(book.execute(&sql, []).unwrap(), 1);
        let error = reads(&home).expect_err(&sql);
        let said = error.to_string();
        assert_eq!(error.code(), "book", "{sql}: {said}");
        assert!(said.contains(&format!("the table {table}")), "{sql}: {said}");
        assert!(said.contains(&format!(", {column} of row {id}: ")), "{sql}: {said}");
        assert!(said.contains("restore it from a backup") && !said.contains("report"), "{sql}: {said}");
        book.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE id = {id}"), [old]).unwrap();
    }
    // With the row as it was, each of them goes on.
    for reads in [account, accounts, disputes, check, note, paid, tick] {
        reads(&home).unwrap();
    }
}

/// Figures that a change from outside has made wrong are the book's, and the ledger's check finds them.
#[test]
fn figures_that_were_changed_from_outside_are_an_error_of_the_book() {
    let home = home();
    write(&home, "UPDATE placement SET principal = principal + ?1", 1);
    let error = home.acting().account("test", "A1").unwrap_err();
    assert_eq!(error.code(), "book", "{error}");
    assert!(error.to_string().contains("ledger check"), "{error}");
    let named = |home: &TestHome| -> Vec<String> {
        let check = home.acting().check_ledger().unwrap();
        check.differences.into_iter().map(|it| it.figure).collect()
    };
    assert_eq!(named(&home), ["principal"]);
    write(&home, "UPDATE placement SET principal = principal - ?1", 1);
    write(&home, "UPDATE placement SET earned = earned + ?1", 1);
    assert_eq!(named(&home), ["earned"]);
    write(&home, "UPDATE placement SET earned = earned - ?1", 1);
    let undone = json!({"reversal": {"account": "A1", "identifier": "R1", "reverses": "P1", "currency": "USD",
        "minor": 34, "reversed_on": "2026-07-04"}});
    home.say("agency", "2026-07-04", &[undone]).unwrap();
    assert!(home.acting().check_ledger().unwrap().is_whole());
    // With a reversal too: no placement has earned more than its payments.
    write(&home, "UPDATE placement SET earned = earned + ?1", 1_000);
    assert_eq!(named(&home), ["earned"]);
}

/// The names that the schema of the book lists are those that the program writes.
#[test]
fn every_verdict_is_one_that_the_book_takes() {
    assert_eq!(
        ExceptionDecision::ALL.map(|it| it.name()),
        ["credit", "credit_without_commission", "refuse", "return"]
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
        let unidentified = json!({"direct_payment": {"identifier": account, "currency": "USD", "minor": 10,
            "booked_on": "2026-07-30"}});
        let (message, document) = match verdict {
            ExceptionDecision::Return => ("bank", unidentified),
            _ => ("agency", payment),
        };
        home.say(message, "2026-07-30", &[document]).unwrap();
        let waiting = home.acting().exceptions("test", false).unwrap();
        let waiting: Vec<i64> = waiting.map(|row| row.unwrap().number).collect();
        assert_eq!(waiting.len(), 1, "{account}");
        let options = ActOptions::new().at("2026-08-01T12:00:00Z".parse().unwrap());
        home.acting().decide("test", waiting[0], verdict.clone(), options).unwrap();
        let decided = home.acting().exceptions("test", true).unwrap().last().unwrap().unwrap().decision;
        assert_eq!(decided.as_deref(), Some(verdict.name()));
    }
    // Nothing else fits into the column.
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    assert!(book.execute("UPDATE exception SET decision = 'maybe'", []).is_err());
}
