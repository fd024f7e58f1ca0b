//! Files made by hand: versions with different elements, and every version and message that is read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use bailiwick_sdk::document::{Item, ReferenceKind};
use serde_json::json;
use support::{
    controls, decode, decode_as, decode_with, header, listed, payments, problems, reversals, turned,
};

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

/// An earlier release took `EndToEndId` for the identifier, if the configuration said so.
#[test]
fn the_bank_s_references_identify_a_payment_whatever_the_configuration_says() {
    let plain = decode(include_bytes!("fixtures/v04.xml"));
    for old in ["booking", "end_to_end_id", "transaction_id"] {
        let mut items = decode_with(include_bytes!("fixtures/v04.xml"), json!({ "identify_by": old }));
        assert_eq!(problems(&items)[0], ("warning", "deprecated_key", 5));
        items.retain(|item| !matches!(item, Item::Problem(problem) if problem.code == "deprecated_key"));
        assert_eq!(items, plain);
    }
}

#[test]
fn a_payment_and_its_return_share_references() {
    use ReferenceKind::{BankEntry, BankTransaction, EndToEnd};
    let items = decode(include_bytes!("fixtures/v04.xml"));
    let own = [(BankTransaction, "BANK-04-A1"), (EndToEnd, "DD-A1002-07")];
    let of = |entry| [own[0], own[1], (BankEntry, entry)];
    assert_eq!(listed(&payments(&items)[0].references), of("BANK-04-A"));
    assert_eq!(listed(&reversals(&items)[0].references), of("BANK-04-B"));
    let items = decode(include_bytes!("fixtures/v02.xml"));
    let [first, second] = payments(&items)[..] else { panic!("{items:?}") };
    assert_eq!(
        listed(&first.references),
        [
            (ReferenceKind::Transaction, "TX-02-1"),
            (BankEntry, "BANK-02-A"),
            (ReferenceKind::Creditor, "000000000000000000000A1001"),
        ]
    );
    assert_eq!(listed(&second.references), [(BankEntry, "BANK-02-A")]);
    let items = decode(include_bytes!("fixtures/v08.xml"));
    assert_eq!(
        listed(&payments(&items)[0].references),
        [(ReferenceKind::Uetr, "00000000-0000-4000-8000-000000000001")]
    );
}

/// Elements that a version does not have yet, or has no longer, are read as they are: a file is not checked against
/// the schema of its version.
#[test]
fn every_version_of_every_message_is_read() {
    let files = [
        include_str!("fixtures/v02.xml"),
        include_str!("fixtures/v04.xml"),
        include_str!("fixtures/v08.xml"),
    ];
    for file in files {
        let expected = decode(file.as_bytes());
        for version in 2..=13 {
            let items = decode(turned(file, "camt.054", version).as_bytes());
            assert_eq!(items, expected, "camt.054 {version}");
            // A statement has the same items, and says that it has no balances to check.
            let mut items = decode_as("camt.053", turned(file, "camt.053", version).as_bytes(), json!({}));
            assert!(
                problems(&items)
                    .iter()
                    .any(|(how, code, _)| (*how, *code) == ("warning", "balances_not_checked"))
            );
            items.retain(|item| !matches!(item, Item::Problem(it) if it.code == "balances_not_checked"));
            assert_eq!(items, expected, "camt.053 {version}");
            // A report has the header, and each entry is for information.
            let items = decode_as("camt.052", turned(file, "camt.052", version).as_bytes(), json!({}));
            assert!(payments(&items).is_empty() && reversals(&items).is_empty());
            assert_eq!(header(&items).identity, header(&expected).identity);
            let entries = file.matches("Ntry>").count() / 2;
            assert_eq!(problems(&items).len(), entries, "camt.052 {version}");
            assert!(
                problems(&items)
                    .iter()
                    .all(|(how, code, _)| (*how, *code) == ("warning", "informational_entry"))
            );
        }
        for (message, version) in
            [("camt.054", 1), ("camt.054", 14), ("camt.053", 1), ("camt.053", 14), ("camt.052", 14)]
        {
            let items = decode_as(message, turned(file, message, version).as_bytes(), json!({}));
            let [Item::Problem(problem)] = &items[..] else { panic!("{message} {version}: {items:?}") };
            assert_eq!(problem.code, "unsupported_version");
            assert!(problem.message.contains(&format!("{message}.001.02 to {message}.001.13")));
        }
    }
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
