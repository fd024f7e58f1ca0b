//! Every row of the book is one that the audit log knows: a row that something else than an act changed, added, removed or
//! put back is found, also if the sums in the book fit.

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_host::FileOutcome;
use bailiwick_host::book::RowsCheck;
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
    // A new hash key: the sums of the last act are under the one before.
    home.acting().rotate_key(bailiwick_host::HomeKey::Hash).unwrap();
    assert!(rows(&home).is_whole());
    home.host.verify_audit().unwrap();
}

#[test]
fn a_change_from_outside_is_named_by_its_table_and_an_operator_can_accept_it() {
    let home = home();
    change(&home, "UPDATE placement SET status = 'X' WHERE account = 'A2'");
    let found = rows(&home);
    assert_eq!((found.tables_changed, found.log), (vec!["placement".to_owned()], None));
    let ran = bailiwick(&home.path(), &["ledger", "check", "--full"]);
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    assert!(ran.out.contains("the table placement was changed"), "{}", ran.out);
    // Acts go on, and do not make it right.
    pay(&home, "2026-07-03", "A1", "P1");
    assert_eq!(rows(&home).tables_changed, ["placement"]);
    let settled = home.acting().settle_audit().unwrap();
    assert!(settled.why.contains("placement"), "{}", settled.why);
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
    assert!(found.log.unwrap().contains("not the ones that entry"));
    let error = home.host.verify_audit().unwrap_err().to_string();
    assert!(error.contains("audit settle") && error.contains("ledger check --full"), "{error}");
    let ran = bailiwick(&home.path(), &["--json", "ledger", "check", "--full"]);
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    assert!(ran.json()[0]["rows"]["log"].is_string());
}

/// Without `--full` nothing is summed.
#[test]
fn only_the_full_check_sums_rows() {
    let home = home();
    assert_eq!(home.acting().check_ledger().unwrap().rows, None);
    let ran = bailiwick(&home.path(), &["--json", "ledger", "check"]);
    assert!(ran.json()[0].get("rows").is_none());
}
