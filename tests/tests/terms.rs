//! Terms with a day: an amendment changes nothing of what was booked, needs a day, and is told.

use std::fs;

use bailiwick_conformance::{TestHome, bailiwick};
use serde_json::{Value, json};

/// Terms as both sides agreed on them first, with these further keys of the commission.
fn terms(percent: &str, more: &str) -> String {
    format!(
        "term_days = 30\ngrace_days = 5\nallocation = [\"interest\", \"principal\"]\n[terms.commission]\n\
         rounding = \"half_even\"\nremits = \"net\"\n{more}\n\
         schedules = [{{ name = \"std\", by = \"term\", steps = [{{ from = 0, percent = \"{percent}\" }}] }}]"
    )
}

fn placement(more: Value) -> Value {
    let balance = json!([{"bucket": "principal", "minor": 10000}, {"bucket": "interest", "minor": 500}]);
    let mut it = json!({"placement": {"account": "A1", "currency": "USD", "placed_on": "2026-01-01", "balance": balance}});
    for (key, value) in more.as_object().unwrap() {
        it["placement"][key] = value.clone();
    }
    it
}

fn payment(identifier: &str, on: &str) -> Value {
    json!({"payment": {"account": "A1", "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": 1000, "received_on": on}})
}

fn reversal(identifier: &str, of: &str) -> Value {
    json!({"reversal": {"identifier": identifier, "currency": "USD", "minor": 1000, "reversed_on": "2026-01-07",
        "reverses": of}})
}

/// A home in which the account was placed under terms and one payment of 5 January was booked.
fn paid_under(terms: &str, own: Value) -> TestHome {
    let home = TestHome::with_terms(terms);
    assert_eq!(home.say("accounts", "2026-01-01", &[placement(own)]).unwrap().accepted, 1);
    assert_eq!(home.say("agency", "2026-01-05", &[payment("p1", "2026-01-05")]).unwrap().accepted, 1);
    home
}

/// The commission and the tax of the account, on a book whose ledger is whole.
fn fees(home: &TestHome) -> (i64, i64) {
    let check = home.acting().check_ledger().unwrap();
    assert!(check.is_whole(), "{:?}", check.differences);
    let account = home.acting().account("test", "A1").unwrap().account;
    (account.commission, account.tax)
}

#[test]
fn a_full_reversal_leaves_nothing_whatever_was_amended() {
    let before = terms("10", "tax_percent = \"6\"");
    for (what, later) in [
        ("the section of the commission is gone", "term_days = 30\ngrace_days = 5".to_owned()),
        ("fewer buckets earn", terms("10", "earns = [\"interest\"]\ntax_percent = \"6\"")),
        ("another rate", terms("20", "tax_percent = \"6\"")),
        ("another tax", terms("10", "tax_percent = \"13\"")),
    ] {
        for from in ["2026-01-06", "2026-01-02"] {
            let home = paid_under(&before, json!({}));
            assert_eq!(fees(&home), (100, 6), "{what}");
            home.amend(from, &later);
            let report = home.say("agency", "2026-01-08", &[reversal("r1", "p1")]).unwrap();
            assert_eq!(
                (report.accepted, fees(&home)),
                (1, (0, 0)),
                "{what} from {from}: {:?}",
                report.problems
            );
        }
    }
}

#[test]
fn another_tax_taxes_only_what_is_paid_from_its_day_on() {
    let home = paid_under(&terms("10", "tax_percent = \"6\""), json!({}));
    home.amend("2026-01-06", &terms("10", "tax_percent = \"13\""));
    // The earlier of the two was reported late, and has the tax of its day.
    home.say("agency", "2026-01-08", &[payment("p2", "2026-01-07")]).unwrap();
    assert_eq!(fees(&home), (200, 19));
    home.say("agency", "2026-01-09", &[payment("p3", "2026-01-05")]).unwrap();
    assert_eq!(fees(&home), (300, 25));
}

#[test]
fn a_lower_cap_books_nothing_negative() {
    let home = paid_under(&terms("50", "cap = 500"), json!({}));
    assert_eq!(fees(&home).0, 500);
    home.amend("2026-01-06", &terms("50", "cap = 450"));
    home.say("agency", "2026-01-08", &[payment("p2", "2026-01-07")]).unwrap();
    assert_eq!(fees(&home).0, 500);
    home.say("agency", "2026-01-09", &[reversal("r1", "p1")]).unwrap();
    assert_eq!(fees(&home).0, 450);
    home.say("agency", "2026-01-10", &[reversal("r2", "p2")]).unwrap();
    assert_eq!(fees(&home).0, 0);
}

#[test]
fn an_account_keeps_its_own_schedule_that_is_gone_and_a_check_warns_of_it() {
    let own = "[[terms.commission.schedules]]\nname = \"own\"\nby = \"term\"\nsteps = [{ from = 0, percent = \"30\" }]";
    let std = own.replace("own", "std").replace("30", "10");
    let head = "[terms.commission]\nrounding = \"up\"\nremits = \"net\"\n";
    let home = paid_under(&format!("{head}{std}\n{own}"), json!({"commission": {"schedule": "own"}}));
    assert_eq!(fees(&home).0, 300);
    let warned = || {
        home.host
            .check_engagement("test")
            .warnings
            .into_iter()
            .filter(|it| it.code == "schedule_in_use")
            .count()
    };
    assert_eq!(warned(), 0);
    home.amend("2026-01-06", &format!("{head}{std}"));
    assert_eq!(warned(), 1);
    home.say("agency", "2026-01-08", &[payment("p2", "2026-01-07")]).unwrap();
    assert_eq!(fees(&home).0, 600);
}

/// The day of the file may stand at its end, and may lie before an amendment that the act takes.
#[test]
fn an_undated_account_has_a_schedule_of_the_terms_of_its_day() {
    let own = "[[terms.commission.schedules]]\nname = \"own\"\nby = \"term\"\nsteps = [{ from = 0, percent = \"30\" }]";
    let std = own.replace("own", "std").replace("30", "10");
    let head = "term_days = 30\n[terms.commission]\nrounding = \"up\"\nremits = \"net\"\n";
    let home = TestHome::with_terms(&format!("{head}{std}\n{own}"));
    let mut first = placement(json!({}));
    first["placement"]["account"] = json!("A2");
    assert_eq!(home.say("accounts", "2026-01-01", &[first]).unwrap().accepted, 1);
    home.amend("2026-01-06", &format!("{head}{std}"));
    let mut undated = placement(json!({"commission": {"schedule": "own"}}));
    undated["placement"].as_object_mut().unwrap().remove("placed_on");
    let file = [undated, json!({"header": {"created_on": "2026-01-03"}})];
    let report = home.say("accounts", "2026-01-08", &file).unwrap();
    assert_eq!(report.accepted, 1, "{:?}", report.problems);
    assert_eq!(home.say("agency", "2026-01-08", &[payment("p1", "2026-01-05")]).unwrap().accepted, 1);
    assert_eq!(fees(&home).0, 300);
}

#[test]
fn a_reversal_after_two_amendments_takes_back_what_its_payment_earned() {
    let home = paid_under(&terms("10", "tax_percent = \"6\""), json!({}));
    home.amend("2026-01-06", &terms("20", "tax_percent = \"13\""));
    home.say("agency", "2026-01-08", &[payment("p2", "2026-01-07")]).unwrap();
    home.amend("2026-01-09", "term_days = 30\ngrace_days = 5");
    assert_eq!(home.say("agency", "2026-01-10", &[payment("p3", "2026-01-09")]).unwrap().accepted, 1);
    assert_eq!(fees(&home), (300, 32));
    home.say("agency", "2026-01-11", &[reversal("r1", "p1")]).unwrap();
    assert_eq!(fees(&home), (200, 26));
    home.say("agency", "2026-01-12", &[reversal("r2", "p2"), reversal("r3", "p3")]).unwrap();
    assert_eq!(fees(&home), (0, 0));
}

/// An amendment without a day is refused before anything is done, by every act and by the check, with the keys that
/// changed.
#[test]
fn an_amendment_without_a_day_is_asked_for_one() {
    let home = paid_under(&terms("10", "cap = 500"), json!({}));
    let before = home.book_and_outbox();
    home.engage("test", "Bank", "AG001", "{}", &terms("10", "cap = 400\ntax_percent = \"6\""));
    let errors = [
        home.say("agency", "2026-01-08", &[payment("p2", "2026-01-07")]).unwrap_err(),
        home.tick("test", "2026-01-08").unwrap_err(),
        home.host.check_engagement("test").errors.remove(0),
    ];
    for error in errors {
        assert_eq!(error.code(), "terms_without_day", "{error}");
        let said = error.to_string();
        assert!(said.contains("(terms.commission.cap, terms.commission.tax_percent)"), "{said}");
        assert!(said.contains("terms.from = \"YYYY-MM-DD\""), "{said}");
    }
    assert_eq!(home.book_and_outbox(), before);
    let check = bailiwick(&home.path(), &["--json", "engagement", "check", "test"]);
    assert_eq!((check.code, &check.json()[0]["errors"][0]["code"]), (Some(1), &json!("terms_without_day")));
    let exchanged = bailiwick(&home.path(), &["tick", "test", "--at", "2026-01-08T12:00:00Z"]);
    assert_eq!(exchanged.code, Some(1), "{}", exchanged.err);
    // With a day it is taken; an earlier day is refused then.
    home.amend("2026-01-06", &terms("10", "cap = 400\ntax_percent = \"6\""));
    home.say("agency", "2026-01-08", &[payment("p2", "2026-01-07")]).unwrap();
    assert_eq!(fees(&home), (200, 6));
    home.amend("2026-01-05", &terms("10", "cap = 300"));
    assert_eq!(home.tick("test", "2026-01-08").unwrap_err().code(), "terms_day_goes_back");
}

/// An engagement that cannot be ticked stops no other one; it is named, and the exit code is that of the first failure.
#[test]
fn a_refused_engagement_stops_the_tick_of_no_other_one() {
    let home = TestHome::with_samples();
    let file = |name: &str| home.path().join(format!("engagements/{name}.toml"));
    for sample in home.host.engagements().unwrap() {
        fs::remove_file(file(&sample)).unwrap();
    }
    for name in ["a", "b", "c"] {
        home.engage(name, &format!("Bank {name}"), "AG001", "{}", "term_days = 30");
        assert_eq!(home.say_in(name, "accounts", "2026-01-01", &[placement(json!({}))]).unwrap().accepted, 1);
    }
    let state = |name: &str| home.acting().account(name, "A1").unwrap().account.state.name();
    home.engage("a", "Bank a", "AG001", "{}", "term_days = 20");
    let tick = ["tick", "--at", "2026-02-02T12:00:00Z"];
    let ran = bailiwick(&home.path(), &tick);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("b on 2026-02-02: ") && ran.out.contains("c on 2026-02-02: "), "{}", ran.out);
    assert!(ran.err.starts_with("a: ") && ran.err.contains("[terms_without_day]"), "{}", ran.err);
    assert_eq!(["a", "b", "c"].map(state), ["sent", "closed", "closed"]);
    // Each failure is named, also that of a file that cannot be read. The same as JSON.
    fs::write(file("b"), "creditor = ").unwrap();
    let ran = bailiwick(&home.path(), &["--json", "tick", "--at", "2026-02-02T12:00:00Z"]);
    let told: Vec<(Value, Value)> =
        ran.json().into_iter().map(|it| (it["engagement"].clone(), it["error"]["code"].clone())).collect();
    let names: Vec<&Value> = told.iter().map(|(name, _)| name).collect();
    assert_eq!((ran.code, names), (Some(1), vec![&json!("c"), &json!("a"), &json!("b")]));
    assert!(told[0].1.is_null() && told[1].1 == "terms_without_day" && told[2].1.is_string(), "{told:?}");
    // A wrong name is told before anything is done.
    let ran = bailiwick(&home.path(), &["--json", "tick", "c", "no-such"]);
    assert_eq!((ran.code, ran.json().len()), (Some(2), 1));
    assert_eq!(ran.json()[0]["error"]["code"], "no_engagement");
}

/// A planned amendment, such as one with a mistyped day, is corrected or withdrawn until its day has come.
#[test]
fn a_planned_amendment_is_withdrawn_and_corrected() {
    let before = terms("10", "cap = 500");
    let versions = |home: &TestHome| -> Vec<Option<String>> {
        let versions = home.host.terms("test").unwrap();
        versions.into_iter().map(|it| it.from.map(|day| day.to_string())).collect()
    };
    let home = paid_under(&before, json!({}));
    home.amend("2062-02-01", &terms("20", ""));
    assert_eq!(home.tick("test", "2026-01-06").unwrap_err().code(), "implausible_date");
    home.amend("2027-02-01", &terms("20", ""));
    home.tick("test", "2026-01-06").unwrap();
    assert_eq!(versions(&home), [None, Some("2027-02-01".to_owned())]);
    // Withdrawn: everything is as before it.
    home.engage("test", "Bank", "AG001", "{}", &before);
    home.say("agency", "2026-01-07", &[payment("p2", "2026-01-07")]).unwrap();
    assert_eq!((versions(&home), fees(&home).0), (vec![None], 200));
    // Planned again, and corrected to a day of the past.
    home.amend("2027-02-01", &terms("20", ""));
    home.tick("test", "2026-01-07").unwrap();
    home.amend("2026-01-08", &terms("20", ""));
    home.say("agency", "2026-01-09", &[payment("p3", "2026-01-08")]).unwrap();
    assert_eq!((versions(&home), fees(&home).0), (vec![None, Some("2026-01-08".to_owned())], 400));
    // Its day has come: it stays.
    home.engage("test", "Bank", "AG001", "{}", &before);
    assert_eq!(home.tick("test", "2026-01-09").unwrap_err().code(), "terms_without_day");
}

#[test]
fn what_has_neither_money_nor_days_takes_effect_at_once() {
    let home = paid_under(&terms("10", ""), json!({}));
    let more = format!(
        "one_agency_per_customer = true\n{}",
        terms("10", "").replace("term_days", "recall = { reason = \"R1\" }\nterm_days")
    );
    home.engage("test", "Bank", "AG001", "{}", &more);
    home.say("agency", "2026-01-08", &[payment("p2", "2026-01-07")]).unwrap();
    assert_eq!(fees(&home), (200, 0));
    assert_eq!(home.host.terms("test").unwrap().len(), 1);
}

#[test]
fn the_history_of_the_terms_is_shown() {
    let home = paid_under(&terms("10", "cap = 500"), json!({}));
    home.amend("2026-01-06", &terms("10", "cap = 400"));
    home.say("agency", "2026-01-08", &[payment("p2", "2026-01-07")]).unwrap();
    home.amend("2026-02-01", "term_days = 60");
    home.tick("test", "2026-01-09").unwrap();
    let shown = bailiwick(&home.path(), &["--json", "engagement", "show", "test"]).json().remove(0);
    let terms = shown["terms"].as_array().unwrap();
    let of = |key: &str| terms.iter().map(|it| it[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("number"), [1, 2, 3]);
    assert_eq!(of("from"), [Value::Null, json!("2026-01-06"), json!("2026-02-01")]);
    assert_eq!(of("taken_at")[1], "2026-01-08T12:00:00Z");
    assert_eq!(terms[1]["changed"], json!(["terms.commission.cap 500 → 400"]));
    let changed = json!([
        "terms.allocation",
        "terms.commission removed",
        "terms.grace_days 5 → 0",
        "terms.term_days 30 → 60"
    ]);
    assert_eq!(terms[2]["changed"], changed);
    let acts: Vec<u64> = terms.iter().map(|it| it["act"].as_u64().unwrap()).collect();
    assert!(acts.is_sorted() && acts[0] < acts[2], "{acts:?}");
    let text = bailiwick(&home.path(), &["engagement", "show", "test"]).out;
    let rows: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("TERMS")).collect();
    assert_eq!(rows.len(), 4, "{text}");
    assert!(rows[1].starts_with("1") && rows[1].contains("the beginning"), "{text}");
    assert!(rows[2].contains("2026-01-06") && rows[2].contains("cap 500 → 400"), "{text}");
}

/// The agency is paid by the terms of the last day of the period that is remitted.
#[test]
fn a_remittance_goes_by_the_terms_of_the_last_day_of_its_period() {
    let net = terms("10", "").replace("term_days = 30", "term_days = 300");
    let home = paid_under(&net, json!({}));
    home.amend("2026-02-01", &net.replace("\"net\"", "\"gross\""));
    let day = |text: &str| text.parse().unwrap();
    for (month, last, remits) in [("2026-01", "2026-01-31", "Net"), ("2026-02", "2026-02-28", "Gross")] {
        let paid = format!("{month}-20");
        home.say("agency", &paid, &[payment(&format!("p{month}"), &paid)]).unwrap();
        let options = bailiwick_host::ActOptions::new().at(format!("{last}T12:00:00Z").parse().unwrap());
        let period = (day(&format!("{month}-01")), day(last));
        let remitted = home.acting().remit("test", None, period, options).unwrap();
        assert_eq!(format!("{:?}", remitted.remits), remits);
    }
}

/// What stands under each version of the terms is checked: it decides what a cap leaves and what a reversal takes back.
#[test]
fn a_changed_standing_is_found_by_the_check_of_the_ledger() {
    let home = paid_under(&terms("10", "tax_percent = \"6\""), json!({}));
    home.amend("2026-01-06", &terms("10", "tax_percent = \"13\""));
    home.say("agency", "2026-01-08", &[payment("p2", "2026-01-07")]).unwrap();
    assert_eq!(fees(&home), (200, 19));
    let path = home.path().join("book.sqlite");
    let change = |sql: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let figures = || -> Vec<String> {
        let found = home.acting().check_ledger().unwrap().differences;
        found.into_iter().map(|it| it.figure).collect()
    };
    let one =
        "WHERE terms = (SELECT min(id) FROM terms WHERE engagement = (SELECT engagement FROM placement))";
    for (changed, back, figure) in [
        ("earned = earned + 1", "earned = earned - 1", "earned"),
        ("earned_micro = 5", "earned_micro = 0", "earned"),
        ("commission = 99", "commission = 100", "commission"),
        ("tax = 7", "tax = 6", "tax"),
    ] {
        change(&format!("UPDATE standing SET {changed} {one}"));
        assert!(figures().iter().any(|it| it == figure), "{changed}");
        change(&format!("UPDATE standing SET {back} {one}"));
        assert_eq!(figures(), [""; 0], "{back}");
    }
    // The same sums under other versions differ as well.
    change("UPDATE transfer SET terms = (SELECT max(id) FROM terms) WHERE kind = 'tax'");
    assert!(figures().iter().any(|it| it == "tax"));
}
