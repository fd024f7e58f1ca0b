//! A change of the book from outside is found by the check of the ledger: every column of every table is changed, rows are
//! taken out and doubled. The full check finds each of them. The other one names the table, but for the columns that
//! nothing in the book depends on.

use std::collections::BTreeSet;
use std::fs;

use bailiwick_conformance::TestHome;
use bailiwick_host::{ActOptions, ExceptionDecision};
use rusqlite::Connection;
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

/// Tables that have no sum, so that the full check does not see their changes: the next write puts both right.
const WITHOUT_SUM: [&str; 2] = ["held_back", "meta"];

/// Columns whose change the check does not see without `--full`, and why. A column that it sees must not be listed here.
const UNSEEN: &[(&str, &str)] = &[
    ("engagement.agency", "no other row has it; the next act takes it from the engagement file"),
    ("engagement.one_agency", "no other row has it; the next act takes it from the engagement file"),
    ("meta.key", "the audit log has the names; an act of the engagement or the plugin writes it again"),
    ("meta.value", "the audit log has the digests"),
    ("terms.act", "the audit log numbers the acts; only the order of the versions is in the book"),
    ("terms.taken_at", "the audit log has the moments of acts"),
    ("terms.from_on", "the first version holds from the beginning, whatever its day is; a later one is seen"),
    ("file.name", "the audit log has the names of files as keyed hashes"),
    ("file.message", "the audit log has the message; the book only tells the acts of the host apart"),
    ("file.identity", "no other row has what a file says of itself"),
    ("file.sequence", "no other row has what a file says of itself"),
    ("file.bytes", "the audit log has the size"),
    ("file.at", "the audit log has the moments of acts"),
    ("event.file", "a move that fell due may be of any act of its engagement"),
    ("event.effect_on", "the day of a moment follows from the zone, which only the engagement file has"),
    ("exception.why", "words for a person"),
    (
        "suspense.effect_on of suspense_cleared",
        "the day of an act follows from the zone, which only the engagement file has; a day more or less is not seen",
    ),
    ("exception.remark", "words for a person"),
    ("matter.days", "the answer of a plugin; the audit log has it"),
    ("matter.calendar", "the answer of a plugin; the audit log has it"),
    ("matter.answer_by", "it follows from the answer of a plugin and a calendar of the engagement file"),
    ("evidence.checked", "what the store had then"),
    ("answer.file", "the audit log has the answers of each act"),
    ("answer.path", "the audit log has the digests of answers"),
    ("answer.staged", "where an answer was before it was moved into place"),
    ("answer.bytes", "the audit log has the sizes of answers"),
    ("row_sum.name", "the sums are for the full check"),
    ("row_sum.value", "the sums are for the full check"),
    ("held_back.answer", "the next write looks for answers that are not in their places"),
    ("held_back.why", "words for a person"),
    ("held_back.gone", "the next write looks for answers that are not in their places"),
];

/// Terms with everything that a contract may have.
const TERMS: &str = "term_days = 60\ngrace_days = 5\npayment_extends_days = 20\nallocation = [\"interest\", \"principal\"]\n\
    [terms.recall]\nafter_days = 50\nfinal_days = 10\nobjections = [{ reason = \"PTP\", days = 15 }]\nin_error = [\"ERR\"]\n\
    [terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\ntax_percent = \"6\"\n\
    schedules = [{ name = \"std\", by = \"term\", steps = [{ from = 0, below = 40, percent = \"10\" }, { from = 40, percent = \"17.5\" }] }]";

fn placement(account: &str, more: Value) -> Value {
    let balance = json!([{"bucket": "principal", "minor": 100_000}, {"bucket": "interest", "minor": 5_005}]);
    let mut it = json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-01-01", "balance": balance}});
    for (key, value) in more.as_object().unwrap() {
        it["placement"][key] = value.clone();
    }
    it
}

fn payment(account: &str, identifier: &str, minor: i64, on: &str, more: Value) -> Value {
    let mut it = json!({"payment": {"account": account, "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": minor, "received_on": on}});
    for (key, value) in more.as_object().unwrap() {
        it["payment"][key] = value.clone();
    }
    it
}

fn day(text: &str) -> bailiwick_sdk::value::Day {
    text.parse().unwrap()
}

/// Says documents of which every one is taken.
fn say(home: &TestHome, message: &str, on: &str, items: &[Value]) {
    let report = home.say(message, on, items).unwrap();
    assert_eq!(report.rejected, 0, "{:?}", report.problems);
}

/// A home in which every table of the book has rows: an account for each thing that can happen.
fn home() -> TestHome {
    let home = TestHome::with_terms(TERMS);
    home.engage("other", "Other", "AG002", "{}", TERMS);
    home.say_in("other", "accounts", "2026-01-01", &[placement("Z1", json!({}))]).unwrap();
    say(
        &home,
        "accounts",
        "2026-01-01",
        &[
            placement(
                "A1",
                json!({"line": 1, "customer": "C1", "account_number": "N-1", "batch": "B1",
            "parties": [{"role": "primary", "liable": true, "key": "P9"}], "status": "NEW",
            "charged_off_on": "2025-06-01", "last_payment_on": "2025-05-01",
            "commission": {"schedule": "std", "cap": 90_000}}),
            ),
            placement("A2", json!({"line": 2, "customer": "C1", "holds": ["attorney"]})),
            placement("A3", json!({"line": 3, "term_ends_on": "2026-01-20"})),
            placement("A4", json!({"line": 4})),
            placement(
                "A5",
                json!({"line": 5, "disputes": [{"account": "A5", "identifier": "D0",
            "received_on": "2025-12-01", "state": "open", "disputed": 500}]}),
            ),
        ],
    );
    let at = json!({"utc": "2026-01-08T10:00:00Z", "zone": "UTC"});
    say(
        &home,
        "agency",
        "2026-01-08",
        &[
            json!({"acknowledgment": {"account": "A1", "acceptance": "accepted", "currency": "USD",
            "original_balance": 105_005, "current_balance": 105_005, "received_on": "2026-01-02"}}),
            json!({"promise": {"account": "A1", "kind": "promise", "due_on": "2026-01-10", "currency": "USD", "minor": 3_000}}),
            json!({"promise": {"account": "A1", "kind": "post_dated", "due_on": "2026-01-12", "currency": "USD", "minor": 70_000}}),
            payment(
                "A1",
                "P1",
                10_000,
                "2026-01-05",
                json!({"line": 11, "references": [
            {"kind": "end_to_end", "value": "E1"}, {"kind": "uetr", "value": "U1"}]}),
            ),
            payment("A1", "P2", 7_770, "2026-01-06", json!({"line": 12, "waived": 90, "paid_to": "bank"})),
            json!({"note": {"account": "A1", "at": at, "text": "called"}}),
            json!({"status": {"account": "A2", "code": "PTP", "status": "promise_to_pay", "on": "2026-01-07"}}),
            json!({"dispute": {"account": "A2", "identifier": "D1", "received_on": "2026-01-06", "state": "open",
            "disputed": 700, "text": "Not mine"}}),
            json!({"complaint": {"account": "A2", "identifier": "D2", "received_on": "2026-01-06", "state": "open",
            "text": "Too loud", "hold": true}}),
            json!({"evidence_request": {"account": "A2", "identifier": "E1", "kind": "agreement", "at": at,
            "matter": "D1", "answer_by": "2026-01-30"}}),
        ],
    );
    say(
        &home,
        "bank",
        "2026-01-09",
        &[
            json!({"evidence": {"account": "A2", "kind": "agreement", "sha256": "0".repeat(64), "size": 7, "answers": "E1",
            "location": "x/y", "media_type": "application/pdf", "asked_by": "us", "given_by": "bank", "given_at": at}}),
            json!({"reversal": {"identifier": "R1", "currency": "USD", "minor": 4_000, "reversed_on": "2026-01-09",
            "line": 2, "references": [{"kind": "uetr", "value": "U1"}]}}),
            json!({"adjustment": {"account": "A1", "identifier": "J1", "direction": "increase", "currency": "USD", "minor": 333,
            "on": "2026-01-09"}}),
            json!({"adjustment": {"account": "A1", "identifier": "J2", "direction": "decrease", "currency": "USD", "minor": 44,
            "on": "2026-01-09", "split": [{"bucket": "principal", "minor": 44}]}}),
            json!({"direct_payment": {"account": "A2", "identifier": "P3", "currency": "USD", "minor": 2_000,
            "booked_on": "2026-01-08", "reference": "REF3"}}),
            json!({"direct_payment": {"identifier": "S1", "currency": "USD", "minor": 77, "booked_on": "2026-01-08",
            "bank_reference": "B7"}}),
            json!({"direct_payment": {"identifier": "S2", "currency": "USD", "minor": 55, "booked_on": "2026-01-08",
            "bank_reference": "B8"}}),
            json!({"direct_payment": {"identifier": "S3", "currency": "USD", "minor": 66, "booked_on": "2026-01-08",
            "bank_reference": "B9", "line": 9}}),
            json!({"reconciliation": {"account": "A1", "currency": "USD", "placed": 105_005, "paid": 13_770, "balance": 91_000,
            "as_of": "2026-01-09"}}),
            json!({"decision": {"account": "A2", "matter": "D1", "outcome": "upheld", "on": "2026-01-09", "reduce": 300,
            "currency": "USD"}}),
            json!({"recall": {"account": "A4", "stage": "pending", "on": "2026-01-09", "reason": "ERR"}}),
        ],
    );
    say(
        &home,
        "agency",
        "2026-01-12",
        &[
            json!({"recall_objection": {"account": "A4", "reason": "PTP", "on": "2026-01-10"}}),
            json!({"payment_plan": {"account": "A5", "currency": "USD", "agreed_on": "2026-01-10", "total": 900,
            "instalments": 3, "frequency": "monthly", "first_on": "2026-02-01"}}),
        ],
    );
    // Money in suspense goes back.
    say(
        &home,
        "bank",
        "2026-01-12",
        &[
            json!({"reversal": {"identifier": "R5", "currency": "USD", "minor": 55, "reversed_on": "2026-01-11",
            "references": [{"kind": "bank_entry", "value": "B8"}]}}),
        ],
    );
    // What waits: for an account that never comes, and for one that does.
    say(
        &home,
        "agency",
        "2026-01-13",
        &[
            payment("A9", "P9", 100, "2026-01-12", json!({})),
            payment("A7", "P7", 1_234, "2026-01-12", json!({"line": 5, "waived": 66})),
            json!({"reversal": {"account": "A1", "identifier": "R9", "currency": "USD", "minor": 1, "reversed_on": "2026-01-12",
            "reverses": "nobody"}}),
        ],
    );
    // It comes again.
    say(&home, "agency", "2026-01-14", &[payment("A9", "P9", 100, "2026-01-12", json!({"line": 3}))]);
    say(&home, "accounts", "2026-01-14", &[placement("A7", json!({"line": 1}))]);
    // Other terms, under which another payment earns.
    home.amend("2026-01-15", &TERMS.replace("\"6\"", "\"13\""));
    home.tick("test", "2026-01-15").unwrap();
    say(&home, "agency", "2026-01-16", &[payment("A1", "P4", 2_222, "2026-01-15", json!({"line": 1}))]);
    // Payments after a term and its days of grace: two that are decided, one that is not. And reversals that two fit.
    home.tick("test", "2026-02-01").unwrap();
    say(
        &home,
        "agency",
        "2026-02-02",
        &[
            payment("A3", "L1", 500, "2026-01-31", json!({"line": 1})),
            payment("A3", "L2", 600, "2026-01-31", json!({"line": 2})),
            payment("A3", "L3", 700, "2026-01-31", json!({"line": 3})),
            payment(
                "A5",
                "Q1",
                300,
                "2026-01-20",
                json!({"line": 4, "references": [{"kind": "creditor", "value": "Q"}]}),
            ),
            payment(
                "A5",
                "Q2",
                300,
                "2026-01-20",
                json!({"line": 5, "references": [{"kind": "creditor", "value": "Q"}]}),
            ),
            json!({"reversal": {"account": "A5", "identifier": "R2", "currency": "USD", "minor": 300, "line": 6,
            "reversed_on": "2026-01-21", "references": [{"kind": "creditor", "value": "Q"}]}}),
            payment(
                "A8",
                "L4",
                800,
                "2026-01-31",
                json!({"line": 7, "references": [{"kind": "end_to_end", "value": "E8"}]}),
            ),
        ],
    );
    let number = |identifier: &str| {
        let mut rows = home.acting().exceptions("test", false).unwrap().map(Result::unwrap);
        rows.find(|row| row.identifier.as_deref() == Some(identifier)).unwrap().number
    };
    for (identifier, decision) in
        [("L1", ExceptionDecision::Credit), ("L2", ExceptionDecision::CreditWithoutCommission)]
    {
        let options = ActOptions::new().at("2026-02-02T13:00:00Z".parse().unwrap());
        home.acting().decide("test", number(identifier), decision, options).unwrap();
    }
    // What waited for another account, and money in suspense. The one is for an account that had ended when it came.
    let mut waiting = home.acting().waiting("test").unwrap().map(Result::unwrap);
    let waits = waiting.find(|row| row.identifier.as_deref() == Some("L4")).unwrap().number;
    for (number, account) in [(waits, "A3"), (number("S3"), "A5")] {
        let decision = ExceptionDecision::Assign { account: account.try_into().unwrap() };
        let options = ActOptions::new().at("2026-02-02T14:00:00Z".parse().unwrap());
        home.acting().decide("test", number, decision, options).unwrap();
    }
    let options = ActOptions::new().at("2026-02-03T12:00:00Z".parse().unwrap());
    home.acting().remit("test", None, (day("2026-01-01"), day("2026-01-31")), options).unwrap();
    // Money of days before the remittance that comes after it.
    say(&home, "agency", "2026-02-04", &[payment("A2", "P5", 900, "2026-01-30", json!({"line": 1}))]);
    say(
        &home,
        "agency",
        "2026-02-05",
        &[
            json!({"return": {"account": "A2", "currency": "USD", "reason": "uncollectible", "on": "2026-02-05"}}),
        ],
    );
    hold_back_an_answer(&home);
    home
}

/// Another file takes the place of an answer that was not moved there yet: with the next write it is held back.
fn hold_back_an_answer(home: &TestHome) {
    let report = home.say_in("other", "accounts", "2026-02-06", &[placement("Z2", json!({}))]).unwrap();
    let answer = &report.answers[0];
    let book = Connection::open(home.path().join("book.sqlite")).unwrap();
    let sql = "SELECT staged FROM answer WHERE path = ?1";
    let staged: String = book.query_row(sql, [answer], |row| row.get(0)).unwrap();
    let staged = home.path().join(staged);
    fs::create_dir_all(staged.parent().unwrap()).unwrap();
    fs::rename(home.path().join(answer), &staged).unwrap();
    fs::create_dir(home.path().join(answer)).unwrap();
    home.say_in("other", "accounts", "2026-02-07", &[placement("Z3", json!({}))]).unwrap();
}

/// The tables of a book, with a copy of each from which it is put back.
struct Tables {
    book: Connection,
    names: Vec<String>,
}

impl Tables {
    fn of(home: &TestHome) -> Self {
        let book = Connection::open(home.path().join("book.sqlite")).unwrap();
        book.pragma_update(None, "foreign_keys", false).unwrap();
        book.pragma_update(None, "ignore_check_constraints", true).unwrap();
        let pristine = home.outside().join("pristine.sqlite");
        book.execute("ATTACH ?1 AS pristine", [pristine.to_string_lossy()]).unwrap();
        let names: Vec<String> = {
            let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
            let mut statement = book.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        for name in &names {
            book.execute_batch(&format!("CREATE TABLE pristine.{name} AS SELECT * FROM main.{name}"))
                .unwrap();
        }
        Self { book, names }
    }

    /// The mark of the audit log moves with every look at the book.
    fn kept(table: &str) -> &'static str {
        if table == "meta" { "WHERE key <> 'audit'" } else { "" }
    }

    fn restore(&self, table: &str) {
        let kept = Self::kept(table);
        self.book
            .execute_batch(&format!(
                "DELETE FROM main.{table} {kept}; INSERT INTO main.{table} SELECT * FROM pristine.{table} {kept}"
            ))
            .unwrap();
    }

    /// The columns of a table, with whether each is a part of its key.
    fn columns(&self, table: &str) -> Vec<(String, bool)> {
        let sql = format!("SELECT name, pk > 0 FROM pragma_table_info('{table}') ORDER BY cid");
        let mut statement = self.book.prepare(&sql).unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    }

    /// The first row of a table of each of its kinds, and the last row: a condition that finds it, and the kind.
    fn examples(&self, table: &str) -> Vec<(String, String)> {
        let columns = self.columns(table);
        let mut told = ["code", "kind", "side", "state"].into_iter();
        let kind = told.find(|told| columns.iter().any(|(name, _)| name == told)).unwrap_or("''");
        let mut keys: Vec<&str> =
            columns.iter().filter(|(_, key)| *key).map(|(name, _)| name.as_str()).collect();
        // A table without a key has no two rows that are alike.
        if keys.is_empty() {
            keys.extend(columns.iter().map(|(name, _)| name.as_str()));
        }
        let found: Vec<String> = keys.iter().map(|key| format!("'{key} = ' || quote({key})")).collect();
        let key = keys[0];
        let sql = format!(
            "SELECT {}, named FROM (
                 SELECT *, {kind} AS named, row_number() OVER (PARTITION BY {kind} ORDER BY {key}) AS nth,
                        row_number() OVER (ORDER BY {key} DESC) AS last FROM main.{table} {})
             WHERE nth = 1 OR last = 1",
            found.join(" || ' AND ' || "),
            Self::kept(table)
        );
        let mut statement = self.book.prepare(&sql).unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    }
}

/// Another value for a column: one more, a day later, a letter more; something for nothing.
fn another(column: &str, value: &Sql) -> Sql {
    match value {
        Sql::Null if column.ends_with("_on") || ["objected_until", "answer_by"].contains(&column) => {
            Sql::Text("2026-01-03".to_owned())
        }
        Sql::Null
            if ["line", "sequence", "minor", "disputed", "paid", "balance", "terms", "act"]
                .contains(&column) =>
        {
            Sql::Integer(7)
        }
        Sql::Null
            if ["cause", "reverses", "booked_by", "decided_by", "matter", "placement", "undoes"]
                .contains(&column) =>
        {
            Sql::Integer(1)
        }
        Sql::Null if column == "sent" => Sql::Blob(b"{}".to_vec()),
        Sql::Null => Sql::Text("x".to_owned()),
        Sql::Integer(number) => Sql::Integer(number + 1),
        Sql::Real(_) => panic!("{column} is a fraction; the book has none"),
        Sql::Text(text) => match text.parse::<bailiwick_sdk::value::Day>() {
            Ok(day) => Sql::Text(day.date().tomorrow().unwrap().to_string()),
            Err(_) if text.ends_with('Z') && text.contains('T') => Sql::Text(text.replace("Z", ".5Z")),
            Err(_) => Sql::Text(format!("{text}x")),
        },
        Sql::Blob(bytes) => {
            let mut bytes = bytes.clone();
            bytes.push(b'x');
            Sql::Blob(bytes)
        }
    }
}

/// Whether the check names a table. The full check must find that something is wrong.
fn names(home: &TestHome, table: &str, what: &str) -> bool {
    match home.acting().check_ledger_full() {
        Ok(check) => {
            let rows = check.rows.unwrap();
            let summed = !WITHOUT_SUM.contains(&table);
            assert_eq!(rows.is_whole(), !summed, "{what}: {rows:?}");
            assert!(!summed || table == "row_sum" || rows.tables_changed == [table], "{what}: {rows:?}");
            check.differences.iter().any(|it| it.table == table)
        }
        Err(error) => error.code() == "book" && error.to_string().contains(&format!("the table {table}")),
    }
}

fn whole(home: &TestHome) {
    let check = home.acting().check_ledger_full().unwrap();
    assert!(check.is_whole(), "{:#?} {:?}", check.differences, check.rows);
}

/// What the check must see and does not, and what it sees though it is listed as unseen.
fn wrong(unseen: BTreeSet<String>, all: &BTreeSet<String>) -> (Vec<String>, Vec<String>) {
    let listed = |it: &str| UNSEEN.iter().any(|(at, _)| it == *at || it.starts_with(&format!("{at} of ")));
    let missed = unseen.iter().filter(|it| !listed(it)).cloned().collect();
    let seen = UNSEEN.iter().map(|(at, _)| (*at).to_owned()).filter(|at| {
        !unseen.iter().any(|it| it == at || it.starts_with(&format!("{at} of ")))
            || !all.contains(at.split(" of ").next().unwrap())
    });
    (missed, seen.collect())
}

#[test]
fn every_change_of_a_column_is_found() {
    let home = home();
    whole(&home);
    let tables = Tables::of(&home);
    for table in &tables.names {
        let sql = format!("SELECT count(*) FROM main.{table}");
        let rows: i64 = tables.book.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert!(rows > 0, "the table {table} is empty");
    }
    let (mut unseen, mut all) = (BTreeSet::new(), BTreeSet::new());
    for table in &tables.names {
        for (at, kind) in tables.examples(table) {
            for (column, _) in tables.columns(table) {
                all.insert(format!("{table}.{column}"));
                let sql = format!("SELECT {column} FROM main.{table} WHERE {at}");
                let old: Sql = tables.book.query_row(&sql, [], |row| row.get(0)).unwrap();
                let mut new = another(&column, &old);
                let update = format!("UPDATE main.{table} SET {column} = ?1 WHERE {at}");
                let mut done = tables.book.execute(&update, [&new]);
                // A number that another row has is no change that the database takes.
                while done.is_err() {
                    let Sql::Integer(number) = new else { panic!("{update}: {done:?}") };
                    new = Sql::Integer(number + 10);
                    done = tables.book.execute(&update, [&new]);
                }
                assert_eq!(done.unwrap(), 1, "{update}");
                if !names(&home, table, &update) {
                    unseen.insert(format!("{table}.{column} of {kind}"));
                }
                tables.restore(table);
            }
        }
    }
    whole(&home);
    let (missed, seen) = wrong(unseen, &all);
    assert!(missed.is_empty() && seen.is_empty(), "not found: {missed:#?}\nfound, but listed: {seen:#?}");
}

/// Rows that may be taken out unseen, and why.
const UNSEEN_GONE: &[(&str, &str)] = &[
    (
        "meta",
        "a digest that is missing is written again by the next act, which names the plugin in the audit log anew",
    ),
    ("held_back", "the next write looks for answers that are not in their places"),
    ("row_sum", "the sums are for the full check"),
    ("answer", "the last row; the audit log has the answers of each act"),
];

#[test]
fn a_row_that_was_taken_out_is_found() {
    let home = home();
    whole(&home);
    let tables = Tables::of(&home);
    let mut unseen = BTreeSet::new();
    for table in &tables.names {
        for (at, kind) in tables.examples(table) {
            let delete = format!("DELETE FROM main.{table} WHERE {at}");
            assert_eq!(tables.book.execute(&delete, []).unwrap(), 1);
            if !names(&home, table, &delete) {
                unseen.insert(format!("{table} of {kind}"));
            }
            tables.restore(table);
        }
    }
    whole(&home);
    let listed = |it: &String| UNSEEN_GONE.iter().any(|(at, _)| it.starts_with(&format!("{at} of ")));
    let missed: Vec<&String> = unseen.iter().filter(|it| !listed(it)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    for (table, _) in UNSEEN_GONE {
        assert!(
            unseen.iter().any(|it| it.starts_with(&format!("{table} of "))),
            "{table} is found, but listed"
        );
    }
}

/// Rows that may be added unseen, and why.
const UNSEEN_ADDED: &[(&str, &str)] = &[("answer", "the audit log has the digests of the answers")];

/// Columns that no two rows of a table have in common, so that a copy has others.
const UNIQUE: &[(&str, &str)] = &[
    ("engagement", "name = name || '-2'"),
    ("file", "sha256 = substr(sha256, 2) || '0', identity = NULL"),
    ("person", "key = key || '-2'"),
    ("placement", "round = round + 1"),
    ("transfer", "identifier = identifier || '-2'"),
    ("remittance", "identifier = identifier || '-2'"),
    ("reconciliation", "as_of = '2026-01-20'"),
    ("matter", "identifier = identifier || '-2'"),
    ("evidence_request", "identifier = identifier || '-2'"),
    ("answer", "path = path || '-2'"),
    ("suspense", "exception = exception + 1000"),
];

#[test]
fn a_row_that_was_doubled_is_found() {
    let home = home();
    whole(&home);
    let tables = Tables::of(&home);
    let mut unseen = BTreeSet::new();
    for table in &tables.names {
        // A row of the other tables has the number of another row as its key: that row has one of its own.
        let columns = tables.columns(table);
        let (keyed, numbered) =
            (columns.iter().any(|(_, key)| *key), columns.iter().any(|(name, _)| name == "id"));
        if keyed && !numbered {
            continue;
        }
        let number = format!("id = (SELECT max(id) + 1 FROM main.{table})");
        let number = if keyed { number.as_str() } else { "rowid = rowid" };
        let unique =
            UNIQUE.iter().find(|(name, _)| name == table).map_or("rowid = rowid", |(_, unique)| *unique);
        for (at, kind) in tables.examples(table) {
            let sql = format!(
                "CREATE TEMP TABLE doubled AS SELECT * FROM main.{table} WHERE {at};
                 UPDATE temp.doubled SET {number}, {unique};
                 INSERT INTO main.{table} SELECT * FROM temp.doubled; DROP TABLE temp.doubled"
            );
            tables.book.execute_batch(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            if !names(&home, table, &sql) {
                unseen.insert(format!("{table} of {kind}"));
            }
            tables.restore(table);
        }
    }
    whole(&home);
    let listed = |it: &String| UNSEEN_ADDED.iter().any(|(at, _)| it.starts_with(&format!("{at} of ")));
    let missed: Vec<&String> = unseen.iter().filter(|it| !listed(it)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    for (table, _) in UNSEEN_ADDED {
        assert!(
            unseen.iter().any(|it| it.starts_with(&format!("{table} of "))),
            "{table} is found, but listed"
        );
    }
}
