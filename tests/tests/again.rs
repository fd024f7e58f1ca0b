//! A file that is sent again: it is taken once, and it may come again until a record of it is taken.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_host::{FileOutcome, Report};
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

/// A home with the account A1, whose two sides use canonical documents.
fn placed() -> TestHome {
    let home = TestHome::with_terms("");
    assert_eq!(home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap().accepted, 1);
    home
}

#[test]
fn a_file_of_which_nothing_was_taken_is_taken_when_it_can_be() {
    let home = TestHome::with_samples();
    let pay = || home.exchange("us-card", "payments_1.csv", PAYMENT).unwrap();
    let mut written = Vec::new();
    for answers in [1, 0] {
        let before = home.book_and_outbox();
        let report = pay();
        assert_eq!((report.outcome, report.accepted, report.rejected), (FileOutcome::Rejected, 0, 1));
        assert_eq!(codes(&report), ["unknown_account"]);
        assert!(report.documents.is_empty() && report.totals.is_empty());
        // The sender gets the refusals in a file. If the file comes again with the same refusals, the answer
        // is the same and nothing changes.
        let [answer] = &report.answers[..] else { panic!("{:?}", report.answers) };
        assert!(answer.contains("/agency/refused_"), "{answer}");
        assert!(fs::read_to_string(home.path().join(answer)).unwrap().contains("unknown_account"));
        written.push(answer.clone());
        let entry = home.audit().pop().unwrap();
        assert_eq!((&entry["kind"], &entry["outcome"]), (&"file".into(), &"rejected".into()));
        assert_eq!(entry["answers"].as_array().unwrap().len(), answers);
        assert_eq!(home.book_and_outbox() == before, answers == 0);
    }
    assert_eq!(written[0], written[1]);
    home.exchange("us-card", "CPLC_1.txt", PLACEMENT).unwrap();
    let report = pay();
    assert_eq!((report.outcome, report.accepted), (FileOutcome::Accepted, 1), "{:?}", report.problems);
    assert_eq!(home.acting().account("us-card", "200000001").unwrap().account.paid, 1_000);
    // From now on the file is a duplicate, and its refusals are still in the outbox.
    assert_eq!((pay().outcome, pay().accepted), (FileOutcome::Duplicate, 1));
    assert_eq!(home.acting().account("us-card", "200000001").unwrap().account.paid, 1_000);
    assert!(written.iter().all(|answer| home.path().join(answer).is_file()));
    let outcomes: Vec<Value> = home
        .audit()
        .into_iter()
        .filter(|entry| entry["kind"] == "file" && entry["message"] == "payments")
        .map(|entry| entry["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["rejected", "rejected", "accepted", "duplicate", "duplicate"]);
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
    assert_eq!(send(&[payment("A9", "P1")]).outcome, FileOutcome::Rejected);
    let corrected = send(&[payment("A1", "P1")]);
    assert_eq!(
        (corrected.outcome, corrected.accepted),
        (FileOutcome::Accepted, 1),
        "{:?}",
        corrected.problems
    );
    // Now a file of that identity was taken, so the refused one is a file of the same identity with other
    // bytes.
    for account in ["A9", "A1"] {
        let other = send(&[payment(account, "P1"), payment(account, "P2")]);
        assert_eq!((other.outcome, codes(&other).last()), (FileOutcome::Rejected, Some(&"file_conflict")));
    }
    assert_eq!(codes(&send(&[payment("A9", "P1")])), ["payment_conflict", "file_conflict"]);
}

#[test]
fn a_file_that_is_refused_for_other_reasons_is_answered_anew() {
    let home = placed();
    let refused = || home.say("agency", "2026-07-03", &[payment("A9", "P1")]).unwrap();
    let first = refused();
    assert_eq!((first.outcome, codes(&first)), (FileOutcome::Rejected, vec!["unknown_account"]));
    assert_eq!(refused(), first);
    let booked = home.say("agency", "2026-07-03", &[payment("A1", "P1")]).unwrap();
    assert_eq!(booked.outcome, FileOutcome::Accepted, "{:?}", booked.problems);
    let second = refused();
    assert_eq!(codes(&second), ["payment_conflict"]);
    assert_ne!(second.answers, first.answers);
}

#[test]
fn a_file_that_was_refused_wholly_stops_nothing_and_may_come_until_a_later_one_is_taken() {
    let home = placed();
    let items = |number: u64, account: &str| {
        [json!({"header": {"sequence": number}}), payment(account, &format!("P{number}"))]
    };
    let send = |number, account| home.say("agency", "2026-07-03", &items(number, account)).unwrap();
    assert_eq!(send(7, "A1").outcome, FileOutcome::Accepted);
    // The file is refused for good. The next one does not wait for it, and after that its number is too late.
    assert_eq!(send(8, "A9").outcome, FileOutcome::Rejected);
    assert_eq!(send(9, "A1").outcome, FileOutcome::Accepted);
    assert_eq!(codes(&send(8, "A1")), ["file_conflict"]);
    assert_eq!(codes(&send(8, "A9")).last(), Some(&"file_conflict"));
    // Until then it may come again, unchanged or corrected, and several numbers may be open.
    for number in [10, 11, 10, 11] {
        assert_eq!(codes(&send(number, "A9")), ["unknown_account"], "{number}");
    }
    for number in [10, 11, 12] {
        assert_eq!(send(number, "A1").outcome, FileOutcome::Accepted, "{number}");
    }
    // A number that never came is still missing, also after a refused one.
    assert_eq!(send(13, "A9").outcome, FileOutcome::Rejected);
    let held = send(15, "A1");
    assert_eq!((held.outcome, codes(&held)), (FileOutcome::Rejected, vec!["sequence_gap"]));
    assert!(held.problems[0].message.contains("14 has not come"), "{:?}", held.problems);
    // If a file is refused for ever, the command does not say that it may be sent again.
    for (number, again) in [(8, false), (13, true)] {
        let file = home.outside().join(format!("agency_{number}.jsonl"));
        let text: String = items(number, "A9").iter().map(|item| format!("{item}\n")).collect();
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
    fs::write(&file, format!("{}\n{}\n", payment("A1", "P1"), payment("A2", "P2"))).unwrap();
    let run = || bailiwick(&home.path(), &["exchange", "test", &file.to_string_lossy()]);
    let first = run();
    assert_eq!(first.code, Some(1), "{}{}", first.out, first.err);
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    let again = run();
    // Refused records stay refused, and the exit code says so.
    assert_eq!(again.code, Some(1), "{}{}", again.out, again.err);
    assert!(again.out.contains("duplicate") && again.out.contains("from a new file only"), "{}", again.out);
    assert_eq!(home.acting().account("test", "A2").unwrap().account.paid, 0);
    let sent_anew = home.say("agency", "2026-07-03", &[payment("A2", "P2")]).unwrap();
    assert_eq!((sent_anew.outcome, sent_anew.accepted), (FileOutcome::Accepted, 1));
    assert_eq!(home.acting().account("test", "A1").unwrap().account.paid, 1_000);
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
    let send = |identity: &str, number: u64, account: &str| {
        let header = json!({"header": {"identity": identity, "sequence": number}});
        home.say("agency", "2026-07-03", &[header, payment(account, &format!("P{number}"))]).unwrap()
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
    assert_eq!(send("F1", 1, "A2").outcome, FileOutcome::Rejected);
    as_it_was();
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    assert_eq!(send("F1", 1, "A2").outcome, FileOutcome::Accepted);
    // The release before also accepted the next number after it.
    assert_eq!(send("F2", 2, "A9").outcome, FileOutcome::Rejected);
    as_it_was();
    assert_eq!(send("F3", 3, "A2").outcome, FileOutcome::Accepted);
}
