//! Reversals that find their payment by its references.

use super::*;

/// Two payments of A1 with one reference of the payer, and a reference of the bank each; one of A2 with the same.
const PAID: &str = "payment references=[@T1,@E1] + payment identifier=P2, minor=5000, references=[@T2,@E1]";
const OTHER: &str = "placement account=A2 + payment account=A2, identifier=P3, references=[@E1]";

/// Two payments of A1 with references of their own, and one of the creditor in common.
const SIBLINGS: &str = "payment references=[@T1,@E1,@C1] + payment identifier=P2, references=[@T2,@E2,@C1]";

/// A table in which `@T1` is a reference of the bank, `@E1` one of the payer, `@M1` a mandate, `@C1` a reference of
/// the creditor.
fn matched(rows: &str) {
    let mut rows = rows.replace("PAID", PAID).replace("OTHER", OTHER).replace("SIBLINGS", SIBLINGS);
    for number in 1..=9 {
        for (letter, kind) in
            [('T', "bank_transaction"), ('E', "end_to_end"), ('M', "mandate"), ('C', "creditor")]
        {
            let json = format!("{{\"kind\":\"{kind}\",\"value\":\"{letter}{number}\"}}");
            rows = rows.replace(&format!("@{letter}{number}"), &json);
        }
    }
    let loaded = |mut world: World| {
        for number in 1..=9 {
            for letter in ['T', 'E', 'M', 'P', 'C'] {
                world.known.references.entry(format!("{letter}{number}")).or_default();
            }
        }
        world
    };
    // What is known before the document is booked in the same world, so its references must be loaded first.
    table_in(|world| loaded(world.under("")), &rows);
}

#[test]
fn the_most_exact_reference_of_one_open_payment_counts() {
    matched(
        "
        by the bank's      | active + PAID | reversal reverses=null, references=[@T2,@E1]
        | active 114000; reversal receivable/agency_cash 4000 by bank_transaction; entitlement creditor_payable/creditor 4000
        by the payer's     | active + PAID | reversal reverses=null, minor=6000, references=[@T9,@E1]
        | active 116000; reversal receivable/agency_cash 6000 by end_to_end; entitlement creditor_payable/creditor 6000
        narrowed by both   | active + PAID | reversal reverses=null, references=[@T1,@T2,@E1,@M1]
        | exception ambiguous_reversal 4000 P1 P2; warning ambiguous_reversal
        by no identifier   | active + PAID | reversal reverses=T2
        | active 114000; reversal receivable/agency_cash 4000 by bank_transaction; entitlement creditor_payable/creditor 4000
        by its identifier  | active + PAID | reversal reverses=P2, references=[@T1]
        | active 114000; reversal receivable/agency_cash 4000; entitlement creditor_payable/creditor 4000",
    );
}

#[test]
fn account_side_day_and_amount_narrow_what_a_reference_names() {
    matched(
        r#"
        the account      | active + PAID + OTHER | reversal account=A2, reverses=null, minor=6000, references=[@E1]
        | active 121000; reversal receivable/agency_cash 6000 by end_to_end; entitlement creditor_payable/creditor 6000
        the side         | active + PAID | reversal reverses=null, paid_to=bank, references=[@E1]
        | ? waits_for_payment /reverses reference:end_to_end:E1
        the day          | active + PAID | reversal reverses=null, reversed_on=2026-07-05, references=[@E1]
        | ? waits_for_payment /reverses reference:end_to_end:E1
        what is left     | active + PAID + reversal reverses=null, minor=9000, references=[@E1]
        | reversal identifier=R2, reverses=null, minor=2000, references=[@E1]
        | active 121000; reversal receivable/agency_cash 2000 by end_to_end; entitlement creditor_payable/creditor 2000
        nothing is left  | active + payment references=[@E1] + reversal reverses=null, minor=10000, references=[@E1]
        | reversal identifier=R2, reverses=null, references=[@E1]
        | ? waits_for_payment /reverses reference:end_to_end:E1
        the same twice   | active + payment references=[@E1] + reversal reverses=null, minor=10000, references=[@E1]
        | reversal reverses=null, minor=10000, references=[@E1] | warning duplicate_payment
        one that is kept without references | active + payment
        | reversal reverses=null, references=[@M9,{"kind":"transaction","value":"P1"}]
        | active 119000; reversal receivable/agency_cash 4000 by transaction; entitlement creditor_payable/creditor 4000
        two of these     | active + payment + payment identifier=P2
        | reversal reverses=null, references=[{"kind":"transaction","value":"P2"},{"kind":"end_to_end","value":"P1"}]
        | exception ambiguous_reversal 4000 P2 P1; warning ambiguous_reversal
        none of them     | active + PAID | reversal reverses=null, references=[@E9]
        | ? waits_for_payment /reverses reference:end_to_end:E9"#,
    );
}

/// A reference that only one payment can have decides. That its payment cannot be undone does not make it one of another
/// payment that shares less exact references.
#[test]
fn a_reversal_of_a_payment_that_cannot_be_undone_undoes_no_other() {
    matched(
        r#"
        twice, by the payer's | active + SIBLINGS + reversal reverses=null, minor=10000, references=[@E2,@C1]
        | reversal identifier=R2, reverses=null, minor=10000, references=[@E2,@C1]
        | ? waits_for_payment /reverses reference:end_to_end:E2 reference:creditor:C1
        twice, by the bank's | active + PAID + reversal reverses=null, minor=5000, references=[@T2,@E1]
        | reversal identifier=R2, reverses=null, minor=5000, references=[@T2,@E1]
        | ? waits_for_payment /reverses reference:bank_transaction:T2 reference:end_to_end:E1
        of another account | active + SIBLINGS + placement account=A2 + payment account=A2, identifier=P3, references=[@E3,@C1]
        | reversal reverses=null, references=[@E3,@C1]
        | ? waits_for_payment /reverses reference:end_to_end:E3 reference:creditor:C1
        after the term | returned + payment references=[@T1,@C1] + payment identifier=P2, received_on=2026-07-11, references=[@T2,@C1]
        | reversal reverses=null, reversed_on=2026-07-12, references=[@T2,@C1]
        | ? waits_for_payment /reverses reference:bank_transaction:T2 reference:creditor:C1
        by an identifier of a payment without references | active + payment + payment identifier=P2, references=[@C1] + reversal reverses=null, minor=10000, references=[{"kind":"transaction","value":"P1"}]
        | reversal identifier=R2, reverses=null, references=[{"kind":"transaction","value":"P1"},@C1]
        | ? waits_for_payment /reverses reference:transaction:P1 reference:creditor:C1"#,
    );
}

#[test]
fn references_that_payments_share_decide_only_if_no_other_payment_can_be_meant() {
    matched(
        "
        one payment | active + payment references=[@T1,@E1,@C1] | reversal reverses=null, references=[@T9,@C1]
        | active 119000; reversal receivable/agency_cash 4000 by creditor; entitlement creditor_payable/creditor 4000
        named loosely | active + payment references=[@T1,@E1,@C1] | reversal reverses=C1
        | active 119000; reversal receivable/agency_cash 4000 by creditor; entitlement creditor_payable/creditor 4000
        the payment has not come | active + payment references=[@T1,@E1,@C1] | reversal reverses=null, references=[@E2,@C1]
        | ? waits_for_payment /reverses reference:end_to_end:E2 reference:creditor:C1
        another name has not come | active + payment references=[@T1,@E1,@C1] | reversal reverses=null, reference=E2, references=[@C1]
        | ? waits_for_payment /reverses identifier:E2 reference:end_to_end:E2 reference:creditor:C1 reference:creditor:E2
        two payments | active + SIBLINGS | reversal reverses=null, references=[@T9,@C1]
        | exception ambiguous_reversal 4000 P1 P2; warning ambiguous_reversal
        one of two is open | active + SIBLINGS + reversal reverses=null, minor=10000, references=[@T2]
        | reversal identifier=R2, reverses=null, references=[@T9,@C1]
        | exception ambiguous_reversal 4000 P1; warning ambiguous_reversal
        the other waits for a person | returned + payment references=[@T1,@C1] + payment identifier=P2, received_on=2026-07-11, references=[@C1]
        | reversal reverses=null, reversed_on=2026-07-12, references=[@C1]
        | ? waits_for_payment /reverses reference:creditor:C1",
    );
}

/// A bank fills the reference of each return. The agency may use the same text as the identifier of any payment.
#[test]
fn a_reference_is_no_identifier() {
    matched(
        "
        of the other side | active + payment identifier=E1 | bank:reversal account=null, reverses=null, reference=E1
        | ? waits_for_payment /reverses identifier:E1 reference:end_to_end:E1 reference:creditor:E1
        of another account | active + direct_payment + placement account=A2 | bank:reversal account=A2, reverses=null, reference=B1
        | ? waits_for_payment /reverses identifier:B1 reference:end_to_end:B1 reference:creditor:B1
        of an adjustment | active + adjustment | bank:reversal reverses=null, reference=J1
        | ? waits_for_payment /reverses identifier:J1 reference:end_to_end:J1 reference:creditor:J1
        of what the reference names | active + payment identifier=E1 + direct_payment references=[@E1]
        | bank:reversal account=null, reverses=null, reference=E1
        | active 109000; reversal receivable/bank_cash 4000 by end_to_end",
    );
}

/// Whatever is wrong in itself is refused, before a person is asked which payment it undoes.
#[test]
fn an_ambiguous_reversal_is_checked_and_has_only_candidates_of_its_side() {
    matched(
        r#"
        no amount | active + PAID | reversal reverses=null, minor=0, references=[@E1] | ! negative_amount /minor
        other parts | active + PAID | reversal reverses=null, references=[@E1], split=[{"bucket":"costs","minor":1}]
        | ! split_mismatch /split
        a day to come | active + PAID | reversal reverses=null, references=[@E1], reversed_on=2062-01-01
        | ! future_date /reversed_on
        one of the bank's | active + direct_payment references=[@E1] + payment references=[@E1]
        | reversal reverses=null, references=[@E1]
        | active 109000; reversal receivable/agency_cash 4000 by end_to_end; entitlement creditor_payable/creditor 4000
        the bank's only | active + direct_payment references=[@E1] | reversal reverses=null, references=[@E1] | ! wrong_side"#,
    );
}

#[test]
fn two_that_fit_equally_are_decided_by_a_person() {
    matched(
        "
        two payments | active + PAID | reversal reverses=null, references=[@E1]
        | exception ambiguous_reversal 4000 P1 P2; warning ambiguous_reversal
        twice        | active + PAID + reversal reverses=null, references=[@E1] | reversal reverses=null, references=[@E1]
        | warning duplicate_payment",
    );
}

#[test]
fn why_nothing_fits_says_what_is_left() {
    let mut world = at(Active).under("");
    world.known.references.insert("E1".to_owned(), Vec::new());
    let reference = "references=[{\"kind\":\"end_to_end\",\"value\":\"E1\"}]";
    let mut world = world
        .after(&format!("payment {reference}"))
        .after(&format!("reversal reverses=null, minor=9500, {reference}"));
    let Err(Stop::Waits(waits)) =
        world.tell(&doc(&format!("reversal identifier=R2, reverses=null, {reference}")))
    else {
        panic!("it does not wait")
    };
    assert!(
        waits.refused.message.contains("4000 minor units") && waits.refused.message.contains("500 remain")
    );
}

#[test]
fn a_reference_that_very_many_payments_have_names_none_of_them() {
    let mut world = at(Active).under("");
    world.known.references.insert("M1".to_owned(), Vec::new());
    let reference = "references=[{\"kind\":\"mandate\",\"value\":\"M1\"}]";
    for number in 0..=super::super::PAYMENTS_OF_REFERENCE_MAX {
        world = world.after(&format!("payment identifier=P{number}, minor=10, {reference}"));
    }
    let told = world.told(&format!("reversal reverses=null, minor=10, {reference}"));
    assert_eq!(told, "? waits_for_payment /reverses reference:mandate:M1");
}

#[test]
fn a_document_has_a_bounded_number_of_references() {
    let reference = |number: usize| format!("{{\"kind\":\"mandate\",\"value\":\"M{number}\"}}");
    let listed = |count: usize| (0..count).map(reference).collect::<Vec<_>>().join(",");
    for (kind, rest) in [("payment", ""), ("direct_payment", ""), ("reversal", "reverses=null, ")] {
        let mut world = at(Active).under("");
        let told = world.told(&format!("{kind} {rest}references=[{}]", listed(65)));
        assert_eq!(told, "! too_many_references /references", "{kind}");
        let told = world.told(&format!("{kind} {rest}references=[{}]", listed(64)));
        assert!(!told.starts_with('!'), "{kind}: {told}");
    }
}
