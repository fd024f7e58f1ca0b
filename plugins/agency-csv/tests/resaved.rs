//! Files that people opened in a spreadsheet and saved again: read where nothing is ambiguous, else refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use agency_csv::AgencyCsv;
use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::{Item, Problem, Recall, RecallStage, Severity, Subject};
use bailiwick_sdk::testing;
use serde_json::{Value, json};

fn context(message: &str, config: Value) -> Context {
    Context { from: Side::Agency, ..testing::context(message, config) }
}

fn decode(message: &str, config: Value, file: &[u8]) -> Vec<Item> {
    let (subject, context) = (Subject::Remittance, context(message, config));
    let whole = testing::decode::<AgencyCsv>(subject, &context, file).unwrap();
    for piece in [1, 2, 3, 7, 64] {
        let pieces = testing::decode_in_pieces::<AgencyCsv>(subject, &context, file, piece).unwrap();
        assert_eq!(pieces, whole, "in pieces of {piece}");
    }
    whole
}

/// The documents without their lines.
fn documents(items: &[Item]) -> Vec<Value> {
    let plain = |item: &Item| {
        let mut json = serde_json::to_value(item).unwrap();
        let document = json[item.kind()].as_object_mut().unwrap();
        document.remove("line");
        document.remove("byte_order_mark");
        json
    };
    items.iter().filter(|item| !matches!(item, Item::Problem(_))).map(plain).collect()
}

fn problems(items: &[Item]) -> Vec<(String, Severity, u64, Option<u32>)> {
    let told = |problem: &Problem| {
        (problem.code.to_string(), problem.severity, problem.line.unwrap(), problem.column)
    };
    items.iter().filter_map(|item| if let Item::Problem(it) = item { Some(told(it)) } else { None }).collect()
}

const HEADER: &str = "type,identifier,account,paid_to,received_on,currency,amount,account_number,comment\r\n";
const ROWS: [&str; 3] = [
    "payment,P1,100000001,agency,2026-07-10,USD,10.00,6200001,first\r\n",
    "payment,P2,100000002,agency,2026-07-10,USD,20.00,,\" second, 'quoted' \"\r\n",
    "payment,P3,100000003,bank,2026-07-11,USD,30.00,6200003,\r\n",
];

fn good() -> String {
    format!("{HEADER}{}", ROWS.concat())
}

#[test]
fn a_file_that_was_saved_again_gives_the_same_documents_and_one_warning() {
    let file = good();
    let whole = decode("payments", json!({}), file.as_bytes());
    assert!(problems(&whole).is_empty());
    let blank = ",".repeat(8);
    let unnamed: String = file.split_terminator("\r\n").map(|line| format!("{line},,\r\n")).collect();
    let semicolons = file.replace(',', ";").replace("\" second; ", "\" second, ");
    for (changed, code) in [
        (file.replace("10000000", "\t10000000"), "tabs_around"),
        (file.replace("USD,", "USD\t,"), "tabs_around"),
        (file.replace(",P", ",\u{3000}P"), "wide_blanks"),
        (file.replace(",agency,", "\u{a0},agency,"), "no_break_space"),
        (file.replace(",P", ",\u{feff}P").replace(",USD", "\u{200b},USD"), "zero_width"),
        (file.replace(",10000000", ",'10000000"), "apostrophe"),
        (file.replace(",agency,", "',agency,"), "apostrophe"),
        (file.replace("2026-07-10", "'2026-07-10"), "apostrophe"),
        (file.replace(ROWS[1], &format!("{blank}\r\n{}{blank}\r\n", ROWS[1])), "blank_line"),
        (format!("{blank}\r\n{file}"), "blank_line"),
        (format!("{file}\u{3000}{},\u{a0}\u{200b}\r\n", ",".repeat(7)), "blank_line"),
        (unnamed, "unnamed_column"),
        (format!("sep=,\r\n{file}"), "separator_line"),
        (format!("sep=;\r\n{semicolons}"), "separator_line"),
        (format!("\u{feff}{file}"), "byte_order_mark"),
        (file.replace("\r\n", "\r"), "cr_line_ends"),
        (file.replacen("account,", "\u{a0}account\u{a0},", 1), "no_break_space"),
    ] {
        let read = decode("payments", json!({}), changed.as_bytes());
        assert_eq!(documents(&read), documents(&whole), "{code}: {changed:?}");
        let told = problems(&read);
        assert_eq!(told.len(), 1, "{code}: {told:?}");
        assert_eq!((told[0].0.as_str(), told[0].1), (code, Severity::Warning));
    }
}

#[test]
fn keys_that_are_damaged_or_not_all_seen_are_refused() {
    for (from, to, code, column) in [
        ("100000001", "2.02607E+13", "damaged_number", 3),
        ("100000001", "#########", "damaged_number", 3),
        ("100000001", "100000001.0", "damaged_number", 3),
        ("P1", "9.90316E+17", "damaged_number", 2),
        ("6200001", "6.20000E+15", "damaged_number", 8),
        ("100000001", "1000\u{a0}00001", "invalid_characters", 3),
        ("P1", "P\u{200b}1", "invalid_characters", 2),
        ("P1", "P\t1", "invalid_characters", 2),
    ] {
        let items = decode("payments", json!({}), good().replacen(from, to, 1).as_bytes());
        assert_eq!(problems(&items), [(code.to_owned(), Severity::Error, 2, Some(column))], "{to}");
        assert_eq!(documents(&items).len(), 3);
    }
}

#[test]
fn a_plain_blank_is_part_of_a_key() {
    let items = decode("payments", json!({}), good().replacen("P1", "P1 ", 1).as_bytes());
    assert!(problems(&items).is_empty());
    assert!(matches!(&items[1], Item::Payment(payment) if payment.identifier == "P1 "));
}

#[test]
fn shapes_of_an_installation_are_compared() {
    let shapes = json!({
        "account": { "lengths": [9], "alphabet": "digits" },
        "account_number": { "check": "luhn" },
        "identifier": { "alphabet": "alphanumeric" },
    });
    let file = format!(
        "{HEADER}{}{}{}{}{}",
        "payment,P1,100000001,agency,2026-07-10,USD,10.00,79927398713,\r\n",
        "payment,P2,42,agency,2026-07-10,USD,10.00,,\r\n",
        "payment,P3,10000000A,agency,2026-07-10,USD,10.00,,\r\n",
        "payment,P4,100000001,agency,2026-07-10,USD,10.00,79927398710,\r\n",
        "payment,P-5,100000001,agency,2026-07-10,USD,10.00,,\r\n",
    );
    let items = decode("payments", json!({ "shapes": shapes }), file.as_bytes());
    let refused = |code: &str, line, column| (code.to_owned(), Severity::Error, line, Some(column));
    assert_eq!(
        problems(&items),
        [
            refused("lost_leading_zero", 3, 3),
            refused("bad_shape", 4, 3),
            refused("bad_check_digit", 5, 8),
            refused("bad_shape", 6, 2),
        ]
    );
    // Without shapes, nothing of it is damaged.
    assert!(problems(&decode("payments", json!({}), file.as_bytes())).is_empty());
}

#[test]
fn a_destroyed_number_of_a_person_is_left_out() {
    let file = "account,currency,placed,principal,debtor_liable,debtor_identity_number,debtor_phone_kind,\
                debtor_phone_number\r\nA1,USD,5.00,5.00,true,9.90316E+17,mobile,1.54771E+10\r\n\
                A2,USD,5.00,5.00,true,'123456789,mobile,\t5550100\r\n\
                A3,USD,5.00,5.00,true,,mobile,555\u{a0}01\u{200b}00\r\n\
                A4,USD,5.00,5.00,true,,mobile,555\t0100\r\n";
    let context = testing::context("placements", json!({}));
    let items = testing::decode::<AgencyCsv>(Subject::Placement, &context, file.as_bytes()).unwrap();
    let warned = |code: &str, line, column| (code.to_owned(), Severity::Warning, line, column);
    assert_eq!(
        problems(&items),
        [
            warned("damaged_number", 2, Some(6)),
            warned("damaged_number", 2, Some(8)),
            warned("tabs_around", 3, None),
            warned("apostrophe", 3, None),
            warned("invalid_characters", 4, Some(8)),
            warned("invalid_characters", 5, Some(8)),
        ]
    );
    let numbers: Vec<_> = items
        .iter()
        .filter_map(|item| match item {
            Item::Placement(it) => Some((
                it.parties[0].identity_number.as_deref().map(str::to_owned),
                it.parties[0].phones[0].number.as_deref().map(str::to_owned),
            )),
            _ => None,
        })
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        numbers,
        [(None, None), (text("123456789"), text("5550100")), (None, text("555 0100")), (None, None)]
    );
}

#[test]
fn a_blank_in_a_cell_makes_no_person() {
    let head = "account,currency,placed,principal,debtor_liable,debtor_name,debtor_phone_kind,debtor_phone_number,\
                debtor_address_city\r\n";
    let parties = |cells: &str| {
        let file = format!("{head}A1,USD,5.00,5.00,{cells}\r\n");
        let context = testing::context("placements", json!({}));
        let items = testing::decode::<AgencyCsv>(Subject::Placement, &context, file.as_bytes()).unwrap();
        assert!(problems(&items).is_empty(), "{cells:?}");
        documents(&items)[1]["placement"]["parties"].clone()
    };
    for blank in ["", " ", "\t", "  \t ", "\u{3000}", "\u{a0}\u{200b}"] {
        assert_eq!(parties(&format!("{blank},{blank},,{blank},{blank}")), parties(",,,,"), "{blank:?}");
        let named = parties(&format!("true,Ann,{blank},{blank},{blank}"));
        assert_eq!(named, parties("true,Ann,,,"), "{blank:?}");
        assert_eq!(named.as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn a_column_without_a_name_must_be_empty() {
    let file = good().replacen("comment", "", 1);
    let items = decode("payments", json!({}), file.as_bytes());
    let told = |severity, line, column| ("unnamed_column".to_owned(), severity, line, column);
    let want = [
        told(Severity::Warning, 1, None),
        told(Severity::Error, 2, Some(9)),
        told(Severity::Error, 3, Some(9)),
    ];
    assert_eq!(problems(&items), want);
}

#[test]
fn keys_that_do_not_come_back_are_not_written() {
    for key in ["'1", "A\u{200b}1", "2.02607E+13"] {
        let recall = Recall::new(key.try_into().unwrap(), RecallStage::Final);
        let context = context("recalls", json!({}));
        let refusal =
            testing::encode::<AgencyCsv>(Subject::Placement, &context, [recall.into()]).unwrap_err();
        assert_eq!(refusal.code, "bad_document", "{key:?}");
    }
}

#[test]
fn a_key_that_only_looks_damaged_is_read_and_written() {
    for (key, shapes, whole) in [
        ("4001.00", json!({}), true),
        ("1,000", json!({}), true),
        ("4001.0", json!({}), false),
        ("4001.0", json!({ "account": { "lengths": [6] } }), true),
        ("4001.0", json!({ "account": { "lengths": [6], "alphabet": "digits" } }), false),
    ] {
        let config = json!({ "shapes": shapes });
        let file = good().replacen("100000001", &format!("\"{key}\""), 1);
        let codes: Vec<_> = problems(&decode("payments", config.clone(), file.as_bytes()))
            .into_iter()
            .map(|it| it.0)
            .collect();
        // The other accounts do not have the shape.
        assert_eq!(!codes.contains(&"damaged_number".to_owned()), whole, "{key}: {codes:?}");
        let recall = Recall::new(key.try_into().unwrap(), RecallStage::Final);
        let written =
            testing::encode::<AgencyCsv>(Subject::Placement, &context("recalls", config), [recall.into()]);
        assert_eq!(written.is_ok(), whole, "{key}");
    }
}
