//! The schedule for courts, through files: the days of the payments and of the statuses decide, in whatever order the files
//! come.

use bailiwick_conformance::TestHome;
use bailiwick_host::{ActOptions, Remitted};
use serde_json::{Value, json};

/// 10 %, and 50 % while the account is with a court.
fn terms(more: &str) -> String {
    format!(
        "term_days = 30\ngrace_days = 5\n[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\n\
         legal_schedule = \"court\"\n{more}\n\
         schedules = [{{ name = \"std\", by = \"term\", steps = [{{ from = 0, percent = \"10\" }}] }}, \
                      {{ name = \"court\", by = \"term\", steps = [{{ from = 0, percent = \"50\" }}] }}]"
    )
}

fn placement(account: &str) -> Value {
    let balance = json!([{"bucket": "principal", "minor": 10000}, {"bucket": "interest", "minor": 500}]);
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-01-01", "balance": balance}})
}

fn status(account: &str, status: &str, on: &str) -> Value {
    json!({"status": {"account": account, "status": status, "on": on}})
}

fn payment(account: &str, identifier: &str, paid_to: &str, on: &str) -> Value {
    json!({"payment": {"account": account, "identifier": format!("{account}-{identifier}"), "paid_to": paid_to,
        "currency": "USD", "minor": 1000, "received_on": on}})
}

fn reversal(account: &str, of: &str) -> Value {
    json!({"reversal": {"identifier": format!("{account}-r{of}"), "reverses": format!("{account}-{of}"), "currency": "USD",
        "minor": 1000, "reversed_on": "2026-01-15"}})
}

fn ledger_is_whole(home: &TestHome) {
    let check = home.acting().check_ledger().unwrap();
    assert!(check.is_whole(), "{:?}", check.differences);
}

/// The state and the commission of an account.
fn stands(home: &TestHome, account: &str) -> (String, i64) {
    let account = home.acting().account("test", account).unwrap().account;
    (account.state.name().to_owned(), account.commission)
}

/// A status that ends holds.
fn ending(account: &str, holds: &[&str], on: &str) -> Value {
    let mut it = status(account, "other", on);
    it["status"]["ends"] = json!(holds);
    it
}

/// A home with accounts that were placed on the first day.
fn home_with(terms: &str, accounts: &[&str]) -> TestHome {
    let home = TestHome::with_terms(terms);
    let placed: Vec<Value> = accounts.iter().map(|account| placement(account)).collect();
    assert_eq!(home.say("accounts", "2026-01-01", &placed).unwrap().accepted, placed.len() as u64);
    home
}

/// A file of which every document is taken. Returns the codes of its problems.
fn take(home: &TestHome, side: &str, on: &str, documents: &[Value]) -> Vec<String> {
    let report = home.say(side, on, documents).unwrap();
    assert_eq!(report.accepted, documents.len() as u64, "{:?}", report.problems);
    report.problems.iter().map(|problem| problem.code.clone()).collect()
}

fn remit(home: &TestHome, from: &str, to: &str, day: &str) -> Remitted {
    let period = (from.parse().unwrap(), to.parse().unwrap());
    let options = ActOptions::new().at(format!("{day}T12:00:00Z").parse().unwrap());
    let remitted = home.acting().remit("test", None, period, options).unwrap();
    ledger_is_whole(home);
    remitted
}

/// The case of the trials, with its two files in both orders: the agency's own status raises nothing, and it ends.
#[test]
fn the_files_of_the_case_give_two_payments_of_ten_percent_in_both_orders() {
    let agency = [
        status("A1", "legal", "2026-01-02"),
        status("A1", "working", "2026-01-05"),
        payment("A1", "p1", "agency", "2026-01-06"),
    ];
    let bank = [status("A1", "working", "2026-01-07"), payment("A1", "p2", "bank", "2026-01-07")];
    let files: [(&str, &[Value]); 2] = [("agency", &agency), ("bank", &bank)];
    for [first, second] in [[0, 1], [1, 0]] {
        for more in ["", "legal_by = \"either\""] {
            let home = home_with(&terms(more), &["A1"]);
            take(&home, files[first].0, "2026-01-07", files[first].1);
            take(&home, files[second].0, "2026-01-08", files[second].1);
            assert_eq!(stands(&home, "A1"), ("active".to_owned(), 200), "{first} {more}");
            ledger_is_whole(&home);
        }
    }
}

/// The case of the trials: the agency's own status raises nothing, and its end ends it.
#[test]
fn a_status_of_the_agency_raises_its_rate_only_if_the_contract_says_so_and_ends() {
    for (more, early) in [("", 100), ("legal_by = \"either\"", 500)] {
        let home = TestHome::with_terms(&terms(more));
        home.say("accounts", "2026-01-01", &[placement("A1")]).unwrap();
        let documents = [
            status("A1", "legal", "2026-01-02"),
            status("A1", "working", "2026-01-05"),
            payment("A1", "p1", "agency", "2026-01-06"),
        ];
        assert_eq!(home.say("agency", "2026-01-06", &documents).unwrap().accepted, 3);
        let documents = [status("A1", "working", "2026-01-07"), payment("A1", "p2", "bank", "2026-01-07")];
        assert_eq!(home.say("bank", "2026-01-07", &documents).unwrap().accepted, 2);
        assert_eq!(stands(&home, "A1"), ("active".to_owned(), 200), "{more}");
        // A payment of the days with the court, however late it comes.
        home.say("agency", "2026-01-09", &[payment("A1", "p3", "agency", "2026-01-04")]).unwrap();
        assert_eq!(stands(&home, "A1"), ("active".to_owned(), 200 + early), "{more}");
        ledger_is_whole(&home);
    }
}

/// Every order of the numbers below `n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(n - 1) {
        for at in 0..n {
            let mut order = shorter.clone();
            order.insert(at, n - 1);
            all.push(order);
        }
    }
    all
}

#[test]
fn a_status_its_end_and_payments_give_the_same_in_every_order_of_their_files() {
    let home = TestHome::with_terms(&terms(""));
    let orders = orders(4);
    assert_eq!(orders.len(), 24);
    let accounts: Vec<String> = (0..orders.len()).map(|number| format!("A{number}")).collect();
    let placed: Vec<Value> = accounts.iter().map(|account| placement(account)).collect();
    home.say("accounts", "2026-01-01", &placed).unwrap();
    let side_and_document = |account: &str, number: usize| match number {
        0 => ("bank", status(account, "legal", "2026-01-03")),
        1 => ("bank", status(account, "working", "2026-01-07")),
        2 => ("agency", payment(account, "p1", "agency", "2026-01-05")),
        _ => ("agency", payment(account, "p2", "agency", "2026-01-07")),
    };
    for (turn, on) in ["2026-01-10", "2026-01-11", "2026-01-12", "2026-01-13"].into_iter().enumerate() {
        let of = |(account, order): (&String, &Vec<usize>)| side_and_document(account, order[turn]);
        let said: Vec<(&str, Value)> = accounts.iter().zip(&orders).map(of).collect();
        for side in ["bank", "agency"] {
            let documents: Vec<Value> =
                said.iter().filter(|(by, _)| *by == side).map(|(_, it)| it.clone()).collect();
            let report = home.say(side, on, &documents).unwrap();
            assert_eq!(
                (report.accepted, report.rejected),
                (documents.len() as u64, 0),
                "{:?}",
                report.problems
            );
        }
    }
    for (account, order) in accounts.iter().zip(&orders) {
        assert_eq!(stands(&home, account), ("active".to_owned(), 600), "{order:?}");
    }
    ledger_is_whole(&home);
    for (of, left) in [("p1", 100), ("p2", 0)] {
        let undone: Vec<Value> = accounts.iter().map(|account| reversal(account, of)).collect();
        let on = if of == "p1" { "2026-01-15" } else { "2026-01-16" };
        assert_eq!(home.say("agency", on, &undone).unwrap().accepted, 24);
        for (account, order) in accounts.iter().zip(&orders) {
            assert_eq!(stands(&home, account).1, left, "{order:?}");
        }
        ledger_is_whole(&home);
    }
}

#[test]
fn a_hold_is_released_by_the_side_that_began_it_or_by_the_bank() {
    let home = home_with(&terms(""), &["A1"]);
    take(&home, "bank", "2026-01-03", &[status("A1", "legal", "2026-01-03")]);
    assert_eq!(stands(&home, "A1").0, "held");
    // The agency cannot end a hold of the bank: the account stays held, and its payments earn as with a court.
    let told = take(&home, "agency", "2026-01-05", &[ending("A1", &["legal"], "2026-01-05")]);
    assert_eq!(told, ["hold_stays"]);
    take(&home, "agency", "2026-01-06", &[payment("A1", "p1", "agency", "2026-01-06")]);
    assert_eq!(stands(&home, "A1"), ("held".to_owned(), 500));
    // The bank ends it, and with it holds that the agency began.
    take(&home, "agency", "2026-01-07", &[status("A1", "attorney_represents", "2026-01-07")]);
    let told = take(&home, "bank", "2026-01-08", &[ending("A1", &["legal", "attorney"], "2026-01-08")]);
    assert_eq!(told, [""; 0]);
    take(&home, "agency", "2026-01-08", &[payment("A1", "p2", "agency", "2026-01-08")]);
    assert_eq!(stands(&home, "A1"), ("active".to_owned(), 600));
    // A status cannot begin and end the same hold.
    let mut both = status("A1", "legal", "2026-01-09");
    both["status"]["ends"] = json!(["legal"]);
    let report = home.say("bank", "2026-01-09", &[both]).unwrap();
    assert_eq!((report.rejected, report.problems[0].code.as_str()), (1, "hold_begins_and_ends"));
    ledger_is_whole(&home);
}

/// A status that comes after the payment and its remittance, and is of an earlier day.
#[test]
fn a_late_status_books_the_difference_and_the_next_remittance_has_it() {
    for (paid_to, net, invoiced) in [("agency", -400, 0), ("bank", 0, 400)] {
        let home = home_with(&terms(""), &["A1"]);
        take(&home, "agency", "2026-01-06", &[payment("A1", "p1", paid_to, "2026-01-06")]);
        remit(&home, "2026-01-01", "2026-01-07", "2026-01-08");
        take(&home, "bank", "2026-01-09", &[status("A1", "legal", "2026-01-04")]);
        assert_eq!(stands(&home, "A1"), ("held".to_owned(), 500), "{paid_to}");
        let view = home.acting().account("test", "A1").unwrap();
        let requoted: Vec<_> = view.events.iter().filter(|it| it.kind == "requoted").collect();
        assert_eq!(requoted.len(), 1);
        assert_eq!(requoted[0].on.as_deref(), Some("2026-01-06"));
        let next = remit(&home, "2026-01-08", "2026-01-14", "2026-01-15");
        assert_eq!((next.gross, next.net, next.invoiced), (0, net, invoiced), "{paid_to}");
        // The end of a day before the payment takes the difference back, and a full reversal all that is left.
        take(&home, "bank", "2026-01-16", &[status("A1", "working", "2026-01-05")]);
        assert_eq!(stands(&home, "A1"), ("active".to_owned(), 100), "{paid_to}");
        ledger_is_whole(&home);
        let mut undone = reversal("A1", "p1");
        undone["reversal"]["reversed_on"] = json!("2026-01-17");
        take(&home, if paid_to == "bank" { "bank" } else { "agency" }, "2026-01-17", &[undone]);
        assert_eq!(stands(&home, "A1"), ("active".to_owned(), 0), "{paid_to}");
        remit(&home, "2026-01-15", "2026-01-31", "2026-02-01");
    }
}

#[test]
fn a_payment_that_was_reversed_in_part_is_quoted_anew_for_the_rest() {
    let home = home_with(&terms("tax_percent = \"6\""), &["A1"]);
    take(&home, "agency", "2026-01-06", &[payment("A1", "p1", "agency", "2026-01-06")]);
    let mut part = reversal("A1", "p1");
    (part["reversal"]["minor"], part["reversal"]["reversed_on"]) = (json!(400), json!("2026-01-07"));
    take(&home, "agency", "2026-01-07", &[part]);
    assert_eq!(stands(&home, "A1").1, 60);
    take(&home, "bank", "2026-01-08", &[status("A1", "legal", "2026-01-05")]);
    assert_eq!(stands(&home, "A1").1, 300);
    ledger_is_whole(&home);
    let mut rest = reversal("A1", "p1");
    (rest["reversal"]["minor"], rest["reversal"]["identifier"]) = (json!(600), json!("A1-rest"));
    take(&home, "agency", "2026-01-15", &[rest]);
    let account = home.acting().account("test", "A1").unwrap().account;
    assert_eq!((account.commission, account.tax), (0, 0));
    ledger_is_whole(&home);
}

/// The terms of the day of the payment say which side counts and what the rate is; an amendment quotes nothing anew.
#[test]
fn amended_terms_say_for_their_days_which_side_counts() {
    let home = home_with(&terms(""), &["A1"]);
    take(&home, "agency", "2026-01-03", &[status("A1", "legal", "2026-01-02")]);
    take(&home, "agency", "2026-01-05", &[payment("A1", "p1", "agency", "2026-01-05")]);
    home.amend("2026-01-06", &terms("legal_by = \"either\"").replace("\"50\"", "\"40\""));
    assert_eq!(stands(&home, "A1").1, 100);
    // One of each day, the earlier after the later.
    take(&home, "agency", "2026-01-08", &[payment("A1", "p2", "agency", "2026-01-06")]);
    assert_eq!(stands(&home, "A1").1, 500);
    take(&home, "agency", "2026-01-09", &[payment("A1", "p3", "agency", "2026-01-04")]);
    assert_eq!(stands(&home, "A1").1, 600);
    // The bank's status is of the first day: each payment has the rate for courts of its own terms.
    take(&home, "bank", "2026-01-09", &[status("A1", "legal", "2026-01-02")]);
    assert_eq!(stands(&home, "A1").1, 500 + 400 + 500);
    ledger_is_whole(&home);
    for (of, on, left) in [("p2", "2026-01-15", 1_000), ("p1", "2026-01-16", 500), ("p3", "2026-01-17", 0)] {
        take(&home, "agency", on, &[reversal("A1", of)]);
        assert_eq!(stands(&home, "A1").1, left, "{of}");
        ledger_is_whole(&home);
    }
}

/// Statuses and payments that come before the account wait, and give the same as if they had come after it.
#[test]
fn statuses_and_payments_that_waited_give_the_rates_of_their_days() {
    let home = TestHome::with_terms(&terms(""));
    let bank = [status("A1", "working", "2026-01-06"), status("A1", "legal", "2026-01-03")];
    let paid = [payment("A1", "p1", "agency", "2026-01-05"), payment("A1", "p2", "agency", "2026-01-06")];
    assert_eq!(home.say("agency", "2026-01-06", &paid).unwrap().waiting, 2);
    assert_eq!(home.say("bank", "2026-01-06", &bank).unwrap().waiting, 2);
    let placed = home.say("accounts", "2026-01-07", &[placement("A1")]).unwrap();
    assert_eq!((placed.accepted, placed.revived), (1, 4), "{:?}", placed.problems);
    let account = home.acting().account("test", "A1").unwrap().account;
    assert_eq!((account.commission, account.holds.reasons().count()), (600, 0));
    ledger_is_whole(&home);
}

#[test]
fn changed_holds_and_quotes_are_found_by_the_check_of_the_ledger() {
    let home = home_with(&terms(""), &["A1"]);
    take(&home, "agency", "2026-01-06", &[payment("A1", "p1", "agency", "2026-01-06")]);
    take(&home, "bank", "2026-01-07", &[status("A1", "legal", "2026-01-04")]);
    let path = home.path().join("book.sqlite");
    let change = |sql: &str| {
        assert_eq!(rusqlite::Connection::open(&path).unwrap().execute(sql, []).unwrap(), 1, "{sql}")
    };
    let figures = || -> Vec<String> {
        let found = home.acting().check_ledger().unwrap().differences;
        found.into_iter().map(|it| it.figure).collect()
    };
    assert_eq!(figures(), [""; 0]);
    for (changed, back, figure) in [
        ("hold SET begins = 0", "hold SET begins = 1", "holds"),
        ("hold SET reason = 'cease'", "hold SET reason = 'legal'", "holds"),
        ("placement SET holds = 0", "placement SET holds = 64", "holds"),
        ("placement SET holds = 96", "placement SET holds = 64", "holds"),
        ("earning SET nth = 2 WHERE nth = 1", "earning SET nth = 1 WHERE nth = 2", "A1-p1"),
        ("earning SET base = 7 WHERE nth = 1", "earning SET base = 1000 WHERE nth = 1", "A1-p1"),
        ("earning SET whole = 399 WHERE nth = 1", "earning SET whole = 400 WHERE nth = 1", "earned"),
        (
            "event SET kind = 'note' WHERE kind = 'requoted'",
            "event SET kind = 'requoted' WHERE kind = 'note'",
            "requoted",
        ),
    ] {
        change(&format!("UPDATE {changed}"));
        assert!(figures().iter().any(|it| it == figure), "{changed}: {:?}", figures());
        change(&format!("UPDATE {back}"));
        assert_eq!(figures(), [""; 0], "{back}");
    }
    // A reason that there is not cannot be read.
    change("UPDATE hold SET reason = 'gone'");
    let error = home.acting().check_ledger().unwrap_err();
    assert_eq!(error.code(), "book");
    assert!(error.to_string().contains("the table hold"), "{error}");
}
