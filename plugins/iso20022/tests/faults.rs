//! Refusals, and whether they reach a transaction, an entry or the file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use bailiwick_sdk::document::{Item, Severity};
use proptest::prelude::*;
use serde_json::json;
use support::{controls, decode, entry, message, payments, problems, reversals, transaction};

fn one(entries: &str) -> Vec<(String, String, u64)> {
    let items = decode(message(entries).as_bytes());
    problems(&items).iter().map(|(how, code, line)| (how.to_string(), code.to_string(), *line)).collect()
}

fn is(how: &str, code: &str, line: u64) -> Vec<(String, String, u64)> {
    vec![(how.to_owned(), code.to_owned(), line)]
}

#[test]
fn files_that_are_refused() {
    let good = message(&entry("1.00", &transaction("1.00", "T1")));
    let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
    let long = "x".repeat(70_000);
    for (file, code, line) in [
        (good.replace("001.08", "001.14"), "unsupported_version", 1),
        (good.replace("camt.054", "camt.053"), "unsupported_version", 1),
        (good.replace(" xmlns=", " xmlns:other="), "unsupported_version", 1),
        (format!("<!DOCTYPE Document [<!ENTITY a \"b\">]>{good}"), "doctype_not_allowed", 1),
        (good.replace("T1", "&a;"), "bad_xml", 3),
        (good.replace("T1", "&#x1;"), "invalid_characters", 3),
        (good.replace("T1", "a & b"), "bad_xml", 3),
        (good.replace("T1", "a\0b"), "nul_byte", 3),
        (good.replace("</Refs>", "</Ref>"), "bad_xml", 3),
        (good.replace("T1", &long), "text_too_long", 3),
        (good.replace("T1", &deep), "nesting_too_deep", 3),
        (format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{good}"), "wrong_encoding", 1),
        (good.trim_end().trim_end_matches("</Document>").to_owned(), "truncated_record", 5),
        (good.chars().take(300).collect(), "truncated_record", 3),
        (format!("{good}<Document/>"), "bad_xml", 6),
        (format!("{good}more<a/>"), "bad_xml", 5),
        ("<a/>".to_owned(), "bad_header", 1),
        ("{\"no\": \"xml\"}".to_owned(), "truncated_record", 1),
        (good.replace("<MsgId>M1</MsgId>", ""), "bad_header", 2),
        (good.replace("GrpHdr", "Header"), "bad_header", 2),
        (good.replace("BkToCstmrDbtCdtNtfctn", "BkToCstmrStmt"), "bad_header", 2),
    ] {
        let items = decode(file.as_bytes());
        let Some(Item::Problem(last)) = items.last() else { panic!("{code}: {items:?}") };
        assert_eq!((last.severity, last.code.as_str(), last.line), (Severity::Fatal, code, Some(line)));
        assert!(payments(&items).is_empty() || line > 3, "{code}");
    }
    let mut latin = good.replace("T1", "M@ller").into_bytes();
    let at = latin.iter().position(|byte| *byte == b'@').unwrap();
    latin[at] = 0xFC;
    assert_eq!(problems(&decode(&latin)), [("fatal", "invalid_characters", 3)]);
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(problems(&decode(&utf16)), [("fatal", "wrong_encoding", 1)]);
}

#[test]
fn a_mark_is_warned_of() {
    let good = message(&entry("1.00", &transaction("1.00", "T1")));
    let items = decode(format!("\u{FEFF}{good}").as_bytes());
    assert_eq!(problems(&items), [("warning", "byte_order_mark", 1)]);
    assert_eq!(payments(&items).len(), 1);
}

#[test]
fn an_entry_that_does_not_add_up_is_refused_alone() {
    let two = transaction("1.00", "T1") + &transaction("2.00", "T2");
    let good = entry("3.00", &transaction("3.00", "T3"));
    for (details, code) in [
        (two.clone(), "batch_amount_mismatch"),
        (format!("<Btch><NbOfTxs>3</NbOfTxs></Btch>{two}"), "batch_count_mismatch"),
        (format!("<Btch><NbOfTxs>two</NbOfTxs></Btch>{two}"), "batch_count_mismatch"),
        ("<Btch><NbOfTxs>2</NbOfTxs></Btch>".to_owned(), "batch_without_details"),
    ] {
        let items = decode(message(&(entry("3.01", &details) + &good)).as_bytes());
        assert_eq!(problems(&items), [("error", code, 3)], "{code}");
        let [payment] = payments(&items)[..] else { panic!("{items:?}") };
        assert_eq!(payment.identifier, "E1/T3/1");
    }
}

#[test]
fn a_transaction_that_cannot_be_read_is_refused_alone() {
    for (bad, code) in [
        (transaction("1.001", "T2"), "bad_amount"),
        (transaction("-1.00", "T2"), "bad_amount"),
        (transaction("", "T2"), "missing_field"),
        (transaction("1.00", "T2").replace("CHF", "EUR"), "currency_mismatch"),
    ] {
        let details = transaction("2.00", "T1") + &bad;
        let items = decode(message(&entry("3.00", &details)).as_bytes());
        assert_eq!(problems(&items), [("error", code, 4)], "{code}");
        assert_eq!(payments(&items).len(), 1);
        // It does not matter which of three it is.
        for place in 0..3 {
            let mut three = [transaction("2.00", "T1"), transaction("0.50", "T3")].to_vec();
            three.insert(place, bad.clone());
            let items = decode(message(&entry("3.50", &three.concat())).as_bytes());
            assert_eq!(problems(&items), [("error", code, 3 + place as u64)], "{code} {place}");
            let found: Vec<i64> = payments(&items).iter().map(|it| it.minor.get()).collect();
            assert_eq!(found, [200, 50], "{code} {place}");
        }
    }
}

#[test]
fn a_transaction_that_cannot_be_read_does_not_hide_that_the_others_are_too_much() {
    for (total, fits) in [("2.01", true), ("2.00", true), ("1.99", false)] {
        let details = transaction("2.00", "T1") + &transaction("x", "T2");
        let items = decode(message(&entry(total, &details)).as_bytes());
        assert_eq!(payments(&items).len(), usize::from(fits), "{total}");
        let expected = if fits { ("error", "bad_amount", 4) } else { ("error", "batch_amount_mismatch", 3) };
        assert_eq!(problems(&items), [expected], "{total}");
    }
    // Two transactions in another currency are refused, each alone.
    let details = (transaction("1.00", "T1") + &transaction("1.00", "T2")).replace("CHF", "EUR");
    let items = decode(message(&entry("3.00", &details)).as_bytes());
    assert_eq!(problems(&items), [("error", "currency_mismatch", 3), ("error", "currency_mismatch", 4)]);
}

#[test]
fn entries_that_cannot_be_read() {
    let good = entry("1.00", &transaction("1.00", "T1"));
    for (from, to, how, code) in [
        ("<Amt Ccy=\"CHF\">1.00</Amt><CdtDbtInd>", "<CdtDbtInd>", "error", "missing_field"),
        ("<Amt Ccy=\"CHF\">1.00</Amt><CdtDbtInd>", "<Amt>1.00</Amt><CdtDbtInd>", "error", "unknown_code"),
        ("1.00</Amt><CdtDbtInd>", "1,00</Amt><CdtDbtInd>", "error", "bad_amount"),
        ("CRDT", "CR", "error", "unknown_code"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", "", "error", "missing_field"),
        ("2026-07-04", "2026-02-30", "error", "bad_date"),
        ("<BookgDt><Dt>2026-07-04</Dt></BookgDt>", "", "error", "missing_field"),
        ("<Cd>BOOK</Cd>", "<Cd>GONE</Cd>", "error", "unknown_code"),
        ("<Sts><Cd>BOOK</Cd></Sts>", "", "error", "missing_field"),
        ("BOOK", "PDNG", "warning", "pending_entry"),
        ("BOOK", "INFO", "warning", "informational_entry"),
        ("CRDT", "DBIT", "warning", "debit_entry"),
    ] {
        assert!(good.contains(from), "{from}");
        assert_eq!(one(&good.replace(from, to)), is(how, code, 3), "{to}");
        assert!(payments(&decode(message(&good.replace(from, to)).as_bytes())).is_empty());
    }
}

#[test]
fn an_entry_without_transactions_is_its_own() {
    let items = decode(message(&entry("5.00", "")).as_bytes());
    let [payment] = payments(&items)[..] else { panic!("{items:?}") };
    assert_eq!((payment.minor.get(), payment.line), (500, Some(3)));
    let items = decode(
        message(&entry("5.00", "").replace("CRDT", "DBIT").replace("<Sts>", "<RvslInd>1</RvslInd><Sts>"))
            .as_bytes(),
    );
    assert_eq!(reversals(&items).len(), 1);
}

#[test]
fn totals_are_compared_by_the_host() {
    let totals = |count: &str, sum: &str| {
        format!(
            "<TxsSummry><TtlNtries><NbOfNtries>{count}</NbOfNtries><Sum>{sum}</Sum></TtlNtries></TxsSummry>\n"
        )
    };
    let entries =
        entry("5.00", "") + &entry("5.00", "").replace("CHF\">5.00", "EUR\">1.25").replace("CRDT", "DBIT");
    let items = decode(message(&(totals("3", "6.26") + &entries)).as_bytes());
    let found: Vec<_> =
        controls(&items).iter().map(|it| (it.code.to_string(), it.stated, it.found)).collect();
    let expected = [("entry_count_mismatch", 3, 2), ("entry_amount_mismatch", 626, 625)];
    assert_eq!(found, expected.map(|(code, stated, found)| (code.to_owned(), stated, found)));
    // If a message has several pages, the totals may be of all pages.
    let paged = "<NtfctnPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></NtfctnPgntn>";
    let items = decode(message(&(paged.to_owned() + &totals("3", "6.26") + &entries)).as_bytes());
    assert!(controls(&items).is_empty());
    assert!(problems(&items).contains(&("warning", "totals_not_checked", 3)));
    // Yen and francs have no minor unit in common.
    let entries = entry("5.00", "") + &entry("5.00", "").replace("CHF\">5.00", "JPY\">100");
    let items = decode(message(&(totals("2", "105") + &entries)).as_bytes());
    let sums: Vec<_> = controls(&items).iter().map(|it| (it.stated, it.found)).collect();
    assert_eq!(sums, [(2, 2), (10_500_000, 10_500_000)]);
    assert_eq!(one(&totals("two", "1")), is("fatal", "bad_amount", 3));
    assert_eq!(one(&totals("2", "one")), is("fatal", "bad_amount", 3));
    assert_eq!(one(&totals("0", "99999999999999999")), is("fatal", "bad_amount", 3));
}

#[test]
fn a_large_entry_is_given_out_before_its_end() {
    let details: String = (0..5_000).map(|number| transaction("1.00", &format!("T{number}"))).collect();
    let context = bailiwick_sdk::testing::context("camt.054", json!({}));
    let read = |amount: &str| {
        let file = message(&entry(amount, &details));
        let subject = bailiwick_sdk::document::Subject::Remittance;
        bailiwick_sdk::testing::decode_in_pieces::<iso20022::Iso20022>(
            subject,
            &context,
            file.as_bytes(),
            65_536,
        )
        .unwrap()
    };
    let items = read("5000.00");
    assert_eq!((payments(&items).len(), problems(&items).len()), (5_000, 0));
    let mut names: Vec<&str> = payments(&items).iter().map(|it| it.identifier.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 5_000);
    // Emitted documents cannot be taken back, so the file is refused.
    assert_eq!(problems(&read("5000.01")), [("fatal", "batch_amount_mismatch", 3)]);
}

#[test]
fn one_transaction_has_a_bound() {
    let text = format!("<Ustrd>{}</Ustrd>", "x".repeat(60_000)).repeat(20);
    let details =
        transaction("1.00", "T1").replace("</TxDtls>", &format!("<RmtInf>{text}</RmtInf></TxDtls>"));
    let file = message(&entry("1.00", &details));
    let context = bailiwick_sdk::testing::context("camt.054", json!({}));
    let subject = bailiwick_sdk::document::Subject::Remittance;
    let items =
        bailiwick_sdk::testing::decode::<iso20022::Iso20022>(subject, &context, file.as_bytes()).unwrap();
    assert_eq!(problems(&items), [("fatal", "entry_too_long", 3)]);
}

#[test]
fn problems_repeat_nothing_of_the_file() {
    let secret = entry("SECRET", &transaction("SECRET", "SECRET")).replace("BOOK", "SECRET");
    let broken = message(&secret).replace("</Refs>", "</SECRET>");
    for file in [message(&secret), message(&secret.replace("SECRET</Cd>", "BOOK</Cd>")), broken] {
        let items = decode(file.as_bytes());
        assert!(!problems(&items).is_empty());
        let problems = items.iter().filter(|item| matches!(item, Item::Problem(_)));
        assert!(problems.into_iter().all(|problem| !format!("{problem:?}").contains("SECRET")));
    }
}

#[test]
fn only_the_manifests_messages_are_read() {
    use bailiwick_sdk::document::Subject;
    for (subject, name) in [(Subject::Placement, "camt.054"), (Subject::Remittance, "camt.086")] {
        let context = bailiwick_sdk::testing::context(name, json!({}));
        let refusal =
            bailiwick_sdk::testing::decode::<iso20022::Iso20022>(subject, &context, b"").unwrap_err();
        assert_eq!(refusal.code, "unsupported");
        let refusal =
            bailiwick_sdk::testing::encode::<iso20022::Iso20022>(subject, &context, []).unwrap_err();
        assert_eq!(refusal.code, "unsupported");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(
        which in 0usize..3,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(b'<'), Just(b'>'), Just(b'&'), Just(b'"'), any::<u8>()]), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let files: [&[u8]; 3] = [include_bytes!("fixtures/v02.xml"), include_bytes!("fixtures/v04.xml"), include_bytes!("fixtures/v08.xml")];
        let mut file = files[which].to_vec();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        file.truncate(cut.index(file.len() * 2) + 1);
        let items = decode(&file);
        let fatal = |item: &Item| matches!(item, Item::Problem(problem) if problem.severity == Severity::Fatal);
        let fatals = items.iter().filter(|item| fatal(item)).count();
        prop_assert!(fatals <= 1 && (fatals == 0 || fatal(&items[items.len() - 1])));
    }

    /// Sums are exact: any amounts that add up are booked, with any number of digits.
    #[test]
    fn amounts_that_add_up_are_booked(cents in proptest::collection::vec(1i64..100_000_000, 1..20)) {
        let details: String = cents.iter().enumerate().map(|(at, cents)| {
            transaction(&format!("{}.{:02}", cents / 100, cents % 100), &format!("T{at}"))
        }).collect();
        let total: i64 = cents.iter().sum();
        let file = message(&entry(&format!("{}.{:02}", total / 100, total % 100), &details));
        let items = decode(file.as_bytes());
        let found: Vec<i64> = payments(&items).iter().map(|it| it.minor.get()).collect();
        prop_assert_eq!(found, cents);
    }
}
