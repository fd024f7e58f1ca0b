//! Helpers of the tests: reading and writing with a message of the plugin.
#![allow(dead_code, unreachable_pub)]

use aim::Aim;
use bailiwick_sdk::context::{Context, Refusal, Side};
use bailiwick_sdk::document::{Item, Problem, Severity, Subject};
use bailiwick_sdk::testing;
use serde_json::{Value, json};

/// The subject and the writer of every message.
pub const MESSAGES: [(&str, Subject, Side); 16] = [
    ("CPLC", Subject::Placement, Side::Bank),
    ("CRCL", Subject::Placement, Side::Bank),
    ("CPAY", Subject::Remittance, Side::Bank),
    ("CNOT", Subject::StatusReporting, Side::Bank),
    ("AACK", Subject::Placement, Side::Agency),
    ("AOBJ", Subject::Placement, Side::Agency),
    ("ACLS", Subject::Placement, Side::Agency),
    ("AREC", Subject::Remittance, Side::Agency),
    ("APAY", Subject::Remittance, Side::Agency),
    ("APDT", Subject::StatusReporting, Side::Agency),
    ("ASTS", Subject::StatusReporting, Side::Agency),
    ("ANOT", Subject::StatusReporting, Side::Agency),
    ("AUDM", Subject::StatusReporting, Side::Agency),
    ("ABKP", Subject::StatusReporting, Side::Agency),
    ("ADIS", Subject::Dispute, Side::Agency),
    ("ACPT", Subject::Dispute, Side::Agency),
];

/// The subject and a context of a message.
pub fn of(message: &str, config: Value) -> (Subject, Context) {
    let (_, subject, from) = MESSAGES.into_iter().find(|(name, ..)| *name == message).unwrap();
    (subject, Context { from, ..testing::context(message, config) })
}

pub fn try_decode(message: &str, config: Value, file: &[u8]) -> Result<Vec<Item>, Refusal> {
    let (subject, context) = of(message, config);
    testing::decode::<Aim>(subject, &context, file)
}

pub fn decode_with(message: &str, config: Value, file: &[u8]) -> Vec<Item> {
    try_decode(message, config, file).unwrap()
}

pub fn decode(message: &str, file: &[u8]) -> Vec<Item> {
    decode_with(message, json!({}), file)
}

pub fn try_encode(
    message: &str,
    config: Value,
    items: impl IntoIterator<Item = Item>,
) -> Result<Vec<u8>, Refusal> {
    let (subject, context) = of(message, config);
    testing::encode::<Aim>(subject, &context, items)
}

pub fn encode_with(message: &str, config: Value, items: impl IntoIterator<Item = Item>) -> Vec<u8> {
    try_encode(message, config, items).unwrap()
}

pub fn encode(message: &str, items: impl IntoIterator<Item = Item>) -> Vec<u8> {
    encode_with(message, json!({}), items)
}

pub fn problems(items: &[Item]) -> Vec<&Problem> {
    items
        .iter()
        .filter_map(|item| if let Item::Problem(problem) = item { Some(problem) } else { None })
        .collect()
}

pub fn fatal(items: &[Item]) -> Option<&Problem> {
    problems(items).into_iter().find(|problem| problem.severity == Severity::Fatal)
}

/// The code and the line of every problem.
pub fn codes(items: &[Item]) -> Vec<(String, u64)> {
    problems(items).iter().map(|problem| (problem.code.to_string(), problem.line.unwrap())).collect()
}

/// Writes the items that were read, without problems.
pub fn again(message: &str, config: Value, items: Vec<Item>) -> Vec<u8> {
    encode_with(message, config, items.into_iter().filter(|item| !matches!(item, Item::Problem(_))))
}

/// A record: columns as first column and text, filled to `width`.
pub fn record(width: usize, columns: &[(usize, &str)]) -> String {
    let mut text = " ".repeat(width);
    for (first, value) in columns {
        text.replace_range(first - 1..first - 1 + value.len(), value);
    }
    text + "\r\n"
}
