//! Files with a number in a sequence: taken, held back, or too late.

use bailiwick_conformance::TestHome;
use bailiwick_host::Report;
use serde_json::{Value, json};

/// A file that is sent: with a payment of a placed account, or with refused records only.
#[derive(Debug, Clone, Copy)]
enum File {
    Good(u64),
    Bad(u64),
}
use File::{Bad, Good};

fn home() -> TestHome {
    let home = TestHome::with_terms("");
    let placement = json!({"placement": {"account": "A1", "currency": "USD", "placed_on": "2026-07-01",
        "balance": [{"bucket": "principal", "minor": 100_000}]}});
    assert_eq!(home.say("accounts", "2026-07-01", &[placement]).unwrap().accepted, 1);
    home
}

/// `made` gives files of the same number different payments.
fn items(file: File, made: usize) -> Vec<Value> {
    let (number, minor) = match file {
        Good(number) => (number, 10),
        Bad(number) => (number, -10),
    };
    let payment = json!({"payment": {"account": "A1", "identifier": format!("P{number}-{made}"), "paid_to": "agency",
        "currency": "USD", "minor": minor, "received_on": "2026-07-02"}});
    vec![json!({"header": {"sequence": number}}), payment]
}

/// The outcome, or the code of the refusal.
fn said(report: &Report) -> String {
    match report.problems.first() {
        Some(problem) => problem.code.to_string(),
        None => report.outcome.name().to_owned(),
    }
}

#[test]
fn a_sequence_goes_on_number_by_number() {
    let taken = "accepted";
    let table: [(&str, &[(File, &str)]); 9] = [
        ("any number is the first", &[(Good(500), taken), (Good(501), taken)]),
        ("nought is a number", &[(Good(0), taken), (Good(1), taken)]),
        (
            "the next but one is held back, and taken when the one between has come",
            &[
                (Good(1), taken),
                (Good(3), "sequence_gap"),
                (Good(3), "sequence_gap"),
                (Good(2), taken),
                (Good(3), taken),
            ],
        ),
        ("however far it is ahead", &[(Good(1), taken), (Good(1_000_000), "sequence_gap"), (Good(2), taken)]),
        (
            "a number that was taken is not taken again",
            &[(Good(1), taken), (Good(1), "file_conflict"), (Good(2), taken)],
        ),
        (
            "nor one before it, also if it never came",
            &[(Good(7), taken), (Good(6), "file_conflict"), (Good(8), taken)],
        ),
        (
            "one that was refused came, and may come corrected",
            &[
                (Bad(1), "negative_amount"),
                (Good(1), taken),
                (Bad(2), "negative_amount"),
                (Good(3), taken),
                (Good(2), "file_conflict"),
            ],
        ),
        (
            "behind one that was refused there is no gap either",
            &[
                (Bad(4), "negative_amount"),
                (Good(6), "sequence_gap"),
                (Bad(5), "negative_amount"),
                (Good(6), taken),
            ],
        ),
        (
            "a gap that is refused is forgotten: it does not count as come",
            &[
                (Good(1), taken),
                (Good(4), "sequence_gap"),
                (Good(5), "sequence_gap"),
                (Good(2), taken),
                (Good(4), "sequence_gap"),
                (Good(3), taken),
            ],
        ),
    ];
    for (what, files) in table {
        let home = home();
        for (at, (file, expected)) in files.iter().enumerate() {
            let before = home.book_and_outbox();
            let report = home.say("agency", "2026-07-03", &items(*file, at)).unwrap();
            assert_eq!(said(&report), *expected, "{what}: {at}, {file:?}: {:?}", report.problems);
            if ["sequence_gap", "file_conflict"].contains(expected) {
                assert_eq!(home.book_and_outbox(), before, "{what}: {at}, nothing of it counts");
            }
        }
        home.host.verify_audit().unwrap();
    }
}

#[test]
fn a_gap_names_the_missing_numbers() {
    for (number, missing) in
        [(3, "2 has not come"), (4, "2 to 3 have not come"), (90, "2 to 89 have not come")]
    {
        let home = home();
        home.say("agency", "2026-07-03", &items(Good(1), 0)).unwrap();
        let report = home.say("agency", "2026-07-03", &items(Good(number), 1)).unwrap();
        assert!(report.problems[0].message.contains(missing), "{}", report.problems[0].message);
    }
}

#[test]
fn each_sender_message_and_engagement_counts_by_itself() {
    let home = home();
    home.engage("other", "Bank", "AG002", "{}", "");
    assert_eq!(said(&home.say("agency", "2026-07-03", &items(Good(5), 0)).unwrap()), "accepted");
    // The bank's files, and those of another engagement, have numbers of their own.
    let direct = |number: u64| {
        let payment = json!({"direct_payment": {"account": "A1", "identifier": format!("D{number}"), "currency": "USD",
            "minor": 10, "booked_on": "2026-07-02"}});
        vec![json!({"header": {"sequence": number}}), payment]
    };
    assert_eq!(said(&home.say("bank", "2026-07-03", &direct(70)).unwrap()), "accepted");
    let placement = json!({"placement": {"account": "B1", "currency": "USD", "placed_on": "2026-07-01",
        "balance": [{"bucket": "principal", "minor": 100_000}]}});
    let numbered = [json!({"header": {"sequence": 900}}), placement];
    assert_eq!(said(&home.say_in("other", "accounts", "2026-07-03", &numbered).unwrap()), "accepted");
    assert_eq!(said(&home.say("agency", "2026-07-03", &items(Good(6), 1)).unwrap()), "accepted");
    assert_eq!(said(&home.say("bank", "2026-07-03", &direct(72)).unwrap()), "sequence_gap");
    // A file without a number belongs to no sequence.
    let unnumbered = &items(Good(1), 2)[1..];
    assert_eq!(said(&home.say("agency", "2026-07-04", unnumbered).unwrap()), "accepted");
    assert_eq!(said(&home.say("agency", "2026-07-04", &items(Good(7), 3)).unwrap()), "accepted");
}
