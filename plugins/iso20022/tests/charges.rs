//! Charges and counter values explain the amount of an entry.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use bailiwick_sdk::document::Item;
use support::{decode, entry, message, payments, problems, reversals, transaction};

/// A transaction with charges: amount, direction, and whether it is included.
fn charged(amount: &str, reference: &str, charges: &[(&str, &str, Option<bool>)]) -> String {
    let records: String = charges
        .iter()
        .map(|(amount, direction, included)| {
            let included = included.map_or(String::new(), |it| format!("<ChrgInclInd>{it}</ChrgInclInd>"));
            format!("<Rcrd>{}<CdtDbtInd>{direction}</CdtDbtInd>{included}</Rcrd>", money(amount))
        })
        .collect();
    transaction(amount, reference).replace("</TxDtls>", &format!("<Chrgs>{records}</Chrgs></TxDtls>"))
}

fn money(amount: &str) -> String {
    format!("<Amt Ccy=\"CHF\">{amount}</Amt>")
}

/// A transaction in another currency, with its counter value.
fn exchanged(amount: &str, counter: &str, reference: &str) -> String {
    let details = format!(
        "<AmtDtls><InstdAmt><Amt Ccy=\"EUR\">{amount}</Amt></InstdAmt><TxAmt><Amt Ccy=\"EUR\">{amount}</Amt></TxAmt>\
         {counter}</AmtDtls></TxDtls>"
    );
    transaction(amount, reference).replace("CHF", "EUR").replace("</TxDtls>", &details)
}

fn counter(amount: &str) -> String {
    format!("<CntrValAmt>{}</CntrValAmt>", money(amount))
}

fn read(entries: &str) -> Vec<Item> {
    decode(message(entries).as_bytes())
}

fn amounts(items: &[Item]) -> Vec<i64> {
    payments(items).iter().map(|it| it.minor.get()).collect()
}

#[test]
fn the_customer_paid_what_was_there_before_included_charges() {
    let items = read(&entry("474.00", &charged("500.00", "T1", &[("26.00", "DBIT", Some(true))])));
    assert_eq!((amounts(&items), problems(&items)), (vec![50_000], vec![]));
    assert_eq!(payments(&items)[0].extra.get("charges"), Some("DBIT CHF 26.00 included"));
    // The total alone, in the old and in the new form of charges.
    for chrgs in [
        "<Chrgs><TtlChrgsAndTaxAmt Ccy=\"CHF\">26.00</TtlChrgsAndTaxAmt></Chrgs>".to_owned(),
        format!("<Chrgs>{}</Chrgs>", money("26.00")),
        format!("<Chrgs>{}</Chrgs><Chrgs>{}</Chrgs>", money("20.00"), money("6.00")),
    ] {
        let details = transaction("500.00", "T1").replace("</TxDtls>", &format!("{chrgs}</TxDtls>"));
        let items = read(&entry("474.00", &details));
        assert_eq!((amounts(&items), problems(&items)), (vec![50_000], vec![]), "{chrgs}");
    }
}

#[test]
fn charges_do_not_explain_what_they_are_not_part_of() {
    for (total, charges, explained) in [
        // Not included: they are booked elsewhere.
        ("500.00", ("26.00", "DBIT", Some(false)), true),
        ("474.00", ("26.00", "DBIT", Some(false)), false),
        // The bank states the amount after its charges.
        ("500.00", ("26.00", "DBIT", Some(true)), true),
        ("500.00", ("26.00", "DBIT", None), true),
        ("474.00", ("26.00", "DBIT", None), true),
        ("526.00", ("26.00", "CRDT", Some(true)), true),
        ("474.00", ("26.00", "CRDT", Some(true)), false),
        ("474.01", ("26.00", "DBIT", Some(true)), false),
    ] {
        let items = read(&entry(total, &charged("500.00", "T1", &[charges])));
        let expected = if explained { vec![] } else { vec![("error", "batch_amount_mismatch", 3)] };
        assert_eq!(problems(&items), expected, "{total} {charges:?}");
        assert_eq!(amounts(&items), vec![50_000; usize::from(explained)], "{total} {charges:?}");
    }
}

#[test]
fn charges_of_the_entry_count_once() {
    let with = |entry: String| {
        let record = format!("<Chrgs><Rcrd>{}<ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>", money("3.00"));
        entry.replace("<NtryDtls>", &format!("{record}<NtryDtls>"))
    };
    let two = transaction("10.00", "T1") + &transaction("20.00", "T2");
    assert_eq!(amounts(&read(&with(entry("27.00", &two)))), [1_000, 2_000]);
    let repeated = charged("10.00", "T1", &[("1.00", "DBIT", Some(true))])
        + &charged("20.00", "T2", &[("2.00", "DBIT", Some(true))]);
    assert_eq!(amounts(&read(&with(entry("27.00", &repeated)))), [1_000, 2_000]);
    // An entry without transactions, and one whose only transaction has no amount.
    for details in [String::new(), transaction("", "T1")] {
        let items = read(&with(entry("27.00", &details)));
        assert_eq!((amounts(&items), problems(&items)), (vec![3_000], vec![]), "{details}");
        assert_eq!(payments(&items)[0].extra.get("charges"), Some("DBIT CHF 3.00 included"));
    }
    let items = read(&with(entry("27.00", "")).replace("3.00</Amt>", "-3.00</Amt>"));
    assert_eq!(amounts(&items), [2_700]);
}

#[test]
fn a_fee_for_a_return_is_no_part_of_the_return() {
    let back = charged("50.00", "T1", &[("3.00", "DBIT", Some(true))]);
    let entry =
        entry("53.00", &back).replace("CRDT", "DBIT").replace("<Sts>", "<RvslInd>true</RvslInd><Sts>");
    let items = read(&entry);
    let [reversal] = reversals(&items)[..] else { panic!("{items:?}") };
    assert_eq!((reversal.minor.get(), problems(&items)), (5_000, vec![]));
    assert_eq!(reversal.extra.get("charges"), Some("DBIT CHF 3.00 included"));
}

#[test]
fn the_counter_value_is_the_amount_in_the_account_s_currency() {
    let details = exchanged("100", &counter("109.36"), "T5") + &transaction("50", "T6");
    let items = read(&entry("159.36", &details));
    assert_eq!((amounts(&items), problems(&items)), (vec![10_936, 5_000], vec![]));
    let original: Vec<_> = payments(&items).iter().map(|it| it.extra.get("original_amount")).collect();
    assert_eq!(original, [Some("EUR 100"), None]);
    // Without it, the transaction is refused alone. The first of an entry is not taken for the only one.
    for (details, line) in [
        (exchanged("100", "", "T5") + &transaction("50", "T6"), 3),
        (transaction("50", "T6") + &exchanged("100", "", "T5"), 4),
    ] {
        let items = read(&entry("159.36", &details));
        assert_eq!(amounts(&items), [5_000]);
        assert_eq!(problems(&items), [("error", "currency_mismatch", line)]);
    }
    // The only transaction of an entry has the amount of the entry.
    let items = read(&entry("109.36", &exchanged("100", "", "T5")));
    assert_eq!((amounts(&items), problems(&items)), (vec![10_936], vec![]));
    assert_eq!(payments(&items)[0].extra.get("original_amount"), Some("EUR 100"));
    // Charges and counter value together.
    let both = charged("100", "T5", &[("5.00", "DBIT", Some(true))]);
    let both = both
        .replacen("CHF", "EUR", 1)
        .replace("<Chrgs>", &format!("<AmtDtls>{}</AmtDtls><Chrgs>", counter("109.36")));
    let items = read(&entry("104.36", &both));
    assert_eq!((amounts(&items), problems(&items)), (vec![10_936], vec![]));
}

#[test]
fn a_transaction_with_unclear_charges_is_refused_alone() {
    let unclear = charged("500.00", "T1", &[("26.00", "DBIT", Some(true))]);
    let unclear = unclear.replace("<Rcrd><Amt Ccy=\"CHF\">26.00", "<Rcrd><Amt Ccy=\"EUR\">24.00");
    let good = transaction("50.00", "T2");
    let items = read(&entry("524.00", &(unclear.clone() + &good)));
    assert_eq!(amounts(&items), [5_000]);
    assert_eq!(problems(&items), [("error", "unclear_charges", 3)]);
    // The charges do not matter where the amounts make the entry without them.
    let items = read(&entry("550.00", &(unclear.clone() + &good)));
    assert_eq!((amounts(&items), problems(&items)), (vec![50_000, 5_000], vec![]));
    // There is no room for the other transaction.
    let items = read(&entry("49.00", &(unclear + &good)));
    assert_eq!((amounts(&items), problems(&items)), (vec![], vec![("error", "batch_amount_mismatch", 3)]));
}

#[test]
fn returns_without_details_are_refused_and_debits_are_told() {
    let details = "<Btch><NbOfTxs>2</NbOfTxs></Btch>";
    let debit = entry("5.00", details).replace("CRDT", "DBIT");
    assert_eq!(problems(&read(&debit)), [("warning", "debit_entry", 3)]);
    let back = debit.replace("<Sts>", "<RvslInd>true</RvslInd><Sts>");
    assert_eq!(problems(&read(&back)), [("error", "batch_without_details", 3)]);
}

#[test]
fn one_end_to_end_reference_and_other_bank_references_are_two_payments() {
    let with = |reference: &str| {
        transaction("5.00", reference).replace("</Refs>", "<EndToEndId>RENT</EndToEndId></Refs>")
    };
    let items = read(&entry("10.00", &(with("T1") + &with("T2"))));
    let names: Vec<&str> = payments(&items).iter().map(|it| it.identifier.as_str()).collect();
    assert_eq!(names, ["E1/T1/1", "E1/T2/2"]);
    // The same reference in two entries.
    let other = entry("5.00", &with("T1")).replace("E1", "E2");
    let items = read(&(entry("5.00", &with("T1")) + &other));
    let names: Vec<&str> = payments(&items).iter().map(|it| it.identifier.as_str()).collect();
    assert_eq!(names, ["E1/T1/1", "E2/T1/1"]);
}
