//! Public sample files of banks, if they lie beside the project. The expected values were read from them by
//! other means.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use bailiwick_fixtures::{Absence, skip};
use bailiwick_sdk::document::Item;
use serde_json::json;
use support::{controls, decode, decode_as, decode_with, header, payments, problems, reversals};

const COLLECTIVE: &str = "200519_camt054-ESR-ASR_P_CH2909000000250094239_1110092704_0_2019042500372179.xml";
const UNSTRUCTURED: &str = "200924_camt.054_P_CH2909000000250094239_1110092703_0_2019042423412214.xml";
const RETURNS: &str = "camt054-returns_p_ch5109000000250092291_1110097606_0_2020112500512470.xml";
const VERSION_08: &str = "camt054.v8.xml";
const STATEMENT: &str = "FI_camt_053_sample.xml.xml";

/// A sample; if it is missing, the test is skipped.
fn sample_or_skip(name: &str) -> Option<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/iso20022/");
    let file = std::fs::read(format!("{folder}{name}")).ok();
    if file.is_none() {
        let covered = Absence::CoveredBy(
            "plugins/iso20022/tests/notifications.rs: every_notification_has_the_expected_bookings",
        );
        skip(
            covered,
            &format!("there is no ../shared/samples/iso20022/{name}"),
            "that a public sample of a bank is read",
        );
    }
    file
}

/// Every payment has another identifier of at most 64 characters.
fn assert_unique(items: &[Item]) {
    let payments = payments(items);
    let mut names: Vec<&str> = payments.iter().map(|it| it.identifier.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), payments.len());
}

#[test]
fn a_collective_credit_with_slip_references() {
    let Some(file) = sample_or_skip(COLLECTIVE) else { return };
    let items = decode(&file);
    let header = header(&items);
    assert_eq!(header.identity.as_deref(), Some("20190424375204228750928"));
    assert_eq!(header.created_on.unwrap().to_string(), "2019-04-25");
    let found: Vec<_> = payments(&items)
        .iter()
        .map(|it| {
            (it.minor.get(), it.reference.as_deref().unwrap(), it.identifier.as_str(), it.line.unwrap())
        })
        .collect();
    let slip = "120000000000234478943216899";
    assert_eq!(
        found,
        [
            (25_000, slip, "07582000303KBMSU/180315CH02ZX5RI3/1", 57),
            (20_000, slip, "07582000303KBMSU/180315CH02ZX5RI4/2", 126),
            (30_000, slip, "07582000303KBMSU/180315CH02ZX5RI5/3", 195),
            (32_400, "359335273113716998981168243", "07582000303KBMSU/180315CH02ZZ4OOX/4", 264),
            (46_300, "684388397169969395754931859", "07582000303KBMSU/180315CH02ZZ4OOY/5", 331),
        ]
    );
    for it in payments(&items) {
        assert_eq!((it.currency.as_str(), it.booked_on.to_string().as_str()), ("CHF", "2019-04-24"));
        assert_eq!(it.value_on.unwrap().to_string(), "2019-04-25");
        assert_eq!(it.payer_account.as_deref(), Some("CH5109000000250092291"));
        assert_eq!((it.account.as_ref(), it.comment.as_ref()), (None, None));
    }
    // The second entry takes money out.
    assert_eq!(problems(&items), [("warning", "debit_entry", 401)]);
    assert!(reversals(&items).is_empty());
    assert_unique(&items);
    let place = json!({ "account_reference": { "from": 13, "length": 8 } });
    let items = decode_with(&file, place);
    assert_eq!(payments(&items)[0].account.as_deref(), Some("23447894"));
}

#[test]
fn a_collective_credit_with_texts() {
    let Some(file) = sample_or_skip(UNSTRUCTURED) else { return };
    let items = decode(&file);
    assert_eq!(header(&items).identity.as_deref(), Some("2019042475204228731867"));
    assert_eq!(header(&items).created_on.unwrap().to_string(), "2020-06-17");
    let found: Vec<_> =
        payments(&items).iter().map(|it| (it.minor.get(), it.comment.as_deref().unwrap())).collect();
    assert_eq!(
        found,
        [
            (40_000, "Kontouebertrag"),
            (35_000, "Kontouebertrag"),
            (45_000, "Kontouebertrag"),
            (15_000, "Rg.-Nr. 001"),
            (5_000, "Rg.-Nr. 1234567890"),
            (10_000, "Rg.-Nr. 987654321"),
        ]
    );
    for it in payments(&items) {
        assert_eq!(it.reference.as_deref(), it.comment.as_deref());
        assert_eq!(it.booked_on.to_string(), "2020-06-17");
        assert_eq!(it.value_on, Some(it.booked_on));
    }
    assert_eq!(problems(&items), []);
    assert_unique(&items);
}

#[test]
fn a_return_with_its_reason() {
    let Some(file) = sample_or_skip(RETURNS) else { return };
    let items = decode(&file);
    assert_eq!(header(&items).identity.as_deref(), Some("20201124375204228763929"));
    assert!(payments(&items).is_empty());
    let [it] = reversals(&items)[..] else { panic!("{items:?}") };
    assert_eq!((it.minor.get(), it.currency.as_str(), it.line), (50_000, "CHF", Some(56)));
    assert_eq!(it.reversed_on.to_string(), "2020-11-24");
    assert_eq!(it.reason.as_deref(), Some("AC01"));
    assert_eq!(it.reason_text.as_deref(), Some("Kontonummer falsch"));
    assert_eq!(it.reference.as_deref(), Some("EndToEndId-001-03-04"));
    assert_eq!(it.comment.as_deref(), Some("Kontouebertrag"));
    assert_eq!(it.identifier, "075820002ZZTJR1K/190520CH02ZZTJR1/1/R");
    assert_eq!(it.extra.get("credit_debit"), Some("CRDT"));
    assert_eq!(it.extra.get("transaction_code"), Some("PMNT-ICDT-RRTN"));
    assert_eq!(problems(&items), []);
}

#[test]
fn a_debit_of_version_08_is_not_booked() {
    let Some(file) = sample_or_skip(VERSION_08) else { return };
    let items = decode(&file);
    assert_eq!(header(&items).identity.as_deref(), Some("AAAASESS-FP-ACCR001"));
    assert_eq!(header(&items).created_on.unwrap().to_string(), "2007-10-18");
    assert_eq!(problems(&items), [("warning", "debit_entry", 63)]);
    assert_eq!(items.len(), 2);
}

/// The same file, changed into a credit in the currency of its transactions.
#[test]
fn version_08_with_its_entry_turned_around() {
    let Some(file) = sample_or_skip(VERSION_08) else { return };
    let text = String::from_utf8(file).unwrap();
    let text = text.replace("<Amt Ccy=\"SEK\">200000</Amt>", "<Amt Ccy=\"CHF\">9.5</Amt>");
    let text = text.replacen("<CdtDbtInd>DBIT</CdtDbtInd>", "<CdtDbtInd>CRDT</CdtDbtInd>", 1);
    // It states two transactions and lists three.
    let items = decode(text.as_bytes());
    assert_eq!(problems(&items), [("error", "batch_count_mismatch", 63)]);
    let items = decode(text.replace("<NbOfTxs>2<", "<NbOfTxs>3<").as_bytes());
    let found: Vec<_> =
        payments(&items).iter().map(|it| (it.minor.get(), it.reference.as_deref().unwrap())).collect();
    assert_eq!(
        found,
        [(310, "ISR ref number V1"), (320, "ISR ref number V2"), (320, "Ref number V3 block 1")]
    );
    assert_eq!(payments(&items)[0].payer.as_deref(), Some("UNIFITS GmbH"));
    assert_unique(&items);
}

/// The statement has balances that its entries explain, and charges and counter values.
#[test]
fn a_statement_of_version_02() {
    let Some(file) = sample_or_skip(STATEMENT) else { return };
    let items = decode_as("camt.053", &file, json!({}));
    assert_eq!(header(&items).identity.as_deref(), Some("BANKFILEID00001"));
    let found: Vec<_> = payments(&items)
        .iter()
        .map(|it| (it.minor.get(), it.identifier.as_str(), it.extra.get("charges")))
        .collect();
    assert_eq!(
        found,
        [
            (212_000, "091029ACCTSTMTARCH06/ISSRBKREF12345678/1", Some("DBIT EUR 20.00")),
            (545_500, "091029ACCTSTMTARCH07/BKREFDBT0101010/1", Some("DBIT EUR 45.00")),
            (1_000_000, "091029ACCTSTMTARCH08/EndToEndIdSCT01/1", None),
        ]
    );
    let told: Vec<_> = problems(&items).iter().map(|(how, code, _)| (*how, *code)).collect();
    let (debit, count) = (("warning", "debit_entry"), ("error", "batch_count_mismatch"));
    assert_eq!(told, [debit, debit, debit, count, count, count, debit]);
    let totals: Vec<_> =
        controls(&items).iter().map(|it| (it.code.to_string(), it.stated, it.found)).collect();
    let expected = [("entry_count_mismatch", 10, 10), ("balance_mismatch", 2_364_483, 2_364_483)];
    assert_eq!(totals, expected.map(|(code, stated, found)| (code.to_owned(), stated, found)));
    // A closing balance that is off by a cent.
    let text = String::from_utf8(file).unwrap().replace("23644.83", "23644.82");
    let items = decode_as("camt.053", text.as_bytes(), json!({}));
    let sums: Vec<_> = controls(&items).iter().map(|it| (it.stated, it.found)).collect();
    assert_eq!(sums, [(10, 10), (2_364_482, 2_364_483)]);
}

/// Files of other messages are refused by name, whatever they hold.
#[test]
fn other_messages_are_refused() {
    for name in [STATEMENT, "gistfile1.xml", "pain002-epo_p_0_0_0_2018031510491259.xml"] {
        let Some(file) = sample_or_skip(name) else { return };
        let items = decode(&file);
        let [Item::Problem(problem)] = &items[..] else { panic!("{items:?}") };
        assert_eq!(problem.code, "unsupported_version", "{name}");
        assert!(problem.message.contains("camt.054.001.02 to camt.054.001.13"));
    }
}
