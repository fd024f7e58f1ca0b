//! Tests of the frame, which accepts or refuses record types, widths, order, line ends, encodings, trailers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use bailiwick_sdk::document::{Item, Severity};
use common::*;
use serde_json::{Value, json};

const MONEY: &str = "000000100.00000000000.00000000000.00000000000.00000000000.00000000000.00000000000.00000000000.00000000000.00";

fn account(number: &str) -> String {
    record(191, &[(1, "CACT"), (5, number), (14, "7009"), (44, MONEY)])
}

fn text(number: &str, title: &str, data: &str) -> String {
    record(173, &[(1, "CMIS"), (5, number), (14, "7009"), (44, title), (74, data)])
}

fn trailer(records: &str, total: &str) -> String {
    record(114, &[(1, "CTRL"), (5, "AG001"), (85, records), (95, total), (107, "20260701")])
}

/// The only problems of a placement file, each as code and line; the first is fatal if `fatal`.
fn placement(file: impl AsRef<[u8]>, fatal: bool, want: &[(&str, u64)]) -> Vec<Item> {
    placement_with(json!({}), file, fatal, want)
}

fn placement_with(config: Value, file: impl AsRef<[u8]>, fatal: bool, want: &[(&str, u64)]) -> Vec<Item> {
    let items = decode_with("CPLC", config, file.as_ref());
    let want: Vec<_> = want.iter().map(|(code, line)| ((*code).to_owned(), *line)).collect();
    assert_eq!(codes(&items), want);
    assert_eq!(common::fatal(&items).is_some(), fatal);
    items
}

fn kinds(items: &[Item]) -> Vec<&str> {
    items.iter().map(Item::kind).collect()
}

#[test]
fn known_records_without_a_mapping_are_counted_and_told_once() {
    let file = account("100000001")
        + &record(60, &[(1, "CAST"), (5, "500000001"), (14, "100000001")])
        + &record(60, &[(1, "CAST"), (5, "500000001"), (14, "100000001")])
        + &record(3000, &[(1, "CJDG"), (5, "100000001")])
        + &account("100000002")
        + &record(10, &[(1, "CCPT"), (5, "100000")])
        + &trailer("0000000006", "000000200.00");
    let items =
        placement(file, false, &[("unmapped_record", 2), ("unmapped_record", 4), ("unmapped_record", 6)]);
    assert!(problems(&items).iter().all(|problem| problem.severity == Severity::Warning));
    assert_eq!(items.iter().filter(|item| item.kind() == "placement").count(), 2);
    for item in &items {
        if let Item::Control(control) = item {
            assert_eq!(control.stated, control.found, "{}", control.what);
        }
    }
}

#[test]
fn records_of_an_account_follow_it() {
    for file in
        [text("100000001", "DEBTOR 1", "500000001|A|B|C|D|E"), record(60, &[(1, "CAST"), (5, "500000001")])]
    {
        let items = placement(file, true, &[("record_out_of_order", 1)]);
        assert_eq!(kinds(&items), ["problem"]);
    }
    let file = account("100000001") + &account("100000002") + &text("100000001", "X", "y");
    let items = placement(file, true, &[("record_out_of_order", 3)]);
    // The first account was emitted already; the file is still refused.
    assert_eq!(kinds(&items), ["placement", "problem"]);
    let file = account("100000001") + &text("        1", "X", "y");
    placement(file, true, &[("record_out_of_order", 2)]);
    placement(account("10000 001"), true, &[("bad_number", 1)]);
    placement(account("         "), true, &[("missing_field", 1)]);
}

#[test]
fn widths_are_bounded_on_both_sides() {
    for (width, code) in [
        (190, "short_record"),
        (3001, "bad_record_width"),
        (4096, "bad_record_width"),
        (4097, "line_too_long"),
    ] {
        let line = record(191, &[(1, "CACT"), (5, "100000001"), (14, "7009"), (44, MONEY)]);
        let mut line = line.trim_end().to_owned();
        line.truncate(width);
        placement(format!("{line:width$}\r\n"), true, &[(code, 1)]);
    }
    for width in [191, 192, 700, 3000] {
        let line = account("100000001");
        let file = format!("{:width$}\r\n", line.trim_end()) + &trailer("0000000001", "000000100.00");
        placement(file, false, &[]);
    }
    placement("CA\r\n", true, &[("unknown_record_type", 1)]);
    placement("CA", true, &[("truncated_record", 1)]);
    placement("", true, &[("missing_trailer", 0)]);
}

#[test]
fn a_file_without_a_last_line_end_is_whole_or_cut() {
    let payment = |width: usize| {
        let line = record(114, &[(1, "APDT"), (5, "100000001"), (14, "20260801"), (22, "000000010.00")]);
        line.as_bytes()[..width].to_vec()
    };
    for (width, code) in
        [(32, Some("truncated_record")), (33, None), (80, Some("truncated_record")), (114, None)]
    {
        let items = decode("APDT", &payment(width));
        assert_eq!(fatal(&items).map(|problem| problem.code.as_str()), code, "{width}");
    }
    let file = account("100000001") + trailer("0000000001", "000000100.00").trim_end();
    placement(file, false, &[]);
    let file = account("100000001") + account("100000002").trim_end_matches("\r\n");
    placement(file, true, &[("truncated_record", 2)]);
}

#[test]
fn only_a_nonempty_line_after_the_trailer_is_refused() {
    let file = account("100000001") + &trailer("0000000001", "000000100.00");
    placement(file.clone() + "\r\n", false, &[("blank_line", 3)]);
    placement(file.clone() + &trailer("0000000001", "000000100.00"), true, &[("data_after_trailer", 3)]);
    placement(file + "x", true, &[("data_after_trailer", 3)]);
    placement(trailer("0000000000", "000000000.00"), false, &[]);
    placement(trailer("         x", "000000000.00"), true, &[("bad_number", 1)]);
    placement(trailer("0000000000", "000000000,00"), true, &[("bad_amount", 1)]);
}

#[test]
fn marks_and_line_ends_are_reported_once() {
    let file = account("100000001") + &account("100000002") + &trailer("0000000002", "000000200.00");
    let marked = format!("\u{feff}{file}");
    let items = placement(marked, false, &[("byte_order_mark", 1)]);
    assert!(items.iter().any(|item| matches!(item, Item::Header(header) if header.byte_order_mark)));
    placement(file.replace("\r\n", "\n"), false, &[]);
    placement(file.replacen("\r\n", "\n", 1), false, &[("mixed_line_ends", 2)]);
    placement(file.replace("\r\n", "\r"), false, &[("cr_line_ends", 1)]);
    let utf_16 = |big: bool| -> Vec<u8> {
        file.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    placement(utf_16(false), true, &[("wrong_encoding", 1)]);
    placement(utf_16(true), true, &[("wrong_encoding", 1)]);
}

#[test]
fn the_encoding_is_what_was_agreed() {
    let with = |name: &[u8]| {
        let mut file = account("100000001").into_bytes();
        let mut line = text("100000001", "DEBTOR 1", "500000001|Mller|B St|C|NY|10001").into_bytes();
        line.splice(84..84, name.iter().copied());
        line.truncate(173);
        line.extend(b"\r\n");
        file.extend(line);
        file.extend(trailer("0000000002", "000000100.00").into_bytes());
        file
    };
    let name = |items: &[Item]| match items.first() {
        Some(Item::Placement(placement)) => placement.parties[0].name.as_ref().map(ToString::to_string),
        _ => None,
    };
    for (config, bytes, good) in [
        ("ascii", &b"\xC3\xBC"[..], false),
        ("utf-8", b"\xC3\xBC", true),
        ("utf-8", b"\xFC", false),
        ("latin-1", b"\xFC", true),
    ] {
        let config = json!({ "encoding": config, "compact": true });
        let file = with(bytes);
        let items = decode_with("CPLC", config.clone(), &file);
        if good {
            assert_eq!(name(&items).as_deref(), Some("Müller"));
            assert!(again("CPLC", config, items) == file);
        } else {
            assert_eq!(codes(&items), [("invalid_characters".to_owned(), 2)]);
            let problem = problems(&items)[0];
            assert_eq!((problem.column, problem.readable.unwrap().get()), (Some(85), 10_000));
        }
    }
}

#[test]
fn an_account_is_refused_once_with_what_could_be_read() {
    let broken = account("100000001").replacen("000000100.00", "      1,00  ", 1).replacen(
        "000000000.00",
        "-00000005.00",
        1,
    );
    let file = broken
        + &text("100000001", "DEBTOR 1", "no bars")
        + &account("100000002")
        + &trailer("0000000003", "000000095.00");
    let items = placement(file, false, &[("bad_amount", 1)]);
    let problem = problems(&items)[0];
    assert_eq!(problem.account.as_deref(), Some("100000001"));
    assert_eq!((problem.column, problem.readable.unwrap().get()), (Some(44), -500));
    assert_eq!(kinds(&items), ["problem", "placement", "header", "control", "control"]);
    for item in &items {
        if let Item::Control(control) = item {
            assert_eq!(control.stated, control.found);
        }
    }
    // The message does not repeat the file's content.
    assert!(!problem.message.contains("1,00"));
}

#[test]
fn details_are_refused_with_their_account() {
    for (record, code) in [
        (text("100000001", "DEBTOR 1", "500000001|A|B|C|D"), "bad_row"),
        (text("100000001", "DEBTOR 2", "500000001|A|B|C|D|E"), "bad_row"),
        (text("100000001", "CLEARED", "YES"), "bad_row"),
        (text("100000001", "CLEARED", "Y|20260231"), "bad_date"),
        (record(339, &[(1, "CNOT"), (5, "100000001"), (14, "20260308023000")]), "bad_date"),
        (record(339, &[(1, "CNOT"), (5, "100000001"), (14, "20260308253000")]), "bad_date"),
        (record(659, &[(1, "CDIS"), (5, "100000001"), (92, "20260308")]), "missing_field"),
        (record(175, &[(1, "CUPP"), (5, "5X"), (14, "100000001")]), "bad_number"),
        (record(175, &[(1, "CUPP"), (14, "100000001"), (75, "?")]), "unknown_code"),
        (record(175, &[(1, "CUPP"), (14, "100000001"), (76, "\0")]), "nul_byte"),
        (text("100000001", "DEBTOR 1", "500000001|A\u{1b}[31m|B|C|D|E"), "invalid_characters"),
    ] {
        let file = account("100000001") + &record + &trailer("0000000002", "000000100.00");
        let items = placement(file, false, &[(code, 2)]);
        assert_eq!(problems(&items)[0].account.as_deref(), Some("100000001"));
        assert_eq!(problems(&items)[0].readable.unwrap().get(), 10_000);
        assert_eq!(kinds(&items), ["problem", "header", "control", "control"]);
    }
}

#[test]
fn unpublished_columns_are_kept_or_reported() {
    let tail = record(
        300,
        &[(1, "CACT"), (5, "100000001"), (14, "7009"), (44, MONEY), (200, "X"), (299, "Y Z")]
            .map(|(first, text)| if first == 299 { (297, text) } else { (first, text) }),
    );
    let file = tail
        + &record(200, &[(1, "CUPP"), (5, "500000001"), (14, "100000001"), (73, "300"), (176, "YN")])
        + &trailer("0000000002", "000000100.00");
    let items = placement(&file, false, &[("unmapped_columns", 2)]);
    let Some(Item::Placement(placement)) = items.iter().find(|item| item.kind() == "placement") else {
        panic!()
    };
    assert_eq!(placement.extra.get("unread_tail").unwrap().len(), 299 - 191);
    let config = json!({ "phone_consent": true, "compact": true });
    let items = placement_with(config.clone(), &file, false, &[]);
    let Some(Item::Placement(placement)) = items.iter().find(|item| item.kind() == "placement") else {
        panic!()
    };
    let phone = &placement.parties[0].phones[0];
    assert_eq!((phone.manual_calls, phone.automatic_calls, phone.texts), (Some(true), Some(false), None));
    // Blanks at the end of a compact record are the only thing that is not written again.
    let again = String::from_utf8(again("CPLC", config, items)).unwrap();
    for (written, read) in again.lines().zip(file.lines()) {
        assert_eq!(written.trim_end(), read.trim_end());
    }
}
