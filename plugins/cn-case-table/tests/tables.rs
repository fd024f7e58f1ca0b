//! Small tables: names of columns, words, and refusals.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use bailiwick_sdk::document::{ClosingReason, HoldReason, Item, Placement, Role, Severity};
use bailiwick_sdk::testing;
use bailiwick_sdk::value::{AccountKey, Bucket, Component, Currency, Minor};
use cn_case_table::CaseTable;
use serde_json::json;
use support::{context, decode, documents, encode, in_encoding, problems, subject};

const RENAMED: &[u8] = include_bytes!("fixtures/cases_renamed.csv");

fn renamed() -> bailiwick_sdk::context::Context {
    let columns = json!({ "案件编号": "委案编号", "客户姓名": "姓名", "逾期总金额(元)": "应还总额" });
    context("cases", json!({ "encoding": "utf-8", "columns": { "cases": columns } }))
}

#[test]
fn a_banks_own_columns_are_read_and_written() {
    let items = decode(&renamed(), RENAMED);
    assert!(problems(&items).is_empty(), "{:?}", problems(&items));
    let [Item::Header(_), Item::Placement(first), Item::Placement(second), ..] = &items[..] else {
        panic!("{items:?}")
    };
    assert_eq!(
        (first.account.as_str(), first.round, first.placed().unwrap().get()),
        ("A001", Some(2), 11_050)
    );
    assert_eq!(first.commission.as_ref().unwrap().rate_ppm, Some(125_000));
    assert_eq!(first.holds, [HoldReason::Stopped]);
    assert_eq!(first.extra.get("分行"), Some("总行"));
    assert_eq!(second.holds, [HoldReason::Stopped, HoldReason::Kept]);
    assert_eq!(second.line, Some(3));
    assert_eq!(second.parties[1].role, Role::Guarantor);
    assert!(second.parties[1].liable);
    for item in &items {
        assert!(!matches!(item, Item::Control(control) if control.stated != control.found), "{item:?}");
    }
    // Spreadsheets leave a tab after the name of the first column; it is not written.
    let written = encode(&renamed(), documents(items));
    let first = RENAMED.iter().position(|byte| *byte == b'\t').unwrap();
    let without = [&RENAMED[..first], &RENAMED[first + 1..]].concat();
    assert_eq!(String::from_utf8(written).unwrap(), String::from_utf8(without).unwrap());
}

#[test]
fn the_documents_value_wins_over_a_text_kept_in_extra() {
    let mut items = documents(decode(&renamed(), RENAMED));
    for item in &mut items {
        if let Item::Placement(case) = item {
            case.round = Some(7);
            case.commission = None;
        }
    }
    let written = String::from_utf8(encode(&renamed(), items)).unwrap();
    assert!(!written.contains("二手") && !written.contains("12.5") && written.contains(",7,"));
}

#[track_caller]
fn one_problem(message: &str, file: &str, code: &str, line: u64, severity: Severity) {
    let items = decode(&in_encoding(message, "utf-8"), file.as_bytes());
    let problems = problems(&items);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let found = (problems[0].code.as_str(), problems[0].line, problems[0].severity);
    assert_eq!(found, (code, Some(line), severity), "{problems:?}");
}

#[test]
fn headers_are_checked() {
    let fatal = |file, code| one_problem("cases", file, code, 1, Severity::Fatal);
    fatal("", "bad_header");
    fatal("\r\n", "bad_header");
    fatal("案件编号,客户姓名\r\n", "bad_header");
    fatal("案件编号,客户姓名,逾期总金额(元),,\r\n", "bad_header");
    fatal("案件编号,客户姓名,逾期总金额(元),逾期本金(元),备注,备注\r\n", "bad_header");
    fatal("\u{feff}\u{feff}案件编号,客户姓名\r\n".trim_start_matches('\u{feff}'), "bad_header");
}

const HEAD: &str = "案件编号,客户姓名,逾期总金额(元),逾期本金(元),逾期日期\r\n";
const TOTAL: &str = "合计,1户,1.00,1.00,\r\n";

#[test]
fn rows_are_checked() {
    let case = |rows: &str, code, line, severity| {
        one_problem("cases", &format!("{HEAD}{rows}"), code, line, severity)
    };
    case("A1,甲,2.00,1.00,\r\n合计,1户,2.00,1.00,\r\n", "balance_mismatch", 2, Severity::Error);
    case("A1,甲,,1.00,\r\n合计,1户,0.00,1.00,\r\n", "missing_field", 2, Severity::Error);
    case("A1,甲,1.0,1.00,\r\n合计,1户,0.00,1.00,\r\n", "bad_amount", 2, Severity::Error);
    case("A1,甲,1.00,1.00,2026/07/01\r\n合计,1户,1.00,1.00,\r\n", "bad_date", 2, Severity::Error);
    for (key, code) in [
        ("2.02607E+13", "damaged_number"),
        ("20260700000001.0", "damaged_number"),
        ("#########", "damaged_number"),
        ("A\u{a0}1", "invalid_characters"),
        ("A\u{200b}1", "invalid_characters"),
    ] {
        let rows = format!("{key},甲,1.00,1.00,\r\n合计,1户,1.00,1.00,\r\n");
        case(&rows, code, 2, Severity::Error);
    }
    for key in ["A\u{1b}[31m", "A\u{202e}1", "\"A\n1\""] {
        let rows = format!("{key},甲,1.00,1.00,\r\n合计,1户,1.00,1.00,\r\n");
        case(&rows, "bad_row", 2, Severity::Error);
    }
    case(",甲,,,\r\n", "unknown_record_type", 2, Severity::Fatal);
    case("A1,甲,1.00,1.00,,\r\n", "bad_row", 2, Severity::Fatal);
    case("A1,甲,1.00,1.00,\r\n", "missing_trailer", 2, Severity::Fatal);
    case("A1,甲,1.00,1.00,", "missing_trailer", 2, Severity::Fatal);
    case("A1,甲,1.00,1.00,\"2026", "truncated_record", 2, Severity::Fatal);
    case("A1,甲,1.00,1.00,\"2026\r\n", "truncated_record", 2, Severity::Fatal);
    case("合计,零户,0.00,0.00,\r\n", "bad_row", 2, Severity::Fatal);
    case("合计,0户,,0.00,\r\n", "bad_amount", 2, Severity::Fatal);
    case(&format!("A1,甲,1.00,1.00,\r\n{TOTAL}{TOTAL}"), "data_after_trailer", 4, Severity::Fatal);
}

#[test]
fn a_last_row_without_line_end_is_whole_if_it_has_all_cells() {
    let file = format!("{HEAD}A1,甲,1.00,1.00,\r\n{}", TOTAL.trim_end());
    let items = decode(&in_encoding("cases", "utf-8"), file.as_bytes());
    assert!(problems(&items).is_empty());
    assert_eq!(items.iter().filter(|item| matches!(item, Item::Control(_))).count(), 3);
}

#[test]
fn words_are_checked() {
    let bad = |message, file, code| one_problem(message, file, code, 2, Severity::Error);
    bad(
        "payments",
        "案件编号,回款日期,类型,回款金额,流水号\r\nA1,2026-07-01,还款,1.00,L1\r\n",
        "unknown_code",
    );
    bad("payments", "案件编号,回款日期,类型,回款金额,流水号\r\nA1,2026-07-01,回款,0.00,L1\r\n", "bad_amount");
    bad(
        "payments",
        "案件编号,回款日期,类型,回款金额,流水号\r\nA1,2026-07-01,冲正,1.00,L1\r\n",
        "missing_field",
    );
    bad("followups", "案件编号,跟进时间,跟进方式\r\nA1,2026-07-01 09:00,电话\r\n", "bad_date");
    bad("followups", "案件编号,跟进时间,跟进方式\r\nA1,2026-07-01 09:00:00,飞鸽\r\n", "unknown_code");
    bad("recalls", "案件编号,撤案阶段\r\nA1,\r\n", "missing_field");
    bad(
        "acknowledgment",
        "案件编号,案件金额,接收结果,接收日期\r\nA1,1.00,拒收,2026-07-01\r\n",
        "missing_field",
    );
    bad("direct_payments", "入账流水号,入账日期,入账金额\r\nL1,2026-07-01,1.00\r\n", "missing_field");
}

#[test]
fn an_unlisted_reason_of_a_return_is_other_and_comes_back() {
    let file = "案件编号,退案日期,退案原因,支行\r\nA1,2026-07-01,客户出国,浦东\r\n";
    let context = in_encoding("returns", "utf-8");
    let items = decode(&context, file.as_bytes());
    let Item::Return(returned) = &items[1] else { panic!("{items:?}") };
    assert_eq!((returned.reason, returned.code.as_deref()), (ClosingReason::Other, Some("客户出国")));
    assert_eq!(encode(&context, items), file.as_bytes());
}

fn placement(account: &str, name: &str) -> Placement {
    let part = Component { bucket: Bucket::Principal, code: None, minor: Minor::new(100).unwrap() };
    let mut case = Placement::new(AccountKey::new(account).unwrap(), Currency::CNY, vec![part]);
    let mut party = bailiwick_sdk::document::Party::new(Role::Primary, true);
    party.name = Some(name.try_into().unwrap());
    case.parties.push(party);
    case
}

#[test]
fn a_document_that_the_table_cannot_hold_is_refused() {
    let refused = |message: &str, encoding: &str, item: Item| {
        testing::encode::<CaseTable>(subject(message), &in_encoding(message, encoding), [item]).unwrap_err()
    };
    let rare = refused("cases", "gbk", Box::new(placement("A1", "王𠮷")).into());
    assert_eq!((rare.code.as_str(), rare.pointer.as_deref()), ("bad_document", Some("/parties/0/name")));
    let total = refused("cases", "gbk", Box::new(placement("合计", "王")).into());
    assert_eq!(total.pointer.as_deref(), Some("/account"));
    let mut dollars = placement("A1", "王");
    dollars.currency = Currency::USD;
    assert_eq!(refused("cases", "gbk", Box::new(dollars).into()).pointer.as_deref(), Some("/currency"));
    let kind = refused("payments", "gbk", Box::new(placement("A1", "王")).into());
    assert_eq!(kind.code.as_str(), "unsupported");
}

#[test]
fn every_person_who_owes_the_debt_is_written() {
    let mut case = placement("A1", "王");
    for (number, liable) in [(1, false), (2, true), (3, true)] {
        let mut party =
            bailiwick_sdk::document::Party::new(if liable { Role::Joint } else { Role::Contact }, liable);
        party.name = Some(format!("第{number}人").as_str().try_into().unwrap());
        case.parties.push(party);
    }
    case.holds = vec![HoldReason::Bankruptcy];
    let context = in_encoding("cases", "utf-8");
    let file = String::from_utf8(encode(&context, [Box::new(case.clone()).into()])).unwrap();
    assert!(
        file.contains("第2人,共同借款人") && file.contains("第3人,共同借款人") && !file.contains("第1人")
    );
    assert!(file.contains("停催"), "a hold is not lost");
    case.parties.push(case.parties[3].clone());
    let error =
        testing::encode::<CaseTable>(subject("cases"), &context, [Box::new(case).into()]).unwrap_err();
    assert_eq!(error.pointer.as_deref(), Some("/parties"));
}

#[test]
fn messages_belong_to_their_subjects() {
    let context = in_encoding("payments", "gbk");
    let error = testing::decode::<CaseTable>(subject("cases"), &context, b"").unwrap_err();
    assert_eq!(error.code.as_str(), "unsupported");
    let empty = encode(&in_encoding("cases", "utf-8"), []);
    assert!(String::from_utf8(empty).unwrap().contains("合计,,,,,,,,0户,"));
}
