//! Every row of the book is one that the audit log knows: a row that something else than an act changed, added, removed or
//! put back is found, also if the sums in the book fit.

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_host::book::RowsCheck;
use bailiwick_host::{ActOptions, FileOutcome, HomeKey, Host, Operator, Source};
use rusqlite::Connection;
use serde_json::{Value, json};

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
        "balance": [{"bucket": "principal", "minor": 10_000}]}})
}

fn payment(account: &str, identifier: &str) -> Value {
    json!({"payment": {"account": account, "identifier": identifier, "currency": "USD", "paid_to": "agency",
        "received_on": "2026-07-02", "minor": 100}})
}

fn home() -> TestHome {
    let home = TestHome::with_terms("");
    let report = home.say("accounts", "2026-07-01", &[placement("A1"), placement("A2")]).unwrap();
    assert_eq!(report.accepted, 2, "{:?}", report.problems);
    home
}

/// A payment that is booked.
fn pay(home: &TestHome, day: &str, account: &str, identifier: &str) {
    let report = home.say("agency", day, &[payment(account, identifier)]).unwrap();
    assert_eq!(report.accepted, 1, "{:?}", report.problems);
}

fn rows(home: &TestHome) -> RowsCheck {
    home.acting().check_ledger_full().unwrap().rows.unwrap()
}

fn change(home: &TestHome, sql: &str) {
    Connection::open(home.path().join("book.sqlite")).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn acts_and_what_is_no_act_leave_rows_that_the_log_knows() {
    let mut home = home();
    assert!(rows(&home).is_whole());
    pay(&home, "2026-07-03", "A1", "P1");
    home.host.verify_audit().unwrap();
    assert!(rows(&home).is_whole());
    // A file that came before, and one that is refused whole, change nothing.
    let again = home.say("agency", "2026-07-03", &[payment("A1", "P1")]).unwrap();
    assert_eq!(again.outcome, FileOutcome::Duplicate);
    let mut negative = payment("A2", "P2");
    negative["payment"]["minor"] = json!(-100);
    assert_eq!(home.say("agency", "2026-07-04", &[negative]).unwrap().accepted, 0);
    assert!(rows(&home).is_whole());
    home.acting().accounts("test", &Default::default()).unwrap().for_each(|row| drop(row.unwrap()));
    home.restart();
    home.tick("test", "2027-06-01").unwrap();
    assert!(rows(&home).is_whole());
    // A new hash key, by another process: the sums of the last act are under the one before, and those of the next are not.
    let other = Host::open(home.path()).unwrap();
    let other = other.acting_as(Operator::unnamed());
    other.rotate_key(HomeKey::Hash).unwrap();
    assert!(rows(&home).is_whole());
    home.host.verify_audit().unwrap();
    let at = "2027-07-01T12:00:00Z".parse().unwrap();
    let source =
        Source::Bytes { name: "p.jsonl".to_owned(), bytes: placement("A9").to_string().into_bytes().into() };
    other.exchange("test", source, ActOptions::new().at(at)).unwrap();
    home.host.verify_audit().unwrap();
    assert!(rows(&home).is_whole());
}

#[test]
fn a_change_from_outside_is_named_by_its_table_and_an_operator_can_accept_it() {
    let home = home();
    // Nothing in the book depends on the name of a file.
    change(&home, "UPDATE file SET name = 'another' WHERE id = 1");
    let found = rows(&home);
    assert_eq!((found.tables_changed, found.log), (vec!["file".to_owned()], None));
    let ran = bailiwick(&home.path(), &["ledger", "check", "--full"]);
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    assert!(ran.out.contains("the table file was changed"), "{}", ran.out);
    // Acts go on, and do not make it right.
    pay(&home, "2026-07-03", "A1", "P1");
    assert_eq!(rows(&home).tables_changed, ["file"]);
    let settled = home.acting().settle_audit().unwrap();
    assert!(settled.why.contains("file"), "{}", settled.why);
    assert!(rows(&home).is_whole());
    home.host.verify_audit().unwrap();
    let again = home.acting().settle_audit().unwrap_err();
    assert_eq!(again.code(), "nothing_to_settle");
    pay(&home, "2026-07-04", "A2", "P2");
    assert!(rows(&home).is_whole());
    let ran = bailiwick(&home.path(), &["ledger", "check", "--full"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("Every row is as an act of the log left it."), "{}", ran.out);
}

/// Old rows with their old sums, under the newest mark of the log: only the log knows better.
#[test]
fn rows_that_were_put_back_with_their_sums_are_not_those_of_the_log() {
    let home = home();
    let book = home.path().join("book.sqlite");
    let copy = home.outside().join("older.sqlite");
    Connection::open(&book).unwrap().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    pay(&home, "2026-07-03", "A1", "P1");
    assert!(rows(&home).is_whole());
    let outside = Connection::open(&book).unwrap();
    outside.pragma_update(None, "foreign_keys", false).unwrap();
    outside.execute("ATTACH ?1 AS older", [copy.to_str().unwrap()]).unwrap();
    let sql =
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT IN ('meta', 'held_back')";
    let mut names = outside.prepare(sql).unwrap();
    for name in names.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap) {
        let sql = format!(
            "DELETE FROM main.\"{name}\"; INSERT INTO main.\"{name}\" SELECT * FROM older.\"{name}\";"
        );
        outside.execute_batch(&sql).unwrap();
    }
    let found = rows(&home);
    assert_eq!(found.tables_changed, Vec::<String>::new());
    assert!(found.log.unwrap().contains("not the ones that the log has"));
    let error = home.host.verify_audit().unwrap_err().to_string();
    assert!(error.contains("audit settle"), "{error}");
    let ran = bailiwick(&home.path(), &["--json", "ledger", "check", "--full"]);
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    assert!(ran.json()[0]["rows"]["log"].is_string());
    refused_until_settled(&home);
}

/// An act would make the sums of the changed rows those of the log: it is refused, in this process and in another one.
fn refused_until_settled(home: &TestHome) {
    let entries = || home.host.verify_audit().map_or(0, |verified| verified.mark.size);
    let before = entries();
    let error = home.say("agency", "2026-07-09", &[payment("A2", "P9")]).unwrap_err();
    assert!(error.code() == "audit" && error.to_string().contains("audit settle"), "{error}");
    let other = Host::open(home.path()).unwrap();
    let at = "2026-07-09T12:00:00Z".parse().unwrap();
    let acting = other.acting_as(Operator::unnamed());
    let source =
        Source::Bytes { name: "p.jsonl".to_owned(), bytes: placement("A8").to_string().into_bytes().into() };
    assert_eq!(acting.exchange("test", source, ActOptions::new().at(at)).unwrap_err().code(), "audit");
    assert_eq!(entries(), before);
    let ran = bailiwick(&home.path(), &["status"]);
    assert!(ran.code == Some(1) && ran.out.contains("audit settle"), "{}{}", ran.out, ran.err);
    home.acting().settle_audit().unwrap();
    assert!(rows(home).is_whole());
    home.host.verify_audit().unwrap();
    pay(home, "2026-07-09", "A2", "P9");
    assert!(rows(home).is_whole());
}

/// A book that says that it has an older layout gets the sums of the rows that are there; the log has others.
#[test]
fn rows_that_are_summed_anew_are_not_those_of_the_log() {
    let home = home();
    change(
        &home,
        "UPDATE placement SET status = 'X' WHERE account = 'A2'; DROP TABLE row_sum;
         UPDATE meta SET value = '4' WHERE key = 'layout'",
    );
    let found = rows(&home);
    assert_eq!(found.tables_changed, Vec::<String>::new());
    assert!(found.log.is_some());
    refused_until_settled(&home);
}

/// Without its sums, a book is refused by acts, and an operator can accept it.
#[test]
fn a_book_without_sums_is_refused_until_it_is_settled() {
    let home = home();
    change(&home, "DROP TABLE row_sum");
    let found = rows(&home);
    assert_eq!(found.tables_changed, ["row_sum"]);
    refused_until_settled(&home);
}

/// An index that lacks a row hides that a file came before.
#[test]
fn an_index_without_its_rows_is_found() {
    let home = home();
    change(
        &home,
        "DROP INDEX file_bytes; CREATE INDEX file_bytes ON file (engagement, bytes) WHERE id > 7;
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE INDEX file_bytes ON file (engagement, bytes)' WHERE name = 'file_bytes';",
    );
    let found = rows(&home);
    assert!(found.damaged.iter().any(|it| it.contains("file_bytes")), "{found:?}");
    let ran = bailiwick(&home.path(), &["ledger", "check", "--full"]);
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    assert!(ran.out.contains("damaged"), "{}", ran.out);
}

/// Without `--full` nothing is summed.
#[test]
fn only_the_full_check_sums_rows() {
    let home = home();
    assert_eq!(home.acting().check_ledger().unwrap().rows, None);
    let ran = bailiwick(&home.path(), &["--json", "ledger", "check"]);
    assert!(ran.json()[0].get("rows").is_none());
}
