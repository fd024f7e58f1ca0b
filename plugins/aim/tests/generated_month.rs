//! An agency's month with known contents: totals are right, and writing gives the same bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;

use bailiwick_fixtures::aim::Placement;
use bailiwick_fixtures::{Month, Origin};
use bailiwick_sdk::document::{Item, MatterState};
use common::*;
use serde_json::json;

#[test]
fn a_month_is_read_and_written_again() {
    for origin in Origin::all("that an agency's month is read and written again") {
        month(&origin.placement_month(&Placement::of(1200)));
    }
}

fn month(told: &Month) {
    let mut all = BTreeMap::<&str, Vec<Item>>::new();
    for (name, file) in &told.files {
        let message = match &name[..4] {
            "CPEN" => "CRCL",
            "AUAD" => "AUDM",
            code => MESSAGES.iter().find(|(message, ..)| *message == code).unwrap().0,
        };
        let items = decode(message, file);
        assert_eq!(codes(&items), [], "{name}");
        for item in &items {
            if let Item::Control(control) = item {
                assert_eq!(control.stated, control.found, "{name}");
            }
        }
        assert!(again(message, json!({}), items.clone()) == *file, "the same bytes: {name}");
        all.entry(message).or_default().extend(items);
    }
    let count = |message: &str, kind: &str| all[message].iter().filter(|item| item.kind() == kind).count();
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
        let found: u64 = kinds.iter().map(|kind| count(message, kind) as u64).sum();
        assert!(found > 0, "{message}");
        assert_eq!(found, told.records[code], "{message}");
    }
    assert!(count("ANOT", "note") > 0 && count("ANOT", "contact_attempt") > 0);
    payments(&all["APAY"], told);
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
    assert_eq!((placed, open), (told.placed, told.open));
    let dated: i64 = all["APDT"]
        .iter()
        .map(|item| if let Item::Promise(promise) = item { promise.minor.get() } else { 0 })
        .sum();
    assert_eq!(dated, told.promised);
    let code = |item: &Item| match item {
        Item::Status(status) => status.code.as_ref().map(ToString::to_string),
        Item::Return(closed) => closed.code.as_ref().map(ToString::to_string),
        Item::RecallObjection(objection) => Some(objection.reason.to_string()),
        Item::Bankruptcy(bankruptcy) => Some(bankruptcy.chapter.to_string()),
        _ => None,
    };
    for (message, codes) in [
        ("ASTS", &told.statuses),
        ("ACLS", &told.closings),
        ("AOBJ", &told.objections),
        ("ABKP", &told.bankruptcies),
    ] {
        let mut counts = BTreeMap::<String, u64>::new();
        for code in all[message].iter().filter_map(code) {
            *counts.entry(code).or_default() += 1;
        }
        assert_eq!(counts, *codes, "{message}");
    }
    assert!(
        all["ADIS"].iter().all(|item| matches!(item, Item::Dispute(it) if it.state == MatterState::Open))
    );
}

fn payments(items: &[Item], told: &Month) {
    let (mut paid, mut reversed, mut linked) = (0, 0, 0);
    let mut net = BTreeMap::<String, i64>::new();
    for item in items {
        let (sign, split) = match item {
            Item::Payment(payment) => {
                paid += payment.minor.get();
                (1, &payment.split)
            }
            Item::Reversal(reversal) => {
                reversed += reversal.minor.get();
                linked += u64::from(reversal.reverses.is_some() && reversal.comment.is_none());
                (-1, &reversal.split)
            }
            _ => continue,
        };
        for part in split {
            *net.entry(part.code.as_ref().unwrap().to_string()).or_default() += sign * part.minor.get();
        }
    }
    assert_eq!((paid, reversed, linked), (told.paid, told.reversed, told.reversals));
    for (column, minor) in &told.net {
        assert_eq!(net.get(column).copied().unwrap_or(0), *minor, "{column}");
    }
}
