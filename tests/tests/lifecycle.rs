//! The lifecycle of placements through the real host: dates, recalls, objections, holders.

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_host::Report;
use bailiwick_host::book::AccountRow;
use serde_json::{Value, json};

fn placement(account: &str, placed_on: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": placed_on,
        "balance": [{"bucket": "principal", "minor": 100_000}, {"bucket": "interest", "minor": 10_000}]}})
}

fn accepted(account: &str, on: &str, balance: i64) -> Value {
    json!({"acknowledgment": {"account": account, "acceptance": "accepted", "currency": "USD",
        "original_balance": balance, "current_balance": balance, "received_on": on}})
}

fn recall(account: &str, stage: &str, on: &str) -> Value {
    json!({"recall": {"account": account, "stage": stage, "on": on}})
}

fn objection(account: &str, reason: &str, on: &str) -> Value {
    json!({"recall_objection": {"account": account, "reason": reason, "on": on}})
}

fn payment(account: &str, identifier: &str, minor: i64, on: &str) -> Value {
    json!({"payment": {"account": account, "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": minor, "received_on": on}})
}

fn row(home: &TestHome, account: &str) -> AccountRow {
    home.acting().account("test", account).unwrap().account
}

fn state(home: &TestHome, account: &str) -> &'static str {
    row(home, account).state.name()
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

/// Checks after every step that the book agrees with its entries.
fn whole(home: &TestHome) {
    let check = home.acting().check_ledger().unwrap();
    assert!(check.is_whole(), "{:?}", check.differences);
}

#[test]
fn a_placement_waits_for_its_day_and_is_sent_on_it() {
    let home = TestHome::with_terms("");
    let report = home
        .say("accounts", "2026-07-01", &[placement("A1", "2026-07-03"), placement("A2", "2026-07-01")])
        .unwrap();
    assert_eq!((report.accepted, state(&home, "A1"), state(&home, "A2")), (2, "draft", "sent"));
    let sent = home.written(&report.answers, "agency");
    assert_eq!(sent.len(), 1, "{sent:?}");
    // The agency does not have the account yet, so its statements about it are refused.
    let early = home.say("agency", "2026-07-02", &[accepted("A1", "2026-07-02", 110_000)]).unwrap();
    assert_eq!((early.rejected, codes(&early)), (1, vec!["illegal_move"]));
    assert!(home.tick("test", "2026-07-02").unwrap().moves.is_empty());
    let ticked = home.tick("test", "2026-07-03").unwrap();
    assert_eq!(ticked.moves, [("send".to_owned(), 1)].into());
    let sent = home.written(&ticked.answers, "agency");
    assert_eq!((sent.len(), &sent[0]["placement"]["account"]), (1, &json!("A1")));
    assert_eq!(state(&home, "A1"), "sent");
    whole(&home);
}

#[test]
fn without_an_answer_the_contract_refuses_or_accepts() {
    for (silence, want, notices) in [("refuses", "rejected", 1), ("accepts", "acknowledged", 0)] {
        let home = TestHome::with_terms(&format!("acceptance = {{ days = 2, silence = \"{silence}\" }}"));
        home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01"), placement("A2", "2026-07-01")])
            .unwrap();
        home.say("agency", "2026-07-02", &[accepted("A2", "2026-07-02", 110_000)]).unwrap();
        assert!(home.tick("test", "2026-07-03").unwrap().moves.is_empty());
        let ticked = home.tick("test", "2026-07-04").unwrap();
        assert_eq!((state(&home, "A1"), state(&home, "A2")), (want, "acknowledged"));
        for side in ["bank", "agency"] {
            assert_eq!(home.written(&ticked.answers, side).len(), notices, "{side}");
        }
        // A second tick has nothing to do.
        let before = home.book_and_outbox();
        assert!(home.tick("test", "2026-07-04").unwrap().moves.is_empty());
        assert_eq!(home.book_and_outbox(), before);
    }
}

/// Earlier releases booked keys with edges that nobody sees. No plugin takes such a key.
#[test]
fn an_account_with_an_unseen_edge_does_not_stop_a_tick_or_an_exchange() {
    for (letter, mended) in [("\u{a0}", "A1\u{fffd}"), ("\u{200b}", "A1\u{fffd}")] {
        let home = TestHome::with_terms("acceptance = { days = 2, silence = \"refuses\" }");
        home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01"), placement("A2", "2026-07-01")])
            .unwrap();
        let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
        let stored = format!("A1{letter}");
        let changed = book.execute(
            "UPDATE placement SET account = ?1, account_number = ?1,
                    document = CAST(replace(CAST(document AS TEXT), '\"A1\"', '\"' || ?1 || '\"') AS BLOB)
             WHERE account = 'A1'",
            [&stored],
        );
        assert_eq!(changed.unwrap(), 1);
        drop(book);
        let ticked = home.tick("test", "2026-07-04").unwrap();
        assert_eq!((state(&home, &stored), state(&home, "A2")), ("rejected", "rejected"));
        for (side, kind) in [("bank", "return"), ("agency", "recall")] {
            let told: Vec<_> =
                home.written(&ticked.answers, side).iter().map(|it| it[kind]["account"].clone()).collect();
            assert_eq!(told, [json!(mended), json!("A2")], "{side}");
        }
        let report = home.say("accounts", "2026-07-05", &[placement("A3", "2026-07-05")]).unwrap();
        assert_eq!((report.accepted, state(&home, "A3")), (1, "sent"));
        // The key without its edge names another account.
        let report = home.say("agency", "2026-07-06", &[accepted("A1", "2026-07-06", 110_000)]).unwrap();
        assert_eq!(codes(&report), ["waits_for_account"]);
        whole(&home);
    }
}

#[test]
fn an_acceptance_with_another_balance_is_partial_until_it_agrees() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
    let report = home.say("agency", "2026-07-02", &[accepted("A1", "2026-07-02", 100_000)]).unwrap();
    assert_eq!(
        (report.accepted, codes(&report), state(&home, "A1")),
        (1, vec!["balance_mismatch"], "partial")
    );
    home.say("agency", "2026-07-03", &[accepted("A1", "2026-07-03", 110_000)]).unwrap();
    assert_eq!(state(&home, "A1"), "acknowledged");
    let report = home.say("agency", "2026-07-04", &[accepted("A1", "2026-07-04", 1)]).unwrap();
    assert_eq!((report.rejected, codes(&report)), (1, vec!["balance_mismatch"]));
}

const RECALLS: &str = "term_days = 90\ngrace_days = 30\n\
    recall = { after_days = 60, final_days = 10, objections = [{ reason = \"PTP\", days = 20 }], in_error = [\"ERR\"] }";

#[test]
fn a_term_runs_through_recall_objection_and_grace_by_its_dates() {
    let home = TestHome::with_terms(RECALLS);
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01"), placement("A2", "2026-07-01")])
        .unwrap();
    home.say(
        "agency",
        "2026-07-02",
        &[accepted("A1", "2026-07-02", 110_000), accepted("A2", "2026-07-02", 110_000)],
    )
    .unwrap();
    assert_eq!(row(&home, "A1").term_ends_on.as_deref(), Some("2026-09-29"));
    let announced = home.tick("test", "2026-08-30").unwrap();
    assert_eq!(announced.moves, [("announce_recall".to_owned(), 2)].into());
    let told = home.written(&announced.answers, "agency");
    assert_eq!(told[0]["recall"]["stage"], "pending");
    assert_eq!(told[0]["recall"]["objection_on"], "2026-09-08");
    // One objection has a reason of the contract, the other has not.
    let report = home.say(
        "agency",
        "2026-09-02",
        &[objection("A1", "PTP", "2026-09-02"), objection("A2", "XYZ", "2026-09-02")],
    );
    let report = report.unwrap();
    assert_eq!((report.accepted, codes(&report)), (1, vec!["unknown_objection_reason"]));
    assert_eq!((state(&home, "A1"), state(&home, "A2")), ("objected", "recall_pending"));
    // The objection moves the term with it.
    assert_eq!(row(&home, "A1").term_ends_on.as_deref(), Some("2026-10-19"));
    let ticked = home.tick("test", "2026-09-09").unwrap();
    assert_eq!(ticked.moves, [("recall".to_owned(), 1)].into());
    assert_eq!(state(&home, "A2"), "recall_final");
    let to_bank = home.written(&ticked.answers, "bank");
    assert_eq!(
        (&to_bank[0]["return"]["reason"], &to_bank[0]["return"]["remaining"]),
        (&json!("recalled"), &json!(110_000))
    );
    // Long after, in one tick: the objection ends, the recall is announced again and becomes final.
    let ticked = home.tick("test", "2026-12-01").unwrap();
    let want = [("resume", 1), ("announce_recall", 1), ("recall", 1), ("close", 2)];
    assert_eq!(ticked.moves, want.map(|(by, count)| (by.to_owned(), count)).into());
    let view = home.acting().account("test", "A1").unwrap();
    let moves: Vec<(&str, &str)> = view
        .events
        .iter()
        .filter_map(|event| Some((event.on.as_deref()?, event.after.as_deref()?)))
        .collect();
    let want = [
        ("2026-07-02", "acknowledged"),
        ("2026-08-30", "recall_pending"),
        ("2026-09-02", "objected"),
        ("2026-09-23", "active"),
        ("2026-09-23", "recall_pending"),
        ("2026-10-03", "recall_final"),
        ("2026-11-03", "closed"),
    ];
    assert_eq!(&moves[moves.len() - want.len()..], want);
    whole(&home);
    home.host.verify_audit().unwrap();
}

#[test]
fn a_term_ends_unless_the_case_is_kept() {
    let home = TestHome::with_terms("term_days = 30");
    let mut kept = placement("A2", "2026-07-01");
    kept["placement"]["holds"] = json!(["kept"]);
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01"), kept]).unwrap();
    assert!(home.tick("test", "2026-07-31").unwrap().moves.is_empty());
    let ticked = home.tick("test", "2026-08-01").unwrap();
    assert_eq!(ticked.moves, [("expire".to_owned(), 1), ("close".to_owned(), 1)].into());
    assert_eq!((state(&home, "A1"), state(&home, "A2")), ("closed", "sent"));
    let (bank, agency) = (home.written(&ticked.answers, "bank"), home.written(&ticked.answers, "agency"));
    assert_eq!(
        (&bank[0]["return"]["reason"], &bank[0]["return"]["on"]),
        (&json!("expired"), &json!("2026-07-31"))
    );
    assert_eq!(agency[0]["recall"]["stage"], "final");
    // Events within the term still count if they are reported late; later events do not.
    let note = |on: &str| json!({"status": {"account": "A1", "status": "working", "on": on}});
    let report = home.say("agency", "2026-08-02", &[note("2026-07-31"), note("2026-08-01")]).unwrap();
    assert_eq!((report.accepted, codes(&report)), (1, vec!["placement_ended"]));
}

#[test]
fn a_payment_may_extend_the_term() {
    let home = TestHome::with_terms("term_days = 30\npayment_extends_days = 20");
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
    home.say("agency", "2026-07-05", &[payment("A1", "P1", 100, "2026-07-05")]).unwrap();
    assert_eq!(row(&home, "A1").term_ends_on.as_deref(), Some("2026-07-31"));
    home.say("agency", "2026-07-25", &[payment("A1", "P2", 100, "2026-07-25")]).unwrap();
    assert_eq!(row(&home, "A1").term_ends_on.as_deref(), Some("2026-08-14"));
    assert!(home.tick("test", "2026-08-14").unwrap().moves.is_empty());
    home.tick("test", "2026-08-15").unwrap();
    assert!(row(&home, "A1").state.has_ended());
}

#[test]
fn an_account_is_open_once_and_its_next_placement_is_a_new_round() {
    let home = TestHome::with_terms(RECALLS);
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
    let twice = home.say("accounts", "2026-07-02", &[placement("A1", "2026-07-02")]).unwrap();
    assert_eq!(codes(&twice), ["already_placed"]);
    home.say("bank", "2026-07-10", &[recall("A1", "final", "2026-07-10")]).unwrap();
    let again = home.say("accounts", "2026-07-11", &[placement("A1", "2026-07-11")]).unwrap();
    assert_eq!((again.accepted, row(&home, "A1").round, state(&home, "A1")), (1, 2, "sent"));
    // A late payment of the first round is credited to it, not to the second.
    home.say("agency", "2026-07-20", &[payment("A1", "P1", 100, "2026-07-09")]).unwrap();
    assert_eq!(row(&home, "A1").paid, 0);
    home.say("agency", "2026-07-21", &[payment("A1", "P2", 70, "2026-07-21")]).unwrap();
    assert_eq!(row(&home, "A1").paid, 70);
    whole(&home);
}

#[test]
fn an_account_is_with_one_agency_of_a_creditor() {
    let home = TestHome::with_terms("one_agency_per_customer = true");
    home.engage("other", "Bank", "AG002", "{}", "one_agency_per_customer = true");
    home.engage("elsewhere", "Another Bank", "AG002", "{}", "");
    let mut mine = placement("A1", "2026-07-01");
    mine["placement"]["customer"] = json!("C1");
    home.say("accounts", "2026-07-01", &[mine.clone()]).unwrap();
    let same = home.say_in("other", "accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
    assert_eq!(codes(&same), ["already_placed"]);
    assert!(same.problems[0].message.contains("engagement test"), "{}", same.problems[0].message);
    let mut sibling = placement("A2", "2026-07-01");
    sibling["placement"]["customer"] = json!("C1");
    let sibling = [sibling];
    let other = home.say_in("other", "accounts", "2026-07-02", &sibling).unwrap();
    assert_eq!(codes(&other), ["customer_with_other_agency"]);
    // Another creditor may use the same numbers.
    assert_eq!(home.say_in("elsewhere", "accounts", "2026-07-01", &[mine]).unwrap().accepted, 1);
    home.say("bank", "2026-07-03", &[recall("A1", "final", "2026-07-03")]).unwrap();
    let mut later = sibling;
    later[0]["placement"]["placed_on"] = json!("2026-07-04");
    assert_eq!(home.say_in("other", "accounts", "2026-07-04", &later).unwrap().accepted, 1);
}

fn of_customer(account: &str, customer: &str, on: &str) -> Value {
    let mut it = placement(account, on);
    it["placement"]["customer"] = json!(customer);
    it
}

const ONE_AGENCY: &str = "one_agency_per_customer = true";

#[test]
fn one_agency_for_a_customer_counts_what_was_placed_before_the_contract_said_so() {
    let home = TestHome::with_terms("");
    home.engage("other", "Bank", "AG002", "{}", "");
    home.say("accounts", "2026-07-01", &[of_customer("A1", "C1", "2026-07-01")]).unwrap();
    home.engage("other", "Bank", "AG002", "{}", ONE_AGENCY);
    let second = [of_customer("A2", "C1", "2026-07-02")];
    let refused = home.say_in("other", "accounts", "2026-07-02", &second).unwrap();
    assert_eq!(codes(&refused), ["customer_with_other_agency"]);
    // A customer of the account's key, and an account of the customer's, are somebody else.
    let others = [of_customer("A3", "A1", "2026-07-02"), placement("C1", "2026-07-02")];
    assert_eq!(home.say_in("other", "accounts", "2026-07-02", &others).unwrap().accepted, 2);
    home.say("bank", "2026-07-03", &[recall("A1", "final", "2026-07-03")]).unwrap();
    let later = [of_customer("A2", "C1", "2026-07-04")];
    assert_eq!(home.say_in("other", "accounts", "2026-07-04", &later).unwrap().accepted, 1);
}

#[test]
fn one_agency_for_a_customer_holds_towards_siblings_whose_contract_does_not_say_so() {
    let home = TestHome::with_terms(ONE_AGENCY);
    home.engage("other", "Bank", "AG002", "{}", "");
    home.engage("same-agency", "Bank", "AG001", "{}", "");
    home.engage("elsewhere", "Another Bank", "AG002", "{}", "");
    home.say("accounts", "2026-07-01", &[of_customer("A1", "C1", "2026-07-01")]).unwrap();
    // The other's contract does not want it; the one that holds the customer does.
    let refused =
        home.say_in("other", "accounts", "2026-07-02", &[of_customer("A2", "C1", "2026-07-02")]).unwrap();
    assert_eq!(codes(&refused), ["customer_with_other_agency"]);
    assert!(refused.problems[0].message.contains("engagement test, whose terms"), "{:?}", refused.problems);
    for taken in ["same-agency", "elsewhere"] {
        let report = home.say_in(taken, "accounts", "2026-07-02", &[of_customer("A2", "C1", "2026-07-02")]);
        assert_eq!(report.unwrap().accepted, 1, "{taken}");
    }
    // The other way: the other holds one, and this contract wants one agency.
    home.say_in("other", "accounts", "2026-07-03", &[of_customer("B1", "C2", "2026-07-03")]).unwrap();
    let refused = home.say("accounts", "2026-07-04", &[of_customer("B2", "C2", "2026-07-04")]).unwrap();
    assert_eq!(codes(&refused), ["customer_with_other_agency"]);
    // The contract does not want it any more, and says so with the next that is done under it.
    home.engage("test", "Bank", "AG001", "{}", "");
    let taken = home.say("accounts", "2026-07-05", &[of_customer("B2", "C2", "2026-07-05")]).unwrap();
    assert_eq!(taken.accepted, 1);
    let taken =
        home.say_in("other", "accounts", "2026-07-06", &[of_customer("A3", "C1", "2026-07-06")]).unwrap();
    assert_eq!(taken.accepted, 1);
}

/// A contract that changes between two files is the book's with the next tick, also where nothing has fallen due.
#[test]
fn a_tick_takes_what_a_contract_says_now() {
    let home = TestHome::with_terms(ONE_AGENCY);
    home.engage("other", "Bank", "AG002", "{}", "");
    home.say("accounts", "2026-07-01", &[of_customer("A1", "C1", "2026-07-01")]).unwrap();
    let place = |account: &str, day: &str| {
        home.say_in("other", "accounts", day, &[of_customer(account, "C1", day)]).unwrap()
    };
    let ticks = || home.audit().iter().filter(|entry| entry["kind"] == "tick").count();
    assert_eq!(codes(&place("A2", "2026-07-02")), ["customer_with_other_agency"]);
    home.engage("test", "Bank", "AG001", "{}", "");
    for _ in 0..2 {
        assert!(home.tick("test", "2026-07-03").unwrap().moves.is_empty());
        assert_eq!(ticks(), 1, "a second tick has nothing to take");
    }
    assert_eq!(place("A2", "2026-07-03").accepted, 1);
    // Another agency, and the wish again.
    home.say_in("other", "bank", "2026-07-04", &[recall("A2", "final", "2026-07-04")]).unwrap();
    home.engage("test", "Bank", "AG002", "{}", ONE_AGENCY);
    home.tick("test", "2026-07-05").unwrap();
    assert_eq!((ticks(), place("A3", "2026-07-05").accepted), (2, 1));
}

#[test]
fn persons_go_with_an_engagement_whose_creditor_has_another_code() {
    let home = TestHome::with_terms("");
    home.engage("other", "New Bank", "AG002", "{}", ONE_AGENCY);
    home.say("accounts", "2026-07-01", &[of_customer("A1", "C1", "2026-07-01")]).unwrap();
    home.engage("test", "New Bank", "AG001", "{}", "");
    home.say("accounts", "2026-07-02", &[of_customer("A2", "C1", "2026-07-02")]).unwrap();
    let refused =
        home.say_in("other", "accounts", "2026-07-03", &[of_customer("B1", "C1", "2026-07-03")]).unwrap();
    assert_eq!(codes(&refused), ["customer_with_other_agency"]);
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    let creditors: String = book
        .query_row("SELECT group_concat(creditor || ' ' || key) FROM person", [], |row| row.get(0))
        .unwrap();
    assert_eq!(creditors, "New Bank C1");
    let of: i64 = book
        .query_row("SELECT count(*) FROM placement p JOIN person h ON h.id = p.person", [], |row| row.get(0))
        .unwrap();
    assert_eq!(of, 2);
}

#[test]
fn placed_in_error_is_marked() {
    let home = TestHome::with_terms(RECALLS);
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01"), placement("A2", "2026-07-01")])
        .unwrap();
    let mut wrong = recall("A1", "final", "2026-07-02");
    wrong["recall"]["reason"] = json!("ERR");
    home.say("bank", "2026-07-02", &[wrong, recall("A2", "final", "2026-07-02")]).unwrap();
    assert_eq!((row(&home, "A1").in_error, row(&home, "A2").in_error), (true, false));
}

#[test]
fn an_illegal_move_names_both_states_and_the_line() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
    let report = home.say(
        "agency",
        "2026-07-02",
        &[accepted("A1", "2026-07-02", 110_000), objection("A1", "PTP", "2026-07-02")],
    );
    let report = report.unwrap();
    let problem = &report.problems[0];
    assert_eq!((problem.code.as_str(), problem.line), ("illegal_move", Some(2)));
    assert!(problem.message.contains("acknowledged cannot have an objection, which leads to objected"));
    assert!(problem.message.contains("recall_pending"));
}

#[test]
fn a_late_payment_is_an_exception_that_somebody_decides() {
    let home = TestHome::with_terms("grace_days = 5");
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
    home.say("bank", "2026-07-10", &[recall("A1", "final", "2026-07-10")]).unwrap();
    let late = [
        payment("A1", "P1", 500, "2026-07-15"),
        payment("A1", "P2", 700, "2026-07-16"),
        payment("A1", "P3", 900, "2026-07-17"),
    ];
    let report = home.say("agency", "2026-07-18", &late).unwrap();
    assert_eq!((report.accepted, codes(&report)), (3, vec!["payment_after_term"; 2]));
    assert_eq!(row(&home, "A1").paid, 500);
    // The same again changes nothing.
    let again = [payment("A1", "P2", 700, "2026-07-16")];
    assert_eq!(codes(&home.say("agency", "2026-07-19", &again).unwrap()), ["duplicate_payment"]);
    let other = [payment("A1", "P2", 701, "2026-07-16")];
    assert_eq!(codes(&home.say("agency", "2026-07-20", &other).unwrap()), ["payment_conflict"]);

    let folder = home.path();
    let run = |arguments: &[&str]| bailiwick(&folder, &[&["--json"], arguments].concat());
    let listed = run(&["exceptions", "test"]).json();
    let numbers: Vec<i64> = listed.iter().map(|row| row["number"].as_i64().unwrap()).collect();
    assert_eq!((numbers.len(), &listed[0]["identifier"], &listed[0]["line"]), (2, &json!("P2"), &json!(2)));
    let credited =
        run(&["decide", "test", &numbers[0].to_string(), "credit", "--at", "2026-07-21T12:00:00Z"]);
    assert_eq!(credited.code, Some(0), "{}", credited.out);
    let answers: Vec<String> = credited.json()[0]["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|path| path.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(home.written(&answers, "bank")[0]["payment"]["identifier"], "P2");
    assert_eq!(run(&["decide", "test", &numbers[1].to_string(), "refuse"]).code, Some(0));
    assert_eq!(row(&home, "A1").paid, 1_200);
    let twice = run(&["decide", "test", &numbers[1].to_string(), "credit"]);
    assert_eq!((twice.code, &twice.json()[0]["error"]["code"]), (Some(1), &json!("no_exception")));
    assert!(run(&["exceptions", "test"]).json().is_empty());
    assert_eq!(run(&["exceptions", "test", "--all"]).json()[1]["decision"], "refuse");
    whole(&home);
    home.host.verify_audit().unwrap();
}

#[test]
fn several_holds_each_with_its_reason() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
    let matter = |kind: &str, number: &str, state: &str| json!({kind: {"account": "A1", "identifier": number, "received_on": "2026-07-02", "state": state}});
    let report = home
        .say(
            "agency",
            "2026-07-02",
            &[
                matter("dispute", "D1", "open"),
                matter("complaint", "C1", "open"),
                matter("complaint", "C2", "open"),
            ],
        )
        .unwrap();
    assert_eq!(report.accepted, 3, "{:?}", report.problems);
    let holds = |home: &TestHome| -> Vec<&'static str> {
        row(home, "A1").holds.reasons().map(|reason| reason.name()).collect()
    };
    assert_eq!((state(&home, "A1"), holds(&home)), ("held", vec!["dispute", "complaint"]));
    home.say("agency", "2026-07-03", &[matter("dispute", "D1", "closed")]).unwrap();
    assert_eq!((state(&home, "A1"), holds(&home)), ("held", vec!["complaint"]));
    home.say("agency", "2026-07-04", &[matter("complaint", "C1", "closed")]).unwrap();
    assert_eq!((state(&home, "A1"), holds(&home)), ("held", vec!["complaint"]));
    home.say("agency", "2026-07-05", &[matter("complaint", "C2", "closed")]).unwrap();
    assert_eq!((state(&home, "A1"), holds(&home)), ("active", vec![]));
}

#[test]
fn promises_are_kept_by_payments_and_broken_by_their_day() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
    let promise = |kind: &str, due: &str, minor: i64| json!({"promise": {"account": "A1", "kind": kind, "due_on": due, "currency": "USD", "minor": minor, "made_on": "2026-07-02"}});
    let plan = |count: u32, total: i64| {
        json!({"payment_plan": {"account": "A1", "agreed_on": "2026-07-02", "currency": "USD", "total": total, "frequency": "monthly",
            "instalments": count, "first_on": "2026-07-31"}})
    };
    let report = home.say(
        "agency",
        "2026-07-02",
        &[
            promise("promise", "2026-07-10", 500),
            promise("post_dated", "2026-07-20", 300),
            plan(3, 1_000),
            plan(3, 2),
        ],
    );
    assert_eq!(codes(&report.unwrap()), ["plan_mismatch"]);
    let shown = |home: &TestHome| -> Vec<(String, i64, i64, String)> {
        let view = home.acting().account("test", "A1").unwrap();
        view.promises.into_iter().map(|it| (it.due_on, it.minor, it.covered, it.state)).collect()
    };
    home.say("agency", "2026-07-09", &[payment("A1", "P1", 600, "2026-07-09")]).unwrap();
    let row = |due: &str, minor, covered, state: &str| (due.to_owned(), minor, covered, state.to_owned());
    let want = [
        row("2026-07-10", 500, 500, "kept"),
        row("2026-07-20", 300, 100, "open"),
        row("2026-07-31", 334, 0, "open"),
        row("2026-08-31", 333, 0, "open"),
        row("2026-09-30", 333, 0, "open"),
    ];
    assert_eq!(shown(&home), want);
    assert!(home.tick("test", "2026-07-20").unwrap().moves.is_empty());
    assert_eq!(home.tick("test", "2026-07-21").unwrap().moves, [("break_promise".to_owned(), 1)].into());
    assert_eq!(shown(&home)[1], row("2026-07-20", 300, 100, "broken"));
    // The payment is reversed: the promise that it kept is open again, and is broken at once since its day is over.
    let undo = json!({"reversal": {"account": "A1", "identifier": "R1", "reverses": "P1", "currency": "USD", "minor": 550, "reversed_on": "2026-07-22"}});
    home.say("agency", "2026-07-22", &[undo]).unwrap();
    assert_eq!(
        shown(&home)[..2],
        [row("2026-07-10", 500, 50, "broken"), row("2026-07-20", 300, 0, "broken")]
    );
    assert!(home.tick("test", "2026-07-23").unwrap().moves.is_empty());
    // A new plan takes the place of the older one.
    home.say("agency", "2026-07-24", &[plan(2, 900)]).unwrap();
    let states: Vec<String> = shown(&home).into_iter().map(|it| it.3).collect();
    assert_eq!(states.iter().filter(|state| *state == "replaced").count(), 3, "{states:?}");
    whole(&home);
}

#[test]
fn a_file_out_of_its_sequence_is_held_back_and_what_is_missing_is_named() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
    let file = |number: u64, minor: i64| {
        [json!({"header": {"sequence": number}}), payment("A1", &format!("P{number}"), minor, "2026-07-02")]
    };
    // The sender may begin with any number.
    assert_eq!(home.say("agency", "2026-07-02", &file(7, 100)).unwrap().accepted, 1);
    let before = home.book_and_outbox();
    let gap = home.say("agency", "2026-07-03", &file(10, 100)).unwrap();
    assert_eq!((gap.outcome.name(), codes(&gap)), ("rejected", vec!["sequence_gap"]));
    assert!(gap.problems[0].message.contains("8 to 9 have not come"), "{}", gap.problems[0].message);
    assert_eq!(home.book_and_outbox(), before);
    for number in 8..=10 {
        assert_eq!(home.say("agency", "2026-07-04", &file(number, 100)).unwrap().accepted, 1, "{number}");
    }
    // The number again with other bytes is refused, the same bytes are known.
    let other = [json!({"header": {"sequence": 9}}), payment("A1", "P99", 100, "2026-07-02")];
    assert_eq!(codes(&home.say("agency", "2026-07-05", &other).unwrap()), ["file_conflict"]);
    assert_eq!(home.say("agency", "2026-07-05", &file(9, 100)).unwrap().outcome.name(), "duplicate");
    assert_eq!(row(&home, "A1").paid, 400);
}

/// The days to answer are those under which an account was placed, also if the amendment has a day of the past.
#[test]
fn an_amendment_asks_no_answer_of_accounts_that_are_placed_already() {
    let accepts = "acceptance = { days = 2, silence = \"accepts\" }";
    for from in ["2026-06-01", "2026-07-01", "2026-07-02"] {
        let home = TestHome::with_terms("");
        home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
        home.amend(from, accepts);
        assert!(home.tick("test", "2026-07-10").unwrap().moves.is_empty(), "{from}");
        assert_eq!(state(&home, "A1"), "sent", "{from}");
        let before = home.book_and_outbox();
        assert!(home.tick("test", "2026-07-10").unwrap().moves.is_empty());
        assert_eq!(home.book_and_outbox(), before);
        // One that is placed from then on goes by them.
        home.say("accounts", "2026-07-10", &[placement("A2", "2026-07-10")]).unwrap();
        assert_eq!(home.tick("test", "2026-07-13").unwrap().moves.get("accept"), Some(&1), "{from}");
        assert_eq!(state(&home, "A1"), "sent", "{from}");
    }
}

/// The days of grace are those of the day of the end, so an amendment that lies before it counts for open accounts.
#[test]
fn new_days_of_grace_count_for_ends_of_their_days() {
    for (from, closed) in [("2026-07-05", 1), ("2026-07-11", 0)] {
        let home = TestHome::with_terms("term_days = 9\ngrace_days = 30");
        home.say("accounts", "2026-07-01", &[placement("A1", "2026-07-01")]).unwrap();
        home.amend(from, "term_days = 9");
        let moves = home.tick("test", "2026-07-12").unwrap().moves;
        assert_eq!(moves.get("close").copied().unwrap_or_default(), closed, "{from}");
    }
}
