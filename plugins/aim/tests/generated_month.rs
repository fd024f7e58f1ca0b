//! An agency's month of the sample generator: totals, and the same bytes again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;

use bailiwick_sdk::document::{Item, MatterState};
use common::*;
use serde_json::{Value, json};

#[test]
fn a_month_is_read_and_written_again() {
    let folder = folder("month");
    let placed = generate(&folder, &["aim-placement", "--accounts", "1200", "--out", "p.txt"]);
    let month = generate(
        &folder,
        &["aim-agency-month", "--placement", "p.txt", "--out-dir", "month", "--expect", "m.json"],
    );
    let (Some(()), Some(())) = (placed, month) else { return };
    let expect = json(&folder.join("m.json"));
    let mut all = BTreeMap::<&str, Vec<Item>>::new();
    for name in expect["files"].as_object().unwrap().keys() {
        let file = std::fs::read(folder.join("month").join(name)).unwrap();
        let message = match &name[..4] {
            "CPEN" => "CRCL",
            "AUAD" => "AUDM",
            code => MESSAGES.iter().find(|(message, ..)| *message == code).unwrap().0,
        };
        let items = decode(message, &file);
        assert_eq!(codes(&items), [], "{name}");
        for item in &items {
            if let Item::Control(control) = item {
                assert_eq!(control.stated, control.found, "{name}");
            }
        }
        assert!(again(message, json!({}), items.clone()) == file, "the same bytes: {name}");
        all.entry(message).or_default().extend(items);
    }
    let count = |message: &str, kind: &str| all[message].iter().filter(|item| item.kind() == kind).count();
    let records = &expect["records"];
    for (message, code, kinds) in [
        ("AACK", "AACK", &["acknowledgment"][..]),
        ("AREC", "AREC", &["reconciliation"]),
        ("AOBJ", "AOBJ", &["recall_objection"]),
        ("ACLS", "ACLS", &["return"]),
        ("APAY", "APAY", &["payment", "reversal"]),
        ("APDT", "APDT", &["promise"]),
        ("ASTS", "ASTS", &["status"]),
        ("ANOT", "ANOT", &["note", "contact_attempt"]),
        ("AUDM", "AUAD", &["demographic_change"]),
        ("ABKP", "ABKP", &["bankruptcy"]),
        ("ADIS", "ADIS", &["dispute"]),
        ("CRCL", "CPEN", &["recall"]),
    ] {
        let found: usize = kinds.iter().map(|kind| count(message, kind)).sum();
        assert!(found > 0, "{message}");
        assert_eq!(Value::from(found), records[code], "{message}");
    }
    assert!(count("ANOT", "note") > 0 && count("ANOT", "contact_attempt") > 0);
    payments(&all["APAY"], &expect["payments"]);
    let (mut placed, mut open) = (0, 0);
    for item in &all["AACK"] {
        if let Item::Acknowledgment(document) = item {
            placed += document.original_balance.get();
        }
    }
    for item in &all["AREC"] {
        if let Item::Reconciliation(document) = item {
            open += document.balance.unwrap().get();
        }
    }
    assert_eq!(Value::from(placed), expect["balances"]["placed_minor"]);
    assert_eq!(Value::from(open), expect["balances"]["open_minor"]);
    let dated: i64 = all["APDT"]
        .iter()
        .map(|item| if let Item::Promise(promise) = item { promise.minor.get() } else { 0 })
        .sum();
    assert_eq!(Value::from(dated), expect["post_dated"]["amount_minor"]);
    let code = |item: &Item| match item {
        Item::Status(status) => status.code.as_ref().map(ToString::to_string),
        Item::Return(closed) => closed.code.as_ref().map(ToString::to_string),
        Item::RecallObjection(objection) => Some(objection.reason.to_string()),
        Item::Bankruptcy(bankruptcy) => Some(bankruptcy.chapter.to_string()),
        _ => None,
    };
    for (message, key) in
        [("ASTS", "statuses"), ("ACLS", "closings"), ("AOBJ", "objections"), ("ABKP", "bankruptcies")]
    {
        let mut counts = BTreeMap::<String, u64>::new();
        for code in all[message].iter().filter_map(code) {
            *counts.entry(code).or_default() += 1;
        }
        assert_eq!(json!(counts), expect[key], "{key}");
    }
    assert!(
        all["ADIS"].iter().all(|item| matches!(item, Item::Dispute(it) if it.state == MatterState::Open))
    );
}

fn payments(items: &[Item], expect: &Value) {
    let (mut gross, mut reversed, mut linked) = (0, 0, 0);
    let mut net = BTreeMap::<&str, i64>::new();
    for item in items {
        let (sign, split) = match item {
            Item::Payment(payment) => {
                gross += payment.minor.get();
                (1, &payment.split)
            }
            Item::Reversal(reversal) => {
                reversed += reversal.minor.get();
                linked += usize::from(reversal.reverses.is_some() && reversal.comment.is_none());
                (-1, &reversal.split)
            }
            _ => continue,
        };
        for part in split {
            *net.entry(part.code.as_ref().unwrap().as_str()).or_default() += sign * part.minor.get();
        }
    }
    assert_eq!(Value::from(gross), expect["gross_minor"]);
    assert_eq!(Value::from(reversed), expect["reversals_minor"]);
    assert_eq!(Value::from(linked), expect["reversals"]);
    let columns = ["principal", "interest", "other3", "other4", "other5", "other6", "other7", "other8"];
    for (bucket, minor) in expect["net_by_money_bucket_minor"].as_object().unwrap() {
        let at: usize = bucket.trim_start_matches("bucket").parse().unwrap();
        assert_eq!(net.get(columns[at - 1]).copied().unwrap_or(0), minor.as_i64().unwrap(), "{bucket}");
    }
}
