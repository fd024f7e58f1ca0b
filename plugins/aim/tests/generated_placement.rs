//! Placement files of the sample generator: totals, faults, and the same bytes again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use bailiwick_sdk::document::{Control, Item, Severity};
use bailiwick_sdk::testing;
use common::*;
use serde_json::{Value, json};

const FAULTS: [&str; 19] = [
    "trailer-count",
    "trailer-amount",
    "truncated-record",
    "short-line",
    "bad-amount",
    "negative-principal",
    "duplicate-account",
    "unknown-record",
    "missing-trailer",
    "data-after-trailer",
    "half-multibyte-char",
    "wrong-encoding",
    "nul-byte",
    "huge-line",
    "crlf-mix",
    "bad-date",
    "future-date",
    "bom",
    "empty-file",
];

fn sample(folder: &Path, accounts: &str, more: &[&str]) -> Option<(Vec<u8>, Value)> {
    let mut arguments = vec!["aim-placement", "--accounts", accounts, "--out", "p.txt", "--expect", "p.json"];
    arguments.extend(more);
    generate(folder, &arguments)?;
    Some((std::fs::read(folder.join("p.txt")).unwrap(), json(&folder.join("p.json"))))
}

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
    let folder = folder("placement");
    for compact in [false, true] {
        let more: &[&str] = if compact { &["--compact"] } else { &[] };
        let Some((file, expect)) = sample(&folder, "700", more) else { return };
        let items = decode("CPLC", &file);
        assert_eq!(codes(&items), []);
        assert_eq!(accounts(&items).len(), 700);
        let sums = money(&items);
        for (column, minor) in expect["money_minor"].as_object().unwrap() {
            assert_eq!(sums.get(column).copied().unwrap_or(0), minor.as_i64().unwrap(), "{column}");
        }
        let found: Vec<_> =
            controls(&items).iter().map(|it| (it.what.to_string(), it.stated, it.found)).collect();
        let records = expect["records_without_trailer"].as_i64().unwrap();
        let total = expect["total_minor"].as_i64().unwrap();
        assert_eq!(found, [("records".to_owned(), records, records), ("placed".to_owned(), total, total)]);
        let (mut debtors, mut joint, mut cleared) = (0, 0, 0);
        let (mut phones, mut notes, mut disputes) = (0, 0, 0);
        for item in &items {
            let Item::Placement(placement) = item else { continue };
            debtors += placement.parties.len();
            joint += usize::from(placement.parties.len() > 1);
            cleared += usize::from(placement.cleared == Some(true));
            phones += placement.parties.iter().map(|party| party.phones.len()).sum::<usize>();
            notes += placement.notes.len();
            disputes += placement.disputes.len();
        }
        for (found, key) in [(debtors, "debtors"), (joint, "joint_accounts"), (cleared, "cleared_accounts")] {
            assert_eq!(Value::from(found), expect[key], "{key}");
        }
        for (found, code) in [(phones, "CUPP"), (notes, "CNOT"), (disputes, "CDIS")] {
            assert_eq!(Value::from(found), expect["records"][code], "{code}");
        }
        let Some(Item::Header(header)) = items.iter().find(|item| item.kind() == "header") else {
            panic!("a header")
        };
        assert_eq!(header.created_on.unwrap().to_string(), "2026-07-01");
        assert_eq!(header.agency.as_deref(), Some("AG001"));
        assert!(
            again("CPLC", json!({ "compact": compact }), items) == file,
            "the same bytes, compact {compact}"
        );
    }
}

#[test]
fn items_do_not_depend_on_the_pieces() {
    let folder = folder("pieces");
    let Some((file, _)) = sample(&folder, "5", &["--fault", "crlf-mix"]) else { return };
    let (subject, context) = of("CPLC", json!({}));
    let whole = testing::decode::<aim::Aim>(subject, &context, &file).unwrap();
    for piece in [1, 2, 7, 3001, 3002, 4096, 65_536] {
        let pieces = testing::decode_in_pieces::<aim::Aim>(subject, &context, &file, piece).unwrap();
        assert!(pieces == whole, "pieces of {piece}");
    }
}

#[test]
fn every_fault_has_the_verdict_that_the_generator_states() {
    let folder = folder("faults");
    for fault in FAULTS {
        let lengths =
            ["truncated-record", "short-line", "wrong-encoding", "unknown-record", "bom", "huge-line"];
        for compact in [false, true].into_iter().filter(|compact| !compact || lengths.contains(&fault)) {
            let mut more = vec!["--fault", fault];
            more.extend(compact.then_some("--compact"));
            let Some((file, expect)) = sample(&folder, "40", &more) else { return };
            let items = decode("CPLC", &file);
            let place = format!("{fault}, compact {compact}: {:?}", codes(&items));
            let verdict = &expect["verdict"];
            let mut reasons = vec![verdict["reason"].as_str().unwrap()];
            reasons
                .extend(verdict["also_acceptable"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()));
            match fault {
                "trailer-count" | "trailer-amount" => {
                    let wrong: Vec<_> =
                        controls(&items).into_iter().filter(|it| it.stated != it.found).collect();
                    assert_eq!(wrong.len(), 1, "{place}");
                    assert_eq!(wrong[0].code, verdict["reason"].as_str().unwrap());
                    assert_eq!(wrong[0].line, verdict["line"].as_u64());
                    continue;
                }
                // The host compares the accounts of the file, and the days with the trailer's.
                "duplicate-account" => {
                    let key = verdict["reject_accounts"][0]["key"].as_str().unwrap();
                    let lines: Vec<_> = items
                        .iter()
                        .filter(|item| item.kind() == "placement" && item.account().unwrap() == key)
                        .map(|item| item.line().unwrap())
                        .collect();
                    let keep = verdict["reject_accounts"][0]["keep_line"].as_u64().unwrap();
                    assert_eq!(lines, [keep, verdict["line"].as_u64().unwrap()], "{place}");
                    assert!(controls(&items).iter().all(|it| it.stated == it.found), "{place}");
                    continue;
                }
                "future-date" => {
                    let late = items.iter().find(|item| match item {
                        Item::Placement(placement) => {
                            placement.last_payment_on > Some("2026-07-01".parse().unwrap())
                        }
                        _ => false,
                    });
                    assert_eq!(late.unwrap().line(), verdict["line"].as_u64(), "{place}");
                    continue;
                }
                _ => {}
            }
            let first = problems(&items).into_iter().next().unwrap_or_else(|| panic!("{place}"));
            assert!(reasons.contains(&first.code.as_str()), "{place}");
            assert_eq!(first.line, verdict["line"].as_u64(), "{place}");
            match verdict["file"].as_str().unwrap() {
                "reject" => {
                    assert_eq!(first.severity, Severity::Fatal, "{place}");
                    assert!(matches!(items.last(), Some(Item::Problem(last)) if last == first), "{place}");
                }
                _ => {
                    assert_eq!(problems(&items).len(), 1, "{place}");
                    assert!(controls(&items).iter().all(|it| it.stated == it.found), "{place}");
                    assert_eq!(controls(&items).len(), 2, "{place}");
                    accepted(&items, &expect, &place);
                }
            }
        }
    }
}

/// An accepted file: the refused account is named, the others are there with their totals.
fn accepted(items: &[Item], expect: &Value, place: &str) {
    let verdict = &expect["verdict"];
    let refused = verdict["reject_accounts"].as_array().unwrap();
    let problem = problems(items)[0];
    match refused.first() {
        Some(refused) => {
            assert_eq!(problem.severity, Severity::Error, "{place}");
            assert_eq!(problem.account.as_deref(), refused["key"].as_str(), "{place}");
            let rest = expect["total_minor"].as_i64().unwrap()
                - verdict["accepted"]["total_minor"].as_i64().unwrap();
            assert_eq!(problem.readable.unwrap().get(), rest, "{place}");
            assert!(!accounts(items).contains(&refused["key"].as_str().unwrap()), "{place}");
        }
        None => assert_eq!(problem.severity, Severity::Warning, "{place}"),
    }
    assert_eq!(accounts(items).len() as u64, verdict["accepted"]["accounts"].as_u64().unwrap(), "{place}");
    let sums = money(items);
    for (column, minor) in verdict["accepted"]["money_minor"].as_object().unwrap() {
        assert_eq!(sums.get(column).copied().unwrap_or(0), minor.as_i64().unwrap(), "{column}, {place}");
    }
}
