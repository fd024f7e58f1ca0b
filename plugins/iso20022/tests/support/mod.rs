//! Helpers of the tests.

#![allow(dead_code, clippy::unwrap_used)]

use bailiwick_sdk::document::{
    Control, DirectPayment, Header, Item, Problem, Reference, ReferenceKind, Reversal, Subject,
};
use bailiwick_sdk::testing;
use iso20022::Iso20022;
use serde_json::{Value, json};

/// Reads a file as a message with a configuration, whole and in pieces: the items are the same.
pub(crate) fn decode_as(message: &str, file: &[u8], config: Value) -> Vec<Item> {
    let context = testing::context(message, config);
    let whole = testing::decode::<Iso20022>(Subject::Remittance, &context, file).unwrap();
    for piece in [1, 2, 7, 64, 1000] {
        let pieces = testing::decode_in_pieces::<Iso20022>(Subject::Remittance, &context, file, piece);
        assert_eq!(pieces.as_ref(), Ok(&whole), "in pieces of {piece}");
    }
    whole
}

/// Reads a notification with a configuration.
pub(crate) fn decode_with(file: &[u8], config: Value) -> Vec<Item> {
    decode_as("camt.054", file, config)
}

/// Reads a notification.
pub(crate) fn decode(file: &[u8]) -> Vec<Item> {
    decode_with(file, json!({}))
}

/// The header.
pub(crate) fn header(items: &[Item]) -> &Header {
    items.iter().find_map(|item| if let Item::Header(it) = item { Some(&**it) } else { None }).unwrap()
}

/// The direct payments.
pub(crate) fn payments(items: &[Item]) -> Vec<&DirectPayment> {
    items
        .iter()
        .filter_map(|item| if let Item::DirectPayment(it) = item { Some(&**it) } else { None })
        .collect()
}

/// The reversals.
pub(crate) fn reversals(items: &[Item]) -> Vec<&Reversal> {
    items.iter().filter_map(|item| if let Item::Reversal(it) = item { Some(&**it) } else { None }).collect()
}

/// The references, as their kinds and values.
pub(crate) fn listed(references: &[Reference]) -> Vec<(ReferenceKind, &str)> {
    references.iter().map(|it| (it.kind, it.value.as_str())).collect()
}

/// The control totals.
pub(crate) fn controls(items: &[Item]) -> Vec<&Control> {
    items.iter().filter_map(|item| if let Item::Control(it) = item { Some(it) } else { None }).collect()
}

/// Severity, code and line of every problem.
pub(crate) fn problems(items: &[Item]) -> Vec<(&str, &str, u64)> {
    let place = |it: &'_ Problem| -> (&'static str, u64) { (it.severity.name(), it.line.unwrap_or(0)) };
    items
        .iter()
        .filter_map(|item| if let Item::Problem(it) = item { Some(it) } else { None })
        .map(|it| (place(it).0, it.code.as_str(), place(it).1))
        .collect()
}

/// The same text as another message of a version: namespace and elements are replaced.
pub(crate) fn turned(text: &str, message: &str, version: u8) -> String {
    let (root, sheet) = match message {
        "camt.053" => ("BkToCstmrStmt", "Stmt"),
        "camt.052" => ("BkToCstmrAcctRpt", "Rpt"),
        _ => ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    };
    let mut text = text.to_owned();
    for known in ["02", "04", "08"] {
        text = text.replace(&format!("camt.054.001.{known}"), &format!("{message}.001.{version:02}"));
    }
    text.replace("BkToCstmrDbtCdtNtfctn", root)
        .replace("NtfctnPgntn", &format!("{sheet}Pgntn"))
        .replace("Ntfctn>", &format!("{sheet}>"))
}

/// A message of version .08 with these entries.
pub(crate) fn message(entries: &str) -> String {
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.08\">\n<BkToCstmrDbtCdtNtfctn>\
         <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-07-05T01:02:03Z</CreDtTm></GrpHdr><Ntfctn><Id>N1</Id>\n\
         {entries}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"
    )
}

/// A booked credit entry with these transactions in it.
pub(crate) fn entry(amount: &str, details: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"CHF\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
         <BookgDt><Dt>2026-07-04</Dt></BookgDt><AcctSvcrRef>E1</AcctSvcrRef>\
         <NtryDtls>{details}</NtryDtls></Ntry>\n"
    )
}

/// A transaction.
pub(crate) fn transaction(amount: &str, reference: &str) -> String {
    format!(
        "<TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs><Amt Ccy=\"CHF\">{amount}</Amt></TxDtls>\n"
    )
}
