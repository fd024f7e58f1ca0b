//! Files of an agency: documents that are read, and refusals with their place.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use agency_csv::AgencyCsv;
use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::{
    Acceptance, Channel, Item, Level, Placement, Problem, Role, Severity, StatusKind, Subject,
};
use bailiwick_sdk::plugin::{Dispute as _, Placement as _};
use bailiwick_sdk::testing::{self, encode};
use serde_json::json;

fn context(message: &str, config: serde_json::Value) -> Context {
    Context { from: Side::Agency, ..testing::context(message, config) }
}

fn decode(subject: Subject, message: &str, file: &[u8]) -> Vec<Item> {
    testing::decode::<AgencyCsv>(subject, &context(message, json!({})), file).unwrap()
}

fn problems(items: &[Item]) -> Vec<&Problem> {
    items
        .iter()
        .filter_map(|item| if let Item::Problem(problem) = item { Some(problem) } else { None })
        .collect()
}

/// Code, line, column and account of every problem.
fn places(items: &[Item]) -> Vec<(String, u64, Option<u32>, Option<String>)> {
    let place = |problem: &&Problem| {
        let account = problem.account.as_ref().map(|account| account.to_string());
        (problem.code.to_string(), problem.line.unwrap(), problem.column, account)
    };
    problems(items).iter().map(place).collect()
}

fn place(code: &str, line: u64, column: u32, account: &str) -> (String, u64, Option<u32>, Option<String>) {
    (code.to_owned(), line, Some(column), Some(account.to_owned()))
}

#[test]
fn placements_are_read_and_written_back() {
    let file = include_bytes!("fixtures/placements.csv");
    let items = decode(Subject::Placement, "placements", file);
    let [Item::Header(header), Item::Placement(first), Item::Placement(second)] = &items[..] else {
        panic!("{items:?}")
    };
    assert_eq!((header.line, header.columns.len(), header.byte_order_mark), (Some(1), 20, false));
    assert_eq!((first.line, first.placed().unwrap().get()), (Some(2), 153_025));
    assert_eq!(first.commission.as_ref().unwrap().rate_ppm, Some(125_000));
    assert_eq!(first.extra.get("desk"), Some("7"));
    let roles: Vec<Role> = first.parties.iter().map(|party| party.role).collect();
    assert_eq!(roles, [Role::Primary, Role::Contact]);
    assert_eq!(first.parties[0].addresses[0].street.as_deref(), Some("12 Elm St, Apt 3"));
    assert_eq!(second.placed().unwrap().get(), 50_000);
    assert!(second.parties[0].addresses.is_empty());
    // The header item gives the columns, so the bytes come back.
    let context = context("placements", json!({}));
    let again = encode::<AgencyCsv>(Subject::Placement, &context, items.clone()).unwrap();
    assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(file));
}

#[test]
fn an_agency_gets_only_the_columns_that_it_wants() {
    let file = include_bytes!("fixtures/placements.csv");
    let items = decode(Subject::Placement, "placements", file);
    let config = json!({ "placement_columns": ["debtor_name", "term_ends_on"] });
    let written =
        encode::<AgencyCsv>(Subject::Placement, &context("placements", config), items[1..].to_vec()).unwrap();
    let text = String::from_utf8(written).unwrap();
    assert_eq!(
        text,
        "account,currency,placed,principal,interest,penalty,late_fee,costs,other,parts,term_ends_on,debtor_name\r\n\
         A-1001,USD,1530.25,1500.00,25.25,,5.00,,,,,Jordan Example\r\n\
         A-1002,JPY,50000,50000,,,,,,,,山田 例\r\n"
    );
}

#[test]
fn activity_has_local_times_and_refused_rows() {
    let items = decode(Subject::StatusReporting, "activity", include_bytes!("fixtures/activity.csv"));
    let Item::ContactAttempt(attempt) = &items[1] else { panic!("{items:?}") };
    assert_eq!(attempt.started.utc.to_string(), "2026-07-03T17:30:00Z");
    assert_eq!(attempt.started.zone.as_str(), "America/Chicago");
    assert_eq!((attempt.channel, attempt.conversation), (Channel::Phone, Some(true)));
    assert_eq!(attempt.promised.unwrap().get(), 10_000);
    assert_eq!(attempt.text.as_deref(), Some("Will pay \"Friday\",\nthen the rest"));
    let Item::Note(note) = &items[2] else { panic!("{items:?}") };
    assert_eq!((note.line, note.at.zone.as_str()), (Some(4), "America/New_York"));
    assert_eq!(
        places(&items),
        [
            place("bad_time", 5, 3, "A-1002"),
            place("unknown_code", 6, 5, "A-1003"),
            place("unknown_record_type", 7, 1, "A-1004"),
        ]
    );
    assert_eq!(items.len(), 6);
}

#[test]
fn payments_and_reversals_share_a_file() {
    let items = decode(Subject::Remittance, "payments", include_bytes!("fixtures/payments.csv"));
    let Item::Payment(payment) = &items[1] else { panic!("{items:?}") };
    assert_eq!((payment.minor.get(), payment.split.len(), payment.settlement), (10_000, 2, Some(false)));
    let reversal = items.iter().find_map(|item| if let Item::Reversal(it) = item { Some(it) } else { None });
    let reversal = reversal.unwrap();
    assert_eq!((reversal.minor.get(), reversal.reverses.as_deref()), (4_000, Some("P-1")));
    assert_eq!(reversal.reason.as_deref(), Some("AC04"));
    let mut dinars =
        items.iter().filter_map(|item| if let Item::Payment(it) = item { Some(it) } else { None });
    assert_eq!(dinars.next_back().unwrap().minor.get(), 7_250);
    assert_eq!(
        places(&items),
        [
            place("bad_amount", 3, 7, "A-1001"),
            place("bad_date", 4, 5, "A-1001"),
            place("missing_field", 7, 2, "A-1002"),
        ]
    );
}

#[test]
fn statuses_come_by_name_or_by_code() {
    let config = json!({ "status_codes": [{ "code": "PTP", "status": "promise_to_pay" }] });
    let context = context("statuses", config);
    let file = include_bytes!("fixtures/statuses.csv");
    let items = testing::decode::<AgencyCsv>(Subject::StatusReporting, &context, file).unwrap();
    let statuses: Vec<(StatusKind, Option<&str>)> = items
        .iter()
        .filter_map(
            |item| if let Item::Status(it) = item { Some((it.status, it.code.as_deref())) } else { None },
        )
        .collect();
    let promised = StatusKind::PromiseToPay;
    assert_eq!(statuses, [(promised, None), (promised, Some("PTP")), (promised, Some("PTP"))]);
    assert_eq!(places(&items), [place("unknown_code", 5, 2, "A-1004")]);
}

/// The fatal problem of a file, which must be the last item.
fn fatal(file: &[u8]) -> (String, u64) {
    let items = decode(Subject::Remittance, "adjustments", file);
    let Some(Item::Problem(problem)) = items.last() else { panic!("{items:?}") };
    assert_eq!(problem.severity, Severity::Fatal);
    (problem.code.to_string(), problem.line.unwrap())
}

const HEADER: &str = "account,identifier,direction,on,currency,amount";
const ROW: &str = "A1,X1,decrease,2026-07-01,USD,5.00";

#[test]
fn files_that_are_refused() {
    let long = format!("{HEADER}\r\n{ROW}\r\n{},X2\r\n", "x".repeat(2 << 20));
    let utf16: Vec<u8> = format!("\u{FEFF}{HEADER}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (file, code, line) in [
        (format!("{HEADER}\r\n{ROW}\r\nA2,X2,decr").into_bytes(), "truncated_record", 3),
        (format!("{HEADER}\r\n{ROW}").into_bytes(), "truncated_record", 2),
        (format!("{HEADER}\r\n{ROW}\r\n\"A2,X2\r\n").into_bytes(), "truncated_record", 3),
        (long.into_bytes(), "line_too_long", 3),
        (format!("{HEADER},colour\r\n{ROW},red\r\n").into_bytes(), "bad_header", 1),
        (format!("{HEADER},on\r\n{ROW},2026-07-01\r\n").into_bytes(), "bad_header", 1),
        (b"account,identifier\r\nA1,X1\r\n".to_vec(), "bad_header", 1),
        (b"\r\n".to_vec(), "bad_header", 1),
        (utf16, "wrong_encoding", 1),
    ] {
        assert_eq!(
            fatal(&file),
            (code.to_owned(), line),
            "{}",
            String::from_utf8_lossy(&file[..40.min(file.len())])
        );
    }
}

#[test]
fn rows_that_are_refused_leave_the_others() {
    for (row, code, column) in [
        ("A2,X2,decrease,2026-07-01,USD", "short_record", None),
        ("A2,X2,decrease,2026-07-01,USD,1.00,2", "bad_row", None),
        ("A2,X2,decrease,2026-07-01,usd,1.00", "unknown_code", Some(5)),
        ("A2,X2,decrease,2026-07-01,USD,1.0", "bad_amount", Some(6)),
        ("A2,X\0,decrease,2026-07-01,USD,1.00", "nul_byte", Some(2)),
        ("A2,X\u{1b}[31m,decrease,2026-07-01,USD,1.00", "invalid_characters", Some(2)),
        ("A2,\"X\n2\",decrease,2026-07-01,USD,1.00", "invalid_characters", Some(2)),
        ("A2,X\u{202e}2,decrease,2026-07-01,USD,1.00", "invalid_characters", Some(2)),
    ] {
        let file = format!("{HEADER}\r\n{ROW}\r\n{row}\r\n{}\r\n", ROW.replace("A1", "A3"));
        let items = decode(Subject::Remittance, "adjustments", file.as_bytes());
        let [_, Item::Adjustment(_), Item::Problem(problem), Item::Adjustment(_)] = &items[..] else {
            panic!("{row}: {items:?}")
        };
        assert_eq!((problem.code.as_str(), problem.column), (code, column), "{row}");
        assert_eq!((problem.line, problem.account.as_deref()), (Some(3), Some("A2")));
    }
    let mut file = format!("{HEADER}\r\n").into_bytes();
    file.extend_from_slice(b"A2,\xD3\xE2,decrease,2026-07-01,USD,1.00\r\n");
    let items = decode(Subject::Remittance, "adjustments", &file);
    assert_eq!(places(&items), [place("invalid_characters", 2, 2, "A2")]);
}

#[test]
fn a_refused_placement_says_what_could_be_read() {
    let file = "account,currency,placed,principal,interest,placed_on\r\nA1,USD,30.00,10.00,20.00,2026-02-31\r\n\
                A2,USD,30.00,10.00,19.00,\r\nA3,USD,,ten,20.00,\r\n";
    let items = decode(Subject::Placement, "placements", file.as_bytes());
    let readable: Vec<_> =
        problems(&items).iter().map(|it| (it.code.to_string(), it.readable.unwrap().get())).collect();
    let expected = [("bad_date", 3000), ("split_mismatch", 2900), ("bad_amount", 2000)];
    assert_eq!(readable, expected.map(|(code, minor)| (code.to_owned(), minor)));
}

#[test]
fn marks_and_mixed_line_ends_are_warned_of() {
    let file = format!("\u{FEFF}{HEADER}\r\n{ROW}\r\n{}\n{}\n", ROW.replace('1', "2"), ROW.replace('1', "3"));
    let items = decode(Subject::Remittance, "adjustments", file.as_bytes());
    let warned: Vec<_> = problems(&items).iter().map(|it| (it.severity, it.code.as_str(), it.line)).collect();
    let warning = Severity::Warning;
    assert_eq!(warned, [(warning, "byte_order_mark", Some(1)), (warning, "mixed_line_ends", Some(3))]);
    assert_eq!(items.len(), 6);
}

#[test]
fn no_problem_repeats_a_cell() {
    let file =
        format!("{HEADER}\r\nA1,X1,SECRET,SECRET,SECRET,SECRET\r\n{}\r\n", ROW.replace("5.00", "SECRET"));
    let items = decode(Subject::Remittance, "adjustments", file.as_bytes());
    assert_eq!(problems(&items).len(), 2);
    assert!(problems(&items).iter().all(|problem| !format!("{problem:?}").contains("SECRET")));
}

#[test]
fn another_subjects_documents_are_not_written() {
    let items = decode(Subject::Remittance, "adjustments", format!("{HEADER}\r\n{ROW}\r\n").as_bytes());
    let context = context("adjustments", json!({}));
    let refusal = encode::<AgencyCsv>(Subject::Remittance, &context, items[1..].to_vec());
    assert!(refusal.is_ok());
    let placement = decode(Subject::Placement, "placements", include_bytes!("fixtures/placements.csv"));
    let refusal = encode::<AgencyCsv>(Subject::Remittance, &context, placement).unwrap_err();
    assert_eq!(refusal.code, "unsupported");
}

#[test]
fn decisions_follow_the_configuration() {
    let items = decode(Subject::Placement, "placements", include_bytes!("fixtures/placements.csv"));
    let placements: Vec<&Placement> =
        items.iter().filter_map(|it| if let Item::Placement(it) = it { Some(&**it) } else { None }).collect();
    let config = json!({ "refuse": { "max_balance_minor": 100_000, "regions": ["NY"] }, "triage": { "days": 3, "level": "bank" } });
    let context = context("placements", config);
    let decision = AgencyCsv::decide(&context, placements[0]).unwrap();
    assert_eq!(decision.acceptance, Acceptance::Rejected);
    assert_eq!(decision.reason.as_deref(), Some("balance_too_high"));
    assert_eq!(AgencyCsv::decide(&context, placements[1]).unwrap().acceptance, Acceptance::Accepted);
    let file = "type,account,identifier,received_on,state\r\ndispute,A1,D1,2026-07-01,open\r\n";
    let items = decode(Subject::Dispute, "disputes", file.as_bytes());
    let Item::Dispute(dispute) = &items[1] else { panic!("{items:?}") };
    let triage = AgencyCsv::triage(&context, dispute).unwrap();
    assert_eq!((triage.level, triage.answer_within_days), (Level::Bank, 3));
}

#[test]
fn only_its_own_messages() {
    for (subject, message) in [(Subject::Placement, "payments"), (Subject::Placement, "CPLC")] {
        let refusal =
            testing::decode::<AgencyCsv>(subject, &testing::context(message, json!({})), b"").unwrap_err();
        assert_eq!(refusal.code, "unsupported");
    }
}
