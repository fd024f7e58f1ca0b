//! Case tables with known contents: without a fault, and with each fault.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use bailiwick_fixtures::table::{Cases, Encoding};
use bailiwick_fixtures::{Contents, Fault, Made, Origin};
use bailiwick_sdk::document::{HoldReason, Item, Role, Severity};
use bailiwick_sdk::testing;
use cn_case_table::CaseTable;
use support::{context, decode, documents, encode, in_encoding, problems, subject};

/// The table's name of the column with the owed amount.
const TOTAL: &str = "逾期总金额(元)";

#[test]
fn totals_and_bytes_come_back_in_every_encoding() {
    for origin in Origin::all("that every case table is read and written again") {
        for encoding in Encoding::ALL {
            let Made { bytes, told } = origin.cases(&Cases::of(2000, encoding));
            whole(encoding, &bytes, &told, &format!("{origin:?}, {encoding:?}"));
        }
    }
}

fn whole(encoding: Encoding, file: &[u8], told: &Contents, place: &str) {
    let context = in_encoding("cases", encoding.name());
    let items = decode(&context, file);
    assert_eq!(problems(&items), Vec::<&_>::new(), "{place}");
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
            Item::Control(control) => assert_eq!(control.stated, control.found, "{control:?}, {place}"),
            _ => {}
        }
    }
    let controls = items.iter().filter(|item| matches!(item, Item::Control(_))).count();
    assert_eq!(controls, 14, "{place}");
    assert_eq!((count, placed), (told.read.accounts, told.read.columns[TOTAL]), "{place}");
    for (found, name) in [(joint, "joint"), (cleared, "cleared"), (kept, "kept"), (stopped, "stopped")] {
        assert!(found > 0 && found == told.counts[name], "{name}, {place}");
    }
    let documents = documents(items);
    assert!(encode(&context, documents.clone()) == file, "{place}");
    // Without the header the columns are the same, because they stand in the canonical order.
    assert!(encode(&context, documents[1..].to_vec()) == file, "{place}");
}

#[test]
fn pieces_do_not_matter() {
    let faults = [None, Some(Fault::HalfMultibyteChar), Some(Fault::TruncatedRecord), Some(Fault::CrlfMix)];
    for origin in Origin::all("that the pieces of a case table do not matter") {
        for encoding in Encoding::ALL {
            for fault in faults {
                let file = origin.cases(&Cases { fault, ..Cases::of(40, encoding) }).bytes;
                let context = in_encoding("cases", encoding.name());
                let whole = decode(&context, &file);
                for piece in [1, 2, 3, 7, 64, 1000, 4096] {
                    let pieces =
                        testing::decode_in_pieces::<CaseTable>(subject("cases"), &context, &file, piece);
                    assert!(
                        whole == pieces.unwrap(),
                        "{origin:?} {encoding:?} {fault:?} in pieces of {piece}"
                    );
                }
            }
        }
    }
}

/// Faults that the host finds in the plugin's items.
const OF_THE_HOST: [Fault; 5] =
    [Fault::TrailerCount, Fault::TrailerAmount, Fault::DuplicateAccount, Fault::FutureDate, Fault::EmptyFile];

#[test]
fn faults_give_the_expected_result() {
    for origin in Origin::all("that every fault of a case table has its verdict") {
        for encoding in Encoding::ALL {
            for fault in Fault::ALL.into_iter().filter(|fault| !OF_THE_HOST.contains(fault)) {
                let Made { bytes, told } = origin.cases(&Cases::of(60, encoding).with(fault));
                let items = decode(&in_encoding("cases", encoding.name()), &bytes);
                verdict(&items, &told, &format!("{origin:?}, {fault:?} in {encoding:?}"));
            }
        }
    }
}

fn verdict(items: &[Item], told: &Contents, place: &str) {
    let verdict = &told.verdict;
    let problems = problems(items);
    assert_eq!(problems.len(), 1, "{place}: {problems:?}");
    let problem = problems[0];
    assert_eq!(problem.code.to_string(), verdict.codes[0], "{place}");
    assert_eq!(problem.line, verdict.line, "{place}: {problem:?}");
    let severity = match &verdict.accounts[..] {
        _ if verdict.refused => Severity::Fatal,
        [] => Severity::Warning,
        _ => Severity::Error,
    };
    assert_eq!(problem.severity, severity, "{place}");
    if severity == Severity::Fatal {
        return;
    }
    let (mut placed, mut accounts) = (0, 0);
    for item in items {
        match item {
            Item::Placement(case) => {
                accounts += 1;
                placed += case.placed().unwrap().get();
                assert!(verdict.accounts.iter().all(|it| it.account != case.account.as_str()), "{place}");
            }
            Item::Control(control) => assert_eq!(control.stated, control.found, "{place}: {control:?}"),
            _ => {}
        }
    }
    assert_eq!((accounts, placed), (verdict.taken.accounts, verdict.taken.columns[TOTAL]), "{place}");
    if let Some(refused) = verdict.accounts.first() {
        assert_eq!(problem.account.as_deref(), Some(refused.account.as_str()), "{place}");
        assert!(problem.column.is_some());
        // The host's sum over placements and refused accounts equals the sum in the total row.
        assert_eq!(placed + problem.readable.unwrap().get(), told.stated.unwrap(), "{place}");
    }
}

#[test]
fn the_host_gets_what_it_needs_for_the_faults_it_finds() {
    for origin in Origin::all("that the host gets what it needs for a case table's faults") {
        for encoding in Encoding::ALL {
            for (fault, what) in [(Fault::TrailerCount, "accounts"), (Fault::TrailerAmount, "placed")] {
                let Made { bytes, told } = origin.cases(&Cases::of(60, encoding).with(fault));
                let items = decode(&in_encoding("cases", encoding.name()), &bytes);
                assert!(problems(&items).is_empty());
                let differ: Vec<_> = items
                    .iter()
                    .filter_map(|item| match item {
                        Item::Control(control) if control.stated != control.found => Some(control),
                        _ => None,
                    })
                    .collect();
                assert_eq!(differ.len(), 1);
                assert_eq!((differ[0].what.as_str(), differ[0].stated - differ[0].found), (what, 1));
                assert_eq!(differ[0].code.to_string(), told.verdict.codes[0]);
                assert_eq!(differ[0].line, told.verdict.line);
            }
            for fault in [Fault::DuplicateAccount, Fault::FutureDate] {
                let Made { bytes, told } = origin.cases(&Cases::of(60, encoding).with(fault));
                let items = decode(&in_encoding("cases", encoding.name()), &bytes);
                assert!(problems(&items).is_empty());
                let refused = &told.verdict.accounts[0];
                let broken = items.iter().find_map(|item| match item {
                    Item::Placement(case) if case.line == Some(refused.line) => Some(case),
                    _ => None,
                });
                let broken = broken.unwrap();
                assert_eq!(broken.account.as_str(), refused.account);
                assert_eq!(fault == Fault::FutureDate, broken.delinquent_on > broken.placed_on);
                for item in &items {
                    assert!(!matches!(item, Item::Control(control) if control.stated != control.found));
                }
            }
        }
    }
}

#[test]
fn another_encoding_than_agreed_is_named() {
    for origin in Origin::all("that another encoding than agreed is named") {
        for (encoding, agreed, says) in [
            (Encoding::Utf8, "gb18030", "utf-8"),
            (Encoding::Utf8, "gbk", "utf-8"),
            (Encoding::Gbk, "utf-8", "gb18030 or gbk"),
            (Encoding::Gb18030, "utf-8", "gb18030 or gbk"),
            // The header is the same in both encodings; only a rare character in a name tells them apart.
            (Encoding::Gb18030, "gbk", "gb18030"),
        ] {
            let file = origin.cases(&Cases::of(2000, encoding)).bytes;
            let items = decode(&in_encoding("cases", agreed), &file);
            let problem = items.last().unwrap();
            let Item::Problem(problem) = problem else { panic!("{encoding:?} as {agreed}: {problem:?}") };
            assert_eq!(
                (problem.code.as_str(), problem.line),
                ("wrong_encoding", Some(1)),
                "{encoding:?} as {agreed}"
            );
            assert_eq!(problem.severity, Severity::Fatal);
            assert!(
                problem.message.contains(&format!("seems to be in {says}"))
                    && problem.message.contains("`encoding`")
            );
        }
    }
}

#[test]
fn a_mark_is_warned_of_and_written_again() {
    for origin in Origin::all("that a byte order mark is written again") {
        for encoding in [Encoding::Utf8, Encoding::Gb18030] {
            let file = origin.cases(&Cases::of(5, encoding).with(Fault::Bom)).bytes;
            let context = in_encoding("cases", encoding.name());
            let items = decode(&context, &file);
            assert!(
                matches!(&items[0], Item::Problem(problem) if problem.code.as_str() == "byte_order_mark")
            );
            assert!(encode(&context, documents(items)) == file);
        }
        let file = origin.cases(&Cases::of(5, Encoding::Utf8).with(Fault::Bom)).bytes;
        let items = decode(&context("cases", serde_json::json!({})), &file);
        assert_eq!(items.len(), 1, "{items:?}");
        assert!(matches!(&items[0], Item::Problem(problem) if problem.severity == Severity::Fatal));
    }
}
