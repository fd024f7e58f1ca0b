//! Files made by hand for each of the three versions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use bailiwick_sdk::document::Item;
use serde_json::json;
use support::{controls, decode, decode_with, header, payments, problems, reversals};

#[test]
fn version_02_has_amounts_in_their_details() {
    let items = decode(include_bytes!("fixtures/v02.xml"));
    let header = header(&items);
    assert_eq!(header.identity.as_deref(), Some("EX-02-0001"));
    assert_eq!((header.created_on.unwrap().to_string().as_str(), header.line), ("2026-07-02", Some(4)));
    let [first, second] = payments(&items)[..] else { panic!("{items:?}") };
    assert_eq!((first.minor.get(), first.currency.as_str(), first.line), (10_050, "EUR", Some(24)));
    assert_eq!(first.identifier, "BANK-02-A/TX-02-1/1");
    assert_eq!(first.payer.as_deref(), Some("Example & Söhne"));
    assert_eq!(first.payer_account.as_deref(), Some("XX0000000000000001"));
    assert_eq!(first.reference.as_deref(), Some("000000000000000000000A1001"));
    assert_eq!(first.bank_reference.as_deref(), Some("BANK-02-A"));
    assert_eq!(first.batch.as_deref(), Some("PMNT-RCDT-ESCT"));
    assert_eq!((first.account.as_ref(), first.comment.as_ref()), (None, None));
    assert_eq!(first.booked_on.to_string(), "2026-07-01");
    assert_eq!(first.value_on.unwrap().to_string(), "2026-07-02");
    assert_eq!(second.minor.get(), 5_025);
    assert!(second.identifier.starts_with("BANK-02-A/#") && second.identifier.ends_with("/2"));
    assert_eq!(second.payer.as_deref(), Some("Second Example"));
    assert_eq!(second.payer_account.as_deref(), Some("ACC-2"));
    assert_eq!(second.reference.as_deref(), Some("invoice 7"));
    assert_eq!(second.comment.as_deref(), Some("invoice 7 <part 2>"));
    assert_eq!(problems(&items), [("warning", "informational_entry", 43), ("warning", "pending_entry", 50)]);
    let [count, sum] = controls(&items)[..] else { panic!("{items:?}") };
    assert_eq!((count.code.as_str(), count.stated, count.found), ("entry_count_mismatch", 3, 3));
    assert_eq!((sum.code.as_str(), sum.stated, sum.found), ("entry_amount_mismatch", 19_075, 19_075));
    assert_eq!(sum.line, Some(12));
    assert!(matches!(items.last(), Some(Item::Control(_))));
}

#[test]
fn the_account_lies_in_the_reference() {
    let config = json!({ "account_reference": { "from": 7, "length": 20, "strip_leading_zeros": true } });
    let items = decode_with(include_bytes!("fixtures/v02.xml"), config);
    let accounts: Vec<_> = payments(&items).iter().map(|it| it.account.as_deref()).collect();
    assert_eq!(accounts, [Some("A1001"), None]);
}

#[test]
fn version_04_has_a_return() {
    let items = decode(include_bytes!("fixtures/v04.xml"));
    let [payment] = payments(&items)[..] else { panic!("{items:?}") };
    assert_eq!((payment.identifier.as_str(), payment.minor.get()), ("BANK-04-A/BANK-04-A1/1", 7_500));
    // The day in the bank's zone, not in UTC.
    assert_eq!(payment.booked_on.to_string(), "2026-07-03");
    assert_eq!(payment.reference.as_deref(), Some("DD-A1002-07"));
    let [reversal] = reversals(&items)[..] else { panic!("{items:?}") };
    assert_eq!((reversal.identifier.as_str(), reversal.minor.get()), ("BANK-04-B/BANK-04-A1/1/R", 7_500));
    assert_eq!(
        (reversal.reason.as_deref(), reversal.reason_text.as_deref()),
        (Some("NSF"), Some("not covered"))
    );
    assert_eq!((reversal.reference.as_deref(), reversal.reverses.as_ref()), (Some("DD-A1002-07"), None));
    assert_eq!(reversal.reversed_on.to_string(), "2026-07-08");
    assert_eq!(reversal.extra.get("credit_debit"), Some("DBIT"));
    assert_eq!(problems(&items), [("warning", "debit_entry", 43)]);
}

#[test]
fn a_return_names_its_payment_where_that_is_agreed() {
    let config = json!({ "identify_by": "end_to_end_id" });
    let items = decode_with(include_bytes!("fixtures/v04.xml"), config);
    assert_eq!(payments(&items)[0].identifier, "DD-A1002-07");
    assert_eq!(reversals(&items)[0].reverses.as_deref(), Some("DD-A1002-07"));
    assert_eq!(reversals(&items)[0].identifier, "BANK-04-B/BANK-04-A1/1/R");
}

#[test]
fn version_08_in_an_envelope() {
    let items = decode(include_bytes!("fixtures/v08.xml"));
    assert_eq!(header(&items).identity.as_deref(), Some("EX-08-0001"));
    let [payment] = payments(&items)[..] else { panic!("{items:?}") };
    assert_eq!((payment.minor.get(), payment.currency.as_str()), (5_000, "JPY"));
    // Without a reference of the bank, the identifier is made of message and place.
    assert_eq!(payment.identifier, "EX-08-0001/1/1");
    assert_eq!((payment.payer.as_deref(), payment.reference.as_deref()), (Some("例 一郎"), Some("A1003")));
    assert_eq!(problems(&items), [("warning", "informational_entry", 24)]);
}
