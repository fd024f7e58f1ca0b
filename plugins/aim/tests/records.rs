//! Refusals of single records, and documents of other senders in the encoders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use aim::Aim;
use bailiwick_sdk::document::*;
use bailiwick_sdk::plugin::Plugin;
use bailiwick_sdk::value::*;
use common::*;
use serde_json::{Value, json};

const KEY: &str = "100000001";
const ZERO: &str = "000000000.00";

fn key<K: From<Text<64>>>(key: &str) -> K {
    K::from(Text::new(key).unwrap())
}

fn minor(minor: i64) -> Minor {
    Minor::new(minor).unwrap()
}

fn day(day: &str) -> Day {
    day.parse().unwrap()
}

fn item(json: Value) -> Item {
    serde_json::from_value(json).unwrap()
}

fn pay(amount: &str, kind: &str, buckets: &[&str], date: &str) -> String {
    let mut columns = vec![(1, "APAY"), (5, KEY), (44, amount), (56, date), (64, kind), (67, "P1")];
    columns.extend(buckets.iter().enumerate().map(|(at, bucket)| (127 + 12 * at, *bucket)));
    record(222, &columns)
}

#[test]
fn a_bad_record_is_refused_and_the_next_is_read() {
    let good = "000000010.00";
    for (line, code) in [
        (pay(good, "PA", &[good], ""), "missing_field"),
        (pay(good, "PA", &[good], "20260231"), "bad_date"),
        (pay(good, "PA", &[good, good], "20260705"), "split_mismatch"),
        (pay(good, "PCR", &[good], "20260705"), "unknown_code"),
        (pay(ZERO, "PA", &[], "20260705"), "bad_amount"),
        (pay("-00000010.00", "PA", &[], "20260705"), "negative_amount"),
        (pay(good, "PA", &["-00000010.00"], "20260705"), "negative_amount"),
        (pay("10", "PA", &[], "20260705"), "bad_amount"),
        (pay(good, "PA\u{1}", &[good], "20260705"), "unknown_code"),
        (pay(good, "PA", &[good], "20260705").replace("P1", "\0\0"), "nul_byte"),
    ] {
        let items = decode("APAY", (line + &pay(good, "PA", &[good], "20260705")).as_bytes());
        assert_eq!(codes(&items), [(code.to_owned(), 1)]);
        let problem = problems(&items)[0];
        assert_eq!((problem.severity, problem.account.as_deref()), (Severity::Error, Some(KEY)));
        assert!(matches!(items.last(), Some(Item::Payment(payment)) if payment.line == Some(2)));
    }
    let unnamed = pay(good, "PA", &[good], "20260705").replace(KEY, "10000000X");
    let items = decode("APAY", unnamed.as_bytes());
    assert_eq!(codes(&items), [("bad_number".to_owned(), 1)]);
    assert_eq!(problems(&items)[0].account, None);
}

#[test]
fn longer_records_are_let_in_where_the_page_ended_early() {
    let long = pay("000000010.00", "PA", &[], "20260705").trim_end().to_owned();
    let long = format!("{long:300}TAIL\r\n");
    assert_eq!(codes(&decode("APAY", long.as_bytes())), [("bad_record_width".to_owned(), 1)]);
    let items = decode_with("APAY", json!({ "wider_records": true }), (long.clone() + &long).as_bytes());
    assert_eq!(codes(&items), [("unmapped_columns".to_owned(), 1)]);
    assert_eq!(items.iter().filter(|item| item.kind() == "payment").count(), 2);
    let wide = format!(
        "{:115}\r\n",
        record(33, &[(1, "APDT"), (5, KEY), (14, "20260801"), (22, "000000010.00")]).trim_end()
    );
    let items = decode_with("APDT", json!({ "wider_records": true }), wide.as_bytes());
    assert_eq!(codes(&items), [("bad_record_width".to_owned(), 1)]);
}

#[test]
fn the_trailer_of_the_banks_payments_is_neither_checked_nor_written() {
    let line = record(222, &[(1, "CPAY"), (5, KEY), (152, "20260705"), (160, "PC"), (163, "B1")]);
    let mut line = line;
    for column in 0..9 {
        let first = 43 + 12 * column;
        line.replace_range(first..first + 12, if column == 1 { "000000007.00" } else { ZERO });
    }
    let items = decode("CPAY", (line.clone() + "CTRLwhatever it is\r\n").as_bytes());
    assert_eq!(codes(&items), [("unmapped_record".to_owned(), 2)]);
    assert_eq!(items.iter().filter(|item| item.kind() == "direct_payment").count(), 1);
    assert_eq!(again("CPAY", json!({}), items), line.as_bytes());
    let unknown = line.replace("PC ", "PA ");
    assert_eq!(codes(&decode("CPAY", unknown.as_bytes())), [("unknown_code".to_owned(), 1)]);
}

#[test]
fn unlisted_codes_pass_and_are_reported_once() {
    let line = record(111, &[(1, "ASTS"), (14, KEY), (23, "ZZZ"), (101, "20260705")]);
    let items = decode("ASTS", (line.clone() + &line).as_bytes());
    assert_eq!(codes(&items), [("unknown_code".to_owned(), 1)]);
    let Item::Status(status) = &items[0] else { panic!("{items:?}") };
    assert_eq!((status.status, status.code.as_deref()), (StatusKind::Other, Some("ZZZ")));
    assert_eq!(again("ASTS", json!({}), items), (line.clone() + &line).as_bytes());
    let known = record(111, &[(1, "ASTS"), (14, KEY), (23, "B7 "), (101, "20260705")]);
    let Item::Status(status) = &decode("ASTS", known.as_bytes())[0] else { panic!("{known}") };
    assert_eq!(status.status, StatusKind::Bankruptcy7);
}

#[test]
fn a_refused_account_goes_back_with_a_code_of_its_own() {
    let mut refused = Return::new(key("7"), ClosingReason::AgencyRefused, day("2026-07-05"));
    refused.code = Some(Code::new("balance_too_high").unwrap());
    let file = encode("ACLS", [refused.into()]);
    assert_eq!(&file[43..54], b"REF20260705");
    for (code, reason) in [
        ("REF", ClosingReason::AgencyRefused),
        ("EXP", ClosingReason::Expired),
        ("RCL", ClosingReason::Recalled),
        ("PIF", ClosingReason::PaidInFull),
        ("SIF", ClosingReason::Settled),
        ("B7 ", ClosingReason::Bankruptcy7),
        ("B11", ClosingReason::Bankruptcy11),
        ("B13", ClosingReason::Bankruptcy13),
        ("DEC", ClosingReason::Deceased),
        ("UNC", ClosingReason::Uncollectible),
        ("CLR", ClosingReason::ClearedBefore),
    ] {
        let mut file = file.clone();
        file[43..46].copy_from_slice(code.as_bytes());
        let items = decode("ACLS", &file);
        let [Item::Return(closed)] = &items[..] else { panic!("{code}: {items:?}") };
        assert_eq!((closed.reason, closed.code.as_deref()), (reason, Some(code.trim())), "{code}");
        assert_eq!(again("ACLS", json!({}), items), file, "{code}");
    }
}

#[test]
fn a_status_that_ends_holds_is_refused_except_one_of_work_that_ends_legal() {
    let told = |status: StatusKind, ends: Value| {
        let mut it = Status::new(key("7"), status, day("2026-07-05"));
        it.ends = serde_json::from_value(ends).unwrap();
        try_encode("ASTS", json!({}), [it.into()])
            .map(drop)
            .map_err(|refusal| refusal.pointer.map(|it| it.to_string()))
    };
    assert_eq!(told(StatusKind::PaymentPlan, json!(["legal"])), Ok(()));
    for (status, ends) in [
        (StatusKind::PaymentPlan, json!(["legal", "attorney"])),
        (StatusKind::PaidInFull, json!(["legal"])),
        (StatusKind::Other, json!(["cease"])),
    ] {
        assert_eq!(told(status, ends.clone()), Err(Some("/ends".to_owned())), "{status:?} {ends}");
    }
}

#[test]
fn codes_of_other_senders_become_those_of_the_bank() {
    let mut status = Status::new(key("7"), StatusKind::PaidInFull, day("2026-07-05"));
    status.code = Some(Code::new("已结清").unwrap());
    let mut closed = Return::new(key("7"), ClosingReason::Settled, day("2026-07-05"));
    closed.code = Some(Code::new("PIF").unwrap());
    let text = |message: &str, item: Item| String::from_utf8(encode(message, [item])).unwrap();
    assert_eq!(&text("ASTS", status.clone().into())[..25], "ASTS         000000007PIF");
    assert_eq!(&text("ACLS", closed.into())[43..54], "SIF20260705");
    status.status = StatusKind::Legal;
    let refusal = try_encode("ASTS", json!({}), [status.into()]).unwrap_err();
    assert_eq!((refusal.code.as_str(), refusal.pointer.as_deref()), ("bad_document", Some("/status")));
    let attempt = item(json!({ "contact_attempt": {
        "account": KEY, "channel": "phone", "direction": "outbound",
        "started": { "utc": "2026-07-03T18:08:00Z", "zone": "Asia/Shanghai" },
        "connected": true, "conversation": true, "result": "本人接听", "text": "Spoke — promised",
    } }));
    let line = text("ANOT", attempt);
    assert_eq!(&line[13..55], "20260703130800CALL  RPC   Spoke ? promised");
}

#[test]
fn documents_that_a_record_cannot_carry_are_refused_with_their_place() {
    let payment = |account: &str, identifier: &str| {
        Payment::new(
            key(account),
            key(identifier),
            PaidTo::Agency,
            Currency::USD,
            minor(100),
            day("2026-07-05"),
        )
    };
    let split = |code: &str, bucket: Bucket, cents: i64| {
        let mut payment = payment(KEY, "P1");
        payment.split = vec![Component { bucket, code: Code::new(code).ok(), minor: minor(cents) }];
        Item::from(Box::new(payment))
    };
    let promise =
        |kind| Item::from(Promise::new(key(KEY), kind, day("2026-08-01"), Currency::USD, minor(100)));
    let mut euros = payment(KEY, "P1");
    euros.currency = Currency::new("EUR").unwrap();
    let mut dispute = Dispute::new(key(KEY), key("D-1"), day("2026-07-05"), MatterState::Open);
    let named = Item::from(Box::new(dispute.clone()));
    (dispute.identifier, dispute.state) = (key("1"), MatterState::Closed);
    for (message, item, pointer) in [
        ("APAY", Box::new(payment("1234567890", "P1")).into(), "/account"),
        ("APAY", Box::new(payment("案件1", "P1")).into(), "/account"),
        ("APAY", Box::new(payment(KEY, "an identifier of more than 30 characters")).into(), "/identifier"),
        ("APAY", split("other9", Bucket::Other, 100), "/split/0"),
        ("APAY", split("penalty", Bucket::Penalty, 100), "/split/0"),
        ("APAY", split("principal", Bucket::Principal, 99), "/split"),
        ("APAY", Box::new(euros).into(), "/currency"),
        ("APDT", promise(PromiseKind::Promise), "/kind"),
        ("ADIS", named, "/identifier"),
        ("ADIS", Box::new(dispute).into(), "/closed_on"),
        (
            "AACK",
            item(json!({ "acknowledgment": { "account": KEY, "acceptance": "accepted", "currency": "USD",
            "original_balance": 100_000_000_000i64, "current_balance": 1, "received_on": "2026-07-02" } })),
            "/original_balance",
        ),
        ("ABKP", item(json!({ "bankruptcy": { "account": KEY, "chapter": 9 } })), "/chapter"),
        (
            "CPLC",
            item(
                json!({ "placement": { "account": KEY, "currency": "USD", "balance": [], "opened_on": "1900-01-01" } }),
            ),
            "/extra",
        ),
        (
            "CPLC",
            item(json!({ "placement": { "account": KEY, "currency": "USD", "balance": [],
            "parties": [{ "role": "contact", "liable": false, "name": "Aunt" }] } })),
            "/parties/0",
        ),
        (
            "CPLC",
            item(json!({ "placement": { "account": KEY, "currency": "USD", "balance": [],
            "parties": [{ "role": "primary", "liable": true, "name": "A|B" }] } })),
            "/parties/0",
        ),
        (
            "CPLC",
            item(
                json!({ "placement": { "account": KEY, "currency": "USD", "balance": [{ "bucket": "principal", "minor": -1 }] } }),
            ),
            "/balance",
        ),
    ] {
        let refusal = try_encode(message, json!({}), [item]).unwrap_err();
        assert_eq!(
            (refusal.code.as_str(), refusal.pointer.as_deref()),
            ("bad_document", Some(pointer)),
            "{message}"
        );
    }
    let refusal = try_encode("AREC", json!({}), [promise(PromiseKind::PostDated)]).unwrap_err();
    assert_eq!(refusal.code, "unsupported");
    assert_eq!(encode_with("APDT", json!({ "promises": "leave_out" }), [promise(PromiseKind::Promise)]), b"");
}

#[test]
fn a_rejected_account_is_not_acknowledged() {
    let rejected = item(
        json!({ "acknowledgment": { "account": KEY, "acceptance": "rejected", "currency": "USD",
        "original_balance": 1, "current_balance": 1, "received_on": "2026-07-02", "reason": "bad_amount" } }),
    );
    assert_eq!(encode("AACK", [rejected]), b"");
}

#[test]
fn parts_without_a_known_code_go_to_their_bucket() {
    let placement = item(json!({ "placement": { "account": "42", "currency": "USD", "balance": [
        { "bucket": "principal", "code": "逾期本金(元)", "minor": 5 }, { "bucket": "late_fee", "minor": 7 },
        { "bucket": "costs", "minor": 1 }, { "bucket": "costs", "code": "other4", "minor": 2 },
    ] } }));
    let file = String::from_utf8(encode("CPLC", [placement])).unwrap();
    assert_eq!(&file[4..13], "000000042");
    let cents: Vec<_> = (0..9).map(|at| &file[43 + 12 * at + 9..43 + 12 * at + 12]).collect();
    assert_eq!(cents, [".05", ".00", ".07", ".03", ".00", ".00", ".00", ".00", ".00"]);
    let trailer = file.lines().last().unwrap();
    assert_eq!(&trailer[84..114], "0000000001000000000.1520260701");
}

#[test]
fn without_a_header_the_trailer_is_filled_from_the_context() {
    let (subject, mut context) = of("ANOT", json!({}));
    context.agency = Some(key("AG7"));
    context.agency_name = Name::new("Some Agency").ok();
    let write = |items: Vec<Item>| {
        String::from_utf8(bailiwick_sdk::testing::encode::<Aim>(subject, &context, items).unwrap()).unwrap()
    };
    assert_eq!(
        write(Vec::new())[..102].split_whitespace().collect::<Vec<_>>(),
        ["ATRLAG7", "Some", "Agency", "000000000020260701"]
    );
    let mut header = Header::new();
    (header.agency, header.created_on) = (Some(key("X")), Some(day("2026-07-31")));
    assert_eq!(
        write(vec![Box::new(header).into()])[..102].split_whitespace().collect::<Vec<_>>(),
        ["ATRLX", "Some", "Agency", "000000000020260731"]
    );
}

#[test]
fn a_context_that_cannot_be_served_is_refused_at_the_start() {
    let (subject, mut context) = of("APAY", json!({}));
    context.currency = Currency::new("JPY").unwrap();
    assert_eq!(Aim::decoder(subject, &context).err().unwrap().code, "unsupported");
    assert_eq!(Aim::encoder(subject, &context).err().unwrap().code, "unsupported");
    assert_eq!(Aim::decoder(Subject::Placement, &of("APAY", json!({})).1).err().unwrap().code, "unsupported");
    for (message, config, pointer) in [
        ("ANOT", json!({ "agency_zone": "Mars/Olympus" }), Some("/agency_zone")),
        ("CPLC", json!({ "bank_zone": "Mars/Olympus" }), Some("/bank_zone")),
        (
            "CPLC",
            json!({ "batch_types": [{ "code": "LONG", "kind": "decrease" }] }),
            Some("/batch_types/0/code"),
        ),
        ("CPLC", json!({ "encoding": "gbk" }), None),
    ] {
        let (subject, context) = of(message, config);
        let refusal = Aim::decoder(subject, &context).err().unwrap();
        assert_eq!((refusal.code.as_str(), refusal.pointer.as_deref()), ("bad_config", pointer));
    }
    // The agency's clock has no effect on messages that it does not stamp.
    let (subject, context) = of("APAY", json!({ "agency_zone": "Mars/Olympus" }));
    assert!(Aim::decoder(subject, &context).is_ok());
}

#[test]
fn a_deleted_complaint_is_closed_and_lost_columns_are_reported() {
    let line = record(
        1436,
        &[(1, "ACPT"), (5, KEY), (23, "PHONE"), (43, "000000007"), (926, "20260720"), (935, "Y")],
    );
    let items = decode("ACPT", line.as_bytes());
    assert_eq!(codes(&items), [("unmapped_columns".to_owned(), 1)]);
    assert!(items.iter().any(|item| matches!(item, Item::Complaint(it) if it.state == MatterState::Closed)));
}
