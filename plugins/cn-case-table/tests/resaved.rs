//! Files that people opened in a spreadsheet and saved again: read where nothing is ambiguous, else refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use bailiwick_fixtures::Origin;
use bailiwick_fixtures::table::{Cases, Encoding};
use bailiwick_sdk::document::{Item, Problem, Severity};
use bailiwick_sdk::encoding_rs::GB18030;
use bailiwick_sdk::testing;
use cn_case_table::CaseTable;
use proptest::prelude::*;
use serde_json::json;
use support::{context, decode, documents, in_encoding, problems, subject};

/// A good table as text.
fn good(cases: u64) -> String {
    String::from_utf8(Origin::Own.cases(&Cases::of(cases, Encoding::Utf8)).bytes).unwrap()
}

/// The documents of a table, without the lines they stood in and without the marks of the file itself.
fn told(file: &[u8], encoding: &str) -> (Vec<serde_json::Value>, Vec<Problem>) {
    let items = decode(&in_encoding("cases", encoding), file);
    let pieces =
        testing::decode_in_pieces::<CaseTable>(subject("cases"), &in_encoding("cases", encoding), file, 7);
    assert_eq!(pieces.unwrap(), items);
    for item in &items {
        assert!(!matches!(item, Item::Control(control) if control.stated != control.found), "{item:?}");
    }
    let told = problems(&items).into_iter().cloned().collect();
    let plain = |item: &Item| {
        let mut json = serde_json::to_value(item).unwrap();
        for document in json.as_object_mut().unwrap().values_mut() {
            for member in ["line", "byte_order_mark", "encoding"] {
                document.as_object_mut().unwrap().remove(member);
            }
        }
        json
    };
    (documents(items).iter().map(plain).collect(), told)
}

/// Changes cells of a table. The cells of the fixtures that are changed have no quotes.
fn with_cells(file: &str, column: &str, change: impl Fn(usize, &str) -> String) -> String {
    let mut lines = file.split("\r\n");
    let header = lines.next().unwrap();
    let at = header.split(',').position(|name| name == column).unwrap();
    let mut out = vec![header.to_owned()];
    for (number, line) in lines.enumerate() {
        let mut cells: Vec<String> = line.splitn(at + 2, ',').map(str::to_owned).collect();
        if cells.len() > at && !line.starts_with("合计") {
            cells[at] = change(number, &cells[at]);
        }
        out.push(cells.join(","));
    }
    out.join("\r\n")
}

/// Changes the cells of the total row for which there is another text.
fn with_total(file: &str, change: impl Fn(&str) -> Option<String>) -> String {
    let (cases, total) = file.split_at(file.find("合计").unwrap());
    let cells = total.strip_suffix("\r\n").unwrap().split(',');
    let cells: Vec<String> = cells.map(|cell| change(cell).unwrap_or_else(|| cell.to_owned())).collect();
    format!("{cases}{}\r\n", cells.join(","))
}

/// Changes of a whole file that leave its meaning as it is, and the code of the one warning.
fn changed(file: &str, which: usize) -> (Vec<u8>, &'static str) {
    let blank = |line: &str| ",".repeat(line.matches(',').count());
    let around = |column, before: &str, behind: &str| {
        with_cells(file, column, |_, cell| {
            if cell.is_empty() { String::new() } else { format!("{before}{cell}{behind}") }
        })
    };
    let (text, code) = match which {
        0 => (around("案件编号", "\t", ""), "tabs_around"),
        1 => (around("身份证号", "", "\t"), "tabs_around"),
        2 => (around("客户号", "\u{3000}", "\u{3000}"), "wide_blanks"),
        3 => (around("案件编号", "", "\u{a0}"), "no_break_space"),
        4 => (around("账户号", "\u{feff}", "\u{200b}"), "zero_width"),
        5 => (around("案件编号", "", "'"), "apostrophe"),
        6 => (around("手机号码", "'", ""), "apostrophe"),
        7 => (
            file.replacen("合计", &format!("{}\r\n合计", blank(file.lines().next().unwrap())), 1),
            "blank_line",
        ),
        8 => (format!("{file}{0}\r\n{0}\r\n", blank(file.lines().next().unwrap())), "blank_line"),
        9 => {
            let lines = file.split_terminator("\r\n").map(|line| format!("{line},\r\n"));
            (lines.collect(), "unnamed_column")
        }
        10 => (format!("sep=,\r\n{file}"), "separator_line"),
        11 => (format!("\u{feff}{file}"), "byte_order_mark"),
        12 => (file.replace("\r\n", "\r"), "cr_line_ends"),
        13 => (around("委案日期", "\t", "\t"), "tabs_around"),
        14 => (around("逾期总金额(元)", "", "\u{a0}"), "no_break_space"),
        15 => (file.replacen(",批次,", ",\u{200b}批次,", 1), "zero_width"),
        16 => {
            let commas = file.lines().next().unwrap().matches(',').count();
            let blank = format!("\u{3000}{}", ",\u{a0} \u{200b}".repeat(commas));
            (file.replacen("合计", &format!("{blank}\r\n合计"), 1), "blank_line")
        }
        17 => (file.replacen("合计", "'合计", 1), "apostrophe"),
        18 => (file.replacen("合计", "合计'", 1), "apostrophe"),
        19 => (
            with_total(file, |cell| cell.strip_suffix('户').map(|count| format!("'{count}户"))),
            "apostrophe",
        ),
        _ => (with_total(file, |cell| cell.ends_with('户').then(|| format!("{cell}'"))), "apostrophe"),
    };
    (text.into_bytes(), code)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_file_that_was_saved_again_gives_the_same_documents_and_one_warning(cases in 1u64..12, which in 0usize..21) {
        let file = good(cases);
        let (whole, problems) = told(file.as_bytes(), "utf-8");
        prop_assert!(problems.is_empty(), "{problems:?}");
        let (changed, code) = changed(&file, which);
        let (read, problems) = told(&changed, "utf-8");
        prop_assert_eq!(read, whole, "{}", which);
        let found: Vec<_> = problems.iter().map(|it| (it.code.as_str(), it.severity)).collect();
        prop_assert_eq!(found, [(code, Severity::Warning)], "{}", which);
    }

    #[test]
    fn another_separator_is_read_where_the_file_names_it(cases in 1u64..12, tabs in any::<bool>()) {
        let file = good(cases);
        let (whole, _) = told(file.as_bytes(), "utf-8");
        let separator = if tabs { b'\t' } else { b';' };
        let mut written = format!("sep={}\r\n", char::from(separator)).into_bytes();
        let mut table = bailiwick_sdk::kit::table::TableReader::new(1 << 16, 256);
        table.push(file.as_bytes(), |row| {
            for (at, cell) in row.cells().enumerate() {
                if at > 0 {
                    written.push(separator);
                }
                written.push(b'"');
                written.extend(String::from_utf8_lossy(cell).replace('"', "\"\"").bytes());
                written.push(b'"');
            }
            written.extend(b"\r\n");
        });
        let (read, problems) = told(&written, "utf-8");
        prop_assert_eq!(read, whole);
        prop_assert_eq!(problems.len(), 1);
        prop_assert_eq!(problems[0].code.as_str(), "separator_line");
    }
}

#[test]
fn a_rate_a_round_and_a_count_may_have_an_apostrophe() {
    let file = |rate: &str, round: &str, total: &str| {
        format!(
            "案件编号,客户姓名,逾期总金额(元),逾期本金(元),佣金比例(%),手数\r\n\
             A1,甲,1.00,1.00,{rate},{round}\r\n{total},1.00,1.00,,\r\n"
        )
    };
    let (whole, problems) = told(file("12.50", "2", "合计,1户").as_bytes(), "utf-8");
    assert!(problems.is_empty() && whole.len() > 1, "{problems:?}");
    for (rate, round, total) in [
        ("'12.50", "2", "合计,1户"),
        ("12.50'", "2", "合计,1户"),
        ("12.50", "'2", "合计,1户"),
        ("12.50", "2", "'合计,1户"),
        ("12.50", "2", "合计','1户"),
        ("'12.50", "'2'", "\u{2019}合计,1户'"),
    ] {
        let (read, problems) = told(file(rate, round, total).as_bytes(), "utf-8");
        assert_eq!(read, whole, "{rate} {round} {total}");
        assert_eq!(problems.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["apostrophe"]);
    }
}

#[test]
fn a_file_in_utf_8_is_read_where_that_is_agreed() {
    let file = good(20);
    let (whole, _) = told(file.as_bytes(), "utf-8");
    let (read, problems) = told(file.as_bytes(), "detect");
    assert_eq!(read, whole);
    let found: Vec<_> = problems.iter().map(|it| (it.code.as_str(), it.line)).collect();
    assert_eq!(found, [("encoding_detected", Some(1))]);
    // The agreed encoding is read without a word, and written.
    let agreed = GB18030.encode(&file).0;
    let (read, problems) = told(&agreed, "detect");
    assert_eq!((read, problems), (whole.clone(), Vec::new()));
    let context = in_encoding("cases", "detect");
    let again = support::encode(&context, documents(decode(&context, file.as_bytes())));
    assert!(again == *agreed);
    // Its mark says so as well.
    let (read, problems) = told(format!("\u{feff}{file}").as_bytes(), "detect");
    let found: Vec<_> = problems.iter().map(|it| it.code.as_str()).collect();
    assert_eq!((read, found), (whole, vec!["byte_order_mark", "encoding_detected"]));
    // One file has one encoding.
    let (head, rest) = file.split_at(file.match_indices("\r\n").nth(3).unwrap().0);
    let mixed = [head.as_bytes(), &*GB18030.encode(rest).0].concat();
    let items = decode(&context, &mixed);
    let refused = |items: &[Item]| {
        let Some(Item::Problem(last)) = items.last() else { panic!("{items:?}") };
        assert_eq!(
            (last.code.as_str(), last.line, last.severity),
            ("wrong_encoding", Some(5), Severity::Fatal)
        );
    };
    refused(&items);
    let mixed = [&*GB18030.encode(head).0, rest.as_bytes()].concat();
    refused(&decode(&context, &mixed));
    for piece in [1, 2, 3, 7, 64] {
        refused(&testing::decode_in_pieces::<CaseTable>(subject("cases"), &context, &mixed, piece).unwrap());
    }
    // Without a word about it in the engagement, the file is refused.
    let items = decode(&in_encoding("cases", "gb18030"), file.as_bytes());
    assert!(matches!(&items[..], [Item::Problem(it)] if it.code.as_str() == "wrong_encoding"));
}

/// The table of the bug report: keys, an identity number and a telephone number that a spreadsheet destroyed.
#[test]
fn what_a_spreadsheet_destroyed_is_refused_or_left_out() {
    let file = good(8);
    let damage = |row, damaged: &'static str| {
        move |number: usize, cell: &str| if number == row { damaged.to_owned() } else { cell.to_owned() }
    };
    let file = with_cells(&file, "案件编号", damage(0, "2.02607E+13"));
    let file = with_cells(&file, "案件编号", damage(1, "２.０２６０７Ｅ＋１３"));
    let file = with_cells(&file, "身份证号", damage(2, "9.90316E+17"));
    let file = with_cells(&file, "手机号码", damage(3, "1.54771E+10"));
    let file = with_cells(&file, "客户号", damage(4, "######"));
    let file = with_cells(&file, "身份证号", damage(5, "110105194912310021"));
    let file = with_cells(&file, "手机号码", damage(6, "154\u{a0}0000\u{200b}\u{202f}0007"));
    let items = decode(&in_encoding("cases", "utf-8"), file.as_bytes());
    let found: Vec<_> = problems(&items)
        .iter()
        .map(|it| (it.code.as_str(), it.severity, it.line.unwrap(), it.account.is_some()))
        .collect();
    assert_eq!(
        found,
        [
            ("damaged_number", Severity::Error, 2, true),
            ("damaged_number", Severity::Error, 3, true),
            ("damaged_number", Severity::Warning, 4, true),
            ("damaged_number", Severity::Warning, 5, true),
            ("damaged_number", Severity::Error, 7, true),
            ("identity_check_digit", Severity::Warning, 8, true),
            ("invalid_characters", Severity::Warning, 9, true),
        ]
    );
    assert!(
        problems(&items)
            .iter()
            .all(|it| !it.message.contains("9.90316") && !it.message.contains("1101051949"))
    );
    let people: Vec<_> = items
        .iter()
        .filter_map(|item| match item {
            Item::Placement(case) => Some((case.line.unwrap(), &case.parties[0])),
            _ => None,
        })
        .collect();
    let lines: Vec<u64> = people.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [4, 5, 8, 9, 10]);
    assert_eq!(people[0].1.identity_number, None);
    assert!(people[1].1.phones.iter().all(|it| it.kind != bailiwick_sdk::document::PhoneKind::Mobile));
    assert!(people[2].1.identity_number.is_some());
    let mobile = people[3].1.phones.iter().find(|it| it.kind == bailiwick_sdk::document::PhoneKind::Mobile);
    assert_eq!(mobile.and_then(|it| it.number.as_deref()), Some("154 0000 0007"));
}

#[test]
fn shapes_of_an_installation_are_compared() {
    let shapes = json!({
        "account": { "lengths": [14] },
        "customer": { "lengths": [10], "alphabet": "alphanumeric" },
        "identity": {},
        "phone": { "lengths": [11, 12] },
    });
    let context = context("cases", json!({ "encoding": "utf-8", "shapes": shapes }));
    let file = good(4);
    assert_eq!(problems(&decode(&context, file.as_bytes())), Vec::<&Problem>::new());
    let set = |row, text: &'static str| {
        move |number: usize, cell: &str| if number == row { text.to_owned() } else { cell.to_owned() }
    };
    let file = with_cells(&file, "案件编号", set(0, "20260700001"));
    let file = with_cells(&file, "客户号", set(1, "U-00000001"));
    let file = with_cells(&file, "手机号码", set(2, "154****0001"));
    let file = with_cells(&file, "身份证号", set(2, "110105194912310021"));
    let file = with_cells(&file, "手机号码", set(3, "0086154000000001"));
    let items = decode(&context, file.as_bytes());
    let found: Vec<_> = problems(&items).iter().map(|it| (it.code.as_str(), it.line.unwrap())).collect();
    assert_eq!(found, [("lost_leading_zero", 2), ("bad_shape", 3), ("bad_shape", 5)]);
}

#[test]
fn a_column_without_a_name_must_be_empty() {
    let head = "案件编号,撤案阶段,,撤案原因,\r\n";
    let read = |rows: &str| {
        let items = decode(&in_encoding("recalls", "utf-8"), format!("{head}{rows}").as_bytes());
        let found: Vec<_> = problems(&items)
            .iter()
            .map(|it| (it.code.as_str().to_owned(), it.severity, it.line.unwrap(), it.column))
            .collect();
        (found, items.iter().filter(|item| matches!(item, Item::Recall(_))).count())
    };
    let unnamed = |severity, line, column| ("unnamed_column".to_owned(), severity, line, column);
    let warned = unnamed(Severity::Warning, 1, None);
    // Blanks do not count, and trailing cells may be missing.
    assert_eq!(read("A1,撤案, ,,\r\nA2,撤案,,\r\n"), (vec![warned.clone()], 2));
    let refused = unnamed(Severity::Error, 2, Some(3));
    assert_eq!(read("A1,撤案,x,,\r\nA2,撤案,,\r\n"), (vec![warned.clone(), refused], 1));
    // A last row without a line end is whole if only cells without a name are missing.
    assert_eq!(read("A1,撤案,,,\r\nA2,撤案,,"), (vec![warned.clone()], 2));
    let cut = ("truncated_record".to_owned(), Severity::Fatal, 3, None);
    assert_eq!(read("A1,撤案,,,\r\nA2,撤案,"), (vec![warned, cut], 1));
}

#[test]
fn keys_that_do_not_come_back_are_not_written() {
    for key in ["A1 ", "'1", "A\u{200b}1", "2.02607E+13"] {
        let recall = bailiwick_sdk::document::Recall::new(
            key.try_into().unwrap(),
            bailiwick_sdk::document::RecallStage::Final,
        );
        let refusal = testing::encode::<CaseTable>(
            subject("recalls"),
            &in_encoding("recalls", "utf-8"),
            [recall.into()],
        )
        .unwrap_err();
        assert_eq!(refusal.code, "bad_document", "{key:?}");
        assert_eq!(refusal.pointer.as_deref(), Some("/account"), "{key:?}");
    }
}

#[test]
fn a_key_that_only_looks_damaged_is_read_and_written() {
    let config = |shapes| context("recalls", json!({ "encoding": "utf-8", "shapes": shapes }));
    for (key, shapes, whole) in [
        ("4001.00", json!({}), true),
        ("1,000", json!({}), true),
        ("4001.0", json!({}), false),
        ("4001.0", json!({ "account": { "lengths": [6] } }), true),
        ("4001.0", json!({ "account": { "lengths": [6], "alphabet": "digits" } }), false),
    ] {
        let context = config(shapes);
        let file = format!("案件编号,撤案阶段\r\n\"{key}\",撤案\r\n");
        let read = decode(&context, file.as_bytes());
        assert_eq!(problems(&read).is_empty(), whole, "{key}: {read:?}");
        let recall = bailiwick_sdk::document::Recall::new(
            key.try_into().unwrap(),
            bailiwick_sdk::document::RecallStage::Final,
        );
        let written = testing::encode::<CaseTable>(subject("recalls"), &context, [recall.into()]);
        assert_eq!(written.is_ok(), whole, "{key}");
    }
}
