//! Properties of every message: written documents are read back, any bytes are read without a panic, and the
//! division into pieces has no effect.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod documents;

use bailiwick_sdk::document::Item;
use bailiwick_sdk::testing;
use common::*;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The documents of a file without their line numbers.
fn unplaced(items: Vec<Item>) -> Vec<Value> {
    fn without_lines(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("line");
                map.values_mut().for_each(without_lines);
            }
            Value::Array(list) => list.iter_mut().for_each(without_lines),
            _ => {}
        }
    }
    let documents = items.into_iter().filter(|item| !matches!(item, Item::Header(_) | Item::Control(_)));
    documents
        .map(|item| {
            let mut value = serde_json::to_value(item).unwrap();
            without_lines(&mut value);
            value
        })
        .collect()
}

fn configs() -> impl Strategy<Value = Value> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(compact, lf, consent)| {
        json!({
            "encoding": "utf-8",
            "compact": compact,
            "line_end": if lf { "lf" } else { "crlf" },
            "phone_consent": consent,
        })
    })
}

fn comes_back(message: &str, config: &Value, items: Vec<Item>) {
    let want = unplaced(items.clone());
    let file = encode_with(message, config.clone(), items);
    let read = decode_with(message, config.clone(), &file);
    for item in &read {
        if let Item::Control(control) = item {
            assert_eq!(control.stated, control.found);
        }
    }
    let again = again(message, config.clone(), read.clone());
    assert_eq!(unplaced(read), want, "{message}");
    assert!(again == file, "{message}: the same bytes");
}

/// No file of failed cases: a failure is printed with its input.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

macro_rules! law {
    ($($name:ident: $message:literal, $strategy:expr;)*) => { proptest! {
        #![proptest_config(cases(48))]
        $( #[test] fn $name(config in configs(), items in vec($strategy, 0..6)) {
            comes_back($message, &config, items);
        } )*
    } };
}

law! {
    recalls_come_back: "CRCL", documents::recall();
    bank_payments_come_back: "CPAY", documents::bank_payment();
    bank_notes_come_back: "CNOT", documents::note(false);
    acknowledgments_come_back: "AACK", documents::acknowledgment();
    objections_come_back: "AOBJ", documents::objection();
    returns_come_back: "ACLS", documents::closing();
    reconciliations_come_back: "AREC", documents::reconciliation();
    payments_come_back: "APAY", documents::payment();
    post_dated_items_come_back: "APDT", documents::post_dated();
    statuses_come_back: "ASTS", documents::status();
    notes_come_back: "ANOT", documents::note(true);
    new_addresses_and_numbers_come_back: "AUDM", documents::demographic();
    bankruptcies_come_back: "ABKP", documents::bankruptcy();
    disputes_come_back: "ADIS", documents::dispute();
    complaints_come_back: "ACPT", documents::complaint();
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn placements_come_back(mut config in configs(), (consent, items) in any::<bool>().prop_flat_map(|consent| {
        (Just(consent), vec(documents::placement(consent), 0..4))
    })) {
        config["phone_consent"] = json!(consent);
        comes_back("CPLC", &config, items);
    }

    /// Any bytes are read without a panic, the items do not depend on the pieces, and a fatal problem is the last item.
    #[test]
    fn any_bytes_are_read_without_a_panic(
        which in 0..MESSAGES.len(),
        encoding in prop_oneof![Just("ascii"), Just("latin-1"), Just("utf-8")],
        items in documents::any_file(),
        changes in vec((any::<proptest::sample::Index>(), any::<u8>(), 0u8..4), 0..8),
        piece in 1usize..5000,
    ) {
        let (message, records) = items;
        let config = json!({ "encoding": encoding, "compact": true });
        let mut file = encode_with(message, json!({ "encoding": "utf-8", "compact": true }), records);
        for (at, byte, what) in changes {
            let at = at.index(file.len() + 1);
            match what {
                0 if at < file.len() => { file.remove(at); }
                1 => file.insert(at, byte),
                2 => file.insert(at, b'\n'),
                _ if at < file.len() => file[at] = byte,
                _ => {}
            }
        }
        // The file's own message and another one.
        for message in [message, MESSAGES[which].0] {
            let (subject, context) = of(message, config.clone());
            let whole = testing::decode::<aim::Aim>(subject, &context, &file).unwrap();
            let pieces = testing::decode_in_pieces::<aim::Aim>(subject, &context, &file, piece).unwrap();
            prop_assert_eq!(&whole, &pieces);
            if let Some(problem) = fatal(&whole) {
                let is_last = matches!(whole.last(), Some(Item::Problem(last)) if last == problem);
                prop_assert!(is_last);
            }
        }
    }
}
