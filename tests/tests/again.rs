//! A file that is sent again: it is taken once, and it may come again until a record of it is taken.

use std::fs;

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_host::{ActOptions, ExceptionDecision, FileOutcome, Report};
use serde_json::{Value, json};

const PLACEMENT: &[u8] = include_bytes!("../data/placement.txt");
const PAYMENT: &[u8] = b"type,identifier,account,paid_to,received_on,currency,amount\r\n\
    payment,P1,200000001,agency,2026-07-01,USD,10.00\r\n";

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

fn payment(account: &str, identifier: &str) -> Value {
    json!({"payment": {"account": account, "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": 1000, "received_on": "2026-07-02"}})
}

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

/// A payment that is refused for good.
fn negative(account: &str, identifier: &str) -> Value {
    let mut payment = payment(account, identifier);
    payment["payment"]["minor"] = json!(-1);
    payment
}

/// A home with the account A1, whose two sides use canonical documents.
fn placed() -> TestHome {
    let home = TestHome::with_terms("");
    assert_eq!(home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap().accepted, 1);
    home
}

/// In the format of an agency: `awaited.rs` has the same in documents.
#[test]
fn a_payment_that_came_before_its_account_is_booked_when_the_account_comes() {
    let home = TestHome::with_samples();
    let pay = || home.exchange("us-card", "payments_1.csv", PAYMENT).unwrap();
    let first = pay();
    assert_eq!((first.outcome, first.accepted, first.waiting), (FileOutcome::Partial, 0, 1));
    assert_eq!(codes(&first), ["waits_for_account"]);
    // The sender gets what waits in a file. The same file again has the same answer, and changes nothing.
    let [answer] = &first.answers[..] else { panic!("{:?}", first.answers) };
    assert!(answer.contains("/agency/refused_"), "{answer}");
    assert!(fs::read_to_string(home.path().join(answer)).unwrap().contains("waits_for_account"));
    let before = home.book_and_outbox();
    let again = pay();
    assert_eq!((again.outcome, again.waiting, &again.answers), (FileOutcome::Duplicate, 1, &first.answers));
    assert_eq!(home.book_and_outbox(), before);
    home.exchange("us-card", "CPLC_1.txt", PLACEMENT).unwrap();
    assert_eq!(home.acting().account("us-card", "200000001").unwrap().account.paid, 1_000);
    for _ in 0..2 {
        assert_eq!((pay().outcome, pay().accepted, pay().waiting), (FileOutcome::Duplicate, 1, 0));
    }
    assert_eq!(home.acting().account("us-card", "200000001").unwrap().account.paid, 1_000);
    home.host.verify_audit().unwrap();
    assert!(home.acting().check_ledger().unwrap().is_whole());
}

#[test]
fn accounts_that_the_receiver_rejected_can_be_placed_again() {
    let home = TestHome::with_samples();
    let path = home.path().join("engagements/us-card.toml");
    let open = fs::read_to_string(&path).unwrap();
    let strict = "plugin = \"agency-csv\"\nconfig = { refuse = { max_balance_minor = 1 } }";
    fs::write(&path, open.replace("plugin = \"agency-csv\"", strict)).unwrap();
    let place = || home.exchange("us-card", "CPLC_1.txt", PLACEMENT).unwrap();
    let refused = place();
    assert_eq!((refused.outcome, refused.accepted, refused.rejected), (FileOutcome::Rejected, 0, 2));
    fs::write(&path, open).unwrap();
    assert_eq!((place().outcome, place().outcome), (FileOutcome::Accepted, FileOutcome::Duplicate));
}

#[test]
fn the_corrected_twin_of_a_refused_file_may_have_its_identity() {
    let home = placed();
    let send = |items: &[Value]| {
        let items = [&[json!({"header": {"identity": "F1"}})], items].concat();
        home.say("agency", "2026-07-03", &items).unwrap()
    };
    assert_eq!(send(&[negative("A1", "P1")]).outcome, FileOutcome::Rejected);
    let corrected = send(&[payment("A1", "P1")]);
    assert_eq!(
        (corrected.outcome, corrected.accepted),
        (FileOutcome::Accepted, 1),
        "{:?}",
        corrected.problems
    );
    // Now a file of that identity was taken, so the refused one is a file of the same identity with other
    // bytes.
    for other in [negative("A1", "P2"), payment("A1", "P2")] {
        let other = send(&[payment("A1", "P1"), other]);
        assert_eq!((other.outcome, codes(&other).last()), (FileOutcome::Rejected, Some(&"file_conflict")));
    }
    assert_eq!(codes(&send(&[negative("A1", "P1")])), ["payment_conflict", "file_conflict"]);
}

#[test]
fn a_file_that_is_refused_for_other_reasons_is_answered_anew() {
    let home = placed();
    let refused = || home.say("agency", "2026-07-03", &[negative("A1", "P1")]).unwrap();
    let first = refused();
    assert_eq!((first.outcome, codes(&first)), (FileOutcome::Rejected, vec!["negative_amount"]));
    // The same bytes with the same refusals get the same answer, and nothing changes.
    let before = home.book_and_outbox();
    assert_eq!(refused(), first);
    assert!(home.book_and_outbox() == before);
    let booked = home.say("agency", "2026-07-03", &[payment("A1", "P1")]).unwrap();
    assert_eq!(booked.outcome, FileOutcome::Accepted, "{:?}", booked.problems);
    let second = refused();
    assert_eq!(codes(&second), ["payment_conflict"]);
    assert_ne!(second.answers, first.answers);
}

#[test]
fn a_file_that_was_refused_wholly_stops_nothing_and_may_come_until_a_later_one_is_taken() {
    let home = placed();
    let items = |number: u64, good: bool| {
        let made = if good { payment } else { negative };
        [json!({"header": {"sequence": number}}), made("A1", &format!("P{number}"))]
    };
    let send = |number, good| home.say("agency", "2026-07-03", &items(number, good)).unwrap();
    assert_eq!(send(7, true).outcome, FileOutcome::Accepted);
    // The file is refused for good. The next one does not wait for it, and after that its number is too late.
    assert_eq!(send(8, false).outcome, FileOutcome::Rejected);
    assert_eq!(send(9, true).outcome, FileOutcome::Accepted);
    assert_eq!(codes(&send(8, true)), ["file_conflict"]);
    assert_eq!(codes(&send(8, false)).last(), Some(&"file_conflict"));
    // Until then it may come again, unchanged or corrected, and several numbers may be open.
    for number in [10, 11, 10, 11] {
        assert_eq!(codes(&send(number, false)), ["negative_amount"], "{number}");
    }
    for number in [10, 11, 12] {
        assert_eq!(send(number, true).outcome, FileOutcome::Accepted, "{number}");
    }
    // A number that never came is still missing, also after a refused one.
    assert_eq!(send(13, false).outcome, FileOutcome::Rejected);
    let held = send(15, true);
    assert_eq!((held.outcome, codes(&held)), (FileOutcome::Rejected, vec!["sequence_gap"]));
    assert!(held.problems[0].message.contains("14 has not come"), "{:?}", held.problems);
    // If a file is refused for ever, the command does not say that it may be sent again.
    for (number, again) in [(8, false), (13, true)] {
        let file = home.outside().join(format!("agency_{number}.jsonl"));
        let text: String = items(number, false).iter().map(|item| format!("{item}\n")).collect();
        fs::write(&file, text).unwrap();
        let ran = bailiwick(&home.path(), &["exchange", "test", &file.to_string_lossy()]);
        assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
        assert_eq!(ran.out.contains("may be sent again as it is"), again, "{}", ran.out);
    }
}

#[test]
fn a_number_that_the_book_cannot_keep_is_refused() {
    let home = placed();
    let send = |number: u64, identifier: &str| {
        let items = [json!({"header": {"sequence": number}}), payment("A1", identifier)];
        home.say("agency", "2026-07-03", &items).unwrap()
    };
    for number in [1 << 63, u64::MAX] {
        let refused = send(number, "P0");
        assert_eq!((refused.outcome, codes(&refused)), (FileOutcome::Rejected, vec!["bad_sequence"]));
    }
    assert_eq!(send((1 << 63) - 2, "P1").outcome, FileOutcome::Accepted);
    assert_eq!(send((1 << 63) - 1, "P2").outcome, FileOutcome::Accepted);
    assert_eq!(codes(&send(1 << 63, "P3")), ["bad_sequence"]);
}

#[test]
fn a_file_of_which_something_was_taken_is_the_same_file_for_ever() {
    let home = placed();
    let file = home.outside().join("agency_1.jsonl");
    fs::write(&file, format!("{}\n{}\n", payment("A1", "P1"), negative("A1", "P2"))).unwrap();
    let run = || bailiwick(&home.path(), &["exchange", "test", &file.to_string_lossy()]);
    let first = run();
    assert_eq!(first.code, Some(1), "{}{}", first.out, first.err);
    let again = run();
    // Refused records stay refused, and the exit code says so.
    assert_eq!(again.code, Some(1), "{}{}", again.out, again.err);
    assert!(again.out.contains("duplicate") && again.out.contains("from a new file only"), "{}", again.out);
    let sent_anew = home.say("agency", "2026-07-03", &[payment("A1", "P2")]).unwrap();
    assert_eq!((sent_anew.outcome, sent_anew.accepted), (FileOutcome::Accepted, 1));
    assert_eq!(home.acting().account("test", "A1").unwrap().account.paid, 2_000);
}

#[test]
fn a_file_without_effect_counts_as_taken() {
    let home = placed();
    let items = [payment("A1", "P1")];
    assert_eq!(home.say("agency", "2026-07-03", &items).unwrap().outcome, FileOutcome::Accepted);
    // Another file with the same payment: a payment that was booked before is no refusal.
    let repeated = [json!({"header": {"identity": "F2"}}), payment("A1", "P1")];
    let report = home.say("agency", "2026-07-03", &repeated).unwrap();
    assert_eq!((report.outcome, codes(&report)), (FileOutcome::Accepted, vec!["duplicate_payment"]));
    assert_eq!(home.say("agency", "2026-07-03", &repeated).unwrap().outcome, FileOutcome::Duplicate);
    // A file without documents also takes its number.
    let empty = [json!({"header": {"sequence": 1, "identity": "F3"}})];
    assert_eq!(home.say("agency", "2026-07-04", &empty).unwrap().outcome, FileOutcome::Accepted);
    assert_eq!(home.say("agency", "2026-07-04", &empty).unwrap().outcome, FileOutcome::Duplicate);
}

/// The release before stored a wholly refused file as if a part of it had been taken.
#[test]
fn wholly_refused_files_in_a_book_of_the_last_release_may_come_again() {
    let home = placed();
    let send = |identity: &str, number: u64, good: bool| {
        let header = json!({"header": {"identity": identity, "sequence": number}});
        let made = if good { payment } else { negative };
        home.say("agency", "2026-07-03", &[header, made("A1", &format!("P{number}"))]).unwrap()
    };
    let as_it_was = || {
        let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
        let changed = book
            .execute(
                "UPDATE file SET report = json_set(report, '$.outcome', 'partial')
                 WHERE side = 'agency' AND json_extract(report, '$.outcome') = 'rejected'",
                [],
            )
            .unwrap();
        assert_eq!(changed, 1);
    };
    assert_eq!(send("F1", 1, false).outcome, FileOutcome::Rejected);
    as_it_was();
    assert_eq!(send("F1", 1, true).outcome, FileOutcome::Accepted);
    // The release before also accepted the next number after it.
    assert_eq!(send("F2", 2, false).outcome, FileOutcome::Rejected);
    as_it_was();
    assert_eq!(send("F3", 3, true).outcome, FileOutcome::Accepted);
}

/// A file of the agency of an identity.
fn send(home: &TestHome, day: &str, identity: &str, items: &[Value]) -> Report {
    home.say("agency", day, &[&[json!({"header": {"identity": identity}})], items].concat()).unwrap()
}

fn numbers(home: &TestHome) -> Vec<i64> {
    home.acting().waiting("test").unwrap().map(|row| row.unwrap().number).collect()
}

fn paid(home: &TestHome, account: &str) -> i64 {
    home.acting().account("test", account).unwrap().account.paid
}

/// It was not booked before: the first is tried again, and this one is booked with it.
#[test]
fn the_same_document_again_while_the_first_waits_is_booked_with_it() {
    let home = TestHome::with_terms("");
    // More is waived than the account owes.
    let mut items = [payment("A1", "P1")];
    items[0]["payment"]["waived"] = json!(150_000);
    send(&home, "2026-07-02", "F1", &items);
    let placed = home.say("accounts", "2026-07-03", &[placement("A1")]).unwrap();
    assert_eq!((codes(&placed), placed.revived), (vec!["waits_on"], 0));
    let again = send(&home, "2026-07-04", "F2", &items);
    assert_eq!((again.outcome, again.accepted, again.waiting), (FileOutcome::Partial, 0, 1));
    assert_eq!((codes(&again), again.problems[0].number), (vec!["waits_already", "waits_on"], Some(1)));
    let more = json!({"adjustment": {"account": "A1", "identifier": "X1", "direction": "increase", "currency": "USD",
        "minor": 100_000, "on": "2026-07-04"}});
    home.say("bank", "2026-07-05", &[more]).unwrap();
    assert_eq!((paid(&home, "A1"), numbers(&home)), (0, vec![1]));
    let third = send(&home, "2026-07-06", "F3", &items);
    assert_eq!((third.outcome, third.accepted, third.waiting), (FileOutcome::Accepted, 1, 0), "{third:?}");
    assert_eq!((third.revived, paid(&home, "A1"), numbers(&home)), (1, 1_000, vec![]));
    // The files before it say the same.
    for identity in ["F1", "F2"] {
        let before = send(&home, "2026-07-07", identity, &items);
        assert_eq!((before.outcome, before.accepted, before.waiting), (FileOutcome::Duplicate, 1, 0));
    }
    home.host.verify_audit().unwrap();
    assert!(home.acting().check_ledger().unwrap().is_whole());
}

#[test]
fn a_document_that_another_file_has_as_well_is_not_lost_when_the_first_file_is_corrected() {
    let home = placed();
    let items = [payment("A9", "P1"), payment("A9", "P2")];
    send(&home, "2026-07-02", "F1", &items);
    assert_eq!(send(&home, "2026-07-03", "F2", &items[..1]).waiting, 1);
    let corrected = send(&home, "2026-07-04", "F1", &[payment("A1", "P3")]);
    assert_eq!((corrected.outcome, paid(&home, "A1")), (FileOutcome::Accepted, 1_000));
    assert_eq!(numbers(&home), [1]);
    let again = send(&home, "2026-07-05", "F2", &items[..1]);
    assert_eq!((again.outcome, again.accepted, again.waiting), (FileOutcome::Duplicate, 0, 1));
    home.say("accounts", "2026-07-06", &[placement("A9")]).unwrap();
    assert_eq!(paid(&home, "A9"), 1_000);
    assert_eq!(send(&home, "2026-07-07", "F2", &items[..1]).accepted, 1);
}

#[test]
fn a_document_that_a_person_refused_was_not_booked_before() {
    let home = placed();
    let items = [payment("A9", "P1")];
    send(&home, "2026-07-02", "F1", &items);
    send(&home, "2026-07-03", "F2", &items);
    let at = "2026-07-20T12:00:00Z".parse().unwrap();
    home.acting().decide("test", 1, ExceptionDecision::Refuse, ActOptions::new().at(at)).unwrap();
    let again = send(&home, "2026-07-21", "F2", &items);
    assert_eq!((again.outcome, again.rejected, again.waiting), (FileOutcome::Duplicate, 1, 0));
    assert_eq!(codes(&again), ["refused_by_decision"]);
    let anew = send(&home, "2026-07-21", "F3", &items);
    assert_eq!((codes(&anew), anew.waiting, numbers(&home)), (vec!["waits_for_account"], 1, vec![2]));
}

/// A correction that is refused corrects nothing.
#[test]
fn a_corrected_file_of_which_every_record_is_refused_replaces_nothing() {
    let home = placed();
    let file = |number: u64, items: &[Value]| {
        let header = json!({"header": {"identity": "F1", "sequence": number}});
        home.say("agency", "2026-07-03", &[&[header], items].concat()).unwrap()
    };
    let items = [payment("A9", "P1"), payment("A9", "P2")];
    assert_eq!(file(1, &items).waiting, 2);
    for number in [1, 1, 2] {
        let refused = file(number, &[negative("A1", "P1")]);
        assert_eq!((refused.outcome, codes(&refused)), (FileOutcome::Rejected, vec!["negative_amount"]));
        assert_eq!((refused.replaced, numbers(&home)), (0, vec![1, 2]));
    }
    // The file whose records wait is the same file still.
    let again = file(1, &items);
    assert_eq!((again.outcome, again.waiting), (FileOutcome::Duplicate, 2));
    let corrected = file(3, &[payment("A9", "P1")]);
    assert_eq!((corrected.waiting, corrected.replaced, numbers(&home)), (1, 2, vec![3]));
    assert_eq!(codes(&corrected), ["waits_for_account", "waiting_replaced"]);
    home.say("accounts", "2026-07-04", &[placement("A9")]).unwrap();
    assert_eq!((paid(&home, "A9"), numbers(&home)), (1_000, vec![]));
    home.host.verify_audit().unwrap();
}

#[test]
fn the_report_of_a_repeated_file_counts_each_document_once() {
    let home = placed();
    let back = json!({"reversal": {"identifier": "R1", "reverses": "P1", "currency": "USD", "minor": 400,
        "reversed_on": "2026-07-03"}});
    let items = [back, payment("A1", "P1"), payment("A9", "P2")];
    let file = || send(&home, "2026-07-03", "F1", &items);
    let counts = |report: &Report| {
        let count = |kind: &str| report.documents.get(kind).map_or(0, |it| it.count);
        (count("reversal"), count("payment"), report.accepted, report.waiting)
    };
    assert_eq!(counts(&file()), (1, 1, 2, 1));
    assert_eq!(counts(&file()), (1, 1, 2, 1));
    home.say("accounts", "2026-07-04", &[placement("A9")]).unwrap();
    assert_eq!(counts(&file()), (1, 2, 3, 0));
}

#[test]
fn a_payment_that_waited_and_came_too_late_is_refused_once_a_person_refuses_it() {
    let home = placed();
    let recall = json!({"recall": {"account": "A9", "stage": "final", "on": "2026-07-10"}});
    home.say("bank", "2026-07-10", &[recall]).unwrap();
    let mut late = payment("A9", "P1");
    late["payment"]["received_on"] = json!("2026-07-19");
    let file = || send(&home, "2026-07-20", "F1", std::slice::from_ref(&late));
    assert_eq!(file().waiting, 1);
    home.say("accounts", "2026-07-21", &[placement("A9")]).unwrap();
    let at = "2026-07-22T12:00:00Z".parse().unwrap();
    home.acting().decide("test", 2, ExceptionDecision::Refuse, ActOptions::new().at(at)).unwrap();
    let again = file();
    assert_eq!((again.accepted, again.rejected, again.waiting), (0, 1, 0));
    assert_eq!(codes(&again), ["refused_by_decision"]);
}

/// An agency that sends everything each day knows nothing of the decision.
#[test]
fn a_payment_that_a_person_assigned_counts_once_when_it_comes_as_before() {
    let home = placed();
    let recall = json!({"recall": {"account": "A2", "stage": "final", "on": "2026-07-01"}});
    home.say("accounts", "2026-07-01", &[placement("A2")]).unwrap();
    home.say("bank", "2026-07-01", &[recall]).unwrap();
    let mut items = [payment("Al", "P1"), payment("Az", "P2")];
    items[1]["payment"]["received_on"] = json!("2026-07-19");
    assert_eq!(send(&home, "2026-07-19", "F1", &items).waiting, 2);
    let decide = |number, decision| {
        let at = "2026-07-20T12:00:00Z".parse().unwrap();
        home.acting().decide("test", number, decision, ActOptions::new().at(at)).unwrap()
    };
    let to = |account: &str| ExceptionDecision::Assign { account: account.try_into().unwrap() };
    decide(1, to("A1"));
    assert_eq!(decide(2, to("A2")).still.as_deref(), Some("payment_after_term"));
    let again = |identity: &str, items: &[Value]| {
        let report = send(&home, "2026-07-21", identity, items);
        (codes(&report).join(" "), report.accepted)
    };
    assert_eq!(again("F2", &items), ("duplicate_payment duplicate_payment".to_owned(), 2));
    decide(2, ExceptionDecision::Credit);
    assert_eq!(again("F3", &items), ("duplicate_payment duplicate_payment".to_owned(), 2));
    assert_eq!(again("F4", &[payment("A1", "P1")]), ("duplicate_payment".to_owned(), 1));
    assert_eq!(again("F5", &[payment("A7", "P1")]), ("payment_conflict".to_owned(), 0));
    assert_eq!((paid(&home, "A1"), paid(&home, "A2")), (1_000, 1_000));
}
