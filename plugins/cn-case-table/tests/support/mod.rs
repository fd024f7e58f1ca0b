//! Helpers of the tests: reading and writing with a message of the plugin.
#![allow(unreachable_pub)]
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::{Item, Problem, Subject};
use bailiwick_sdk::testing;
use bailiwick_sdk::value::Currency;
use cn_case_table::CaseTable;
use serde_json::{Value, json};

/// The subject of a message.
pub fn subject(message: &str) -> Subject {
    match message {
        "cases" | "recalls" | "recall_objections" | "acknowledgment" | "returns" => Subject::Placement,
        "followups" => Subject::StatusReporting,
        "complaints" => Subject::Dispute,
        _ => Subject::Remittance,
    }
}

pub fn context(message: &str, config: Value) -> Context {
    let mut context = testing::context(message, config);
    context.currency = Currency::CNY;
    context.from = match message {
        "cases" | "recalls" | "direct_payments" | "adjustments" => Side::Bank,
        _ => Side::Agency,
    };
    context
}

pub fn in_encoding(message: &str, encoding: &str) -> Context {
    context(message, json!({ "encoding": encoding }))
}

pub fn decode(context: &Context, file: &[u8]) -> Vec<Item> {
    testing::decode::<CaseTable>(subject(context.message.as_str()), context, file).unwrap()
}

pub fn encode(context: &Context, items: impl IntoIterator<Item = Item>) -> Vec<u8> {
    testing::encode::<CaseTable>(subject(context.message.as_str()), context, items).unwrap()
}

/// The items that an encoder takes: all but controls and problems.
pub fn documents(items: Vec<Item>) -> Vec<Item> {
    items.into_iter().filter(|item| !matches!(item, Item::Control(_) | Item::Problem(_))).collect()
}

pub fn problems(items: &[Item]) -> Vec<&Problem> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Problem(problem) => Some(problem),
            _ => None,
        })
        .collect()
}
