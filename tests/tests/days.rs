//! What a day means depends on the contract, the account's dates and what is known, never on whether a tick came first
//! or in which order files came.

use std::collections::BTreeMap;
use std::fs;

use bailiwick_conformance::TestHome;
use bailiwick_host::book::{Filter, Missing};
use bailiwick_host::{ActOptions, ExceptionDecision, Report, Source};
use serde_json::{Value, json};

/// A term to 31 January with five days of grace, two of them with commission, for accounts placed on 1 January.
const TERMS: &str = "term_days = 30\ngrace_days = 5\n[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\ngrace_days = 2\n\
    [[terms.commission.schedules]]\nname = \"std\"\nby = \"term\"\nsteps = [{ from = 0, percent = \"10\" }]\n";

fn engagement(home: &TestHome, name: &str, agency: &str, zone: &str, terms: &str) {
    let text = format!(
        "creditor = \"B\"\nagency = {{ code = \"{agency}\", name = \"A\" }}\ncurrency = \"USD\"\nzone = \"{zone}\"\n\
         [[bank.plugins]]\nplugin = \"canonical\"\n[[agency-system.plugins]]\nplugin = \"canonical\"\n[terms]\n{terms}"
    );
    fs::write(home.path().join(format!("engagements/{name}.toml")), text).unwrap();
}

fn home(zone: &str, terms: &str) -> TestHome {
    let home = TestHome::with_samples();
    engagement(&home, "e", "A", zone, terms);
    home
}

fn new_york(terms: &str) -> TestHome {
    home("America/New_York", terms)
}

fn exchange(home: &TestHome, engagement: &str, message: &str, at: &str, items: &[Value]) -> Report {
    let lines: String = items.iter().map(|item| format!("{item}\n")).collect();
    let name = format!("{message}_{}.jsonl", at.replace(':', ""));
    let source = Source::Bytes { name, bytes: lines.into_bytes().into() };
    home.acting().exchange(engagement, source, ActOptions::new().at(at.parse().unwrap())).unwrap()
}

fn tick(home: &TestHome, at: &str) -> BTreeMap<String, u64> {
    home.acting().tick("e", ActOptions::new().at(at.parse().unwrap())).unwrap().moves
}

fn placement(account: &str, placed_on: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": placed_on,
        "balance": [{"bucket": "principal", "minor": 10000}, {"bucket": "interest", "minor": 500}]}})
}

fn with(mut document: Value, members: Value) -> Value {
    let kind = document.as_object_mut().unwrap().values_mut().next().unwrap().as_object_mut().unwrap();
    kind.extend(members.as_object().unwrap().clone());
    document
}

fn payment(account: &str, identifier: &str, on: &str) -> Value {
    json!({"payment": {"account": account, "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": 1000, "received_on": on}})
}

/// State, commission and last day of each account of the engagement.
fn accounts(home: &TestHome) -> Vec<(String, String, i64, Option<String>)> {
    let rows = home.acting().accounts("e", &Filter::default()).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        (row.account, row.state.name().to_owned(), row.commission, row.ended_on)
    })
    .collect()
}

fn exceptions(home: &TestHome) -> Vec<(String, String)> {
    let rows = home.acting().exceptions("e", false).unwrap();
    rows.map(|row| row.unwrap()).map(|row| (row.code, row.account.unwrap_or_default())).collect()
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

/// The files of two homes differ in the days of ticks only; all else is equal.
#[test]
fn money_around_the_end_of_a_term_is_the_same_with_and_without_a_tick() {
    let days = ["2026-01-31", "2026-02-02", "2026-02-03", "2026-02-05", "2026-02-06"];
    let numbered: Vec<(String, &str)> = (1..).map(|n| format!("A{n}")).zip(days).collect();
    let placed: Vec<Value> = numbered.iter().map(|(account, _)| placement(account, "2026-01-01")).collect();
    let paid: Vec<Value> =
        numbered.iter().map(|(account, on)| payment(account, &format!("p-{account}"), on)).collect();
    let mut seen = Vec::new();
    for ticks in [&[][..], &["2026-02-01T15:00:00Z"], &["2026-02-01T15:00:00Z", "2026-02-04T15:00:00Z"]] {
        let home = new_york(TERMS);
        exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &placed);
        ticks.iter().for_each(|at| drop(tick(&home, at)));
        exchange(&home, "e", "agency", "2026-02-06T16:00:00Z", &paid);
        tick(&home, "2026-02-06T17:00:00Z");
        assert!(home.acting().check_ledger().unwrap().is_whole());
        seen.push((accounts(&home), exceptions(&home)));
    }
    let (found, waiting) = &seen[0];
    assert_eq!(found.iter().map(|it| it.2).collect::<Vec<_>>(), [100, 100, 0, 0, 0]);
    assert!(found.iter().all(|it| it.3.as_deref() == Some("2026-01-31")), "{found:?}");
    assert_eq!(*waiting, [("payment_after_term".to_owned(), "A5".to_owned())]);
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

/// Payments of days after the end of the term, sent before that end and on their own days. They extend no term.
#[test]
fn money_of_a_day_after_the_end_is_the_same_sent_before_that_end_and_on_its_day() {
    let terms = format!("payment_extends_days = 30\ndays = {{ ahead = 10 }}\n{TERMS}");
    let days = [("A1", "2026-02-02"), ("A2", "2026-02-04"), ("A3", "2026-02-09")];
    let mut seen = Vec::new();
    for sent_on_its_day in [false, true] {
        let home = new_york(&terms);
        let placed = days.map(|(account, _)| placement(account, "2026-01-01"));
        exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &placed);
        for (account, on) in days {
            let sent = if sent_on_its_day { on } else { "2026-01-30" };
            let paid = payment(account, &format!("p-{account}"), on);
            let report = exchange(&home, "e", "agency", &format!("{sent}T15:00:00Z"), &[paid]);
            assert_eq!(report.rejected, 0, "{on}: {:?}", report.problems);
        }
        tick(&home, "2026-02-09T17:00:00Z");
        assert!(home.acting().check_ledger().unwrap().is_whole());
        seen.push((accounts(&home), exceptions(&home)));
    }
    let (found, waiting) = &seen[0];
    assert_eq!(found.iter().map(|it| it.2).collect::<Vec<_>>(), [100, 0, 0]);
    assert!(found.iter().all(|it| it.3.as_deref() == Some("2026-01-31")), "{found:?}");
    assert_eq!(*waiting, [("payment_after_term".to_owned(), "A3".to_owned())]);
    assert_eq!(seen[0], seen[1], "sent before the end, and on its day");
}

#[test]
fn an_account_placed_with_its_term_over_has_expired_and_a_late_payment_is_an_exception() {
    let home = new_york(TERMS);
    let over = with(placement("A1", "2026-01-01"), json!({"term_ends_on": "2026-01-10"}));
    let report = exchange(&home, "e", "accounts", "2026-03-01T12:00:00Z", &[over]);
    assert_eq!((codes(&report), report.accepted), (vec!["term_over"], 1));
    // Each side hears all of it in one act: the account, its end, its return.
    let kinds = |side: &str| -> Vec<String> {
        let written = home.written(&report.answers, side);
        written.iter().map(|it| it.as_object().unwrap().keys().next().unwrap().clone()).collect()
    };
    assert!(
        kinds("agency").contains(&"placement".to_owned()) && kinds("agency").contains(&"recall".to_owned())
    );
    assert!(kinds("bank").contains(&"return".to_owned()), "{:?}", kinds("bank"));
    exchange(&home, "e", "agency", "2026-03-01T12:30:00Z", &[payment("A1", "p1", "2026-03-01")]);
    let ended = Some("2026-01-10".to_owned());
    assert_eq!(accounts(&home), [("A1".to_owned(), "closed".to_owned(), 0, ended)]);
    assert_eq!(exceptions(&home).len(), 1);
    assert!(home.acting().check_ledger().unwrap().is_whole());
}

/// What has ended has ended: a payment of the last day that comes later counts as in the term and extends nothing.
#[test]
fn a_payment_of_the_last_day_revives_nothing_whether_or_not_a_tick_came_first() {
    for ticked_first in [false, true] {
        let home = new_york(&format!("payment_extends_days = 30\n{TERMS}"));
        exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &[placement("A1", "2026-01-01")]);
        if ticked_first {
            tick(&home, "2026-02-01T15:00:00Z");
        }
        exchange(&home, "e", "agency", "2026-02-01T16:00:00Z", &[payment("A1", "p1", "2026-01-31")]);
        tick(&home, "2026-02-01T17:00:00Z");
        let want = ("A1".to_owned(), "expired".to_owned(), 100, Some("2026-01-31".to_owned()));
        assert_eq!(accounts(&home), [want], "{ticked_first}");
    }
}

#[test]
fn a_decision_and_a_remittance_apply_what_has_fallen_due_and_the_log_says_so() {
    let home = new_york(TERMS);
    let at = |at: &str| ActOptions::new().at(at.parse().unwrap());
    let placed = ["A1", "A2"].map(|account| placement(account, "2026-01-01"));
    exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &placed);
    exchange(&home, "e", "agency", "2026-01-20T15:00:00Z", &[payment("A1", "p1", "2026-01-20")]);
    let january = ("2026-01-01".parse().unwrap(), "2026-01-31".parse().unwrap());
    let remitted = home.acting().remit("e", None, january, at("2026-02-01T15:00:00Z")).unwrap();
    assert!(accounts(&home).iter().all(|it| it.1 == "expired"));
    assert_eq!((remitted.gross, remitted.commission), (1_000, 100));
    let returns = home.written(&remitted.answers, "bank");
    assert_eq!(returns.iter().filter(|it| it.get("return").is_some()).count(), 2);
    exchange(&home, "e", "agency", "2026-02-06T15:00:00Z", &[payment("A2", "p2", "2026-02-06")]);
    home.acting().decide("e", 1, ExceptionDecision::Credit, at("2026-02-06T16:00:00Z")).unwrap();
    assert!(accounts(&home).iter().all(|it| it.1 == "closed"));
    let log = home.audit();
    let fell_due = |kind: &str| -> Vec<Value> {
        log.iter().filter(|it| it["kind"] == kind).filter_map(|it| it.get("fell_due").cloned()).collect()
    };
    assert_eq!(fell_due("remitted"), [json!({"expire": 2})]);
    assert_eq!(fell_due("file"), [json!({"close": 2})]);
    assert!(fell_due("decided").is_empty());
}

#[test]
fn a_refused_file_leaves_what_has_fallen_due_to_the_next_act() {
    let home = new_york(TERMS);
    exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &[placement("A1", "2026-01-01")]);
    let before = home.book_and_outbox();
    let twice = placement("A1", "2026-01-01");
    let again = exchange(&home, "e", "accounts", "2026-02-01T15:00:00Z", &[twice]);
    assert_eq!(again.outcome.name(), "duplicate");
    assert_eq!(home.book_and_outbox(), before);
    assert_eq!(tick(&home, "2026-02-01T15:00:00Z")["expire"], 1);
}

/// A day begins and ends in the zone of the engagement.
#[test]
fn a_day_is_one_of_the_engagements_zone() {
    let home = new_york(TERMS);
    let placed = [placement("A1", "2026-01-01"), placement("A2", "2026-01-02")];
    let states = || accounts(&home).into_iter().map(|it| it.1).collect::<Vec<_>>();
    exchange(&home, "e", "accounts", "2026-01-02T04:59:59Z", &placed);
    assert_eq!(states(), ["sent", "draft"]);
    assert!(tick(&home, "2026-01-02T04:59:59Z").is_empty());
    assert_eq!(tick(&home, "2026-01-02T05:00:00Z")["send"], 1);
    assert!(tick(&home, "2026-02-01T04:59:59Z").is_empty());
    assert_eq!(tick(&home, "2026-02-01T05:00:00Z")["expire"], 1);
    let placed = [placement("A3", "2026-02-03"), placement("A4", "2028-02-29")];
    let report = exchange(&home, "e", "accounts", "2026-02-01T05:00:00Z", &placed);
    assert_eq!((report.accepted, report.rejected), (2, 0));
    assert_eq!(states(), ["expired", "sent", "draft", "draft"]);
    // A payment of today is one of tomorrow elsewhere.
    for (zone, code) in [("Pacific/Honolulu", Some("future_date")), ("Pacific/Kiritimati", None)] {
        let home = self::home(zone, TERMS);
        exchange(&home, "e", "accounts", "2026-01-03T12:00:00Z", &[placement("A1", "2026-01-01")]);
        let report =
            exchange(&home, "e", "agency", "2026-01-05T11:00:00Z", &[payment("A1", "p1", "2026-01-06")]);
        assert_eq!(codes(&report).first().copied(), code, "{zone}");
    }
}

#[test]
fn days_that_cannot_be_are_refused_and_late_ones_are_welcome() {
    let home = new_york(&format!("payment_extends_days = 30\n{TERMS}"));
    let placed = ["A1", "A2"].map(|account| placement(account, "2026-01-01"));
    exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &placed);
    let paid = [payment("A1", "p1", "2062-01-05"), payment("A2", "p2", "2026-01-05")];
    let report = exchange(&home, "e", "agency", "2026-01-05T15:00:00Z", &paid);
    assert_eq!((codes(&report), report.accepted), (vec!["future_date"], 1));
    let undone = |identifier: &str, minor: i64, on: &str| {
        json!({"reversal": {"identifier": identifier, "currency": "USD",
        "minor": minor, "reversed_on": on, "reverses": "p2"}})
    };
    let back = json!({"return": {"account": "A2", "reason": "uncollectible", "on": "2031-01-01"}});
    let report =
        exchange(&home, "e", "agency", "2026-01-06T15:00:00Z", &[undone("r1", 1000, "2099-01-05"), back]);
    assert_eq!((codes(&report), report.accepted), (vec!["future_date", "future_date"], 0));
    let report = exchange(&home, "e", "agency", "2026-01-07T15:00:00Z", &[undone("r2", 10, "1954-01-05")]);
    assert_eq!(codes(&report), ["reversal_before_payment"]);
    let late = [
        payment("A1", "p3", "1899-12-30"),
        payment("A1", "p4", "2025-12-20"),
        payment("A1", "p5", "2026-01-02"),
    ];
    let report = exchange(&home, "e", "agency", "2026-01-20T15:00:00Z", &late);
    assert_eq!((codes(&report), report.accepted), (vec!["date_before_placement", "before_placement"], 2));
    // Money of before the placement counts and earns nothing.
    let row = home.acting().account("e", "A1").unwrap().account;
    assert_eq!((row.paid, row.commission), (2_000, 100));
}

/// A recall of a draft before its day, a return and a recall of days before the placement.
#[test]
fn dates_before_the_placement_break_no_reconciliation() {
    let january = ("2026-01-01".parse().unwrap(), "2026-01-31".parse().unwrap());
    let home = new_york(TERMS);
    let placed = [placement("A1", "2026-01-05"), placement("A2", "2026-01-01")];
    exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &placed);
    let recall =
        |account: &str, on: &str| json!({"recall": {"account": account, "stage": "final", "on": on}});
    let report = exchange(&home, "e", "bank", "2026-01-02T15:00:00Z", &[recall("A1", "2026-01-02")]);
    assert_eq!(report.rejected, 0);
    let roll = home.acting().reconcile("e", january, None).unwrap();
    assert_eq!((roll.placed, roll.closing, roll.accounts), (10_500, 10_500, 1));
    assert!(roll.differences.is_empty());

    let home = new_york(TERMS);
    let placed = ["A1", "A2"].map(|account| placement(account, "2026-01-01"));
    exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &placed);
    let back = json!({"return": {"account": "A1", "reason": "uncollectible", "on": "2025-12-20"}});
    let report = exchange(&home, "e", "agency", "2026-01-02T15:00:00Z", &[back]);
    assert_eq!(codes(&report), ["date_before_placement"]);
    let report = exchange(&home, "e", "bank", "2026-01-02T15:00:00Z", &[recall("A2", "2025-12-20")]);
    assert_eq!(codes(&report), ["date_before_placement"]);
    let roll = home.acting().reconcile("e", january, None).unwrap();
    assert_eq!((roll.placed, roll.closing, roll.accounts), (21_000, 21_000, 2));
}

/// Rows of earlier releases, and rows that were changed from outside: the account is named and left out.
#[test]
fn an_account_that_does_not_add_up_is_listed_and_the_others_are_reconciled() {
    let january = ("2026-01-01".parse().unwrap(), "2026-01-31".parse().unwrap());
    let home = new_york(TERMS);
    let placed = ["A1", "A2", "A3"].map(|account| placement(account, "2026-01-01"));
    exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &placed);
    let paid = [payment("A1", "p1", "2026-01-10"), payment("A2", "p2", "2026-01-10")];
    exchange(&home, "e", "agency", "2026-01-10T15:00:00Z", &paid);
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    book.execute("UPDATE placement SET ended_on = '2025-12-20', state = 'returned' WHERE account = 'A1'", [])
        .unwrap();
    book.execute("UPDATE placement SET placed = 99 WHERE account = 'A2'", []).unwrap();
    let roll = home.acting().reconcile("e", january, None).unwrap();
    assert_eq!((roll.placed, roll.closing, roll.paid_after_end, roll.accounts), (10_500, 10_500, 1_000, 1));
    let [wrong] = &roll.differences[..] else { panic!("{:?}", roll.differences) };
    assert_eq!((wrong.account.as_str(), wrong.figure.as_str(), wrong.ours), ("A2", "closing", -901));
    assert_eq!((wrong.theirs, wrong.why.to_string().as_str()), (Some(9_500), "does not add up"));
}

#[test]
fn money_on_an_account_that_the_agency_refused_is_named() {
    let january = ("2026-01-01".parse().unwrap(), "2026-01-31".parse().unwrap());
    let home = new_york(TERMS);
    exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &[placement("A1", "2026-01-01")]);
    let refused = json!({"acknowledgment": {"account": "A1", "acceptance": "rejected", "currency": "USD",
        "original_balance": 10500, "current_balance": 10500, "received_on": "2026-01-02"}});
    exchange(&home, "e", "agency", "2026-01-06T15:00:00Z", &[refused, payment("A1", "p1", "2026-01-04")]);
    let roll = home.acting().reconcile("e", january, None).unwrap();
    assert_eq!((roll.placed, roll.paid, roll.paid_when_rejected, roll.closing), (0, 0, 1_000, 0));
    // It is remitted as other money.
    let at = ActOptions::new().at("2026-02-01T15:00:00Z".parse().unwrap());
    let it = home.acting().remit("e", None, january, at).unwrap();
    assert_eq!((it.gross, it.commission, it.net), (1_000, 100, 900));
}

const ONE_AGENCY: &str = "term_days = 30\none_agency_per_customer = true";

fn of_customer(account: &str) -> Value {
    with(placement(account, "2026-01-01"), json!({"customer": "C1"}))
}

/// Two engagements of one creditor with two agencies, under these terms.
fn siblings(x: &str, y: &str) -> TestHome {
    let home = TestHome::with_samples();
    engagement(&home, "x", "AG-x", "America/New_York", x);
    engagement(&home, "y", "AG-y", "America/New_York", y);
    home
}

/// The rule is turned on in one file or both after an account was placed; nothing happens in the engagement of that file
/// before the next account is placed.
#[test]
fn one_agency_for_a_customer_holds_from_when_a_file_says_so() {
    let off = "term_days = 30";
    for (x, y, refused) in
        [(off, off, false), (ONE_AGENCY, off, true), (off, ONE_AGENCY, true), (ONE_AGENCY, ONE_AGENCY, true)]
    {
        let home = siblings(off, off);
        exchange(&home, "x", "accounts", "2026-01-01T15:00:00Z", &[of_customer("A1")]);
        engagement(&home, "x", "AG-x", "America/New_York", x);
        engagement(&home, "y", "AG-y", "America/New_York", y);
        let report = exchange(&home, "y", "accounts", "2026-01-02T15:00:00Z", &[of_customer("A2")]);
        let code = refused.then_some("customer_with_other_agency");
        assert_eq!(codes(&report).first().copied(), code, "{x:?} {y:?}");
        let report = exchange(&home, "x", "accounts", "2026-01-02T15:00:00Z", &[of_customer("A3")]);
        assert_eq!(report.rejected, 0, "{x:?} {y:?}: its own agency");
    }
    // A file that cannot be read leaves what the book knows.
    let home = siblings(ONE_AGENCY, off);
    exchange(&home, "x", "accounts", "2026-01-01T15:00:00Z", &[of_customer("A1")]);
    fs::write(home.path().join("engagements/x.toml"), "creditor = ").unwrap();
    let report = exchange(&home, "y", "accounts", "2026-01-02T15:00:00Z", &[of_customer("A2")]);
    assert_eq!(codes(&report), ["customer_with_other_agency"]);
}

/// The term of the other account is over by its date, ticked or not; its file may even be gone.
#[test]
fn an_account_whose_term_is_over_keeps_no_customer() {
    for case in ["ticked", "not ticked", "file gone"] {
        let home = siblings(ONE_AGENCY, ONE_AGENCY);
        exchange(&home, "x", "accounts", "2026-01-01T15:00:00Z", &[of_customer("A1")]);
        let early = exchange(&home, "y", "accounts", "2026-01-31T15:00:00Z", &[of_customer("A0")]);
        assert_eq!(codes(&early), ["customer_with_other_agency"], "{case}");
        match case {
            "ticked" => {
                let at = "2026-02-01T15:00:00Z".parse().unwrap();
                home.acting().tick("x", ActOptions::new().at(at)).unwrap();
            }
            "file gone" => fs::remove_file(home.path().join("engagements/x.toml")).unwrap(),
            _ => {}
        }
        // The same account as well.
        let placed = [of_customer("A1"), of_customer("A2")];
        let placed = placed.map(|it| with(it, json!({"placed_on": "2026-02-01"})));
        let report = exchange(&home, "y", "accounts", "2026-02-02T15:00:00Z", &placed);
        assert_eq!((report.accepted, codes(&report)), (2, vec![]), "{case}");
    }
}

#[test]
fn an_engagement_without_its_file_is_named() {
    let home = new_york(TERMS);
    exchange(&home, "e", "accounts", "2026-01-01T15:00:00Z", &[placement("A1", "2026-01-01")]);
    assert!(home.host.missing_engagements().unwrap().is_empty());
    let file = home.path().join("engagements/e.toml");
    let text = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let named = |missing: &[Missing]| {
        let [it] = missing else { panic!("{missing:?}") };
        assert_eq!((it.engagement.as_str(), it.accounts), ("e", 1));
        assert!(it.message().contains("engagements/e.toml"));
    };
    named(&home.host.missing_engagements().unwrap());
    named(&home.acting().check_ledger().unwrap().missing);
    let status = home.host.status().unwrap();
    named(&status.missing);
    assert!(!status.is_well());
    fs::write(&file, text).unwrap();
    assert!(home.host.status().unwrap().is_well());
    // An engagement whose accounts have all ended needs no file.
    tick(&home, "2026-02-01T15:00:00Z");
    fs::remove_file(&file).unwrap();
    assert!(home.host.missing_engagements().unwrap().is_empty());
}
