//! Placement files with known contents: totals and faults are right, and writing gives the same bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;

use bailiwick_fixtures::aim::Placement;
use bailiwick_fixtures::{Contents, Fault, Made, Origin};
use bailiwick_sdk::document::{Control, Item, Severity};
use bailiwick_sdk::testing;
use common::*;
use serde_json::json;

fn controls(items: &[Item]) -> Vec<&Control> {
    items
        .iter()
        .filter_map(|item| if let Item::Control(control) = item { Some(control) } else { None })
        .collect()
}

/// The sum of each money column over all placements.
fn money(items: &[Item]) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for item in items {
        if let Item::Placement(placement) = item {
            for part in &placement.balance {
                *sums.entry(part.code.as_ref().unwrap().to_string()).or_insert(0) += part.minor.get();
            }
        }
    }
    sums
}

fn accounts(items: &[Item]) -> Vec<&str> {
    items
        .iter()
        .filter(|item| item.kind() == "placement")
        .map(|item| item.account().unwrap().as_str())
        .collect()
}

#[test]
fn everything_is_read_and_written_again() {
    for origin in Origin::all("that every placement is read and written again") {
        for of in [Placement::of(700), Placement::of(700).full_width()] {
            let place = format!("{origin:?}, {of:?}");
            let Made { bytes, told } = origin.placement(&of);
            let items = decode("CPLC", &bytes);
            assert_eq!(codes(&items), [], "{place}");
            assert_eq!(accounts(&items).len(), 700, "{place}");
            same_money(&items, &told.read.columns, &place);
            let found: Vec<_> =
                controls(&items).iter().map(|it| (it.what.to_string(), it.stated, it.found)).collect();
            let records = told.records.iter().filter(|(code, _)| *code != "CTRL");
            let records = records.map(|(_, count)| count).sum::<u64>().cast_signed();
            let total = told.stated.unwrap();
            assert_eq!(
                found,
                [("records".to_owned(), records, records), ("placed".to_owned(), total, total)],
                "{place}"
            );
            counts(&items, &told, &place);
            let header =
                items.iter().find_map(|item| if let Item::Header(it) = item { Some(it) } else { None });
            assert_eq!(header.unwrap().created_on.unwrap().to_string(), "2026-07-01");
            assert_eq!(header.unwrap().agency.as_deref(), Some("AG001"));
            let again = again("CPLC", json!({ "compact": of.compact }), items);
            assert!(again == bytes, "the same bytes, {place}");
        }
    }
}

/// The counts beside the money.
fn counts(items: &[Item], told: &Contents, place: &str) {
    let (mut debtors, mut joint, mut cleared) = (0, 0, 0);
    let (mut phones, mut notes, mut disputes) = (0, 0, 0);
    for item in items {
        let Item::Placement(placement) = item else { continue };
        debtors += placement.parties.len() as u64;
        joint += u64::from(placement.parties.len() > 1);
        cleared += u64::from(placement.cleared == Some(true));
        phones += placement.parties.iter().map(|party| party.phones.len() as u64).sum::<u64>();
        notes += placement.notes.len() as u64;
        disputes += placement.disputes.len() as u64;
    }
    for (found, name) in [(debtors, "debtors"), (joint, "joint"), (cleared, "cleared")] {
        assert_eq!(found, told.counts[name], "{name}, {place}");
    }
    for (found, code) in [(phones, "CUPP"), (notes, "CNOT"), (disputes, "CDIS")] {
        assert!(found > 0 && found == told.records[code], "{code}, {place}");
    }
}

#[test]
fn items_do_not_depend_on_the_pieces() {
    let of = Placement::of(5).full_width().with(Fault::CrlfMix);
    for origin in Origin::all("that the pieces of a placement do not matter") {
        let file = origin.placement(&of).bytes;
        let (subject, context) = common::of("CPLC", json!({}));
        let whole = testing::decode::<aim::Aim>(subject, &context, &file).unwrap();
        for piece in [1, 2, 7, 3001, 3002, 4096, 65_536] {
            let pieces = testing::decode_in_pieces::<aim::Aim>(subject, &context, &file, piece).unwrap();
            assert!(pieces == whole, "pieces of {piece}, {origin:?}");
        }
    }
}

#[test]
fn every_fault_has_its_expected_result() {
    for origin in Origin::all("that every fault of a placement has its verdict") {
        for fault in Fault::ALL {
            for of in [Placement::of(40).with(fault), Placement::of(40).full_width().with(fault)] {
                let Made { bytes, told } = origin.placement(&of);
                verdict(fault, &decode("CPLC", &bytes), &told, &format!("{origin:?}, {of:?}"));
            }
        }
    }
}

fn verdict(fault: Fault, items: &[Item], told: &Contents, place: &str) {
    let place = &format!("{place}: {:?}", codes(items));
    let verdict = &told.verdict;
    match fault {
        // The host compares the trailer's figures.
        Fault::TrailerCount | Fault::TrailerAmount => {
            let wrong: Vec<_> = controls(items).into_iter().filter(|it| it.stated != it.found).collect();
            assert_eq!(wrong.len(), 1, "{place}");
            assert_eq!(wrong[0].code.to_string(), verdict.codes[0], "{place}");
            assert_eq!(wrong[0].line, verdict.line, "{place}");
            return;
        }
        // The host compares the accounts of the file, and the days with the trailer's.
        Fault::DuplicateAccount => {
            let refused = &verdict.accounts[0];
            let lines: Vec<_> = items
                .iter()
                .filter(|item| {
                    item.kind() == "placement" && item.account().unwrap() == refused.account.as_str()
                })
                .map(|item| item.line().unwrap())
                .collect();
            assert_eq!(lines, [refused.taken_line.unwrap(), verdict.line.unwrap()], "{place}");
            assert!(controls(items).iter().all(|it| it.stated == it.found), "{place}");
            return;
        }
        Fault::FutureDate => {
            let late = items.iter().find(|item| match item {
                Item::Placement(placement) => placement.last_payment_on > Some("2026-07-01".parse().unwrap()),
                _ => false,
            });
            assert_eq!(late.unwrap().line(), verdict.line, "{place}");
            return;
        }
        _ => {}
    }
    let first = problems(items).into_iter().next().unwrap_or_else(|| panic!("{place}"));
    assert!(verdict.codes.iter().any(|code| *code == *first.code), "{place}");
    assert_eq!(first.line, verdict.line, "{place}");
    if verdict.refused {
        assert_eq!(first.severity, Severity::Fatal, "{place}");
        assert!(matches!(items.last(), Some(Item::Problem(last)) if last == first), "{place}");
    } else {
        assert_eq!(problems(items).len(), 1, "{place}");
        assert!(controls(items).iter().all(|it| it.stated == it.found), "{place}");
        assert_eq!(controls(items).len(), 2, "{place}");
        accepted(items, told, place);
    }
}

/// An accepted file: the refused account is named, and the other accounts have the expected totals.
fn accepted(items: &[Item], told: &Contents, place: &str) {
    let verdict = &told.verdict;
    let problem = problems(items)[0];
    match verdict.accounts.first() {
        Some(refused) => {
            assert_eq!(problem.severity, Severity::Error, "{place}");
            assert_eq!(problem.account.as_deref(), Some(refused.account.as_str()), "{place}");
            let rest = told.read.total - verdict.taken.total;
            assert_eq!(problem.readable.unwrap().get(), rest, "{place}");
            assert!(!accounts(items).contains(&refused.account.as_str()), "{place}");
        }
        None => assert_eq!(problem.severity, Severity::Warning, "{place}"),
    }
    assert_eq!(accounts(items).len() as u64, verdict.taken.accounts, "{place}");
    same_money(items, &verdict.taken.columns, place);
}

/// Every column of money has the expected sum.
fn same_money(items: &[Item], columns: &BTreeMap<String, i64>, place: &str) {
    let sums = money(items);
    for (column, minor) in columns {
        assert_eq!(sums.get(column).copied().unwrap_or(0), *minor, "{column}, {place}");
    }
}
