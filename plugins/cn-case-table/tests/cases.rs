//! Case tables of the sample generator: whole, and each fault.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use bailiwick_sdk::document::{HoldReason, Item, Role, Severity};
use bailiwick_sdk::testing;
use cn_case_table::CaseTable;
use support::{cases, context, decode, documents, encode, in_encoding, problems, subject};

const ENCODINGS: [&str; 3] = ["utf-8", "gbk", "gb18030"];

#[test]
fn totals_and_bytes_come_back_in_every_encoding() {
    for encoding in ENCODINGS {
        let Some((file, expect)) = cases(2000, encoding, None) else { return };
        let context = in_encoding("cases", encoding);
        let items = decode(&context, &file);
        assert_eq!(problems(&items), Vec::<&_>::new(), "{encoding}");
        assert!(
            matches!(&items[0], Item::Header(header) if header.columns.len() == 59 && header.line == Some(1))
        );
        let mut placed = 0;
        let (mut count, mut joint, mut cleared, mut kept, mut stopped) = (0, 0, 0, 0, 0);
        for item in &items {
            match item {
                Item::Placement(case) => {
                    count += 1;
                    placed += case.placed().unwrap().get();
                    joint +=
                        u64::from(case.parties.iter().any(|party| party.role == Role::Joint && party.liable));
                    cleared += u64::from(case.cleared == Some(true));
                    kept += u64::from(case.holds.contains(&HoldReason::Kept));
                    stopped += u64::from(case.holds.contains(&HoldReason::Stopped));
                    assert_eq!(case.parties[0].role, Role::Primary);
                    assert!(case.commission.as_ref().unwrap().rate_ppm.unwrap() > 80_000);
                }
                Item::Control(control) => assert_eq!(control.stated, control.found, "{control:?}"),
                _ => {}
            }
        }
        let controls = items.iter().filter(|item| matches!(item, Item::Control(_))).count();
        assert_eq!(controls, 14);
        assert_eq!(count, expect["accounts"].as_u64().unwrap());
        assert_eq!(placed, expect["money_minor"]["逾期总金额(元)"].as_i64().unwrap());
        assert_eq!(joint, expect["joint_accounts"].as_u64().unwrap());
        assert_eq!(cleared, expect["cleared_accounts"].as_u64().unwrap());
        assert_eq!(kept, expect["statuses"]["留案"].as_u64().unwrap());
        assert_eq!(stopped, expect["statuses"]["停催"].as_u64().unwrap());

        let documents = documents(items);
        assert_eq!(encode(&context, documents.clone()), file, "{encoding}");
        // Without the header the columns are the same, because they stand in the canonical order.
        assert_eq!(encode(&context, documents[1..].to_vec()), file, "{encoding}");
    }
}

#[test]
fn pieces_do_not_matter() {
    for encoding in ENCODINGS {
        for fault in [None, Some("half-multibyte-char"), Some("truncated-record"), Some("crlf-mix")] {
            let Some((file, _)) = cases(40, encoding, fault) else { return };
            let context = in_encoding("cases", encoding);
            let whole = decode(&context, &file);
            for piece in [1, 2, 3, 7, 64, 1000, 4096] {
                let pieces =
                    testing::decode_in_pieces::<CaseTable>(subject("cases"), &context, &file, piece).unwrap();
                assert!(whole == pieces, "{encoding} {fault:?} in pieces of {piece}");
            }
        }
    }
}

/// Faults that the plugin finds by itself.
const FOUND: [&str; 14] = [
    "truncated-record",
    "short-line",
    "bad-amount",
    "negative-principal",
    "unknown-record",
    "missing-trailer",
    "data-after-trailer",
    "half-multibyte-char",
    "wrong-encoding",
    "nul-byte",
    "huge-line",
    "crlf-mix",
    "bad-date",
    "bom",
];

#[test]
fn faults_give_the_expected_verdict() {
    for encoding in ENCODINGS {
        for fault in FOUND {
            let Some((file, expect)) = cases(60, encoding, Some(fault)) else { return };
            let name = format!("{fault} in {encoding}");
            let verdict = &expect["verdict"];
            let items = decode(&in_encoding("cases", encoding), &file);
            let problems = problems(&items);
            assert_eq!(problems.len(), 1, "{name}: {problems:?}");
            let problem = problems[0];
            let mut reasons = vec![verdict["reason"].clone()];
            reasons.extend(verdict["also_acceptable"].as_array().unwrap().iter().cloned());
            assert_eq!(problem.code.as_str(), verdict["reason"].as_str().unwrap(), "{name}");
            assert_eq!(problem.line, verdict["line"].as_u64(), "{name}: {problem:?}");
            let rejected = verdict["reject_accounts"].as_array().unwrap();
            let severity = match verdict["file"].as_str().unwrap() {
                "reject" => Severity::Fatal,
                _ if rejected.is_empty() => Severity::Warning,
                _ => Severity::Error,
            };
            assert_eq!(problem.severity, severity, "{name}");
            if severity == Severity::Fatal {
                continue;
            }
            let mut placed = 0;
            let mut accounts = 0;
            for item in &items {
                match item {
                    Item::Placement(case) => {
                        accounts += 1;
                        placed += case.placed().unwrap().get();
                        assert!(
                            rejected.iter().all(|account| account["key"] != case.account.as_str()),
                            "{name}"
                        );
                    }
                    Item::Control(control) => {
                        assert_eq!(control.stated, control.found, "{name}: {control:?}")
                    }
                    _ => {}
                }
            }
            let accepted = &verdict["accepted"];
            assert_eq!(accounts, accepted["accounts"].as_u64().unwrap(), "{name}");
            assert_eq!(placed, accepted["money_minor"]["逾期总金额(元)"].as_i64().unwrap(), "{name}");
            if let Some(account) = rejected.first() {
                assert_eq!(problem.account.as_deref(), account["key"].as_str(), "{name}");
                assert!(problem.column.is_some());
                // What the host adds up from placements and refused accounts is what the total row states.
                let stated = expect["control"]["total_row_minor"]["逾期总金额(元)"].as_i64().unwrap();
                assert_eq!(placed + problem.readable.unwrap().get(), stated, "{name}");
            }
        }
    }
}

#[test]
fn the_host_gets_what_it_needs_for_the_faults_it_finds() {
    for encoding in ENCODINGS {
        for (fault, what, off) in [("trailer-count", "accounts", 1), ("trailer-amount", "placed", 1)] {
            let Some((file, expect)) = cases(60, encoding, Some(fault)) else { return };
            let items = decode(&in_encoding("cases", encoding), &file);
            assert!(problems(&items).is_empty());
            let differ: Vec<_> = items
                .iter()
                .filter_map(|item| match item {
                    Item::Control(control) if control.stated != control.found => Some(control),
                    _ => None,
                })
                .collect();
            assert_eq!(differ.len(), 1);
            assert_eq!(differ[0].what.as_str(), what);
            assert_eq!(differ[0].stated - differ[0].found, off);
            assert_eq!(differ[0].code.as_str(), expect["verdict"]["reason"].as_str().unwrap());
            assert_eq!(differ[0].line, expect["verdict"]["line"].as_u64());
        }
        for fault in ["duplicate-account", "future-date"] {
            let Some((file, expect)) = cases(60, encoding, Some(fault)) else { return };
            let items = decode(&in_encoding("cases", encoding), &file);
            assert!(problems(&items).is_empty());
            let account = &expect["verdict"]["reject_accounts"][0];
            let broken = items.iter().find_map(|item| match item {
                Item::Placement(case) if case.line == account["line"].as_u64() => Some(case),
                _ => None,
            });
            let broken = broken.unwrap();
            assert_eq!(Some(broken.account.as_str()), account["key"].as_str());
            assert_eq!(fault == "future-date", broken.delinquent_on > broken.placed_on);
            for item in &items {
                assert!(!matches!(item, Item::Control(control) if control.stated != control.found));
            }
        }
    }
}

#[test]
fn another_encoding_than_agreed_is_named() {
    for (encoding, agreed, code, says) in [
        ("utf-8", "gb18030", "wrong_encoding", "utf-8"),
        ("utf-8", "gbk", "wrong_encoding", "utf-8"),
        ("gbk", "utf-8", "wrong_encoding", "gb18030 or gbk"),
        ("gb18030", "utf-8", "wrong_encoding", "gb18030 or gbk"),
        // The header is the same bytes; a rare character in a name tells.
        ("gb18030", "gbk", "wrong_encoding", "gb18030"),
    ] {
        let Some((file, _)) = cases(2000, encoding, None) else { return };
        let items = decode(&in_encoding("cases", agreed), &file);
        let problem = items.last().unwrap();
        let Item::Problem(problem) = problem else { panic!("{encoding} as {agreed}: {problem:?}") };
        assert_eq!((problem.code.as_str(), problem.line), (code, Some(1)), "{encoding} as {agreed}");
        assert_eq!(problem.severity, Severity::Fatal);
        assert!(
            problem.message.contains(&format!("seems to be in {says}"))
                && problem.message.contains("`encoding`")
        );
    }
}

#[test]
fn a_mark_is_warned_of_and_written_again() {
    for encoding in ["utf-8", "gb18030"] {
        let Some((file, _)) = cases(5, encoding, Some("bom")) else { return };
        let context = in_encoding("cases", encoding);
        let items = decode(&context, &file);
        assert!(matches!(&items[0], Item::Problem(problem) if problem.code.as_str() == "byte_order_mark"));
        assert!(encode(&context, documents(items)) == file);
    }
    let Some((file, _)) = cases(5, "utf-8", Some("bom")) else { return };
    let items = decode(&context("cases", serde_json::json!({})), &file);
    assert_eq!(items.len(), 1, "{items:?}");
    assert!(matches!(&items[0], Item::Problem(problem) if problem.severity == Severity::Fatal));
}
