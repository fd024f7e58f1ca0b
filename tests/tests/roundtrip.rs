//! Documents through an agency's files and back: nothing is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use agency_csv::AgencyCsv;
use bailiwick_conformance::{ITEM_SCHEMA, Maker};
use bailiwick_host::sdk::document::{Item, Subject};
use bailiwick_host::sdk::testing;
use serde_json::{Value, json};

/// Documents of each kind that are tried.
const ROUNDS: usize = 300;

const MESSAGES: [(&str, &str); 25] = [
    ("placements", "placement"),
    ("recalls", "recall"),
    ("acceptance", "acknowledgment"),
    ("objections", "recall_objection"),
    ("returns", "return"),
    ("contacts", "contact_attempt"),
    ("notes", "note"),
    ("statuses", "status"),
    ("promises", "promise"),
    ("plans", "payment_plan"),
    ("demographics", "demographic_change"),
    ("bankruptcies", "bankruptcy"),
    ("evidence", "evidence"),
    ("payments", "payment"),
    ("payments", "reversal"),
    ("reconciliation", "reconciliation"),
    ("statements", "remittance_statement"),
    ("bank_payments", "direct_payment"),
    ("bank_payments", "reversal"),
    ("adjustments", "adjustment"),
    ("disputes", "dispute"),
    ("disputes", "complaint"),
    ("escalations", "escalation"),
    ("decisions", "decision"),
    ("evidence_requests", "evidence_request"),
];

/// The same document without the lines of the files it was read from.
fn without_line(item: &Item) -> Value {
    let mut value = serde_json::to_value(item).unwrap();
    value[item.kind()].as_object_mut().unwrap().remove("line");
    value
}

#[test]
fn every_kind_of_document_comes_back_from_an_agencys_files() {
    let schema: Value = serde_json::from_str(ITEM_SCHEMA).unwrap();
    let mut maker = Maker::new(&schema);
    for (message, kind) in MESSAGES {
        let documents: Vec<Item> = (0..ROUNDS).map(|_| serde_json::from_value(maker.of_kind(kind)).unwrap()).collect();
        let context = testing::context(message, json!({}));
        let file = testing::encode::<AgencyCsv>(Subject::Placement, &context, documents.clone()).unwrap();
        let whole = testing::decode::<AgencyCsv>(Subject::Placement, &context, &file).unwrap();
        let pieces = testing::decode_in_pieces::<AgencyCsv>(Subject::Placement, &context, &file, 7).unwrap();
        assert_eq!(whole, pieces, "{message}: items depend on the pieces");
        assert_eq!(whole.len(), documents.len(), "{message} {kind}: {:?}", whole.iter().find(|item| item.kind() == "problem"));
        for (have, want) in whole.iter().zip(&documents) {
            assert_eq!(without_line(have), without_line(want), "{message}");
        }
        let again = testing::encode::<AgencyCsv>(Subject::Placement, &context, whole).unwrap();
        assert!(again == file, "{message}: the same documents, other bytes");
    }
}
